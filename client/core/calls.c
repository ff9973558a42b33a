/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The typed calls of server.h, made from messages.def, and what the link needs to decode their results. */
#include "client/core/calls.h"

#include "client/core/server_private.h"

#include <stdlib.h>

#define METHOD(wire, name, P, R, role, doc) \
    static int decode_##name(const json_t *json, void *ret, Error *err) { return R##_decode(json, UNKNOWN_IGNORE, ret, err); } \
    static void clear_##name(void *result) { R##_clear(result); } \
    static void finish_##name(void (*done)(void), void *context, void *result, const Error *error) \
    { \
        ((void (*)(void *, R *, const Error *))done)(context, result, error); \
    } \
    void call_##name(Server *server, const P *params, void (*done)(void *context, R *result, const Error *error), const void *owner, void *context) \
    { \
        server_call(server, METHOD_##name, P##_encode(params), finish_##name, (void (*)(void))done, owner, context); \
    }
#include "protocol/def_read.h"

static const MethodOps table[] = {
#define METHOD(wire, name, P, R, role, doc) { sizeof(R), decode_##name, clear_##name },
#include "protocol/def_read.h"
};

const MethodOps *method_ops(Method method) { return &table[method]; }

void method_free_result(Method method, void *result)
{
    if (!result)
        return;
    table[method].clear(result);
    free(result);
}
