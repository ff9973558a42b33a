/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people read them: see format.h. Any thread. */
#include "client/core/format.h"

#include "client/core/text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Written by the UI thread only: the next slot is filled before it is made the current one, so that other threads never see half of it. */
static PortNumberMarks slots[4];
static _Atomic int current_slot = -1; /* -1: the language's own */
static _Atomic bool regional_dates;

void format_use_marks(const PortNumberMarks *marks)
{
    static int next;
    if (marks) {
        next = (next + 1) % (int)ARRAY_SIZE(slots);
        slots[next] = *marks;
    }
    atomic_store(&current_slot, marks ? next : -1);
}

void format_follow_system(bool follow)
{
    PortNumberMarks marks = {0};
    bool found = follow && port_number_marks(&marks);
    format_use_marks(found ? &marks : NULL);
    atomic_store(&regional_dates, found);
}

static PortNumberMarks marks_now(void)
{
    int slot = atomic_load(&current_slot);
    if (slot >= 0)
        return slots[slot];
    PortNumberMarks marks = {.groups = {3}};
    snprintf(marks.decimal, sizeof marks.decimal, "%s", text_decimal_mark(text_language()));
    snprintf(marks.group, sizeof marks.group, "%s", text_group_mark(text_language()));
    return marks;
}

/* How many digits the group that ends `group` groups from the right has; 0: all that are left. */
static int group_size(const PortNumberMarks *marks, size_t group)
{
    size_t last = 0;
    for (size_t i = 0; i < ARRAY_SIZE(marks->groups) && marks->groups[i]; i++)
        last = i;
    if (group > last)
        return marks->no_repeat ? 0 : marks->groups[last];
    return marks->groups[group];
}

/* Writes text before at, returns where it begins. */
static char *put_before(char *at, const char *text)
{
    size_t length = strlen(text);
    return memcpy(at - length, text, length);
}

char *format_number(int64_t number)
{
    char digits[20 + 20 * sizeof(((PortNumberMarks *)0)->group)];
    PortNumberMarks marks = marks_now();
    char *at = digits + sizeof digits - 1;
    size_t group = 0;
    int left = group_size(&marks, 0);
    *at = '\0';
    for (uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number, i = 0; i == 0 || rest; i++, rest /= 10) {
        if (i && left == 0 && group_size(&marks, group)) {
            at = put_before(at, marks.group);
            left = group_size(&marks, ++group);
        }
        *--at = (char)('0' + rest % 10);
        left--;
    }
    if (number < 0)
        *--at = '-';
    return x_strdup(at);
}

/* Tenths of a unit as "3.4", or "341" from 100 units on. */
static char *format_tenths(int64_t tenths)
{
    if (tenths >= 1000)
        return format_number((tenths + 5) / 10);
    return x_printf("%d%s%d", (int)(tenths / 10), marks_now().decimal, (int)(tenths % 10));
}

char *format_size(int64_t bytes)
{
    static const TextId units[] = { TEXT_SIZE_KB, TEXT_SIZE_MB, TEXT_SIZE_GB, TEXT_SIZE_TB };
    if (bytes < 0)
        bytes = 0;
    if (bytes < 1024)
        return text_plural(PLURAL_SIZE_BYTES, bytes, NULL);
    size_t unit = 0;
    int64_t size = 1024;
    /* 1000 of a unit are shown as 1.0 of the next: never four digits before the unit. */
    while (unit + 1 < ARRAY_SIZE(units) && bytes / size >= 1000)
        unit++, size *= 1024;
    int64_t tenths = bytes / size * 10 + (bytes % size * 10 + size / 2) / size;
    AUTO_FREE char *number = format_tenths(tenths);
    return text_format(units[unit], number, NULL);
}

char *format_rate(int64_t bytes_per_second)
{
    AUTO_FREE char *size = format_size(bytes_per_second);
    return text_format(TEXT_RATE, size, NULL);
}

static char *two_parts(TextId id, int64_t first, int64_t second)
{
    AUTO_FREE char *a = format_number(first);
    AUTO_FREE char *b = format_number(second);
    return text_format(id, a, b, NULL);
}

char *format_login(const char *user, const char *host, int port)
{
    if (!port || port == 22)
        return x_printf("%s@%s", str_or_empty(user), str_or_empty(host));
    return x_printf(strchr(str_or_empty(host), ':') ? "%s@[%s]:%d" : "%s@%s:%d", str_or_empty(user), str_or_empty(host), port);
}

char *format_duration(int64_t ms)
{
    int64_t seconds = ms < 0 ? 0 : (ms + 500) / 1000;
    if (seconds < 60) {
        AUTO_FREE char *number = format_number(seconds);
        return text_format(TEXT_DURATION_S, number, NULL);
    }
    if (seconds < 3600)
        return two_parts(TEXT_DURATION_MIN_S, seconds / 60, seconds % 60);
    if (seconds < 86400)
        return two_parts(TEXT_DURATION_H_MIN, seconds / 3600, seconds / 60 % 60);
    return two_parts(TEXT_DURATION_D_H, seconds / 86400, seconds / 3600 % 24);
}

char *format_time(int64_t ms_since_1970)
{
    char *regional = atomic_load(&regional_dates) ? port_date_time_text(ms_since_1970) : NULL;
    if (regional)
        return regional;
    int parts[6];
    port_local_time(ms_since_1970, &parts[0], &parts[1], &parts[2], &parts[3], &parts[4], &parts[5]);
    char numbers[6][16];
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        AUTO_FREE char *number = x_printf(i ? "%02d" : "%04d", parts[i]);
        strncpy(numbers[i], number, sizeof numbers[i] - 1);
        numbers[i][sizeof numbers[i] - 1] = '\0';
    }
    return text_format(TEXT_TIME_OF_DAY, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], NULL);
}
