/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NetworkManager, by nmcli: profiles of our own with a higher priority, which are not saved until the change is confirmed. The administrator's
 * profiles stay as they are; removing ours brings them back. nmcli(1), nm-settings-nmcli(5).
 */
#include "agent/network_owner.h"
#include "agent/network_plans.h"
#include "agent/network_steps.h"
#include "agent/network_wishes.h"
#include "agent/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NMCLI_MS = 10000 };

#define PRIORITY "connection.autoconnect-priority", "100"
#define IP_SETTINGS \
    "ipv4.method,ipv4.addresses,ipv4.gateway,ipv4.dns,ipv4.dns-search,ipv4.routes,ipv4.route-metric,ipv4.never-default,ipv4.dhcp-client-id," \
    "ipv6.method,ipv6.addresses,ipv6.gateway,ipv6.dns,ipv6.dns-search,ipv6.routes"

/* Words of one nmcli call. They are copied. */
typedef struct Words {
    StrList list;
} Words;

static void add(Words *words, const char *const *more)
{
    for (; *more; more++)
        StrList_add(&words->list, *more);
}

static void put(json_t *steps, Words *words)
{
    AUTO_FREE const char **all = x_calloc(words->list.count + 1, sizeof *all);
    for (size_t i = 0; i < words->list.count; i++)
        all[i] = words->list.items[i];
    step_run(steps, all);
    StrList_clear(&words->list);
}

static char *profile_of(const char *nic) { return x_printf("poolcenter-%s", nic); }
static char *port_profile_of(const char *nic) { return x_printf("poolcenter.port-%s", nic); }

/* Lasting when it is confirmed: nmcli saves what it modifies. */
static void add_profile(NetworkPlan *plan, const char *profile)
{
    step_try(plan->undo, WORDS("nmcli", "connection", "delete", "id", profile));
    step_run(plan->keep, WORDS("nmcli", "connection", "modify", "id", profile, "connection.autoconnect", "yes"));
}

/* ---------------------------------------------------------------- addresses */

static int add_ip_of(const char *by, const char *profile, Words *words, Error *err)
{
    const char *const arguments[] = { "nmcli", "-t", "-e", "no", "-f", IP_SETTINGS, "connection", "show", by, profile, NULL };
    AUTO_FREE char *text = NULL;
    int code = program_run(&(Program){ .arguments = arguments, .milliseconds = NMCLI_MS }, &text, err);
    if (code < 0)
        return code;
    char *rest = text;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, ':');
        if (!value || !value[1] || str_equal(value + 1, "--"))
            continue;
        *value++ = 0;
        add(words, WORDS(line, value));
    }
    return 0;
}

static int add_addressing(const NetworkJob *job, Words *words, Error *err)
{
    const HostNicCreateParams *wish = job->wish;
    AUTO_FREE char *uuid = job->first && wish->addressing == HOST_ADDRESSING_KEEP ? manager_profile_of(job->devices, job->first->name) : NULL;
    if (uuid)
        return add_ip_of("uuid", uuid, words, err);
    if (wish->addressing == HOST_ADDRESSING_KEEP && job->first && network_known_address(job->first))
        return error_set(err, ERR_HOST_NIC, job->first->name, "NetworkManager does not know where its addresses come from, so they cannot move to another device");
    if (wish->addressing == HOST_ADDRESSING_DHCP)
        add(words, WORDS("ipv4.method", "auto", "ipv6.method", "auto"));
    else if (wish->addressing == HOST_ADDRESSING_STATIC)
        add(words, WORDS("ipv4.method", "manual", "ipv4.addresses", wish->address, "ipv6.method", "auto"));
    else
        add(words, WORDS("ipv4.method", "disabled", "ipv6.method", "disabled"));
    if (wish->addressing == HOST_ADDRESSING_STATIC && !str_empty(wish->gateway))
        add(words, WORDS("ipv4.gateway", wish->gateway));
    return 0;
}

/* ---------------------------------------------------------------- making */

static void add_kind(const NetworkJob *job, Words *words)
{
    const HostNicCreateParams *wish = job->wish;
    AUTO_FREE char *tag = x_printf("%lld", (long long)wish->vlan);
    AUTO_FREE char *options = x_printf("mode=%s,miimon=100", str_empty(wish->bond_mode) ? "active-backup" : wish->bond_mode);
    if (wish->kind == HOST_NIC_VLAN)
        add(words, WORDS("type", "vlan", "dev", wish->parent, "id", tag));
    else if (wish->kind == HOST_NIC_BOND)
        add(words, WORDS("type", "bond", "bond.options", options));
    else
        add(words, WORDS("type", "bridge", "bridge.stp", "no"));
    if (plan_bridge_address(job))
        add(words, WORDS("bridge.mac-address", plan_bridge_address(job)));
}

/* A card gets a profile of its own; a bond or VLAN a copy of the one that makes it. */
static void add_port(NetworkPlan *plan, const NetworkJob *job, const HostNic *port)
{
    const char *kind = job->wish->kind == HOST_NIC_BOND ? "bond" : "bridge";
    AUTO_FREE char *profile = port_profile_of(port->name);
    AUTO_FREE char *uuid = manager_profile_of(job->devices, port->name);
    bool copied = uuid && (port->kind == HOST_NIC_VLAN || port->kind == HOST_NIC_BOND);
    if (copied) {
        step_run(plan->apply, WORDS("nmcli", "connection", "clone", "--temporary", uuid, profile));
        step_run(plan->apply, WORDS("nmcli", "connection", "modify", "--temporary", "id", profile, "connection.master", job->wish->name, "connection.slave-type", kind,
                                    "connection.autoconnect", "yes", PRIORITY));
    } else {
        step_run(plan->apply, WORDS("nmcli", "connection", "add", "save", "no", "type", "ethernet", "con-name", profile, "ifname", port->name, "master", job->wish->name,
                                    "slave-type", kind, "autoconnect", "yes", PRIORITY));
    }
    add_profile(plan, profile);
}

static void add_up(void (*add_step)(json_t *, const char *const *), json_t *steps, const char *by, const char *profile)
{
    add_step(steps, WORDS("nmcli", "--wait", "20", "connection", "up", by, profile));
}

/* While a bond changes its profile NetworkManager may give its cards to other profiles that they have. */
static void add_cards(json_t *steps, const NetworkJob *job, const HostNic *bond)
{
    for (size_t i = 0; bond && bond->kind == HOST_NIC_BOND && i < bond->ports.count; i++) {
        AUTO_FREE char *uuid = manager_profile_of(job->devices, bond->ports.items[i]);
        if (uuid)
            add_up(step_try, steps, "uuid", uuid);
    }
}

/* First in undo: the profiles that were active before. A bond or VLAN would be gone with the profile that it has now. */
static void add_return(NetworkPlan *plan, const NetworkJob *job)
{
    for (size_t i = 0; i < job->wish->ports.count; i++) {
        const char *port = job->wish->ports.items[i];
        if (plan_has_now(job, port))
            continue;
        AUTO_FREE char *uuid = manager_profile_of(job->devices, port);
        if (uuid)
            add_up(step_run, plan->undo, "uuid", uuid);
        add_cards(plan->undo, job, network_nic(job->table, port));
    }
}

/* A port brings the device up that it belongs to. */
static void add_activation(NetworkPlan *plan, const NetworkJob *job, const char *profile)
{
    for (size_t i = 0; i < job->wish->ports.count; i++) {
        AUTO_FREE char *port = port_profile_of(job->wish->ports.items[i]);
        add_up(step_run, plan->apply, "id", port);
        add_cards(plan->apply, job, network_nic(job->table, job->wish->ports.items[i]));
    }
    if (!job->wish->ports.count)
        add_up(step_run, plan->apply, "id", profile);
}

static int plan_create(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    const HostNicCreateParams *wish = job->wish;
    AUTO_FREE char *profile = profile_of(wish->name);
    Words words = { 0 };
    plan_link_file(plan, job);
    add_return(plan, job);
    add(&words, WORDS("nmcli", "connection", "add", "save", "no"));
    add_kind(job, &words);
    add(&words, WORDS("con-name", profile, "ifname", wish->name, "autoconnect", "yes", PRIORITY));
    int code = add_addressing(job, &words, err);
    put(plan->apply, &words);
    if (code < 0)
        return code;
    for (size_t i = 0; i < wish->ports.count; i++)
        add_port(plan, job, network_nic(job->table, wish->ports.items[i]));
    add_profile(plan, profile);
    add_activation(plan, job, profile);
    return 0;
}

/* ---------------------------------------------------------------- removing */

static void put_away(NetworkPlan *plan, const NetworkJob *job, const char *file)
{
    AUTO_FREE char *lasting = x_printf(MANAGER_FOLDER "/%s", file);
    AUTO_FREE char *away = x_printf("%s/away/%s", job->folder, file);
    step_move(plan->apply, lasting, away);
    step_move(plan->undo, away, lasting);
    step_remove(plan->tidy, away);
}

/* Newer versions of NetworkManager write "controller". */
static void put_ports_away(NetworkPlan *plan, const NetworkJob *job)
{
    AUTO(StrList_clear) StrList files = { 0 };
    AUTO_FREE char *master = x_printf("master=%s", job->nic->name);
    AUTO_FREE char *controller = x_printf("controller=%s", job->nic->name);
    plan_find_files(MANAGER_FOLDER, "poolcenter.port-", ".nmconnection", WORDS(master, controller), &files);
    for (size_t i = 0; i < files.count; i++)
        put_away(plan, job, files.items[i]);
}

/* Before the port's profile goes: a bond or VLAN that PoolCenter has made has its own again. */
static void add_own_profile(NetworkPlan *plan, const NetworkJob *job, const HostNic *port)
{
    if (!port || (port->kind != HOST_NIC_BOND && port->kind != HOST_NIC_VLAN))
        return;
    AUTO_FREE char *profile = profile_of(port->name);
    add_up(step_try, plan->apply, "id", profile);
    add_cards(plan->apply, job, port);
}

static int plan_delete(const NetworkJob *job, NetworkPlan *plan)
{
    const HostNic *nic = job->nic;
    AUTO_FREE char *profile = profile_of(nic->name);
    plan_link_file(plan, job);
    for (size_t i = 0; i < nic->ports.count; i++)
        add_own_profile(plan, job, network_nic(job->table, nic->ports.items[i]));
    AUTO_FREE char *file = x_printf("%s.nmconnection", profile);
    put_away(plan, job, file);
    put_ports_away(plan, job);
    step_run(plan->apply, WORDS("nmcli", "connection", "reload"));
    step_try(plan->apply, WORDS("nmcli", "--wait", "20", "device", "delete", nic->name));
    step_run(plan->undo, WORDS("nmcli", "connection", "reload"));
    for (size_t i = 0; i < nic->ports.count; i++) {
        AUTO_FREE char *port = port_profile_of(nic->ports.items[i]);
        /* A profile that the card had comes back by itself then; "connect" would make one for a card that had none. */
        step_try(plan->apply, WORDS("nmcli", "device", "set", nic->ports.items[i], "autoconnect", "yes"));
        add_up(step_try, plan->undo, "id", port);
        add_cards(plan->undo, job, network_nic(job->table, nic->ports.items[i]));
    }
    add_up(step_try, plan->undo, "id", profile);
    return 0;
}

/* ---------------------------------------------------------------- changing */

/* All settings of addresses behind the words of the call: those that are not told are empty, which gives them their usual value. */
static void put_addresses(json_t *steps, const char *const *call, const Words *settings)
{
    AUTO_FREE char *all = x_strdup(IP_SETTINGS);
    Words words = { 0 };
    char *rest = all;
    add(&words, call);
    for (char *key = strtok_r(all, ",", &rest); key; key = strtok_r(NULL, ",", &rest)) {
        const char *value = "";
        for (size_t i = 0; i + 1 < settings->list.count; i += 2)
            value = str_equal(settings->list.items[i], key) ? settings->list.items[i + 1] : value;
        add(&words, WORDS(key, value));
    }
    put(steps, &words);
}

/* The device has other addresses than its profile until keep. */
static int change_addresses(const NetworkJob *job, NetworkPlan *plan, const char *profile, Error *err)
{
    const char *const *device = WORDS("nmcli", "device", "modify", job->nic->name);
    const char *const *saved = WORDS("nmcli", "connection", "modify", "id", profile);
    Words now = { 0 };
    Words then = { 0 };
    int code = add_ip_of("id", profile, &now, err);
    if (code == 0)
        code = add_addressing(job, &then, err);
    put_addresses(plan->apply, device, &then);
    put_addresses(plan->undo, device, &now);
    put_addresses(plan->keep, saved, &then);
    put_addresses(plan->unkeep, saved, &now);
    StrList_clear(&now.list);
    StrList_clear(&then.list);
    return code;
}

/* Guests of a bridge are not NetworkManager's. */
static void add_port_up(void (*add_step)(json_t *, const char *const *), json_t *steps, const NetworkJob *job, const char *port)
{
    const HostNic *nic = network_nic(job->table, port);
    AUTO_FREE char *profile = port_profile_of(port);
    if (nic && nic->kind == HOST_NIC_GUEST)
        return;
    add_up(add_step, steps, "id", profile);
    add_cards(steps, job, nic);
}

/* Ports that come, and those that come back. */
static void add_ports_up(const NetworkJob *job, NetworkPlan *plan)
{
    const StrList *then = &job->wish->ports;
    const StrList *now = &job->nic->ports;
    for (size_t i = 0; i < then->count; i++)
        if (!plan_has_now(job, then->items[i]))
            add_port_up(step_run, plan->apply, job, then->items[i]);
    for (size_t i = 0; i < now->count; i++)
        if (plan_leaves(job, now->items[i]))
            add_port_up(step_try, plan->undo, job, now->items[i]);
}

static void put_leaving_away(const NetworkJob *job, NetworkPlan *plan)
{
    bool any = false;
    for (size_t i = 0; i < job->nic->ports.count; i++) {
        const char *name = job->nic->ports.items[i];
        AUTO_FREE char *port = port_profile_of(name);
        AUTO_FREE char *file = x_printf("%s.nmconnection", port);
        if (!plan_leaves(job, name))
            continue;
        add_own_profile(plan, job, network_nic(job->table, name));
        put_away(plan, job, file);
        any = true;
    }
    if (any) {
        step_run(plan->apply, WORDS("nmcli", "connection", "reload"));
        step_run(plan->undo, WORDS("nmcli", "connection", "reload"));
    }
    for (size_t i = 0; i < job->nic->ports.count; i++)
        if (plan_leaves(job, job->nic->ports.items[i]))
            step_try(plan->apply, WORDS("nmcli", "device", "set", job->nic->ports.items[i], "autoconnect", "yes"));
}

/* NetworkManager gives a bridge its address only when it makes it; of one that runs it is the kernel's matter. */
static void change_bridge_address(const NetworkJob *job, NetworkPlan *plan, const char *profile)
{
    const char *then = plan_bridge_address(job);
    const char *now = job->nic->mac;
    step_run(plan->apply, WORDS("ip", "link", "set", "dev", job->nic->name, "address", then));
    step_run(plan->undo, WORDS("ip", "link", "set", "dev", job->nic->name, "address", now));
    step_run(plan->keep, WORDS("nmcli", "connection", "modify", "id", profile, "bridge.mac-address", then));
    step_run(plan->unkeep, WORDS("nmcli", "connection", "modify", "id", profile, "bridge.mac-address", now));
}

/* The device stays where it is, with the guests that are connected. */
static int plan_change(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    AUTO_FREE char *profile = profile_of(job->wish->name);
    if (job->wish->vlan != job->nic->vlan || !str_equal(str_or_empty(job->wish->bond_mode), str_or_empty(job->nic->bond_mode)))
        return error_set(err, ERR_HOST_NIC, job->wish->name, "NetworkManager gives a device its tag or mode only when it makes it; remove it and make it anew");
    add_return(plan, job);
    for (size_t i = 0; i < job->wish->ports.count; i++)
        if (!plan_has_now(job, job->wish->ports.items[i]))
            add_port(plan, job, network_nic(job->table, job->wish->ports.items[i]));
    put_leaving_away(job, plan);
    if (plan_moves_address(job))
        change_bridge_address(job, plan, profile);
    int code = job->wish->addressing == HOST_ADDRESSING_KEEP ? 0 : change_addresses(job, plan, profile, err);
    add_ports_up(job, plan);
    return code;
}

/* The devices are asked for once: a plan that missed a profile because nmcli failed in between would not bring it back. */
int manager_plan(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    AUTO_FREE char *devices = NULL;
    NetworkJob all = *job;
    int code = manager_devices(&devices, err);
    all.devices = devices;
    if (code < 0)
        return code;
    if (all.wish && all.nic)
        return plan_change(&all, plan, err);
    return all.wish ? plan_create(&all, plan, err) : plan_delete(&all, plan);
}
