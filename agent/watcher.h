/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices what changes on the host behind libvirt's back: files in directory datastores (inotify) and network bridges (netlink). */
#ifndef POOLCENTER_AGENT_WATCHER_H
#define POOLCENTER_AGENT_WATCHER_H

#include "agent/agent.h"

/* Loop thread. */
Watcher *watcher_create(Agent *agent);
void watcher_free(Watcher *watcher);
/* The datastores may have changed: watch theirs. NULL is fine. Any thread. */
void watcher_update(Watcher *watcher);

#endif
