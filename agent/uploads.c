/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The uploads the agent knows of, and how they end: see uploads.h. The calls are in upload_calls.c. */
#include "agent/uploads.h"
#include "agent/upload_file.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

Uploads *uploads_create(Agent *agent)
{
    Uploads *uploads = x_calloc(1, sizeof *uploads);
    uploads->agent = agent;
    pthread_mutex_init(&uploads->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&uploads->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return uploads;
}

void upload_unref(Upload *upload)
{
    if (--upload->refs)
        return;
    if (upload->sink.type)
        upload->sink.type->close(&upload->sink);
    free(upload->target.datastore);
    free(upload->target.datastore_name);
    free(upload->target.directory);
    free(upload->target.name);
    free(upload->target.path);
    free(upload->id);
    error_clear(&upload->error);
    free(upload);
}

void upload_throw_away(Upload *upload)
{
    if (upload->sink.type) {
        upload->sink.type->discard(&upload->sink);
        upload->sink.type->close(&upload->sink);
    } else if (upload->target.directory) {
        upload_file_discard(&upload->target);
    }
}

void upload_fail(Upload *upload, Error *error)
{
    Error copy = { 0 };
    error_copy(&copy, error);
    error_move(&upload->error, error);
    upload->phase = upload->abandon ? UPLOAD_ENDED : UPLOAD_FAILED;
    if (upload->sink.type)
        upload->sink.type->close(&upload->sink);
    if (upload->task)
        task_end(TAKE_PTR(upload->task), &copy);
    error_clear(&copy);
}

static bool any_connected(const Uploads *uploads)
{
    for (const Upload *upload = uploads->first; upload; upload = upload->next)
        if (upload->phase == UPLOAD_RECEIVING)
            return true;
    return false;
}

void uploads_stop(Uploads *uploads)
{
    pthread_mutex_lock(&uploads->lock);
    uploads->ending = true;
    for (Upload *upload = uploads->first; upload; upload = upload->next) {
        upload->go_on = false;
        if (upload->fd >= 0)
            shutdown(upload->fd, SHUT_RDWR);
    }
    while (any_connected(uploads))
        pthread_cond_wait(&uploads->changed, &uploads->lock);
    for (Upload *upload = uploads->first; upload; upload = upload->next)
        if (upload->phase == UPLOAD_WAITING || upload->phase == UPLOAD_COMPLETE) {
            Error err = { 0 };
            error_set(&err, ERR_UPLOAD_INCOMPLETE, upload->target.name, "the agent was stopped");
            upload_fail(upload, &err);
        }
    pthread_mutex_unlock(&uploads->lock);
}

void uploads_free(Uploads *uploads)
{
    if (!uploads)
        return;
    while (uploads->first) {
        Upload *upload = uploads->first;
        uploads->first = upload->next;
        upload_unref(upload);
    }
    pthread_cond_destroy(&uploads->changed);
    pthread_mutex_destroy(&uploads->lock);
    free(uploads);
}
