/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Options > Security: the master password, whose passwords are remembered, when the program locks. Its buttons act at once; the times are applied with
 * the dialog. See options.h. UI thread.
 */
#include "client/ui/options.h"

#include "client/ui/dialogs.h"
#include "client/ui/lock.h"
#include "client/win/icons.h"

#include <stdlib.h>

enum {
    OPTIONS_PLACE = 500, OPTIONS_SET_MASTER, OPTIONS_CHANGE_MASTER, OPTIONS_REMOVE_MASTER, OPTIONS_REMEMBERED, OPTIONS_FORGET, OPTIONS_IDLE, OPTIONS_WITH_WINDOWS,
    OPTIONS_NEEDS_MASTER,
};

static const int idle_minutes[] = {0, 1, 2, 5, 10, 15, 30, 60};

typedef struct SecurityOptions {
    int idle_seconds;
    bool with_windows;
} SecurityOptions;

static Core *core(void) { return app_get()->core; }

static void *open_values(void)
{
    SecurityOptions *values = x_calloc(1, sizeof(*values));
    values->idle_seconds = (int)settings_int(core_settings(core()), LOCK_IDLE_SETTING, 0);
    values->with_windows = settings_int(core_settings(core()), LOCK_WINDOWS_SETTING, 0) != 0;
    return values;
}

/* ---------------------------------------------------------------- rows */

static char *minutes_text(int minutes)
{
    return minutes ? text_plural(PLURAL_OPTIONS_SECURITY_MINUTES, minutes, NULL) : x_strdup(text(TEXT_OPTIONS_SECURITY_NEVER));
}

/* A time that stands in the settings only is kept unless another one is chosen. */
static void fill_idle(const SecurityOptions *values, Form *form)
{
    for (size_t i = 0; i < ARRAY_SIZE(idle_minutes); i++) {
        AUTO_FREE char *words = minutes_text(idle_minutes[i]);
        form_combo_add(form, OPTIONS_IDLE, words, idle_minutes[i] * 60);
    }
    form_combo_select(form, OPTIONS_IDLE, values->idle_seconds);
}

static void fill_servers(Form *form)
{
    form_list_clear(form, OPTIONS_REMEMBERED);
    for (size_t i = 0; i < core_server_count(core()); i++) {
        const Server *server = core_server_at(core(), i);
        const ServerConfig *config = server_config(server);
        if (!config->remember)
            continue;
        AUTO_FREE char *words = x_printf("%s (%s@%s)", server_name(server), str_or_empty(config->user), str_or_empty(config->host));
        form_list_add(form, OPTIONS_REMEMBERED, words, ICON_HOST, (intptr_t)server);
    }
    form_set_enabled(form, OPTIONS_FORGET, form_list_selected(form, OPTIONS_REMEMBERED) >= 0);
}

/* What there is depends on whether there is a master password. */
static void show_master(Form *form)
{
    bool master = keyring_has_master(core());
    form_hold(form);
    form_set_note(form, OPTIONS_PLACE, NOTE_TEXT, text(master ? TEXT_OPTIONS_SECURITY_VAULT : TEXT_OPTIONS_SECURITY_SYSTEM));
    form_set_shown(form, OPTIONS_SET_MASTER, !master);
    form_set_shown(form, OPTIONS_CHANGE_MASTER, master);
    form_set_shown(form, OPTIONS_NEEDS_MASTER, !master);
    form_set_enabled(form, OPTIONS_IDLE, master);
    form_set_enabled(form, OPTIONS_WITH_WINDOWS, master);
    form_release(form);
}

static void build(void *context, Form *form)
{
    const SecurityOptions *values = context;
    form_note(form, OPTIONS_PLACE, NOTE_TEXT, text(TEXT_OPTIONS_SECURITY_VAULT));
    form_button(form, OPTIONS_SET_MASTER, text(TEXT_OPTIONS_SECURITY_SET));
    form_button(form, OPTIONS_CHANGE_MASTER, text(TEXT_OPTIONS_SECURITY_CHANGE));
    form_beside_button(form, OPTIONS_REMOVE_MASTER, text(TEXT_OPTIONS_SECURITY_REMOVE));
    form_list(form, OPTIONS_REMEMBERED, text(TEXT_OPTIONS_SECURITY_SERVERS), 4, false);
    form_list_column(form, OPTIONS_REMEMBERED, text(TEXT_OPTIONS_SECURITY_COLUMN), 300, false);
    form_button(form, OPTIONS_FORGET, text(TEXT_OPTIONS_SECURITY_FORGET));
    form_combo(form, OPTIONS_IDLE, text(TEXT_OPTIONS_SECURITY_IDLE), 14, false);
    form_check(form, OPTIONS_WITH_WINDOWS, text(TEXT_OPTIONS_SECURITY_WINDOWS));
    form_note(form, OPTIONS_NEEDS_MASTER, NOTE_DIM, text(TEXT_OPTIONS_SECURITY_NEEDS_MASTER));
    fill_idle(values, form);
    form_set_checked(form, OPTIONS_WITH_WINDOWS, values->with_windows);
    fill_servers(form);
    show_master(form);
}

/* ---------------------------------------------------------------- events */

static void run_master(Form *form, MasterTask task)
{
    if (master_dialog(GetAncestor(form_window(form), GA_ROOT), task))
        show_master(form);
}

static void forget_selected(Form *form)
{
    int item = form_list_selected(form, OPTIONS_REMEMBERED);
    Server *server = item >= 0 ? (Server *)form_list_data(form, OPTIONS_REMEMBERED, item) : NULL;
    if (server && app_has_server(server))
        keyring_forget(server);
    fill_servers(form);
}

static void on_clicked(Form *form, int id)
{
    switch (id) {
    case OPTIONS_SET_MASTER: run_master(form, MASTER_SET); break;
    case OPTIONS_CHANGE_MASTER: run_master(form, MASTER_CHANGE); break;
    case OPTIONS_REMOVE_MASTER: run_master(form, MASTER_REMOVE); break;
    case OPTIONS_FORGET: forget_selected(form); break;
    default: break;
    }
}

static void event(void *context, Form *form, int id, FormEvent what)
{
    SecurityOptions *values = context;
    if (what == FORM_CLICKED) {
        on_clicked(form, id);
        return;
    }
    if (what != FORM_CHANGED)
        return;
    if (id == OPTIONS_IDLE)
        values->idle_seconds = (int)form_combo_data(form, id, values->idle_seconds);
    else if (id == OPTIONS_WITH_WINDOWS)
        values->with_windows = form_checked(form, id);
    else if (id == OPTIONS_REMEMBERED)
        form_set_enabled(form, OPTIONS_FORGET, form_list_selected(form, id) >= 0);
}

static void apply(void *context)
{
    const SecurityOptions *values = context;
    settings_set_int(core_settings(core()), LOCK_IDLE_SETTING, values->idle_seconds);
    settings_set_int(core_settings(core()), LOCK_WINDOWS_SETTING, values->with_windows);
}

const OptionsPage options_security_page = {
    .name = "security", .title = TEXT_OPTIONS_SECURITY, .icon = ICON_KEY, .topic = "options-security",
    .open = open_values, .build = build, .event = event, .apply = apply, .close = free,
};
