/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One small answer from an https address, by Windows' own library, which knows its proxies and judges certificates. Blocks: for worker threads. */
#ifndef POOLCENTER_HTTPS_H
#define POOLCENTER_HTTPS_H

#include "protocol/error.h"

/* Only https, also after at most three redirections; at most max bytes; no cookies, no logins. The caller frees *ret. ERR_UPDATE_CHECK with the cause in the user's language. */
int https_get(const char *address, size_t max, char **ret, size_t *ret_size, Error *err);

#endif
