/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recent tasks; see tasks_pane.h. Rows are the core's activities, newest first. UI thread. */
#include "client/ui/tasks_pane.h"

#include "client/core/format.h"
#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/win/accessible.h"
#include "client/win/accessible_toolbar.h"
#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/list.h"
#include "client/win/message.h"
#include "client/win/paint.h"
#include "client/win/panel.h"
#include "client/win/theme_menu.h"
#include "client/win/utf.h"

#include <commctrl.h>
#include <string.h>

enum { COLUMN_TASK, COLUMN_OBJECT, COLUMN_SERVER, COLUMN_PROGRESS, COLUMN_DETAIL, COLUMN_USER, COLUMN_STARTED };
enum { CAPTION_HEIGHT = 28, MARGIN = 8, LIST_ID = 20 };
enum { ACTION_CANCEL = 1, ACTION_RETRY, ACTION_SHOW_ERROR, ACTION_GO_TO, ACTION_COPY, ACTION_CLEAR, ACTION_HIDE };

static const ListColumn columns[] = {
    [COLUMN_TASK] = {"task", TEXT_TASKS_TASK, 190, false},
    [COLUMN_OBJECT] = {"object", TEXT_TASKS_OBJECT, 190, false},
    [COLUMN_SERVER] = {"server", TEXT_TASKS_SERVER, 130, false},
    [COLUMN_PROGRESS] = {"progress", TEXT_TASKS_PROGRESS, 130, false},
    [COLUMN_DETAIL] = {"detail", TEXT_TASKS_DETAIL, 315, false},
    [COLUMN_USER] = {"user", TEXT_TASKS_USER, 80, false},
    [COLUMN_STARTED] = {"started", TEXT_TASKS_STARTED, 155, false},
};

static struct {
    HWND window, tools;
    List *list;
} tasks;

static Core *core(void) { return app_get()->core; }

static const Activity *at(size_t row) { return row < activity_count(core()) ? activity_at(core(), row) : NULL; }

static const Activity *selected(void)
{
    size_t row = list_selected(tasks.list);

    return row == LIST_NONE ? NULL : at(row);
}

static bool runs(const Activity *activity) { return activity->state == TASK_STATE_RUNNING || activity->state == TASK_STATE_QUEUED; }

static bool failed(const Activity *activity) { return activity->state == TASK_STATE_FAILED; }

/* ---------------------------------------------------------------- rows */

static char *progress_text(const Activity *activity)
{
    AUTO_FREE char *percent = NULL;

    switch (activity->state) {
    case TASK_STATE_DONE: return x_strdup(text(TEXT_TASKS_DONE));
    case TASK_STATE_FAILED: return x_strdup(text(TEXT_TASKS_FAILED));
    case TASK_STATE_CANCELLED: return x_strdup(text(TEXT_TASKS_CANCELLED));
    case TASK_STATE_QUEUED: return x_strdup(text(TEXT_TASKS_QUEUED));
    default: break;
    }
    if (activity->permille < 0)
        return x_strdup(text(TEXT_TASKS_RUNNING));
    percent = x_printf("%d", activity->permille / 10);
    return text_format(TEXT_TASKS_PERCENT, percent, NULL);
}

static char *cell_text(void *context, size_t row, int column)
{
    const Activity *activity = at(row);

    (void)context;
    if (!activity)
        return x_strdup("");
    switch (column) {
    case COLUMN_TASK: return x_strdup(str_or_empty(activity->title));
    case COLUMN_OBJECT: return x_strdup(str_or_empty(activity->object_name));
    case COLUMN_SERVER: return x_strdup(activity->server ? server_name(activity->server) : "");
    case COLUMN_PROGRESS: return progress_text(activity);
    case COLUMN_DETAIL: return x_strdup(str_or_empty(activity->detail));
    case COLUMN_USER: return x_strdup(str_or_empty(activity->user));
    default: return format_time(activity->started);
    }
}

static const char *row_key(void *context, size_t row)
{
    const Activity *activity = at(row);

    (void)context;
    return activity ? activity->id : NULL;
}

static int row_icon(void *context, size_t row)
{
    static const int icons[TaskState_COUNT] = {
        [TASK_STATE_UNKNOWN] = ICON_QUESTION, [TASK_STATE_QUEUED] = ICON_CLOCK, [TASK_STATE_RUNNING] = ICON_TASK_RUNNING, [TASK_STATE_DONE] = ICON_TASK_DONE,
        [TASK_STATE_FAILED] = ICON_TASK_FAILED, [TASK_STATE_CANCELLED] = ICON_TASK_CANCELLED,
    };
    const Activity *activity = at(row);

    (void)context;
    return activity ? icons[activity->state] : 0;
}

static bool row_level(void *context, size_t row, int column, int *ret_permille, COLORREF *ret_color)
{
    const Activity *activity = at(row);

    (void)context;
    if (column != COLUMN_PROGRESS || !activity || activity->state != TASK_STATE_RUNNING)
        return false;
    *ret_permille = activity->permille;
    *ret_color = theme_color(THEME_ACCENT);
    return true;
}

static bool row_dim(void *context, size_t row)
{
    const Activity *activity = at(row);

    (void)context;
    return activity && activity->state == TASK_STATE_CANCELLED;
}

/* ---------------------------------------------------------------- actions */

static void show_error(const Activity *activity)
{
    AUTO_FREE char *title = text_format(TEXT_TASKS_OF, activity->title, activity->object_name, NULL);

    message_failure(app_get()->frame, title, activity->detail, activity->error_code);
}

/* What was made by the task had no id when it began, only a name. */
static const char *id_of_made(const Model *model, ObjectKind kind, const char *name)
{
    for (size_t i = 0; kind == OBJECT_DATASTORE && i < model_datastore_count(model); i++)
        if (str_equal(model_datastore_at(model, i)->name, name))
            return model_datastore_at(model, i)->id;
    for (size_t i = 0; kind == OBJECT_NETWORK && i < model_network_count(model); i++)
        if (!model_network_at(model, i)->host_bridge && str_equal(model_network_at(model, i)->name, name))
            return model_network_at(model, i)->id;
    return NULL;
}

/* The object itself; its server when it is gone. */
static Selection find_object(const Activity *activity)
{
    ObjectKind kind = activity->upload || activity->object_kind == OBJECT_VOLUME ? OBJECT_DATASTORE : activity->object_kind;
    const char *id = activity->upload ? upload_datastore(activity->upload) : activity->object_id;

    if (str_empty(id) && activity->server)
        id = id_of_made(server_model(activity->server), kind, activity->object_name);
    Selection selection = selection_make(activity->server, kind, str_or_empty(id));
    return activity->server && !str_empty(id) && kind != OBJECT_HOST && selection_exists(&selection) ? selection : selection_of_server(activity->server);
}

static void go_to(const Activity *activity)
{
    Selection selection = find_object(activity);

    if (selection.server)
        frame_select(&selection);
}

static bool can(int action, const Activity *activity)
{
    switch (action) {
    case ACTION_CANCEL: return activity && activity->cancellable && (runs(activity) || activity->upload);
    case ACTION_RETRY: return activity && activity->retryable;
    case ACTION_SHOW_ERROR: return activity && failed(activity) && !str_empty(activity->detail);
    case ACTION_GO_TO: return activity && activity->server;
    case ACTION_COPY: return activity != NULL;
    case ACTION_CLEAR: return activity_count(core()) > activity_running_count(core());
    default: return true;
    }
}

static void act(int action)
{
    const Activity *activity = selected();

    if (!can(action, activity))
        return;
    switch (action) {
    case ACTION_CANCEL: activity_cancel(core(), activity->id); break;
    case ACTION_RETRY: activity_retry(core(), activity->id); break;
    case ACTION_SHOW_ERROR: show_error(activity); break;
    case ACTION_GO_TO: go_to(activity); break;
    case ACTION_COPY: list_copy(tasks.list); break;
    case ACTION_CLEAR: activity_clear_ended(core()); break;
    default: frame_show_tasks(false);
    }
}

static void update_tools(void)
{
    static const int actions[] = {ACTION_CANCEL, ACTION_RETRY, ACTION_CLEAR};

    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        SendMessageW(tasks.tools, TB_ENABLEBUTTON, (WPARAM)actions[i], MAKELPARAM(can(actions[i], selected()), 0));
}

static void selection_changed(void *context)
{
    (void)context;
    update_tools();
}

static void activated(void *context, size_t row)
{
    const Activity *activity = at(row);

    (void)context;
    if (!activity)
        return;
    act(failed(activity) ? ACTION_SHOW_ERROR : ACTION_GO_TO);
}

static bool key_down(void *context, WORD key)
{
    (void)context;
    if (key == VK_DELETE)
        act(ACTION_CANCEL);
    return key == VK_DELETE;
}

static void append(HMENU menu, int action, TextId id, int icon)
{
    AUTO_FREE wchar_t *words = utf_text(id);

    theme_menu_append(menu, (UINT)action, words, icon, NULL, false, dpi_of(tasks.window));
    EnableMenuItem(menu, (UINT)action, MF_BYCOMMAND | (UINT)(can(action, selected()) ? MF_ENABLED : MF_GRAYED));
}

static void show_menu(void *context, POINT screen)
{
    HMENU menu = CreatePopupMenu();
    int action;

    (void)context;
    append(menu, ACTION_CANCEL, TEXT_TASKS_CANCEL, ICON_CANCEL);
    append(menu, ACTION_RETRY, TEXT_TASKS_RETRY, ICON_RETRY);
    append(menu, ACTION_SHOW_ERROR, TEXT_TASKS_SHOW_ERROR, ICON_ERROR);
    append(menu, ACTION_GO_TO, TEXT_TASKS_GO_TO, 0);
    theme_menu_separator(menu);
    append(menu, ACTION_COPY, TEXT_TASKS_COPY, 0);
    append(menu, ACTION_CLEAR, TEXT_COMMAND_CLEAR_TASKS, ICON_CLEAR);
    theme_menu_finish(menu);
    action = TrackPopupMenuEx(menu, TPM_RETURNCMD | TPM_RIGHTBUTTON, screen.x, screen.y, app_get()->frame, NULL);
    theme_menu_destroy(menu);
    if (action)
        act(action);
}

static const ListModel model = {
    .text = cell_text, .key = row_key, .icon = row_icon, .level = row_level, .dim = row_dim, .selected = selection_changed, .activated = activated, .menu = show_menu,
    .key_down = key_down,
};

/* ---------------------------------------------------------------- the pane */

static void layout(void)
{
    RECT client, last = {0};
    int dpi = dpi_of(tasks.window), caption = dpi_scale(dpi, CAPTION_HEIGHT), width;
    int count = (int)SendMessageW(tasks.tools, TB_BUTTONCOUNT, 0, 0);

    GetClientRect(tasks.window, &client);
    SendMessageW(tasks.tools, TB_GETITEMRECT, (WPARAM)(count - 1), (LPARAM)&last);
    width = last.right;
    MoveWindow(tasks.tools, client.right - width - dpi_scale(dpi, 4), (caption - last.bottom) / 2, width, last.bottom, TRUE);
    MoveWindow(list_window(tasks.list), 0, caption, client.right, client.bottom > caption ? client.bottom - caption : 0, TRUE);
    InvalidateRect(tasks.window, NULL, FALSE);
}

static void paint(void)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, tasks.window);
    AUTO_FREE wchar_t *words = utf_text(TEXT_TASKS_TITLE);
    int dpi = dpi_of(tasks.window);
    RECT place = {dpi_scale(dpi, MARGIN), 0, buffer.client.right, dpi_scale(dpi, CAPTION_HEIGHT)};

    paint_fill(dc, &buffer.client, theme_color(THEME_PANEL));
    paint_text(dc, &place, words, dpi_font(dpi, FONT_BOLD), theme_color(THEME_TEXT), DT_SINGLELINE | DT_VCENTER | DT_NOPREFIX);
    paint_end(&buffer);
}

static void give_tip(NMTBGETINFOTIPW *tip)
{
    static const TextId words[] = {[ACTION_CANCEL] = TEXT_TASKS_CANCEL_TIP, [ACTION_RETRY] = TEXT_TASKS_RETRY_TIP, [ACTION_CLEAR] = TEXT_TASKS_CLEAR_TIP, [ACTION_HIDE] = TEXT_TASKS_HIDE};
    AUTO_FREE wchar_t *wide = utf_text(words[tip->iItem]);

    if (tip->cchTextMax < 1)
        return;
    wcsncpy(tip->pszText, wide, (size_t)tip->cchTextMax - 1);
    tip->pszText[tip->cchTextMax - 1] = L'\0';
}

static bool handler(void *context, HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    NMHDR *header = (NMHDR *)lparam;

    (void)context;
    (void)window;
    *ret = 0;
    switch (message) {
    case WM_PAINT: paint(); return true;
    case WM_ERASEBKGND: *ret = 1; return true;
    case WM_SIZE: layout(); return true;
    case WM_COMMAND:
        if ((HWND)lparam == tasks.tools)
            act(LOWORD(wparam));
        return true;
    case WM_NOTIFY:
        if (header->hwndFrom != tasks.tools || header->code != TBN_GETINFOTIPW)
            return false;
        give_tip((NMTBGETINFOTIPW *)header);
        return true;
    default: return false;
    }
}

static void add_tool(int action, int icon)
{
    TBBUTTON button = {.iBitmap = icons_use(icon, dpi_of(tasks.tools), 16), .idCommand = action, .fsState = TBSTATE_ENABLED, .fsStyle = BTNS_BUTTON};

    SendMessageW(tasks.tools, TB_ADDBUTTONSW, 1, (LPARAM)&button);
}

void tasks_pane_refresh(void)
{
    list_update(tasks.list, activity_count(core()));
    update_tools();
}

void tasks_pane_restyle(void)
{
    int dpi = dpi_of(tasks.window), side = dpi_scale(dpi, 24);

    accessible_name(tasks.window, text(TEXT_TASKS_TITLE));
    accessible_name(tasks.tools, text(TEXT_ACCESSIBLE_TASK_TOOLS));
    accessible_name(list_window(tasks.list), text(TEXT_TASKS_TITLE));
    list_restyle(tasks.list);
    SendMessageW(tasks.tools, TB_SETIMAGELIST, 0, (LPARAM)icons_list(dpi, 16));
    SendMessageW(tasks.tools, TB_SETDISABLEDIMAGELIST, 0, (LPARAM)icons_disabled_list(dpi, 16));
    SendMessageW(tasks.tools, TB_SETBUTTONSIZE, 0, MAKELPARAM(side, side));
    layout();
}

void tasks_pane_focus(void) { SetFocus(list_window(tasks.list)); }

HWND tasks_pane_create(HWND parent)
{
    tasks.window = panel_create(parent, L"tasks", THEME_PANEL, handler, NULL);
    tasks.tools = CreateWindowExW(0, TOOLBARCLASSNAMEW, L"tasks tools", WS_CHILD | WS_VISIBLE | TBSTYLE_FLAT | TBSTYLE_TOOLTIPS | TBSTYLE_TRANSPARENT | CCS_NODIVIDER | CCS_NORESIZE | CCS_NOPARENTALIGN,
        0, 0, 0, 0, tasks.window, NULL, GetModuleHandleW(NULL), NULL);
    SendMessageW(tasks.tools, TB_BUTTONSTRUCTSIZE, sizeof(TBBUTTON), 0);
    accessible_toolbar(tasks.tools);
    SendMessageW(tasks.tools, TB_SETIMAGELIST, 0, (LPARAM)icons_list(dpi_of(parent), 16));
    add_tool(ACTION_CANCEL, ICON_CANCEL);
    add_tool(ACTION_RETRY, ICON_RETRY);
    add_tool(ACTION_CLEAR, ICON_CLEAR);
    add_tool(ACTION_HIDE, ICON_HIDE);
    tasks.list = list_create(tasks.window, LIST_ID, core_settings(core()), "tasks", columns, ARRAY_SIZE(columns), -1, &model, NULL);
    list_set_empty_text(tasks.list, TEXT_TASKS_EMPTY);
    tasks_pane_restyle();
    tasks_pane_refresh();
    return tasks.window;
}
