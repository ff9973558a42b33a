/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords for guests: see password_hash.h. libcrypt is loaded when it is first needed: its soname differs between distributions. */
#include "agent/password_hash.h"
#include "agent/base64.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SALT_LENGTH = 16 };

typedef char *(*Crypt)(const char *key, const char *setting);

static Crypt crypt_function; /* constant once loaded */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t crypt_lock = PTHREAD_MUTEX_INITIALIZER; /* crypt() answers in a static buffer */

static void load(void)
{
    static const char *const names[] = { "libcrypt.so.1", "libcrypt.so.2" };
    for (size_t i = 0; i < ARRAY_SIZE(names) && !crypt_function; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        crypt_function = library ? (Crypt)dlsym(library, "crypt") : NULL;
    }
}

static int draw_salt(char ret[SALT_LENGTH + 1], Error *err)
{
    static const char letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned char bytes[SALT_LENGTH];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return error_set(err, ERR_INTERNAL, NULL, "no random numbers");
    for (size_t i = 0; i < SALT_LENGTH; i++)
        ret[i] = letters[bytes[i] & 63];
    ret[SALT_LENGTH] = 0;
    return 0;
}

int password_hash(const char *password, char **ret, Error *err)
{
    char salt[SALT_LENGTH + 1];
    pthread_once(&once, load);
    if (!crypt_function)
        return error_set(err, ERR_NOT_SUPPORTED, "libcrypt", "the host has no library that hashes passwords");
    int code = draw_salt(salt, err);
    if (code < 0)
        return code;
    AUTO_FREE char *setting = x_printf("$6$%s$", salt);
    pthread_mutex_lock(&crypt_lock);
    const char *hash = crypt_function(password, setting);
    if (hash && strncmp(hash, "$6$", 3) == 0)
        *ret = x_strdup(hash);
    else
        code = error_set(err, ERR_NOT_SUPPORTED, "libcrypt", "the host's library does not hash passwords by SHA-512");
    pthread_mutex_unlock(&crypt_lock);
    return code;
}

bool password_is_hash(const char *text)
{
    static const char letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$=,+-_";
    return text[0] == '$' && strlen(text) >= 13 && strspn(text, letters) == strlen(text);
}

/* ---------------------------------------------------------------- Windows */

/* One character; *text moves on. -1: not UTF-8. */
static long next_character(const unsigned char **text)
{
    const unsigned char *at = *text;
    int more = at[0] < 0x80 ? 0 : at[0] >= 0xf0 && at[0] < 0xf5 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc2 ? 1 : -1;
    if (more < 0 || at[0] >= 0xf5)
        return -1;
    long character = more ? at[0] & (0x3f >> more) : at[0];
    for (int i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return -1;
        character = character << 6 | (at[i] & 0x3f);
    }
    *text += more + 1;
    return character;
}

static void put_unit(unsigned char *bytes, size_t *count, long unit)
{
    bytes[(*count)++] = (unsigned char)(unit & 0xff);
    bytes[(*count)++] = (unsigned char)(unit >> 8 & 0xff);
}

/* Little endian, as Windows has it. */
static bool to_utf16(const char *text, unsigned char *bytes, size_t *ret_count)
{
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        long character = next_character(&at);
        if (character < 0 || character > 0x10ffff)
            return false;
        if (character < 0x10000) {
            put_unit(bytes, ret_count, character);
        } else {
            put_unit(bytes, ret_count, 0xd800 + ((character - 0x10000) >> 10));
            put_unit(bytes, ret_count, 0xdc00 + ((character - 0x10000) & 0x3ff));
        }
    }
    return true;
}

int password_for_windows(const char *password, const char *element, char **ret, Error *err)
{
    char *whole = x_printf("%s%s", password, element);
    size_t size = strlen(whole) * 2, count = 0;
    unsigned char *bytes = x_calloc(size ? size : 1, 1);
    int code = to_utf16(whole, bytes, &count) ? 0 : error_set(err, ERR_INVALID_PARAMS, NULL, "a password is not UTF-8");
    if (code == 0)
        *ret = base64_encode(bytes, count);
    x_wipe(bytes, size);
    free(bytes);
    x_free_secret(whole);
    return code;
}
