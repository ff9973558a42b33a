/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * XML-RPC beside JSON-RPC: the same messages in other clothes. A call's one parameter is a struct with the names of messages.def; here it
 * becomes the JSON that the contract's decoders read, so both know the same methods, fields and limits. Numbers that need more than 32 bits are
 * <i8>, text that XML cannot hold is <base64>. Source: http://xmlrpc.com/spec.md. Plain functions, any thread.
 */
#ifndef POOLCENTER_AGENT_XMLRPC_H
#define POOLCENTER_AGENT_XMLRPC_H

#include "protocol/rpc.h"

/* Reads a <methodCall> as a request with id 0; UTF-8 only, no document type. ERR_PARSE, ERR_INVALID_REQUEST; *ret is empty then. */
int xmlrpc_parse(const char *text, size_t length, RpcMessage *ret, Error *err);
/* <methodResponse> documents; the caller frees. The result is borrowed. */
char *xmlrpc_result_text(json_t *result);
char *xmlrpc_fault_text(const Error *error);

#endif
