/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON-RPC 2.0 messages, one compact JSON per line, and the lines that open a connection. Used by the agent and the client core.
 * Sources: https://www.jsonrpc.org/specification; batches are not used and rejected.
 */
#ifndef POOLCENTER_RPC_H
#define POOLCENTER_RPC_H

#include "types.h"

/* First line of a connection, client to agent: RPC_OPEN_CONTROL, or RPC_OPEN_DATA followed by the ticket. */
#define RPC_OPEN_CONTROL "POOLAGENT RPC 1"
#define RPC_OPEN_DATA "POOLAGENT DATA "
/* First line of the agent: one of these followed by a JSON object (DataReady; ErrorInfo). Lines before it are banners: skip them. */
#define RPC_READY "POOLAGENT READY "
#define RPC_REFUSED "POOLAGENT ERROR "

typedef enum RpcKind { RPC_REQUEST, RPC_NOTIFICATION, RPC_RESULT, RPC_ERROR } RpcKind;

typedef struct RpcMessage {
    RpcKind kind;
    int64_t id;      /* of requests and replies; -1 for an error reply that carries no id */
    char *method;    /* of requests and notifications */
    json_t *body;    /* params or result: an object, or NULL for none */
    Error error;     /* of RPC_ERROR */
} RpcMessage;

/* Parses a line (without its newline). ERR_PARSE or ERR_INVALID_REQUEST; the message is empty then, but its id is set where one could be read (else -1). */
int rpc_parse(const char *line, size_t length, RpcMessage *ret, Error *err);
void rpc_message_clear(RpcMessage *message);

/* Lines with their newline; the caller frees. They take the reference to params/result. */
char *rpc_request_line(int64_t id, const char *method, json_t *params);
char *rpc_notification_line(const char *method, json_t *params);
char *rpc_result_line(int64_t id, json_t *result);
char *rpc_error_line(int64_t id, const Error *error); /* id -1: null, for a request whose id could not be read */

/* "PREFIX {json}\n" for the agent's first line; takes the reference. */
char *rpc_opening_line(const char *prefix, json_t *body);
/* Parses the JSON object after prefix of such a line. ERR_PARSE. The caller owns *ret. */
int rpc_parse_opening(const char *line, size_t length, const char *prefix, json_t **ret, Error *err);

void error_to_info(const Error *error, ErrorInfo *ret); /* ret is overwritten, not freed */
void error_from_info(const ErrorInfo *info, Error *ret);

#endif
