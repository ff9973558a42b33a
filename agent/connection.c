/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Control connections: see connection.h. A connection is referenced by the server and by each call that runs for it; calls run on
 * workers and come back through loop_post. A reader too slow for its events is dropped, and a client with too many calls
 * under way is not read from until some have ended.
 */
#include "agent/connection.h"
#include "agent/log.h"
#include "agent/request.h"
#include "agent/tickets.h"
#include "protocol/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CALLS_MAX = 32,
    OPENING_MS = 10000,
    OUT_MAX = LIMIT_REPLY_LINE + (16 << 20),
    OUT_ENOUGH = 4 << 20, /* waiting to be sent: no more calls are taken until the client reads */
    READ_BYTES = 64 << 10,
};

typedef enum Phase { PHASE_OPENING, PHASE_CONTROL, PHASE_ENDING, PHASE_CLOSED } Phase;

typedef struct OutLine {
    SharedLine *line;
    struct OutLine *next;
} OutLine;

typedef struct OutQueue {
    OutLine *first;
    OutLine **last;
    size_t bytes;
} OutQueue;

struct Connection {
    Agent *agent;
    int fd;
    uid_t uid;
    LoopWatch *watch;
    Phase phase;
    int refs;
    int calls;        /* under way */
    bool greeting;    /* hello is under way: nothing else starts */
    bool greeted;
    Identity identity; /* after hello; constant then */
    LineReader in;
    OutQueue out;
    size_t out_offset; /* bytes of the first line that are sent */
    int subscribing;   /* inventory.subscribe calls under way: events are held meanwhile */
    bool subscribed;
    OutQueue held;
    int64_t revision;    /* what the last snapshot contained */
    int64_t task_serial;
};

/* A call under way; made on the loop, run on a worker, finished on the loop. */
typedef struct Call {
    Connection *connection;
    int64_t id;
    Request request;
    Identity identity; /* hello: found out by the worker, moved to the connection */
    json_t *params;
    bool failed;
    char *line;
} Call;

static void read_lines(Connection *connection);

SharedLine *shared_line_create(char *text)
{
    SharedLine *line = x_calloc(1, sizeof *line);
    line->refs = 1;
    line->text = text;
    line->length = strlen(text);
    return line;
}

void shared_line_release(SharedLine *line)
{
    if (--line->refs)
        return;
    free(line->text);
    free(line);
}

static void queue_add(OutQueue *queue, SharedLine *line)
{
    OutLine *entry = x_calloc(1, sizeof *entry);
    entry->line = line;
    line->refs++;
    *queue->last = entry;
    queue->last = &entry->next;
    queue->bytes += line->length;
}

static void queue_drop_first(OutQueue *queue)
{
    OutLine *entry = queue->first;
    queue->first = entry->next;
    if (!queue->first)
        queue->last = &queue->first;
    queue->bytes -= entry->line->length;
    shared_line_release(entry->line);
    free(entry);
}

static void queue_clear(OutQueue *queue)
{
    while (queue->first)
        queue_drop_first(queue);
}

static void release(Connection *connection)
{
    if (--connection->refs)
        return;
    close(connection->fd);
    queue_clear(&connection->out);
    queue_clear(&connection->held);
    line_reader_clear(&connection->in);
    identity_clear(&connection->identity);
    free(connection);
}

static void opening_timeout(void *context) { connection_close(context); }

void connection_close(Connection *connection)
{
    if (connection->phase == PHASE_CLOSED)
        return;
    connection->phase = PHASE_CLOSED;
    loop_timer_cancel(connection->agent->loop, opening_timeout, connection);
    if (connection->watch)
        loop_unwatch(connection->agent->loop, connection->watch);
    connection->watch = NULL;
    shutdown(connection->fd, SHUT_RDWR);
    server_connection_gone(connection->agent->server, connection);
    release(connection);
}

static bool may_read(const Connection *connection)
{
    return connection->phase < PHASE_ENDING && !connection->greeting && connection->calls < CALLS_MAX
        && connection->out.bytes < OUT_ENOUGH;
}

static void update_events(Connection *connection)
{
    if (connection->phase == PHASE_CLOSED)
        return;
    uint32_t events = (may_read(connection) ? EPOLLIN : 0u) | (connection->out.first ? EPOLLOUT : 0u);
    loop_watch_events(connection->agent->loop, connection->watch, events);
}

/* Sends what the socket takes. False: the connection has been closed. */
static bool flush(Connection *connection)
{
    while (connection->out.first) {
        const SharedLine *line = connection->out.first->line;
        ssize_t sent = send(connection->fd, line->text + connection->out_offset, line->length - connection->out_offset,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return true;
        if (sent < 0) {
            connection_close(connection);
            return false;
        }
        connection->out_offset += (size_t)sent;
        if (connection->out_offset < line->length)
            continue;
        queue_drop_first(&connection->out);
        connection->out_offset = 0;
    }
    if (connection->phase == PHASE_ENDING && !connection->calls) {
        connection_close(connection);
        return false;
    }
    return true;
}

static void send_shared(Connection *connection, SharedLine *line)
{
    if (connection->phase == PHASE_CLOSED)
        return;
    if (connection->out.bytes + line->length > OUT_MAX) {
        log_line("a client of user id %ld reads too slowly and is disconnected", (long)connection->uid);
        connection_close(connection);
        return;
    }
    queue_add(&connection->out, line);
    if (flush(connection))
        update_events(connection);
}

static void send_text(Connection *connection, char *text)
{
    SharedLine *line = shared_line_create(text);
    send_shared(connection, line);
    shared_line_release(line);
}

static bool newer(const Connection *connection, const SharedLine *line)
{
    return line->number > (line->kind == STAMP_INVENTORY ? connection->revision : connection->task_serial);
}

void connection_event(Connection *connection, SharedLine *line)
{
    if (connection->phase >= PHASE_ENDING)
        return;
    if (connection->subscribing && connection->held.bytes + line->length > OUT_MAX)
        connection_close(connection);
    else if (connection->subscribing)
        queue_add(&connection->held, line);
    else if (connection->subscribed && newer(connection, line))
        send_shared(connection, line);
}

bool connection_subscribed(const Connection *connection) { return connection->subscribed || connection->subscribing; }
uid_t connection_uid(const Connection *connection) { return connection->uid; }

/* After the snapshot: the events that came while it was made, if they are newer. */
static void send_held(Connection *connection)
{
    OutQueue held = connection->held;
    if (!held.first)
        return;
    connection->held = (OutQueue){ 0 };
    connection->held.last = &connection->held.first;
    while (held.first) {
        if (connection->subscribed && newer(connection, held.first->line))
            send_shared(connection, held.first->line);
        queue_drop_first(&held);
    }
}

static void finish_subscribe(Connection *connection, const Call *call)
{
    connection->subscribing--;
    if (!call->failed) {
        connection->subscribed = true;
        connection->revision = call->request.revision;
        connection->task_serial = call->request.task_serial;
    }
    if (!connection->subscribing)
        send_held(connection);
}

static void finish_hello(Connection *connection, Call *call)
{
    connection->greeting = false;
    if (call->failed || connection->greeted)
        return;
    connection->greeted = true;
    connection->identity = call->identity;
    call->identity = (Identity){ 0 };
}

/* On the loop: the call has ended. */
static void call_finish(void *context)
{
    Call *call = context;
    Connection *connection = call->connection;
    connection->calls--;
    if (call->request.method == METHOD_hello)
        finish_hello(connection, call);
    send_text(connection, TAKE_PTR(call->line));
    if (call->request.method == METHOD_inventory_subscribe)
        finish_subscribe(connection, call);
    identity_clear(&call->identity);
    json_decref(call->params);
    free(call);
    if (connection->phase < PHASE_ENDING)
        read_lines(connection);
    else if (connection->phase == PHASE_ENDING)
        flush(connection);
    release(connection);
}

/* On a worker. */
static void call_run(void *context)
{
    Call *call = context;
    AUTO(error_clear) Error err = { 0 };
    json_t *result = NULL;
    Agent *agent = call->connection->agent;
    bool ready = call->request.identity != &call->identity
        || identity_of(call->connection->fd, &agent->config, &call->identity, &err) == 0;
    if (!ready)
        log_line("%s", err.message);
    if (ready && request_run(&call->request, call->params, &result, &err) == 0)
        call->line = rpc_result_line(call->id, result);
    if (call->line && strlen(call->line) > LIMIT_REPLY_LINE) {
        AUTO_FREE char *limit = x_printf("%d", LIMIT_REPLY_LINE);
        error_set(&err, ERR_TOO_LARGE, limit, NULL);
    }
    call->failed = err.code != 0;
    if (call->failed) {
        free(call->line);
        call->line = rpc_error_line(call->id, &err);
    }
    loop_post(agent->loop, call_finish, call);
}

/* Calls that wait for neither libvirt nor disks have threads of their own: a libvirt that is silent takes all others, but nobody's login, nor the chance
 * to cancel and to keep a change of the network. */
static bool is_quick(Method method)
{
    return method == METHOD_hello || method == METHOD_inventory_subscribe || method == METHOD_task_cancel
        || method == METHOD_host_network_confirm || method == METHOD_host_network_revert;
}

static void call_start(Connection *connection, Method method, RpcMessage *message)
{
    Call *call = x_calloc(1, sizeof *call);
    call->connection = connection;
    call->id = message->id;
    call->params = TAKE_PTR(message->body);
    call->request.agent = connection->agent;
    call->request.method = method;
    call->request.identity = connection->greeted ? &connection->identity : &call->identity;
    connection->refs++;
    connection->calls++;
    connection->greeting = method == METHOD_hello;
    if (method == METHOD_inventory_subscribe)
        connection->subscribing++;
    Agent *agent = connection->agent;
    workers_run(is_quick(method) ? agent->quick : agent->workers, call_run, call);
}

static void on_message(Connection *connection, RpcMessage *message)
{
    AUTO(error_clear) Error err = { 0 };
    Method method = message->method ? method_find(message->method) : METHOD_COUNT;
    if (message->kind == RPC_NOTIFICATION)
        return;
    if (message->kind != RPC_REQUEST)
        error_set(&err, ERR_INVALID_REQUEST, NULL, "the agent has not asked for a reply");
    else if (method == METHOD_COUNT)
        error_set(&err, ERR_METHOD_NOT_FOUND, message->method, NULL);
    else if (!connection->greeted && method != METHOD_hello)
        error_set(&err, ERR_HELLO_FIRST, NULL, NULL);
    if (err.code)
        send_text(connection, rpc_error_line(message->kind == RPC_REQUEST ? message->id : -1, &err));
    else
        call_start(connection, method, message);
}

static void on_control_line(Connection *connection, const char *line, size_t length)
{
    AUTO(error_clear) Error err = { 0 };
    RpcMessage message;
    if (rpc_parse(line, length, &message, &err) < 0)
        send_text(connection, rpc_error_line(message.id, &err));
    else
        on_message(connection, &message);
    rpc_message_clear(&message);
}

static void refuse(Connection *connection, Error *err)
{
    ErrorInfo info;
    error_to_info(err, &info);
    connection->phase = PHASE_ENDING;
    send_text(connection, rpc_opening_line(RPC_REFUSED, ErrorInfo_encode(&info)));
    ErrorInfo_clear(&info);
}

typedef struct StreamStart {
    Server *server;
    int number;
    Stream stream;
    int fd;
    char *rest;
    size_t rest_length;
} StreamStart;

static void stream_end(StreamStart *start)
{
    server_stream_ended(start->server, start->number);
    free(start->rest);
    free(start);
}

static void stream_main(void *context)
{
    StreamStart *start = context;
    start->stream.serve(start->stream.context, start->fd, start->rest, start->rest_length);
    stream_end(start);
}

/* Gives the socket to the stream's own thread; the connection ends here. */
static void become_stream(Connection *connection, const Stream *stream, int number)
{
    StreamStart *start = x_calloc(1, sizeof *start);
    const char *rest = NULL;
    start->server = connection->agent->server;
    start->number = number;
    start->stream = *stream;
    start->rest_length = line_reader_rest(&connection->in, &rest);
    start->rest = x_memdup(rest, start->rest_length, 1);
    start->fd = connection->fd;
    connection->fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* what closing the connection may close */
    loop_unwatch(connection->agent->loop, TAKE_PTR(connection->watch));
    fcntl(start->fd, F_SETFL, 0);
    if (!thread_start(stream_main, start)) {
        start->stream.drop(start->stream.context);
        close(start->fd);
        stream_end(start);
    }
    connection_close(connection);
}

static void on_data_line(Connection *connection, const char *word, size_t length)
{
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *ticket = x_strndup(word, length);
    Server *server = connection->agent->server;
    Stream stream;
    int number = server_stream_started(server, connection->fd);
    if (number < 0)
        error_set(&err, ERR_BUSY, "poolagentd", "too many data connections are open");
    else if (tickets_take(connection->agent->tickets, connection->uid, ticket, &stream, &err) == 0)
        become_stream(connection, &stream, number);
    else
        server_stream_ended(server, number);
    if (err.code)
        refuse(connection, &err);
}

static void on_opening_line(Connection *connection, const char *line, size_t length)
{
    static const char data[] = RPC_OPEN_DATA;
    loop_timer_cancel(connection->agent->loop, opening_timeout, connection);
    if (length == strlen(RPC_OPEN_CONTROL) && memcmp(line, RPC_OPEN_CONTROL, length) == 0) {
        connection->phase = PHASE_CONTROL;
        send_text(connection, rpc_opening_line(RPC_READY, json_object()));
        return;
    }
    if (length > strlen(data) && memcmp(line, data, strlen(data)) == 0) {
        on_data_line(connection, line + strlen(data), length - strlen(data));
        return;
    }
    AUTO(error_clear) Error err = { 0 };
    error_set(&err, ERR_INVALID_REQUEST, NULL, "the opening line is not one of PoolCenter's");
    refuse(connection, &err);
}

static void on_bad_stream(Connection *connection, Error *err)
{
    if (connection->phase == PHASE_OPENING) {
        refuse(connection, err);
        return;
    }
    connection->phase = PHASE_ENDING;
    send_text(connection, rpc_error_line(-1, err));
}

/* Works off the lines that are there, as far as calls may start. */
static void read_lines(Connection *connection)
{
    AUTO(error_clear) Error err = { 0 };
    const char *line = NULL;
    size_t length = 0;
    connection->refs++;
    int got = 1;
    while (may_read(connection) && (got = line_reader_next(&connection->in, &line, &length, &err)) > 0) {
        if (connection->phase == PHASE_OPENING)
            on_opening_line(connection, line, length);
        else
            on_control_line(connection, line, length);
    }
    if (got < 0)
        on_bad_stream(connection, &err);
    update_events(connection);
    release(connection);
}

static void on_readable(Connection *connection)
{
    char bytes[READ_BYTES];
    ssize_t count = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count == 0 && connection->phase == PHASE_CONTROL) {
        connection->phase = PHASE_ENDING; /* a client that has said all may still wait for its replies */
        if (flush(connection))
            update_events(connection);
        return;
    }
    if (count <= 0) {
        connection_close(connection);
        return;
    }
    line_reader_feed(&connection->in, bytes, (size_t)count);
    read_lines(connection);
}

static void on_ready(void *context, uint32_t events)
{
    Connection *connection = context;
    connection->refs++;
    if (events & EPOLLOUT && flush(connection))
        read_lines(connection); /* those held back while too much waited to be sent */
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && connection->phase != PHASE_CLOSED) {
        if (may_read(connection))
            on_readable(connection);
        else if (events & (EPOLLHUP | EPOLLERR))
            connection_close(connection);
    }
    release(connection);
}

Connection *connection_create(Agent *agent, int fd, uid_t uid)
{
    Connection *connection = x_calloc(1, sizeof *connection);
    connection->agent = agent;
    connection->fd = fd;
    connection->uid = uid;
    connection->refs = 1;
    connection->out.last = &connection->out.first;
    connection->held.last = &connection->held.first;
    line_reader_init(&connection->in, LIMIT_REQUEST_LINE);
    connection->watch = loop_watch(agent->loop, fd, EPOLLIN, on_ready, connection);
    loop_timer(agent->loop, OPENING_MS, opening_timeout, connection);
    return connection;
}
