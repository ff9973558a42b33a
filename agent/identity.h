/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is at the other end of a Unix socket, as the kernel says, and what that user may do. */
#ifndef POOLCENTER_AGENT_IDENTITY_H
#define POOLCENTER_AGENT_IDENTITY_H

#include "agent/config.h"

#include <sys/types.h>

typedef struct Identity {
    uid_t uid;
    char *user;
    Role role;
} Identity;

/* Asks the system's user database, which may be slow: not on the loop. ERR_ACCESS_DENIED: no role. */
int identity_of(int socket_fd, const Config *config, Identity *ret, Error *err);
void identity_clear(Identity *identity);
/* Only the user id; quick. (uid_t)-1: unknown. */
uid_t identity_uid(int socket_fd);

#endif
