/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of images of Ceph pools: see rbd_path.h. */
#include "agent/rbd_path.h"

#include "protocol/datastore_type.h"
#include "protocol/util.h"

#include <string.h>

bool rbd_path_is(const char *path) { return path && strncmp(path, RBD_PATH, strlen(RBD_PATH)) == 0; }

const char *rbd_path_name(const char *path) { return rbd_path_is(path) ? path + strlen(RBD_PATH) : NULL; }

/* Gluster's are URIs, and of the network kinds only RBD's are "pool/image". */
char *rbd_path_of(const char *text)
{
    bool rbd = text && *text != '/' && strchr(text, '/') && !strchr(text, ':');
    return rbd ? x_printf(RBD_PATH "%s", text) : x_strdup(text);
}
