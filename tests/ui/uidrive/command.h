/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One command line: its words, and what commands look like.
 * A line is UTF-8, words are separated by tabs; \t \n \r and \\ inside a word are escaped.
 */
#ifndef UIDRIVE_COMMAND_H
#define UIDRIVE_COMMAND_H

#include <windows.h>

#include "answer.h"

#define COMMAND_WORDS_MAX 32

typedef struct Command {
    int count;                          /* words, the name included */
    char *words[COMMAND_WORDS_MAX];     /* inside the line that was read */
    wchar_t *wide[COMMAND_WORDS_MAX];   /* made on demand, freed by command_clear */
} Command;

typedef struct CommandEntry {
    const char *name;
    int arguments;                      /* how many it needs at least */
    bool (*run)(Command *command, Answer *answer);
    const char *help;
} CommandEntry;

/* Split the line in place. False: too many words. */
bool command_parse(Command *command, char *line);
void command_clear(Command *command);

/* Argument `index` counts from 1. One that is missing is 0, NULL or an empty text. */
long long command_int(const Command *command, int index);
HWND command_window(const Command *command, int index);
const char *command_word(const Command *command, int index);
const wchar_t *command_text(Command *command, int index);

/* The lists of commands, each ending with an entry without name. */
extern const CommandEntry window_commands[];
extern const CommandEntry input_commands[];
extern const CommandEntry list_commands[];
extern const CommandEntry tree_commands[];
extern const CommandEntry bar_commands[];
extern const CommandEntry menu_commands[];
extern const CommandEntry layout_commands[];
extern const CommandEntry process_commands[];
extern const CommandEntry wait_commands[];
extern const CommandEntry accessible_commands[];
extern const CommandEntry setting_commands[];

#endif
