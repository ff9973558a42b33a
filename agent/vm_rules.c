/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When changes take effect: see vm_rules.h. Asked for by vm.get, and by vm_apply.c, which tries what is said to be possible. */
#include "agent/vm_rules.h"

#include <stdlib.h>

typedef struct Rule {
    SettingGroup group;
    const char *name; /* NULL: all other fields of the group */
    ApplyWhen when;
    ApplyReason reason;
} Rule;

/* The first that fits counts. */
static const Rule rules[] = {
    { GROUP_GENERAL, "name", APPLY_ONLY_OFF, APPLY_REASON_NAME },
    { GROUP_GENERAL, NULL, APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_STARTUP, NULL, APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_CPU, "count", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_CPU, "shares", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_CPU, "limit", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_CPU, "cpus", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_CPU, "pins", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_CPU, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_MEMORY, "size", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_MEMORY, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_BOOT, "firmware", APPLY_ONLY_OFF, APPLY_REASON_FIXED },
    { GROUP_BOOT, "secure_boot", APPLY_ONLY_OFF, APPLY_REASON_FIXED },
    { GROUP_BOOT, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_TPM, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_DISKS, "add", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_DISKS, "remove", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_DISKS, "limits", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_DISKS, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_NICS, "add", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_NICS, "remove", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_NICS, "network", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_NICS, "link_down", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_NICS, "limits", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_NICS, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_GRAPHICS, "new_password", APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_GRAPHICS, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_VIDEO, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_SERIAL, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
    { GROUP_CHANNELS, NULL, APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_HOST_DEVICES, NULL, APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_RNG, NULL, APPLY_NOW, APPLY_REASON_NONE },
    { GROUP_WATCHDOG, NULL, APPLY_NEXT_START, APPLY_REASON_FIXED },
};

static const DiskBus fixed_buses[] = { DISK_BUS_SATA, DISK_BUS_IDE, DISK_BUS_FDC };

static bool is_fixed_bus(DiskBus bus)
{
    for (size_t i = 0; i < ARRAY_SIZE(fixed_buses); i++)
        if (fixed_buses[i] == bus)
            return true;
    return false;
}

static const VmDisk *find_disk(const VmConfig *config, const char *key)
{
    for (size_t i = 0; config && i < config->disks->items.count; i++)
        if (str_equal(config->disks->items.items[i].key, key))
            return &config->disks->items.items[i];
    return NULL;
}

static void disk_rule(const VmConfig *config, const VmConfig *active, VmSetting *change)
{
    const VmDisk *disk = find_disk(active, change->device);
    if (!disk || str_equal(change->name, "add"))
        disk = find_disk(config, change->device);
    bool plug = str_equal(change->name, "add") || str_equal(change->name, "remove");
    if (disk && plug && is_fixed_bus(disk->bus)) {
        change->when = APPLY_NEXT_START;
        change->reason = APPLY_REASON_BUS;
    }
    if (disk && disk->device != DISK_DEVICE_DISK && str_equal(change->name, "volume")) { /* a drive's medium */
        change->when = APPLY_NOW;
        change->reason = APPLY_REASON_NONE;
    }
}

void vm_rule(const VmConfig *config, const VmConfig *active, VmSetting *change)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rules[i].group != change->group || (rules[i].name && !str_equal(rules[i].name, change->name)))
            continue;
        change->when = rules[i].when;
        change->reason = rules[i].reason;
        break;
    }
    if (change->group == GROUP_DISKS)
        disk_rule(config, active, change);
    if (change->group == GROUP_MEMORY && str_equal(change->name, "size") && !active->memory->balloon) {
        change->when = APPLY_NEXT_START;
        change->reason = APPLY_REASON_NO_BALLOON;
    }
}

static void add_rule(VmSettingList *list, SettingGroup group, const char *name, const char *device, ApplyWhen when, ApplyReason reason)
{
    VmSetting setting = { .group = group, .name = x_strdup(name), .device = x_strdup(device), .when = when, .reason = reason };
    VmSettingList_add(list, &setting);
}

static void add_disk_rules(const VmConfig *active, VmSettingList *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(fixed_buses); i++)
        add_rule(ret, GROUP_DISKS, "add", DiskBus_name(fixed_buses[i]), APPLY_NEXT_START, APPLY_REASON_BUS);
    for (size_t i = 0; i < active->disks->items.count; i++) {
        const VmDisk *disk = &active->disks->items.items[i];
        if (is_fixed_bus(disk->bus))
            add_rule(ret, GROUP_DISKS, "remove", disk->key, APPLY_NEXT_START, APPLY_REASON_BUS);
        if (disk->device != DISK_DEVICE_DISK)
            add_rule(ret, GROUP_DISKS, "volume", disk->key, APPLY_NOW, APPLY_REASON_NONE);
    }
}

void vm_rules(const VmConfig *active, VmSettingList *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        bool others_now = false; /* a row for what is at once is needed only where the group's other fields are not */
        for (size_t k = i; k < ARRAY_SIZE(rules) && rules[k].group == rules[i].group; k++)
            others_now = rules[k].when == APPLY_NOW;
        VmSetting row = { .group = rules[i].group, .name = x_strdup(rules[i].name) };
        vm_rule(active, active, &row);
        if (row.when != APPLY_NOW || !others_now)
            VmSettingList_add(ret, &row);
        VmSetting_clear(&row);
    }
    add_disk_rules(active, ret);
}
