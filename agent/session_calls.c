/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls every client begins with, and task.cancel. */
#include "agent/request.h"

#include <unistd.h>

enum { WAIT_MS = 30000, WAIT_MAX_MS = 60000 }; /* as messages.def says of task.wait */

int handle_hello(Request *request, const HelloParams *params, HelloResult *ret, Error *err)
{
    if (params->protocol < PROTOCOL_OLDEST) {
        AUTO_FREE char *theirs = x_printf("%lld", (long long)params->protocol);
        return error_set(err, ERR_PROTOCOL_VERSION, theirs, "%d to %d", PROTOCOL_OLDEST, PROTOCOL_VERSION);
    }
    char name[LIMIT_NAME + 1] = "";
    gethostname(name, sizeof name - 1);
    ret->protocol = params->protocol < PROTOCOL_VERSION ? params->protocol : PROTOCOL_VERSION;
    ret->agent_version = x_strdup(POOLCENTER_VERSION);
    ret->host_id = x_strdup(request->agent->host_id);
    ret->host_name = x_strdup(name);
    ret->user = x_strdup(request->identity->user);
    ret->role = request->identity->role;
    for (int method = 0; method < METHOD_COUNT; method++)
        if (method_role((Method)method) <= ret->role)
            StrList_add(&ret->methods, method_name((Method)method));
    return 0;
}

int handle_inventory_subscribe(Request *request, const SubscribeParams *params, Inventory *ret, Error *err)
{
    (void)err;
    inventory_changes(request->agent->inventory, params->epoch, params->epoch ? params->revision : 0, ret);
    request->revision = ret->revision;
    tasks_list(request->agent->tasks, &ret->tasks, &request->task_serial);
    return 0;
}

int handle_task_wait(Request *request, const TaskWaitParams *params, TaskInfo *ret, Error *err)
{
    int64_t timeout = params->timeout > 0 ? params->timeout : WAIT_MS;
    return tasks_wait(request->agent->tasks, params->task, timeout < WAIT_MAX_MS ? timeout : WAIT_MAX_MS, ret, err);
}

int handle_task_cancel(Request *request, const TaskRef *params, Empty *ret, Error *err)
{
    (void)ret;
    const Identity *identity = request->identity;
    request_object(request, params->task, NULL);
    return tasks_cancel(request->agent->tasks, params->task, identity->role >= ROLE_ADMIN ? NULL : identity->user, err);
}
