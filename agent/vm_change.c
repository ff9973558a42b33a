/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing definitions: see vm_change.h. */
#include "agent/vm_change.h"
#include "agent/drivers.h"
#include "agent/log.h"
#include "agent/rbd_disk.h"
#include "agent/vm_compare.h"
#include "agent/vm_live.h"
#include "agent/vm_lock.h"
#include "agent/vm_revisions.h"
#include "agent/vm_rules.h"
#include "agent/xml_edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int vm_change_check(Agent *agent, const VmDefinition *definition, const char *revision, Error *err)
{
    VmConfig told;
    if (definition->transient)
        return error_set(err, ERR_NOT_SUPPORTED, definition->name, "its definition is not stored: it is gone when it stops");
    if (str_empty(revision) || str_equal(revision, definition->revision))
        return 0;
    if (!vm_revisions_get(agent->revisions, revision, &told))
        return error_set(err, ERR_VM_CHANGED, definition->name, "its definition is another one now");
    AUTO_FREE char *text = vm_compare_text(&told, &definition->config);
    VmConfig_clear(&told);
    return error_set(err, ERR_VM_CHANGED, definition->name, "%s", *text ? text : "something that is not among its settings here");
}

int vm_change_check_saved(const VmDefinition *definition, const VmConfig *wishes, Error *err)
{
    VmConfig hardware = wishes ? *wishes : (VmConfig){ 0 };
    hardware.general = NULL; /* what people write about it is no part of the machine, nor is how it starts */
    hardware.startup = NULL;
    if (!definition->saved || (wishes && memcmp(&hardware, &(VmConfig){ 0 }, sizeof hardware) == 0))
        return 0;
    return error_set(err, ERR_NOT_SUPPORTED, definition->name, "its state is saved, and it goes on with the hardware it had then; start it and shut it down first");
}

/* ---------------------------------------------------------------- defining */

/* Where the schemas are not installed, libvirt's own reading has to do; likewise for what is stored already but older or newer than they are. */
static int define(const VmChange *change, virConnectPtr conn, const char *xml, const char *name, Error *err)
{
    AUTO_DOMAIN domain = virDomainDefineXMLFlags(conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);
    if (!domain && ((!change->strict && virt_error_is(VIR_ERR_XML_INVALID_SCHEMA)) || virt_error_is(VIR_ERR_INTERNAL_ERROR)))
        domain = virDomainDefineXML(conn, xml);
    if (domain)
        return 0;
    AUTO_FREE char *text = virt_error_text();
    return error_set(err, change->strict ? ERR_VM_XML : ERR_LIBVIRT, name, "%s", text);
}

static int rename_to(virConnectPtr conn, const VmDefinition *definition, const char *name, Error *err)
{
    AUTO_DOMAIN other = virDomainLookupByName(conn, name);
    if (definition->running)
        return error_set(err, ERR_VM_WRONG_STATE, definition->name, "%s", VmState_name(VM_STATE_RUNNING));
    if (other)
        return error_set(err, ERR_VM_EXISTS, name, NULL);
    if (virDomainSnapshotNum(definition->domain, 0) > 0) /* libvirt would not go back to them: their descriptions have the old name */
        return error_set(err, ERR_NOT_SUPPORTED, definition->name, "it has snapshots, which know it by its name; delete them first");
    return virDomainRename(definition->domain, name, 0) < 0 ? virt_error(err, definition->name) : 0;
}

/* Renaming is a call of its own; it is taken back if the new definition is refused. */
static int store(const VmChange *change, const VmDefinition *definition, Error *err)
{
    AUTO_CONN conn = NULL;
    AUTO_FREE char *name = xml_text(xml_child(definition->root, "name"), LIMIT_NAME);
    bool renamed = name && !str_equal(name, definition->name);
    int code = drivers_connection(change->agent->drivers, definition->owner, &conn, err);
    if (code == 0 && !change->strict) /* who edits the XML means what it says */
        code = rbd_disks_complete(conn, definition->root, err);
    char *xml = xml_to_text(definition->root);
    if (code == 0 && renamed)
        code = rename_to(conn, definition, name, err);
    if (code == 0) {
        code = define(change, conn, xml, definition->name, err);
        if (code < 0 && renamed)
            virDomainRename(definition->domain, definition->name, 0);
    }
    x_free_secret(xml);
    return code;
}

/* ---------------------------------------------------------------- what a description does not tell */

/* libvirt's mark is used where there is neither order nor delay; else the agent starts the VM (autostart.h). */
static int store_autostart(const VmChange *change, const VmDefinition *definition, Error *err)
{
    const VmStartup *startup = change->wishes ? change->wishes->startup : NULL;
    bool ours = startup && (startup->order || startup->delay);
    bool flag = startup && startup->autostart && !ours;
    if (!startup || flag == definition->flagged)
        return 0;
    return virDomainSetAutostart(definition->domain, flag) < 0 ? virt_error(err, definition->name) : 0;
}

/* Variables of another firmware would be taken for its own. libvirt makes the file anew from its template. named: NULL where libvirt chose it. */
static void drop_variables(const char *named, const VmDefinition *before, const VmDefinition *now)
{
    const VmBoot *old = before->config.boot;
    const VmBoot *boot = now->config.boot;
    AUTO_FREE char *path = named ? x_strdup(named) : x_printf("/var/lib/libvirt/qemu/nvram/%s_VARS.fd", before->name);
    if ( before->running || (old->firmware == boot->firmware && old->secure_boot == boot->secure_boot))
        return;
    if (strstr(path, "/qemu/nvram/") && !strstr(path, "/../") && unlink(path) < 0 && errno != ENOENT)
        log_line("%s: %s", path, strerror(errno));
}

/* ---------------------------------------------------------------- changes */

static void note_passwords(const VmConfig *wishes, VmSettingList *changes)
{
    for (size_t i = 0; wishes && wishes->graphics && i < wishes->graphics->items.count; i++) {
        const VmGraphic *graphic = &wishes->graphics->items.items[i];
        bool noted = !graphic->key || !graphic->new_password;
        for (size_t k = 0; k < changes->count && !noted; k++)
            noted = changes->items[k].group == GROUP_GRAPHICS && str_equal(changes->items[k].name, "new_password");
        if (noted)
            continue;
        VmSetting change = { .group = GROUP_GRAPHICS, .name = x_strdup("new_password"), .device = x_strdup(graphic->key) };
        VmSettingList_add(changes, &change);
    }
}

/* The card that was to get this MAC address; NULL: none of those that were there. */
static const VmNic *card_wished(const VmNics *wishes, const char *mac)
{
    for (size_t i = 0; i < wishes->items.count; i++) {
        const VmNic *wish = &wishes->items.items[i];
        if (wish->key && wish->mac && strcasecmp(wish->mac, mac) == 0)
            return wish;
    }
    return NULL;
}

/* A card that got another MAC address has another key now; for this change it is the one it was. Two may have exchanged theirs. */
static void keep_card_keys(const VmConfig *wishes, VmConfig *now)
{
    for (size_t k = 0; wishes && wishes->nics && k < now->nics->items.count; k++) {
        VmNic *nic = &now->nics->items.items[k];
        const VmNic *wish = card_wished(wishes->nics, nic->key);
        if (!wish)
            continue;
        free(nic->key);
        nic->key = x_strdup(wish->key);
    }
}

/* What an earlier row's step has brought; NULL: there was none. */
static const VmSetting *done_with(const VmSettingList *changes, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (vm_live_together(&changes->items[i], &changes->items[index]))
            return &changes->items[i];
    return NULL;
}

static void apply_one(const VmLive *live, VmSetting *change)
{
    AUTO(error_clear) Error err = { 0 };
    if (vm_live_apply(live, change, &err) == 0)
        return;
    change->when = APPLY_NEXT_START;
    change->reason = err.code == ERR_BUSY ? APPLY_REASON_GUEST : err.code == ERR_VM_SETTING ? APPLY_REASON_MAXIMUM : APPLY_REASON_HOST;
    change->cause = x_strdup(err.cause);
}

/* Which of them work now, and why the others do not. */
static void apply(const VmLive *live, VmSettingList *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        VmSetting *change = &changes->items[i];
        change->when = APPLY_NOW;
        if (!live->before->running)
            continue;
        vm_rule(&live->now->config, &live->before->active, change);
        const VmSetting *done = change->when == APPLY_NOW ? done_with(changes, i) : NULL;
        if (done) {
            change->when = done->when;
            change->reason = done->reason;
            change->cause = x_strdup(done->cause);
        } else if (change->when == APPLY_NOW) {
            apply_one(live, change);
        }
    }
}

static int edit_and_store(const VmChange *change, VmDefinition *before, VmDefinition *ret_now, Error *err)
{
    int code = vm_change_check(change->agent, before, change->revision, err);
    /* The tree of before is edited, so what was stored is kept for what is compared later. */
    if (code == 0)
        code = change->edit(change->context, before, err);
    if (code == 0)
        code = store(change, before, err);
    if (code == 0 && change->ret_stored)
        *change->ret_stored = true;
    if (code == 0)
        code = store_autostart(change, before, err);
    return code < 0 ? code : vm_definition_load(change->agent, change->id, ret_now, err);
}

static int run(const VmChange *change, Task *task, VmDefinition *before, VmConfigured *ret, Error *err)
{
    VmDefinition now = { 0 };
    AUTO_FREE char *variables = xml_text(xml_child(before->root, "os/nvram"), LIMIT_PATH);
    int code = edit_and_store(change, before, &now, err);
    if (code == 0) {
        *ret = (VmConfigured){ .revision = x_strdup(now.revision) };
        keep_card_keys(change->wishes, &now.config);
        vm_compare(&before->config, &now.config, &ret->changes);
        note_passwords(change->wishes, &ret->changes);
        drop_variables(variables, before, &now);
        apply(&(VmLive){ task, before, &now }, &ret->changes);
    }
    vm_definition_clear(&now);
    drivers_refresh_vm(change->agent->drivers, before->owner, change->id);
    return code;
}

int vm_change_run(const VmChange *change, Task *task, VmConfigured *ret, Error *err)
{
    VmDefinition before = { 0 };
    int code = vm_lock(change->id, change->name, "its settings are being changed", err);
    if (code < 0)
        return code;
    code = vm_definition_load(change->agent, change->id, &before, err);
    if (code == 0)
        code = run(change, task, &before, ret, err);
    vm_definition_clear(&before);
    vm_unlock(change->id);
    return code;
}

void vm_change_tell(Task *task, VmConfigured *done)
{
    json_t *json = VmConfigured_encode(done);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    while (text && strlen(text) > LIMIT_TEXT && done->changes.count) {
        VmSetting_clear(&done->changes.items[--done->changes.count]);
        free(text);
        json = VmConfigured_encode(done);
        text = json_dumps(json, JSON_COMPACT);
        json_decref(json);
    }
    task_result(task, text);
    free(text);
    VmConfigured_clear(done);
}
