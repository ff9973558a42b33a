/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plans of the three keepers share: see network_plans.h. */
#include "agent/network_plans.h"
#include "agent/network_owner.h"
#include "agent/network_steps.h"
#include "agent/network_wishes.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

void plan_file(NetworkPlan *plan, const char *name, const char *text)
{
    AUTO_FREE char *temporary = x_printf(NETWORKD_TEMPORARY "/%s", name);
    AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", name);
    step_write(plan->apply, temporary, text);
    step_remove(plan->undo, temporary);
    step_move(plan->keep, temporary, lasting);
    step_remove(plan->unkeep, lasting);
}

void plan_put_away(NetworkPlan *plan, const NetworkJob *job, const char *name)
{
    AUTO_FREE char *lasting = x_printf(NETWORKD_FOLDER "/%s", name);
    AUTO_FREE char *plain = x_strdup(name);
    for (char *slash; (slash = strchr(plain, '/'));)
        *slash = '+';
    AUTO_FREE char *away = x_printf("%s/away/%s", job->folder, plain);
    step_move(plan->apply, lasting, away);
    step_move(plan->undo, away, lasting);
    step_remove(plan->tidy, away);
}

static bool has_line(const char *text, const char *const *lines)
{
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        for (size_t i = 0; lines[i]; i++)
            if (strlen(lines[i]) == length && strncmp(text, lines[i], length) == 0)
                return true;
    }
    return false;
}

void plan_find_files(const char *folder, const char *begin, const char *end, const char *const *lines, StrList *ret)
{
    DIR *list = opendir(folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        size_t length = strlen(entry->d_name);
        AUTO_FREE char *path = x_printf("%s/%s", folder, entry->d_name);
        bool named = strncmp(entry->d_name, begin, strlen(begin)) == 0 && length > strlen(end) && str_equal(entry->d_name + length - strlen(end), end);
        AUTO_FREE char *text = named ? small_file_read(path) : NULL;
        if (text && has_line(text, lines))
            StrList_add(ret, entry->d_name);
    }
    if (list)
        closedir(list);
}

void plan_continue(NetworkPlan *plan, const NetworkPlan *more)
{
    json_t *undo = json_copy(more->undo);
    json_array_extend(undo, plan->undo);
    json_decref(plan->undo);
    plan->undo = undo;
    json_array_extend(plan->apply, more->apply);
    json_array_extend(plan->keep, more->keep);
    json_array_extend(plan->unkeep, more->unkeep);
    json_array_extend(plan->tidy, more->tidy);
}

void plan_shows(NetworkPlan *plan, const NetworkJob *job)
{
    AUTO_FREE char *tag = x_printf("VID: %lld\t", (long long)job->wish->vlan);
    AUTO_FREE char *tag_file = x_printf("/proc/net/vlan/%s", job->wish->name);
    AUTO_FREE char *mode = x_printf("%s ", str_or_empty(job->wish->bond_mode));
    AUTO_FREE char *mode_file = x_printf("/sys/class/net/%s/bonding/mode", job->wish->name);
    for (size_t i = 0; i < job->nic->ports.count; i++)
        if (plan_leaves(job, job->nic->ports.items[i]))
            json_array_append_new(plan->left, json_string(job->nic->ports.items[i]));
    if (job->wish->kind == HOST_NIC_VLAN)
        json_object_set_new(plan->shows, tag_file, json_string(tag));
    if (job->wish->kind == HOST_NIC_BOND)
        json_object_set_new(plan->shows, mode_file, json_string(mode));
}

bool plan_has_now(const NetworkJob *job, const char *port)
{
    for (size_t i = 0; job->nic && i < job->nic->ports.count; i++)
        if (str_equal(job->nic->ports.items[i], port))
            return true;
    return false;
}

static bool has_then(const NetworkJob *job, const char *port)
{
    for (size_t i = 0; i < job->wish->ports.count; i++)
        if (str_equal(job->wish->ports.items[i], port))
            return true;
    return false;
}

/* What belongs to guests is none of the plan's. */
bool plan_leaves(const NetworkJob *job, const char *port)
{
    const HostNic *nic = network_nic(job->table, port);
    return plan_has_now(job, port) && !has_then(job, port) && (!nic || nic->kind != HOST_NIC_GUEST);
}

/* Whether a card that is not in the bridge afterwards has its address, and none that is. */
static bool is_of_another_card(const NetworkJob *job)
{
    bool found = false;
    for (size_t i = 0; i < job->table->nics.count; i++) {
        const HostNic *nic = &job->table->nics.items[i];
        if (nic == job->nic || !str_equal(nic->mac, job->nic->mac))
            continue;
        if (has_then(job, nic->name))
            return false;
        found = true;
    }
    return found;
}

/* Two devices on a wire must not have one address: a bridge gives up that of a card that leaves it. */
const char *plan_bridge_address(const NetworkJob *job)
{
    const char *first = job->first && !str_empty(job->first->mac) ? job->first->mac : NULL;
    if (job->wish->kind != HOST_NIC_BRIDGE || !job->nic || str_empty(job->nic->mac))
        return job->wish->kind == HOST_NIC_BRIDGE ? first : NULL;
    return first && is_of_another_card(job) ? first : job->nic->mac;
}

bool plan_moves_address(const NetworkJob *job) { return job->nic && plan_bridge_address(job) && !str_equal(plan_bridge_address(job), job->nic->mac); }

/* The first file that matches counts, so this one has the last word on the device: it keeps its name and its address. systemd.link(5). */
void plan_link_file(NetworkPlan *plan, const NetworkJob *job)
{
    const char *nic = job->wish ? job->wish->name : job->nic->name;
    AUTO_FREE char *name = x_printf("00-poolcenter-%s.link", nic);
    AUTO_FREE char *text = x_printf("# Made by PoolCenter\n[Match]\nOriginalName=%s\n\n[Link]\nMACAddressPolicy=none\n", nic);
    if (job->wish)
        plan_file(plan, name, text);
    else
        plan_put_away(plan, job, name);
    step_try(plan->apply, WORDS("udevadm", "control", "--reload"));
    step_try(plan->undo, WORDS("udevadm", "control", "--reload"));
}
