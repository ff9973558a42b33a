/* SPDX-License-Identifier: GPL-3.0-or-later */
/* port_putty.h for Linux: PuTTY's sessions are Windows' matter. */
#include "client/core/port_putty.h"

void port_putty_sessions(void (*found)(void *context, const PuttySession *session), void *context) { (void)found, (void)context; }
