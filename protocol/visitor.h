/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One walk over a message that encodes, decodes, copies or frees it, so that the four cannot disagree. Used by types.c only; the JSON
 * library meets our code here and in rpc.c. A Visitor lives on the stack of one call.
 */
#ifndef POOLCENTER_VISITOR_H
#define POOLCENTER_VISITOR_H

#include "types.h"

typedef enum VisitMode { VISIT_ENCODE, VISIT_DECODE, VISIT_COPY, VISIT_CLEAR } VisitMode;
typedef enum Need { REQUIRED, OPTIONAL } Need;

typedef struct Visitor {
    VisitMode mode;
    Unknown unknown;
    json_t *object;     /* the object whose fields are visited now: borrowed */
    size_t known;       /* DECODE: fields of it that the message has */
    char path[200];     /* DECODE: where we are, for errors */
    Error *err;
} Visitor;

/* Each returns false when decoding failed; the error is set. */
bool visit_str(Visitor *v, const char *name, char **text, Need need, size_t limit);
bool visit_int(Visitor *v, const char *name, int64_t *number, Need need);
bool visit_bool(Visitor *v, const char *name, bool *flag, Need need);
/* value is the enum as an int; names has count words. */
bool visit_enum(Visitor *v, const char *name, int *value, Need need, const char *const *names, int count);
bool visit_strlist(Visitor *v, const char *name, StrList *list, size_t limit);

/* The outer object's state, kept while an inner one is visited. */
typedef struct VisitFrame {
    json_t *object;
    size_t known;
    size_t path_length;
} VisitFrame;

/* Opens the field name as an object (present: ENCODE in, DECODE out). When it is not present there is nothing to leave. */
bool visit_enter(Visitor *v, const char *name, Need need, bool *present, VisitFrame *frame);
/* Opens the field name as a list of *count elements (ENCODE in, DECODE out). *list is the JSON array, NULL when there is none. */
bool visit_list(Visitor *v, const char *name, size_t limit, size_t *count, json_t **list);
bool visit_enter_item(Visitor *v, json_t *list, const char *name, size_t index, VisitFrame *frame);
/* Ends an object: with UNKNOWN_REJECT every field must have been known. Restores the outer one. */
bool visit_leave(Visitor *v, const VisitFrame *frame);
bool visit_check_unknown(Visitor *v);

#endif
