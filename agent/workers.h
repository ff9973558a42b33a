/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pool of threads for work that waits: libvirt calls, files. Threads start when there is work and leave when there is none for a while. */
#ifndef POOLCENTER_AGENT_WORKERS_H
#define POOLCENTER_AGENT_WORKERS_H

#include "protocol/util.h"

typedef struct Workers Workers;

Workers *workers_create(size_t max_threads);
/* Waits for running and queued jobs. */
void workers_free(Workers *workers);
/* Runs job(context) on a thread of the pool, soon. Any thread. */
void workers_run(Workers *workers, void (*job)(void *context), void *context);

/* A thread of its own with a small stack, detached. False: the system has no more threads. Any thread. */
bool thread_start(void (*job)(void *context), void *context);

#endif
