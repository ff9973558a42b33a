/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of the Properties dialog, and how they differ from the host's; see vm_edit.h. Groups are compared as the JSON they travel as. UI thread. */
#include "client/core/vm_edit.h"

#include "client/core/vm_edit_private.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- groups */

#define GROUP(id, field, T) \
    static json_t *encode_##field(const VmConfig *config) { return config->field ? T##_encode(config->field) : NULL; } \
    static void take_##field(VmConfig *to, const VmConfig *from) \
    { \
        if (to->field) { \
            T##_clear(to->field); \
            free(to->field); \
        } \
        to->field = from->field ? x_calloc(1, sizeof(T)) : NULL; \
        if (from->field) \
            T##_copy(from->field, to->field); \
    }
VM_GROUPS(GROUP)
#undef GROUP

typedef struct Group {
    json_t *(*encode)(const VmConfig *config);
    void (*take)(VmConfig *to, const VmConfig *from); /* a copy */
} Group;

static const Group groups[SettingGroup_COUNT] = {
#define GROUP(id, field, T) [GROUP_##id] = {encode_##field, take_##field},
    VM_GROUPS(GROUP)
#undef GROUP
};

static bool group_equal(SettingGroup group, const VmConfig *a, const VmConfig *b)
{
    json_t *left = groups[group].encode(a), *right = groups[group].encode(b);
    bool equal = left && right ? json_equal(left, right) : left == right;
    json_decref(left);
    json_decref(right);
    return equal;
}

/* ---------------------------------------------------------------- differences */

static void add_row(VmSettingList *rows, SettingGroup group, const char *name, const char *device)
{
    VmSetting row = {.group = group, .name = x_strdup(name), .device = x_strdup(device)};
    VmSettingList_add(rows, &row);
}

static bool field_differs(const json_t *a, const json_t *b, const char *name)
{
    const json_t *left = json_object_get(a, name), *right = json_object_get(b, name);
    return left && right ? !json_equal(left, right) : left != right;
}

/* Fields of either that are not the same in both. */
static void compare_fields(VmSettingList *rows, SettingGroup group, json_t *a, json_t *b, const char *device)
{
    const char *name;
    json_t *value;
    json_object_foreach(a, name, value)
        if (field_differs(a, b, name))
            add_row(rows, group, name, device);
    json_object_foreach(b, name, value)
        if (!json_object_get(a, name))
            add_row(rows, group, name, device);
}

static json_t *device_with(json_t *items, const char *key)
{
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item)
        if (key && str_equal(json_string_value(json_object_get(item, "key")), key))
            return item;
    return NULL;
}

static void compare_devices(VmSettingList *rows, SettingGroup group, json_t *a, json_t *b)
{
    size_t i;
    json_t *item;
    json_array_foreach(a, i, item) {
        const char *key = json_string_value(json_object_get(item, "key"));
        json_t *other = device_with(b, key);
        if (other)
            compare_fields(rows, group, item, other, key);
        else
            add_row(rows, group, "remove", key);
    }
    json_array_foreach(b, i, item) {
        const char *key = json_string_value(json_object_get(item, "key"));
        if (!device_with(a, key))
            add_row(rows, group, "add", key);
    }
}

void vm_differences(const VmConfig *before, const VmConfig *after, VmSettingList *ret)
{
    *ret = (VmSettingList){0};
    for (SettingGroup group = GROUP_GENERAL; group < SettingGroup_COUNT; group++) {
        json_t *a = groups[group].encode(before), *b = groups[group].encode(after);
        bool devices = a && b && (json_object_get(a, "items") || json_object_get(b, "items"));
        if (devices)
            compare_devices(ret, group, json_object_get(a, "items"), json_object_get(b, "items"));
        else if (a && b)
            compare_fields(ret, group, a, b, NULL);
        else if (a || b)
            add_row(ret, group, NULL, NULL);
        json_decref(a);
        json_decref(b);
    }
}

/* ---------------------------------------------------------------- life */

void vm_edit_init(VmEdit *edit, VmDetails *details, const Model *model)
{
    *edit = (VmEdit){.was = *details, .model = model};
    *details = (VmDetails){0};
    VmConfig_copy(edit->was.config, &edit->want);
}

void vm_edit_clear(VmEdit *edit)
{
    if (edit->was.config) {
        VmDetails_clear(&edit->was);
        VmConfig_clear(&edit->want);
    }
    GuestCapabilities_clear(&edit->can);
    *edit = (VmEdit){0};
}

/* ---------------------------------------------------------------- what was changed */

bool vm_edit_changed(const VmEdit *edit)
{
    for (SettingGroup group = GROUP_GENERAL; group < SettingGroup_COUNT; group++)
        if (!group_equal(group, edit->was.config, &edit->want))
            return true;
    return false;
}

bool vm_edit_page_changed(const VmEdit *edit, VmPage page)
{
    AUTO(VmSettingList_clear) VmSettingList rows = {0};
    vm_differences(edit->was.config, &edit->want, &rows);
    for (size_t i = 0; i < rows.count; i++)
        if (vm_edit_page_of(edit, &rows.items[i]) == page)
            return true;
    /* devices that are new have no key to be found by */
    return vm_edit_new_devices(edit, page) > 0;
}

const VmDisk *vm_edit_disk(const VmDisks *disks, const char *key)
{
    for (size_t i = 0; disks && key && i < disks->items.count; i++)
        if (str_equal(disks->items.items[i].key, key))
            return &disks->items.items[i];
    return NULL;
}

/* In the order in which they were: another one would count as a change. */
static void undo_devices(VmEdit *edit, bool drives)
{
    VmDisks *now = edit->want.disks, kept = {0};
    const VmDisks *was = edit->was.config->disks;
    if (!now)
        return;
    for (size_t i = 0; was && i < was->items.count; i++) {
        const VmDisk *old = &was->items.items[i];
        const VmDisk *stays = vm_edit_is_drive(old) == drives ? old : vm_edit_disk(now, old->key);
        VmDisk copy;
        if (!stays)
            continue;
        VmDisk_copy(stays, &copy);
        VmDiskList_add(&kept.items, &copy);
    }
    for (size_t i = 0; i < now->items.count; i++) {
        const VmDisk *disk = &now->items.items[i];
        VmDisk copy;
        if (vm_edit_is_drive(disk) == drives || vm_edit_disk(was, disk->key))
            continue;
        VmDisk_copy(disk, &copy);
        VmDiskList_add(&kept.items, &copy);
    }
    VmDisks_clear(now);
    *now = kept;
}

/* Drives and disks share a group, protection is a part of General's: those pages are put back one by one. */
void vm_edit_undo(VmEdit *edit, VmPage page)
{
    bool guarded = edit->want.general && edit->want.general->protected;
    if (page == VM_PAGE_DISKS || page == VM_PAGE_DRIVES) {
        undo_devices(edit, page == VM_PAGE_DRIVES);
        return;
    }
    for (SettingGroup group = GROUP_GENERAL; group < SettingGroup_COUNT; group++)
        if (vm_edit_group_page(group) == page)
            groups[group].take(&edit->want, edit->was.config);
    if (page == VM_PAGE_GENERAL && edit->want.general)
        edit->want.general->protected = guarded;
    if (page == VM_PAGE_START && edit->want.general)
        edit->want.general->protected = edit->was.config->general->protected;
}

void vm_edit_request(const VmEdit *edit, VmConfigureParams *ret)
{
    *ret = (VmConfigureParams){.vm = x_strdup(edit->was.vm), .revision = x_strdup(edit->was.revision), .config = x_calloc(1, sizeof(VmConfig))};
    for (SettingGroup group = GROUP_GENERAL; group < SettingGroup_COUNT; group++)
        if (!group_equal(group, edit->was.config, &edit->want))
            groups[group].take(ret->config, &edit->want);
}

/* ---------------------------------------------------------------- somebody else changed it */

static void add_word(char **words, const char *word)
{
    char *longer = *words ? x_printf("%s, %s", *words, word) : x_strdup(word);
    free(*words);
    *words = longer;
}

void vm_edit_rebase(VmEdit *edit, VmDetails *details, char **ret_theirs, char **ret_lost)
{
    AUTO(VmSettingList_clear) VmSettingList theirs = {0};
    vm_differences(edit->was.config, details->config, &theirs);
    *ret_theirs = vm_settings_words(&theirs);
    *ret_lost = NULL;
    for (SettingGroup group = GROUP_GENERAL; group < SettingGroup_COUNT; group++) {
        bool mine = !group_equal(group, edit->was.config, &edit->want);
        bool changed = !group_equal(group, edit->was.config, details->config);
        if (mine && !changed)
            continue;
        if (mine)
            add_word(ret_lost, text(vm_page_title(vm_edit_group_page(group))));
        groups[group].take(&edit->want, details->config);
    }
    VmDetails_clear(&edit->was);
    edit->was = *details;
    *details = (VmDetails){0};
}
