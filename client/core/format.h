/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers and dates as people read them: by the regional settings of the system where it has some and the program follows them, else as the program's language
 * writes them. Units are words of the program's language. All return strings the caller frees. Any thread.
 */
#ifndef POOLCENTER_FORMAT_H
#define POOLCENTER_FORMAT_H

#include "client/core/port.h"

char *format_size(int64_t bytes);         /* "3.4 GB": 1024-based as Windows shows them */
char *format_rate(int64_t bytes_per_second);
char *format_duration(int64_t ms);        /* "2 h 5 min", "12 s" */
char *format_time(int64_t ms_since_1970); /* local date and time */
char *format_number(int64_t number);      /* with thousands separators */
char *format_login(const char *user, const char *host, int port); /* "root@web01", "root@[2001:db8::1]:2222"; ports 0 and 22 go without saying */

/* Follow the system's regional settings, read anew now (Windows only; they may have changed), or only the language. Before: only the language. UI thread. */
void format_follow_system(bool follow);
/* The same with marks that are given, for tests; NULL: the language's. Dates stay the language's. */
void format_use_marks(const PortNumberMarks *marks);

#endif
