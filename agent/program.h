/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programs of the host (qemu-img, xorriso ...): run by argument vector, never by a shell, with a fixed PATH and locale. A program ends with
 * its task, with the thread that waits for it, and with the agent. Called by the bodies of tasks and by workers; any thread but the loop.
 */
#ifndef POOLCENTER_AGENT_PROGRAM_H
#define POOLCENTER_AGENT_PROGRAM_H

#include "agent/tasks.h"

#include <stdatomic.h>

/* Where programs are looked for, whatever the agent's own environment says. */
#define PROGRAM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Zero everywhere is fine: no input, its output is read, no limits but that of the output. */
typedef struct Program {
    const char *const *arguments; /* up to NULL; the first is the program's name, or an absolute path */
    int input;                    /* its standard input, stays the caller's; 0: /dev/null */
    int output;                   /* its standard output, stays the caller's; 0: read here */
    int kept[2];                  /* more descriptors that it gets under the same numbers; 0: none */
    const char *directory;        /* where it runs; NULL: / */
    size_t output_limit;          /* most bytes of output kept; 0: 1 MiB. More is an error; with line set nothing is kept */
    int64_t milliseconds;         /* longest time; 0: as long as it takes */
    int64_t cpu_seconds;          /* for programs that read hostile files; 0: no limit */
    int64_t memory;               /* bytes of address space; 0: no limit */
    int64_t file_size;            /* largest file it may write; 0: no limit */
    bool first_words;             /* the cause of its failure is the first line of its standard error; otherwise the last */
    Task *task;                   /* its cancellation ends the program; NULL: none */
    const atomic_bool *stop;      /* true ends it, too, as a failure; NULL: none. Any thread may set it */
    /* Each line of its output (ended by \n or \r, which are not in it; cut after 4 KiB). On the caller's thread. */
    void (*line)(void *context, const char *line);
    void *context;
} Program;

/*
 * Runs it and waits for its end. *ret_output (NULL: not wanted) is what it wrote, the caller frees; empty when line or output is set.
 * ERR_PROGRAM_MISSING; ERR_CANCELLED; ERR_PROGRAM_FAILED with the last line of its standard error, or why it was ended, as the cause.
 */
int program_run(const Program *program, char **ret_output, Error *err);

/* Whether the host has a program of that name. */
bool program_exists(const char *name);

/* A program's share of a task's progress: Program.line = program_progress, Program.context = &share. */
typedef struct ProgramShare {
    Task *task;
    int64_t before; /* units done before it began */
    int64_t share;  /* units that are its own */
    int64_t total;  /* units in all */
} ProgramShare;

/* Reads the lines of qemu-img -p, "    (12.50/100%)". */
void program_progress(void *share, const char *line);
/* The number in such a line in hundredths of a percent, -1: it is none. */
int program_percent(const char *line);

#endif
