/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contract as text: see describe.h. Everything comes from messages.def, read here with its own macros. */
#include "describe.h"

#include "protocol/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Text {
    char *bytes;
    size_t length;
} Text;

static void add(Text *text, const char *format, ...) PRINTF_LIKE(2, 3);

static void add(Text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    AUTO_FREE char *more = x_vprintf(format, args);
    va_end(args);
    size_t count = strlen(more);
    text->bytes = x_realloc(text->bytes, text->length + count + 1, 1);
    memcpy(text->bytes + text->length, more, count + 1);
    text->length += count;
}

char *describe_golden(void)
{
    Text text = { 0 };
    add(&text, "contract %d\n", PROTOCOL_VERSION);
    add(&text, "opening %s | %s<ticket> | %s<json> | %s<json>\n", RPC_OPEN_CONTROL, RPC_OPEN_DATA, RPC_READY, RPC_REFUSED);
    add(&text, "limits request %d, reply %d, depth %d\n", LIMIT_REQUEST_LINE, LIMIT_REPLY_LINE, LIMIT_DEPTH);
#define ENUM_BEGIN(E) add(&text, "\nenum %s\n", #E);
#define ENUM_VALUE(name, wire) add(&text, "  %s\n", wire);
#define STRUCT_BEGIN(T) add(&text, "\nstruct %s\n", #T);
#define STR(name, need, limit, doc) add(&text, "  %s: string %s, at most %d\n", #name, #need, limit);
#define INT(name, need, doc) add(&text, "  %s: int %s\n", #name, #need);
#define BOOL(name, need, doc) add(&text, "  %s: bool %s\n", #name, #need);
#define ENUM(name, E, need, doc) add(&text, "  %s: %s %s\n", #name, #E, #need);
#define OBJ(name, T, need, doc) add(&text, "  %s: %s %s\n", #name, #T, #need);
#define LIST(name, T, limit, doc) add(&text, "  %s: list of %s, at most %d\n", #name, #T, limit);
#define STRLIST(name, limit, doc) add(&text, "  %s: list of string, at most %d\n", #name, limit);
#include "protocol/def_read.h"
    add(&text, "\n");
#define METHOD(wire, name, P, R, role, doc) add(&text, "method %s(%s) -> %s, %s\n", wire, #P, #R, Role_name(role));
#define EVENT(wire, name, P, doc) add(&text, "event %s(%s)\n", wire, #P);
#define ERROR_CODE(name, number, sentence) add(&text, "error %d %s \"%s\"\n", number, #name, sentence);
#include "protocol/def_read.h"
    return text.bytes;
}

static const char reference_head[] =
    "# The protocol between PoolCenter and its agent\n\n"
    "Generated from `protocol/messages.def` by `protocol_dump`; do not edit. Contract version %d.\n\n"
    "## Connections\n\n"
    "The agent listens on a Unix socket only. A client reaches it through SSH: a `direct-streamlocal@openssh.com` channel to\n"
    "`/run/poolagent/poolagent.sock`, or, where the server forbids that, the command `poolagent connect` (`poolagent data TICKET`) with its standard input and output.\n"
    "Who the user is the agent learns from the kernel (`SO_PEERCRED`), what they may do from their Unix groups.\n\n"
    "A connection begins with one line from the client and one from the agent. Lines that come before the agent's (login banners) are skipped.\n\n"
    "| client | agent | then |\n|---|---|---|\n"
    "| `%s` | `%s{}` | JSON-RPC 2.0, one compact JSON object a line, both directions |\n"
    "| `%sTICKET` | `%s{DataReady}` | raw bytes: a file to the agent, or an RFB stream both ways |\n"
    "| anything | `%s{ErrorInfo}` | the agent closes |\n\n"
    "Scripts on the host itself can make the same calls over HTTP: see [api.md](api.md).\n\n"
    "The first call is `hello`. Requests run side by side and replies come in the order in which they end; batches are not used. A line of a client has at most %d bytes, one of the agent\n"
    "at most %d; objects nest at most %d deep. A client that does not read its events is disconnected. At most 32 calls of one connection run at once; the agent reads on when one has ended.\n\n"
    "Sizes are bytes, times milliseconds since 1970-01-01 UTC, ids lower-case UUIDs. An absent optional field means false, 0, \"\" or an empty list. The agent rejects parameters it\n"
    "does not know; a client ignores result fields, events and words of enumerations it does not know. The contract only grows.\n\n"
    "## Versions\n\n"
    "`hello` agrees on the lower of the two versions. This tree speaks %d down to %d; whoever is older is refused with a sentence that says which side to update. `hello` itself takes parameters it does not know.\n"
    "A client sends what a version added to parameters only when that version was agreed on, and calls only methods that `hello` has listed. New result fields are always optional.\n\n"
    "## Inventory\n\n"
    "`inventory.subscribe` answers with everything, or, given the epoch and the revision of an earlier answer, with what changed since. Deltas follow as `inventory.changed`: objects that are new or\n"
    "changed come whole, the ids of those that are gone in `removed`. A message with `full` replaces everything. A driver whose `missing` list names the capability `driver` has no connection to its libvirt at present;\n"
    "the reason says what to do. `task.changed` reports tasks, their progress about four times a second.\n\n"
    "## Uploads\n\n"
    "1. `upload.begin` checks the name, reserves the space and answers with a ticket and the number of bytes an interrupted upload has left.\n"
    "2. On the data connection the agent says `offset` and the SHA-256 of the bytes before it; the client compares that with its own file, and begins again with `restart` if they differ. It then sends the bytes from `offset` on, and nothing else.\n"
    "3. `upload.finish` with the SHA-256 of the whole file waits for the last bytes, compares, and gives the file its name. Until then nothing of that name exists in the datastore.\n\n"
    "When the connection breaks, the task fails with UPLOAD_INCOMPLETE and the bytes stay on the host: the next `upload.begin` with the same name and size goes on there. What nobody continues is removed after a week.\n\n";

static const char *need_text(const char *need) { return strcmp(need, "REQUIRED") == 0 ? "required" : ""; }

char *describe_reference(void)
{
    Text text = { 0 };
    add(&text, reference_head, PROTOCOL_VERSION, RPC_OPEN_CONTROL, RPC_READY, RPC_OPEN_DATA, RPC_READY, RPC_REFUSED,
        LIMIT_REQUEST_LINE, LIMIT_REPLY_LINE, LIMIT_DEPTH, PROTOCOL_VERSION, PROTOCOL_OLDEST);
    add(&text, "## Methods\n\n| method | parameters | result | least role | |\n|---|---|---|---|---|\n");
#define METHOD(wire, name, P, R, role, doc) \
    add(&text, "| `%s` | [%s](#%s) | [%s](#%s) | %s | %s |\n", wire, #P, #P, #R, #R, Role_name(role), doc);
#include "protocol/def_read.h"
    add(&text, "\n## Events\n\n| event | parameters | |\n|---|---|---|\n");
#define EVENT(wire, name, P, doc) add(&text, "| `%s` | [%s](#%s) | %s |\n", wire, #P, #P, doc);
#include "protocol/def_read.h"
    add(&text, "\n## Messages\n");
#define STRUCT_BEGIN(T) add(&text, "\n### %s\n\n| field | type | | |\n|---|---|---|---|\n", #T);
#define STR(name, need, limit, doc) add(&text, "| `%s` | string, at most %d bytes | %s | %s |\n", #name, limit, need_text(#need), doc);
#define INT(name, need, doc) add(&text, "| `%s` | number | %s | %s |\n", #name, need_text(#need), doc);
#define BOOL(name, need, doc) add(&text, "| `%s` | true or false | %s | %s |\n", #name, need_text(#need), doc);
#define ENUM(name, E, need, doc) add(&text, "| `%s` | [%s](#%s) | %s | %s |\n", #name, #E, #E, need_text(#need), doc);
#define OBJ(name, T, need, doc) add(&text, "| `%s` | [%s](#%s) | %s | %s |\n", #name, #T, #T, need_text(#need), doc);
#define LIST(name, T, limit, doc) add(&text, "| `%s` | list of [%s](#%s), at most %d | | %s |\n", #name, #T, #T, limit, doc);
#define STRLIST(name, limit, doc) add(&text, "| `%s` | list of strings, at most %d | | %s |\n", #name, limit, doc);
#include "protocol/def_read.h"
    add(&text, "\n## Enumerations\n");
#define ENUM_BEGIN(E) add(&text, "\n### %s\n\n", #E);
#define ENUM_VALUE(name, wire) add(&text, "`%s` ", wire);
#define ENUM_END(E) add(&text, "\n");
#include "protocol/def_read.h"
    add(&text, "\n## Errors\n\n{1} is `data.object`, {2} is `data.cause` of the error object. Numbers above -32000 happen in the client and never travel.\n\n"
               "| code | name | sentence |\n|---|---|---|\n");
#define ERROR_CODE(name, number, sentence) add(&text, "| %d | %s | %s |\n", number, #name, sentence);
#include "protocol/def_read.h"
    return text.bytes;
}
