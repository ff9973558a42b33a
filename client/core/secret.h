/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strings that are secret and kept longer than a call: each in locked pages of its own (port_secrets.h), wiped when it goes. Any thread. */
#ifndef POOLCENTER_SECRET_H
#define POOLCENTER_SECRET_H

#include <stddef.h>

/* A copy; NULL gives NULL. Freed with secret_free only. */
char *secret_dup(const char *text);
/* Zeroed room for size bytes of text. Freed with secret_free only. */
char *secret_alloc(size_t size);
void secret_free(char *secret); /* NULL is fine */

#endif
