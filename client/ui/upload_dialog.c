/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Choosing files, and what is asked before they are uploaded. The files are looked at on a worker thread (they may be on a slow share) and the
 * datastore's volumes are read meanwhile; then existing names are asked about, one question after the other. See dialogs.h. UI thread.
 */
#include "client/ui/dialogs.h"

#include "client/core/catalog.h"
#include "client/core/format.h"
#include "client/core/port.h"
#include "client/core/rules.h"
#include "client/win/dialog.h"
#include "client/win/file_pick.h"

#include <stdlib.h>

enum { QUESTION = 100, LOCAL_FILE, HOST_FILE, FOR_ALL, REPLACE, SKIP, PROBLEMS_SHOWN = 8 };

typedef struct UploadFile {
    char *path;
    int64_t size, modified;
    Error error; /* it cannot be read */
} UploadFile;

typedef struct UploadBatch {
    HWND owner;
    Server *server;
    char *datastore;
    UploadFile *files;
    size_t count;
    Catalog *volumes;
    bool looked;     /* at all files */
    bool started;
    char *problems;  /* lines */
    size_t problem_count;
    int for_all;     /* REPLACE or SKIP for the rest; 0: ask */
    bool stopped;
} UploadBatch;

/* ---------------------------------------------------------------- the question */

typedef struct ReplaceBox {
    Dialog *dialog;
    bool for_all;
} ReplaceBox;

static void on_replace(void *context, int id, FormEvent event)
{
    ReplaceBox *box = context;
    if (event != FORM_CLICKED)
        return;
    box->for_all = form_item(dialog_form(box->dialog), FOR_ALL) && form_checked(dialog_form(box->dialog), FOR_ALL);
    dialog_close(box->dialog, id);
}

/* REPLACE, SKIP or IDCANCEL. more: other files of the batch exist as well. */
static int ask_replace(UploadBatch *batch, const UploadFile *file, const VolumeInfo *volume, size_t more)
{
    ReplaceBox box = {0};
    const char *name = port_base_name(file->path);
    AUTO_FREE char *question = text_format(TEXT_REPLACE_QUESTION, name, NULL);
    AUTO_FREE char *size = format_size(file->size);
    AUTO_FREE char *time = format_time(file->modified);
    AUTO_FREE char *local = text_format(TEXT_REPLACE_LOCAL, size, time, NULL);
    AUTO_FREE char *host = format_size(volume->capacity);
    box.dialog = dialog_create(batch->owner, text(TEXT_REPLACE_TITLE), on_replace, &box);
    dialog_set_topic(box.dialog, "upload");
    Form *form = dialog_form(box.dialog);
    form_note(form, QUESTION, NOTE_WARNING, question);
    form_value(form, LOCAL_FILE, text(TEXT_REPLACE_YOURS), local);
    form_value(form, HOST_FILE, text(TEXT_REPLACE_HOSTS), host);
    if (more) {
        AUTO_FREE char *for_all = text_plural(PLURAL_REPLACE_FOR_ALL, (int64_t)more, NULL);
        form_check(form, FOR_ALL, for_all);
    }
    dialog_button(box.dialog, REPLACE, text(TEXT_REPLACE_REPLACE), false);
    dialog_button(box.dialog, SKIP, text(TEXT_REPLACE_SKIP), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_set_focus(box.dialog, SKIP);
    int answer = dialog_run(box.dialog);
    batch->for_all = box.for_all && answer != IDCANCEL ? answer : 0;
    return answer;
}

/* ---------------------------------------------------------------- a batch of files */

static void free_batch(UploadBatch *batch)
{
    catalog_close(batch->volumes);
    core_forget(app_get()->core, batch);
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->files[i].path);
        error_clear(&batch->files[i].error);
    }
    free(batch->files);
    free(batch->datastore);
    free(batch->problems);
    free(batch);
}

static void add_problem(UploadBatch *batch, const char *name, const char *sentence)
{
    if (++batch->problem_count > PROBLEMS_SHOWN)
        return;
    char *longer = x_printf("%s%s%s: %s", str_or_empty(batch->problems), batch->problems ? "\n" : "", name, sentence);
    free(batch->problems);
    batch->problems = longer;
}

static const VolumeInfo *find_volume(const UploadBatch *batch, const char *name)
{
    for (size_t i = 0; i < catalog_count(batch->volumes); i++)
        if (str_equal(catalog_at(batch->volumes, i).info->name, name))
            return catalog_at(batch->volumes, i).info;
    return NULL;
}

/* NULL: it can be uploaded. */
static char *why_not(const UploadBatch *batch, const UploadFile *file)
{
    if (file->error.code)
        return text_error(&file->error);
    const VolumeInfo *volume = find_volume(batch, port_base_name(file->path));
    if (volume && volume->used_by.count)
        return text_format(TEXT_UPLOAD_IN_USE, volume->used_by.items[0], NULL);
    char *why = NULL;
    if (volume && !server_can(batch->server, METHOD_volume_delete, &why)) /* replacing it is that, too */
        return why;
    return rules_check_file_name(port_base_name(file->path));
}

static size_t existing_after(const UploadBatch *batch, size_t index)
{
    size_t count = 0;
    for (size_t i = index + 1; i < batch->count; i++) {
        AUTO_FREE char *wrong = why_not(batch, &batch->files[i]);
        count += !wrong && find_volume(batch, port_base_name(batch->files[i].path));
    }
    return count;
}

static void upload_one(UploadBatch *batch, size_t index)
{
    const UploadFile *file = &batch->files[index];
    const char *name = port_base_name(file->path);
    AUTO_FREE char *wrong = why_not(batch, file);
    if (wrong) {
        add_problem(batch, name, wrong);
        return;
    }
    const VolumeInfo *volume = find_volume(batch, name);
    int answer = volume ? batch->for_all ? batch->for_all : ask_replace(batch, file, volume, existing_after(batch, index)) : REPLACE;
    batch->stopped = answer == IDCANCEL;
    if (answer != REPLACE)
        return;
    AUTO(error_clear) Error error = {0};
    if (upload_start(batch->server, batch->datastore, file->path, name, volume != NULL, &error))
        return;
    AUTO_FREE char *sentence = text_error(&error);
    add_problem(batch, name, sentence);
}

static void tell_problems(const UploadBatch *batch)
{
    if (!batch->problem_count)
        return;
    AUTO_FREE char *title = text_plural(PLURAL_UPLOAD_PROBLEMS, (int64_t)batch->problem_count, NULL);
    message_info(batch->owner, title, batch->problems);
}

static bool server_exists(const Server *server)
{
    Core *core = app_get()->core;
    for (size_t i = 0; i < core_server_count(core); i++)
        if (core_server_at(core, i) == server)
            return true;
    return false;
}

/* Files looked at, volumes known (or not to be had: then the agent objects to what exists). */
static void go_on(void *context)
{
    UploadBatch *batch = context;
    if (batch->started || !batch->looked || !batch->volumes || catalog_loading(batch->volumes))
        return;
    batch->started = true; /* the questions run message loops: this may be called again in them */
    batch->stopped = !server_exists(batch->server);
    for (size_t i = 0; i < batch->count && !batch->stopped; i++)
        upload_one(batch, i);
    tell_problems(batch);
    free_batch(batch);
}

static void do_nothing(void *context) { (void)context; }

/* Not at once: the catalog that tells this must not be closed before it has returned. */
static void on_volumes(void *context)
{
    UploadBatch *batch = context;
    core_run(app_get()->core, do_nothing, go_on, batch, batch);
}

/* Worker thread. */
static void look_at_files(void *context)
{
    UploadBatch *batch = context;
    for (size_t i = 0; i < batch->count; i++) {
        UploadFile *each = &batch->files[i];
        PortFile *file = NULL;
        if (port_file_open(each->path, &file, &each->error) < 0)
            continue;
        port_file_stat(file, &each->size, &each->modified, &each->error);
        port_file_close(file);
    }
}

/* Opens the catalog only now: a change of it before would be told to a batch whose files another thread is still looking at. */
static void on_looked(void *context)
{
    UploadBatch *batch = context;
    batch->looked = true;
    batch->volumes = catalog_open(batch->server, batch->datastore, on_volumes, batch);
    go_on(batch);
}

void upload_files(HWND owner, Server *server, const char *datastore, const char *const *paths, size_t count)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    AUTO_FREE char *why = NULL;
    if (!store || !count)
        return;
    if (!rules_datastore(server, store, METHOD_upload_begin, &why)) {
        AUTO_FREE char *title = text_format(TEXT_UPLOAD_TITLE, store->name, NULL);
        message_info(owner, title, why);
        return;
    }
    UploadBatch *batch = x_calloc(1, sizeof(*batch));
    batch->owner = GetAncestor(owner, GA_ROOT);
    batch->server = server;
    batch->datastore = x_strdup(datastore);
    batch->files = x_calloc(count, sizeof(*batch->files));
    batch->count = count;
    for (size_t i = 0; i < count; i++)
        batch->files[i].path = x_strdup(paths[i]);
    core_run(app_get()->core, look_at_files, on_looked, batch, batch);
}

void upload_pick_dialog(HWND owner, Server *server, const char *datastore)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    if (!store)
        return;
    const FileFilter filters[] = {{text(TEXT_UPLOAD_FILTER_ISO), "*.iso"}, {text(TEXT_UPLOAD_FILTER_ALL), "*.*"}};
    AUTO_FREE char *title = text_format(TEXT_UPLOAD_TITLE, store->name, NULL);
    AUTO_FREE char *id = x_strdup(datastore); /* the caller's may go while the dialog is open */
    AUTO(StrList_clear) StrList files = {0};
    if (file_pick(owner, title, text(TEXT_UPLOAD_BUTTON), filters, ARRAY_SIZE(filters), true, &files))
        upload_files(owner, server, id, (const char *const *)files.items, files.count);
}

void upload_ask_replace(HWND owner, Upload *upload)
{
    const DatastoreInfo *store = model_datastore(server_model(upload_server(upload)), upload_datastore(upload));
    AUTO_FREE char *title = text_format(TEXT_UPLOAD_TITLE, store ? store->name : "", NULL);
    AUTO_FREE char *question = text_format(TEXT_REPLACE_QUESTION, upload_name(upload), NULL);
    AUTO_FREE char *why = NULL;
    bool replace = false;
    if (!server_can(upload_server(upload), METHOD_volume_delete, &why))
        message_info(owner, title, why);
    else
        replace = message_confirm(owner, title, question, text(TEXT_REPLACE_REPLACE), true);
    if (upload_state(upload) != UPLOAD_FAILED) /* the import that it was for has ended meanwhile */
        return;
    if (replace)
        upload_retry(upload, true);
    else
        upload_dismiss(upload);
}
