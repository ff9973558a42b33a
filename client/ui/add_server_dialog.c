/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Add Server, or change and connect one that exists. The dialog stays open until the server is online: it looks at the server's state a few times a
 * second, so it needs nothing from the frame's listener but the prompts (prompt_dialog.c hands them over). See dialogs.h. UI thread.
 */
#include "client/ui/add_server.h"
#include "client/ui/agent_dialog.h"
#include "client/ui/dialogs.h"

#include "client/core/jump.h"
#include "client/core/agent_setup.h"
#include "client/core/port.h"
#include "client/core/rules.h"
#include "client/core/ssh_agent.h"
#include "client/win/dialog.h"
#include "client/win/file_pick.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <string.h>

enum {
    HOST = 100, PORT, USER, METHOD, PASSWORD, KEY_FILE, BROWSE, PASSPHRASE, AGENT_KEY, JUMP, REMEMBER, AT_START, STATUS, PROGRESS, OLD_KEY, NEW_KEY, KEY_HELP, REMOVE_KEY, SET_UP_AGENT,
    POLL_MS = 80,
};

typedef struct AddServer {
    Dialog *dialog;
    Form *form;
    Server *server;    /* NULL until the first attempt of a new one */
    bool is_new;       /* made by this dialog: goes away when it never was online */
    bool connecting;
    bool cancelled;
    bool host_left, port_left, user_left, key_left, jump_left; /* their problems are shown */
    char *secret_problem; /* what the server says to password or passphrase */
    ServerState shown_state;
    SshAgentKeys keys; /* of the SSH agents, once they were read */
    bool keys_wanted;  /* are being read, or have been */
    int number;        /* of this dialog among all: an answer that comes late is for another one */
} AddServer;

static int dialogs_opened;
static AddServer *current; /* the one that is open; modal, so there is one at most */

/* ---------------------------------------------------------------- values */

static AuthMethod method_of(const AddServer *box) { return (AuthMethod)form_combo_data(box->form, METHOD, AUTH_PASSWORD); }

/* Path as Windows' "copy as path" gives it, in quotes: they go. */
static char *key_file_of(const AddServer *box)
{
    AUTO_FREE char *typed = form_text(box->form, KEY_FILE);
    size_t length = strlen(typed);
    if (length >= 2 && typed[0] == '"' && typed[length - 1] == '"')
        return x_strndup(typed + 1, length - 2);
    return x_strdup(typed);
}

static char *check_port(const AddServer *box)
{
    AUTO_FREE char *port = form_text(box->form, PORT);
    return str_empty(port) ? NULL : rules_check_port(port);
}

static char *check_host(const AddServer *box)
{
    AUTO_FREE char *host = form_text(box->form, HOST);
    return rules_check_host(host);
}

static char *check_user(const AddServer *box)
{
    AUTO_FREE char *user = form_text(box->form, USER);
    return str_empty(user) ? x_strdup(text(TEXT_ADD_SERVER_USER_EMPTY)) : NULL;
}

static char *check_key_file(const AddServer *box)
{
    if (method_of(box) != AUTH_KEY_FILE)
        return NULL;
    AUTO_FREE char *path = key_file_of(box);
    if (str_empty(path))
        return x_strdup(text(TEXT_ADD_SERVER_KEY_EMPTY));
    return port_file_exists(path) ? NULL : x_strdup(text(TEXT_ADD_SERVER_KEY_MISSING));
}

static char *check_jump(const AddServer *box)
{
    AUTO_FREE char *typed = form_text(box->form, JUMP);
    AUTO(error_clear) Error why = {0};
    JumpList list = {0};
    int code = jump_parse(typed, &list, &why);
    jump_clear(&list);
    return code < 0 ? text_format(TEXT_ADD_SERVER_JUMP_BAD, why.cause, NULL) : NULL;
}

static void show_problem(AddServer *box, int id, const char *problem, bool wanted) { form_problem(box->form, id, wanted ? problem : NULL); }

static void check(AddServer *box)
{
    AUTO_FREE char *host = check_host(box);
    AUTO_FREE char *port = check_port(box);
    AUTO_FREE char *user = check_user(box);
    AUTO_FREE char *key = check_key_file(box);
    AUTO_FREE char *jump = check_jump(box);
    form_hold(box->form);
    show_problem(box, HOST, host && box->host_left ? host : port, (host && box->host_left) || (port && box->port_left));
    show_problem(box, USER, user, box->user_left);
    show_problem(box, KEY_FILE, key, box->key_left);
    show_problem(box, JUMP, jump, box->jump_left);
    AuthMethod method = method_of(box);
    show_problem(box, PASSWORD, box->secret_problem, method == AUTH_PASSWORD);
    show_problem(box, PASSPHRASE, box->secret_problem, method == AUTH_KEY_FILE);
    form_release(box->form);
    dialog_enable(box->dialog, IDOK, !box->connecting && !host && !port && !user && !key && !jump);
}

static void set_secret_problem(AddServer *box, const char *sentence)
{
    free(box->secret_problem);
    box->secret_problem = x_strdup(sentence);
}

/* ---------------------------------------------------------------- the agent's keys, read by a worker */

typedef struct KeysRead {
    int number;
    char *preferred;
    SshAgentKeys keys;
} KeysRead;

static void read_keys(void *context)
{
    KeysRead *read = context;
    ssh_agent_list(&read->keys);
}

static void show_keys(AddServer *box, const char *preferred)
{
    form_hold(box->form);
    form_combo_clear(box->form, AGENT_KEY);
    TextId first = box->keys.count ? TEXT_ADD_SERVER_ANY_KEY : box->keys.running ? TEXT_ADD_SERVER_AGENT_EMPTY : TEXT_ADD_SERVER_NO_AGENT;
    form_combo_add(box->form, AGENT_KEY, text(first), -1);
    form_combo_select(box->form, AGENT_KEY, -1);
    for (size_t i = 0; i < box->keys.count; i++) {
        const SshAgentKey *key = &box->keys.items[i];
        AUTO_FREE char *words = x_printf("%s  %s  %s", key->comment, key->type, key->fingerprint);
        form_combo_add(box->form, AGENT_KEY, words, (intptr_t)i);
        if (str_equal(key->fingerprint, preferred))
            form_combo_select(box->form, AGENT_KEY, (intptr_t)i);
    }
    form_release(box->form);
}

static void keys_read(void *context)
{
    KeysRead *read = context;
    if (current && current->number == read->number) {
        current->keys = read->keys;
        read->keys = (SshAgentKeys){0};
        show_keys(current, read->preferred);
    }
    ssh_agent_keys_clear(&read->keys);
    free(read->preferred);
    free(read);
}

static void want_keys(AddServer *box)
{
    if (box->keys_wanted)
        return;
    box->keys_wanted = true;
    KeysRead *read = x_calloc(1, sizeof *read);
    read->number = box->number;
    read->preferred = box->server ? x_strdup(server_config(box->server)->agent_key) : NULL;
    core_run(app_get()->core, read_keys, keys_read, NULL, read);
}

static void show_method(AddServer *box)
{
    AuthMethod method = method_of(box);
    form_hold(box->form);
    form_set_shown(box->form, PASSWORD, method == AUTH_PASSWORD);
    form_set_shown(box->form, KEY_FILE, method == AUTH_KEY_FILE);
    form_set_shown(box->form, PASSPHRASE, method == AUTH_KEY_FILE);
    form_set_shown(box->form, AGENT_KEY, method == AUTH_SSH_AGENT);
    form_set_shown(box->form, REMEMBER, method != AUTH_SSH_AGENT);
    form_release(box->form);
    if (method == AUTH_SSH_AGENT)
        want_keys(box);
}

static void show_config(AddServer *box, const ServerConfig *config)
{
    AUTO_FREE char *port = x_printf("%d", config->port ? config->port : 22);
    form_set_text(box->form, HOST, config->host);
    form_set_text(box->form, PORT, port);
    form_set_text(box->form, USER, config->user);
    form_combo_select(box->form, METHOD, config->auth);
    form_set_text(box->form, KEY_FILE, config->key_file);
    form_set_text(box->form, JUMP, config->jump);
    form_set_checked(box->form, REMEMBER, config->remember);
    form_set_checked(box->form, AT_START, config->connect_at_start);
    show_method(box);
}

/* "Any" leaves what is remembered. */
static void choose_agent_key(const AddServer *box, ServerConfig *config)
{
    intptr_t chosen = form_combo_data(box->form, AGENT_KEY, -1);
    if (config->auth != AUTH_SSH_AGENT || chosen < 0 || (size_t)chosen >= box->keys.count)
        return;
    free(config->agent_key);
    config->agent_key = x_strdup(box->keys.items[chosen].fingerprint);
}

/* The caller clears it. */
static void read_config(const AddServer *box, ServerConfig *ret)
{
    AUTO_FREE char *port = form_text(box->form, PORT);
    *ret = (ServerConfig){0};
    if (box->server)
        server_config_copy(ret, server_config(box->server));
    free(ret->host);
    free(ret->user);
    free(ret->key_file);
    free(ret->jump);
    ret->host = form_text(box->form, HOST);
    ret->port = str_empty(port) ? 22 : atoi(port);
    ret->user = form_text(box->form, USER);
    ret->auth = method_of(box);
    ret->key_file = ret->auth == AUTH_KEY_FILE ? key_file_of(box) : NULL;
    AUTO_FREE char *jump = form_text(box->form, JUMP);
    ret->jump = str_empty(jump) ? NULL : TAKE_PTR(jump);
    choose_agent_key(box, ret);
    ret->connect_at_start = form_checked(box->form, AT_START);
}

/* "root@host:2222" typed or pasted as a whole goes into the three fields. */
static void split_address(AddServer *box)
{
    AUTO_FREE char *typed = form_text(box->form, HOST);
    char *host = typed, *at = strrchr(typed, '@');
    if (at) {
        *at = 0;
        form_set_text(box->form, USER, typed);
        host = at + 1;
    }
    char *colon = strrchr(host, ':');
    if (colon && colon == strchr(host, ':') && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1)) {
        *colon = 0;
        form_set_text(box->form, PORT, colon + 1);
    }
    form_set_text(box->form, HOST, host);
}

/* ---------------------------------------------------------------- connecting */

static Server *find_same(const ServerConfig *config, const Server *but)
{
    Core *core = app_get()->core;
    for (size_t i = 0; i < core_server_count(core); i++) {
        Server *server = core_server_at(core, i);
        const ServerConfig *other = server_config(server);
        if (server != but && str_equal(other->host, config->host) && (other->port ? other->port : 22) == config->port && str_equal(other->user, config->user))
            return server;
    }
    return NULL;
}

static void show_status(AddServer *box, NoteKind kind, const char *sentence)
{
    form_hold(box->form);
    form_set_note(box->form, STATUS, kind, sentence);
    form_set_shown(box->form, STATUS, !str_empty(sentence));
    form_set_shown(box->form, PROGRESS, box->connecting);
    form_release(box->form);
}

static void hide_key_change(AddServer *box)
{
    form_hold(box->form);
    for (int id = OLD_KEY; id <= SET_UP_AGENT; id++)
        form_set_shown(box->form, id, false);
    form_release(box->form);
}

static void set_connecting(AddServer *box, bool connecting)
{
    static const int fields[] = {HOST, PORT, USER, METHOD, PASSWORD, KEY_FILE, BROWSE, PASSPHRASE, AGENT_KEY, JUMP, REMEMBER, AT_START};
    box->connecting = connecting;
    dialog_set_timer(box->dialog, connecting ? POLL_MS : 0);
    if (connecting) /* before its field is disabled under the focus */
        SetFocus(GetDlgItem(dialog_window(box->dialog), IDCANCEL));
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        form_set_enabled(box->form, fields[i], !connecting);
    check(box);
}

static const char *state_text(ServerState state)
{
    switch (state) {
    case SERVER_HANDSHAKE: return text(TEXT_ADD_SERVER_HANDSHAKE);
    case SERVER_AUTHENTICATING: return text(TEXT_ADD_SERVER_AUTHENTICATING);
    case SERVER_OPENING_AGENT: return text(TEXT_ADD_SERVER_OPENING_AGENT);
    case SERVER_SYNCING: return text(TEXT_ADD_SERVER_SYNCING);
    default: return text(TEXT_ADD_SERVER_CONNECTING);
    }
}

static void show_state(AddServer *box)
{
    box->shown_state = server_state(box->server);
    AUTO_FREE char *sentence = str_substitute(state_text(box->shown_state), server_config(box->server)->host, server_config(box->server)->user);
    show_status(box, NOTE_INFO, sentence);
}

/* Gives the dialog's server the typed address. False: it is in the list already and connected. */
static bool take_server(AddServer *box, const ServerConfig *config)
{
    Core *core = app_get()->core;
    Server *same = find_same(config, box->server);
    if (same && server_state(same) != SERVER_OFFLINE) {
        show_status(box, NOTE_ERROR, text(TEXT_ADD_SERVER_KNOWN));
        return false;
    }
    if (same) { /* the one in the list is meant */
        if (box->is_new && box->server)
            core_remove_server(core, box->server);
        box->server = same;
        box->is_new = false;
    }
    if (!box->server) {
        box->server = core_add_server(core, config);
        box->is_new = true;
        return true;
    }
    AUTO(server_config_clear) ServerConfig changed = {0};
    server_config_copy(&changed, config);
    free(changed.id);
    changed.id = x_strdup(server_config(box->server)->id);
    core_change_server(core, box->server, &changed);
    return true;
}

static void remember(const AddServer *box, SecretKind kind, const char *secret)
{
    if (form_checked(box->form, REMEMBER) && !str_empty(secret))
        keyring_put_after_login(box->server, kind, secret);
}

static void start(AddServer *box)
{
    split_address(box);
    box->host_left = box->port_left = box->user_left = box->key_left = box->jump_left = true;
    set_secret_problem(box, NULL);
    check(box);
    if (!IsWindowEnabled(GetDlgItem(dialog_window(box->dialog), IDOK)))
        return;
    hide_key_change(box);
    AUTO(server_config_clear) ServerConfig config = {0};
    read_config(box, &config);
    if (!take_server(box, &config))
        return;
    char *password = config.auth == AUTH_PASSWORD ? form_secret(box->form, PASSWORD) : NULL;
    char *passphrase = config.auth == AUTH_KEY_FILE ? form_secret(box->form, PASSPHRASE) : NULL;
    box->cancelled = false;
    if (!form_checked(box->form, REMEMBER))
        keyring_forget(box->server);
    server_connect(box->server, str_empty(password) ? NULL : password, str_empty(passphrase) ? NULL : passphrase);
    remember(box, SECRET_PASSWORD, password);
    remember(box, SECRET_PASSPHRASE, passphrase);
    x_free_secret(password);
    x_free_secret(passphrase);
    set_connecting(box, true);
    show_state(box);
}

/* The two fingerprints are in the error's cause: old, then new. */
static char *nth_fingerprint(const char *cause, int n)
{
    const char *at = strstr(str_or_empty(cause), "SHA256:");
    while (at && --n > 0)
        at = strstr(at + 1, "SHA256:");
    return at ? x_strndup(at, strcspn(at, " ,;()'\"")) : NULL;
}

/* True: both fingerprints are shown. */
static bool show_key_change(AddServer *box, const Error *error)
{
    AUTO_FREE char *old_key = nth_fingerprint(error->cause, 1);
    AUTO_FREE char *new_key = nth_fingerprint(error->cause, 2);
    form_hold(box->form);
    form_set_text(box->form, OLD_KEY, old_key);
    form_set_text(box->form, NEW_KEY, new_key);
    form_set_shown(box->form, OLD_KEY, old_key != NULL);
    form_set_shown(box->form, NEW_KEY, new_key != NULL);
    form_set_shown(box->form, KEY_HELP, true);
    form_set_shown(box->form, REMOVE_KEY, true);
    form_release(box->form);
    return old_key && new_key;
}

static void focus_secret(AddServer *box)
{
    form_focus(box->form, method_of(box) == AUTH_KEY_FILE ? PASSPHRASE : method_of(box) == AUTH_PASSWORD ? PASSWORD : METHOD);
}

static void failed(AddServer *box)
{
    const Error *error = server_error(box->server);
    set_connecting(box, false);
    if (box->secret_problem) { /* said at its field */
        show_status(box, NOTE_INFO, NULL);
        focus_secret(box);
        return;
    }
    if (box->cancelled || !error) {
        show_status(box, NOTE_INFO, box->cancelled ? text(TEXT_ADD_SERVER_CANCELLED) : NULL);
        form_focus(box->form, HOST);
        return;
    }
    Error shown = *error;
    if (error->code == ERR_HOST_KEY_CHANGED && show_key_change(box, error))
        shown.cause = NULL; /* the fingerprints stand below the sentence */
    AUTO_FREE char *sentence = text_error(&shown);
    show_status(box, NOTE_ERROR, sentence);
    form_set_shown(box->form, SET_UP_AGENT, agent_setup_would_help(box->server));
    if (error->code == ERR_AUTH_FAILED)
        focus_secret(box);
    else
        form_focus(box->form, error->code == ERR_KEY_FILE ? KEY_FILE : HOST);
}

static void poll(AddServer *box)
{
    if (!box->connecting)
        return;
    ServerState state = server_state(box->server);
    if (state == SERVER_ONLINE)
        dialog_close(box->dialog, IDOK);
    else if (state == SERVER_OFFLINE)
        failed(box);
    else if (state != box->shown_state)
        show_state(box);
}

static void cancel(AddServer *box)
{
    if (!box->connecting) {
        dialog_close(box->dialog, IDCANCEL);
        return;
    }
    box->cancelled = true;
    server_disconnect(box->server);
    poll(box);
}

/* ---------------------------------------------------------------- events */

static void remove_old_key(AddServer *box)
{
    HWND window = dialog_window(box->dialog);
    AUTO_FREE char *title = text_format(TEXT_ADD_SERVER_REMOVE_KEY_TITLE, server_config(box->server)->host, NULL);
    if (!message_confirm(window, title, text(TEXT_ADD_SERVER_REMOVE_KEY_QUESTION), text(TEXT_ADD_SERVER_REMOVE_KEY_VERB), true))
        return;
    AUTO(error_clear) Error error = {0};
    if (server_forget_host_key(box->server, &error) < 0) {
        message_error(window, title, &error);
        return;
    }
    hide_key_change(box);
    show_status(box, NOTE_GOOD, text(TEXT_ADD_SERVER_KEY_REMOVED));
}

/* Logged in, but nobody answers: with an agent there, this dialog goes on by itself. */
static void set_up_agent(AddServer *box)
{
    agent_dialog(dialog_window(box->dialog), box->server);
    if (server_state(box->server) == SERVER_OFFLINE)
        return;
    hide_key_change(box);
    set_connecting(box, true);
    show_state(box);
    poll(box);
}

static void browse(AddServer *box)
{
    const FileFilter filters[] = {{text(TEXT_ADD_SERVER_FILTER_ALL), "*.*"}};
    AUTO(StrList_clear) StrList files = {0};
    if (!file_pick(dialog_window(box->dialog), text(TEXT_ADD_SERVER_BROWSE_TITLE), text(TEXT_ADD_SERVER_BROWSE_BUTTON), filters, 1, false, &files))
        return;
    form_set_text(box->form, KEY_FILE, files.items[0]);
    box->key_left = true;
    check(box);
}

/* Choosing a known server in the list fills the other fields. */
static void on_host(AddServer *box)
{
    intptr_t index = form_combo_data(box->form, HOST, -1);
    Core *core = app_get()->core;
    if (index < 0 || (size_t)index >= core_server_count(core))
        return;
    const ServerConfig *config = server_config(core_server_at(core, (size_t)index));
    AUTO_FREE char *typed = form_text(box->form, HOST);
    if (str_equal(typed, config->host))
        show_config(box, config);
}

static void on_changed(AddServer *box, int id)
{
    if (id == HOST)
        on_host(box);
    else if (id == METHOD)
        show_method(box);
    else if (id == PORT)
        box->port_left = true;
    else if (id == PASSWORD || id == PASSPHRASE)
        set_secret_problem(box, NULL);
    check(box);
}

static void on_left(AddServer *box, int id)
{
    if (id == HOST) {
        split_address(box);
        AUTO_FREE char *host = form_text(box->form, HOST);
        box->host_left |= !str_empty(host);
    }
    box->user_left |= id == USER;
    AUTO_FREE char *key_file = form_text(box->form, KEY_FILE);
    box->jump_left |= id == JUMP;
    box->key_left |= id == KEY_FILE && !str_empty(key_file);
    check(box);
}

static void on_clicked(AddServer *box, int id)
{
    switch (id) {
    case IDOK: start(box); break;
    case IDCANCEL: cancel(box); break;
    case BROWSE: browse(box); break;
    case REMOVE_KEY: remove_old_key(box); break;
    case SET_UP_AGENT: set_up_agent(box); break;
    default: break;
    }
}

static void on_event(void *context, int id, FormEvent event)
{
    AddServer *box = context;
    switch (event) {
    case FORM_CHANGED: on_changed(box, id); break;
    case FORM_LEFT: on_left(box, id); break;
    case FORM_CLICKED: on_clicked(box, id); break;
    case FORM_TIMER: poll(box); break;
    default: break;
    }
}

/* ---------------------------------------------------------------- life */

static void add_history(AddServer *box)
{
    Core *core = app_get()->core;
    for (size_t i = 0; i < core_server_count(core); i++)
        form_combo_add(box->form, HOST, server_config(core_server_at(core, i))->host, (intptr_t)i);
}

static void set_cue(HWND edit, const char *words)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    SendMessageW(edit, EM_SETCUEBANNER, TRUE, (LPARAM)wide);
}

static void build(AddServer *box)
{
    Form *form = box->form;
    form_combo(form, HOST, text(TEXT_ADD_SERVER_HOST), 34, true);
    form_beside_edit(form, PORT, text(TEXT_ADD_SERVER_PORT), 6, ES_NUMBER);
    SendMessageW(form_item(form, PORT), EM_LIMITTEXT, 5, 0);
    form_edit(form, USER, text(TEXT_ADD_SERVER_USER), 20, 0);
    form_combo(form, METHOD, text(TEXT_ADD_SERVER_METHOD), 20, false);
    form_combo_add(form, METHOD, text(TEXT_ADD_SERVER_BY_PASSWORD), AUTH_PASSWORD);
    form_combo_add(form, METHOD, text(TEXT_ADD_SERVER_BY_KEY), AUTH_KEY_FILE);
    form_combo_add(form, METHOD, text(TEXT_ADD_SERVER_BY_AGENT), AUTH_SSH_AGENT);
    form_edit(form, PASSWORD, text(TEXT_ADD_SERVER_PASSWORD), 20, ES_PASSWORD);
    form_edit(form, KEY_FILE, text(TEXT_ADD_SERVER_KEY_FILE), 20, 0);
    form_beside_button(form, BROWSE, text(TEXT_ADD_SERVER_BROWSE));
    form_edit(form, PASSPHRASE, text(TEXT_ADD_SERVER_PASSPHRASE), 20, ES_PASSWORD);
    form_combo(form, AGENT_KEY, text(TEXT_ADD_SERVER_AGENT_KEY), 30, false);
    form_combo_add(form, AGENT_KEY, text(TEXT_ADD_SERVER_ANY_KEY), -1);
    form_combo_select(form, AGENT_KEY, -1);
    form_check(form, REMEMBER, text(TEXT_REMEMBER_IT));
    set_cue(form_edit(form, JUMP, text(TEXT_ADD_SERVER_JUMP), 20, 0), text(TEXT_ADD_SERVER_JUMP_CUE));
    form_check(form, AT_START, text(TEXT_ADD_SERVER_AT_START));
    form_note(form, STATUS, NOTE_INFO, "");
    form_progress(form, PROGRESS);
    form_value(form, OLD_KEY, text(TEXT_ADD_SERVER_OLD_KEY), "");
    form_value(form, NEW_KEY, text(TEXT_ADD_SERVER_NEW_KEY), "");
    form_note(form, KEY_HELP, NOTE_DIM, text(TEXT_ADD_SERVER_KEY_HELP));
    form_button(form, REMOVE_KEY, text(TEXT_ADD_SERVER_REMOVE_KEY));
    form_button(form, SET_UP_AGENT, text(TEXT_ADD_SERVER_AGENT));
    for (int id = STATUS; id <= SET_UP_AGENT; id++)
        form_set_shown(form, id, false);
    dialog_button(box->dialog, IDOK, text(TEXT_ADD_SERVER_CONNECT), true);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
}

static void fill(AddServer *box, Server *server)
{
    ServerConfig fresh = {.port = 22, .user = (char *)"root", .connect_at_start = true};
    add_history(box);
    show_config(box, server ? server_config(server) : &fresh);
    check(box);
    if (!server)
        dialog_set_focus(box->dialog, HOST);
    else
        dialog_set_focus(box->dialog, method_of(box) == AUTH_KEY_FILE ? PASSPHRASE : method_of(box) == AUTH_PASSWORD ? PASSWORD : METHOD);
}

static void leave(AddServer *box, int result)
{
    Core *core = app_get()->core;
    current = NULL;
    if (result != IDOK && box->server) {
        prompt_dialog_withdraw(box->server);
        if (server_state(box->server) != SERVER_ONLINE)
            server_disconnect(box->server);
        if (box->is_new)
            core_remove_server(core, box->server);
    }
    free(box->secret_problem);
    ssh_agent_keys_clear(&box->keys);
}

void add_server_dialog(HWND owner, Server *server)
{
    if (current) { /* a command from the keyboard while it is open */
        SetForegroundWindow(dialog_window(current->dialog));
        return;
    }
    AddServer box = {.server = server, .number = ++dialogs_opened};
    current = &box;
    box.dialog = dialog_create(owner, text(server ? TEXT_ADD_SERVER_TITLE_EXISTING : TEXT_ADD_SERVER_TITLE), on_event, &box);
    dialog_set_topic(box.dialog, "add-server");
    box.form = dialog_form(box.dialog);
    build(&box);
    fill(&box, server);
    int result = dialog_run(box.dialog);
    leave(&box, result);
}

HWND add_server_window(const Server *server) { return current && current->server == server && current->connecting ? dialog_window(current->dialog) : NULL; }

bool add_server_take_prompt(Server *server, const Prompt *prompt)
{
    if (!add_server_window(server) || prompt->jump || (prompt->kind != PROMPT_PASSWORD && prompt->kind != PROMPT_PASSPHRASE))
        return false;
    bool passphrase = prompt->kind == PROMPT_PASSPHRASE;
    /* A key file's server may ask for a password as well, and the other way round: such a question gets a dialog of its own. */
    if (method_of(current) != (passphrase ? AUTH_KEY_FILE : AUTH_PASSWORD))
        return false;
    AUTO_FREE char *typed = form_text(current->form, passphrase ? PASSPHRASE : PASSWORD);
    bool wrong = prompt->again || !str_empty(typed);
    TextId id = wrong ? prompt_refusal(prompt) : passphrase ? TEXT_ADD_SERVER_NEEDS_PASSPHRASE : TEXT_ADD_SERVER_NEEDS_PASSWORD;
    set_secret_problem(current, text(id));
    x_wipe(typed, strlen(typed));
    prompt_reject(server);
    return true;
}
