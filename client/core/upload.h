/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Uploads of files to datastores: each on an SSH connection of its own, resumed after a broken connection or a restart, checked by SHA-256
 * at the end. At most two run at once per server, the others wait. UI thread only; the work is done by threads of the upload.
 */
#ifndef POOLCENTER_UPLOAD_H
#define POOLCENTER_UPLOAD_H

#include "client/core/server.h"

typedef struct Upload Upload;

typedef enum UploadState {
    UPLOAD_QUEUED,
    UPLOAD_CONNECTING,
    UPLOAD_CHECKING,   /* compares what the host already has with the local file (resume) */
    UPLOAD_SENDING,
    UPLOAD_VERIFYING,
    UPLOAD_DONE,
    UPLOAD_FAILED,
    UPLOAD_CANCELLED,
    UPLOAD_INTERRUPTED, /* connection lost or program restarted: goes on by itself when the server is online again */
} UploadState;

/* Starts an upload of the local file path (UTF-8) as name into the datastore. replace: the user agreed to overwrite.
 * Returns NULL with err set when the file cannot be read; what the host objects to comes as UPLOAD_FAILED (ERR_VOLUME_EXISTS: ask, then
 * upload_retry(upload, true); ERR_NO_SPACE ...). The upload belongs to the core. */
Upload *upload_start(Server *server, const char *datastore, const char *path, const char *name, bool replace, Error *err);
void upload_cancel(Upload *upload);  /* also throws away what is on the host */
void upload_retry(Upload *upload, bool replace); /* of a failed, cancelled or interrupted one */
void upload_dismiss(Upload *upload); /* of an ended one: frees it */

Server *upload_server(const Upload *upload);
const char *upload_datastore(const Upload *upload);
const char *upload_name(const Upload *upload);
const char *upload_task(const Upload *upload);  /* id of its task on the agent; "" before it has one */
UploadState upload_state(const Upload *upload);
int64_t upload_size(const Upload *upload);
int64_t upload_done(const Upload *upload);      /* bytes the host has (CHECKING: bytes compared) */
int64_t upload_rate(const Upload *upload);      /* bytes per second, smoothed */
int64_t upload_time_left(const Upload *upload); /* ms; -1 unknown */
const Error *upload_error(const Upload *upload);/* NULL: none */
const char *upload_sha256(const Upload *upload);/* hex, after UPLOAD_DONE */

#endif
