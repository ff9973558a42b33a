/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking, describing, reverting to and deleting snapshots; see snapshot_dialogs.h. The list of snapshots is read when a dialog opens. UI thread. */
#include "client/ui/snapshot_dialogs.h"

#include "client/core/snapshot_tree.h"
#include "client/ui/action_dialog.h"
#include "client/win/message.h"

#include <stdlib.h>
#include <string.h>

enum { NAME = 100, ABOUT, DISKS, QUIESCE, MEMORY, WHY, WARNING, KEEP, KEEP_NAME, START };

typedef struct SnapshotBox {
    ActionDialog action;
    SnapshotTree *tree;
    char *vm;
    char *snapshot; /* NULL: a new one */
    bool filled;    /* with what the list says */
} SnapshotBox;

static Form *form_of(const SnapshotBox *box) { return dialog_form(box->action.dialog); }

static void box_open(SnapshotBox *box, HWND owner, Server *server, const char *vm, const char *snapshot, char *title, FormHandler *handler, const char *topic)
{
    *box = (SnapshotBox){.action = {.server = server, .follow = true}, .vm = x_strdup(vm), .snapshot = x_strdup(snapshot)};
    box->action.dialog = dialog_create(owner, title, handler, box);
    dialog_set_topic(box->action.dialog, topic);
    free(title);
}

static void box_close(SnapshotBox *box)
{
    snapshot_tree_close(box->tree);
    free(box->vm);
    free(box->snapshot);
}

/* ---------------------------------------------------------------- take */

static void check_take(SnapshotBox *box)
{
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    AUTO_FREE char *wrong = snapshot_tree_check_name(box->tree, name);

    form_problem(form_of(box), NAME, box->filled ? wrong : NULL);
    dialog_enable(box->action.dialog, IDOK, box->filled && !wrong && !box->action.busy && !snapshot_list_missing(snapshot_tree_list(box->tree), "snapshot"));
}

/* In the user's language where the client can tell by itself; else as the agent says it. NULL: it is possible. */
static const char *reason_of(const SnapshotBox *box, const char *capability)
{
    const VmInfo *vm = model_vm(server_model(box->action.server), box->vm);
    const SnapshotList *list = snapshot_tree_list(box->tree);
    const char *missing = snapshot_list_missing(list, capability);

    if (!missing || str_equal(capability, "snapshot") || !vm)
        return missing;
    if (vm->state == VM_STATE_OFF)
        return text(TEXT_RULE_VM_OFF);
    if (list->style == SNAPSHOT_STYLE_INTERNAL)
        return text(TEXT_TAKE_SNAPSHOT_INSIDE);
    return str_equal(capability, "quiesce") ? text(TEXT_TAKE_SNAPSHOT_NO_AGENT) : missing;
}

/* The first reason that matters: what cannot be chosen, or that nothing can. */
static void show_reasons(SnapshotBox *box, const SnapshotList *list)
{
    static const struct { int id; const char *capability; } kinds[] = {{DISKS, "disks"}, {QUIESCE, "quiesce"}, {MEMORY, "memory"}};
    const char *reason = reason_of(box, "snapshot");

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const char *missing = reason_of(box, kinds[i].capability);
        form_set_enabled(form_of(box), kinds[i].id, !missing);
        if (!reason && missing)
            reason = missing;
    }
    if (snapshot_list_missing(list, "disks") && !form_checked(form_of(box), MEMORY)) {
        form_set_checked(form_of(box), DISKS, false);
        form_set_checked(form_of(box), MEMORY, true);
    }
    if (!reason)
        return;
    AUTO_FREE char *words = text_format(TEXT_TAKE_SNAPSHOT_WHY, reason, NULL);
    form_set_note(form_of(box), WHY, snapshot_list_missing(list, "snapshot") ? NOTE_WARNING : NOTE_DIM, words);
}

static void take_list_changed(void *context)
{
    SnapshotBox *box = context;
    const Error *error = snapshot_tree_error(box->tree);

    if (error) {
        AUTO_FREE char *words = text_error(error);
        form_set_note(form_of(box), WHY, NOTE_ERROR, words);
        return;
    }
    form_hold(form_of(box));
    if (!box->filled) {
        AUTO_FREE char *name = snapshot_tree_free_name(box->tree);
        AUTO_FREE char *typed = form_text(form_of(box), NAME);
        if (!*typed)
            form_set_text(form_of(box), NAME, name);
    }
    box->filled = true;
    show_reasons(box, snapshot_tree_list(box->tree));
    form_release(form_of(box));
    dialog_fit(box->action.dialog);
    form_focus(form_of(box), NAME);
    check_take(box);
}

static void take(SnapshotBox *box)
{
    AUTO(SnapshotCreateParams_clear) SnapshotCreateParams params = {.vm = x_strdup(box->vm), .name = form_text(form_of(box), NAME),
        .description = form_text(form_of(box), ABOUT), .memory = form_checked(form_of(box), MEMORY), .quiesce = form_checked(form_of(box), QUIESCE)};

    action_dialog_begin(&box->action, text(TEXT_TAKE_SNAPSHOT_BUSY));
    call_snapshot_create(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_take(void *context, int id, FormEvent event)
{
    SnapshotBox *box = context;

    if (event == FORM_CLICKED && id == IDOK)
        take(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (event == FORM_CHANGED)
        check_take(box);
}

void take_snapshot_dialog(HWND owner, Server *server, const char *vm)
{
    SnapshotBox box;
    const VmInfo *info = model_vm(server_model(server), vm);

    if (!info)
        return;
    box_open(&box, owner, server, vm, NULL, text_format(TEXT_TAKE_SNAPSHOT_TITLE, info->name, NULL), on_take, "snapshot-take");
    Form *form = form_of(&box);
    form_edit(form, NAME, text(TEXT_TAKE_SNAPSHOT_NAME), 36, 0);
    form_memo(form, ABOUT, text(TEXT_TAKE_SNAPSHOT_ABOUT), 36, 3);
    form_radio(form, DISKS, text(TEXT_TAKE_SNAPSHOT_KIND), text(TEXT_TAKE_SNAPSHOT_DISKS), true);
    form_radio(form, QUIESCE, NULL, text(TEXT_TAKE_SNAPSHOT_QUIESCE), false);
    form_radio(form, MEMORY, NULL, text(TEXT_TAKE_SNAPSHOT_MEMORY), false);
    form_set_checked(form, DISKS, true);
    form_note(form, WHY, NOTE_DIM, " ");
    action_dialog_finish(&box.action, text(TEXT_TAKE_SNAPSHOT_VERB), false);
    dialog_set_width(box.action.dialog, 500);
    dialog_set_focus(box.action.dialog, NAME);
    dialog_enable(box.action.dialog, IDOK, false);
    box.tree = snapshot_tree_open(server, vm, take_list_changed, &box);
    action_dialog_run(&box.action);
    box_close(&box);
}

/* ---------------------------------------------------------------- revert */

static void check_revert(SnapshotBox *box)
{
    bool keep = form_checked(form_of(box), KEEP);
    AUTO_FREE char *name = form_text(form_of(box), KEEP_NAME);
    AUTO_FREE char *wrong = keep ? snapshot_tree_check_name(box->tree, name) : NULL;

    form_set_enabled(form_of(box), KEEP_NAME, keep);
    form_problem(form_of(box), KEEP_NAME, box->filled ? wrong : NULL);
    dialog_enable(box->action.dialog, IDOK, box->filled && !wrong && !box->action.busy);
}

static char *name_for_before(const SnapshotBox *box)
{
    char *name = text_format(TEXT_REVERT_BEFORE, box->snapshot, NULL);
    char *wrong = snapshot_tree_check_name(box->tree, name);

    if (!wrong)
        return name;
    free(wrong);
    free(name);
    return snapshot_tree_free_name(box->tree);
}

static void revert_list_changed(void *context)
{
    SnapshotBox *box = context;
    size_t index = snapshot_tree_find(box->tree, box->snapshot);

    if (snapshot_tree_loading(box->tree) || index == SNAPSHOT_NONE || box->filled)
        return;
    AUTO_FREE char *name = name_for_before(box);
    bool memory = snapshot_tree_list(box->tree)->snapshots.items[index].memory;
    box->filled = true;
    form_hold(form_of(box));
    form_set_text(form_of(box), KEEP_NAME, name);
    form_set_enabled(form_of(box), START, !memory);
    form_release(form_of(box));
    check_revert(box);
}

static void revert(SnapshotBox *box)
{
    AUTO(SnapshotRevertParams_clear) SnapshotRevertParams params = {.vm = x_strdup(box->vm), .snapshot = x_strdup(box->snapshot),
        .keep_as = form_checked(form_of(box), KEEP) ? form_text(form_of(box), KEEP_NAME) : NULL, .start = form_checked(form_of(box), START)};

    action_dialog_begin(&box->action, text(TEXT_REVERT_BUSY));
    call_snapshot_revert(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_revert(void *context, int id, FormEvent event)
{
    SnapshotBox *box = context;

    if (event == FORM_CLICKED && id == IDOK)
        revert(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (event == FORM_CHANGED)
        check_revert(box);
}

void revert_snapshot_dialog(HWND owner, Server *server, const char *vm, const char *snapshot)
{
    SnapshotBox box;
    const VmInfo *info = model_vm(server_model(server), vm);

    if (!info)
        return;
    bool runs = info->state == VM_STATE_RUNNING;
    AUTO_FREE char *warning = text_format(TEXT_REVERT_WARNING, snapshot, NULL);
    box_open(&box, owner, server, vm, snapshot, text_format(TEXT_REVERT_TITLE, info->name, NULL), on_revert, "snapshot-revert");
    Form *form = form_of(&box);
    form_note(form, WARNING, NOTE_WARNING, warning);
    form_check(form, KEEP, text(TEXT_REVERT_KEEP));
    form_edit(form, KEEP_NAME, text(TEXT_REVERT_KEEP_NAME), 36, 0);
    form_check(form, START, text(TEXT_REVERT_START));
    form_set_checked(form, KEEP, true);
    form_set_checked(form, START, runs);
    action_dialog_finish(&box.action, text(TEXT_REVERT_VERB), true);
    dialog_set_width(box.action.dialog, 500);
    dialog_enable(box.action.dialog, IDOK, false);
    box.tree = snapshot_tree_open(server, vm, revert_list_changed, &box);
    action_dialog_run(&box.action);
    box_close(&box);
}

/* ---------------------------------------------------------------- describe */

/* The call has no task: its answer is the end. */
static void edited(void *context, Empty *result, const Error *error)
{
    TaskRef none = {0};

    (void)result;
    action_dialog_done(context, error ? NULL : &none, error);
}

static void edit(SnapshotBox *box)
{
    AUTO(SnapshotEditParams_clear) SnapshotEditParams params = {.vm = x_strdup(box->vm), .snapshot = x_strdup(box->snapshot), .description = form_text(form_of(box), ABOUT)};

    action_dialog_begin(&box->action, text(TEXT_EDIT_SNAPSHOT_BUSY));
    call_snapshot_edit(box->action.server, &params, edited, &box->action, &box->action);
}

static void on_edit(void *context, int id, FormEvent event)
{
    SnapshotBox *box = context;

    if (event == FORM_CLICKED && id == IDOK)
        edit(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
}

static void edit_list_changed(void *context)
{
    SnapshotBox *box = context;
    size_t index = snapshot_tree_find(box->tree, box->snapshot);

    if (snapshot_tree_loading(box->tree) || index == SNAPSHOT_NONE || box->filled)
        return;
    box->filled = true;
    form_set_text(form_of(box), ABOUT, str_or_empty(snapshot_tree_list(box->tree)->snapshots.items[index].description));
    dialog_enable(box->action.dialog, IDOK, true);
}

void edit_snapshot_dialog(HWND owner, Server *server, const char *vm, const char *snapshot)
{
    SnapshotBox box;

    box_open(&box, owner, server, vm, snapshot, text_format(TEXT_EDIT_SNAPSHOT_TITLE, snapshot, NULL), on_edit, "snapshots");
    box.action.follow = false;
    form_memo(form_of(&box), ABOUT, text(TEXT_TAKE_SNAPSHOT_ABOUT), 44, 6);
    action_dialog_finish(&box.action, text(TEXT_EDIT_SNAPSHOT_VERB), false);
    dialog_set_focus(box.action.dialog, ABOUT);
    dialog_enable(box.action.dialog, IDOK, false);
    box.tree = snapshot_tree_open(server, vm, edit_list_changed, &box);
    action_dialog_run(&box.action);
    box_close(&box);
}

/* ---------------------------------------------------------------- delete */

typedef struct DeleteAsk {
    SnapshotBox box;
    bool branch;
} DeleteAsk;

static void delete_now(SnapshotBox *box)
{
    DeleteAsk *ask = (DeleteAsk *)box;
    AUTO(SnapshotDeleteParams_clear) SnapshotDeleteParams params = {.vm = x_strdup(box->vm), .snapshot = x_strdup(box->snapshot), .children = ask->branch};

    action_dialog_begin(&box->action, text(TEXT_DELETE_SNAPSHOT_BUSY));
    call_snapshot_delete(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_delete(void *context, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == IDOK)
        delete_now(context);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&((SnapshotBox *)context)->action);
}

/* How many are deleted with it is asked before it can be done. */
static void delete_list_changed(void *context)
{
    DeleteAsk *ask = context;
    size_t index = snapshot_tree_find(ask->box.tree, ask->box.snapshot);
    const Error *error = snapshot_tree_error(ask->box.tree);

    if (!ask->branch || ask->box.action.busy)
        return;
    if (error) {
        AUTO_FREE char *sentence = text_error(error);
        form_set_note(form_of(&ask->box), WARNING, NOTE_ERROR, sentence);
    }
    dialog_enable(ask->box.action.dialog, IDOK, !error && index != SNAPSHOT_NONE);
    if (error || index == SNAPSHOT_NONE)
        return;
    size_t below = snapshot_tree_below(ask->box.tree, index);
    AUTO_FREE char *question = below ? text_plural(PLURAL_DELETE_BRANCH_ASK, (int64_t)below, ask->box.snapshot, NULL) : text_format(TEXT_DELETE_SNAPSHOT_ASK, ask->box.snapshot, NULL);
    form_set_note(form_of(&ask->box), WARNING, NOTE_WARNING, question);
    dialog_fit(ask->box.action.dialog);
}

void delete_snapshot_dialog(HWND owner, Server *server, const char *vm, const char *snapshot, bool branch)
{
    DeleteAsk ask;
    AUTO_FREE char *question = branch ? x_strdup(" ") : text_format(TEXT_DELETE_SNAPSHOT_ASK, snapshot, NULL);

    box_open(&ask.box, owner, server, vm, snapshot, text_format(TEXT_DELETE_SNAPSHOT_TITLE, snapshot, NULL), on_delete, "snapshot-delete");
    ask.branch = branch;
    ask.box.action.follow = false; /* merging may take long: the tasks show it */
    form_note(form_of(&ask.box), WARNING, NOTE_WARNING, question);
    action_dialog_finish(&ask.box.action, text(TEXT_DELETE_SNAPSHOT_VERB), true);
    dialog_set_width(ask.box.action.dialog, 460);
    dialog_enable(ask.box.action.dialog, IDOK, !branch);
    ask.box.tree = snapshot_tree_open(server, vm, delete_list_changed, &ask);
    action_dialog_run(&ask.box.action);
    box_close(&ask.box);
}
