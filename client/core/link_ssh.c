/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SSH as a transport of link.c: passes on to ssh.h. On the link's I/O thread. */
#include "client/core/link_transport.h"

enum { STEP_TIMEOUT_MS = 20000 };

/* A LinkTransport is an SshSession and a LinkChannel an SshChannel, seen through the table. */
static SshSession *session_of(LinkTransport *transport) { return (SshSession *)(void *)transport; }
static SshChannel *channel_of(LinkChannel *channel) { return (SshChannel *)(void *)channel; }

static int connect_ssh(const LinkSetup *setup, LinkTransport **ret, Error *err)
{
    SshOptions options = {
        .known_hosts = setup->known_hosts,
        .timeout_ms = STEP_TIMEOUT_MS,
        .wake = setup->wake,
        .progress = setup->progress,
        .progress_context = setup->progress_context,
    };
    SshSession *session = NULL;
    int code = ssh_connect(setup->config, &options, setup->ask, setup->cancel, &session, err);
    *ret = (LinkTransport *)(void *)session;
    return code;
}

static void close_ssh(LinkTransport *transport) { ssh_session_free(session_of(transport)); }
static int wait_ssh(LinkTransport *transport, int timeout_ms, Error *err) { return ssh_wait(session_of(transport), timeout_ms, err); }

static LinkChannel *start(LinkTransport *transport, const char *opening)
{
    return (LinkChannel *)(void *)ssh_channel_start(session_of(transport), opening);
}

static int poll_channel(LinkChannel *channel, json_t **ret_ready, Error *err) { return ssh_channel_poll(channel_of(channel), ret_ready, err); }
static long read_channel(LinkChannel *channel, void *bytes, size_t size, Error *err) { return ssh_channel_read(channel_of(channel), bytes, size, err); }

static long write_channel(LinkChannel *channel, const void *bytes, size_t size, Error *err)
{
    return ssh_channel_write(channel_of(channel), bytes, size, err);
}

static void free_channel(LinkChannel *channel) { ssh_channel_free(channel_of(channel)); }

LinkTransport *link_ssh_transport(SshSession *session) { return (LinkTransport *)(void *)session; }

const LinkTransportOps link_ssh = {
    .connect = connect_ssh,
    .close = close_ssh,
    .wait = wait_ssh,
    .channel_start = start,
    .channel_poll = poll_channel,
    .channel_read = read_channel,
    .channel_write = write_channel,
    .channel_free = free_channel,
    .ssh = session_of,
};
