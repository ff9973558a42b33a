/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of the Properties dialog: which settings are on which, and the line under the title of each. See vm_edit.h. UI thread. */
#include "client/core/vm_edit.h"

#include "client/core/format.h"
#include "client/core/new_vm.h"
#include "client/core/vm_edit_private.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- what is where */

static const struct {
    const char *name;
    TextId title;
} pages[VM_PAGE_COUNT] = {
    [VM_PAGE_GENERAL] = {"general", TEXT_PROPERTIES_GENERAL},    [VM_PAGE_CPU] = {"cpu", TEXT_PROPERTIES_CPU},
    [VM_PAGE_MEMORY] = {"memory", TEXT_PROPERTIES_MEMORY},       [VM_PAGE_BOOT] = {"boot", TEXT_PROPERTIES_BOOT},
    [VM_PAGE_DISKS] = {"disks", TEXT_PROPERTIES_DISKS},          [VM_PAGE_DRIVES] = {"drives", TEXT_PROPERTIES_DRIVES},
    [VM_PAGE_NICS] = {"nics", TEXT_PROPERTIES_NICS},             [VM_PAGE_GRAPHICS] = {"graphics", TEXT_PROPERTIES_GRAPHICS},
    [VM_PAGE_SERIAL] = {"serial", TEXT_PROPERTIES_SERIAL},       [VM_PAGE_DEVICES] = {"devices", TEXT_PROPERTIES_DEVICES},
    [VM_PAGE_RNG] = {"rng", TEXT_PROPERTIES_RNG},                [VM_PAGE_GUEST] = {"guest", TEXT_PROPERTIES_GUEST},
    [VM_PAGE_START] = {"start", TEXT_PROPERTIES_START},          [VM_PAGE_ADVANCED] = {"advanced", TEXT_PROPERTIES_ADVANCED},
};

TextId vm_page_title(VmPage page) { return pages[page].title; }

const char *vm_page_name(VmPage page) { return pages[page].name; }

bool vm_edit_is_drive(const VmDisk *disk) { return disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY; }

VmPage vm_edit_group_page(SettingGroup group)
{
    switch (group) {
    case GROUP_STARTUP: return VM_PAGE_START;
    case GROUP_CPU: return VM_PAGE_CPU;
    case GROUP_MEMORY: return VM_PAGE_MEMORY;
    case GROUP_BOOT:
    case GROUP_TPM: return VM_PAGE_BOOT;
    case GROUP_DISKS: return VM_PAGE_DISKS;
    case GROUP_NICS: return VM_PAGE_NICS;
    case GROUP_GRAPHICS:
    case GROUP_VIDEO: return VM_PAGE_GRAPHICS;
    case GROUP_SERIAL:
    case GROUP_CHANNELS: return VM_PAGE_SERIAL;
    case GROUP_HOST_DEVICES: return VM_PAGE_DEVICES;
    case GROUP_RNG:
    case GROUP_WATCHDOG: return VM_PAGE_RNG;
    default: return VM_PAGE_GENERAL;
    }
}

static bool drive_in(const VmDisks *disks, const char *key)
{
    for (size_t i = 0; disks && i < disks->items.count; i++)
        if (str_equal(disks->items.items[i].key, key))
            return vm_edit_is_drive(&disks->items.items[i]);
    return false;
}

VmPage vm_edit_page_of(const VmEdit *edit, const VmSetting *row)
{
    if (row->group == GROUP_GENERAL && str_equal(row->name, "protected"))
        return VM_PAGE_START;
    if (row->group == GROUP_DISKS && row->device && (drive_in(edit->was.config->disks, row->device) || (edit->was.active && drive_in(edit->was.active->disks, row->device))))
        return VM_PAGE_DRIVES;
    if (row->group == GROUP_DISKS && !row->device && str_equal(row->name, "add"))
        return vm_edit_new_devices(edit, VM_PAGE_DISKS) ? VM_PAGE_DISKS : vm_edit_new_devices(edit, VM_PAGE_DRIVES) ? VM_PAGE_DRIVES : VM_PAGE_DISKS;
    return vm_edit_group_page(row->group);
}

#define COUNT_NEW(list) \
    for (size_t i = 0; edit->want.list && i < edit->want.list->items.count; i++) \
        count += !edit->want.list->items.items[i].key

size_t vm_edit_new_devices(const VmEdit *edit, VmPage page)
{
    size_t count = 0;
    switch (page) {
    case VM_PAGE_DISKS:
    case VM_PAGE_DRIVES:
        for (size_t i = 0; edit->want.disks && i < edit->want.disks->items.count; i++)
            count += !edit->want.disks->items.items[i].key && vm_edit_is_drive(&edit->want.disks->items.items[i]) == (page == VM_PAGE_DRIVES);
        break;
    case VM_PAGE_NICS: COUNT_NEW(nics); break;
    case VM_PAGE_GRAPHICS:
        COUNT_NEW(graphics);
        COUNT_NEW(video);
        break;
    case VM_PAGE_SERIAL:
        COUNT_NEW(serial);
        COUNT_NEW(channels);
        break;
    case VM_PAGE_DEVICES: COUNT_NEW(host_devices); break;
    default: break;
    }
    return count;
}

bool vm_edit_has_page(const VmEdit *edit, VmPage page)
{
    const VmConfig *config = edit->was.config;
    switch (page) {
    case VM_PAGE_GENERAL: return config->general;
    case VM_PAGE_CPU: return config->cpu;
    case VM_PAGE_MEMORY: return config->memory;
    case VM_PAGE_BOOT: return config->boot;
    case VM_PAGE_DISKS:
    case VM_PAGE_DRIVES: return config->disks;
    case VM_PAGE_NICS: return config->nics;
    case VM_PAGE_GRAPHICS: return config->graphics || config->video;
    case VM_PAGE_SERIAL: return config->serial || config->channels;
    case VM_PAGE_DEVICES: return config->host_devices;
    case VM_PAGE_RNG: return config->rng || config->watchdog;
    case VM_PAGE_START: return config->startup;
    default: return true;
    }
}

/* ---------------------------------------------------------------- summaries */

static char *say(TextId id) { return x_strdup(text(id)); }

static char *size_or_dash(int64_t bytes) { return bytes > 0 ? format_size(bytes) : x_strdup("?"); }

static char *cpu_summary(const VmCpu *cpu)
{
    AUTO_FREE char *most = format_number(cpu->maximum);
    AUTO_FREE char *count = text_plural(PLURAL_NEW_VM_CPUS, cpu->count > 0 ? cpu->count : 0, NULL);
    if (cpu->maximum > cpu->count)
        return text_format(TEXT_SUMMARY_CPU_MAXIMUM, count, most, NULL);
    AUTO_FREE char *model = cpu->mode == CPU_MODE_NAMED ? x_strdup(cpu->model) : NULL;
    return model ? text_format(TEXT_SUMMARY_TWO, count, model, NULL) : x_strdup(count);
}

static char *memory_summary(const VmMemory *memory)
{
    AUTO_FREE char *size = size_or_dash(memory->size);
    AUTO_FREE char *most = size_or_dash(memory->maximum);
    return memory->maximum > memory->size ? text_format(TEXT_SUMMARY_MEMORY_MAXIMUM, size, most, NULL) : x_strdup(size);
}

static char *boot_summary(const VmEdit *edit)
{
    const VmBoot *boot = edit->want.boot;
    const char *firmware = text(boot->firmware == FIRMWARE_BIOS ? TEXT_FIRMWARE_BIOS : boot->secure_boot ? TEXT_SUMMARY_SECURE_BOOT : boot->firmware == FIRMWARE_UEFI ? TEXT_FIRMWARE_UEFI : TEXT_UNKNOWN);
    AUTO_FREE char *first = boot->order.count ? vm_edit_boot_name(edit, boot->order.items[0]) : say(TEXT_SUMMARY_NO_BOOT);
    return text_format(TEXT_SUMMARY_TWO, firmware, first, NULL);
}

static char *disks_summary(const VmDisks *disks)
{
    int64_t count = 0, size = 0;
    for (size_t i = 0; i < disks->items.count; i++) {
        const VmDisk *disk = &disks->items.items[i];
        if (vm_edit_is_drive(disk))
            continue;
        count++;
        size += disk->create ? disk->create->capacity : disk->capacity;
    }
    if (!count)
        return say(TEXT_SUMMARY_NONE);
    AUTO_FREE char *number = text_plural(PLURAL_SUMMARY_DISKS, count, NULL);
    AUTO_FREE char *bytes = size_or_dash(size);
    return size > 0 ? text_format(TEXT_SUMMARY_TWO, number, bytes, NULL) : x_strdup(number);
}

static const char *file_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

static char *drives_summary(const VmDisks *disks)
{
    int64_t count = 0;
    const VmDisk *loaded = NULL;
    for (size_t i = 0; i < disks->items.count; i++) {
        const VmDisk *disk = &disks->items.items[i];
        if (!vm_edit_is_drive(disk))
            continue;
        count++;
        if (!loaded && (disk->volume || disk->path))
            loaded = disk;
    }
    if (!count)
        return say(TEXT_SUMMARY_NONE);
    return loaded ? x_strdup(loaded->volume ? loaded->volume : file_name(loaded->path)) : text_plural(PLURAL_SUMMARY_DRIVES, count, NULL);
}

char *vm_edit_nic_network(const VmEdit *edit, const VmNic *nic)
{
    const NetworkInfo *network = nic->network && edit->model ? model_network(edit->model, nic->network) : NULL;
    return x_strdup(network ? network->name : str_or_empty(nic->source));
}

static char *nics_summary(const VmEdit *edit)
{
    const VmNics *nics = edit->want.nics;
    if (!nics->items.count)
        return say(TEXT_SUMMARY_NONE);
    AUTO_FREE char *first = vm_edit_nic_network(edit, &nics->items.items[0]);
    AUTO_FREE char *number = text_plural(PLURAL_SUMMARY_NICS, (int64_t)nics->items.count, NULL);
    return nics->items.count == 1 && *first ? TAKE_PTR(first) : TAKE_PTR(number);
}

static char *graphics_summary(const VmConfig *want)
{
    const VmGraphic *screen = want->graphics && want->graphics->items.count ? &want->graphics->items.items[0] : NULL;
    const VmVideo *card = want->video && want->video->items.count ? &want->video->items.items[0] : NULL;
    if (screen && card)
        return text_format(TEXT_SUMMARY_TWO, screen->type, card->model, NULL);
    return screen ? x_strdup(screen->type) : card ? x_strdup(card->model) : say(TEXT_SUMMARY_NONE);
}

static char *serial_summary(const VmConfig *want)
{
    int64_t ports = want->serial ? (int64_t)want->serial->items.count : 0, channels = want->channels ? (int64_t)want->channels->items.count : 0;
    AUTO_FREE char *first = text_plural(PLURAL_SUMMARY_SERIAL, ports, NULL);
    AUTO_FREE char *second = text_plural(PLURAL_SUMMARY_CHANNELS, channels, NULL);
    if (ports && channels)
        return text_format(TEXT_SUMMARY_TWO, first, second, NULL);
    return ports ? TAKE_PTR(first) : channels ? TAKE_PTR(second) : say(TEXT_SUMMARY_NONE);
}

static char *devices_summary(const VmHostDevices *devices)
{
    if (!devices->items.count)
        return say(TEXT_SUMMARY_NONE);
    const VmHostDevice *first = &devices->items.items[0];
    return devices->items.count == 1 ? x_strdup(str_empty(first->name) ? first->device : first->name) : text_plural(PLURAL_SUMMARY_DEVICES, (int64_t)devices->items.count, NULL);
}

static char *rng_summary(const VmConfig *want)
{
    bool rng = want->rng && want->rng->present;
    const char *watchdog = want->watchdog ? want->watchdog->model : NULL;
    if (rng && watchdog)
        return text_format(TEXT_SUMMARY_TWO, text(TEXT_SUMMARY_RNG), watchdog, NULL);
    return rng ? say(TEXT_SUMMARY_RNG) : watchdog ? x_strdup(watchdog) : say(TEXT_SUMMARY_NONE);
}

static char *start_summary(const VmConfig *want)
{
    const char *start = text(want->startup->autostart ? TEXT_SUMMARY_AUTOSTART : TEXT_SUMMARY_NO_AUTOSTART);
    return want->general && want->general->protected ? text_format(TEXT_SUMMARY_TWO, start, text(TEXT_SUMMARY_PROTECTED), NULL) : x_strdup(start);
}

char *vm_edit_summary(const VmEdit *edit, VmPage page)
{
    const VmConfig *want = &edit->want;
    if (!vm_edit_has_page(edit, page))
        return x_strdup("-");
    switch (page) {
    case VM_PAGE_GENERAL: return x_strdup(want->general->name);
    case VM_PAGE_CPU: return cpu_summary(want->cpu);
    case VM_PAGE_MEMORY: return memory_summary(want->memory);
    case VM_PAGE_BOOT: return boot_summary(edit);
    case VM_PAGE_DISKS: return disks_summary(want->disks);
    case VM_PAGE_DRIVES: return drives_summary(want->disks);
    case VM_PAGE_NICS: return nics_summary(edit);
    case VM_PAGE_GRAPHICS: return graphics_summary(want);
    case VM_PAGE_SERIAL: return serial_summary(want);
    case VM_PAGE_DEVICES: return devices_summary(want->host_devices);
    case VM_PAGE_RNG: return rng_summary(want);
    case VM_PAGE_START: return start_summary(want);
    case VM_PAGE_ADVANCED: return say(TEXT_SUMMARY_XML);
    default: return say(TEXT_SUMMARY_GUEST);
    }
}

/* ---------------------------------------------------------------- boot order */

static const VmDisk *disk_with(const VmConfig *config, const char *key)
{
    for (size_t i = 0; config->disks && i < config->disks->items.count; i++)
        if (str_equal(config->disks->items.items[i].key, key))
            return &config->disks->items.items[i];
    return NULL;
}

static const VmNic *nic_with(const VmConfig *config, const char *key)
{
    for (size_t i = 0; config->nics && i < config->nics->items.count; i++)
        if (str_equal(config->nics->items.items[i].key, key))
            return &config->nics->items.items[i];
    return NULL;
}

static const char *key_in(const char *entry, const char *group)
{
    size_t length = strlen(group);
    return strncmp(entry, group, length) == 0 && entry[length] == ':' ? entry + length + 1 : NULL;
}

char *vm_edit_boot_name(const VmEdit *edit, const char *entry)
{
    const char *disk_key = key_in(entry, "disks"), *nic_key = key_in(entry, "nics"), *device_key = key_in(entry, "host_devices");
    const VmDisk *disk = disk_key ? disk_with(&edit->want, disk_key) : NULL;
    const VmNic *nic = nic_key ? nic_with(&edit->want, nic_key) : NULL;
    if (disk) {
        TextId kind = disk->device == DISK_DEVICE_CDROM ? TEXT_BOOT_CD : disk->device == DISK_DEVICE_FLOPPY ? TEXT_BOOT_FLOPPY : TEXT_BOOT_DISK;
        return text_format(kind, disk_key, NULL);
    }
    if (nic) {
        AUTO_FREE char *network = vm_edit_nic_network(edit, nic);
        return text_format(TEXT_BOOT_NIC, nic_key, network, NULL);
    }
    return x_strdup(device_key ? device_key : entry);
}

static void add_device(StrList *list, const char *group, const char *key)
{
    AUTO_FREE char *entry = key ? x_printf("%s:%s", group, key) : NULL;
    if (entry && !StrList_contains(list, entry))
        StrList_add(list, entry);
}

void vm_edit_boot_devices(const VmEdit *edit, StrList *ret)
{
    const VmConfig *want = &edit->want;
    *ret = (StrList){0};
    for (size_t i = 0; i < want->boot->order.count; i++)
        StrList_add(ret, want->boot->order.items[i]);
    for (size_t i = 0; want->disks && i < want->disks->items.count; i++)
        add_device(ret, "disks", want->disks->items.items[i].key);
    for (size_t i = 0; want->nics && i < want->nics->items.count; i++)
        add_device(ret, "nics", want->nics->items.items[i].key);
}

static bool still_there(const VmConfig *want, const char *entry)
{
    const char *disk_key = key_in(entry, "disks"), *nic_key = key_in(entry, "nics");
    return disk_key ? disk_with(want, disk_key) != NULL : nic_key ? nic_with(want, nic_key) != NULL : true;
}

void vm_edit_prune_boot(VmEdit *edit)
{
    StrList kept = {0};
    if (!edit->want.boot)
        return;
    for (size_t i = 0; i < edit->want.boot->order.count; i++)
        if (still_there(&edit->want, edit->want.boot->order.items[i]))
            StrList_add(&kept, edit->want.boot->order.items[i]);
    StrList_clear(&edit->want.boot->order);
    edit->want.boot->order = kept;
}

void vm_edit_tidy_limits(VmDisk *disk)
{
    const DiskLimits *limits = disk->limits;
    if (limits && !limits->total_bytes && !limits->read_bytes && !limits->write_bytes && !limits->total_iops && !limits->read_iops && !limits->write_iops) {
        free(disk->limits);
        disk->limits = NULL;
    }
}

void vm_edit_tidy_nic_limits(VmNic *nic)
{
    const NicLimits *limits = nic->limits;
    if (limits && !limits->in_average && !limits->in_peak && !limits->in_burst && !limits->out_average && !limits->out_peak && !limits->out_burst) {
        free(nic->limits);
        nic->limits = NULL;
    }
}
