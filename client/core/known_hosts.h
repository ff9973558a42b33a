/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host keys the user has accepted: an OpenSSH known_hosts file of our own, where every host stands as [host]:port. Any thread; all connections
 * of the process share one lock. Used by ssh.c.
 */
#ifndef POOLCENTER_KNOWN_HOSTS_H
#define POOLCENTER_KNOWN_HOSTS_H

#include "protocol/error.h"

#include <libssh2.h>

typedef enum KnownHost { KNOWN_HOST_MATCH, KNOWN_HOST_UNKNOWN, KNOWN_HOST_CHANGED } KnownHost;

/* key: as the server sent it. CHANGED: *ret_old is the fingerprint of a key that is known (caller frees). */
KnownHost known_hosts_check(LIBSSH2_SESSION *session, const char *path, const char *host, int port, const char *key, size_t size, char **ret_old);
int known_hosts_add(const char *path, const char *host, int port, const char *key, size_t size, Error *err);
/* The line that known_hosts_add writes, with its end; the caller frees. */
char *known_hosts_line(const char *host, int port, const char *key, size_t size);
/* Adds the lines that choose makes of what is in the file ("": nothing), while nobody else changes it. choose's result is freed. */
int known_hosts_append(const char *path, char *(*choose)(void *context, const char *before), void *context, Error *err);
/* The whole file, "" if there is none; the caller frees. */
char *known_hosts_text(const char *path);
int known_hosts_remove(const char *path, const char *host, int port, Error *err);
/* Host key algorithms to offer: those of keys that are known first, since another kind of key would look like a changed one. The caller frees. */
char *known_hosts_algorithms(LIBSSH2_SESSION *session, const char *path, const char *host, int port);

/* What taking over the keys of one host came to. */
typedef struct KnownHostsMerge {
    size_t added;
    size_t same;      /* were known already */
    size_t different; /* another key of that kind is known: left as it is */
} KnownHostsMerge;

/* Takes the keys of host:port out of text, the content of OpenSSH's known_hosts: plain, hashed and wildcard entries; never a revoked key, nor authorities. */
int known_hosts_merge(const char *path, const char *text, const char *host, int port, KnownHostsMerge *ret, Error *err);

/* "SHA256:..." as ssh-keygen -l prints it; the caller frees. */
char *known_hosts_fingerprint(const void *key, size_t size);
/* "ssh-ed25519" ...: the type written in the key itself; the caller frees. */
char *known_hosts_key_type(const char *key, size_t size);

#endif
