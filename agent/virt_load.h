/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt's library, found when the agent runs instead of when it is linked: one binary starts on every host. */
#ifndef POOLCENTER_AGENT_VIRT_LOAD_H
#define POOLCENTER_AGENT_VIRT_LOAD_H

#include <stdbool.h>

/* Loads libvirt.so.0, once; does nothing when it is loaded. NULL: every function of libvirt may be called from now on, by any thread.
 * Otherwise why not, as the middle of a sentence; the caller frees it, and may try again when the package has been installed.
 * Not by two threads at once. */
char *virt_load(void);
/* Whether that has succeeded. Any thread. */
bool virt_loaded(void);

#endif
