/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See vault.h. The file: a header (magic, cost, salt), a nonce, the tag of AES-256-GCM over header and content, the encrypted content. The content
 * is padded, so that its size tells little. Nothing of it is kept between calls: another program may change the file at any time.
 */
#include "client/core/vault.h"

#include "client/core/log.h"
#include "client/core/port.h"
#include "client/core/port_secrets.h"
#include "client/core/secret.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

enum {
    MAGIC_SIZE = 8,
    SALT_SIZE = 16,
    HEADER_SIZE = MAGIC_SIZE + 4 + SALT_SIZE,
    NONCE_SIZE = 12,
    TAG_SIZE = 16,
    CONTENT_AT = HEADER_SIZE + NONCE_SIZE + TAG_SIZE,
    KEY_SIZE = 32,
    PADDING = 1024,
    CONTENT_MAX = 1 << 20,
    FILE_MAX = CONTENT_AT + CONTENT_MAX,
    LOG2_N_LEAST = 10,
    LOG2_N_MOST = 20,
    R_MOST = 32,
    P_MOST = 16,
};

#define MEMORY_MOST ((uint64_t)512 << 20) /* of one scrypt: a file that asks for more is not ours */

static const unsigned char magic[MAGIC_SIZE] = { 'P', 'C', 'V', 'A', 'U', 'L', 'T', '1' };

const VaultCost vault_cost = { .log2_n = 17, .r = 8, .p = 1 };

struct VaultKey {
    unsigned char bytes[KEY_SIZE];
    unsigned char header[HEADER_SIZE]; /* of the file it opens */
};

static int damaged(const char *path, const char *why, Error *err) { return error_set(err, ERR_VAULT_DAMAGED, path, "%s", why); }

/* ---- header and key */

static uint64_t memory_of(const VaultCost *cost) { return (uint64_t)128 * (uint64_t)cost->r << cost->log2_n; }

static VaultCost cost_of(const unsigned char *header)
{
    const unsigned char *at = header + MAGIC_SIZE;
    return (VaultCost){ .log2_n = at[0], .r = at[1], .p = at[2] };
}

static bool cost_is_sane(const VaultCost *cost)
{
    return cost->log2_n >= LOG2_N_LEAST && cost->log2_n <= LOG2_N_MOST && cost->r >= 1 && cost->r <= R_MOST && cost->p >= 1 && cost->p <= P_MOST &&
           memory_of(cost) <= MEMORY_MOST;
}

static bool is_cheaper(const VaultCost *cost, const VaultCost *least)
{
    return memory_of(cost) < memory_of(least) || memory_of(cost) * (uint64_t)cost->p < memory_of(least) * (uint64_t)least->p;
}

/* The header holds cost and salt. False: there is not memory enough. */
static bool derive(VaultKey *key, const char *master)
{
    VaultCost cost = cost_of(key->header);
    return EVP_PBE_scrypt(master, strlen(master), key->header + MAGIC_SIZE + 4, SALT_SIZE, (uint64_t)1 << cost.log2_n, (uint64_t)cost.r, (uint64_t)cost.p,
                          MEMORY_MOST * 2, key->bytes, KEY_SIZE) == 1;
}

VaultKey *vault_key_create(const char *master, const VaultCost *cost, Error *err)
{
    VaultKey *key = port_secret_alloc(sizeof *key);
    memcpy(key->header, magic, MAGIC_SIZE);
    key->header[MAGIC_SIZE] = (unsigned char)cost->log2_n;
    key->header[MAGIC_SIZE + 1] = (unsigned char)cost->r;
    key->header[MAGIC_SIZE + 2] = (unsigned char)cost->p;
    port_random(key->header + MAGIC_SIZE + 4, SALT_SIZE);
    if (derive(key, master))
        return key;
    vault_key_free(key);
    error_set(err, ERR_OUT_OF_MEMORY, NULL, NULL);
    return NULL;
}

void vault_key_free(VaultKey *key) { port_secret_free(key, sizeof *key); }

/* ---- encryption */

/* One run of AES-256-GCM over header and size bytes; tag is written or checked. False: it does not fit (or OpenSSL fails). */
static bool crypt_bytes(const VaultKey *key, bool encrypt, const unsigned char *nonce, const unsigned char *from, size_t size, unsigned char *to,
                        unsigned char *tag)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = 0;
    bool good = context && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes, nonce, encrypt) == 1 &&
                EVP_CipherUpdate(context, NULL, &done, key->header, HEADER_SIZE) == 1 && EVP_CipherUpdate(context, to, &done, from, (int)size) == 1 &&
                (encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1) &&
                EVP_CipherFinal_ex(context, to + done, &done) == 1 &&
                (!encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag) == 1);
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* ---- the file */

/* All of it, its header checked; the caller frees. */
static int read_file(const char *path, unsigned char **ret, size_t *ret_size, Error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    int code = port_read_whole(path, FILE_MAX, &bytes, &size, err);
    if (code == ERR_TOO_LARGE) {
        error_clear(err);
        return damaged(path, "it is too large", err);
    }
    if (code < 0)
        return code;
    AUTO_FREE char *guard = bytes;
    if (size < CONTENT_AT + PADDING || (size - CONTENT_AT) % PADDING != 0)
        return damaged(path, "it is not complete", err);
    if (memcmp(bytes, magic, MAGIC_SIZE) != 0 || bytes[MAGIC_SIZE + 3] != 0)
        return damaged(path, "it is of another kind or of a newer version", err);
    VaultCost cost = cost_of((unsigned char *)bytes);
    if (!cost_is_sane(&cost))
        return damaged(path, "its parameters are out of all bounds", err);
    *ret = (unsigned char *)TAKE_PTR(guard);
    *ret_size = size;
    return 0;
}

/* The content; NULL: key or file is wrong. Freed with secret_free. */
static char *open_content(const VaultKey *key, const unsigned char *file, size_t file_size)
{
    size_t size = file_size - CONTENT_AT;
    unsigned char tag[TAG_SIZE];
    memcpy(tag, file + HEADER_SIZE + NONCE_SIZE, TAG_SIZE);
    char *content = secret_alloc(size + 2); /* two NULs end it whatever it holds */
    if (crypt_bytes(key, false, file + HEADER_SIZE, file + CONTENT_AT, size, (unsigned char *)content, tag))
        return content;
    secret_free(content);
    return NULL;
}

int vault_entries(const char *path, const VaultKey *key, char **ret_pairs, Error *err)
{
    AUTO_FREE unsigned char *file = NULL;
    size_t size = 0;
    int code = read_file(path, &file, &size, err);
    if (code < 0)
        return code;
    if (memcmp(file, key->header, HEADER_SIZE) != 0)
        return error_set(err, ERR_VAULT_LOCKED, path, NULL);
    *ret_pairs = open_content(key, file, size);
    return *ret_pairs ? 0 : damaged(path, "it was changed by something else than PoolCenter", err);
}

/* Bytes of pairs without the empty name at the end. */
static size_t pairs_size(const char *pairs)
{
    const char *at = pairs;
    while (*at) {
        at += strlen(at) + 1;
        at += strlen(at) + 1;
    }
    return (size_t)(at - pairs);
}

int vault_create(const char *path, const VaultKey *key, const char *pairs, Error *err)
{
    size_t used = pairs ? pairs_size(pairs) : 0;
    size_t size = (used + 2 + PADDING - 1) / PADDING * PADDING;
    if (size > CONTENT_MAX) {
        AUTO_FREE char *limit = x_printf("%d", CONTENT_MAX);
        return error_set(err, ERR_TOO_LARGE, limit, NULL);
    }
    char *content = secret_alloc(size);
    if (used)
        memcpy(content, pairs, used);
    AUTO_FREE unsigned char *file = x_calloc(CONTENT_AT + size, 1);
    memcpy(file, key->header, HEADER_SIZE);
    port_random(file + HEADER_SIZE, NONCE_SIZE);
    bool good = crypt_bytes(key, true, file + HEADER_SIZE, (unsigned char *)content, size, file + CONTENT_AT, file + HEADER_SIZE + NONCE_SIZE);
    secret_free(content);
    if (!good)
        abort(); /* OpenSSL without AES */
    return port_write_whole(path, file, CONTENT_AT + size, err);
}

/* Encrypts what was opened at today's cost. Where that cannot be done (a folder that is read-only, too little memory), the file stays as it is: it is open. */
static void make_dearer(const char *path, const char *master, const VaultCost *cost, const char *pairs, VaultKey **key)
{
    AUTO(error_clear) Error why = { 0 };
    VaultKey *dearer = vault_key_create(master, cost, &why);
    if (!dearer || vault_create(path, dearer, pairs, &why) < 0) {
        log_error("encrypting the remembered passwords at a higher cost", &why);
        vault_key_free(dearer);
        return;
    }
    vault_key_free(*key);
    *key = dearer;
}

int vault_unlock(const char *path, const char *master, const VaultCost *cost, VaultKey **ret, Error *err)
{
    AUTO_FREE unsigned char *file = NULL;
    size_t size = 0;
    int code = read_file(path, &file, &size, err);
    *ret = NULL;
    if (code < 0)
        return code;
    VaultKey *key = port_secret_alloc(sizeof *key);
    memcpy(key->header, file, HEADER_SIZE);
    bool derived = derive(key, master);
    char *pairs = derived ? open_content(key, file, size) : NULL;
    VaultCost used = cost_of(key->header);
    if (!pairs) {
        vault_key_free(key);
        return error_set(err, derived ? ERR_VAULT_PASSWORD : ERR_OUT_OF_MEMORY, path, NULL);
    }
    if (is_cheaper(&used, cost))
        make_dearer(path, master, cost, pairs, &key);
    secret_free(pairs);
    *ret = key;
    return 0;
}

/* ---- entries */

static const char *find_secret(const char *pairs, const char *name)
{
    for (const char *at = pairs; *at;) {
        const char *secret = at + strlen(at) + 1;
        if (str_equal(at, name))
            return secret;
        at = secret + strlen(secret) + 1;
    }
    return NULL;
}

int vault_find(const char *path, const VaultKey *key, const char *name, char **ret, Error *err)
{
    char *pairs = NULL;
    int code = vault_entries(path, key, &pairs, err);
    if (code < 0)
        return code;
    const char *secret = find_secret(pairs, name);
    if (secret)
        *ret = x_strdup(secret);
    secret_free(pairs);
    return secret ? 0 : 1;
}

static char *append(char *to, const char *text)
{
    size_t size = strlen(text) + 1;
    memcpy(to, text, size);
    return to + size;
}

/* pairs without name, then name and secret. */
static char *replaced(const char *pairs, const char *name, const char *secret)
{
    size_t room = pairs_size(pairs) + strlen(name) + strlen(str_or_empty(secret)) + 3;
    char *result = secret_alloc(room);
    char *to = result;
    for (const char *at = pairs; *at;) {
        const char *kept = at + strlen(at) + 1;
        if (!str_equal(at, name)) {
            to = append(to, at);
            to = append(to, kept);
        }
        at = kept + strlen(kept) + 1;
    }
    if (secret) {
        to = append(to, name);
        append(to, secret);
    }
    return result;
}

int vault_put(const char *path, const VaultKey *key, const char *name, const char *secret, Error *err)
{
    char *pairs = NULL;
    int code = vault_entries(path, key, &pairs, err);
    if (code < 0)
        return code;
    char *changed = replaced(pairs, name, secret);
    code = vault_create(path, key, changed, err);
    secret_free(pairs);
    secret_free(changed);
    return code;
}
