/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved searches; see saved_search.h. Any thread but the UI's. */
#include "client/core/saved_search.h"

#include "client/core/port.h"
#include "client/core/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 << 10, VERSION = 1 };

static bool is_one_line(const char *words)
{
    for (const char *at = words; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            return false;
    return strlen(words) <= SAVED_SEARCH_TEXT_MAX;
}

/* The text inside the document; NULL: it is not a saved search, or one of a newer kind. */
static const char *text_of(const json_t *document)
{
    const char *words = json_string_value(json_object_get(document, "text"));

    if (json_integer_value(json_object_get(document, "poolcenter_search")) != VERSION || !words || !is_one_line(words))
        return NULL;
    return words;
}

int saved_search_read(const char *path, char **ret_text, Error *err)
{
    AUTO_FREE char *bytes = NULL;
    size_t size = 0;
    int rc = port_read_whole(path, FILE_MAX, &bytes, &size, err);
    json_t *document = rc < 0 ? NULL : json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    const char *words = text_of(document);

    if (words)
        *ret_text = x_strdup(words);
    else if (rc == 0 || rc == ERR_TOO_LARGE)
        rc = error_set(err, ERR_FILE_READ, port_base_name(path), "%s", text(TEXT_SEARCH_NOT_ONE));
    json_decref(document);
    return rc;
}

int saved_search_write(const char *path, const char *words, Error *err)
{
    AUTO(error_clear) Error cause = {0};
    json_t *document = is_one_line(words) ? json_pack("{s:i, s:s}", "poolcenter_search", VERSION, "text", words) : NULL;
    AUTO_FREE char *bytes = document ? json_dumps(document, JSON_INDENT(2)) : NULL;
    int rc = 0;

    json_decref(document);
    if (!bytes)
        rc = error_set(err, ERR_IO, port_base_name(path), "%s", text(TEXT_SEARCH_TOO_LONG));
    else if (port_write_whole(path, bytes, strlen(bytes), &cause) < 0)
        rc = error_set(err, ERR_IO, port_base_name(path), "%s", str_or_empty(cause.cause));
    return rc;
}
