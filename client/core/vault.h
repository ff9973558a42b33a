/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An encrypted file of secrets, opened with a master password: scrypt makes the key (its parameters stand in the file), AES-256-GCM
 * protects the content and the header; both are OpenSSL's. Written as a whole, atomically. Used by credentials.c. Any thread; one at a time per key.
 */
#ifndef POOLCENTER_VAULT_H
#define POOLCENTER_VAULT_H

#include "protocol/error.h"

/* What guessing one password costs: 128 * r * 2^log2_n bytes of memory, p times. */
typedef struct VaultCost {
    int log2_n, r, p;
} VaultCost;

/* For new files, and the least for old ones: what costs less is written anew when it is opened. */
extern const VaultCost vault_cost;

typedef struct VaultKey VaultKey; /* in locked memory */

/* Slow (scrypt: a good part of a second): on a worker thread. The file must be there. cost: what the key must cost at least; a cheaper file is
 * encrypted anew if that is possible. ERR_VAULT_PASSWORD, ERR_VAULT_DAMAGED (also parameters beyond all reason, before memory is asked for), ERR_FILE_OPEN,
 * ERR_OUT_OF_MEMORY. */
int vault_unlock(const char *path, const char *master, const VaultCost *cost, VaultKey **ret, Error *err);
/* Slow, too: a key for a new file, or a new password, with a salt of its own. NULL: ERR_OUT_OF_MEMORY. */
VaultKey *vault_key_create(const char *master, const VaultCost *cost, Error *err);
void vault_key_free(VaultKey *key);

/* Writes a file with the entries of pairs under key: names and secrets by turns, each ended by a NUL; an empty name ends them (NULL: none). */
int vault_create(const char *path, const VaultKey *key, const char *pairs, Error *err);
/* Copies all entries, as vault_create takes them; freed with secret_free. ERR_VAULT_DAMAGED, ERR_VAULT_LOCKED (the file has another key by now). */
int vault_entries(const char *path, const VaultKey *key, char **ret_pairs, Error *err);
/* 0: *ret (x_free_secret), 1: no such entry, negative as vault_entries. */
int vault_find(const char *path, const VaultKey *key, const char *name, char **ret, Error *err);
/* secret NULL: removes it. Names and secrets are not empty. ERR_TOO_LARGE, ERR_SETTINGS and as vault_entries. */
int vault_put(const char *path, const VaultKey *key, const char *name, const char *secret, Error *err);

#endif
