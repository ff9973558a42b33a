/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Downloads of volumes to local files: each on an SSH connection of its own, into a part file beside the target, resumed after a broken
 * connection (also by a later download to the same file), compared by SHA-256 at the end. UI thread only; a thread does the work.
 */
#ifndef POOLCENTER_DOWNLOAD_H
#define POOLCENTER_DOWNLOAD_H

#include "client/core/server.h"

typedef struct Download Download;

/* Told once, inside core_drain, when it has ended; the download is gone when this returns. error NULL: the file is there, whole and right. */
typedef void DownloadDone(void *context, const Download *download, const Error *error);

/* Begins to fetch the volume into the local file path (UTF-8), which is replaced. Belongs to the core; it goes on until it has ended, and waits
 * while the server is away. done may be NULL; core_forget(owner) drops it (the download goes on). ERR_BUSY: another one writes to that file. */
Download *download_start(Server *server, const char *datastore, const char *volume, const char *path, DownloadDone *done, const void *owner,
                         void *context, Error *err);
/* Ends it with ERR_CANCELLED and throws away what has come. */
void download_cancel(Download *download);

Server *download_server(const Download *download);
const char *download_volume(const Download *download);
const char *download_path(const Download *download);
const char *download_task(const Download *download);   /* id of its task on the agent; "" before it has one */
int64_t download_done(const Download *download);       /* bytes */
int64_t download_size(const Download *download);       /* 0: not known yet */
const char *download_sha256(const Download *download); /* hex, when it has ended well */

#endif
