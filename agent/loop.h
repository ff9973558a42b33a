/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent's event loop: file descriptors, calls posted from other threads, one-shot timers. It owns every connection; nothing
 * on it may wait. Functions are for the loop's thread except where "any thread" is said.
 */
#ifndef POOLCENTER_AGENT_LOOP_H
#define POOLCENTER_AGENT_LOOP_H

#include "protocol/util.h"

typedef struct Loop Loop;
typedef struct LoopWatch LoopWatch;
typedef void (*LoopCall)(void *context);
typedef void (*LoopReady)(void *context, uint32_t events);

Loop *loop_create(void);
void loop_free(Loop *loop);
/* Runs until loop_stop. */
void loop_run(Loop *loop);
/* Runs what was posted until now without waiting: at the end of the program. */
void loop_drain(Loop *loop);
void loop_stop(Loop *loop); /* any thread */

/* Runs call on the loop's thread, in the order of posting. Any thread. */
void loop_post(Loop *loop, LoopCall call, void *context);

/* events: EPOLLIN, EPOLLOUT. The descriptor stays the caller's. */
LoopWatch *loop_watch(Loop *loop, int fd, uint32_t events, LoopReady ready, void *context);
void loop_watch_events(Loop *loop, LoopWatch *watch, uint32_t events);
/* No call comes any more after this one. Call it before closing the descriptor. */
void loop_unwatch(Loop *loop, LoopWatch *watch);

void loop_timer(Loop *loop, int64_t delay_ms, LoopCall call, void *context);
/* Forgets the timers of that call and context. */
void loop_timer_cancel(Loop *loop, LoopCall call, const void *context);

int64_t clock_ms(void);     /* monotonic */
int64_t clock_unix_ms(void); /* since 1970-01-01 UTC */

#endif
