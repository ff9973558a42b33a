/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The connection of a link as a transport for an upload. An upload has an SSH connection of its own, so that it never delays a click; where the login asks for a
 * one-time code, nobody wants to type one per upload, and after a break at night nobody is there to: it shares the link's connection then.
 * All functions are for the upload's thread.
 */
#ifndef POOLCENTER_STREAM_TRANSPORT_H
#define POOLCENTER_STREAM_TRANSPORT_H

#include "client/core/link.h"

/* session: link_session. Takes a reference of its own; borrows the wake until close. */
LinkTransport *stream_transport_open(Link *link, int session, PortWake *wake);
extern const LinkTransportOps stream_transport;

#endif
