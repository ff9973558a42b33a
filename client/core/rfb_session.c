/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An RFB session on libvncclient; see rfb_session.h. All of it but the functions at the end runs on the session's thread.
 *
 * libvncclient wants a socket. Its three socket functions are replaced at link time (-Wl,--wrap), so that it reads from and writes to our transport;
 * that is also where its habits are put right: update requests are held back while the window is hidden or has not drawn the last
 * update, waiting input is sent while it waits for bytes, and a server of the old protocol cannot choose a security type we do not allow.
 * The decoders draw into a frame of the session; what changed is copied to the screen that the UI thread sees.
 */
#include "client/core/rfb_session.h"

#include "client/core/log.h"
#include "client/core/rfb_text.h"
#include "client/core/text.h"

#include <rfb/rfbclient.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    HANDSHAKE_TIMEOUT_MS = 15000,
    REQUEST_INTERVAL_MS = 15,    /* no more than about 60 updates a second */
    SLOW_UPDATE_MS = 100,        /* a longer one is shown in parts */
    IDLE_WAIT_MS = 1000,
    READ_BUFFER_SIZE = 64 << 10,
};

typedef enum Phase { PHASE_VERSION, PHASE_SECURITY, PHASE_OLD_SECURITY, PHASE_INIT, PHASE_RUNNING } Phase;

struct RfbSession {
    char *name;
    RfbTransport transport;
    const RfbListener *listener;
    void *context;
    atomic_bool cancelled, hidden;
    RfbInput input;
    RfbScreen screen;

    /* Session thread only. */
    rfbClient *client;
    uint32_t *frame;
    Phase phase;
    int64_t handshake_end;
    char buffer[READ_BUFFER_SIZE];
    size_t buffer_start, buffer_count;
    RfbRect changed;        /* drawn, not yet copied to the screen */
    int64_t last_copy;
    bool request_due, request_whole;
    int64_t last_request;
    Error failure;          /* the first thing that went wrong in our own code */
    char last_log[200];     /* what libvncclient said last: the best cause there is when it gives up */
};

/* libvncclient's log functions carry no client. */
static _Thread_local RfbSession *logging_session;

/* Its data is found by the address of this. */
static char session_tag;

static RfbSession *session_of(rfbClient *client)
{
    return rfbClientGetClientData(client, &session_tag);
}

static int fail(RfbSession *session, const char *cause)
{
    if (!session->failure.code)
        error_set(&session->failure, ERR_CONSOLE, session->name, "%s", cause);
    return session->failure.code;
}

static void take_log(const char *format, ...) PRINTF_LIKE(1, 2);
static void take_log(const char *format, ...)
{
    if (!logging_session)
        return;
    va_list args;
    va_start(args, format);
    AUTO_FREE char *line = x_vprintf(format, args);
    va_end(args);
    rfb_text_clean(line, logging_session->last_log, sizeof(logging_session->last_log));
}

static void announce_if(RfbSession *session, bool first)
{
    if (first)
        session->listener->news(session->context);
}

/* ---------------------------------------------------------------- bytes in and out */


static bool request_allowed(RfbSession *session)
{
    return !atomic_load(&session->hidden) && !rfb_screen_announced(&session->screen);
}

static bool write_all(RfbSession *session, const void *bytes, size_t size)
{
    if (session->failure.code)
        return false;
    return session->transport.write(session->transport.self, bytes, size, &session->failure) == 0;
}

static bool send_request(RfbSession *session)
{
    const rfbClient *client = session->client;
    const unsigned char message[sz_rfbFramebufferUpdateRequestMsg] = {
        rfbFramebufferUpdateRequest, session->request_whole ? 0 : 1, 0, 0, 0, 0,
        (unsigned char)(client->width >> 8), (unsigned char)client->width,
        (unsigned char)(client->height >> 8), (unsigned char)client->height,
    };
    session->request_due = session->request_whole = false;
    session->last_request = port_monotonic_ms();
    return write_all(session, message, sizeof(message));
}

static bool send_key(RfbSession *session, const RfbEvent *event)
{
    if (SupportsClient2Server(session->client, rfbQemuEvent))
        return SendExtendedKeyEvent(session->client, event->keysym, event->scan_code, event->down);
    return event->keysym == 0 || SendKeyEvent(session->client, event->keysym, event->down);
}

static bool send_clipboard(RfbSession *session, char *utf8)
{
    if (session->client->extendedClipboardServerCapabilities)
        return SendClientCutTextUTF8(session->client, utf8, (int)strlen(utf8));
    AUTO_FREE char *latin1 = rfb_text_to_latin1(utf8);
    return SendClientCutText(session->client, latin1, (int)strlen(latin1));
}

static bool send_input(RfbSession *session)
{
    RfbEvent event;
    bool ok = true;
    while (ok && rfb_input_take(&session->input, &event)) {
        if (event.kind == RFB_EVENT_KEY)
            ok = send_key(session, &event);
        else if (event.kind == RFB_EVENT_CLIPBOARD)
            ok = send_clipboard(session, event.text);
        else
            ok = SendPointerEvent(session->client, event.x, event.y, event.buttons);
        free(event.text);
    }
    return ok;
}

/* Everything that waits to be sent; how long to wait for bytes until there may be more. */
static bool send_waiting(RfbSession *session, int *ret_wait_ms)
{
    *ret_wait_ms = IDLE_WAIT_MS;
    if (session->phase != PHASE_RUNNING)
        return true;
    if (!send_input(session))
        return false;
    if (!session->request_due || !request_allowed(session))
        return true;
    int64_t wait = session->last_request + REQUEST_INTERVAL_MS - port_monotonic_ms();
    if (wait <= 0)
        return send_request(session);
    *ret_wait_ms = (int)wait;
    return true;
}

static bool in_time(RfbSession *session)
{
    if (session->phase == PHASE_RUNNING || port_monotonic_ms() < session->handshake_end)
        return true;
    fail(session, text(TEXT_CONSOLE_CAUSE_TIMEOUT));
    return false;
}

/* Waits for at least one byte of the server. once: returns false without a failure when nothing came in time. */
static bool fill(RfbSession *session, bool once)
{
    for (;;) {
        int wait_ms;
        if (session->failure.code || !send_waiting(session, &wait_ms) || !in_time(session))
            return false;
        long got = session->transport.read(session->transport.self, session->buffer, READ_BUFFER_SIZE, wait_ms, &session->failure);
        if (got > 0) {
            session->buffer_start = 0;
            session->buffer_count = (size_t)got;
            return true;
        }
        if (got == 0)
            fail(session, text(TEXT_CONSOLE_CAUSE_CLOSED));
        if (got != PORT_AGAIN || once)
            return false;
    }
}

/* The first bytes decide what libvncclient does with all others. */
static bool check_handshake(RfbSession *session, const char *bytes, size_t size)
{
    if (session->phase == PHASE_VERSION && size == sz_rfbProtocolVersionMsg) {
        int minor = rfb_text_version(bytes);
        if (minor < 0)
            fail(session, text(TEXT_CONSOLE_CAUSE_NOT_VNC));
        session->phase = minor < 7 ? PHASE_OLD_SECURITY : PHASE_SECURITY;
    } else if (session->phase == PHASE_OLD_SECURITY && size == 4) {
        unsigned type = (unsigned char)bytes[3];
        if (bytes[0] || bytes[1] || bytes[2] || type > rfbVncAuth)
            fail(session, text(TEXT_CONSOLE_CAUSE_SECURITY));
        session->phase = PHASE_INIT;
    }
    return !session->failure.code;
}

rfbBool __wrap_ReadFromRFBServer(rfbClient *client, char *out, unsigned int size);
rfbBool __wrap_WriteToRFBServer(rfbClient *client, const char *bytes, unsigned int size);
int __wrap_WaitForMessage(rfbClient *client, unsigned int microseconds);

rfbBool __wrap_ReadFromRFBServer(rfbClient *client, char *out, unsigned int size)
{
    RfbSession *session = session_of(client);
    if (!out) {
        fail(session, text(TEXT_CONSOLE_CAUSE_MEMORY));
        return FALSE;
    }
    size_t done = 0;
    while (done < size) {
        if (session->buffer_count == 0 && !fill(session, false))
            return FALSE;
        size_t part = size - done < session->buffer_count ? size - done : session->buffer_count;
        memcpy(out + done, session->buffer + session->buffer_start, part);
        session->buffer_start += part;
        session->buffer_count -= part;
        done += part;
    }
    return check_handshake(session, out, size);
}

/* libvncclient offers more than we want: it takes QEMU's answers to ExtDesktopSize for invalid (their screen has the id 0), and the others only give
 * a server more to say. */
static bool unwanted_encoding(uint32_t encoding)
{
    return encoding == rfbEncodingExtDesktopSize || encoding == rfbEncodingSupportedMessages || encoding == rfbEncodingSupportedEncodings ||
        encoding == rfbEncodingServerIdentity || encoding == rfbEncodingXvp;
}

static bool write_encodings(RfbSession *session, const char *bytes, size_t size)
{
    unsigned char message[sz_rfbSetEncodingsMsg + 4 * MAX_ENCODINGS] = {rfbSetEncodings};
    size_t count = 0;
    for (size_t at = sz_rfbSetEncodingsMsg; at + 4 <= size && count < MAX_ENCODINGS; at += 4) {
        unsigned char encoding[4];
        memcpy(encoding, bytes + at, 4);
        if (unwanted_encoding((uint32_t)encoding[0] << 24 | (uint32_t)encoding[1] << 16 | (uint32_t)encoding[2] << 8 | encoding[3]))
            continue;
        memcpy(message + sz_rfbSetEncodingsMsg + 4 * count, encoding, 4);
        count++;
    }
    message[2] = (unsigned char)(count >> 8);
    message[3] = (unsigned char)count;
    return write_all(session, message, sz_rfbSetEncodingsMsg + 4 * count);
}

rfbBool __wrap_WriteToRFBServer(rfbClient *client, const char *bytes, unsigned int size)
{
    RfbSession *session = session_of(client);
    if (session->phase != PHASE_RUNNING && size >= sz_rfbSetEncodingsMsg && bytes[0] == rfbSetEncodings)
        return write_encodings(session, bytes, size);
    if (size == sz_rfbFramebufferUpdateRequestMsg && bytes[0] == rfbFramebufferUpdateRequest) {
        session->request_due = true;
        session->request_whole = session->request_whole || !bytes[1];
        return TRUE;
    }
    return write_all(session, bytes, size);
}

/* The session waits in its own loop; nothing in libvncclient may wait elsewhere. */
int __wrap_WaitForMessage(rfbClient *client, unsigned int microseconds)
{
    (void)client;
    (void)microseconds;
    return -1;
}

/* ---------------------------------------------------------------- what libvncclient tells */

static rfbBool on_size(rfbClient *client)
{
    RfbSession *session = session_of(client);
    int64_t pixels = (int64_t)client->width * client->height;
    if (client->width < 1 || client->height < 1 || client->width > CONSOLE_SIZE_MAX || client->height > CONSOLE_SIZE_MAX || pixels > RFB_PIXELS_MAX) {
        AUTO_FREE char *size = x_printf("%d x %d", client->width, client->height);
        AUTO_FREE char *cause = text_format(TEXT_CONSOLE_CAUSE_SIZE, size, NULL);
        fail(session, cause);
        return FALSE;
    }
    free(session->frame);
    session->frame = x_calloc((size_t)pixels, sizeof(*session->frame));
    client->frameBuffer = (uint8_t *)session->frame;
    session->changed = (RfbRect){0};
    announce_if(session, rfb_screen_resize(&session->screen, client->width, client->height));
    return TRUE;
}

static void copy_changes(RfbSession *session)
{
    session->last_copy = port_monotonic_ms();
    if (rfb_rect_empty(&session->changed))
        return;
    RfbRect changed = session->changed;
    session->changed = (RfbRect){0};
    announce_if(session, rfb_screen_copy(&session->screen, session->frame, &changed));
}

static void on_rectangle(rfbClient *client, int x, int y, int width, int height)
{
    RfbSession *session = session_of(client);
    rfb_rect_add(&session->changed, x, y, width, height);
    if (port_monotonic_ms() - session->last_copy > SLOW_UPDATE_MS)
        copy_changes(session);
}

static void on_update_end(rfbClient *client)
{
    copy_changes(session_of(client));
}

static void on_bell(rfbClient *client)
{
    RfbSession *session = session_of(client);
    announce_if(session, rfb_screen_add_bell(&session->screen));
}

static void on_clipboard_latin1(rfbClient *client, const char *bytes, int size)
{
    RfbSession *session = session_of(client);
    announce_if(session, rfb_screen_add_clipboard(&session->screen, rfb_text_from_latin1(bytes, (size_t)size)));
}

static void on_clipboard_utf8(rfbClient *client, const char *bytes, int size)
{
    RfbSession *session = session_of(client);
    announce_if(session, rfb_screen_add_clipboard(&session->screen, rfb_text_from_utf8(bytes, (size_t)size)));
}

static void on_cursor(rfbClient *client, int hot_x, int hot_y, int width, int height, int bytes_per_pixel)
{
    RfbSession *session = session_of(client);
    if (bytes_per_pixel != 4)
        return;
    size_t count = (size_t)width * (size_t)height;
    ConsoleCursor cursor = {.width = width, .height = height, .hot_x = hot_x, .hot_y = hot_y, .pixels = x_calloc(count, sizeof(uint32_t))};
    memcpy(cursor.pixels, client->rcSource, count * sizeof(uint32_t));
    for (size_t i = 0; i < count; i++)
        cursor.pixels[i] = client->rcMask[i] ? (cursor.pixels[i] & 0x00ffffff) | 0xff000000 : 0;
    announce_if(session, rfb_screen_set_cursor(&session->screen, &cursor));
}

/* We never ask for JPEG: text would blur. */
static rfbBool on_jpeg(rfbClient *client, const uint8_t *bytes, int size, int x, int y, int width, int height)
{
    (void)bytes, (void)size, (void)x, (void)y, (void)width, (void)height;
    fail(session_of(client), text(TEXT_CONSOLE_CAUSE_JPEG));
    return FALSE;
}

static char *on_password(rfbClient *client)
{
    fail(session_of(client), text(TEXT_CONSOLE_CAUSE_PASSWORD));
    return NULL;
}

/* ---------------------------------------------------------------- the session */

static void set_format(rfbClient *client)
{
    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->appData.encodingsString = "copyrect tight zrle zlib hextile raw";
    client->appData.compressLevel = 1; /* over SSH on a LAN the host's CPU is dearer than bytes */
    client->appData.qualityLevel = 9;
    client->appData.enableJPEG = FALSE;
    client->appData.useRemoteCursor = TRUE;
    client->canHandleNewFBSize = TRUE;
}

static void set_hooks(rfbClient *client)
{
    client->MallocFrameBuffer = on_size;
    client->GotFrameBufferUpdate = on_rectangle;
    client->FinishedFrameBufferUpdate = on_update_end;
    client->Bell = on_bell;
    client->GotXCutText = on_clipboard_latin1;
    client->GotXCutTextUTF8 = on_clipboard_utf8;
    client->GotCursorShape = on_cursor;
    client->GotJpeg = on_jpeg;
    client->GetPassword = on_password;
}

static rfbClient *create_client(RfbSession *session)
{
    static const uint32_t security[] = {rfbNoAuth, rfbVncAuth};
    rfbClient *client = rfbGetClient(8, 3, 4);
    if (!client)
        return NULL;
    set_format(client);
    set_hooks(client);
    SetClientAuthSchemes(client, security, (int)ARRAY_SIZE(security));
    client->listenSpecified = TRUE; /* it is connected already */
    rfbClientSetClientData(client, &session_tag, session);
    return client;
}

static bool shake_hands(RfbSession *session)
{
    session->phase = PHASE_VERSION;
    session->handshake_end = port_monotonic_ms() + HANDSHAKE_TIMEOUT_MS;
    session->client = create_client(session);
    if (!session->client) {
        fail(session, text(TEXT_CONSOLE_CAUSE_MEMORY));
        return false;
    }
    if (!rfbInitClient(session->client, NULL, NULL)) {
        session->client = NULL; /* freed by it */
        return false;
    }
    session->phase = PHASE_RUNNING;
    return true;
}

static void serve(RfbSession *session)
{
    session->listener->connected(session->context);
    while (!session->failure.code) {
        int wait_ms;
        if (session->buffer_count == 0 && !fill(session, true))
            continue;
        session->last_log[0] = 0;
        /* Also between messages of a server that never pauses. */
        if (!send_waiting(session, &wait_ms) || !HandleRFBServerMessage(session->client))
            break;
    }
}

/* libvncclient says only that it failed; what it logged last tells why. */
static int ending(RfbSession *session, Error *err)
{
    if (atomic_load(&session->cancelled)) {
        error_clear(&session->failure);
        return error_set(err, ERR_CANCELLED, session->name, NULL);
    }
    if (!session->failure.code) {
        const char *said = session->last_log[0] ? session->last_log : text(TEXT_CONSOLE_CAUSE_UNKNOWN);
        AUTO_FREE char *cause = text_format(TEXT_CONSOLE_CAUSE_PROTOCOL, said, NULL);
        fail(session, cause);
    }
    return error_move(err, &session->failure);
}

int rfb_session_run(RfbSession *session, Error *err)
{
    if (rfbClientLog != take_log)
        rfbClientLog = rfbClientErr = take_log;
    logging_session = session;
    if (shake_hands(session))
        serve(session);
    if (session->client)
        rfbClientCleanup(session->client);
    session->client = NULL;
    logging_session = NULL;
    return ending(session, err);
}

RfbSession *rfb_session_create(const char *name, RfbTransport transport, const RfbListener *listener, void *context)
{
    RfbSession *session = x_calloc(1, sizeof(*session));
    session->name = x_strdup(name);
    session->transport = transport;
    session->listener = listener;
    session->context = context;
    rfb_input_init(&session->input);
    rfb_screen_init(&session->screen);
    return session;
}

void rfb_session_free(RfbSession *session)
{
    if (!session)
        return;
    session->transport.close(session->transport.self);
    rfb_input_clear(&session->input);
    rfb_screen_clear(&session->screen);
    error_clear(&session->failure);
    free(session->frame);
    free(session->name);
    free(session);
}

/* ---------------------------------------------------------------- any thread */

static void wake_if(RfbSession *session, bool needed)
{
    if (needed)
        session->transport.wake(session->transport.self);
}

void rfb_session_cancel(RfbSession *session)
{
    atomic_store(&session->cancelled, true);
    session->transport.cancel(session->transport.self);
}

void rfb_session_show(RfbSession *session, bool visible)
{
    bool was_hidden = atomic_exchange(&session->hidden, !visible);
    wake_if(session, was_hidden && visible);
}

void rfb_session_take_news(RfbSession *session, RfbNews *ret)
{
    rfb_screen_take(&session->screen, ret);
    session->transport.wake(session->transport.self); /* it may ask for the next update */
}

RfbScreen *rfb_session_screen(RfbSession *session)
{
    return &session->screen;
}

void rfb_session_pointer(RfbSession *session, int x, int y, int buttons)
{
    wake_if(session, rfb_input_pointer(&session->input, x, y, buttons));
}

void rfb_session_key(RfbSession *session, uint32_t keysym, uint32_t scan_code, bool down)
{
    wake_if(session, rfb_input_key(&session->input, keysym, scan_code, down));
}

void rfb_session_release_keys(RfbSession *session)
{
    wake_if(session, rfb_input_release_keys(&session->input));
}

void rfb_session_clipboard(RfbSession *session, const char *text)
{
    wake_if(session, rfb_input_clipboard(&session->input, text));
}
