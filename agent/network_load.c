/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as it is now: see network_load.h. */
#include "agent/network_load.h"
#include "agent/digest.h"
#include "agent/drivers.h"
#include "agent/network_xml.h"

#include <stdlib.h>
#include <string.h>

/* The settings as text, for comparing; the caller frees. */
static char *config_text(const NetworkConfig *config)
{
    json_t *json = NetworkConfig_encode(config);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(json);
    return text;
}

static int read_running(NetworkNow *now, Error *err)
{
    char *xml = virNetworkGetXMLDesc(now->network, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "network", err) : NULL;
    if (!root) {
        int code = xml ? ERR_LIBVIRT : virt_error(err, now->name);
        free(xml);
        return code;
    }
    network_config_read(root, &now->running);
    now->running.autostart = now->config.autostart;
    xml_free(root);
    free(xml);
    AUTO_FREE char *stored = config_text(&now->config);
    AUTO_FREE char *running = config_text(&now->running);
    now->pending = now->persistent && !str_equal(stored, running);
    return 0;
}

static void set_revision(NetworkNow *now, const char *xml)
{
    Digest digest;
    digest_start(&digest);
    digest_add(&digest, xml, strlen(xml));
    digest_add(&digest, now->config.autostart ? "1" : "0", 1);
    digest_text(&digest, now->revision);
}

static int read_stored(NetworkNow *now, Error *err)
{
    int autostart = 0;
    now->name = x_strdup(virNetworkGetName(now->network));
    now->active = virNetworkIsActive(now->network) > 0;
    now->persistent = virNetworkIsPersistent(now->network) > 0;
    char *xml = virNetworkGetXMLDesc(now->network, now->persistent ? VIR_NETWORK_XML_INACTIVE : 0);
    if (!xml)
        return virt_error(err, now->name);
    now->root = xml_parse(xml, strlen(xml), "network", err);
    if (now->root) {
        network_config_read(now->root, &now->config);
        now->config.autostart = virNetworkGetAutostart(now->network, &autostart) == 0 && autostart;
        set_revision(now, xml);
    }
    free(xml);
    return now->root ? 0 : ERR_LIBVIRT;
}

int network_load(Agent *agent, const char *id, NetworkNow *ret, Error *err)
{
    NetworkInfo info;
    *ret = (NetworkNow){ 0 };
    if (inventory_get_network(agent->inventory, id, &info, NULL)) {
        int code = info.host_bridge ? error_set(err, ERR_NOT_SUPPORTED, info.name, "it is a bridge of the host, not a network of libvirt") : 0;
        NetworkInfo_clear(&info);
        if (code < 0)
            return code;
    }
    int code = drivers_network(agent->drivers, id, &ret->network, &ret->owner, err);
    if (code == 0)
        code = read_stored(ret, err);
    if (code == 0 && ret->active)
        code = read_running(ret, err);
    if (code < 0)
        network_now_clear(ret);
    return code;
}

void network_now_clear(NetworkNow *now)
{
    if (now->network)
        virNetworkFree(now->network);
    xml_free(now->root);
    free(now->stored);
    free(now->name);
    NetworkConfig_clear(&now->config);
    NetworkConfig_clear(&now->running);
    *now = (NetworkNow){ 0 };
}

static bool vm_runs(const VmInfo *vm)
{
    return vm->state != VM_STATE_OFF && vm->state != VM_STATE_SAVED && vm->state != VM_STATE_CRASHED;
}

void network_clients(Agent *agent, const char *name, bool host_bridge, NetworkClientList *ret)
{
    Inventory all;
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.vms.count; i++) {
        const VmInfo *vm = &all.vms.items[i];
        for (size_t k = 0; k < vm->nics.count && ret->count < LIMIT_VMS; k++) {
            const NicInfo *nic = &vm->nics.items[k];
            if (nic->host_bridge != host_bridge || !str_equal(nic->network, name))
                continue;
            NetworkClient client = { .vm = x_strdup(vm->id), .name = x_strdup(vm->name), .mac = x_strdup(nic->mac), .model = x_strdup(nic->model),
                                     .running = vm_runs(vm) };
            NetworkClientList_add(ret, &client);
        }
    }
    Inventory_clear(&all);
}

char *network_users(Agent *agent, const char *name, bool host_bridge, bool running_only)
{
    char *names = NULL;
    NetworkClientList clients = { 0 };
    network_clients(agent, name, host_bridge, &clients);
    for (size_t i = 0; i < clients.count; i++) {
        const NetworkClient *client = &clients.items[i];
        bool again = i > 0 && str_equal(clients.items[i - 1].vm, client->vm);
        if (again || (running_only && !client->running))
            continue;
        char *more = names ? x_printf("%s, '%s'", names, client->name) : x_printf("'%s'", client->name);
        free(names);
        names = more;
        if (strlen(names) > 200) /* enough for a sentence */
            break;
    }
    NetworkClientList_clear(&clients);
    return names;
}
