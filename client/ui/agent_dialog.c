/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent dialog: see agent_dialog.h. Like Add Server it looks at the server's state a few times a second, so it needs nothing from the frame's
 * listener but the prompts. UI thread.
 */
#include "client/ui/agent_dialog.h"

#include "client/core/agent_files.h"
#include "client/core/agent_script.h"
#include "client/core/agent_setup.h"
#include "client/ui/dialogs.h"
#include "client/win/clipboard.h"
#include "client/win/dialog.h"
#include "client/win/dpi.h"

#include <stdlib.h>
#include <string.h>

enum {
    AGENT_STATUS = 100, AGENT_PROGRESS, AGENT_SYSTEM, AGENT_LIBVIRT, AGENT_USER, AGENT_FOUND,
    AGENT_CHOICE_INSTALL, AGENT_CHOICE_RUN, AGENT_CHOICE_REMOVE, AGENT_PURGE, AGENT_WHY, AGENT_COMMANDS, AGENT_COPY,
    POLL_MS = 80, MEMO_CHARS = 76, MEMO_LINES = 9,
};

typedef struct AgentDialog {
    Dialog *dialog;
    Form *form;
    Server *server;
    AgentSetupPhase shown; /* what the fields were last filled for */
    AgentSetupStep step;   /* the same */
    bool filled;           /* facts and choices are there */
    bool was_online;       /* closing without having done anything connects again */
    bool connecting;       /* after success */
} AgentDialog;

static AgentDialog *current; /* modal: one at most */

static const AgentSetup *setup_of(const AgentDialog *box) { return agent_setup_of(box->server); }

/* ---------------------------------------------------------------- what was found */

static TextId rights_text(AgentRights rights)
{
    switch (rights) {
    case AGENT_RIGHTS_ROOT: return TEXT_AGENT_IS_ROOT;
    case AGENT_RIGHTS_SUDO: return TEXT_AGENT_SUDO;
    case AGENT_RIGHTS_PASSWORD: return TEXT_AGENT_SUDO_PASSWORD;
    default: return TEXT_AGENT_NO_SUDO;
    }
}

static char *libvirt_text(const AgentFacts *facts)
{
    const char *command = agent_facts_libvirt_command(facts);
    if (facts->libvirt)
        return facts->libvirtd ? x_strdup(facts->libvirt) : text_format(TEXT_AGENT_LIBVIRT_STOPPED, facts->libvirt, NULL);
    return command ? text_format(TEXT_AGENT_LIBVIRT_MISSING, command, NULL) : x_strdup(text(TEXT_AGENT_LIBVIRT_UNKNOWN));
}

static char *agent_text(const AgentFacts *facts)
{
    const char *version = facts->agent_version ? facts->agent_version : "?";
    if (!facts->agent)
        return x_strdup(text(TEXT_AGENT_NONE));
    return text_format(facts->packaged ? TEXT_AGENT_PACKAGED_THERE : TEXT_AGENT_THERE, version, facts->agent, NULL);
}

static void show_facts(AgentDialog *box)
{
    const AgentFacts *facts = &setup_of(box)->facts;
    AUTO_FREE char *system = x_printf("%s, %s", facts->system ? facts->system : str_or_empty(facts->kernel), str_or_empty(facts->machine));
    AUTO_FREE char *libvirt = libvirt_text(facts);
    AUTO_FREE char *user = text_format(rights_text(facts->rights), str_or_empty(facts->user), NULL);
    AUTO_FREE char *agent = agent_text(facts);
    form_set_text(box->form, AGENT_SYSTEM, system);
    form_set_text(box->form, AGENT_LIBVIRT, libvirt);
    form_set_text(box->form, AGENT_USER, user);
    form_set_text(box->form, AGENT_FOUND, agent);
}

/* ---------------------------------------------------------------- choices */

static AgentAction chosen(const AgentDialog *box)
{
    if (form_checked(box->form, AGENT_CHOICE_RUN))
        return AGENT_RUN;
    if (form_checked(box->form, AGENT_CHOICE_REMOVE))
        return AGENT_REMOVE;
    return setup_of(box)->facts.agent ? AGENT_UPDATE : AGENT_INSTALL;
}

static TextId verb_of(AgentAction action)
{
    switch (action) {
    case AGENT_RUN: return TEXT_AGENT_VERB_RUN;
    case AGENT_UPDATE: return TEXT_AGENT_VERB_UPDATE;
    case AGENT_REMOVE: return TEXT_AGENT_VERB_REMOVE;
    default: return TEXT_AGENT_VERB_INSTALL;
    }
}

/* The very text that is sent to the host. */
static char *commands_of(const AgentDialog *box, AgentAction action)
{
    const AgentSetup *setup = setup_of(box);
    return action == AGENT_RUN ? agent_script_run(setup->sha256)
                               : agent_script_root(action, &setup->facts, setup->sha256, form_checked(box->form, AGENT_PURGE));
}

static bool may_choose(const AgentDialog *box) { return box->filled && agent_setup_active(box->server) && setup_of(box)->phase != AGENT_SETUP_WORKING && !box->connecting; }

static void show_choice(AgentDialog *box)
{
    if (!box->filled)
        return;
    AgentAction action = chosen(box);
    AUTO(error_clear) Error why = {0};
    bool possible = agent_facts_check(&setup_of(box)->facts, action, server_config(box->server)->host, &why) == 0;
    AUTO_FREE char *commands = commands_of(box, action);
    AUTO_FREE char *sentence = possible ? NULL : text_error(&why);
    form_hold(box->form);
    form_set_shown(box->form, AGENT_PURGE, action == AGENT_REMOVE);
    form_set_note(box->form, AGENT_WHY, NOTE_WARNING, str_or_empty(sentence));
    form_set_shown(box->form, AGENT_WHY, !possible);
    form_set_text(box->form, AGENT_COMMANDS, commands);
    form_release(box->form);
    dialog_set_button(box->dialog, IDOK, text(verb_of(action)));
    dialog_enable(box->dialog, IDOK, possible && may_choose(box));
    dialog_fit(box->dialog);
}

/* Once, when the host was looked at for the first time: what most people want. */
static void preselect(AgentDialog *box)
{
    const AgentFacts *facts = &setup_of(box)->facts;
    bool install = agent_facts_check(facts, facts->agent ? AGENT_UPDATE : AGENT_INSTALL, "", NULL) == 0;
    bool run = !install && agent_facts_check(facts, AGENT_RUN, "", NULL) == 0;
    form_set_checked(box->form, AGENT_CHOICE_INSTALL, !run);
    form_set_checked(box->form, AGENT_CHOICE_RUN, run);
}

static void show_found(AgentDialog *box)
{
    bool first = !box->filled;
    const AgentFacts *facts = &setup_of(box)->facts;
    AUTO_FREE char *carried = agent_files_version();
    AUTO_FREE char *install = text_format(facts->agent ? TEXT_AGENT_CHOOSE_UPDATE : TEXT_AGENT_CHOOSE_INSTALL, str_or_empty(carried), NULL);
    box->filled = true;
    form_hold(box->form);
    show_facts(box);
    form_set_text(box->form, AGENT_CHOICE_INSTALL, install);
    for (int id = AGENT_SYSTEM; id <= AGENT_CHOICE_RUN; id++)
        form_set_shown(box->form, id, true);
    form_set_shown(box->form, AGENT_CHOICE_REMOVE, facts->agent != NULL);
    form_set_shown(box->form, AGENT_COMMANDS, true);
    form_set_shown(box->form, AGENT_COPY, true);
    if (first)
        preselect(box);
    else if (!facts->agent && form_checked(box->form, AGENT_CHOICE_REMOVE)) {
        form_set_checked(box->form, AGENT_CHOICE_REMOVE, false);
        form_set_checked(box->form, AGENT_CHOICE_INSTALL, true);
    }
    form_release(box->form);
}

/* ---------------------------------------------------------------- progress */

static void show_status(AgentDialog *box, NoteKind kind, const char *sentence, bool busy)
{
    form_hold(box->form);
    form_set_note(box->form, AGENT_STATUS, kind, str_or_empty(sentence));
    form_set_shown(box->form, AGENT_STATUS, !str_empty(sentence));
    form_set_shown(box->form, AGENT_PROGRESS, busy);
    for (int id = AGENT_CHOICE_INSTALL; id <= AGENT_PURGE; id++)
        form_set_enabled(box->form, id, !busy);
    form_release(box->form);
    dialog_set_button(box->dialog, IDCANCEL, text(busy ? TEXT_DIALOG_CANCEL : TEXT_DIALOG_CLOSE));
}

static const char *step_text(AgentSetupStep step)
{
    switch (step) {
    case AGENT_STEP_SEND: return text(TEXT_AGENT_STEP_SEND);
    case AGENT_STEP_CHECK: return text(TEXT_AGENT_STEP_CHECK);
    case AGENT_STEP_PLACE: return text(TEXT_AGENT_STEP_PLACE);
    case AGENT_STEP_STARTUP: return text(TEXT_AGENT_STEP_STARTUP);
    case AGENT_STEP_STOP: return text(TEXT_AGENT_STEP_STOP);
    case AGENT_STEP_REMOVE: return text(TEXT_AGENT_STEP_REMOVE);
    default: return text(TEXT_AGENT_STEP_BEGIN);
    }
}

static void show_error(AgentDialog *box, const Error *error)
{
    AUTO_FREE char *sentence = error && error->code ? text_error(error) : NULL;
    show_status(box, NOTE_ERROR, sentence, false);
    show_choice(box);
    if (!agent_setup_active(box->server))
        dialog_enable(box->dialog, IDOK, false);
}

static void show_looking(AgentDialog *box)
{
    AUTO_FREE char *sentence = text_format(TEXT_AGENT_LOOKING, server_config(box->server)->host, NULL);
    show_status(box, NOTE_INFO, sentence, true);
}

static void show_ready(AgentDialog *box)
{
    const Error *error = setup_of(box)->error.code ? &setup_of(box)->error : NULL;
    show_found(box);
    show_error(box, error);
}

static void show_working(AgentDialog *box)
{
    show_status(box, NOTE_INFO, step_text(setup_of(box)->step), true);
    dialog_enable(box->dialog, IDOK, false);
}

static void show_done(AgentDialog *box)
{
    if (setup_of(box)->action == AGENT_REMOVE) {
        show_found(box);
        show_status(box, NOTE_GOOD, text(TEXT_AGENT_REMOVED), false);
        show_choice(box);
        return;
    }
    box->connecting = true;
    AUTO_FREE char *sentence = text_format(TEXT_AGENT_CONNECTING, server_config(box->server)->host, NULL);
    show_status(box, NOTE_INFO, sentence, true);
    dialog_enable(box->dialog, IDOK, false);
}

/* After success: the server connects; that is the proof. */
static void poll_connecting(AgentDialog *box)
{
    if (server_online(box->server)) {
        if (!setup_of(box)->by_hand || setup_of(box)->action == AGENT_RUN) {
            dialog_close(box->dialog, IDOK);
            return;
        }
        box->connecting = false;
        AUTO_FREE char *sentence = text_format(TEXT_AGENT_BY_HAND, server_name(box->server), NULL);
        dialog_set_timer(box->dialog, 0);
        show_status(box, NOTE_WARNING, sentence, false);
        dialog_fit(box->dialog);
    } else if (server_state(box->server) == SERVER_OFFLINE) {
        box->connecting = false;
        show_error(box, server_error(box->server));
    }
}

static void poll(AgentDialog *box)
{
    const AgentSetup *setup = setup_of(box);
    if (box->connecting) {
        poll_connecting(box);
        return;
    }
    if (setup->phase == AGENT_SETUP_WORKING) {
        if (box->shown != setup->phase || box->step != setup->step) {
            box->shown = setup->phase;
            box->step = setup->step;
            show_working(box);
        }
        return;
    }
    if (setup->phase == box->shown && setup->phase != AGENT_SETUP_NONE)
        return;
    box->shown = setup->phase;
    switch (setup->phase) {
    case AGENT_SETUP_READY: show_ready(box); break;
    case AGENT_SETUP_DONE: show_done(box); break;
    case AGENT_SETUP_ENDED: show_error(box, &setup->error); break;
    default: show_looking(box); break;
    }
}

/* ---------------------------------------------------------------- events */

static void perform(AgentDialog *box)
{
    AgentAction action = chosen(box);
    if (!may_choose(box))
        return;
    SetFocus(GetDlgItem(dialog_window(box->dialog), IDCANCEL)); /* before its field is disabled under the focus */
    agent_setup_perform(box->server, action, form_checked(box->form, AGENT_PURGE));
    box->shown = AGENT_SETUP_NONE;
    poll(box);
}

static void cancel(AgentDialog *box)
{
    if (setup_of(box)->phase == AGENT_SETUP_WORKING)
        agent_setup_cancel(box->server);
    else
        dialog_close(box->dialog, IDCANCEL);
}

static void copy_commands(AgentDialog *box)
{
    AUTO_FREE char *commands = form_text(box->form, AGENT_COMMANDS);
    clipboard_put(dialog_window(box->dialog), commands);
}

static void on_event(void *context, int id, FormEvent event)
{
    AgentDialog *box = context;
    if (event == FORM_TIMER) {
        poll(box);
    } else if (event == FORM_CLICKED) {
        switch (id) {
        case IDOK: perform(box); break;
        case IDCANCEL: cancel(box); break;
        case AGENT_COPY: copy_commands(box); break;
        default: break;
        }
    } else if (event == FORM_CHANGED && id != AGENT_COMMANDS) {
        show_choice(box);
    }
}

/* ---------------------------------------------------------------- life */

static void build(AgentDialog *box)
{
    Form *form = box->form;
    form_note(form, AGENT_STATUS, NOTE_INFO, "");
    form_progress(form, AGENT_PROGRESS);
    form_value(form, AGENT_SYSTEM, text(TEXT_AGENT_LABEL_SYSTEM), "");
    form_value(form, AGENT_LIBVIRT, text(TEXT_AGENT_LABEL_LIBVIRT), "");
    form_value(form, AGENT_USER, text(TEXT_AGENT_LABEL_USER), "");
    form_value(form, AGENT_FOUND, text(TEXT_AGENT_LABEL_AGENT), "");
    form_radio(form, AGENT_CHOICE_INSTALL, text(TEXT_AGENT_LABEL_CHOICE), text(TEXT_AGENT_CHOOSE_INSTALL), true);
    form_radio(form, AGENT_CHOICE_RUN, "", text(TEXT_AGENT_CHOOSE_RUN), false);
    form_radio(form, AGENT_CHOICE_REMOVE, "", text(TEXT_AGENT_CHOOSE_REMOVE), false);
    form_check(form, AGENT_PURGE, text(TEXT_AGENT_PURGE));
    form_note(form, AGENT_WHY, NOTE_WARNING, "");
    HWND memo = form_memo(form, AGENT_COMMANDS, text(TEXT_AGENT_LABEL_COMMANDS), MEMO_CHARS, MEMO_LINES);
    SendMessageW(memo, EM_SETREADONLY, TRUE, 0);
    form_button(form, AGENT_COPY, text(TEXT_AGENT_COPY));
    for (int id = AGENT_STATUS; id <= AGENT_COPY; id++)
        form_set_shown(form, id, false);
    dialog_button(box->dialog, IDOK, text(TEXT_AGENT_VERB_INSTALL), true);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), false);
    dialog_enable(box->dialog, IDOK, false);
}

/* What it looked at is let go; a server that was online is so again. */
static void leave(AgentDialog *box)
{
    current = NULL;
    prompt_dialog_withdraw(box->server);
    if (!agent_setup_active(box->server))
        return;
    server_disconnect(box->server);
    if (box->was_online && setup_of(box)->action != AGENT_REMOVE)
        server_connect(box->server, NULL, NULL);
}

void agent_dialog(HWND owner, Server *server)
{
    AgentDialog box = {.server = server, .was_online = server_online(server)};
    AUTO_FREE char *title = text_format(TEXT_AGENT_TITLE, server_name(server), NULL);
    if (current)
        return;
    if (box.was_online && !message_confirm(owner, title, text(TEXT_AGENT_ASK_DISCONNECT), text(TEXT_AGENT_CONTINUE), false))
        return;
    current = &box;
    agent_setup_start(server);
    box.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.dialog, "agent");
    box.form = dialog_form(box.dialog);
    build(&box);
    show_looking(&box);
    dialog_set_timer(box.dialog, POLL_MS);
    dialog_run(box.dialog);
    leave(&box);
}

HWND agent_dialog_window(const Server *server) { return current && current->server == server ? dialog_window(current->dialog) : NULL; }
