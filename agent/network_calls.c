/* SPDX-License-Identifier: GPL-3.0-or-later */
/* network.create, configure, start, stop, restart, set_autostart, delete: libvirt's networks. Network cards of the host are in host_network_calls.c. */
#include "agent/drivers.h"
#include "agent/host_nics.h"
#include "agent/log.h"
#include "agent/network_apply.h"
#include "agent/network_load.h"
#include "agent/network_xml.h"
#include "agent/request.h"
#include "agent/xml_edit.h"

#include <stdlib.h>
#include <string.h>

typedef struct NetworkJob NetworkJob;
typedef int NetworkStep(const NetworkJob *job, virNetworkPtr network, Error *err);

struct NetworkJob {
    Agent *agent;
    int owner;
    char *id;
    char *name;
    char revision[LIMIT_DIGEST + 1];
    NetworkConfig config;
    bool start;
    bool restart;
    NetworkStep *step; /* what is done with a network that is there */
};

static void job_free(void *context)
{
    NetworkJob *job = context;
    NetworkConfig_clear(&job->config);
    free(job->id);
    free(job->name);
    free(job);
}

/* Two networks with the same addresses cannot run at the same time; libvirt would say so only when the second is started. */
static int check_overlap(virConnectPtr conn, const NetworkJob *job, Error *err)
{
    uint32_t first = 0;
    uint32_t mask = 0;
    virNetworkPtr *networks = NULL;
    if (!network_subnet(&job->config, &first, &mask))
        return 0;
    int code = 0;
    int count = virConnectListAllNetworks(conn, &networks, 0);
    for (int i = 0; i < count; i++) {
        char id[VIR_UUID_STRING_BUFLEN] = "";
        char *xml = virNetworkGetUUIDString(networks[i], id) == 0 && !str_equal(id, job->id) ? virNetworkGetXMLDesc(networks[i], 0) : NULL;
        xmlNode *root = xml ? xml_parse(xml, strlen(xml), "network", NULL) : NULL;
        AUTO(NetworkConfig_clear) NetworkConfig other = { 0 };
        uint32_t other_first = 0;
        uint32_t other_mask = 0;
        if (root)
            network_config_read(root, &other);
        if (code == 0 && network_subnet(&other, &other_first, &other_mask) && (first & other_mask & mask) == (other_first & mask & other_mask))
            code = error_set(err, ERR_NETWORK_SETTING, job->name, "its addresses overlap with those of the network '%s'", other.name);
        xml_free(root);
        free(xml);
        virNetworkFree(networks[i]);
    }
    free(networks);
    return code;
}

/* A tag needs a bridge that knows tags: libvirt would define the network, but no VM could start in it. */
static int check_vlan(const NetworkJob *job, bool *ret_vlan_bridge, Error *err)
{
    *ret_vlan_bridge = job->config.mode == NETWORK_MODE_BRIDGE && host_nic_is_open_vswitch(job->config.bridge);
    if (!job->config.vlan || *ret_vlan_bridge)
        return 0;
    return error_set(err, ERR_NETWORK_SETTING, job->name, "only a bridge of Open vSwitch knows VLAN tags; make a VLAN and a bridge on it in the host's network instead");
}

/* ---------------------------------------------------------------- create */

static int define_new(NetworkJob *job, virConnectPtr conn, bool vlan_bridge, virNetworkPtr *ret, Error *err)
{
    xmlNode *root = xml_parse("<network/>", strlen("<network/>"), "network", err);
    if (!root)
        return ERR_INTERNAL;
    network_config_write(&job->config, vlan_bridge, root);
    AUTO_FREE char *xml = xml_to_text(root);
    xml_free(root);
    *ret = virNetworkDefineXML(conn, xml);
    return *ret ? 0 : virt_error(err, job->name);
}

static int finish_new(NetworkJob *job, virNetworkPtr network, char *id, Error *err)
{
    if (virNetworkGetUUIDString(network, id) == 0 && virNetworkSetAutostart(network, job->config.autostart) == 0
        && (!job->start || virNetworkCreate(network) == 0))
        return 0;
    int code = virt_error(err, job->name);
    virNetworkUndefine(network);
    return code;
}

static int create_run(Task *task, void *context, Error *err)
{
    NetworkJob *job = context;
    AUTO_CONN conn = NULL;
    AUTO_NETWORK network = NULL;
    bool vlan_bridge = false;
    char id[VIR_UUID_STRING_BUFLEN] = "";
    int code = drivers_connection(job->agent->drivers, job->owner, &conn, err);
    if (code == 0)
        code = check_vlan(job, &vlan_bridge, err);
    if (code == 0)
        code = check_overlap(conn, job, err);
    if (code == 0) {
        network = virNetworkLookupByName(conn, job->name);
        if (network) /* defining it would replace that one */
            return error_set(err, ERR_NETWORK_EXISTS, job->name, NULL);
        code = define_new(job, conn, vlan_bridge, &network, err);
    }
    if (code == 0)
        code = finish_new(job, network, id, err);
    if (*id)
        drivers_refresh_network(job->agent->drivers, job->owner, id);
    if (code == 0)
        task_result(task, id);
    return code;
}

static NetworkJob *job_create(Request *request, const char *id, const NetworkConfig *config)
{
    NetworkJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    job->id = x_strdup(id);
    if (config) {
        NetworkConfig_copy(config, &job->config);
        job->name = x_strdup(config->name);
    }
    return job;
}

int handle_network_create(Request *request, const NetworkCreateParams *params, TaskRef *ret, Error *err)
{
    request_object(request, NULL, params->config->name);
    int owner = drivers_find(request->agent->drivers, params->driver);
    if (owner < 0)
        return error_set(err, ERR_NOT_SUPPORTED, params->driver, "the host has no such driver");
    int code = network_config_check(params->config, err);
    if (code < 0)
        return code;
    NetworkJob *job = job_create(request, NULL, params->config);
    job->owner = owner;
    job->start = params->start;
    return request_task(request, OBJECT_NETWORK, false, create_run, job_free, job, ret, err);
}

/* ---------------------------------------------------------------- configure */

static int check_now(const NetworkJob *job, const NetworkNow *now, Error *err)
{
    if (!now->persistent)
        return error_set(err, ERR_NOT_SUPPORTED, now->name, "it is not stored: it is gone when it stops");
    if (strcmp(now->revision, job->revision) != 0)
        return error_set(err, ERR_NETWORK_CHANGED, now->name, NULL);
    if (!str_equal(now->name, job->config.name))
        return error_set(err, ERR_NETWORK_SETTING, now->name, "libvirt cannot rename networks");
    if (now->config.mode == NETWORK_MODE_UNKNOWN)
        return error_set(err, ERR_NOT_SUPPORTED, now->name, "its mode is one that PoolCenter does not change");
    return 0;
}

static int define_changed(NetworkJob *job, NetworkNow *now, virConnectPtr conn, bool vlan_bridge, Error *err)
{
    now->stored = xml_to_text(now->root);
    network_config_write(&job->config, vlan_bridge, now->root);
    AUTO_FREE char *xml = xml_to_text(now->root);
    AUTO_NETWORK network = virNetworkDefineXML(conn, xml);
    if (!network || virNetworkSetAutostart(network, job->config.autostart) < 0)
        return virt_error(err, job->name);
    if (now->active)
        network_apply_live(network, &now->running, &job->config);
    return 0;
}

/* The settings as they were: with those that were wished it does not start. */
static void put_back(const NetworkNow *now, virConnectPtr conn)
{
    AUTO_NETWORK network = virNetworkDefineXML(conn, now->stored);
    if (network && virNetworkSetAutostart(network, now->config.autostart) == 0)
        return;
    AUTO_FREE char *why = virt_error_text();
    log_line("network '%s': its settings are not as before: %s", now->name, why);
}

/* Networks that overlap already may be changed in all else. */
static bool has_other_addresses(const NetworkConfig *was, const NetworkConfig *want)
{
    return !str_equal(str_or_empty(was->address), str_or_empty(want->address)) || was->prefix != want->prefix;
}

static int configure_run(Task *task, void *context, Error *err)
{
    (void)task;
    NetworkJob *job = context;
    AUTO_CONN conn = NULL;
    NetworkNow now;
    bool vlan_bridge = false;
    int code = network_load(job->agent, job->id, &now, err);
    if (code < 0)
        return code;
    code = check_now(job, &now, err);
    if (code == 0)
        code = drivers_connection(job->agent->drivers, now.owner, &conn, err);
    if (code == 0 && now.config.vlan != job->config.vlan)
        code = check_vlan(job, &vlan_bridge, err);
    if (code == 0 && has_other_addresses(&now.config, &job->config))
        code = check_overlap(conn, job, err);
    if (code == 0)
        code = define_changed(job, &now, conn, vlan_bridge, err);
    if (code == 0 && now.active && job->restart) {
        code = network_restart(job->agent, job->id, true, err);
        if (code < 0 && code != ERR_NETWORK_CARDS)
            put_back(&now, conn);
    }
    drivers_refresh_network(job->agent->drivers, now.owner, job->id);
    network_now_clear(&now);
    return code;
}

int handle_network_configure(Request *request, const NetworkConfigureParams *params, TaskRef *ret, Error *err)
{
    NetworkNow now;
    int code = network_config_check(params->config, err);
    if (code == 0)
        code = network_load(request->agent, params->network, &now, err);
    if (code < 0)
        return code;
    request_object(request, params->network, now.name);
    NetworkJob *job = job_create(request, params->network, params->config);
    job->restart = params->restart;
    snprintf(job->revision, sizeof job->revision, "%s", params->revision);
    code = check_now(job, &now, err);
    network_now_clear(&now);
    if (code == 0)
        return request_task(request, OBJECT_NETWORK, false, configure_run, job_free, job, ret, err);
    job_free(job);
    return code;
}

/* ---------------------------------------------------------------- start, stop, autostart, delete */

static int refuse_used(Agent *agent, const char *name, bool running_only, Error *err)
{
    AUTO_FREE char *users = network_users(agent, name, false, running_only);
    return users ? error_set(err, ERR_NETWORK_IN_USE, name, "%s", users) : 0;
}

static int step_run(Task *task, void *context, Error *err)
{
    (void)task;
    const NetworkJob *job = context;
    AUTO_NETWORK network = NULL;
    int owner = 0;
    int code = drivers_network(job->agent->drivers, job->id, &network, &owner, err);
    if (code == 0)
        code = job->step(job, network, err);
    drivers_refresh_network(job->agent->drivers, owner, job->id);
    return code;
}

static int start(const NetworkJob *job, virNetworkPtr network, Error *err)
{
    return virNetworkIsActive(network) == 0 && virNetworkCreate(network) < 0 ? virt_error(err, job->name) : 0;
}

static int stop(const NetworkJob *job, virNetworkPtr network, Error *err)
{
    int code = refuse_used(job->agent, job->name, true, err);
    if (code == 0 && virNetworkIsActive(network) > 0 && virNetworkDestroy(network) < 0)
        code = virt_error(err, job->name);
    return code;
}

static int restart(const NetworkJob *job, virNetworkPtr network, Error *err)
{
    (void)network;
    return network_restart(job->agent, job->id, false, err);
}

static int set_autostart(const NetworkJob *job, virNetworkPtr network, Error *err)
{
    return virNetworkSetAutostart(network, job->start) < 0 ? virt_error(err, job->name) : 0;
}

static int delete(const NetworkJob *job, virNetworkPtr network, Error *err)
{
    int code = refuse_used(job->agent, job->name, false, err);
    bool stored = code == 0 && virNetworkIsPersistent(network) > 0;
    if (code == 0 && virNetworkIsActive(network) > 0 && virNetworkDestroy(network) < 0)
        code = virt_error(err, job->name);
    if (code == 0 && stored && virNetworkUndefine(network) < 0)
        code = virt_error(err, job->name);
    return code;
}

static int start_job(Request *request, const char *id, bool on, NetworkStep *step, TaskRef *ret, Error *err)
{
    NetworkNow now;
    int code = network_load(request->agent, id, &now, err);
    if (code < 0)
        return code;
    NetworkJob *job = job_create(request, id, NULL);
    job->name = x_strdup(now.name);
    job->start = on;
    job->step = step;
    request_object(request, id, now.name);
    network_now_clear(&now);
    return request_task(request, OBJECT_NETWORK, false, step_run, job_free, job, ret, err);
}

int handle_network_start(Request *request, const NetworkRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->network, true, start, ret, err);
}

int handle_network_stop(Request *request, const NetworkRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->network, false, stop, ret, err);
}

int handle_network_restart(Request *request, const NetworkRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->network, true, restart, ret, err);
}

int handle_network_set_autostart(Request *request, const NetworkAutostartParams *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->network, params->autostart, set_autostart, ret, err);
}

int handle_network_delete(Request *request, const NetworkRef *params, TaskRef *ret, Error *err)
{
    return start_job(request, params->network, false, delete, ret, err);
}
