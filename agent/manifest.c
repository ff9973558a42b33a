/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of files, and comparing them with a manifest: see manifest.h. */
#include "agent/manifest.h"
#include "agent/digest.h"
#include "agent/program.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { BLOCK_SIZE = 1 << 20 };

static int check_stop(const char *name, Task *task, const atomic_bool *stop, Error *err)
{
    if ((stop && *stop) || (task && task_cancelled(task)))
        return error_set(err, ERR_CANCELLED, name, NULL);
    return 0;
}

int file_digest(const ImagePlace *place, const char *name, Task *task, const atomic_bool *stop, char ret[LIMIT_DIGEST + 1], Error *err)
{
    AUTO_FREE unsigned char *block = x_calloc(BLOCK_SIZE, 1);
    Digest digest;
    digest_start(&digest);
    for (int64_t at = 0; at < place->size;) {
        int64_t left = place->size - at;
        ssize_t got = pread(place->fd, block, left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE, place->offset + at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(err, ERR_IO, name, "%s", got < 0 ? strerror(errno) : "it became shorter");
        digest_add(&digest, block, (size_t)got);
        at += got;
        int code = check_stop(name, task, stop, err);
        if (code < 0)
            return code;
    }
    digest_text(&digest, ret);
    return 0;
}

/* Pushes the bytes into the pipe that the program reads. */
typedef struct Feeder {
    ImagePlace place;
    int pipe;
    Task *task;
    const atomic_bool *stop;
} Feeder;

static void *feed(void *context)
{
    Feeder *feeder = context;
    off_t at = (off_t)feeder->place.offset;
    off_t end = at + (off_t)feeder->place.size;
    while (at < end && check_stop("", feeder->task, feeder->stop, NULL) == 0) {
        size_t count = end - at < BLOCK_SIZE ? (size_t)(end - at) : BLOCK_SIZE;
        ssize_t sent = sendfile(feeder->pipe, feeder->place.fd, &at, count);
        if (sent == 0 || (sent < 0 && errno != EINTR))
            break; /* the program has gone, or the file is shorter: the digest will be another one */
    }
    close(feeder->pipe);
    return NULL;
}

/* "0123...  -" of sha1sum and sha512sum. */
static int foreign_digest(const ManifestEntry *entry, const ImagePlace *place, Task *task, const atomic_bool *stop, char **ret, Error *err)
{
    int ends[2];
    pthread_t thread;
    const char *const arguments[] = { entry->bits == 1 ? "sha1sum" : "sha512sum", NULL };
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(err, ERR_IO, entry->file, "%s", strerror(errno));
    Feeder feeder = { *place, ends[1], task, stop };
    bool started = pthread_create(&thread, NULL, feed, &feeder) == 0;
    int code = started ? program_run(&(Program){ .arguments = arguments, .input = ends[0], .task = task }, ret, err)
                       : error_set(err, ERR_BUSY, entry->file, "the host has no more threads");
    close(ends[0]);
    if (started)
        pthread_join(thread, NULL);
    else
        close(ends[1]);
    return code < 0 ? code : check_stop(entry->file, task, stop, err);
}

int manifest_check(const ManifestEntry *entry, const ImagePlace *place, Task *task, const atomic_bool *stop, Error *err)
{
    char ours[LIMIT_DIGEST + 1];
    AUTO_FREE char *theirs = NULL;
    int code = entry->bits == 256 ? file_digest(place, entry->file, task, stop, ours, err) : foreign_digest(entry, place, task, stop, &theirs, err);
    if (code < 0)
        return code;
    const char *found = theirs ? theirs : ours;
    size_t digits = strlen(entry->digest);
    if (strlen(found) >= digits && strncmp(found, entry->digest, digits) == 0)
        return 0;
    return error_set(err, ERR_APPLIANCE_CHECKSUM, entry->file, "it has SHA-%d %.*s", entry->bits, (int)digits, found);
}
