/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading ahead and hashing: see upload_reader.h. The blocks go round in a ring between the reader's thread and its user. */
#include "client/core/upload_reader.h"

#include "client/core/format.h"
#include "client/core/text.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A block that is hashed right after it was read is still in the processor's cache; a few of them keep the sender busy while one is read. */
enum { BLOCK_SIZE = 1 << 20, BLOCK_COUNT = 8 };

typedef struct Block {
    unsigned char *bytes;
    size_t size;
} Block;

struct UploadReader {
    PortThread *thread;
    PortMutex mutex;
    PortCond room;        /* the reader waits here for a free block */
    char *path;
    int64_t size;
    int64_t modified;
    int64_t offset;
    void (*woken)(void *context);
    void *context;
    _Atomic int64_t checked;
    EVP_MD_CTX *digest;   /* the reader's thread only, until it has ended */
    /* under the mutex */
    Block blocks[BLOCK_COUNT];
    size_t filled;        /* blocks that wait for the sender, from first on */
    size_t first;
    bool stop;
    bool have_prefix;
    bool ended;           /* the thread is done: error, or the whole file was read */
    char prefix_sha256[UPLOAD_SHA256_HEX + 1];
    char sha256[UPLOAD_SHA256_HEX + 1];
    Error error;
};

static void hex_digest(const EVP_MD_CTX *digest, char ret[UPLOAD_SHA256_HEX + 1])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *copy = EVP_MD_CTX_new(); /* finishing ends a context; the file goes on */
    if (!copy || !EVP_MD_CTX_copy_ex(copy, digest) || !EVP_DigestFinal_ex(copy, bytes, NULL))
        abort();
    EVP_MD_CTX_free(copy);
    for (size_t i = 0; i < UPLOAD_SHA256_HEX / 2; i++) {
        ret[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        ret[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    ret[UPLOAD_SHA256_HEX] = '\0';
}

static bool stopped(UploadReader *reader)
{
    port_mutex_lock(&reader->mutex);
    bool stop = reader->stop;
    port_mutex_unlock(&reader->mutex);
    return stop;
}

static int say_size_changed(const UploadReader *reader, int64_t size, Error *err)
{
    AUTO_FREE char *had = format_size(reader->size);
    AUTO_FREE char *has = format_size(size);
    AUTO_FREE char *cause = text_format(TEXT_UPLOAD_FILE_GREW, had, has, NULL);
    return error_set(err, ERR_FILE_CHANGED, port_base_name(reader->path), "%s", cause);
}

static int check_unchanged(const UploadReader *reader, PortFile *file, Error *err)
{
    int64_t size = 0, modified = 0;
    int rc = port_file_stat(file, &size, &modified, err);
    if (rc < 0)
        return rc;
    if (size != reader->size)
        return say_size_changed(reader, size, err);
    if (modified != reader->modified)
        return error_set(err, ERR_FILE_CHANGED, port_base_name(reader->path), "%s", text(TEXT_UPLOAD_FILE_TIME));
    return 0;
}

/* Fills bytes with wanted bytes of the file: reads may give less than asked for. */
static int read_fully(UploadReader *reader, PortFile *file, int64_t at, unsigned char *bytes, size_t wanted, Error *err)
{
    for (size_t done = 0; done < wanted;) {
        size_t got = 0;
        int rc = port_file_read(file, at + (int64_t)done, bytes + done, wanted - done, &got, err);
        if (rc < 0)
            return rc;
        if (!got)
            return error_set(err, ERR_FILE_CHANGED, port_base_name(reader->path), "%s", text(TEXT_UPLOAD_FILE_SHORT));
        done += got;
    }
    EVP_DigestUpdate(reader->digest, bytes, wanted);
    return 0;
}

static size_t next_size(int64_t at, int64_t end) { return end - at < BLOCK_SIZE ? (size_t)(end - at) : BLOCK_SIZE; }

static int read_prefix(UploadReader *reader, PortFile *file, Error *err)
{
    for (int64_t at = 0; at < reader->offset;) {
        size_t size = next_size(at, reader->offset);
        int rc = read_fully(reader, file, at, reader->blocks[0].bytes, size, err);
        if (rc < 0 || stopped(reader))
            return rc;
        at += (int64_t)size;
        atomic_store(&reader->checked, at);
    }
    port_mutex_lock(&reader->mutex);
    hex_digest(reader->digest, reader->prefix_sha256);
    reader->have_prefix = true;
    port_mutex_unlock(&reader->mutex);
    reader->woken(reader->context);
    return 0;
}

/* A block to fill; NULL: stop. */
static Block *wait_for_room(UploadReader *reader)
{
    port_mutex_lock(&reader->mutex);
    while (reader->filled == BLOCK_COUNT && !reader->stop)
        port_cond_wait(&reader->room, &reader->mutex, -1);
    Block *block = reader->stop ? NULL : &reader->blocks[(reader->first + reader->filled) % BLOCK_COUNT];
    port_mutex_unlock(&reader->mutex);
    return block;
}

static int read_rest(UploadReader *reader, PortFile *file, Error *err)
{
    for (int64_t at = reader->offset; at < reader->size;) {
        Block *block = wait_for_room(reader);
        if (!block)
            return 0;
        block->size = next_size(at, reader->size);
        int rc = read_fully(reader, file, at, block->bytes, block->size, err);
        if (rc < 0)
            return rc;
        at += (int64_t)block->size;
        port_mutex_lock(&reader->mutex);
        bool was_empty = reader->filled++ == 0;
        port_mutex_unlock(&reader->mutex);
        if (was_empty)
            reader->woken(reader->context);
    }
    return check_unchanged(reader, file, err);
}

static int read_file(UploadReader *reader, Error *err)
{
    PortFile *file = NULL;
    int rc = port_file_open(reader->path, &file, err);
    if (rc < 0)
        return rc;
    rc = check_unchanged(reader, file, err);
    if (rc == 0)
        rc = read_prefix(reader, file, err);
    if (rc == 0 && !stopped(reader))
        rc = read_rest(reader, file, err);
    port_file_close(file);
    return rc;
}

static void run(void *context)
{
    UploadReader *reader = context;
    AUTO(error_clear) Error error = { 0 };
    read_file(reader, &error);
    port_mutex_lock(&reader->mutex);
    error_move(&reader->error, &error);
    hex_digest(reader->digest, reader->sha256);
    reader->ended = true;
    port_mutex_unlock(&reader->mutex);
    reader->woken(reader->context);
}

UploadReader *upload_reader_start(const char *path, int64_t size, int64_t modified, int64_t offset, void (*woken)(void *context), void *context)
{
    UploadReader *reader = x_calloc(1, sizeof *reader);
    port_mutex_init(&reader->mutex);
    port_cond_init(&reader->room);
    reader->path = x_strdup(path);
    reader->size = size;
    reader->modified = modified;
    reader->offset = offset;
    reader->woken = woken;
    reader->context = context;
    reader->digest = EVP_MD_CTX_new();
    if (!reader->digest || !EVP_DigestInit_ex(reader->digest, EVP_sha256(), NULL))
        abort();
    for (size_t i = 0; i < BLOCK_COUNT; i++)
        reader->blocks[i].bytes = x_realloc(NULL, BLOCK_SIZE, 1);
    reader->thread = port_thread_start("upload-read", run, reader);
    return reader;
}

void upload_reader_free(UploadReader *reader)
{
    if (!reader)
        return;
    port_mutex_lock(&reader->mutex);
    reader->stop = true;
    port_cond_signal(&reader->room);
    port_mutex_unlock(&reader->mutex);
    port_thread_join(reader->thread);
    for (size_t i = 0; i < BLOCK_COUNT; i++)
        free(reader->blocks[i].bytes);
    EVP_MD_CTX_free(reader->digest);
    port_cond_clear(&reader->room);
    port_mutex_clear(&reader->mutex);
    error_clear(&reader->error);
    free(reader->path);
    free(reader);
}

/* Under the mutex: what to say when what was asked for is not there. */
static int not_there(const UploadReader *reader, Error *err)
{
    if (!reader->ended || !reader->error.code)
        return 0;
    error_copy(err, &reader->error);
    return reader->error.code;
}

int upload_reader_prefix(UploadReader *reader, char ret_sha256[UPLOAD_SHA256_HEX + 1], Error *err)
{
    port_mutex_lock(&reader->mutex);
    int rc = reader->have_prefix ? 1 : not_there(reader, err);
    if (rc == 1)
        memcpy(ret_sha256, reader->prefix_sha256, sizeof reader->prefix_sha256);
    port_mutex_unlock(&reader->mutex);
    return rc;
}

int upload_reader_block(UploadReader *reader, const void **ret_bytes, size_t *ret_size, Error *err)
{
    port_mutex_lock(&reader->mutex);
    int rc = not_there(reader, err); /* an error counts at once: what was read before it is not worth sending */
    if (rc == 0 && (reader->filled || reader->ended)) {
        const Block *block = &reader->blocks[reader->first];
        *ret_bytes = block->bytes;
        *ret_size = reader->filled ? block->size : 0;
        rc = 1;
    }
    port_mutex_unlock(&reader->mutex);
    return rc;
}

void upload_reader_release(UploadReader *reader)
{
    port_mutex_lock(&reader->mutex);
    reader->first = (reader->first + 1) % BLOCK_COUNT;
    reader->filled--;
    port_cond_signal(&reader->room);
    port_mutex_unlock(&reader->mutex);
}

void upload_reader_digest(UploadReader *reader, char ret_sha256[UPLOAD_SHA256_HEX + 1])
{
    port_mutex_lock(&reader->mutex);
    memcpy(ret_sha256, reader->sha256, sizeof reader->sha256);
    port_mutex_unlock(&reader->mutex);
}

int64_t upload_reader_checked(UploadReader *reader) { return atomic_load(&reader->checked); }
