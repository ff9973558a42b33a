/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl's state and what its commands share: refusing, waiting, finding objects by name. One thread. */
#ifndef POOLCENTER_CLI_H
#define POOLCENTER_CLI_H

#include "client/cli/command.h"
#include "client/cli/output.h"
#include "client/core/core.h"

/* Stable: scripts rely on them. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3, /* or a name that several have */
    EXIT_NO_CONNECTION = 4,
    EXIT_LOGIN = 5,
    EXIT_TIMEOUT = 6,
    EXIT_INTERRUPTED = 130,
};

typedef struct Action Action;

struct Cli {
    const Args *args;
    Core *core;
    Output output;
    char *password;     /* from --password-file or the environment; NULL: none */
    char *passphrase;
    int master_read;    /* how often the master password was taken from its descriptor */
    bool batch;         /* never ask */
    bool silent;        /* never complain: completion */
    int64_t deadline;   /* monotonic ms; INT64_MAX: none */
    Server **servers;   /* chosen and online */
    size_t server_count;
    bool many;          /* chosen by a pattern or several names: results say which server they are of */
    Action **actions;
    size_t action_count;
    int status;         /* the first failure's; what main returns */
};

/* Prints an error as the user wants it; returns the exit status for its code, which is also kept in cli->status. */
int cli_fail(Cli *cli, const Error *error);
/* The same with words of poolctl's own: code 0 is a usage error. Takes sentence. */
int cli_refuse(Cli *cli, int status, int code, char *sentence);
/* Keeps the first failure. */
void cli_note(Cli *cli, int status);
bool cli_check_only(const Cli *cli);

/* Lets the core work for a moment. False: the time is up or Ctrl+C was pressed, and cli->status says so. */
bool cli_wait(Cli *cli);

/* ---- finding by name or id among the chosen servers; NULL: refused, and said why */
typedef struct VmTarget {
    Server *server;
    const VmInfo *vm;
} VmTarget;

typedef struct DatastoreTarget {
    Server *server;
    const DatastoreInfo *datastore;
} DatastoreTarget;

/* What is borrowed is so until the next cli_wait. 0, or an exit status. missing_ok: a name nobody has is no error, *ret stays empty. */
int find_vm(Cli *cli, const char *name, bool missing_ok, VmTarget *ret);
int find_datastore(Cli *cli, const char *name, bool missing_ok, DatastoreTarget *ret);
/* On one server, by name or id; refused when several have it or none. */
const DatastoreInfo *find_datastore_on(Cli *cli, Server *server, const char *name);
const NetworkInfo *find_network_on(Cli *cli, Server *server, const char *name);
/* DATASTORE:SIZE[:FORMAT] on one server: a volume to be made; to be cleared. */
int find_new_volume(Cli *cli, Server *server, const char *word, VmNewVolume *ret);
/* DATASTORE/FILE, on any of the chosen servers or on one (server not NULL); *ret_file points into word. */
int find_volume(Cli *cli, Server *server, const char *word, bool missing_ok, DatastoreTarget *ret, const char **ret_file);

#endif
