/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.nic_create, nic_configure, nic_delete, network_confirm, network_revert: the host's own network devices. */
#include "agent/host_nics.h"
#include "agent/network_changes.h"
#include "agent/network_owner.h"
#include "agent/network_plans.h"
#include "agent/network_wishes.h"
#include "agent/request.h"

#include <stdlib.h>

typedef struct ChangeJob {
    Agent *agent;
    char change[LIMIT_UUID + 1];
} ChangeJob;

static const NetworkPlanner planners[] = {
    [HOST_MANAGER_NETWORKMANAGER] = manager_plan,
    [HOST_MANAGER_NETWORKD] = networkd_plan,
    [HOST_MANAGER_IFUPDOWN] = interfaces_plan,
};

static int start_run(Task *task, void *context, Error *err)
{
    const ChangeJob *job = context;
    AUTO(HostChange_clear) HostChange change = { 0 };
    int code = network_change_start(job->agent->network_changes, job->change, &change, err);
    if (code < 0)
        return code;
    json_t *json = HostChange_encode(&change);
    char *text = json_dumps(json, JSON_COMPACT);
    task_result(task, text);
    free(text);
    json_decref(json);
    return 0;
}

static int revert_run(Task *task, void *context, Error *err)
{
    const ChangeJob *job = context;
    (void)task;
    return network_change_end(job->agent->network_changes, job->change, false, err);
}

static ChangeJob *make_job(Request *request, const char *change)
{
    ChangeJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    for (size_t i = 0; i < LIMIT_UUID && change && change[i]; i++)
        job->change[i] = change[i];
    return job;
}

/* Plans it, writes the plan down, and starts it as a task. */
static int change(Request *request, HostNetworkManager manager, NetworkJob *what, const char *nic, TaskRef *ret, Error *err)
{
    NetworkChanges *changes = request->agent->network_changes;
    NetworkPlan plan;
    ChangeJob *job = make_job(request, NULL);
    what->folder = network_changes_folder(changes);
    network_plan_init(&plan);
    int code = planners[manager](what, &plan, err);
    if (code == 0 && what->wish && what->nic)
        plan_shows(&plan, what);
    if (code == 0)
        code = network_change_begin(changes, nic, !what->wish, what->wish ? &what->wish->ports : NULL, &plan, job->change, err);
    network_plan_clear(&plan);
    if (code < 0) {
        free(job);
        return code;
    }
    request_object(request, request->agent->host_id, nic);
    code = request_task(request, OBJECT_HOST, false, start_run, free, job, ret, err);
    if (code < 0) /* too many tasks: it would wait for a start that never comes */
        network_change_forget(changes);
    return code;
}

static int read_table(HostNicTable *ret, Error *err)
{
    *ret = (HostNicTable){ 0 };
    host_nics_read(&ret->nics);
    return network_owners(ret, err);
}

int handle_host_nic_create(Request *request, const HostNicCreateParams *params, TaskRef *ret, Error *err)
{
    AUTO(HostNicTable_clear) HostNicTable table;
    HostNetworkManager manager = HOST_MANAGER_UNKNOWN;
    request_object(request, request->agent->host_id, params->name);
    int code = read_table(&table, err);
    if (code == 0)
        code = network_wish_create(params, &table, &manager, err);
    if (code < 0)
        return code;
    const char *first = params->ports.count ? params->ports.items[0] : params->parent;
    NetworkJob job = { .wish = params, .first = network_nic(&table, first), .table = &table };
    return change(request, manager, &job, params->name, ret, err);
}

int handle_host_nic_configure(Request *request, const HostNicConfigureParams *params, TaskRef *ret, Error *err)
{
    AUTO(HostNicTable_clear) HostNicTable table;
    AUTO(HostNicCreateParams_clear) HostNicCreateParams wish = { 0 };
    const HostNic *nic = NULL;
    request_object(request, request->agent->host_id, params->name);
    int code = read_table(&table, err);
    if (code == 0)
        code = network_wish_configure(params, &table, &wish, &nic, err);
    if (code < 0)
        return code;
    const char *first = wish.ports.count ? wish.ports.items[0] : wish.parent;
    NetworkJob job = { .wish = &wish, .nic = nic, .first = network_nic(&table, first), .table = &table };
    return change(request, nic->manager, &job, params->name, ret, err);
}

int handle_host_nic_delete(Request *request, const HostNicDeleteParams *params, TaskRef *ret, Error *err)
{
    AUTO(HostNicTable_clear) HostNicTable table;
    const HostNic *nic = NULL;
    request_object(request, request->agent->host_id, params->name);
    int code = read_table(&table, err);
    if (code == 0)
        code = network_wish_delete(request->agent, params, &table, &nic, err);
    if (code < 0)
        return code;
    NetworkJob job = { .nic = nic, .table = &table };
    return change(request, nic->manager, &job, params->name, ret, err);
}

int handle_host_network_confirm(Request *request, const HostChangeRef *params, Empty *ret, Error *err)
{
    (void)ret;
    request_object(request, params->change, "");
    return network_change_end(request->agent->network_changes, params->change, true, err);
}

int handle_host_network_revert(Request *request, const HostChangeRef *params, TaskRef *ret, Error *err)
{
    AUTO(HostChange_clear) HostChange now = { 0 };
    if (!network_change_now(request->agent->network_changes, &now) || !str_equal(now.change, params->change))
        return error_set(err, ERR_HOST_CHANGE_GONE, params->change, NULL);
    request_object(request, request->agent->host_id, now.nic);
    return request_task(request, OBJECT_HOST, false, revert_run, free, make_job(request, params->change), ret, err);
}
