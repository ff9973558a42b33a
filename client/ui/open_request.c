/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links and saved searches; see open_request.h. UI thread; files are read and written on a worker thread. */
#include "client/ui/open_request.h"

#include "client/core/open_target.h"
#include "client/core/saved_search.h"
#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/ui/instance.h"
#include "client/ui/navigation.h"
#include "client/win/file_pick.h"
#include "client/win/message.h"

#include <stdlib.h>
#include <string.h>

/* A VM that a link named and that could not be shown before its server is online. */
static struct {
    char *server; /* id; NULL: none */
    char *vm;
} waiting;

static HWND frame(void) { return app_get()->frame; }

void open_request_post(const char *argument)
{
    char *copy = x_strdup(argument);

    if (!PostMessageW(frame(), WM_APP_OPEN, 0, (LPARAM)copy))
        free(copy);
}

/* ---------------------------------------------------------------- links */

static void wait_for(const Server *server, const char *vm)
{
    free(waiting.server);
    free(waiting.vm);
    waiting.server = vm ? x_strdup(server_config(server)->id) : NULL;
    waiting.vm = vm ? x_strdup(vm) : NULL;
}

/* The same host may be there for several users: the one that is online is the best. */
static Server *find_server(const OpenTarget *target)
{
    Server *found = NULL;

    for (size_t i = 0; i < core_server_count(app_get()->core); i++) {
        Server *server = core_server_at(app_get()->core, i);
        const ServerConfig *config = server_config(server);
        if (_stricmp(config->host, target->host) == 0 && (config->port ? config->port : 22) == target->port && (!found || server_online(server)))
            found = server;
    }
    return found;
}

static bool select_vm(Server *server, const char *name)
{
    const Model *model = server_model(server);

    for (size_t i = 0; i < model_vm_count(model); i++)
        if (str_equal(model_vm_at(model, i)->name, name)) {
            Selection selection = selection_make(server, OBJECT_VM, model_vm_at(model, i)->id);
            frame_select(&selection);
            return true;
        }
    return false;
}

static void say_no_vm(const char *name)
{
    AUTO_FREE char *words = text_format(TEXT_LINK_NO_VM, name, NULL);

    frame_hint(words, true);
}

static void show_on(Server *server, const char *vm)
{
    Selection selection = selection_of_server(server);
    AUTO_FREE char *name = x_strdup(server_name(server));

    wait_for(server, NULL);
    if (vm && select_vm(server, vm))
        return;
    frame_select(&selection);
    if (server_online(server)) {
        if (vm)
            say_no_vm(vm);
        return;
    }
    wait_for(server, vm);
    if (server_state(server) == SERVER_OFFLINE && message_confirm(frame(), name, text(TEXT_LINK_ASK), text(TEXT_LINK_CONNECT), true)
        && app_has_server(server) && server_state(server) == SERVER_OFFLINE)
        server_connect(server, NULL, NULL);
}

static void open_link(const char *link)
{
    AUTO(open_target_clear) OpenTarget target = {0};
    TextId why;
    Server *server;

    if (!open_target_parse(link, &target, &why)) {
        AUTO_FREE char *words = text_format(TEXT_LINK_REFUSED, text(why), NULL);
        frame_hint(words, true);
    } else if ((server = find_server(&target)) != NULL) {
        show_on(server, target.vm);
    } else {
        AUTO_FREE char *address = x_printf("%s:%d", target.host, target.port);
        AUTO_FREE char *words = text_format(TEXT_LINK_UNKNOWN, address, NULL);
        frame_hint(words, true);
    }
}

void open_request_server_changed(const Server *server)
{
    AUTO_FREE char *vm = NULL;

    if (!waiting.server || !str_equal(waiting.server, server_config(server)->id))
        return;
    /* Whoever has gone elsewhere meanwhile is left there. */
    if (frame_selection()->server != server || frame_selection()->kind != OBJECT_HOST || server_state(server) == SERVER_OFFLINE) {
        if (server_state(server) != SERVER_OFFLINE)
            wait_for(server, NULL);
        return;
    }
    if (!server_online(server))
        return;
    vm = x_strdup(waiting.vm);
    wait_for(server, NULL);
    if (!select_vm((Server *)server, vm))
        say_no_vm(vm);
}

/* ---------------------------------------------------------------- saved searches */

typedef struct SearchFile {
    char *path;
    char *words; /* read, or to write */
    Error error;
} SearchFile;

static void search_free(SearchFile *file)
{
    free(file->path);
    free(file->words);
    error_clear(&file->error);
    free(file);
}

static void read_search(void *context)
{
    SearchFile *file = context;

    saved_search_read(file->path, &file->words, &file->error);
}

static void search_read(void *context)
{
    SearchFile *file = context;

    if (file->words)
        navigation_set_search(file->words);
    else
        frame_hint_error(&file->error);
    search_free(file);
}

static void write_search(void *context)
{
    SearchFile *file = context;

    saved_search_write(file->path, file->words, &file->error);
}

static void search_written(void *context)
{
    SearchFile *file = context;

    if (file->error.code)
        frame_hint_error(&file->error);
    search_free(file);
}

static void open_search(const char *path)
{
    SearchFile *file = x_calloc(1, sizeof *file);

    file->path = x_strdup(path);
    core_run(app_get()->core, read_search, search_read, app_get(), file);
}

void open_request_pick_search(void)
{
    FileFilter filter = {text(TEXT_SEARCH_FILTER), "*.poolsearch"};
    AUTO(StrList_clear) StrList paths = {0};

    if (file_pick(frame(), text(TEXT_SEARCH_OPEN_TITLE), text(TEXT_SEARCH_OPEN), &filter, 1, false, &paths))
        open_search(paths.items[0]);
}

void open_request_save_search(void)
{
    FileFilter filter = {text(TEXT_SEARCH_FILTER), "*.poolsearch"};
    AUTO_FREE char *words = navigation_search();
    char *path = file_pick_save(frame(), text(TEXT_SEARCH_SAVE_TITLE), text(TEXT_SEARCH_SAVE), &filter, "PoolCenter.poolsearch");
    SearchFile *file;

    if (!path)
        return;
    file = x_calloc(1, sizeof *file);
    file->path = path;
    file->words = TAKE_PTR(words);
    core_run(app_get()->core, write_search, search_written, app_get(), file);
}

/* ---------------------------------------------------------------- either */

void open_request_run(char *argument)
{
    AUTO_FREE char *wanted = argument;
    OpenKind kind = open_target_kind(wanted);

    instance_show(frame());
    if (!*wanted)
        return;
    /* A dialog's question must be answered first, and a flood of links must not become a pile of questions. */
    if (!IsWindowEnabled(frame()))
        frame_hint(text(TEXT_LINK_BUSY), true);
    else if (str_equal(wanted, OPEN_ADD_SERVER))
        command_run(COMMAND_ADD_SERVER, frame_selection());
    else if (kind == OPEN_LINK)
        open_link(wanted);
    else if (kind == OPEN_SEARCH)
        open_search(wanted);
    else {
        AUTO_FREE char *words = text_format(TEXT_START_BAD_OPTION, wanted, NULL);
        frame_hint(words, true);
    }
}
