/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about tab controls, status bars, toolbars, tooltips and progress bars. */
#include <windows.h>
#include <commctrl.h>

#include <string.h>

#include "bars.h"
#include "command.h"
#include "target.h"
#include "windows.h"

#define PARTS_MAX 64

/* -- tabs ----------------------------------------------------------------------------------- */

static bool tab_text(HWND tabs, int index, wchar_t *ret_text, Answer *answer)
{
    Target *target = target_open(tabs, answer);
    TCITEMW item = {.mask = TCIF_TEXT, .cchTextMax = TARGET_TEXT_MAX};
    LRESULT done;

    if (target == NULL)
        return false;
    item.pszText = (wchar_t *)target_address(target, TARGET_TEXT);
    return target_write(target, TARGET_STRUCT, &item, sizeof(item), answer)
        && target_send(tabs, TCM_GETITEMW, (WPARAM)index, target_address(target, TARGET_STRUCT), &done, answer)
        && target_read(target, TARGET_STRUCT, &item, sizeof(item), answer)
        && target_read_text(target, item.pszText, ret_text, answer);
}

static bool run_tabs(Command *command, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    HWND tabs = command_window(command, 1);
    LRESULT count;

    if (!target_send(tabs, TCM_GETITEMCOUNT, 0, 0, &count, answer))
        return false;
    json_open(answer, '{');
    json_field_int(answer, "selected", target_ask(tabs, TCM_GETCURSEL, 0, 0));
    json_key(answer, "items");
    json_open(answer, '[');
    for (int i = 0; i < count; i++) {
        if (!tab_text(tabs, i, text, answer))
            return false;
        json_text(answer, text);
    }
    json_close(answer, ']');
    json_close(answer, '}');
    return true;
}

/* Setting the focus, unlike the selection, tells the parent. */
static bool run_tab_select(Command *command, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    HWND tabs = command_window(command, 1);
    LRESULT count, done;

    if (!target_send(tabs, TCM_GETITEMCOUNT, 0, 0, &count, answer))
        return false;
    for (int i = 0; i < count; i++) {
        if (!tab_text(tabs, i, text, answer))
            return false;
        if (wcscmp(text, command_text(command, 2)) == 0)
            return target_send(tabs, TCM_SETCURFOCUS, (WPARAM)i, 0, &done, answer);
    }
    return answer_fail(answer, "there is no tab '%s'", command_word(command, 2));
}

/* -- status bar ----------------------------------------------------------------------------- */

int status_parts(HWND status)
{
    return (int)target_ask(status, SB_GETPARTS, 0, 0);
}

bool status_text(HWND status, int part, wchar_t *ret_text, Answer *answer)
{
    Target *target = target_open(status, answer);
    wchar_t empty = L'\0';
    LRESULT length;

    /* A text longer than the block would be written past its end. */
    if (target == NULL || !target_send(status, SB_GETTEXTLENGTHW, (WPARAM)part, 0, &length, answer))
        return false;
    if (LOWORD(length) >= TARGET_TEXT_MAX)
        return answer_fail(answer, "part %d of the status bar is too long", part);
    return target_write(target, TARGET_TEXT, &empty, sizeof(empty), answer)
        && target_send(status, SB_GETTEXTW, (WPARAM)part, target_address(target, TARGET_TEXT), &length, answer)
        && target_read_text(target, target->block + TARGET_TEXT, ret_text, answer);
}

static bool run_status(Command *command, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    HWND status = command_window(command, 1);
    int parts = status_parts(status);

    json_open(answer, '[');
    for (int i = 0; i < parts && i < PARTS_MAX; i++) {
        if (!status_text(status, i, text, answer))
            return false;
        json_text(answer, text);
    }
    json_close(answer, ']');
    return true;
}

/* -- toolbar -------------------------------------------------------------------------------- */

bool toolbar_button(HWND toolbar, int index, TBBUTTON *ret_button, RECT *ret_rect, Answer *answer)
{
    Target *target = target_open(toolbar, answer);
    LRESULT done;

    return target != NULL
        && target_send(toolbar, TB_GETBUTTON, (WPARAM)index, target_address(target, TARGET_STRUCT), &done, answer)
        && target_read(target, TARGET_STRUCT, ret_button, sizeof(*ret_button), answer)
        && target_send(toolbar, TB_GETITEMRECT, (WPARAM)index, target_address(target, TARGET_STRUCT), &done, answer)
        && target_read(target, TARGET_STRUCT, ret_rect, sizeof(*ret_rect), answer);
}

static bool button_text(HWND toolbar, int id, wchar_t *ret_text, Answer *answer)
{
    Target *target = target_open(toolbar, answer);
    LRESULT length;

    ret_text[0] = L'\0';
    if (target == NULL || !target_send(toolbar, TB_GETBUTTONTEXTW, (WPARAM)id, 0, &length, answer))
        return false;
    if (length <= 0 || length >= TARGET_TEXT_MAX)
        return true;
    return target_send(toolbar, TB_GETBUTTONTEXTW, (WPARAM)id, target_address(target, TARGET_TEXT), &length, answer)
        && target_read_text(target, target->block + TARGET_TEXT, ret_text, answer);
}

static bool write_button(HWND toolbar, const TBBUTTON *button, RECT rect, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];

    if (!button_text(toolbar, button->idCommand, text, answer))
        return false;
    MapWindowPoints(toolbar, NULL, (POINT *)&rect, 2);
    json_open(answer, '{');
    json_field_int(answer, "id", button->idCommand);
    json_field_text(answer, "text", text);
    json_field_int(answer, "image", button->iBitmap);
    json_field_bool(answer, "enabled", (button->fsState & TBSTATE_ENABLED) != 0);
    json_field_bool(answer, "checked", (button->fsState & TBSTATE_CHECKED) != 0);
    json_field_bool(answer, "hidden", (button->fsState & TBSTATE_HIDDEN) != 0);
    json_field_bool(answer, "dropdown", (button->fsStyle & (BTNS_DROPDOWN | BTNS_WHOLEDROPDOWN)) != 0);
    json_key(answer, "rect");
    json_rect(answer, &rect);
    json_close(answer, '}');
    return true;
}

static bool run_toolbar(Command *command, Answer *answer)
{
    HWND toolbar = command_window(command, 1);
    LRESULT count;

    if (!target_send(toolbar, TB_BUTTONCOUNT, 0, 0, &count, answer))
        return false;
    json_open(answer, '[');
    for (int i = 0; i < count; i++) {
        TBBUTTON button;
        RECT rect;

        if (!toolbar_button(toolbar, i, &button, &rect, answer))
            return false;
        if (!(button.fsStyle & BTNS_SEP) && !write_button(toolbar, &button, rect, answer))
            return false;
    }
    json_close(answer, ']');
    return true;
}

/* The command itself, so that it works for buttons that a narrow window hides. */
static bool run_toolbar_press(Command *command, Answer *answer)
{
    HWND toolbar = command_window(command, 1);
    int id = (int)command_int(command, 2);
    LRESULT state;

    if (!target_send(toolbar, TB_GETSTATE, (WPARAM)id, 0, &state, answer))
        return false;
    if (state == -1)
        return answer_fail(answer, "the toolbar has no button with id %d", id);
    if (!(state & TBSTATE_ENABLED))
        return answer_fail(answer, "the toolbar button with id %d is disabled", id);
    PostMessageW(GetParent(toolbar), WM_COMMAND, (WPARAM)id, (LPARAM)toolbar);
    return true;
}

/* -- tooltip -------------------------------------------------------------------------------- */

static bool tip_text(Target *target, HWND tips, TTTOOLINFOW *tool, wchar_t *ret_text, Answer *answer)
{
    wchar_t empty = L'\0';
    LRESULT done;

    tool->lpszText = (wchar_t *)target_address(target, TARGET_TEXT);
    return target_write(target, TARGET_STRUCT, tool, sizeof(*tool), answer)
        && target_write(target, TARGET_TEXT, &empty, sizeof(empty), answer)
        && target_send(tips, TTM_GETTEXTW, TARGET_TEXT_MAX, target_address(target, TARGET_STRUCT), &done, answer)
        && target_read_text(target, target->block + TARGET_TEXT, ret_text, answer);
}

/* A toolbar's own tips by button id; otherwise word 2 is the tooltip window and word 3 a control (TTF_IDISHWND). */
static bool run_tooltip(Command *command, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    HWND window = command_window(command, 1);
    bool toolbar = target_has_class(window, TOOLBARCLASSNAMEW);
    HWND tips = toolbar ? (HWND)target_ask(window, TB_GETTOOLTIPS, 0, 0) : command_window(command, 2);
    Target *target = target_open(window, answer);
    TTTOOLINFOW tool = {.cbSize = sizeof(tool), .hwnd = window, .uId = (UINT_PTR)command_int(command, 2)};

    if (target == NULL)
        return false;
    if (!IsWindow(tips))
        return answer_fail(answer, "window %s has no tooltips", command_word(command, 1));
    if (!toolbar) {
        tool.hwnd = GetParent(window);
        tool.uId = (UINT_PTR)window;
        tool.uFlags = TTF_IDISHWND;
    }
    if (!tip_text(target, tips, &tool, text, answer))
        return false;
    json_text(answer, text);
    return true;
}

/* -- progress bar --------------------------------------------------------------------------- */

static bool run_progress(Command *command, Answer *answer)
{
    HWND bar = command_window(command, 1);
    LRESULT position;

    if (!target_send(bar, PBM_GETPOS, 0, 0, &position, answer))
        return false;
    json_open(answer, '{');
    json_field_int(answer, "position", position);
    json_field_int(answer, "low", target_ask(bar, PBM_GETRANGE, TRUE, 0));
    json_field_int(answer, "high", target_ask(bar, PBM_GETRANGE, FALSE, 0));
    json_field_int(answer, "state", target_ask(bar, PBM_GETSTATE, 0, 0));
    json_field_bool(answer, "marquee", (GetWindowLongW(bar, GWL_STYLE) & PBS_MARQUEE) != 0);
    json_close(answer, '}');
    return true;
}

const CommandEntry bar_commands[] = {
    {"tabs", 1, run_tabs, "HWND: texts and selection"},
    {"tab_select", 2, run_tab_select, "HWND TEXT"},
    {"status", 1, run_status, "HWND: texts of a status bar's parts"},
    {"toolbar", 1, run_toolbar, "HWND: id, text, state and rectangle of its buttons"},
    {"toolbar_press", 2, run_toolbar_press, "HWND ID: post its command"},
    {"tooltip", 2, run_tooltip, "TOOLBAR ID, or CONTROL TOOLTIP-HWND: the tip's text"},
    {"progress", 1, run_progress, "HWND"},
    {0},
};
