/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what reads the wire: the stream is cut into lines, each line parsed as a message and as an opening line. */
#include "protocol/line_reader.h"
#include "protocol/rpc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_line(const char *line, size_t length)
{
    Error err = { 0 };
    RpcMessage message;
    if (rpc_parse(line, length, &message, &err) == 0 && message.kind == RPC_ERROR) {
        char *again = rpc_error_line(message.id, &message.error);
        free(again);
    }
    rpc_message_clear(&message);
    json_t *json = NULL;
    if (rpc_parse_opening(line, length, RPC_READY, &json, &err) == 0)
        json_decref(json);
    error_clear(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LineReader reader;
    const char *line = NULL;
    size_t length = 0;
    size_t piece = size ? 1 + data[0] % 64 : 1; /* the first byte decides how the stream is cut */
    Error err = { 0 };
    line_reader_init(&reader, 1000);
    for (size_t at = 0; at < size && !err.code; at += piece) {
        line_reader_feed(&reader, (const char *)data + at, size - at < piece ? size - at : piece);
        while (line_reader_next(&reader, &line, &length, &err) == 1)
            read_line(line, length);
    }
    line_reader_clear(&reader);
    error_clear(&err);
    read_line((const char *)data, size);
    return 0;
}
