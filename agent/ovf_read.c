/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OVF and libvirt's XML into an Appliance: see ovf_read.h. Names of elements count, namespaces do not: tools disagree about them. The hardware is a list
 * of CIM resource items, whose numbers are CIM_ResourceAllocationSettingData.ResourceType.
 */
#include "agent/ovf_read.h"
#include "agent/domain_xml.h"
#include "agent/ovf_guest.h"
#include "agent/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESOURCE_CPU = 3, RESOURCE_MEMORY = 4, RESOURCE_IDE = 5, RESOURCE_SCSI = 6, RESOURCE_NIC = 10, RESOURCE_FLOPPY = 14, RESOURCE_CD = 15,
       RESOURCE_DVD = 16, RESOURCE_DISK = 17, RESOURCE_STORAGE = 20, RESOURCE_USB = 23, RESOURCE_GRAPHICS = 24, RESOURCE_SOUND = 35 };

#define MEMORY_MAX (INT64_C(1) << 46)
#define CAPACITY_MAX (INT64_C(1) << 50)
enum { VCPUS_MAX = 4096 };

static int invalid(const char *name, const char *why, Error *err) { return error_set(err, ERR_APPLIANCE_INVALID, name, "%s", why); }

/* ---------------------------------------------------------------- attributes in any namespace */

static char *any_attribute(xmlNode *node, const char *name, size_t limit)
{
    for (xmlAttr *at = node ? node->properties : NULL; at; at = at->next)
        if (strcmp((const char *)at->name, name) == 0)
            return xml_text((xmlNode *)at, limit);
    return NULL;
}

static int64_t any_number(xmlNode *node, const char *name)
{
    AUTO_FREE char *text = any_attribute(node, name, LIMIT_NAME);
    char *end = NULL;
    long long number = text ? strtoll(text, &end, 10) : 0;
    return number < 0 || number == INT64_MAX ? 0 : number;
}

/* ---------------------------------------------------------------- units */

/* "byte * 2^20", "MegaBytes", "MB" ...: bytes of one unit; 0: not known. */
static int64_t unit_of(const char *text, int64_t otherwise)
{
    static const struct { const char *word; int power; } words[] = {
        { "byte", 0 }, { "bytes", 0 }, { "kilobytes", 10 }, { "kb", 10 }, { "kib", 10 }, { "megabytes", 20 }, { "mb", 20 }, { "mib", 20 },
        { "gigabytes", 30 }, { "gb", 30 }, { "gib", 30 }, { "terabytes", 40 }, { "tb", 40 },
    };
    int power = 0;
    if (str_empty(text))
        return otherwise;
    if (sscanf(text, " byte * 2 ^ %2d", &power) == 1 && power >= 0 && power <= 50)
        return INT64_C(1) << power;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcasecmp(text, words[i].word) == 0)
            return INT64_C(1) << words[i].power;
    return 0;
}

static int64_t bounded_product(int64_t number, int64_t unit, int64_t most)
{
    int64_t product = 0;
    return __builtin_mul_overflow(number, unit, &product) || product > most ? 0 : product;
}

/* ---------------------------------------------------------------- files and disks */

typedef struct OvfReader {
    const char *name; /* of the file */
    xmlNode *root;
    Appliance *out;
    char *configuration; /* whose hardware is taken; NULL: it offers no choice */
    StrList replaced;    /* InstanceIDs of which this configuration has items of its own */
} OvfReader;

static xmlNode *find_with(xmlNode *list, const char *element, const char *attribute, const char *value)
{
    for (xmlNode *node = xml_child(list, element); node; node = xml_next(node, element)) {
        AUTO_FREE char *text = any_attribute(node, attribute, LIMIT_NAME);
        if (str_equal(text, value))
            return node;
    }
    return NULL;
}

/* A name beside the description, nothing else. */
static int check_href(const OvfReader *reader, const char *href, Error *err)
{
    if (str_empty(href))
        return invalid(reader->name, "a disk has no file", err);
    if (strchr(href, '/') || strchr(href, '\\') || strchr(href, ':') || *href == '.')
        return error_set(err, ERR_APPLIANCE_INVALID, reader->name, "its file '%s' is not beside it", href);
    return 0;
}

/* "disk.vmdk.000000000" and so on: DSP0243, "References to files". */
static int name_chunks(const OvfReader *reader, int64_t size, int64_t chunk, ApplianceDisk *disk, Error *err)
{
    int64_t count = size > 0 ? (size - 1) / chunk + 1 : 0;
    if (!count)
        return invalid(reader->name, "a file that is cut into pieces has no size", err);
    if (count > LIMIT_PARTS || strlen(disk->file) + 10 > LIMIT_NAME)
        return error_set(err, ERR_APPLIANCE_INVALID, reader->name, "a file is cut into more than %d pieces", LIMIT_PARTS);
    for (int64_t i = 0; i < count; i++) {
        AUTO_FREE char *part = x_printf("%s.%09lld", disk->file, (long long)i);
        StrList_add(&disk->parts, part);
    }
    return 0;
}

static int read_storage(const OvfReader *reader, xmlNode *file, ApplianceDisk *disk, Error *err)
{
    AUTO_FREE char *packed = any_attribute(file, "compression", LIMIT_NAME);
    int64_t chunk = any_number(file, "chunkSize");
    disk->packed = packed && strcasecmp(packed, "gzip") == 0;
    if (packed && *packed && !disk->packed && strcasecmp(packed, "identity") != 0)
        return error_set(err, ERR_APPLIANCE_INVALID, reader->name, "its files are compressed by %s; only gzip is known", packed);
    return chunk > 0 ? name_chunks(reader, disk->size, chunk, disk, err) : 0;
}

static VolumeFormat format_of(xmlNode *disk)
{
    AUTO_FREE char *uri = any_attribute(disk, "format", LIMIT_PATH);
    static const struct { const char *part; VolumeFormat format; } known[] = {
        { "vmdk", VOLUME_FORMAT_VMDK }, { "vhdx", VOLUME_FORMAT_VHDX }, { "vhd", VOLUME_FORMAT_VPC }, { "vdi", VOLUME_FORMAT_VDI }, { "qcow", VOLUME_FORMAT_QCOW2 },
    };
    for (size_t i = 0; uri && i < ARRAY_SIZE(known); i++)
        if (strcasestr(uri, known[i].part))
            return known[i].format;
    return VOLUME_FORMAT_UNKNOWN;
}

static int read_file(const OvfReader *reader, const char *reference, ApplianceDisk *disk, Error *err)
{
    xmlNode *file = find_with(xml_child(reader->root, "References"), "File", "id", reference);
    disk->file = any_attribute(file, "href", LIMIT_NAME);
    disk->size = any_number(file, "size");
    int code = check_href(reader, disk->file, err);
    return code < 0 ? code : read_storage(reader, file, disk, err);
}

/* No file: the VM gets a new disk of that size. */
static int read_empty(const OvfReader *reader, const char *id, ApplianceDisk *disk, Error *err)
{
    if (disk->capacity < 512)
        return invalid(reader->name, "a disk has neither a file nor a size", err);
    disk->empty = true;
    disk->file = x_strdup(id);
    return check_href(reader, disk->file, err);
}

/* The disk that an item's HostResource ("ovf:/disk/ID", "ovf:/file/ID") means. */
static int add_disk(OvfReader *reader, const char *resource, DiskBus bus, Error *err)
{
    const char *id = resource ? strrchr(resource, '/') : NULL;
    bool direct = resource && strstr(resource, "/file/");
    xmlNode *disk = id && !direct ? find_with(xml_child(reader->root, "DiskSection"), "Disk", "diskId", id + 1) : NULL;
    AUTO_FREE char *reference = disk ? any_attribute(disk, "fileRef", LIMIT_NAME) : x_strdup(direct ? id + 1 : NULL);
    AUTO_FREE char *parent = any_attribute(disk, "parentRef", LIMIT_NAME);
    AUTO_FREE char *units = any_attribute(disk, "capacityAllocationUnits", LIMIT_NAME);
    if (!disk && !direct)
        return invalid(reader->name, "a disk of its hardware is not described", err);
    if (parent)
        return invalid(reader->name, "a disk is the difference to another disk", err);
    ApplianceDisk found = { .format = format_of(disk), .bus = bus };
    found.capacity = bounded_product(any_number(disk, "capacity"), unit_of(units, 1), CAPACITY_MAX);
    int code = reference ? read_file(reader, reference, &found, err) : read_empty(reader, id + 1, &found, err);
    if (code == 0 && reader->out->disks.count >= LIMIT_DEVICES)
        code = invalid(reader->name, "it has too many disks", err);
    if (code == 0)
        ApplianceDiskList_add(&reader->out->disks, &found);
    ApplianceDisk_clear(&found);
    return code;
}

/* ---------------------------------------------------------------- configurations (DSP0243, "DeploymentOptionSection") */

/* The one marked as default, else the first; the caller frees. NULL: the hardware is always the same. */
static char *default_configuration(xmlNode *root)
{
    xmlNode *section = xml_child(root, "DeploymentOptionSection");
    xmlNode *chosen = find_with(section, "Configuration", "default", "true");
    if (!chosen)
        chosen = find_with(section, "Configuration", "default", "1");
    return any_attribute(chosen ? chosen : xml_child(section, "Configuration"), "id", LIMIT_NAME);
}

static bool has_word(const char *list, const char *word)
{
    static const char blanks[] = " \t\r\n";
    for (const char *at = list + strspn(list, blanks); *at; at += strspn(at, blanks)) {
        size_t length = strcspn(at, blanks);
        if (strlen(word) == length && memcmp(at, word, length) == 0)
            return true;
        at += length;
    }
    return false;
}

/* An item that is bound to other configurations than ours, or that only says how little or much is possible. */
static bool is_other(const OvfReader *reader, const char *configurations, xmlNode *item)
{
    AUTO_FREE char *bound = any_attribute(item, "bound", LIMIT_NAME);
    if (bound && strcmp(bound, "normal") != 0)
        return true;
    return reader->configuration && configurations && !has_word(configurations, reader->configuration);
}

static bool is_replaced(const OvfReader *reader, xmlNode *item)
{
    AUTO_FREE char *id = reader->replaced.count ? xml_text(xml_child(item, "InstanceID"), LIMIT_NAME) : NULL;
    for (size_t i = 0; id && i < reader->replaced.count; i++)
        if (str_equal(reader->replaced.items[i], id))
            return true;
    return false;
}

static bool is_taken(const OvfReader *reader, xmlNode *item)
{
    AUTO_FREE char *configurations = any_attribute(item, "configuration", LIMIT_TEXT);
    return !is_other(reader, configurations, item) && (configurations || !is_replaced(reader, item));
}

/* Items of the configuration stand for those of the same id that are for all of them. */
static void find_replaced(OvfReader *reader, xmlNode *item)
{
    AUTO_FREE char *configurations = any_attribute(item, "configuration", LIMIT_TEXT);
    bool ours = configurations && reader->configuration && !is_other(reader, configurations, item);
    AUTO_FREE char *id = ours ? xml_text(xml_child(item, "InstanceID"), LIMIT_NAME) : NULL;
    if (id && reader->replaced.count < LIMIT_DEVICES)
        StrList_add(&reader->replaced, id);
}

/* ---------------------------------------------------------------- hardware items */

static xmlNode *next_item(xmlNode *node)
{
    for (; node; node = node->next)
        if (xml_is(node, "Item") || xml_is(node, "StorageItem") || xml_is(node, "EthernetPortItem"))
            return node;
    return NULL;
}

static int64_t item_type(xmlNode *item) { return xml_number(xml_child(item, "ResourceType")); }

static DiskBus bus_of_controller(xmlNode *item)
{
    AUTO_FREE char *kind = xml_text(xml_child(item, "ResourceSubType"), LIMIT_NAME);
    int64_t type = item_type(item);
    if (type == RESOURCE_IDE)
        return DISK_BUS_IDE;
    if (type == RESOURCE_SCSI && kind && strcasestr(kind, "virtio"))
        return DISK_BUS_VIRTIO;
    if (type == RESOURCE_SCSI)
        return DISK_BUS_SCSI;
    return kind && strcasestr(kind, "virtio") ? DISK_BUS_VIRTIO : DISK_BUS_SATA; /* AHCI, NVMe */
}

static DiskBus bus_of(xmlNode *first, xmlNode *disk)
{
    AUTO_FREE char *parent = xml_text(xml_child(disk, "Parent"), LIMIT_NAME);
    for (xmlNode *item = next_item(first); parent && item; item = next_item(item->next)) {
        AUTO_FREE char *id = xml_text(xml_child(item, "InstanceID"), LIMIT_NAME);
        if (str_equal(id, parent))
            return bus_of_controller(item);
    }
    return DISK_BUS_SATA;
}

static NicModel model_of(const char *kind)
{
    if (!kind)
        return NIC_MODEL_UNKNOWN;
    if (strcasestr(kind, "virtio"))
        return NIC_MODEL_VIRTIO;
    if (strcasestr(kind, "e1000e") || strcasestr(kind, "vmxnet"))
        return NIC_MODEL_E1000E;
    if (strcasestr(kind, "rtl8139"))
        return NIC_MODEL_RTL8139;
    return NIC_MODEL_E1000;
}

static void add_nic(OvfReader *reader, xmlNode *item)
{
    AUTO_FREE char *kind = xml_text(xml_child(item, "ResourceSubType"), LIMIT_NAME);
    ApplianceNic nic = { .network = xml_text(xml_child(item, "Connection"), LIMIT_NAME), .model = model_of(kind) };
    if (reader->out->nics.count < LIMIT_DEVICES)
        ApplianceNicList_add(&reader->out->nics, &nic);
    ApplianceNic_clear(&nic);
}

/* Controllers, drives, screens and inputs are made anew; all else is told. */
static void add_ignored(OvfReader *reader, xmlNode *item, int64_t type)
{
    static const int quiet[] = { RESOURCE_IDE, RESOURCE_SCSI, RESOURCE_FLOPPY, RESOURCE_CD, RESOURCE_DVD, RESOURCE_STORAGE, RESOURCE_USB, RESOURCE_GRAPHICS };
    for (size_t i = 0; i < ARRAY_SIZE(quiet); i++)
        if (type == quiet[i])
            return;
    AUTO_FREE char *title = xml_text(xml_child(item, "ElementName"), LIMIT_NAME);
    AUTO_FREE char *about = xml_text(xml_child(item, "Description"), LIMIT_NAME);
    const char *text = !str_empty(title) ? title : about;
    if (!str_empty(text) && reader->out->ignored.count < LIMIT_DEVICES)
        StrList_add(&reader->out->ignored, text);
}

static int read_item(OvfReader *reader, xmlNode *first, xmlNode *item, Error *err)
{
    int64_t type = item_type(item);
    int64_t quantity = xml_number(xml_child(item, "VirtualQuantity"));
    AUTO_FREE char *units = xml_text(xml_child(item, "AllocationUnits"), LIMIT_NAME);
    AUTO_FREE char *resource = xml_text(xml_child(item, "HostResource"), LIMIT_NAME);
    if (type == RESOURCE_CPU)
        reader->out->vcpus = quantity > VCPUS_MAX ? 0 : quantity;
    else if (type == RESOURCE_MEMORY)
        reader->out->memory = bounded_product(quantity, unit_of(units, 1 << 20), MEMORY_MAX);
    else if (type == RESOURCE_DISK)
        return add_disk(reader, resource, bus_of(first, item), err);
    else if (type == RESOURCE_NIC)
        add_nic(reader, item);
    else
        add_ignored(reader, item, type);
    return 0;
}

static int read_hardware(OvfReader *reader, xmlNode *hardware, Error *err)
{
    xmlNode *first = hardware->children;
    int code = 0;
    reader->configuration = default_configuration(reader->root);
    for (xmlNode *item = next_item(first); item; item = next_item(item->next))
        find_replaced(reader, item);
    for (xmlNode *item = next_item(first); item && code == 0; item = next_item(item->next))
        code = is_taken(reader, item) ? read_item(reader, first, item, err) : 0;
    return code;
}

/* ---------------------------------------------------------------- words */

/* The text of an element whose attribute msgid may lead to a table of strings; the caller frees. */
static char *message_of(const OvfReader *reader, xmlNode *node, size_t limit)
{
    AUTO_FREE char *id = any_attribute(node, "msgid", LIMIT_NAME);
    xmlNode *entry = NULL;
    for (xmlNode *table = id ? xml_child(reader->root, "Strings") : NULL; table && !entry; table = xml_next(table, "Strings"))
        entry = find_with(table, "Msg", "msgid", id);
    return xml_text(entry ? entry : node, limit);
}

/* Blank lines around it are gone. Takes and gives a string. */
static char *trimmed(char *text)
{
    if (!text)
        return NULL;
    size_t begin = strspn(text, " \t\r\n");
    size_t end = strlen(text);
    while (end > begin && strchr(" \t\r\n", text[end - 1]))
        end--;
    char *kept = end > begin ? x_strndup(text + begin, end - begin) : NULL;
    free(text);
    return kept;
}

static void read_licenses(OvfReader *reader, xmlNode *system)
{
    for (xmlNode *section = xml_child(system, "EulaSection"); section; section = xml_next(section, "EulaSection")) {
        ApplianceText text = { trimmed(message_of(reader, xml_child(section, "License"), LIMIT_LICENSE)) };
        if (text.text && reader->out->licenses.count < LIMIT_LICENSES)
            ApplianceTextList_add(&reader->out->licenses, &text);
        ApplianceText_clear(&text);
    }
}

static void read_product(OvfReader *reader, xmlNode *system)
{
    xmlNode *section = xml_child(system, "ProductSection");
    AUTO_FREE char *product = trimmed(message_of(reader, xml_child(section, "Product"), 80));
    AUTO_FREE char *version = trimmed(message_of(reader, xml_child(section, "FullVersion"), 80));
    if (!version)
        version = trimmed(message_of(reader, xml_child(section, "Version"), 80));
    AUTO_FREE char *vendor = trimmed(message_of(reader, xml_child(section, "Vendor"), 80));
    if (product)
        reader->out->product = x_printf("%s%s%s%s%s", product, version ? " " : "", str_or_empty(version), vendor ? ", " : "", str_or_empty(vendor));
}

static void read_system_kind(OvfReader *reader, xmlNode *system)
{
    xmlNode *section = xml_child(system, "OperatingSystemSection");
    AUTO_FREE char *vmware = any_attribute(section, "osType", LIMIT_NAME);
    AUTO_FREE char *virtualbox = xml_text(xml_child(section, "OSType"), LIMIT_NAME);
    AUTO_FREE char *words = trimmed(message_of(reader, xml_child(section, "Description"), LIMIT_NAME));
    reader->out->guest = x_strdup(ovf_guest_kind(vmware ? vmware : virtualbox, words, any_number(section, "id")));
    reader->out->system = words ? TAKE_PTR(words) : vmware ? TAKE_PTR(vmware) : TAKE_PTR(virtualbox);
}

/* VMware: a Config element; VirtualBox: its own description of the machine. */
static Firmware firmware_of(xmlNode *system, xmlNode *hardware)
{
    AUTO_FREE char *virtualbox = any_attribute(xml_child(system, "Machine/Hardware/Firmware"), "type", LIMIT_NAME);
    if (virtualbox)
        return strncasecmp(virtualbox, "EFI", 3) == 0 ? FIRMWARE_UEFI : FIRMWARE_BIOS;
    xmlNode *config = find_with(hardware, "Config", "key", "firmware");
    AUTO_FREE char *vmware = any_attribute(config, "value", LIMIT_NAME);
    if (vmware)
        return strcasecmp(vmware, "efi") == 0 ? FIRMWARE_UEFI : FIRMWARE_BIOS;
    return FIRMWARE_UNKNOWN;
}

/* ---------------------------------------------------------------- the whole */

char *appliance_name_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *begin = slash ? slash + 1 : file;
    const char *dot = strrchr(begin, '.');
    size_t length = dot && dot > begin ? (size_t)(dot - begin) : strlen(begin);
    char *name = x_strndup(begin, length > 200 ? 200 : length);
    for (char *at = name; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == '/' || *at == 0x7f)
            *at = '-';
    char *kept = trimmed(name);
    return kept ? kept : x_strdup("vm");
}

static void read_name(OvfReader *reader, xmlNode *system)
{
    AUTO_FREE char *title = trimmed(message_of(reader, xml_child(system, "Name"), LIMIT_NAME));
    AUTO_FREE char *id = any_attribute(system, "id", LIMIT_NAME);
    AUTO_FREE char *plain = x_printf("%s.", !str_empty(title) ? title : !str_empty(id) ? id : "");
    reader->out->name = appliance_name_of(plain[1] ? plain : reader->name);
}

static int read_one_system(OvfReader *reader, xmlNode *system, Error *err)
{
    xmlNode *hardware = xml_child(system, "VirtualHardwareSection");
    if (!hardware)
        return invalid(reader->name, "it describes no hardware", err);
    read_name(reader, system);
    reader->out->description = trimmed(message_of(reader, xml_child(system, "AnnotationSection/Annotation"), LIMIT_TEXT));
    read_product(reader, system);
    read_system_kind(reader, system);
    read_licenses(reader, system);
    reader->out->firmware = firmware_of(system, hardware);
    return read_hardware(reader, hardware, err);
}

/* All VMs below the node, in the order of the text. */
static size_t find_systems(xmlNode *node, xmlNode **found, size_t count)
{
    for (xmlNode *at = node->children; at; at = at->next) {
        if (xml_is(at, "VirtualSystemCollection"))
            count = find_systems(at, found, count);
        else if (xml_is(at, "VirtualSystem")) {
            if (count < LIMIT_MACHINES)
                found[count] = at;
            count++;
        }
    }
    return count;
}

static char *title_of(const OvfReader *reader, xmlNode *system)
{
    char *title = trimmed(message_of(reader, xml_child(system, "Name"), LIMIT_NAME));
    return title ? title : any_attribute(system, "id", LIMIT_NAME);
}

static int list_systems(OvfReader *reader, xmlNode *const *systems, size_t count, Error *err)
{
    for (size_t i = 0; i < count; i++) {
        ApplianceMachine system = { any_attribute(systems[i], "id", LIMIT_NAME), title_of(reader, systems[i]) };
        bool usable = !str_empty(system.id) && !str_empty(system.name);
        for (size_t j = 0; j < i && usable; j++)
            usable = !str_equal(reader->out->machines.items[j].id, system.id);
        if (usable)
            ApplianceMachineList_add(&reader->out->machines, &system);
        ApplianceMachine_clear(&system);
        if (!usable)
            return invalid(reader->name, "it holds several VMs, and not each has an id of its own", err);
    }
    return 0;
}

static int read_envelope(OvfReader *reader, const char *wanted, Error *err)
{
    xmlNode *systems[LIMIT_MACHINES];
    size_t chosen = 0;
    size_t count = find_systems(reader->root, systems, 0);
    if (!count)
        return invalid(reader->name, "it describes no VM", err);
    if (count > LIMIT_MACHINES)
        return error_set(err, ERR_APPLIANCE_INVALID, reader->name, "it holds more than %d VMs", LIMIT_MACHINES);
    int code = count > 1 ? list_systems(reader, systems, count, err) : 0;
    while (code == 0 && wanted && chosen < count && !str_equal(count > 1 ? reader->out->machines.items[chosen].id : "", wanted))
        chosen++;
    if (code == 0 && chosen == count)
        code = error_set(err, ERR_APPLIANCE_INVALID, reader->name, "it has no VM with the id '%s'", wanted);
    if (code < 0)
        return code;
    reader->out->machine = count > 1 ? x_strdup(reader->out->machines.items[chosen].id) : NULL;
    for (xmlNode *above = systems[chosen]->parent; above && above != reader->root; above = above->parent)
        read_licenses(reader, above);
    return read_one_system(reader, systems[chosen], err);
}

/* A document type could define entities that expand without end, or name files. */
static xmlNode *parse(const char *text, size_t length, const char *root, const char *name, Error *err)
{
    Error why = { 0 };
    if (length > DESCRIPTION_MAX) {
        invalid(name, "its description is too long", err);
        return NULL;
    }
    xmlNode *node = xml_parse(text, length, root, &why);
    error_clear(&why);
    if (!node)
        error_set(err, ERR_APPLIANCE_INVALID, name, "it is not a description of a VM (%s)", root);
    else if (node->doc->intSubset || node->doc->extSubset) {
        xml_free(node);
        node = NULL;
        invalid(name, "it has a document type declaration, which such files do not need", err);
    }
    return node;
}

int ovf_read(const char *text, size_t length, const char *name, const char *system, Appliance *ret, Error *err)
{
    Appliance appliance = { .kind = APPLIANCE_OVF };
    OvfReader reader = { .name = name, .root = parse(text, length, "Envelope", name, err), .out = &appliance };
    if (!reader.root)
        return ERR_APPLIANCE_INVALID;
    int code = read_envelope(&reader, system, err);
    xml_free(reader.root);
    free(reader.configuration);
    StrList_clear(&reader.replaced);
    if (code == 0)
        *ret = appliance;
    else
        Appliance_clear(&appliance);
    return code;
}

/* ---------------------------------------------------------------- libvirt */

static void take_disks(const VmInfo *vm, Appliance *appliance)
{
    for (size_t i = 0; i < vm->disks.count; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        const char *slash = disk->path ? strrchr(disk->path, '/') : NULL;
        const char *file = slash ? slash + 1 : disk->volume;
        if (disk->device != DISK_DEVICE_DISK || str_empty(file) || *file == '.' || strlen(file) > LIMIT_NAME)
            continue;
        ApplianceDisk found = { .file = x_strdup(file), .format = disk->format, .bus = disk->bus };
        ApplianceDiskList_add(&appliance->disks, &found);
    }
}

static void take_nics(const VmInfo *vm, Appliance *appliance)
{
    for (size_t i = 0; i < vm->nics.count; i++) {
        ApplianceNic nic = { .network = x_strdup(vm->nics.items[i].network), .model = model_of(vm->nics.items[i].model) };
        ApplianceNicList_add(&appliance->nics, &nic);
    }
}

int libvirt_read(const char *text, size_t length, const char *name, Appliance *ret, Error *err)
{
    VmInfo vm = { 0 };
    Error why = { 0 };
    xmlNode *root = parse(text, length, "domain", name, err);
    if (!root)
        return ERR_APPLIANCE_INVALID;
    xml_free(root);
    int code = domain_xml_read(text, length, &vm, &why);
    if (code == 0 && vm.kind != VM_KIND_MACHINE)
        code = error_set(&why, ERR_APPLIANCE_INVALID, name, "it describes a container");
    if (code < 0)
        code = error_set(err, ERR_APPLIANCE_INVALID, name, "%s", str_or_empty(why.cause));
    error_clear(&why);
    if (code == 0) {
        Appliance appliance = {
            .kind = APPLIANCE_LIBVIRT,
            .name = TAKE_PTR(vm.name),
            .description = TAKE_PTR(vm.description),
            .guest = TAKE_PTR(vm.guest),
            .vcpus = vm.vcpus > VCPUS_MAX ? 0 : vm.vcpus,
            .memory = vm.memory > MEMORY_MAX ? 0 : vm.memory,
            .firmware = vm.firmware,
        };
        take_disks(&vm, &appliance);
        take_nics(&vm, &appliance);
        *ret = appliance;
    }
    VmInfo_clear(&vm);
    return code;
}
