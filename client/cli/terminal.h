/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What poolctl needs of the console, different on each system: UTF-8 arguments, typing a secret unseen. */
#ifndef POOLCENTER_TERMINAL_H
#define POOLCENTER_TERMINAL_H

#include <stdbool.h>

/* The program's arguments in UTF-8 (argv itself where it is that already); also makes output UTF-8. */
char **terminal_arguments(int *argc, char **argv);
/* False: nobody sits there. */
bool terminal_interactive(void);
/* Writes the question, reads a line, unseen unless echo. NULL: none. The caller frees with x_free_secret. */
char *terminal_ask(const char *question, bool echo);

#endif
