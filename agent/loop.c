/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event loop: see loop.h. */
#include "agent/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct LoopWatch {
    int fd;
    LoopReady ready; /* NULL: unwatched, freed after the current batch of events */
    void *context;
    LoopWatch *next_dead;
};

typedef struct Posted {
    LoopCall call;
    void *context;
    struct Posted *next;
} Posted;

typedef struct Timer {
    int64_t due;
    LoopCall call;
    void *context;
    struct Timer *next; /* sorted by due */
} Timer;

struct Loop {
    int epoll;
    int wake; /* eventfd */
    bool stop;
    LoopWatch *dead;
    Timer *timers;
    pthread_mutex_t lock; /* guards posted list and stop */
    Posted *first;
    Posted **last;
};

int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Loop *loop_create(void)
{
    Loop *loop = x_calloc(1, sizeof *loop);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll < 0 || loop->wake < 0)
        abort();
    pthread_mutex_init(&loop->lock, NULL);
    loop->last = &loop->first;
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &event);
    return loop;
}

static void bury(Loop *loop)
{
    while (loop->dead) {
        LoopWatch *watch = loop->dead;
        loop->dead = watch->next_dead;
        free(watch);
    }
}

void loop_free(Loop *loop)
{
    if (!loop)
        return;
    bury(loop);
    while (loop->timers) {
        Timer *timer = loop->timers;
        loop->timers = timer->next;
        free(timer);
    }
    close(loop->wake);
    close(loop->epoll);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

static void wake(Loop *loop)
{
    uint64_t one = 1;
    ssize_t written = write(loop->wake, &one, sizeof one);
    (void)written; /* a full counter wakes as well */
}

void loop_post(Loop *loop, LoopCall call, void *context)
{
    Posted *posted = x_calloc(1, sizeof *posted);
    posted->call = call;
    posted->context = context;
    pthread_mutex_lock(&loop->lock);
    *loop->last = posted;
    loop->last = &posted->next;
    pthread_mutex_unlock(&loop->lock);
    wake(loop);
}

void loop_stop(Loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    loop->stop = true;
    pthread_mutex_unlock(&loop->lock);
    wake(loop);
}

void loop_drain(Loop *loop)
{
    uint64_t count = 0;
    ssize_t got = read(loop->wake, &count, sizeof count); /* cleared before draining: a post meanwhile wakes again */
    (void)got;
    pthread_mutex_lock(&loop->lock);
    Posted *posted = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    pthread_mutex_unlock(&loop->lock);
    while (posted) {
        Posted *next = posted->next;
        posted->call(posted->context);
        free(posted);
        posted = next;
    }
}

LoopWatch *loop_watch(Loop *loop, int fd, uint32_t events, LoopReady ready, void *context)
{
    LoopWatch *watch = x_calloc(1, sizeof *watch);
    watch->fd = fd;
    watch->ready = ready;
    watch->context = context;
    struct epoll_event event = { .events = events, .data.ptr = watch };
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        abort();
    return watch;
}

void loop_watch_events(Loop *loop, LoopWatch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_unwatch(Loop *loop, LoopWatch *watch)
{
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->ready = NULL;
    watch->next_dead = loop->dead;
    loop->dead = watch;
}

void loop_timer(Loop *loop, int64_t delay_ms, LoopCall call, void *context)
{
    Timer *timer = x_calloc(1, sizeof *timer);
    timer->due = clock_ms() + delay_ms;
    timer->call = call;
    timer->context = context;
    Timer **at = &loop->timers;
    while (*at && (*at)->due <= timer->due)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

void loop_timer_cancel(Loop *loop, LoopCall call, const void *context)
{
    for (Timer **at = &loop->timers; *at;) {
        Timer *timer = *at;
        if (timer->call != call || timer->context != context) {
            at = &timer->next;
            continue;
        }
        *at = timer->next;
        free(timer);
    }
}

static void run_timers(Loop *loop)
{
    int64_t now = clock_ms();
    while (loop->timers && loop->timers->due <= now) {
        Timer timer = *loop->timers;
        free(loop->timers);
        loop->timers = timer.next;
        timer.call(timer.context);
    }
}

static int wait_time(const Loop *loop)
{
    if (!loop->timers)
        return -1;
    int64_t left = loop->timers->due - clock_ms();
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static bool stopped(Loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    bool stop = loop->stop;
    pthread_mutex_unlock(&loop->lock);
    return stop;
}

void loop_run(Loop *loop)
{
    struct epoll_event events[64];
    while (!stopped(loop)) {
        int count = epoll_wait(loop->epoll, events, ARRAY_SIZE(events), wait_time(loop));
        for (int i = 0; i < count; i++) {
            LoopWatch *watch = events[i].data.ptr;
            if (!watch)
                loop_drain(loop);
            else if (watch->ready)
                watch->ready(watch->context, events[i].events);
        }
        bury(loop);
        run_timers(loop);
    }
}
