/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * volume.fetch: the host gets a file from a URL. curl of the host does it, since it knows the host's certificates, proxies and protocols; it is
 * run without a shell, may speak https only (http where a digest guards the contents), and writes into a pipe, so that what comes is digested,
 * counted and limited here. The file has its name only when it is complete and right.
 */
#include "agent/digest.h"
#include "agent/journal.h"
#include "agent/program.h"
#include "agent/request.h"
#include "agent/upload_file.h"
#include "agent/volume_handle.h"
#include "agent/volume_locks.h"
#include "agent/volume_use.h"
#include "agent/volumes.h"
#include "agent/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_SIZE = 256 << 10, HEADERS_MAX = 64 << 10 };
#define SIZE_MAX_BYTES (INT64_C(1) << 50)

typedef struct FetchJob {
    VolumeHandle place;
    VolumeFetchParams params;
    char *shown; /* the URL as everybody may see it */
} FetchJob;

/* What curl writes, on a thread of its own. */
typedef struct Intake {
    const FetchJob *job;
    Task *task;
    int pipe;      /* closed by the thread: curl stops then */
    int headers;   /* what the server said before, a file in memory */
    int file;
    int64_t size;
    int64_t total; /* 0: not known */
    Digest digest;
    Error error;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over;
} Intake;

static void fetch_free(void *context)
{
    FetchJob *job = context;
    volume_handle_clear(&job->place);
    VolumeFetchParams_clear(&job->params);
    free(job->shown);
    free(job);
}

/* ---------------------------------------------------------------- what comes */

/* Content-Length of the last answer: redirects have headers, too. */
static int64_t announced_size(int fd)
{
    AUTO_FREE char *text = x_calloc(1, HEADERS_MAX + 1);
    ssize_t got = pread(fd, text, HEADERS_MAX, 0);
    int64_t size = 0;
    if (got <= 0)
        return 0;
    for (char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        if (strncasecmp(line, "HTTP/", 5) == 0)
            size = 0;
        if (strncasecmp(line, "content-length:", 15) == 0)
            size = strtoll(line + 15, NULL, 10);
    }
    return size > 0 && size <= SIZE_MAX_BYTES ? size : 0;
}

static int check_size(Intake *intake, int64_t size)
{
    const FetchJob *job = intake->job;
    int64_t wanted = job->params.size;
    if (wanted && (size > wanted || (intake->total && intake->total != wanted)))
        return error_set(&intake->error, ERR_FETCH_FAILED, job->shown, "it is not %lld bytes long", (long long)wanted);
    if (size > SIZE_MAX_BYTES)
        return error_set(&intake->error, ERR_FETCH_FAILED, job->shown, "it does not end");
    return 0;
}

/* With the first bytes. */
static int learn_size(Intake *intake)
{
    intake->total = announced_size(intake->headers);
    int code = check_size(intake, 0);
    return code == 0 && intake->total ? volume_handle_room(&intake->job->place, intake->total, &intake->error) : code;
}

static int take_block(Intake *intake, const char *bytes, size_t count)
{
    int code = intake->size ? 0 : learn_size(intake);
    if (code == 0)
        code = check_size(intake, intake->size + (int64_t)count);
    if (code == 0)
        code = volume_handle_write(&intake->job->place, intake->file, bytes, count, intake->size, &intake->error);
    if (code < 0)
        return code;
    digest_add(&intake->digest, bytes, count);
    intake->size += (int64_t)count;
    task_progress(intake->task, intake->size, intake->total ? intake->total : intake->job->params.size);
    return 0;
}

static void intake_main(void *context)
{
    Intake *intake = context;
    AUTO_FREE char *block = x_calloc(1, BLOCK_SIZE);
    int code = 0;
    while (code == 0) {
        ssize_t got = read(intake->pipe, block, BLOCK_SIZE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        code = take_block(intake, block, (size_t)got);
    }
    close(intake->pipe);
    pthread_mutex_lock(&intake->lock);
    intake->over = true;
    pthread_cond_signal(&intake->ended);
    pthread_mutex_unlock(&intake->lock);
}

/* ---------------------------------------------------------------- curl */

static bool is_https(const char *url) { return strncasecmp(url, "https://", 8) == 0; }

/* name = "value" as curl reads its options from a file. */
static void put_option(int file, const char *name, const char *value)
{
    dprintf(file, "%s = \"", name);
    for (; *value; value++)
        dprintf(file, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
    dprintf(file, "\"\n");
}

/* Addresses may carry passwords, and anybody on the host sees the words that a program was started with: curl reads them from a file in memory. */
static int write_addresses(const FetchJob *job, Error *err)
{
    int file = memfd_create("addresses", MFD_CLOEXEC);
    if (file < 0)
        return error_set(err, ERR_IO, job->params.name, "%s", strerror(errno));
    if (!str_empty(job->params.proxy))
        put_option(file, "proxy", job->params.proxy);
    put_option(file, "url", job->params.url);
    lseek(file, 0, SEEK_SET);
    return file;
}

static int run_curl(const FetchJob *job, Task *task, int output, int headers, Error *err)
{
    int addresses = write_addresses(job, err);
    if (addresses < 0)
        return addresses;
    const char *protocols = is_https(job->params.url) ? "=https" : "=http,https";
    AUTO_FREE char *header_file = x_printf("/dev/fd/%d", headers);
    const char *const arguments[] = { "curl", "--disable", "--silent", "--show-error", "--fail", "--globoff", "--location", "--max-redirs", "10",
        "--proto", protocols, "--proto-redir", protocols, "--connect-timeout", "30", "--speed-limit", "1", "--speed-time", "60",
        "--dump-header", header_file, "--output", "-", "--write-out", "%{stderr}%{errormsg}\\n", "--config", "-", NULL };
    int code = program_run(&(Program){ .arguments = arguments, .input = addresses, .output = output, .kept = { headers }, .task = task }, NULL, err);
    close(addresses);
    return code;
}

/* The last line is %{errormsg}; older ones end with "curl: (22) The requested URL returned error: 404", which is told without its beginning. */
static int curl_error(const FetchJob *job, Error *err)
{
    AUTO_FREE char *cause = x_strdup(str_or_empty(err->cause));
    const char *text = strncmp(cause, "curl: (", 7) == 0 && strstr(cause, ") ") ? strstr(cause, ") ") + 2 : cause;
    if (err->code != ERR_PROGRAM_FAILED)
        return err->code;
    error_clear(err);
    return error_set(err, ERR_FETCH_FAILED, job->shown, "%s", *text ? text : "curl does not say why");
}

/* Runs curl into the open intake and waits for both. */
static int run_both(FetchJob *job, Intake *intake, int writing, Error *err)
{
    if (!thread_start(intake_main, intake)) {
        close(intake->pipe);
        close(writing);
        return error_set(err, ERR_OUT_OF_MEMORY, NULL, NULL);
    }
    int code = run_curl(job, intake->task, writing, intake->headers, err);
    close(writing);
    pthread_mutex_lock(&intake->lock);
    while (!intake->over)
        pthread_cond_wait(&intake->ended, &intake->lock);
    pthread_mutex_unlock(&intake->lock);
    if (intake->error.code) { /* it is why curl could not go on */
        error_clear(err);
        return error_move(err, &intake->error);
    }
    return code < 0 ? curl_error(job, err) : 0;
}

static int check_whole(const FetchJob *job, const Intake *intake, char digest[LIMIT_DIGEST + 1], Error *err)
{
    const VolumeFetchParams *params = &job->params;
    digest_text(&intake->digest, digest);
    if (params->size && intake->size != params->size)
        return error_set(err, ERR_FETCH_FAILED, job->shown, "it is %lld bytes long, not %lld", (long long)intake->size, (long long)params->size);
    if (!str_empty(params->sha256) && strcasecmp(params->sha256, digest) != 0)
        return error_set(err, ERR_FETCH_FAILED, job->shown, "its SHA-256 is %s", digest);
    return 0;
}

static int fetch_into(FetchJob *job, Task *task, const char *part, Error *err)
{
    int ends[2] = { -1, -1 };
    char digest[LIMIT_DIGEST + 1];
    Intake intake = { .job = job, .task = task, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };
    digest_start(&intake.digest);
    intake.file = open(part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    intake.headers = memfd_create("headers", MFD_CLOEXEC);
    int code = intake.file < 0 || intake.headers < 0 || pipe2(ends, O_CLOEXEC) < 0
        ? error_set(err, ERR_IO, job->params.name, "%s", strerror(errno)) : 0;
    intake.pipe = ends[0];
    if (code == 0)
        code = run_both(job, &intake, ends[1], err);
    if (code == 0)
        code = check_whole(job, &intake, digest, err);
    if (code == 0 && fchmod(intake.file, upload_mode(intake.file)) < 0)
        code = error_set(err, ERR_IO, job->params.name, "%s", strerror(errno));
    if (code == 0)
        task_result(task, digest);
    if (intake.file >= 0)
        close(intake.file);
    if (intake.headers >= 0)
        close(intake.headers);
    error_clear(&intake.error);
    return code;
}

/* ---------------------------------------------------------------- the task */

static int commit(const FetchJob *job, const char *part, Error *err)
{
    const VolumeHandle *place = &job->place;
    if (!job->params.replace)
        return volume_handle_commit(place, part, err);
    VolumeLocks *locks = place->agent->volume_locks;
    int code = volume_lock(locks, place->info.path, place->info.name, "it is being replaced", err);
    if (code < 0)
        return code;
    code = volume_users(place->agent, place->info.path, place->info.name, err);
    if (code == 0)
        code = volume_handle_replace(place, part, err);
    volume_unlock(locks, place->info.path);
    return code;
}

static int fetch_run(Task *task, void *context, Error *err)
{
    FetchJob *job = context;
    JournalEntry *entry = NULL;
    int code = journal_begin(job->place.agent->journal, JOURNAL_MAKE, job->place.owner, NULL, &entry, err);
    if (code < 0)
        return code;
    AUTO_FREE char *part = volume_handle_part(&job->place, journal_id(entry));
    code = journal_file(entry, part, err);
    if (code == 0)
        code = fetch_into(job, task, part, err);
    if (code == 0)
        code = commit(job, part, err);
    if (code < 0)
        unlink(part);
    journal_end(entry);
    volume_handle_changed(&job->place);
    return code;
}

/* ---------------------------------------------------------------- volume.fetch */

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* Without the user and the password that may stand before the host: errors of tasks are told to everybody. */
static char *without_login(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t length = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', length);
    return x_printf("%.*s%s", (int)(host - url), url, at ? at + 1 : host);
}

static int check_url(const VolumeFetchParams *params, const char *shown, Error *err)
{
    bool https = is_https(params->url);
    if ((!https && strncasecmp(params->url, "http://", 7) != 0) || !is_plain(params->url))
        return error_set(err, ERR_INVALID_PARAMS, shown, "an address must begin with https:// or http:// and have no spaces");
    if (!https && str_empty(params->sha256))
        return error_set(err, ERR_INVALID_PARAMS, shown, "without https the SHA-256 of the file must be given, since others may change what comes");
    if (!str_empty(params->sha256) && (strlen(params->sha256) != LIMIT_DIGEST || strspn(params->sha256, "0123456789abcdefABCDEF") != LIMIT_DIGEST))
        return error_set(err, ERR_INVALID_PARAMS, params->sha256, "a SHA-256 has 64 hex digits");
    if (!str_empty(params->proxy) && (!is_plain(params->proxy) || !strstr(params->proxy, "://")))
        return error_set(err, ERR_INVALID_PARAMS, params->name, "a proxy is given like http://proxy:3128");
    if (params->size < 0 || params->size > SIZE_MAX_BYTES)
        return error_set(err, ERR_INVALID_PARAMS, params->name, "the size must be from 0 to 2^50 bytes");
    return 0;
}

/* A new name, or with replace one that nobody uses. */
static int open_place(Request *request, const VolumeFetchParams *params, VolumeHandle *ret, Error *err)
{
    int code = volume_handle_new(request->agent, params->datastore, params->name, ret, err);
    if (code != ERR_VOLUME_EXISTS || !params->replace)
        return code;
    error_clear(err);
    code = volume_handle_open(request->agent, params->datastore, params->name, ret, err);
    if (code == 0)
        code = volume_users(request->agent, ret->info.path, ret->info.name, err);
    if (code == 0)
        code = volume_lock_check(request->agent->volume_locks, ret->info.path, ret->info.name, err);
    return code;
}

int handle_volume_fetch(Request *request, const VolumeFetchParams *params, TaskRef *ret, Error *err)
{
    FetchJob *job = x_calloc(1, sizeof *job);
    request_object(request, params->datastore, params->name);
    VolumeFetchParams_copy(params, &job->params);
    job->shown = without_login(params->url);
    int code = check_url(params, job->shown, err);
    if (code == 0)
        code = open_place(request, params, &job->place, err);
    if (code == 0)
        code = datastore_can(&job->place.datastore, METHOD_volume_fetch, err);
    if (code == 0 && !job->place.direct)
        code = error_set(err, ERR_NOT_SUPPORTED, job->place.datastore.name, "files are fetched into directories only");
    if (code == 0 && !program_exists("curl"))
        code = error_set(err, ERR_PROGRAM_MISSING, "curl", NULL);
    if (code == 0 && params->size)
        code = volume_handle_room(&job->place, params->size, err);
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, true, fetch_run, fetch_free, job, ret, err);
    fetch_free(job);
    return code;
}
