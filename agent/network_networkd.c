/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * systemd-networkd: files of our own that come before all others (00-poolcenter-...), so that none of the administrator's or of netplan's is
 * touched. Until the change is confirmed they are in /run. A device that takes a card's addresses over has that card's settings, all but those
 * of the link. systemd.network(5), systemd.netdev(5).
 */
#include "agent/network_owner.h"
#include "agent/network_plans.h"
#include "agent/network_steps.h"
#include "agent/network_wishes.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---------------------------------------------------------------- names of files, below the folder */

/* A bond may be a port: + comes before -, so what it is as a port counts. */
static char *netdev_name(const char *nic) { return x_printf("00-poolcenter-%s.netdev", nic); }
static char *network_name(const char *nic) { return x_printf("00-poolcenter-%s.network", nic); }
static char *port_name(const char *nic) { return x_printf("00-poolcenter+port-%s.network", nic); }
static char *base_name(const char *nic) { return x_printf("00-poolcenter+base-%s.network", nic); }

/* ---------------------------------------------------------------- a card's settings, taken apart */

static bool is_one_of(const char *line, size_t length, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == length && strncasecmp(line, *words, length) == 0)
            return true;
    return false;
}

/* Settings of [Network] that say what the card is connected with; they stay with the card. */
static bool stays_with_the_card(const char *line)
{
    static const char *const words[] = { "Bridge", "Bond", "VRF", "VLAN", "IPVLAN", "MACVLAN", "MACVTAP", "VXLAN", "Tunnel", "Xfrm", "MACsec", NULL };
    return is_one_of(line, strcspn(line, "= \t\n"), words);
}

static bool is_section(const char *line, const char *const *names) { return is_one_of(line + 1, strcspn(line + 1, "]\n"), names); }

static void append(char **text, const char *line, size_t length)
{
    char *both = x_printf("%s%.*s\n", *text, (int)length, line);
    free(*text);
    *text = both;
}

/* The lines that move to the device that takes over (moves), or that stay with the card. The caller frees. */
static char *settings_of(const char *text, bool moves)
{
    static const char *const of_the_card[] = { "Link", "SR-IOV", "BridgeVLAN", "Bridge", "BridgeFDB", "BridgeMDB", "LLDP", "CAN", NULL };
    static const char *const matching[] = { "Match", NULL };
    static const char *const network[] = { "Network", NULL };
    char *ret = x_strdup("");
    bool wanted = false;
    bool in_network = false;
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        if (*text == '[') {
            in_network = is_section(text, network);
            wanted = !is_section(text, matching) && (in_network || is_section(text, of_the_card) != moves);
        }
        if (wanted && (*text == '[' || !in_network || stays_with_the_card(text) != moves))
            append(&ret, text, length);
    }
    return ret;
}

/* ---------------------------------------------------------------- making */

static const char *kind_word(HostNicKind kind) { return kind == HOST_NIC_BOND ? "bond" : kind == HOST_NIC_VLAN ? "vlan" : "bridge"; }

static char *netdev_text(const NetworkJob *job)
{
    const HostNicCreateParams *wish = job->wish;
    AUTO_FREE char *own = NULL;
    if (wish->kind == HOST_NIC_VLAN)
        own = x_printf("[VLAN]\nId=%lld\n", (long long)wish->vlan);
    else if (wish->kind == HOST_NIC_BOND)
        own = x_printf("[Bond]\nMode=%s\nMIIMonitorSec=0.1\n", str_empty(wish->bond_mode) ? "active-backup" : wish->bond_mode);
    else
        own = x_strdup("[Bridge]\nSTP=no\n");
    /* With the first port's address DHCP and switches take it for the card that it replaces. */
    const char *mac = plan_bridge_address(job);
    return x_printf("# Made by PoolCenter\n[NetDev]\nName=%s\nKind=%s\n%s%s%s\n%s", wish->name, kind_word(wish->kind), mac ? "MACAddress=" : "", str_or_empty(mac),
                    mac ? "\n" : "", own);
}

/* The card's addresses come from somebody else, by hand perhaps: nobody could put them back. */
static int refuse_unknown(const NetworkJob *job, Error *err)
{
    return error_set(err, ERR_HOST_NIC, job->first->name, "systemd-networkd does not know where its addresses come from, so they cannot move to another device");
}

static int addressing_text(const NetworkJob *job, char **ret, Error *err)
{
    const HostNicCreateParams *wish = job->wish;
    const char *without = wish->ports.count || wish->parent ? "" : "ConfigureWithoutCarrier=yes\n";
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *file = job->first && wish->addressing == HOST_ADDRESSING_KEEP ? networkd_file_of(job->first->name, &text) : NULL;
    if (wish->addressing == HOST_ADDRESSING_DHCP)
        *ret = x_strdup("[Network]\nDHCP=yes\n");
    else if (wish->addressing == HOST_ADDRESSING_STATIC)
        *ret = x_printf("[Network]\nAddress=%s\n%s%s%s%s", wish->address, str_empty(wish->gateway) ? "" : "Gateway=", str_or_empty(wish->gateway),
                        str_empty(wish->gateway) ? "" : "\n", without);
    else if (file)
        *ret = settings_of(str_or_empty(text), true);
    else if (job->first && wish->addressing == HOST_ADDRESSING_KEEP && network_known_address(job->first))
        return refuse_unknown(job, err);
    else
        *ret = x_printf("[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n%s", without);
    return 0;
}

/* What is one already has its file. */
static void add_port(NetworkPlan *plan, const NetworkJob *job, const char *port)
{
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *file = networkd_file_of(port, &text);
    AUTO_FREE char *own = settings_of(str_or_empty(text), false);
    AUTO_FREE char *name = port_name(port);
    AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", name);
    AUTO_FREE char *now = plan_has_now(job, port) ? small_file_read(lasting) : NULL;
    AUTO_FREE char *whole = now ? TAKE_PTR(now) : x_printf("# Made by PoolCenter\n[Match]\nName=%s\n\n%s\n[Network]\n%s=%s\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n", port, own,
                                     job->wish->kind == HOST_NIC_BOND ? "Bond" : "Bridge", job->wish->name);
    plan_file(plan, name, whole);
}

/* The card's own file says which VLANs it has: by a drop-in, or a file where it has none. */
static void add_to_parent(NetworkPlan *plan, const NetworkJob *job)
{
    const char *parent = job->wish->parent;
    AUTO_FREE char *file = networkd_file_of(parent, NULL);
    AUTO_FREE char *base = base_name(parent);
    AUTO_FREE char *text = x_printf("# Made by PoolCenter\n[Match]\nName=%s\n\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n", parent);
    const char *last = file ? strrchr(file, '/') : NULL;
    AUTO_FREE char *folder = x_printf("%s.d", last ? last + 1 : base);
    AUTO_FREE char *name = x_printf("%s/poolcenter-%s.conf", folder, job->wish->name);
    AUTO_FREE char *temporary = x_printf(NETWORKD_TEMPORARY "/%s", folder);
    AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", folder);
    AUTO_FREE char *drop_in = x_printf("# Made by PoolCenter\n[Network]\nVLAN=%s\n", job->wish->name);
    if (!last)
        plan_file(plan, base, text);
    plan_file(plan, name, drop_in);
    step_remove_folder(plan->undo, temporary);
    step_remove_folder(plan->keep, temporary);
    step_remove_folder(plan->unkeep, lasting);
}

/* After the files are as they were: the device goes, its ports are what they were. */
static void add_undoing_commands(json_t *steps, const char *nic, const StrList *ports, const char *parent)
{
    step_try(steps, WORDS("ip", "link", "delete", "dev", nic));
    step_run(steps, WORDS("networkctl", "reload"));
    for (size_t i = 0; i < ports->count; i++)
        step_try(steps, WORDS("networkctl", "reconfigure", ports->items[i]));
    if (!str_empty(parent))
        step_try(steps, WORDS("networkctl", "reconfigure", parent));
}

/* The whole file. A device that is changed keeps what it has. */
static int network_text(const NetworkJob *job, char **ret, Error *err)
{
    AUTO_FREE char *addressing = NULL;
    if (job->nic && job->wish->addressing == HOST_ADDRESSING_KEEP) {
        AUTO_FREE char *name = network_name(job->wish->name);
        AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", name);
        *ret = small_file_read(lasting);
        return *ret ? 0 : error_set(err, ERR_HOST_NIC, job->wish->name, "its file %s cannot be read", lasting);
    }
    int code = addressing_text(job, &addressing, err);
    if (code == 0)
        *ret = x_printf("# Made by PoolCenter\n[Match]\nName=%s\n\n%s", job->wish->name, addressing);
    return code;
}

static int plan_create(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    const HostNicCreateParams *wish = job->wish;
    AUTO_FREE char *settings = NULL;
    int code = network_text(job, &settings, err);
    if (code < 0)
        return code;
    AUTO_FREE char *netdev = netdev_name(wish->name);
    AUTO_FREE char *device = netdev_text(job);
    AUTO_FREE char *network = network_name(wish->name);
    plan_link_file(plan, job);
    plan_file(plan, netdev, device);
    plan_file(plan, network, settings);
    for (size_t i = 0; i < wish->ports.count; i++)
        add_port(plan, job, wish->ports.items[i]);
    if (wish->kind == HOST_NIC_VLAN)
        add_to_parent(plan, job);
    step_run(plan->apply, WORDS("networkctl", "reload"));
    add_undoing_commands(plan->undo, wish->name, &wish->ports, NULL);
    return 0;
}

/* ---------------------------------------------------------------- removing */

static bool is_only_file(const char *folder, const char *name)
{
    AUTO_FREE char *path = x_printf(NETWORKD_FOLDER "/%s", folder);
    DIR *list = opendir(path);
    bool only = true;
    for (struct dirent *entry; list && (entry = readdir(list));)
        only = only && (*entry->d_name == '.' || str_equal(entry->d_name, name));
    if (list)
        closedir(list);
    return only;
}

static void put_away_from_parent(NetworkPlan *plan, const NetworkJob *job)
{
    AUTO_FREE char *file = networkd_file_of(job->nic->parent, NULL);
    const char *last = file ? strrchr(file, '/') : NULL;
    if (!last)
        return;
    AUTO_FREE char *base = base_name(job->nic->parent);
    AUTO_FREE char *folder = x_printf("%s.d", last + 1);
    AUTO_FREE char *drop_in = x_printf("poolcenter-%s.conf", job->nic->name);
    AUTO_FREE char *name = x_printf("%s/%s", folder, drop_in);
    AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", folder);
    plan_put_away(plan, job, name);
    step_remove_folder(plan->apply, lasting);
    if (str_equal(last + 1, base) && is_only_file(folder, drop_in))
        plan_put_away(plan, job, base);
}

static void put_ports_away(NetworkPlan *plan, const NetworkJob *job)
{
    AUTO(StrList_clear) StrList files = { 0 };
    AUTO_FREE char *bridge = x_printf("Bridge=%s", job->nic->name);
    AUTO_FREE char *bond = x_printf("Bond=%s", job->nic->name);
    plan_find_files(NETWORKD_FOLDER, "00-poolcenter+port-", ".network", WORDS(bridge, bond), &files);
    for (size_t i = 0; i < files.count; i++)
        plan_put_away(plan, job, files.items[i]);
}

static int plan_delete(const NetworkJob *job, NetworkPlan *plan)
{
    const HostNic *nic = job->nic;
    AUTO_FREE char *netdev = netdev_name(nic->name);
    AUTO_FREE char *network = network_name(nic->name);
    plan_link_file(plan, job);
    plan_put_away(plan, job, netdev);
    plan_put_away(plan, job, network);
    put_ports_away(plan, job);
    if (nic->kind == HOST_NIC_VLAN)
        put_away_from_parent(plan, job);
    add_undoing_commands(plan->apply, nic->name, &nic->ports, nic->parent);
    step_run(plan->undo, WORDS("networkctl", "reload"));
    return 0;
}

/* ---------------------------------------------------------------- changing */

static void replace_file(NetworkPlan *plan, const NetworkJob *job, const char *name, const char *text)
{
    plan_put_away(plan, job, name);
    plan_file(plan, name, text);
}

static void add_bridge_address(json_t *steps, const char *nic, const char *address)
{
    step_run(steps, WORDS("ip", "link", "set", "dev", nic, "address", address));
}

/* networkd does not let go of a port for which it has no file any more, and takes one back for which it has. */
static void release_ports(json_t *steps, const StrList *ports)
{
    step_run(steps, WORDS("networkctl", "reload"));
    for (size_t i = 0; i < ports->count; i++) {
        step_try(steps, WORDS("ip", "link", "set", "dev", ports->items[i], "nomaster"));
        step_try(steps, WORDS("networkctl", "reconfigure", ports->items[i]));
    }
}

static int plan_own_files(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    AUTO_FREE char *settings = NULL;
    AUTO_FREE char *network = network_name(job->wish->name);
    AUTO_FREE char *netdev = netdev_name(job->wish->name);
    AUTO_FREE char *device = netdev_text(job);
    int code = network_text(job, &settings, err);
    if (code < 0)
        return code;
    if (job->wish->addressing != HOST_ADDRESSING_KEEP)
        replace_file(plan, job, network, settings);
    if (plan_moves_address(job))
        replace_file(plan, job, netdev, device);
    return 0;
}

/* A bridge stays where it is, with the guests that are connected. */
static int plan_in_place(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    AUTO(StrList_clear) StrList leaving = { 0 };
    AUTO(StrList_clear) StrList entering = { 0 };
    int code = plan_own_files(job, plan, err);
    if (code < 0)
        return code;
    for (size_t i = 0; i < job->nic->ports.count; i++) {
        AUTO_FREE char *port = port_name(job->nic->ports.items[i]);
        if (!plan_leaves(job, job->nic->ports.items[i]))
            continue;
        plan_put_away(plan, job, port);
        StrList_add(&leaving, job->nic->ports.items[i]);
    }
    for (size_t i = 0; i < job->wish->ports.count; i++) {
        if (plan_has_now(job, job->wish->ports.items[i]))
            continue;
        add_port(plan, job, job->wish->ports.items[i]);
        StrList_add(&entering, job->wish->ports.items[i]);
    }
    if (plan_moves_address(job)) {
        add_bridge_address(plan->apply, job->nic->name, plan_bridge_address(job));
        add_bridge_address(plan->undo, job->nic->name, job->nic->mac);
    }
    release_ports(plan->apply, &leaving);
    release_ports(plan->undo, &entering);
    return 0;
}

/* The kernel does not change the mode of a bond with ports: it is removed and made anew. */
static int plan_anew(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    NetworkJob removal = *job;
    NetworkPlan made;
    removal.wish = NULL;
    network_plan_init(&made);
    int code = plan_delete(&removal, plan);
    if (code == 0)
        code = plan_create(job, &made, err);
    plan_continue(plan, &made);
    network_plan_clear(&made);
    return code;
}

static int plan_change(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    if (job->wish->kind == HOST_NIC_VLAN && job->wish->vlan != job->nic->vlan)
        return error_set(err, ERR_HOST_NIC, job->wish->name, "systemd-networkd does not give a VLAN another tag; remove it and make it anew");
    return job->wish->kind == HOST_NIC_BOND ? plan_anew(job, plan, err) : plan_in_place(job, plan, err);
}

int networkd_plan(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    if (job->wish && job->nic)
        return plan_change(job, plan, err);
    return job->wish ? plan_create(job, plan, err) : plan_delete(job, plan);
}
