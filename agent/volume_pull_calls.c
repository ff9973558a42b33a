/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * volume.pull: a volume comes straight from the host that offers it. Whoever answers at one of its addresses must have the key. A lost connection is
 * made again for two minutes: longer than the other host may need to notice it and goes on at the same byte; the file has its name only when all of it is here and its digest is right.
 */
#include "agent/digest.h"
#include "agent/journal.h"
#include "agent/peer.h"
#include "agent/request.h"
#include "agent/upload_file.h"
#include "agent/volume_handle.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 5000, RETRY_MS = 120000, PAUSE_MS = 1000, BLOCK_SIZE = 256 << 10, TRIES_MAX = LIMIT_USERS };
#define SIZE_MAX_BYTES (INT64_C(1) << 50)

typedef struct PullJob {
    VolumeHandle place;
    VolumePullParams params;
    unsigned char key[PEER_KEY_BYTES];
    Task *task;
    int file;
    int64_t done; /* bytes that are in the file */
    Digest digest;
} PullJob;

static void pull_free(void *context)
{
    PullJob *job = context;
    volume_handle_clear(&job->place);
    VolumePullParams_clear(&job->params);
    explicit_bzero(job->key, sizeof job->key);
    free(job);
}

/* ---------------------------------------------------------------- connecting */

/* Begins to connect to one address; -1: it cannot be one. */
static int begin_connect(const char *address, int64_t port)
{
    AUTO_FREE char *service = x_printf("%lld", (long long)port);
    struct addrinfo wanted = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *found = NULL;
    if (getaddrinfo(address, service, &wanted, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* A connection that stands is tried with the key. True: it is the other host. */
static bool try_peer(PullJob *job, int fd, Peer **ret, Error *why)
{
    int failed = 0;
    socklen_t size = sizeof failed;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) < 0 || failed) {
        error_clear(why);
        error_set(why, ERR_PEER_UNREACHABLE, job->params.host, "%s", strerror(failed));
        close(fd);
        return false;
    }
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    error_clear(why);
    return peer_open(fd, PEER_CONNECTS, job->key, job->params.host, ret, why) == 0;
}

/* Waits for the first of the connections that is the other host. */
static void choose(PullJob *job, struct pollfd *waits, size_t count, Peer **ret, Error *why)
{
    int64_t until = clock_ms() + CONNECT_MS;
    size_t left = count;
    while (left && !*ret && clock_ms() < until && !task_cancelled(job->task)) {
        if (poll(waits, count, 200) <= 0)
            continue;
        for (size_t i = 0; i < count && !*ret; i++) {
            if (waits[i].fd < 0 || !waits[i].revents)
                continue;
            try_peer(job, waits[i].fd, ret, why);
            waits[i].fd = -1;
            left--;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (waits[i].fd >= 0)
            close(waits[i].fd);
}

/* All addresses at once: which of them lead from here to there, nobody knows. */
static int reach(PullJob *job, Peer **ret, Error *err)
{
    struct pollfd waits[TRIES_MAX];
    size_t count = 0;
    AUTO(error_clear) Error why = { 0 };
    *ret = NULL;
    for (size_t i = 0; i < job->params.addresses.count && count < TRIES_MAX; i++) {
        int fd = begin_connect(job->params.addresses.items[i], job->params.port);
        if (fd >= 0)
            waits[count++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
    }
    choose(job, waits, count, ret, &why);
    int code = task_check(job->task, err);
    if (code == 0 && !*ret)
        code = error_set(err, ERR_PEER_UNREACHABLE, job->params.host, "%s", why.cause ? why.cause : "none of its addresses answers");
    if (code < 0 && *ret)
        peer_close(TAKE_PTR(*ret));
    return code;
}

/* ---------------------------------------------------------------- what comes */

static int wrong(const PullJob *job, const char *why, Error *err) { return error_set(err, ERR_FETCH_FAILED, job->params.name, "%s", why); }

static int write_block(PullJob *job, const char *bytes, size_t count, Error *err)
{
    int code = volume_handle_write(&job->place, job->file, bytes, count, job->done, err);
    if (code < 0)
        return code;
    digest_add(&job->digest, bytes, count);
    job->done += (int64_t)count;
    task_progress(job->task, job->done, job->params.size);
    return 0;
}

static int take_data(PullJob *job, Peer *peer, int64_t length, Error *err)
{
    AUTO_FREE char *block = x_calloc(1, BLOCK_SIZE);
    int code = length <= job->params.size - job->done ? 0 : wrong(job, "it is longer than the other host has said", err);
    while (length && code == 0) {
        size_t step = length < BLOCK_SIZE ? (size_t)length : BLOCK_SIZE;
        code = peer_receive(peer, job->task, block, step, err);
        if (code == 0)
            code = write_block(job, block, step, err);
        length -= (int64_t)step;
    }
    return code;
}

/* The file gets its length at the end; what was never written is a hole. */
static int take_hole(PullJob *job, int64_t length, Error *err)
{
    AUTO_FREE char *zeros = x_calloc(1, BLOCK_SIZE);
    int code = length <= job->params.size - job->done ? 0 : wrong(job, "it is longer than the other host has said", err);
    while (length && code == 0) {
        size_t step = length < BLOCK_SIZE ? (size_t)length : BLOCK_SIZE;
        digest_add(&job->digest, zeros, step);
        job->done += (int64_t)step;
        length -= (int64_t)step;
        task_progress(job->task, job->done, job->params.size);
        code = task_check(job->task, err);
    }
    return code;
}

static int take_end(PullJob *job, Peer *peer, int64_t length, Error *err)
{
    unsigned char theirs[DIGEST_BYTES], ours[DIGEST_BYTES];
    char text[LIMIT_DIGEST + 1];
    int code = length == sizeof theirs ? peer_receive(peer, job->task, theirs, sizeof theirs, err) : wrong(job, "it ends in a way that is not understood", err);
    if (code < 0)
        return code;
    digest_bytes(&job->digest, ours);
    digest_text(&job->digest, text);
    if (job->done != job->params.size || memcmp(theirs, ours, sizeof ours) != 0)
        return wrong(job, "what has come is not what the other host has", err);
    if (ftruncate(job->file, job->params.size) < 0 || fchmod(job->file, upload_mode(job->file)) < 0)
        return error_set(err, ERR_IO, job->params.name, "%s", strerror(errno));
    task_result(job->task, text);
    return 0;
}

static int take_failure(PullJob *job, Peer *peer, int64_t length, Error *err)
{
    char text[LIMIT_TEXT + 1] = "";
    int code = length <= LIMIT_TEXT ? peer_receive(peer, job->task, text, (size_t)length, err) : wrong(job, "the other host gave up", err);
    return code < 0 ? code : wrong(job, text, err);
}

/* It is here: its name first, then the other host may forget it. */
static int finish(PullJob *job, Peer *peer, const char *part, Error *err)
{
    Error ignored = { 0 };
    int code = volume_handle_commit(&job->place, part, err);
    if (code == 0)
        (void)peer_send_head(peer, job->task, PEER_THANKS, 0, &ignored);
    error_clear(&ignored);
    return code;
}

/* One connection. ERR_PEER_UNREACHABLE: another one may go on. */
static int take_all(PullJob *job, Peer *peer, const char *part, Error *err)
{
    int code = peer_send_head(peer, job->task, PEER_FROM, job->done, err);
    while (code == 0) {
        PeerKind kind = PEER_FAILED;
        int64_t length = 0;
        code = peer_receive_head(peer, job->task, &kind, &length, err);
        if (code < 0)
            return code;
        if (kind == PEER_END) {
            code = take_end(job, peer, length, err);
            return code < 0 ? code : finish(job, peer, part, err);
        }
        code = kind == PEER_DATA ? take_data(job, peer, length, err)
            : kind == PEER_HOLE ? take_hole(job, length, err)
            : kind == PEER_FAILED ? take_failure(job, peer, length, err) : wrong(job, "the other host sends what is not understood", err);
    }
    return code;
}

/* ---------------------------------------------------------------- the task */

static int open_part(PullJob *job, const char *part, Error *err)
{
    digest_start(&job->digest);
    job->file = open(part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return job->file < 0 ? error_set(err, ERR_IO, job->params.name, "%s", strerror(errno)) : 0;
}

/* Until all has come. The first connection must stand at once: if it does not, the client carries the volume. */
static int pull(PullJob *job, const char *part, Error *err)
{
    Peer *peer = NULL;
    int code = reach(job, &peer, err);
    if (code == 0)
        code = open_part(job, part, err);
    if (code < 0) {
        peer_close(peer);
        return code;
    }
    int64_t until = clock_ms() + RETRY_MS;
    for (;;) {
        int64_t before = job->done;
        if (peer)
            code = take_all(job, peer, part, err);
        peer_close(TAKE_PTR(peer));
        until = job->done > before ? clock_ms() + RETRY_MS : until;
        if (code != ERR_PEER_UNREACHABLE || clock_ms() > until)
            return code;
        error_clear(err);
        (void)task_wait(job->task, PAUSE_MS);
        code = reach(job, &peer, err);
    }
}

static int pull_run(Task *task, void *context, Error *err)
{
    PullJob *job = context;
    JournalEntry *entry = NULL;
    job->task = task;
    int code = journal_begin(job->place.agent->journal, JOURNAL_MAKE, job->place.owner, NULL, &entry, err);
    if (code < 0)
        return code;
    AUTO_FREE char *part = volume_handle_part(&job->place, journal_id(entry));
    code = journal_file(entry, part, err);
    if (code == 0)
        code = pull(job, part, err);
    if (job->file >= 0)
        close(job->file);
    if (code < 0)
        unlink(part);
    journal_end(entry);
    volume_handle_changed(&job->place);
    return code;
}

/* ---------------------------------------------------------------- volume.pull */

static int check_params(const VolumePullParams *params, Error *err)
{
    if (params->port < 1 || params->port > 65535)
        return error_set(err, ERR_INVALID_PARAMS, params->host, "a port is a number from 1 to 65535");
    if (strlen(params->key) != LIMIT_DIGEST)
        return error_set(err, ERR_INVALID_PARAMS, params->host, "the key is not one");
    if (params->size < 0 || params->size > SIZE_MAX_BYTES || params->allocation < 0 || params->allocation > params->size)
        return error_set(err, ERR_INVALID_PARAMS, params->name, "the size must be from 0 to 2^50 bytes");
    return peer_check(err);
}

int handle_volume_pull(Request *request, const VolumePullParams *params, TaskRef *ret, Error *err)
{
    PullJob *job = x_calloc(1, sizeof *job);
    request_object(request, params->datastore, params->name);
    VolumePullParams_copy(params, &job->params);
    job->file = -1;
    digest_of_text(params->key, job->key);
    int code = check_params(params, err);
    if (code == 0)
        code = volume_handle_new(request->agent, params->datastore, params->name, &job->place, err);
    if (code == 0 && !job->place.direct)
        code = error_set(err, ERR_NOT_SUPPORTED, job->place.datastore.name, "volumes of other hosts come into directories only");
    if (code == 0)
        code = volume_handle_room(&job->place, params->allocation, err);
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, true, pull_run, pull_free, job, ret, err);
    pull_free(job);
    return code;
}
