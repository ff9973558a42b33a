/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTP: see http_server.h. libmicrohttpd has no thread: its own epoll descriptor is watched by our loop, and it runs when that is ready or its
 * time is over. A request is gathered, its connection suspended, the call run on a worker, the connection resumed with the answer.
 */
#include "agent/http_server.h"
#include "agent/identity.h"
#include "agent/listen_socket.h"
#include "agent/log.h"
#include "agent/request.h"
#include "agent/server.h"
#include "agent/xmlrpc.h"

#include <malloc.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 64,
    CONNECTIONS_FOR_ROOT = 8, /* of them, which nobody else gets */
    CONNECTIONS_PER_USER = 32,
    RUNNING_MAX = 20,       /* calls at once, of the workers that all clients share; more wait. Above what task.wait may take. */
    BODY_MAX = 256 << 10,   /* a tree of XML nodes takes many times its text */
    HEADER_MEMORY = 16 << 10,
    IDLE_SECONDS = 30,
    BODY_LARGE = 16 << 10,  /* from here on what reading took is given back at once */
};

typedef struct HttpCall HttpCall;

struct HttpServer {
    Agent *agent;
    int fd;
    struct MHD_Daemon *daemon;
    LoopWatch *watch;
    HttpCall *first; /* waiting for their turn */
    HttpCall **last;
    size_t running;
    size_t connections;
    uid_t users[CONNECTIONS_MAX]; /* of the connections that are open */
    bool closing;
};

typedef struct Language {
    const char *path;
    const char *content_type;
    int (*parse)(const char *text, size_t length, RpcMessage *ret, Error *err);
    char *(*result)(int64_t id, json_t *result); /* takes the reference */
    char *(*error)(int64_t id, const Error *error);
} Language;

struct HttpCall {
    HttpServer *server;
    struct MHD_Connection *connection;
    const Language *language;
    int fd;
    char *body;
    size_t length;
    bool started;
    Request request;
    char *reply;
    HttpCall *next;
};

static char *xml_result(int64_t id, json_t *result)
{
    (void)id;
    char *text = xmlrpc_result_text(result);
    json_decref(result);
    return text;
}

static char *xml_error(int64_t id, const Error *error)
{
    (void)id;
    return xmlrpc_fault_text(error);
}

static const Language languages[] = {
    { "/jsonrpc", "application/json", rpc_parse, rpc_result_line, rpc_error_line },
    { "/RPC2", "text/xml; charset=utf-8", xmlrpc_parse, xml_result, xml_error },
};

/* ---------------------------------------------------------------- a call, on a worker */

static int check_request(const RpcMessage *message, Error *err)
{
    if (message->kind == RPC_NOTIFICATION)
        return error_set(err, ERR_INVALID_REQUEST, NULL, "it has no id");
    if (message->kind != RPC_REQUEST)
        return error_set(err, ERR_INVALID_REQUEST, NULL, "the agent has not asked for a reply");
    if (method_find(message->method) == METHOD_COUNT)
        return error_set(err, ERR_METHOD_NOT_FOUND, message->method, NULL);
    return 0;
}

/* The answer's text, of a result or with the error. */
static char *answer(HttpCall *call, const Identity *identity, const RpcMessage *message, Error *err)
{
    json_t *result = NULL;
    if (check_request(message, err) < 0)
        return NULL;
    call->request.method = method_find(message->method);
    call->request.identity = identity;
    if (request_run(&call->request, message->body, &result, err) < 0)
        return NULL;
    char *text = call->language->result(message->id, result);
    if (strlen(text) <= LIMIT_REPLY_LINE)
        return text;
    free(text);
    AUTO_FREE char *limit = x_printf("%d", LIMIT_REPLY_LINE);
    error_set(err, ERR_TOO_LARGE, limit, NULL);
    return NULL;
}

/* What reading took becomes the system's again. malloc_trim joins the free pieces, but glibc shortens a thread's heap only when a block of more
 * than 64 KiB is freed at its end. */
static void give_back_memory(void)
{
    malloc_trim(0);
    free(x_calloc(1, 96 << 10));
}

static void call_finish(void *context);

static void call_run(void *context)
{
    HttpCall *call = context;
    Agent *agent = call->server->agent;
    AUTO(error_clear) Error err = { 0 };
    AUTO(identity_clear) Identity identity = { 0 };
    RpcMessage message = { .id = -1 };
    /* Who may not do anything is not listened to. */
    if (identity_of(call->fd, &agent->config, &identity, &err) == 0
        && call->language->parse(str_or_empty(call->body), call->length, &message, &err) == 0)
        call->reply = answer(call, &identity, &message, &err);
    if (!call->reply)
        call->reply = call->language->error(message.id, &err);
    rpc_message_clear(&message);
    free(TAKE_PTR(call->body));
    if (call->length > BODY_LARGE)
        give_back_memory();
    loop_post(agent->loop, call_finish, call);
}

/* ---------------------------------------------------------------- turns, on the loop */

static void http_run(HttpServer *server);

static HttpCall *take_waiting(HttpServer *server)
{
    HttpCall *call = server->first;
    server->first = call->next;
    if (!server->first)
        server->last = &server->first;
    return call;
}

static void start_next(HttpServer *server)
{
    while (server->first && server->running < RUNNING_MAX) {
        HttpCall *call = take_waiting(server);
        server->running++;
        workers_run(server->agent->workers, call_run, call);
    }
}

static void call_start(HttpCall *call)
{
    HttpServer *server = call->server;
    call->started = true;
    MHD_suspend_connection(call->connection);
    *server->last = call;
    server->last = &call->next;
    start_next(server);
}

static void call_finish(void *context)
{
    HttpCall *call = context;
    HttpServer *server = call->server;
    server->running--;
    start_next(server);
    MHD_resume_connection(call->connection);
    if (!server->closing)
        http_run(server);
}

/* ---------------------------------------------------------------- libmicrohttpd's side, on the loop */

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *type, char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_POST);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *sentence)
{
    return respond(connection, status, "text/plain; charset=utf-8", x_printf("%s\n", sentence));
}

static const Language *find_language(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(languages); i++)
        if (strcmp(languages[i].path, path) == 0)
            return &languages[i];
    return NULL;
}

static int descriptor_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* The request's head has come. */
static enum MHD_Result begin(HttpServer *server, struct MHD_Connection *connection, const char *path, const char *method, void **context)
{
    const Language *language = find_language(path);
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!language)
        return refuse(connection, MHD_HTTP_NOT_FOUND, "There are only /jsonrpc and /RPC2 here.");
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Calls are made with POST.");
    if (length && strtoull(length, NULL, 10) > BODY_MAX)
        return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "The call is larger than any call needs to be.");
    HttpCall *call = x_calloc(1, sizeof *call);
    call->server = server;
    call->connection = connection;
    call->language = language;
    call->fd = descriptor_of(connection);
    call->request.agent = server->agent;
    *context = call;
    return MHD_YES;
}

static bool gather(HttpCall *call, const char *bytes, size_t count)
{
    if (call->length + count > BODY_MAX)
        return false;
    call->body = x_realloc(call->body, call->length + count + 1, 1);
    memcpy(call->body + call->length, bytes, count);
    call->length += count;
    call->body[call->length] = 0;
    return true;
}

static enum MHD_Result on_request(void *server, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
                                  const char *bytes, size_t *count, void **context)
{
    (void)version;
    HttpCall *call = *context;
    if (!call)
        return begin(server, connection, path, method, context);
    if (*count) {
        bool fits = gather(call, bytes, *count); /* a body without a length is cut off when it has become too large */
        *count = 0;
        return fits ? MHD_YES : MHD_NO;
    }
    if (call->reply)
        return respond(connection, MHD_HTTP_OK, call->language->content_type, TAKE_PTR(call->reply));
    if (!call->started)
        call_start(call);
    return MHD_YES;
}

static void on_completed(void *server, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
{
    (void)server, (void)connection, (void)code;
    HttpCall *call = *context;
    if (!call)
        return;
    free(call->body);
    free(call->reply);
    free(call);
    *context = NULL;
}

static size_t connections_of(const HttpServer *server, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < server->connections; i++)
        count += server->users[i] == uid;
    return count;
}

static bool room_for(const HttpServer *server, uid_t uid)
{
    if (uid == 0)
        return server->connections < CONNECTIONS_MAX;
    return server->connections < CONNECTIONS_MAX - CONNECTIONS_FOR_ROOT && connections_of(server, uid) < CONNECTIONS_PER_USER;
}

/* A user who has too many connections loses the new one at once. The user is kept with the connection: its end cannot be asked any more. */
static void on_connection(void *context, struct MHD_Connection *connection, void **user, enum MHD_ConnectionNotificationCode code)
{
    HttpServer *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = descriptor_of(connection);
        uid_t uid = identity_uid(fd);
        if (!room_for(server, uid)) {
            shutdown(fd, SHUT_RDWR);
            return;
        }
        server->users[server->connections++] = uid;
        *user = x_memdup(&uid, 1, sizeof uid);
        return;
    }
    const uid_t *uid = *user;
    for (size_t i = 0; uid && i < server->connections; i++)
        if (server->users[i] == *uid) {
            server->users[i] = server->users[--server->connections];
            break;
        }
    free(*user);
}

static void on_time(void *context) { http_run(context); }

static void http_run(HttpServer *server)
{
    loop_timer_cancel(server->agent->loop, on_time, server);
    MHD_run(server->daemon);
    MHD_UNSIGNED_LONG_LONG wait = 0;
    if (MHD_get_timeout(server->daemon, &wait) == MHD_YES)
        loop_timer(server->agent->loop, wait < 60000 ? (int64_t)wait : 60000, on_time, server);
    server_idle_changed(server->agent->server);
}

static void on_ready(void *context, uint32_t events)
{
    (void)events;
    http_run(context);
}

/* ---------------------------------------------------------------- life */

static struct MHD_Daemon *start_daemon(HttpServer *server)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
                            MHD_OPTION_LISTEN_SOCKET, server->fd,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                            MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
                            MHD_OPTION_END);
}

int http_server_create(Agent *agent, HttpServer **ret, Error *err)
{
    const char *path = agent->config.http_socket;
    int fd = -1;
    if (str_empty(path))
        return 0;
    int code = listen_socket_open(&agent->config, path, &fd, err);
    if (code < 0)
        return code;
    HttpServer *server = x_calloc(1, sizeof *server);
    server->agent = agent;
    server->fd = fd;
    server->last = &server->first;
    server->daemon = start_daemon(server);
    if (!server->daemon) {
        close(fd);
        unlink(path);
        free(server);
        return error_set(err, ERR_IO, path, "the HTTP server does not start");
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->watch = loop_watch(agent->loop, info->epoll_fd, EPOLLIN, on_ready, server);
    log_line("scripts find HTTP on %s", path);
    *ret = server;
    return 0;
}

void http_server_close(HttpServer *server)
{
    if (!server)
        return;
    server->closing = true;
    while (server->first)
        MHD_resume_connection(take_waiting(server)->connection); /* no daemon ends with connections that are suspended */
    loop_timer_cancel(server->agent->loop, on_time, server);
    loop_unwatch(server->agent->loop, server->watch);
    unlink(server->agent->config.http_socket);
}

void http_server_free(HttpServer *server)
{
    if (!server)
        return;
    MHD_stop_daemon(server->daemon); /* closes the socket, too */
    free(server);
}

bool http_server_in_use(const HttpServer *server) { return server && server->connections; }
