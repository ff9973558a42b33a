/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a local file ahead of its sender and hashes it on the way, on a thread of its own. Made and used by one thread (upload_stream.c).
 */
#ifndef POOLCENTER_UPLOAD_READER_H
#define POOLCENTER_UPLOAD_READER_H

#include "client/core/port.h"

enum { UPLOAD_SHA256_HEX = 64 };

typedef struct UploadReader UploadReader;

/* Hashes the bytes before offset, then reads from there. The file must have this size and time of change, now and at the end: ERR_FILE_CHANGED.
 * woken(context) is called on the reader's thread when a block, the prefix or the end is there. */
UploadReader *upload_reader_start(const char *path, int64_t size, int64_t modified, int64_t offset, void (*woken)(void *context), void *context);
void upload_reader_free(UploadReader *reader); /* stops the thread */

/* Each returns 1: there; 0: not yet; a negative code with err set. */
int upload_reader_prefix(UploadReader *reader, char ret_sha256[UPLOAD_SHA256_HEX + 1], Error *err);
/* The next bytes to send, valid until upload_reader_release; *ret_size 0: the end. */
int upload_reader_block(UploadReader *reader, const void **ret_bytes, size_t *ret_size, Error *err);
void upload_reader_release(UploadReader *reader);
/* After the end. */
void upload_reader_digest(UploadReader *reader, char ret_sha256[UPLOAD_SHA256_HEX + 1]);
/* Any moment: how far the prefix is hashed. */
int64_t upload_reader_checked(UploadReader *reader);

#endif
