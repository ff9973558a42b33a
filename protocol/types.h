/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The contract's messages as C types, made from messages.def, with for each message T:
 *   json_t *T_encode(const T *)                                        a new reference, never NULL
 *   int     T_decode(const json_t *, Unknown, T *ret, Error *)         0, or ERR_INVALID_PARAMS naming the field; ret is empty on failure
 *   void    T_copy(const T *, T *ret)                                  a deep copy; ret is overwritten, not freed
 *   void    T_clear(T *)                                               frees what it holds and makes it empty
 * and for each enumeration E: const char *E_name(E), E E_parse(const char *) (unknown words give the first value).
 * A message owns its strings, lists and sub-messages. Plain values: one owner, any thread.
 */
#ifndef POOLCENTER_TYPES_H
#define POOLCENTER_TYPES_H

#include "error.h"
#include "limits.h"

#include <jansson.h>

/* What decoding does with fields it does not know: the agent rejects them, the client ignores them. */
typedef enum Unknown { UNKNOWN_REJECT, UNKNOWN_IGNORE } Unknown;

typedef struct StrList {
    char **items;
    size_t count;
} StrList;

void StrList_clear(StrList *list);
/* Appends a copy. */
void StrList_add(StrList *list, const char *text);
bool StrList_contains(const StrList *list, const char *text);

#define ENUM_BEGIN(E) typedef enum E {
#define ENUM_VALUE(name, wire) name,
#define ENUM_END(E) E##_COUNT } E; const char *E##_name(E value); E E##_parse(const char *word);
#include "def_read.h"

#define STRUCT_BEGIN(T) typedef struct T {
#define STR(name, need, limit, doc) char *name;
#define INT(name, need, doc) int64_t name;
#define BOOL(name, need, doc) bool name;
#define ENUM(name, E, need, doc) E name;
#define OBJ(name, T, need, doc) T *name;
#define LIST(name, T, limit, doc) T##List name;
#define STRLIST(name, limit, doc) StrList name;
#define STRUCT_END(T) \
    } T; \
    typedef struct T##List { T *items; size_t count; } T##List; \
    json_t *T##_encode(const T *message); \
    int T##_decode(const json_t *json, Unknown unknown, T *ret, Error *err); \
    void T##_copy(const T *message, T *ret); \
    void T##_clear(T *message); \
    /* Moves *message to the end of the list and leaves it empty. */ \
    void T##List_add(T##List *list, T *message); \
    void T##List_clear(T##List *list);
#include "def_read.h"

typedef enum Method {
#define METHOD(wire, name, P, R, role, doc) METHOD_##name,
#include "def_read.h"
    METHOD_COUNT
} Method;

const char *method_name(Method method);
Role method_role(Method method);
/* METHOD_COUNT if the contract has no method of that wire name. */
Method method_find(const char *name);

typedef enum Event {
#define EVENT(wire, name, P, doc) EVENT_##name,
#include "def_read.h"
    EVENT_COUNT
} Event;

const char *event_name(Event event);
Event event_find(const char *name);

/* The contract version of this tree, and the oldest one it still works with: an older peer is refused with a sentence. */
enum { PROTOCOL_VERSION = 3, PROTOCOL_OLDEST = 1 };

#endif
