/* SPDX-License-Identifier: GPL-3.0-or-later */
/* upload.begin, upload.finish, upload.abandon: see uploads.h for how an upload lives. */
#include "agent/driver_read.h"
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/tickets.h"
#include "agent/upload_file.h"
#include "agent/upload_volume.h"
#include "agent/uploads.h"
#include "agent/volume_locks.h"
#include "agent/volumes.h"
#include "protocol/datastore_type.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    UPLOADS_MAX = 256,
    STALLED_MS = 10000,       /* a data connection without a byte for so long may be taken over by its user */
    FINISH_PATIENCE_MS = 60000, /* upload.finish waits for bytes on their way as long as some come */
};
#define SIZE_MAX_BYTES (INT64_C(1) << 50)

/* ---------------------------------------------------------------- the list of uploads; its lock is held */

static Upload *find_id(const Uploads *uploads, const char *id)
{
    for (Upload *upload = uploads->first; upload; upload = upload->next)
        if (str_equal(upload->id, id))
            return upload;
    return NULL;
}

static void unlink_upload(Uploads *uploads, Upload *upload)
{
    Upload **at = &uploads->first;
    while (*at && *at != upload)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = upload->next;
    upload_unref(upload);
}

/* Makes room by forgetting those that have ended. */
static bool make_room(Uploads *uploads)
{
    size_t count = 0;
    Upload *old = NULL;
    for (Upload *upload = uploads->first; upload; upload = upload->next) {
        count++;
        if (upload->phase >= UPLOAD_FAILED)
            old = upload;
    }
    if (count < UPLOADS_MAX)
        return true;
    if (old)
        unlink_upload(uploads, old);
    return old != NULL;
}

static int busy(const Upload *upload, Error *err)
{
    return error_set(err, ERR_UPLOAD_BUSY, upload->target.name, "%lld of %lld bytes have arrived", (long long)upload->received,
                     (long long)upload->target.size);
}

static bool client_gone(int fd)
{
    struct pollfd poller = { .fd = fd, .events = POLLRDHUP };
    return poll(&poller, 1, 0) > 0;
}

/* Ends an earlier upload of the same name, if that may be. Cuts a stalled data connection of the same user: waiting for its end. */
static int take_over(Uploads *uploads, Upload *old, const Upload *fresh, Error *err)
{
    bool same_user = old->uid == fresh->uid;
    if (old->phase == UPLOAD_PREPARING || old->phase == UPLOAD_FINISHING || (old->phase == UPLOAD_WAITING && !same_user))
        return busy(old, err);
    if (old->phase == UPLOAD_RECEIVING) {
        bool gone = client_gone(old->fd); /* what has come is still being written */
        if (!same_user || (!gone && clock_ms() - old->last_byte < STALLED_MS))
            return busy(old, err);
        old->refs++;
        if (!gone)
            shutdown(old->fd, SHUT_RDWR);
        while (old->phase == UPLOAD_RECEIVING)
            pthread_cond_wait(&uploads->changed, &uploads->lock);
        upload_unref(old);
        return take_over(uploads, old, fresh, err);
    }
    Error why = { 0 };
    error_set(&why, ERR_UPLOAD_INCOMPLETE, old->target.name, "another upload of this file has taken its place");
    if (old->target.size != fresh->target.size)
        upload_throw_away(old);
    if (old->phase < UPLOAD_FAILED)
        upload_fail(old, &why);
    error_clear(&why);
    unlink_upload(uploads, old);
    return 0;
}

static int reserve(Uploads *uploads, Upload *fresh, Error *err)
{
    int code = 0;
    pthread_mutex_lock(&uploads->lock);
    for (Upload *old = uploads->first, *next = NULL; old && code == 0; old = next) {
        next = old->next;
        if (str_equal(old->target.datastore, fresh->target.datastore) && str_equal(old->target.name, fresh->target.name)) {
            code = take_over(uploads, old, fresh, err);
            next = NULL; /* there was only one */
        }
    }
    if (code == 0 && !make_room(uploads))
        code = error_set(err, ERR_BUSY, "poolagentd", "%d uploads are under way", UPLOADS_MAX);
    if (code == 0) {
        fresh->next = uploads->first;
        uploads->first = fresh;
        fresh->refs++;
    }
    pthread_mutex_unlock(&uploads->lock);
    return code;
}

/* ---------------------------------------------------------------- upload.begin */

/* asked: to replace it. An operator may not: it would delete what is there. */
static int check_existing(Request *request, virStoragePoolPtr pool, const UploadTarget *target, bool asked, Error *err)
{
    if (target->path && volume_users(request->agent, target->path, target->name, err) < 0)
        return err->code;
    if (target->replace || !volume_exists(pool, target))
        return volume_lock_check(request->agent->volume_locks, target->path, target->name, err);
    if (asked)
        return error_set(err, ERR_ACCESS_DENIED, request->identity->user, "replacing '%s' would delete it, which is for administrators", target->name);
    return error_set(err, ERR_VOLUME_EXISTS, target->name, NULL);
}

/* Fills the upload's target from the call; checks what can be checked without touching anything. */
static int describe(Request *request, const UploadBeginParams *params, Upload *upload, virStoragePoolPtr *pool, Error *err)
{
    DatastoreInfo datastore;
    int code = volume_name_check(params->name, err);
    if (code < 0)
        return code;
    if (params->size < 0 || params->size > SIZE_MAX_BYTES)
        return error_set(err, ERR_INVALID_PARAMS, params->name, "the size must be from 0 to 2^50 bytes");
    code = datastore_active(request->agent, params->datastore, &datastore, err);
    if (code < 0)
        return code;
    code = datastore_can(&datastore, METHOD_upload_begin, err);
    bool direct = request->agent->config.direct_files && datastore_is_directory(&datastore);
    upload->target = (UploadTarget){
        .datastore = x_strdup(params->datastore),
        .datastore_name = x_strdup(datastore.name),
        .directory = direct ? x_strdup(datastore.path) : NULL,
        .name = x_strdup(params->name),
        .path = datastore.path ? x_printf("%s/%s", datastore.path, params->name) : NULL,
        .size = params->size,
        .replace = params->replace && request->identity->role >= method_role(METHOD_volume_delete),
        .device = datastore_type_is_raw(datastore.type),
    };
    DatastoreInfo_clear(&datastore);
    if (code == 0)
        code = drivers_datastore(request->agent->drivers, params->datastore, pool, &upload->owner, err);
    return code < 0 ? code : check_existing(request, *pool, &upload->target, params->replace, err);
}

static void cancel_upload(void *context, const char *id)
{
    Uploads *uploads = context;
    pthread_mutex_lock(&uploads->lock);
    Upload *upload = find_id(uploads, id);
    if (upload && upload->phase == UPLOAD_RECEIVING) {
        upload->abandon = true;
        upload->go_on = false;
        shutdown(upload->fd, SHUT_RDWR);
    } else if (upload && (upload->phase == UPLOAD_WAITING || upload->phase == UPLOAD_COMPLETE)) {
        Error err = { 0 };
        error_set(&err, ERR_CANCELLED, upload->target.name, NULL);
        upload->abandon = true;
        upload_throw_away(upload);
        upload_fail(upload, &err);
    }
    pthread_mutex_unlock(&uploads->lock);
}

/* Nobody came with the ticket. */
static void drop_upload(void *context)
{
    Upload *upload = context;
    Uploads *uploads = upload->uploads;
    pthread_mutex_lock(&uploads->lock);
    if (upload->phase == UPLOAD_WAITING) {
        Error err = { 0 };
        error_set(&err, ERR_UPLOAD_INCOMPLETE, upload->target.name, "no data connection was opened");
        upload_fail(upload, &err);
    }
    upload_unref(upload);
    pthread_mutex_unlock(&uploads->lock);
}

static int open_task(Request *request, Upload *upload, Error *err)
{
    TaskSpec spec = {
        .method = METHOD_upload_begin,
        .kind = OBJECT_VOLUME,
        .object_id = upload->target.datastore,
        .object_name = upload->target.name,
        .user = request->identity->user,
        .cancellable = true,
        .context = request->agent->uploads,
    };
    int code = task_open(request->agent->tasks, &spec, cancel_upload, &upload->task, err);
    if (code < 0)
        return code;
    upload->id = x_strdup(task_id(upload->task));
    task_progress(upload->task, upload->sink.offset, upload->target.size);
    return 0;
}

/* Opens what is written to, then task and ticket. The upload is in the list, so nobody else prepares the same. */
static int prepare(Request *request, Upload *upload, virStoragePoolPtr pool, bool restart, char **ticket, Error *err)
{
    Uploads *uploads = upload->uploads;
    UploadSink sink = { .fd = -1 };
    int code = upload->target.directory ? upload_file_open(&upload->target, restart, &sink, err)
                                        : upload_volume_open(uploads->agent, upload->owner, pool, &upload->target, &sink, err);
    pthread_mutex_lock(&uploads->lock);
    if (code == 0) {
        upload->sink = sink;
        upload->received = sink.offset;
        code = open_task(request, upload, err);
    }
    if (code == 0) {
        Stream stream = { upload_receive, drop_upload, upload };
        code = tickets_issue(request->agent->tickets, upload->uid, &stream, ticket, err);
    }
    if (code == 0) {
        upload->refs++; /* the ticket's */
        upload->phase = UPLOAD_WAITING;
        upload->last_byte = clock_ms();
    }
    pthread_mutex_unlock(&uploads->lock);
    return code;
}

static void give_up(Upload *upload, const Error *err)
{
    Uploads *uploads = upload->uploads;
    Error why = { 0 };
    error_copy(&why, err);
    pthread_mutex_lock(&uploads->lock);
    upload_fail(upload, &why);
    unlink_upload(uploads, upload);
    pthread_mutex_unlock(&uploads->lock);
    error_clear(&why);
}

int handle_upload_begin(Request *request, const UploadBeginParams *params, UploadTicket *ret, Error *err)
{
    Uploads *uploads = request->agent->uploads;
    AUTO_POOL pool = NULL;
    Upload *upload = x_calloc(1, sizeof *upload);
    *upload = (Upload){ .uploads = uploads, .refs = 1, .uid = request->identity->uid, .fd = -1, .go_on = true, .sink = { .fd = -1 } };
    request_object(request, params->datastore, params->name);
    int code = describe(request, params, upload, &pool, err);
    if (code == 0)
        code = reserve(uploads, upload, err);
    if (code == 0) {
        code = prepare(request, upload, pool, params->restart, &ret->ticket, err);
        if (code < 0)
            give_up(upload, err);
    }
    pthread_mutex_lock(&uploads->lock);
    if (code == 0) {
        ret->upload = x_strdup(upload->id);
        ret->offset = upload->received;
    }
    upload_unref(upload);
    pthread_mutex_unlock(&uploads->lock);
    return code;
}

/* ---------------------------------------------------------------- upload.finish and upload.abandon */

/* Finds it for this user, with a reference. The lock is held. */
static int find_own(Request *request, const char *id, Upload **ret, Error *err)
{
    Upload *upload = find_id(request->agent->uploads, id);
    if (!upload || upload->phase == UPLOAD_ENDED)
        return error_set(err, ERR_UPLOAD_NOT_FOUND, id, NULL);
    request_object(request, upload->target.datastore, upload->target.name);
    if (upload->uid != request->identity->uid && request->identity->role < ROLE_ADMIN)
        return error_set(err, ERR_ACCESS_DENIED, request->identity->user, "the upload belongs to another user");
    upload->refs++;
    *ret = upload;
    return 0;
}

/* Waits for the last bytes, as long as some come. The lock is held. */
static int wait_complete(Upload *upload, Error *err)
{
    Uploads *uploads = upload->uploads;
    while ((upload->phase == UPLOAD_WAITING || upload->phase == UPLOAD_RECEIVING) && clock_ms() - upload->last_byte < FINISH_PATIENCE_MS) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&uploads->changed, &uploads->lock, &until);
    }
    if (upload->phase == UPLOAD_COMPLETE)
        return 0;
    if (upload->phase == UPLOAD_FAILED || upload->phase == UPLOAD_ENDED)
        return error_set_foreign(err, upload->error.code, upload->error.message, upload->error.object, upload->error.cause);
    if (upload->phase == UPLOAD_FINISHING)
        return busy(upload, err);
    return error_set(err, ERR_UPLOAD_INCOMPLETE, upload->target.name, "%lld of %lld bytes have arrived", (long long)upload->received,
                     (long long)upload->target.size);
}

static int compare(const Upload *upload, const char *sha256, Error *err)
{
    if (strcasecmp(upload->digest, sha256) == 0)
        return 0;
    return error_set(err, ERR_UPLOAD_CHECKSUM, upload->target.name, "the host has SHA-256 %s, the client %s", upload->digest, sha256);
}

/* In place of what may be there: nobody begins to use that meanwhile, and no job works on it. */
static int take_place(Agent *agent, Upload *upload, Error *err)
{
    const UploadTarget *target = &upload->target;
    if (!target->path)
        return upload->sink.type->commit(&upload->sink, err);
    int code = volume_lock(agent->volume_locks, target->path, target->name, "it is being replaced", err);
    if (code < 0)
        return code;
    code = volume_users(agent, target->path, target->name, err);
    if (code == 0)
        code = upload->sink.type->commit(&upload->sink, err);
    volume_unlock(agent->volume_locks, target->path);
    return code;
}

/* FINISHING: only this thread touches the upload's sink. */
static int finish(Request *request, Upload *upload, const char *sha256, VolumeInfo *ret, Error *err)
{
    int code = compare(upload, sha256, err);
    if (code < 0) {
        upload_throw_away(upload);
        return code;
    }
    code = take_place(request->agent, upload, err);
    return code < 0 ? code : volume_arrived(request->agent, upload->owner, &upload->target, ret, err);
}

static void finished(Upload *upload, int code, const Error *err)
{
    Uploads *uploads = upload->uploads;
    Error why = { 0 };
    error_copy(&why, err);
    pthread_mutex_lock(&uploads->lock);
    if (code < 0) {
        upload_fail(upload, &why);
    } else {
        upload->phase = UPLOAD_ENDED;
        upload->sink.type->close(&upload->sink);
        task_progress(upload->task, upload->target.size, upload->target.size);
        task_end(TAKE_PTR(upload->task), NULL);
        unlink_upload(uploads, upload);
    }
    pthread_cond_broadcast(&uploads->changed);
    pthread_mutex_unlock(&uploads->lock);
    error_clear(&why);
}

int handle_upload_finish(Request *request, const UploadFinishParams *params, VolumeInfo *ret, Error *err)
{
    Uploads *uploads = request->agent->uploads;
    Upload *upload = NULL;
    pthread_mutex_lock(&uploads->lock);
    int code = find_own(request, params->upload, &upload, err);
    if (code == 0)
        code = wait_complete(upload, err);
    if (code == 0)
        upload->phase = UPLOAD_FINISHING;
    pthread_mutex_unlock(&uploads->lock);
    if (code == 0) {
        code = finish(request, upload, params->sha256, ret, err);
        finished(upload, code, err);
    }
    pthread_mutex_lock(&uploads->lock);
    if (upload)
        upload_unref(upload);
    pthread_mutex_unlock(&uploads->lock);
    return code;
}

int handle_upload_abandon(Request *request, const UploadRef *params, Empty *ret, Error *err)
{
    (void)ret;
    Uploads *uploads = request->agent->uploads;
    Upload *upload = NULL;
    pthread_mutex_lock(&uploads->lock);
    int code = find_own(request, params->upload, &upload, err);
    if (code == 0 && (upload->phase == UPLOAD_FINISHING || upload->phase == UPLOAD_PREPARING))
        code = busy(upload, err);
    pthread_mutex_unlock(&uploads->lock);
    if (code == 0)
        cancel_upload(uploads, params->upload);
    pthread_mutex_lock(&uploads->lock);
    while (code == 0 && upload->phase == UPLOAD_RECEIVING)
        pthread_cond_wait(&uploads->changed, &uploads->lock);
    if (code == 0 && upload->phase == UPLOAD_FAILED)
        upload_throw_away(upload);
    if (code == 0)
        unlink_upload(uploads, upload);
    if (upload)
        upload_unref(upload);
    pthread_mutex_unlock(&uploads->lock);
    return code;
}
