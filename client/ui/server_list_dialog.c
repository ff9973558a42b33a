/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Export and import of the list of servers: which ones, with or without host keys. Files are read and written on a worker. See dialogs.h. UI thread. */
#include "client/ui/dialogs.h"

#include "client/core/format.h"
#include "client/core/server_list.h"
#include "client/ui/frame.h"
#include "client/win/dialog.h"
#include "client/win/file_pick.h"
#include "client/win/icons.h"
#include "client/win/message.h"

#include <stdlib.h>

enum { HELP = 100, LIST, KEYS };

typedef struct ListBox {
    Dialog *dialog;
    ServerList list;
    bool exports;
    bool host_keys;
} ListBox;

/* ---------------------------------------------------------------- the dialog */

static size_t chosen_count(const ListBox *box)
{
    size_t count = 0;
    for (size_t i = 0; i < box->list.count; i++)
        count += form_list_checked(dialog_form(box->dialog), LIST, (int)i);
    return count;
}

static void take_choice(ListBox *box)
{
    for (size_t i = 0; i < box->list.count; i++)
        box->list.items[i].chosen = form_list_checked(dialog_form(box->dialog), LIST, (int)i);
    box->host_keys = form_checked(dialog_form(box->dialog), KEYS);
}

static void on_event(void *context, int id, FormEvent event)
{
    ListBox *box = context;
    if (event == FORM_CHANGED && id == LIST)
        dialog_enable(box->dialog, IDOK, chosen_count(box) > 0);
    if (event != FORM_CLICKED)
        return;
    if (id == IDOK)
        take_choice(box);
    dialog_close(box->dialog, id);
}

static void add_row(ListBox *box, const ServerListItem *item)
{
    Form *form = dialog_form(box->dialog);
    const ServerConfig *config = &item->config;
    AUTO_FREE char *address = format_login(config->user, config->host, config->port);
    int row = form_list_add(form, LIST, str_empty(config->name) ? config->host : config->name, ICON_HOST, 0);
    form_list_cell(form, LIST, row, 1, address);
    form_list_check(form, LIST, row, item->chosen);
    if (!item->known)
        return;
    form_list_cell(form, LIST, row, 2, text(TEXT_SERVERS_KNOWN));
    form_list_hide_check(form, LIST, row);
}

static bool choose(HWND owner, ListBox *box)
{
    box->dialog = dialog_create(owner, text(box->exports ? TEXT_SERVERS_EXPORT_TITLE : TEXT_SERVERS_IMPORT_TITLE), on_event, box);
    dialog_set_topic(box->dialog, "server-lists");
    dialog_set_width(box->dialog, 580);
    Form *form = dialog_form(box->dialog);
    form_note(form, HELP, NOTE_TEXT, text(box->exports ? TEXT_SERVERS_EXPORT_HELP : TEXT_SERVERS_IMPORT_HELP));
    form_list(form, LIST, text(TEXT_SERVERS_LIST), 10, true);
    form_list_column(form, LIST, text(TEXT_SERVERS_COLUMN_NAME), 160, false);
    form_list_column(form, LIST, text(TEXT_SERVERS_COLUMN_ADDRESS), 200, false);
    if (!box->exports)
        form_list_column(form, LIST, text(TEXT_SERVERS_COLUMN_NOTE), 140, false);
    for (size_t i = 0; i < box->list.count; i++)
        add_row(box, &box->list.items[i]);
    form_check(form, KEYS, text(box->exports ? TEXT_SERVERS_EXPORT_KEYS : TEXT_SERVERS_IMPORT_KEYS));
    form_set_shown(form, KEYS, box->list.host_keys.count > 0);
    dialog_button(box->dialog, IDOK, text(box->exports ? TEXT_SERVERS_EXPORT_BUTTON : TEXT_SERVERS_IMPORT_BUTTON), true);
    dialog_button(box->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_enable(box->dialog, IDOK, chosen_count(box) > 0);
    dialog_set_focus(box->dialog, LIST);
    return dialog_run(box->dialog) == IDOK;
}

/* ---------------------------------------------------------------- files */

/* One file that is being written or read; the dialog before or after it is modal to owner. */
typedef struct ListWork {
    HWND owner;
    char *path;
    ListBox box;
    char *known_hosts; /* import: where the keys go */
    size_t conflicts;
    Error error;
} ListWork;

static void work_free(ListWork *work)
{
    free(work->path);
    free(work->known_hosts);
    server_list_clear(&work->box.list);
    error_clear(&work->error);
    free(work);
}

static void write_work(void *context)
{
    ListWork *work = context;
    server_list_write(work->path, &work->box.list, work->box.host_keys, &work->error);
}

static void written(void *context)
{
    ListWork *work = context;
    size_t count = 0;
    for (size_t i = 0; i < work->box.list.count; i++)
        count += work->box.list.items[i].chosen;
    AUTO_FREE char *words = text_plural(PLURAL_SERVERS_EXPORTED, (int64_t)count, work->path, NULL);
    if (work->error.code)
        frame_hint_error(&work->error);
    else
        frame_hint(words, false);
    work_free(work);
}

void server_export_dialog(HWND owner)
{
    const FileFilter filter = {text(TEXT_SERVERS_FILTER), "*.poolservers"};
    ListWork *work = x_calloc(1, sizeof(*work));
    work->box.exports = true;
    server_list_collect(app_get()->core, &work->box.list);
    if (choose(owner, &work->box))
        work->path = file_pick_save(owner, text(TEXT_SERVERS_EXPORT_TITLE), text(TEXT_SERVERS_SAVE), &filter, text(TEXT_SERVERS_FILE));
    if (work->path)
        core_run(app_get()->core, write_work, written, NULL, work);
    else
        work_free(work);
}

static void read_work(void *context)
{
    ListWork *work = context;
    server_list_read(work->path, &work->box.list, &work->error);
}

static void keys_work(void *context)
{
    ListWork *work = context;
    if (work->box.host_keys)
        server_list_take_keys(&work->box.list, work->known_hosts, &work->conflicts, &work->error);
}

static void keys_taken(void *context)
{
    ListWork *work = context;
    size_t added = server_list_add(app_get()->core, &work->box.list);
    AUTO_FREE char *words = text_plural(PLURAL_SERVERS_IMPORTED, (int64_t)added, NULL);
    AUTO_FREE char *kept = work->conflicts ? text_plural(PLURAL_SERVERS_KEY_CONFLICTS, (int64_t)work->conflicts, NULL) : x_strdup("");
    AUTO_FREE char *both = x_printf("%s%s%s", words, *kept ? " " : "", kept);
    if (work->error.code)
        frame_hint_error(&work->error);
    else
        frame_hint(both, false);
    work_free(work);
}

static void import(ListWork *work)
{
    work->known_hosts = x_strdup(core_known_hosts(app_get()->core));
    core_run(app_get()->core, keys_work, keys_taken, NULL, work);
}

/* Posted to the frame: no dialog is opened in a drain of the core. */
void server_import_go_on(void *pointer)
{
    ListWork *work = pointer;
    if (work->error.code) {
        message_error(work->owner, text(TEXT_SERVERS_IMPORT_TITLE), &work->error);
        work_free(work);
        return;
    }
    server_list_compare(app_get()->core, &work->box.list);
    if (choose(work->owner, &work->box))
        import(work);
    else
        work_free(work);
}

static void have_read(void *context) { PostMessageW(app_get()->frame, WM_APP_IMPORT, 0, (LPARAM)context); }

void server_import_dialog(HWND owner)
{
    const FileFilter filters[] = {{text(TEXT_SERVERS_FILTER), "*.poolservers"}};
    AUTO(StrList_clear) StrList files = {0};
    if (!file_pick(owner, text(TEXT_SERVERS_IMPORT_TITLE), text(TEXT_SERVERS_PICK), filters, 1, false, &files))
        return;
    ListWork *work = x_calloc(1, sizeof(*work));
    work->owner = owner;
    work->path = x_strdup(files.items[0]);
    core_run(app_get()->core, read_work, have_read, NULL, work);
}
