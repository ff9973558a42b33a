/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log file (folder/<name>.log, rotated at 5 MB, 3 kept): "2026-11-22 03:13:37.123 INFO words", a message a line. Any thread. Never write secrets or
 * typed keys to it.
 */
#ifndef POOLCENTER_LOG_H
#define POOLCENTER_LOG_H

#include "protocol/error.h"

typedef enum LogLevel { LOG_LEVEL_INFO, LOG_LEVEL_ERROR, LOG_LEVELS } LogLevel;
extern const char *const log_level_words[LOG_LEVELS];

enum { LOG_KEPT = 3 }; /* files: <name>.log, <name>.log.1 ... */

/* name: the program's. */
void log_open(const char *folder, const char *name);
void log_close(void);
char *log_path(void); /* of the newest file; NULL: not open; the caller frees */
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_error(const char *doing, const Error *error); /* "doing: message (NAME)" */

#endif
