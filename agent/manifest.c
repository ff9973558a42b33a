/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests: see manifest.h. */
#include "agent/manifest.h"
#include "agent/digest.h"
#include "agent/program.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { ENTRIES_MAX = 2000, BLOCK_SIZE = 1 << 20 };

/* ---------------------------------------------------------------- reading */

static int bits_of(const char *word, size_t length)
{
    static const struct { const char *word; int bits; } known[] = { { "SHA1", 1 }, { "SHA-1", 1 }, { "SHA256", 256 }, { "SHA-256", 256 }, { "SHA512", 512 },
                                                                    { "SHA-512", 512 } };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strlen(known[i].word) == length && strncasecmp(word, known[i].word, length) == 0)
            return known[i].bits;
    return 0;
}

static size_t digits_of(int bits) { return bits == 1 ? 40 : (size_t)bits / 4; }

static char *digest_of(const char *text, int bits)
{
    char *digest = x_strndup(text, strspn(text, "0123456789abcdefABCDEF"));
    for (char *at = digest; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (strlen(digest) == digits_of(bits))
        return digest;
    free(digest);
    return NULL;
}

/* One line, without its end. False: it is none of a manifest. */
static bool read_line(const char *line, Manifest *manifest)
{
    const char *open = strchr(line, '(');
    const char *close = open ? strrchr(open, ')') : NULL;
    if (!close || close == open + 1 || manifest->count >= ENTRIES_MAX)
        return false;
    size_t length = strcspn(line, " (");
    const char *at = close + 1 + strspn(close + 1, " ");
    if (*at != '=')
        return false;
    at += 1 + strspn(at + 1, " ");
    int bits = bits_of(line, length);
    char *digest = bits ? digest_of(at, bits) : NULL;
    if (!digest)
        return false;
    manifest->items = x_realloc(manifest->items, manifest->count + 1, sizeof *manifest->items);
    manifest->items[manifest->count++] = (ManifestEntry){ x_strndup(open + 1, (size_t)(close - open) - 1), bits, digest };
    return true;
}

int manifest_read(const char *text, size_t length, const char *name, Manifest *ret, Error *err)
{
    AUTO_FREE char *copy = length <= MANIFEST_MAX ? x_strndup(text, length) : x_strdup("?");
    Manifest manifest = { 0 };
    char *rest = NULL;
    bool good = true;
    for (char *line = strtok_r(copy, "\r\n", &rest); line && good; line = strtok_r(NULL, "\r\n", &rest))
        if (line[strspn(line, " \t")])
            good = read_line(line, &manifest);
    if (good) {
        *ret = manifest;
        return 0;
    }
    manifest_clear(&manifest);
    return error_set(err, ERR_APPLIANCE_INVALID, name, "its manifest cannot be read");
}

void manifest_clear(Manifest *manifest)
{
    for (size_t i = 0; i < manifest->count; i++) {
        free(manifest->items[i].file);
        free(manifest->items[i].digest);
    }
    free(manifest->items);
    *manifest = (Manifest){ 0 };
}

/* ---------------------------------------------------------------- digests */

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
    size_t digits = digits_of(entry->bits);
    if (strlen(found) >= digits && strncmp(found, entry->digest, digits) == 0)
        return 0;
    return error_set(err, ERR_APPLIANCE_CHECKSUM, entry->file, "it has SHA-%d %.*s", entry->bits, (int)digits, found);
}
