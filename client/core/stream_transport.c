/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uploads through the link's connection: see stream_transport.h. A LinkTransport is a Shared and a LinkChannel a Stream, seen through the table. */
#include "client/core/stream_transport.h"

#include "client/core/stream_private.h"

#include <stdlib.h>

typedef struct Shared {
    Link *link;
    int session;
    PortWake *wake;
} Shared;

static Shared *shared_of(LinkTransport *transport) { return (Shared *)(void *)transport; }
static Stream *stream_of(LinkChannel *channel) { return (Stream *)(void *)channel; }

LinkTransport *stream_transport_open(Link *link, int session, PortWake *wake)
{
    Shared *shared = x_calloc(1, sizeof *shared);
    *shared = (Shared){ link_ref(link), session, wake };
    return (LinkTransport *)(void *)shared;
}

static void close_shared(LinkTransport *transport)
{
    Shared *shared = shared_of(transport);
    link_unref(shared->link);
    free(shared);
}

/* The link's own thread moves the bytes and keeps the connection alive. */
static int wait_shared(LinkTransport *transport, int timeout_ms, Error *err)
{
    (void)err;
    if (timeout_ms)
        port_socket_wait(PORT_NO_SOCKET, 0, shared_of(transport)->wake, timeout_ms);
    return 0;
}

static LinkChannel *start(LinkTransport *transport, const char *opening)
{
    Shared *shared = shared_of(transport);
    return (LinkChannel *)(void *)stream_create_shared(shared->link, shared->session, opening, shared->wake);
}

static int poll_channel(LinkChannel *channel, json_t **ret_ready, Error *err) { return stream_ready(stream_of(channel), ret_ready, err); }
static long read_channel(LinkChannel *channel, void *bytes, size_t size, Error *err) { return stream_read(stream_of(channel), bytes, size, 0, err); }
static long write_channel(LinkChannel *channel, const void *bytes, size_t size, Error *err) { return stream_try_write(stream_of(channel), bytes, size, err); }
static void free_channel(LinkChannel *channel) { stream_close(stream_of(channel)); }

const LinkTransportOps stream_transport = {
    .close = close_shared,
    .wait = wait_shared,
    .channel_start = start,
    .channel_poll = poll_channel,
    .channel_read = read_channel,
    .channel_write = write_channel,
    .channel_free = free_channel,
};
