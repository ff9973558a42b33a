/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each command needs and does; see commands.h and commands.def. UI thread. */
#include "client/ui/commands.h"

#include "client/core/rules.h"
#include "client/ui/agent_dialog.h"
#include "client/ui/dialogs.h"
#include "client/ui/frame.h"
#include "client/ui/help.h"
#include "client/ui/log_dialog.h"
#include "client/ui/lock.h"
#include "client/ui/media.h"
#include "client/ui/navigation.h"
#include "client/ui/network_commands.h"
#include "client/ui/nic_commands.h"
#include "client/ui/open_request.h"
#include "client/ui/options.h"
#include "client/ui/preferences.h"
#include "client/ui/properties.h"
#include "client/ui/snapshot_dialogs.h"
#include "client/ui/update_check.h"
#include "client/ui/volume_commands.h"
#include "client/ui/whats_new_dialog.h"
#include "client/win/icons.h"
#include "client/win/message.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>

enum { CTRL = 1, SHIFT = 2, ALT = 4, SHOWN = 8 }; /* SHOWN: stands in the menu, is not in the accelerator table */

static bool why_not(char **ret_why, TextId reason)
{
    *ret_why = x_strdup(text(reason));
    return false;
}

static HWND owner(void) { return app_get()->frame; }

/* ---------------------------------------------------------------- servers */

static bool can_always(const Selection *selection, char **ret_why)
{
    (void)selection;
    (void)ret_why;
    return true;
}

static bool can_server(const Selection *selection, char **ret_why)
{
    return selection->server || why_not(ret_why, TEXT_WHY_SELECT_SERVER);
}

static bool is_idle(const Server *server) { return server_state(server) == SERVER_OFFLINE; }

static bool can_connect(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && (is_idle(selection->server) || why_not(ret_why, TEXT_WHY_CONNECTED));
}

static bool can_disconnect(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && (!is_idle(selection->server) || why_not(ret_why, TEXT_WHY_NOT_CONNECTED));
}

static bool can_retry(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && (server_state(selection->server) == SERVER_RETRYING || why_not(ret_why, TEXT_WHY_NOT_RETRYING));
}

static bool can_change_login(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && (is_idle(selection->server) || why_not(ret_why, TEXT_WHY_DISCONNECT_FIRST));
}

static bool can_connect_all(const Selection *selection, char **ret_why)
{
    Core *core = app_get()->core;

    (void)selection;
    for (size_t i = 0; i < core_server_count(core); i++)
        if (is_idle(core_server_at(core, i)))
            return true;
    return why_not(ret_why, core_server_count(core) ? TEXT_WHY_CONNECTED : TEXT_WHY_NO_SERVERS);
}

static bool can_disconnect_all(const Selection *selection, char **ret_why)
{
    Core *core = app_get()->core;

    (void)selection;
    for (size_t i = 0; i < core_server_count(core); i++)
        if (!is_idle(core_server_at(core, i)))
            return true;
    return why_not(ret_why, core_server_count(core) ? TEXT_WHY_NOT_CONNECTED : TEXT_WHY_NO_SERVERS);
}

static void run_add_server(const Selection *selection)
{
    (void)selection;
    add_server_dialog(owner(), NULL);
}

static void run_import_ssh(const Selection *selection)
{
    (void)selection;
    import_dialog(owner());
}

static void run_connect(const Selection *selection) { server_connect(selection->server, NULL, NULL); }

static void run_disconnect(const Selection *selection) { server_disconnect(selection->server); }

static void run_retry(const Selection *selection) { server_retry_now(selection->server); }

static void run_change_login(const Selection *selection) { add_server_dialog(owner(), selection->server); }

static void run_agent(const Selection *selection) { agent_dialog(owner(), selection->server); }

static void run_remove_server(const Selection *selection)
{
    Server *server = selection->server;

    if (message_confirm(owner(), server_name(server), text(TEXT_ASK_REMOVE_SERVER), text(TEXT_VERB_REMOVE), true))
        core_remove_server(app_get()->core, server);
}

static bool can_forget_password(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && (server_config(selection->server)->remember || why_not(ret_why, TEXT_WHY_NOT_REMEMBERED));
}

static void run_forget_password(const Selection *selection)
{
    AUTO_FREE char *words = text_format(TEXT_PASSWORD_FORGOTTEN, server_name(selection->server), NULL);

    keyring_forget(selection->server);
    frame_hint(words, false);
}

static bool can_export_servers(const Selection *selection, char **ret_why)
{
    (void)selection;
    return core_server_count(app_get()->core) > 0 || why_not(ret_why, TEXT_WHY_NO_SERVER_TO_EXPORT);
}

static void run_export_servers(const Selection *selection)
{
    (void)selection;
    server_export_dialog(owner());
}

static void run_import_servers(const Selection *selection)
{
    (void)selection;
    server_import_dialog(owner());
}

static bool can_lock(const Selection *selection, char **ret_why)
{
    (void)selection;
    return keyring_has_master(app_get()->core) || why_not(ret_why, TEXT_WHY_NO_MASTER);
}

static void run_lock(const Selection *selection)
{
    (void)selection;
    lock_now();
}

static void run_connect_all(const Selection *selection)
{
    Core *core = app_get()->core;

    (void)selection;
    for (size_t i = 0; i < core_server_count(core); i++)
        if (is_idle(core_server_at(core, i)))
            server_connect(core_server_at(core, i), NULL, NULL);
}

static void run_disconnect_all(const Selection *selection)
{
    Core *core = app_get()->core;

    (void)selection;
    for (size_t i = 0; i < core_server_count(core); i++)
        server_disconnect(core_server_at(core, i));
}

/* ---------------------------------------------------------------- calls that start a task */

void command_failed(const Server *server, const Error *error)
{
    if (!server_unanswered(error) || !app_left_server(server))
        frame_hint_error(error);
}

/* A task of ours ended: only failures are news here, the tasks pane shows the rest. */
static void task_ended(void *context, const TaskInfo *task, const Error *error)
{
    AUTO(error_clear) Error failure = {0};

    if (error) {
        command_failed(context, error);
    } else if (task->state == TASK_STATE_FAILED && task->error) {
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
        frame_hint_error(&failure);
    }
}

/* context: the server, which may have been removed meanwhile. */
void command_task_accepted(void *context, TaskRef *result, const Error *error)
{
    if (error)
        command_failed(context, error);
    else if (app_has_server(context))
        server_follow_task(context, result->task, task_ended, app_get(), context);
}

#define VM_COMMAND(word) \
    static bool can_##word(const Selection *selection, char **ret_why) \
    { \
        const VmInfo *vm = selection_vm(selection); \
        return vm ? rules_vm(selection->server, vm, METHOD_vm_##word, ret_why) : why_not(ret_why, TEXT_WHY_SELECT_VM); \
    } \
    static void send_##word(const Selection *selection) \
    { \
        VmRef params = {.vm = (char *)selection->id}; \
        call_vm_##word(selection->server, &params, command_task_accepted, app_get(), selection->server); \
    }

VM_COMMAND(shutdown)
VM_COMMAND(reboot)
VM_COMMAND(force_off)
VM_COMMAND(reset)
VM_COMMAND(pause)
VM_COMMAND(resume)

static bool can_start(const Selection *selection, char **ret_why)
{
    const VmInfo *vm = selection_vm(selection);

    return vm ? rules_vm(selection->server, vm, METHOD_vm_start, ret_why) : why_not(ret_why, TEXT_WHY_SELECT_VM);
}

static void run_start(const Selection *selection)
{
    VmStartParams params = {.vm = (char *)selection->id};

    call_vm_start(selection->server, &params, command_task_accepted, app_get(), selection->server);
}

static void run_shutdown(const Selection *selection) { send_shutdown(selection); }

static void run_reboot(const Selection *selection) { send_reboot(selection); }

static void run_pause(const Selection *selection) { send_pause(selection); }

static void run_resume(const Selection *selection) { send_resume(selection); }

static void run_force_off(const Selection *selection)
{
    AUTO_FREE char *name = x_strdup(selection_name(selection));

    if (message_confirm(owner(), name, text(TEXT_ASK_FORCE_OFF), text(TEXT_VERB_FORCE_OFF), true) && selection_exists(selection))
        send_force_off(selection);
}

static void run_reset(const Selection *selection)
{
    AUTO_FREE char *name = x_strdup(selection_name(selection));

    if (message_confirm(owner(), name, text(TEXT_ASK_RESET), text(TEXT_VERB_RESET), true) && selection_exists(selection))
        send_reset(selection);
}

/* ---------------------------------------------------------------- VMs */

static bool can_new_vm(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && rules_host(selection->server, METHOD_vm_create, ret_why);
}

static void run_new_vm(const Selection *selection) { new_vm_wizard(owner(), selection->server, NULL, NULL); }

static bool can_import_vm(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && rules_host(selection->server, METHOD_vm_import, ret_why);
}

static void run_import_vm(const Selection *selection) { import_wizard(owner(), selection->server, NULL, NULL, NULL); }

static bool can_export_vm(const Selection *selection, char **ret_why)
{
    const VmInfo *vm = selection_vm(selection);

    return vm ? rules_vm(selection->server, vm, METHOD_vm_export, ret_why) : why_not(ret_why, TEXT_WHY_SELECT_VM);
}

static void run_export_vm(const Selection *selection) { export_dialog(owner(), selection->server, selection->id, NULL); }

/* The page explains itself when the VM is off, so that it can be opened before the VM is started. */
static bool can_console(const Selection *selection, char **ret_why)
{
    return selection_vm(selection) || why_not(ret_why, TEXT_WHY_SELECT_VM);
}

static void run_console(const Selection *selection)
{
    frame_select(selection);
    frame_show_page("console");
}

static bool can_set_media(const Selection *selection, bool loaded, TextId reason, char **ret_why)
{
    const VmInfo *vm = selection_vm(selection);

    if (!vm)
        return why_not(ret_why, TEXT_WHY_SELECT_VM);
    if (!media_drive(vm, loaded))
        return why_not(ret_why, reason);
    return rules_vm(selection->server, vm, METHOD_vm_set_media, ret_why);
}

static bool can_insert_iso(const Selection *selection, char **ret_why)
{
    return can_set_media(selection, false, TEXT_WHY_NO_DRIVE, ret_why);
}

static bool can_eject(const Selection *selection, char **ret_why) { return can_set_media(selection, true, TEXT_WHY_DRIVE_EMPTY, ret_why); }

static bool can_properties(const Selection *selection, char **ret_why)
{
    const VmInfo *vm = selection_vm(selection);

    return vm ? rules_vm(selection->server, vm, METHOD_vm_get, ret_why) : why_not(ret_why, TEXT_WHY_SELECT_VM);
}

static void run_properties(const Selection *selection) { properties_dialog(owner(), selection->server, selection->id, VM_PAGE_COUNT); }

static bool can_delete_vm(const Selection *selection, char **ret_why)
{
    const VmInfo *vm = selection_vm(selection);

    return vm ? rules_vm(selection->server, vm, METHOD_vm_delete, ret_why) : why_not(ret_why, TEXT_WHY_SELECT_VM);
}

static void run_delete_vm(const Selection *selection) { delete_vm_dialog(owner(), selection->server, selection->id); }

/* ---------------------------------------------------------------- snapshots, clones, templates */

static bool can_vm(const Selection *selection, Method method, char **ret_why)
{
    const VmInfo *vm = selection_vm(selection);

    return vm ? rules_vm(selection->server, vm, method, ret_why) : why_not(ret_why, TEXT_WHY_SELECT_VM);
}

/* A snapshot's selection is the one of its VM, with the snapshot's name as volume (snapshots_page.c). */
static bool can_snapshot(const Selection *selection, Method method, char **ret_why)
{
    if (selection->kind != OBJECT_VM || !*selection->volume)
        return why_not(ret_why, TEXT_WHY_SELECT_SNAPSHOT);
    return can_vm(selection, method, ret_why);
}

static bool can_take_snapshot(const Selection *selection, char **ret_why) { return can_vm(selection, METHOD_snapshot_create, ret_why); }

static bool can_revert_snapshot(const Selection *selection, char **ret_why) { return can_snapshot(selection, METHOD_snapshot_revert, ret_why); }

static bool can_edit_snapshot(const Selection *selection, char **ret_why) { return can_snapshot(selection, METHOD_snapshot_edit, ret_why); }

static bool can_delete_snapshot(const Selection *selection, char **ret_why) { return can_snapshot(selection, METHOD_snapshot_delete, ret_why); }

static bool can_clone_snapshot(const Selection *selection, char **ret_why)
{
    return can_snapshot(selection, METHOD_snapshot_list, ret_why) && rules_host(selection->server, METHOD_vm_clone, ret_why);
}

static void run_take_snapshot(const Selection *selection) { take_snapshot_dialog(owner(), selection->server, selection->id); }

static void run_revert_snapshot(const Selection *selection) { revert_snapshot_dialog(owner(), selection->server, selection->id, selection->volume); }

static void run_clone_snapshot(const Selection *selection) { clone_dialog(owner(), selection->server, selection->id, selection->volume); }

static bool can_export_snapshot(const Selection *selection, char **ret_why)
{
    return can_snapshot(selection, METHOD_snapshot_list, ret_why) && rules_host(selection->server, METHOD_vm_export, ret_why);
}
static void run_export_snapshot(const Selection *selection) { export_dialog(owner(), selection->server, selection->id, selection->volume); }

static void run_edit_snapshot(const Selection *selection) { edit_snapshot_dialog(owner(), selection->server, selection->id, selection->volume); }

static void run_delete_snapshot(const Selection *selection) { delete_snapshot_dialog(owner(), selection->server, selection->id, selection->volume, false); }

static void run_delete_branch(const Selection *selection) { delete_snapshot_dialog(owner(), selection->server, selection->id, selection->volume, true); }

static bool is_template(const Selection *selection)
{
    const VmInfo *vm = selection_vm(selection);

    return vm && vm->template;
}

static bool can_clone_vm(const Selection *selection, char **ret_why)
{
    return can_vm(selection, METHOD_vm_clone, ret_why) && (!is_template(selection) || why_not(ret_why, TEXT_RULE_TEMPLATE));
}

static bool can_make_template(const Selection *selection, char **ret_why)
{
    return can_vm(selection, METHOD_vm_set_template, ret_why) && (!is_template(selection) || why_not(ret_why, TEXT_RULE_TEMPLATE));
}

static bool can_first_start(const Selection *selection, char **ret_why) { return can_vm(selection, METHOD_vm_set_seed, ret_why); }

static void run_first_start(const Selection *selection) { first_start_wizard(owner(), selection->server, selection->id); }

static bool can_deploy_template(const Selection *selection, char **ret_why)
{
    return can_vm(selection, METHOD_vm_clone, ret_why) && (is_template(selection) || why_not(ret_why, TEXT_RULE_NO_TEMPLATE));
}

static bool can_unmake_template(const Selection *selection, char **ret_why)
{
    return can_vm(selection, METHOD_vm_set_template, ret_why) && (is_template(selection) || why_not(ret_why, TEXT_RULE_NO_TEMPLATE));
}

static void run_clone_vm(const Selection *selection) { clone_dialog(owner(), selection->server, selection->id, NULL); }

static void run_make_template(const Selection *selection) { make_template_dialog(owner(), selection->server, selection->id); }

/* The name is the agent's choice, the disks are linked where they can be: a VM at once. */
static void run_quick_create(const Selection *selection)
{
    const VmInfo *vm = model_vm(server_model(selection->server), selection->id);
    VmCloneParams params = {.vm = (char *)selection->id, .linked = vm && rules_can_link(vm), .start = true};

    call_vm_clone(selection->server, &params, command_task_accepted, app_get(), selection->server);
}

static void run_unmake_template(const Selection *selection)
{
    VmSetTemplateParams params = {.vm = (char *)selection->id};

    call_vm_set_template(selection->server, &params, command_task_accepted, app_get(), selection->server);
}

/* ---------------------------------------------------------------- datastores */

static bool can_datastore(const Selection *selection, Method method, char **ret_why)
{
    const DatastoreInfo *datastore = selection_datastore(selection);

    return datastore ? rules_datastore(selection->server, datastore, method, ret_why) : why_not(ret_why, TEXT_WHY_SELECT_DATASTORE);
}

static bool can_new_datastore(const Selection *selection, char **ret_why)
{
    return can_server(selection, ret_why) && rules_host(selection->server, METHOD_datastore_create, ret_why);
}

static void run_new_datastore(const Selection *selection) { datastore_wizard(owner(), selection->server); }

/* Without a selected datastore: the server's ISO library, or its only datastore. */
static Selection upload_target(const Selection *selection)
{
    const Model *model = selection->server ? server_model(selection->server) : NULL;
    size_t count = model && !selection_datastore(selection) ? model_datastore_count(model) : 0;

    for (size_t i = 0; i < count; i++)
        if (count == 1 || model_datastore_at(model, i)->iso_library)
            return selection_make(selection->server, OBJECT_DATASTORE, model_datastore_at(model, i)->id);
    return *selection;
}

static bool can_upload(const Selection *selection, char **ret_why)
{
    Selection target = upload_target(selection);

    return can_datastore(&target, METHOD_upload_begin, ret_why);
}

static void run_upload(const Selection *selection)
{
    Selection target = upload_target(selection);

    upload_pick_dialog(owner(), target.server, target.id);
}

static bool can_refresh_datastore(const Selection *selection, char **ret_why)
{
    return can_datastore(selection, METHOD_datastore_refresh, ret_why);
}

static void run_refresh_datastore(const Selection *selection)
{
    DatastoreRef params = {.datastore = (char *)selection->id};

    call_datastore_refresh(selection->server, &params, command_task_accepted, app_get(), selection->server);
}

static bool can_forget_datastore(const Selection *selection, char **ret_why)
{
    return can_datastore(selection, METHOD_datastore_forget, ret_why);
}

static void run_forget_datastore(const Selection *selection) { forget_datastore_dialog(owner(), selection->server, selection->id); }

static bool is_iso(const char *name)
{
    size_t length = strlen(name);

    return length > 4 && _stricmp(name + length - 4, ".iso") == 0;
}

static bool can_new_vm_from_iso(const Selection *selection, char **ret_why)
{
    if (selection->kind != OBJECT_VOLUME)
        return why_not(ret_why, TEXT_WHY_SELECT_VOLUME);
    return (is_iso(selection->volume) || why_not(ret_why, TEXT_WHY_SELECT_ISO)) && can_new_vm(selection, ret_why);
}

static void run_new_vm_from_iso(const Selection *selection)
{
    new_vm_wizard(owner(), selection->server, selection->id, selection->volume);
}

static bool can_import_volume(const Selection *selection, char **ret_why)
{
    if (selection->kind != OBJECT_VOLUME)
        return why_not(ret_why, TEXT_WHY_SELECT_VOLUME);
    return (!is_iso(selection->volume) || why_not(ret_why, TEXT_WHY_NOT_AN_ISO)) && can_import_vm(selection, ret_why);
}

static void run_import_volume(const Selection *selection)
{
    import_wizard(owner(), selection->server, NULL, selection->id, selection->volume);
}

static bool can_delete_volume(const Selection *selection, char **ret_why)
{
    if (selection->kind != OBJECT_VOLUME)
        return why_not(ret_why, TEXT_WHY_SELECT_VOLUME);
    return can_datastore(selection, METHOD_volume_delete, ret_why);
}

static void run_delete_volume(const Selection *selection)
{
    delete_volume_dialog(owner(), selection->server, selection->id, selection->volume);
}

/* ---------------------------------------------------------------- view, help, file */

static bool can_back(const Selection *selection, char **ret_why)
{
    (void)selection;
    return frame_can_go(-1) || why_not(ret_why, TEXT_WHY_NO_HISTORY);
}

static bool can_forward(const Selection *selection, char **ret_why)
{
    (void)selection;
    return frame_can_go(1) || why_not(ret_why, TEXT_WHY_NO_HISTORY);
}

static void run_back(const Selection *selection)
{
    (void)selection;
    frame_go(-1);
}

static void run_forward(const Selection *selection)
{
    (void)selection;
    frame_go(1);
}

static void run_help(const Selection *selection)
{
    (void)selection;
    help_open(owner(), frame_topic());
}

static void run_find(const Selection *selection)
{
    (void)selection;
    frame_focus_search();
}

static bool can_refresh(const Selection *selection, char **ret_why)
{
    return selection->server || why_not(ret_why, TEXT_WHY_NOTHING_SELECTED);
}

/* The tree is live; what has to be looked for again is what lies in a datastore, and a server that waits for its next attempt. */
static void run_refresh(const Selection *selection)
{
    char *why = NULL;

    if (server_state(selection->server) == SERVER_RETRYING)
        server_retry_now(selection->server);
    else if (selection_datastore(selection) && can_refresh_datastore(selection, &why))
        run_refresh_datastore(selection);
    free(why);
    frame_refresh();
}

static void run_show_toolbar(const Selection *selection)
{
    (void)selection;
    frame_show_toolbar(!frame_toolbar_shown());
}

static void run_show_tasks(const Selection *selection)
{
    (void)selection;
    frame_show_tasks(!frame_tasks_shown());
}

static void run_theme_windows(const Selection *selection)
{
    (void)selection;
    preferences_set_theme(THEME_FOLLOW_WINDOWS);
}

static void run_theme_light(const Selection *selection)
{
    (void)selection;
    preferences_set_theme(THEME_LIGHT);
}

static void run_theme_dark(const Selection *selection)
{
    (void)selection;
    preferences_set_theme(THEME_DARK);
}

static void run_language_windows(const Selection *selection)
{
    (void)selection;
    preferences_set_language(LANGUAGE_FOLLOW_WINDOWS);
}

static void run_english(const Selection *selection)
{
    (void)selection;
    preferences_set_language(LANGUAGE_ENGLISH);
}

static void run_german(const Selection *selection)
{
    (void)selection;
    preferences_set_language(LANGUAGE_GERMAN);
}

static void run_options(const Selection *selection)
{
    (void)selection;
    options_dialog(owner(), NULL);
}

static void run_clear_tasks(const Selection *selection)
{
    (void)selection;
    activity_clear_ended(app_get()->core);
}

static void run_open_log(const Selection *selection)
{
    (void)selection;
    log_dialog(owner());
}

static void run_whats_new(const Selection *selection)
{
    (void)selection;
    whats_new_dialog(owner());
}

static void run_check_updates(const Selection *selection)
{
    (void)selection;
    update_check_dialog(owner());
}

static void run_about(const Selection *selection)
{
    (void)selection;
    about_dialog(owner());
}

static void run_open_search(const Selection *selection)
{
    (void)selection;
    open_request_pick_search();
}

static bool can_save_search(const Selection *selection, char **ret_why)
{
    AUTO_FREE char *words = navigation_search();

    (void)selection;
    return *words || why_not(ret_why, TEXT_WHY_NO_SEARCH);
}

static void run_save_search(const Selection *selection)
{
    (void)selection;
    open_request_save_search();
}

static void run_exit(const Selection *selection)
{
    (void)selection;
    PostMessageW(owner(), WM_CLOSE, 0, 0);
}

/* ---------------------------------------------------------------- the table */

typedef struct Command {
    const char *name;
    TextId text;
    int icon;
    int modifiers;
    WORD key;
    bool (*can_run)(const Selection *selection, char **ret_why);
    void (*run)(const Selection *selection);
} Command;

static const Command commands[COMMAND_END] = {
#define COMMAND(id, name, icon, modifiers, key, can_run, run) [COMMAND_##id] = {name, TEXT_COMMAND_##id, icon, modifiers, key, can_run, run},
#include "client/ui/commands.def"
#undef COMMAND
};


int command_icon(CommandId id) { return commands[id].icon; }

TextId command_text(CommandId id) { return commands[id].text; }

CommandId command_find(const char *name)
{
    for (int i = COMMAND_NONE + 1; i < COMMAND_END; i++)
        if (str_equal(commands[i].name, name))
            return (CommandId)i;
    return COMMAND_NONE;
}

char *command_key_text(CommandId id)
{
    const Command *command = &commands[id];
    char letter[2] = {(char)command->key, '\0'};
    char function_key[4] = {'F', (char)('1' + command->key - VK_F1), '\0'};
    const char *key = command->key == VK_OEM_COMMA ? "," : command->key == VK_DELETE ? text(TEXT_KEY_DELETE) : command->key == VK_RETURN ? text(TEXT_KEY_ENTER) : command->key == VK_LEFT ? text(TEXT_KEY_LEFT) : command->key == VK_RIGHT ? text(TEXT_KEY_RIGHT)
                    : command->key >= VK_F1 && command->key <= VK_F9 ? function_key : letter;

    if (!command->key)
        return x_strdup("");
    return x_printf("%s%s%s%s", command->modifiers & CTRL ? text(TEXT_KEY_CTRL) : "", command->modifiers & ALT ? text(TEXT_KEY_ALT) : "",
        command->modifiers & SHIFT ? text(TEXT_KEY_SHIFT) : "", key);
}

char *command_plain_text(CommandId id)
{
    char *plain = x_strdup(text(commands[id].text));
    char *to = plain;

    for (const char *from = plain; *from; from++)
        if (*from != '&' && *from != '.')
            *to++ = *from;
    *to = '\0';
    return plain;
}

bool command_can_run(CommandId id, const Selection *selection, char **ret_why)
{
    *ret_why = NULL;
    return commands[id].can_run(selection, ret_why);
}

bool command_checked(CommandId id, const Selection *selection)
{
    switch (id) {
    case COMMAND_SHOW_TOOLBAR: return frame_toolbar_shown();
    case COMMAND_SHOW_TASKS: return frame_tasks_shown();
    case COMMAND_THEME_WINDOWS: return preferences_theme() == THEME_FOLLOW_WINDOWS;
    case COMMAND_THEME_LIGHT: return preferences_theme() == THEME_LIGHT;
    case COMMAND_THEME_DARK: return preferences_theme() == THEME_DARK;
    case COMMAND_LANGUAGE_WINDOWS: return preferences_language() == LANGUAGE_FOLLOW_WINDOWS;
    case COMMAND_ENGLISH: return preferences_language() == LANGUAGE_ENGLISH;
    case COMMAND_GERMAN: return preferences_language() == LANGUAGE_GERMAN;
    case COMMAND_AUTOSTART_NETWORK: return network_autostart_checked(selection);
    default: return false;
    }
}

void command_run(CommandId id, const Selection *selection)
{
    /* Its own copy: what is selected may change while a dialog is open. */
    Selection chosen = *selection;
    AUTO_FREE char *why = NULL;

    if (id <= COMMAND_NONE || id >= COMMAND_END)
        return;
    if (command_can_run(id, &chosen, &why))
        commands[id].run(&chosen);
    else if (why)
        frame_hint(why, false);
}

HACCEL command_accelerators(void)
{
    ACCEL keys[COMMAND_END];
    int count = 0;

    for (int i = COMMAND_NONE + 1; i < COMMAND_END; i++) {
        int modifiers = commands[i].modifiers;
        if (!commands[i].key || (modifiers & SHOWN))
            continue;
        keys[count++] = (ACCEL){.fVirt = (BYTE)(FVIRTKEY | (modifiers & CTRL ? FCONTROL : 0) | (modifiers & SHIFT ? FSHIFT : 0) | (modifiers & ALT ? FALT : 0)),
            .key = commands[i].key, .cmd = (WORD)(COMMAND_MENU_BASE + i)};
    }
    return CreateAcceleratorTableW(keys, count);
}

CommandId command_default(const Selection *selection)
{
    const VmInfo *vm = selection_vm(selection);

    if (selection->kind == OBJECT_HOST && is_idle(selection->server))
        return COMMAND_CONNECT;
    if (selection->kind == OBJECT_HOST && server_state(selection->server) == SERVER_RETRYING)
        return COMMAND_RETRY_NOW;
    if (selection->kind == OBJECT_VOLUME)
        return is_iso(selection->volume) ? COMMAND_NEW_VM_FROM_ISO : COMMAND_VOLUME_DETAILS;
    if (selection->kind == OBJECT_NETWORK && selection_network(selection) && !selection_network(selection)->host_bridge)
        return COMMAND_EDIT_NETWORK;
    return vm ? COMMAND_CONSOLE : COMMAND_NONE;
}

CommandId command_delete(const Selection *selection)
{
    switch (selection->kind) {
    case OBJECT_HOST: return COMMAND_REMOVE_SERVER;
    case OBJECT_VM: return COMMAND_DELETE_VM;
    case OBJECT_DATASTORE: return COMMAND_FORGET_DATASTORE;
    case OBJECT_VOLUME: return COMMAND_DELETE_VOLUME;
    case OBJECT_NETWORK: return COMMAND_DELETE_NETWORK;
    default: return COMMAND_NONE;
    }
}
