/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A VM's console as the window sees it: which state it is in, when it connects again, and what its session's thread has told. UI thread, except
 * for the functions under "the session's thread".
 *
 * An attempt is one channel with its RFB session and thread. A given-up attempt ends by itself on some other thread: closing never waits. Letters carry
 * the attempt's number, so those of an earlier one are passed over.
 */
#include "client/core/console.h"

#include "client/core/console_source.h"
#include "client/core/log.h"
#include "client/core/rfb_session.h"

#include <stdlib.h>

enum {
    RETRY_FIRST_MS = 1000,
    RETRY_LAST_MS = 10000,
    RETRY_RESTART_MS = 200, /* a guest that ended after it had worked is probably being restarted */
    STABLE_MS = 2000,       /* a session that lasted so long had worked */
    TICK_MS = 100,
};

typedef struct Attempt {
    unsigned number;
    RfbSession *session;
    PortThread *thread;
    int64_t connected; /* when, monotonic; 0: not yet. UI thread */
    Mailbox *mailbox;
    PortMutex lock;
    Console *console;  /* NULL: given up; guarded by lock, because the thread posts to it */
} Attempt;

typedef enum LetterKind { LETTER_CONNECTED, LETTER_NEWS, LETTER_ENDED } LetterKind;

typedef struct Letter {
    LetterKind kind;
    unsigned attempt;
    Error error;
} Letter;

struct Console {
    ConsoleSource *source;
    ConsoleListener listener;
    void *context;
    ConsoleState state;
    Error error;      /* CONSOLE_FAILED */
    bool visible;
    bool opening;     /* waits for console_opened */
    Attempt *attempt; /* NULL: none */
    unsigned attempts;
    int failures;     /* in a row */
    int64_t retry_at; /* monotonic; 0: no retry planned */
    ConsoleCursor cursor;
};

/* ---------------------------------------------------------------- the session's thread */

static void free_letter(void *item)
{
    Letter *letter = item;
    error_clear(&letter->error);
    free(letter);
}

static void read_letter(void *context, void *item);

static void post(Attempt *attempt, LetterKind kind, Error *error)
{
    Letter *letter = x_calloc(1, sizeof(*letter));
    letter->kind = kind;
    letter->attempt = attempt->number;
    if (error)
        error_move(&letter->error, error);
    port_mutex_lock(&attempt->lock);
    if (attempt->console)
        mailbox_post(attempt->mailbox, attempt->console, read_letter, attempt->console, letter, free_letter);
    else
        free_letter(letter);
    port_mutex_unlock(&attempt->lock);
}

static void on_session_connected(void *context)
{
    post(context, LETTER_CONNECTED, NULL);
}

static void on_session_news(void *context)
{
    post(context, LETTER_NEWS, NULL);
}

static void run_attempt(void *context)
{
    Attempt *attempt = context;
    AUTO(error_clear) Error error = {0};
    rfb_session_run(attempt->session, &error);
    post(attempt, LETTER_ENDED, &error);
}

/* Some other thread, after the attempt was given up. */
static void free_attempt(void *item)
{
    Attempt *attempt = item;
    port_thread_join(attempt->thread);
    rfb_session_free(attempt->session);
    port_mutex_clear(&attempt->lock);
    free(attempt);
}

/* ---------------------------------------------------------------- attempts */

static void begin_attempt(Console *console, const RfbTransport *transport)
{
    static const RfbListener listener = {on_session_connected, on_session_news};
    Attempt *attempt = x_calloc(1, sizeof(*attempt));
    attempt->number = ++console->attempts;
    attempt->mailbox = console->source->mailbox;
    attempt->console = console;
    port_mutex_init(&attempt->lock);
    attempt->session = rfb_session_create(console->source->name(console->source), *transport, &listener, attempt);
    rfb_session_show(attempt->session, console->visible);
    console->attempt = attempt;
    attempt->thread = port_thread_start("console", run_attempt, attempt);
}

static void give_up_attempt(Console *console)
{
    Attempt *attempt = TAKE_PTR(console->attempt);
    if (!attempt)
        return;
    port_mutex_lock(&attempt->lock);
    attempt->console = NULL;
    port_mutex_unlock(&attempt->lock);
    rfb_session_cancel(attempt->session);
    console->source->aside(console->source, free_attempt, attempt);
}

/* ---------------------------------------------------------------- states */

static void set_state(Console *console, ConsoleState state, const Error *error)
{
    bool same = console->state == state && !error && !console->error.code;
    console->state = state;
    error_clear(&console->error);
    if (error)
        error_copy(&console->error, error);
    if (!same && console->listener.state_changed)
        console->listener.state_changed(console->context, console);
}

static void plan_retry(Console *console, int delay_ms)
{
    console->retry_at = port_monotonic_ms() + delay_ms;
    console->source->every(console->source, TICK_MS, console);
}

static void forget_retry(Console *console)
{
    if (console->retry_at)
        console->source->every(console->source, 0, console);
    console->retry_at = 0;
}

static void connect_now(Console *console)
{
    forget_retry(console);
    console->opening = true;
    /* A failed one stays "failed" while it tries again, or the window would flicker. */
    if (console->state != CONSOLE_FAILED)
        set_state(console, CONSOLE_CONNECTING, NULL);
    console->source->open(console->source, console);
}

static void failed(Console *console, const Error *error)
{
    int delay = RETRY_FIRST_MS << (console->failures < 4 ? console->failures : 4);
    console->failures++;
    log_error("Console", error);
    set_state(console, CONSOLE_FAILED, error);
    plan_retry(console, delay < RETRY_LAST_MS ? delay : RETRY_LAST_MS);
}

static void wait_for(Console *console, ConsoleState state)
{
    forget_retry(console);
    give_up_attempt(console);
    console->failures = 0;
    if (console->state != state)
        set_state(console, state, NULL);
}

void console_look_again(Console *console)
{
    ConsoleSource *source = console->source;
    if (!source->online(source)) {
        wait_for(console, CONSOLE_OFFLINE);
        return;
    }
    if (!source->running(source)) {
        wait_for(console, CONSOLE_VM_OFF);
        return;
    }
    if (!console->attempt && !console->opening && !console->retry_at)
        connect_now(console);
}

void console_tick(Console *console)
{
    if (console->retry_at && port_monotonic_ms() >= console->retry_at) {
        forget_retry(console);
        console_look_again(console);
    }
}

void console_opened(Console *console, const RfbTransport *transport, const Error *error)
{
    ConsoleSource *source = console->source;
    console->opening = false;
    bool wanted = source->online(source) && source->running(source);
    if (wanted && transport) {
        begin_attempt(console, transport);
        return;
    }
    if (transport) {
        transport->cancel(transport->self);
        transport->close(transport->self);
    }
    if (wanted)
        failed(console, error);
    else
        console_look_again(console);
}

static void ended(Console *console, const Error *error)
{
    ConsoleSource *source = console->source;
    int64_t connected = console->attempt->connected;
    bool worked = connected && port_monotonic_ms() - connected >= STABLE_MS;
    give_up_attempt(console);
    if (!source->online(source) || !source->running(source)) {
        console_look_again(console);
    } else if (worked) {
        console->failures = 0;
        set_state(console, CONSOLE_CONNECTING, NULL);
        plan_retry(console, RETRY_RESTART_MS);
    } else {
        failed(console, error);
    }
}

/* ---------------------------------------------------------------- news */

static void take_cursor(Console *console)
{
    free(console->cursor.pixels);
    console->cursor = (ConsoleCursor){0};
    rfb_screen_cursor(rfb_session_screen(console->attempt->session), &console->cursor);
    if (console->listener.cursor)
        console->listener.cursor(console->context, console);
}

static void tell_news(Console *console)
{
    const ConsoleListener *listener = &console->listener;
    RfbNews news;
    rfb_session_take_news(console->attempt->session, &news);
    AUTO_FREE char *clipboard = news.clipboard;
    if (news.resized && listener->resized)
        listener->resized(console->context, console, news.width, news.height);
    if (!rfb_rect_empty(&news.changed) && listener->updated)
        listener->updated(console->context, console, news.changed.left, news.changed.top,
                          news.changed.right - news.changed.left, news.changed.bottom - news.changed.top);
    if (news.cursor)
        take_cursor(console);
    if (news.bell && listener->bell)
        listener->bell(console->context, console);
    if (clipboard && listener->clipboard)
        listener->clipboard(console->context, console, clipboard);
}

static void read_letter(void *context, void *item)
{
    Console *console = context;
    const Letter *letter = item;
    if (!console->attempt || console->attempt->number != letter->attempt)
        return;
    switch (letter->kind) {
    case LETTER_CONNECTED:
        console->attempt->connected = port_monotonic_ms();
        set_state(console, CONSOLE_CONNECTED, NULL);
        break;
    case LETTER_NEWS:
        tell_news(console);
        break;
    case LETTER_ENDED:
        ended(console, &letter->error);
        break;
    }
}

/* ---------------------------------------------------------------- for the window */

Console *console_create(ConsoleSource *source, const ConsoleListener *listener, void *context)
{
    Console *console = x_calloc(1, sizeof(*console));
    console->source = source;
    console->listener = *listener;
    console->context = context;
    console->visible = true;
    console->state = source->online(source) ? CONSOLE_CONNECTING : CONSOLE_OFFLINE;
    console_look_again(console);
    return console;
}

void console_close(Console *console)
{
    if (!console)
        return;
    forget_retry(console);
    give_up_attempt(console);
    mailbox_forget(console->source->mailbox, console);
    console->source->close(console->source);
    error_clear(&console->error);
    free(console->cursor.pixels);
    free(console);
}

ConsoleState console_state(const Console *console)
{
    return console->state;
}

const Error *console_error(const Console *console)
{
    return console->error.code ? &console->error : NULL;
}

void console_reconnect(Console *console)
{
    forget_retry(console);
    give_up_attempt(console);
    console->failures = 0;
    if (console->state == CONSOLE_FAILED)
        set_state(console, CONSOLE_CONNECTING, NULL);
    console_look_again(console);
}

void console_show(Console *console, bool visible)
{
    console->visible = visible;
    if (console->attempt)
        rfb_session_show(console->attempt->session, visible);
}

const ConsoleCursor *console_cursor(const Console *console)
{
    return console->cursor.pixels ? &console->cursor : NULL;
}

const uint32_t *console_lock_picture(Console *console, int *ret_width, int *ret_height, size_t *ret_stride)
{
    if (!console->attempt)
        return NULL;
    return rfb_screen_lock(rfb_session_screen(console->attempt->session), ret_width, ret_height, ret_stride);
}

void console_unlock_picture(Console *console)
{
    rfb_screen_unlock(rfb_session_screen(console->attempt->session));
}

/* NULL: there is nobody to send to. */
static RfbSession *connected_session(Console *console)
{
    return console->state == CONSOLE_CONNECTED && console->attempt ? console->attempt->session : NULL;
}

void console_pointer(Console *console, int x, int y, int buttons)
{
    RfbSession *session = connected_session(console);
    if (session)
        rfb_session_pointer(session, x, y, buttons);
}

void console_key(Console *console, uint32_t keysym, uint32_t scan_code, bool down)
{
    RfbSession *session = connected_session(console);
    if (session)
        rfb_session_key(session, keysym, scan_code, down);
}

void console_send_ctrl_alt_del(Console *console)
{
    static const struct { uint32_t keysym, scan_code; } keys[] = {{0xffe3, 0x1d}, {0xffe9, 0x38}, {0xffff, 0xd3}};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        console_key(console, keys[i].keysym, keys[i].scan_code, true);
    for (size_t i = ARRAY_SIZE(keys); i-- > 0;)
        console_key(console, keys[i].keysym, keys[i].scan_code, false);
}

void console_release_keys(Console *console)
{
    RfbSession *session = connected_session(console);
    if (session)
        rfb_session_release_keys(session);
}

void console_set_clipboard(Console *console, const char *text)
{
    RfbSession *session = connected_session(console);
    if (session)
        rfb_session_clipboard(session, text);
}
