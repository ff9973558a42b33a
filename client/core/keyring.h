/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Remembered secrets of servers: passwords, passphrases, sudo passwords, kept only where the user wants it (ServerConfig.remember). They answer
 * the questions of a connecting server before the user is asked; each is tried once, and one that was refused not again before it is replaced.
 * With a master password they lie in an encrypted file, whose key leaves memory when the program is locked. UI thread.
 */
#ifndef POOLCENTER_KEYRING_H
#define POOLCENTER_KEYRING_H

#include "client/core/secrets.h"
#include "client/core/server.h"

typedef enum KeyringState {
    KEYRING_NOWHERE, /* nothing can be remembered until a master password is set (Linux) */
    KEYRING_OPEN,
    KEYRING_LOCKED,  /* the master password is wanted first */
} KeyringState;

KeyringState keyring_state(const Core *core);
bool keyring_has_master(const Core *core);
bool keyring_busy(const Core *core); /* the vault is being opened or asked for: what was typed is not stored yet */

/* One secret of a server. 0: *ret (x_free_secret), 1: none, negative: ERR_VAULT_LOCKED and others. */
int keyring_find(Server *server, SecretKind kind, char **ret, Error *err);
/* Remembers it, and that this server's secrets are to be remembered. */
int keyring_put(Server *server, SecretKind kind, const char *secret, Error *err);
/* Remembers it as soon as the attempt that is under way has logged in; forgotten if it does not. */
void keyring_put_after_login(Server *server, SecretKind kind, const char *secret);
/* Nothing of this server is remembered any more; while the vault is locked, what it holds is removed when it is opened next. */
void keyring_forget(Server *server);

/* Slow, so done by a worker; done(context, NULL) or with an error, unless owner was forgotten. done may be NULL. */
typedef void (*KeyringDone)(void *context, const Error *error);
/* Opens the vault, and answers what waited for it. */
void keyring_unlock(Core *core, const char *master, KeyringDone done, const void *owner, void *context);
/* old NULL: there was no master password; fresh NULL: there shall be none any more. What is remembered moves along: into the vault, or to the
 * system's store (where there is none, it is forgotten). */
void keyring_set_master(Core *core, const char *old, const char *fresh, KeyringDone done, const void *owner, void *context);

/* Takes the vault's key and what came from it out of memory. Servers stay connected; their questions wait for keyring_unlock. */
void keyring_lock(Core *core);
bool keyring_held(const Core *core); /* since keyring_lock */

#endif
