/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Uploads as the window knows them: see upload.h. This file decides when one runs, calls the agent over the server's control connection and keeps
 * the list of unfinished ones in folder/uploads.json; upload_stream.c moves the bytes. UI thread.
 *
 * One attempt: upload.begin (while the stream connects) -> ticket -> bytes -> upload.finish. What a broken connection leaves is INTERRUPTED and
 * tried again, with growing pauses while the server is online, and when it comes back.
 */
#include "client/core/upload.h"

#include "client/core/bulk_line.h"
#include "client/core/log.h"
#include "client/core/parts.h"
#include "client/core/port.h"
#include "client/core/rules.h"
#include "client/core/server_private.h"
#include "client/core/text.h"
#include "client/core/upload_stream.h"

#include <stdlib.h>
#include <string.h>

enum {
    RUNNING_MAX = 2,         /* per server */
    TICK_MS = 250,
    TRIES_MAX = 8,           /* attempts in a row that moved nothing while the server was online */
    SAMPLE_COUNT = 16,
    SAMPLE_INTERVAL_MS = 250,
    UNFINISHED_SIZE_MAX = 4 << 20,
    UNFINISHED_MAX = 1000,
};

/* A call on its way; it outlives its upload, so that a late answer finds nobody instead of freed memory. */
typedef struct UploadCall {
    struct UploadCall *next; /* in Uploads.calls: all that are not answered yet */
    Uploads *uploads;
    Upload *upload; /* NULL: nobody waits for the answer any more */
    Server *server;
    bool abandon;   /* the user cancelled: what the answer to begin names is thrown away */
} UploadCall;

typedef struct Sample {
    int64_t time;
    int64_t done;
} Sample;

struct Upload {
    Uploads *uploads;
    Server *server;
    char *datastore;
    char *path;
    char *name;
    bool replace;
    UploadState state;
    int64_t size;
    int64_t modified;
    int64_t done;
    Error error;
    char *task;           /* "": none yet */
    char sha256[UPLOAD_SHA256_HEX + 1]; /* of the file, once all of it was sent; "": not yet */
    UploadStream *stream; /* while an attempt runs */
    UploadCall *call;     /* begin or finish on its way */
    int64_t next_try;     /* monotonic; INTERRUPTED */
    int tries;
    bool waits_for_server; /* INTERRUPTED because the server went offline */
    bool starts_over;     /* the host has something else: it shall forget that, until bytes are sent again */
    int64_t attempt_from; /* where this attempt began to send; -1: it has not */
    Sample samples[SAMPLE_COUNT]; /* the last few seconds, oldest first */
    size_t sample_count;
};

struct Uploads {
    Core *core;
    Upload **items;
    size_t count;
    UploadStream **ending; /* given up, their threads not done yet */
    size_t ending_count;
    UploadCall *calls;
    bool ticking;
};

static void schedule(Uploads *uploads);
static void interrupt(Upload *upload, const Error *why);

/* ---- what is told */

static void tell_progress(Upload *upload) { activities_upload_changed(core_activities(upload->uploads->core), upload); }

static void set_state(Upload *upload, UploadState state)
{
    upload->state = state;
    tell_progress(upload);
    core_tell_upload_changed(upload->uploads->core, upload);
}

static bool is_running(const Upload *upload) { return upload->state >= UPLOAD_CONNECTING && upload->state <= UPLOAD_VERIFYING; }
static bool is_unfinished(const Upload *upload) { return is_running(upload) || upload->state == UPLOAD_QUEUED || upload->state == UPLOAD_INTERRUPTED; }

/* ---- the list of unfinished uploads on disk */

static char *unfinished_path(const Uploads *uploads) { return port_join(core_folder(uploads->core), "uploads.json"); }

static void save_unfinished(const Uploads *uploads)
{
    if (core_is_guest(uploads->core))
        return;
    json_t *list = json_array();
    for (size_t i = 0; i < uploads->count; i++) {
        const Upload *upload = uploads->items[i];
        if (is_unfinished(upload))
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "server", server_config(upload->server)->id, "datastore", upload->datastore, "path",
                                                  upload->path, "name", upload->name, "size", (json_int_t)upload->size, "replace", upload->replace));
    }
    AUTO_FREE char *path = unfinished_path(uploads);
    if (json_array_size(list) || port_file_exists(path)) {
        AUTO_FREE char *text = json_dumps(list, JSON_INDENT(2));
        AUTO(error_clear) Error error = { 0 };
        if (port_write_whole(path, text, strlen(text), &error) < 0)
            log_error("saving the unfinished uploads", &error);
    }
    json_decref(list);
}

static Upload *add_upload(Uploads *uploads, Server *server, const char *datastore, const char *path, const char *name, bool replace)
{
    Upload *upload = x_calloc(1, sizeof *upload);
    upload->uploads = uploads;
    upload->server = server;
    upload->datastore = x_strdup(datastore);
    upload->path = x_strdup(path);
    upload->name = x_strdup(name);
    upload->replace = replace;
    upload->task = x_strdup("");
    upload->attempt_from = -1;
    uploads->items = x_realloc(uploads->items, uploads->count + 1, sizeof *uploads->items);
    uploads->items[uploads->count++] = upload;
    return upload;
}

static void load_one(Uploads *uploads, const json_t *entry)
{
    const char *id = json_string_value(json_object_get(entry, "server"));
    const char *datastore = json_string_value(json_object_get(entry, "datastore"));
    const char *path = json_string_value(json_object_get(entry, "path"));
    const char *name = json_string_value(json_object_get(entry, "name"));
    Server *server = id ? core_find_server(uploads->core, id) : NULL;
    if (!server || !datastore || !path || !name)
        return;
    Upload *upload = add_upload(uploads, server, datastore, path, name, json_is_true(json_object_get(entry, "replace")));
    json_int_t size = json_integer_value(json_object_get(entry, "size"));
    upload->size = size > 0 ? size : 0;
    upload->state = UPLOAD_INTERRUPTED;
    upload->waits_for_server = true;
    tell_progress(upload);
}

static void load_unfinished(Uploads *uploads)
{
    AUTO_FREE char *path = unfinished_path(uploads);
    AUTO_FREE char *bytes = NULL;
    size_t size = 0;
    if (!port_file_exists(path) || port_read_whole(path, UNFINISHED_SIZE_MAX, &bytes, &size, NULL) < 0)
        return;
    json_t *list = json_loadb(bytes, size, 0, NULL);
    for (size_t i = 0; i < json_array_size(list) && i < UNFINISHED_MAX; i++)
        load_one(uploads, json_array_get(list, i));
    json_decref(list);
}

/* ---- rate and time left: over the samples of the last few seconds */

static void forget_samples(Upload *upload) { upload->sample_count = 0; }

static void take_sample(Upload *upload)
{
    int64_t now = port_monotonic_ms();
    if (upload->sample_count && now - upload->samples[upload->sample_count - 1].time < SAMPLE_INTERVAL_MS)
        return;
    if (upload->sample_count == SAMPLE_COUNT)
        memmove(upload->samples, upload->samples + 1, (--upload->sample_count) * sizeof *upload->samples);
    upload->samples[upload->sample_count++] = (Sample){ now, upload->done };
}

/* ---- ending an attempt */

static void drop_call(Upload *upload)
{
    if (upload->call)
        upload->call->upload = NULL;
    upload->call = NULL;
}

static void drop_stream(Upload *upload)
{
    Uploads *uploads = upload->uploads;
    if (!upload->stream)
        return;
    upload_stream_end(upload->stream);
    uploads->ending = x_realloc(uploads->ending, uploads->ending_count + 1, sizeof *uploads->ending);
    uploads->ending[uploads->ending_count++] = TAKE_PTR(upload->stream);
}

static void stream_over(void *context, UploadStream *stream)
{
    Uploads *uploads = context;
    for (size_t i = 0; i < uploads->ending_count; i++)
        if (uploads->ending[i] == stream)
            uploads->ending[i--] = uploads->ending[--uploads->ending_count];
    upload_stream_free(stream);
}

static void end_attempt(Upload *upload)
{
    drop_call(upload);
    drop_stream(upload);
    forget_samples(upload);
}

/* A final state: the upload waits for the user, or for being dismissed. */
static void end_upload(Upload *upload, UploadState state, const Error *why)
{
    end_attempt(upload);
    error_clear(&upload->error);
    if (why) {
        error_copy(&upload->error, why);
        log_error("upload", why);
    }
    set_state(upload, state);
    save_unfinished(upload->uploads);
    schedule(upload->uploads);
}

static bool may_pass(int code)
{
    return bulk_may_pass(code) || code == ERR_UPLOAD_NOT_FOUND || code == ERR_UPLOAD_INCOMPLETE || code == ERR_UPLOAD_BUSY || code == ERR_BUSY;
}

static void fail(Upload *upload, const Error *why)
{
    bool gives_up = upload->tries >= TRIES_MAX && server_online(upload->server);
    if (may_pass(why->code) && !gives_up)
        interrupt(upload, why);
    else
        end_upload(upload, UPLOAD_FAILED, why);
}

static void interrupt(Upload *upload, const Error *why)
{
    bool moved = upload->attempt_from >= 0 && upload->done > upload->attempt_from;
    end_attempt(upload);
    upload->tries = moved ? 1 : upload->tries + 1;
    upload->next_try = port_monotonic_ms() + bulk_pause_ms(upload->tries);
    upload->waits_for_server = !server_online(upload->server);
    error_clear(&upload->error);
    if (why) {
        error_copy(&upload->error, why);
        log_error("upload interrupted", why);
    }
    set_state(upload, UPLOAD_INTERRUPTED);
    schedule(upload->uploads);
}

/* ---- calls to the agent */

static UploadCall *add_call(Uploads *uploads, Server *server, Upload *upload)
{
    UploadCall *call = x_calloc(1, sizeof *call);
    *call = (UploadCall){ .next = uploads->calls, .uploads = uploads, .upload = upload, .server = server };
    uploads->calls = call;
    return call;
}

static UploadCall *make_call(Upload *upload)
{
    UploadCall *call = add_call(upload->uploads, upload->server, upload);
    drop_call(upload);
    upload->call = call;
    return call;
}

/* Frees the call; the upload that still waits for it, or NULL. */
static Upload *take_call(UploadCall *call)
{
    Upload *upload = call->upload;
    if (upload)
        upload->call = NULL;
    UploadCall **at = &call->uploads->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    free(call);
    return upload;
}

static void abandoned(void *context, Empty *result, const Error *error)
{
    (void)result, (void)error;
    take_call(context);
}

static void abandon(Uploads *uploads, Server *server, const char *id)
{
    char *copy = x_strdup(id);
    UploadRef ref = { .upload = copy };
    call_upload_abandon(server, &ref, abandoned, uploads, add_call(uploads, server, NULL));
    free(copy);
}

static void compared(void *context, const TaskInfo *task, const Error *error)
{
    Upload *upload = take_call(context);
    AUTO(error_clear) Error exists = { 0 };
    if (!upload)
        return;
    error_copy(&exists, &upload->error);
    if (error) {
        fail(upload, error);
    } else if (task->state == TASK_STATE_DONE && str_equal(task->result, upload->sha256)) {
        upload->done = upload->size;
        end_upload(upload, UPLOAD_DONE, NULL);
    } else {
        end_upload(upload, UPLOAD_FAILED, &exists);
    }
}

static void comparing(void *context, TaskRef *task, const Error *error)
{
    UploadCall *call = context;
    if (!error && call->upload) {
        server_follow_task(call->server, task->task, compared, call->uploads, call);
        return;
    }
    Upload *upload = take_call(call);
    if (upload)
        fail(upload, error);
}

/* A file of that name is there. If the connection broke while the agent finished an earlier attempt, it is ours: its digest tells. */
static void compare(Upload *upload, const Error *exists)
{
    error_clear(&upload->error);
    error_copy(&upload->error, exists);
    drop_stream(upload);
    set_state(upload, UPLOAD_VERIFYING);
    VolumeRef params = { .datastore = upload->datastore, .volume = upload->name };
    call_volume_digest(upload->server, &params, comparing, upload->uploads, make_call(upload));
}

static void begun(void *context, UploadTicket *result, const Error *error)
{
    UploadCall *call = context;
    Uploads *uploads = call->uploads;
    Server *server = call->server;
    bool unwanted = call->abandon;
    Upload *upload = take_call(call);
    if (!upload) {
        if (result && unwanted)
            abandon(uploads, server, result->upload);
        return;
    }
    if (error && error->code == ERR_VOLUME_EXISTS && *upload->sha256 && server_can(upload->server, METHOD_volume_digest, NULL)) {
        compare(upload, error);
        return;
    }
    if (error) {
        fail(upload, error);
        return;
    }
    free(upload->task);
    upload->task = TAKE_PTR(result->upload);
    upload_stream_give_ticket(upload->stream, result->ticket, result->offset);
    tell_progress(upload);
}

static void begin(Upload *upload)
{
    UploadBeginParams params = { .datastore = upload->datastore, .name = upload->name, .size = upload->size, .replace = upload->replace, .restart = upload->starts_over };
    call_upload_begin(upload->server, &params, begun, upload->uploads, make_call(upload));
}

static void finished(void *context, VolumeInfo *result, const Error *error)
{
    (void)result;
    Upload *upload = take_call(context);
    if (!upload)
        return;
    if (error) {
        fail(upload, error);
        return;
    }
    upload->done = upload->size;
    end_upload(upload, UPLOAD_DONE, NULL);
}

static void finish(Upload *upload, const char *sha256)
{
    memcpy(upload->sha256, sha256, sizeof upload->sha256);
    UploadFinishParams params = { .upload = upload->task, .sha256 = upload->sha256 };
    set_state(upload, UPLOAD_VERIFYING);
    call_upload_finish(upload->server, &params, finished, upload->uploads, make_call(upload));
}

/* The data connection broke before the last byte. The agent knows better why (a full disk, say), unless it only saw it break too. */
static void learned_why(void *context, VolumeInfo *result, const Error *error)
{
    (void)result;
    Upload *upload = take_call(context);
    if (!upload)
        return;
    AUTO(error_clear) Error seen_here = { 0 };
    error_copy(&seen_here, &upload->error);
    fail(upload, error && !may_pass(error->code) && error->code != ERR_UPLOAD_CHECKSUM ? error : &seen_here);
}

static void ask_why(Upload *upload)
{
    char none[UPLOAD_SHA256_HEX + 1];
    memset(none, '0', UPLOAD_SHA256_HEX); /* bytes are missing: no digest can be right, and the agent looks at that first */
    none[UPLOAD_SHA256_HEX] = '\0';
    UploadFinishParams params = { .upload = upload->task, .sha256 = none };
    drop_stream(upload);
    call_upload_finish(upload->server, &params, learned_why, upload->uploads, make_call(upload));
}

/* ---- news from the stream */

static void stream_failed(Upload *upload, const Error *error)
{
    bool was_sending = upload->state == UPLOAD_SENDING && upload->done < upload->size;
    if (error->code != ERR_CONNECTION_LOST || !was_sending || !server_online(upload->server)) {
        fail(upload, error);
        return;
    }
    error_copy(&upload->error, error);
    ask_why(upload);
}

static void stream_moved(Upload *upload, UploadState state, int64_t done)
{
    upload->done = done;
    if (state == UPLOAD_SENDING && upload->attempt_from < 0) {
        upload->attempt_from = done;
        upload->starts_over = false;
    }
    if (state != upload->state)
        forget_samples(upload);
    take_sample(upload);
    if (state != upload->state)
        set_state(upload, state);
    else
        tell_progress(upload);
}

static void stream_differs(Upload *upload)
{
    if (upload->starts_over)
        return; /* the phase is told until the new ticket is used */
    upload->starts_over = true;
    begin(upload);
}

static Upload *upload_of(const Uploads *uploads, const UploadStream *stream)
{
    for (size_t i = 0; i < uploads->count; i++)
        if (uploads->items[i]->stream == stream)
            return uploads->items[i];
    return NULL;
}

static void stream_news(void *context, UploadStream *stream)
{
    Upload *upload = upload_of(context, stream);
    if (!upload || upload->state == UPLOAD_VERIFYING)
        return;
    StreamNews news = { 0 };
    upload_stream_read(stream, &news);
    switch (news.phase) {
    case STREAM_CONNECTING: break;
    case STREAM_CHECKING: stream_moved(upload, UPLOAD_CHECKING, news.done); break;
    case STREAM_SENDING: stream_moved(upload, UPLOAD_SENDING, news.done); break;
    case STREAM_DIFFERS: stream_differs(upload); break;
    case STREAM_SENT:
        upload->done = news.done;
        finish(upload, news.sha256);
        break;
    case STREAM_FAILED: stream_failed(upload, &news.error); break;
    }
    error_clear(&news.error);
}

/* ---- beginning an attempt */

static int look_at_file(Upload *upload, Error *err)
{
    PortFile *file = NULL;
    int rc = port_file_open(upload->path, &file, err);
    if (rc < 0)
        return rc;
    rc = port_file_stat(file, &upload->size, &upload->modified, err);
    port_file_close(file);
    return rc;
}

static void start_attempt(Upload *upload)
{
    Core *core = upload->uploads->core;
    AUTO(error_clear) Error error = { 0 };
    if (look_at_file(upload, &error) < 0) {
        end_upload(upload, UPLOAD_FAILED, &error);
        return;
    }
    UploadJob job = {
        .path = x_strdup(upload->path),
        .size = upload->size,
        .modified = upload->modified,
        .mailbox = core_mailbox(core),
        .owner = upload->uploads,
        .news = stream_news,
        .over = stream_over,
        .context = upload->uploads,
    };
    bulk_login_init(upload->server, &job.login);
    error_clear(&upload->error);
    upload->attempt_from = -1;
    upload->stream = upload_stream_start(&job);
    set_state(upload, UPLOAD_CONNECTING);
    begin(upload);
}

static size_t running_on(const Uploads *uploads, const Server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < uploads->count; i++)
        count += uploads->items[i]->server == server && is_running(uploads->items[i]);
    return count;
}

static void tick(void *context) { schedule(context); }

/* Starts what may start; ticks while something waits for its next try. */
static void schedule(Uploads *uploads)
{
    bool waits = false;
    for (size_t i = 0; i < uploads->count; i++) {
        Upload *upload = uploads->items[i];
        bool waiting = upload->state == UPLOAD_INTERRUPTED && upload->next_try > port_monotonic_ms();
        bool wants = upload->state == UPLOAD_QUEUED || (upload->state == UPLOAD_INTERRUPTED && !waiting);
        if (!server_online(upload->server))
            continue;
        waits = waits || waiting;
        if (wants && running_on(uploads, upload->server) < RUNNING_MAX)
            start_attempt(upload);
    }
    if (waits != uploads->ticking)
        core_every(uploads->core, waits ? TICK_MS : 0, tick, uploads);
    uploads->ticking = waits;
}

/* ---- the core's side */

Uploads *uploads_create(Core *core)
{
    Uploads *uploads = x_calloc(1, sizeof *uploads);
    uploads->core = core;
    if (!core_is_guest(core))
        load_unfinished(uploads);
    return uploads;
}

static void free_upload(Upload *upload)
{
    drop_call(upload);
    free(upload->datastore);
    free(upload->path);
    free(upload->name);
    free(upload->task);
    error_clear(&upload->error);
    free(upload);
}

void uploads_free(Uploads *uploads)
{
    if (!uploads)
        return;
    if (uploads->ticking)
        core_every(uploads->core, 0, tick, uploads);
    for (size_t i = 0; i < uploads->count; i++)
        drop_stream(uploads->items[i]);
    for (size_t i = 0; i < uploads->ending_count; i++)
        upload_stream_free(uploads->ending[i]);
    mailbox_forget(core_mailbox(uploads->core), uploads);
    for (size_t i = 0; i < uploads->count; i++)
        free_upload(uploads->items[i]);
    while (uploads->calls) { /* their answers come to nobody */
        UploadCall *call = uploads->calls;
        uploads->calls = call->next;
        free(call);
    }
    free(uploads->items);
    free(uploads->ending);
    free(uploads);
}

void uploads_server_changed(Uploads *uploads, Server *server)
{
    bool online = server_online(server);
    for (size_t i = 0; i < uploads->count; i++) {
        Upload *upload = uploads->items[i];
        if (upload->server != server)
            continue;
        if (online && upload->waits_for_server) {
            upload->waits_for_server = false;
            upload->tries = 0;
            upload->next_try = 0;
        }
        if (!online && is_running(upload)) {
            AUTO(error_clear) Error why = { 0 };
            error_set(&why, ERR_CONNECTION_LOST, server_config(server)->host, "%s", text(TEXT_UPLOAD_SERVER_OFFLINE));
            interrupt(upload, &why);
        }
    }
    schedule(uploads);
}

static void remove_upload(Upload *upload)
{
    Uploads *uploads = upload->uploads;
    end_attempt(upload);
    activities_upload_gone(core_activities(uploads->core), upload);
    size_t i = 0;
    while (uploads->items[i] != upload)
        i++;
    memmove(&uploads->items[i], &uploads->items[i + 1], (uploads->count - i - 1) * sizeof *uploads->items);
    uploads->count--;
    free_upload(upload);
}

void uploads_server_removed(Uploads *uploads, Server *server)
{
    for (size_t i = uploads->count; i-- > 0;)
        if (uploads->items[i]->server == server)
            remove_upload(uploads->items[i]);
    save_unfinished(uploads);
}

size_t core_upload_count(const Core *core) { return core_uploads(core)->count; }
bool core_uploads_settled(const Core *core) { return !core_uploads(core)->calls; }
Upload *core_upload_at(const Core *core, size_t index) { return core_uploads(core)->items[index]; }

/* ---- the user's side */

static int check_new(Uploads *uploads, const Server *server, const char *datastore, const char *name, Error *err)
{
    AUTO_FREE char *wrong = rules_check_file_name(name);
    if (wrong)
        return error_set(err, ERR_VOLUME_NAME_INVALID, name, "%s", wrong);
    for (size_t i = 0; i < uploads->count; i++) {
        const Upload *other = uploads->items[i];
        if (is_unfinished(other) && other->server == server && str_equal(other->datastore, datastore) && str_equal(other->name, name))
            return error_set(err, ERR_UPLOAD_BUSY, name, "%s", text(TEXT_UPLOAD_TWICE));
    }
    return 0;
}

Upload *upload_start(Server *server, const char *datastore, const char *path, const char *name, bool replace, Error *err)
{
    Uploads *uploads = core_uploads(server_core(server));
    if (check_new(uploads, server, datastore, name, err) < 0)
        return NULL;
    Upload *upload = add_upload(uploads, server, datastore, path, name, replace);
    if (look_at_file(upload, err) < 0) {
        uploads->count--;
        free_upload(upload);
        return NULL;
    }
    set_state(upload, UPLOAD_QUEUED);
    save_unfinished(uploads);
    schedule(uploads);
    return upload;
}

void upload_cancel(Upload *upload)
{
    if (!is_unfinished(upload) && upload->state != UPLOAD_FAILED) /* of one that failed nobody hopes for a retry any more */
        return;
    if (upload->call)
        upload->call->abandon = true;
    if (is_unfinished(upload) && *upload->task && server_online(upload->server))
        abandon(upload->uploads, upload->server, upload->task);
    end_upload(upload, UPLOAD_CANCELLED, NULL);
}

void upload_retry(Upload *upload, bool replace)
{
    if (is_running(upload) || upload->state == UPLOAD_QUEUED || upload->state == UPLOAD_DONE)
        return;
    upload->replace = upload->replace || replace;
    upload->tries = 0;
    upload->next_try = 0;
    upload->done = 0;
    error_clear(&upload->error);
    set_state(upload, UPLOAD_QUEUED);
    save_unfinished(upload->uploads);
    schedule(upload->uploads);
}

void upload_dismiss(Upload *upload)
{
    if (is_unfinished(upload))
        return;
    if (upload->state == UPLOAD_FAILED)
        set_state(upload, UPLOAD_CANCELLED); /* whoever hoped for a retry hears that there is none */
    remove_upload(upload);
}

Server *upload_server(const Upload *upload) { return upload->server; }
const char *upload_datastore(const Upload *upload) { return upload->datastore; }
const char *upload_name(const Upload *upload) { return upload->name; }
const char *upload_task(const Upload *upload) { return upload->task; }
UploadState upload_state(const Upload *upload) { return upload->state; }
int64_t upload_size(const Upload *upload) { return upload->size; }
int64_t upload_done(const Upload *upload) { return upload->done; }
const Error *upload_error(const Upload *upload) { return upload->error.code ? &upload->error : NULL; }
const char *upload_sha256(const Upload *upload) { return upload->state == UPLOAD_DONE ? upload->sha256 : ""; }

int64_t upload_rate(const Upload *upload)
{
    if (upload->sample_count < 2 || upload->state != UPLOAD_SENDING)
        return 0;
    const Sample *first = &upload->samples[0];
    const Sample *last = &upload->samples[upload->sample_count - 1];
    int64_t bytes = last->done - first->done;
    return last->time > first->time && bytes > 0 ? (int64_t)((double)bytes * 1000.0 / (double)(last->time - first->time)) : 0;
}

int64_t upload_time_left(const Upload *upload)
{
    int64_t rate = upload_rate(upload);
    return rate > 0 ? (int64_t)((double)(upload->size - upload->done) * 1000.0 / (double)rate) : -1;
}
