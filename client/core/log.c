/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log file: see log.h. Lines of all threads go through one lock; before log_open and after log_close they are dropped. */
#include "client/core/log.h"

#include "client/core/port.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_SIZE_MAX = 5 << 20, LOG_LINE_MAX = 4000 };

const char *const log_level_words[LOG_LEVELS] = {[LOG_LEVEL_INFO] = "INFO", [LOG_LEVEL_ERROR] = "ERROR"};

static struct {
    _Atomic bool open;
    bool made; /* the mutex lives until the process ends: a late line of another thread must find it */
    PortMutex mutex;
    char *path;
    PortFile *file;
    int64_t size;
} logger;

static char *kept_path(int number) { return number ? x_printf("%s.%d", logger.path, number) : x_strdup(logger.path); }

static void open_file(void)
{
    if (port_file_append_open(logger.path, &logger.file, &logger.size, NULL) < 0)
        logger.file = NULL;
}

static void rotate(void)
{
    port_file_close(logger.file);
    logger.file = NULL;
    for (int i = LOG_KEPT - 1; i > 0; i--) {
        AUTO_FREE char *from = kept_path(i - 1);
        AUTO_FREE char *to = kept_path(i);
        port_rename(from, to, NULL);
    }
    open_file();
}

void log_open(const char *folder, const char *name)
{
    if (!logger.made)
        port_mutex_init(&logger.mutex);
    logger.made = true;
    port_mutex_lock(&logger.mutex);
    free(logger.path);
    AUTO_FREE char *file = x_printf("%s.log", name);
    logger.path = port_join(folder, file);
    open_file();
    atomic_store(&logger.open, logger.file != NULL);
    port_mutex_unlock(&logger.mutex);
}

void log_close(void)
{
    if (!logger.made)
        return;
    port_mutex_lock(&logger.mutex);
    atomic_store(&logger.open, false);
    if (logger.file)
        port_file_close(logger.file);
    logger.file = NULL;
    free(TAKE_PTR(logger.path));
    port_mutex_unlock(&logger.mutex);
}

/* A text of another host must not forge lines of ours. */
static void make_one_line(char *line)
{
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
}

static void write_line(LogLevel level, const char *message)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    int64_t now = port_now_ms();
    port_local_time(now, &year, &month, &day, &hour, &minute, &second);
    AUTO_FREE char *line = x_printf("%04d-%02d-%02d %02d:%02d:%02d.%03d %s %.*s", year, month, day, hour, minute, second, (int)(now % 1000), log_level_words[level], LOG_LINE_MAX, message);
    make_one_line(line);
    size_t length = strlen(line);
    line[length] = '\n'; /* takes the NUL's place: what follows writes length + 1 bytes */
    port_mutex_lock(&logger.mutex);
    if (logger.file && logger.size > LOG_SIZE_MAX)
        rotate();
    if (logger.file && port_file_append(logger.file, line, length + 1, NULL) == 0)
        logger.size += (int64_t)length + 1;
    port_mutex_unlock(&logger.mutex);
}

char *log_path(void)
{
    if (!logger.made)
        return NULL;
    port_mutex_lock(&logger.mutex);
    char *path = x_strdup(logger.path);
    port_mutex_unlock(&logger.mutex);
    return path;
}

static void write_formatted(LogLevel level, const char *format, va_list args)
{
    if (!atomic_load(&logger.open))
        return;
    AUTO_FREE char *message = x_vprintf(format, args);
    write_line(level, message);
}

void log_info(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_formatted(LOG_LEVEL_INFO, format, args);
    va_end(args);
}

static void PRINTF_LIKE(1, 2) write_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_formatted(LOG_LEVEL_ERROR, format, args);
    va_end(args);
}

void log_error(const char *doing, const Error *error)
{
    const char *name = error_name(error->code);
    if (name)
        write_error("%s: %s (%s)", doing, str_or_empty(error->message), name);
    else
        write_error("%s: %s (%d)", doing, str_or_empty(error->message), error->code);
}
