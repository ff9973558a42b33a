/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PuTTY's key files (.ppk, versions 2 and 3), turned into OpenSSH's format in memory, which libssh2 reads. Format: appendix C of PuTTY's manual.
 * Any thread; version 3 with a passphrase takes as long as its maker wanted (about 0.1 s). Used by ssh_login.c.
 */
#ifndef POOLCENTER_PPK_H
#define POOLCENTER_PPK_H

#include "protocol/util.h"

typedef enum PpkResult {
    PPK_OK,
    PPK_WRONG_PASSPHRASE,
    PPK_DAMAGED,     /* or changed by somebody: its signature does not fit */
    PPK_UNSUPPORTED, /* version 1, DSA, Ed448, or limits far beyond what PuTTYgen writes */
} PpkResult;

bool ppk_is(const char *text);
bool ppk_encrypted(const char *text);
/* text: size bytes and a NUL. *ret: an unencrypted OpenSSH key file, a secret (x_free_secret). */
PpkResult ppk_convert(const char *text, size_t size, const char *passphrase, char **ret);

#endif
