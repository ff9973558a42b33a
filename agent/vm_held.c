/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a VM needs besides its disks: see vm_held.h. */
#include "agent/vm_held.h"
#include "agent/domain_xml.h"
#include "agent/snapshot_xml.h"

#include <stdlib.h>
#include <string.h>

static void add(const VmInfo *vm, const char *path, StrList *ret)
{
    for (size_t i = 0; i < vm->disks.count; i++)
        if (str_equal(vm->disks.items[i].path, path))
            return;
    if (path && !StrList_contains(ret, path))
        StrList_add(ret, path);
}

static void add_snapshot(virDomainSnapshotPtr snapshot, const VmInfo *vm, StrList *ret)
{
    AUTO(error_clear) Error ignored = { 0 };
    AUTO_FREE char *xml = virDomainSnapshotGetXMLDesc(snapshot, 0);
    SnapshotFacts facts;
    if (!xml || snapshot_xml_read(xml, &facts, &ignored) < 0)
        return; /* deleted meanwhile */
    add(vm, facts.memory_file, ret);
    for (size_t i = 0; i < facts.images.count; i++)
        add(vm, facts.images.items[i].path, ret);
    snapshot_facts_clear(&facts);
}

static void add_snapshots(virDomainPtr domain, const VmInfo *vm, StrList *ret)
{
    virDomainSnapshotPtr *list = NULL;
    int count = virDomainListAllSnapshots(domain, &list, 0);
    for (int i = 0; i < count; i++) {
        add_snapshot(list[i], vm, ret);
        virDomainSnapshotFree(list[i]);
    }
    free(list);
}

static void add_next_start(virDomainPtr domain, const VmInfo *vm, StrList *ret)
{
    AUTO(error_clear) Error ignored = { 0 };
    AUTO_FREE char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    VmInfo stored;
    if (!xml || domain_xml_read(xml, strlen(xml), &stored, &ignored) < 0)
        return;
    for (size_t i = 0; i < stored.disks.count; i++)
        add(vm, stored.disks.items[i].path, ret);
    VmInfo_clear(&stored);
}

void vm_held_read(virDomainPtr domain, const VmInfo *vm, bool snapshots, StrList *ret)
{
    if (snapshots)
        add_snapshots(domain, vm, ret);
    if (vm->pending)
        add_next_start(domain, vm, ret);
}
