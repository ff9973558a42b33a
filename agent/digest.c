/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SHA-256 by OpenSSL: see digest.h. These are its direct functions, not EVP: the released agent is linked statically, and EVP would bring
 * OpenSSL's whole provider machinery (5 MB) for the same assembly.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "agent/digest.h"
#include "agent/ident.h"

#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) == sizeof(((Digest *)0)->state), "Digest has OpenSSL's size");

static SHA256_CTX *state_of(Digest *digest) { return (SHA256_CTX *)(void *)digest->state; }

void digest_start(Digest *digest) { SHA256_Init(state_of(digest)); }

void digest_add(Digest *digest, const void *bytes, size_t count) { SHA256_Update(state_of(digest), bytes, count); }

void digest_bytes(const Digest *digest, unsigned char ret[DIGEST_BYTES])
{
    Digest copy = *digest;
    SHA256_Final(ret, state_of(&copy));
}

void digest_text(const Digest *digest, char ret[LIMIT_DIGEST + 1])
{
    unsigned char bytes[DIGEST_BYTES];
    digest_bytes(digest, bytes);
    hex_encode(bytes, sizeof bytes, ret);
}

void digest_of_text(const char *text, unsigned char ret[DIGEST_BYTES])
{
    Digest digest;
    digest_start(&digest);
    digest_add(&digest, text, strlen(text));
    digest_bytes(&digest, ret);
}
