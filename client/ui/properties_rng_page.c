/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Random numbers and watchdog. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/win/icons.h"

enum { PRESENT = 720, SOURCE, BYTES, PERIOD, WATCHDOG, ACTION };

static const Field present[] = {FIELD(PRESENT, FIELD_FLAG, TEXT_LABEL_RNG, GROUP_RNG, VmRng, present)};
static const Field rng_fields[] = {
    FIELD(SOURCE, FIELD_TEXT, TEXT_LABEL_RNG_SOURCE, GROUP_RNG, VmRng, source),
    FIELD(BYTES, FIELD_NUMBER, TEXT_LABEL_RNG_BYTES, GROUP_RNG, VmRng, bytes, .unit = TEXT_UNIT_BYTES),
    FIELD(PERIOD, FIELD_NUMBER, TEXT_LABEL_RNG_PERIOD, GROUP_RNG, VmRng, period, .unit = TEXT_UNIT_MS),
};

static const struct {
    const char *word;
    TextId text;
} actions[] = {
    {"reset", TEXT_WATCHDOG_RESET}, {"shutdown", TEXT_WATCHDOG_SHUTDOWN}, {"poweroff", TEXT_WATCHDOG_POWEROFF}, {"pause", TEXT_WATCHDOG_PAUSE}, {"none", TEXT_WATCHDOG_NOTHING},
    {"dump", TEXT_WATCHDOG_DUMP}, {"inject-nmi", TEXT_WATCHDOG_NMI},
};

static void build(Properties *box, Form *form)
{
    (void)box;
    fields_build(form, present, ARRAY_SIZE(present));
    fields_build(form, rng_fields, ARRAY_SIZE(rng_fields));
    form_combo(form, WATCHDOG, text(TEXT_LABEL_WATCHDOG), 20, false);
    form_combo(form, ACTION, text(TEXT_LABEL_WATCHDOG_ACTION), 30, false);
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        form_combo_add(form, ACTION, text(actions[i].text), (intptr_t)i);
}

/* None, what the host offers, and what it has. */
static void fill_watchdogs(Properties *box, Form *form, const char *now)
{
    const StrList *models = &box->edit.can.watchdogs;
    bool listed = false;
    form_combo_clear(form, WATCHDOG);
    form_combo_add(form, WATCHDOG, text(TEXT_WATCHDOG_NONE), -1);
    form_combo_select(form, WATCHDOG, -1);
    for (size_t i = 0; i < models->count; i++) {
        form_combo_add(form, WATCHDOG, models->items[i], (intptr_t)i);
        if (str_equal(models->items[i], now)) {
            form_combo_select(form, WATCHDOG, (intptr_t)i);
            listed = true;
        }
    }
    if (now && !listed) {
        form_combo_add(form, WATCHDOG, now, (intptr_t)models->count);
        form_combo_select(form, WATCHDOG, (intptr_t)models->count);
    }
}

static intptr_t action_index(const char *word)
{
    for (size_t i = 0; word && i < ARRAY_SIZE(actions); i++)
        if (str_equal(actions[i].word, word))
            return (intptr_t)i;
    return 0;
}

static void fill(Properties *box, Form *form)
{
    const VmRng *rng = box->edit.want.rng;
    const VmWatchdog *watchdog = box->edit.want.watchdog;
    bool usable = watchdog && !box->read_only && vm_edit_allowed(&box->edit, GROUP_WATCHDOG, "model", NULL);
    fields_fill(form, &box->edit, present, ARRAY_SIZE(present), rng, NULL, box->read_only);
    fields_fill(form, &box->edit, rng_fields, ARRAY_SIZE(rng_fields), rng && rng->present ? rng : NULL, NULL, box->read_only);
    fill_watchdogs(box, form, watchdog ? watchdog->model : NULL);
    form_combo_select(form, ACTION, action_index(watchdog ? watchdog->action : NULL));
    form_set_enabled(form, WATCHDOG, usable);
    form_set_enabled(form, ACTION, usable && watchdog->model);
}

static void take_watchdog(Properties *box, Form *form)
{
    VmWatchdog *watchdog = box->edit.want.watchdog;
    intptr_t index = form_combo_data(form, WATCHDOG, -1);
    const StrList *models = &box->edit.can.watchdogs;
    if (index >= 0 && (size_t)index >= models->count)
        return; /* as it is */
    fields_set(&watchdog->model, x_strdup(index < 0 ? NULL : models->items[index]));
    if (!watchdog->model)
        fields_set(&watchdog->action, NULL);
    else if (!watchdog->action)
        watchdog->action = x_strdup(actions[0].word);
    form_set_enabled(form, ACTION, watchdog->model != NULL);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmRng *rng = box->edit.want.rng;
    if (event != FORM_CHANGED)
        return;
    if (fields_take(form, present, ARRAY_SIZE(present), rng, id))
        fields_fill(form, &box->edit, rng_fields, ARRAY_SIZE(rng_fields), rng->present ? rng : NULL, NULL, box->read_only);
    fields_take(form, rng_fields, ARRAY_SIZE(rng_fields), rng, id);
    if (id == WATCHDOG)
        take_watchdog(box, form);
    if (id == ACTION)
        fields_set(&box->edit.want.watchdog->action, x_strdup(actions[form_combo_data(form, ACTION, 0)].word));
}

const PropertiesPage properties_rng_page = {ICON_CLOCK, "properties-rng", build, fill, event, NULL};
