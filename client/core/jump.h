/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hosts on the way to a server, as OpenSSH's ProxyJump writes them: "[user@]host[:port],...", the first one is connected to directly. Any thread.
 * Used by ssh.c, the Add Server dialog, poolctl and the import of ~/.ssh/config.
 */
#ifndef POOLCENTER_JUMP_H
#define POOLCENTER_JUMP_H

#include "protocol/error.h"

enum { JUMP_MAX = 8 };

typedef struct JumpHost {
    char *user; /* NULL: the one of the server */
    char *host;
    int port;   /* 22 when none was given */
} JumpHost;

typedef struct JumpList {
    JumpHost items[JUMP_MAX];
    size_t count;
} JumpList;

/* NULL, "" and "none" give an empty list. ERR_INVALID_PARAMS: the cause says which part is wrong. */
int jump_parse(const char *text, JumpList *ret, Error *err);
void jump_clear(JumpList *list);
/* One part, "[user@]host[:port]", also "[v6]:port" and "ssh://user@host:port". False: it is none. *ret is cleared by the caller. */
bool jump_parse_host(const char *text, size_t length, JumpHost *ret);

#endif
