/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Memory: size, ballooning, huge pages. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/win/icons.h"

enum { SIZE_FIELD = 540, MAXIMUM, BALLOON, HUGEPAGES, LOCKED, PAGES_NOTE };

static const int64_t mib = 1 << 20;

static const Field fields[] = {
    FIELD(SIZE_FIELD, FIELD_NUMBER, TEXT_LABEL_MEMORY_SIZE, GROUP_MEMORY, VmMemory, size, .unit = TEXT_UNIT_MB, .scale = 1 << 20),
    FIELD(MAXIMUM, FIELD_NUMBER, TEXT_LABEL_MEMORY_MAXIMUM, GROUP_MEMORY, VmMemory, maximum, .unit = TEXT_UNIT_MB, .scale = 1 << 20),
    FIELD(BALLOON, FIELD_FLAG, TEXT_LABEL_BALLOON, GROUP_MEMORY, VmMemory, balloon),
    FIELD(HUGEPAGES, FIELD_FLAG, TEXT_LABEL_HUGEPAGES, GROUP_MEMORY, VmMemory, hugepages),
    FIELD(LOCKED, FIELD_FLAG, TEXT_LABEL_LOCKED, GROUP_MEMORY, VmMemory, locked),
};

static void build(Properties *box, Form *form)
{
    (void)box;
    fields_build(form, fields, ARRAY_SIZE(fields));
    form_note(form, PAGES_NOTE, NOTE_WARNING, text(TEXT_NO_HUGEPAGES));
}

static void fill(Properties *box, Form *form)
{
    const VmMemory *memory = box->edit.want.memory;
    bool no_pages = box->edit.can_known && !box->edit.can.page_sizes.count;
    fields_fill(form, &box->edit, fields, ARRAY_SIZE(fields), memory, NULL, box->read_only);
    form_set_shown(form, PAGES_NOTE, memory->hugepages && no_pages);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmMemory *memory = box->edit.want.memory;
    const VmMemory *was = box->edit.was.config->memory;
    if (event != FORM_CHANGED || !fields_take(form, fields, ARRAY_SIZE(fields), memory, id))
        return;
    box->memory_maximum_typed |= id == MAXIMUM;
    bool follows = was && was->maximum == was->size && !box->memory_maximum_typed && !box->edit.was.active; /* no others were wanted */
    if (id == SIZE_FIELD && follows && memory->size >= mib) {
        memory->maximum = memory->size;
        fields_fill(form, &box->edit, &fields[1], 1, memory, NULL, box->read_only);
    }
    if (id == HUGEPAGES)
        fill(box, form);
}

const PropertiesPage properties_memory_page = {ICON_MEMORY, "properties-memory", build, fill, event, NULL};
