/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 of a local file, made on a worker thread while the core goes on. */
#ifndef POOLCENTER_FILE_DIGEST_H
#define POOLCENTER_FILE_DIGEST_H

#include "client/cli/cli.h"

enum { FILE_DIGEST_HEX = 64 };

/* 0 or an exit status (the error is told). */
int file_digest(Cli *cli, const char *path, char ret[FILE_DIGEST_HEX + 1]);
/* -1 with err set when it cannot be opened. */
int64_t file_size(const char *path, Error *err);

#endif
