/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues of bytes around a socket: see ssh_io.h. */
#include "client/core/ssh_io.h"

#include "client/core/ring.h"

#include <stdlib.h>

enum {
    IN_SIZE = 64 << 10,
    OUT_SIZE = 512 << 10,
    THREADED_IN_SIZE = 1 << 20,
    THREADED_OUT_SIZE = 4 << 20,
    RESERVE = 256 << 10, /* of the out queue, for what libssh2 sends by itself */
    SEND_MAX = 1 << 20, /* a blocking send returns when all of it is gone, and only then there is room again */
};

struct SshIo {
    PortSocket socket;
    PortWake *wake;
    Ring in, out;
    uint64_t received;
    bool closed;      /* the peer sent its last byte */
    bool failed;
    char *failure;
    bool wants_room;  /* a channel was told to wait */

    /* Threaded only: the mutex guards everything above. */
    bool threaded;
    PortMutex mutex;
    PortCond in_room, out_data;
    PortThread *receiver, *sender;
    bool stopping;
    bool waiting;     /* the owner sleeps on its wake */

    PortWake *far_wake; /* piped: of the relay's thread; NULL otherwise */
    bool starved;       /* piped: the relay waits for room in `in` */
};

SshIo *ssh_io_create(PortSocket socket, PortWake *wake)
{
    SshIo *io = x_calloc(1, sizeof *io);
    io->socket = socket;
    io->wake = wake;
    port_mutex_init(&io->mutex);
    port_cond_init(&io->in_room);
    port_cond_init(&io->out_data);
    ring_init(&io->in, IN_SIZE);
    ring_init(&io->out, OUT_SIZE);
    return io;
}

SshIo *ssh_io_create_piped(PortWake *wake, PortWake *far_wake)
{
    SshIo *io = ssh_io_create(PORT_NO_SOCKET, wake);
    ring_clear(&io->in);
    ring_clear(&io->out);
    ring_init(&io->in, THREADED_IN_SIZE);
    ring_init(&io->out, THREADED_OUT_SIZE);
    io->far_wake = far_wake;
    io->threaded = true;
    return io;
}

void ssh_io_set_wake(SshIo *io, PortWake *wake) { io->wake = wake; }

static void lock(SshIo *io)
{
    if (io->threaded)
        port_mutex_lock(&io->mutex);
}

static void unlock(SshIo *io)
{
    if (io->threaded)
        port_mutex_unlock(&io->mutex);
}

static void set_failed(SshIo *io)
{
    if (!io->failed)
        io->failure = port_socket_error_text();
    io->failed = true;
}

/* What a receive into the in queue came to. */
static void take_received(SshIo *io, long count)
{
    if (count > 0) {
        ring_commit(&io->in, (size_t)count);
        io->received += (uint64_t)count;
    } else if (count == 0) {
        io->closed = true;
    } else if (count == PORT_FAILED) {
        set_failed(io);
    }
}

/* ---- the two threads */

/* A part of a ring that one thread works on without the lock. */
typedef struct Span {
    char *bytes;
    size_t size;
} Span;

static Span wait_for_room(SshIo *io)
{
    Span span = { 0 };
    while (!io->stopping && ring_room(&io->in) < io->in.size / 4)
        port_cond_wait(&io->in_room, &io->mutex, -1);
    if (!io->stopping)
        span.size = ring_reserve(&io->in, &span.bytes);
    return span;
}

static void wake_owner(SshIo *io)
{
    if (io->waiting)
        port_wake_set(io->wake);
    io->waiting = false;
}

static void receive(void *context)
{
    SshIo *io = context;
    port_mutex_lock(&io->mutex);
    for (Span span = wait_for_room(io); span.size && !io->closed && !io->failed; span = wait_for_room(io)) {
        port_mutex_unlock(&io->mutex);
        long count = port_recv(io->socket, span.bytes, span.size);
        port_mutex_lock(&io->mutex);
        take_received(io, count);
        wake_owner(io);
    }
    port_mutex_unlock(&io->mutex);
}

static bool enough_room(const SshIo *io) { return ring_room(&io->out) >= io->out.size / 2; }

static void send_queued(void *context)
{
    SshIo *io = context;
    port_mutex_lock(&io->mutex);
    while (!io->stopping && !io->failed) {
        const char *bytes = NULL;
        size_t size = ring_peek(&io->out, &bytes);
        if (!size) {
            port_cond_wait(&io->out_data, &io->mutex, -1);
            continue;
        }
        port_mutex_unlock(&io->mutex);
        long count = port_send(io->socket, bytes, size < SEND_MAX ? size : SEND_MAX);
        port_mutex_lock(&io->mutex);
        if (count > 0)
            ring_drop(&io->out, (size_t)count);
        else if (count == PORT_FAILED)
            set_failed(io);
        if (io->failed || (io->wants_room && enough_room(io)))
            wake_owner(io);
    }
    port_mutex_unlock(&io->mutex);
}

static void enlarge(Ring *ring, size_t size)
{
    Ring larger;
    ring_init(&larger, size);
    const char *bytes = NULL;
    for (size_t part = ring_peek(ring, &bytes); part; part = ring_peek(ring, &bytes)) {
        ring_put(&larger, bytes, part);
        ring_drop(ring, part);
    }
    ring_clear(ring);
    *ring = larger;
}

void ssh_io_start_threads(SshIo *io)
{
    if (io->far_wake)
        return;
    enlarge(&io->in, THREADED_IN_SIZE);
    enlarge(&io->out, THREADED_OUT_SIZE);
    port_socket_make_blocking(io->socket);
    io->threaded = true;
    io->receiver = port_thread_start("ssh receive", receive, io);
    io->sender = port_thread_start("ssh send", send_queued, io);
}

static void stop_threads(SshIo *io)
{
    port_mutex_lock(&io->mutex);
    io->stopping = true;
    port_cond_broadcast(&io->in_room);
    port_cond_broadcast(&io->out_data);
    port_mutex_unlock(&io->mutex);
    port_socket_shutdown(io->socket);
    port_thread_join(io->receiver);
    port_thread_join(io->sender);
}

void ssh_io_free(SshIo *io)
{
    if (!io)
        return;
    if (io->threaded && !io->far_wake)
        stop_threads(io);
    if (!io->far_wake)
        port_socket_close(io->socket);
    ring_clear(&io->in);
    ring_clear(&io->out);
    port_mutex_clear(&io->mutex);
    port_cond_clear(&io->in_room);
    port_cond_clear(&io->out_data);
    free(io->failure);
    free(io);
}

/* ---- the session's thread */

/* Without threads: fills the in queue from the socket. */
static void receive_now(SshIo *io)
{
    char *to = NULL;
    ring_rewind(&io->in);
    size_t room = ring_reserve(&io->in, &to);
    take_received(io, io->closed || io->failed || !room ? PORT_AGAIN : port_recv(io->socket, to, room));
}

long ssh_io_recv(SshIo *io, void *bytes, size_t size)
{
    lock(io);
    if (!io->threaded && !io->in.count)
        receive_now(io);
    long count = (long)ring_get(&io->in, bytes, size);
    bool room = io->threaded && count && ring_room(&io->in) >= io->in.size / 4;
    if (room)
        port_cond_signal(&io->in_room);
    if (room && io->starved) {
        io->starved = false;
        port_wake_set(io->far_wake);
    }
    if (!count)
        count = io->failed ? PORT_FAILED : io->closed ? 0 : PORT_AGAIN;
    unlock(io);
    return count;
}

/* Without threads. */
static void send_now(SshIo *io)
{
    const char *bytes = NULL;
    for (size_t size = ring_peek(&io->out, &bytes); size && !io->failed; size = ring_peek(&io->out, &bytes)) {
        long count = port_send(io->socket, bytes, size);
        if (count == PORT_FAILED)
            set_failed(io);
        if (count <= 0)
            return;
        ring_drop(&io->out, (size_t)count);
    }
    ring_rewind(&io->out);
}

long ssh_io_send(SshIo *io, const void *bytes, size_t size)
{
    lock(io);
    bool was_empty = !io->out.count;
    if (!io->failed && ring_room(&io->out) < size) {
        io->failed = true;
        io->failure = x_strdup("the other side takes no more data");
    }
    if (!io->failed)
        ring_put(&io->out, bytes, size);
    if (io->threaded && was_empty)
        port_cond_signal(&io->out_data);
    if (io->far_wake && was_empty)
        port_wake_set(io->far_wake);
    if (!io->threaded && was_empty)
        send_now(io);
    long result = io->failed ? PORT_FAILED : (long)size;
    unlock(io);
    return result;
}

bool ssh_io_has_room(SshIo *io)
{
    lock(io);
    bool room = io->failed || ring_room(&io->out) > RESERVE;
    io->wants_room = !room;
    unlock(io);
    return room;
}

void ssh_io_flush(SshIo *io)
{
    if (!io->threaded)
        send_now(io);
}

static void wait_threaded(SshIo *io, int timeout_ms)
{
    lock(io);
    bool ready = io->in.count || io->closed || io->failed || (io->wants_room && enough_room(io));
    io->waiting = !ready;
    unlock(io);
    if (!ready)
        port_socket_wait(PORT_NO_SOCKET, 0, io->wake, timeout_ms);
    lock(io);
    io->waiting = false;
    unlock(io);
}

void ssh_io_wait(SshIo *io, int timeout_ms)
{
    if (io->threaded) {
        wait_threaded(io, timeout_ms);
        return;
    }
    if (io->in.count || io->failed)
        return;
    /* After the peer's last byte the socket would be readable for ever. */
    int events = (io->closed ? 0 : PORT_READ) | (io->out.count ? PORT_WRITE : 0);
    int happened = port_socket_wait(io->socket, events, io->wake, timeout_ms);
    if (happened & PORT_WRITE)
        send_now(io);
    if (happened & PORT_READ)
        receive_now(io);
}

/* ---- the relay's thread */

char *ssh_io_pipe_room(SshIo *io, size_t *ret_size)
{
    char *to = NULL;
    lock(io);
    *ret_size = ring_reserve(&io->in, &to);
    io->starved = *ret_size == 0;
    unlock(io);
    return to;
}

void ssh_io_pipe_commit(SshIo *io, size_t size)
{
    lock(io);
    ring_commit(&io->in, size);
    io->received += size;
    wake_owner(io);
    unlock(io);
}

const char *ssh_io_pipe_peek(SshIo *io, size_t *ret_size)
{
    const char *bytes = NULL;
    lock(io);
    *ret_size = ring_peek(&io->out, &bytes);
    unlock(io);
    return bytes;
}

void ssh_io_pipe_drop(SshIo *io, size_t size)
{
    lock(io);
    ring_drop(&io->out, size);
    if (io->wants_room && enough_room(io))
        wake_owner(io);
    unlock(io);
}

void ssh_io_pipe_end(SshIo *io, const char *failure)
{
    lock(io);
    io->closed = true;
    if (failure && !io->failed) {
        io->failed = true;
        io->failure = x_strdup(failure);
    }
    wake_owner(io);
    unlock(io);
}

/* ---- both */

uint64_t ssh_io_received(SshIo *io)
{
    lock(io);
    uint64_t received = io->received;
    unlock(io);
    return received;
}

char *ssh_io_failure(SshIo *io)
{
    lock(io);
    char *text = x_strdup(io->failure);
    unlock(io);
    return text;
}
