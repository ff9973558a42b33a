/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See update_info.h. */
#include "client/core/update_info.h"

#include "client/core/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_PARTS = 3, PART_DIGITS = 6, ADDRESS_MAX = 500, NOTES_MAX = 8000, HASH_DIGITS = 64 };

/* Three numbers without anything else. */
static bool read_version(const char *text, long parts[VERSION_PARTS])
{
    for (int i = 0; i < VERSION_PARTS; i++) {
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > PART_DIGITS || text[digits] != (i + 1 < VERSION_PARTS ? '.' : '\0'))
            return false;
        parts[i] = strtol(text, NULL, 10);
        text += digits + 1;
    }
    return true;
}

bool update_info_newer(const char *version, const char *than)
{
    long a[VERSION_PARTS] = {0}, b[VERSION_PARTS] = {0};
    if (!read_version(version, a) || !read_version(than, b))
        return false;
    for (int i = 0; i < VERSION_PARTS; i++)
        if (a[i] != b[i])
            return a[i] > b[i];
    return false;
}

/* It is given to the shell: nothing but an https address of plain characters. */
static bool is_address(const char *text)
{
    static const char scheme[] = "https://";
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/?#=+,:%";
    size_t length = strlen(text);
    return length < ADDRESS_MAX && length > sizeof scheme && strncmp(text, scheme, sizeof scheme - 1) == 0 && strspn(text, allowed) == length;
}

static bool is_hash(const char *text) { return strlen(text) == HASH_DIGITS && strspn(text, "0123456789abcdefABCDEF") == HASH_DIGITS; }

static bool is_notes(const char *text) { return strlen(text) <= NOTES_MAX; }

static bool is_version(const char *text)
{
    long parts[VERSION_PARTS];
    return read_version(text, parts);
}

/* A string member that passes its check, or NULL. */
static char *member(const json_t *root, const char *name, bool (*good)(const char *text))
{
    const char *value = json_string_value(json_object_get(root, name));
    return value && good(value) ? x_strdup(value) : NULL;
}

/* Lines; other control characters become spaces. */
static char *lines_of(const char *notes)
{
    char *made = x_strdup(notes);
    for (char *at = made; *at; at++)
        if (*at != '\n' && (unsigned char)*at < ' ')
            *at = ' ';
    return made;
}

void update_info_clear(UpdateInfo *info)
{
    free(info->version);
    free(info->address);
    free(info->sha256);
    free(info->notes);
    *info = (UpdateInfo){0};
}

int update_info_parse(const char *bytes, size_t size, UpdateInfo *ret, Error *err)
{
    json_t *root = size <= UPDATE_ANSWER_MAX ? json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    AUTO_FREE char *notes = member(root, "notes", is_notes);
    UpdateInfo info = {.version = member(root, "version", is_version), .address = member(root, "address", is_address), .sha256 = member(root, "sha256", is_hash)};
    json_decref(root);
    if (!info.version || !info.address || !info.sha256 || !notes) {
        update_info_clear(&info);
        return error_set(err, ERR_UPDATE_CHECK, NULL, "%s", text(TEXT_UPDATE_CAUSE_ANSWER));
    }
    info.notes = lines_of(notes);
    *ret = info;
    return 0;
}
