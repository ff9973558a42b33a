/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon itself: makes the agent's parts, runs the loop, takes them down. Called by main. */
#ifndef POOLCENTER_AGENT_SERVE_H
#define POOLCENTER_AGENT_SERVE_H

#include "agent/config.h"

/* Takes the config's contents. Returns when told to end by a signal or for lack of clients. */
int serve(Config *config, Error *err);

#endif
