/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Something a command does to an object: a call that gives a task, waited for and printed when all of a command's actions have begun, so that
 * several objects are worked on at once. Actions belong to the Cli. One thread.
 */
#ifndef POOLCENTER_ACTION_H
#define POOLCENTER_ACTION_H

#include "client/cli/cli.h"

struct Action {
    Cli *cli;
    Server *server;
    char *id;        /* of the object; may be "" before it exists */
    char *name;
    json_t *extra;   /* more fields of the result; NULL: none */
    char *task;      /* NULL: none yet */
    bool changed;
    bool ended;
    bool told;       /* the result was printed */
    char *result;    /* what the task found out; NULL: nothing */
    json_t *(*describe)(Cli *cli, const char *result); /* more fields, made of it; may say something; NULL: none */
    bool cancel;     /* to cancel the task is what was asked for */
    int64_t cancel_until; /* monotonic; 0: nobody wants to cancel it */
    TaskState state;
    Error error;     /* code 0: fine */
};

/* Begins an action on an object. Until it is called or ended it counts as unchanged. */
Action *action_add(Cli *cli, Server *server, const char *id, const char *name);
/* There is nothing to do: the object is as wanted. */
void action_unchanged(Action *action);
/* Done by the command itself. */
void action_done(Action *action);
/* Takes what error holds. */
void action_failed(Action *action, Error *error);
/* With --check: ends the action as one that would change something, and says false. */
bool action_wanted(Action *action);
/* Called with the answer of a method that gives a task. */
void action_on_task(void *context, TaskRef *task, const Error *error);

/* Follows a task that runs already; cancel: asks it to stop, and its being cancelled is what is wanted. */
void action_follow(Action *action, const char *task, bool cancel);

#define ACTION_CALL(action, method, params) call_##method((action)->server, (params), action_on_task, (action), (action))

/* Waits for all of them (unless --no-wait), shows progress on a terminal, prints the results. Returns the exit status. */
int actions_finish(Cli *cli);
void actions_clear(Cli *cli);

#endif
