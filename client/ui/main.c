/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Start and end of poolcenter.exe: options, core, main window, message loop. UI thread. */
#include "client/ui/app.h"

#include "client/core/log.h"
#include "client/core/open_target.h"
#include "client/core/port.h"
#include "client/core/port_secrets.h"
#include "client/ui/commands.h"
#include "client/ui/console_page.h"
#include "client/ui/crash_dialog.h"
#include "client/ui/crash_report.h"
#include "client/ui/frame.h"
#include "client/ui/help.h"
#include "client/ui/instance.h"
#include "client/ui/open_request.h"
#include "client/ui/preferences.h"
#include "client/ui/update_check.h"
#include "client/ui/whats_new_dialog.h"
#include "client/win/dialog.h"
#include "client/win/message.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <ole2.h>
#include <shellapi.h>
#include <stdlib.h>
#include <wchar.h>

typedef struct Options {
    char *config;   /* folder; NULL: the user's own */
    char *language; /* NULL: as chosen before */
    wchar_t *crashed; /* what a process that crashed says about itself (crash.h) */
    bool connect_all;
    bool quit;      /* close what runs of this program, and nothing else */
    bool forget;    /* remove remembered passwords from Windows, and nothing else */
    char *open;     /* link or file of a saved search; NULL: none */
    char *unknown;  /* the first option that is none */
} Options;

static void options_clear(Options *options)
{
    free(options->config);
    free(options->language);
    free(options->open);
    free(options->unknown);
    free(options->crashed);
}

static bool is_openable(const wchar_t *word)
{
    AUTO_FREE char *argument = utf_from_wide(word);

    return open_target_kind(argument) != OPEN_NOTHING;
}

/*
 * `--open ARGUMENT` is how Windows calls us for links and files; the jump list puts `--config FOLDER` in front. What is in a link comes from outside and may hold a
 * quotation mark: nothing behind --open is an option.
 */
static bool read_open(wchar_t **words, int count, Options *options)
{
    int at = count > 3 && wcscmp(words[1], L"--config") == 0 ? 3 : 1;

    if (count <= at || wcscmp(words[at], L"--open") != 0)
        return false;
    if (at > 1)
        options->config = utf_from_wide(words[2]);
    if (count == at + 2)
        options->open = utf_from_wide(words[at + 1]);
    else
        options->unknown = utf_from_wide(words[at]);
    return true;
}

static Options read_options(void)
{
    Options options = {0};
    int count = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);

    for (int i = read_open(words, count, &options) ? count : 1; i < count; i++) {
        bool has_value = i + 1 < count;
        if (wcscmp(words[i], L"--connect-all") == 0)
            options.connect_all = true;
        else if (wcscmp(words[i], L"--quit") == 0)
            options.quit = true;
        else if (wcscmp(words[i], L"--forget-passwords") == 0)
            options.forget = true;
        else if (wcscmp(words[i], CRASH_OPTION) == 0 && has_value && !options.crashed)
            options.crashed = _wcsdup(words[++i]);
        else if (wcscmp(words[i], L"--config") == 0 && has_value && !options.config)
            options.config = utf_from_wide(words[++i]);
        else if (wcscmp(words[i], L"--lang") == 0 && has_value && !options.language)
            options.language = utf_from_wide(words[++i]);
        else if (!options.open && is_openable(words[i]))
            options.open = utf_from_wide(words[i]);
        else if (!options.unknown)
            options.unknown = utf_from_wide(words[i]);
    }
    LocalFree(words);
    return options;
}

static void start_controls(void)
{
    INITCOMMONCONTROLSEX controls = {sizeof controls,
        ICC_WIN95_CLASSES | ICC_BAR_CLASSES | ICC_LISTVIEW_CLASSES | ICC_TREEVIEW_CLASSES | ICC_TAB_CLASSES | ICC_PROGRESS_CLASS | ICC_STANDARD_CLASSES};

    OleInitialize(NULL);
    InitCommonControlsEx(&controls);
}

static void connect_servers(bool all)
{
    Core *core = app_get()->core;

    for (size_t i = 0; i < core_server_count(core); i++) {
        Server *server = core_server_at(core, i);
        if (all || server_config(server)->connect_at_start)
            server_connect(server, NULL, NULL);
    }
}

static int run_messages(void)
{
    MSG message;

    while (GetMessageW(&message, NULL, 0, 0) > 0) {
        if (console_page_wants_key(GetFocus(), &message)) {
            DispatchMessageW(&message);
            continue;
        }
        if (dialog_translate(&message) || frame_translate(&message))
            continue;
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    return (int)message.wParam;
}

static int run(const Options *options, int show_command)
{
    AUTO(error_clear) Error error = {0};
    int result;

    dialog_set_help(help_open);
    app_get()->core = core_create(options->config, frame_wake, NULL, &error);
    if (!app_get()->core) {
        message_error(NULL, text(TEXT_START_FAILED), &error);
        return 1;
    }
    preferences_start(core_settings(app_get()->core), options->language);
    if (!frame_create())
        return 1;
    frame_show(show_command);
    if (options->unknown) {
        AUTO_FREE char *words = text_format(TEXT_START_BAD_OPTION, options->unknown, NULL);
        frame_hint(words, true);
    }
    if (options->open)
        open_request_post(options->open);
    if (core_settings_were_broken(app_get()->core)) {
        AUTO_FREE char *words = text_format(TEXT_HINT_SETTINGS_BROKEN, core_folder(app_get()->core), NULL);
        frame_hint(words, true);
    }
    connect_servers(options->connect_all);
    update_check_start();
    if (whats_new_after_update())
        PostMessageW(app_get()->frame, WM_COMMAND, COMMAND_MENU_BASE + COMMAND_WHATS_NEW, 0);
    result = run_messages();
    app_get()->frame = NULL;
    core_free(app_get()->core);
    return result;
}

/* Another process of ours crashed: this one writes the report and shows it. No core: only the looks are taken from the settings. */
static int report_crash(const Options *options)
{
    CrashedProcess crashed;
    bool broken = false;
    AUTO_FREE char *config = options->config ? x_strdup(options->config) : port_config_folder();

    if (!crash_read(options->crashed, &crashed))
        return 1;
    AUTO_FREE char *folder = crash_report_write(&crashed, config);
    Settings *settings = settings_open(config, &broken);
    preferences_start(settings, options->language);
    dialog_set_help(help_open);
    crash_dialog(folder, config);
    settings_free(settings);
    return 0;
}

/* Windows restarts the program after an update of itself that had to end it. */
static int start(const Options *options, int show_command)
{
    AUTO_FREE char *folder = options->config ? x_strdup(options->config) : port_config_folder();
    AUTO_FREE char *language = port_user_language();

    switch (instance_claim(folder, str_or_empty(options->open))) {
    case INSTANCE_SECOND: return 0;
    case INSTANCE_HUNG:
        text_set_language(text_language_from_tag(language));
        message_info(NULL, text(TEXT_APP_NAME), text(TEXT_INSTANCE_HUNG));
        return 1;
    default:
        crash_start(folder);
        RegisterApplicationRestart(NULL, RESTART_NO_CRASH | RESTART_NO_HANG);
        return run(options, show_command);
    }
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, wchar_t *command_line, int show_command)
{
    Options options = read_options();
    int result;

    (void)previous;
    (void)command_line;
    app_get()->instance = instance;
    start_controls();
    if (options.forget)
        port_store_remove_all("PoolCenter/");
    result = options.crashed ? report_crash(&options) : options.quit ? instance_quit() : options.forget ? 0 : start(&options, show_command);
    options_clear(&options);
    OleUninitialize();
    return result;
}
