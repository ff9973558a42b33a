/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A console over a scripted VM: which state it shows, when it connects again, and that closing it leaves nothing behind. */
#include "client/core/console_source.h"
#include "tests/core/vnc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCRIPTS_MAX = 16 };

/* The VM, and what the console did. */
typedef struct World {
    ConsoleSource source; /* first: cast back */
    bool is_online, is_running, closed;
    Console *console;
    int opens, states;
    int tick_ms;
    VncScript scripts[SCRIPTS_MAX]; /* one per attempt */
    VncBytes hello;
    bool server_hangs;              /* stays after the hello instead of closing */
    bool refuses;                   /* opening fails */
    PortThread *helpers[SCRIPTS_MAX];
    int helper_count;
    int updates, width, height;
} World;

static World world;

typedef struct Aside {
    void (*work)(void *item);
    void *item;
} Aside;

static World *world_of(ConsoleSource *source)
{
    return (World *)source;
}

static const char *source_name(ConsoleSource *source)
{
    (void)source;
    return "vm1";
}

static bool source_online(ConsoleSource *source)
{
    return world_of(source)->is_online;
}

static bool source_running(ConsoleSource *source)
{
    return world_of(source)->is_running;
}

static void source_open(ConsoleSource *source, Console *console)
{
    World *w = world_of(source);
    w->console = console;
    w->opens++;
}

static void source_every(ConsoleSource *source, int interval_ms, Console *console)
{
    (void)console;
    world_of(source)->tick_ms = interval_ms;
}

static void run_aside(void *context)
{
    Aside *aside = context;
    aside->work(aside->item);
    free(aside);
}

static void source_aside(ConsoleSource *source, void (*work)(void *item), void *item)
{
    World *w = world_of(source);
    Aside *aside = x_calloc(1, sizeof(*aside));
    *aside = (Aside){work, item};
    assert_true(w->helper_count < SCRIPTS_MAX);
    w->helpers[w->helper_count++] = port_thread_start("aside", run_aside, aside);
}

static void source_close(ConsoleSource *source)
{
    world_of(source)->closed = true;
}

static void wake(void *context)
{
    (void)context;
}

static void on_state(void *context, Console *console)
{
    (void)console;
    ((World *)context)->states++;
}

static void on_resized(void *context, Console *console, int width, int height)
{
    World *w = context;
    (void)console;
    w->width = width;
    w->height = height;
}

static void on_updated(void *context, Console *console, int x, int y, int width, int height)
{
    (void)console, (void)x, (void)y, (void)width, (void)height;
    ((World *)context)->updates++;
}

/* The answer to the last open: a server that greets. */
static void let_open(void)
{
    VncScript *script = &world.scripts[world.opens - 1];
    *script = (VncScript){.bytes = world.hello.bytes, .size = world.hello.size, .hangs = world.server_hangs};
    RfbTransport transport = vnc_script_transport(script);
    console_opened(world.console, &transport, NULL);
}

static void refuse(int code)
{
    AUTO(error_clear) Error error = {0};
    error_set(&error, code, "vm1", "refused");
    console_opened(world.console, NULL, &error);
}

static bool wait_for_state(ConsoleState state)
{
    for (int i = 0; i < 500; i++) {
        mailbox_drain(world.source.mailbox, 10);
        if (world.tick_ms)
            console_tick(world.console);
        if (console_state(world.console) == state)
            return true;
        port_sleep_ms(10);
    }
    return false;
}

static bool wait_for_opens(int opens, int timeout_ms)
{
    for (int i = 0; i < timeout_ms / 10 && world.opens < opens; i++) {
        mailbox_drain(world.source.mailbox, 10);
        if (world.tick_ms)
            console_tick(world.console);
        port_sleep_ms(10);
    }
    return world.opens == opens;
}

static void look_again(bool is_online, bool is_running)
{
    world.is_online = is_online;
    world.is_running = is_running;
    console_look_again(world.console);
}

static int begin(void **state)
{
    static const ConsoleListener listener = {.state_changed = on_state, .resized = on_resized, .updated = on_updated};
    (void)state;
    world = (World){.is_online = true, .is_running = true, .server_hangs = true};
    world.source = (ConsoleSource){.mailbox = mailbox_create(wake, NULL), .name = source_name, .online = source_online, .running = source_running, .open = source_open,
        .every = source_every, .aside = source_aside, .close = source_close};
    vnc_put_hello(&world.hello, 64, 48);
    world.console = console_create(&world.source, &listener, &world);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    console_close(world.console);
    for (int i = 0; i < world.helper_count; i++)
        port_thread_join(world.helpers[i]);
    mailbox_free(world.source.mailbox);
    return world.closed ? 0 : -1;
}

static void test_console__connects_and_shows(void **state)
{
    (void)state;
    int width, height;
    size_t stride;
    assert_int_equal(console_state(world.console), CONSOLE_CONNECTING);
    assert_null(console_lock_picture(world.console, &width, &height, &stride));
    let_open();
    assert_true(wait_for_state(CONSOLE_CONNECTED));
    mailbox_drain(world.source.mailbox, 10);
    assert_int_equal(world.width, 64);
    assert_int_equal(world.height, 48);
    assert_non_null(console_lock_picture(world.console, &width, &height, &stride));
    console_unlock_picture(world.console);
    assert_int_equal(stride, 256);
    assert_null(console_error(world.console));
}

static void test_console__waits_while_the_vm_is_off(void **state)
{
    (void)state;
    let_open();
    assert_true(wait_for_state(CONSOLE_CONNECTED));
    look_again(true, false);
    assert_int_equal(console_state(world.console), CONSOLE_VM_OFF);
    assert_false(wait_for_opens(2, 300));
    look_again(true, true);
    assert_int_equal(console_state(world.console), CONSOLE_CONNECTING);
    assert_int_equal(world.opens, 2);
    let_open();
    assert_true(wait_for_state(CONSOLE_CONNECTED));
}

static void test_console__waits_while_the_server_is_offline(void **state)
{
    (void)state;
    look_again(false, true); /* while it is being opened */
    assert_int_equal(console_state(world.console), CONSOLE_OFFLINE);
    refuse(ERR_CONNECTION_LOST);
    assert_int_equal(console_state(world.console), CONSOLE_OFFLINE);
    assert_false(wait_for_opens(2, 300));
    look_again(true, true);
    assert_int_equal(world.opens, 2);
    let_open();
    assert_true(wait_for_state(CONSOLE_CONNECTED));
}

static void test_console__an_answer_for_a_vm_that_went_off_is_closed(void **state)
{
    (void)state;
    look_again(true, false);
    let_open();
    assert_int_equal(console_state(world.console), CONSOLE_VM_OFF);
    assert_true(world.scripts[0].cancelled);
}

static void test_console__backs_off_after_failures(void **state)
{
    (void)state;
    refuse(ERR_VM_NO_CONSOLE);
    assert_int_equal(console_state(world.console), CONSOLE_FAILED);
    assert_int_equal(console_error(world.console)->code, ERR_VM_NO_CONSOLE);
    assert_false(wait_for_opens(2, 700));
    assert_true(wait_for_opens(2, 1000)); /* after 1 s */
    assert_int_equal(console_state(world.console), CONSOLE_FAILED); /* no flicker */
    refuse(ERR_VM_NO_CONSOLE);
    assert_false(wait_for_opens(3, 1500));
    assert_true(wait_for_opens(3, 1000)); /* after 2 s */
    refuse(ERR_VM_NO_CONSOLE);
    console_reconnect(world.console);     /* Retry does not wait */
    assert_int_equal(world.opens, 4);
    assert_int_equal(console_state(world.console), CONSOLE_CONNECTING);
    let_open();
    assert_true(wait_for_state(CONSOLE_CONNECTED));
    assert_null(console_error(world.console));
}

static void test_console__connects_at_once_after_a_session_that_worked(void **state)
{
    (void)state;
    let_open();
    assert_true(wait_for_state(CONSOLE_CONNECTED));
    port_sleep_ms(2100);
    world.scripts[0].hangs = false; /* the guest ends */
    assert_true(wait_for_state(CONSOLE_CONNECTING));
    assert_true(wait_for_opens(2, 600));
    let_open();
    assert_true(wait_for_state(CONSOLE_CONNECTED));
}

static void test_console__fails_with_what_the_server_did_wrong(void **state)
{
    (void)state;
    world.hello.bytes[0] = 'X';
    let_open();
    assert_true(wait_for_state(CONSOLE_FAILED));
    assert_int_equal(console_error(world.console)->code, ERR_CONSOLE);
    assert_non_null(strstr(console_error(world.console)->message, "vm1"));
}

/* finish() closes it at whatever moment this leaves behind. */
static void test_console__closes_while_connecting(void **state)
{
    (void)state;
    world.hello.size = 12;
    let_open();
    port_sleep_ms(20);
}

static void test_console__closes_with_letters_waiting(void **state)
{
    (void)state;
    let_open();
    port_sleep_ms(100); /* "connected" and news are in the mailbox */
}

static void test_console__keys_before_the_connection_go_nowhere(void **state)
{
    (void)state;
    console_key(world.console, 'a', 0x1e, true);
    console_pointer(world.console, 1, 1, 0);
    console_send_ctrl_alt_del(world.console);
    console_release_keys(world.console);
    console_set_clipboard(world.console, "x");
    console_show(world.console, false);
    console_show(world.console, true);
    assert_null(console_cursor(world.console));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_console__connects_and_shows, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__waits_while_the_vm_is_off, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__waits_while_the_server_is_offline, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__an_answer_for_a_vm_that_went_off_is_closed, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__backs_off_after_failures, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__connects_at_once_after_a_session_that_worked, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__fails_with_what_the_server_did_wrong, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__closes_while_connecting, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__closes_with_letters_waiting, begin, finish),
        cmocka_unit_test_setup_teardown(test_console__keys_before_the_connection_go_nowhere, begin, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
