/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about windows and simple controls: list, find, children, text, click. */
#include "windows.h"

#include <commctrl.h>
#include <dlgs.h>

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "target.h"

#define TITLE_MAX 512

typedef struct Search {
    const WindowFilter *filter;
    HWND found;
    Answer *answer;
    bool all;                       /* also invisible ones */
} Search;

typedef struct Visit {
    WindowVisit visit;
    void *context;
    int id;
    HWND found;
} Visit;

/* Unlike WM_GETTEXT this does not ask the window, so a hung one cannot hold us. */
static void window_title(HWND window, wchar_t *ret_title)
{
    ret_title[0] = L'\0';
    InternalGetWindowText(window, ret_title, TITLE_MAX);
}

static bool window_matches(HWND window, const WindowFilter *filter)
{
    wchar_t title[TITLE_MAX];
    DWORD pid = 0;

    GetWindowThreadProcessId(window, &pid);
    if (filter->pid != 0 && filter->pid != pid)
        return false;
    if (filter->class_name[0] != L'\0' && !target_has_class(window, filter->class_name))
        return false;
    /* Asked apart: Wine's wcsstr finds no empty text in an empty one. */
    if (filter->title[0] == L'\0')
        return true;
    window_title(window, title);
    return wcsstr(title, filter->title) != NULL;
}

static BOOL CALLBACK find_one(HWND window, LPARAM parameter)
{
    Search *search = (Search *)parameter;

    if (!IsWindowVisible(window) || !window_matches(window, search->filter))
        return TRUE;
    search->found = window;
    return FALSE;
}

HWND window_find(const WindowFilter *filter)
{
    Search search = {.filter = filter};

    EnumWindows(find_one, (LPARAM)&search);
    return search.found;
}

void json_rect(Answer *answer, const RECT *rect)
{
    json_open(answer, '[');
    json_int(answer, rect->left);
    json_int(answer, rect->top);
    json_int(answer, rect->right);
    json_int(answer, rect->bottom);
    json_close(answer, ']');
}

static void describe_common(HWND window, Answer *answer)
{
    wchar_t class_name[128];
    LONG style = GetWindowLongW(window, GWL_STYLE);
    RECT rect = {0};

    GetWindowRect(window, &rect);
    target_class(window, class_name, 128);
    json_field_int(answer, "hwnd", (INT_PTR)window);
    json_field_text(answer, "class", class_name);
    json_field_bool(answer, "visible", IsWindowVisible(window));
    json_field_bool(answer, "enabled", IsWindowEnabled(window));
    json_field_int(answer, "style", (long long)(DWORD)style);
    json_key(answer, "rect");
    json_rect(answer, &rect);
    json_field_int(answer, "parent", (INT_PTR)GetAncestor(window, GA_PARENT));
}

static void describe_top(HWND window, Answer *answer)
{
    wchar_t title[TITLE_MAX];
    DWORD pid = 0;
    DWORD thread = GetWindowThreadProcessId(window, &pid);

    window_title(window, title);
    json_field_text(answer, "title", title);
    json_field_int(answer, "pid", (long long)pid);
    json_field_int(answer, "thread", (long long)thread);
    json_field_int(answer, "owner", (INT_PTR)GetWindow(window, GW_OWNER));
    json_field_bool(answer, "minimized", IsIconic(window));
    json_field_bool(answer, "maximized", IsZoomed(window));
    json_field_bool(answer, "foreground", GetForegroundWindow() == window);
}

static void describe_child(HWND window, Answer *answer)
{
    wchar_t *text = target_window_text(window);

    json_field_int(answer, "id", GetDlgCtrlID(window));
    json_field_text(answer, "text", text);
    if (target_has_class(window, WC_BUTTONW))
        json_field_int(answer, "checked", target_ask(window, BM_GETCHECK, 0, 0));
    free(text);
}

void window_describe(HWND window, Answer *answer)
{
    json_open(answer, '{');
    describe_common(window, answer);
    if (GetWindowLongW(window, GWL_STYLE) & WS_CHILD)
        describe_child(window, answer);
    else
        describe_top(window, answer);
    json_close(answer, '}');
}

static BOOL CALLBACK visit_child(HWND window, LPARAM parameter)
{
    Visit *visit = (Visit *)parameter;

    return visit->visit(window, visit->context);
}

void window_each_child(HWND parent, WindowVisit visit, void *context)
{
    Visit parameter = {.visit = visit, .context = context};

    EnumChildWindows(parent, visit_child, (LPARAM)&parameter);
}

static bool child_has_id(HWND window, void *context)
{
    Visit *visit = context;

    if (GetDlgCtrlID(window) != visit->id)
        return true;
    if (visit->found == NULL || IsWindowVisible(window))
        visit->found = window;
    return !IsWindowVisible(window);
}

HWND window_child(HWND parent, int id)
{
    Visit visit = {.id = id};

    window_each_child(parent, child_has_id, &visit);
    return visit.found;
}

/* -- commands ------------------------------------------------------------------------------- */

static bool need_window(HWND window, Answer *answer)
{
    return IsWindow(window) || answer_fail(answer, "there is no window %lld", (long long)(INT_PTR)window);
}

static WindowFilter filter_of(Command *command, int first)
{
    return (WindowFilter){
        .title = command_text(command, first),
        .class_name = command_text(command, first + 1),
        .pid = (DWORD)command_int(command, first + 2),
    };
}

static BOOL CALLBACK list_one(HWND window, LPARAM parameter)
{
    Search *search = (Search *)parameter;

    if ((search->all || IsWindowVisible(window)) && window_matches(window, search->filter))
        window_describe(window, search->answer);
    return TRUE;
}

static bool run_windows(Command *command, Answer *answer)
{
    WindowFilter filter = {.title = L"", .class_name = L"", .pid = (DWORD)command_int(command, 2)};
    Search search = {.filter = &filter, .answer = answer, .all = command_int(command, 1) != 0};

    json_open(answer, '[');
    EnumWindows(list_one, (LPARAM)&search);
    json_close(answer, ']');
    return true;
}

static bool run_find(Command *command, Answer *answer)
{
    WindowFilter filter = filter_of(command, 1);
    HWND window = window_find(&filter);

    if (window == NULL)
        return answer_fail(answer, "no visible window with title '%s' and class '%s'", command_word(command, 1),
                           command_word(command, 2));
    window_describe(window, answer);
    return true;
}

static bool run_info(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    window_describe(window, answer);
    return true;
}

static bool list_child(HWND window, void *context)
{
    window_describe(window, context);
    return true;
}

static bool run_children(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    json_open(answer, '[');
    window_each_child(window, list_child, answer);
    json_close(answer, ']');
    return true;
}

static bool run_child(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    HWND child = window_child(window, (int)command_int(command, 2));

    if (child == NULL)
        return answer_fail(answer, "window %s has no control with id %s", command_word(command, 1),
                           command_word(command, 2));
    window_describe(child, answer);
    return true;
}

static bool run_text(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    LRESULT length;
    wchar_t *text;

    if (!target_send(window, WM_GETTEXTLENGTH, 0, 0, &length, answer))
        return false;
    text = target_window_text(window);
    json_text(answer, text);
    free(text);
    return true;
}

static bool run_set_text(Command *command, Answer *answer)
{
    LRESULT result;

    return target_send(command_window(command, 1), WM_SETTEXT, 0, (LPARAM)command_text(command, 2), &result, answer);
}

/* As if typed: a multi-line edit control tells its parent nothing about WM_SETTEXT. */
static bool run_edit(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    LRESULT result;

    if (!IsWindowEnabled(window) || (GetWindowLongW(window, GWL_STYLE) & ES_READONLY))
        return answer_fail(answer, "edit control %s is disabled or read-only", command_word(command, 1));
    return target_send(window, EM_SETSEL, 0, -1, &result, answer)
        && target_send(window, EM_REPLACESEL, TRUE, (LPARAM)command_text(command, 2), &result, answer);
}

/* Posted, because the click may open a modal dialog that does not return. */
static bool run_click(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    if (!IsWindowEnabled(window) || !IsWindowVisible(window))
        return answer_fail(answer, "control %s is disabled or hidden", command_word(command, 1));
    PostMessageW(window, BM_CLICK, 0, 0);
    return true;
}

static bool run_command(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    PostMessageW(window, WM_COMMAND, MAKEWPARAM(command_int(command, 2), command_int(command, 3)), command_int(command, 4));
    return true;
}

static bool run_send(Command *command, Answer *answer)
{
    LRESULT result;

    if (!target_send(command_window(command, 1), (UINT)command_int(command, 2), (WPARAM)command_int(command, 3),
                     (LPARAM)command_int(command, 4), &result, answer))
        return false;
    json_int(answer, result);
    return true;
}

static bool run_post(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    PostMessageW(window, (UINT)command_int(command, 2), (WPARAM)command_int(command, 3), (LPARAM)command_int(command, 4));
    return true;
}

static bool run_close(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    PostMessageW(window, WM_CLOSE, 0, 0);
    return true;
}

static bool run_move(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    SetWindowPos(window, NULL, (int)command_int(command, 2), (int)command_int(command, 3), (int)command_int(command, 4),
                 (int)command_int(command, 5), SWP_NOZORDER | SWP_NOACTIVATE);
    window_describe(window, answer);
    return true;
}

static bool run_show(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    if (!need_window(window, answer))
        return false;
    ShowWindowAsync(window, (int)command_int(command, 2));
    return true;
}

/* Round trip through the window's thread, in microseconds: how long it keeps a user waiting now. */
static bool run_ping(Command *command, Answer *answer)
{
    LARGE_INTEGER start, end, frequency;
    LRESULT result;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&start);
    if (!target_send(command_window(command, 1), WM_NULL, 0, 0, &result, answer))
        return false;
    QueryPerformanceCounter(&end);
    json_int(answer, (end.QuadPart - start.QuadPart) * 1000000 / frequency.QuadPart);
    return true;
}

/* A busy machine lets a program answer messages long before it paints, which it does when nothing else is to do. */
static bool run_painted(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    Target *target = target_open(window, answer);
    ULONG_PTR arguments[] = {(ULONG_PTR)window, 0, 0, RDW_UPDATENOW | RDW_ALLCHILDREN}, done;

    return target != NULL && target_call(target, L"user32.dll", "RedrawWindow", 4, arguments, &done, answer) && run_ping(command, answer);
}

typedef struct DialogPart {
    Answer *answer;
    bool buttons;
} DialogPart;

static bool is_push_button(HWND window)
{
    LONG type = GetWindowLongW(window, GWL_STYLE) & BS_TYPEMASK;

    return target_has_class(window, WC_BUTTONW) && type != BS_GROUPBOX;
}

static bool list_dialog_part(HWND window, void *context)
{
    const DialogPart *part = context;
    wchar_t *text;

    if (!IsWindowVisible(window) || is_push_button(window) != part->buttons)
        return true;
    if (part->buttons) {
        window_describe(window, part->answer);
        return true;
    }
    text = target_window_text(window);
    if (text[0] != L'\0' && (target_has_class(window, WC_STATICW) || target_has_class(window, WC_LINK)))
        json_text(part->answer, text);
    free(text);
    return true;
}

/* A message box, task dialog or any other dialog, as a reader sees it. */
static bool run_dialog(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    wchar_t title[TITLE_MAX];
    DialogPart part = {.answer = answer};

    if (!need_window(window, answer))
        return false;
    window_title(window, title);
    json_open(answer, '{');
    json_field_int(answer, "hwnd", (INT_PTR)window);
    json_field_text(answer, "title", title);
    json_key(answer, "texts");
    json_open(answer, '[');
    window_each_child(window, list_dialog_part, &part);
    json_close(answer, ']');
    part.buttons = true;
    json_key(answer, "buttons");
    json_open(answer, '[');
    window_each_child(window, list_dialog_part, &part);
    json_close(answer, ']');
    json_close(answer, '}');
    return true;
}

typedef struct ButtonSearch {
    const wchar_t *text;
    HWND found;
} ButtonSearch;

/* Compare texts, the access key's & left out. */
static bool text_equals_plain(const wchar_t *text, const wchar_t *plain)
{
    for (; *text != L'\0'; text++) {
        if (*text == L'&' && text[1] != L'\0')
            text++;
        if (*text != *plain)
            return false;
        plain++;
    }
    return *plain == L'\0';
}

static bool button_has_text(HWND window, void *context)
{
    ButtonSearch *search = context;
    wchar_t *text = target_window_text(window);

    if (IsWindowVisible(window) && is_push_button(window) && text_equals_plain(text, search->text))
        search->found = window;
    free(text);
    return search->found == NULL;
}

static bool run_press(Command *command, Answer *answer)
{
    ButtonSearch search = {.text = command_text(command, 2)};

    if (!need_window(command_window(command, 1), answer))
        return false;
    window_each_child(command_window(command, 1), button_has_text, &search);
    if (search.found == NULL)
        return answer_fail(answer, "window %s has no button '%s'", command_word(command, 1), command_word(command, 2));
    if (!IsWindowEnabled(search.found))
        return answer_fail(answer, "the button '%s' is disabled", command_word(command, 2));
    PostMessageW(search.found, BM_CLICK, 0, 0);
    return true;
}

const CommandEntry window_commands[] = {
    {"windows", 0, run_windows, "[ALL] [PID]: top-level windows"},
    {"find", 1, run_find, "TITLE [CLASS] [PID]: first visible top-level window whose title contains TITLE"},
    {"info", 1, run_info, "HWND"},
    {"children", 1, run_children, "HWND: all controls below it"},
    {"child", 2, run_child, "HWND ID: the control with that id"},
    {"text", 1, run_text, "HWND: its WM_GETTEXT"},
    {"set_text", 2, run_set_text, "HWND TEXT: WM_SETTEXT"},
    {"edit", 2, run_edit, "HWND TEXT: replace all, as if typed"},
    {"click", 1, run_click, "HWND: post BM_CLICK"},
    {"command", 2, run_command, "HWND ID [CODE] [CONTROL]: post WM_COMMAND"},
    {"send", 2, run_send, "HWND MESSAGE [WPARAM] [LPARAM]"},
    {"post", 2, run_post, "HWND MESSAGE [WPARAM] [LPARAM]"},
    {"close", 1, run_close, "HWND: post WM_CLOSE"},
    {"move", 5, run_move, "HWND X Y WIDTH HEIGHT"},
    {"show", 2, run_show, "HWND SW_VALUE"},
    {"ping", 1, run_ping, "HWND: microseconds its thread needs to answer"},
    {"painted", 1, run_painted, "HWND: the same, once it and its controls have painted what they had to"},
    {"dialog", 1, run_dialog, "HWND: title, texts and buttons"},
    {"press", 2, run_press, "HWND TEXT: post a click to the button of that text (without &)"},
    {0},
};
