/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.capabilities: what guests can have here, from libvirt's domain capabilities; what libvirt does not list (models of cards) is known here. */
#include "agent/driver_read.h"
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/vm_definition.h"
#include "agent/xml_edit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the capabilities are asked for. */
typedef struct Guest {
    virConnectPtr conn;
    char *type;    /* kvm, qemu */
    char *arch;
    char *machine;
    char *emulator;
} Guest;

static void guest_clear(Guest *guest)
{
    virt_conn_cleanup(&guest->conn);
    free(guest->type);
    free(guest->arch);
    free(guest->machine);
    free(guest->emulator);
}

/* ---------------------------------------------------------------- words of libvirt */

static xmlNode *named_enum(xmlNode *parent, const char *name)
{
    for (xmlNode *node = xml_child(parent, "enum"); node; node = xml_next(node, "enum"))
        if (xml_attribute_is(node, "name", name))
            return node;
    return NULL;
}

static void read_words(xmlNode *parent, const char *name, StrList *ret)
{
    for (xmlNode *node = xml_child(named_enum(parent, name), "value"); node && ret->count < LIMIT_USERS; node = xml_next(node, "value")) {
        AUTO_FREE char *word = xml_text(node, LIMIT_NAME);
        if (word)
            StrList_add(ret, word);
    }
}

static bool has_word(xmlNode *parent, const char *name, const char *word)
{
    StrList words = { 0 };
    read_words(parent, name, &words);
    bool found = StrList_contains(&words, word);
    StrList_clear(&words);
    return found;
}

static void add_words(StrList *list, const char *const *words)
{
    for (; *words; words++)
        StrList_add(list, *words);
}

static void add_missing(GuestCapabilities *caps, bool there, const char *capability, const char *reason)
{
    MissingCapability missing = { x_strdup(capability), x_strdup(reason) };
    if (!there)
        MissingCapabilityList_add(&caps->missing, &missing);
    MissingCapability_clear(&missing);
}

/* ---------------------------------------------------------------- parts */

static void read_cpu(xmlNode *cpu, GuestCapabilities *caps)
{
    static const struct { const char *name; CpuMode mode; } modes[] = {
        { "host-passthrough", CPU_MODE_HOST_PASSTHROUGH }, { "host-model", CPU_MODE_HOST_MODEL },
        { "maximum", CPU_MODE_MAXIMUM }, { "custom", CPU_MODE_NAMED },
    };
    StrList_add(&caps->cpu_modes, CpuMode_name(CPU_MODE_DEFAULT));
    for (xmlNode *node = xml_child(cpu, "mode"); node; node = xml_next(node, "mode"))
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
            if (xml_attribute_is(node, "name", modes[i].name) && xml_attribute_is(node, "supported", "yes"))
                StrList_add(&caps->cpu_modes, CpuMode_name(modes[i].mode));
    xmlNode *custom = xml_child(cpu, "mode");
    while (custom && !xml_attribute_is(custom, "name", "custom"))
        custom = xml_next(custom, "mode");
    for (xmlNode *node = xml_child(custom, "model"); node && caps->cpu_models.count < LIMIT_CPU_MODELS; node = xml_next(node, "model")) {
        CpuModel model = { xml_text(node, LIMIT_NAME), xml_attribute(node, "vendor", LIMIT_NAME), xml_attribute_is(node, "usable", "yes") };
        if (model.name)
            CpuModelList_add(&caps->cpu_models, &model);
        CpuModel_clear(&model);
    }
}

static void read_firmware(xmlNode *os, GuestCapabilities *caps)
{
    caps->uefi = has_word(os, "firmware", "efi");
    caps->secure_boot = caps->uefi && has_word(xml_child(os, "loader"), "secure", "yes");
    add_missing(caps, caps->uefi, "uefi", "UEFI firmware for guests is not installed on the host (Debian: apt install ovmf).");
    add_missing(caps, caps->secure_boot || !caps->uefi, "secure_boot", "The host's UEFI firmware or this machine type has no Secure Boot (it needs q35).");
}

static void read_tpm(xmlNode *tpm, GuestCapabilities *caps)
{
    caps->tpm_emulator = has_word(tpm, "backendModel", "emulator");
    caps->tpm_passthrough = has_word(tpm, "backendModel", "passthrough");
    read_words(tpm, "model", &caps->tpm_models);
    add_missing(caps, caps->tpm_emulator, "tpm_emulator", "swtpm is not installed on the host (Debian: apt install swtpm swtpm-tools).");
}

static void read_host_devices(xmlNode *hostdev, GuestCapabilities *caps)
{
    caps->usb_passthrough = has_word(hostdev, "subsysType", "usb");
    caps->pci_passthrough = has_word(hostdev, "subsysType", "pci") && has_word(hostdev, "pciBackend", "vfio");
    add_missing(caps, caps->pci_passthrough, "pci_passthrough",
                "The host has no IOMMU, or it is switched off (firmware settings; kernel parameter intel_iommu=on, amd_iommu=on).");
}

static void read_devices(xmlNode *devices, GuestCapabilities *caps)
{
    read_words(xml_child(devices, "disk"), "bus", &caps->disk_buses);
    read_words(xml_child(devices, "graphics"), "type", &caps->graphics);
    read_words(xml_child(devices, "video"), "modelType", &caps->videos);
    read_tpm(xml_child(devices, "tpm"), caps);
    read_host_devices(xml_child(devices, "hostdev"), caps);
}

/* QEMU has these; libvirt's capabilities do not list them. */
static void add_models(const Guest *guest, GuestCapabilities *caps)
{
    static const char *const pc_scsi[] = { "virtio-scsi", "lsilogic", "lsisas1068", "vmpvscsi", NULL };
    static const char *const pc_nics[] = { "virtio", "e1000e", "e1000", "rtl8139", "vmxnet3", NULL };
    static const char *const pc_watchdogs[] = { "i6300esb", "ib700", NULL };
    static const char *const q35_watchdogs[] = { "i6300esb", "itco", NULL };
    static const char *const scsi[] = { "virtio-scsi", NULL };
    static const char *const nics[] = { "virtio", NULL };
    static const char *const watchdogs[] = { "i6300esb", NULL };
    bool pc = str_equal(guest->arch, "x86_64") || str_equal(guest->arch, "i686");
    add_words(&caps->scsi_models, pc ? pc_scsi : scsi);
    add_words(&caps->nic_models, pc ? pc_nics : nics);
    add_words(&caps->watchdogs, !pc ? watchdogs : strstr(str_or_empty(caps->machine), "q35") ? q35_watchdogs : pc_watchdogs);
}

static void read_pages(GuestCapabilities *caps)
{
    DIR *folder = opendir("/sys/kernel/mm/hugepages");
    const struct dirent *entry = NULL;
    while (folder && (entry = readdir(folder)) && caps->page_sizes.count < LIMIT_USERS) {
        long long kibibytes = 0;
        char text[32] = "";
        if (sscanf(entry->d_name, "hugepages-%lldkB", &kibibytes) != 1)
            continue;
        AUTO_FREE char *path = x_printf("/sys/kernel/mm/hugepages/%s/nr_hugepages", entry->d_name);
        FILE *file = fopen(path, "re");
        bool any = file && fgets(text, sizeof text, file) && strtoll(text, NULL, 10) > 0;
        if (file)
            fclose(file);
        AUTO_FREE char *size = x_printf("%lld", kibibytes * 1024);
        if (any)
            StrList_add(&caps->page_sizes, size);
    }
    if (folder)
        closedir(folder);
    add_missing(caps, caps->page_sizes.count != 0, "hugepages", "The host has set no huge pages aside (sysctl vm.nr_hugepages).");
}

static void read_machines(const Guest *guest, GuestCapabilities *caps)
{
    char *xml = virConnectGetCapabilities(guest->conn);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "capabilities", NULL) : NULL;
    free(xml);
    for (xmlNode *node = xml_child(root, "guest"); node; node = xml_next(node, "guest")) {
        xmlNode *arch = xml_child(node, "arch");
        if (!xml_attribute_is(arch, "name", str_or_empty(guest->arch)))
            continue;
        for (xmlNode *item = xml_child(arch, "machine"); item && caps->machines.count < LIMIT_CPU_MODELS; item = xml_next(item, "machine")) {
            MachineType machine = { xml_attribute(item, "canonical", LIMIT_NAME), NULL, xml_attribute_number(item, "maxCpus") };
            char *name = xml_text(item, LIMIT_NAME);
            if (machine.name)
                machine.alias = name;
            else
                machine.name = name;
            if (machine.name)
                MachineTypeList_add(&caps->machines, &machine);
            MachineType_clear(&machine);
        }
    }
    xml_free(root);
}

/* ---------------------------------------------------------------- the call */

static int guest_of_driver(Request *request, const char *driver, Guest *ret, Error *err)
{
    GuestPlatform platform = { 0 };
    int owner = drivers_find(request->agent->drivers, driver);
    if (owner < 0)
        return error_set(err, ERR_NOT_SUPPORTED, driver, "the host has no such driver");
    int code = drivers_connection(request->agent->drivers, owner, &ret->conn, err);
    if (code == 0 && !read_platform(&request->agent->config, ret->conn, &platform))
        code = error_set(err, ERR_NOT_SUPPORTED, driver, "PoolCenter does not make guests for this hypervisor yet");
    if (code == 0) {
        ret->type = x_strdup(platform.type);
        ret->arch = x_strdup(platform.arch);
        ret->machine = x_strdup(platform.machine);
    }
    guest_platform_clear(&platform);
    return code;
}

static int guest_of_vm(Request *request, const char *id, Guest *ret, Error *err)
{
    VmDefinition definition;
    int code = vm_definition_load(request->agent, id, &definition, err);
    if (code < 0)
        return code;
    xmlNode *type = xml_child(definition.root, "os/type");
    ret->type = xml_attribute(definition.root, "type", LIMIT_NAME);
    ret->arch = xml_attribute(type, "arch", LIMIT_NAME);
    ret->machine = xml_attribute(type, "machine", LIMIT_NAME);
    ret->emulator = xml_text(xml_child(definition.root, "devices/emulator"), LIMIT_PATH);
    code = drivers_connection(request->agent->drivers, definition.owner, &ret->conn, err);
    vm_definition_clear(&definition);
    return code;
}

static int read_capabilities(const Guest *guest, GuestCapabilities *ret, Error *err)
{
    char *xml = virConnectGetDomainCapabilities(guest->conn, guest->emulator, guest->arch, guest->machine, guest->type, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domainCapabilities", err) : NULL;
    bool told = xml != NULL;
    free(xml);
    if (!root)
        return told ? err->code : virt_error(err, "host.capabilities");
    *ret = (GuestCapabilities){
        .emulation = x_strdup(str_or_empty(guest->type)),
        .arch = xml_text(xml_child(root, "arch"), LIMIT_NAME),
        .machine = xml_text(xml_child(root, "machine"), LIMIT_NAME),
        .max_vcpus = xml_attribute_number(xml_child(root, "vcpu"), "max"),
    };
    read_firmware(xml_child(root, "os"), ret);
    read_cpu(xml_child(root, "cpu"), ret);
    read_devices(xml_child(root, "devices"), ret);
    xml_free(root);
    add_models(guest, ret);
    read_machines(guest, ret);
    read_pages(ret);
    return 0;
}

int handle_host_capabilities(Request *request, const CapabilitiesParams *params, GuestCapabilities *ret, Error *err)
{
    Guest guest = { 0 };
    int code = params->vm ? guest_of_vm(request, params->vm, &guest, err) : guest_of_driver(request, params->driver, &guest, err);
    if (code == 0)
        code = read_capabilities(&guest, ret, err);
    guest_clear(&guest);
    return code;
}
