/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A saved search: what stood in the search box above the tree, as a small JSON file NAME.poolsearch: {"poolcenter_search": 1, "text": "web"}.
 * The file may come from anybody: size, shape and text are checked. Reads and writes files: not for the UI thread.
 */
#ifndef POOLCENTER_SAVED_SEARCH_H
#define POOLCENTER_SAVED_SEARCH_H

#include "protocol/error.h"

enum { SAVED_SEARCH_TEXT_MAX = 256 }; /* bytes */

/* *ret_text is freed by the caller. ERR_FILE_OPEN, ERR_FILE_READ. */
int saved_search_read(const char *path, char **ret_text, Error *err);
/* Replaces what is there. Words of more than SAVED_SEARCH_TEXT_MAX bytes is refused. ERR_IO. */
int saved_search_write(const char *path, const char *words, Error *err);

#endif
