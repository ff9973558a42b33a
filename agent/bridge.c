/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte carrying: see bridge.h. One thread, poll, one buffer per direction. */
#include "agent/bridge.h"
#include "protocol/rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUFFER = 256 << 10 };

typedef struct Way {
    int in;
    int out;
    char *bytes;
    size_t start;
    size_t end;
    bool in_ended;
    bool done; /* all is through, or the output is gone */
} Way;

static void finish(Way *way)
{
    way->done = true;
    if (shutdown(way->out, SHUT_WR) < 0 && errno == ENOTSOCK)
        close(way->out); /* a pipe: its reader sees the end */
}

static void way_read(Way *way)
{
    ssize_t count = read(way->in, way->bytes, BUFFER);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    way->in_ended = count <= 0;
    way->start = 0;
    way->end = count > 0 ? (size_t)count : 0;
}

static void way_write(Way *way)
{
    ssize_t count = write(way->out, way->bytes + way->start, way->end - way->start);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        way->in_ended = true;
        way->start = way->end;
    } else if (count > 0) {
        way->start += (size_t)count;
    }
}

static void way_step(Way *way, short in_events, short out_events)
{
    if (way->done)
        return;
    if (way->start == way->end && !way->in_ended && in_events)
        way_read(way);
    if (way->start < way->end && (out_events || in_events))
        way_write(way);
    if (way->in_ended && way->start == way->end)
        finish(way);
}

static void poll_way(const Way *way, struct pollfd *in, struct pollfd *out)
{
    bool full = way->start < way->end;
    *in = (struct pollfd){ .fd = way->done || full || way->in_ended ? -1 : way->in, .events = POLLIN };
    *out = (struct pollfd){ .fd = way->done || !full ? -1 : way->out, .events = POLLOUT };
}

static void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

void bridge_run(int a_in, int a_out, int b_in, int b_out)
{
    Way forth = { .in = a_in, .out = b_out, .bytes = x_calloc(1, BUFFER) };
    Way back = { .in = b_in, .out = a_out, .bytes = x_calloc(1, BUFFER) };
    const int all[] = { a_in, a_out, b_in, b_out };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        set_nonblocking(all[i]);
    while (!back.done) { /* when the far side has ended there is nobody left to send to */
        struct pollfd fds[4];
        poll_way(&forth, &fds[0], &fds[1]);
        poll_way(&back, &fds[2], &fds[3]);
        if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
            break;
        way_step(&forth, fds[0].revents, fds[1].revents);
        way_step(&back, fds[2].revents, fds[3].revents);
    }
    free(forth.bytes);
    free(back.bytes);
}

static int open_socket(const char *path, int *ret, Error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(err, ERR_IO, path, "the path is too long for a socket");
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return error_set(err, ERR_IO, path, "%s", strerror(why));
    }
    *ret = fd;
    return 0;
}

int bridge_stdio(const char *socket_path, const char *ticket, Error *err)
{
    int fd = -1;
    int code = open_socket(socket_path, &fd, err);
    if (code < 0)
        return code;
    if (ticket) {
        AUTO_FREE char *line = x_printf("%s%s\n", RPC_OPEN_DATA, ticket);
        if (send(fd, line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line))
            code = error_set(err, ERR_IO, socket_path, "%s", strerror(errno));
    }
    if (code == 0)
        bridge_run(STDIN_FILENO, STDOUT_FILENO, fd, fd);
    close(fd);
    return code;
}
