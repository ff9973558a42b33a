/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a form that stand for fields of a struct; see fields.h. UI thread. */
#include "client/ui/fields.h"

#include <stdlib.h>
#include <string.h>

enum { CHARS = 30, NUMBER_CHARS = 10 };

static const int64_t most = INT64_C(1) << 40;

static int64_t scale_of(const Field *field) { return field->scale ? field->scale : 1; }

static void build_one(Form *form, const Field *field)
{
    const char *label = text(field->label);
    int chars = field->chars ? field->chars : CHARS;
    switch (field->kind) {
    case FIELD_TEXT: form_edit(form, field->id, label, chars, 0); break;
    case FIELD_LINES: form_memo(form, field->id, label, CHARS, chars); break;
    case FIELD_WORD: form_combo(form, field->id, label, chars, true); break;
    case FIELD_NUMBER:
    case FIELD_SIZE: form_number(form, field->id, label, NUMBER_CHARS, 1, most); break;
    case FIELD_FLAG: form_check(form, field->id, label); break;
    default:
        form_combo(form, field->id, label, chars, false);
        for (size_t i = 0; i < field->choice_count; i++)
            form_combo_add(form, field->id, text(field->choices[i].text), field->choices[i].value);
        break;
    }
    if (field->unit)
        form_beside_text(form, -1, text(field->unit));
}

void fields_build(Form *form, const Field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        build_one(form, &fields[i]);
}

/* ---------------------------------------------------------------- showing */

static char *number_text(const Field *field, int64_t value)
{
    if (field->kind == FIELD_SIZE)
        return vm_edit_size_text(value, scale_of(field));
    return value > 0 ? x_printf("%lld", (long long)(value / scale_of(field))) : x_strdup("");
}

/* Only what is different: typing goes on in a field that is filled again. */
static void show_text(Form *form, int id, const char *words)
{
    AUTO_FREE char *shown = form_text(form, id);
    if (!str_equal(shown, words))
        form_set_text(form, id, words);
}

static void fill_one(Form *form, const Field *field, const char *base)
{
    const void *at = base ? base + field->offset : NULL;
    int64_t number = 0;
    int choice = -1;
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_WORD:
    case FIELD_LINES: show_text(form, field->id, at ? str_or_empty(*(char *const *)at) : ""); break;
    case FIELD_FLAG: form_set_checked(form, field->id, at && *(const bool *)at); break;
    case FIELD_CHOICE:
        if (at)
            memcpy(&choice, at, sizeof(choice));
        form_combo_select(form, field->id, choice);
        break;
    default: {
        if (at)
            memcpy(&number, at, sizeof(number));
        AUTO_FREE char *words = number_text(field, number);
        if (number != VM_EDIT_BAD)
            show_text(form, field->id, words);
        break;
    }
    }
}

void fields_fill(Form *form, const VmEdit *edit, const Field *fields, size_t count, const void *base, const char *device, bool read_only)
{
    for (size_t i = 0; i < count; i++) {
        fill_one(form, &fields[i], base);
        form_set_enabled(form, fields[i].id, base && !read_only && vm_edit_allowed(edit, fields[i].group, fields[i].name, device));
    }
}

void fields_words(Form *form, int id, const StrList *words)
{
    AUTO_FREE char *shown = form_text(form, id);
    form_combo_clear(form, id);
    for (size_t i = 0; i < words->count; i++)
        form_combo_add(form, id, words->items[i], (intptr_t)i);
    form_set_text(form, id, shown);
}

/* ---------------------------------------------------------------- taking over */

void fields_set(char **field, char *value)
{
    free(*field);
    *field = str_empty(value) ? NULL : value;
    if (!*field)
        free(value);
}

static int64_t typed_number(const Form *form, const Field *field)
{
    AUTO_FREE char *typed = form_text(form, field->id);
    if (field->kind == FIELD_SIZE)
        return vm_edit_size(typed, scale_of(field));
    int64_t number = vm_edit_number(typed);
    return number == VM_EDIT_BAD || number > INT64_MAX / scale_of(field) ? VM_EDIT_BAD : number * scale_of(field);
}

static void take_one(const Form *form, const Field *field, char *base)
{
    void *at = base + field->offset;
    int64_t number;
    int choice;
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_WORD:
    case FIELD_LINES: fields_set(at, form_text(form, field->id)); break;
    case FIELD_FLAG: *(bool *)at = form_checked(form, field->id); break;
    case FIELD_CHOICE:
        choice = (int)form_combo_data(form, field->id, 0);
        memcpy(at, &choice, sizeof(choice));
        break;
    default:
        number = typed_number(form, field);
        memcpy(at, &number, sizeof(number));
        break;
    }
}

bool fields_take(const Form *form, const Field *fields, size_t count, void *base, int id)
{
    for (size_t i = 0; base && i < count; i++)
        if (fields[i].id == id) {
            take_one(form, &fields[i], base);
            return true;
        }
    return false;
}
