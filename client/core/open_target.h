/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a link (poolcenter://host[:port][/vm name]) or the icon of a saved search (NAME.poolsearch) asks PoolCenter to show. Links come from web
 * pages and mails: every part is checked here, and none can be more than a wish to look at something. Any thread.
 */
#ifndef POOLCENTER_OPEN_TARGET_H
#define POOLCENTER_OPEN_TARGET_H

#include "client/core/text.h"

#include <stdbool.h>

enum { OPEN_LINK_MAX = 1024 }; /* bytes of a whole link */

typedef enum OpenKind { OPEN_NOTHING, OPEN_LINK, OPEN_SEARCH } OpenKind;

typedef struct OpenTarget {
    char *host; /* name or address, without the brackets of IPv6 */
    int port;   /* 22 when the link names none */
    char *vm;   /* NULL: the server itself */
} OpenTarget;

/* By how it begins and ends only. */
OpenKind open_target_kind(const char *argument);
/* False: *ret_why says in the user's language what is wrong with it, ret is untouched. */
bool open_target_parse(const char *link, OpenTarget *ret, TextId *ret_why);
void open_target_clear(OpenTarget *target);

#endif
