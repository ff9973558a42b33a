/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What types.h declares, made from messages.def: one visit function per message, and what is built on it. */
#include "types.h"

#include "visitor.h"

#include <stdlib.h>
#include <string.h>

void StrList_clear(StrList *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (StrList){ 0 };
}

void StrList_add(StrList *list, const char *text)
{
    list->items = x_realloc(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = x_strdup(text);
}

bool StrList_contains(const StrList *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i], text))
            return true;
    return false;
}

static int find_word(const char *const *words, int count, const char *word)
{
    for (int i = 0; word && i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

#define ENUM_BEGIN(E) static const char *const E##_words[] = {
#define ENUM_VALUE(name, wire) wire,
#define ENUM_END(E) \
    }; \
    const char *E##_name(E value) { return E##_words[(int)value >= 0 && value < E##_COUNT ? (int)value : 0]; } \
    E E##_parse(const char *word) \
    { \
        int i = find_word(E##_words, E##_COUNT, word); \
        return i < 0 ? (E)0 : (E)i; \
    }
#include "def_read.h"

/* One visit function per message. */
#define STRUCT_BEGIN(T) \
    static bool visit_##T(Visitor *v, T *o) \
    { \
        (void)o;
#define STR(name, need, limit, doc) if (!visit_str(v, #name, &o->name, need, limit)) return false;
#define INT(name, need, doc) if (!visit_int(v, #name, &o->name, need)) return false;
#define BOOL(name, need, doc) if (!visit_bool(v, #name, &o->name, need)) return false;
#define ENUM(name, E, need, doc) \
    { \
        int value = (int)o->name; \
        if (!visit_enum(v, #name, &value, need, E##_words, E##_COUNT)) \
            return false; \
        o->name = (E)value; \
    }
#define OBJ(name, T, need, doc) \
    { \
        VisitFrame frame; \
        bool present = o->name != NULL; \
        if (!visit_enter(v, #name, need, &present, &frame)) \
            return false; \
        if (present && !o->name) \
            o->name = x_calloc(1, sizeof(T)); \
        if (present && v->mode == VISIT_COPY) \
            o->name = x_memdup(o->name, 1, sizeof(T)); \
        if (present && (!visit_##T(v, o->name) || !visit_leave(v, &frame))) \
            return false; \
        if (v->mode == VISIT_CLEAR) \
            free(o->name); \
    }
#define LIST(name, T, limit, doc) if (!visit_##T##List(v, #name, limit, &o->name)) return false;
#define STRLIST(name, limit, doc) if (!visit_strlist(v, #name, &o->name, limit)) return false;
#define STRUCT_END(T) \
        return visit_check_unknown(v); \
    } \
    static bool visit_##T##Items(Visitor *v, const char *name, json_t *array, T##List *list, size_t count) \
    { \
        for (size_t i = 0; i < count; i++) { \
            VisitFrame frame; \
            if (!visit_enter_item(v, array, name, i, &frame)) \
                return false; \
            list->count = v->mode == VISIT_DECODE ? i + 1 : list->count; \
            if (!visit_##T(v, &list->items[i]) || !visit_leave(v, &frame)) \
                return false; \
        } \
        return true; \
    } \
    __attribute__((unused)) static bool visit_##T##List(Visitor *v, const char *name, size_t limit, T##List *list) \
    { \
        json_t *array = NULL; \
        size_t count = list->count; \
        if (!visit_list(v, name, limit, &count, &array)) \
            return false; \
        if (v->mode == VISIT_DECODE && count) \
            list->items = x_calloc(count, sizeof(T)); \
        if (v->mode == VISIT_COPY) \
            list->items = x_memdup(list->items, count, sizeof(T)); \
        if (!visit_##T##Items(v, name, array, list, count)) \
            return false; \
        if (v->mode == VISIT_CLEAR) \
            free(list->items); \
        return true; \
    } \
    json_t *T##_encode(const T *message) \
    { \
        T copy = *message; /* encoding does not change it; the walk serves clearing too and takes a plain pointer */ \
        Visitor v = { .mode = VISIT_ENCODE, .object = json_object() }; \
        visit_##T(&v, &copy); \
        return v.object; \
    } \
    int T##_decode(const json_t *json, Unknown unknown, T *ret, Error *err) \
    { \
        T message; \
        memset(&message, 0, sizeof message); \
        if (!json_is_object(json)) \
            return error_set(err, ERR_INVALID_PARAMS, NULL, "an object is expected"); \
        json_t *object = json_incref((json_t *)(uintptr_t)json); \
        Visitor v = { .mode = VISIT_DECODE, .unknown = unknown, .object = object, .err = err }; \
        bool ok = visit_##T(&v, &message); \
        json_decref(object); \
        if (!ok) { \
            T##_clear(&message); \
            memset(ret, 0, sizeof *ret); \
            return ERR_INVALID_PARAMS; \
        } \
        *ret = message; \
        return 0; \
    } \
    void T##_copy(const T *message, T *ret) \
    { \
        T copy = *message; \
        Visitor v = { .mode = VISIT_COPY }; \
        visit_##T(&v, &copy); \
        *ret = copy; \
    } \
    void T##_clear(T *message) \
    { \
        Visitor v = { .mode = VISIT_CLEAR }; \
        visit_##T(&v, message); \
        memset(message, 0, sizeof *message); \
    } \
    void T##List_add(T##List *list, T *message) \
    { \
        list->items = x_realloc(list->items, list->count + 1, sizeof(T)); \
        list->items[list->count++] = *message; \
        memset(message, 0, sizeof *message); \
    } \
    void T##List_clear(T##List *list) \
    { \
        for (size_t i = 0; i < list->count; i++) \
            T##_clear(&list->items[i]); \
        free(list->items); \
        *list = (T##List){ 0 }; \
    }
#include "def_read.h"

static const char *const method_words[] = {
#define METHOD(wire, name, P, R, role, doc) wire,
#include "def_read.h"
};

static const Role method_roles[] = {
#define METHOD(wire, name, P, R, role, doc) role,
#include "def_read.h"
};

static const char *const event_words[] = {
#define EVENT(wire, name, P, doc) wire,
#include "def_read.h"
};

const char *method_name(Method method) { return method_words[method]; }
Role method_role(Method method) { return method_roles[method]; }
const char *event_name(Event event) { return event_words[event]; }

Method method_find(const char *name)
{
    int i = find_word(method_words, METHOD_COUNT, name);
    return i < 0 ? METHOD_COUNT : (Method)i;
}

Event event_find(const char *name)
{
    int i = find_word(event_words, EVENT_COUNT, name);
    return i < 0 ? EVENT_COUNT : (Event)i;
}
