/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The main window; see frame.h: where the panes are, what is selected, and how news of the core reach the panes. UI thread. core_drain runs in
 * WM_APP_DRAIN, so that it goes on in every message loop, also that of a dialog.
 */
#include "client/ui/frame.h"

#include "client/core/log.h"
#include "client/core/port.h"
#include "client/ui/commands.h"
#include "client/ui/dialogs.h"
#include "client/ui/drop.h"
#include "client/ui/low_space.h"
#include "client/ui/empty_state.h"
#include "client/ui/hint.h"
#include "client/ui/history.h"
#include "client/ui/instance.h"
#include "client/ui/lock.h"
#include "client/ui/menu.h"
#include "client/ui/navigation.h"
#include "client/ui/object_text.h"
#include "client/ui/open_request.h"
#include "client/ui/pages.h"
#include "client/ui/preferences.h"
#include "client/ui/shell_news.h"
#include "client/ui/status.h"
#include "client/ui/tasks_pane.h"
#include "client/ui/title.h"
#include "client/ui/toolbar.h"
#include "client/ui/tree.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/placement.h"
#include "client/win/splitter.h"
#include "client/win/theme_menu.h"
#include "client/win/utf.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 1200, HEIGHT = 780,               /* the first time, at 96 dpi */
    LEAST_WIDTH = 640, LEAST_HEIGHT = 420,
    NAV_WIDTH = 260, LEAST_NAV = 140,
    TASKS_HEIGHT = 180, LEAST_TASKS = 80,
    LEAST_PAGES = 260,
    DRAIN_BUDGET_MS = 20,
    DRAIN_TIMER = 2, DRAIN_PAUSE_MS = 15,     /* while news pour in, the window is painted once per pause instead of after each */
    TICK_TIMER = 1, TICK_MS = 1000,
};

static struct {
    HWND window, toolbar, hint, nav, nav_splitter, title, pages, tasks_splitter, tasks, status;
    HACCEL keys;
    Selection selection;
    Selection row;               /* in a list of the page; OBJECT_UNKNOWN: none */
    int nav_width, tasks_height; /* at 96 dpi */
    bool toolbar_shown, tasks_shown;
    unsigned letters, colors;    /* see dpi_on_setting_change, theme_on_setting_change */
    bool made;
    int show;                    /* how the window was left, for ShowWindow */
} frame;

/* ---------------------------------------------------------------- layout */

static Settings *settings(void) { return core_settings(app_get()->core); }

static int clamp(int value, int least, int most) { return value < least || most < least ? least : value > most ? most : value; }

/* The layout is made anew often, and mostly comes out as it was. */
static void place(HWND window, int left, int top, int width, int height)
{
    RECT now, wanted = {left, top, left + (width > 0 ? width : 0), top + (height > 0 ? height : 0)};

    GetWindowRect(window, &now);
    MapWindowPoints(NULL, frame.window, (POINT *)&now, 2);
    if (EqualRect(&now, &wanted))
        return;
    SetWindowPos(window, NULL, left, top, width > 0 ? width : 0, height > 0 ? height : 0, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

static void show(HWND window, bool shown)
{
    if (shown != ((GetWindowLongPtrW(window, GWL_STYLE) & WS_VISIBLE) != 0))
        ShowWindow(window, shown ? SW_SHOWNA : SW_HIDE);
}

static int layout_tasks(const RECT *area, int dpi)
{
    int bar = dpi_scale(dpi, SPLITTER_SIZE), room = area->bottom - area->top;
    int height = clamp(dpi_scale(dpi, frame.tasks_height), dpi_scale(dpi, LEAST_TASKS), room - dpi_scale(dpi, LEAST_PAGES));

    show(frame.tasks, frame.tasks_shown);
    show(frame.tasks_splitter, frame.tasks_shown);
    if (!frame.tasks_shown)
        return area->bottom;
    place(frame.tasks_splitter, 0, area->bottom - height - bar, area->right, bar);
    place(frame.tasks, 0, area->bottom - height, area->right, height);
    return area->bottom - height - bar;
}

static void layout_panes(const RECT *area, int dpi)
{
    int bar = dpi_scale(dpi, SPLITTER_SIZE), title = dpi_scale(dpi, TITLE_HEIGHT);
    int width = clamp(dpi_scale(dpi, frame.nav_width), dpi_scale(dpi, LEAST_NAV), area->right - dpi_scale(dpi, LEAST_PAGES));
    int left = width + bar, height = area->bottom - area->top;
    bool titled = frame.selection.kind != OBJECT_UNKNOWN;

    place(frame.nav, 0, area->top, width, height);
    place(frame.nav_splitter, width, area->top, bar, height);
    show(frame.title, titled);
    place(frame.title, left, area->top, area->right - left, title);
    place(frame.pages, left, area->top + (titled ? title : 0), area->right - left, height - (titled ? title : 0));
}

static void layout(void)
{
    RECT area;
    int dpi = dpi_of(frame.window), hint;

    GetClientRect(frame.window, &area);
    if (!frame.made || IsIconic(frame.window))
        return;
    status_layout(area.right);
    area.bottom -= status_height();
    show(frame.toolbar, frame.toolbar_shown);
    if (frame.toolbar_shown) {
        int height = toolbar_layout(area.right);
        place(frame.toolbar, dpi_scale(dpi, 4), dpi_scale(dpi, 3), area.right - dpi_scale(dpi, 4), height);
        area.top += height + dpi_scale(dpi, 3);
    }
    hint = hint_height(area.right);
    show(frame.hint, hint != 0);
    place(frame.hint, 0, area.top, area.right, hint);
    area.top += hint;
    area.bottom = layout_tasks(&area, dpi);
    layout_panes(&area, dpi);
}

static void nav_moved(void *context, int position)
{
    (void)context;
    frame.nav_width = MulDiv(position, USER_DEFAULT_SCREEN_DPI, dpi_of(frame.window));
    layout();
}

static void tasks_moved(void *context, int position)
{
    RECT client;
    int dpi = dpi_of(frame.window);

    (void)context;
    GetClientRect(frame.window, &client);
    frame.tasks_height = MulDiv(client.bottom - status_height() - position - dpi_scale(dpi, SPLITTER_SIZE), USER_DEFAULT_SCREEN_DPI, dpi);
    layout();
}

/* ---------------------------------------------------------------- selection */

const Selection *frame_selection(void) { return &frame.selection; }

const Selection *frame_command_selection(void)
{
    return frame.row.server && frame.row.server == frame.selection.server && selection_exists(&frame.row) ? &frame.row : &frame.selection;
}

void frame_select_row(const Selection *row)
{
    Selection wanted = row ? *row : (Selection){0};

    if (selection_equal(&wanted, &frame.row))
        return;
    frame.row = wanted;
    frame_update_commands();
}

void frame_update_commands(void) { toolbar_update(); }

static void show_selection(const Selection *selection)
{
    bool titled = frame.selection.kind != OBJECT_UNKNOWN;

    frame.selection = *selection;
    memset(&frame.row, 0, sizeof frame.row);
    if (titled != (selection->kind != OBJECT_UNKNOWN))
        layout();
    title_refresh();
    pages_show(selection);
    frame_update_commands();
}

void frame_selected(const Selection *selection)
{
    history_add(selection);
    show_selection(selection);
}

void frame_select(const Selection *selection)
{
    Selection shown = *selection;

    /* The tree has no line for a volume: its datastore. */
    if (shown.kind == OBJECT_VOLUME)
        shown = selection_make(shown.server, OBJECT_DATASTORE, shown.id);
    tree_select(&shown);
    if (selection_equal(&shown, &frame.selection))
        return;
    frame_selected(&shown);
}

void frame_show_page(const char *name)
{
    pages_choose(name);
    pages_focus();
}

bool frame_can_go(int step) { return history_can_go(step); }

void frame_go(int step)
{
    Selection selection;

    if (!history_go(step, &selection))
        return;
    tree_select(&selection);
    show_selection(&selection);
}

/* The selected object is gone: its server takes its place. */
static void leave_gone_selection(void)
{
    Selection server;

    if (frame.selection.kind == OBJECT_UNKNOWN || selection_exists(&frame.selection))
        return;
    server = selection_of_server(frame.selection.server);
    tree_select(&server);
    frame_selected(&server);
}

/* ---------------------------------------------------------------- what panes and commands ask */

void frame_hint(const char *sentence, bool error) { hint_show(sentence, error); }

void frame_hint_error(const Error *error)
{
    AUTO_FREE char *sentence = text_error(error);

    log_error("action", error);
    hint_show(sentence, true);
}

void frame_status(const char *words) { status_say(words); }

void frame_focus_search(void) { navigation_focus_search(); }

bool frame_toolbar_shown(void) { return frame.toolbar_shown; }

bool frame_tasks_shown(void) { return frame.tasks_shown; }

void frame_show_toolbar(bool shown)
{
    frame.toolbar_shown = shown;
    settings_set_int(settings(), "frame.toolbar", shown);
    layout();
}

void frame_show_tasks(bool shown)
{
    frame.tasks_shown = shown;
    settings_set_int(settings(), "frame.tasks", shown);
    layout();
}

void frame_refresh(void)
{
    if (frame.selection.server)
        pages_refresh(frame.selection.server, NULL);
    title_refresh();
    status_refresh();
}

static void dress_window(void)
{
    int dpi = dpi_of(frame.window);

    SendMessageW(frame.window, WM_SETICON, ICON_BIG, (LPARAM)icons_get(ICON_POOLCENTER, dpi, 32));
    SendMessageW(frame.window, WM_SETICON, ICON_SMALL, (LPARAM)icons_get(ICON_POOLCENTER, dpi, 16));
    menu_attach_bar(frame.window);
}

void frame_restyle(void)
{
    if (!frame.made)
        return;
    dress_window();
    toolbar_restyle();
    hint_restyle();
    navigation_restyle();
    pages_restyle();
    tasks_pane_restyle();
    status_restyle();
    title_refresh();
    theme_apply(frame.window);
    layout();
    RedrawWindow(frame.window, NULL, NULL, RDW_INVALIDATE | RDW_ERASE | RDW_FRAME | RDW_ALLCHILDREN);
}

/* ---------------------------------------------------------------- news of the core */

static void server_added(void *context, Server *server)
{
    Selection selection = selection_of_server(server);

    (void)context;
    tree_add_server(server);
    frame_select(&selection);
    status_refresh();
    shell_news_servers();
}

static void server_removed(void *context, Server *server)
{
    Selection nothing = {0};

    (void)context;
    prompt_dialog_withdraw(server);
    history_forget_server(server);
    if (frame.selection.server == server)
        show_selection(&nothing);
    tree_remove_server(server);
    /* The core still counts it now. */
    PostMessageW(frame.window, WM_APP_REFRESH, 0, 0);
}

static void server_changed(void *context, Server *server)
{
    (void)context;
    tree_server_changed(server);
    open_request_server_changed(server);
    if (frame.selection.server == server) {
        title_refresh();
        pages_show_tabs(&frame.selection);
        pages_refresh(server, NULL);
        frame_update_commands();
    }
    status_refresh();
}

static void inventory_changed(void *context, Server *server, const ChangeList *changes)
{
    (void)context;
    tree_inventory_changed(server, changes);
    open_request_server_changed(server);
    low_space_refresh(server);
    leave_gone_selection();
    if (frame.selection.server == server) {
        title_refresh();
        pages_show_tabs(&frame.selection);
        pages_refresh(server, changes);
        frame_update_commands();
    }
    status_refresh();
}

static void activities_changed(void *context)
{
    (void)context;
    tasks_pane_refresh();
    status_refresh();
    shell_news_activities();
}

static void upload_changed(void *context, Upload *upload)
{
    const Error *error = upload_error(upload);

    (void)context;
    /* Not at once: a dialog's message loop would drain the core inside its own drain. */
    if (upload_state(upload) == UPLOAD_FAILED && error && error->code == ERR_VOLUME_EXISTS)
        PostMessageW(frame.window, WM_APP_ASK_REPLACE, 0, (LPARAM)upload);
    else if (upload_state(upload) == UPLOAD_FAILED && error)
        frame_hint_error(error);
}

static void ask_replace(const Upload *wanted)
{
    Core *core = app_get()->core;

    for (size_t i = 0; i < core_upload_count(core); i++)
        if (core_upload_at(core, i) == wanted) {
            if (upload_state(wanted) == UPLOAD_FAILED)
                upload_ask_replace(frame.window, core_upload_at(core, i));
            return;
        }
}

static void prompt(void *context, Server *server, const Prompt *question)
{
    (void)context;
    prompt_dialog_show(frame.window, server, question);
}

static void prompt_withdrawn(void *context, Server *server)
{
    (void)context;
    prompt_dialog_withdraw(server);
}

static void secret_problem(void *context, Server *server, const Error *error)
{
    (void)context;
    (void)server;
    frame_hint_error(error);
}

static const CoreListener listener = {server_added, server_removed, server_changed, inventory_changed, activities_changed, upload_changed, prompt, prompt_withdrawn, secret_problem};

static _Atomic bool drain_posted;

void frame_wake(void *context)
{
    HWND window = app_get()->frame;

    (void)context;
    if (window && !atomic_exchange(&drain_posted, true))
        PostMessageW(window, WM_APP_DRAIN, 0, 0);
}

/* Cleared before draining: what comes meanwhile posts again. */
static void drain(void)
{
    static int64_t next;

    if (port_monotonic_ms() < next) {
        SetTimer(frame.window, DRAIN_TIMER, DRAIN_PAUSE_MS, NULL);
        return;
    }
    KillTimer(frame.window, DRAIN_TIMER);
    atomic_store(&drain_posted, false);
    if (app_get()->core && core_drain(app_get()->core, DRAIN_BUDGET_MS))
        frame_wake(NULL);
    next = port_monotonic_ms() + DRAIN_PAUSE_MS;
}

/* ---------------------------------------------------------------- keyboard */

const char *frame_topic(void)
{
    HWND focus = GetFocus();

    if (focus && IsChild(frame.nav, focus))
        return "tree";
    return focus && IsChild(frame.tasks, focus) ? "tasks" : pages_topic();
}

/* While a dialog is over it, the frame cannot hand the keyboard to the tree: done now, should it have got it meanwhile. */
static void on_enable(bool enabled)
{
    if (enabled && GetFocus() == frame.window)
        navigation_focus_tree();
}

static HWND next_pane(HWND focus)
{
    HWND panes[] = {frame.nav, frame.pages, frame.tasks};
    size_t now = 0;

    for (size_t i = 0; i < ARRAY_SIZE(panes); i++)
        if (panes[i] == focus || IsChild(panes[i], focus))
            now = i + 1;
    now %= ARRAY_SIZE(panes);
    return panes[now] == frame.tasks && !frame.tasks_shown ? frame.nav : panes[now];
}

static void go_to_next_pane(void)
{
    HWND pane = next_pane(GetFocus());

    if (pane == frame.nav)
        navigation_focus_tree();
    else if (pane == frame.pages)
        pages_focus();
    else
        tasks_pane_focus();
}

static bool translate_key(const MSG *message)
{
    bool shift = GetKeyState(VK_SHIFT) < 0, control = GetKeyState(VK_CONTROL) < 0;

    if (message->message != WM_KEYDOWN)
        return false;
    if (message->wParam == VK_F6) {
        go_to_next_pane();
        return true;
    }
    if (message->wParam == VK_ESCAPE && hint_shown() && !navigation_is_searching()) {
        hint_hide();
        return true;
    }
    if (message->wParam != VK_TAB)
        return false;
    if (control)
        pages_step(shift ? -1 : 1);
    else
        SetFocus(GetNextDlgTabItem(frame.window, GetFocus(), shift));
    return true;
}

bool frame_translate(MSG *message)
{
    if (message->hwnd != frame.window && !IsChild(frame.window, message->hwnd))
        return false;
    return TranslateAcceleratorW(frame.window, frame.keys, message) || translate_key(message);
}

/* ---------------------------------------------------------------- messages */

static void on_menu_select(WPARAM wparam)
{
    AUTO_FREE char *words = menu_explain(wparam, frame_command_selection());

    status_say(words);
}

static void on_dpi_changed(int dpi, const RECT *wanted)
{
    dpi_told(frame.window, dpi);
    SetWindowPos(frame.window, NULL, wanted->left, wanted->top, wanted->right - wanted->left, wanted->bottom - wanted->top, SWP_NOZORDER | SWP_NOACTIVATE);
    frame_restyle();
}

static void on_setting_change(UINT message, LPARAM area)
{
    bool fonts, colors;

    if (message == WM_SETTINGCHANGE && area && wcscmp((const wchar_t *)area, L"intl") == 0)
        preferences_formats_changed();
    fonts = dpi_on_setting_change(&frame.letters);
    colors = theme_on_setting_change(&frame.colors);
    if (message == WM_SYSCOLORCHANGE)
        theme_tell_children(frame.window);
    if (fonts || colors)
        frame_restyle();
}

static void limit_size(MINMAXINFO *info)
{
    MONITORINFO monitor = {.cbSize = sizeof monitor};
    int dpi = dpi_of(frame.window);

    GetMonitorInfoW(MonitorFromWindow(frame.window, MONITOR_DEFAULTTONEAREST), &monitor);
    /* With large text on a small screen the window still fits. */
    info->ptMinTrackSize.x = min(dpi_scale(dpi, LEAST_WIDTH), monitor.rcWork.right - monitor.rcWork.left);
    info->ptMinTrackSize.y = min(dpi_scale(dpi, LEAST_HEIGHT), monitor.rcWork.bottom - monitor.rcWork.top);
}

static void on_command(int id)
{
    if (id > COMMAND_MENU_BASE && id < COMMAND_MENU_BASE + COMMAND_END)
        command_run((CommandId)(id - COMMAND_MENU_BASE), frame_command_selection());
}

static void remember_places(void)
{
    placement_save(frame.window, settings(), "frame");
    settings_set_int(settings(), "frame.nav_width", frame.nav_width);
    settings_set_int(settings(), "frame.tasks_height", frame.tasks_height);
}

/* Windows ends and takes the program along: there may be no later. Or only the program shall end, because an update replaces its file. */
static void on_end_session(bool ends, bool only_program)
{
    if (!ends)
        return;
    remember_places();
    core_save_settings_now(app_get()->core);
    if (only_program)
        PostMessageW(frame.window, WM_CLOSE, 0, 0);
}

/* A second start. The sender waits: what it wants is done later. */
static LRESULT on_copy_data(const COPYDATASTRUCT *data)
{
    AUTO_FREE char *argument = instance_receive(data);

    if (argument)
        open_request_post(argument);
    return argument != NULL;
}

static void on_close(void)
{
    remember_places();
    ShowWindow(frame.window, SW_HIDE);
    DestroyWindow(frame.window);
}

static void on_tick(void)
{
    tree_tick();
    lock_tick();
    /* A crash takes no more along than what was set in the last second. Where nothing can be written, once more at the end is enough. */
    if (!core_settings_failed(app_get()->core))
        core_save_settings(app_get()->core);
    if (frame.selection.kind == OBJECT_HOST && server_state(frame.selection.server) == SERVER_RETRYING)
        title_refresh();
}

static void on_timer(UINT_PTR id)
{
    if (id == DRAIN_TIMER)
        drain();
    else
        on_tick();
}

static LRESULT on_notify(NMHDR *header)
{
    LRESULT result;

    return toolbar_notify(header, &result) ? result : 0;
}

static LRESULT erase(HDC dc)
{
    RECT client;

    GetClientRect(frame.window, &client);
    paint_fill(dc, &client, theme_color(THEME_PANEL));
    return 1;
}

/* While the program is locked these wait. */
static bool opens_window(UINT message) { return message == WM_APP_ASK_REPLACE || message == WM_APP_OPEN || message == WM_APP_IMPORT; }

static LRESULT CALLBACK frame_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    LRESULT result;

    if (frame.window && theme_menu_message(window, message, wparam, lparam, &result))
        return result;
    if (opens_window(message) && lock_defer(message, wparam, lparam))
        return 0;
    switch (message) {
    case WM_APP_DRAIN: drain(); return 0;
    case WM_APP_ASK_REPLACE: ask_replace((const Upload *)lparam); return 0;
    case WM_APP_IMPORT: server_import_go_on((void *)lparam); return 0;
    case WM_WTSSESSION_CHANGE: lock_on_session_change(wparam); return 0;
    case WM_APP_NOTIFY: shell_news_answer(lparam); return 0;
    case WM_APP_REFRESH:
        shell_news_servers();
        pages_show_tabs(&frame.selection);
        frame_refresh();
        empty_state_refresh();
        return 0;
    case WM_SIZE: layout(); return 0;
    case WM_COMMAND: on_command(LOWORD(wparam)); return 0;
    case WM_NOTIFY: return on_notify((NMHDR *)lparam);
    case WM_TIMER: on_timer(wparam); return 0;
    case WM_INITMENUPOPUP: menu_prepare((HMENU)wparam, frame_command_selection()); return 0;
    case WM_MENUSELECT: on_menu_select(wparam); return 0;
    case WM_DPICHANGED: on_dpi_changed(HIWORD(wparam), (const RECT *)lparam); return 0;
    case WM_GETMINMAXINFO: limit_size((MINMAXINFO *)lparam); return 0;
    case WM_SETTINGCHANGE:
    case WM_SYSCOLORCHANGE:
    case WM_THEMECHANGED: on_setting_change(message, lparam); return 0;
    case WM_DROPFILES: drop_files(window, wparam); return 0;
    case WM_ERASEBKGND: return erase((HDC)wparam);
    case WM_SETFOCUS: navigation_focus_tree(); return 0;
    case WM_ENABLE: on_enable(wparam != 0); return 0;
    case WM_ENDSESSION: on_end_session(wparam != 0, (lparam & ENDSESSION_CLOSEAPP) != 0); return 0;
    case WM_COPYDATA: return on_copy_data((const COPYDATASTRUCT *)lparam);
    case WM_APP_OPEN: open_request_run((char *)lparam); return 0;
    case WM_CLOSE: on_close(); return 0;
    case WM_DESTROY:
        lock_stop(window);
        core_set_listener(app_get()->core, NULL, NULL);
        pages_close();
        drop_revoke(window);
        shell_news_end();
        low_space_end();
        PostQuitMessage(0);
        return 0;
    default: return DefWindowProcW(window, message, wparam, lparam);
    }
}

/* ---------------------------------------------------------------- making */

static void make_panes(void)
{
    frame.toolbar = toolbar_create(frame.window);
    frame.hint = hint_create(frame.window, layout);
    frame.nav = navigation_create(frame.window);
    frame.nav_splitter = splitter_create(frame.window, true, nav_moved, NULL);
    frame.title = title_create(frame.window);
    frame.pages = pages_create(frame.window);
    frame.tasks_splitter = splitter_create(frame.window, false, tasks_moved, NULL);
    frame.tasks = tasks_pane_create(frame.window);
    frame.status = status_create(frame.window);
}

static void fill_from_core(void)
{
    Core *core = app_get()->core;
    Selection first = {0};

    for (size_t i = 0; i < core_server_count(core); i++)
        tree_add_server(core_server_at(core, i));
    if (core_server_count(core))
        first = selection_of_server(core_server_at(core, 0));
    frame_select(&first);
    core_set_listener(core, &listener, NULL);
}

bool frame_create(void)
{
    WNDCLASSW class = {.lpfnWndProc = frame_proc, .hInstance = app_get()->instance, .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW), .lpszClassName = FRAME_CLASS};

    RegisterClassW(&class);
    frame.window = CreateWindowExW(0, FRAME_CLASS, L"PoolCenter", WS_OVERLAPPEDWINDOW | WS_CLIPCHILDREN, CW_USEDEFAULT, CW_USEDEFAULT, 800, 600, NULL, NULL, class.hInstance, NULL);
    if (!frame.window)
        return false;
    app_get()->frame = frame.window;
    frame.nav_width = (int)settings_int(settings(), "frame.nav_width", NAV_WIDTH);
    frame.tasks_height = (int)settings_int(settings(), "frame.tasks_height", TASKS_HEIGHT);
    frame.toolbar_shown = settings_int(settings(), "frame.toolbar", 1) != 0;
    frame.tasks_shown = settings_int(settings(), "frame.tasks", 1) != 0;
    frame.keys = command_accelerators();
    dpi_on_setting_change(&frame.letters);
    theme_on_setting_change(&frame.colors);
    /* First, since its monitor decides on letters and icons. */
    frame.show = placement_restore(frame.window, settings(), "frame", WIDTH, HEIGHT);
    dress_window();
    make_panes();
    frame.made = true;
    fill_from_core();
    SetTimer(frame.window, TICK_TIMER, TICK_MS, NULL);
    drop_register(frame.window);
    lock_start(frame.window);
    instance_announce(frame.window);
    return true;
}

void frame_show(int show_command)
{
    theme_apply(frame.window);
    layout();
    ShowWindow(frame.window, show_command == SW_SHOWNORMAL || show_command == SW_SHOWDEFAULT ? frame.show : show_command);
    UpdateWindow(frame.window);
    navigation_focus_tree();
}
