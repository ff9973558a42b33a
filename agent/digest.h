/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256, the digest of uploads and of ids made from names. Plain values: one owner, any thread. */
#ifndef POOLCENTER_AGENT_DIGEST_H
#define POOLCENTER_AGENT_DIGEST_H

#include "protocol/limits.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BYTES = 32 };

/* OpenSSL's state, which only digest.c looks into. */
typedef struct Digest {
    _Alignas(8) unsigned char state[112];
} Digest;

void digest_start(Digest *digest);
void digest_add(Digest *digest, const void *bytes, size_t count);
/* The digest of what was added so far; more may follow. */
void digest_bytes(const Digest *digest, unsigned char ret[DIGEST_BYTES]);
/* The same as hex digits. */
void digest_text(const Digest *digest, char ret[LIMIT_DIGEST + 1]);
/* The digest of a string. */
void digest_of_text(const char *text, unsigned char ret[DIGEST_BYTES]);

#endif
