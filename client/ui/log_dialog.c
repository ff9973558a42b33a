/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log viewer: level and words to look for above, a virtual list of the lines below. A timer lets a worker thread read what was added to the file; the end
 * of the list stays in sight as long as it is. See log_dialog.h. UI thread.
 */
#include "client/ui/log_dialog.h"

#include "client/core/log.h"
#include "client/core/log_view.h"
#include "client/core/port.h"
#include "client/ui/app.h"
#include "client/ui/frame.h"
#include "client/win/clipboard.h"
#include "client/win/dialog.h"
#include "client/win/dpi.h"
#include "client/win/file_pick.h"
#include "client/win/icons.h"
#include "client/win/list.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <shellapi.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_LEVEL_BOX = 500, LOG_SEARCH, LOG_LINES, LOG_COPY, LOG_SAVE, LOG_FOLDER };
enum { WIDTH = 820, HEIGHT = 480, LEAST_WIDTH = 520, LEAST_HEIGHT = 260, MARGIN = 14, TICK_MS = 400, PIECE_MAX = 4 << 20 };
enum { COLUMN_TIME, COLUMN_LEVEL, COLUMN_MESSAGE };

static const ListColumn columns[] = {
    [COLUMN_TIME] = {"time", TEXT_LOG_TIME, 200, false},
    [COLUMN_LEVEL] = {"level", TEXT_LOG_LEVEL, 80, false},
    [COLUMN_MESSAGE] = {"message", TEXT_LOG_MESSAGE, 1200, false},
};

typedef struct LogDialog {
    Dialog *dialog;
    Form *form;
    List *list;
    LogView *view;
    int64_t offset;   /* in the newest file, of what has not been read */
    bool reading;     /* a worker has a LogReading of ours */
    bool closed;      /* freed when it comes back */
} LogDialog;

static LogDialog *open_dialog;

/* ---------------------------------------------------------------- reading */

/* A job for a worker: goes there and comes back. */
typedef struct LogReading {
    LogDialog *box;
    char *path;
    bool older;        /* the rotated files before, too */
    int64_t offset;
    char *bytes;
    size_t size;
} LogReading;

static void append(LogReading *job, const char *bytes, size_t size)
{
    job->bytes = x_realloc(job->bytes, job->size + size + 1, 1);
    memcpy(job->bytes + job->size, bytes, size);
    job->size += size;
}

static void read_older(LogReading *job)
{
    for (int i = LOG_KEPT - 1; i > 0; i--) {
        AUTO_FREE char *path = x_printf("%s.%d", job->path, i);
        AUTO_FREE char *bytes = NULL;
        size_t size = 0;
        if (port_file_exists(path) && port_read_whole(path, 2 * PIECE_MAX, &bytes, &size, NULL) == 0)
            append(job, bytes, size);
    }
}

static void read_log(void *context)
{
    LogReading *job = context;
    PortFile *file = NULL;
    int64_t size = 0, modified = 0;
    if (job->older)
        read_older(job);
    if (port_file_open(job->path, &file, NULL) < 0)
        return;
    if (port_file_stat(file, &size, &modified, NULL) == 0) {
        if (size < job->offset) /* rotated: a new file */
            job->offset = 0;
        size_t wanted = (size_t)(size - job->offset < PIECE_MAX ? size - job->offset : PIECE_MAX), got = 0;
        AUTO_FREE char *bytes = x_calloc(wanted + 1, 1);
        if (wanted && port_file_read(file, job->offset, bytes, wanted, &got, NULL) == 0)
            append(job, bytes, got);
        job->offset += (int64_t)got;
    }
    port_file_close(file);
}

static void free_box(LogDialog *box)
{
    log_view_free(box->view);
    free(box);
}

static bool end_in_sight(const LogDialog *box)
{
    HWND list = list_window(box->list);
    int count = (int)SendMessageW(list, LVM_GETITEMCOUNT, 0, 0);
    int top = (int)SendMessageW(list, LVM_GETTOPINDEX, 0, 0), page = (int)SendMessageW(list, LVM_GETCOUNTPERPAGE, 0, 0);
    return top + page >= count;
}

static void show_lines(LogDialog *box, bool to_end)
{
    size_t count = log_view_count(box->view);
    list_update(box->list, count);
    if (to_end && count)
        SendMessageW(list_window(box->list), LVM_ENSUREVISIBLE, count - 1, FALSE);
}

static void log_read(void *context)
{
    LogReading *job = context;
    LogDialog *box = job->box;
    box->reading = false;
    if (box->closed) {
        free_box(box);
    } else {
        box->offset = job->offset;
        if (job->size) {
            bool follow = end_in_sight(box);
            log_view_add(box->view, job->bytes, job->size);
            show_lines(box, follow);
        }
    }
    free(job->path);
    free(job->bytes);
    free(job);
}

static void read_on(LogDialog *box, bool older)
{
    char *path = log_path();
    if (box->reading || !path) {
        free(path);
        return;
    }
    LogReading *job = x_calloc(1, sizeof *job);
    *job = (LogReading){.box = box, .path = path, .older = older, .offset = box->offset};
    box->reading = true;
    core_run(app_get()->core, read_log, log_read, NULL, job);
}

/* ---------------------------------------------------------------- list */

static char *line_text(void *context, size_t row, int column)
{
    const LogLine *line = log_view_at(((LogDialog *)context)->view, row);
    switch (column) {
    case COLUMN_TIME: return x_strdup(line->time);
    case COLUMN_LEVEL: return x_strdup(text(line->is_error ? TEXT_LOG_ERROR : TEXT_LOG_INFO));
    default: return x_strdup(line->message);
    }
}

static int line_icon(void *context, size_t row) { return log_view_at(((LogDialog *)context)->view, row)->is_error ? ICON_ERROR : ICON_INFO; }

static const ListModel model = {.text = line_text, .icon = line_icon};

/* ---------------------------------------------------------------- what the buttons do */

static void copy_all(const LogDialog *box)
{
    AUTO_FREE char *all = log_view_text(box->view);
    clipboard_put(dialog_window(box->dialog), all);
}

typedef struct LogSaving {
    char *path, *text;
    Error error;
    bool failed;
} LogSaving;

static void save_log(void *context)
{
    LogSaving *job = context;
    job->failed = port_write_whole(job->path, job->text, strlen(job->text), &job->error) < 0;
}

static void log_saved(void *context)
{
    LogSaving *job = context;
    if (job->failed)
        frame_hint_error(&job->error);
    error_clear(&job->error);
    free(job->path);
    free(job->text);
    free(job);
}

static void save_copy(const LogDialog *box)
{
    FileFilter filter = {text(TEXT_LOG_FILES), "*.log;*.txt"};
    AUTO_FREE char *text_now = log_view_text(box->view);
    char *path = file_pick_save(dialog_window(box->dialog), text(TEXT_LOG_SAVE_TITLE), text(TEXT_LOG_SAVE_BUTTON), &filter, "poolcenter.log");
    if (!path)
        return;
    LogSaving *job = x_calloc(1, sizeof *job);
    job->path = path;
    job->text = TAKE_PTR(text_now);
    core_run(app_get()->core, save_log, log_saved, NULL, job);
}

static void open_folder(const LogDialog *box)
{
    AUTO_FREE wchar_t *folder = utf_to_wide(core_folder(app_get()->core));
    ShellExecuteW(dialog_window(box->dialog), L"open", folder, NULL, NULL, SW_SHOWNORMAL);
}

/* ---------------------------------------------------------------- layout */

static SIZE measure(void *context, int dpi)
{
    const LogDialog *box = context;
    SIZE size = {max(dpi_scale(dpi, LEAST_WIDTH), form_width(box->form)), dpi_scale(dpi, LEAST_HEIGHT)};
    return size;
}

static void layout(void *context, int dpi, const RECT *area)
{
    const LogDialog *box = context;
    int margin = dpi_scale(dpi, MARGIN), top = form_height(box->form, area->right);
    SetWindowPos(form_window(box->form), NULL, 0, 0, area->right, top, SWP_NOZORDER | SWP_NOACTIVATE);
    SetWindowPos(list_window(box->list), NULL, margin, top, area->right - 2 * margin, max(area->bottom - top - margin, 0), SWP_NOZORDER | SWP_NOACTIVATE);
}

static void restyle(void *context, int dpi)
{
    LogDialog *box = context;
    form_set_dpi(box->form, dpi);
    list_restyle(box->list);
}

static void show_focus(void *context, HWND focus)
{
    LogDialog *box = context;
    form_show_focus(box->form, focus);
}

static void command(void *context, int id, HWND control)
{
    (void)context;
    (void)id;
    (void)control; /* the form has no buttons */
}

/* ---------------------------------------------------------------- events */

static void filter(LogDialog *box)
{
    AUTO_FREE char *words = form_text(box->form, LOG_SEARCH);
    log_view_filter(box->view, form_combo_data(box->form, LOG_LEVEL_BOX, false) != 0, words);
    show_lines(box, true);
}

static void on_form(void *context, int id, FormEvent event)
{
    (void)id;
    if (event == FORM_CHANGED)
        filter(context);
}

/* The window is gone or goes; a worker may still have a job of it. */
static void forget(LogDialog *box)
{
    open_dialog = NULL;
    box->closed = true;
    if (!box->reading)
        free_box(box);
}

static void close_dialog(LogDialog *box)
{
    SIZE size = dialog_size(box->dialog);
    settings_set_int(core_settings(app_get()->core), "log.width", size.cx);
    settings_set_int(core_settings(app_get()->core), "log.height", size.cy);
    dialog_close(box->dialog, IDCANCEL);
    forget(box);
}

/* Its texts are made when it is: it comes again, at the same place. */
static void open_again(LogDialog *box)
{
    RECT place;
    AUTO_FREE char *words = form_text(box->form, LOG_SEARCH);
    intptr_t level = form_combo_data(box->form, LOG_LEVEL_BOX, false);
    HWND owner = GetWindow(dialog_window(box->dialog), GW_OWNER);
    GetWindowRect(dialog_window(box->dialog), &place);
    close_dialog(box);
    log_dialog(owner);
    form_combo_select(open_dialog->form, LOG_LEVEL_BOX, level);
    form_set_text(open_dialog->form, LOG_SEARCH, words);
    filter(open_dialog);
    SetWindowPos(dialog_window(open_dialog->dialog), NULL, place.left, place.top, place.right - place.left, place.bottom - place.top, SWP_NOZORDER | SWP_NOACTIVATE);
}

static void on_button(LogDialog *box, int id)
{
    switch (id) {
    case LOG_COPY: copy_all(box); break;
    case LOG_SAVE: save_copy(box); break;
    case LOG_FOLDER: open_folder(box); break;
    case IDCANCEL: close_dialog(box); break;
    default: break;
    }
}

static void on_dialog(void *context, int id, FormEvent event)
{
    LogDialog *box = context;
    switch (event) {
    case FORM_CLICKED: on_button(box, id); break;
    case FORM_TIMER: read_on(box, false); break;
    case FORM_COPY: list_copy(box->list); break;
    case FORM_LANGUAGE: open_again(box); break;
    case FORM_GONE: forget(box); break;
    default: break;
    }
}

/* ---------------------------------------------------------------- making */

static void make_form(LogDialog *box)
{
    box->form = form_create(dialog_window(box->dialog), on_form, box);
    form_combo(box->form, LOG_LEVEL_BOX, text(TEXT_LOG_SHOW), 18, false);
    form_combo_add(box->form, LOG_LEVEL_BOX, text(TEXT_LOG_ALL), false);
    form_combo_add(box->form, LOG_LEVEL_BOX, text(TEXT_LOG_ERRORS), true);
    form_combo_select(box->form, LOG_LEVEL_BOX, false);
    form_beside_edit(box->form, LOG_SEARCH, text(TEXT_LOG_FIND), 30, 0);
    ShowWindow(form_window(box->form), SW_SHOWNA);
}

static void make_buttons(Dialog *dialog)
{
    dialog_button(dialog, LOG_COPY, text(TEXT_LOG_COPY), false);
    dialog_button(dialog, LOG_SAVE, text(TEXT_LOG_SAVE), false);
    dialog_button(dialog, LOG_FOLDER, text(TEXT_LOG_FOLDER), false);
    dialog_button(dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), true);
}

void log_dialog(HWND owner)
{
    if (open_dialog) {
        SetForegroundWindow(dialog_window(open_dialog->dialog));
        return;
    }
    LogDialog *box = open_dialog = x_calloc(1, sizeof *box);
    Settings *settings = core_settings(app_get()->core);
    DialogContent content = {.context = box, .measure = measure, .layout = layout, .restyle = restyle, .show_focus = show_focus, .command = command};
    box->view = log_view_create();
    box->dialog = dialog_create_with(owner, text(TEXT_LOG_TITLE), &content, on_dialog, box);
    dialog_set_topic(box->dialog, "log");
    make_form(box);
    box->list = list_create(dialog_window(box->dialog), LOG_LINES, settings, "log", columns, ARRAY_SIZE(columns), -1, &model, box);
    utf_set_window_text(list_window(box->list), text(TEXT_LOG_TITLE));
    list_set_empty_text(box->list, TEXT_LOG_EMPTY);
    make_buttons(box->dialog);
    dialog_set_size(box->dialog, (int)settings_int(settings, "log.width", WIDTH), (int)settings_int(settings, "log.height", HEIGHT));
    dialog_set_focus(box->dialog, LOG_LINES);
    dialog_set_timer(box->dialog, TICK_MS);
    dialog_show(box->dialog);
    read_on(box, true);
}
