/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions of a connecting server: unknown host key, password, passphrase, keyboard-interactive. Modeless, one per server, because the answer may
 * come minutes later and the program goes on; over the Add Server dialog it blocks that one. See dialogs.h. UI thread.
 */
#include "client/core/format.h"
#include "client/ui/add_server.h"
#include "client/ui/agent_dialog.h"
#include "client/ui/dialogs.h"

#include "client/win/dialog.h"

enum { PROMPT_TEXT = 100, PROMPT_KEY_TYPE = 101, PROMPT_FINGERPRINT = 102, PROMPT_HELP = 103, PROMPT_REMEMBERED = 104, PROMPT_ANSWER = 110, OPEN_MAX = 64 };

typedef struct PromptBox {
    Server *server;
    Dialog *dialog;
    HWND blocked; /* the Add Server or agent dialog below it, or NULL */
    size_t count; /* of answers */
    bool can_remember;
} PromptBox;

static PromptBox *open_boxes[OPEN_MAX];

static PromptBox **slot_of(const Server *server)
{
    for (size_t i = 0; i < OPEN_MAX; i++)
        if (open_boxes[i] && open_boxes[i]->server == server)
            return &open_boxes[i];
    return NULL;
}

static void close_box(PromptBox *box)
{
    *slot_of(box->server) = NULL;
    for (size_t i = 0; i < box->count; i++)
        form_wipe(dialog_form(box->dialog), PROMPT_ANSWER + (int)i);
    if (box->blocked)
        EnableWindow(box->blocked, TRUE);
    dialog_close(box->dialog, IDOK);
    free(box);
}

static void accept(PromptBox *box)
{
    char *answers[PROMPT_QUESTIONS_MAX] = {0};
    size_t count = box->count;
    Server *server = box->server;
    PromptRemember remember = !box->can_remember ? PROMPT_REMEMBER_UNSAID
                            : form_checked(dialog_form(box->dialog), PROMPT_REMEMBERED) ? PROMPT_REMEMBER : PROMPT_FORGET;
    for (size_t i = 0; i < count; i++)
        answers[i] = form_secret(dialog_form(box->dialog), PROMPT_ANSWER + (int)i);
    close_box(box);
    prompt_accept_and(server, (const char *const *)answers, count, remember);
    for (size_t i = 0; i < count; i++)
        x_free_secret(answers[i]);
}

static void on_prompt(void *context, int id, FormEvent event)
{
    PromptBox *box = context;
    if (event == FORM_GONE) {
        *slot_of(box->server) = NULL;
        free(box);
    }
    if (event != FORM_CLICKED)
        return;
    if (id == IDOK) {
        accept(box);
    } else if (id == IDCANCEL) {
        Server *server = box->server;
        close_box(box);
        prompt_reject(server);
    }
}

/* ---------------------------------------------------------------- content */

static const char *title_of(const Prompt *prompt)
{
    switch (prompt->kind) {
    case PROMPT_HOST_KEY: return text(TEXT_PROMPT_HOST_KEY_TITLE);
    case PROMPT_PASSWORD: return text(TEXT_PROMPT_PASSWORD_TITLE);
    case PROMPT_SUDO: return text(TEXT_AGENT_SUDO_TITLE);
    case PROMPT_PASSPHRASE: return text(TEXT_PROMPT_PASSPHRASE_TITLE);
    case PROMPT_MASTER: return text(TEXT_MASTER_TITLE);
    default: return str_empty(prompt->title) ? text(TEXT_PROMPT_QUESTIONS_TITLE) : prompt->title;
    }
}

static void build_host_key(Form *form, const Prompt *prompt, const char *server)
{
    AUTO_FREE char *sentence = text_format(prompt->jump ? TEXT_PROMPT_JUMP_HOST_KEY : TEXT_PROMPT_HOST_KEY, prompt->host, server, NULL);
    form_note(form, PROMPT_TEXT, NOTE_WARNING, sentence);
    form_value(form, PROMPT_KEY_TYPE, text(TEXT_PROMPT_KEY_TYPE), prompt->key_type);
    form_value(form, PROMPT_FINGERPRINT, text(TEXT_PROMPT_FINGERPRINT), prompt->fingerprint);
    form_note(form, PROMPT_HELP, NOTE_DIM, text(TEXT_PROMPT_HOST_KEY_HELP));
}

TextId prompt_refusal(const Prompt *prompt)
{
    bool passphrase = prompt->kind == PROMPT_PASSPHRASE;
    if (prompt->remembered_refused)
        return passphrase ? TEXT_REMEMBERED_PASSPHRASE_REFUSED : TEXT_REMEMBERED_PASSWORD_REFUSED;
    return passphrase ? TEXT_PROMPT_WRONG_PASSPHRASE : TEXT_PROMPT_WRONG_PASSWORD;
}

static void build_secret(Form *form, const Prompt *prompt, const char *address, const char *server)
{
    bool passphrase = prompt->kind == PROMPT_PASSPHRASE;
    TextId id = passphrase ? TEXT_PROMPT_PASSPHRASE : prompt->kind == PROMPT_SUDO ? TEXT_AGENT_SUDO_PROMPT : prompt->jump ? TEXT_PROMPT_JUMP_PASSWORD : TEXT_PROMPT_PASSWORD;
    AUTO_FREE char *sentence = text_format(id, passphrase ? prompt->file : address, server, NULL);
    form_note(form, PROMPT_TEXT, NOTE_TEXT, sentence);
    if (prompt->again)
        form_note(form, PROMPT_HELP, NOTE_ERROR, text(prompt_refusal(prompt)));
    form_edit(form, PROMPT_ANSWER, text(passphrase ? TEXT_ADD_SERVER_PASSPHRASE : TEXT_ADD_SERVER_PASSWORD), 30, ES_PASSWORD);
    if (!prompt->can_remember)
        return;
    form_check(form, PROMPT_REMEMBERED, text(passphrase ? TEXT_REMEMBER_PASSPHRASE : TEXT_REMEMBER_PASSWORD));
    form_set_checked(form, PROMPT_REMEMBERED, prompt->remember);
}

static void build_master(Form *form, const Prompt *prompt)
{
    form_note(form, PROMPT_TEXT, NOTE_TEXT, text(TEXT_MASTER_PROMPT));
    if (prompt->again)
        form_note(form, PROMPT_HELP, NOTE_ERROR, text(TEXT_MASTER_WRONG));
    form_edit(form, PROMPT_ANSWER, text(TEXT_MASTER_LABEL), 30, ES_PASSWORD);
}

static void build_questions(Form *form, const Prompt *prompt, const char *address, const char *server)
{
    AUTO_FREE char *sentence = text_format(prompt->jump ? TEXT_PROMPT_JUMP_QUESTIONS : TEXT_PROMPT_QUESTIONS, address, server, NULL);
    form_note(form, PROMPT_TEXT, NOTE_TEXT, sentence);
    if (!str_empty(prompt->instruction))
        form_note(form, PROMPT_HELP, NOTE_TEXT, prompt->instruction);
    if (prompt->again)
        form_note(form, -1, NOTE_ERROR, text(TEXT_PROMPT_WRONG_ANSWER));
    for (size_t i = 0; i < prompt->question_count; i++) {
        /* A question may be a whole sentence: above its field. */
        form_note(form, -1, NOTE_TEXT, prompt->questions[i].text);
        form_edit(form, PROMPT_ANSWER + (int)i, NULL, 40, prompt->questions[i].echo ? 0 : ES_PASSWORD);
    }
}

/* Whom the question is about. */
static char *address_of(const Prompt *prompt) { return format_login(prompt->user, prompt->host, prompt->port); }

static size_t answer_count(const Prompt *prompt)
{
    return prompt->kind == PROMPT_HOST_KEY ? 0 : prompt->kind == PROMPT_QUESTIONS ? prompt->question_count : 1;
}

static void build(PromptBox *box, const Prompt *prompt)
{
    Form *form = dialog_form(box->dialog);
    AUTO_FREE char *address = address_of(prompt);
    const char *server = server_config(box->server)->host;
    if (prompt->kind == PROMPT_HOST_KEY)
        build_host_key(form, prompt, server);
    else if (prompt->kind == PROMPT_QUESTIONS)
        build_questions(form, prompt, address, server);
    else if (prompt->kind == PROMPT_MASTER)
        build_master(form, prompt);
    else
        build_secret(form, prompt, address, server);
    bool host_key = prompt->kind == PROMPT_HOST_KEY; /* Enter alone must not trust an unknown host */
    dialog_button(box->dialog, IDOK, text(host_key ? TEXT_PROMPT_TRUST : TEXT_DIALOG_OK), !host_key);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), host_key);
    dialog_set_focus(box->dialog, host_key ? IDCANCEL : PROMPT_ANSWER);
}

void prompt_dialog_show(HWND owner, Server *server, const Prompt *prompt)
{
    prompt_dialog_withdraw(server);
    if (add_server_take_prompt(server, prompt))
        return;
    PromptBox **slot = NULL;
    for (size_t i = 0; i < OPEN_MAX && !slot; i++)
        if (!open_boxes[i])
            slot = &open_boxes[i];
    if (!slot) { /* more than anybody can answer */
        prompt_reject(server);
        return;
    }
    PromptBox *box = x_calloc(1, sizeof(*box));
    *slot = box;
    box->server = server;
    box->count = answer_count(prompt);
    box->can_remember = prompt->can_remember;
    box->blocked = agent_dialog_window(server) ? agent_dialog_window(server) : add_server_window(server);
    box->dialog = dialog_create(box->blocked ? box->blocked : owner, title_of(prompt), on_prompt, box);
    dialog_set_topic(box->dialog, prompt->kind == PROMPT_HOST_KEY ? "host-key" : prompt->kind == PROMPT_SUDO ? "agent-install" : "add-server");
    build(box, prompt);
    if (box->blocked)
        EnableWindow(box->blocked, FALSE);
    dialog_show(box->dialog);
}

void prompt_dialog_withdraw(Server *server)
{
    PromptBox **slot = slot_of(server);
    if (slot)
        close_box(*slot);
}
