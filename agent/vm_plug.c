/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plugging devices into a running VM, out of it, and turning their knobs: see vm_plug.h. */
#include "agent/vm_plug.h"
#include "agent/xml_edit.h"

#include <stdlib.h>
#include <string.h>

static int outcome(const VmLive *live, int result, Error *err) { return result < 0 ? virt_error(err, live->now->name) : 0; }

static int no_device(const VmLive *live, const VmSetting *change, Error *err)
{
    return error_set(err, ERR_VM_SETTING, live->now->name, "it runs without the device %s %s", SettingGroup_name(change->group), str_or_empty(change->device));
}

/* ---------------------------------------------------------------- in */

static xmlNode *scsi_controller(xmlNode *root, const char *index)
{
    for (xmlNode *node = xml_child(root, "devices/controller"); node; node = xml_next(node, "controller"))
        if (xml_attribute_is(node, "type", "scsi") && xml_attribute_is(node, "index", index))
            return node;
    return NULL;
}

/* The place on the bus that libvirt chose for the next start may be taken by another device now. */
static char *portable_text(xmlNode *node)
{
    xmlDoc *document = xmlNewDoc((const xmlChar *)"1.0");
    if (!document)
        abort();
    xmlNode *copy = xmlDocCopyNode(node, document, 1);
    xmlDocSetRootElement(document, copy);
    xmlNode *address = xml_child(copy, "address");
    if (address && !xml_attribute_is(address, "type", "drive"))
        xml_remove(address);
    xml_remove_all(copy, "boot"); /* the order was read when it was started */
    char *text = xml_to_text(copy);
    xmlFreeDoc(document);
    return text;
}

static int attach(const VmLive *live, xmlNode *node, Error *err)
{
    AUTO_FREE char *text = portable_text(node);
    return outcome(live, virDomainAttachDeviceFlags(live->now->domain, text, VIR_DOMAIN_AFFECT_LIVE), err);
}

static int attach_controller(const VmLive *live, xmlNode *disk, Error *err)
{
    AUTO_FREE char *index = xml_attribute(xml_child(disk, "address"), "controller", LIMIT_NAME);
    if (!index || !xml_attribute_is(xml_child(disk, "target"), "bus", "scsi") || scsi_controller(live->before->live, index))
        return 0;
    xmlNode *controller = scsi_controller(live->now->root, index);
    xmlNode *running = NULL;
    Error ignored = { 0 };
    if (!controller)
        return 0;
    running = vm_live_description(live->now->domain, &ignored); /* an earlier disk of this change may have brought it */
    bool there = running && scsi_controller(running, index);
    xml_free(running);
    error_clear(&ignored);
    return there ? 0 : attach(live, controller, err);
}

int vm_plug_add(const VmLive *live, const VmSetting *change, Error *err)
{
    xmlNode *node = vm_config_device(live->now->root, change->group, change->device);
    if (!node)
        return no_device(live, change, err);
    int code = change->group == GROUP_DISKS ? attach_controller(live, node, err) : 0;
    return code < 0 ? code : attach(live, node, err);
}

/* ---------------------------------------------------------------- out */

/* The device as it runs; of a USB device the key has the port, too, then. NULL: none. */
static xmlNode *running_device(xmlNode *root, const VmSetting *change)
{
    xmlNode *node = vm_config_device(root, change->group, change->device);
    if (node || change->group != GROUP_HOST_DEVICES)
        return node;
    size_t length = strlen(str_or_empty(change->device));
    VmConfig active;
    vm_config_read(root, &active);
    for (size_t i = 0; i < active.host_devices->items.count && !node; i++) {
        const char *key = active.host_devices->items.items[i].key;
        if (strncmp(key, str_or_empty(change->device), length) == 0 && key[length] == ':')
            node = vm_config_device(root, change->group, key);
    }
    VmConfig_clear(&active);
    return node;
}

/* Whether it is still there: 1 yes, 0 no, negative on errors. */
static int still_there(const VmLive *live, const VmSetting *change, Error *err)
{
    xmlNode *running = vm_live_description(live->now->domain, err);
    if (!running)
        return err->code;
    bool there = running_device(running, change) != NULL;
    xml_free(running);
    return there;
}

static int wait_gone(const VmLive *live, const VmSetting *change, Error *err)
{
    enum { STEP_MS = 100, STEPS = 80 };
    int there = 1;
    for (int i = 0; i < STEPS && there > 0; i++) {
        there = still_there(live, change, err);
        if (there > 0 && task_wait(live->task, STEP_MS))
            break;
    }
    if (there > 0)
        return error_set(err, ERR_BUSY, live->now->name, "its guest has not let the device go");
    return there;
}

static int detach(const VmLive *live, const VmSetting *change, xmlNode *node, Error *err)
{
    AUTO_FREE char *text = xml_to_text(node);
    int code = outcome(live, virDomainDetachDeviceFlags(live->now->domain, text, VIR_DOMAIN_AFFECT_LIVE), err);
    return code < 0 ? code : wait_gone(live, change, err);
}

int vm_plug_remove(const VmLive *live, const VmSetting *change, Error *err)
{
    xmlNode *node = running_device(live->before->live, change);
    return node ? detach(live, change, node, err) : 0; /* it was only stored */
}

int vm_plug_replace(const VmLive *live, const VmSetting *change, Error *err)
{
    xmlNode *running = vm_config_device(live->before->live, change->group, NULL);
    xmlNode *wanted = vm_config_device(live->now->root, change->group, NULL);
    int code = running ? detach(live, change, running, err) : 0;
    return code == 0 && wanted ? attach(live, wanted, err) : code;
}

/* ---------------------------------------------------------------- knobs */

static const VmDisk *find_disk(const VmConfig *config, const char *key)
{
    for (size_t i = 0; i < config->disks->items.count; i++)
        if (str_equal(config->disks->items.items[i].key, key))
            return &config->disks->items.items[i];
    return NULL;
}

int vm_plug_disk_limits(const VmLive *live, const VmSetting *change, Error *err)
{
    const VmDisk *disk = find_disk(&live->now->config, change->device);
    if (!disk || !find_disk(&live->before->active, change->device))
        return no_device(live, change, err);
    const DiskLimits none = { 0 };
    const DiskLimits *limits = disk->limits ? disk->limits : &none;
    const struct { const char *name; int64_t value; } fields[] = {
        { VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_BYTES_SEC, limits->total_bytes }, { VIR_DOMAIN_BLOCK_IOTUNE_READ_BYTES_SEC, limits->read_bytes },
        { VIR_DOMAIN_BLOCK_IOTUNE_WRITE_BYTES_SEC, limits->write_bytes }, { VIR_DOMAIN_BLOCK_IOTUNE_TOTAL_IOPS_SEC, limits->total_iops },
        { VIR_DOMAIN_BLOCK_IOTUNE_READ_IOPS_SEC, limits->read_iops },     { VIR_DOMAIN_BLOCK_IOTUNE_WRITE_IOPS_SEC, limits->write_iops },
    };
    virTypedParameterPtr params = NULL;
    int count = 0;
    int room = 0;
    int result = 0;
    for (size_t i = 0; i < ARRAY_SIZE(fields) && result == 0; i++)
        result = virTypedParamsAddULLong(&params, &count, &room, fields[i].name, (unsigned long long)fields[i].value);
    if (result == 0)
        result = virDomainSetBlockIoTune(live->now->domain, change->device, params, count, VIR_DOMAIN_AFFECT_LIVE);
    virTypedParamsFree(params, count);
    return outcome(live, result, err);
}

int vm_plug_medium(const VmLive *live, const VmSetting *change, Error *err)
{
    xmlNode *node = vm_config_device(live->now->root, change->group, change->device);
    if (!node || !find_disk(&live->before->active, change->device))
        return no_device(live, change, err);
    AUTO_FREE char *text = portable_text(node);
    /* A guest that locks its tray would keep the old medium. */
    return outcome(live, virDomainUpdateDeviceFlags(live->now->domain, text, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_DEVICE_MODIFY_FORCE), err);
}

static VmNic *find_nic(const VmConfig *config, const char *key)
{
    for (size_t i = 0; i < config->nics->items.count; i++)
        if (str_equal(config->nics->items.items[i].key, key))
            return &config->nics->items.items[i];
    return NULL;
}

/* The cards as they run, with what can change of one of them as it is wanted. */
static VmNics *wanted_nics(const VmConfig *running, const VmNic *want)
{
    VmNics *nics = x_calloc(1, sizeof *nics);
    VmNics_copy(running->nics, nics);
    const VmConfig config = { .nics = nics };
    VmNic *nic = find_nic(&config, want->key);
    VmNic copy;
    VmNic_copy(want, &copy);
    char *source = nic->source;
    NicLimits *limits = nic->limits;
    nic->source = copy.source;
    nic->host_bridge = copy.host_bridge;
    nic->link_down = copy.link_down;
    nic->limits = copy.limits;
    copy.source = source;
    copy.limits = limits;
    VmNic_clear(&copy);
    return nics;
}

int vm_plug_nic_update(const VmLive *live, const VmSetting *change, Error *err)
{
    const VmNic *want = find_nic(&live->now->config, change->device);
    xmlNode *running = vm_live_description(live->now->domain, err);
    VmConfig active = { 0 };
    VmConfig wanted = { 0 };
    int code = running ? 0 : err->code;
    if (code == 0)
        vm_config_read(running, &active);
    if (code == 0 && (!want || !find_nic(&active, change->device)))
        code = no_device(live, change, err);
    if (code == 0) {
        wanted.nics = wanted_nics(&active, want);
        code = vm_config_write(running, &wanted, err);
    }
    if (code == 0) {
        AUTO_FREE char *text = xml_to_text(vm_config_device(running, GROUP_NICS, change->device));
        code = outcome(live, virDomainUpdateDeviceFlags(live->now->domain, text, VIR_DOMAIN_AFFECT_LIVE), err);
    }
    VmConfig_clear(&active);
    VmConfig_clear(&wanted);
    xml_free(running);
    return code;
}

int vm_plug_password(const VmLive *live, const VmSetting *change, Error *err)
{
    xmlNode *running = vm_config_device(live->before->live, GROUP_GRAPHICS, change->device);
    xmlNode *wanted = vm_config_device(live->now->root, GROUP_GRAPHICS, change->device);
    if (!running || !wanted)
        return no_device(live, change, err);
    char *password = xml_attribute(wanted, "passwd", LIMIT_NAME);
    xml_set(running, "passwd", password);
    char *text = xml_to_text(running);
    int code = outcome(live, virDomainUpdateDeviceFlags(live->now->domain, text, VIR_DOMAIN_AFFECT_LIVE), err);
    x_free_secret(password);
    x_free_secret(text);
    return code;
}
