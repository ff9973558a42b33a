/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How link.c reaches an agent: a connection with channels. The real one is SSH (link_ssh.c); tests script one without a network.
 * All functions are called on the link's I/O thread.
 */
#ifndef POOLCENTER_LINK_TRANSPORT_H
#define POOLCENTER_LINK_TRANSPORT_H

#include "client/core/ssh.h"

typedef struct LinkTransport LinkTransport;
typedef struct LinkChannel LinkChannel;

/* What the link lends a transport; valid until close. */
typedef struct LinkSetup {
    const ServerConfig *config;
    const char *known_hosts;
    const SshAsk *ask;
    const _Atomic bool *cancel;
    PortWake *wake;
    void (*progress)(void *context, ServerState state);
    void *progress_context;
} LinkSetup;

typedef struct LinkTransportOps {
    /* Connects and logs in: blocks, cancellable. */
    int (*connect)(const LinkSetup *setup, LinkTransport **ret, Error *err);
    void (*close)(LinkTransport *transport);
    /* Waits until some channel may have something to do, the wake is set, or timeout_ms. */
    int (*wait)(LinkTransport *transport, int timeout_ms, Error *err);
    /* Never block; results as in ssh.h. opening: the line to send, without newline. */
    LinkChannel *(*channel_start)(LinkTransport *transport, const char *opening);
    int (*channel_poll)(LinkChannel *channel, json_t **ret_ready, Error *err);
    long (*channel_read)(LinkChannel *channel, void *bytes, size_t size, Error *err);
    long (*channel_write)(LinkChannel *channel, const void *bytes, size_t size, Error *err);
    void (*channel_free)(LinkChannel *channel);
    /* The session below, for setting up the agent; NULL where there is none. */
    SshSession *(*ssh)(LinkTransport *transport);
} LinkTransportOps;

extern const LinkTransportOps link_ssh;
/* A session made otherwise, as link_ssh's; NULL stays NULL. */
LinkTransport *link_ssh_transport(SshSession *session);

#endif
