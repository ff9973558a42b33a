/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copies from host to host: see copying.h. Straight: volume.offer -> volume.pull -> its task. Through this computer, one attempt: both connections stand ->
 * upload.begin -> volume.download from where the upload is -> bytes -> the download's task, whose result is the digest -> upload.finish. UI thread.
 */
#include "client/core/copying.h"
#include "client/core/bulk_line.h"
#include "client/core/log.h"
#include "client/core/parts.h"
#include "client/core/port.h"
#include "client/core/relay_stream.h"
#include "client/core/server_private.h"
#include "protocol/rpc.h"

#include <stdlib.h>

enum { TICK_MS = 250, TRIES_MAX = 8 };

struct Copying {
    Core *core;
    Server *from, *to;
    char *from_datastore, *volume, *to_datastore, *name;
    VolumeOffer offer;
    char *pull;          /* task on the target; NULL: none */
    char *upload;        /* id on the target; NULL: none */
    char *upload_ticket;
    int64_t offset;
    char *download;      /* task on the source; NULL: none */
    char *sha256;
    RelayStream *stream; /* NULL: none runs */
    RelayStream *ending; /* given up, its thread is not done yet */
    bool through_client, restart, cancelled;
    bool over;           /* only what is left on the target has to go */
    int64_t done_bytes, attempt_from;
    int64_t next_try;    /* monotonic; 0: runs */
    int tries;
    Error failure;       /* what broke the attempt, while the agents are asked; in the end what ended it */
    CopyingDone *done;
    void *context;
};

static const CoreObserver observer;

static void tick(void *context);
static void attempt(Copying *copying);

/* ---- ending */

static void cancel_task(Server *server, char **task)
{
    AUTO_FREE char *id = TAKE_PTR(*task);
    TaskRef params = { .task = id };
    if (id && server_online(server))
        call_task_cancel(server, &params, NULL, NULL, NULL);
}

static void drop_stream(Copying *copying)
{
    relay_stream_free(TAKE_PTR(copying->ending));
    copying->ending = TAKE_PTR(copying->stream);
    if (copying->ending)
        relay_stream_end(copying->ending);
}

static void stream_over(void *context, RelayStream *stream)
{
    Copying *copying = context;
    if (copying->ending == stream)
        copying->ending = NULL;
    relay_stream_free(stream);
}

static void free_copying(Copying *copying)
{
    VolumeOffer_clear(&copying->offer);
    error_clear(&copying->failure);
    free(copying->from_datastore);
    free(copying->volume);
    free(copying->to_datastore);
    free(copying->name);
    free(copying->pull);
    free(copying->upload);
    free(copying->upload_ticket);
    free(copying->download);
    free(copying->sha256);
    free(copying);
}

/* Nothing of the attempt calls any more. */
static void stop(Copying *copying)
{
    core_every(copying->core, 0, tick, copying);
    core_forget(copying->core, copying);
    relay_stream_free(TAKE_PTR(copying->stream));
    relay_stream_free(TAKE_PTR(copying->ending));
    mailbox_forget(core_mailbox(copying->core), copying);
}

static void finish(Copying *copying)
{
    stop(copying);
    core_unobserve(copying->core, &observer, copying);
    if (copying->done)
        copying->done(copying->context, copying, copying->failure.code ? &copying->failure : NULL);
    free_copying(copying);
}

static void on_abandoned(void *context, Empty *result, const Error *error)
{
    (void)result, (void)error; /* what could not be removed there is swept up by the agent */
    finish(context);
}

/* Without an error it has ended well. Otherwise what there is of the copy goes first. */
static void end(Copying *copying, const Error *error)
{
    Error why = { 0 };
    if (error)
        error_copy(&why, error); /* it may be our own */
    error_clear(&copying->failure);
    error_move(&copying->failure, &why);
    copying->over = true;
    stop(copying);
    if (copying->failure.code) {
        log_error("copying a volume to another host", &copying->failure);
        cancel_task(copying->from, &copying->offer.task);
        cancel_task(copying->from, &copying->download);
        cancel_task(copying->to, &copying->pull);
    }
    UploadRef params = { .upload = copying->upload };
    if (copying->failure.code && copying->upload && server_online(copying->to))
        call_upload_abandon(copying->to, &params, on_abandoned, copying, copying);
    else
        finish(copying);
}

static void end_cancelled(Copying *copying)
{
    AUTO(error_clear) Error why = { 0 };
    error_set(&why, ERR_CANCELLED, copying->volume, NULL);
    end(copying, &why);
}

/* What a task ended with; false: it has done its work. */
static bool task_failed(const TaskInfo *task, const Error *error, Error *ret)
{
    if (error)
        error_copy(ret, error);
    else if (task->error)
        error_from_info(task->error, ret);
    else if (task->state != TASK_STATE_DONE)
        error_set(ret, ERR_CANCELLED, task->object_name, NULL);
    return ret->code != 0;
}

/* ---- through this computer */

static bool may_pass(int code)
{
    return bulk_may_pass(code) || code == ERR_UPLOAD_NOT_FOUND || code == ERR_UPLOAD_INCOMPLETE || code == ERR_UPLOAD_BUSY;
}

static bool online(const Copying *copying) { return server_online(copying->from) && server_online(copying->to); }

static void try_again(Copying *copying)
{
    bool moved = copying->attempt_from >= 0 && copying->done_bytes > copying->attempt_from;
    copying->tries = moved ? 1 : copying->tries + 1;
    core_forget(copying->core, copying);
    drop_stream(copying);
    cancel_task(copying->from, &copying->download);
    copying->next_try = port_monotonic_ms() + bulk_pause_ms(copying->tries);
    core_every(copying->core, TICK_MS, tick, copying);
}

static void fail(Copying *copying, const Error *error)
{
    AUTO(error_clear) Error why = { 0 };
    error_copy(&why, error); /* it may be the stream's */
    if (may_pass(why.code) && (copying->tries < TRIES_MAX || !online(copying)))
        try_again(copying);
    else
        end(copying, &why);
}

static void tick(void *context)
{
    Copying *copying = context;
    if (copying->next_try > port_monotonic_ms() || !online(copying))
        return;
    core_every(copying->core, 0, tick, copying);
    attempt(copying);
}

static void succeed(Copying *copying)
{
    free(TAKE_PTR(copying->upload));
    end(copying, NULL);
}

static void on_finished(void *context, VolumeInfo *result, const Error *error)
{
    (void)result;
    if (error)
        fail(context, error);
    else
        succeed(context);
}

static void on_compared(void *context, const TaskInfo *task, const Error *error)
{
    Copying *copying = context;
    AUTO(error_clear) Error why = { 0 };
    if (error) {
        fail(copying, error);
    } else if (task->state == TASK_STATE_DONE && str_equal(task->result, copying->sha256)) {
        succeed(copying);
    } else {
        error_set(&why, ERR_VOLUME_EXISTS, copying->name, NULL);
        end(copying, &why);
    }
}

static void on_compare(void *context, TaskRef *task, const Error *error)
{
    Copying *copying = context;
    if (error)
        fail(copying, error);
    else
        server_follow_task(copying->to, task->task, on_compared, copying, copying);
}

/* A volume of that name is there. If the connection broke while the agent finished an earlier attempt, it is ours: its digest tells. */
static void compare(Copying *copying)
{
    VolumeRef params = { .datastore = copying->to_datastore, .volume = copying->name };
    drop_stream(copying);
    call_volume_digest(copying->to, &params, on_compare, copying, copying);
}

static void on_download_ended(void *context, const TaskInfo *task, const Error *error)
{
    Copying *copying = context;
    AUTO(error_clear) Error why = { 0 };
    if (task_failed(task, error, &why)) {
        fail(copying, &why);
        return;
    }
    free(TAKE_PTR(copying->download));
    free(copying->sha256);
    copying->sha256 = x_strdup(str_or_empty(task->result));
    UploadFinishParams params = { .upload = copying->upload, .sha256 = copying->sha256 };
    call_upload_finish(copying->to, &params, on_finished, copying, copying);
}

static void on_download(void *context, DownloadTicket *result, const Error *error)
{
    Copying *copying = context;
    AUTO(error_clear) Error why = { 0 };
    if (error) {
        fail(copying, error);
        return;
    }
    copying->download = TAKE_PTR(result->task);
    if (result->size != copying->offer.size) {
        error_set(&why, ERR_FILE_CHANGED, copying->volume, NULL);
        end(copying, &why);
        return;
    }
    relay_stream_give_tickets(copying->stream, result->ticket, copying->upload_ticket, copying->offset, result->size);
}

static void on_upload(void *context, UploadTicket *result, const Error *error)
{
    Copying *copying = context;
    if (error && error->code == ERR_VOLUME_EXISTS && copying->sha256) {
        compare(copying);
        return;
    }
    if (error) {
        fail(copying, error);
        return;
    }
    free(copying->upload);
    free(copying->upload_ticket);
    copying->upload = TAKE_PTR(result->upload);
    copying->upload_ticket = TAKE_PTR(result->ticket);
    copying->offset = result->offset;
    copying->restart = false;
    VolumeDownloadParams params = { .datastore = copying->from_datastore, .volume = copying->volume, .offset = copying->offset };
    call_volume_download(copying->from, &params, on_download, copying, copying);
}

static void begin_upload(Copying *copying)
{
    UploadBeginParams params = { .datastore = copying->to_datastore, .name = copying->name, .size = copying->offer.size, .restart = copying->restart };
    call_upload_begin(copying->to, &params, on_upload, copying, copying);
}

/* Its agent knows better why its side ended (somebody cancelled it, the disk is full), unless it only saw the connection break, too. */
static void learned_why(Copying *copying, const TaskInfo *task, const Error *error)
{
    AUTO(error_clear) Error why = { 0 };
    bool told = !error && task_failed(task, NULL, &why) && !may_pass(why.code) && why.code != ERR_IO;
    if (told)
        end(copying, &why);
    else
        fail(copying, &copying->failure);
}

static void on_upload_ended(void *context, const TaskInfo *task, const Error *error) { learned_why(context, task, error); }

static void on_source_ended(void *context, const TaskInfo *task, const Error *error)
{
    Copying *copying = context;
    if (!error && task->state == TASK_STATE_CANCELLED)
        learned_why(copying, task, NULL);
    else
        server_follow_task(copying->to, copying->upload, on_upload_ended, copying, copying);
}

static void stream_failed(Copying *copying, const Error *error)
{
    if (error->code != ERR_CONNECTION_LOST || !copying->download || !copying->upload || !online(copying)) {
        fail(copying, error);
        return;
    }
    error_clear(&copying->failure);
    error_copy(&copying->failure, error);
    drop_stream(copying);
    server_follow_task(copying->from, copying->download, on_source_ended, copying, copying);
}

static void stream_news(void *context, RelayStream *stream)
{
    Copying *copying = context;
    RelayNews news = { 0 };
    if (stream != copying->stream)
        return;
    relay_stream_read(stream, &news);
    bool begins = news.phase == RELAY_CONNECTED && !copying->download && copying->attempt_from < 0 && !copying->upload_ticket;
    if (news.phase == RELAY_SENDING || news.phase == RELAY_SENT) {
        copying->attempt_from = copying->attempt_from < 0 ? copying->offset : copying->attempt_from;
        copying->done_bytes = news.done;
    }
    if (begins) {
        begin_upload(copying);
    } else if (news.phase == RELAY_DIFFERS) {
        copying->restart = true;
        try_again(copying);
    } else if (news.phase == RELAY_SENT && copying->download) {
        server_follow_task(copying->from, copying->download, on_download_ended, copying, copying);
    } else if (news.phase == RELAY_FAILED) {
        stream_failed(copying, &news.error);
    }
    error_clear(&news.error);
}

static void attempt(Copying *copying)
{
    RelayJob job = { .mailbox = core_mailbox(copying->core), .owner = copying, .news = stream_news, .over = stream_over, .context = copying };
    bulk_login_init(copying->from, &job.from);
    bulk_login_init(copying->to, &job.to);
    copying->next_try = 0;
    copying->attempt_from = -1;
    free(TAKE_PTR(copying->upload_ticket));
    copying->stream = relay_stream_start(&job);
}

static void go_through(Copying *copying)
{
    copying->through_client = true;
    cancel_task(copying->from, &copying->offer.task);
    free(TAKE_PTR(copying->pull));
    attempt(copying);
}

/* ---- straight */

/* The target, its user or its agent cannot do it, or the way is closed; anything else would be wrong through this computer, too. */
static bool way_is_closed(int code)
{
    return code == ERR_PEER_UNREACHABLE || code == ERR_ACCESS_DENIED || code == ERR_METHOD_NOT_FOUND || code == ERR_NOT_SUPPORTED;
}

static void on_pulled(void *context, const TaskInfo *task, const Error *error)
{
    Copying *copying = context;
    AUTO(error_clear) Error why = { 0 };
    if (!task_failed(task, error, &why)) {
        copying->sha256 = x_strdup(str_or_empty(task->result));
        end(copying, NULL);
    } else if (way_is_closed(why.code) && !copying->cancelled) {
        go_through(copying);
    } else {
        end(copying, &why);
    }
}

static void on_pull(void *context, TaskRef *task, const Error *error)
{
    Copying *copying = context;
    if (error && way_is_closed(error->code)) {
        go_through(copying);
    } else if (error) {
        end(copying, error);
    } else {
        copying->pull = x_strdup(task->task);
        server_follow_task(copying->to, copying->pull, on_pulled, copying, copying);
    }
}

static void begin_pull(Copying *copying)
{
    VolumeOffer *offer = &copying->offer;
    VolumePullParams params = { .datastore = copying->to_datastore, .name = copying->name, .host = (char *)(uintptr_t)server_name(copying->from),
                                .port = offer->port, .key = offer->key, .size = offer->size, .allocation = offer->allocation };
    StrList_add(&params.addresses, server_config(copying->from)->host); /* as this computer knows it; the target may, too */
    for (size_t i = 0; i < offer->addresses.count && params.addresses.count < LIMIT_USERS; i++)
        StrList_add(&params.addresses, offer->addresses.items[i]);
    call_volume_pull(copying->to, &params, on_pull, copying, copying);
    StrList_clear(&params.addresses);
}

static void on_offer(void *context, VolumeOffer *offer, const Error *error)
{
    Copying *copying = context;
    if (error) {
        end(copying, error);
        return;
    }
    copying->offer = *offer;
    *offer = (VolumeOffer){ 0 };
    if (copying->through_client || !copying->offer.port)
        go_through(copying);
    else
        begin_pull(copying);
}

/* ---- the core's side */

static void on_server_removed(void *context, Server *server)
{
    Copying *copying = context;
    AUTO(error_clear) Error why = { 0 };
    if (server != copying->from && server != copying->to)
        return;
    error_set(&why, ERR_CANCELLED, copying->volume, NULL); /* the user wanted it */
    if (copying->over)
        finish(copying);
    else
        end(copying, &why);
}

static void on_core_ends(void *context, Core *core)
{
    Copying *copying = context;
    stop(copying);
    core_unobserve(core, &observer, copying);
    free_copying(copying);
}

static const CoreObserver observer = { .server_removed = on_server_removed, .core_ends = on_core_ends };

Copying *copying_start(Core *core, const CopyingPlan *plan, CopyingDone *done, void *context)
{
    Copying *copying = x_calloc(1, sizeof *copying);
    *copying = (Copying){ .core = core, .from = plan->from, .to = plan->to, .from_datastore = x_strdup(plan->from_datastore), .volume = x_strdup(plan->volume),
                          .to_datastore = x_strdup(plan->to_datastore), .name = x_strdup(plan->name), .through_client = plan->through_client, .attempt_from = -1,
                          .done = done, .context = context };
    VolumeRef params = { .datastore = copying->from_datastore, .volume = copying->volume };
    core_observe(core, &observer, copying);
    call_volume_offer(copying->from, &params, on_offer, copying, copying);
    return copying;
}

void copying_cancel(Copying *copying)
{
    copying->cancelled = true;
    if (copying->over)
        return;
    if (copying->pull) { /* its task says how it ended */
        AUTO_FREE char *task = x_strdup(copying->pull);
        TaskRef params = { .task = task };
        call_task_cancel(copying->to, &params, NULL, NULL, NULL);
    } else {
        end_cancelled(copying);
    }
}

Server *copying_from(const Copying *copying) { return copying->from; }
Server *copying_to(const Copying *copying) { return copying->to; }
const char *copying_volume(const Copying *copying) { return copying->volume; }
bool copying_straight(const Copying *copying) { return !copying->through_client; }
int64_t copying_size(const Copying *copying) { return copying->offer.size; }
const char *copying_sha256(const Copying *copying) { return str_or_empty(copying->sha256); }
