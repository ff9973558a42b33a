/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * New network, and Edit network: a book of three pages over one draft (client/core/network_draft.h). network_dialog.c is its life: reading, applying, failing;
 * network_dialog_pages.c what is on the pages. UI thread.
 */
#ifndef POOLCENTER_NETWORK_DIALOG_H
#define POOLCENTER_NETWORK_DIALOG_H

#include "client/core/network_draft.h"
#include "client/ui/app.h"
#include "client/win/book.h"

/* On a page: kinds, host cards and leases are chosen by index. */
enum NetworkControl {
    NETWORK_NAME = 500, NETWORK_MODE, NETWORK_ABOUT, NETWORK_DEVICE, NETWORK_HOST_BRIDGE, NETWORK_BRIDGES_NOTE, NETWORK_BRIDGE, NETWORK_BRIDGE_HINT, NETWORK_VLAN, NETWORK_VLAN_NOTE,
    NETWORK_AUTOSTART, NETWORK_START,
    NETWORK_OUTSIDE, NETWORK_ADDRESS, NETWORK_PROPOSE, NETWORK_ADDRESS_HINT, NETWORK_DHCP, NETWORK_RANGES, NETWORK_RANGES_HINT, NETWORK_ADDRESS6, NETWORK_DOMAIN,
    NETWORK_LEASES_NOTE, NETWORK_LEASES, NETWORK_ADD, NETWORK_REMOVE, NETWORK_MAC, NETWORK_LEASE, NETWORK_LEASE_NAME,
    NETWORK_WHEN, NETWORK_RESTART, NETWORK_READING,
};

typedef struct NetworkBox {
    Book *book;
    Dialog *dialog;
    Server *server;
    char *id;              /* NULL: a new network */
    char *mac, *address, *name; /* the static lease to begin with; mac NULL: none */
    int lease;             /* the selected one; -1: none */
    NetworkDetails now;    /* as read; of a network that exists */
    HostNicTable table;    /* empty until the host has told it */
    NetworkDraft draft;
    bool loaded;           /* the draft can be shown */
    bool read_only;
    bool filling;          /* the program changes controls */
    bool start, restart;
    /* What answers of the host leave behind; the dialog's timer looks at them, because no message box may be opened while an answer is being handled. */
    bool busy, done, read;
    char *failure;
    int failure_code;
} NetworkBox;

void network_page_build(NetworkBox *box, NetworkPage page, Form *form);
void network_page_fill(NetworkBox *box, NetworkPage page, Form *form);
/* True: the draft may have changed. */
bool network_page_event(NetworkBox *box, NetworkPage page, Form *form, int id, FormEvent event);
/* Adds a static lease, or selects the one there is. */
void network_page_begin_with(NetworkBox *box, const char *mac, const char *address, const char *name);

/* id NULL: a new network. mac, address, name: a static lease to add or to show, the last two may be NULL; mac NULL: none. */
void network_dialog(HWND owner, Server *server, const char *id, NetworkPage page, const char *mac, const char *address, const char *name);

#endif
