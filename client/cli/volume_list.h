/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the files of a datastore page by page, for volume_command.c and completion. One thread. */
#ifndef POOLCENTER_VOLUME_LIST_H
#define POOLCENTER_VOLUME_LIST_H

#include "client/cli/cli.h"

/* Calls each for every file. id and name of the datastore are copied first. 0 or an exit status. */
int volume_list_read(Cli *cli, Server *server, const char *id, const char *name,
                     void (*each)(void *context, Server *server, const char *datastore, const VolumeInfo *volume), void *context);

#endif
