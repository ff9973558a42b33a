/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm screenshot: what is on a VM's screen, as a PNG file. */
#include "client/cli/action.h"

#include "client/cli/png.h"
#include "client/core/port.h"
#include "client/core/rules.h"

#include <stdlib.h>

/* A picture counts as whole when nothing has come for QUIET_MS, or after WHOLE_MS on a screen that moves all the time. */
enum { QUIET_MS = 300, WHOLE_MS = 3000 };

typedef struct Shot {
    int64_t first; /* monotonic ms of the first news of the picture; 0: none yet */
    int64_t last;
} Shot;

static void on_updated(void *context, Console *console, int x, int y, int width, int height)
{
    (void)console;
    (void)x;
    (void)y;
    (void)width;
    (void)height;
    Shot *shot = context;
    shot->last = port_monotonic_ms();
    shot->first = shot->first ? shot->first : shot->last;
}

static bool is_whole(const Shot *shot)
{
    int64_t now = port_monotonic_ms();
    return shot->first && (now - shot->last >= QUIET_MS || now - shot->first >= WHOLE_MS);
}

static int write_file(Cli *cli, Action *action, const unsigned char *png, size_t size, const char *path)
{
    AUTO(error_clear) Error why = { 0 };
    Error failed = { 0 };
    if (str_equal(path, "-")) {
        output_bytes(&cli->output, png, size);
        action->told = action->ended = true;
        return EXIT_OK;
    }
    if (port_write_whole(path, png, size, &why) < 0) {
        error_set(&failed, ERR_IO, path, "%s", str_or_empty(why.cause));
        action_failed(action, &failed);
    } else {
        action_done(action);
    }
    action->extra = json_pack("{s:s, s:I}", "file", path, "size", (json_int_t)size);
    return EXIT_OK;
}

static int take_picture(Cli *cli, Action *action, Console *console, const char *path)
{
    int width = 0, height = 0;
    size_t stride = 0, size = 0;
    const uint32_t *pixels = console_lock_picture(console, &width, &height, &stride);
    AUTO_FREE unsigned char *png = pixels ? png_encode(pixels, width, height, stride, &size) : NULL;
    if (pixels) {
        console_unlock_picture(console);
        return write_file(cli, action, png, size, path);
    }
    Error none = { 0 };
    error_set(&none, ERR_VM_NO_CONSOLE, action->name, NULL);
    action_failed(action, &none);
    return EXIT_OK;
}

static int wait_and_take(Cli *cli, Action *action, const char *path)
{
    static const ConsoleListener listener = { .updated = on_updated };
    Shot shot = { 0 };
    Console *console = console_open(action->server, action->id, &listener, &shot);
    int status = EXIT_OK;
    while (status == EXIT_OK && !is_whole(&shot) && console_state(console) != CONSOLE_FAILED && console_state(console) != CONSOLE_VM_OFF)
        status = cli_wait(cli) ? EXIT_OK : cli->status;
    if (status == EXIT_OK && console_error(console)) {
        Error why = { 0 };
        error_copy(&why, console_error(console));
        action_failed(action, &why);
    } else if (status == EXIT_OK) {
        status = take_picture(cli, action, console, path);
    } else {
        action->told = action->ended = true;
    }
    console_close(console);
    return status;
}

int vm_screenshot_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    AUTO_FREE char *why = NULL;
    Action *action = action_add(cli, target.server, target.vm->id, target.vm->name);
    if (rules_vm(target.server, target.vm, METHOD_vm_open_console, &why))
        return action_wanted(action) ? wait_and_take(cli, action, args_text(args, "FILE")) : EXIT_OK;
    Error error = { 0 };
    error_set(&error, ERR_VM_NO_CONSOLE, target.vm->name, "%s", str_or_empty(why));
    action_failed(action, &error);
    return EXIT_OK;
}
