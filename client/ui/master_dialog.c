/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting, changing and removing the master password; the work (scrypt) is done by the core's worker. See dialogs.h. UI thread. */
#include "client/ui/dialogs.h"

#include "client/win/dialog.h"

enum { HELP = 100, OLD, FRESH, AGAIN, STATUS, PROGRESS, LENGTH_LEAST = 8 };

typedef struct MasterBox {
    Dialog *dialog;
    MasterTask task;
    bool busy;
} MasterBox;

static Form *form_of(const MasterBox *box) { return dialog_form(box->dialog); }

static bool wants_fresh(const MasterBox *box) { return box->task != MASTER_REMOVE; }

/* Characters, not bytes. */
static int length_of(const char *words)
{
    int count = 0;
    for (; *words; words++)
        count += ((unsigned char)*words & 0xC0) != 0x80;
    return count;
}

/* The first problem, shown at its field. */
static bool is_fine(const MasterBox *box, const char *fresh, const char *again)
{
    const char *length = wants_fresh(box) && length_of(fresh) < LENGTH_LEAST ? text(TEXT_MASTER_TOO_SHORT) : NULL;
    const char *different = wants_fresh(box) && !length && !str_equal(fresh, again) ? text(TEXT_MASTER_DIFFERENT) : NULL;
    form_hold(form_of(box));
    form_problem(form_of(box), OLD, NULL);
    form_problem(form_of(box), FRESH, length);
    form_problem(form_of(box), AGAIN, different);
    form_release(form_of(box));
    if (length || different)
        form_focus(form_of(box), length ? FRESH : AGAIN);
    return !length && !different;
}

static void set_busy(MasterBox *box, bool busy)
{
    box->busy = busy;
    form_hold(form_of(box));
    for (int id = OLD; id <= AGAIN; id++)
        form_set_enabled(form_of(box), id, !busy);
    form_set_note(form_of(box), STATUS, NOTE_INFO, text(TEXT_MASTER_WORKING));
    form_set_shown(form_of(box), STATUS, busy);
    form_set_shown(form_of(box), PROGRESS, busy);
    form_release(form_of(box));
    dialog_enable(box->dialog, IDOK, !busy);
    dialog_enable(box->dialog, IDCANCEL, !busy);
}

static void done(void *context, const Error *error)
{
    MasterBox *box = context;
    set_busy(box, false);
    if (!error) {
        dialog_close(box->dialog, IDOK);
        return;
    }
    if (error->code == ERR_VAULT_PASSWORD) {
        form_problem(form_of(box), OLD, text(TEXT_MASTER_WRONG));
        form_focus(form_of(box), OLD);
        return;
    }
    AUTO_FREE char *sentence = text_error(error);
    form_hold(form_of(box));
    form_set_note(form_of(box), STATUS, NOTE_ERROR, sentence);
    form_set_shown(form_of(box), STATUS, true);
    form_release(form_of(box));
}

static void start(MasterBox *box)
{
    char *old = box->task == MASTER_SET ? NULL : form_secret(form_of(box), OLD);
    char *fresh = wants_fresh(box) ? form_secret(form_of(box), FRESH) : NULL;
    char *again = wants_fresh(box) ? form_secret(form_of(box), AGAIN) : NULL;
    if (!box->busy && is_fine(box, fresh, again)) {
        set_busy(box, true);
        keyring_set_master(app_get()->core, old, fresh, done, box, box);
    }
    x_free_secret(old);
    x_free_secret(fresh);
    x_free_secret(again);
}

static void on_event(void *context, int id, FormEvent event)
{
    MasterBox *box = context;
    if (event == FORM_CHANGED)
        form_problem(form_of(box), id, NULL);
    if (event != FORM_CLICKED)
        return;
    if (id == IDOK)
        start(box);
    else if (id == IDCANCEL && !box->busy)
        dialog_close(box->dialog, IDCANCEL);
}

static void build(MasterBox *box)
{
    Form *form = form_of(box);
    form_note(form, HELP, NOTE_TEXT, text(box->task == MASTER_REMOVE ? TEXT_MASTER_REMOVE_HELP : TEXT_MASTER_SET_HELP));
    form_edit(form, OLD, text(TEXT_MASTER_OLD), 30, ES_PASSWORD);
    form_edit(form, FRESH, text(TEXT_MASTER_NEW), 30, ES_PASSWORD);
    form_edit(form, AGAIN, text(TEXT_MASTER_AGAIN), 30, ES_PASSWORD);
    form_note(form, STATUS, NOTE_INFO, "");
    form_progress(form, PROGRESS);
    form_set_shown(form, HELP, box->task != MASTER_CHANGE);
    form_set_shown(form, OLD, box->task != MASTER_SET);
    form_set_shown(form, FRESH, wants_fresh(box));
    form_set_shown(form, AGAIN, wants_fresh(box));
    form_set_shown(form, STATUS, false);
    form_set_shown(form, PROGRESS, false);
    dialog_button(box->dialog, IDOK, text(box->task == MASTER_REMOVE ? TEXT_MASTER_REMOVE : TEXT_MASTER_SET), true);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_set_focus(box->dialog, box->task == MASTER_SET ? FRESH : OLD);
}

bool master_dialog(HWND owner, MasterTask task)
{
    static const TextId titles[] = {[MASTER_SET] = TEXT_MASTER_SET_TITLE, [MASTER_CHANGE] = TEXT_MASTER_CHANGE_TITLE, [MASTER_REMOVE] = TEXT_MASTER_REMOVE_TITLE};
    MasterBox box = {.task = task};
    box.dialog = dialog_create(owner, text(titles[task]), on_event, &box);
    dialog_set_topic(box.dialog, "master-password");
    build(&box);
    int result = dialog_run(box.dialog);
    core_forget(app_get()->core, &box);
    return result == IDOK;
}
