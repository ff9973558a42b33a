/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where remembered secrets are: in the system's store (Windows Credential Manager), or, once the user has set a master password, in an encrypted
 * file (vault.h). Private to client/core: keyring.c. All calls are quick; UI thread, but for what says worker thread.
 */
#ifndef POOLCENTER_CREDENTIALS_H
#define POOLCENTER_CREDENTIALS_H

#include "client/core/keyring.h"
#include "client/core/vault.h"

typedef struct Credentials Credentials;

Credentials *credentials_create(const char *folder);
void credentials_free(Credentials *credentials); /* NULL is fine */
KeyringState credentials_state(const Credentials *credentials);
bool credentials_has_master(const Credentials *credentials);
const char *credentials_path(const Credentials *credentials); /* the vault's file */

/* name: credentials_name. 0, 1: no such secret, or negative (ERR_VAULT_LOCKED: the master password is wanted first). *ret: x_free_secret. */
int credentials_find(Credentials *credentials, const char *name, char **ret, Error *err);
int credentials_put(Credentials *credentials, const char *name, const char *secret, Error *err);
int credentials_remove(Credentials *credentials, const char *name, Error *err);
/* "PoolCenter/root@host:22", "PoolCenter/root@host:22#passphrase"; the caller frees. */
char *credentials_name(const char *account, SecretKind kind);

/* Wipes the vault's key from memory. */
void credentials_lock(Credentials *credentials);
/* From now on the vault is read with key (taken). */
void credentials_take_key(Credentials *credentials, VaultKey *key);
/* While a worker gives the vault another master password nothing is read or written: as if it were locked. */
void credentials_suspend(Credentials *credentials, bool suspended);

#endif
