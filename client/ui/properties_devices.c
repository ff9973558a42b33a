/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of devices with the fields of the selected one below it, as several pages of the Properties dialog have; see properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/ui/words.h"

#include <stdlib.h>

enum { FIRST_WIDTH = 200, WIDTH = 150 };

void device_list_build(Form *form, const DeviceList *list)
{
    form_list(form, list->list, text(list->label), list->lines, false);
    for (int i = 0; i < DEVICE_COLUMNS; i++)
        if (list->columns[i])
            form_list_column(form, list->list, text(list->columns[i]), i ? WIDTH : FIRST_WIDTH, false);
}

void device_list_remove_button(Form *form, const DeviceList *list, TextId words) { form_beside_button(form, list->remove, text(words)); }

static size_t count_of(Properties *box, const DeviceList *list)
{
    size_t count = 0;
    while (list->at(&box->edit, count))
        count++;
    return count;
}

static void fill_row(Properties *box, Form *form, const DeviceList *list, int row)
{
    char *cells[DEVICE_COLUMNS] = {0};
    list->cells(box, list->at(&box->edit, (size_t)row), cells);
    for (int i = 0; i < DEVICE_COLUMNS; i++) {
        if (list->columns[i])
            form_list_cell(form, list->list, row, i, str_or_empty(cells[i]));
        free(cells[i]);
    }
}

void *device_list_selected(Properties *box, Form *form, const DeviceList *list)
{
    int row = form_list_selected(form, list->list);
    return row < 0 ? NULL : list->at(&box->edit, (size_t)row);
}

const char *device_list_key(Properties *box, Form *form, const DeviceList *list)
{
    const void *device = device_list_selected(box, form, list);
    return device ? list->key(device) : NULL;
}

static void fill_fields(Properties *box, Form *form, const DeviceList *list)
{
    const void *device = device_list_selected(box, form, list);
    const char *key = device ? list->key(device) : NULL;
    fields_fill(form, &box->edit, list->fields, list->field_count, device, key, box->read_only);
    /* what is new and not there yet can always be taken away */
    form_set_enabled(form, list->remove, device && !box->read_only && (!key || vm_edit_allowed(&box->edit, list->group, "remove", key)));
}

void device_list_fill(Properties *box, Form *form, const DeviceList *list)
{
    int selected = form_list_selected(form, list->list), count = (int)count_of(box, list);
    form_list_clear(form, list->list);
    for (int i = 0; i < count; i++) {
        form_list_add(form, list->list, "", list->icon(list->at(&box->edit, (size_t)i)), i);
        fill_row(box, form, list, i);
    }
    if (count)
        form_list_select(form, list->list, selected < 0 ? 0 : selected < count ? selected : count - 1);
    fill_fields(box, form, list);
}

void device_list_select_last(Properties *box, Form *form, const DeviceList *list)
{
    int count = (int)count_of(box, list);
    device_list_fill(box, form, list);
    if (count)
        form_list_select(form, list->list, count - 1);
    fill_fields(box, form, list);
}

bool device_list_event(Properties *box, Form *form, const DeviceList *list, int id, FormEvent event)
{
    int row = form_list_selected(form, list->list);
    if (id == list->list) {
        fill_fields(box, form, list);
        return true;
    }
    if (event == FORM_CLICKED && id == list->remove && row >= 0) {
        list->take_away(&box->edit, (size_t)row);
        device_list_fill(box, form, list);
        form_focus(form, list->list);
        return true;
    }
    if (event != FORM_CHANGED || row < 0 || !fields_take(form, list->fields, list->field_count, list->at(&box->edit, (size_t)row), id))
        return false;
    fill_row(box, form, list, row);
    return true;
}
