/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network as it is being made or changed in a dialog: what is typed, checked, and turned into the contract's settings. What does not belong to the chosen kind is
 * kept while the user tries kinds, and left out of the settings. UI thread (reads the model).
 */
#ifndef POOLCENTER_NETWORK_DRAFT_H
#define POOLCENTER_NETWORK_DRAFT_H

#include "client/core/subnet.h"

typedef enum NetworkPage { NETWORK_PAGE_GENERAL, NETWORK_PAGE_ADDRESSES, NETWORK_PAGE_LEASES, NETWORK_PAGE_COUNT } NetworkPage;

typedef struct NetworkDraft {
    char *name;
    NetworkMode mode;
    char *bridge;      /* "": libvirt makes a name up */
    char *host_bridge; /* mode bridge */
    char *device;      /* modes nat and route; "": any card */
    char *address;     /* "192.168.100.1/24" */
    bool dhcp;
    char *ranges;      /* "192.168.100.100 - 192.168.100.199, ..." */
    char *address6;    /* "fd00:1::1/64" */
    char *domain;
    int64_t vlan;
    DhcpHostList hosts;
    bool autostart;
    char *followed;    /* the last good address: what ranges and leases belong to */
} NetworkDraft;

/* Those of a network that exists; NULL: of a new one, NAT. */
void network_draft_init(NetworkDraft *draft, const NetworkConfig *config);
void network_draft_clear(NetworkDraft *draft);

bool network_mode_has_addresses(NetworkMode mode);
bool network_mode_has_device(NetworkMode mode);
/* Guests reach the outside through the host: it needs an address there. */
bool network_mode_needs_address(NetworkMode mode);

/* Another address of the host: ranges and static leases move along with it, where they were inside. */
void network_draft_set_address(NetworkDraft *draft, const char *address);
void network_draft_set_dhcp(NetworkDraft *draft, bool dhcp);
/* For another static lease: one that neither DHCP gives out nor somebody has. The caller frees; NULL: none is free. */
char *network_draft_free_address(const NetworkDraft *draft);
/* Free addresses with DHCP. */
void network_draft_propose(NetworkDraft *draft, const Model *model, const HostNicList *nics);

/* NULL: fine, and *ret is what to ask for (NetworkConfig_clear). Else a sentence (the caller frees) and the page it is about. was: the settings now, NULL for a new network;
 * own: its id. */
char *network_draft_check(const NetworkDraft *draft, const Model *model, const HostNicList *nics, const NetworkConfig *was, const char *own, NetworkConfig *ret, NetworkPage *ret_page);
/* Some of the change has to wait until a network that runs is started again. */
bool network_draft_needs_restart(const NetworkConfig *was, const NetworkConfig *want);
bool network_draft_differs(const NetworkConfig *was, const NetworkConfig *want);

/* The line of a page in the dialog's list; the caller frees. */
char *network_draft_summary(const NetworkDraft *draft, NetworkPage page);

#endif
