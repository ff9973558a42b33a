/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree control: its lines, scrolling, keys and mouse; see tree_view.h. UI thread. */
#include "client/win/tree_view_private.h"

#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/theme.h"
#include "protocol/util.h"

#include <commctrl.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windowsx.h>

enum { ROW_HEIGHT = 22, INDENT = 16, ICON_ROOM = 20, TYPING_MS = 1000, NOWHERE = -1 };

/* ---------------------------------------------------------------- lines */

static void push(LineArray *array, TreeLine *line)
{
    if (array->count == array->room) {
        array->room = array->room ? array->room * 2 : 256;
        array->items = x_realloc(array->items, array->room, sizeof *array->items);
    }
    array->items[array->count++] = line;
}

bool tree_view_has(const TreeView *view, const TreeLine *line)
{
    for (size_t i = 0; line && i < view->all.count; i++)
        if (view->all.items[i] == line)
            return true;
    return false;
}

static bool is_row(const TreeView *view, const TreeLine *line) { return line && line->row < view->rows.count && view->rows.items[line->row] == line; }

size_t tree_view_page(const TreeView *view)
{
    return view->height > view->row_height ? (size_t)(view->height / view->row_height) : 1;
}

/* The bar itself follows with the next painting: many batches of new lines cost one. */
static void update_scroll_bar(TreeView *view)
{
    size_t page = tree_view_page(view), last = view->rows.count > page ? view->rows.count - page : 0;

    view->top = view->top > last ? last : view->top;
    view->scroll_bar_old = true;
    InvalidateRect(view->window, NULL, FALSE);
}

static void show_scroll_bar(TreeView *view)
{
    SCROLLINFO info = {.cbSize = sizeof info, .fMask = SIF_RANGE | SIF_PAGE | SIF_POS, .nPage = (UINT)tree_view_page(view), .nPos = (int)view->top};

    if (!view->scroll_bar_old)
        return;
    view->scroll_bar_old = false;
    info.nMax = view->rows.count ? (int)view->rows.count - 1 : 0;
    SetScrollInfo(view->window, SB_VERT, &info, TRUE);
}

void tree_view_make_rows(TreeView *view)
{
    view->rows.count = 0;
    for (size_t i = 0; i < view->all.count; i++) {
        TreeLine *line = view->all.items[i];
        line->at = i;
        line->row = (size_t)NOWHERE;
        if (line->parent && !line->parent->open)
            continue;
        line->row = view->rows.count;
        push(&view->rows, line);
    }
    update_scroll_bar(view);
}

void tree_view_begin(TreeView *view)
{
    view->selected_while_filling = view->selected;
    view->selected = view->drop = view->tipped = NULL;
    view->all.count = view->rows.count = 0;
}

void tree_view_add(TreeView *view, TreeLine *line)
{
    push(&view->all, line);
    if (line == view->selected_while_filling)
        view->selected = line;
}

void tree_view_end(TreeView *view)
{
    view->selected_while_filling = NULL;
    tree_view_make_rows(view);
    accessible_event(view->window, EVENT_OBJECT_REORDER, 0);
}

bool tree_view_row_rect(const TreeView *view, const TreeLine *line, RECT *ret)
{
    GetClientRect(view->window, ret);
    if (!is_row(view, line))
        return false;
    ret->top = ((int)line->row - (int)view->top) * view->row_height;
    ret->bottom = ret->top + view->row_height;
    return true;
}

void tree_view_repaint(TreeView *view, const TreeLine *line)
{
    RECT rect;

    if (tree_view_row_rect(view, line, &rect))
        InvalidateRect(view->window, &rect, FALSE);
}

/* ---------------------------------------------------------------- scrolling and selection */

static void scroll_to(TreeView *view, int64_t top)
{
    size_t before = view->top;

    view->top = top > 0 ? (size_t)top : 0;
    update_scroll_bar(view);
    if (view->top != before)
        UpdateWindow(view->window);
}

void tree_view_show(TreeView *view, const TreeLine *line)
{
    size_t page = tree_view_page(view);

    if (!is_row(view, line))
        return;
    if (line->row < view->top)
        scroll_to(view, (int64_t)line->row);
    else if (line->row >= view->top + page)
        scroll_to(view, (int64_t)(line->row + 1 - page));
}

/* To screen readers. */
static void tell_selection(const TreeView *view)
{
    int child = view->selected ? (int)view->selected->at + 1 : 0;

    if (GetFocus() == view->window)
        accessible_event(view->window, EVENT_OBJECT_FOCUS, child);
    if (child)
        accessible_event(view->window, EVENT_OBJECT_SELECTION, child);
}

void tree_view_select(TreeView *view, TreeLine *line)
{
    if (line == view->selected)
        return;
    tree_view_repaint(view, view->selected);
    view->selected = line;
    tree_view_repaint(view, line);
    if (line)
        tell_selection(view);
}


void tree_view_choose(TreeView *view, TreeLine *line)
{
    if (line && line->parent && !line->parent->open)
        tree_view_toggle(view, line->parent, true);
    tree_view_show(view, line);
    if (line == view->selected)
        return;
    tree_view_select(view, line);
    view->events->selected(view->context, line);
}

/* A closed one takes the selection of its lines. */
void tree_view_toggle(TreeView *view, TreeLine *line, bool open)
{
    if (!line || line->parent || line->open == open || (open && !line->has_lines))
        return;
    line->open = open;
    tree_view_make_rows(view);
    accessible_event(view->window, EVENT_OBJECT_STATECHANGE, (int)line->at + 1);
    view->events->toggled(view->context, line);
    if (!open && view->selected && view->selected->parent == line)
        tree_view_choose(view, line);
}

void tree_view_mark_drop(TreeView *view, TreeLine *line)
{
    tree_view_repaint(view, view->drop);
    view->drop = line;
    tree_view_repaint(view, line);
}

/* ---------------------------------------------------------------- mouse */

int tree_view_label_left(const TreeView *view, const TreeLine *line)
{
    return view->indent * (line->parent ? 2 : 1) + dpi_scale(view->dpi, ICON_ROOM);
}

TreeLine *tree_view_hit(const TreeView *view, POINT client, bool *ret_on_mark)
{
    size_t row = view->top + (size_t)(client.y / view->row_height);
    TreeLine *line = client.y >= 0 && row < view->rows.count ? view->rows.items[row] : NULL;

    *ret_on_mark = line && !line->parent && line->has_lines && client.x < view->indent;
    return line;
}

TreeLine *tree_view_at(const TreeView *view, POINT screen)
{
    RECT client;
    bool on_mark;

    ScreenToClient(view->window, &screen);
    GetClientRect(view->window, &client);
    return PtInRect(&client, screen) ? tree_view_hit(view, screen, &on_mark) : NULL;
}

static void on_button_down(TreeView *view, POINT point, bool left)
{
    bool on_mark;
    TreeLine *line = tree_view_hit(view, point, &on_mark);

    SetFocus(view->window);
    if (left && on_mark)
        tree_view_toggle(view, line, !line->open);
    else if (line)
        tree_view_choose(view, line);
}

static void on_double_click(TreeView *view, POINT point)
{
    bool on_mark;
    TreeLine *line = tree_view_hit(view, point, &on_mark);

    if (line && (on_mark || !view->events->activated(view->context, line)))
        tree_view_toggle(view, line, !line->open);
}

static void on_wheel(TreeView *view, int delta)
{
    UINT lines = 3;
    int steps;

    SystemParametersInfoW(SPI_GETWHEELSCROLLLINES, 0, &lines, 0);
    view->wheel += delta * (int)lines;
    steps = view->wheel / WHEEL_DELTA;
    view->wheel -= steps * WHEEL_DELTA;
    scroll_to(view, (int64_t)view->top - steps);
}

static void on_scroll(TreeView *view, int request)
{
    SCROLLINFO info = {.cbSize = sizeof info, .fMask = SIF_TRACKPOS};
    int64_t page = (int64_t)tree_view_page(view), top = (int64_t)view->top;

    GetScrollInfo(view->window, SB_VERT, &info);
    switch (request) {
    case SB_LINEUP: scroll_to(view, top - 1); break;
    case SB_LINEDOWN: scroll_to(view, top + 1); break;
    case SB_PAGEUP: scroll_to(view, top - page); break;
    case SB_PAGEDOWN: scroll_to(view, top + page); break;
    case SB_TOP: scroll_to(view, 0); break;
    case SB_BOTTOM: scroll_to(view, (int64_t)view->rows.count); break;
    case SB_THUMBTRACK: scroll_to(view, info.nTrackPos); break;
    }
}

static void on_context_menu(TreeView *view, POINT screen)
{
    TreeLine *line = view->selected;
    RECT rect;

    if (screen.x == -1 && screen.y == -1) {
        if (!tree_view_row_rect(view, line, &rect))
            rect = (RECT){0};
        screen = (POINT){line ? tree_view_label_left(view, line) : 0, rect.bottom};
        ClientToScreen(view->window, &screen);
    } else {
        line = tree_view_at(view, screen);
    }
    view->events->menu(view->context, line, screen);
}

/* ---------------------------------------------------------------- keys */

static void choose_row(TreeView *view, int64_t row)
{
    int64_t last = (int64_t)view->rows.count - 1;

    row = row > last ? last : row;
    if (view->rows.count)
        tree_view_choose(view, view->rows.items[row > 0 ? (size_t)row : 0]);
}

static void go_left(TreeView *view)
{
    TreeLine *line = view->selected;

    if (line && line->parent)
        tree_view_choose(view, line->parent);
    else
        tree_view_toggle(view, line, false);
}

static void go_right(TreeView *view)
{
    TreeLine *line = view->selected;

    if (line && !line->parent && line->open)
        choose_row(view, (int64_t)line->row + 1);
    else
        tree_view_toggle(view, line, true);
}

static bool move_by_key(TreeView *view, WPARAM key)
{
    int64_t row = is_row(view, view->selected) ? (int64_t)view->selected->row : -1, page = (int64_t)tree_view_page(view);

    switch (key) {
    case VK_UP: choose_row(view, row - 1); return true;
    case VK_DOWN: choose_row(view, row + 1); return true;
    case VK_PRIOR: choose_row(view, row - page); return true;
    case VK_NEXT: choose_row(view, row + page); return true;
    case VK_HOME: choose_row(view, 0); return true;
    case VK_END: choose_row(view, (int64_t)view->rows.count); return true;
    case VK_LEFT: go_left(view); return true;
    case VK_RIGHT: go_right(view); return true;
    case VK_ADD: tree_view_toggle(view, view->selected, true); return true;
    case VK_SUBTRACT: tree_view_toggle(view, view->selected, false); return true;
    default: return false;
    }
}

static void on_key(TreeView *view, WPARAM key)
{
    if (GetKeyState(VK_CONTROL) < 0 || move_by_key(view, key) || view->events->key_down(view->context, key))
        return;
    if (key == VK_RETURN && view->selected && !view->events->activated(view->context, view->selected))
        tree_view_toggle(view, view->selected, !view->selected->open);
}

/* Jumps to the next line that begins with what was typed. */
static void on_char(TreeView *view, wchar_t letter)
{
    ULONGLONG now = GetTickCount64();
    size_t length, start = is_row(view, view->selected) ? view->selected->row : 0;

    if (letter < L' ')
        return;
    if (now - view->typed_at > TYPING_MS)
        view->typed[0] = L'\0';
    view->typed_at = now;
    length = wcslen(view->typed);
    if (length + 2 > ARRAY_SIZE(view->typed))
        return;
    view->typed[length] = letter;
    view->typed[length + 1] = L'\0';
    for (size_t i = 0; i < view->rows.count; i++) {
        TreeLine *line = view->rows.items[(start + i + (length == 0)) % view->rows.count];
        if (_wcsnicmp(line->label, view->typed, length + 1) == 0) {
            tree_view_choose(view, line);
            return;
        }
    }
}

/* ---------------------------------------------------------------- tooltip */

static void make_tip(TreeView *view)
{
    TTTOOLINFOW tool = {.cbSize = sizeof tool, .uFlags = TTF_IDISHWND | TTF_SUBCLASS, .hwnd = view->window, .uId = (UINT_PTR)view->window,
        .lpszText = LPSTR_TEXTCALLBACKW};

    view->tip = CreateWindowExW(WS_EX_TOPMOST, TOOLTIPS_CLASSW, L"", WS_POPUP | TTS_NOPREFIX | TTS_ALWAYSTIP, 0, 0, 0, 0, view->window, NULL, GetModuleHandleW(NULL), NULL);
    theme_tooltip(view->tip);
    SendMessageW(view->tip, TTM_ADDTOOLW, 0, (LPARAM)&tool);
}

static void on_mouse_move(TreeView *view, POINT point)
{
    bool on_mark;
    TreeLine *line = tree_view_hit(view, point, &on_mark);

    if (line == view->tipped)
        return;
    view->tipped = line;
    if (!view->tip)
        make_tip(view);
    SendMessageW(view->tip, TTM_POP, 0, 0);
}

static void give_tip(TreeView *view, NMTTDISPINFOW *info)
{
    static wchar_t words[1024];
    wchar_t *tip = view->tipped ? view->events->tip(view->context, view->tipped) : NULL;

    words[0] = L'\0';
    if (tip)
        wcsncpy(words, tip, ARRAY_SIZE(words) - 1);
    free(tip);
    info->lpszText = words;
    SendMessageW(view->tip, TTM_SETMAXTIPWIDTH, 0, dpi_scale(view->dpi, 420));
}

/* ---------------------------------------------------------------- the window */

/* The class goes by the name of the system's tree, which dialogs use as well: their trees are handed on to it, ours have a slot behind its own. */
static WNDCLASSW system_class;
static TreeView *creating;

static void destroy(TreeView *view)
{
    SetWindowLongPtrW(view->window, system_class.cbWndExtra, 0);
    free(view->all.items);
    free(view->rows.items);
    free(view);
}

static LRESULT handle(TreeView *view, UINT message, WPARAM wparam, LPARAM lparam)
{
    POINT point = {GET_X_LPARAM(lparam), GET_Y_LPARAM(lparam)};
    LRESULT result;

    if (tree_view_answer(view, message, wparam, lparam, &result))
        return result;
    switch (message) {
    case WM_PAINT:
        show_scroll_bar(view);
        tree_view_paint(view);
        return 0;
    case WM_ERASEBKGND: return 1;
    case WM_SIZE:
        view->height = HIWORD(lparam);
        update_scroll_bar(view);
        return 0;
    case WM_VSCROLL: on_scroll(view, LOWORD(wparam)); return 0;
    case WM_MOUSEWHEEL: on_wheel(view, GET_WHEEL_DELTA_WPARAM(wparam)); return 0;
    case WM_MOUSEMOVE: on_mouse_move(view, point); return 0;
    case WM_LBUTTONDOWN: on_button_down(view, point, true); return 0;
    case WM_RBUTTONDOWN: on_button_down(view, point, false); return 0;
    case WM_LBUTTONDBLCLK: on_double_click(view, point); return 0;
    case WM_CONTEXTMENU: on_context_menu(view, point); return 0;
    case WM_KEYDOWN: on_key(view, wparam); return 0;
    case WM_CHAR: on_char(view, (wchar_t)wparam); return 0;
    case WM_SETFOCUS:
        tell_selection(view);
        tree_view_repaint(view, view->selected);
        return 0;
    case WM_KILLFOCUS: tree_view_repaint(view, view->selected); return 0;
    case WM_GETDLGCODE: return DLGC_WANTARROWS | DLGC_WANTCHARS;
    case WM_NOTIFY:
        if (((NMHDR *)lparam)->code == TTN_GETDISPINFOW)
            give_tip(view, (NMTTDISPINFOW *)lparam);
        return 0;
    case WM_NCDESTROY: destroy(view); return 0;
    default: return DefWindowProcW(view->window, message, wparam, lparam);
    }
}

TreeView *tree_view_of(HWND window) { return (TreeView *)GetWindowLongPtrW(window, system_class.cbWndExtra); }

static LRESULT CALLBACK tree_view_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    TreeView *view = tree_view_of(window);

    if (message == WM_NCCREATE && creating) {
        view = creating;
        creating = NULL;
        view->window = window;
        SetWindowLongPtrW(window, system_class.cbWndExtra, (LONG_PTR)view);
    }
    return view ? handle(view, message, wparam, lparam) : CallWindowProcW(system_class.lpfnWndProc, window, message, wparam, lparam);
}

static void register_class(void)
{
    static bool done;
    WNDCLASSW class;

    if (done)
        return;
    done = true;
    GetClassInfoW(NULL, WC_TREEVIEWW, &system_class);
    class = system_class;
    /* Not CS_GLOBALCLASS: inside this program it goes before the system's. */
    class.style = CS_DBLCLKS;
    class.lpfnWndProc = tree_view_proc;
    class.cbWndExtra += (int)sizeof(TreeView *);
    class.hInstance = GetModuleHandleW(NULL);
    class.lpszClassName = WC_TREEVIEWW;
    RegisterClassW(&class);
}

void tree_view_restyle(TreeView *view)
{
    view->dpi = dpi_of(view->window);
    view->row_height = dpi_scale(view->dpi, ROW_HEIGHT);
    if (view->row_height < dpi_text_height(view->dpi, FONT_TEXT) + 2)
        view->row_height = dpi_text_height(view->dpi, FONT_TEXT) + 2;
    view->indent = dpi_scale(view->dpi, INDENT);
    update_scroll_bar(view);
}

HWND tree_view_window(const TreeView *view) { return view->window; }

TreeView *tree_view_create(HWND parent, const TreeViewEvents *events, void *context)
{
    TreeView *view = x_calloc(1, sizeof *view);

    register_class();
    view->events = events;
    view->context = context;
    view->row_height = ROW_HEIGHT;
    creating = view;
    CreateWindowExW(0, WC_TREEVIEWW, L"", WS_CHILD | WS_VISIBLE | WS_TABSTOP | WS_VSCROLL | TVS_HASBUTTONS | TVS_LINESATROOT | TVS_SHOWSELALWAYS, 0, 0, 0, 0, parent, NULL,
        GetModuleHandleW(NULL), NULL);
    tree_view_describe(view);
    tree_view_restyle(view);
    return view;
}
