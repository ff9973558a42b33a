/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of a form that stand for fields of a struct, as tables: a Field says which control it is, where its value is in the struct and in which unit it is shown.
 * Used by the pages of the Properties dialog, where a struct is a group of settings or the device selected in a list. UI thread.
 */
#ifndef POOLCENTER_FIELDS_H
#define POOLCENTER_FIELDS_H

#include "client/core/vm_edit.h"
#include "client/win/form.h"

typedef enum FieldKind {
    FIELD_TEXT,   /* char *: an edit */
    FIELD_LINES,  /* char *: an edit of several lines */
    FIELD_WORD,   /* char *: a combo box that can be typed into; the page adds the words (fields_words) */
    FIELD_NUMBER, /* int64_t: whole units, with arrows; 0 is shown as an empty field */
    FIELD_SIZE,   /* int64_t: with decimals; 0 is shown as an empty field */
    FIELD_FLAG,   /* bool: a check box */
    FIELD_CHOICE, /* an enumeration: a combo box of choices */
} FieldKind;

typedef struct FieldChoice {
    int value;
    TextId text;
} FieldChoice;

typedef struct Field {
    int id;
    FieldKind kind;
    TextId label;
    SettingGroup group;  /* what it is, for when a change takes effect */
    const char *name;
    size_t offset;       /* in the struct */
    int chars;           /* FIELD_LINES: lines */
    TextId unit;         /* said beside it; 0: nothing */
    int64_t scale;       /* bytes, or what the struct counts, in one of what is shown; 0: 1 */
    const FieldChoice *choices;
    size_t choice_count;
} Field;

/* A row of a table of fields: the member of struct T is the contract's field of the same name. More by designated initializers. */
#define FIELD(id_, kind_, label_, group_, T, member, ...) \
    {.id = id_, .kind = kind_, .label = label_, .group = group_, .name = #member, .offset = offsetof(T, member), __VA_ARGS__}

/* Sets of rows in tab order. */
void fields_build(Form *form, const Field *fields, size_t count);
/* Shows the values of the struct at base; NULL: nothing, and nothing can be entered. device: its key, or NULL. */
void fields_fill(Form *form, const VmEdit *edit, const Field *fields, size_t count, const void *base, const char *device, bool read_only);
/* The user changed the control id: into the struct. False: it is none of these. */
bool fields_take(const Form *form, const Field *fields, size_t count, void *base, int id);
/* The words a FIELD_WORD offers. */
void fields_words(Form *form, int id, const StrList *words);
/* Sets a text of the struct; an empty one is NULL. Takes value. */
void fields_set(char **field, char *value);

#endif
