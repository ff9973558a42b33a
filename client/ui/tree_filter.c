/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search of the tree; see tree_filter.h. UI thread. */
#include "client/ui/tree_filter.h"

#include "client/win/utf.h"
#include "protocol/util.h"

#include <stdlib.h>
#include <string.h>

enum { TERMS_MAX = 8 };

typedef struct Term {
    bool folder;   /* else a tag */
    wchar_t *text; /* as it stands in the key, with what goes before it there */
} Term;

struct TreeFilter {
    wchar_t *name;
    Term terms[TERMS_MAX];
    size_t count;
};

/* The same in every language, so that saved searches can be passed on; "ordner" besides. */
static const struct {
    const wchar_t *word;
    bool folder;
} prefixes[] = {{L"tag:", false}, {L"folder:", true}, {L"ordner:", true}};

static const wchar_t *term_of(const wchar_t *word, bool *ret_folder)
{
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        size_t length = wcslen(prefixes[i].word);
        if (wcsncmp(word, prefixes[i].word, length) == 0) {
            *ret_folder = prefixes[i].folder;
            return word + length;
        }
    }
    return NULL;
}

static wchar_t *joined(const wchar_t *first, const wchar_t *second)
{
    wchar_t *all = x_calloc(wcslen(first) + wcslen(second) + 1, sizeof *all);

    wcscat(wcscpy(all, first), second);
    return all;
}

static void add_name(TreeFilter *filter, const wchar_t *word)
{
    AUTO_FREE wchar_t *begun = *filter->name ? joined(filter->name, L" ") : joined(L"", L"");

    free(filter->name);
    filter->name = joined(begun, word);
}

static void add_word(TreeFilter *filter, const wchar_t *word)
{
    bool folder = false;
    const wchar_t *text = term_of(word, &folder);

    if (!text || filter->count == TERMS_MAX)
        add_name(filter, word);
    else
        filter->terms[filter->count++] = (Term){folder, joined(folder ? L"/" : L"\n", text)};
}

TreeFilter *tree_filter_create(const wchar_t *words)
{
    AUTO_FREE wchar_t *lower = tree_filter_name_key(words);
    TreeFilter *filter;

    if (!*lower)
        return NULL;
    filter = x_calloc(1, sizeof *filter);
    if (!wcschr(lower, L':')) { /* with all its spaces */
        filter->name = joined(lower, L"");
        return filter;
    }
    filter->name = joined(L"", L"");
    for (wchar_t *at = lower, *rest; *at; at = rest) {
        size_t length = wcscspn(at, L" ");
        rest = at + length + (at[length] == L' ');
        at[length] = L'\0';
        if (length)
            add_word(filter, at);
    }
    return filter;
}

void tree_filter_free(TreeFilter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        free(filter->terms[i].text);
    free(filter->name);
    free(filter);
}

bool tree_filter_matches(const TreeFilter *filter, const wchar_t *name, const wchar_t *tags, const wchar_t *folder)
{
    if (!filter)
        return true;
    for (size_t i = 0; i < filter->count; i++) {
        const wchar_t *key = filter->terms[i].folder ? folder : tags;
        if (!key || !wcsstr(key, filter->terms[i].text))
            return false;
    }
    return !*filter->name || (name && wcsstr(name, filter->name));
}

wchar_t *tree_filter_name_key(const wchar_t *name)
{
    wchar_t *key = _wcsdup(name);

    CharLowerW(key);
    return key;
}

wchar_t *tree_filter_tags_key(const char *const *tags, size_t count)
{
    wchar_t *key = NULL;

    for (size_t i = 0; i < count; i++) {
        AUTO_FREE wchar_t *tag = utf_to_wide(tags[i]);
        AUTO_FREE wchar_t *begun = joined(key ? key : L"", L"\n");
        free(key);
        key = joined(begun, tag);
    }
    if (key)
        CharLowerW(key);
    return key;
}

wchar_t *tree_filter_folder_key(const char *folder)
{
    if (str_empty(folder))
        return NULL;
    AUTO_FREE wchar_t *wide = utf_to_wide(folder);
    wchar_t *key = joined(*wide == L'/' ? L"" : L"/", wide);

    CharLowerW(key);
    return key;
}
