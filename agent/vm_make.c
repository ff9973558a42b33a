/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a VM: see vm_make.h. */
#include "agent/vm_make.h"
#include "agent/drivers.h"
#include "agent/ident.h"
#include "agent/name_claims.h"
#include "agent/program.h"
#include "agent/rbd_disk.h"
#include "agent/upload_file.h"
#include "agent/vm_general.h"
#include "agent/volumes.h"

#include <stdlib.h>
#include <string.h>

void vm_make_init(VmMake *make, Agent *agent, const VmCreateParams *params)
{
    *make = (VmMake){ .agent = agent };
    VmCreateParams_copy(params, &make->params);
    make->plan.params = &make->params;
    make->plan.platform = &make->platform;
    uuid_random(make->plan.id);
}

void vm_make_clear(VmMake *make)
{
    name_claims_drop(make);
    for (size_t i = 0; i < make->plan.disk_count; i++)
        free(make->plan.disks[i].path);
    for (size_t i = 0; i < make->plan.nic_count; i++)
        free(make->plan.nics[i].name);
    free(make->plan.disks);
    free(make->plan.nics);
    free(make->plan.media);
    vm_seed_free(make->seed);
    virt_conn_cleanup(&make->conn);
    guest_platform_clear(&make->platform);
    VmCreateParams_clear(&make->params);
}

/* ---------------------------------------------------------------- checks */

static int check_size(const VmMake *make, Error *err)
{
    const VmCreateParams *params = &make->params;
    HostInfo host;
    inventory_get_host(make->agent->inventory, &host);
    int64_t memory = host.memory;
    HostInfo_clear(&host);
    if (params->vcpus < 1 || params->vcpus > make->platform.max_vcpus)
        return error_set(err, ERR_VM_RESOURCES, params->name, "it may have from 1 to %lld virtual CPUs", (long long)make->platform.max_vcpus);
    if (params->memory < 1 << 20 || params->memory % (1 << 20))
        return error_set(err, ERR_VM_RESOURCES, params->name, "its memory must be a multiple of 1 MiB");
    if (memory && params->memory > memory) {
        AUTO_FREE char *has = size_text(memory);
        return error_set(err, ERR_VM_RESOURCES, params->name, "the host has %s of memory", has);
    }
    return 0;
}

static int check_unused_name(const VmMake *make, Error *err)
{
    bool claimed = name_claim_vm(make, make->owner, make->params.name); /* before the look: nobody makes it afterwards */
    AUTO_DOMAIN other = virDomainLookupByName(make->conn, make->params.name);
    return other || !claimed ? error_set(err, ERR_VM_EXISTS, make->params.name, NULL) : 0;
}

static int check_firmware(const VmMake *make, Error *err)
{
    if (make->params.firmware != FIRMWARE_UEFI || make->platform.uefi)
        return 0;
    return error_set(err, ERR_NOT_SUPPORTED, make->params.name, "UEFI firmware for guests is not installed on the host (Debian: apt install ovmf)");
}

static int check_tpm(const VmMake *make, Error *err)
{
    if (!make->params.tpm || program_exists("swtpm"))
        return 0;
    return error_set(err, ERR_NOT_SUPPORTED, make->params.name, "TPMs for guests are not installed on the host (Debian: apt install swtpm swtpm-tools)");
}

static int find_driver(VmMake *make, Error *err)
{
    make->owner = drivers_find(make->agent->drivers, make->params.driver);
    if (make->owner < 0)
        return error_set(err, ERR_NOT_SUPPORTED, make->params.driver, "the host has no such driver");
    int code = drivers_connection(make->agent->drivers, make->owner, &make->conn, err);
    if (code == 0 && !read_platform(&make->agent->config, make->conn, &make->platform))
        code = error_set(err, ERR_NOT_SUPPORTED, make->params.name, "this hypervisor cannot make guests of this kind");
    return code;
}

int vm_make_check(VmMake *make, Error *err)
{
    int code = vm_name_check(make->params.name, err);
    if (code == 0)
        code = find_driver(make, err);
    if (code == 0)
        code = check_size(make, err);
    if (code == 0)
        code = check_unused_name(make, err);
    if (code == 0)
        code = check_firmware(make, err);
    return code < 0 ? code : check_tpm(make, err);
}

int vm_make_nics(VmMake *make, Error *err)
{
    make->plan.nics = x_calloc(make->params.nics.count, sizeof *make->plan.nics);
    for (size_t i = 0; i < make->params.nics.count; i++) {
        NetworkInfo network;
        const NewNic *nic = &make->params.nics.items[i];
        if (nic->model == NIC_MODEL_UNKNOWN)
            return error_set(err, ERR_NOT_SUPPORTED, make->params.name, "the model of a network card is not known");
        if (!inventory_get_network(make->agent->inventory, nic->network, &network, NULL))
            return error_set(err, ERR_NETWORK_NOT_FOUND, nic->network, NULL);
        make->plan.nics[i] = (DomainNic){ x_strdup(network.name), network.host_bridge, nic->model };
        make->plan.nic_count++;
        NetworkInfo_clear(&network);
    }
    return 0;
}

int vm_make_media(VmMake *make, Error *err)
{
    AUTO_POOL pool = NULL;
    AUTO_VOLUME volume = NULL;
    if (!make->params.media_datastore || !make->params.media_volume)
        return 0;
    int code = drivers_datastore(make->agent->drivers, make->params.media_datastore, &pool, NULL, err);
    if (code == 0)
        code = volume_find(pool, make->params.media_volume, &volume, err);
    if (code < 0)
        return code;
    make->plan.media = rbd_volume_path(volume);
    if (rbd_path_is(make->plan.media))
        return error_set(err, ERR_NOT_SUPPORTED, make->params.media_volume, "an image of a Ceph pool cannot be a medium of a CD drive");
    return make->plan.media ? 0 : virt_error(err, make->params.media_volume);
}

int vm_make_seed(VmMake *make, const char *datastore, bool fresh, Error *err)
{
    const VmCreateParams *params = &make->params;
    const SeedTarget target = { params->name, params->guest, datastore, params->firmware == FIRMWARE_UEFI, fresh };
    return params->seed ? vm_seed_plan(make->agent, &target, params->seed, &make->seed, err) : 0;
}

/* ---------------------------------------------------------------- libvirt */

void vm_make_remove(virDomainPtr domain)
{
    if (virDomainIsActive(domain) > 0)
        virDomainDestroy(domain);
    if (virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_MANAGED_SAVE) < 0)
        virDomainUndefine(domain);
}

/* With what disks on RBD need of their datastores. The caller frees. */
static int description(VmMake *make, char **ret, Error *err)
{
    AUTO_FREE char *plain = domain_xml(&make->plan);
    xmlNode *root = xml_parse(plain, strlen(plain), "domain", err);
    int code = root ? rbd_disks_complete(make->conn, root, err) : ERR_LIBVIRT;
    if (code == 0)
        *ret = xml_to_text(root);
    xml_free(root);
    return code;
}

int vm_make_start(virDomainPtr domain, const char *name, Error *err)
{
    if (virDomainCreate(domain) == 0)
        return 0;
    AUTO_FREE char *text = virt_error_text();
    return error_set(err, ERR_LIBVIRT, name, "the VM is there, but does not start: %s", text);
}

int vm_make_define(VmMake *make, Task *task, JournalEntry *entry, virDomainPtr *ret, Error *err)
{
    AUTO_FREE char *xml = NULL;
    int code = description(make, &xml, err);
    if (code < 0)
        return code;
    *ret = virDomainDefineXMLFlags(make->conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);
    if (!*ret && virt_error_is(VIR_ERR_XML_INVALID_SCHEMA)) /* the schemas are not installed, or older than the daemon */
        *ret = virDomainDefineXML(make->conn, xml);
    if (!*ret)
        return virt_error(err, make->params.name);
    code = task_check(task, err);
    if (code == 0 && make->seed)
        code = vm_seed_make(make->seed, *ret, entry, err);
    return code;
}
