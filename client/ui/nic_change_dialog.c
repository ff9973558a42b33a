/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The minute after a change of a host's network: the time that is left, Keep and Revert. The connection may break meanwhile: it is made again as
 * often as it takes, and what the user has decided is told as soon as the host answers. The host decides alone when nobody does. What it says is
 * asked for once a second. UI thread.
 */
#include "client/ui/nic_dialogs.h"

#include "client/core/port.h"
#include "client/win/dialog.h"

#include <stdlib.h>

enum { NOTE = 100, LEFT, PROGRESS, KEEP, REVERT };
enum { TICK_MS = 250, ASK_MS = 1000, SILENCE_MS = 4000, RETRY_MS = 2000 };

typedef enum Stage { STAGE_APPLYING, STAGE_WAITING, STAGE_ENDING, STAGE_KEPT, STAGE_REVERTED, STAGE_NONE, STAGE_FAILED } Stage;

typedef struct ChangeBox {
    Dialog *dialog;
    Server *server;
    char *name;      /* of the device */
    char *change;    /* NULL: not known yet */
    Stage stage;
    bool keep;       /* what the user has decided */
    bool revert;
    bool begun;      /* by a task that we follow */
    bool unheard;    /* which will not tell us any more how it ended */
    bool told;       /* and the host has been told */
    bool asking;
    int64_t asked;   /* when the host was asked last, monotonic */
    int64_t heard;   /* when it last answered */
    int64_t retried;
    int64_t until;   /* when the host takes the change back; 0: not known */
    Error error;
} ChangeBox;

static void on_nics(void *context, HostNicTable *table, const Error *error);

static bool is_over(const ChangeBox *box) { return box->stage >= STAGE_KEPT; }

static bool is_silent(const ChangeBox *box)
{
    return !server_online(box->server) || port_monotonic_ms() - box->heard > SILENCE_MS;
}

/* ---------------------------------------------------------------- what is shown */

static char *sentence(const ChangeBox *box, NoteKind *ret_kind)
{
    *ret_kind = NOTE_INFO;
    if (box->stage == STAGE_KEPT)
        return text_format(TEXT_NIC_CHANGE_KEPT, box->name, NULL);
    *ret_kind = NOTE_WARNING;
    if (box->stage == STAGE_REVERTED)
        return text_format(TEXT_NIC_CHANGE_REVERTED, box->name, NULL);
    if (box->stage == STAGE_NONE) {
        *ret_kind = NOTE_INFO;
        return x_strdup(text(TEXT_NIC_CHANGE_NONE));
    }
    if (box->stage == STAGE_FAILED) {
        *ret_kind = NOTE_ERROR;
        return text_error(&box->error);
    }
    if (is_silent(box))
        return text_format(box->keep ? TEXT_NIC_CHANGE_LOST_KEEP : TEXT_NIC_CHANGE_LOST, server_name(box->server), NULL);
    *ret_kind = NOTE_INFO;
    if (box->stage == STAGE_APPLYING)
        return text_format(TEXT_NIC_CHANGE_APPLYING, box->name, NULL);
    if (box->stage == STAGE_ENDING)
        return text_format(box->keep ? TEXT_NIC_CHANGE_KEEPING : TEXT_NIC_CHANGE_REVERTING, box->name, NULL);
    return text_format(TEXT_NIC_CHANGE_WAITING, box->name, NULL);
}

static void show(ChangeBox *box)
{
    Form *form = dialog_form(box->dialog);
    NoteKind kind = NOTE_INFO;
    AUTO_FREE char *words = sentence(box, &kind);
    int64_t left = box->until ? (box->until - port_monotonic_ms() + 999) / 1000 : 0;
    AUTO_FREE char *number = x_printf("%lld", (long long)(left > 0 ? left : 0));
    AUTO_FREE char *seconds = text_format(TEXT_NIC_CHANGE_LEFT, number, NULL);
    bool counts = box->until && !is_over(box) && box->stage != STAGE_ENDING;
    bool undecided = !box->keep && !box->revert && !is_over(box);
    form_hold(form);
    form_set_note(form, NOTE, kind, words);
    form_set_note(form, LEFT, NOTE_DIM, counts ? seconds : "");
    form_set_shown(form, LEFT, counts);
    form_set_shown(form, PROGRESS, !is_over(box) && (!undecided || box->stage == STAGE_APPLYING));
    form_release(form);
    dialog_enable(box->dialog, KEEP, undecided && box->stage == STAGE_WAITING);
    dialog_enable(box->dialog, REVERT, undecided && box->stage == STAGE_WAITING);
    dialog_fit(box->dialog);
}

static void end(ChangeBox *box, Stage stage, const Error *error)
{
    if (is_over(box))
        return;
    box->stage = stage;
    if (error)
        error_copy(&box->error, error);
    dialog_set_timer(box->dialog, 0);
    dialog_show_button(box->dialog, KEEP, false);
    dialog_show_button(box->dialog, REVERT, false);
    dialog_set_default(box->dialog, IDCANCEL);
    SetFocus(GetDlgItem(dialog_window(box->dialog), IDCANCEL));
    show(box);
}

/* ---------------------------------------------------------------- what the host says */

static bool is_about_the_connection(const Error *error)
{
    return server_unanswered(error) || error->code == ERR_TIMEOUT;
}

/* What was not heard is told again. How a change ended that does not wait any more, host.nics tells. */
static void on_answer(ChangeBox *box, const Error *error, Stage stage)
{
    if (error && is_about_the_connection(error)) {
        box->told = false;
        box->stage = STAGE_WAITING;
    } else if (error && error->code == ERR_HOST_CHANGE_GONE) {
        box->keep = false;
        box->stage = STAGE_ENDING;
    } else {
        end(box, error ? STAGE_FAILED : stage, error);
    }
}

static void on_kept(void *context, Empty *answer, const Error *error)
{
    (void)answer;
    on_answer(context, error, STAGE_KEPT);
}

/* The end is seen in what the host says of its network: nothing waits any more. */
static void on_reverting(void *context, TaskRef *task, const Error *error)
{
    (void)task;
    if (error)
        on_answer(context, error, STAGE_REVERTED);
}

static void tell(ChangeBox *box)
{
    HostChangeRef params = {.change = box->change};
    if (box->told || !box->change || !server_online(box->server) || is_over(box))
        return;
    if (box->keep)
        call_host_network_confirm(box->server, &params, on_kept, box, box);
    else if (box->revert)
        call_host_network_revert(box->server, &params, on_reverting, box, box);
    else
        return;
    box->told = true;
    box->stage = STAGE_ENDING;
}

static void take_change(ChangeBox *box, const HostChange *change)
{
    if (!box->change) {
        box->change = x_strdup(change->change);
        free(box->name);
        box->name = x_strdup(change->nic);
    }
    if (box->stage == STAGE_APPLYING && change->applied)
        box->stage = STAGE_WAITING;
    if (change->applied)
        box->until = port_monotonic_ms() + change->seconds * 1000;
}

/* The table tells how our change has ended. One that nobody has told us the id of is the last one there was, if that was of our device. */
static bool has_ended(const ChangeBox *box, const HostNicTable *table)
{
    const HostChangeEnd *ended = table->ended;
    return ended && (box->change ? str_equal(ended->change, box->change) : box->unheard && str_equal(ended->nic, box->name));
}

static void end_as(ChangeBox *box, const HostChangeEnd *ended)
{
    AUTO(error_clear) Error failure = {0};
    if (ended->result == HOST_CHANGE_FAILED || ended->result == HOST_CHANGE_BROKEN)
        error_set(&failure, ended->result == HOST_CHANGE_FAILED ? ERR_HOST_CHANGE_FAILED : ERR_HOST_CHANGE_BROKEN, box->name, "%s", str_or_empty(ended->cause));
    end(box, failure.code ? STAGE_FAILED : ended->result == HOST_CHANGE_KEPT ? STAGE_KEPT : STAGE_REVERTED, failure.code ? &failure : NULL);
}

static void on_nics(void *context, HostNicTable *table, const Error *error)
{
    ChangeBox *box = context;
    box->asking = false;
    if (error)
        return;
    box->heard = port_monotonic_ms();
    if (table->change && (!box->change || str_equal(table->change->change, box->change)))
        take_change(box, table->change);
    else if (has_ended(box, table))
        end_as(box, table->ended);
    else if (!box->change && (!box->begun || box->unheard))
        end(box, STAGE_NONE, NULL);
    else if (box->change && !box->keep) /* what is kept, its own answer tells */
        end(box, STAGE_REVERTED, NULL);
    tell(box);
}

/* Which change it is: perhaps it is over when host.nics answers for the first time. */
static void take_id(ChangeBox *box, const char *result)
{
    AUTO(HostChange_clear) HostChange change = {0};
    json_t *json = result ? json_loads(result, 0, NULL) : NULL;
    if (json && !box->change && HostChange_decode(json, UNKNOWN_IGNORE, &change, NULL) == 0)
        box->change = x_strdup(change.change);
    json_decref(json);
}

/* What is in force, host.nics tells. */
static void on_task(void *context, const TaskInfo *task, const Error *error)
{
    ChangeBox *box = context;
    AUTO(error_clear) Error failure = {0};
    box->unheard = true;
    if (error)
        return;
    take_id(box, task->result);
    if (!task->error)
        return;
    error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    end(box, STAGE_FAILED, &failure);
}

static void tick(ChangeBox *box)
{
    Empty none;
    int64_t now = port_monotonic_ms();
    if (server_state(box->server) == SERVER_RETRYING && now - box->retried > RETRY_MS) {
        box->retried = now;
        server_retry_now(box->server);
    }
    if (!server_online(box->server))
        box->asking = false;
    if (server_online(box->server) && !box->asking && now - box->asked >= ASK_MS) {
        box->asking = true;
        box->asked = now;
        call_host_nics(box->server, &none, on_nics, box, box);
    }
    show(box);
}

/* ---------------------------------------------------------------- the dialog */

static void decide(ChangeBox *box, bool keep)
{
    box->keep = keep;
    box->revert = !keep;
    tell(box);
    show(box);
}

static void on_event(void *context, int id, FormEvent event)
{
    ChangeBox *box = context;
    if (event == FORM_TIMER)
        tick(box);
    else if (event == FORM_CLICKED && id == KEEP)
        decide(box, true);
    else if (event == FORM_CLICKED && id == REVERT)
        decide(box, false);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        dialog_close(box->dialog, IDCANCEL);
}

void nic_change_dialog(HWND owner, Server *server, const char *task, const char *name)
{
    ChangeBox box = {.server = server, .name = x_strdup(name), .heard = port_monotonic_ms()};
    AUTO_FREE char *title = text_format(TEXT_NIC_CHANGE_TITLE, server_name(server), NULL);
    box.dialog = dialog_create(owner, title, on_event, &box);
    Form *form = dialog_form(box.dialog);
    dialog_set_topic(box.dialog, "host-bridges");
    form_note(form, NOTE, NOTE_INFO, "");
    form_note(form, LEFT, NOTE_DIM, "");
    form_progress(form, PROGRESS);
    dialog_button(box.dialog, KEEP, text(TEXT_NIC_CHANGE_KEEP), true);
    dialog_button(box.dialog, REVERT, text(TEXT_NIC_CHANGE_REVERT), false);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), false);
    dialog_set_width(box.dialog, 480);
    box.begun = task != NULL;
    if (task)
        server_follow_task(server, task, on_task, &box, &box);
    show(&box);
    dialog_set_timer(box.dialog, TICK_MS);
    dialog_run(box.dialog);
    core_forget(app_get()->core, &box);
    error_clear(&box.error);
    free(box.change);
    free(box.name);
}
