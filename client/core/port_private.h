/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of port_connect (port.c) that each system does its own way. */
#ifndef POOLCENTER_PORT_PRIVATE_H
#define POOLCENTER_PORT_PRIVATE_H

#include "client/core/port.h"

enum { PORT_ADDRESSES_MAX = 16 };

typedef struct PortAddress {
    _Alignas(8) char bytes[128]; /* a sockaddr */
    int size;
} PortAddress;

/* Blocks (DNS), unless numeric: then only an address in numbers is taken. Returns how many were found; 0: *ret_why says why (caller frees). */
size_t port_resolve(const char *host, int port, bool numeric, PortAddress ret[PORT_ADDRESSES_MAX], char **ret_why);
/* A non-blocking socket that has begun to connect; PORT_NO_SOCKET: *ret_why. */
PortSocket port_connect_begin(const PortAddress *address, char **ret_why);
/* After the socket became writable: NULL when it is connected, else why not (caller frees). */
char *port_connect_failure(PortSocket socket);

#endif
