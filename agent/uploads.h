/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files on their way into a datastore. upload.begin reserves the name and the space, the bytes come over a data connection of
 * their own, upload.finish compares the digests and gives the file its name. What has been written survives a lost
 * connection and an agent that is killed: the next upload.begin for the same name and size goes on there.
 */
#ifndef POOLCENTER_AGENT_UPLOADS_H
#define POOLCENTER_AGENT_UPLOADS_H

#include "agent/agent.h"
#include "agent/upload_sink.h"

#include <pthread.h>
#include <sys/types.h>

typedef enum UploadPhase {
    UPLOAD_PREPARING, /* being made by upload.begin */
    UPLOAD_WAITING,   /* for its data connection */
    UPLOAD_RECEIVING,
    UPLOAD_COMPLETE,  /* all bytes are there and digested */
    UPLOAD_FINISHING, /* upload.finish works on it */
    UPLOAD_FAILED,    /* error says why; what can be resumed is on the disk */
    UPLOAD_ENDED,     /* has its name, or was thrown away */
} UploadPhase;

typedef struct Upload {
    Uploads *uploads;
    int refs;
    UploadTarget target;
    int owner;            /* driver of the datastore */
    uid_t uid;
    UploadPhase phase;
    Task *task;           /* NULL once it has ended */
    char *id;             /* of the task, too */
    int fd;               /* data connection, -1: none */
    atomic_bool go_on;    /* false: the data connection's threads end */
    bool abandon;         /* what is there shall be thrown away */
    int64_t received;
    int64_t last_byte;    /* clock_ms() */
    UploadSink sink;      /* of the data connection's threads while RECEIVING */
    char digest[LIMIT_DIGEST + 1];
    Error error;
    struct Upload *next;
} Upload;

struct Uploads {
    Agent *agent;
    pthread_mutex_t lock;    /* guards the list and what is in the uploads */
    pthread_cond_t changed;
    Upload *first;
    bool ending;
};

Uploads *uploads_create(Agent *agent);
/* Ends all data connections and their tasks and waits for them; part files stay. */
void uploads_stop(Uploads *uploads);
void uploads_free(Uploads *uploads);

/* With the lock held. */
void upload_unref(Upload *upload);
/* Ends the upload with that error (taken over): its task, its file if it is to be abandoned. With the lock held, no data connection. */
void upload_fail(Upload *upload, Error *error);
/* Throws the file away. With the lock held, no data connection. */
void upload_throw_away(Upload *upload);

/* The data connection's thread (Stream of tickets.h); owns one reference. */
void upload_receive(void *upload, int fd, const char *rest, size_t rest_length);

#endif
