/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people read them, in the user's language (decimal comma in German). All return strings the caller frees. */
#ifndef POOLCENTER_FORMAT_H
#define POOLCENTER_FORMAT_H

#include <stdint.h>

char *format_size(int64_t bytes);         /* "3.4 GB": 1024-based as Windows shows them */
char *format_rate(int64_t bytes_per_second);
char *format_duration(int64_t ms);        /* "2 h 5 min", "12 s" */
char *format_time(int64_t ms_since_1970); /* local date and time */
char *format_number(int64_t number);      /* with thousands separators */

#endif
