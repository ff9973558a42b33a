/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading manifests: see manifest.h. */
#include "agent/manifest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 2000 };

static int bits_of(const char *word, size_t length)
{
    static const struct { const char *word; int bits; } known[] = { { "SHA1", 1 }, { "SHA-1", 1 }, { "SHA256", 256 }, { "SHA-256", 256 }, { "SHA512", 512 },
                                                                    { "SHA-512", 512 } };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strlen(known[i].word) == length && strncasecmp(word, known[i].word, length) == 0)
            return known[i].bits;
    return 0;
}

static size_t digits_of(int bits) { return bits == 1 ? 40 : (size_t)bits / 4; }

static char *digest_of(const char *text, int bits)
{
    char *digest = x_strndup(text, strspn(text, "0123456789abcdefABCDEF"));
    for (char *at = digest; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (strlen(digest) == digits_of(bits))
        return digest;
    free(digest);
    return NULL;
}

/* One line, without its end. False: it is none of a manifest. */
static bool read_line(const char *line, Manifest *manifest)
{
    const char *open = strchr(line, '(');
    const char *close = open ? strrchr(open, ')') : NULL;
    if (!close || close == open + 1 || manifest->count >= ENTRIES_MAX)
        return false;
    size_t length = strcspn(line, " (");
    const char *at = close + 1 + strspn(close + 1, " ");
    if (*at != '=')
        return false;
    at += 1 + strspn(at + 1, " ");
    int bits = bits_of(line, length);
    char *digest = bits ? digest_of(at, bits) : NULL;
    if (!digest)
        return false;
    manifest->items = x_realloc(manifest->items, manifest->count + 1, sizeof *manifest->items);
    manifest->items[manifest->count++] = (ManifestEntry){ x_strndup(open + 1, (size_t)(close - open) - 1), bits, digest };
    return true;
}

int manifest_read(const char *text, size_t length, const char *name, Manifest *ret, Error *err)
{
    AUTO_FREE char *copy = length <= MANIFEST_MAX ? x_strndup(text, length) : x_strdup("?");
    Manifest manifest = { 0 };
    char *rest = NULL;
    bool good = true;
    for (char *line = strtok_r(copy, "\r\n", &rest); line && good; line = strtok_r(NULL, "\r\n", &rest))
        if (line[strspn(line, " \t")])
            good = read_line(line, &manifest);
    if (good) {
        *ret = manifest;
        return 0;
    }
    manifest_clear(&manifest);
    return error_set(err, ERR_APPLIANCE_INVALID, name, "its manifest cannot be read");
}

void manifest_clear(Manifest *manifest)
{
    for (size_t i = 0; i < manifest->count; i++) {
        free(manifest->items[i].file);
        free(manifest->items[i].digest);
    }
    free(manifest->items);
    *manifest = (Manifest){ 0 };
}
