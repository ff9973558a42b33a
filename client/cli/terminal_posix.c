/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.h for Linux. */
#include "client/cli/terminal.h"

#include "protocol/util.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupts;

static void on_signal(int number)
{
    (void)number;
    interrupts++;
}

char **terminal_start(int *argc, char **argv)
{
    (void)argc;
    struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* sockets and pipes that close are seen where they are written */
    signal(SIGPIPE, SIG_IGN);
    return argv;
}

void terminal_end(void) { }

bool terminal_interactive(void) { return isatty(STDIN_FILENO) && isatty(STDERR_FILENO); }

/* One line, without stdio's buffer where a secret would stay behind. */
static bool read_line(char *line, size_t size)
{
    size_t length = 0;
    while (length + 1 < size) {
        ssize_t got = read(STDIN_FILENO, line + length, 1);
        if (got <= 0)
            return false;
        if (line[length] == '\n')
            break;
        length++;
    }
    line[length] = 0;
    return true;
}

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
    bool read = read_line(line, sizeof line);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    if (!echo || !read)
        fputc('\n', stderr);
    char *copy = read ? x_strdup(line) : NULL;
    x_wipe(line, sizeof line);
    return copy;
}

static bool is_dumb(void)
{
    const char *term = getenv("TERM");
    return str_empty(term) || str_equal(term, "dumb");
}

bool terminal_is_output(void) { return isatty(STDOUT_FILENO); }
bool terminal_shows_colour(void) { return terminal_is_output() && str_empty(getenv("NO_COLOR")) && !is_dumb(); }
bool terminal_shows_progress(void) { return isatty(STDERR_FILENO) && !is_dumb(); }

int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

int terminal_interrupts(void) { return (int)interrupts; }
bool terminal_reader_gone(void) { return errno == EPIPE; }
