/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recent tasks as the tasks pane shows them: the agents' tasks of all servers (whoever started them) and our own uploads, newest first. UI thread. */
#ifndef POOLCENTER_ACTIVITY_H
#define POOLCENTER_ACTIVITY_H

#include "client/core/upload.h"

typedef struct Activity {
    Server *server;
    char *id;           /* task id, or a local one for an upload that has none yet */
    char *title;        /* "Start VM", in the user's language at the time of reading */
    char *object_name;
    ObjectKind object_kind;
    const char *object_id; /* of a volume: of its datastore; NULL: it had none when the task began. Borrowed */
    char *user;
    TaskState state;
    int permille;       /* 0..1000; -1: unknown, runs */
    char *detail;       /* "1.2 GB of 4.0 GB, 210 MB/s, 12 s left"; error sentence when failed; "" */
    int error_code;     /* of that sentence; 0: none */
    int64_t started;    /* ms since 1970 */
    int64_t finished;   /* 0: not yet */
    bool cancellable;
    bool retryable;     /* a failed, interrupted or cancelled upload of ours */
    Upload *upload;     /* ours, or NULL */
} Activity;

size_t activity_count(const Core *core);
/* Borrowed until the next core_drain. */
const Activity *activity_at(Core *core, size_t index);
size_t activity_running_count(const Core *core);
size_t activity_failed_count(const Core *core);
void activity_cancel(Core *core, const char *id);
void activity_retry(Core *core, const char *id);
/* Removes ended ones from the list. */
void activity_clear_ended(Core *core);

#endif
