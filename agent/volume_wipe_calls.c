/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * volume.wipe: overwrites what a volume has on the disk with zeros, where it is. Holes stay holes: they hold nothing. A disk image of another
 * format than raw is made anew in its place, empty and of the same size. An agent that was killed meanwhile goes on.
 */
#include "agent/journal.h"
#include "agent/program.h"
#include "agent/request.h"
#include "agent/volume_handle.h"
#include "agent/volume_locks.h"
#include "agent/volume_use.h"
#include "agent/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_SIZE = 1 << 20, SYNC_STEP = 64 << 20 };

typedef struct WipeJob {
    Agent *agent;
    VolumeHandle handle;
    char *name;
    char *path;
    VolumeFormat format;
    int64_t capacity;
    bool locked;
    JournalEntry *entry; /* of an agent that was killed; NULL: begins its own */
} WipeJob;

static void wipe_free(void *context)
{
    WipeJob *job = context;
    if (job->locked)
        volume_unlock(job->agent->volume_locks, job->path);
    volume_handle_clear(&job->handle);
    free(job->name);
    free(job->path);
    free(job);
}

static int io_error(const WipeJob *job, Error *err) { return error_set(err, ERR_IO, job->name, "%s", strerror(errno)); }

static int write_zeros(const WipeJob *job, int fd, const char *zeros, int64_t at, int64_t end, Error *err)
{
    while (at < end) {
        ssize_t written = pwrite(fd, zeros, end - at < BLOCK_SIZE ? (size_t)(end - at) : BLOCK_SIZE, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return io_error(job, err);
        at += written;
    }
    return 0;
}

static int wipe_range(Task *task, const WipeJob *job, int fd, int64_t at, int64_t end, int64_t size, Error *err)
{
    AUTO_FREE char *zeros = x_calloc(BLOCK_SIZE, 1);
    while (at < end) {
        int64_t step = end - at < SYNC_STEP ? end - at : SYNC_STEP;
        int code = write_zeros(job, fd, zeros, at, at + step, err);
        if (code == 0 && fdatasync(fd) < 0)
            code = io_error(job, err);
        if (code == 0)
            code = task_check(task, err);
        if (code < 0)
            return code;
        at += step;
        task_progress(task, at, size);
    }
    return 0;
}

static int wipe_all(Task *task, const WipeJob *job, int fd, Error *err)
{
    int64_t size = lseek(fd, 0, SEEK_END);
    int code = size < 0 ? io_error(job, err) : 0;
    for (int64_t at = 0; code == 0 && at < size;) {
        int64_t data = lseek(fd, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            break;
        int64_t from = data < 0 ? at : data;
        int64_t hole = data < 0 ? size : lseek(fd, from, SEEK_HOLE);
        at = hole > from ? hole : size;
        code = wipe_range(task, job, fd, from, at, size, err);
    }
    return code;
}

static int open_file(const WipeJob *job, Error *err)
{
    int links = strncmp(job->path, "/dev/", 5) == 0 ? 0 : O_NOFOLLOW; /* block devices have names that are links */
    int fd = open(job->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | links);
    return fd < 0 ? io_error(job, err) : fd;
}

/* An empty image again; its old clusters are zeros on the disk by now. Also when the wiping was cancelled: the old one is gone. What was wiped is
 * what is written, whatever its path leads to meanwhile: whoever owns the folder may have put a link there. */
static int format_again(const WipeJob *job, int fd, Error *err)
{
    if (job->format == VOLUME_FORMAT_RAW || job->format == VOLUME_FORMAT_ISO || job->format == VOLUME_FORMAT_UNKNOWN)
        return 0;
    AUTO_FREE char *size = x_printf("%lld", (long long)job->capacity);
    AUTO_FREE char *file = x_printf("/dev/fd/%d", fd);
    const char *const arguments[] = { "qemu-img", "create", "-q", "-f", VolumeFormat_name(job->format), file, size, NULL };
    return program_run(&(Program){ .arguments = arguments, .kept = { fd } }, NULL, err);
}

static int wipe_file(Task *task, const WipeJob *job, Error *err)
{
    int fd = open_file(job, err);
    if (fd < 0)
        return fd;
    int code = wipe_all(task, job, fd, err);
    if (code == 0 || code == ERR_CANCELLED)
        code = format_again(job, fd, code == 0 ? err : NULL) < 0 && code == 0 ? err->code : code;
    close(fd);
    return code;
}

static json_t *facts_of(const WipeJob *job)
{
    return json_pack("{s:s, s:s, s:s, s:I}", "name", job->name, "path", job->path, "format", VolumeFormat_name(job->format), "capacity",
                     (json_int_t)job->capacity);
}

static int wipe_run(Task *task, void *context, Error *err)
{
    WipeJob *job = context;
    int code = 0;
    if (!job->entry)
        code = journal_begin(job->agent->journal, "volume.wipe", job->handle.owner, facts_of(job), &job->entry, err);
    if (code == 0)
        code = wipe_file(task, job, err);
    journal_end(job->entry);
    if (job->handle.pool)
        volume_handle_changed(&job->handle);
    return code;
}

static int check(WipeJob *job, Error *err)
{
    VolumeUse use;
    volume_use_read(job->agent, job->path, &use);
    int code = volume_use_none(&use, job->name, err);
    volume_use_clear(&use);
    struct stat status;
    if (code == 0 && lstat(job->path, &status) < 0)
        code = io_error(job, err);
    if (code == 0 && !S_ISREG(status.st_mode) && stat(job->path, &status) == 0 && !S_ISBLK(status.st_mode))
        code = error_set(err, ERR_NOT_SUPPORTED, job->name, "it is neither a file nor a block device");
    if (code == 0)
        code = volume_lock(job->agent->volume_locks, job->path, job->name, "it is being wiped", err);
    job->locked = code == 0;
    return code;
}

int handle_volume_wipe(Request *request, const VolumeRef *params, TaskRef *ret, Error *err)
{
    WipeJob *job = x_calloc(1, sizeof *job);
    job->agent = request->agent;
    request_object(request, params->datastore, params->volume);
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &job->handle, err);
    if (code == 0)
        code = datastore_can(&job->handle.datastore, METHOD_volume_wipe, err);
    if (code == 0) {
        const VolumeInfo *info = &job->handle.info;
        job->name = x_strdup(info->name);
        job->path = x_strdup(info->path);
        job->format = info->format;
        job->capacity = info->capacity;
        code = check(job, err);
    }
    if (code == 0)
        return request_task(request, OBJECT_VOLUME, true, wipe_run, wipe_free, job, ret, err);
    wipe_free(job);
    return code;
}

int journal_recover_wipe(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err)
{
    (void)owner, (void)conn;
    json_t *facts = journal_facts(entry);
    const char *name = json_string_value(json_object_get(facts, "name"));
    const char *path = json_string_value(json_object_get(facts, "path"));
    if (!name || !path || access(path, F_OK) < 0) /* somebody has deleted it */
        return JOURNAL_DONE;
    WipeJob *job = x_calloc(1, sizeof *job);
    *job = (WipeJob){ .agent = agent, .name = x_strdup(name), .path = x_strdup(path), .entry = entry,
                      .format = VolumeFormat_parse(json_string_value(json_object_get(facts, "format"))),
                      .capacity = json_integer_value(json_object_get(facts, "capacity")) };
    job->locked = volume_lock(agent->volume_locks, path, name, "it is being wiped", NULL) == 0;
    TaskSpec spec = { .method = METHOD_volume_wipe, .kind = OBJECT_VOLUME, .object_name = name, .user = "poolagentd", .cancellable = true,
                      .run = wipe_run, .release = wipe_free, .context = job };
    TaskRef task = { 0 };
    int code = task_start(agent->tasks, &spec, &task, err);
    TaskRef_clear(&task);
    return code < 0 ? code : JOURNAL_TAKEN;
}
