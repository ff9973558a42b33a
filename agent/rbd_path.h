/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of images of Ceph pools: everywhere in the agent such an image has the path "rbd:pool/image", its datastore "rbd:pool". Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_RBD_PATH_H
#define POOLCENTER_AGENT_RBD_PATH_H

#include <stdbool.h>

bool rbd_path_is(const char *path);
/* "pool/image" of such a path, or NULL; belongs to path. */
const char *rbd_path_name(const char *path);
/* The path of a volume that libvirt calls a network one; text: what libvirt says. The caller frees. */
char *rbd_path_of(const char *text);

#endif
