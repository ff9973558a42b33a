/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bar on the terminal (stderr) for what takes long: the first of the running actions, or an upload. Nothing when stderr is no terminal. One thread. */
#ifndef POOLCENTER_PROGRESS_H
#define POOLCENTER_PROGRESS_H

#include "client/cli/cli.h"

void progress_show(Cli *cli);
/* Removes it, before anything else is printed. */
void progress_clear(void);

#endif
