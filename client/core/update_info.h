/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the project's server says about the newest version: {"version", "address", "sha256", "notes"}. It is checked like anything that comes from outside. Any thread. */
#ifndef POOLCENTER_UPDATE_INFO_H
#define POOLCENTER_UPDATE_INFO_H

#include "protocol/error.h"

enum { UPDATE_ANSWER_MAX = 64 << 10 };

typedef struct UpdateInfo {
    char *version; /* "1.2.3" */
    char *address; /* https://... of a page for people */
    char *sha256;  /* of the installer, 64 hexadecimal digits */
    char *notes;   /* plain text, may be "" */
} UpdateInfo;

/* ERR_UPDATE_CHECK without object; ret is untouched then. Members that are not known are ignored. */
int update_info_parse(const char *bytes, size_t size, UpdateInfo *ret, Error *err);
void update_info_clear(UpdateInfo *info);
/* Is version, three numbers, newer than this one? False for anything that is no version. */
bool update_info_newer(const char *version, const char *than);

#endif
