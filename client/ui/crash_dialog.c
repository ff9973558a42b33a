/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog after a crash: what the report says and which files belong to it; start again, save as .zip, open the folder, delete. See crash_dialog.h. UI thread. */
#include "client/ui/crash_dialog.h"

#include "client/core/format.h"
#include "client/core/port.h"
#include "client/ui/crash_report.h"
#include "client/win/clipboard.h"
#include "client/win/command_line.h"
#include "client/win/dialog.h"
#include "client/win/file_pick.h"
#include "client/win/icons.h"
#include "client/win/message.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <shellapi.h>
#include <stdlib.h>

enum { CRASH_TITLE = 500, CRASH_EXPLAIN, CRASH_TEXT, CRASH_FILES, CRASH_AGAIN, CRASH_SAVE, CRASH_FOLDER, CRASH_DELETE, TEXT_MAX = 64 << 10 };

static const struct {
    const char *name;
    TextId what;
} files[] = {{CRASH_REPORT_TEXT, TEXT_CRASH_FILE_TEXT}, {CRASH_REPORT_LOG, TEXT_CRASH_FILE_LOG}, {CRASH_REPORT_DUMP, TEXT_CRASH_FILE_DUMP}};

typedef struct CrashDialog {
    Dialog *dialog;
    const char *folder, *config;
    char *words; /* of the report */
} CrashDialog;

static int64_t size_of(const char *path)
{
    PortFile *file = NULL;
    int64_t size = 0, modified = 0;
    if (port_file_open(path, &file, NULL) < 0)
        return -1;
    port_file_stat(file, &size, &modified, NULL);
    port_file_close(file);
    return size;
}

static void fill_files(const CrashDialog *box, Form *form)
{
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        AUTO_FREE char *path = port_join(box->folder, files[i].name);
        int64_t bytes = size_of(path);
        if (bytes < 0)
            continue;
        AUTO_FREE char *size = format_size(bytes);
        int item = form_list_add(form, CRASH_FILES, files[i].name, ICON_LOG, (intptr_t)i);
        form_list_cell(form, CRASH_FILES, item, 1, size);
        form_list_cell(form, CRASH_FILES, item, 2, text(files[i].what));
    }
}

static void open_with_shell(const CrashDialog *box, const char *path)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(path);
    ShellExecuteW(dialog_window(box->dialog), L"open", wide, NULL, NULL, SW_SHOWNORMAL);
}

static void open_file(const CrashDialog *box)
{
    Form *form = dialog_form(box->dialog);
    int item = form_list_selected(form, CRASH_FILES);
    if (item < 0)
        return;
    AUTO_FREE char *path = port_join(box->folder, files[form_list_data(form, CRASH_FILES, item)].name);
    open_with_shell(box, path);
}

static void save(const CrashDialog *box)
{
    AUTO(error_clear) Error error = {0};
    FileFilter filter = {text(TEXT_CRASH_ZIP_FILES), "*.zip"};
    AUTO_FREE char *name = x_printf("poolcenter-crash-%s.zip", port_base_name(box->folder));
    AUTO_FREE char *path = file_pick_save(dialog_window(box->dialog), text(TEXT_CRASH_SAVE_TITLE), text(TEXT_CRASH_SAVE_BUTTON), &filter, name);
    if (path && crash_report_zip(box->folder, path, &error) < 0)
        message_error(dialog_window(box->dialog), text(TEXT_CRASH_SAVE_TITLE), &error);
}

static void start_again(const CrashDialog *box)
{
    wchar_t program[MAX_PATH] = L"";
    GetModuleFileNameW(NULL, program, ARRAYSIZE(program) - 1);
    AUTO_FREE char *options = command_line_config(box->config);
    AUTO_FREE wchar_t *wide = utf_to_wide(options);
    ShellExecuteW(NULL, L"open", program, wide, NULL, SW_SHOWNORMAL);
}

static void on_button(CrashDialog *box, int id)
{
    switch (id) {
    case CRASH_AGAIN:
        start_again(box);
        dialog_close(box->dialog, id);
        break;
    case CRASH_SAVE: save(box); break;
    case CRASH_FOLDER: open_with_shell(box, box->folder); break;
    case CRASH_DELETE:
        crash_report_delete(box->folder);
        dialog_close(box->dialog, id);
        break;
    case IDCANCEL: dialog_close(box->dialog, id); break;
    default: break;
    }
}

static void on_event(void *context, int id, FormEvent event)
{
    CrashDialog *box = context;
    if (event == FORM_CLICKED)
        on_button(box, id);
    else if (event == FORM_ACTIVATED && id == CRASH_FILES)
        open_file(box);
    else if (event == FORM_COPY && box->words)
        clipboard_put(dialog_window(box->dialog), box->words);
}

static void add_report(CrashDialog *box, Form *form)
{
    AUTO_FREE char *path = port_join(box->folder, CRASH_REPORT_TEXT);
    size_t size = 0;
    if (port_read_whole(path, TEXT_MAX, &box->words, &size, NULL) < 0)
        box->words = x_strdup("");
    HWND memo = form_memo(form, CRASH_TEXT, text(TEXT_CRASH_REPORT), 60, 10);
    SendMessageW(memo, EM_SETREADONLY, TRUE, 0);
    form_set_text(form, CRASH_TEXT, box->words);
    form_list(form, CRASH_FILES, text(TEXT_CRASH_FILES), 6, false);
    form_list_column(form, CRASH_FILES, text(TEXT_CRASH_COLUMN_FILE), 120, false);
    form_list_column(form, CRASH_FILES, text(TEXT_CRASH_COLUMN_SIZE), 80, true);
    form_list_column(form, CRASH_FILES, text(TEXT_CRASH_COLUMN_WHAT), 380, false);
    fill_files(box, form);
}

void crash_dialog(const char *folder, const char *config)
{
    CrashDialog box = {.folder = folder, .config = config};
    box.dialog = dialog_create(NULL, text(TEXT_CRASH_WINDOW), on_event, &box);
    dialog_set_topic(box.dialog, "crash-report");
    Form *form = dialog_form(box.dialog);
    form_note(form, CRASH_TITLE, NOTE_TITLE, text(TEXT_CRASH_TITLE));
    form_note(form, CRASH_EXPLAIN, NOTE_TEXT, text(folder ? TEXT_CRASH_EXPLAIN : TEXT_CRASH_NO_REPORT));
    if (folder)
        add_report(&box, form);
    dialog_button(box.dialog, CRASH_AGAIN, text(TEXT_CRASH_AGAIN), true);
    if (folder) {
        dialog_button(box.dialog, CRASH_SAVE, text(TEXT_CRASH_SAVE), false);
        dialog_button(box.dialog, CRASH_FOLDER, text(TEXT_LOG_FOLDER), false);
        dialog_button(box.dialog, CRASH_DELETE, text(TEXT_CRASH_DELETE), false);
    }
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), false);
    dialog_set_width(box.dialog, 660);
    dialog_set_focus(box.dialog, CRASH_AGAIN);
    dialog_run(box.dialog);
    free(box.words);
}
