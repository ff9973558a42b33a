/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the Networks page: see network_rows.h. */
#include "client/ui/network_rows.h"

#include "client/core/format.h"
#include "client/core/network_users.h"
#include "client/core/subnet.h"
#include "client/core/words_network.h"
#include "client/win/collate.h"
#include "client/win/icons.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum { NETWORK_NAME, NETWORK_KIND, NETWORK_STATE, NETWORK_BRIDGE, NETWORK_SUBNET, NETWORK_AUTOSTART, NETWORK_VMS };
enum { NIC_NAME, NIC_KIND, NIC_STATE, NIC_SPEED, NIC_DRIVER, NIC_ADDRESSES, NIC_ON_IT, NIC_MAC };
enum { CLIENT_VM, CLIENT_STATE, CLIENT_MODEL, CLIENT_MAC, CLIENT_ADDRESS };
enum { ADDRESS_ADDRESS, ADDRESS_MAC, ADDRESS_NAME, ADDRESS_VM, ADDRESS_KIND, ADDRESS_UNTIL };

static const ListColumn network_columns[] = {{"name", TEXT_COLUMN_NAME, 150, false}, {"kind", TEXT_NETWORK_COLUMN_KIND, 130, false}, {"state", TEXT_COLUMN_STATE, 80, false},
    {"bridge", TEXT_NETWORK_COLUMN_BRIDGE, 90, false}, {"subnet", TEXT_NETWORK_COLUMN_SUBNET, 130, false}, {"autostart", TEXT_NETWORK_COLUMN_AUTOSTART, 110, false},
    {"vms", TEXT_NETWORK_COLUMN_VMS, 60, true}};
static const ListColumn nic_columns[] = {{"name", TEXT_COLUMN_NAME, 100, false}, {"kind", TEXT_NETWORK_COLUMN_KIND, 100, false}, {"state", TEXT_COLUMN_STATE, 120, false},
    {"speed", TEXT_NETWORK_COLUMN_SPEED, 80, true}, {"driver", TEXT_NETWORK_COLUMN_DRIVER, 90, false}, {"addresses", TEXT_NETWORK_COLUMN_SUBNET, 170, false},
    {"on_it", TEXT_NETWORK_COLUMN_ON_IT, 220, false}, {"mac", TEXT_NETWORK_COLUMN_MAC, 130, false}};
static const ListColumn client_columns[] = {{"vm", TEXT_NETWORK_COLUMN_VM, 170, false}, {"state", TEXT_COLUMN_STATE, 110, false}, {"model", TEXT_NETWORK_COLUMN_MODEL, 90, false},
    {"mac", TEXT_NETWORK_COLUMN_MAC, 140, false}, {"address", TEXT_NETWORK_COLUMN_ADDRESS, 140, false}};
static const ListColumn address_columns[] = {{"address", TEXT_NETWORK_COLUMN_ADDRESS, 140, false}, {"mac", TEXT_NETWORK_COLUMN_MAC, 140, false},
    {"name", TEXT_NETWORK_COLUMN_GUEST, 120, false}, {"vm", TEXT_NETWORK_COLUMN_VM, 130, false}, {"kind", TEXT_NETWORK_COLUMN_KIND, 205, false},
    {"until", TEXT_NETWORK_COLUMN_UNTIL, 155, false}};

#define COLUMNS(array) {array, ARRAY_SIZE(array)}
static const struct { const ListColumn *columns; size_t count; } tables[NETWORK_LISTS] = {
    [NETWORK_LIST_NETWORKS] = COLUMNS(network_columns), [NETWORK_LIST_NICS] = COLUMNS(nic_columns), [NETWORK_LIST_CLIENTS] = COLUMNS(client_columns),
    [NETWORK_LIST_ADDRESSES] = COLUMNS(address_columns)};

const ListColumn *network_rows_columns(NetworkList list, size_t *ret_count)
{
    *ret_count = tables[list].count;
    return tables[list].columns;
}

const char *network_address_mac(const NetworkAddress *address) { return address->lease ? address->lease->mac : address->fixed->mac; }

/* ---------------------------------------------------------------- filling */

static const DhcpHost *fixed_of(const DhcpHostList *hosts, const char *mac)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (_stricmp(str_or_empty(hosts->items[i].mac), str_or_empty(mac)) == 0)
            return &hosts->items[i];
    return NULL;
}

static const NetworkLease *lease_of(const NetworkLeaseList *leases, const char *mac)
{
    for (size_t i = 0; i < leases->count; i++)
        if (_stricmp(str_or_empty(leases->items[i].mac), str_or_empty(mac)) == 0)
            return &leases->items[i];
    return NULL;
}

static void fill_addresses(NetworkRows *rows, const NetworkDetails *details)
{
    const DhcpHostList *hosts = &details->config->hosts;

    rows->addresses = x_calloc(details->leases.count + hosts->count + 1, sizeof *rows->addresses);
    for (size_t i = 0; i < details->leases.count; i++)
        rows->addresses[rows->address_count++] = (NetworkAddress){&details->leases.items[i], fixed_of(hosts, details->leases.items[i].mac)};
    for (size_t i = 0; i < hosts->count; i++)
        if (!lease_of(&details->leases, hosts->items[i].mac))
            rows->addresses[rows->address_count++] = (NetworkAddress){NULL, &hosts->items[i]};
}

void network_rows_clear(NetworkRows *rows)
{
    free(rows->networks);
    free(rows->addresses);
    *rows = (NetworkRows){0};
}

void network_rows_fill(NetworkRows *rows, const Selection *selection, const NetworkView *view)
{
    const NetworkDetails *details = view ? network_view_details(view) : NULL;

    network_rows_clear(rows);
    rows->model = server_model(selection->server);
    if (selection->kind == OBJECT_HOST) {
        rows->networks = x_calloc(model_network_count(rows->model) + 1, sizeof *rows->networks);
        for (size_t i = 0; i < model_network_count(rows->model); i++)
            rows->networks[rows->network_count++] = model_network_at(rows->model, i);
    }
    rows->nics = view ? network_view_nics(view) : NULL;
    rows->clients = details ? &details->clients : NULL;
    if (details && details->config)
        fill_addresses(rows, details);
}

size_t network_rows_count(const NetworkRows *rows, NetworkList list)
{
    switch (list) {
    case NETWORK_LIST_NETWORKS: return rows->network_count;
    case NETWORK_LIST_NICS: return rows->nics ? rows->nics->count : 0;
    case NETWORK_LIST_CLIENTS: return rows->clients ? rows->clients->count : 0;
    default: return rows->address_count;
    }
}

/* ---------------------------------------------------------------- cells */

static char *network_text(const NetworkRows *rows, const NetworkInfo *network, int column)
{
    switch (column) {
    case NETWORK_NAME: return x_strdup(network->name);
    case NETWORK_KIND: return x_strdup(words_network_kind(network));
    case NETWORK_STATE: return x_strdup(text(network->active ? TEXT_STATE_NETWORK_UP : TEXT_STATE_NETWORK_DOWN));
    case NETWORK_BRIDGE: return x_strdup(network->bridge);
    case NETWORK_SUBNET: return x_strdup(network->subnet);
    case NETWORK_AUTOSTART: return network->host_bridge ? NULL : x_strdup(text(network->autostart ? TEXT_YES : TEXT_NO));
    default: return format_number((int64_t)network_vm_count(rows->model, network));
    }
}

static char *speed_text(int64_t speed)
{
    AUTO_FREE char *number = x_printf("%d", (int)(speed % 1000 ? speed : speed / 1000));

    return speed > 0 ? text_format(speed % 1000 ? TEXT_NIC_SPEED_M : TEXT_NIC_SPEED_G, number, NULL) : NULL;
}

static TextId nic_state(const HostNic *nic) { return !nic->up ? TEXT_NIC_STATE_DOWN : nic->link ? TEXT_NIC_STATE_UP : TEXT_NIC_STATE_NO_LINK; }

static char *joined(const StrList *words)
{
    char *line = x_strdup("");

    for (size_t i = 0; i < words->count; i++) {
        AUTO_FREE char *shorter = line;
        line = x_printf("%s%s%s", shorter, i ? ", " : "", words->items[i]);
    }
    return line;
}

/* Networks whose bridge it is. */
static char *networks_on(const NetworkRows *rows, const HostNic *nic)
{
    AUTO(StrList_clear) StrList names = {0};

    for (size_t i = 0; i < rows->network_count; i++)
        if (!rows->networks[i]->host_bridge && str_equal(rows->networks[i]->bridge, nic->name))
            StrList_add(&names, rows->networks[i]->name);
    return names.count ? joined(&names) : NULL;
}

static void add_part(char **line, char *part)
{
    AUTO_FREE char *shorter = *line;

    *line = shorter ? x_printf("%s; %s", shorter, part) : x_strdup(part);
    free(part);
}

/* What is on it, and what it is on. */
static char *nic_links(const NetworkRows *rows, const HostNic *nic)
{
    char *line = NULL;
    AUTO_FREE char *networks = networks_on(rows, nic);
    AUTO_FREE char *ports = nic->ports.count ? joined(&nic->ports) : NULL;
    AUTO_FREE char *tag = x_printf("%d", (int)nic->vlan);

    if (networks)
        add_part(&line, text_format(TEXT_NIC_NETWORKS, networks, NULL));
    if (ports)
        add_part(&line, text_format(TEXT_NIC_PORTS, ports, NULL));
    if (nic->master)
        add_part(&line, text_format(TEXT_NIC_PORT_OF, nic->master, NULL));
    if (nic->kind == HOST_NIC_VLAN && nic->parent)
        add_part(&line, text_format(TEXT_NIC_VLAN_ON, tag, nic->parent, NULL));
    if (nic->gateway)
        add_part(&line, x_strdup(text(TEXT_NIC_GATEWAY)));
    return line;
}

static char *nic_text(const NetworkRows *rows, const HostNic *nic, int column)
{
    switch (column) {
    case NIC_NAME: return x_strdup(nic->name);
    case NIC_KIND: return x_strdup(text(words_nic_kind(nic->kind)));
    case NIC_STATE: return x_strdup(text(nic_state(nic)));
    case NIC_SPEED: return speed_text(nic->speed);
    case NIC_DRIVER: return x_strdup(nic->driver);
    case NIC_ADDRESSES: return joined(&nic->addresses);
    case NIC_ON_IT: return nic_links(rows, nic);
    default: return x_strdup(nic->mac);
    }
}

static char *client_text(const NetworkClient *client, int column)
{
    switch (column) {
    case CLIENT_VM: return x_strdup(client->name);
    case CLIENT_STATE: return x_strdup(text(client->running ? TEXT_NETWORK_CONNECTED : TEXT_NETWORK_OFF));
    case CLIENT_MODEL: return x_strdup(client->model);
    case CLIENT_MAC: return x_strdup(client->mac);
    default: return x_strdup(client->address);
    }
}

static TextId address_kind(const NetworkAddress *address)
{
    return !address->fixed ? TEXT_NETWORK_LEASE_DYNAMIC : address->lease ? TEXT_NETWORK_LEASE_STATIC : TEXT_NETWORK_LEASE_UNUSED;
}

static char *address_text(const NetworkAddress *address, int column)
{
    const NetworkLease *lease = address->lease;
    const char *name = lease && lease->name ? lease->name : address->fixed ? address->fixed->name : NULL;

    switch (column) {
    case ADDRESS_ADDRESS: return x_strdup(lease ? lease->address : address->fixed->address);
    case ADDRESS_MAC: return x_strdup(network_address_mac(address));
    case ADDRESS_NAME: return x_strdup(name);
    case ADDRESS_VM: return x_strdup(lease ? lease->vm : NULL);
    case ADDRESS_KIND: return x_strdup(text(address_kind(address)));
    default: return lease && lease->expires > 0 ? format_time(lease->expires) : NULL;
    }
}

char *network_rows_text(const NetworkRows *rows, NetworkList list, size_t row, int column)
{
    switch (list) {
    case NETWORK_LIST_NETWORKS: return network_text(rows, rows->networks[row], column);
    case NETWORK_LIST_NICS: return nic_text(rows, &rows->nics->items[row], column);
    case NETWORK_LIST_CLIENTS: return client_text(&rows->clients->items[row], column);
    default: return address_text(&rows->addresses[row], column);
    }
}

const char *network_rows_key(const NetworkRows *rows, NetworkList list, size_t row)
{
    switch (list) {
    case NETWORK_LIST_NETWORKS: return rows->networks[row]->id;
    case NETWORK_LIST_NICS: return rows->nics->items[row].name;
    case NETWORK_LIST_CLIENTS: return rows->clients->items[row].mac ? rows->clients->items[row].mac : rows->clients->items[row].vm;
    default: return rows->addresses[row].lease ? rows->addresses[row].lease->address : rows->addresses[row].fixed->address;
    }
}

int network_rows_icon(const NetworkRows *rows, NetworkList list, size_t row)
{
    switch (list) {
    case NETWORK_LIST_NETWORKS: return rows->networks[row]->active ? ICON_NETWORK : ICON_NETWORK_OFF;
    case NETWORK_LIST_NICS: return rows->nics->items[row].up && rows->nics->items[row].link ? ICON_NETWORK : ICON_NETWORK_OFF;
    case NETWORK_LIST_CLIENTS: return rows->clients->items[row].running ? ICON_VM_RUNNING : ICON_VM_OFF;
    default: return rows->addresses[row].fixed ? ICON_LOCK : ICON_CLOCK;
    }
}

bool network_rows_dim(const NetworkRows *rows, NetworkList list, size_t row)
{
    if (list == NETWORK_LIST_NICS)
        return rows->nics->items[row].kind == HOST_NIC_GUEST || rows->nics->items[row].kind == HOST_NIC_LOOPBACK;
    return list == NETWORK_LIST_ADDRESSES && !rows->addresses[row].lease;
}

/* ---------------------------------------------------------------- order */

static bool address_number(const char *words, int64_t *ret)
{
    uint32_t address = 0;

    if (!ipv4_parse(words, &address))
        return false;
    *ret = address;
    return true;
}

/* The number a cell is about; false: it is about text. */
static bool number_of(const NetworkRows *rows, NetworkList list, size_t row, int column, int64_t *ret)
{
    if (list == NETWORK_LIST_NETWORKS && column == NETWORK_VMS)
        *ret = (int64_t)network_vm_count(rows->model, rows->networks[row]);
    else if (list == NETWORK_LIST_NICS && column == NIC_SPEED)
        *ret = rows->nics->items[row].speed;
    else if (list == NETWORK_LIST_ADDRESSES && column == ADDRESS_UNTIL)
        *ret = rows->addresses[row].lease ? rows->addresses[row].lease->expires : 0;
    else if (list == NETWORK_LIST_ADDRESSES && column == ADDRESS_ADDRESS)
        return address_number(rows->addresses[row].lease ? rows->addresses[row].lease->address : rows->addresses[row].fixed->address, ret);
    else if (list == NETWORK_LIST_CLIENTS && column == CLIENT_ADDRESS)
        return address_number(rows->clients->items[row].address, ret);
    else
        return false;
    return true;
}

static char *sort_key(const NetworkRows *rows, NetworkList list, size_t row, int column)
{
    AUTO_FREE char *words = network_rows_text(rows, list, row, column);
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    return collate_key(wide);
}

int network_rows_compare(const NetworkRows *rows, NetworkList list, size_t a, size_t b, int column)
{
    int64_t left = 0, right = 0;

    if (number_of(rows, list, a, column, &left) && number_of(rows, list, b, column, &right))
        return (left > right) - (left < right);
    AUTO_FREE char *first = sort_key(rows, list, a, column);
    AUTO_FREE char *second = sort_key(rows, list, b, column);
    return strcmp(first, second);
}
