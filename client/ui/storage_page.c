/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Storage page: the datastores of a host, the volumes of a datastore, or the disks of a VM, each as a list with its commands as buttons above. Files dropped here
 * are uploaded. What the lists hold is in storage_rows.c. UI thread.
 */
#include "client/ui/storage_rows.h"

#include "client/core/core.h"
#include "client/ui/commands.h"
#include "client/ui/dialogs.h"
#include "client/ui/frame.h"
#include "client/ui/menu.h"
#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/ui/volume_drag.h"
#include "client/ui/words.h"
#include "client/win/icons.h"
#include "client/win/note.h"
#include "client/win/subclass.h"
#include "client/win/theme.h"
#include "client/win/utf.h"
#include "protocol/datastore_type.h"

#include <commctrl.h>
#include <shellapi.h>
#include <stdlib.h>

enum { MARGIN = 8, BUTTON_HEIGHT = 28, BUTTON_PADDING = 14, HEADING_HEIGHT = 20, BUTTON_BASE = 200, LIST_BASE = 100, SEARCH_EDIT = 110, FILTER_BOX, LOW_NOTE, SEARCH_WIDTH = 150, FILTER_WIDTH = 130 };

typedef enum StorageMode { MODE_DATASTORES, MODE_VOLUMES, MODE_DISKS, MODE_COUNT } StorageMode;

typedef struct StoragePage {
    Page *page;
    HWND heading;
    HWND low;           /* the sentence about low space */
    HWND buttons[COMMAND_END];
    List *lists[MODE_COUNT];
    StorageMode mode;
    Catalog *catalog;   /* MODE_VOLUMES, like the two below */
    HWND search, filter;
    StorageRows rows;
} StoragePage;

/* The commands above each list; the first is the one for an empty list. */
static const CommandId mode_commands[MODE_COUNT][6] = {
    [MODE_DATASTORES] = {COMMAND_NEW_DATASTORE, COMMAND_UPLOAD, COMMAND_REFRESH_DATASTORE, COMMAND_DATASTORE_SETTINGS, COMMAND_FORGET_DATASTORE},
    [MODE_VOLUMES] = {COMMAND_UPLOAD, COMMAND_DOWNLOAD_VOLUME, COMMAND_NEW_VOLUME, COMMAND_NEW_VM_FROM_ISO, COMMAND_DELETE_VOLUME, COMMAND_REFRESH_DATASTORE},
    [MODE_DISKS] = {COMMAND_INSERT_ISO, COMMAND_EJECT},
};

static StorageMode mode_of(const Selection *selection)
{
    return selection->kind == OBJECT_HOST ? MODE_DATASTORES : selection->kind == OBJECT_VM ? MODE_DISKS : MODE_VOLUMES;
}

/* What the commands of this page work on: the selected row, or the page's own object. */
static Selection row_selection(const StoragePage *storage)
{
    size_t row = list_selected(storage->lists[storage->mode]);
    Selection selection = storage->page->selection;

    if (storage->mode == MODE_DISKS || row == LIST_NONE)
        return selection;
    return storage->mode == MODE_VOLUMES ? storage_volume_selection(&storage->rows, row) : storage_datastore_selection(&storage->rows, row);
}

/* ---------------------------------------------------------------- buttons */

static void update_buttons(StoragePage *storage)
{
    Selection selection = row_selection(storage);

    for (int id = COMMAND_NONE + 1; id < COMMAND_END; id++) {
        AUTO_FREE char *why = NULL;
        if (storage->buttons[id])
            EnableWindow(storage->buttons[id], command_can_run((CommandId)id, &selection, &why));
    }
}

static void show_buttons(StoragePage *storage)
{
    for (int id = COMMAND_NONE + 1; id < COMMAND_END; id++) {
        bool wanted = false;
        for (size_t i = 0; i < ARRAY_SIZE(mode_commands[0]); i++)
            wanted = wanted || mode_commands[storage->mode][i] == (CommandId)id;
        if (storage->buttons[id])
            ShowWindow(storage->buttons[id], wanted ? SW_SHOW : SW_HIDE);
    }
    ShowWindow(storage->search, storage->mode == MODE_VOLUMES ? SW_SHOW : SW_HIDE);
    ShowWindow(storage->filter, storage->mode == MODE_VOLUMES ? SW_SHOW : SW_HIDE);
}

static void make_button(StoragePage *storage, CommandId id)
{
    if (id == COMMAND_NONE || storage->buttons[id])
        return;
    storage->buttons[id] = CreateWindowExW(0, WC_BUTTONW, L"", WS_CHILD | WS_TABSTOP | BS_PUSHBUTTON, 0, 0, 0, 0, storage->page->window,
        (HMENU)(INT_PTR)(BUTTON_BASE + (int)id), GetModuleHandleW(NULL), NULL);
}

static int button_width(HWND button, int dpi)
{
    AUTO_FREE char *words = utf_window_text(button);
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    return dpi_text_width(dpi, FONT_TEXT, wide) + 2 * dpi_scale(dpi, BUTTON_PADDING);
}

/* Copied bits would leave strips of what stood there. */
static void put(HWND window, int x, int y, int width, int height)
{
    SetWindowPos(window, NULL, x, y, width, height, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

/* Search and filter of the volumes stand in a row of their own. Returns where it ends. */
static int layout_filter(StoragePage *storage, int y, int width)
{
    int dpi = dpi_of(storage->page->window), margin = dpi_scale(dpi, MARGIN), height = dpi_scale(dpi, BUTTON_HEIGHT) - dpi_scale(dpi, 4);
    int search = dpi_scale(dpi, SEARCH_WIDTH), filter = dpi_scale(dpi, FILTER_WIDTH);

    if (storage->mode != MODE_VOLUMES)
        return y;
    if (search + filter + 3 * margin > width)
        search = filter = (width - 3 * margin) / 2;
    put(storage->search, margin, y, search, height);
    put(storage->filter, margin + search + margin, y, filter, height * 10);
    return y + height + margin;
}

/* Returns where it ends. */
static int layout_low(StoragePage *storage, int y, int width)
{
    int dpi = dpi_of(storage->page->window), margin = dpi_scale(dpi, MARGIN);
    bool shown = GetWindowTextLengthW(storage->low) > 0;
    int height = shown ? note_height(storage->low, dpi, width - 2 * margin) : 0;

    ShowWindow(storage->low, shown ? SW_SHOW : SW_HIDE);
    put(storage->low, margin, y, width - 2 * margin, height);
    return shown ? y + height + margin / 2 : y;
}

static void layout(StoragePage *storage)
{
    RECT client;
    int dpi = dpi_of(storage->page->window), margin = dpi_scale(dpi, MARGIN);
    int x = margin, y = margin, height = dpi_scale(dpi, BUTTON_HEIGHT);

    GetClientRect(storage->page->window, &client);
    put(storage->heading, margin, y, client.right - 2 * margin, dpi_scale(dpi, HEADING_HEIGHT));
    y += dpi_scale(dpi, HEADING_HEIGHT) + margin / 2;
    y = layout_low(storage, y, client.right);
    for (size_t i = 0; i < ARRAY_SIZE(mode_commands[0]) && mode_commands[storage->mode][i]; i++) {
        HWND button = storage->buttons[mode_commands[storage->mode][i]];
        int width = button_width(button, dpi);
        if (x > margin && x + width > client.right - margin) { /* next row: a narrow window, long German words */
            x = margin;
            y += height + margin / 2;
        }
        put(button, x, y, width, height);
        x += width + margin / 2;
    }
    y = layout_filter(storage, y + height + margin, client.right);
    put(list_window(storage->lists[storage->mode]), 0, y, client.right, client.bottom - y > 0 ? client.bottom - y : 0);
}

/* ---------------------------------------------------------------- contents */

static TextId heading_text(StorageMode mode)
{
    return mode == MODE_DATASTORES ? TEXT_STORAGE_DATASTORES : mode == MODE_VOLUMES ? TEXT_STORAGE_VOLUMES : TEXT_STORAGE_DISKS;
}

static void update_heading(StoragePage *storage)
{
    AUTO_FREE char *words = text_format(heading_text(storage->mode), selection_name(&storage->page->selection), NULL);
    utf_set_window_text(storage->heading, words);
}

/* Of the datastore that is shown, or of the first one of the host that has little space left. */
static char *low_words(const Selection *selection)
{
    const Model *model = server_model(selection->server);
    const DatastoreInfo *own = selection_datastore(selection);
    char *words = own ? words_datastore_low(own) : NULL;

    for (size_t i = 0; selection->kind == OBJECT_HOST && !words && i < model_datastore_count(model); i++)
        words = words_datastore_low(model_datastore_at(model, i));
    return words;
}

static void update_low(StoragePage *storage)
{
    AUTO_FREE char *words = low_words(&storage->page->selection);

    if (note_set(storage->low, NOTE_WARNING, str_or_empty(words)))
        layout(storage);
}

/* What stands around the rows, and in their place when there are none. */
static void update_around(StoragePage *storage)
{
    bool filtered = storage->rows.search || storage->rows.filter != FILTER_ALL;
    const DatastoreInfo *own = selection_datastore(&storage->page->selection);

    if (storage->mode == MODE_VOLUMES)
        list_set_empty_text(storage->lists[MODE_VOLUMES], !server_online(storage->page->selection.server) ? TEXT_WHY_NOT_CONNECTED
            : own && !datastore_works(own) ? TEXT_RULE_DATASTORE_INACTIVE
            : storage->catalog && catalog_loading(storage->catalog) ? TEXT_STORAGE_LOADING
            : filtered ? TEXT_STORAGE_NOTHING_FOUND : TEXT_STORAGE_NO_VOLUMES);
    update_buttons(storage);
    update_low(storage);
}

static void update_rows(StoragePage *storage)
{
    storage_rows_fill(&storage->rows, &storage->page->selection, storage->catalog);
    list_update(storage->lists[storage->mode], storage->rows.count);
    update_around(storage);
}

static void on_catalog(void *context)
{
    StoragePage *storage = context;
    const Error *error = catalog_error(storage->catalog);

    if (error && !server_unanswered(error)) /* read again when the server is back */
        frame_hint_error(error);
    update_rows(storage);
}

/* ---------------------------------------------------------------- lists: what they ask and tell */

static char *cell_text(void *context, size_t row, int column) { return storage_rows_text(&((StoragePage *)context)->rows, row, column); }
static const char *row_key(void *context, size_t row) { return storage_rows_key(&((StoragePage *)context)->rows, row); }
static int row_icon(void *context, size_t row) { return storage_rows_icon(&((StoragePage *)context)->rows, row); }
static int compare(void *context, size_t a, size_t b, int column) { return storage_rows_compare(&((StoragePage *)context)->rows, a, b, column); }

static void row_selected(void *context)
{
    Selection selection = row_selection(context);

    update_buttons(context);
    frame_select_row(&selection);
}


static bool cell_level(void *context, size_t row, int column, int *ret_permille, COLORREF *ret_color)
{
    return storage_rows_level(&((StoragePage *)context)->rows, row, column, ret_permille, ret_color);
}

static void row_activated(void *context, size_t row)
{
    StoragePage *storage = context;
    Selection selection = row_selection(storage);

    (void)row;
    if (storage->mode == MODE_DATASTORES)
        frame_select(&selection);
    else if (storage->mode == MODE_VOLUMES && selection.kind == OBJECT_VOLUME)
        command_run(command_default(&selection), &selection);
}

static void open_menu(void *context, POINT screen)
{
    StoragePage *storage = context;
    Selection selection = row_selection(storage);

    if (storage->mode == MODE_DISKS)
        menu_context(storage->page->window, screen, mode_commands[storage->mode], ARRAY_SIZE(mode_commands[0]), &selection);
    else
        menu_context_for(storage->page->window, screen, &selection);
}

static bool key_down(void *context, WORD key)
{
    StoragePage *storage = context;
    Selection selection = row_selection(storage);
    bool row = list_selected(storage->lists[storage->mode]) != LIST_NONE;

    if (!row || storage->mode == MODE_DISKS || (key != VK_DELETE && (key != VK_F2 || storage->mode != MODE_VOLUMES)))
        return false;
    command_run(key == VK_F2 ? COMMAND_MOVE_VOLUME : command_delete(&selection), &selection);
    return true;
}

static void row_dragged(void *context)
{
    StoragePage *storage = context;
    Selection selection = row_selection(storage);

    if (storage->mode == MODE_VOLUMES && selection.kind == OBJECT_VOLUME)
        volume_drag_begin(list_window(storage->lists[MODE_VOLUMES]), &selection);
}

static const ListModel list_model = {.text = cell_text, .key = row_key, .icon = row_icon, .level = cell_level, .compare = compare,
    .selected = row_selected, .activated = row_activated, .menu = open_menu, .dragged = row_dragged, .key_down = key_down};

/* ---------------------------------------------------------------- dropped files */

static void on_drop(StoragePage *storage, HDROP drop)
{
    UINT count = DragQueryFileW(drop, 0xFFFFFFFF, NULL, 0);
    Selection selection = row_selection(storage);
    AUTO(StrList_clear) StrList paths = {0};

    for (UINT i = 0; i < count; i++) {
        UINT length = DragQueryFileW(drop, i, NULL, 0) + 1;
        AUTO_FREE wchar_t *wide = x_calloc(length, sizeof *wide);
        DragQueryFileW(drop, i, wide, length);
        AUTO_FREE char *path = utf_from_wide(wide);
        StrList_add(&paths, path);
    }
    DragFinish(drop);
    const DatastoreInfo *datastore = selection_datastore(&selection);
    if (datastore)
        upload_files(app_get()->frame, selection.server, datastore->id, (const char *const *)paths.items, paths.count);
}

/* ---------------------------------------------------------------- page */

static void on_filter(StoragePage *storage)
{
    AUTO_FREE char *words = utf_window_text(storage->search);
    LRESULT chosen = SendMessageW(storage->filter, CB_GETCURSEL, 0, 0);

    storage_rows_search(&storage->rows, words);
    storage->rows.filter = chosen >= 0 && chosen < FILTER_COUNT ? (VolumeFilter)chosen : FILTER_ALL;
    update_rows(storage);
}

static void on_command(StoragePage *storage, int id, int code)
{
    Selection selection = row_selection(storage);

    if ((id == SEARCH_EDIT && code == EN_CHANGE) || (id == FILTER_BOX && code == CBN_SELCHANGE))
        on_filter(storage);

    if (id > BUTTON_BASE && id < BUTTON_BASE + COMMAND_END)
        command_run((CommandId)(id - BUTTON_BASE), &selection);
}

static LRESULT CALLBACK page_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    StoragePage *storage = (StoragePage *)data;

    (void)id;
    switch (message) {
    case WM_SIZE: layout(storage); return 0;
    case WM_SETFOCUS: SetFocus(list_window(storage->lists[storage->mode])); return 0;
    case WM_COMMAND: on_command(storage, LOWORD(wparam), HIWORD(wparam)); return 0;
    case WM_DROPFILES: on_drop(storage, (HDROP)wparam); return 0;
    default: return subclass_next(window, message, wparam, lparam);
    }
}

/* The menu's words without their access keys: in this window those belong to the menu bar. */
static wchar_t *button_title(CommandId id)
{
    wchar_t *title = utf_text(command_text(id));
    wchar_t *to = title;

    for (const wchar_t *from = title; *from; from++)
        if (*from != L'&')
            *to++ = *from;
    *to = 0;
    return title;
}

static void make_filter(StoragePage *storage)
{
    HINSTANCE instance = GetModuleHandleW(NULL);

    storage->search = CreateWindowExW(WS_EX_CLIENTEDGE, WC_EDITW, L"", WS_CHILD | WS_TABSTOP | ES_AUTOHSCROLL, 0, 0, 0, 0, storage->page->window,
        (HMENU)SEARCH_EDIT, instance, NULL);
    storage->filter = CreateWindowExW(0, WC_COMBOBOXW, L"", WS_CHILD | WS_TABSTOP | WS_VSCROLL | CBS_DROPDOWNLIST, 0, 0, 0, 0, storage->page->window,
        (HMENU)FILTER_BOX, instance, NULL);
}

/* Their words in the language of now; what was chosen stays. */
static void dress_filter(StoragePage *storage, int dpi)
{
    static const TextId names[FILTER_COUNT] = {TEXT_FILTER_ALL, TEXT_FILTER_IMAGES, TEXT_FILTER_ISOS, TEXT_FILTER_UNUSED, TEXT_FILTER_OTHERS};
    AUTO_FREE wchar_t *cue = utf_text(TEXT_STORAGE_SEARCH);

    SendMessageW(storage->search, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    SendMessageW(storage->filter, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    SendMessageW(storage->search, EM_SETCUEBANNER, TRUE, (LPARAM)cue);
    accessible_name(storage->search, text(TEXT_STORAGE_SEARCH));
    accessible_name(storage->filter, text(TEXT_STORAGE_FILTER));
    SendMessageW(storage->filter, CB_RESETCONTENT, 0, 0);
    for (size_t i = 0; i < FILTER_COUNT; i++) {
        AUTO_FREE wchar_t *name = utf_text(names[i]);
        SendMessageW(storage->filter, CB_ADDSTRING, 0, (LPARAM)name);
    }
    SendMessageW(storage->filter, CB_SETCURSEL, (WPARAM)storage->rows.filter, 0);
}

static void dress(StoragePage *storage)
{
    int dpi = dpi_of(storage->page->window);

    SendMessageW(storage->heading, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_BOLD), TRUE);
    for (int id = COMMAND_NONE + 1; id < COMMAND_END; id++) {
        if (!storage->buttons[id])
            continue;
        AUTO_FREE wchar_t *title = button_title((CommandId)id);
        SetWindowTextW(storage->buttons[id], title);
        SendMessageW(storage->buttons[id], WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    }
    dress_filter(storage, dpi);
}

static void make_lists(StoragePage *storage)
{
    static const char *const keys[MODE_COUNT] = {"datastores", "volumes", "disks"};
    static const TextId empty[MODE_COUNT] = {TEXT_STORAGE_NO_DATASTORES, TEXT_STORAGE_LOADING, TEXT_STORAGE_NO_DISKS};

    for (int mode = 0; mode < MODE_COUNT; mode++) {
        size_t count = 0;
        const ListColumn *columns = storage_rows_columns(mode == MODE_DATASTORES ? OBJECT_HOST : mode == MODE_DISKS ? OBJECT_VM : OBJECT_DATASTORE, &count);
        storage->lists[mode] = list_create(storage->page->window, LIST_BASE + mode, core_settings(app_get()->core), keys[mode], columns, count,
            mode == MODE_DISKS ? -1 : 0, &list_model, storage);
        list_set_empty_text(storage->lists[mode], empty[mode]);
        accessible_label(list_window(storage->lists[mode]), storage->heading);
        ShowWindow(list_window(storage->lists[mode]), SW_HIDE);
    }
}

static HWND create(Page *page, HWND parent)
{
    StoragePage *storage = x_calloc(1, sizeof *storage);

    storage->page = page;
    page->state = storage;
    page->window = page_window_create(parent);
    storage->heading = CreateWindowExW(0, WC_STATICW, L"", WS_CHILD | WS_VISIBLE | SS_NOPREFIX | SS_ENDELLIPSIS, 0, 0, 0, 0, page->window, NULL, GetModuleHandleW(NULL), NULL);
    storage->low = note_create(page->window, LOW_NOTE, NOTE_WARNING, "");
    for (size_t i = 0; i < MODE_COUNT * ARRAY_SIZE(mode_commands[0]); i++)
        make_button(storage, mode_commands[i / ARRAY_SIZE(mode_commands[0])][i % ARRAY_SIZE(mode_commands[0])]);
    make_filter(storage);
    make_lists(storage);
    dress(storage);
    subclass_attach(page->window, page_proc, 1, (DWORD_PTR)storage);
    DragAcceptFiles(page->window, TRUE);
    return page->window;
}

static bool applies(const Selection *selection)
{
    return selection->kind == OBJECT_HOST || selection->kind == OBJECT_VM || selection->kind == OBJECT_DATASTORE || selection->kind == OBJECT_VOLUME;
}

static void show(Page *page, const Selection *selection)
{
    StoragePage *storage = page->state;
    bool same = selection_equal(&page->selection, selection);

    ShowWindow(list_window(storage->lists[storage->mode]), SW_HIDE);
    page->selection = *selection;
    storage->mode = mode_of(selection);
    if (!same || storage->mode != MODE_VOLUMES) {
        catalog_close(storage->catalog);
        storage->catalog = NULL;
    }
    if (storage->mode == MODE_VOLUMES && !storage->catalog)
        storage->catalog = catalog_open(selection->server, selection->id, on_catalog, storage);
    show_buttons(storage);
    update_heading(storage);
    update_rows(storage);
    layout(storage);
    ShowWindow(list_window(storage->lists[storage->mode]), SW_SHOW);
}

/* Rows point into the model and the catalog, which may change while the page is not told: none are kept. */
static void hide(Page *page)
{
    StoragePage *storage = page->state;

    catalog_close(storage->catalog);
    storage->catalog = NULL;
    storage_rows_clear(&storage->rows);
    list_update(storage->lists[storage->mode], 0);
}

static void refresh(Page *page, Server *server, const ChangeList *changes)
{
    StoragePage *storage = page->state;

    (void)changes;
    if (server != page->selection.server)
        return;
    if (storage->catalog)
        catalog_update(storage->catalog);
    update_heading(storage);
    if (storage->mode == MODE_VOLUMES)
        update_around(storage); /* the rows are the catalog's, which tells when it has read others; there may be thousands */
    else
        update_rows(storage);
}

static void restyle(Page *page)
{
    StoragePage *storage = page->state;

    dress(storage);
    for (int mode = 0; mode < MODE_COUNT; mode++)
        list_restyle(storage->lists[mode]);
    update_heading(storage);
    update_rows(storage); /* sorted by words, which may be another language's */
    layout(storage);
}

static void destroy(Page *page)
{
    StoragePage *storage = page->state;

    catalog_close(storage->catalog);
    storage->catalog = NULL;
    DestroyWindow(page->window);
    storage_rows_clear(&storage->rows);
    storage_rows_search(&storage->rows, "");
    free(storage);
}

const PageClass storage_page_class = {"storage", TEXT_PAGE_STORAGE, "storage", applies, create, show, hide, refresh, restyle, destroy};
