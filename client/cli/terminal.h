/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What poolctl needs of the console, different on each system: UTF-8 arguments and output, Ctrl+C, typing a secret unseen. One thread. */
#ifndef POOLCENTER_TERMINAL_H
#define POOLCENTER_TERMINAL_H

#include <stdbool.h>

/* First thing of all. Gives the program's arguments in UTF-8 (argv itself where it is that already), makes output UTF-8 and catches Ctrl+C. */
char **terminal_start(int *argc, char **argv);
/* Leaves the console as it was found. */
void terminal_end(void);

/* False: nobody sits there. */
bool terminal_interactive(void);
/* Writes the question, reads a line, unseen unless echo. NULL: none. The caller frees with x_free_secret. */
char *terminal_ask(const char *question, bool echo);

/* stdout is a terminal. */
bool terminal_is_output(void);
/* stdout shows colours: it is a terminal and NO_COLOR is not set (https://no-color.org). */
bool terminal_shows_colour(void);
/* stderr is a terminal. */
bool terminal_shows_progress(void);
int terminal_width(void);
/* How often Ctrl+C was pressed. */
int terminal_interrupts(void);
/* Right after a write has failed: because the reader of a pipe has gone? */
bool terminal_reader_gone(void);

#endif
