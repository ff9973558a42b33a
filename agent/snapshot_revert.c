/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Going back: see snapshot_revert.h. Internal snapshots are libvirt's own affair. For external ones: new empty images over the frozen ones,
 * then the VM is defined with these (from here on it has gone back, whatever happens), then its memory is restored, and the images of the
 * state it was in are removed. An agent that was killed undoes or completes that, depending on how the VM is defined.
 */
#include "agent/snapshot_revert.h"
#include "agent/drivers.h"
#include "agent/file_copy.h"
#include "agent/image_chain.h"
#include "agent/journal.h"
#include "agent/program.h"
#include "agent/snapshot_store.h"
#include "agent/snapshot_take.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIND "revert"

int image_lay_over(const char *below, const char *below_format, const char *path, Error *err)
{
    const char *const arguments[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F", below_format, "-b", below, path, NULL };
    return program_run(&(Program){ .arguments = arguments }, NULL, err);
}

/* ---------------------------------------------------------------- internal */

static int revert_internal(SnapshotVm *vm, const SnapshotFacts *facts, bool start, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    unsigned flags = VIR_DOMAIN_SNAPSHOT_REVERT_FORCE;
    if (start && !facts->info.memory)
        flags |= VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING;
    int code = snapshot_vm_handle(vm, facts->info.name, &snapshot, err);
    if (code == 0 && virDomainRevertToSnapshot(snapshot, flags) < 0)
        code = virt_error(err, vm->info.name);
    return code;
}

/* ---------------------------------------------------------------- external */

typedef struct Going {
    SnapshotVm *vm;
    const SnapshotFacts *facts;
    char *xml;          /* libvirt's description of the snapshot */
    DiskSwap *swaps;    /* the new images; their paths are owned */
    size_t count;
    JournalEntry *entry;
} Going;

static void going_clear(Going *going)
{
    for (size_t i = 0; i < going->count; i++)
        free((char *)going->swaps[i].path);
    free(going->swaps);
    free(going->xml);
}

static void plan_images(Going *going)
{
    const DomainImages *images = &going->facts->images;
    going->count = images->count;
    going->swaps = x_calloc(images->count, sizeof *going->swaps);
    for (size_t i = 0; i < images->count; i++)
        going->swaps[i] = (DiskSwap){ images->items[i].target, image_name_beside(images->items[i].path, ".qcow2"), "qcow2" };
}

static json_t *paths_of_swaps(const Going *going)
{
    json_t *list = json_array();
    for (size_t i = 0; i < going->count; i++)
        json_array_append_new(list, json_string(going->swaps[i].path));
    return list;
}

static json_t *paths_now(const SnapshotVm *vm)
{
    json_t *list = json_array();
    for (size_t i = 0; i < vm->images.count; i++)
        if (vm->images.items[i].path && !vm->images.items[i].block)
            json_array_append_new(list, json_string(vm->images.items[i].path));
    return list;
}

static int begin_entry(Going *going, Error *err)
{
    json_t *facts = json_pack("{s:s, s:s, s:o, s:o}", "vm", going->vm->info.id, "name", going->facts->info.name,
                              "new", paths_of_swaps(going), "old", paths_now(going->vm));
    return journal_begin(going->vm->agent->journal, KIND, going->vm->owner, facts, &going->entry, err);
}

static int make_images(const Going *going, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < going->count && code == 0; i++) {
        const DomainImage *frozen = &going->facts->images.items[i];
        if (!frozen->path || access(frozen->path, R_OK) < 0)
            return error_set(err, ERR_VOLUME_NOT_FOUND, frozen->path ? frozen->path : frozen->target, NULL);
        code = image_lay_over(frozen->path, frozen->format, going->swaps[i].path, err);
    }
    return code;
}

static int define(const Going *going, Error *err)
{
    virConnectPtr conn = virDomainGetConnect(going->vm->domain);
    AUTO_FREE char *xml = snapshot_xml_domain(going->xml, going->swaps, going->count);
    AUTO_DOMAIN defined = xml ? virDomainDefineXML(conn, xml) : NULL;
    return defined ? 0 : virt_error(err, going->vm->info.name);
}

/* The firmware's variables belong to the state. */
static int restore_nvram(const SnapshotVm *vm, const char *name, Error *err)
{
    AUTO_FREE char *xml = snapshot_vm_definition(vm, err);
    AUTO_FREE char *nvram = xml ? domain_nvram(xml) : NULL;
    AUTO_FREE char *kept = snapshot_record_file(vm->agent, vm->info.id, name, SNAPSHOT_NVRAM);
    if (!xml)
        return err->code;
    return nvram && access(kept, R_OK) == 0 ? file_copy(kept, nvram, err) : 0;
}

/* Images of the state that was left, unless a snapshot or another VM's disk stands on them. */
static void remove_old(const SnapshotVm *vm, const json_t *old)
{
    for (size_t i = 0; i < json_array_size(old); i++) {
        const char *path = json_string_value(json_array_get(old, i));
        AUTO(StrList_clear) StrList children = { 0 };
        if (!path || snapshot_vm_pins(vm, path, NULL))
            continue;
        image_children(vm->agent, path, &children);
        if (!children.count)
            unlink(path);
    }
}

/* After the VM has been defined; also by an agent that comes later. */
static int settle(SnapshotVm *vm, const char *name, const json_t *old, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    int code = snapshot_vm_handle(vm, name, &snapshot, err);
    AUTO_FREE char *xml = snapshot ? virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE) : NULL;
    if (code == 0)
        code = xml ? snapshot_vm_redefine(vm, xml, true, err) : virt_error(err, vm->info.name);
    if (code == 0)
        code = snapshot_vm_reload(vm, err);
    if (code == 0)
        remove_old(vm, old);
    return code;
}

static int restore_memory(const Going *going, Error *err)
{
    virConnectPtr conn = virDomainGetConnect(going->vm->domain);
    AUTO_FREE char *xml = snapshot_xml_domain(going->xml, going->swaps, going->count);
    unsigned flags = going->facts->info.state == VM_STATE_PAUSED ? VIR_DOMAIN_SAVE_PAUSED : VIR_DOMAIN_SAVE_RUNNING;
    if (!xml || virDomainRestoreFlags(conn, going->facts->memory_file, xml, flags) < 0)
        return virt_error(err, going->vm->info.name);
    return 0;
}

static int bring_back(Going *going, bool start, Error *err)
{
    SnapshotVm *vm = going->vm;
    AUTO_FREE char *name = x_strdup(going->facts->info.name); /* reading the VM anew frees the facts */
    AUTO_FREE char *memory = x_strdup(going->facts->memory_file);
    bool cut = snapshot_vm_active(vm);
    int code = cut && virDomainDestroy(vm->domain) < 0 && snapshot_vm_active(vm) ? virt_error(err, vm->info.name) : 0;
    if (code == 0)
        code = define(going, err);
    if (code < 0)
        return code;
    code = restore_nvram(vm, name, err);
    if (code == 0 && memory)
        code = restore_memory(going, err);
    Error later = { 0 };
    if (settle(vm, name, json_object_get(journal_facts(going->entry), "old"), &later) < 0 && code == 0)
        code = error_move(err, &later);
    error_clear(&later);
    if (code == 0 && start && !memory && virDomainCreate(vm->domain) < 0)
        code = virt_error(err, vm->info.name);
    return code;
}

static bool uses_new(const SnapshotVm *vm, const json_t *fresh)
{
    for (size_t i = 0; i < json_array_size(fresh); i++)
        if (snapshot_vm_pins(vm, json_string_value(json_array_get(fresh, i)), NULL))
            return true;
    return false;
}

static void remove_new(const SnapshotVm *vm, const json_t *fresh)
{
    for (size_t i = 0; i < json_array_size(fresh); i++)
        if (!snapshot_vm_pins(vm, json_string_value(json_array_get(fresh, i)), NULL))
            unlink(json_string_value(json_array_get(fresh, i)));
}

static int revert_external(SnapshotVm *vm, const SnapshotFacts *facts, bool start, Error *err)
{
    AUTO_SNAPSHOT snapshot = NULL;
    Going going = { .vm = vm, .facts = facts };
    int code = snapshot_vm_handle(vm, facts->info.name, &snapshot, err);
    if (code < 0)
        return code;
    going.xml = virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE);
    if (!going.xml)
        return virt_error(err, vm->info.name);
    plan_images(&going);
    code = begin_entry(&going, err);
    if (code == 0)
        code = make_images(&going, err);
    if (code == 0)
        code = bring_back(&going, start, err);
    AUTO(error_clear) Error ignored = { 0 };
    if (code < 0 && going.entry && snapshot_vm_reload(vm, &ignored) == 0)
        remove_new(vm, json_object_get(journal_facts(going.entry), "new"));
    journal_end(going.entry);
    going_clear(&going);
    return code;
}

int snapshot_revert(SnapshotVm *vm, const char *name, bool start, Error *err)
{
    const SnapshotFacts *facts = snapshot_vm_find(vm, name);
    if (!facts)
        return error_set(err, ERR_SNAPSHOT_NOT_FOUND, name, NULL);
    int code = facts->info.style == SNAPSHOT_STYLE_INTERNAL ? revert_internal(vm, facts, start, err) : revert_external(vm, facts, start, err);
    AUTO(error_clear) Error ignored = { 0 };
    snapshot_vm_reload(vm, &ignored);
    snapshot_vm_changed(vm);
    return code;
}

/* ---------------------------------------------------------------- after a crash */

int journal_recover_revert(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    const json_t *facts = journal_facts(entry);
    const char *id = json_string_value(json_object_get(facts, "vm"));
    virDomainPtr domain = id ? virDomainLookupByUUIDString(conn, id) : NULL;
    SnapshotVm vm;
    if (!domain)
        return JOURNAL_DONE;
    int code = snapshot_vm_from(agent, owner, domain, &vm, err);
    if (code < 0)
        return code;
    const char *name = json_string_value(json_object_get(facts, "name"));
    if (uses_new(&vm, json_object_get(facts, "new"))) {
        code = snapshot_vm_active(&vm) ? 0 : restore_nvram(&vm, name, err);
        if (code == 0)
            code = settle(&vm, name, json_object_get(facts, "old"), err);
    } else {
        remove_new(&vm, json_object_get(facts, "new"));
    }
    snapshot_vm_close(&vm);
    return code;
}
