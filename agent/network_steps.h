/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a change of the host's network consists of: small steps, written down as JSON before the first is done, so that another process can take
 * them back. Made by network_networkd.c, network_manager.c and network_ifupdown.c; done by network_changer.c. No state; any thread but the loop.
 */
#ifndef POOLCENTER_AGENT_NETWORK_STEPS_H
#define POOLCENTER_AGENT_NETWORK_STEPS_H

#include "protocol/types.h"

/* Runs a program (arguments up to NULL). A step that may fail is done for what it does to what is left over, and its failure means nothing. */
void step_run(json_t *steps, const char *const *arguments);
void step_try(json_t *steps, const char *const *arguments);
/* Writes a file as a whole, readable by everybody; its folder is made. */
void step_write(json_t *steps, const char *path, const char *text);
/* Moves a file with its rights, to another file system if need be; fine when it is not there (any more). Its folder is made. */
void step_move(json_t *steps, const char *from, const char *to);
/* Removes a file; fine when it is not there. */
void step_remove(json_t *steps, const char *path);
/* Removes a folder if it is empty. */
void step_remove_folder(json_t *steps, const char *path);

/* The steps one after the other. Stops at the first that fails, unless all is set: then the others are done all the same. The first error. */
int steps_do(const json_t *steps, bool all, Error *err);

/* Text of a small file, NULL: not there, or larger than 1 MiB. The caller frees. */
char *small_file_read(const char *path);
/* Writes it beside, syncs it, and renames it into place with that mode. ERR_IO. */
int small_file_write(const char *path, const char *text, int mode, Error *err);
/* Removes it and syncs its folder; fine when it is not there. ERR_IO. */
int small_file_remove(const char *path, Error *err);

#endif
