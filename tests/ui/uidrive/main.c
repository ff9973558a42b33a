/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uidrive: looks at and drives the windows of another program, for tests. One command a line on
 * standard input (see command.h and `help`), one JSON answer a line on standard output. One thread.
 */
#include <windows.h>
#include <commctrl.h>
#include <objbase.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define LINE_MAX_BYTES 65536

static bool run_help(Command *command, Answer *answer);

static const CommandEntry own_commands[] = {
    {"help", 0, run_help, "this list"},
    {0},
};

static const CommandEntry *const command_lists[] = {
    process_commands, window_commands, input_commands, list_commands, tree_commands, bar_commands,
    menu_commands, layout_commands, wait_commands, accessible_commands, setting_commands,
    own_commands,
};

static bool run_help(Command *command, Answer *answer)
{
    (void)command;
    json_open(answer, '{');
    for (size_t i = 0; i < ARRAYSIZE(command_lists); i++) {
        for (const CommandEntry *entry = command_lists[i]; entry->name != NULL; entry++) {
            wchar_t text[512];

            MultiByteToWideChar(CP_UTF8, 0, entry->help, -1, text, ARRAYSIZE(text));
            json_field_text(answer, entry->name, text);
        }
    }
    json_close(answer, '}');
    return true;
}

static const CommandEntry *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAYSIZE(command_lists); i++)
        for (const CommandEntry *entry = command_lists[i]; entry->name != NULL; entry++)
            if (strcmp(entry->name, name) == 0)
                return entry;
    return NULL;
}

static void run_line(char *line, Answer *answer)
{
    Command command;
    const CommandEntry *entry;

    answer_reset(answer);
    if (!command_parse(&command, line)) {
        answer_fail(answer, "more than %d words", COMMAND_WORDS_MAX);
        return;
    }
    entry = find_command(command.words[0]);
    if (entry == NULL)
        answer_fail(answer, "there is no command '%s'", command.words[0]);
    else if (command.count - 1 < entry->arguments)
        answer_fail(answer, "usage: %s %s", entry->name, entry->help);
    else if (!entry->run(&command, answer))
        answer_fail(answer, "%s failed", entry->name);
    command_clear(&command);
}

static void write_all(const char *text)
{
    DWORD written;

    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)strlen(text), &written, NULL);
}

/* -municode calls it, but no header declares it. */
int wmain(void);

int wmain(void)
{
    static char line[LINE_MAX_BYTES];
    Answer answer = {0};

    /* Real pixels of every window, whatever its own DPI awareness. */
    SetProcessDpiAwarenessContext(DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2);
    _setmode(_fileno(stdin), _O_BINARY);
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        char *text;

        run_line(line, &answer);
        text = answer_line(&answer);
        write_all(text);
        free(text);
    }
    answer_free(&answer);
    return 0;
}
