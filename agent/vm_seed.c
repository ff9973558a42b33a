/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeds: see vm_seed.h. */
#include "agent/vm_seed.h"
#include "agent/archive.h"
#include "agent/cloud_init.h"
#include "agent/domain_xml.h"
#include "agent/drivers.h"
#include "agent/ident.h"
#include "agent/rbd_path.h"
#include "agent/snapshot_xml.h"
#include "agent/vm_general.h"
#include "agent/volume_handle.h"
#include "agent/volume_new.h"
#include "agent/volume_use.h"
#include "agent/volumes.h"
#include "agent/windows_answers.h"
#include "agent/xml_edit.h"
#include "agent/xml_write.h"
#include "protocol/datastore_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 20 }; /* bytes that the ISO may take */

struct SeedPlan {
    Agent *agent;
    char *vm;
    char *user_data;       /* cloud-init */
    char *hostname;
    CloudNetwork *network; /* NULL: DHCP */
    char *answers;         /* Windows */
    char *drivers;         /* path of the disc with virtio drivers; NULL: none */
    bool remove;
    VolumeHandle place;
    virStorageVolPtr made;
    char *path;            /* once made */
    bool block;
};

/* ---------------------------------------------------------------- planning */

static void wipe(char *secret)
{
    if (secret)
        x_wipe(secret, strlen(secret));
}

static void wipe_passwords(VmSeed *seed)
{
    if (seed->cloud_init)
        wipe(seed->cloud_init->password);
    if (seed->windows) {
        wipe(seed->windows->password);
        wipe(seed->windows->user_password);
        wipe(seed->windows->product_key);
    }
}

/* 0: an ISO cannot be there; otherwise the more the better. */
static int rank_of(const DatastoreInfo *datastore)
{
    if (!datastore_works(datastore) || !datastore_is_directory(datastore) || datastore->available < ROOM)
        return 0;
    return datastore->is_default ? 3 : datastore->iso_library ? 2 : 1;
}

/* The default one, an ISO library, any other directory of that driver; NULL: there is none. The caller frees. */
static char *best_directory(Agent *agent, int owner)
{
    Inventory all;
    char *best = NULL;
    int highest = 0;
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.datastores.count; i++) {
        const DatastoreInfo *datastore = &all.datastores.items[i];
        AUTO_POOL pool = NULL;
        int other = 0;
        if (rank_of(datastore) <= highest || drivers_datastore(agent->drivers, datastore->id, &pool, &other, NULL) < 0 || other != owner)
            continue;
        highest = rank_of(datastore);
        free(best);
        best = x_strdup(datastore->id);
    }
    Inventory_clear(&all);
    return best;
}

/* That of the VM's disks, unless ISOs are strange there: to Ceph, from where no drive takes them, and to volume groups and the like. The caller frees. */
static char *choose_datastore(Agent *agent, const char *own)
{
    DatastoreInfo datastore;
    AUTO_POOL pool = NULL;
    int owner = 0;
    if (!own || !inventory_get_datastore(agent->inventory, own, &datastore, NULL))
        return own ? x_strdup(own) : NULL;
    bool raw = datastore_type_is_raw(datastore.type);
    DatastoreInfo_clear(&datastore);
    char *better = raw && drivers_datastore(agent->drivers, own, &pool, &owner, NULL) == 0 ? best_directory(agent, owner) : NULL;
    return better ? better : x_strdup(own);
}

/* "web01-seed.iso", "web01-seed-2.iso" ... */
static int find_place(SeedPlan *plan, const char *datastore, Error *err)
{
    enum { TRIES = 1000 };
    const char *stem = plan->vm + strspn(plan->vm, "."); /* hidden files are no volumes */
    int code = ERR_VOLUME_EXISTS;
    if (!datastore)
        return error_set(err, ERR_VM_SETTING, plan->vm, "it has no disk; choose the datastore for the ISO of its first start");
    for (int number = 1; number < TRIES && code == ERR_VOLUME_EXISTS; number++) {
        AUTO_FREE char *tail = number == 1 ? x_strdup("") : x_printf("-%d", number);
        AUTO_FREE char *name = x_printf("%s-seed%s.iso", *stem ? stem : "vm", tail);
        error_clear(err);
        code = volume_handle_new(plan->agent, datastore, name, &plan->place, err);
    }
    if (code == 0 && rbd_path_is(plan->place.info.path))
        code = error_set(err, ERR_NOT_SUPPORTED, plan->place.datastore.name, "an ISO in a Ceph pool cannot be given to a VM; choose a directory for it");
    return code < 0 ? code : volume_handle_room(&plan->place, ROOM, err);
}

static int plan_cloud(SeedPlan *plan, const SeedTarget *target, const CloudInit *want, Error *err)
{
    AUTO_FREE char *checked = NULL;
    int code = cloud_user_data(want, target->vm, target->guest, &plan->user_data, err);
    if (code == 0 && want->network)
        code = cloud_network(want->network, target->vm, "00:00:00:00:00:00", &checked, err);
    if (code < 0)
        return code;
    plan->hostname = cloud_hostname(want, target->vm);
    if (want->network) {
        plan->network = x_calloc(1, sizeof *plan->network);
        CloudNetwork_copy(want->network, plan->network);
    }
    return 0;
}

static int find_drivers(SeedPlan *plan, const WindowsAnswers *want, Error *err)
{
    VolumeHandle disc;
    if (!want->drivers_volume)
        return 0;
    if (!want->drivers_datastore)
        return error_set(err, ERR_INVALID_PARAMS, NULL, "drivers_datastore is missing");
    int code = volume_handle_open(plan->agent, want->drivers_datastore, want->drivers_volume, &disc, err);
    if (code < 0)
        return code;
    plan->drivers = x_strdup(disc.info.path);
    volume_handle_clear(&disc);
    return 0;
}

static int plan_windows(SeedPlan *plan, const SeedTarget *target, const WindowsAnswers *want, Error *err)
{
    if (!target->fresh)
        return error_set(err, ERR_VM_SETTING, target->vm, "an answer file lets Windows Setup empty the first disk; it is for VMs that are made with new disks");
    int code = find_drivers(plan, want, err);
    const WindowsTarget facts = { target->vm, target->guest, target->uefi, plan->drivers != NULL };
    return code < 0 ? code : windows_answers(want, &facts, &plan->answers, err);
}

int vm_seed_plan(Agent *agent, const SeedTarget *target, VmSeed *seed, SeedPlan **ret, Error *err)
{
    SeedPlan *plan = x_calloc(1, sizeof *plan);
    *plan = (SeedPlan){ .agent = agent, .vm = x_strdup(target->vm), .remove = seed->remove };
    int code = 0;
    if (!seed->cloud_init == !seed->windows)
        code = error_set(err, ERR_INVALID_PARAMS, NULL, "a seed is for cloud-init or for Windows Setup");
    else if (seed->cloud_init)
        code = plan_cloud(plan, target, seed->cloud_init, err);
    else
        code = plan_windows(plan, target, seed->windows, err);
    wipe_passwords(seed);
    AUTO_FREE char *datastore = seed->datastore ? x_strdup(seed->datastore) : choose_datastore(agent, target->datastore);
    if (code == 0)
        code = find_place(plan, datastore, err);
    if (code == 0)
        *ret = plan;
    else
        vm_seed_free(plan);
    return code;
}

void vm_seed_free(SeedPlan *plan)
{
    if (!plan)
        return;
    x_free_secret(plan->user_data);
    x_free_secret(plan->answers);
    if (plan->network)
        CloudNetwork_clear(plan->network);
    free(plan->network);
    free(plan->hostname);
    free(plan->drivers);
    free(plan->vm);
    free(plan->path);
    virt_volume_cleanup(&plan->made);
    volume_handle_clear(&plan->place);
    free(plan);
}

/* ---------------------------------------------------------------- the ISO */

static int cloud_iso(const SeedPlan *plan, const char *mac, char **ret, size_t *ret_size, Error *err)
{
    char instance[LIMIT_UUID + 1];
    AUTO_FREE char *network = NULL;
    uuid_random(instance);
    AUTO_FREE char *meta = cloud_meta_data(instance, plan->hostname);
    if (plan->network && !mac)
        return error_set(err, ERR_VM_SETTING, plan->vm, "addresses need a network card, and it has none");
    int code = plan->network ? cloud_network(plan->network, plan->vm, mac, &network, err) : 0;
    const ArchiveFile files[] = { { "meta-data", meta }, { "user-data", plan->user_data }, { "network-config", network } };
    return code < 0 ? code : archive_iso("cidata", files, network ? 3 : 2, ret, ret_size, err);
}

static int seed_iso(const SeedPlan *plan, const char *mac, char **ret, size_t *ret_size, Error *err)
{
    const ArchiveFile file = { "autounattend.xml", plan->answers };
    return plan->answers ? archive_iso("ANSWERS", &file, 1, ret, ret_size, err) : cloud_iso(plan, mac, ret, ret_size, err);
}

static int send_all(virStreamPtr stream, const char *name, const char *bytes, size_t size, Error *err)
{
    while (size) {
        int sent = virStreamSend(stream, bytes, size > 65536 ? 65536 : size);
        if (sent < 0)
            return virt_error(err, name);
        bytes += sent;
        size -= (size_t)sent;
    }
    return virStreamFinish(stream) < 0 ? virt_error(err, name) : 0;
}

static int fill_volume(const SeedPlan *plan, const char *bytes, size_t size, Error *err)
{
    virStreamPtr stream = virStreamNew(virStoragePoolGetConnect(plan->place.pool), 0);
    int code = stream && virStorageVolUpload(plan->made, stream, 0, size, 0) == 0 ? 0 : virt_error(err, plan->place.info.name);
    if (code == 0 && (code = send_all(stream, plan->place.info.name, bytes, size, err)) < 0)
        virStreamAbort(stream);
    if (stream)
        virStreamFree(stream);
    return code;
}

/* Volumes that libvirt makes are readable by root alone, until a VM that runs has them. */
static int make_volume(SeedPlan *plan, const char *bytes, size_t size, JournalEntry *entry, Error *err)
{
    virStorageVolInfo info;
    const char *name = plan->place.info.name;
    AUTO_FREE char *xml = volume_xml(&(NewVolume){ .name = name, .format = "raw", .capacity = (int64_t)size, .allocation = (int64_t)size });
    if (entry && volume_new_note(plan->place.pool, plan->place.datastore.id, name, entry, err) < 0)
        return err->code;
    plan->made = virStorageVolCreateXML(plan->place.pool, xml, 0);
    if (!plan->made)
        return volume_new_failed(plan->place.datastore.id, name, entry, err);
    if (virStorageVolGetInfo(plan->made, &info) < 0)
        return virt_error(err, name);
    if (info.type != VIR_STORAGE_VOL_FILE && info.type != VIR_STORAGE_VOL_BLOCK)
        return error_set(err, ERR_NOT_SUPPORTED, name, "an ISO in this kind of datastore cannot be given to a VM; choose another datastore for it");
    plan->block = info.type == VIR_STORAGE_VOL_BLOCK;
    plan->path = virStorageVolGetPath(plan->made);
    return plan->path ? fill_volume(plan, bytes, size, err) : virt_error(err, name);
}

/* ---------------------------------------------------------------- the VM's description */

static bool target_used(xmlNode *root, const char *target)
{
    for (xmlNode *node = xml_child(root, "devices/disk"); node; node = xml_next(node, "disk"))
        if (xml_attribute_is(xml_child(node, "target"), "dev", target))
            return true;
    return false;
}

/* The bus of a CD drive that is there already fits the machine. The old PC has room for four on IDE. */
static void choose_target(xmlNode *root, const char **ret_bus, char ret_target[8])
{
    static const char *const buses[] = { "sata", "ide", "scsi", "usb" };
    AUTO_FREE char *machine = xml_attribute(xml_child(root, "os/type"), "machine", LIMIT_NAME);
    const char *bus = machine && strncmp(machine, "pc", 2) == 0 && !strstr(machine, "q35") ? "ide" : machine && strncmp(machine, "virt", 4) == 0 ? "scsi" : "sata";
    for (xmlNode *node = xml_child(root, "devices/disk"); node; node = xml_next(node, "disk"))
        for (size_t i = 0; i < ARRAY_SIZE(buses) && xml_attribute_is(node, "device", "cdrom"); i++)
            if (xml_attribute_is(xml_child(node, "target"), "bus", buses[i]))
                bus = buses[i];
    for (char letter = 'a'; letter <= 'z'; letter++) {
        bool ide = str_equal(bus, "ide") && letter <= 'd';
        snprintf(ret_target, 8, "%s%c", ide ? "hd" : "sd", letter);
        *ret_bus = str_equal(bus, "ide") && !ide ? "sata" : bus;
        if (!target_used(root, ret_target))
            return;
    }
}

/* The VM starts also when the ISO is gone. */
static void add_drive(xmlNode *root, const char *path, bool block, char ret_target[8])
{
    const char *bus = NULL;
    choose_target(root, &bus, ret_target);
    xmlNode *disk = xml_add(xml_need(root, "devices"), "disk");
    xml_set(disk, "type", block ? "block" : "file");
    xml_set(disk, "device", "cdrom");
    xmlNode *driver = xml_add(disk, "driver");
    xml_set(driver, "name", "qemu");
    xml_set(driver, "type", "raw");
    xmlNode *source = xml_add(disk, "source");
    xml_set(source, block ? "dev" : "file", path);
    xml_set(source, "startupPolicy", "optional");
    xmlNode *target = xml_add(disk, "target");
    xml_set(target, "dev", ret_target);
    xml_set(target, "bus", bus);
    xml_add(disk, "readonly");
}

static xmlNode *description(virDomainPtr domain, Error *err)
{
    AUTO_FREE char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    if (!xml) {
        virt_error(err, virDomainGetName(domain));
        return NULL;
    }
    return xml_parse(xml, strlen(xml), "domain", err);
}

static int define(virDomainPtr domain, xmlNode *root, Error *err)
{
    char *xml = xml_document_text(root);
    AUTO_DOMAIN defined = virDomainDefineXML(virDomainGetConnect(domain), xml);
    x_free_secret(xml);
    return defined ? 0 : virt_error(err, virDomainGetName(domain));
}

static bool drop_old(xmlNode *root, SeedMark *ret)
{
    if (!seed_mark_read(root, ret))
        return false;
    xml_remove(seed_mark_drive(root, ret));
    seed_mark_set(root, NULL);
    return true;
}

static void delete_of(Agent *agent, virDomainPtr domain, const char *path)
{
    char id[VIR_UUID_STRING_BUFLEN];
    if (virDomainGetUUIDString(domain, id) == 0)
        vm_seed_delete(agent, virDomainGetConnect(domain), id, path);
}

static int attach(const SeedPlan *plan, virDomainPtr domain, xmlNode *root, Error *err)
{
    char target[8], other[8];
    SeedMark old = { 0 };
    bool had = drop_old(root, &old);
    add_drive(root, plan->path, plan->block, target);
    if (plan->drivers)
        add_drive(root, plan->drivers, false, other);
    seed_mark_set(root, &(SeedMark){ target, plan->path, plan->remove });
    int code = define(domain, root, err);
    if (code == 0 && had)
        delete_of(plan->agent, domain, old.path);
    seed_mark_clear(&old);
    return code;
}

int vm_seed_make(SeedPlan *plan, virDomainPtr domain, JournalEntry *entry, Error *err)
{
    char *iso = NULL;
    size_t size = 0;
    xmlNode *root = description(domain, err);
    if (!root)
        return err->code;
    AUTO_FREE char *mac = xml_attribute(xml_child(root, "devices/interface/mac"), "address", LIMIT_NAME);
    int code = seed_iso(plan, mac, &iso, &size, err);
    if (code == 0)
        code = make_volume(plan, iso, size, entry, err);
    if (code == 0)
        code = attach(plan, domain, root, err);
    if (iso)
        x_wipe(iso, size);
    free(iso);
    xml_free(root);
    return code;
}

void vm_seed_undo(SeedPlan *plan)
{
    if (plan && plan->made)
        virStorageVolDelete(plan->made, 0);
}

void vm_seed_tell(const SeedPlan *plan)
{
    if (plan && plan->made)
        datastore_changed(plan->agent, plan->place.owner, plan->place.datastore.id);
}

/* ---------------------------------------------------------------- taking it out again */

bool vm_seed_of(virDomainPtr domain, SeedMark *ret)
{
    AUTO(error_clear) Error ignored = { 0 };
    xmlNode *root = description(domain, &ignored);
    bool has = root && seed_mark_read(root, ret);
    xml_free(root);
    return has;
}

static char *pool_of(virStorageVolPtr volume)
{
    char id[VIR_UUID_STRING_BUFLEN];
    AUTO_POOL pool = virStoragePoolLookupByVolume(volume);
    return pool && virStoragePoolGetUUIDString(pool, id) == 0 ? x_strdup(id) : NULL;
}

void vm_seed_delete(Agent *agent, virConnectPtr conn, const char *vm, const char *path)
{
    int owner = 0;
    AUTO_POOL pool = NULL;
    AUTO(StrList_clear) StrList users = { 0 };
    AUTO(error_clear) Error ignored = { 0 };
    AUTO_VOLUME volume = virStorageVolLookupByPath(conn, path);
    AUTO_FREE char *datastore = volume ? pool_of(volume) : NULL;
    volume_users_of(agent, path, vm, &users);
    if (!volume || users.count)
        return;
    virStorageVolDelete(volume, 0);
    if (datastore && drivers_datastore(agent->drivers, datastore, &pool, &owner, &ignored) == 0)
        datastore_changed(agent, owner, datastore);
}

/* A running guest keeps the drive, empty, until it is off. */
static int eject(virDomainPtr domain, const SeedMark *mark, xmlNode *root, Error *err)
{
    AUTO_FREE char *live = virDomainIsActive(domain) > 0 ? virDomainGetXMLDesc(domain, 0) : NULL;
    xmlNode *now = live ? xml_parse(live, strlen(live), "domain", err) : NULL;
    xmlNode *drive = now ? seed_mark_drive(now, mark) : NULL;
    int code = 0;
    if (drive) {
        xml_remove(xml_child(drive, "source"));
        xml_remove(xml_child(drive, "backingStore"));
        AUTO_FREE char *xml = xml_to_text(drive);
        if (virDomainUpdateDeviceFlags(domain, xml, VIR_DOMAIN_DEVICE_MODIFY_LIVE | VIR_DOMAIN_DEVICE_MODIFY_FORCE) < 0)
            code = virt_error(err, virDomainGetName(domain));
    }
    if (now && code == 0) {
        AUTO_FREE char *metadata = vm_metadata_text(root);
        virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, metadata, "poolcenter", POOLCENTER_XMLNS, VIR_DOMAIN_AFFECT_LIVE);
    }
    xml_free(now);
    return code;
}

int vm_seed_remove(Agent *agent, virDomainPtr domain, const char *name, Error *err)
{
    SeedMark mark = { 0 };
    xmlNode *root = description(domain, err);
    if (!root)
        return err->code;
    int code = drop_old(root, &mark) ? 0 : error_set(err, ERR_VM_SETTING, name, "nothing was made for its first start, so there is nothing to take out");
    if (code == 0)
        code = eject(domain, &mark, root, err);
    if (code == 0)
        code = define(domain, root, err);
    if (code == 0)
        delete_of(agent, domain, mark.path);
    seed_mark_clear(&mark);
    xml_free(root);
    return code;
}
