/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the Networks page's lists: networks and network cards of a host, connected VMs and addresses of a network. They point into the model and the view. UI thread. */
#ifndef POOLCENTER_NETWORK_ROWS_H
#define POOLCENTER_NETWORK_ROWS_H

#include "client/core/network_view.h"
#include "client/ui/app.h"
#include "client/win/list.h"

typedef enum NetworkList { NETWORK_LIST_NETWORKS, NETWORK_LIST_NICS, NETWORK_LIST_CLIENTS, NETWORK_LIST_ADDRESSES, NETWORK_LISTS } NetworkList;

/* An address that DHCP gives out: now, always, or both. */
typedef struct NetworkAddress {
    const NetworkLease *lease; /* NULL: not in use */
    const DhcpHost *fixed;     /* NULL: from the range */
} NetworkAddress;

typedef struct NetworkRows {
    const Model *model;
    const NetworkInfo **networks;
    size_t network_count;
    const HostNicList *nics;           /* NULL: not known */
    const NetworkClientList *clients;  /* the same */
    NetworkAddress *addresses;
    size_t address_count;
} NetworkRows;

const char *network_address_mac(const NetworkAddress *address);

/* view may be NULL. */
void network_rows_fill(NetworkRows *rows, const Selection *selection, const NetworkView *view);
void network_rows_clear(NetworkRows *rows);

const ListColumn *network_rows_columns(NetworkList list, size_t *ret_count);
size_t network_rows_count(const NetworkRows *rows, NetworkList list);
char *network_rows_text(const NetworkRows *rows, NetworkList list, size_t row, int column);
const char *network_rows_key(const NetworkRows *rows, NetworkList list, size_t row);
int network_rows_icon(const NetworkRows *rows, NetworkList list, size_t row);
bool network_rows_dim(const NetworkRows *rows, NetworkList list, size_t row);
int network_rows_compare(const NetworkRows *rows, NetworkList list, size_t a, size_t b, int column);

#endif
