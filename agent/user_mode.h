/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An agent of a plain user, not installed: `poolagent connect --user` starts it when nobody listens, it serves that user alone through
 * qemu:///session, and it ends by itself when nobody is connected any more. Called by main.c, before any thread.
 */
#ifndef POOLCENTER_AGENT_USER_MODE_H
#define POOLCENTER_AGENT_USER_MODE_H

#include "agent/config.h"

/* The settings of such an agent; everything it writes is in a folder of $TMPDIR or /tmp that only this user can enter. ERR_IO. */
int user_mode_config(Config *ret, Error *err);
/* Returns when an agent listens on config's socket: it did, or it was started now. ERR_IO with what it said when it did not come up. */
int user_mode_start(const Config *config, Error *err);
/* The agent's last deed: its folder in /tmp is gone. */
void user_mode_leave(const Config *config);

#endif
