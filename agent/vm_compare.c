/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparing configurations: see vm_compare.h. Done on their JSON, so that a field of messages.def cannot be forgotten. */
#include "agent/vm_compare.h"

#include <stdlib.h>
#include <string.h>

/* Told fields that say nothing about the setting, and those that are another field's shadow. */
static const struct { SettingGroup group; const char *field; const char *instead; } shadows[] = {
    { GROUP_DISKS, "path", "volume" },            { GROUP_DISKS, "datastore", "volume" },   { GROUP_DISKS, "format", NULL },
    { GROUP_DISKS, "capacity", NULL },            { GROUP_NICS, "source", "network" },      { GROUP_NICS, "host_bridge", NULL },
    { GROUP_CHANNELS, "connected", NULL },        { GROUP_SERIAL, "log", NULL },            { GROUP_SERIAL, "path", NULL },
    { GROUP_HOST_DEVICES, "present", NULL },      { GROUP_HOST_DEVICES, "name", NULL },     { GROUP_MEMORY, "page_size", "hugepages" },
    { GROUP_GRAPHICS, "password", "new_password" },
};

typedef struct Compare {
    VmSettingList *settings;
    char *text; /* NULL: not wanted */
} Compare;

static char *value_text(const json_t *value)
{
    enum { SHOWN = 60 };
    char *dump = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *text = !value ? x_strdup("none") : json_is_string(value) ? x_strdup(json_string_value(value)) : x_strdup(str_or_empty(dump));
    free(dump);
    size_t end = strlen(text);
    for (end = end > SHOWN ? SHOWN : end; end < strlen(text) && end && ((unsigned char)text[end] & 0xc0) == 0x80;) /* not within a letter */
        end--;
    text[end] = 0;
    return text;
}

static void append(Compare *compare, const char *more)
{
    enum { TEXT_MAX = 2000 };
    if (strlen(compare->text) > TEXT_MAX)
        return;
    char *longer = x_printf("%s%s%s", compare->text, *compare->text ? ", " : "", more);
    free(compare->text);
    compare->text = longer;
}

static bool noted(const Compare *compare, SettingGroup group, const char *name, const char *device)
{
    for (size_t i = 0; i < compare->settings->count; i++) {
        const VmSetting *setting = &compare->settings->items[i];
        if (setting->group == group && str_equal(setting->name, name) && str_equal(setting->device, device))
            return true;
    }
    return false;
}

static void note(Compare *compare, SettingGroup group, const char *name, const char *device, const json_t *from, const json_t *to)
{
    if (noted(compare, group, name, device) || compare->settings->count >= LIMIT_SETTINGS)
        return;
    VmSetting setting = { .group = group, .name = x_strdup(name), .device = x_strdup(device) };
    VmSettingList_add(compare->settings, &setting);
    if (!compare->text)
        return;
    AUTO_FREE char *before = value_text(from);
    AUTO_FREE char *after = value_text(to);
    AUTO_FREE char *place = device ? x_printf("%s %s.%s", SettingGroup_name(group), device, name) : x_printf("%s.%s", SettingGroup_name(group), name);
    AUTO_FREE char *sentence = from || to ? x_printf("%s %s -> %s", place, before, after) : x_strdup(place);
    append(compare, sentence);
}

static const char *shown_name(SettingGroup group, const char *field)
{
    for (size_t i = 0; i < ARRAY_SIZE(shadows); i++)
        if (shadows[i].group == group && str_equal(shadows[i].field, field))
            return shadows[i].instead;
    return str_equal(field, "key") ? NULL : field;
}

static void compare_field(Compare *compare, SettingGroup group, const char *device, const char *field, const json_t *from, const json_t *to)
{
    const char *name = shown_name(group, field);
    if (name && !json_equal(from, to))
        note(compare, group, name, device, from, to);
}

static void compare_fields(Compare *compare, SettingGroup group, const char *device, json_t *from, json_t *to)
{
    const char *field = NULL;
    json_t *value = NULL;
    json_object_foreach(from, field, value)
        compare_field(compare, group, device, field, value, json_object_get(to, field));
    json_object_foreach(to, field, value)
        if (!json_object_get(from, field))
            compare_field(compare, group, device, field, NULL, value);
}

static json_t *item_of(json_t *items, const char *key)
{
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(items, index, item)
        if (str_equal(json_string_value(json_object_get(item, "key")), key))
            return item;
    return NULL;
}

static json_t *item_of_path(json_t *items, const char *path)
{
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(items, index, item)
        if (path && str_equal(json_string_value(json_object_get(item, "path")), path))
            return item;
    return NULL;
}

/*
 * The same device in the other list. A disk that was put on another bus has another key but the same image; a card with a new MAC address is
 * at the same place in the list. Only a device whose own key is gone can be meant by that.
 */
static json_t *partner_of(SettingGroup group, json_t *item, size_t index, json_t *own, json_t *others)
{
    const char *key = json_string_value(json_object_get(item, "key"));
    json_t *other = item_of(others, key);
    if (other)
        return other;
    if (group == GROUP_DISKS)
        other = item_of_path(others, json_string_value(json_object_get(item, "path")));
    if (group == GROUP_NICS && json_array_size(own) == json_array_size(others))
        other = json_array_get(others, index);
    return other && !item_of(own, json_string_value(json_object_get(other, "key"))) ? other : NULL;
}

static void compare_devices(Compare *compare, SettingGroup group, json_t *from, json_t *to)
{
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(from, index, item)
        if (!partner_of(group, item, index, from, to))
            note(compare, group, "remove", json_string_value(json_object_get(item, "key")), NULL, NULL);
    json_array_foreach(to, index, item) {
        const char *key = json_string_value(json_object_get(item, "key"));
        json_t *other = partner_of(group, item, index, to, from);
        if (other)
            compare_fields(compare, group, key, other, item);
        else
            note(compare, group, "add", key, NULL, NULL);
    }
}

static bool has_devices(SettingGroup group)
{
    return group == GROUP_DISKS || group == GROUP_NICS || group == GROUP_GRAPHICS || group == GROUP_VIDEO || group == GROUP_SERIAL
        || group == GROUP_CHANNELS || group == GROUP_HOST_DEVICES;
}

static void compare_all(Compare *compare, const VmConfig *from, const VmConfig *to)
{
    json_t *before = VmConfig_encode(from);
    json_t *after = VmConfig_encode(to);
    for (SettingGroup group = GROUP_GENERAL; group < SettingGroup_COUNT; group++) {
        json_t *a = json_object_get(before, SettingGroup_name(group));
        json_t *b = json_object_get(after, SettingGroup_name(group));
        if (a && b && has_devices(group))
            compare_devices(compare, group, json_object_get(a, "items"), json_object_get(b, "items"));
        else if (a && b)
            compare_fields(compare, group, NULL, a, b);
    }
    json_decref(before);
    json_decref(after);
}

void vm_compare(const VmConfig *from, const VmConfig *to, VmSettingList *ret) { compare_all(&(Compare){ .settings = ret }, from, to); }

char *vm_compare_text(const VmConfig *from, const VmConfig *to)
{
    VmSettingList settings = { 0 };
    Compare compare = { &settings, x_strdup("") };
    compare_all(&compare, from, to);
    VmSettingList_clear(&settings);
    return compare.text;
}

/* ---------------------------------------------------------------- what runs */

/* A USB device that was chosen by vendor and product has its port, too, while it is in use. */
static void prepare_host_devices(const VmHostDevices *config, VmHostDevices *active)
{
    for (size_t i = 0; i < active->items.count; i++) {
        VmHostDevice *device = &active->items.items[i];
        for (size_t k = 0; k < config->items.count; k++) {
            const char *key = config->items.items[k].key;
            size_t length = strlen(key);
            if (strncmp(device->key, key, length) != 0 || device->key[length] != ':')
                continue;
            free(device->key);
            free(device->device);
            device->key = x_strdup(key);
            device->device = x_strdup(config->items.items[k].device);
            break;
        }
    }
}

void vm_compare_prepare(const VmConfig *config, VmConfig *active)
{
    if (config->cpu->mode == CPU_MODE_HOST_MODEL && active->cpu->mode == CPU_MODE_NAMED) { /* libvirt has named it */
        active->cpu->mode = CPU_MODE_HOST_MODEL;
        free(active->cpu->model);
        active->cpu->model = NULL;
    }
    prepare_host_devices(config->host_devices, active->host_devices);
    VmGeneral_clear(active->general); /* these are not a matter of running */
    free(active->general);
    active->general = NULL;
    VmStartup_clear(active->startup);
    free(active->startup);
    active->startup = NULL;
}
