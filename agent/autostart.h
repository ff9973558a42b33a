/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VMs that start with the host in an order, or with a pause after them: libvirt's own mark knows neither, so it is not set for these, and the
 * agent starts them once after the host was booted. Those that libvirt (or somebody else) has started already are passed over.
 */
#ifndef POOLCENTER_AGENT_AUTOSTART_H
#define POOLCENTER_AGENT_AUTOSTART_H

#include "agent/agent.h"

/* Begins a task for it, if this is the first agent since the host was booted. An agent that has never run before here starts nothing.
 * Called once, when everything is made; the task waits for libvirt. */
void autostart_begin(Agent *agent);

#endif
