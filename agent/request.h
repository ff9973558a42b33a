/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One call of a client, on a worker thread, and the handlers. A handler reads its parameters, fills the result, or sets the error
 * and returns its code; it knows nothing of connections. A method of messages.def without a handler does not link.
 */
#ifndef POOLCENTER_AGENT_REQUEST_H
#define POOLCENTER_AGENT_REQUEST_H

#include "agent/agent.h"
#include "agent/identity.h"

typedef struct Request {
    Agent *agent;
    Method method;
    const Identity *identity;
    /* For the audit line; set by the handler as soon as it knows. Owned here. */
    char *object_id;
    char *object_name;
    /* inventory.subscribe: what the reply contains already; events up to these are not sent after it. */
    int64_t revision;
    int64_t task_serial;
} Request;

void request_object(Request *request, const char *id, const char *name);

/* Starts a task for this request; kind and the request's object describe it. */
int request_task(Request *request, ObjectKind kind, bool cancellable, int (*run)(Task *, void *, Error *),
                 void (*release)(void *), void *context, TaskRef *ret, Error *err);

#define METHOD(wire, name, P, R, role, doc) int handle_##name(Request *request, const P *params, R *ret, Error *err);
#include "protocol/def_read.h"

/* Decodes params, calls the handler, encodes the result (a new reference in *ret). Checks the role, writes the audit line. */
int request_run(Request *request, const json_t *params, json_t **ret, Error *err);

#endif
