/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashing a file: see file_digest.h. */
#include "client/cli/file_digest.h"

#include "client/core/port.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { BLOCK_SIZE = 1 << 20 };

typedef struct Job {
    const char *path;
    unsigned char digest[EVP_MAX_MD_SIZE];
    Error error;
    _Atomic bool stop;
    bool done;
} Job;

static int hash_all(Job *job, PortFile *file, EVP_MD_CTX *context)
{
    AUTO_FREE unsigned char *block = x_calloc(BLOCK_SIZE, 1);
    int64_t offset = 0;
    size_t got = 1;
    while (got && !atomic_load(&job->stop)) {
        int code = port_file_read(file, offset, block, BLOCK_SIZE, &got, &job->error);
        if (code < 0)
            return code;
        EVP_DigestUpdate(context, block, got);
        offset += (int64_t)got;
    }
    return 0;
}

/* On a worker thread. */
static void work(void *context)
{
    Job *job = context;
    PortFile *file = NULL;
    if (port_file_open(job->path, &file, &job->error) < 0)
        return;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    if (!hash || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
        abort();
    if (hash_all(job, file, hash) == 0)
        EVP_DigestFinal_ex(hash, job->digest, NULL);
    EVP_MD_CTX_free(hash);
    port_file_close(file);
}

static void done(void *context) { ((Job *)context)->done = true; }

int file_digest(Cli *cli, const char *path, char ret[FILE_DIGEST_HEX + 1])
{
    Job job = { .path = path };
    core_run(cli->core, work, done, &job, &job);
    while (!job.done)
        if (!cli_wait(cli))
            atomic_store(&job.stop, true); /* the worker still has the job: it ends soon */
    int status = atomic_load(&job.stop) ? cli->status : job.error.code ? cli_fail(cli, &job.error) : EXIT_OK;
    error_clear(&job.error);
    for (int i = 0; i < FILE_DIGEST_HEX; i++) {
        int half = i % 2 ? job.digest[i / 2] & 0x0F : job.digest[i / 2] >> 4;
        ret[i] = "0123456789abcdef"[half];
    }
    ret[FILE_DIGEST_HEX] = 0;
    return status;
}

int64_t file_size(const char *path, Error *err)
{
    PortFile *file = NULL;
    int64_t size = -1, modified = 0;
    if (port_file_open(path, &file, err) < 0)
        return -1;
    if (port_file_stat(file, &size, &modified, err) < 0)
        size = -1;
    port_file_close(file);
    return size;
}
