/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The listening socket, the list of connections, and what goes to all of them: see server.h. */
#include "agent/server.h"
#include "agent/connection.h"
#include "agent/http_server.h"
#include "agent/identity.h"
#include "agent/listen_socket.h"
#include "agent/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 256,
    CONNECTIONS_FOR_ROOT = 8, /* of them, which nobody else gets */
    CONNECTIONS_PER_USER = 128,
    STREAMS_MAX = 128,
};

struct Server {
    Agent *agent;
    int fd;
    LoopWatch *watch;
    Connection *connections[CONNECTIONS_MAX];
    size_t count;
    bool closing;
    pthread_mutex_t lock;    /* guards the streams */
    pthread_cond_t ended;
    int streams[STREAMS_MAX]; /* duplicates of their sockets; -1: free */
    size_t stream_count;
};

static void idle_exit(void *context)
{
    Server *server = context;
    if (server->count || server->stream_count || http_server_in_use(server->agent->http) || !tasks_idle(server->agent->tasks))
        return loop_timer(server->agent->loop, server->agent->config.idle_exit * 1000, idle_exit, server);
    log_line("nobody has been connected for %ld s: ending", (long)server->agent->config.idle_exit);
    loop_stop(server->agent->loop);
}

static void watch_idle(Server *server)
{
    if (!server->agent->config.idle_exit || server->closing)
        return;
    loop_timer_cancel(server->agent->loop, idle_exit, server);
    if (!server->count)
        loop_timer(server->agent->loop, server->agent->config.idle_exit * 1000, idle_exit, server);
}

void server_idle_changed(Server *server) { watch_idle(server); }

static bool room_for(const Server *server, uid_t uid)
{
    size_t same = 0;
    for (size_t i = 0; i < server->count; i++)
        same += connection_uid(server->connections[i]) == uid;
    if (uid == 0)
        return server->count < CONNECTIONS_MAX;
    return server->count < CONNECTIONS_MAX - CONNECTIONS_FOR_ROOT && same < CONNECTIONS_PER_USER;
}

static void on_accept(void *context, uint32_t events)
{
    (void)events;
    Server *server = context;
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    uid_t uid = identity_uid(fd);
    if (!room_for(server, uid)) {
        log_line("too many connections: one of user id %ld is refused", (long)uid);
        close(fd);
        return;
    }
    server->connections[server->count++] = connection_create(server->agent, fd, uid);
    watch_idle(server);
}

int server_create(Agent *agent, Server **ret, Error *err)
{
    int fd = -1;
    int code = listen_socket_open(&agent->config, agent->config.socket, &fd, err);
    if (code < 0)
        return code;
    Server *server = x_calloc(1, sizeof *server);
    server->agent = agent;
    server->fd = fd;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->ended, NULL);
    for (size_t i = 0; i < STREAMS_MAX; i++)
        server->streams[i] = -1;
    server->watch = loop_watch(agent->loop, fd, EPOLLIN, on_accept, server);
    watch_idle(server);
    *ret = server;
    return 0;
}

static void end_streams(Server *server)
{
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < STREAMS_MAX; i++)
        if (server->streams[i] >= 0)
            shutdown(server->streams[i], SHUT_RDWR);
    while (server->stream_count)
        pthread_cond_wait(&server->ended, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

void server_close(Server *server)
{
    if (!server)
        return;
    server->closing = true;
    loop_unwatch(server->agent->loop, server->watch);
    close(server->fd);
    unlink(server->agent->config.socket);
    loop_timer_cancel(server->agent->loop, idle_exit, server);
    while (server->count)
        connection_close(server->connections[0]);
    end_streams(server);
}

void server_free(Server *server)
{
    if (!server)
        return;
    pthread_cond_destroy(&server->ended);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

void server_connection_gone(Server *server, Connection *connection)
{
    for (size_t i = 0; i < server->count; i++)
        if (server->connections[i] == connection) {
            server->connections[i] = server->connections[--server->count];
            break;
        }
    watch_idle(server);
}

int server_stream_started(Server *server, int fd)
{
    int number = -1;
    pthread_mutex_lock(&server->lock);
    for (int i = 0; i < STREAMS_MAX && number < 0; i++)
        if (server->streams[i] < 0)
            number = i;
    if (number >= 0)
        server->streams[number] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (number >= 0 && server->streams[number] < 0)
        number = -1;
    server->stream_count += number >= 0;
    pthread_mutex_unlock(&server->lock);
    return number;
}

void server_stream_ended(Server *server, int stream)
{
    pthread_mutex_lock(&server->lock);
    close(server->streams[stream]);
    server->streams[stream] = -1;
    server->stream_count--;
    pthread_cond_broadcast(&server->ended);
    pthread_mutex_unlock(&server->lock);
}

bool server_has_subscribers(const Server *server)
{
    for (size_t i = 0; i < server->count; i++)
        if (connection_subscribed(server->connections[i]))
            return true;
    return false;
}

typedef struct Broadcast {
    Server *server;
    SharedLine *line;
} Broadcast;

static void broadcast_now(void *context)
{
    Broadcast *broadcast = context;
    Server *server = broadcast->server;
    for (size_t i = server->count; i-- > 0;) /* backwards: a slow one may be closed and leave */
        connection_event(server->connections[i], broadcast->line);
    shared_line_release(broadcast->line);
    free(broadcast);
}

void server_broadcast(Server *server, Event event, json_t *params, StampKind kind, int64_t number)
{
    Broadcast *broadcast = x_calloc(1, sizeof *broadcast);
    broadcast->server = server;
    broadcast->line = shared_line_create(rpc_notification_line(event_name(event), params));
    broadcast->line->kind = kind;
    broadcast->line->number = number;
    loop_post(server->agent->loop, broadcast_now, broadcast);
}
