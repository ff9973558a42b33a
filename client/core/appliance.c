/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMs in files: see appliance.h. */
#include "client/core/appliance.h"
#include "client/core/new_vm.h"
#include "client/core/port.h"
#include "protocol/datastore_type.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 512 << 10 };
#define DEFAULT_MEMORY ((int64_t)1 << 30)

/* ---- local files */

static int read_head(const char *path, char **ret_head, int64_t *ret_size, Error *err)
{
    PortFile *file = NULL;
    int64_t modified = 0;
    size_t got = 0;
    AUTO_FREE unsigned char *bytes = x_calloc(HEAD_BYTES, 1);
    int code = port_file_open(path, &file, err);
    if (code < 0)
        return code;
    code = port_file_stat(file, ret_size, &modified, err);
    if (code == 0)
        code = port_file_read(file, 0, bytes, HEAD_BYTES, &got, err);
    port_file_close(file);
    if (code < 0)
        return code;
    *ret_head = x_calloc(got / 3 * 4 + 8, 1);
    EVP_EncodeBlock((unsigned char *)*ret_head, bytes, (int)got);
    return 0;
}

int appliance_head(const char *path, ImportInspectParams *ret, Error *err)
{
    ImportInspectParams params = { 0 };
    int code = read_head(path, &params.head, &params.size, err);
    if (code < 0)
        return code;
    params.name = x_strdup(port_base_name(path));
    *ret = params;
    return 0;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t tail = strlen(ending);
    if (length <= tail)
        return false;
    for (size_t i = 0; i < tail; i++)
        if ((text[length - tail + i] | 0x20) != ending[i] && text[length - tail + i] != ending[i])
            return false;
    return true;
}

bool appliance_is_file(const char *path)
{
    static const char *const endings[] = { ".ova", ".ovf", ".qcow2", ".vmdk", ".vhd", ".vhdx", ".vdi", ".img", ".raw", ".xml" };
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
        if (ends_with(path, endings[i]))
            return true;
    return false;
}

static char *beside(const char *path, const char *name)
{
    AUTO_FREE char *folder = x_strndup(path, (size_t)(port_base_name(path) - path));
    return x_printf("%s%s", folder, name);
}

static void add_beside(const char *path, const char *name, StrList *ret)
{
    AUTO_FREE char *file = beside(path, name);
    if (!str_equal(file, path))
        StrList_add(ret, file);
}

/* The text of a VMDK and the files it leads to are all needed; of what was cut into pieces there is nothing else. */
static void add_disk_files(const char *path, const ApplianceDisk *disk, StrList *ret)
{
    for (size_t i = 0; i < disk->parts.count; i++)
        add_beside(path, disk->parts.items[i], ret);
    if (!disk->parts.count)
        add_beside(path, disk->file, ret);
}

void appliance_files(const char *path, const Appliance *about, StrList *ret)
{
    for (size_t i = 0; i < about->disks.count && about->kind != APPLIANCE_OVA; i++)
        if (!about->disks.items[i].empty)
            add_disk_files(path, &about->disks.items[i], ret);
    if (about->kind == APPLIANCE_OVF && ends_with(path, ".ovf")) {
        AUTO_FREE char *manifest = x_printf("%.*s.mf", (int)strlen(path) - 4, path);
        if (port_file_exists(manifest))
            StrList_add(ret, manifest);
    }
    StrList_add(ret, path);
}

static bool holds_files(const DatastoreInfo *store) { return store && datastore_works(store) && datastore_type_is_directory(store->type); }

const char *appliance_store(const Server *server, const char *disks)
{
    const Model *model = server_model(server);
    const DatastoreInfo *best = model_datastore(model, str_or_empty(disks));
    if (holds_files(best))
        return best->id;
    best = NULL;
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *each = model_datastore_at(model, i);
        bool better = !best || each->is_default || (!best->is_default && each->available > best->available);
        if (holds_files(each) && better)
            best = each;
    }
    return best ? best->id : NULL;
}

/* ---- several VMs in one package */

const ApplianceMachine *appliance_machine(const Appliance *about, const char *word)
{
    const ApplianceMachine *named = NULL;
    size_t count = 0;
    for (size_t i = 0; i < about->machines.count; i++) {
        if (str_equal(about->machines.items[i].id, word))
            return &about->machines.items[i];
        if (str_equal(about->machines.items[i].name, word)) {
            named = &about->machines.items[i];
            count++;
        }
    }
    return count == 1 ? named : NULL;
}

/* ---- the request */

static bool name_taken(const Model *model, const char *name)
{
    for (size_t i = 0; i < model_vm_count(model); i++)
        if (str_equal(model_vm_at(model, i)->name, name))
            return true;
    return false;
}

static char *free_name(const Model *model, const char *wanted)
{
    char *name = x_strdup(wanted);
    for (int number = 2; name_taken(model, name) && number < 10000; number++) {
        free(name);
        name = x_printf("%s-%d", wanted, number);
    }
    return name;
}

static const char *network_for(const Model *model, const char *wanted)
{
    const char *first = NULL;
    for (size_t i = 0; i < model_network_count(model); i++) {
        const NetworkInfo *network = model_network_at(model, i);
        if (str_equal(network->name, wanted))
            return network->id;
        if (!first && network->active)
            first = network->id;
    }
    return first;
}

/* The bus it was on, so that the guest finds its disk; what no host of ours offers becomes SATA, for which every guest has a driver. */
static DiskBus bus_for(const ApplianceDisk *disk, const GuestKind *kind)
{
    if (disk->bus == DISK_BUS_VIRTIO || disk->bus == DISK_BUS_IDE || disk->bus == DISK_BUS_SATA)
        return disk->bus;
    return kind && kind->bus != DISK_BUS_VIRTIO ? kind->bus : DISK_BUS_SATA;
}

static void add_disks(const Appliance *about, const GuestKind *kind, const char *datastore, VmImportParams *ret)
{
    for (size_t i = 0; i < about->disks.count; i++) {
        const ApplianceDisk *disk = &about->disks.items[i];
        ImportDisk wanted = { .file = x_strdup(disk->file), .datastore = x_strdup(datastore), .format = VOLUME_FORMAT_QCOW2, .bus = bus_for(disk, kind) };
        ImportDiskList_add(&ret->disks, &wanted);
    }
}

static void add_nics(const Model *model, const Appliance *about, VmImportParams *ret)
{
    bool image = about->kind == APPLIANCE_IMAGE; /* says nothing of cards; a VM has one */
    for (size_t i = 0; i < (image ? 1 : about->nics.count); i++) {
        const char *network = network_for(model, image ? NULL : about->nics.items[i].network);
        NicModel card = image ? NIC_MODEL_E1000E : about->nics.items[i].model;
        NewNic nic = { .network = x_strdup(network), .model = card == NIC_MODEL_UNKNOWN ? NIC_MODEL_E1000 : card };
        if (network)
            NewNicList_add(&ret->nics, &nic);
    }
}

void appliance_request(const Server *server, const Appliance *about, const char *datastore, const char *volume, VmImportParams *ret)
{
    const Model *model = server_model(server);
    const GuestKind *kind = guest_kind_find(str_or_empty(about->guest));
    *ret = (VmImportParams){
        .datastore = x_strdup(datastore),
        .volume = x_strdup(volume),
        .machine = x_strdup(about->machine),
        .name = free_name(model, about->name),
        .description = x_strdup(about->description),
        .guest = x_strdup(kind ? kind->id : "generic"),
        .vcpus = about->vcpus > 0 ? about->vcpus : kind ? kind->vcpus : 1,
        .memory = about->memory > 0 ? about->memory : kind ? kind->memory : DEFAULT_MEMORY,
        .firmware = about->firmware != FIRMWARE_UNKNOWN ? about->firmware : kind ? kind->firmware : FIRMWARE_BIOS,
    };
    add_disks(about, kind, datastore, ret);
    add_nics(model, about, ret);
}
