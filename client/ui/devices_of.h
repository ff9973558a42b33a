/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DEVICES_OF(group, type): what a DeviceList asks of a group's list, all of which look alike: group_at, group_key, group_take_away. For properties_..._page.c.
 */
#ifndef POOLCENTER_DEVICES_OF_H
#define POOLCENTER_DEVICES_OF_H

#include "client/ui/properties.h"

#include <string.h>

#define DEVICES_OF(group, T) \
    static void *group##_at(VmEdit *edit, size_t index) \
    { \
        return edit->want.group && index < edit->want.group->items.count ? &edit->want.group->items.items[index] : NULL; \
    } \
    static const char *group##_key(const void *device) { return ((const T *)device)->key; } \
    static void group##_take_away(VmEdit *edit, size_t index) \
    { \
        T##List *items = &edit->want.group->items; \
        T##_clear(&items->items[index]); \
        memmove(&items->items[index], &items->items[index + 1], (items->count - index - 1) * sizeof(T)); \
        items->count--; \
        vm_edit_prune_boot(edit); \
    }

#endif
