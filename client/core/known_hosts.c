/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accepted host keys: see known_hosts.h. libssh2 parses the lines; its own file functions are not used, since they cannot open
 * every Windows path and do not replace the file as a whole. */
#include "client/core/known_hosts.h"

#include "client/core/port.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 << 20 };

static PortMutex file_mutex; /* one reader or writer of the file at a time */

static char *entry_name(const char *host, int port) { return x_printf("[%s]:%d", host, port); }

static char *base64(const void *bytes, size_t size)
{
    char *text = x_calloc(size / 3 * 4 + 8, 1);
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    return text;
}

/* A missing file reads as "". */
static char *read_file(const char *path)
{
    char *bytes = NULL;
    size_t size = 0;
    return port_read_whole(path, FILE_MAX, &bytes, &size, NULL) == 0 ? bytes : x_strdup("");
}

static LIBSSH2_KNOWNHOSTS *load(LIBSSH2_SESSION *session, const char *path)
{
    LIBSSH2_KNOWNHOSTS *hosts = libssh2_knownhost_init(session);
    if (!hosts)
        abort();
    AUTO_FREE char *text = known_hosts_text(path);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest))
        libssh2_knownhost_readline(hosts, line, strlen(line), LIBSSH2_KNOWNHOST_FILE_OPENSSH);
    return hosts;
}

/* The next entry of this host after previous (NULL: the first). */
static struct libssh2_knownhost *next_entry(LIBSSH2_KNOWNHOSTS *hosts, const char *name, struct libssh2_knownhost *previous)
{
    struct libssh2_knownhost *entry = previous;
    while (libssh2_knownhost_get(hosts, &entry, entry) == 0)
        if (str_equal(entry->name, name))
            return entry;
    return NULL;
}

static char *fingerprint_of_text(const char *key)
{
    size_t length = strlen(key);
    AUTO_FREE unsigned char *bytes = x_calloc(length + 1, 1);
    int size = EVP_DecodeBlock(bytes, (const unsigned char *)key, (int)length);
    while (size > 0 && length && key[length - 1] == '=') {
        size--;
        length--;
    }
    return size > 0 ? known_hosts_fingerprint(bytes, (size_t)size) : x_strdup("?");
}

KnownHost known_hosts_check(LIBSSH2_SESSION *session, const char *path, const char *host, int port, const char *key, size_t size, char **ret_old)
{
    LIBSSH2_KNOWNHOSTS *hosts = load(session, path);
    AUTO_FREE char *name = entry_name(host, port);
    AUTO_FREE char *wanted = base64(key, size);
    KnownHost result = KNOWN_HOST_UNKNOWN;
    const char *other = NULL;
    for (struct libssh2_knownhost *entry = next_entry(hosts, name, NULL); entry && result != KNOWN_HOST_MATCH; entry = next_entry(hosts, name, entry)) {
        result = str_equal(entry->key, wanted) ? KNOWN_HOST_MATCH : KNOWN_HOST_CHANGED;
        other = other ? other : entry->key;
    }
    if (result == KNOWN_HOST_CHANGED)
        *ret_old = fingerprint_of_text(other);
    libssh2_knownhost_free(hosts);
    return result;
}

char *known_hosts_text(const char *path)
{
    port_mutex_lock(&file_mutex);
    char *text = read_file(path);
    port_mutex_unlock(&file_mutex);
    return text;
}

char *known_hosts_line(const char *host, int port, const char *key, size_t size)
{
    AUTO_FREE char *name = entry_name(host, port);
    AUTO_FREE char *type = known_hosts_key_type(key, size);
    AUTO_FREE char *encoded = base64(key, size);
    return x_printf("%s %s %s\n", name, type, encoded);
}

int known_hosts_append(const char *path, char *(*choose)(void *context, const char *before), void *context, Error *err)
{
    int code = 0;
    port_mutex_lock(&file_mutex);
    AUTO_FREE char *before = read_file(path);
    AUTO_FREE char *more = choose(context, before);
    if (*more) {
        size_t length = strlen(before);
        AUTO_FREE char *after = x_printf("%s%s%s", before, length && before[length - 1] != '\n' ? "\n" : "", more);
        code = port_write_whole(path, after, strlen(after), err);
    }
    port_mutex_unlock(&file_mutex);
    return code;
}

static char *same_line(void *context, const char *before)
{
    (void)before;
    return x_strdup(context);
}

int known_hosts_add(const char *path, const char *host, int port, const char *key, size_t size, Error *err)
{
    AUTO_FREE char *line = known_hosts_line(host, port, key, size);
    return known_hosts_append(path, same_line, line, err);
}

/* Is name among the comma-separated names a line begins with? */
static bool line_names(const char *line, const char *name)
{
    size_t wanted = strlen(name);
    for (const char *part = line; *part && *part != ' ' && *part != '\t';) {
        size_t length = strcspn(part, ", \t\r\n");
        if (length == wanted && memcmp(part, name, length) == 0)
            return true;
        part += length;
        part += *part == ',';
        if (*part == '\r' || *part == '\n')
            break;
    }
    return false;
}

int known_hosts_remove(const char *path, const char *host, int port, Error *err)
{
    AUTO_FREE char *name = entry_name(host, port);
    port_mutex_lock(&file_mutex);
    AUTO_FREE char *before = read_file(path);
    AUTO_FREE char *after = x_calloc(strlen(before) + 1, 1);
    char *end = after;
    for (const char *line = before; *line;) {
        size_t length = strcspn(line, "\n");
        length += line[length] == '\n';
        if (!line_names(line, name)) {
            memcpy(end, line, length);
            end += length;
        }
        line += length;
    }
    int code = port_write_whole(path, after, (size_t)(end - after), err);
    port_mutex_unlock(&file_mutex);
    return code;
}

static const struct {
    int type;
    const char *algorithms;
} key_types[] = {
    { LIBSSH2_KNOWNHOST_KEY_ED25519, "ssh-ed25519" },
    { LIBSSH2_KNOWNHOST_KEY_ECDSA_256, "ecdsa-sha2-nistp256" },
    { LIBSSH2_KNOWNHOST_KEY_ECDSA_384, "ecdsa-sha2-nistp384" },
    { LIBSSH2_KNOWNHOST_KEY_ECDSA_521, "ecdsa-sha2-nistp521" },
    { LIBSSH2_KNOWNHOST_KEY_SSHRSA, "rsa-sha2-512,rsa-sha2-256,ssh-rsa" },
};

char *known_hosts_algorithms(LIBSSH2_SESSION *session, const char *path, const char *host, int port)
{
    LIBSSH2_KNOWNHOSTS *hosts = load(session, path);
    AUTO_FREE char *name = entry_name(host, port);
    bool known[ARRAY_SIZE(key_types)] = { false };
    for (struct libssh2_knownhost *entry = next_entry(hosts, name, NULL); entry; entry = next_entry(hosts, name, entry))
        for (size_t i = 0; i < ARRAY_SIZE(key_types); i++)
            known[i] |= (entry->typemask & LIBSSH2_KNOWNHOST_KEY_MASK) == key_types[i].type;
    libssh2_knownhost_free(hosts);
    char *list = x_strdup("");
    for (int wanted = 1; wanted >= 0; wanted--)
        for (size_t i = 0; i < ARRAY_SIZE(key_types); i++) {
            if (known[i] != (wanted == 1))
                continue;
            char *longer = x_printf("%s%s%s", list, *list ? "," : "", key_types[i].algorithms);
            free(list);
            list = longer;
        }
    return list;
}

char *known_hosts_fingerprint(const void *key, size_t size)
{
    unsigned char digest[32];
    unsigned digest_size = sizeof digest;
    if (!EVP_Digest(key, size, digest, &digest_size, EVP_sha256(), NULL))
        abort();
    AUTO_FREE char *text = base64(digest, sizeof digest);
    text[strcspn(text, "=")] = 0;
    return x_printf("SHA256:%s", text);
}

char *known_hosts_key_type(const char *key, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)key;
    size_t length = size >= 4 ? ((size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3]) : 0;
    return length && length <= 64 && length <= size - 4 ? x_strndup(key + 4, length) : x_strdup("unknown");
}
