/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of servers for another computer or a colleague: NAME.poolservers, a JSON file without secrets; on request with the (public) host keys.
 * The file may come from anybody: size, shape and every text are checked, and nothing in it makes the program connect by itself.
 */
#ifndef POOLCENTER_SERVER_LIST_H
#define POOLCENTER_SERVER_LIST_H

#include "client/core/server.h"

typedef struct ServerListItem {
    ServerConfig config;
    bool chosen; /* shall be written, or added */
    bool known;  /* import: it is in the list of servers already */
} ServerListItem;

typedef struct ServerList {
    ServerListItem *items;
    size_t count;
    StrList host_keys; /* lines of a known_hosts file: "[host]:port type base64" */
} ServerList;

void server_list_clear(ServerList *list);

/* All servers of the core, each chosen, and their host keys. UI thread. */
void server_list_collect(Core *core, ServerList *ret);
/* Says of each whether core has it (user, host and port), and chooses the others. UI thread. */
void server_list_compare(const Core *core, ServerList *list);
/* Adds the chosen ones that are not in core's list; returns how many. UI thread. */
size_t server_list_add(Core *core, const ServerList *list);

/* Adds the host keys of the chosen ones to known_hosts (core_known_hosts), but none to a host of which a key is known. *ret_conflicts: servers for which
 * another key is known. Any thread but the UI's. ERR_IO and others: nothing was added. */
int server_list_take_keys(const ServerList *list, const char *known_hosts, size_t *ret_conflicts, Error *err);
/* Both any thread but the UI's. read: ERR_FILE_OPEN, ERR_SERVER_LIST. write: the chosen ones; replaces what is there; ERR_IO. */
int server_list_read(const char *path, ServerList *ret, Error *err);
int server_list_write(const char *path, const ServerList *list, bool host_keys, Error *err);

#endif
