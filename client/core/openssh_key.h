/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The outside of OpenSSH's private key files ("openssh-key-v1", PROTOCOL.key in OpenSSH): what can be read without the passphrase, and writing an
 * unencrypted one. Any thread. Used by ssh_login.c and ppk.c.
 */
#ifndef POOLCENTER_OPENSSH_KEY_H
#define POOLCENTER_OPENSSH_KEY_H

#include "client/core/wire.h"

typedef struct OpensshKey {
    bool encrypted;
    unsigned char *blob; /* the public key */
    size_t size;
    char *type;          /* "ssh-ed25519", "sk-ssh-ed25519@openssh.com" ... */
} OpensshKey;

/* False: text is no such file. */
bool openssh_key_read(const char *text, OpensshKey *ret);
void openssh_key_clear(OpensshKey *key);
/* The file's text, a secret (x_free_secret). open: the public blob; fields: type and private fields as PROTOCOL.key orders them. */
char *openssh_key_write(WireBytes open, WireBytes fields);

/* The blob of a line "TYPE BASE64 [comment]", as .pub files hold it; NULL: it is none. The caller frees. */
unsigned char *openssh_key_public(const char *text, size_t *ret_size);

#endif
