/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Start: with the host, in which order; protection against deletion. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/win/icons.h"

enum { AUTOSTART = 760, ORDER, DELAY, PROTECTED };

static const Field autostart[] = {FIELD(AUTOSTART, FIELD_FLAG, TEXT_LABEL_AUTOSTART, GROUP_STARTUP, VmStartup, autostart)};
static const Field fields[] = {
    FIELD(ORDER, FIELD_NUMBER, TEXT_LABEL_START_ORDER, GROUP_STARTUP, VmStartup, order),
    FIELD(DELAY, FIELD_NUMBER, TEXT_LABEL_START_DELAY, GROUP_STARTUP, VmStartup, delay, .unit = TEXT_UNIT_SECONDS),
};
static const Field guard[] = {FIELD(PROTECTED, FIELD_FLAG, TEXT_LABEL_PROTECTED, GROUP_GENERAL, VmGeneral, protected)};

static void build(Properties *box, Form *form)
{
    (void)box;
    fields_build(form, autostart, ARRAY_SIZE(autostart));
    fields_build(form, fields, ARRAY_SIZE(fields));
    form_note(form, -1, NOTE_DIM, text(TEXT_START_NOTE));
    fields_build(form, guard, ARRAY_SIZE(guard));
    form_note(form, -1, NOTE_DIM, text(TEXT_PROTECTED_NOTE));
}

static void fill(Properties *box, Form *form)
{
    const VmStartup *startup = box->edit.want.startup;
    fields_fill(form, &box->edit, autostart, ARRAY_SIZE(autostart), startup, NULL, box->read_only);
    fields_fill(form, &box->edit, fields, ARRAY_SIZE(fields), startup->autostart ? startup : NULL, NULL, box->read_only);
    fields_fill(form, &box->edit, guard, ARRAY_SIZE(guard), box->edit.want.general, NULL, box->read_only);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmStartup *startup = box->edit.want.startup;
    if (event != FORM_CHANGED)
        return;
    if (fields_take(form, autostart, ARRAY_SIZE(autostart), startup, id))
        fields_fill(form, &box->edit, fields, ARRAY_SIZE(fields), startup->autostart ? startup : NULL, NULL, box->read_only);
    fields_take(form, fields, ARRAY_SIZE(fields), startup, id);
    fields_take(form, guard, ARRAY_SIZE(guard), box->edit.want.general, id);
}

const PropertiesPage properties_start_page = {ICON_START, "properties-start", build, fill, event, NULL};
