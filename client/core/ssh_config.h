/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenSSH's client configuration (~/.ssh/config), read as ssh_config(5) describes it: which hosts it names, and for each of them what Host, HostName,
 * Port, User, IdentityFile, ProxyJump and Include say. Match blocks are skipped and counted. Any thread; reads files. Used by ssh_import.c.
 */
#ifndef POOLCENTER_SSH_CONFIG_H
#define POOLCENTER_SSH_CONFIG_H

#include "protocol/error.h"

enum { SSH_CONFIG_HOSTS_MAX = 5000 };

typedef struct SshConfigHost {
    char *name;     /* as the file calls it */
    char *host;     /* HostName, else the name */
    int port;
    char *user;     /* User, else the local user */
    char *key_file; /* IdentityFile with its placeholders filled in; NULL: none is set */
    char *jump;     /* as jump.h has it, names of the file resolved; NULL: none */
    bool proxy_command; /* reached in a way that cannot be taken over */
} SshConfigHost;

typedef struct SshConfig {
    SshConfigHost *items;
    size_t count;
    size_t match_blocks; /* skipped */
} SshConfig;

/* Where things are; borrowed. */
typedef struct SshConfigPlace {
    const char *folder; /* the user's .ssh: relative includes */
    const char *home;
    const char *user;   /* local user */
} SshConfigPlace;

/* ERR_FILE_OPEN, ERR_TOO_LARGE for the file itself; an included file that cannot be read is left out, as ssh does. */
int ssh_config_read(const char *path, const SshConfigPlace *place, SshConfig *ret, Error *err);
/* The same from text. */
void ssh_config_parse(const char *text, const SshConfigPlace *place, SshConfig *ret);
void ssh_config_clear(SshConfig *config);

/* Does name fit a pattern with * and ?; no regard to case. */
bool ssh_config_fits(const char *pattern, const char *name);

#endif
