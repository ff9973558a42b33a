/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a VNC server sends, as it comes: a whole RFB session, from the greeting on. */
#include "client/core/rfb_session.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Script {
    const uint8_t *bytes;
    size_t left;
} Script;

static long script_read(void *self, void *bytes, size_t size, int timeout_ms, Error *err)
{
    Script *script = self;
    (void)timeout_ms, (void)err;
    size_t part = script->left < size ? script->left : size;
    memcpy(bytes, script->bytes, part);
    script->bytes += part;
    script->left -= part;
    return (long)part;
}

static int script_write(void *self, const void *bytes, size_t size, Error *err)
{
    (void)self, (void)bytes, (void)size, (void)err;
    return 0;
}

static void ignore(void *self)
{
    (void)self;
}

static void take(void *context)
{
    RfbNews news;
    rfb_session_take_news(*(RfbSession **)context, &news);
    free(news.clipboard);
}

/* A large frame per input would make the fuzzer slow, and is no finding: sizes keep their low byte. */
static void shrink(uint8_t *bytes, size_t size)
{
    static const char greeting[] = "RFB 003.008\n\1\1\0\0\0\0";
    if (size < 22 || memcmp(bytes, greeting, sizeof(greeting) - 1) != 0)
        return;
    bytes[18] = 0;
    bytes[20] = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const RfbListener listener = {ignore, take};
    AUTO(error_clear) Error error = {0};
    uint8_t *bytes = malloc(size + 1);
    memcpy(bytes, data, size);
    shrink(bytes, size);
    Script script = {bytes, size};
    RfbSession *session = NULL;
    RfbTransport transport = {&script, script_read, script_write, ignore, ignore, ignore};
    session = rfb_session_create("vm", transport, &listener, &session);
    if (rfb_session_run(session, &error) >= 0 || !error.message)
        abort();
    rfb_session_free(session);
    free(bytes);
    return 0;
}
