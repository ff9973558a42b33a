/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small .zip files made in memory: what a user saves of a crash report. Any thread. */
#ifndef POOLCENTER_ZIP_H
#define POOLCENTER_ZIP_H

#include "protocol/error.h"

typedef struct ZipFile {
    const char *name; /* UTF-8, no folders */
    const void *bytes;
    size_t size;
} ZipFile;

/* All of it deflated, in this order; together below 1 GiB. ms_since_1970: the time of each. The caller frees *ret. ERR_TOO_LARGE. */
int zip_make(const ZipFile *files, size_t count, int64_t ms_since_1970, char **ret, size_t *ret_size, Error *err);

#endif
