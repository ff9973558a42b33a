/* SPDX-License-Identifier: GPL-3.0-or-later */
/* port_agent.h for Linux: the socket named by SSH_AUTH_SOCK. */
#define _GNU_SOURCE
#include "client/core/port_agent.h"

#include "client/core/wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

size_t port_agent_count(void) { return 1; }

static int connect_agent(void)
{
    const char *path = getenv("SSH_AUTH_SOCK");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (str_empty(path) || strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool send_all(int fd, const unsigned char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = send(fd, bytes + done, size - done, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool receive_all(int fd, unsigned char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = recv(fd, bytes + done, size - done, 0);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool exchange(int fd, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    WireWriter message = { 0 };
    wire_put_string(&message, request, size);
    bool sent = send_all(fd, message.bytes, message.size);
    wire_free(&message);
    unsigned char head[4];
    if (!sent || !receive_all(fd, head, sizeof head))
        return false;
    WireReader reader = wire_reader(head, sizeof head);
    size_t length = wire_word(&reader);
    if (length > PORT_AGENT_MESSAGE_MAX)
        return false;
    unsigned char *answer = x_calloc(length + 1, 1);
    if (!receive_all(fd, answer, length)) {
        free(answer);
        return false;
    }
    *ret = answer;
    *ret_size = length;
    return true;
}

bool port_agent_ask(size_t which, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    (void)which;
    int fd = connect_agent();
    if (fd < 0)
        return false;
    bool answered = exchange(fd, request, size, ret, ret_size);
    close(fd);
    return answered;
}
