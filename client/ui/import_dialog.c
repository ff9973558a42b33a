/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Import from OpenSSH and PuTTY: shows the hosts of ~/.ssh/config and PuTTY's saved sessions, takes the chosen ones into the list, and their host keys
 * with them. Files are read and written by a worker. See dialogs.h. UI thread.
 */
#include "client/ui/app.h"
#include "client/ui/dialogs.h"

#include "client/core/format.h"
#include "client/core/ssh_import.h"
#include "client/win/dialog.h"
#include "client/win/icons.h"

enum { EXPLAIN = 100, HOSTS, KEYS, STATUS };

typedef struct ImportBox {
    Dialog *dialog;
    Form *form;
    Import import;
    bool ready;    /* the list is there, and no worker has it */
    bool finished; /* the button closes now */
} ImportBox;

/* What a worker does for a dialog that may be gone when it is done. */
typedef struct Work {
    ImportBox *box;
    int number;
    Import import;
    char *known_hosts;
    Error error;
} Work;

static int dialogs_opened;
static ImportBox *current; /* modal, so there is one at most */

static void work_free(Work *work)
{
    ssh_import_clear(&work->import);
    error_clear(&work->error);
    free(work->known_hosts);
    free(work);
}

static bool still_open(const Work *work) { return current && current == work->box && dialogs_opened == work->number; }

static Work *work_create(ImportBox *box)
{
    Work *work = x_calloc(1, sizeof *work);
    work->box = box;
    work->number = dialogs_opened;
    return work;
}

/* ---------------------------------------------------------------- the list */

static const char *login_of(const ServerConfig *config)
{
    static const TextId words[] = {[AUTH_PASSWORD] = TEXT_ADD_SERVER_BY_PASSWORD, [AUTH_KEY_FILE] = TEXT_ADD_SERVER_BY_KEY, [AUTH_SSH_AGENT] = TEXT_IMPORT_BY_AGENT};
    return text(words[config->auth]);
}

static void add_row(ImportBox *box, size_t index)
{
    const ImportItem *item = &box->import.items[index];
    AUTO_FREE char *address = format_login(item->config.user, item->config.host, item->config.port);
    const char *note = item->state == IMPORT_KNOWN ? text(TEXT_IMPORT_KNOWN) : item->state == IMPORT_IMPOSSIBLE ? text(TEXT_IMPORT_IMPOSSIBLE) : item->putty ? "PuTTY" : "";
    int row = form_list_add(box->form, HOSTS, item->name, ICON_HOST_OFFLINE, (intptr_t)index);
    form_list_cell(box->form, HOSTS, row, 1, address);
    form_list_cell(box->form, HOSTS, row, 2, login_of(&item->config));
    form_list_cell(box->form, HOSTS, row, 3, str_or_empty(item->config.jump));
    form_list_cell(box->form, HOSTS, row, 4, note);
    if (item->state == IMPORT_NEW)
        form_list_check(box->form, HOSTS, row, true);
    else
        form_list_hide_check(box->form, HOSTS, row);
}

static void check(ImportBox *box)
{
    size_t chosen = 0;
    for (int row = 0; box->ready && row < (int)box->import.count; row++) {
        ImportItem *item = &box->import.items[form_list_data(box->form, HOSTS, row)];
        if (item->state != IMPORT_NEW)
            form_list_hide_check(box->form, HOSTS, row);
        item->chosen = item->state == IMPORT_NEW && form_list_checked(box->form, HOSTS, row);
        chosen += item->chosen;
    }
    dialog_enable(box->dialog, IDOK, box->finished || (box->ready && chosen > 0));
}

static void show_status(ImportBox *box, NoteKind kind, const char *sentence)
{
    form_hold(box->form);
    form_set_note(box->form, STATUS, kind, sentence);
    form_set_shown(box->form, STATUS, !str_empty(sentence));
    form_release(box->form);
}

static void fill_list(ImportBox *box)
{
    ssh_import_compare(&box->import, app_get()->core);
    form_hold(box->form);
    form_list_clear(box->form, HOSTS);
    for (size_t i = 0; i < box->import.count; i++)
        add_row(box, i);
    form_release(box->form);
}

static void show_list(ImportBox *box)
{
    fill_list(box);
    AUTO_FREE char *skipped = text_plural(PLURAL_IMPORT_MATCH, (int64_t)box->import.match_blocks, NULL);
    if (!box->import.count)
        show_status(box, NOTE_INFO, text(TEXT_IMPORT_NOTHING));
    else
        show_status(box, NOTE_INFO, box->import.match_blocks ? skipped : NULL);
}

/* ---------------------------------------------------------------- reading */

static void read_files(void *context)
{
    Work *work = context;
    ssh_import_read(NULL, &work->import, &work->error);
}

static void files_read(void *context)
{
    Work *work = context;
    if (still_open(work)) {
        ImportBox *box = work->box;
        box->import = work->import;
        work->import = (Import){0};
        box->ready = true;
        show_list(box);
        if (work->error.code) {
            AUTO_FREE char *sentence = text_error(&work->error);
            show_status(box, NOTE_ERROR, sentence);
        }
        check(box);
    }
    work_free(work);
}

/* ---------------------------------------------------------------- taking over */

static void take_keys(void *context)
{
    Work *work = context;
    if (work->known_hosts)
        ssh_import_keys(&work->import, NULL, work->known_hosts, &work->error);
}

/* Names of those whose key differs from the one known here, joined by commas; NULL: none. */
static char *conflicts_of(const Import *import)
{
    char *names = NULL;
    for (size_t i = 0; i < import->count; i++) {
        if (!import->items[i].keys_different)
            continue;
        char *longer = names ? x_printf("%s, %s", names, import->items[i].name) : x_strdup(import->items[i].name);
        free(names);
        names = longer;
    }
    return names;
}

static void show_result(ImportBox *box, size_t servers, const Error *error)
{
    size_t keys = 0;
    for (size_t i = 0; i < box->import.count; i++)
        keys += box->import.items[i].keys_added;
    AUTO_FREE char *added = text_plural(PLURAL_IMPORT_ADDED, (int64_t)servers, NULL);
    AUTO_FREE char *known = text_plural(PLURAL_IMPORT_KEYS_ADDED, (int64_t)keys, NULL);
    AUTO_FREE char *names = conflicts_of(&box->import);
    AUTO_FREE char *different = names ? text_format(TEXT_IMPORT_CONFLICTS, names, NULL) : x_strdup("");
    AUTO_FREE char *failed = error->code ? text_error(error) : x_strdup("");
    AUTO_FREE char *sentence = x_printf("%s %s %s%s", added, known, different, failed);
    show_status(box, names || error->code ? NOTE_WARNING : NOTE_GOOD, sentence);
}

static void keys_taken(void *context)
{
    Work *work = context;
    /* The servers are wanted even when the dialog was closed meanwhile. */
    size_t servers = ssh_import_add(&work->import, app_get()->core);
    if (still_open(work)) {
        ImportBox *box = work->box;
        box->import = work->import;
        work->import = (Import){0};
        box->ready = true;
        box->finished = true;
        fill_list(box);
        show_result(box, servers, &work->error);
        dialog_set_button(box->dialog, IDOK, text(TEXT_IMPORT_CLOSE));
        dialog_show_button(box->dialog, IDCANCEL, false);
        check(box);
    }
    work_free(work);
}

static void start(ImportBox *box)
{
    Work *work = work_create(box);
    work->known_hosts = form_checked(box->form, KEYS) ? x_strdup(core_known_hosts(app_get()->core)) : NULL;
    work->import = box->import;
    box->import = (Import){0};
    box->ready = false;
    dialog_enable(box->dialog, IDOK, false);
    form_set_enabled(box->form, HOSTS, false);
    form_set_enabled(box->form, KEYS, false);
    core_run(app_get()->core, take_keys, keys_taken, NULL, work);
}

/* ---------------------------------------------------------------- life */

static void on_event(void *context, int id, FormEvent event)
{
    ImportBox *box = context;
    if (event == FORM_CHANGED && id == HOSTS)
        check(box);
    if (event != FORM_CLICKED)
        return;
    if (id == IDOK && !box->finished)
        start(box);
    else if (id == IDOK || id == IDCANCEL)
        dialog_close(box->dialog, id);
}

static void build(ImportBox *box)
{
    Form *form = box->form;
    form_note(form, EXPLAIN, NOTE_TEXT, text(TEXT_IMPORT_EXPLAIN));
    form_list(form, HOSTS, text(TEXT_IMPORT_HOSTS), 10, true);
    form_list_column(form, HOSTS, text(TEXT_IMPORT_COLUMN_NAME), 130, false);
    form_list_column(form, HOSTS, text(TEXT_IMPORT_COLUMN_ADDRESS), 190, false);
    form_list_column(form, HOSTS, text(TEXT_IMPORT_COLUMN_LOGIN), 110, false);
    form_list_column(form, HOSTS, text(TEXT_IMPORT_COLUMN_JUMP), 150, false);
    form_list_column(form, HOSTS, text(TEXT_IMPORT_COLUMN_NOTE), 170, false);
    form_check(form, KEYS, text(TEXT_IMPORT_KEYS));
    form_set_checked(form, KEYS, true);
    form_note(form, STATUS, NOTE_INFO, "");
    form_set_shown(form, STATUS, false);
    dialog_button(box->dialog, IDOK, text(TEXT_IMPORT_VERB), true);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_enable(box->dialog, IDOK, false);
}

void import_dialog(HWND owner)
{
    if (current)
        return;
    ImportBox box = {0};
    current = &box;
    dialogs_opened++;
    box.dialog = dialog_create(owner, text(TEXT_IMPORT_TITLE), on_event, &box);
    dialog_set_topic(box.dialog, "import-openssh");
    dialog_set_width(box.dialog, 800);
    box.form = dialog_form(box.dialog);
    build(&box);
    core_run(app_get()->core, read_files, files_read, NULL, work_create(&box));
    dialog_run(box.dialog);
    current = NULL;
    ssh_import_clear(&box.import);
}
