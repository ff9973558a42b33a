/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a guest sets itself up with at its first start, as options of poolctl: CLOUD_OPTIONS and --answer of commands.def. One thread. */
#ifndef POOLCENTER_SEED_OPTIONS_H
#define POOLCENTER_SEED_OPTIONS_H

#include "client/cli/cli.h"

/* *ret stays NULL if none of the options was given; else the caller clears and frees it. An exit status; files that cannot be read, and options that go not
 * together, have been told. */
int seed_from_options(Cli *cli, Server *server, const Args *args, VmSeed **ret);
void seed_free(VmSeed *seed);

/* A password in the first line of a file. The caller frees with x_free_secret. Exit status. */
int cli_read_secret(Cli *cli, const char *name, char **ret);

#endif
