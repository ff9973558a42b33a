/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is typed into the search box above the tree: words that names must contain, "tag:web" for tags and "folder:lab" for folders, which must begin so. Upper and
 * lower case are the same. Used by tree.c and tree_index.c. UI thread.
 */
#ifndef POOLCENTER_TREE_FILTER_H
#define POOLCENTER_TREE_FILTER_H

#include <stdbool.h>
#include <wchar.h>

typedef struct TreeFilter TreeFilter;

/* words: as typed. NULL: nothing that filters. */
TreeFilter *tree_filter_create(const wchar_t *words);
void tree_filter_free(TreeFilter *filter);

/* name, tags, folder: keys; NULL where there is none. A NULL filter matches everything. */
bool tree_filter_matches(const TreeFilter *filter, const wchar_t *name, const wchar_t *tags, const wchar_t *folder);

/* Keys, to be made once per line; the caller frees. Lower case of a name; each tag behind a line end; the folder behind a slash. */
wchar_t *tree_filter_name_key(const wchar_t *name);
wchar_t *tree_filter_tags_key(const char *const *tags, size_t count);
wchar_t *tree_filter_folder_key(const char *folder);

#endif
