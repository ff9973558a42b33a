/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See server_reach.h: each address of the name in turn, with a limit. */
#include "agent/server_reach.h"

#include "protocol/util.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* 0, or the errno of why not. */
static int try_address(const struct addrinfo *address, int milliseconds)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int why = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (why == EINPROGRESS) {
        struct pollfd wait = { .fd = fd, .events = POLLOUT };
        socklen_t size = sizeof why;
        if (poll(&wait, 1, milliseconds) <= 0)
            why = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) < 0)
            why = errno;
    }
    close(fd);
    return why;
}

int server_reach(const char *host, int64_t port, int64_t milliseconds, const char *name, Error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all = NULL;
    AUTO_FREE char *service = x_printf("%lld", (long long)port);
    int failed = getaddrinfo(host, service, &hints, &all);
    if (failed)
        return error_set(err, ERR_DATASTORE_TEST, name, "the host does not know the server '%s' (%s)", host, gai_strerror(failed));
    int why = EHOSTUNREACH;
    for (const struct addrinfo *address = all; address && why; address = address->ai_next)
        why = try_address(address, (int)milliseconds);
    freeaddrinfo(all);
    return why ? error_set(err, ERR_DATASTORE_TEST, name, "the server '%s' does not answer at port %lld (%s)", host, (long long)port, strerror(why)) : 0;
}
