/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages and audit lines: see log.h. The audit file is opened by main and only appended to, one write() per line; a full one is put aside. */
#include "agent/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { AUDIT_FILE_MAX = 64 << 20 }; /* then it becomes audit.log.1: calls that are refused leave lines, too, so that anybody could fill the disk */

static pthread_mutex_t audit_lock = PTHREAD_MUTEX_INITIALIZER; /* guards file and path */
static char *audit_path;
static int audit_fd = -1;
static bool audit_syslog;

static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

void log_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    AUTO_FREE char *text = x_vprintf(format, args);
    va_end(args);
    make_printable(text);
    fprintf(stderr, "poolagentd: %s\n", text);
}

/* One that cannot be opened: what is open stays. */
static void open_file(void)
{
    int fd = open(audit_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        log_line("the audit log %s cannot be opened: %s", audit_path, strerror(errno));
        return;
    }
    if (audit_fd >= 0)
        close(audit_fd);
    audit_fd = fd;
}

void audit_open(const Config *config)
{
    audit_syslog = config->audit_syslog;
    if (audit_syslog)
        openlog("poolagentd", LOG_PID, LOG_AUTHPRIV);
    if (!config->audit_file)
        return;
    audit_path = x_printf("%s/audit.log", config->state_dir);
    open_file();
}

void audit_close(void)
{
    if (audit_fd >= 0)
        close(audit_fd);
    audit_fd = -1;
    free(TAKE_PTR(audit_path));
    if (audit_syslog)
        closelog();
}

/* Values are quoted; a quote inside becomes ' so that a reader can split the line. */
static char *quoted(const char *text)
{
    char *copy = x_strdup(str_or_empty(text));
    make_printable(copy);
    for (char *p = copy; *p; p++)
        if (*p == '"')
            *p = '\'';
    return copy;
}

/* The lock is held. One that cannot be put aside is written on: a line too many is better than one too few. */
static void put_aside_full(void)
{
    struct stat status;
    if (fstat(audit_fd, &status) < 0 || status.st_size < AUDIT_FILE_MAX)
        return;
    AUTO_FREE char *old = x_printf("%s.1", audit_path);
    if (rename(audit_path, old) < 0) {
        log_line("the audit log %s cannot be put aside: %s", audit_path, strerror(errno));
        return;
    }
    open_file();
}

static void write_line(const char *line)
{
    pthread_mutex_lock(&audit_lock);
    if (audit_fd >= 0)
        put_aside_full();
    if (audit_fd >= 0 && write(audit_fd, line, strlen(line)) < 0)
        log_line("the audit log cannot be written: %s", strerror(errno));
    pthread_mutex_unlock(&audit_lock);
}

void audit_write(const AuditEntry *entry)
{
    AUTO_FREE char *user = quoted(entry->user);
    AUTO_FREE char *name = quoted(entry->object_name);
    AUTO_FREE char *id = quoted(entry->object_id);
    AUTO_FREE char *why = quoted(entry->error ? entry->error->message : entry->note);
    const char *result = entry->error ? "failed" : "ok";
    AUTO_FREE char *text = x_printf("user=\"%s\" action=%s object=\"%s\" id=\"%s\" result=%s note=\"%s\"",
                                    user, entry->action, name, id, result, why);
    if (audit_syslog)
        syslog(LOG_INFO, "%s", text);
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    AUTO_FREE char *line = x_printf("%s %s\n", stamp, text);
    write_line(line);
}
