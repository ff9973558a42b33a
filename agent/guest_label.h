/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an ISO 9660 file system says of itself in its primary volume descriptor. Images come from strangers: a few sectors at fixed places are read, nothing is
 * followed. Plain file calls that wait: workers. */
#ifndef POOLCENTER_AGENT_GUEST_LABEL_H
#define POOLCENTER_AGENT_GUEST_LABEL_H

#include "protocol/types.h"

enum { GUEST_LABEL_START = 32768, GUEST_LABEL_SECTOR = 2048, GUEST_LABEL_SECTORS = 8 };

/* Printable ASCII without blanks at the end; anything else became '?'. */
typedef struct GuestLabel {
    char volume[33];
    char system[33];
    char publisher[129];
    char application[129];
    int64_t size; /* bytes of the file system */
} GuestLabel;

/* Reads the descriptors of the image. false: it has none. */
bool guest_label_read(int fd, GuestLabel *ret);
/* The same with the bytes from GUEST_LABEL_START on. */
bool guest_label_parse(const unsigned char *bytes, size_t count, GuestLabel *ret);

#endif
