/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.h for Linux. */
#include "client/cli/terminal.h"

#include "protocol/util.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

char **terminal_arguments(int *argc, char **argv)
{
    (void)argc;
    return argv;
}

bool terminal_interactive(void) { return isatty(STDIN_FILENO) && isatty(STDERR_FILENO); }

char *terminal_ask(const char *question, bool echo)
{
    struct termios before, quiet;
    char line[1024] = "";
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return NULL;
    quiet = before;
    if (!echo)
        quiet.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(stderr, "%s ", question);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    char *read = fgets(line, sizeof line, stdin);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    if (!echo)
        fputc('\n', stderr);
    line[strcspn(line, "\r\n")] = 0;
    char *copy = read ? x_strdup(line) : NULL;
    x_wipe(line, sizeof line);
    return copy;
}
