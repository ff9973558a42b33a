/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl volume copy --from SERVER: a part of volume_edit_command.c. One thread. */
#ifndef POOLCENTER_CLI_VOLUME_COPY_H
#define POOLCENTER_CLI_VOLUME_COPY_H

#include "client/cli/cli.h"

/* Copies from the server of --from to the other chosen one. 0, or an exit status. */
int volume_copy_from(Cli *cli, const Args *args);

#endif
