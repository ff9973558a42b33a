/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of our own command lines; see command_line.h. Any thread. */
#include "client/win/command_line.h"

#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum { FOLDER_UNITS_MAX = 1 << 15 };

char *command_line_quote(const char *word)
{
    char *quoted = x_calloc(strlen(word) * 2 + 3, 1);
    char *to = quoted;

    *to++ = '"';
    for (const char *at = word; *at;) {
        size_t backslashes = strspn(at, "\\");
        char next = at[backslashes];
        /* Only those before a quotation mark mean something else than themselves, and the one that ends the word is one. */
        size_t written = next == '"' ? backslashes * 2 + 1 : next ? backslashes : backslashes * 2;
        memset(to, '\\', written);
        to += written;
        at += backslashes;
        if (next)
            *to++ = *at++;
    }
    *to = '"';
    return quoted;
}

static char *full_name(const char *folder)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(folder);
    AUTO_FREE wchar_t *full = x_calloc(FOLDER_UNITS_MAX, sizeof *full);
    DWORD length = GetFullPathNameW(wide, FOLDER_UNITS_MAX, full, NULL);

    return utf_from_wide(length && length < FOLDER_UNITS_MAX ? full : wide);
}

char *command_line_config(const char *folder)
{
    AUTO_FREE char *full = full_name(folder);
    AUTO_FREE char *quoted = command_line_quote(full);

    return x_printf("--config %s", quoted);
}
