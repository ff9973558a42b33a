/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the agent tells the administrator: messages to stderr (the journal), and the audit log of changing calls. Any thread. */
#ifndef POOLCENTER_AGENT_LOG_H
#define POOLCENTER_AGENT_LOG_H

#include "agent/config.h"

/* One line to stderr. */
void log_line(const char *format, ...) PRINTF_LIKE(1, 2);

/* Opens STATE_DIR/audit.log and/or syslog; failure is logged and leaves the other one. At 64 MiB the file becomes audit.log.1, in the place of the one before. */
void audit_open(const Config *config);
void audit_close(void);

typedef struct AuditEntry {
    const char *user;
    const char *action; /* method, or "task" and its method when it ends */
    const char *object_id;
    const char *object_name;
    const Error *error; /* NULL: ok */
    const char *note;   /* "accepted" while its task runs; may be NULL */
} AuditEntry;

/* Writes one line; control characters of foreign text are replaced so that nobody can forge a line. */
void audit_write(const AuditEntry *entry);

#endif
