/* SPDX-License-Identifier: GPL-3.0-or-later */
/* volume.digest: a client finds out whether a file that it is about to upload is there already. The hashing is a task of its own. */
#include "agent/digest.h"
#include "agent/drivers.h"
#include "agent/request.h"
#include "agent/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_SIZE = 1 << 20 };

typedef struct DigestJob {
    char *name;
    char *path;
} DigestJob;

static void digest_free(void *context)
{
    DigestJob *job = context;
    free(job->name);
    free(job->path);
    free(job);
}

static int read_all(Task *task, const DigestJob *job, int fd, int64_t size, Digest *digest, Error *err)
{
    AUTO_FREE unsigned char *block = x_calloc(BLOCK_SIZE, 1);
    int64_t done = 0;
    for (;;) {
        ssize_t got = read(fd, block, BLOCK_SIZE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERR_IO, job->name, "%s", strerror(errno));
        if (got == 0)
            return 0;
        digest_add(digest, block, (size_t)got);
        done += got;
        task_progress(task, done, size);
        int code = task_check(task, err);
        if (code < 0)
            return code;
    }
}

/* Only a file: a link could lead out of the datastore, a device or a pipe could wait for ever. */
static int digest_run(Task *task, void *context, Error *err)
{
    const DigestJob *job = context;
    struct stat facts;
    int fd = open(job->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERR_IO, job->name, "%s", strerror(errno));
    int code = fstat(fd, &facts) < 0 ? error_set(err, ERR_IO, job->name, "%s", strerror(errno)) : 0;
    if (code == 0 && !S_ISREG(facts.st_mode))
        code = error_set(err, ERR_NOT_SUPPORTED, job->name, "it is not a file");
    Digest digest;
    digest_start(&digest);
    if (code == 0)
        code = read_all(task, job, fd, facts.st_size, &digest, err);
    close(fd);
    char text[LIMIT_DIGEST + 1];
    digest_text(&digest, text);
    if (code == 0)
        task_result(task, text);
    return code;
}

/* Where libvirt says the volume is. */
static int find_path(Request *request, const VolumeRef *params, char **ret, Error *err)
{
    DatastoreInfo datastore;
    AUTO_POOL pool = NULL;
    virStorageVolPtr volume = NULL;
    int code = datastore_active(request->agent, params->datastore, &datastore, err);
    if (code < 0)
        return code;
    DatastoreInfo_clear(&datastore);
    code = drivers_datastore(request->agent->drivers, params->datastore, &pool, NULL, err);
    if (code == 0)
        code = volume_find(pool, params->volume, &volume, err);
    if (code < 0)
        return code;
    *ret = virStorageVolGetPath(volume);
    code = *ret ? 0 : virt_error(err, params->volume);
    virStorageVolFree(volume);
    return code;
}

int handle_volume_digest(Request *request, const VolumeRef *params, TaskRef *ret, Error *err)
{
    char *path = NULL;
    request_object(request, params->datastore, params->volume);
    int code = find_path(request, params, &path, err);
    if (code < 0)
        return code;
    DigestJob *job = x_calloc(1, sizeof *job);
    *job = (DigestJob){ .name = x_strdup(params->volume), .path = path };
    return request_task(request, OBJECT_VOLUME, true, digest_run, digest_free, job, ret, err);
}
