/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Snapshots page of a VM: the tree of its snapshots with "you are here", and beside it what is known of the chosen one, with the screen as it was then. Commands are
 * for the chosen snapshot as long as the page is shown: a Selection of the VM whose volume is the snapshot's name. UI thread.
 */
#include "client/ui/page.h"

#include "client/core/format.h"
#include "client/core/snapshot_tree.h"
#include "client/core/wire.h"
#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/ui/menu.h"
#include "client/ui/words.h"
#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/form.h"
#include "client/win/icons.h"
#include "client/win/picture.h"
#include "client/win/subclass.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 8, BUTTON_HEIGHT = 28, BUTTON_PADDING = 14, HEADING_HEIGHT = 20, BUTTON_BASE = 200, TREE_ID = 100, DETAILS_WIDTH = 340, PICTURE_HEIGHT = 150, ROW_HEIGHT = 22 };
enum { STATE_NOTE = 120, TAKEN, CONTENTS, SIZE_FACT, ABOUT, PICTURE };

static const CommandId page_commands[] = {COMMAND_TAKE_SNAPSHOT, COMMAND_REVERT_SNAPSHOT, COMMAND_CLONE_SNAPSHOT, COMMAND_EXPORT_SNAPSHOT, COMMAND_EDIT_SNAPSHOT, COMMAND_DELETE_SNAPSHOT, COMMAND_DELETE_BRANCH};

typedef struct SnapshotsPage {
    Page *page;
    HWND heading, tree, picture;
    HWND buttons[ARRAY_SIZE(page_commands)];
    Form *details;
    SnapshotTree *list;
    char *chosen;      /* name of the selected snapshot; NULL: the present state */
    char *pictured;    /* whose picture is shown or on its way */
    bool filling;      /* the tree is being filled: its selection says nothing */
} SnapshotsPage;

static Selection page_selection(const SnapshotsPage *self)
{
    Selection selection = self->page->selection;

    selection.volume[0] = '\0';
    if (self->chosen)
        strncat(selection.volume, self->chosen, sizeof selection.volume - 1);
    return selection;
}

static const SnapshotInfo *chosen_info(const SnapshotsPage *self)
{
    size_t index = self->list ? snapshot_tree_find(self->list, self->chosen) : SNAPSHOT_NONE;

    return index == SNAPSHOT_NONE ? NULL : &snapshot_tree_list(self->list)->snapshots.items[index];
}

/* ---------------------------------------------------------------- buttons and places */

static void update_buttons(SnapshotsPage *self)
{
    Selection selection = page_selection(self);

    for (size_t i = 0; i < ARRAY_SIZE(page_commands); i++) {
        AUTO_FREE char *why = NULL;
        EnableWindow(self->buttons[i], command_can_run(page_commands[i], &selection, &why));
    }
}

static int button_width(HWND button, int dpi)
{
    AUTO_FREE char *words = utf_window_text(button);
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    return dpi_text_width(dpi, FONT_TEXT, wide) + 2 * dpi_scale(dpi, BUTTON_PADDING);
}

/* The lower end of the buttons, which take as many rows as they need. */
static int layout_buttons(SnapshotsPage *self, int dpi, int width, int y)
{
    int margin = dpi_scale(dpi, MARGIN), height = dpi_scale(dpi, BUTTON_HEIGHT), x = margin;

    for (size_t i = 0; i < ARRAY_SIZE(page_commands); i++) {
        int wanted = button_width(self->buttons[i], dpi);
        if (x > margin && x + wanted > width - margin) {
            x = margin;
            y += height + margin / 2;
        }
        MoveWindow(self->buttons[i], x, y, wanted, height, TRUE);
        x += wanted + margin / 2;
    }
    return y + height + margin;
}

static void layout(SnapshotsPage *self)
{
    RECT client;
    int dpi = dpi_of(self->page->window), margin = dpi_scale(dpi, MARGIN), y = margin;

    GetClientRect(self->page->window, &client);
    MoveWindow(self->heading, margin, y, client.right - 2 * margin, dpi_scale(dpi, HEADING_HEIGHT), TRUE);
    y = layout_buttons(self, dpi, client.right, y + dpi_scale(dpi, HEADING_HEIGHT) + margin / 2);
    int wanted = dpi_scale(dpi, DETAILS_WIDTH), least = form_width(self->details);
    int details = wanted > least ? wanted : least;
    if (details > client.right / 2)
        details = client.right / 2;
    int height = client.bottom > y ? client.bottom - y : 0;
    MoveWindow(self->tree, 0, y, client.right - details, height, TRUE);
    MoveWindow(form_window(self->details), client.right - details, y, details, height, TRUE);
    form_layout(self->details);
}

/* ---------------------------------------------------------------- details */

/* No answer comes for the one that was asked for before. */
static void forget_picture(SnapshotsPage *self)
{
    core_forget(app_get()->core, &self->pictured);
    free(self->pictured);
    self->pictured = NULL;
}

static void on_picture(void *context, SnapshotPicture *picture, const Error *error)
{
    SnapshotsPage *self = context;
    size_t size = 0;

    if (error) {
        if (server_unanswered(error)) /* asked for again with the next list */
            forget_picture(self);
        return;
    }
    AUTO_FREE unsigned char *bytes = wire_unbase64(picture->data, strlen(picture->data), &size);
    if (!bytes || !picture_set(self->picture, bytes, size, text(TEXT_SNAPSHOTS_PICTURE)))
        picture_set_words(self->picture, text(TEXT_SNAPSHOTS_NO_PICTURE));
}

static void show_picture(SnapshotsPage *self, const SnapshotInfo *info)
{
    if (info && str_equal(self->pictured, info->name))
        return;
    forget_picture(self);
    self->pictured = info && info->picture ? x_strdup(info->name) : NULL;
    picture_set_words(self->picture, info ? text(TEXT_SNAPSHOTS_NO_PICTURE) : "");
    form_set_shown(self->details, PICTURE, info != NULL);
    if (!self->pictured)
        return;
    SnapshotRef params = {.vm = self->page->selection.id, .snapshot = info->name};
    call_snapshot_picture(self->page->selection.server, &params, on_picture, &self->pictured, self);
}

static TextId contents_text(const SnapshotInfo *info)
{
    return info->memory ? TEXT_SNAPSHOTS_MEMORY : info->quiesced ? TEXT_SNAPSHOTS_QUIESCED : TEXT_SNAPSHOTS_DISKS;
}

static char *here_sentence(const SnapshotsPage *self)
{
    const Error *error = self->list ? snapshot_tree_error(self->list) : NULL;
    size_t current = self->list ? snapshot_tree_current(self->list) : SNAPSHOT_NONE;

    if (error)
        return text_error(error);
    if (!self->list || snapshot_tree_loading(self->list))
        return x_strdup(text(TEXT_SNAPSHOTS_LOADING));
    const SnapshotList *list = snapshot_tree_list(self->list);
    const char *missing = snapshot_list_missing(list, "snapshot");
    if (!list->snapshots.count && missing)
        return text_format(TEXT_TAKE_SNAPSHOT_WHY, missing, NULL);
    if (!list->snapshots.count)
        return x_strdup(text(TEXT_SNAPSHOTS_HERE_NONE));
    return current == SNAPSHOT_NONE ? x_strdup(text(TEXT_SNAPSHOTS_HERE_FREE)) : text_format(TEXT_SNAPSHOTS_HERE_BELOW, list->snapshots.items[current].name, NULL);
}

static void show_facts(SnapshotsPage *self, const SnapshotInfo *info)
{
    AUTO_FREE char *taken = format_time(info->created);
    AUTO_FREE char *size = info->style == SNAPSHOT_STYLE_EXTERNAL ? format_size(info->size) : x_strdup(text(TEXT_SNAPSHOTS_UNKNOWN_SIZE));

    form_set_note(self->details, STATE_NOTE, NOTE_TEXT, info->name);
    form_set_text(self->details, TAKEN, taken);
    form_set_text(self->details, CONTENTS, text(contents_text(info)));
    form_set_text(self->details, SIZE_FACT, size);
    form_set_text(self->details, ABOUT, str_or_empty(info->description));
}

static void show_details(SnapshotsPage *self)
{
    static const int facts[] = {TAKEN, CONTENTS, SIZE_FACT, ABOUT};
    const SnapshotInfo *info = chosen_info(self);
    AUTO_FREE char *here = info ? NULL : here_sentence(self);

    form_hold(self->details);
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
        form_set_shown(self->details, facts[i], info != NULL);
    if (info)
        show_facts(self, info);
    else
        form_set_note(self->details, STATE_NOTE, NOTE_TEXT, here);
    show_picture(self, info);
    form_release(self->details);
    update_buttons(self);
}

static void build_details(SnapshotsPage *self)
{
    self->details = form_create(self->page->window, NULL, NULL);
    form_note(self->details, STATE_NOTE, NOTE_TEXT, " ");
    self->picture = picture_create(form_window(self->details), PICTURE);
    form_control(self->details, NULL, self->picture, 240, PICTURE_HEIGHT);
    form_value(self->details, TAKEN, text(TEXT_SNAPSHOTS_TAKEN), "");
    form_value(self->details, CONTENTS, text(TEXT_SNAPSHOTS_CONTENTS), "");
    form_value(self->details, SIZE_FACT, text(TEXT_SNAPSHOTS_SIZE), "");
    form_memo(self->details, ABOUT, text(TEXT_SNAPSHOTS_DESCRIPTION), 20, 4);
    SendMessageW(form_item(self->details, ABOUT), EM_SETREADONLY, TRUE, 0);
    form_set_dpi(self->details, dpi_of(self->page->window));
    ShowWindow(form_window(self->details), SW_SHOWNA);
}

/* ---------------------------------------------------------------- tree */

static HTREEITEM insert(SnapshotsPage *self, HTREEITEM parent, const char *words, int icon, LPARAM data)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(words);
    int image = icons_use(icon, dpi_of(self->page->window), 16);
    TVINSERTSTRUCTW item = {.hParent = parent ? parent : TVI_ROOT, .hInsertAfter = TVI_LAST,
        .item = {.mask = TVIF_TEXT | TVIF_IMAGE | TVIF_SELECTEDIMAGE | TVIF_PARAM | TVIF_STATE, .pszText = wide, .iImage = image, .iSelectedImage = image, .lParam = data,
            .state = TVIS_EXPANDED, .stateMask = TVIS_EXPANDED}};
    return (HTREEITEM)SendMessageW(self->tree, TVM_INSERTITEMW, 0, (LPARAM)&item);
}

/* A parent that had no children is opened only once it has some. */
static void open_all(SnapshotsPage *self, const HTREEITEM *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        SendMessageW(self->tree, TVM_EXPAND, TVE_EXPAND, (LPARAM)items[i]);
}

static HTREEITEM insert_here(SnapshotsPage *self, HTREEITEM parent)
{
    const VmInfo *vm = selection_vm(&self->page->selection);

    return insert(self, parent, text(TEXT_SNAPSHOTS_HERE), vm ? words_vm_icon(vm) : ICON_VM, -1);
}

static void fill_tree(SnapshotsPage *self)
{
    const SnapshotInfoList *list = &snapshot_tree_list(self->list)->snapshots;
    HTREEITEM *items = x_calloc(list->count + 1, sizeof *items);
    HTREEITEM selected = NULL, here;
    size_t current = snapshot_tree_current(self->list);

    self->filling = true;
    SendMessageW(self->tree, WM_SETREDRAW, FALSE, 0);
    SendMessageW(self->tree, TVM_DELETEITEM, 0, (LPARAM)TVI_ROOT);
    for (size_t i = 0; i < list->count; i++) {
        const SnapshotInfo *info = &list->items[i];
        size_t parent = snapshot_tree_parent(self->list, i);
        AUTO_FREE char *words = info->deleting ? text_format(TEXT_SNAPSHOTS_DELETING, info->name, NULL) : x_strdup(info->name);
        items[i] = insert(self, parent == SNAPSHOT_NONE ? NULL : items[parent], words, ICON_SNAPSHOT, (LPARAM)i);
        if (str_equal(info->name, self->chosen))
            selected = items[i];
    }
    here = insert_here(self, current == SNAPSHOT_NONE ? NULL : items[current]);
    open_all(self, items, list->count);
    if (!selected) {
        free(self->chosen);
        self->chosen = NULL;
    }
    SendMessageW(self->tree, TVM_SELECTITEM, TVGN_CARET, (LPARAM)(selected ? selected : here));
    SendMessageW(self->tree, WM_SETREDRAW, TRUE, 0);
    InvalidateRect(self->tree, NULL, TRUE);
    self->filling = false;
    free(items);
}

static void on_list(void *context)
{
    SnapshotsPage *self = context;
    const Error *error = snapshot_tree_error(self->list);

    if (error && !server_unanswered(error)) /* read again when the server is back */
        frame_hint_error(error);
    fill_tree(self);
    show_details(self);
    Selection selection = page_selection(self);
    frame_select_row(&selection);
}

static void selected(SnapshotsPage *self, const NMTREEVIEWW *change)
{
    const SnapshotInfoList *list = &snapshot_tree_list(self->list)->snapshots;
    LPARAM index = change->itemNew.lParam;

    if (self->filling)
        return;
    free(self->chosen);
    self->chosen = change->itemNew.hItem && index >= 0 && (size_t)index < list->count ? x_strdup(list->items[index].name) : NULL;
    show_details(self);
    Selection selection = page_selection(self);
    frame_select_row(&selection);
}

static void run(SnapshotsPage *self, CommandId command)
{
    Selection selection = page_selection(self);

    command_run(command, &selection);
    if (self->list) /* a description is no change of the VM */
        snapshot_tree_refresh(self->list);
}

static bool key_down(SnapshotsPage *self, WORD key)
{
    if (key == VK_DELETE && self->chosen)
        run(self, GetKeyState(VK_SHIFT) < 0 ? COMMAND_DELETE_BRANCH : COMMAND_DELETE_SNAPSHOT);
    else if (key == VK_F2 && self->chosen)
        run(self, COMMAND_EDIT_SNAPSHOT);
    else if (key == VK_RETURN)
        run(self, self->chosen ? COMMAND_REVERT_SNAPSHOT : COMMAND_TAKE_SNAPSHOT);
    else if (key == VK_INSERT)
        run(self, COMMAND_TAKE_SNAPSHOT);
    else
        return false;
    return true;
}

static bool on_notify(SnapshotsPage *self, NMHDR *header, LRESULT *ret)
{
    *ret = 0;
    if (header->hwndFrom != self->tree)
        return false;
    switch (header->code) {
    case TVN_SELCHANGEDW: selected(self, (NMTREEVIEWW *)header); return true;
    case TVN_KEYDOWN: *ret = key_down(self, ((NMTVKEYDOWN *)header)->wVKey); return true;
    case NM_DBLCLK: run(self, self->chosen ? COMMAND_REVERT_SNAPSHOT : COMMAND_TAKE_SNAPSHOT); *ret = 1; return true;
    case NM_RETURN: *ret = 1; return true; /* done by its key */
    case NM_CUSTOMDRAW: *ret = form_draw(header); return true;
    default: return false;
    }
}

/* By the mouse it is for the row below it, by the keyboard for the selected one. */
static void open_menu(SnapshotsPage *self, LPARAM position)
{
    POINT screen = {(short)LOWORD(position), (short)HIWORD(position)};
    RECT row = {0};
    HTREEITEM item;

    if (position == -1) {
        item = (HTREEITEM)SendMessageW(self->tree, TVM_GETNEXTITEM, TVGN_CARET, 0);
        memcpy(&row, &item, sizeof item); /* the message takes it there */
        SendMessageW(self->tree, TVM_GETITEMRECT, TRUE, (LPARAM)&row);
        screen = (POINT){row.left, row.bottom};
        ClientToScreen(self->tree, &screen);
    } else {
        TVHITTESTINFO hit = {.pt = screen};
        ScreenToClient(self->tree, &hit.pt);
        item = (HTREEITEM)SendMessageW(self->tree, TVM_HITTEST, 0, (LPARAM)&hit);
        if (item)
            SendMessageW(self->tree, TVM_SELECTITEM, TVGN_CARET, (LPARAM)item);
    }
    Selection selection = page_selection(self);
    menu_context(self->page->window, screen, page_commands, ARRAY_SIZE(page_commands), &selection);
    if (self->list)
        snapshot_tree_refresh(self->list);
}

/* ---------------------------------------------------------------- page */

static LRESULT CALLBACK page_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    SnapshotsPage *self = (SnapshotsPage *)data;
    LRESULT result;

    (void)id;
    switch (message) {
    case WM_SIZE: layout(self); return 0;
    case WM_SETFOCUS: SetFocus(self->tree); return 0;
    case WM_COMMAND:
        if (LOWORD(wparam) >= BUTTON_BASE && LOWORD(wparam) < BUTTON_BASE + ARRAY_SIZE(page_commands))
            run(self, page_commands[LOWORD(wparam) - BUTTON_BASE]);
        return 0;
    case WM_CONTEXTMENU:
        if ((HWND)wparam == self->tree)
            open_menu(self, lparam);
        return 0;
    case WM_NOTIFY:
        if (on_notify(self, (NMHDR *)lparam, &result))
            return result;
        return subclass_next(window, message, wparam, lparam);
    default: return subclass_next(window, message, wparam, lparam);
    }
}

/* The menu's words without their access keys: in this window those belong to the menu bar. */
static wchar_t *button_title(CommandId id)
{
    wchar_t *title = utf_text(command_text(id)), *to = title;

    for (const wchar_t *from = title; *from; from++)
        if (*from != L'&')
            *to++ = *from;
    *to = 0;
    return title;
}

static void dress(SnapshotsPage *self)
{
    int dpi = dpi_of(self->page->window);
    AUTO_FREE char *heading = text_format(TEXT_SNAPSHOTS_HEADING, selection_name(&self->page->selection), NULL);

    utf_set_window_text(self->heading, heading);
    SendMessageW(self->heading, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_BOLD), TRUE);
    SendMessageW(self->tree, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    SendMessageW(self->tree, TVM_SETIMAGELIST, TVSIL_NORMAL, (LPARAM)icons_list(dpi, 16));
    SendMessageW(self->tree, TVM_SETITEMHEIGHT, (WPARAM)dpi_scale(dpi, ROW_HEIGHT), 0);
    accessible_name(self->tree, text(TEXT_SNAPSHOTS_TREE));
    for (size_t i = 0; i < ARRAY_SIZE(page_commands); i++) {
        AUTO_FREE wchar_t *title = button_title(page_commands[i]);
        SetWindowTextW(self->buttons[i], title);
        SendMessageW(self->buttons[i], WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    }
}

static HWND create(Page *page, HWND parent)
{
    SnapshotsPage *self = x_calloc(1, sizeof *self);
    HINSTANCE instance = GetModuleHandleW(NULL);

    self->page = page;
    page->state = self;
    page->window = page_window_create(parent);
    self->heading = CreateWindowExW(0, WC_STATICW, L"", WS_CHILD | WS_VISIBLE | SS_NOPREFIX | SS_ENDELLIPSIS, 0, 0, 0, 0, page->window, NULL, instance, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(page_commands); i++)
        self->buttons[i] = CreateWindowExW(0, WC_BUTTONW, L"", WS_CHILD | WS_VISIBLE | WS_TABSTOP | BS_PUSHBUTTON, 0, 0, 0, 0, page->window,
            (HMENU)(INT_PTR)(BUTTON_BASE + (int)i), instance, NULL);
    self->tree = CreateWindowExW(0, WC_TREEVIEWW, L"", WS_CHILD | WS_VISIBLE | WS_TABSTOP | TVS_HASBUTTONS | TVS_HASLINES | TVS_LINESATROOT | TVS_SHOWSELALWAYS | TVS_DISABLEDRAGDROP,
        0, 0, 0, 0, page->window, (HMENU)(INT_PTR)TREE_ID, instance, NULL);
    build_details(self);
    dress(self);
    subclass_attach(page->window, page_proc, 1, (DWORD_PTR)self);
    theme_apply(page->window);
    return page->window;
}

static bool applies(const Selection *selection)
{
    const VmInfo *vm = selection_vm(selection);

    return vm && !vm->template && str_equal(vm->driver, "qemu");
}

static void close_list(SnapshotsPage *self)
{
    snapshot_tree_close(self->list);
    self->list = NULL;
    forget_picture(self);
    free(self->chosen);
    self->chosen = NULL;
}

static void show(Page *page, const Selection *selection)
{
    SnapshotsPage *self = page->state;

    if (selection_equal(&page->selection, selection) && self->list) {
        snapshot_tree_update(self->list);
        return;
    }
    close_list(self);
    page->selection = *selection;
    self->list = snapshot_tree_open(selection->server, selection->id, on_list, self);
    fill_tree(self);
    show_details(self);
    dress(self);
    layout(self);
}

static void hide(Page *page) { close_list(page->state); }

static void refresh(Page *page, Server *server, const ChangeList *changes)
{
    SnapshotsPage *self = page->state;

    (void)server;
    if (!self->list)
        return;
    if (changes)
        snapshot_tree_update(self->list);
    else
        snapshot_tree_refresh(self->list);
    dress(self);
    update_buttons(self);
}

static void restyle(Page *page)
{
    SnapshotsPage *self = page->state;

    dress(self);
    DestroyWindow(form_window(self->details));
    build_details(self);
    forget_picture(self);
    if (self->list)
        fill_tree(self);
    show_details(self);
    layout(self);
}

static void destroy(Page *page)
{
    SnapshotsPage *self = page->state;

    close_list(self);
    DestroyWindow(page->window);
    free(self);
}

const PageClass snapshots_page_class = {"snapshots", TEXT_PAGE_SNAPSHOTS, "snapshots", applies, create, show, hide, refresh, restyle, destroy};
