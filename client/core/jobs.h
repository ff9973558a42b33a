/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Worker threads for core_run, and the clock for core_every. Private to core.c. */
#ifndef POOLCENTER_JOBS_H
#define POOLCENTER_JOBS_H

#include "client/core/mailbox.h"

typedef struct Jobs Jobs;

Jobs *jobs_create(Mailbox *mailbox);
void jobs_stop(Jobs *jobs); /* waits for what runs and for jobs without done and owner; others that wait are dropped */
void jobs_free(Jobs *jobs); /* after jobs_stop and mailbox_free: letters of the clock refer to it */
/* UI thread. done may be NULL. */
void jobs_run(Jobs *jobs, void (*work)(void *context), void (*done)(void *context), const void *owner, void *context);
/* UI thread: no done for this owner any more; before mailbox_forget. */
void jobs_forget(Jobs *jobs, const void *owner);
/* UI thread. interval_ms 0 ends it. */
void jobs_every(Jobs *jobs, int interval_ms, void (*tick)(void *context), void *context);

#endif
