/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of a command line; see command.h. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

/* Undo the escapes of one word in place. */
static void unescape(char *word)
{
    char *out = word;

    for (const char *in = word; *in != '\0'; in++) {
        char c = *in;

        if (c == '\\' && in[1] != '\0') {
            in++;
            c = *in == 't' ? '\t' : *in == 'n' ? '\n' : *in == 'r' ? '\r' : *in;
        }
        *out++ = c;
    }
    *out = '\0';
}

bool command_parse(Command *command, char *line)
{
    memset(command, 0, sizeof(*command));
    line[strcspn(line, "\r\n")] = '\0';
    for (char *word = line; word != NULL;) {
        char *tab = strchr(word, '\t');

        if (command->count == COMMAND_WORDS_MAX)
            return false;
        if (tab != NULL)
            *tab = '\0';
        unescape(word);
        command->words[command->count++] = word;
        word = tab != NULL ? tab + 1 : NULL;
    }
    return true;
}

void command_clear(Command *command)
{
    for (int i = 0; i < COMMAND_WORDS_MAX; i++)
        free(command->wide[i]);
    memset(command, 0, sizeof(*command));
}

const char *command_word(const Command *command, int index)
{
    return index < command->count ? command->words[index] : "";
}

long long command_int(const Command *command, int index)
{
    return strtoll(command_word(command, index), NULL, 0);
}

HWND command_window(const Command *command, int index)
{
    return (HWND)(INT_PTR)command_int(command, index);
}

const wchar_t *command_text(Command *command, int index)
{
    const char *word = command_word(command, index);
    int size = MultiByteToWideChar(CP_UTF8, 0, word, -1, NULL, 0);

    if (index >= command->count)
        return L"";
    if (command->wide[index] == NULL) {
        command->wide[index] = calloc((size_t)size + 1, sizeof(wchar_t));
        if (command->wide[index] == NULL)
            abort();
        MultiByteToWideChar(CP_UTF8, 0, word, -1, command->wide[index], size);
    }
    return command->wide[index];
}
