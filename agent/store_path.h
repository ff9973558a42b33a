/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories that may become datastores. Plain file calls; workers. */
#ifndef POOLCENTER_AGENT_STORE_PATH_H
#define POOLCENTER_AGENT_STORE_PATH_H

#include "protocol/error.h"
#include "protocol/limits.h"

/* Absolute, no "..", not one of the system's own directories, also not by way of a symbolic link. *ret is the path in its plain form (no
 * doubled or final slashes); the caller frees it. ERR_PATH_INVALID. */
int store_path_check(const char *path, char **ret, Error *err);
/* How many directories store_path_make would make. */
size_t store_path_missing(const char *path);
/* Makes the directory and what is missing above it; *ret_made counts the directories made. ERR_PATH_INVALID, with nothing left. */
int store_path_make(const char *path, size_t *ret_made, Error *err);
/* Removes the last made directories of path, if they are empty. */
void store_path_unmake(const char *path, size_t made);

#endif
