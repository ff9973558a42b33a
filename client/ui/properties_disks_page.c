/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, pages Disks and CD drives: what the VM has, new and existing volumes, media, and how disks are served. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/core/format.h"
#include "client/ui/words.h"
#include "client/win/icons.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIST = 580, NEW_DISK, ATTACH, DETACH, BUS, CONTROLLER, CACHE, DISCARD, IO_THREAD, READONLY_BOX, SHAREABLE, SERIAL,
    TOTAL_BYTES, READ_BYTES, WRITE_BYTES, TOTAL_IOPS, READ_IOPS, WRITE_IOPS, DETACH_NOTE,
    DRIVES = 610, NEW_DRIVE, REMOVE_DRIVE, DRIVE_BUS, INSERT, EJECT,
};

static const FieldChoice buses[] = {
    {DISK_BUS_VIRTIO, TEXT_NEW_VM_BUS_VIRTIO}, {DISK_BUS_SCSI, TEXT_NEW_VM_BUS_SCSI}, {DISK_BUS_SATA, TEXT_NEW_VM_BUS_SATA}, {DISK_BUS_IDE, TEXT_NEW_VM_BUS_IDE}, {DISK_BUS_USB, TEXT_BUS_USB},
    {DISK_BUS_XEN, TEXT_BUS_XEN}, {DISK_BUS_FDC, TEXT_BUS_FDC},
};
static const FieldChoice caches[] = {
    {DISK_CACHE_DEFAULT, TEXT_CACHE_DEFAULT}, {DISK_CACHE_NONE, TEXT_CACHE_NONE}, {DISK_CACHE_WRITETHROUGH, TEXT_CACHE_WRITETHROUGH}, {DISK_CACHE_WRITEBACK, TEXT_CACHE_WRITEBACK},
    {DISK_CACHE_DIRECTSYNC, TEXT_CACHE_DIRECTSYNC}, {DISK_CACHE_UNSAFE, TEXT_CACHE_UNSAFE},
};
static const FieldChoice discards[] = {{DISK_DISCARD_DEFAULT, TEXT_CACHE_DEFAULT}, {DISK_DISCARD_IGNORE, TEXT_DISCARD_IGNORE}, {DISK_DISCARD_UNMAP, TEXT_DISCARD_UNMAP}};

#define DISK_FIELD(id, kind, label, name, ...) {id, kind, label, GROUP_DISKS, #name, offsetof(VmDisk, name), __VA_ARGS__}
static const Field fields[] = {
    DISK_FIELD(BUS, FIELD_CHOICE, TEXT_LABEL_BUS, bus, .choices = buses, .choice_count = ARRAY_SIZE(buses)),
    DISK_FIELD(CONTROLLER, FIELD_WORD, TEXT_LABEL_CONTROLLER, controller, .chars = 20),
    DISK_FIELD(CACHE, FIELD_CHOICE, TEXT_LABEL_CACHE, cache, .choices = caches, .choice_count = ARRAY_SIZE(caches)),
    DISK_FIELD(DISCARD, FIELD_CHOICE, TEXT_LABEL_DISCARD, discard, .choices = discards, .choice_count = ARRAY_SIZE(discards)),
    DISK_FIELD(IO_THREAD, FIELD_NUMBER, TEXT_LABEL_IO_THREAD, io_thread, .chars = 0),
    DISK_FIELD(SERIAL, FIELD_TEXT, TEXT_LABEL_SERIAL_NUMBER, serial, .chars = 20),
    DISK_FIELD(READONLY_BOX, FIELD_FLAG, TEXT_LABEL_READONLY, readonly, .chars = 0),
    DISK_FIELD(SHAREABLE, FIELD_FLAG, TEXT_LABEL_SHAREABLE, shareable, .chars = 0),
};

#define LIMIT_FIELD(id, label, name, unit_text, factor) {id, FIELD_SIZE, label, GROUP_DISKS, "limits", offsetof(DiskLimits, name), .unit = unit_text, .scale = factor}
static const Field limits[] = {
    LIMIT_FIELD(TOTAL_BYTES, TEXT_LABEL_TOTAL_BYTES, total_bytes, TEXT_UNIT_MB_S, 1 << 20),
    LIMIT_FIELD(READ_BYTES, TEXT_LABEL_READ_BYTES, read_bytes, TEXT_UNIT_MB_S, 1 << 20),
    LIMIT_FIELD(WRITE_BYTES, TEXT_LABEL_WRITE_BYTES, write_bytes, TEXT_UNIT_MB_S, 1 << 20),
    LIMIT_FIELD(TOTAL_IOPS, TEXT_LABEL_TOTAL_IOPS, total_iops, TEXT_UNIT_IOPS, 1),
    LIMIT_FIELD(READ_IOPS, TEXT_LABEL_READ_IOPS, read_iops, TEXT_UNIT_IOPS, 1),
    LIMIT_FIELD(WRITE_IOPS, TEXT_LABEL_WRITE_IOPS, write_iops, TEXT_UNIT_IOPS, 1),
};
static const Field drive_fields[] = {
    DISK_FIELD(DRIVE_BUS, FIELD_CHOICE, TEXT_LABEL_BUS, bus, .choices = buses, .choice_count = ARRAY_SIZE(buses)),
};

/* ---------------------------------------------------------------- the devices */

/* Index in the group of the index-th disk, or drive; the count when there is none. */
static size_t nth(const VmEdit *edit, size_t index, bool drive)
{
    const VmDiskList *items = &edit->want.disks->items;
    size_t at = 0;
    for (; at < items->count; at++)
        if ((items->items[at].device != DISK_DEVICE_DISK) == drive && index-- == 0)
            break;
    return at;
}

static void *device_at(VmEdit *edit, size_t index, bool drive)
{
    size_t at = edit->want.disks ? nth(edit, index, drive) : 0;
    return edit->want.disks && at < edit->want.disks->items.count ? &edit->want.disks->items.items[at] : NULL;
}

static void *disk_at(VmEdit *edit, size_t index) { return device_at(edit, index, false); }
static void *drive_at(VmEdit *edit, size_t index) { return device_at(edit, index, true); }

static const char *key_of(const void *device) { return ((const VmDisk *)device)->key; }

static void remove_at(VmEdit *edit, size_t at)
{
    VmDiskList *items = &edit->want.disks->items;
    VmDisk_clear(&items->items[at]);
    memmove(&items->items[at], &items->items[at + 1], (items->count - at - 1) * sizeof(*items->items));
    items->count--;
    vm_edit_prune_boot(edit);
}

static void remove_disk(VmEdit *edit, size_t index) { remove_at(edit, nth(edit, index, false)); }
static void remove_drive(VmEdit *edit, size_t index) { remove_at(edit, nth(edit, index, true)); }

static const char *last_step(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

static const char *what_of(const VmDisk *disk)
{
    const char *made = disk->create && disk->create->volume ? disk->create->volume : disk->create ? text(TEXT_DEVICE_NEW) : NULL;
    return made ? made : disk->volume ? disk->volume : disk->path ? last_step(disk->path) : text(TEXT_DRIVE_EMPTY);
}

static void cells(Properties *box, const void *device, char *ret[DEVICE_COLUMNS])
{
    const VmDisk *disk = device;
    int64_t size = disk->create ? disk->create->capacity : disk->capacity;
    (void)box;
    ret[0] = x_strdup(disk->key ? disk->key : text(TEXT_DEVICE_NEW));
    ret[1] = x_strdup(what_of(disk));
    ret[2] = size > 0 ? format_size(size) : NULL;
}

static int icon_of(const void *device) { return words_device_icon(((const VmDisk *)device)->device); }

static const DeviceList disks = {
    .list = LIST, .remove = DETACH, .group = GROUP_DISKS, .label = TEXT_LABEL_DISKS, .columns = {TEXT_COLUMN_TARGET, TEXT_COLUMN_VOLUME, TEXT_COLUMN_SIZE}, .lines = 4, .at = disk_at, .key = key_of,
    .take_away = remove_disk, .cells = cells, .icon = icon_of, .fields = fields, .field_count = ARRAY_SIZE(fields),
};
static const DeviceList drives = {
    .list = DRIVES, .remove = REMOVE_DRIVE, .group = GROUP_DISKS, .label = TEXT_LABEL_DRIVES, .columns = {TEXT_COLUMN_TARGET, TEXT_COLUMN_MEDIUM, TEXT_COLUMN_SIZE}, .lines = 4, .at = drive_at,
    .key = key_of, .take_away = remove_drive, .cells = cells, .icon = icon_of, .fields = drive_fields, .field_count = ARRAY_SIZE(drive_fields),
};

static bool can_add(const Properties *box) { return !box->read_only && box->edit.want.disks && vm_edit_allowed(&box->edit, GROUP_DISKS, "add", NULL); }

/* ---------------------------------------------------------------- disks */

static void build_disks(Properties *box, Form *form)
{
    (void)box;
    device_list_build(form, &disks);
    form_button(form, NEW_DISK, text(TEXT_DISK_NEW));
    form_beside_button(form, ATTACH, text(TEXT_DISK_ATTACH));
    device_list_remove_button(form, &disks, TEXT_DISK_DETACH);
    form_note(form, DETACH_NOTE, NOTE_DIM, text(TEXT_DISK_DETACH_NOTE));
    fields_build(form, fields, ARRAY_SIZE(fields));
    form_heading(form, text(TEXT_HEADING_LIMITS));
    fields_build(form, limits, ARRAY_SIZE(limits));
}

static void fill_limits(Properties *box, Form *form)
{
    static const DiskLimits none;
    const VmDisk *disk = device_list_selected(box, form, &disks);
    fields_fill(form, &box->edit, limits, ARRAY_SIZE(limits), disk ? disk->limits ? disk->limits : &none : NULL, disk ? disk->key : NULL, box->read_only);
    form_set_enabled(form, CONTROLLER, disk && disk->bus == DISK_BUS_SCSI && !box->read_only && vm_edit_allowed(&box->edit, GROUP_DISKS, "controller", disk->key));
}

static void fill_disks(Properties *box, Form *form)
{
    fields_words(form, CONTROLLER, &box->edit.can.scsi_models);
    device_list_fill(box, form, &disks);
    fill_limits(box, form);
    form_set_enabled(form, NEW_DISK, can_add(box));
    form_set_enabled(form, ATTACH, can_add(box));
}

static void take_limits(Properties *box, Form *form, int id)
{
    VmDisk *disk = device_list_selected(box, form, &disks);
    if (!disk)
        return;
    if (!disk->limits)
        disk->limits = x_calloc(1, sizeof(*disk->limits));
    fields_take(form, limits, ARRAY_SIZE(limits), disk->limits, id);
    vm_edit_tidy_limits(disk);
}

static void add(Properties *box, Form *form, const DeviceList *list, VmDisk *disk)
{
    VmDiskList_add(&box->edit.want.disks->items, disk);
    device_list_select_last(box, form, list);
}

static DiskBus usual_bus(const Properties *box)
{
    const VmDiskList *items = &box->edit.want.disks->items;
    for (size_t i = 0; i < items->count; i++)
        if (items->items[i].device == DISK_DEVICE_DISK)
            return items->items[i].bus;
    return DISK_BUS_VIRTIO;
}

static void new_disk(Properties *box, Form *form)
{
    VmDisk disk = {.device = DISK_DEVICE_DISK, .bus = usual_bus(box), .cache = DISK_CACHE_DEFAULT, .discard = DISK_DISCARD_DEFAULT};
    if (new_disk_dialog(dialog_window(box->dialog), box->server, &disk))
        add(box, form, &disks, &disk);
}

static void attach(Properties *box, Form *form)
{
    VolumeChoice choice = {0};
    if (!volume_choose_dialog(dialog_window(box->dialog), box->server, false, &choice))
        return;
    VmDisk disk = {.device = DISK_DEVICE_DISK, .bus = usual_bus(box), .datastore = TAKE_PTR(choice.datastore), .volume = TAKE_PTR(choice.volume), .capacity = choice.capacity,
        .format = choice.format, .cache = DISK_CACHE_DEFAULT, .discard = DISK_DISCARD_DEFAULT};
    volume_choice_clear(&choice);
    add(box, form, &disks, &disk);
}

static void disks_event(Properties *box, Form *form, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == NEW_DISK)
        new_disk(box, form);
    else if (event == FORM_CLICKED && id == ATTACH)
        attach(box, form);
    else if (event == FORM_CHANGED && id >= TOTAL_BYTES && id <= WRITE_IOPS) {
        take_limits(box, form, id);
        return;
    } else {
        device_list_event(box, form, &disks, id, event);
    }
    fill_limits(box, form);
}

static const char *disk_key(Properties *box, Form *form) { return device_list_key(box, form, &disks); }

const PropertiesPage properties_disks_page = {ICON_VOLUME, "properties-disks", build_disks, fill_disks, disks_event, disk_key};

/* ---------------------------------------------------------------- drives */

static void build_drives(Properties *box, Form *form)
{
    (void)box;
    device_list_build(form, &drives);
    form_button(form, NEW_DRIVE, text(TEXT_DRIVE_NEW));
    device_list_remove_button(form, &drives, TEXT_DRIVE_REMOVE);
    form_beside_button(form, INSERT, text(TEXT_DRIVE_INSERT));
    form_beside_button(form, EJECT, text(TEXT_DRIVE_EJECT));
    fields_build(form, drive_fields, ARRAY_SIZE(drive_fields));
}

static void enable_drives(Properties *box, Form *form)
{
    const VmDisk *drive = device_list_selected(box, form, &drives);
    bool usable = drive && !box->read_only && vm_edit_allowed(&box->edit, GROUP_DISKS, "volume", drive->key);
    form_set_enabled(form, NEW_DRIVE, can_add(box));
    form_set_enabled(form, INSERT, usable && drive->device == DISK_DEVICE_CDROM);
    form_set_enabled(form, EJECT, usable && (drive->volume || drive->path));
}

static void fill_drives(Properties *box, Form *form)
{
    device_list_fill(box, form, &drives);
    enable_drives(box, form);
}

static void set_medium(VmDisk *drive, VolumeChoice *choice)
{
    fields_set(&drive->datastore, TAKE_PTR(choice->datastore));
    fields_set(&drive->volume, TAKE_PTR(choice->volume));
    fields_set(&drive->path, NULL);
    drive->capacity = choice->capacity;
    drive->format = choice->format;
}

static void insert(Properties *box, Form *form)
{
    VmDisk *drive = device_list_selected(box, form, &drives);
    VolumeChoice choice = {0};
    if (!drive || !volume_choose_dialog(dialog_window(box->dialog), box->server, true, &choice))
        return;
    set_medium(drive, &choice);
    volume_choice_clear(&choice);
    device_list_fill(box, form, &drives);
}

static void eject(Properties *box, Form *form)
{
    VmDisk *drive = device_list_selected(box, form, &drives);
    if (!drive)
        return;
    set_medium(drive, &(VolumeChoice){0});
    device_list_fill(box, form, &drives);
}

static bool has_ide(const VmEdit *edit)
{
    const char *machine = edit->want.boot ? str_or_empty(edit->want.boot->machine) : "";
    return !strstr(machine, "q35") && *machine;
}

static void drives_event(Properties *box, Form *form, int id, FormEvent event)
{
    VmDisk drive = {.device = DISK_DEVICE_CDROM, .bus = has_ide(&box->edit) ? DISK_BUS_IDE : DISK_BUS_SATA, .readonly = true};
    if (event == FORM_CLICKED && id == NEW_DRIVE)
        add(box, form, &drives, &drive);
    else if (event == FORM_CLICKED && id == INSERT)
        insert(box, form);
    else if (event == FORM_CLICKED && id == EJECT)
        eject(box, form);
    else
        device_list_event(box, form, &drives, id, event);
    enable_drives(box, form);
}

static const char *drive_key(Properties *box, Form *form) { return device_list_key(box, form, &drives); }

const PropertiesPage properties_drives_page = {ICON_INSERT_CD, "properties-drives", build_drives, fill_drives, drives_event, drive_key};
