/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking host keys over from OpenSSH's known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): see known_hosts.h. Any thread. */
#include "client/core/known_hosts.h"

#include "client/core/port.h"
#include "client/core/ssh_config.h"
#include "client/core/wire.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>
#include <string.h>

enum { OURS_MAX = 16 << 20, SHA1_SIZE = 20, KEYS_MAX = 64 };

/* The words of one line; they point into it. */
typedef struct Entry {
    char *marker, *names, *type, *key;
} Entry;

static bool read_entry(char *line, Entry *ret)
{
    *ret = (Entry){ 0 };
    char *rest = NULL;
    char *word = strtok_r(line, " \t\r", &rest);
    if (!word || *word == '#')
        return false;
    if (*word == '@') {
        ret->marker = word;
        word = strtok_r(NULL, " \t\r", &rest);
    }
    ret->names = word;
    ret->type = word ? strtok_r(NULL, " \t\r", &rest) : NULL;
    ret->key = ret->type ? strtok_r(NULL, " \t\r", &rest) : NULL;
    return ret->key != NULL;
}

/* "|1|SALT|HASH": the HMAC-SHA1 of the name. */
static bool hashed_fits(const char *word, const char *name)
{
    const char *salt = word + 3, *hash = strchr(salt, '|');
    if (!hash)
        return false;
    size_t salt_size = 0, hash_size = 0;
    AUTO_FREE unsigned char *salt_bytes = wire_unbase64(salt, (size_t)(hash - salt), &salt_size);
    AUTO_FREE unsigned char *hash_bytes = wire_unbase64(hash + 1, strlen(hash + 1), &hash_size);
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return salt_bytes && hash_bytes && hash_size == SHA1_SIZE &&
           HMAC(EVP_sha1(), salt_bytes, (int)salt_size, (const unsigned char *)name, strlen(name), made, &size) && CRYPTO_memcmp(made, hash_bytes, SHA1_SIZE) == 0;
}

static bool names_fit(const char *names, const char *name)
{
    if (strncmp(names, "|1|", 3) == 0)
        return hashed_fits(names, name);
    bool fits = false;
    for (const char *part = names; *part;) {
        size_t length = strcspn(part, ",");
        bool not_this = *part == '!';
        AUTO_FREE char *pattern = x_strndup(part + not_this, length - not_this);
        if (length > not_this && ssh_config_fits(pattern, name)) {
            if (not_this)
                return false;
            fits = true;
        }
        part += length + (part[length] == ',');
    }
    return fits;
}

/* One that libssh2 speaks, and whose blob says the same. */
static unsigned char *key_of(const Entry *entry, size_t *ret_size)
{
    static const char *const types[] = { "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa" };
    bool known = false;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        known |= str_equal(entry->type, types[i]);
    unsigned char *blob = known ? wire_unbase64(entry->key, strlen(entry->key), ret_size) : NULL;
    WireReader reader = wire_reader(blob ? blob : (const unsigned char *)"", blob ? *ret_size : 0);
    if (blob && wire_is(wire_string(&reader), entry->type))
        return blob;
    free(blob);
    return NULL;
}

static void free_keys(char **keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(keys[i]);
}

/* One pass over the lines for one host. */
typedef struct Walk {
    const char *path, *host, *name;
    int port;
    char *revoked[KEYS_MAX];
    size_t revoked_count;
    KnownHostsMerge *merge;
} Walk;

static bool is_revoked(const Walk *walk, const char *key)
{
    for (size_t i = 0; i < walk->revoked_count; i++)
        if (str_equal(walk->revoked[i], key))
            return true;
    return false;
}

/* What we know of that kind: NULL, or the key in base64 (caller frees). */
static char *our_key(const Walk *walk, const char *type)
{
    AUTO_FREE char *text = NULL;
    size_t size = 0;
    AUTO_FREE char *ours = x_printf("[%s]:%d", walk->host, walk->port);
    if (port_read_whole(walk->path, OURS_MAX, &text, &size, NULL) < 0)
        return NULL;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        Entry entry;
        if (read_entry(line, &entry) && str_equal(entry.names, ours) && str_equal(entry.type, type))
            return x_strdup(entry.key);
    }
    return NULL;
}

static int take(const Walk *walk, const Entry *entry, Error *err)
{
    size_t size = 0;
    AUTO_FREE unsigned char *blob = key_of(entry, &size);
    if (!blob || is_revoked(walk, entry->key))
        return 0;
    AUTO_FREE char *known = our_key(walk, entry->type);
    if (known) {
        walk->merge->same += str_equal(known, entry->key);
        walk->merge->different += !str_equal(known, entry->key);
        return 0;
    }
    int code = known_hosts_add(walk->path, walk->host, walk->port, (const char *)blob, size, err);
    walk->merge->added += code == 0;
    return code;
}

static int walk_lines(Walk *walk, const char *text, bool revoked, Error *err)
{
    AUTO_FREE char *copy = x_strdup(text);
    char *rest = NULL;
    int code = 0;
    for (char *line = strtok_r(copy, "\n", &rest); line && code == 0; line = strtok_r(NULL, "\n", &rest)) {
        Entry entry;
        if (!read_entry(line, &entry) || !names_fit(entry.names, walk->name))
            continue;
        if (revoked && str_equal(entry.marker, "@revoked") && walk->revoked_count < KEYS_MAX)
            walk->revoked[walk->revoked_count++] = x_strdup(entry.key);
        if (!revoked && !entry.marker)
            code = take(walk, &entry, err);
    }
    return code;
}

int known_hosts_merge(const char *path, const char *text, const char *host, int port, KnownHostsMerge *ret, Error *err)
{
    AUTO_FREE char *name = port == 22 ? x_strdup(host) : x_printf("[%s]:%d", host, port);
    Walk walk = { .path = path, .host = host, .name = name, .port = port, .merge = ret };
    *ret = (KnownHostsMerge){ 0 };
    walk_lines(&walk, text, true, NULL);
    int code = walk_lines(&walk, text, false, err);
    free_keys(walk.revoked, walk.revoked_count);
    return code;
}
