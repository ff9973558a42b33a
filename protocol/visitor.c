/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of a walk over a message: see visitor.h. */
#include "visitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(Visitor *v, const char *name, const char *what)
{
    error_set(v->err, ERR_INVALID_PARAMS, NULL, "%s%s %s", v->path, name, what);
    return false;
}

static void put(Visitor *v, const char *name, json_t *value)
{
    if (json_object_set_new(v->object, name, value) < 0)
        abort(); /* only for text that is not UTF-8, which callers check, or no memory */
}

/* Finds the field for decoding; *field is NULL when it is absent. False: required but absent. JSON null counts as absent. */
static bool get(Visitor *v, const char *name, Need need, json_t **field)
{
    *field = json_object_get(v->object, name);
    if (*field)
        v->known++;
    if (*field && json_is_null(*field))
        *field = NULL;
    if (!*field && need == REQUIRED)
        return fail(v, name, "is missing");
    return true;
}

/* Text of ours may come from libvirt or a disk: bytes that are not UTF-8 are replaced so that a message can always be sent. */
static json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    AUTO_FREE char *clean = x_strdup(text);
    for (char *p = clean; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    return json_string(clean);
}

static bool decode_text(Visitor *v, const char *name, const json_t *field, size_t limit, char **text)
{
    if (!json_is_string(field))
        return fail(v, name, "must be a string");
    if (json_string_length(field) > limit)
        return fail(v, name, "is too long");
    *text = x_strndup(json_string_value(field), json_string_length(field));
    return true;
}

bool visit_str(Visitor *v, const char *name, char **text, Need need, size_t limit)
{
    json_t *field = NULL;
    switch (v->mode) {
    case VISIT_ENCODE:
        if (*text || need == REQUIRED)
            put(v, name, json_text(str_or_empty(*text)));
        return true;
    case VISIT_DECODE:
        return get(v, name, need, &field) && (!field || decode_text(v, name, field, limit, text));
    case VISIT_COPY:
        *text = x_strdup(*text);
        return true;
    case VISIT_CLEAR:
        free(*text);
    }
    return true;
}

bool visit_int(Visitor *v, const char *name, int64_t *number, Need need)
{
    json_t *field = NULL;
    if (v->mode == VISIT_ENCODE && (*number || need == REQUIRED))
        put(v, name, json_integer(*number));
    if (v->mode != VISIT_DECODE)
        return true;
    if (!get(v, name, need, &field))
        return false;
    if (field && !json_is_integer(field))
        return fail(v, name, "must be a whole number");
    *number = field ? json_integer_value(field) : 0;
    return true;
}

bool visit_bool(Visitor *v, const char *name, bool *flag, Need need)
{
    json_t *field = NULL;
    if (v->mode == VISIT_ENCODE && (*flag || need == REQUIRED))
        put(v, name, json_boolean(*flag));
    if (v->mode != VISIT_DECODE)
        return true;
    if (!get(v, name, need, &field))
        return false;
    if (field && !json_is_boolean(field))
        return fail(v, name, "must be true or false");
    *flag = json_is_true(field);
    return true;
}

bool visit_enum(Visitor *v, const char *name, int *value, Need need, const char *const *names, int count)
{
    json_t *field = NULL;
    if (v->mode == VISIT_ENCODE && (*value || need == REQUIRED))
        put(v, name, json_string(names[*value >= 0 && *value < count ? *value : 0]));
    if (v->mode != VISIT_DECODE)
        return true;
    if (!get(v, name, need, &field))
        return false;
    if (field && !json_is_string(field))
        return fail(v, name, "must be a string");
    *value = 0;
    for (int i = 0; field && i < count; i++)
        if (strcmp(json_string_value(field), names[i]) == 0)
            *value = i;
    return true;
}

bool visit_strlist(Visitor *v, const char *name, StrList *list, size_t limit)
{
    if (v->mode == VISIT_CLEAR) {
        StrList_clear(list);
        return true;
    }
    if (v->mode == VISIT_COPY) {
        list->items = x_memdup(list->items, list->count, sizeof *list->items);
        for (size_t i = 0; i < list->count; i++)
            list->items[i] = x_strdup(list->items[i]);
        return true;
    }
    json_t *array = NULL;
    size_t count = list->count;
    if (!visit_list(v, name, limit, &count, &array))
        return false;
    if (v->mode == VISIT_ENCODE) {
        for (size_t i = 0; i < count; i++)
            json_array_append_new(array, json_text(list->items[i]));
        return true;
    }
    list->items = count ? x_calloc(count, sizeof *list->items) : NULL;
    for (; list->count < count; list->count++)
        if (!decode_text(v, name, json_array_get(array, list->count), LIMIT_PATH, &list->items[list->count]))
            return false;
    return true;
}

static void enter(Visitor *v, json_t *object, const char *step, VisitFrame *frame)
{
    *frame = (VisitFrame){ v->object, v->known, strlen(v->path) };
    v->object = object;
    v->known = 0;
    snprintf(v->path + frame->path_length, sizeof v->path - frame->path_length, "%s.", step);
}

bool visit_enter(Visitor *v, const char *name, Need need, bool *present, VisitFrame *frame)
{
    json_t *field = NULL;
    if (v->mode == VISIT_ENCODE && *present) {
        field = json_object();
        put(v, name, field);
    }
    if (v->mode == VISIT_DECODE) {
        if (!get(v, name, need, &field))
            return false;
        if (field && !json_is_object(field))
            return fail(v, name, "must be an object");
        *present = field != NULL;
    }
    if (*present)
        enter(v, field, name, frame);
    return true;
}

bool visit_list(Visitor *v, const char *name, size_t limit, size_t *count, json_t **list)
{
    *list = NULL;
    if (v->mode == VISIT_ENCODE && *count) {
        *list = json_array();
        put(v, name, *list);
    }
    if (v->mode != VISIT_DECODE)
        return true;
    if (!get(v, name, OPTIONAL, list))
        return false;
    if (*list && !json_is_array(*list))
        return fail(v, name, "must be a list");
    *count = json_array_size(*list);
    if (*count > limit)
        return fail(v, name, "has too many elements");
    return true;
}

bool visit_enter_item(Visitor *v, json_t *list, const char *name, size_t index, VisitFrame *frame)
{
    json_t *item = NULL;
    if (v->mode == VISIT_ENCODE) {
        item = json_object();
        json_array_append_new(list, item);
    }
    if (v->mode == VISIT_DECODE) {
        item = json_array_get(list, index);
        if (!json_is_object(item))
            return fail(v, name, "must hold objects");
    }
    enter(v, item, name, frame);
    return true;
}

bool visit_check_unknown(Visitor *v)
{
    if (v->mode != VISIT_DECODE || v->unknown == UNKNOWN_IGNORE || json_object_size(v->object) == v->known)
        return true;
    error_set(v->err, ERR_INVALID_PARAMS, NULL, "%s has a field that is not known here", *v->path ? v->path : "the message");
    return false;
}

bool visit_leave(Visitor *v, const VisitFrame *frame)
{
    bool ok = visit_check_unknown(v);
    v->object = frame->object;
    v->known = frame->known;
    v->path[frame->path_length] = 0;
    return ok;
}
