/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ifupdown: one file of our own in interfaces.d, and the stanzas of cards that a device takes over put aside as comments. Until the change is
 * confirmed ifup is given a file in the change's folder instead (-i). The devices are made by ip in the stanza itself, so that none of the
 * packages bridge-utils, vlan and ifenslave is needed. A bond or VLAN in a bridge is made by the bridge's file, without addresses. interfaces(5).
 */
#include "agent/network_interfaces.h"
#include "agent/network_owner.h"
#include "agent/network_plans.h"
#include "agent/network_steps.h"
#include "agent/network_wishes.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static void append(char **text, const char *more)
{
    char *both = x_printf("%s%s", *text, more);
    free(*text);
    *text = both;
}

static void append_command(char **text, const char *when, const char *command)
{
    AUTO_FREE char *line = x_printf("    %s %s\n", when, command);
    append(text, line);
}

static void append_auto(char **text, const char *nic)
{
    AUTO_FREE char *line = x_printf("auto %s\n", nic);
    append(text, line);
}

static char *mark_of(const char *nic) { return x_printf("#poolcenter-%s# ", nic); }

/* A bond or VLAN is there because its stanza makes it; a card is there. */
static bool is_made_by_stanza(const HostNicTable *table, const char *name)
{
    const HostNic *nic = network_nic(table, name);
    return nic && (nic->kind == HOST_NIC_BOND || nic->kind == HOST_NIC_VLAN);
}

/* ---------------------------------------------------------------- files that are edited */

typedef char *(*Edit)(const char *text, const void *context);

static void edit_file(NetworkPlan *plan, const char *path, Edit edit, const void *context)
{
    AUTO_FREE char *text = small_file_read(path);
    AUTO_FREE char *edited = text ? edit(text, context) : NULL;
    if (!edited || strcmp(text, edited) == 0)
        return;
    step_write(plan->keep, path, edited);
    step_write(plan->unkeep, path, text);
}

/* interfaces and what lies in interfaces.d, all but the file of the device itself. */
static void edit_files(NetworkPlan *plan, const char *own, Edit edit, const void *context)
{
    edit_file(plan, IFUPDOWN_FILE, edit, context);
    DIR *folder = opendir(IFUPDOWN_FOLDER);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        AUTO_FREE char *path = x_printf(IFUPDOWN_FOLDER "/%s", entry->d_name);
        if (*entry->d_name != '.' && !str_equal(path, own))
            edit_file(plan, path, edit, context);
    }
    if (folder)
        closedir(folder);
}

/* Puts every port's stanzas aside. */
static char *put_ports_aside(const char *text, const void *context)
{
    const HostNicCreateParams *wish = context;
    AUTO_FREE char *mark = mark_of(wish->name);
    char *now = x_strdup(text);
    for (size_t i = 0; i < wish->ports.count; i++) {
        char *next = interfaces_put_aside(now, wish->ports.items[i], mark);
        free(now);
        now = next;
    }
    return now;
}

/* Of a device that is changed: those that it has afterwards, and only those. */
static char *put_ports_anew(const char *text, const void *context)
{
    const HostNicCreateParams *wish = context;
    AUTO_FREE char *mark = mark_of(wish->name);
    AUTO_FREE char *back = interfaces_put_back(text, mark, NULL);
    return put_ports_aside(back, context);
}

static char *put_ports_back(const char *text, const void *context)
{
    AUTO_FREE char *mark = mark_of(context);
    return interfaces_put_back(text, mark, NULL);
}

/* ---------------------------------------------------------------- the stanza of a new device */

/* What is not a card is there when its own stanza has made it: a file whose name comes later may have that. */
static void append_needed(char **text, const char *nic)
{
    AUTO_FREE char *needed = x_printf("test -e /sys/class/net/%s || ifup %s", nic, nic);
    append_command(text, "pre-up", needed);
}

static void append_making(const NetworkJob *job, char **text)
{
    const HostNicCreateParams *wish = job->wish;
    AUTO_FREE char *options = NULL;
    if (wish->kind == HOST_NIC_VLAN && job->first && (job->first->kind == HOST_NIC_BOND || job->first->kind == HOST_NIC_BRIDGE))
        append_needed(text, wish->parent);
    if (wish->kind == HOST_NIC_VLAN)
        options = x_printf("ip link set dev %s up; test -e /sys/class/net/%s || ip link add link %s name %s type vlan id %lld", wish->parent, wish->name, wish->parent, wish->name,
                           (long long)wish->vlan);
    else if (wish->kind == HOST_NIC_BOND)
        options = x_printf("test -e /sys/class/net/%s || ip link add name %s type bond mode %s miimon 100", wish->name, wish->name,
                           str_empty(wish->bond_mode) ? "active-backup" : wish->bond_mode);
    else if (plan_bridge_address(job))
        options = x_printf("test -e /sys/class/net/%s || ip link add name %s address %s type bridge", wish->name, wish->name, plan_bridge_address(job));
    else
        options = x_printf("test -e /sys/class/net/%s || ip link add name %s type bridge", wish->name, wish->name);
    append_command(text, "pre-up", options);
    for (size_t i = 0; i < wish->ports.count; i++) {
        const char *port = wish->ports.items[i];
        if (is_made_by_stanza(job->table, port))
            append_needed(text, port);
        AUTO_FREE char *enter = x_printf("ip link set dev %s down; ip link set dev %s master %s && ip link set dev %s up", port, port, wish->name, port);
        append_command(text, "pre-up", enter);
    }
    AUTO_FREE char *gone = x_printf("ip link delete dev %s", wish->name);
    append_command(text, "post-down", gone);
}

/* One "iface NAME FAMILY METHOD" with its options; the first one makes the device. */
static void append_stanza(const NetworkJob *job, char **text, const char *family, const char *method, const char *options, bool makes)
{
    AUTO_FREE char *head = x_printf("iface %s %s %s\n", job->wish->name, family, method);
    append(text, head);
    append(text, str_or_empty(options));
    if (makes)
        append_making(job, text);
}

/* Bonds and VLANs go to a bridge with what makes them and without their addresses. */
static void append_ports(const NetworkJob *job, char **text)
{
    AUTO_FREE char *all = interfaces_read_all();
    for (size_t i = 0; i < job->wish->ports.count; i++) {
        const char *port = job->wish->ports.items[i];
        AUTO_FREE char *method = NULL;
        AUTO_FREE char *options = interfaces_options(all, port, "inet", &method);
        AUTO_FREE char *making = interfaces_split(str_or_empty(options), true);
        AUTO_FREE char *stanza = x_printf("auto %s\niface %s inet manual\n%s", port, port, making);
        if (method && is_made_by_stanza(job->table, port))
            append(text, stanza);
    }
}

static int append_kept(const NetworkJob *job, char **text, Error *err)
{
    AUTO_FREE char *all = interfaces_read_all();
    AUTO_FREE char *method = NULL;
    AUTO_FREE char *method6 = NULL;
    AUTO_FREE char *options = interfaces_options(all, job->first->name, "inet", &method);
    AUTO_FREE char *options6 = interfaces_options(all, job->first->name, "inet6", &method6);
    if (!method && !method6 && network_known_address(job->first))
        return error_set(err, ERR_HOST_NIC, job->first->name, "ifupdown does not know where its addresses come from, so they cannot move to another device");
    bool split = is_made_by_stanza(job->table, job->first->name);
    AUTO_FREE char *moving = split ? interfaces_split(str_or_empty(options), false) : x_strdup(str_or_empty(options));
    append_stanza(job, text, "inet", method ? method : "manual", moving, true);
    if (method6)
        append_stanza(job, text, "inet6", method6, options6, false);
    return 0;
}

/* What makes the device comes last, and begins so: see append_making. */
static void cut_making(char *options)
{
    for (char *line = options; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t length = strcspn(line, "\n");
        const char *test = strstr(line, "test -e /sys/class/net/");
        if (strncmp(line, "    pre-up ", 11) == 0 && test && test < line + length) {
            *line = 0;
            return;
        }
    }
}

/* The addresses that a device has which is changed. */
static void append_own(const NetworkJob *job, char **text)
{
    AUTO_FREE char *own = network_mark(HOST_MANAGER_IFUPDOWN, job->wish->name);
    AUTO_FREE char *all = small_file_read(own);
    AUTO_FREE char *method = NULL;
    AUTO_FREE char *method6 = NULL;
    AUTO_FREE char *options = interfaces_options(str_or_empty(all), job->wish->name, "inet", &method);
    AUTO_FREE char *options6 = interfaces_options(str_or_empty(all), job->wish->name, "inet6", &method6);
    if (options)
        cut_making(options);
    append_stanza(job, text, "inet", method ? method : "manual", options, true);
    if (method6)
        append_stanza(job, text, "inet6", method6, options6, false);
}

static int device_text(const NetworkJob *job, char **ret, Error *err)
{
    const HostNicCreateParams *wish = job->wish;
    int code = 0;
    char *text = x_strdup("# Made by PoolCenter\n");
    AUTO_FREE char *fixed = x_printf("    address %s\n%s%s%s", str_or_empty(wish->address), str_empty(wish->gateway) ? "" : "    gateway ",
                                     str_or_empty(wish->gateway), str_empty(wish->gateway) ? "" : "\n");
    append_ports(job, &text);
    append_auto(&text, wish->name);
    if (wish->addressing == HOST_ADDRESSING_KEEP && job->nic)
        append_own(job, &text);
    else if (wish->addressing == HOST_ADDRESSING_KEEP && job->first)
        code = append_kept(job, &text, err);
    else if (wish->addressing == HOST_ADDRESSING_STATIC)
        append_stanza(job, &text, "inet", "static", fixed, true);
    else
        append_stanza(job, &text, "inet", wish->addressing == HOST_ADDRESSING_DHCP ? "dhcp" : "manual", NULL, true);
    *ret = text;
    return code;
}

/* ---------------------------------------------------------------- plans */

/* Or the change would be gone with the host's next start: until then ifup is given the file by name. */
static int check_sources(const char *own, const char *nic, Error *err)
{
    AUTO_FREE char *text = small_file_read(IFUPDOWN_FILE);
    if (text && interfaces_reads(text, own))
        return 0;
    return error_set(err, ERR_HOST_NIC, nic, IFUPDOWN_FILE " does not read %s; add the line 'source " IFUPDOWN_FOLDER "/*' there", own);
}

/* Adds the words with each port that has a stanza in the text (NULL: none has). */
static void each_port(json_t *steps, void (*add)(json_t *, const char *const *), const char *text, const StrList *ports, const char *const *words)
{
    enum { WORDS_MAX = 6 };
    for (size_t i = 0; text && i < ports->count; i++) {
        const char *all[WORDS_MAX + 2] = { NULL };
        size_t count = 0;
        for (; words[count] && count < WORDS_MAX; count++)
            all[count] = words[count];
        all[count] = ports->items[i];
        if (interfaces_has(text, ports->items[i]))
            add(steps, all);
    }
}

static int plan_create(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    const HostNicCreateParams *wish = job->wish;
    AUTO_FREE char *all = interfaces_read_all();
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *own = network_mark(HOST_MANAGER_IFUPDOWN, wish->name);
    AUTO_FREE char *waiting = x_printf("%s/interfaces", job->folder);
    int code = check_sources(own, wish->name, err);
    if (code == 0)
        code = device_text(job, &text, err);
    if (code < 0)
        return code;
    plan_link_file(plan, job);
    step_write(plan->apply, waiting, text);
    each_port(plan->apply, step_try, all, &wish->ports, WORDS("ifdown"));
    each_port(plan->apply, step_run, text, &wish->ports, WORDS("ifup", "-i", waiting));
    step_run(plan->apply, WORDS("ifup", "-i", waiting, wish->name));
    step_try(plan->undo, WORDS("ifdown", "--force", "-i", waiting, wish->name));
    step_try(plan->undo, WORDS("ip", "link", "delete", "dev", wish->name));
    each_port(plan->undo, step_try, text, &wish->ports, WORDS("ifdown", "--force", "-i", waiting));
    each_port(plan->undo, step_run, all, &wish->ports, WORDS("ifup", "--force"));
    step_remove(plan->undo, waiting);
    step_write(plan->keep, own, text);
    step_remove(plan->unkeep, own);
    edit_files(plan, own, put_ports_aside, wish);
    step_remove(plan->keep, waiting);
    return 0;
}

static int plan_delete(const NetworkJob *job, NetworkPlan *plan)
{
    const HostNic *nic = job->nic;
    AUTO_FREE char *all = interfaces_read_all();
    AUTO_FREE char *mark = mark_of(nic->name);
    AUTO_FREE char *own = network_mark(HOST_MANAGER_IFUPDOWN, nic->name);
    AUTO_FREE char *own_text = small_file_read(own);
    AUTO_FREE char *waiting = x_printf("%s/interfaces", job->folder);
    AUTO_FREE char *ports = NULL;
    free(interfaces_put_back(str_or_empty(all), mark, &ports));
    plan_link_file(plan, job);
    step_write(plan->apply, waiting, str_or_empty(ports));
    step_run(plan->apply, WORDS("ifdown", nic->name));
    step_try(plan->apply, WORDS("ip", "link", "delete", "dev", nic->name));
    each_port(plan->apply, step_try, own_text, &nic->ports, WORDS("ifdown"));
    each_port(plan->apply, step_run, ports, &nic->ports, WORDS("ifup", "-i", waiting));
    each_port(plan->undo, step_try, ports, &nic->ports, WORDS("ifdown", "--force", "-i", waiting));
    each_port(plan->undo, step_run, own_text, &nic->ports, WORDS("ifup", "--force"));
    step_run(plan->undo, WORDS("ifup", "--force", nic->name));
    step_remove(plan->undo, waiting);
    edit_files(plan, own, put_ports_back, nic->name);
    step_remove(plan->keep, own);
    step_write(plan->unkeep, own, str_or_empty(own_text));
    step_remove(plan->keep, waiting);
    return 0;
}

/* ---------------------------------------------------------------- changing */

typedef struct Change {
    char *all;      /* what ifupdown knows now */
    char *own;      /* path of the device's file */
    char *own_text; /* what it holds now */
    char *text;     /* and afterwards */
    char *waiting;  /* a file with that and the stanzas of ports that leave */
    char *parted;   /* these stanzas */
    char *down_now, *down_then; /* files for ifdown: of a bridge it leaves the device, to which guests are connected */
    StrList leaving, entering;
} Change;

static void change_clear(Change *change)
{
    char **const texts[] = { &change->all, &change->own, &change->own_text, &change->text, &change->waiting, &change->parted, &change->down_now, &change->down_then };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(*texts[i]);
    StrList_clear(&change->leaving);
    StrList_clear(&change->entering);
}

static int change_read(const NetworkJob *job, Change *ret, Error *err)
{
    const char *name = job->wish->name;
    AUTO_FREE char *mark = mark_of(name);
    ret->all = interfaces_read_all();
    ret->own = network_mark(HOST_MANAGER_IFUPDOWN, name);
    ret->own_text = small_file_read(ret->own);
    ret->waiting = x_printf("%s/interfaces", job->folder);
    ret->down_now = x_printf("%s/interfaces-now", job->folder);
    ret->down_then = x_printf("%s/interfaces-then", job->folder);
    if (!ret->own_text)
        return error_set(err, ERR_HOST_NIC, name, "its file %s cannot be read", ret->own);
    free(interfaces_put_back(str_or_empty(ret->all), mark, &ret->parted));
    ret->parted = ret->parted ? ret->parted : x_strdup("");
    for (size_t i = 0; i < job->wish->ports.count; i++) {
        char *rest = interfaces_put_aside(ret->parted, job->wish->ports.items[i], mark);
        free(ret->parted);
        ret->parted = rest;
        if (!plan_has_now(job, job->wish->ports.items[i]))
            StrList_add(&ret->entering, job->wish->ports.items[i]);
    }
    for (size_t i = 0; i < job->nic->ports.count; i++)
        if (plan_leaves(job, job->nic->ports.items[i]))
            StrList_add(&ret->leaving, job->nic->ports.items[i]);
    return device_text(job, &ret->text, err);
}

/* Without the line that deletes a bridge. */
static char *without_end(const NetworkJob *job, const char *text)
{
    AUTO_FREE char *gone = x_printf("    post-down ip link delete dev %s\n", job->wish->name);
    const char *place = job->wish->kind == HOST_NIC_BRIDGE ? strstr(text, gone) : NULL;
    return place ? x_printf("%.*s%s", (int)(place - text), text, place + strlen(gone)) : x_strdup(text);
}

static void write_files(const NetworkJob *job, NetworkPlan *plan, const Change *change)
{
    AUTO_FREE char *both = x_printf("%s%s", change->text, change->parted);
    AUTO_FREE char *now = without_end(job, change->own_text);
    AUTO_FREE char *then = without_end(job, change->text);
    const char *const paths[] = { change->waiting, change->down_now, change->down_then };
    const char *const texts[] = { both, now, then };
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        step_write(plan->apply, paths[i], texts[i]);
        step_remove(plan->tidy, paths[i]);
    }
}

static void add_down(json_t *steps, const NetworkJob *job, const char *file)
{
    step_try(steps, WORDS("ifdown", "--force", "-i", file, job->wish->name));
    if (job->wish->kind != HOST_NIC_BRIDGE)
        step_try(steps, WORDS("ip", "link", "delete", "dev", job->wish->name));
}

static void each_released(json_t *steps, const StrList *ports)
{
    for (size_t i = 0; i < ports->count; i++)
        step_try(steps, WORDS("ip", "link", "set", "dev", ports->items[i], "nomaster"));
}

static void add_bridge_address(json_t *steps, const NetworkJob *job, const char *address)
{
    if (plan_moves_address(job))
        step_run(steps, WORDS("ip", "link", "set", "dev", job->nic->name, "address", address));
}

static int plan_change(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    AUTO(change_clear) Change change = { 0 };
    int code = change_read(job, &change, err);
    if (code == 0)
        code = check_sources(change.own, job->wish->name, err);
    if (code < 0)
        return code;
    write_files(job, plan, &change);
    add_down(plan->apply, job, change.down_now);
    each_released(plan->apply, &change.leaving);
    each_port(plan->apply, step_try, change.own_text, &change.leaving, WORDS("ifdown"));
    each_port(plan->apply, step_run, change.parted, &change.leaving, WORDS("ifup", "-i", change.waiting));
    each_port(plan->apply, step_try, change.all, &change.entering, WORDS("ifdown"));
    each_port(plan->apply, step_run, change.text, &change.entering, WORDS("ifup", "-i", change.waiting));
    add_bridge_address(plan->apply, job, plan_bridge_address(job));
    step_run(plan->apply, WORDS("ifup", "-i", change.waiting, job->wish->name));
    add_down(plan->undo, job, change.down_then);
    each_released(plan->undo, &change.entering);
    each_port(plan->undo, step_try, change.text, &change.entering, WORDS("ifdown", "--force", "-i", change.waiting));
    each_port(plan->undo, step_run, change.all, &change.entering, WORDS("ifup", "--force"));
    each_port(plan->undo, step_try, change.parted, &change.leaving, WORDS("ifdown", "--force", "-i", change.waiting));
    each_port(plan->undo, step_run, change.own_text, &change.leaving, WORDS("ifup", "--force"));
    add_bridge_address(plan->undo, job, job->nic->mac);
    step_run(plan->undo, WORDS("ifup", "--force", job->wish->name));
    const char *const files[] = { change.waiting, change.down_now, change.down_then };
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        step_remove(plan->undo, files[i]);
    step_write(plan->keep, change.own, change.text);
    step_write(plan->unkeep, change.own, change.own_text);
    edit_files(plan, change.own, put_ports_anew, job->wish);
    return 0;
}

int interfaces_plan(const NetworkJob *job, NetworkPlan *plan, Error *err)
{
    if (job->wish && job->nic)
        return plan_change(job, plan, err);
    return job->wish ? plan_create(job, plan, err) : plan_delete(job, plan);
}
