/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt objects into messages: see driver_read.h. */
#include "agent/driver_read.h"
#include "agent/domain_xml.h"
#include "agent/network_xml.h"
#include "agent/rbd_disk.h"
#include "agent/snapshot_store.h"
#include "agent/store_probe.h"
#include "agent/vm_definition.h"
#include "agent/xml.h"
#include "protocol/datastore_type.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static VmState state_of(virDomainPtr domain)
{
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain, &state, NULL, 0) < 0)
        return VM_STATE_UNKNOWN;
    switch (state) {
    case VIR_DOMAIN_PAUSED:
    case VIR_DOMAIN_PMSUSPENDED: return VM_STATE_PAUSED;
    case VIR_DOMAIN_SHUTDOWN: return VM_STATE_SHUTTING_DOWN;
    case VIR_DOMAIN_SHUTOFF: return virDomainHasManagedSaveImage(domain, 0) > 0 ? VM_STATE_SAVED : VM_STATE_OFF;
    case VIR_DOMAIN_CRASHED: return VM_STATE_CRASHED;
    default: return VM_STATE_RUNNING;
    }
}

/* libvirt does not tell when a guest was started; QEMU's pid file does. */
static int64_t started_of(const char *driver, const char *name)
{
    struct stat status;
    AUTO_FREE char *path = x_printf("/run/libvirt/qemu/%s.pid", name);
    if (!str_equal(driver, "qemu") || stat(path, &status) < 0)
        return 0;
    return (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
}

/* What was known of the disk while its server was there. */
static int64_t known_capacity(Agent *agent, const char *vm, const char *path)
{
    VmInfo known;
    int64_t size = 0;
    if (!inventory_get_vm(agent->inventory, vm, &known, NULL))
        return 0;
    for (size_t i = 0; i < known.disks.count; i++)
        if (str_equal(known.disks.items[i].path, path))
            size = known.disks.items[i].capacity;
    VmInfo_clear(&known);
    return size;
}

static void resolve_disks(Agent *agent, VmInfo *vm)
{
    for (size_t i = 0; i < vm->disks.count; i++) {
        DiskInfo *disk = &vm->disks.items[i];
        if (!disk->path || (disk->path[0] != '/' && !rbd_path_is(disk->path)))
            continue;
        if (!disk->volume)
            inventory_find_volume(agent->inventory, disk->path, &disk->datastore, &disk->volume);
        if (disk->path[0] != '/')
            continue;
        int64_t size = store_probe_image(agent->store_probes, disk->path, disk->format);
        disk->capacity = size < 0 ? known_capacity(agent, vm->id, disk->path) : size;
    }
}

static VmHints ask_hints(virDomainPtr domain)
{
    int autostart = 0;
    bool got = virDomainGetAutostart(domain, &autostart) == 0;
    return (VmHints){ state_of(domain), got && autostart, virDomainIsPersistent(domain) == 0, true };
}

/* Without those that were deleted and wait for being merged. */
static int64_t count_snapshots(Agent *agent, virDomainPtr domain, const char *id)
{
    int count = virDomainSnapshotNum(domain, 0);
    int64_t hidden = count > 0 ? (int64_t)snapshot_records_deleted(agent, id) : 0;
    return count > hidden ? count - hidden : 0;
}

static bool is_on(VmState state) { return state == VM_STATE_RUNNING || state == VM_STATE_PAUSED || state == VM_STATE_SHUTTING_DOWN; }

static bool has_pending(virDomainPtr domain, const char *xml)
{
    char *stored = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    bool pending = stored && vm_descriptions_differ(xml, stored);
    free(stored);
    return pending;
}

int read_vm(Agent *agent, const char *driver, virDomainPtr domain, const VmHints *hints, VmInfo *ret, Error *err)
{
    char *xml = virDomainGetXMLDesc(domain, 0);
    if (!xml)
        return virt_error(err, virDomainGetName(domain));
    VmInfo vm;
    int code = domain_xml_read(xml, strlen(xml), &vm, err);
    if (code == 0) {
        VmHints facts = hints ? *hints : ask_hints(domain);
        vm.driver = x_strdup(driver);
        vm.state = facts.state;
        vm.autostart |= facts.autostart;
        vm.transient = facts.transient;
        vm.console = vm.console && !str_equal(driver, "test");
        vm.started = is_on(vm.state) ? started_of(driver, vm.name) : 0;
        vm.pending = is_on(vm.state) && !vm.transient && has_pending(domain, xml);
        vm.snapshots = facts.snapshots ? count_snapshots(agent, domain, vm.id) : 0;
        resolve_disks(agent, &vm);
        *ret = vm;
    }
    free(xml);
    return code;
}

static int64_t bounded(unsigned long long size) { return size > INT64_MAX ? INT64_MAX : (int64_t)size; }

static int read_pool_xml(virStoragePoolPtr pool, DatastoreInfo *datastore, Error *err)
{
    char *xml = virStoragePoolGetXMLDesc(pool, 0);
    if (!xml)
        return virt_error(err, datastore->name);
    xmlNode *root = xml_parse(xml, strlen(xml), "pool", err);
    free(xml);
    if (!root)
        return ERR_LIBVIRT;
    datastore->type = xml_attribute(root, "type", LIMIT_NAME);
    datastore->path = xml_text(xml_child(root, "target/path"), LIMIT_PATH);
    AUTO_FREE char *name = str_equal(datastore->type, "rbd") ? xml_text(xml_child(root, "source/name"), LIMIT_NAME) : NULL;
    if (name)
        datastore->path = x_printf(RBD_PATH "%s", name);
    if (!datastore->type)
        datastore->type = x_strdup("unknown");
    xml_free(root);
    return 0;
}

int read_datastore(virStoragePoolPtr pool, DatastoreInfo *ret, Error *err)
{
    char id[VIR_UUID_STRING_BUFLEN];
    virStoragePoolInfo info;
    if (virStoragePoolGetUUIDString(pool, id) < 0 || virStoragePoolGetInfo(pool, &info) < 0)
        return virt_error(err, virStoragePoolGetName(pool));
    DatastoreInfo datastore = { .id = x_strdup(id), .name = x_strdup(virStoragePoolGetName(pool)) };
    int code = read_pool_xml(pool, &datastore, err);
    if (code < 0) { /* undefined meanwhile */
        DatastoreInfo_clear(&datastore);
        return code;
    }
    int autostart = 0;
    datastore.autostart = virStoragePoolGetAutostart(pool, &autostart) == 0 && autostart;
    datastore.capacity = bounded(info.capacity);
    datastore.allocation = bounded(info.allocation);
    datastore.available = bounded(info.available);
    datastore.state = info.state == VIR_STORAGE_POOL_RUNNING ? DATASTORE_STATE_ACTIVE
        : info.state == VIR_STORAGE_POOL_DEGRADED ? DATASTORE_STATE_DEGRADED : DATASTORE_STATE_INACTIVE;
    *ret = datastore;
    return 0;
}

/* Seconds, with nanoseconds behind a point. */
static int64_t volume_time(xmlNode *root)
{
    AUTO_FREE char *seconds = xml_text(xml_child(root, "target/timestamps/mtime"), LIMIT_NAME);
    return seconds ? (int64_t)(strtod(seconds, NULL) * 1000) : 0;
}

int read_volume(virStorageVolPtr volume, VolumeInfo *ret, Error *err)
{
    char *xml = virStorageVolGetXMLDesc(volume, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "volume", err) : NULL;
    if (!root) {
        int code = xml ? ERR_LIBVIRT : virt_error(err, virStorageVolGetName(volume));
        free(xml);
        return code;
    }
    AUTO_FREE char *format = xml_attribute(xml_child(root, "target/format"), "type", LIMIT_NAME);
    AUTO_FREE char *path = xml_text(xml_child(root, "target/path"), LIMIT_PATH);
    *ret = (VolumeInfo){
        .name = x_strdup(virStorageVolGetName(volume)),
        .path = xml_attribute_is(root, "type", "network") ? rbd_path_of(path) : TAKE_PTR(path),
        .format = VolumeFormat_parse(format),
        .capacity = xml_size(xml_child(root, "capacity"), 1),
        .allocation = xml_size(xml_child(root, "allocation"), 1),
        .backing = xml_text(xml_child(root, "backingStore/path"), LIMIT_PATH),
        .modified = volume_time(root),
    };
    xml_free(root);
    free(xml);
    return 0;
}

static char *network_mode(xmlNode *root)
{
    xmlNode *forward = xml_child(root, "forward");
    if (!forward)
        return x_strdup("isolated");
    char *mode = xml_attribute(forward, "mode", LIMIT_NAME);
    return mode ? mode : x_strdup("nat");
}

static char *network_subnet_text(xmlNode *root)
{
    AUTO(NetworkConfig_clear) NetworkConfig config;
    uint32_t first = 0;
    uint32_t mask = 0;
    network_config_read(root, &config);
    if (!network_subnet(&config, &first, &mask))
        return NULL;
    return x_printf("%u.%u.%u.%u/%d", first >> 24, (first >> 16) & 255, (first >> 8) & 255, first & 255, (int)config.prefix);
}

int read_network(virNetworkPtr network, NetworkInfo *ret, Error *err)
{
    char id[VIR_UUID_STRING_BUFLEN];
    char *xml = virNetworkGetXMLDesc(network, 0);
    if (!xml || virNetworkGetUUIDString(network, id) < 0) {
        free(xml);
        return virt_error(err, virNetworkGetName(network));
    }
    NetworkInfo info = { .id = x_strdup(id), .name = x_strdup(virNetworkGetName(network)), .active = virNetworkIsActive(network) > 0 };
    xmlNode *root = xml_parse(xml, strlen(xml), "network", NULL);
    info.bridge = root ? xml_attribute(xml_child(root, "bridge"), "name", LIMIT_NAME) : NULL;
    info.mode = root ? network_mode(root) : NULL;
    info.subnet = root ? network_subnet_text(root) : NULL;
    int autostart = 0;
    info.autostart = virNetworkGetAutostart(network, &autostart) == 0 && autostart;
    xml_free(root);
    free(xml);
    *ret = info;
    return 0;
}

static bool enum_has(xmlNode *parent, const char *name, const char *value)
{
    for (xmlNode *node = xml_child(parent, "enum"); node; node = xml_next(node, "enum")) {
        if (!xml_attribute_is(node, "name", name))
            continue;
        for (xmlNode *word = xml_child(node, "value"); word; word = xml_next(word, "value")) {
            AUTO_FREE char *text = xml_text(word, LIMIT_NAME);
            if (str_equal(text, value))
                return true;
        }
    }
    return false;
}

static bool mode_supported(xmlNode *root, const char *mode)
{
    for (xmlNode *node = xml_child(root, "cpu/mode"); node; node = xml_next(node, "mode"))
        if (xml_attribute_is(node, "name", mode))
            return xml_attribute_is(node, "supported", "yes");
    return false;
}

static void read_capabilities(xmlNode *root, GuestPlatform *platform)
{
    platform->arch = xml_text(xml_child(root, "arch"), LIMIT_NAME);
    platform->max_vcpus = xml_attribute_number(xml_child(root, "vcpu"), "max");
    platform->uefi = enum_has(xml_child(root, "os"), "firmware", "efi");
    platform->video_virtio = enum_has(xml_child(root, "devices/video"), "modelType", "virtio");
    static const char *const modes[] = { "host-model", "host-passthrough", "maximum" }; /* under emulation only the last makes sense */
    for (size_t i = str_equal(platform->type, "kvm") ? 0 : 2; i < ARRAY_SIZE(modes) && !platform->cpu_mode; i++)
        if (mode_supported(root, modes[i]))
            platform->cpu_mode = modes[i];
}

static bool try_platform(virConnectPtr conn, const char *type, const char *machine, GuestPlatform *ret)
{
    char *xml = virConnectGetDomainCapabilities(conn, NULL, NULL, machine, type, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domainCapabilities", NULL) : NULL;
    if (root) {
        *ret = (GuestPlatform){ .machine = x_strdup(machine), .type = type };
        read_capabilities(root, ret);
    }
    xml_free(root);
    free(xml);
    return root != NULL;
}

static bool read_qemu(const Config *config, virConnectPtr conn, GuestPlatform *ret)
{
    static const char *const machines[] = { "q35", "virt", "pc", NULL };
    for (size_t kvm = config->allow_kvm ? 1 : 0; kvm < 2; kvm--)
        for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
            if (try_platform(conn, kvm ? "kvm" : "qemu", machines[i], ret))
                return true;
    return false;
}

bool read_platform(const Config *config, virConnectPtr conn, GuestPlatform *ret)
{
    const char *type = virConnectGetType(conn);
    if (str_equal(type, "QEMU"))
        return read_qemu(config, conn, ret);
    if (!str_equal(type, "TEST") && !str_equal(type, "Test"))
        return false;
    *ret = (GuestPlatform){ .arch = x_strdup("x86_64"), .machine = NULL, .type = "test", .max_vcpus = 32 };
    return true;
}

void guest_platform_clear(GuestPlatform *platform)
{
    free(platform->arch);
    free(platform->machine);
    *platform = (GuestPlatform){ 0 };
}

static char *version_text(unsigned long version)
{
    return x_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

static void add_missing(DriverInfo *driver, const char *capability, const char *reason)
{
    MissingCapability missing = { x_strdup(capability), x_strdup(reason) };
    MissingCapabilityList_add(&driver->missing, &missing);
}

void read_driver(const Config *config, virConnectPtr conn, DriverInfo *ret)
{
    unsigned long version = 0;
    GuestPlatform platform = { 0 };
    DriverInfo driver = { .name = x_strdup(str_or_empty(virConnectGetType(conn))) };
    for (char *p = driver.name; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    driver.version = virConnectGetVersion(conn, &version) == 0 ? version_text(version) : NULL;
    if (read_platform(config, conn, &platform)) {
        driver.kvm = str_equal(platform.type, "kvm");
        driver.uefi = platform.uefi;
        driver.max_vcpus = platform.max_vcpus;
    } else {
        add_missing(&driver, method_name(METHOD_vm_create), "PoolCenter does not make guests for this hypervisor yet.");
    }
    if (str_equal(driver.name, "test"))
        add_missing(&driver, method_name(METHOD_vm_open_console), "libvirt's test driver has no screens.");
    guest_platform_clear(&platform);
    *ret = driver;
}
