/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a VM's snapshots: see snapshots.h. */
#include "agent/snapshots.h"
#include "agent/driver_read.h"
#include "agent/drivers.h"
#include "agent/image_chain.h"
#include "agent/snapshot_store.h"
#include "agent/volumes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHAIN_MAX = 24 }; /* older libvirts do not start a VM with a longer chain */

static void clear_snapshots(SnapshotVm *vm)
{
    for (size_t i = 0; i < vm->count; i++)
        snapshot_facts_clear(&vm->all[i]);
    free(vm->all);
    vm->all = NULL;
    vm->count = 0;
}

void snapshot_vm_close(SnapshotVm *vm)
{
    clear_snapshots(vm);
    domain_images_clear(&vm->images);
    VmInfo_clear(&vm->info);
    virt_domain_cleanup(&vm->domain);
    *vm = (SnapshotVm){ 0 };
}

bool snapshot_vm_active(const SnapshotVm *vm) { return virDomainIsActive(vm->domain) > 0; }

static void read_snapshot(SnapshotVm *vm, virDomainSnapshotPtr snapshot)
{
    AUTO(error_clear) Error ignored = { 0 };
    AUTO_FREE char *xml = virDomainSnapshotGetXMLDesc(snapshot, 0);
    SnapshotFacts facts;
    if (xml && vm->count < LIMIT_SNAPSHOTS && snapshot_xml_read(xml, &facts, &ignored) == 0)
        vm->all[vm->count++] = facts;
}

static void read_snapshots(SnapshotVm *vm)
{
    virDomainSnapshotPtr *list = NULL;
    int count = virDomainListAllSnapshots(vm->domain, &list, VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL);
    if (count < 0) /* older than libvirt 5.2; parents are older than their children all the same */
        count = virDomainListAllSnapshots(vm->domain, &list, 0);
    vm->all = x_calloc(count > 0 ? (size_t)count : 1, sizeof *vm->all);
    for (int i = 0; i < count; i++) {
        read_snapshot(vm, list[i]);
        virDomainSnapshotFree(list[i]);
    }
    free(list);
    AUTO_SNAPSHOT current = vm->count ? virDomainSnapshotCurrent(vm->domain, 0) : NULL;
    for (size_t i = 0; i < vm->count && current; i++)
        vm->all[i].info.current = str_equal(vm->all[i].info.name, virDomainSnapshotGetName(current));
}

int snapshot_vm_reload(SnapshotVm *vm, Error *err)
{
    clear_snapshots(vm);
    domain_images_clear(&vm->images);
    VmInfo info;
    int code = read_vm(vm->agent, vm->info.driver, vm->domain, NULL, &info, err);
    if (code < 0)
        return code;
    VmInfo_clear(&vm->info);
    vm->info = info;
    AUTO_FREE char *xml = virDomainGetXMLDesc(vm->domain, 0);
    if (!xml)
        return virt_error(err, vm->info.name);
    read_snapshots(vm);
    return domain_images_parse(xml, &vm->images, err);
}

int snapshot_vm_from(Agent *agent, int owner, virDomainPtr domain, SnapshotVm *ret, Error *err)
{
    DriverInfo driver;
    drivers_info(agent->drivers, owner, &driver);
    *ret = (SnapshotVm){ .agent = agent, .owner = owner, .domain = domain, .info = { .driver = TAKE_PTR(driver.name) } };
    DriverInfo_clear(&driver);
    int code = snapshot_vm_reload(ret, err);
    if (code < 0)
        snapshot_vm_close(ret);
    return code;
}

int snapshot_vm_open(Agent *agent, const char *vm, SnapshotVm *ret, Error *err)
{
    virDomainPtr domain = NULL;
    int owner = 0;
    int code = drivers_vm(agent->drivers, vm, &domain, &owner, err);
    return code < 0 ? code : snapshot_vm_from(agent, owner, domain, ret, err);
}

static bool is_deleted(const SnapshotVm *vm, const SnapshotFacts *facts)
{
    return snapshot_record_flag(vm->agent, vm->info.id, facts->info.name, "deleted");
}

static bool is_begun(const SnapshotVm *vm, const SnapshotFacts *facts)
{
    json_t *record = snapshot_record_read(vm->agent, vm->info.id, facts->info.name);
    bool begun = json_object_size(json_object_get(record, "merges")) > 0;
    json_decref(record);
    return begun;
}

/* Deleted, but still needed by others. */
static bool is_hidden(const SnapshotVm *vm, const SnapshotFacts *facts) { return is_deleted(vm, facts) && !is_begun(vm, facts); }

const SnapshotFacts *snapshot_vm_find_any(const SnapshotVm *vm, const char *name)
{
    for (size_t i = 0; i < vm->count; i++)
        if (str_equal(vm->all[i].info.name, name))
            return &vm->all[i];
    return NULL;
}

const SnapshotFacts *snapshot_vm_find_shown(const SnapshotVm *vm, const char *name)
{
    const SnapshotFacts *found = snapshot_vm_find_any(vm, name);
    return found && !is_hidden(vm, found) ? found : NULL;
}

const SnapshotFacts *snapshot_vm_find(const SnapshotVm *vm, const char *name)
{
    const SnapshotFacts *found = snapshot_vm_find_any(vm, name);
    return found && !is_deleted(vm, found) ? found : NULL;
}

int snapshot_vm_handle(const SnapshotVm *vm, const char *name, virDomainSnapshotPtr *ret, Error *err)
{
    *ret = virDomainSnapshotLookupByName(vm->domain, name, 0);
    return *ret ? 0 : error_set(err, ERR_SNAPSHOT_NOT_FOUND, name, NULL);
}

bool snapshot_vm_pins(const SnapshotVm *vm, const char *path, const char *except)
{
    for (size_t i = 0; i < vm->images.count; i++)
        if (str_equal(vm->images.items[i].path, path))
            return true;
    for (size_t i = 0; i < vm->count; i++)
        for (size_t k = 0; k < vm->all[i].images.count && !str_equal(vm->all[i].info.name, except); k++)
            if (str_equal(vm->all[i].images.items[k].path, path))
                return true;
    return false;
}

int snapshot_vm_redefine(const SnapshotVm *vm, const char *xml, bool current, Error *err)
{
    unsigned flags = VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | (current ? VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT : 0);
    AUTO_SNAPSHOT done = virDomainSnapshotCreateXML(vm->domain, xml, flags);
    return done ? 0 : virt_error(err, vm->info.name);
}

char *snapshot_vm_definition(const SnapshotVm *vm, Error *err)
{
    char *xml = virDomainGetXMLDesc(vm->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    if (!xml)
        virt_error(err, vm->info.name);
    return xml;
}

void snapshot_vm_changed(const SnapshotVm *vm)
{
    for (size_t i = 0; i < vm->images.count; i++) {
        AUTO_FREE char *datastore = NULL;
        AUTO_FREE char *volume = NULL;
        if (vm->images.items[i].path && inventory_find_volume(vm->agent->inventory, vm->images.items[i].path, &datastore, &volume))
            datastore_changed(vm->agent, vm->owner, datastore);
    }
    drivers_refresh_vm(vm->agent->drivers, vm->owner, vm->info.id);
}

/* ---------------------------------------------------------------- what is possible */

static bool all_are(const SnapshotVm *vm, bool (*is)(const DomainImage *image), const char **ret_target)
{
    for (size_t i = 0; i < vm->images.count; i++)
        if (!is(&vm->images.items[i])) {
            *ret_target = vm->images.items[i].target;
            return false;
        }
    return true;
}

static bool is_file(const DomainImage *image) { return image->path && !image->block; }
static bool is_qcow2(const DomainImage *image) { return image->path && str_equal(image->format, "qcow2"); }

static bool too_deep(const SnapshotVm *vm)
{
    for (size_t i = 0; i < vm->images.count; i++) {
        AUTO(StrList_clear) StrList chain = { 0 };
        if (vm->images.items[i].path)
            image_chain(vm->images.items[i].path, &chain);
        if (chain.count >= CHAIN_MAX)
            return true;
    }
    return false;
}

static SnapshotStyle style_taken(const SnapshotVm *vm)
{
    for (size_t i = 0; i < vm->count; i++)
        if (vm->all[i].info.style == SNAPSHOT_STYLE_INTERNAL)
            return SNAPSHOT_STYLE_INTERNAL;
    return vm->count ? SNAPSHOT_STYLE_EXTERNAL : SNAPSHOT_STYLE_UNKNOWN;
}

SnapshotStyle snapshot_vm_style(const SnapshotVm *vm, char ret_reason[256])
{
    enum { REASON = 256 };
    const char *target = NULL;
    SnapshotStyle taken = style_taken(vm);
    ret_reason[0] = 0;
    if (!str_equal(vm->info.driver, "qemu"))
        snprintf(ret_reason, REASON, "Only QEMU's VMs have snapshots here.");
    else if (vm->info.template)
        snprintf(ret_reason, REASON, "Templates have no snapshots.");
    else if (vm->info.transient)
        snprintf(ret_reason, REASON, "The VM's definition is not stored.");
    else if (!vm->images.count)
        snprintf(ret_reason, REASON, "The VM has no disk that can be written to.");
    else if (too_deep(vm))
        snprintf(ret_reason, REASON, "Its disks stand on %d images already. Delete some snapshots first.", CHAIN_MAX);
    else if (taken != SNAPSHOT_STYLE_INTERNAL && all_are(vm, is_file, &target))
        return SNAPSHOT_STYLE_EXTERNAL;
    else if (taken != SNAPSHOT_STYLE_EXTERNAL && vm->info.firmware != FIRMWARE_UEFI && all_are(vm, is_qcow2, &target))
        return SNAPSHOT_STYLE_INTERNAL;
    else if (taken == SNAPSHOT_STYLE_INTERNAL)
        snprintf(ret_reason, REASON, "It has snapshots inside of its images, and %s cannot hold one.", target ? target : "its firmware");
    else
        snprintf(ret_reason, REASON, "The disk %.80s is not a file: no image can be laid over it.", target ? target : "");
    return SNAPSHOT_STYLE_UNKNOWN;
}

static void add_missing(SnapshotList *list, const char *what, const char *reason)
{
    MissingCapability missing = { x_strdup(what), x_strdup(reason) };
    MissingCapabilityList_add(&list->missing, &missing);
}

static bool has_guest_agent(const SnapshotVm *vm)
{
    AUTO_FREE char *xml = virDomainGetXMLDesc(vm->domain, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", NULL) : NULL;
    bool connected = false;
    for (xmlNode *channel = xml_child(root, "devices/channel"); channel && !connected; channel = xml_next(channel, "channel")) {
        xmlNode *target = xml_child(channel, "target");
        connected = xml_attribute_is(target, "name", "org.qemu.guest_agent.0") && xml_attribute_is(target, "state", "connected");
    }
    xml_free(root);
    return connected;
}

static void list_missing(const SnapshotVm *vm, SnapshotList *ret)
{
    char reason[256];
    bool active = snapshot_vm_active(vm);
    ret->style = snapshot_vm_style(vm, reason);
    if (ret->style == SNAPSHOT_STYLE_UNKNOWN)
        add_missing(ret, "snapshot", reason);
    if (active && ret->style == SNAPSHOT_STYLE_INTERNAL)
        add_missing(ret, "disks", "Its snapshots are inside of its images: while it runs, they need the memory, too.");
    if (!active)
        add_missing(ret, "memory", "The VM does not run.");
    if (!active)
        add_missing(ret, "quiesce", "The VM does not run.");
    else if (ret->style == SNAPSHOT_STYLE_INTERNAL)
        add_missing(ret, "quiesce", "Its snapshots are inside of its images.");
    else if (!has_guest_agent(vm))
        add_missing(ret, "quiesce", "QEMU's guest agent does not run in the guest.");
    if (ret->style != SNAPSHOT_STYLE_EXTERNAL && !vm->info.template)
        add_missing(ret, "linked_clone", "Its snapshots are inside of its images.");
}

/* ---------------------------------------------------------------- the list */

/* The nearest one above it that has not been deleted. */
static const SnapshotFacts *shown_parent(const SnapshotVm *vm, const SnapshotFacts *facts)
{
    const SnapshotFacts *parent = facts;
    do
        parent = parent->info.parent ? snapshot_vm_find_any(vm, parent->info.parent) : NULL;
    while (parent && is_hidden(vm, parent));
    return parent;
}

/* Bytes kept for it alone; the lowest image would be there without it, too. */
static int64_t kept_bytes(const SnapshotFacts *facts)
{
    int64_t bytes = image_allocation(facts->memory_file);
    for (size_t i = 0; i < facts->images.count && facts->info.style == SNAPSHOT_STYLE_EXTERNAL; i++) {
        AUTO_FREE char *below = facts->images.items[i].path ? image_backing(facts->images.items[i].path) : NULL;
        bytes += below ? image_allocation(facts->images.items[i].path) : 0;
    }
    return bytes;
}

static void add_shown(const SnapshotVm *vm, const SnapshotFacts *facts, bool current, SnapshotList *ret)
{
    SnapshotInfo info;
    const SnapshotFacts *parent = shown_parent(vm, facts);
    AUTO_FREE char *picture = snapshot_record_file(vm->agent, vm->info.id, facts->info.name, SNAPSHOT_PICTURE);
    SnapshotInfo_copy(&facts->info, &info);
    free(info.parent);
    info.parent = parent ? x_strdup(parent->info.name) : NULL;
    info.current = current;
    info.deleting = is_deleted(vm, facts);
    info.quiesced = snapshot_record_flag(vm->agent, vm->info.id, info.name, "quiesced");
    info.picture = access(picture, R_OK) == 0;
    info.size = kept_bytes(facts);
    SnapshotInfoList_add(&ret->snapshots, &info);
}

void snapshot_vm_list(const SnapshotVm *vm, SnapshotList *ret)
{
    const SnapshotFacts *current = NULL;
    for (size_t i = 0; i < vm->count; i++)
        if (vm->all[i].info.current)
            current = is_hidden(vm, &vm->all[i]) ? shown_parent(vm, &vm->all[i]) : &vm->all[i];
    for (size_t i = 0; i < vm->count; i++)
        if (!is_hidden(vm, &vm->all[i]))
            add_shown(vm, &vm->all[i], &vm->all[i] == current, ret);
    list_missing(vm, ret);
}
