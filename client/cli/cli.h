/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl's state, shared by its files: main.c (options, connecting), commands.c, upload_command.c, watch_command.c. One thread. */
#ifndef POOLCENTER_CLI_H
#define POOLCENTER_CLI_H

#include "client/core/core.h"

enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_CONNECTION = 3 };

typedef struct Cli {
    Core *core;
    Server *server;
    ServerConfig config;
    const char *folder;
    char *password;
    char *passphrase;
    bool accept_new_key;
    bool json;
    char **words;      /* command and its arguments */
    int word_count;
} Cli;

/* Each runs a command to its end and returns the exit status. */
int command_run(Cli *cli);
int upload_run(Cli *cli);
int watch_run(Cli *cli);

/* Prints an error the way the user wants it; returns EXIT_REFUSED. */
int cli_fail(const Cli *cli, const Error *error);
int cli_bad_argument(const char *word);
/* Prints json (taken) on a line of its own. */
void cli_print_json(json_t *json);
/* Finds a datastore by name or UUID; says so when there is none. */
const DatastoreInfo *cli_datastore(const Cli *cli, const char *name);

#endif
