/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cloning VMs, snapshots and templates; turning VMs into templates. See snapshot_dialogs.h. UI thread. */
#include "client/ui/snapshot_dialogs.h"

#include "client/core/rules.h"
#include "client/core/snapshot_tree.h"
#include "client/ui/action_dialog.h"

#include <stdlib.h>

enum { EXPLAIN = 100, NAME, FULL, LINKED, LINKED_NOTE, DATASTORE, START, VERSION_OF, NOTES };

typedef struct CloneBox {
    ActionDialog action;
    char *vm;
    char *snapshot;
    SnapshotTree *tree; /* of a snapshot's VM: tells whether disks can be linked to it */
    bool name_seen;
    StrList datastores; /* ids, by the combo box's data */
    StrList templates;
} CloneBox;

static Form *form_of(const CloneBox *box) { return dialog_form(box->action.dialog); }

static const Model *model_of(const CloneBox *box) { return server_model(box->action.server); }

static void box_close(CloneBox *box)
{
    snapshot_tree_close(box->tree);
    StrList_clear(&box->datastores);
    StrList_clear(&box->templates);
    free(box->vm);
    free(box->snapshot);
}

static const char *chosen(const CloneBox *box, int id, const StrList *ids)
{
    intptr_t index = form_combo_data(form_of(box), id, -1);

    return index >= 0 && (size_t)index < ids->count ? ids->items[index] : NULL;
}

/* ---------------------------------------------------------------- clone */

static void check_clone(CloneBox *box)
{
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    AUTO_FREE char *wrong = rules_check_vm_name(model_of(box), name);

    form_problem(form_of(box), NAME, box->name_seen ? wrong : NULL);
    dialog_enable(box->action.dialog, IDOK, !wrong && !box->action.busy);
}

static void clone_now(CloneBox *box)
{
    AUTO(VmCloneParams_clear) VmCloneParams params = {.vm = x_strdup(box->vm), .snapshot = x_strdup(box->snapshot), .name = form_text(form_of(box), NAME),
        .datastore = x_strdup(chosen(box, DATASTORE, &box->datastores)), .linked = form_checked(form_of(box), LINKED), .start = form_checked(form_of(box), START)};

    action_dialog_begin(&box->action, text(TEXT_CLONE_BUSY));
    call_vm_clone(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_clone(void *context, int id, FormEvent event)
{
    CloneBox *box = context;

    if (event == FORM_CLICKED && id == IDOK) {
        clone_now(box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        action_dialog_cancel(&box->action);
    } else if (event == FORM_CHANGED) {
        box->name_seen |= id == NAME;
        check_clone(box);
    }
}

static void add_datastores(CloneBox *box)
{
    const Model *model = model_of(box);

    form_combo_add(form_of(box), DATASTORE, text(TEXT_CLONE_BESIDE), -1);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (!rules_takes_clones(datastore))
            continue;
        form_combo_add(form_of(box), DATASTORE, datastore->name, (intptr_t)box->datastores.count);
        StrList_add(&box->datastores, datastore->id);
    }
    form_combo_select(form_of(box), DATASTORE, -1);
}

/* Disks can be linked to images below, not to what is inside of one. */
static void on_snapshots(void *context)
{
    CloneBox *box = context;
    const VmInfo *vm = model_vm(model_of(box), box->vm);
    size_t index = snapshot_tree_find(box->tree, box->snapshot);

    bool unknown = snapshot_tree_error(box->tree) != NULL; /* the host says it when it is asked, then */
    if (!vm || !rules_can_link(vm) || (index == SNAPSHOT_NONE && !unknown))
        return;
    bool inside = index != SNAPSHOT_NONE && snapshot_tree_list(box->tree)->snapshots.items[index].style == SNAPSHOT_STYLE_INTERNAL;
    if (inside)
        form_set_checked(form_of(box), FULL, true);
    form_set_enabled(form_of(box), LINKED, !inside);
    form_set_shown(form_of(box), LINKED_NOTE, inside);
    dialog_fit(box->action.dialog);
}

/* "web01 2", or the template's family with a number, as the agent would choose. */
static char *free_name(const CloneBox *box, const VmInfo *vm)
{
    for (int number = vm->template ? 1 : 2; number < 1000; number++) {
        char *name = x_printf("%s %d", vm->template ? vm->template->family : vm->name, number);
        char *wrong = rules_check_vm_name(model_of(box), name);
        if (!wrong)
            return name;
        free(wrong);
        free(name);
    }
    return x_strdup("");
}

static void build_clone(CloneBox *box, const VmInfo *vm)
{
    Form *form = form_of(box);
    AUTO_FREE char *name = free_name(box, vm);
    bool can_link = (box->snapshot || vm->template) && rules_can_link(vm);

    form_note(form, EXPLAIN, NOTE_TEXT, text(TEXT_CLONE_EXPLAIN));
    form_edit(form, NAME, text(TEXT_CLONE_NAME), 36, 0);
    form_radio(form, FULL, text(TEXT_CLONE_DISKS), text(TEXT_CLONE_FULL), true);
    form_radio(form, LINKED, NULL, text(TEXT_CLONE_LINKED), false);
    form_note(form, LINKED_NOTE, NOTE_DIM, text(can_link ? TEXT_CLONE_LINKED_INSIDE : TEXT_CLONE_LINKED_NEVER));
    form_set_shown(form, LINKED_NOTE, !can_link);
    form_combo(form, DATASTORE, text(TEXT_CLONE_DATASTORE), 30, false);
    form_check(form, START, text(TEXT_CLONE_START));
    form_set_text(form, NAME, name);
    form_set_checked(form, vm->template && can_link ? LINKED : FULL, true);
    form_set_enabled(form, LINKED, can_link && !box->snapshot); /* of a snapshot, the host tells */
    add_datastores(box);
}

void clone_dialog(HWND owner, Server *server, const char *vm, const char *snapshot)
{
    const VmInfo *info = model_vm(server_model(server), vm);

    if (!info)
        return;
    CloneBox box = {.action = {.server = server}, .vm = x_strdup(vm), .snapshot = x_strdup(snapshot)};
    AUTO_FREE char *title = text_format(info->template || snapshot ? TEXT_CLONE_TITLE_TEMPLATE : TEXT_CLONE_TITLE, snapshot ? snapshot : info->name, NULL);
    box.action.dialog = dialog_create(owner, title, on_clone, &box);
    dialog_set_topic(box.action.dialog, info->template ? "templates" : "clones");
    build_clone(&box, info);
    action_dialog_finish(&box.action, text(TEXT_CLONE_VERB), false);
    dialog_set_width(box.action.dialog, 500);
    dialog_set_focus(box.action.dialog, NAME);
    check_clone(&box);
    box.tree = snapshot ? snapshot_tree_open(server, vm, on_snapshots, &box) : NULL;
    action_dialog_run(&box.action);
    box_close(&box);
}

/* ---------------------------------------------------------------- template */

static void make_template(CloneBox *box)
{
    AUTO(VmSetTemplateParams_clear) VmSetTemplateParams params = {.vm = x_strdup(box->vm), .template = true,
        .version_of = x_strdup(chosen(box, VERSION_OF, &box->templates)), .notes = form_text(form_of(box), NOTES)};

    action_dialog_begin(&box->action, text(TEXT_TEMPLATE_BUSY));
    call_vm_set_template(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_template(void *context, int id, FormEvent event)
{
    CloneBox *box = context;

    if (event == FORM_CLICKED && id == IDOK)
        make_template(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
}

static bool family_listed(const CloneBox *box, const char *family)
{
    for (size_t i = 0; i < box->templates.count; i++) {
        const VmInfo *vm = model_vm(model_of(box), box->templates.items[i]);
        if (vm && vm->template && str_equal(vm->template->family, family))
            return true;
    }
    return false;
}

static void add_families(CloneBox *box)
{
    const Model *model = model_of(box);

    form_combo_add(form_of(box), VERSION_OF, text(TEXT_TEMPLATE_NEW), -1);
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        if (!vm->template || family_listed(box, vm->template->family))
            continue;
        form_combo_add(form_of(box), VERSION_OF, vm->template->family, (intptr_t)box->templates.count);
        StrList_add(&box->templates, vm->id);
    }
    form_combo_select(form_of(box), VERSION_OF, -1);
}

void make_template_dialog(HWND owner, Server *server, const char *vm)
{
    const VmInfo *info = model_vm(server_model(server), vm);

    if (!info)
        return;
    CloneBox box = {.action = {.server = server, .follow = true}, .vm = x_strdup(vm)};
    AUTO_FREE char *title = text_format(TEXT_TEMPLATE_TITLE, info->name, NULL);
    box.action.dialog = dialog_create(owner, title, on_template, &box);
    dialog_set_topic(box.action.dialog, "templates");
    form_note(form_of(&box), EXPLAIN, NOTE_TEXT, text(TEXT_TEMPLATE_EXPLAIN));
    form_combo(form_of(&box), VERSION_OF, text(TEXT_TEMPLATE_VERSION_OF), 30, false);
    form_memo(form_of(&box), NOTES, text(TEXT_TEMPLATE_NOTES), 36, 4);
    add_families(&box);
    action_dialog_finish(&box.action, text(TEXT_TEMPLATE_VERB), false);
    dialog_set_width(box.action.dialog, 500);
    action_dialog_run(&box.action);
    box_close(&box);
}
