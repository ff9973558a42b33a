/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Servers and host keys taken over from OpenSSH's files (~/.ssh, %USERPROFILE%\.ssh) and from PuTTY's saved sessions. Reading and writing files is for a
 * worker, the list of servers for the UI thread; a list is used by one of them at a time. Used by the import dialog and poolctl.
 */
#ifndef POOLCENTER_SSH_IMPORT_H
#define POOLCENTER_SSH_IMPORT_H

#include "client/core/core.h"

typedef enum ImportState {
    IMPORT_NEW,
    IMPORT_KNOWN,      /* is in the list already */
    IMPORT_IMPOSSIBLE, /* reached by a ProxyCommand */
} ImportState;

typedef struct ImportItem {
    char *name;          /* as the file calls it */
    ServerConfig config; /* without id */
    bool putty;          /* a saved session of PuTTY */
    ImportState state;
    bool chosen;
    size_t keys_added, keys_different; /* ssh_import_keys */
} ImportItem;

typedef struct Import {
    ImportItem *items;
    size_t count;
    bool has_config;     /* there is a config file */
    size_t match_blocks; /* of it, skipped */
} Import;

/* Worker. folder NULL: the user's .ssh. A missing config is no error; one that cannot be read is. */
int ssh_import_read(const char *folder, Import *ret, Error *err);
void ssh_import_clear(Import *import);
/* UI thread: tells new ones from known ones; chooses the new ones. */
void ssh_import_compare(Import *import, const Core *core);
/* Worker: takes the host keys of the chosen ones and their jump hosts over into known_hosts (core_known_hosts). */
int ssh_import_keys(Import *import, const char *folder, const char *known_hosts, Error *err);
/* UI thread: adds the chosen ones to the list; returns how many. */
size_t ssh_import_add(const Import *import, Core *core);

#endif
