/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passwords and passphrases that one connection used, each by what it opens: a login (user@host:port) or a key file. Kept so that connecting again and
 * uploads need not ask once more; wiped with the connection. Any thread; whoever holds a list guards it (link.c: its mutex).
 */
#ifndef POOLCENTER_SECRETS_H
#define POOLCENTER_SECRETS_H

#include "protocol/error.h"

typedef enum SecretKind { SECRET_PASSWORD, SECRET_PASSPHRASE, SECRET_SUDO } SecretKind;

typedef struct Secret {
    SecretKind kind;
    char *name;  /* PASSWORD, SUDO: user@host:port; PASSPHRASE: the key file */
    char *value; /* secret_dup */
} Secret;

typedef struct Secrets {
    Secret *items;
    size_t count;
} Secrets;

/* The value, or NULL; valid until the list changes. */
const char *secrets_find(const Secrets *secrets, SecretKind kind, const char *name);
/* Copies; value NULL removes. */
void secrets_put(Secrets *secrets, SecretKind kind, const char *name, const char *value);
void secrets_copy(Secrets *to, const Secrets *from); /* to is empty */
void secrets_clear(Secrets *secrets);

/* "user@host:port"; the caller frees. */
char *secrets_login_name(const char *user, const char *host, int port);

#endif
