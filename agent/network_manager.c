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

enum { MAX_WORDS = 44, NMCLI_MS = 10000 };

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
    const char *all[MAX_WORDS + 1] = { NULL };
    for (size_t i = 0; i < words->list.count && i < MAX_WORDS; i++)
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

static int add_ip_of(const char *uuid, Words *words, Error *err)
{
    const char *const arguments[] = { "nmcli", "-t", "-e", "no", "-f", IP_SETTINGS, "connection", "show", "uuid", uuid, NULL };
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
        return add_ip_of(uuid, words, err);
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
    if (wish->kind == HOST_NIC_BRIDGE && job->first && !str_empty(job->first->mac))
        add(words, WORDS("bridge.mac-address", job->first->mac));
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

static void put_away(NetworkPlan *plan, const NetworkJob *job, const char *profile)
{
    AUTO_FREE char *lasting = x_printf(MANAGER_FOLDER "/%s.nmconnection", profile);
    AUTO_FREE char *away = x_printf("%s/away/%s.nmconnection", job->folder, profile);
    step_move(plan->apply, lasting, away);
    step_move(plan->undo, away, lasting);
    step_remove(plan->keep, away);
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
    put_away(plan, job, profile);
    for (size_t i = 0; i < nic->ports.count; i++) {
        AUTO_FREE char *port = port_profile_of(nic->ports.items[i]);
        put_away(plan, job, port);
    }
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

/* The devices are asked for once: a plan that missed a profile because nmcli failed in between would not bring it back. */
int manager_plan(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    AUTO_FREE char *devices = NULL;
    NetworkJob all = *job;
    int code = manager_devices(&devices, err);
    all.devices = devices;
    if (code < 0)
        return code;
    return all.wish ? plan_create(&all, plan, err) : plan_delete(&all, plan);
}
