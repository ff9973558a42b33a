/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What differs between Windows and Linux about secrets: memory that is not written to the disk, and the system's own store of passwords
 * (Windows Credential Manager; Linux: none). Part of port.h's family: port_secrets_win32.c may include <windows.h>. Any thread.
 */
#ifndef POOLCENTER_PORT_SECRETS_H
#define POOLCENTER_PORT_SECRETS_H

#include "protocol/error.h"

/* Whole pages, zeroed, kept out of the page file and of core dumps as far as the system lets us. Never NULL. */
void *port_secret_alloc(size_t size);
void port_secret_free(void *memory, size_t size); /* size as it was asked for; wipes it; NULL is fine */

bool port_store_exists(void);
/* The system's entry of this name. 0: *ret is the secret (x_free_secret), 1: there is none, negative: ERR_CREDENTIALS. */
int port_store_find(const char *name, char **ret, Error *err);
/* Makes or replaces it; user is shown by the system beside the name. ERR_CREDENTIALS. */
int port_store_put(const char *name, const char *user, const char *secret, Error *err);
/* Fine if there is none. ERR_CREDENTIALS. */
int port_store_remove(const char *name, Error *err);
/* All whose names begin with prefix: what is left behind when the program is uninstalled. */
void port_store_remove_all(const char *prefix);

#endif
