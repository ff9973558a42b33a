/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens help/<language>/<topic>.html beside the program, a page that leads to the topic's place in the manual: the shell opens files, not places in files.
 * See help.h. UI thread.
 */
#include "client/ui/help.h"

#include "client/core/port.h"
#include "client/core/text.h"
#include "client/win/message.h"
#include "client/win/utf.h"

#include <shellapi.h>

static char *program_folder(void)
{
    wchar_t path[MAX_PATH] = L"";
    wchar_t *end = NULL;
    if (!GetModuleFileNameW(NULL, path, ARRAYSIZE(path) - 1))
        return x_strdup(".");
    end = wcsrchr(path, L'\\');
    if (end)
        *end = L'\0';
    return utf_from_wide(path);
}

static char *page_of(const char *topic)
{
    AUTO_FREE char *folder = program_folder();
    return x_printf("%s\\help\\%s\\%s.html", folder, text_language_tag(text_language()), topic ? topic : "index");
}

void help_open(HWND owner, const char *topic)
{
    AUTO_FREE char *page = page_of(topic);
    AUTO_FREE wchar_t *wide = utf_to_wide(page);
    bool exists = port_file_exists(page);
    if (exists && (INT_PTR)ShellExecuteW(owner, L"open", wide, NULL, NULL, SW_SHOWNORMAL) > 32)
        return;
    AUTO_FREE char *sentence = text_format(exists ? TEXT_HELP_NO_BROWSER : TEXT_HELP_MISSING, page, NULL);
    message_info(owner, text(TEXT_HELP_TITLE), sentence);
}
