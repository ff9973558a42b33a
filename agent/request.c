/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a method's JSON parameters to its handler and back: see request.h. */
#include "agent/request.h"
#include "agent/drivers.h"
#include "agent/log.h"

#include <stdlib.h>
#include <string.h>

typedef int (*Run)(Request *request, const json_t *params, json_t **ret, Error *err);

#define METHOD(wire, name, P, R, role, doc) \
    static int run_##name(Request *request, const json_t *params, json_t **ret, Error *err) \
    { \
        P in; \
        R out; \
        memset(&out, 0, sizeof out); \
        /* hello must be understood from clients of any later version. */ \
        if (P##_decode(params, METHOD_##name == METHOD_hello ? UNKNOWN_IGNORE : UNKNOWN_REJECT, &in, err) < 0) \
            return ERR_INVALID_PARAMS; \
        int code = handle_##name(request, &in, &out, err); \
        if (code == 0) \
            *ret = R##_encode(&out); \
        R##_clear(&out); \
        P##_clear(&in); \
        return code; \
    }
#include "protocol/def_read.h"

static const Run runs[] = {
#define METHOD(wire, name, P, R, role, doc) run_##name,
#include "protocol/def_read.h"
};

void request_object(Request *request, const char *id, const char *name)
{
    free(request->object_id);
    free(request->object_name);
    request->object_id = x_strdup(id);
    request->object_name = x_strdup(name);
}

int request_task(Request *request, ObjectKind kind, bool cancellable, int (*run)(Task *, void *, Error *),
                 void (*release)(void *), void *context, TaskRef *ret, Error *err)
{
    TaskSpec spec = {
        .method = request->method,
        .kind = kind,
        .object_id = request->object_id,
        .object_name = request->object_name,
        .user = request->identity->user,
        .cancellable = cancellable,
        .run = run,
        .release = release,
        .context = context,
    };
    return task_start(request->agent->tasks, &spec, ret, err);
}

static void audit(const Request *request, const Error *err)
{
    if (method_role(request->method) <= ROLE_VIEWER && err->code != ERR_ACCESS_DENIED)
        return;
    audit_write(&(AuditEntry){ request->identity->user, method_name(request->method), request->object_id,
                               request->object_name, err->code ? err : NULL, "accepted" });
}

int request_run(Request *request, const json_t *params, json_t **ret, Error *err)
{
    Error why = { 0 };
    Role least = method_role(request->method);
    json_t *none = json_object();
    if (request->identity->role < least)
        error_set(&why, ERR_ACCESS_DENIED, request->identity->user, "%s needs the role %s", method_name(request->method), Role_name(least));
    else if (request->method != METHOD_hello && request->method != METHOD_inventory_subscribe)
        drivers_wait(request->agent->drivers);
    if (!why.code)
        runs[request->method](request, params ? params : none, ret, &why);
    json_decref(none);
    audit(request, &why);
    free(request->object_id);
    free(request->object_name);
    return error_move(err, &why);
}
