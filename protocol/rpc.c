/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON-RPC lines: see rpc.h. Any thread. */
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

/* jansson's own nesting limit is far higher than any message of ours; brackets are counted first, before it recurses. */
static bool too_deep(const char *line, size_t length)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = line[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '[') && ++depth > LIMIT_DEPTH)
            return true;
        else if (!in_string && (c == '}' || c == ']'))
            depth--;
    }
    return false;
}

static json_t *parse_object(const char *line, size_t length, Error *err)
{
    if (too_deep(line, length)) {
        error_set(err, ERR_PARSE, NULL, "it is nested deeper than %d levels", LIMIT_DEPTH);
        return NULL;
    }
    json_error_t why;
    json_t *json = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
    if (!json) {
        error_set(err, ERR_PARSE, NULL, "%s", why.text);
        return NULL;
    }
    if (!json_is_object(json)) {
        json_decref(json);
        error_set(err, ERR_INVALID_REQUEST, NULL, "it is not an object");
        return NULL;
    }
    return json;
}

static int invalid(Error *err, const char *what) { return error_set(err, ERR_INVALID_REQUEST, NULL, "%s", what); }

/* params or result: an object; absent and null are the same as no fields. */
static int take_body(const json_t *json, const char *name, RpcMessage *message, Error *err)
{
    json_t *body = json_object_get(json, name);
    if (body && !json_is_null(body) && !json_is_object(body))
        return error_set(err, ERR_INVALID_REQUEST, NULL, "%s must be an object", name);
    message->body = json_is_object(body) ? json_incref(body) : NULL;
    return 0;
}

static int take_error(const json_t *error, RpcMessage *message, Error *err)
{
    const json_t *code = json_object_get(error, "code");
    const json_t *text = json_object_get(error, "message");
    const json_t *data = json_object_get(error, "data");
    if (!json_is_integer(code) || !json_is_string(text))
        return invalid(err, "the error has no code or no message");
    json_int_t number = json_integer_value(code);
    error_set_foreign(&message->error, number < 0 && number >= INT32_MIN ? (int)number : ERR_INTERNAL, json_string_value(text),
                      json_string_value(json_object_get(data, "object")), json_string_value(json_object_get(data, "cause")));
    message->kind = RPC_ERROR;
    return 0;
}

static int take_message(const json_t *json, RpcMessage *message, Error *err)
{
    const json_t *id = json_object_get(json, "id");
    const json_t *method = json_object_get(json, "method");
    const json_t *error = json_object_get(json, "error");
    const char *version = json_string_value(json_object_get(json, "jsonrpc"));
    if (json_is_integer(id) && json_integer_value(id) >= 0)
        message->id = json_integer_value(id);
    else if (id && !(json_is_null(id) && error))
        return invalid(err, "the id must be a whole number from 0 on");
    if (!str_equal(version, "2.0"))
        return invalid(err, "jsonrpc must be \"2.0\"");
    if (method) {
        if (!json_is_string(method) || json_string_length(method) > LIMIT_NAME)
            return invalid(err, "the method must be a short string");
        message->method = x_strdup(json_string_value(method));
        message->kind = id ? RPC_REQUEST : RPC_NOTIFICATION;
        return take_body(json, "params", message, err);
    }
    if (error)
        return take_error(error, message, err);
    if (!id || !json_object_get(json, "result"))
        return invalid(err, "it is neither a request nor a reply");
    message->kind = RPC_RESULT;
    return take_body(json, "result", message, err);
}

int rpc_parse(const char *line, size_t length, RpcMessage *ret, Error *err)
{
    *ret = (RpcMessage){ .id = -1 };
    Error why = { 0 };
    json_t *json = parse_object(line, length, &why);
    if (!json)
        return error_move(err, &why);
    int code = take_message(json, ret, &why);
    json_decref(json);
    if (code == 0)
        return 0;
    int64_t id = ret->id;
    rpc_message_clear(ret);
    ret->id = id;
    return error_move(err, &why);
}

void rpc_message_clear(RpcMessage *message)
{
    free(message->method);
    json_decref(message->body);
    error_clear(&message->error);
    *message = (RpcMessage){ .id = -1 };
}

static char *line_of(const char *prefix, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (!text)
        abort();
    char *line = x_printf("%s%s\n", prefix, text);
    free(text);
    return line;
}

static json_t *envelope(void)
{
    json_t *json = json_object();
    json_object_set_new(json, "jsonrpc", json_string("2.0"));
    return json;
}

char *rpc_request_line(int64_t id, const char *method, json_t *params)
{
    json_t *json = envelope();
    json_object_set_new(json, "id", json_integer(id));
    json_object_set_new(json, "method", json_string(method));
    json_object_set_new(json, "params", params);
    return line_of("", json);
}

char *rpc_notification_line(const char *method, json_t *params)
{
    json_t *json = envelope();
    json_object_set_new(json, "method", json_string(method));
    json_object_set_new(json, "params", params);
    return line_of("", json);
}

char *rpc_result_line(int64_t id, json_t *result)
{
    json_t *json = envelope();
    json_object_set_new(json, "id", json_integer(id));
    json_object_set_new(json, "result", result);
    return line_of("", json);
}

char *rpc_error_line(int64_t id, const Error *error)
{
    ErrorInfo info = { .code = error->code, .message = error->message, .object = error->object, .cause = error->cause };
    json_t *encoded = ErrorInfo_encode(&info); /* borrowed strings: not cleared */
    json_t *body = json_object();
    json_object_set(body, "code", json_object_get(encoded, "code"));
    json_object_set(body, "message", json_object_get(encoded, "message"));
    json_object_del(encoded, "code");
    json_object_del(encoded, "message");
    if (json_object_size(encoded))
        json_object_set(body, "data", encoded);
    json_decref(encoded);
    json_t *json = envelope();
    json_object_set_new(json, "id", id < 0 ? json_null() : json_integer(id));
    json_object_set_new(json, "error", body);
    return line_of("", json);
}

char *rpc_opening_line(const char *prefix, json_t *body) { return line_of(prefix, body); }

int rpc_parse_opening(const char *line, size_t length, const char *prefix, json_t **ret, Error *err)
{
    size_t skip = strlen(prefix);
    if (length < skip || memcmp(line, prefix, skip) != 0)
        return error_set(err, ERR_PARSE, NULL, "the opening line does not begin with %s", prefix);
    json_t *json = parse_object(line + skip, length - skip, err);
    if (!json)
        return ERR_PARSE;
    *ret = json;
    return 0;
}

void error_to_info(const Error *error, ErrorInfo *ret)
{
    *ret = (ErrorInfo){ .code = error->code, .message = x_strdup(error->message), .object = x_strdup(error->object), .cause = x_strdup(error->cause) };
}

void error_from_info(const ErrorInfo *info, Error *ret)
{
    int code = info->code < 0 && info->code >= INT32_MIN ? (int)info->code : ERR_INTERNAL;
    error_set_foreign(ret, code, info->message, info->object, info->cause);
}
