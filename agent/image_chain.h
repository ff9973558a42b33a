/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qcow2 images that are built on other images, as their own headers say. Reads files, waits for disks: workers and tasks only. */
#ifndef POOLCENTER_AGENT_IMAGE_CHAIN_H
#define POOLCENTER_AGENT_IMAGE_CHAIN_H

#include "agent/agent.h"

/* Absolute path of the image that this one is built on; NULL: none, or not a file. The caller frees. */
char *image_backing(const char *path);
/* The image and what it stands on, topmost first. */
void image_chain(const char *path, StrList *ret);
bool image_chain_has(const char *path, const char *below);
/* The images built directly on this one: in its own directory, in all datastores that are directories, and among the disks of all VMs. A directory
 * whose server does not answer is one of them, with these words: it may have some. The same for image_dependents. */
void image_children(Agent *agent, const char *path, StrList *ret);
/* Names of the VMs, except the one with that id (may be NULL), with disks that stand on the image; files that belong to none by their path. */
void image_dependents(Agent *agent, const char *path, const char *except, StrList *ret);
/* ERR_TEMPLATE_IN_USE, naming the first few, if other VMs' disks stand on the image. name: what the sentence calls it. */
int image_check_free(Agent *agent, const char *path, const char *except, const char *name, Error *err);
/* Bytes the file takes on its disk; 0 when it cannot be told. */
int64_t image_allocation(const char *path);

#endif
