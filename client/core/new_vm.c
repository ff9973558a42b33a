/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The New VM wizard without its window: see new_vm.h. UI thread. */
#include "client/core/new_vm.h"

#include "client/core/format.h"
#include "client/core/parts.h"
#include "client/core/rules.h"
#include "client/core/text.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char guest_setting[] = "new_vm.guest";

enum { MEMORY_MIB_MIN = 16, VCPUS_MAX = 4096, DISK_GIB_MAX = 64 * 1024 };

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }

static void set_text(char **field, const char *value)
{
    char *copy = x_strdup(value); /* value may be the field's own text */
    free(*field);
    *field = copy;
}

/* ---- what was typed, as numbers */

/* A whole number, -1 if it is none or absurdly large. */
static int64_t parse_whole(const char *typed)
{
    const char *p = str_or_empty(typed) + strspn(str_or_empty(typed), " ");
    size_t digits = strspn(p, "0123456789");
    if (!digits || digits > 12 || p[digits + strspn(p + digits, " ")])
        return -1;
    return strtoll(p, NULL, 10);
}

/* "20", "1.5" or "1,5" as MiB, rounded; -1 if it is no number. */
static int64_t parse_gib(const char *typed)
{
    const char *p = str_or_empty(typed) + strspn(str_or_empty(typed), " ");
    size_t whole = strspn(p, "0123456789");
    const char *rest = p + whole;
    int64_t thousandths = 0;
    size_t decimals = 0;
    if (*rest == '.' || *rest == ',') {
        decimals = strspn(++rest, "0123456789");
        for (size_t i = 0, unit = 100; i < decimals && unit; i++, unit /= 10)
            thousandths += (rest[i] - '0') * (int64_t)unit;
        rest += decimals;
    }
    if (whole + decimals == 0 || whole > 9 || rest[strspn(rest, " ")])
        return -1;
    int64_t gib = whole ? strtoll(p, NULL, 10) : 0;
    return gib * 1024 + (thousandths * 1024 + 500) / 1000;
}

static char *mib_text(int64_t bytes) { return x_printf("%lld", (long long)(bytes >> 20)); }

static char *gib_text(int64_t bytes)
{
    int64_t tenths = (bytes * 10 + (1LL << 29)) >> 30;
    return tenths % 10 ? x_printf("%lld.%d", (long long)(tenths / 10), (int)(tenths % 10)) : x_printf("%lld", (long long)(tenths / 10));
}

/* ---- what the host has */

static const HostInfo *host_of(const Server *server) { return model_host(server_model(server)); }

/* The driver that makes the VM: the request names none, so the agent takes the first. */
static const DriverInfo *driver_of(const Server *server)
{
    const HostInfo *host = host_of(server);
    return host && host->drivers.count ? &host->drivers.items[0] : NULL;
}

static bool has_uefi(const Server *server) { return driver_of(server) && driver_of(server)->uefi; }

static int64_t host_threads(const Server *server) { return host_of(server) && host_of(server)->cpu_threads > 0 ? host_of(server)->cpu_threads : VCPUS_MAX; }
static int64_t host_memory(const Server *server) { return host_of(server) && host_of(server)->memory > 0 ? host_of(server)->memory : INT64_MAX; }

/* ---- defaults */

/* As the host told it. */
static GuestKind kind_from(const GuestKindInfo *info)
{
    int64_t now = (int64_t)time(NULL);
    return (GuestKind){
        .id = info->id, .name = info->name, .family = info->family, .vcpus = (int)min64(info->vcpus, VCPUS_MAX), .memory = info->memory, .disk = info->disk,
        .bus = info->bus, .nic = info->nic, .firmware = info->firmware, .tpm = info->tpm, .cloud_init = info->cloud_init, .answer_file = info->answer_file,
        .vendor = info->vendor, .old = info->ends > 0 && info->ends / 1000 < now,
    };
}

size_t new_vm_kind_count(const NewVm *form) { return form->kinds ? form->kinds->kinds.count : guest_kind_count(); }

GuestKind new_vm_kind_at(const NewVm *form, size_t index) { return form->kinds ? kind_from(&form->kinds->kinds.items[index]) : *guest_kind_at(index); }

bool new_vm_find_kind(const NewVm *form, const char *id, GuestKind *ret)
{
    const GuestKind *own = guest_kind_find(id);
    for (size_t i = 0; form->kinds && i < form->kinds->kinds.count; i++)
        if (str_equal(form->kinds->kinds.items[i].id, id)) {
            *ret = kind_from(&form->kinds->kinds.items[i]);
            return true;
        }
    if (own)
        *ret = *own;
    return own != NULL;
}

/* What a guest kind means on this host: no more CPUs and memory than there are, BIOS where there is no UEFI. */
static GuestKind fitted(GuestKind fit, const Server *server)
{
    fit.vcpus = (int)min64(fit.vcpus, host_threads(server));
    fit.memory = min64(fit.memory, host_memory(server) / 2);
    if (fit.firmware == FIRMWARE_UEFI && !has_uefi(server))
        fit.firmware = FIRMWARE_BIOS;
    return fit;
}

/* Replaces what still has the default of the old guest kind. */
static void follow_text(char **field, const char *old_default, char *new_default)
{
    if (str_empty(*field) || str_equal(*field, old_default))
        set_text(field, new_default);
    free(new_default);
}

#define FOLLOW(field, old_default, new_default) \
    do { \
        if ((field) == (old_default)) \
            (field) = (new_default); \
    } while (0)

/* What still has the defaults of the old guest kind (NULL: nothing has) gets those of the new one. */
static void follow(NewVm *form, const Server *server, const GuestKind *old_kind, const GuestKind *kind)
{
    GuestKind now = fitted(*kind, server);
    GuestKind old = old_kind ? fitted(*old_kind, server) : (GuestKind){ 0 };
    AUTO_FREE char *old_vcpus = x_printf("%d", old.vcpus);
    AUTO_FREE char *old_memory = mib_text(old.memory);
    AUTO_FREE char *old_disk = gib_text(old.disk);
    follow_text(&form->vcpus, old_vcpus, x_printf("%d", now.vcpus));
    follow_text(&form->memory_mib, old_memory, mib_text(now.memory));
    follow_text(&form->disk_gib, old_disk, gib_text(now.disk));
    FOLLOW(form->disk_bus, old.bus, now.bus);
    FOLLOW(form->nic_model, old.nic, now.nic);
    FOLLOW(form->firmware, old.firmware, now.firmware);
    FOLLOW(form->tpm, old.tpm, now.tpm);
    set_text(&form->guest, kind->id);
}

void new_vm_set_guest(NewVm *form, const Server *server, const char *guest)
{
    GuestKind kind, old;
    if (!new_vm_find_kind(form, guest, &kind))
        return;
    bool known = new_vm_find_kind(form, form->guest, &old);
    follow(form, server, known ? &old : NULL, &kind);
}

/* What the host recommends takes the place of our own words; a kind that only the host knows may have been the last one. */
void new_vm_set_kinds(NewVm *form, const Server *server, const GuestKindTable *kinds)
{
    const char *last = settings_str(core_settings(server_core(server)), guest_setting, "");
    GuestKind old, kind;
    bool known = new_vm_find_kind(form, form->guest, &old), first = str_equal(form->guest, guest_kind_at(0)->id);
    form->kinds = kinds->kinds.count ? kinds : NULL;
    if ((first && !guest_kind_find(last) && new_vm_find_kind(form, last, &kind)) || new_vm_find_kind(form, form->guest, &kind))
        follow(form, server, known ? &old : NULL, &kind);
}

/* The active datastore with most room: volumes can be made in it. */
static const DatastoreInfo *best_datastore(const Model *model)
{
    const DatastoreInfo *best = NULL;
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *each = model_datastore_at(model, i);
        bool better = !best || (each->is_default && !best->is_default) || (each->is_default == best->is_default && each->available > best->available);
        if (rules_takes_volumes(each) && better)
            best = each;
    }
    return best;
}

/* The first active network in the order of names; libvirt's own before plain host bridges. */
static const NetworkInfo *best_network(const Model *model)
{
    const NetworkInfo *best = NULL;
    for (size_t i = 0; i < model_network_count(model); i++) {
        const NetworkInfo *each = model_network_at(model, i);
        bool better = !best || (best->host_bridge && !each->host_bridge) || (best->host_bridge == each->host_bridge && strcmp(each->name, best->name) < 0);
        if (each->active && better)
            best = each;
    }
    return best;
}

void new_vm_init(NewVm *form, const Server *server)
{
    const Model *model = server_model(server);
    const DatastoreInfo *datastore = best_datastore(model);
    const NetworkInfo *network = best_network(model);
    *form = (NewVm){
        .name = x_strdup(""),
        .description = x_strdup(""),
        .with_disk = datastore != NULL,
        .disk_datastore = x_strdup(datastore ? datastore->id : NULL),
        .disk_format = VOLUME_FORMAT_QCOW2,
        .with_nic = network != NULL,
        .network = x_strdup(network ? network->id : NULL),
        .start_now = true,
        .linked = true,
    };
    new_vm_seed_init(&form->seed);
    const char *last = settings_str(core_settings(server_core(server)), guest_setting, "");
    new_vm_set_guest(form, server, guest_kind_find(last) ? last : guest_kind_at(0)->id);
}

void new_vm_clear(NewVm *form)
{
    char **texts[] = { &form->name,   &form->description, &form->guest,    &form->media_datastore, &form->media_volume,
                       &form->vcpus,  &form->memory_mib,  &form->disk_gib, &form->disk_datastore,  &form->network,
                       &form->template, &form->copy_datastore };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(*texts[i]);
    new_vm_seed_clear(&form->seed);
    *form = (NewVm){ 0 };
}

/* ---- checks */

static char *say(TextId id) { return x_strdup(text(id)); }

static char *say_number(TextId id, int64_t number)
{
    AUTO_FREE char *digits = format_number(number);
    return text_format(id, digits, NULL);
}

static char *say_size(TextId id, int64_t bytes)
{
    AUTO_FREE char *size = format_size(bytes);
    return text_format(id, size, NULL);
}

static char *check_name(const NewVm *form, const Server *server)
{
    if (strlen(str_or_empty(form->description)) > LIMIT_TEXT)
        return say(TEXT_NEW_VM_DESCRIPTION_LONG);
    return rules_check_vm_name(server_model(server), form->name);
}

static char *check_guest(const NewVm *form, const Server *server)
{
    GuestKind kind;
    (void)server;
    return new_vm_find_kind(form, form->guest, &kind) ? NULL : say(TEXT_NEW_VM_GUEST_MISSING);
}

static char *check_media(const NewVm *form, const Server *server)
{
    if (!form->media_volume)
        return NULL;
    const DatastoreInfo *datastore = model_datastore(server_model(server), form->media_datastore);
    return datastore && datastore_works(datastore) ? NULL : say(TEXT_NEW_VM_MEDIA_GONE);
}

static char *check_cpu_memory(const NewVm *form, const Server *server)
{
    int64_t vcpus = parse_whole(form->vcpus);
    int64_t memory = parse_whole(form->memory_mib);
    const DriverInfo *driver = driver_of(server);
    if (vcpus < 1)
        return say(TEXT_NEW_VM_VCPUS_NUMBER);
    if (driver && driver->max_vcpus > 0 && vcpus > driver->max_vcpus)
        return text_plural(PLURAL_NEW_VM_VCPUS_DRIVER, driver->max_vcpus, NULL);
    if (vcpus > host_threads(server))
        return text_plural(PLURAL_NEW_VM_VCPUS_HOST, host_threads(server), NULL);
    if (memory < MEMORY_MIB_MIN)
        return say_number(TEXT_NEW_VM_MEMORY_NUMBER, MEMORY_MIB_MIN);
    if (memory > host_memory(server) >> 20)
        return say_size(TEXT_NEW_VM_MEMORY_HOST, host_memory(server));
    return NULL;
}

/* Thick disks need their room now; thin ones must only be able to become that large in an otherwise empty datastore. */
static char *check_disk_room(const NewVm *form, const DatastoreInfo *datastore, int64_t bytes)
{
    bool full = form->disk_thick && bytes > datastore->available;
    bool hopeless = !form->disk_thick && datastore->capacity > 0 && bytes > datastore->capacity;
    if (!full && !hopeless)
        return NULL;
    AUTO_FREE char *room = format_size(full ? datastore->available : datastore->capacity);
    return text_format(full ? TEXT_NEW_VM_DISK_SPACE : TEXT_NEW_VM_DISK_CAPACITY, datastore->name, room, NULL);
}

static char *check_disk(const NewVm *form, const Server *server)
{
    if (!form->with_disk)
        return NULL;
    const DatastoreInfo *datastore = model_datastore(server_model(server), form->disk_datastore);
    int64_t mib = parse_gib(form->disk_gib);
    if (!datastore)
        return say(TEXT_NEW_VM_DISK_DATASTORE);
    if (!datastore_works(datastore))
        return text_format(TEXT_NEW_VM_DISK_INACTIVE, datastore->name, NULL);
    if (mib < 1)
        return say(TEXT_NEW_VM_DISK_NUMBER);
    if (mib > (int64_t)DISK_GIB_MAX * 1024)
        return say_size(TEXT_NEW_VM_DISK_LARGE, (int64_t)DISK_GIB_MAX << 30);
    if (form->disk_format != VOLUME_FORMAT_QCOW2 && form->disk_format != VOLUME_FORMAT_RAW)
        return say(TEXT_NEW_VM_DISK_FORMAT);
    if (form->disk_bus == DISK_BUS_UNKNOWN)
        return say(TEXT_NEW_VM_DISK_BUS);
    return check_disk_room(form, datastore, mib << 20);
}

static char *check_network(const NewVm *form, const Server *server)
{
    if (!form->with_nic)
        return NULL;
    const NetworkInfo *network = model_network(server_model(server), form->network);
    if (!network)
        return say(TEXT_NEW_VM_NETWORK_MISSING);
    if (!network->active)
        return text_format(TEXT_NEW_VM_NETWORK_INACTIVE, network->name, NULL);
    return form->nic_model == NIC_MODEL_UNKNOWN ? say(TEXT_NEW_VM_NIC_MODEL) : NULL;
}

static char *check_firmware(const NewVm *form, const Server *server)
{
    if (form->firmware == FIRMWARE_UNKNOWN)
        return say(TEXT_NEW_VM_FIRMWARE_MISSING);
    return form->firmware == FIRMWARE_UEFI && !has_uefi(server) ? say(TEXT_NEW_VM_NO_UEFI) : NULL;
}

static const VmInfo *template_of(const NewVm *form, const Server *server)
{
    const VmInfo *vm = form->template ? model_vm(server_model(server), form->template) : NULL;
    return vm && vm->template ? vm : NULL;
}

static char *check_source(const NewVm *form, const Server *server)
{
    return !form->template || template_of(form, server) ? NULL : say(TEXT_NEW_VM_TEMPLATE_GONE);
}

static char *check_copy(const NewVm *form, const Server *server)
{
    const DatastoreInfo *datastore = form->copy_datastore ? model_datastore(server_model(server), form->copy_datastore) : NULL;
    if (!form->copy_datastore || (datastore && datastore_works(datastore)))
        return NULL;
    return datastore ? text_format(TEXT_NEW_VM_DISK_INACTIVE, datastore->name, NULL) : say(TEXT_NEW_VM_DISK_DATASTORE);
}

static char *check_cloud(const NewVm *form, const Server *server)
{
    (void)server;
    return new_vm_seed_check_cloud(&form->seed);
}

static char *check_cloud_more(const NewVm *form, const Server *server)
{
    (void)server;
    return new_vm_seed_check_network(&form->seed);
}

static char *check_answers(const NewVm *form, const Server *server)
{
    (void)server;
    return new_vm_seed_check_windows(&form->seed);
}

/* ---- which pages there are */

static bool any_templates(const Server *server)
{
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_vm_count(model); i++)
        if (model_vm_at(model, i)->template)
            return true;
    return false;
}

/* What sets the guest up: an image that was chosen as the template, or an installer. */
static const char *guest_of(const NewVm *form, const Server *server)
{
    const VmInfo *template = template_of(form, server);
    return template ? template->guest : form->guest;
}

bool new_vm_wants(const NewVm *form, const Server *server, NewVmPage page)
{
    GuestKind kind = { 0 };
    bool known = new_vm_find_kind(form, guest_of(form, server), &kind);
    bool seeds = server_can((Server *)server, METHOD_vm_set_seed, NULL);
    switch (page) {
    case NEW_VM_SOURCE: return any_templates(server);
    case NEW_VM_COPY: return form->template != NULL;
    case NEW_VM_CLOUD: return seeds && known && kind.cloud_init;
    case NEW_VM_CLOUD_MORE: return seeds && known && kind.cloud_init && form->seed.cloud;
    case NEW_VM_ANSWERS: return seeds && known && kind.answer_file && !form->template;
    case NEW_VM_NAME: case NEW_VM_FINISH: return true;
    default: return !form->template;
    }
}

/* Every page again: what was right a while ago may not be now. */
static char *check_finish(const NewVm *form, const Server *server)
{
    char *why = NULL;
    for (NewVmPage page = NEW_VM_SOURCE; !why && page < NEW_VM_FINISH; page++)
        why = new_vm_wants(form, server, page) ? new_vm_check(form, server, page) : NULL;
    if (!why)
        rules_host(server, form->template ? METHOD_vm_clone : METHOD_vm_create, &why);
    return why;
}

char *new_vm_check(const NewVm *form, const Server *server, NewVmPage page)
{
    static char *(*const checks[NEW_VM_PAGE_COUNT])(const NewVm *, const Server *) = {
        [NEW_VM_SOURCE] = check_source,     [NEW_VM_NAME] = check_name,   [NEW_VM_MEDIA] = check_media,
        [NEW_VM_GUEST] = check_guest,       [NEW_VM_CPU_MEMORY] = check_cpu_memory, [NEW_VM_DISK] = check_disk,
        [NEW_VM_NETWORK] = check_network,   [NEW_VM_FIRMWARE] = check_firmware, [NEW_VM_COPY] = check_copy,
        [NEW_VM_CLOUD] = check_cloud,       [NEW_VM_CLOUD_MORE] = check_cloud_more, [NEW_VM_ANSWERS] = check_answers,
        [NEW_VM_FINISH] = check_finish,
    };
    return checks[page](form, server);
}

/* ---- the request */

void new_vm_request(const NewVm *form, const Server *server, VmCreateParams *ret)
{
    *ret = (VmCreateParams){
        .name = x_strdup(form->name),
        .description = x_strdup(str_empty(form->description) ? NULL : form->description),
        .guest = x_strdup(form->guest),
        .vcpus = parse_whole(form->vcpus),
        .memory = parse_whole(form->memory_mib) << 20,
        .firmware = form->firmware,
        .media_datastore = x_strdup(form->media_volume ? form->media_datastore : NULL),
        .media_volume = x_strdup(form->media_volume),
        .tpm = form->tpm && form->can_tpm,
        .start = form->start_now && !form->customise,
        .seed = new_vm_seed_make(&form->seed, new_vm_wants(form, server, NEW_VM_CLOUD), new_vm_wants(form, server, NEW_VM_ANSWERS)),
    };
    if (form->with_disk) {
        NewDisk disk = { .datastore = x_strdup(form->disk_datastore), .capacity = parse_gib(form->disk_gib) << 20, .format = form->disk_format,
                         .bus = form->disk_bus, .thick = form->disk_thick };
        NewDiskList_add(&ret->disks, &disk);
    }
    if (form->with_nic) {
        NewNic nic = { .network = x_strdup(form->network), .model = form->nic_model };
        NewNicList_add(&ret->nics, &nic);
    }
    settings_set_str(core_settings(server_core(server)), guest_setting, form->guest);
}

void new_vm_clone_request(const NewVm *form, const Server *server, VmCloneParams *ret)
{
    *ret = (VmCloneParams){
        .vm = x_strdup(form->template),
        .name = x_strdup(form->name),
        .description = x_strdup(str_empty(form->description) ? NULL : form->description),
        .datastore = x_strdup(form->copy_datastore),
        .linked = form->linked,
        .start = form->start_now && !form->customise,
        .seed = new_vm_seed_make(&form->seed, new_vm_wants(form, server, NEW_VM_CLOUD), false),
    };
}
