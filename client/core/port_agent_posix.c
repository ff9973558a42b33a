/* SPDX-License-Identifier: GPL-3.0-or-later */
/* port_agent.h for Linux: the socket named by SSH_AUTH_SOCK. */
#define _GNU_SOURCE
#include "client/core/port_agent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct PortAgent {
    int fd;
};

size_t port_agent_count(void) { return 1; }

PortAgent *port_agent_open(size_t which)
{
    (void)which;
    const char *path = getenv("SSH_AUTH_SOCK");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (str_empty(path) || strlen(path) >= sizeof address.sun_path)
        return NULL;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return NULL;
    }
    PortAgent *agent = x_calloc(1, sizeof *agent);
    agent->fd = fd;
    return agent;
}

bool port_agent_send(PortAgent *agent, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = send(agent->fd, (const char *)bytes + done, size - done, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

bool port_agent_receive(PortAgent *agent, void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = recv(agent->fd, (char *)bytes + done, size - done, 0);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

void port_agent_close(PortAgent *agent)
{
    close(agent->fd);
    free(agent);
}
