/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page General: name and what people write about the VM. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/core/new_vm.h"
#include "client/win/icons.h"

#include <stdlib.h>
#include <string.h>

enum { NAME = 500, DESCRIPTION, FOLDER, TAGS, FIELDS, NOTES, GUEST };

static const Field fields[] = {
    FIELD(NAME, FIELD_TEXT, TEXT_LABEL_NAME, GROUP_GENERAL, VmGeneral, name),
    FIELD(DESCRIPTION, FIELD_TEXT, TEXT_LABEL_DESCRIPTION, GROUP_GENERAL, VmGeneral, description),
    FIELD(FOLDER, FIELD_TEXT, TEXT_LABEL_FOLDER, GROUP_GENERAL, VmGeneral, folder),
};
static const Field notes[] = {
    FIELD(NOTES, FIELD_LINES, TEXT_LABEL_NOTES, GROUP_GENERAL, VmGeneral, notes, .chars = 5),
};

static void build(Properties *box, Form *form)
{
    (void)box;
    fields_build(form, fields, ARRAY_SIZE(fields));
    form_edit(form, TAGS, text(TEXT_LABEL_TAGS), 30, 0);
    form_combo(form, GUEST, text(TEXT_LABEL_GUEST), 30, false);
    form_memo(form, FIELDS, text(TEXT_LABEL_FIELDS), 30, 4);
    form_note(form, -1, NOTE_DIM, text(TEXT_FIELDS_HINT));
    fields_build(form, notes, ARRAY_SIZE(notes));
}

static char *tags_text(const StrList *tags)
{
    char *all = x_strdup("");
    for (size_t i = 0; i < tags->count; i++) {
        char *longer = x_printf("%s%s%s", all, i ? ", " : "", tags->items[i]);
        free(all);
        all = longer;
    }
    return all;
}

static char *fields_text(const VmFieldList *list)
{
    char *all = x_strdup("");
    for (size_t i = 0; i < list->count; i++) {
        char *longer = x_printf("%s%s = %s\n", all, list->items[i].name, str_or_empty(list->items[i].value));
        free(all);
        all = longer;
    }
    return all;
}

/* ---------------------------------------------------------------- kinds of guests */

static void add_kind(Form *form, const char *id, const char *name) { form_combo_add(form, GUEST, name, form_id(form, id)); }

/* The host's kinds, or PoolCenter's own while it has told none; and the VM's own, which an older or newer list may not have. */
static void show_kinds(const Properties *box, Form *form)
{
    const GuestKindInfoList *list = &box->kinds.kinds;
    const char *present = box->edit.was.config->general->guest;
    bool listed = str_empty(present);
    form_combo_clear(form, GUEST);
    for (size_t i = 0; i < list->count; i++) {
        add_kind(form, list->items[i].id, list->items[i].name);
        listed |= str_equal(list->items[i].id, present);
    }
    for (size_t i = 0; i < guest_kind_count() && !list->count; i++) {
        add_kind(form, guest_kind_at(i)->id, guest_kind_at(i)->name);
        listed |= str_equal(guest_kind_at(i)->id, present);
    }
    if (!listed)
        add_kind(form, present, present);
}

static void show_guest(Properties *box, Form *form, const char *guest)
{
    if (!box->kinds_shown)
        show_kinds(box, form);
    box->kinds_shown = true;
    form_combo_select(form, GUEST, str_empty(guest) ? -1 : form_id(form, guest));
    form_set_enabled(form, GUEST, !box->read_only);
}

static void on_kinds(void *context, GuestKindTable *result, const Error *error)
{
    Properties *box = context;
    if (error)
        return; /* PoolCenter's own kinds, then */
    GuestKindTable_clear(&box->kinds);
    box->kinds = *result;
    *result = (GuestKindTable){0};
    box->kinds_shown = false;
    Form *form = properties_form(box, VM_PAGE_GENERAL);
    if (form)
        show_guest(box, form, box->edit.want.general->guest); /* only this: somebody may be typing into the others */
}

static void ask_kinds(Properties *box)
{
    GuestKindsParams params = {0};
    if (box->kinds_asked || !server_can(box->server, METHOD_host_guest_kinds, NULL))
        return;
    box->kinds_asked = true;
    call_host_guest_kinds(box->server, &params, on_kinds, box, box);
}

/* ---------------------------------------------------------------- values */

static void fill(Properties *box, Form *form)
{
    const VmGeneral *general = box->edit.want.general;
    AUTO_FREE char *tags = tags_text(&general->tags);
    AUTO_FREE char *custom = fields_text(&general->fields);
    fields_fill(form, &box->edit, fields, ARRAY_SIZE(fields), general, NULL, box->read_only);
    fields_fill(form, &box->edit, notes, ARRAY_SIZE(notes), general, NULL, box->read_only);
    form_set_text(form, TAGS, tags);
    form_set_text(form, FIELDS, custom);
    for (int id = TAGS; id <= FIELDS; id++)
        form_set_enabled(form, id, !box->read_only);
    ask_kinds(box);
    show_guest(box, form, general->guest);
}

/* The word from from to to without blanks around it; NULL: there is none. */
static char *trimmed(const char *from, const char *to)
{
    while (from < to && strchr(" \t", *from))
        from++;
    while (to > from && strchr(" \t", to[-1]))
        to--;
    return to > from ? x_strndup(from, (size_t)(to - from)) : NULL;
}

static void take_tags(VmGeneral *general, const char *typed)
{
    StrList_clear(&general->tags);
    for (const char *at = typed; *at;) {
        const char *end = at + strcspn(at, ",;");
        AUTO_FREE char *tag = trimmed(at, end);
        if (tag && !StrList_contains(&general->tags, tag))
            StrList_add(&general->tags, tag);
        at = *end ? end + 1 : end;
    }
}

/* A line each: name = value. */
static void take_fields(VmGeneral *general, const char *typed)
{
    VmFieldList_clear(&general->fields);
    for (const char *at = typed; *at;) {
        const char *end = at + strcspn(at, "\n"), *sign = memchr(at, '=', (size_t)(end - at));
        VmField field = {.name = trimmed(at, sign ? sign : end), .value = sign ? trimmed(sign + 1, end) : NULL};
        if (field.name || field.value)
            VmFieldList_add(&general->fields, &field);
        at = *end ? end + 1 : end;
    }
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmGeneral *general = box->edit.want.general;
    if (event != FORM_CHANGED)
        return;
    if (fields_take(form, fields, ARRAY_SIZE(fields), general, id) || fields_take(form, notes, ARRAY_SIZE(notes), general, id))
        return;
    AUTO_FREE char *typed = form_text(form, id);
    if (id == TAGS)
        take_tags(general, typed);
    else if (id == FIELDS)
        take_fields(general, typed);
    else if (id == GUEST)
        fields_set(&general->guest, x_strdup(form_combo_id(form, GUEST)));
}

const PropertiesPage properties_general_page = {ICON_VM, "properties-general", build, fill, event, NULL};
