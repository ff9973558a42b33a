/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Export VM: what kind of files, and where they go. What goes to this computer is made on the host first, fetched, and removed there. See dialogs.h. UI thread. */
#include "client/ui/action_dialog.h"
#include "client/ui/dialogs.h"
#include "client/ui/frame.h"
#include "client/ui/store_box.h"

#include "client/core/exporting.h"
#include "client/core/port.h"
#include "client/core/rules.h"
#include "client/win/file_pick.h"

#include <stdlib.h>
#include <string.h>

enum { FORMAT = 100, FORMAT_NOTE, TO_COMPUTER, TO_DATASTORE, STORE, STORE_NOTE, NAME };

typedef struct ExportDialog {
    ActionDialog action;
    char *vm;       /* id */
    char *vm_name;
    char *snapshot; /* name; NULL: as it is now */
    char *file_name;
} ExportDialog;

static const struct {
    ExportFormat format;
    TextId title, note;
    const char *ending; /* of the file that is saved, or that gives the others their name */
} formats[] = {
    {EXPORT_OVA, TEXT_EXPORT_VM_OVA, TEXT_EXPORT_VM_OVA_NOTE, "ova"},
    {EXPORT_OVF, TEXT_EXPORT_VM_OVF, TEXT_EXPORT_VM_OVF_NOTE, "ovf"},
    {EXPORT_QCOW2, TEXT_EXPORT_VM_QCOW2, TEXT_EXPORT_VM_QCOW2_NOTE, "xml"},
};

static Form *form_of(const ExportDialog *box) { return dialog_form(box->action.dialog); }

static char *title_of(const ExportDialog *box)
{
    return box->snapshot ? text_format(TEXT_EXPORT_VM_TITLE_SNAPSHOT, box->vm_name, box->snapshot, NULL) : text_format(TEXT_EXPORT_VM_TITLE, box->vm_name, NULL);
}

static size_t format_row(const ExportDialog *box) { return (size_t)form_combo_data(form_of(box), FORMAT, 0); }

static const DatastoreInfo *store_of(const ExportDialog *box)
{
    return store_box_chosen(form_of(box), STORE, server_model(box->action.server));
}

static void check(ExportDialog *box)
{
    Form *form = form_of(box);
    const DatastoreInfo *store = store_of(box);
    AUTO_FREE char *name = form_text(form, NAME);
    AUTO_FREE char *why = NULL;
    AUTO_FREE char *wrong_name = rules_check_file_name(name);
    bool here = form_checked(form, TO_COMPUTER);
    if (store)
        rules_datastore(box->action.server, store, METHOD_upload_begin, &why);
    form_hold(form);
    form_set_note(form, FORMAT_NOTE, NOTE_DIM, text(formats[format_row(box)].note));
    if (store)
        form_set_note(form, STORE_NOTE, NOTE_DIM, text(here ? TEXT_EXPORT_VM_STORE_NOTE : TEXT_EXPORT_VM_STORE_KEEPS));
    else
        form_set_note(form, STORE_NOTE, NOTE_WARNING, text(TEXT_EXPORT_VM_NO_STORE));
    form_problem(form, STORE, why);
    form_set_enabled(form, NAME, !here);
    form_problem(form, NAME, here ? NULL : wrong_name);
    form_release(form);
    dialog_set_button(box->action.dialog, IDOK, text(here ? TEXT_EXPORT_VM_CHOOSE : TEXT_EXPORT_VM_VERB));
    dialog_enable(box->action.dialog, IDOK, store && !why && (here || !wrong_name) && !box->action.busy);
}

/* ---------------------------------------------------------------- to this computer */

/* What is said when it has ended, long after the dialog. */
typedef struct ExportNotice {
    const Server *server; /* may have been removed */
    char *vm_name;
    char *folder;
} ExportNotice;

static void on_exported(void *context, const Exporting *exporting, const Error *error)
{
    ExportNotice *notice = context;
    (void)exporting;
    if (error && server_unanswered(error) && app_left_server(notice->server)) {
        frame_hint_error(error);
    } else if (error && error->code != ERR_CANCELLED) {
        AUTO_FREE char *title = text_format(TEXT_EXPORT_VM_FAILED, notice->vm_name, NULL);
        action_notice_done(action_notice(notice->server, title), NULL, error);
    } else if (!error) {
        AUTO_FREE char *sentence = text_format(TEXT_EXPORT_VM_DONE, notice->vm_name, notice->folder, NULL);
        frame_hint(sentence, false);
    }
    free(notice->vm_name);
    free(notice->folder);
    free(notice);
}

/* Splits "C:\Exports\web01.ova" into folder and name without ending. */
static void split(const char *path, char **ret_folder, char **ret_name)
{
    const char *base = port_base_name(path);
    const char *dot = strrchr(base, '.');
    size_t folder = (size_t)(base - path);
    *ret_folder = x_strndup(path, folder > 3 ? folder - 1 : folder); /* "C:\" keeps its backslash */
    *ret_name = x_strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static void export_here(ExportDialog *box)
{
    size_t row = format_row(box);
    const DatastoreInfo *store = store_of(box);
    if (!store) {
        check(box);
        return;
    }
    AUTO_FREE char *store_id = x_strdup(store->id);
    AUTO_FREE char *proposed = x_printf("%s.%s", box->file_name, formats[row].ending);
    AUTO_FREE char *patterns = x_printf("*.%s", formats[row].ending);
    const FileFilter filter = {text(formats[row].title), patterns};
    AUTO_FREE char *title = title_of(box);
    AUTO_FREE char *path = file_pick_save(dialog_window(box->action.dialog), title, text(TEXT_EXPORT_VM_VERB), &filter, proposed);
    if (!path)
        return;
    ExportNotice *notice = x_calloc(1, sizeof(*notice));
    notice->server = box->action.server;
    notice->vm_name = x_strdup(box->vm_name);
    VmExportParams params = {.vm = box->vm, .snapshot = box->snapshot, .datastore = store_id, .format = formats[row].format};
    split(path, &notice->folder, &params.name);
    exporting_start(app_get()->core, box->action.server, &params, notice->folder, on_exported, notice);
    free(params.name);
    dialog_close(box->action.dialog, IDOK);
}

/* ---------------------------------------------------------------- to a datastore */

static void export_there(ExportDialog *box)
{
    const DatastoreInfo *store = store_of(box);
    if (!store) {
        check(box);
        return;
    }
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    VmExportParams params = {.vm = box->vm, .snapshot = box->snapshot, .datastore = store->id, .name = name, .format = formats[format_row(box)].format};
    action_dialog_begin(&box->action, text(TEXT_EXPORT_VM_BEGINNING));
    call_vm_export(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_event(void *context, int id, FormEvent event)
{
    ExportDialog *box = context;
    if (event == FORM_CLICKED && id == IDOK && form_checked(form_of(box), TO_COMPUTER))
        export_here(box);
    else if (event == FORM_CLICKED && id == IDOK)
        export_there(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (event == FORM_CHANGED)
        check(box);
}

static void fill_stores(const ExportDialog *box)
{
    const Model *model = server_model(box->action.server);
    const DatastoreInfo *best = NULL;
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *store = model_datastore_at(model, i);
        if (store_is_active_directory(store) && (!best || store->available > best->available))
            best = store;
    }
    store_box_fill(form_of(box), STORE, model, store_is_active_directory, best ? best->id : NULL);
}

/* "web01", "web01-before the update": without what Windows has other uses for. The caller frees. */
static char *proposed_name(const char *vm, const char *snapshot)
{
    char *name = snapshot ? x_printf("%s-%s", vm, snapshot) : x_strdup(vm);
    for (char *at = name; *at; at++)
        if (strchr("\\/:*?\"<>|", *at))
            *at = '-';
    return name;
}

void export_dialog(HWND owner, Server *server, const char *vm, const char *snapshot)
{
    const VmInfo *info = model_vm(server_model(server), vm);
    if (!info)
        return;
    ExportDialog box = {.action = {.server = server}, .vm = x_strdup(vm), .vm_name = x_strdup(info->name), .snapshot = x_strdup(snapshot)};
    box.file_name = proposed_name(info->name, snapshot);
    AUTO_FREE char *title = title_of(&box);
    box.action.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.action.dialog, snapshot ? "export-snapshot" : "export");
    Form *form = form_of(&box);
    form_combo(form, FORMAT, text(TEXT_EXPORT_VM_LABEL_FORMAT), 40, false);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        form_combo_add(form, FORMAT, text(formats[i].title), (intptr_t)i);
    form_combo_select(form, FORMAT, 0);
    form_note(form, FORMAT_NOTE, NOTE_DIM, text(formats[0].note));
    form_radio(form, TO_COMPUTER, text(TEXT_EXPORT_VM_LABEL_WHERE), text(TEXT_EXPORT_VM_TO_COMPUTER), true);
    form_radio(form, TO_DATASTORE, NULL, text(TEXT_EXPORT_VM_TO_DATASTORE), false);
    form_set_checked(form, TO_COMPUTER, true);
    form_combo(form, STORE, text(TEXT_EXPORT_VM_LABEL_STORE), 40, false);
    form_note(form, STORE_NOTE, NOTE_DIM, text(TEXT_EXPORT_VM_STORE_NOTE));
    form_edit(form, NAME, text(TEXT_EXPORT_VM_LABEL_NAME), 40, 0);
    form_set_text(form, NAME, box.file_name);
    fill_stores(&box);
    action_dialog_finish(&box.action, text(TEXT_EXPORT_VM_CHOOSE), false);
    check(&box);
    action_dialog_run(&box.action);
    free(box.vm);
    free(box.vm_name);
    free(box.snapshot);
    free(box.file_name);
}
