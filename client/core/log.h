/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log file (folder/<name>.log, rotated at 5 MB, 3 kept). Any thread. Never write secrets or typed keys to it. */
#ifndef POOLCENTER_LOG_H
#define POOLCENTER_LOG_H

#include "protocol/error.h"

/* name: the program's. */
void log_open(const char *folder, const char *name);
void log_close(void);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_error(const char *doing, const Error *error); /* "doing: message (NAME)" */

#endif
