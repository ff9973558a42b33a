/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PuTTY's key files: see ppk.h. All cryptography is OpenSSL's and libargon2's. */
#include "client/core/ppk.h"

#include "client/core/openssh_key.h"
#include "client/core/wire.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>
#include <string.h>

enum {
    LINES_MAX = 2000,
    CIPHER_KEY = 32, IV = 16, MAC_KEY = 32, ARGON_SIZE = CIPHER_KEY + IV + MAC_KEY,
    BLOCK = 16,
    MEMORY_MAX_KIB = 1 << 20,
    WORK_MAX_KIB = 1 << 26, /* memory times passes: some ten seconds */
    SALT_MAX = 64,
    ED25519_SIZE = 32,
};

/* The file's parts; words point into its own copy. */
typedef struct Ppk {
    char *copy; /* secret: a key without passphrase is in it in plain */
    size_t copy_size;
    int version;
    const char *algorithm, *encryption, *comment, *mac;
    const char *kdf;
    uint32_t memory, passes, parallelism;
    unsigned char salt[SALT_MAX];
    size_t salt_size;
    unsigned char *open, *closed; /* public blob, private blob */
    size_t open_size, closed_size;
} Ppk;

static void clear(Ppk *ppk)
{
    if (ppk->closed)
        x_wipe(ppk->closed, ppk->closed_size);
    x_wipe(ppk->copy, ppk->copy_size);
    free(ppk->open);
    free(ppk->closed);
    free(ppk->copy);
}

/* ---- lines */

/* Cuts the next line off; NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest;
    if (!*line)
        return NULL;
    size_t length = strcspn(line, "\r\n");
    *rest = line + length;
    if (**rest == '\r')
        *(*rest)++ = 0;
    if (**rest == '\n')
        *(*rest)++ = 0;
    return line;
}

/* The value of a line "name: value"; NULL: it is another one. */
static const char *value_of(const char *line, const char *name)
{
    size_t length = strlen(name);
    return line && strncmp(line, name, length) == 0 && line[length] == ':' && line[length + 1] == ' ' ? line + length + 2 : NULL;
}

static const char *next_value(char **rest, const char *name) { return value_of(next_line(rest), name); }

static bool read_number(const char *text, uint32_t max, uint32_t *ret)
{
    size_t length = text ? strlen(text) : 0;
    if (!length || length > 9 || strspn(text, "0123456789") != length)
        return false;
    *ret = (uint32_t)strtoul(text, NULL, 10);
    return *ret <= max;
}

/* So many lines of base64. */
static unsigned char *read_blob(char **rest, const char *name, size_t *ret_size)
{
    uint32_t count = 0;
    if (!read_number(next_value(rest, name), LINES_MAX, &count))
        return NULL;
    WireWriter text = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        const char *line = next_line(rest);
        if (!line) {
            wire_free(&text);
            return NULL;
        }
        wire_put(&text, line, strlen(line));
    }
    unsigned char *bytes = wire_unbase64((const char *)text.bytes, text.size, ret_size);
    wire_free(&text);
    return bytes;
}

static int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

static bool read_hex(const char *text, unsigned char *bytes, size_t room, size_t *ret_size)
{
    size_t length = text ? strlen(text) : 1;
    if (length % 2 || length / 2 > room)
        return false;
    for (size_t i = 0; i < length / 2; i++) {
        int high = hex_digit(text[i * 2]), low = hex_digit(text[i * 2 + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    *ret_size = length / 2;
    return true;
}

static bool read_derivation(Ppk *ppk, char **rest)
{
    ppk->kdf = next_value(rest, "Key-Derivation");
    return ppk->kdf && read_number(next_value(rest, "Argon2-Memory"), 999999999, &ppk->memory) && read_number(next_value(rest, "Argon2-Passes"), 999999999, &ppk->passes) &&
           read_number(next_value(rest, "Argon2-Parallelism"), 999999999, &ppk->parallelism) && read_hex(next_value(rest, "Argon2-Salt"), ppk->salt, SALT_MAX, &ppk->salt_size);
}

static bool encrypted(const Ppk *ppk) { return str_equal(ppk->encryption, "aes256-cbc"); }

static PpkResult parse(const char *text, size_t size, Ppk *ppk)
{
    *ppk = (Ppk){ .copy = x_strndup(text, size), .copy_size = size };
    char *rest = ppk->copy;
    char *first = next_line(&rest);
    ppk->version = value_of(first, "PuTTY-User-Key-File-3") ? 3 : value_of(first, "PuTTY-User-Key-File-2") ? 2 : 0;
    if (!ppk->version)
        return value_of(first, "PuTTY-User-Key-File-1") ? PPK_UNSUPPORTED : PPK_DAMAGED;
    ppk->algorithm = first + strlen("PuTTY-User-Key-File-0: ");
    ppk->encryption = next_value(&rest, "Encryption");
    ppk->comment = next_value(&rest, "Comment");
    if (!ppk->encryption || !ppk->comment)
        return PPK_DAMAGED;
    if (!encrypted(ppk) && !str_equal(ppk->encryption, "none"))
        return PPK_UNSUPPORTED;
    ppk->open = read_blob(&rest, "Public-Lines", &ppk->open_size);
    if (!ppk->open || (ppk->version == 3 && encrypted(ppk) && !read_derivation(ppk, &rest)))
        return PPK_DAMAGED;
    ppk->closed = read_blob(&rest, "Private-Lines", &ppk->closed_size);
    ppk->mac = ppk->closed ? next_value(&rest, "Private-MAC") : NULL;
    return ppk->mac ? PPK_OK : PPK_DAMAGED;
}

/* ---- cryptography */

typedef struct Keys {
    unsigned char cipher[CIPHER_KEY + 8], iv[IV], mac[MAC_KEY]; /* the cipher's has room for two SHA-1 digests */
    size_t mac_size;
} Keys;

/* SHA-1 over two parts, to bytes. */
static void digest_of(const void *first, size_t first_size, const char *passphrase, unsigned char ret[20])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || !EVP_DigestInit_ex(context, EVP_sha1(), NULL) || !EVP_DigestUpdate(context, first, first_size) ||
        !EVP_DigestUpdate(context, passphrase, strlen(passphrase)) || !EVP_DigestFinal_ex(context, ret, NULL))
        abort();
    EVP_MD_CTX_free(context);
}

static void derive_2(const char *passphrase, Keys *ret)
{
    static const char word[] = "putty-private-key-file-mac-key";
    digest_of("\0\0\0\0", 4, passphrase, ret->cipher);
    digest_of("\0\0\0\1", 4, passphrase, ret->cipher + 20);
    digest_of(word, sizeof word - 1, passphrase, ret->mac);
    ret->mac_size = 20;
}

static PpkResult derive_3(const Ppk *ppk, const char *passphrase, Keys *ret)
{
    argon2_type type = str_equal(ppk->kdf, "Argon2id") ? Argon2_id : str_equal(ppk->kdf, "Argon2i") ? Argon2_i : Argon2_d;
    if ((type == Argon2_d && !str_equal(ppk->kdf, "Argon2d")) || ppk->memory > MEMORY_MAX_KIB || !ppk->passes || (uint64_t)ppk->memory * ppk->passes > WORK_MAX_KIB ||
        ppk->parallelism > 64)
        return PPK_UNSUPPORTED;
    unsigned char bytes[ARGON_SIZE];
    argon2_context context = {
        .out = bytes, .outlen = sizeof bytes,
        .pwd = (uint8_t *)(uintptr_t)passphrase, .pwdlen = (uint32_t)strlen(passphrase),
        .salt = (uint8_t *)(uintptr_t)ppk->salt, .saltlen = (uint32_t)ppk->salt_size,
        .t_cost = ppk->passes, .m_cost = ppk->memory, .lanes = ppk->parallelism, .threads = 1,
        .version = ARGON2_VERSION_13,
    };
    if (argon2_ctx(&context, type) != ARGON2_OK)
        return PPK_UNSUPPORTED;
    memcpy(ret->cipher, bytes, CIPHER_KEY);
    memcpy(ret->iv, bytes + CIPHER_KEY, IV);
    memcpy(ret->mac, bytes + CIPHER_KEY + IV, MAC_KEY);
    ret->mac_size = MAC_KEY;
    x_wipe(bytes, sizeof bytes);
    return PPK_OK;
}

static PpkResult derive(const Ppk *ppk, const char *passphrase, Keys *ret)
{
    if (ppk->version == 3 && encrypted(ppk))
        return derive_3(ppk, passphrase, ret);
    if (ppk->version == 2)
        derive_2(encrypted(ppk) ? passphrase : "", ret);
    return PPK_OK; /* version 3 without passphrase: an empty key for the MAC */
}

static bool decrypt(Ppk *ppk, const Keys *keys)
{
    if (!encrypted(ppk))
        return true;
    if (ppk->closed_size % BLOCK)
        return false;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = 0;
    bool good = context && EVP_DecryptInit_ex(context, EVP_aes_256_cbc(), NULL, keys->cipher, keys->iv) && EVP_CIPHER_CTX_set_padding(context, 0) &&
                EVP_DecryptUpdate(context, ppk->closed, &done, ppk->closed, (int)ppk->closed_size);
    EVP_CIPHER_CTX_free(context);
    return good;
}

/* The MAC covers all that matters, with the private part in plain. */
static bool mac_fits(const Ppk *ppk, const Keys *keys)
{
    WireWriter text = { 0 };
    wire_put_text(&text, ppk->algorithm);
    wire_put_text(&text, ppk->encryption);
    wire_put_text(&text, ppk->comment);
    wire_put_string(&text, ppk->open, ppk->open_size);
    wire_put_string(&text, ppk->closed, ppk->closed_size);
    unsigned char made[EVP_MAX_MD_SIZE], read[EVP_MAX_MD_SIZE];
    unsigned made_size = 0;
    size_t read_size = 0;
    bool fits = HMAC(ppk->version == 3 ? EVP_sha256() : EVP_sha1(), keys->mac, (int)keys->mac_size, text.bytes, text.size, made, &made_size) &&
                read_hex(ppk->mac, read, sizeof read, &read_size) && read_size == made_size && CRYPTO_memcmp(made, read, made_size) == 0;
    wire_free(&text);
    return fits;
}

/* ---- the key as OpenSSH writes it */

static bool put_rsa(WireReader *open, WireReader *closed, WireWriter *to)
{
    WireBytes e = wire_string(open), n = wire_string(open);
    WireBytes d = wire_string(closed), p = wire_string(closed), q = wire_string(closed), inverse = wire_string(closed);
    const WireBytes order[] = { n, e, d, inverse, p, q };
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        wire_put_string(to, order[i].bytes, order[i].size);
    return true;
}

static bool put_ed25519(WireReader *open, WireReader *closed, WireWriter *to)
{
    WireBytes point = wire_string(open), seed = wire_string(closed);
    unsigned char both[2 * ED25519_SIZE] = { 0 };
    if (point.size != ED25519_SIZE || seed.size > ED25519_SIZE)
        return false;
    memcpy(both, seed.bytes, seed.size); /* PuTTY leaves zeros at the end out */
    memcpy(both + ED25519_SIZE, point.bytes, ED25519_SIZE);
    wire_put_string(to, point.bytes, point.size);
    wire_put_string(to, both, sizeof both);
    x_wipe(both, sizeof both);
    return true;
}

static bool put_ecdsa(WireReader *open, WireReader *closed, WireWriter *to)
{
    WireBytes curve = wire_string(open), point = wire_string(open), number = wire_string(closed);
    wire_put_string(to, curve.bytes, curve.size);
    wire_put_string(to, point.bytes, point.size);
    wire_put_string(to, number.bytes, number.size);
    return true;
}

static PpkResult rewrite(const Ppk *ppk, char **ret)
{
    WireReader open = wire_reader(ppk->open, ppk->open_size), closed = wire_reader(ppk->closed, ppk->closed_size);
    WireBytes type = wire_string(&open);
    if (!wire_is(type, ppk->algorithm))
        return PPK_DAMAGED;
    WireWriter fields = { 0 };
    wire_put_string(&fields, type.bytes, type.size);
    bool known = true, good = false;
    if (wire_is(type, "ssh-rsa"))
        good = put_rsa(&open, &closed, &fields);
    else if (wire_is(type, "ssh-ed25519"))
        good = put_ed25519(&open, &closed, &fields);
    else if (type.size > 11 && memcmp(type.bytes, "ecdsa-sha2-", 11) == 0)
        good = put_ecdsa(&open, &closed, &fields);
    else
        known = false;
    good = good && !open.bad && !closed.bad;
    if (good)
        *ret = openssh_key_write((WireBytes){ ppk->open, ppk->open_size }, (WireBytes){ fields.bytes, fields.size });
    wire_free(&fields);
    return good ? PPK_OK : known ? PPK_DAMAGED : PPK_UNSUPPORTED;
}

/* ---- all together */

bool ppk_is(const char *text) { return strncmp(text, "PuTTY-User-Key-File-", 20) == 0; }

bool ppk_encrypted(const char *text)
{
    const char *line = strstr(text, "\nEncryption: ");
    return line && strncmp(line + 13, "none", 4) != 0;
}

PpkResult ppk_convert(const char *text, size_t size, const char *passphrase, char **ret)
{
    Ppk ppk;
    Keys keys = { 0 };
    PpkResult result = parse(text, size, &ppk);
    if (result == PPK_OK)
        result = derive(&ppk, str_or_empty(passphrase), &keys);
    if (result == PPK_OK && !decrypt(&ppk, &keys))
        result = PPK_DAMAGED;
    if (result == PPK_OK && !mac_fits(&ppk, &keys))
        result = encrypted(&ppk) ? PPK_WRONG_PASSPHRASE : PPK_DAMAGED;
    if (result == PPK_OK)
        result = rewrite(&ppk, ret);
    x_wipe(&keys, sizeof keys);
    clear(&ppk);
    return result;
}
