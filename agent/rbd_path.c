/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of images of Ceph pools: see rbd_path.h. */
#include "agent/rbd_path.h"

#include "protocol/util.h"

#include <string.h>

#define PREFIX "rbd:"

bool rbd_path_is(const char *path) { return path && strncmp(path, PREFIX, strlen(PREFIX)) == 0; }

const char *rbd_path_name(const char *path) { return rbd_path_is(path) ? path + strlen(PREFIX) : NULL; }

/* Gluster's are URIs, and of the network kinds only RBD's are "pool/image". */
char *rbd_path_of(const char *text)
{
    bool rbd = text && *text != '/' && strchr(text, '/') && !strchr(text, ':');
    return rbd ? x_printf(PREFIX "%s", text) : x_strdup(text);
}
