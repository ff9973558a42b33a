/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One connection of a link: hello, subscription, then calls, events and streams until it ends. What the agent sends is hostile until it is
 * decoded; the first thing that does not fit ends the connection with ERR_PROTOCOL. I/O thread.
 */
#include "client/core/link_private.h"

#include "client/core/calls.h"
#include "client/core/stream_private.h"
#include "client/core/text.h"
#include "protocol/rpc.h"

#include <stdlib.h>
#include <string.h>

enum {
    HELLO_ID = 1,
    SUBSCRIBE_ID = 2,
    ANSWER_TIMEOUT_MS = 30000, /* for hello and the inventory */
    READ_SIZE = 64 << 10,
    READS_PER_PASS = 16,
    KEEP_BUFFER = 64 << 10,    /* a line buffer larger than this is given back when it is empty */
};

static int broken(Link *link, Error *err, const char *what) { return error_set(err, ERR_PROTOCOL, link->config.host, "%s", what); }

/* An error of decoding as the reason why the connection ends. */
static int broken_by(Link *link, Error *err, Error *why)
{
    int code = error_set(err, ERR_PROTOCOL, link->config.host, "%s", why->cause ? why->cause : str_or_empty(why->message));
    error_clear(why);
    return code;
}

/* ---- sending */

static void queue_line(Link *link, const char *line)
{
    size_t length = strlen(line);
    if (link->out_start == link->out_end)
        link->out_start = link->out_end = 0;
    if (link->out_end + length > link->out_size) {
        link->out_size = (link->out_end + length) * 2;
        link->out = x_realloc(link->out, link->out_size, 1);
    }
    memcpy(link->out + link->out_end, line, length);
    link->out_end += length;
}

static void send_request(Link *link, int64_t id, Method method, char *line)
{
    link->pending = x_realloc(link->pending, link->pending_count + 1, sizeof *link->pending);
    link->pending[link->pending_count++] = (PendingCall){ id, method };
    queue_line(link, line);
    free(line);
}

/* Bytes moved, or negative. */
static long write_queued(Link *link, Error *err)
{
    long moved = 0;
    while (link->out_start < link->out_end) {
        long count = link->ops->channel_write(link->control, link->out + link->out_start, link->out_end - link->out_start, err);
        if (count == PORT_FAILED)
            return ERR_CONNECTION_LOST;
        if (count <= 0)
            break;
        link->out_start += (size_t)count;
        moved += count;
    }
    return moved;
}

static void say_hello(Link *link)
{
    char client[] = "PoolCenter " POOLCENTER_VERSION;
    char english[] = "en", german[] = "de";
    HelloParams params = { .protocol = PROTOCOL_VERSION, .client = client, .language = text_language() == LANGUAGE_GERMAN ? german : english };
    send_request(link, HELLO_ID, METHOD_hello, rpc_request_line(HELLO_ID, method_name(METHOD_hello), HelloParams_encode(&params)));
}

static void subscribe(Link *link)
{
    SubscribeParams params = { .epoch = *link->epoch ? link->epoch : NULL, .revision = *link->epoch ? link->revision : 0 };
    send_request(link, SUBSCRIBE_ID, METHOD_inventory_subscribe,
                 rpc_request_line(SUBSCRIBE_ID, method_name(METHOD_inventory_subscribe), SubscribeParams_encode(&params)));
}

/* ---- what the agent says */

/* Both keep what the next subscription asks from; the UI thread refuses impossible ids later. */
static int take_inventory(Link *link, Inventory *inventory, Error *err)
{
    bool same_epoch = str_equal(inventory->epoch, link->epoch);
    int code = 0;
    if (!inventory->full && !same_epoch)
        code = broken(link, err, "a change of another epoch than the inventory's");
    else if (!inventory->full && inventory->revision < link->revision)
        code = broken(link, err, "the inventory's revision went backwards");
    if (code < 0) {
        Inventory_clear(inventory);
        return code;
    }
    memcpy(link->epoch, inventory->epoch, strlen(inventory->epoch) + 1);
    link->revision = inventory->revision;
    News *news = news_create(link, NEWS_INVENTORY);
    news->inventory = *inventory;
    news_post(news);
    return 0;
}

static int take_hello(Link *link, HelloResult *hello, Error *err)
{
    if (hello->protocol < PROTOCOL_OLDEST || hello->protocol > PROTOCOL_VERSION)
        return error_set(err, hello->protocol < PROTOCOL_OLDEST ? ERR_AGENT_TOO_OLD : ERR_AGENT_TOO_NEW, link->config.host,
                         "it speaks contract version %lld, not %d to %d", (long long)hello->protocol, PROTOCOL_OLDEST, PROTOCOL_VERSION);
    News *news = news_create(link, NEWS_HELLO);
    news->hello = *hello;
    *hello = (HelloResult){ 0 };
    news_post(news);
    link_post_state(link, SERVER_SYNCING, 0, NULL);
    subscribe(link);
    return 0;
}

static void come_online(Link *link)
{
    link->online = true;
    link->session++;
    link_post_state(link, SERVER_ONLINE, 0, NULL);
}

/* The two calls of the link itself; refused, they end the connection with the agent's reason. */
static int take_own_reply(Link *link, Method method, void *result, Error *refusal, Error *err)
{
    if (refusal->code == ERR_PROTOCOL_VERSION)
        return error_set(err, ERR_AGENT_TOO_NEW, link->config.host, "it no longer speaks contract version %d", PROTOCOL_VERSION);
    if (refusal->code)
        return error_move(err, refusal);
    if (method == METHOD_hello)
        return take_hello(link, result, err);
    Inventory inventory = *(Inventory *)result;
    *(Inventory *)result = (Inventory){ 0 };
    int code = take_inventory(link, &inventory, err);
    if (code == 0)
        come_online(link);
    return code;
}

static bool take_pending(Link *link, int64_t id, Method *ret)
{
    for (size_t i = 0; i < link->pending_count; i++) {
        if (link->pending[i].id != id)
            continue;
        *ret = link->pending[i].method;
        link->pending_count--;
        memmove(&link->pending[i], &link->pending[i + 1], (link->pending_count - i) * sizeof *link->pending);
        return true;
    }
    return false;
}

static int decode_result(Link *link, Method method, RpcMessage *message, void **ret, Error *err)
{
    Error why = { 0 };
    const MethodOps *ops = method_ops(method);
    void *result = x_calloc(1, ops->result_size);
    if (!message->body)
        message->body = json_object();
    if (ops->decode(message->body, result, &why) < 0) {
        free(result);
        return broken_by(link, err, &why);
    }
    *ret = result;
    return 0;
}

static int take_reply(Link *link, RpcMessage *message, Error *err)
{
    Method method = METHOD_COUNT;
    if (message->kind == RPC_ERROR && message->id < 0)
        return broken_by(link, err, &message->error);
    if (!take_pending(link, message->id, &method))
        return broken(link, err, "an answer to a question that was not asked");
    void *result = NULL;
    if (message->kind == RPC_RESULT && decode_result(link, method, message, &result, err) < 0)
        return ERR_PROTOCOL;
    if (message->id < LINK_FIRST_ID) {
        int code = take_own_reply(link, method, result, &message->error, err);
        method_free_result(method, result);
        return code;
    }
    News *news = news_create(link, NEWS_REPLY);
    news->id = message->id;
    news->method = method;
    news->result = result;
    error_move(&news->error, &message->error);
    news_post(news);
    return 0;
}

static int take_event(Link *link, const RpcMessage *message, Error *err)
{
    Error why = { 0 };
    switch (event_find(message->method)) {
    case EVENT_inventory_changed: {
        Inventory inventory = { 0 };
        if (!link->online)
            return broken(link, err, "a change came before the inventory");
        if (Inventory_decode(message->body, UNKNOWN_IGNORE, &inventory, &why) < 0)
            return broken_by(link, err, &why);
        return take_inventory(link, &inventory, err);
    }
    case EVENT_task_changed: {
        TaskInfo task = { 0 };
        if (TaskInfo_decode(message->body, UNKNOWN_IGNORE, &task, &why) < 0)
            return broken_by(link, err, &why);
        News *news = news_create(link, NEWS_TASK);
        news->task = task;
        news_post(news);
        return 0;
    }
    default:
        return 0; /* a newer agent may tell more */
    }
}

static int take_line(Link *link, const char *line, size_t length, Error *err)
{
    Error why = { 0 };
    RpcMessage message;
    if (rpc_parse(line, length, &message, &why) < 0)
        return broken_by(link, err, &why);
    int code = 0;
    if (message.kind == RPC_REQUEST)
        code = broken(link, err, "a call, which only the client makes");
    else if (message.kind == RPC_NOTIFICATION)
        code = take_event(link, &message, err);
    else
        code = take_reply(link, &message, err);
    rpc_message_clear(&message);
    return code;
}

static int take_lines(Link *link, Error *err)
{
    Error why = { 0 };
    const char *line = NULL;
    size_t length = 0;
    int result;
    while ((result = line_reader_next(&link->lines, &line, &length, &why)) == 1) {
        result = take_line(link, line, length, err);
        if (result < 0)
            return result;
    }
    if (result < 0)
        return broken_by(link, err, &why);
    const char *rest = NULL;
    if (link->lines.capacity > KEEP_BUFFER && line_reader_rest(&link->lines, &rest) == 0)
        line_reader_clear(&link->lines);
    return 0;
}

static int ended(Link *link, Error *err)
{
    const char *rest = NULL;
    if (line_reader_rest(&link->lines, &rest))
        return broken(link, err, "it ended in the middle of a message");
    return error_set(err, ERR_CONNECTION_LOST, link->config.host, "the agent closed the connection");
}

/* Bytes moved, or negative. */
static long read_control(Link *link, char *buffer, Error *err)
{
    long moved = 0;
    for (int i = 0; i < READS_PER_PASS; i++) {
        long count = link->ops->channel_read(link->control, buffer, READ_SIZE, err);
        if (count == PORT_AGAIN)
            break;
        if (count == PORT_FAILED)
            return ERR_CONNECTION_LOST;
        if (count == 0)
            return ended(link, err);
        line_reader_feed(&link->lines, buffer, (size_t)count);
        int code = take_lines(link, err);
        if (code < 0)
            return code;
        moved += count;
    }
    return moved;
}

/* ---- what the UI thread wants */

static void add_stream(Link *link, Stream *stream)
{
    *stream_next(stream) = link->streams;
    link->streams = stream;
}

static int take_command(Link *link, Command *command, Error *err)
{
    int code = 0;
    if (command->kind == COMMAND_REJECT) {
        *link->epoch = 0;
        link->revision = 0;
        code = error_move(err, &command->error);
    } else if (link->online && command->session == link->session) {
        if (command->kind == COMMAND_CALL)
            send_request(link, command->id, command->method, TAKE_PTR(command->line));
        else
            add_stream(link, TAKE_PTR(command->stream));
    }
    Error gone = { .code = ERR_NOT_CONNECTED };
    command_free(command, link->ops, &gone);
    return code;
}

static long take_commands(Link *link, Error *err)
{
    long count = 0;
    for (Command *command = link_take_command(link); command; command = link_take_command(link)) {
        int code = take_command(link, command, err);
        if (code < 0)
            return code;
        count++;
    }
    return count;
}

static bool pump_streams(Link *link)
{
    bool moved = false;
    for (Stream **at = &link->streams; *at;) {
        Stream *stream = *at;
        bool over = false;
        moved |= stream_pump(stream, link->transport, link->ops, &over);
        if (over) {
            *at = *stream_next(stream);
            stream_detach(stream, link->ops, NULL);
        } else {
            at = stream_next(stream);
        }
    }
    return moved;
}

/* ---- the loop */

/* One round: positive when something moved, negative when the connection is over. */
static long pass(Link *link, char *buffer, Error *err)
{
    long commands = take_commands(link, err);
    if (commands < 0)
        return commands;
    long read = read_control(link, buffer, err);
    if (read < 0)
        return read;
    long written = write_queued(link, err);
    if (written < 0)
        return written;
    return commands + read + written + (pump_streams(link) ? 1 : 0);
}

int link_serve(Link *link, Error *err)
{
    line_reader_init(&link->lines, LIMIT_REPLY_LINE);
    AUTO_FREE char *buffer = x_realloc(NULL, READ_SIZE, 1);
    int64_t deadline = port_monotonic_ms() + ANSWER_TIMEOUT_MS;
    say_hello(link);
    for (;;) {
        if (link_cancelled(link))
            return error_set(err, ERR_CANCELLED, link->config.host, NULL);
        long moved = pass(link, buffer, err);
        if (moved < 0)
            return (int)moved;
        if (moved > 0)
            continue;
        int64_t left = deadline - port_monotonic_ms();
        if (!link->online && left <= 0)
            return error_set(err, ERR_TIMEOUT, link->config.host, "its inventory does not come");
        int code = link->ops->wait(link->transport, link->online ? -1 : (int)left, err);
        if (code < 0)
            return code;
    }
}

void link_end_session(Link *link, const Error *why)
{
    for (Command *command = link_take_command(link); command; command = link_take_command(link))
        command_free(command, link->ops, why);
    while (link->streams) {
        Stream *stream = link->streams;
        link->streams = *stream_next(stream);
        stream_detach(stream, link->ops, why);
    }
    if (link->control)
        link->ops->channel_free(link->control);
    link->control = NULL;
    if (link->transport)
        link->ops->close(link->transport);
    link->transport = NULL;
    line_reader_clear(&link->lines);
    free(TAKE_PTR(link->out));
    link->out_start = link->out_end = link->out_size = 0;
    free(TAKE_PTR(link->pending));
    link->pending_count = 0;
}
