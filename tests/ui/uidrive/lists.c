/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about list views (owner-data ones, too), combo boxes and list boxes. */
#include "lists.h"

#include <commctrl.h>

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "windows.h"

int list_column_count(HWND list)
{
    HWND header = (HWND)target_ask(list, LVM_GETHEADER, 0, 0);
    int count = header != NULL ? (int)target_ask(header, HDM_GETITEMCOUNT, 0, 0) : 0;

    return count > 0 ? count : 1;
}

bool list_cell(HWND list, int row, int column, wchar_t *ret_text, Answer *answer)
{
    Target *target = target_open(list, answer);
    LVITEMW item = {.iSubItem = column, .cchTextMax = TARGET_TEXT_MAX};
    wchar_t empty = L'\0';
    LRESULT length;

    if (target == NULL)
        return false;
    item.pszText = (wchar_t *)target_address(target, TARGET_TEXT);
    if (!target_write(target, TARGET_STRUCT, &item, sizeof(item), answer)
        || !target_write(target, TARGET_TEXT, &empty, sizeof(empty), answer)
        || !target_send(list, LVM_GETITEMTEXTW, (WPARAM)row, target_address(target, TARGET_STRUCT), &length, answer)
        || !target_read(target, TARGET_STRUCT, &item, sizeof(item), answer))
        return false;
    return target_read_text(target, item.pszText, ret_text, answer);
}

int list_find(HWND list, int column, const wchar_t *text, Answer *answer)
{
    static wchar_t cell[TARGET_TEXT_MAX];
    int rows = (int)target_ask(list, LVM_GETITEMCOUNT, 0, 0);
    int first = column < 0 ? 0 : column;
    int last = column < 0 ? list_column_count(list) - 1 : column;

    for (int row = 0; row < rows; row++) {
        for (int at = first; at <= last; at++) {
            if (!list_cell(list, row, at, cell, answer))
                return -2;
            if (wcscmp(cell, text) == 0)
                return row;
        }
    }
    return -1;
}

static bool run_list_find(Command *command, Answer *answer)
{
    int column = command->count > 3 ? (int)command_int(command, 3) : -1;
    int row = list_find(command_window(command, 1), column, command_text(command, 2), answer);

    if (row == -1)
        return answer_fail(answer, "the list has no row with '%s'", command_word(command, 2));
    json_int(answer, row);
    return row >= 0;
}

/* -- columns -------------------------------------------------------------------------------- */

static bool write_column(Target *target, HWND header, int index, Answer *answer)
{
    HDITEMW item = {.mask = HDI_TEXT | HDI_WIDTH | HDI_FORMAT | HDI_ORDER, .cchTextMax = TARGET_TEXT_MAX};
    wchar_t text[TARGET_TEXT_MAX];
    LRESULT done;

    item.pszText = (wchar_t *)target_address(target, TARGET_TEXT);
    if (!target_write(target, TARGET_STRUCT, &item, sizeof(item), answer)
        || !target_send(header, HDM_GETITEMW, (WPARAM)index, target_address(target, TARGET_STRUCT), &done, answer)
        || !target_read(target, TARGET_STRUCT, &item, sizeof(item), answer)
        || !target_read_text(target, item.pszText, text, answer))
        return false;
    json_open(answer, '{');
    json_field_text(answer, "text", text);
    json_field_int(answer, "width", item.cxy);
    json_field_int(answer, "order", item.iOrder);
    json_field_int(answer, "sort", item.fmt & HDF_SORTUP ? 1 : item.fmt & HDF_SORTDOWN ? -1 : 0);
    json_close(answer, '}');
    return true;
}

static bool run_columns(Command *command, Answer *answer)
{
    HWND list = command_window(command, 1);
    HWND header = target_has_class(list, WC_HEADERW) ? list : (HWND)target_ask(list, LVM_GETHEADER, 0, 0);
    Target *target = target_open(list, answer);
    int count = header != NULL ? (int)target_ask(header, HDM_GETITEMCOUNT, 0, 0) : 0;

    if (target == NULL)
        return false;
    json_open(answer, '[');
    for (int i = 0; i < count; i++)
        if (!write_column(target, header, i, answer))
            return false;
    json_close(answer, ']');
    return true;
}

/* A click on a column's title, as sorting wants it. */
static bool run_column_click(Command *command, Answer *answer)
{
    HWND header = (HWND)target_ask(command_window(command, 1), LVM_GETHEADER, 0, 0);
    Target *target = target_open(command_window(command, 1), answer);
    RECT rect = {0};
    LRESULT done;
    LPARAM point;

    if (target == NULL || !target_send(header, HDM_GETITEMRECT, (WPARAM)command_int(command, 2),
                                       target_address(target, TARGET_STRUCT), &done, answer)
        || !target_read(target, TARGET_STRUCT, &rect, sizeof(rect), answer))
        return false;
    point = MAKELPARAM((rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2);
    PostMessageW(header, WM_LBUTTONDOWN, MK_LBUTTON, point);
    PostMessageW(header, WM_LBUTTONUP, 0, point);
    return true;
}

/* -- rows ----------------------------------------------------------------------------------- */

static bool run_list(Command *command, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    HWND list = command_window(command, 1);
    int rows = (int)target_ask(list, LVM_GETITEMCOUNT, 0, 0);
    int first = (int)command_int(command, 2);
    int wanted = command->count > 3 ? (int)command_int(command, 3) : rows;
    int columns = list_column_count(list);

    json_open(answer, '[');
    for (int row = first; row < rows && row < first + wanted; row++) {
        json_open(answer, '[');
        for (int column = 0; column < columns; column++) {
            if (!list_cell(list, row, column, text, answer))
                return false;
            json_text(answer, text);
        }
        json_close(answer, ']');
    }
    json_close(answer, ']');
    return true;
}

static bool run_list_count(Command *command, Answer *answer)
{
    LRESULT count;

    if (!target_send(command_window(command, 1), LVM_GETITEMCOUNT, 0, 0, &count, answer))
        return false;
    json_int(answer, count);
    return true;
}

static bool run_list_cell(Command *command, Answer *answer)
{
    wchar_t text[TARGET_TEXT_MAX];

    if (!list_cell(command_window(command, 1), (int)command_int(command, 2), (int)command_int(command, 3), text, answer))
        return false;
    json_text(answer, text);
    return true;
}

static bool write_item_rect(Target *target, HWND list, int row, Answer *answer)
{
    RECT rect = {.left = LVIR_BOUNDS};
    LRESULT done;

    if (!target_write(target, TARGET_STRUCT, &rect, sizeof(rect), answer)
        || !target_send(list, LVM_GETITEMRECT, (WPARAM)row, target_address(target, TARGET_STRUCT), &done, answer)
        || !target_read(target, TARGET_STRUCT, &rect, sizeof(rect), answer))
        return false;
    MapWindowPoints(list, NULL, (POINT *)&rect, 2);
    json_key(answer, "rect");
    json_rect(answer, &rect);
    return true;
}

static bool run_list_item(Command *command, Answer *answer)
{
    HWND list = command_window(command, 1);
    int row = (int)command_int(command, 2);
    Target *target = target_open(list, answer);
    LVITEMW item = {.mask = LVIF_STATE | LVIF_IMAGE, .iItem = row, .stateMask = ~0u};
    LRESULT done;

    if (target == NULL || !target_write(target, TARGET_STRUCT, &item, sizeof(item), answer)
        || !target_send(list, LVM_GETITEMW, 0, target_address(target, TARGET_STRUCT), &done, answer)
        || !target_read(target, TARGET_STRUCT, &item, sizeof(item), answer))
        return false;
    if (!done)
        return answer_fail(answer, "the list has no row %d", row);
    json_open(answer, '{');
    json_field_bool(answer, "selected", (item.state & LVIS_SELECTED) != 0);
    json_field_bool(answer, "focused", (item.state & LVIS_FOCUSED) != 0);
    json_field_bool(answer, "cut", (item.state & LVIS_CUT) != 0);
    json_field_int(answer, "image", item.iImage);
    json_field_int(answer, "state_image", (item.state & LVIS_STATEIMAGEMASK) >> 12);
    json_field_int(answer, "overlay", (item.state & LVIS_OVERLAYMASK) >> 8);
    if (!write_item_rect(target, list, row, answer))
        return false;
    json_close(answer, '}');
    return true;
}

static bool run_list_selected(Command *command, Answer *answer)
{
    HWND list = command_window(command, 1);
    LRESULT row = -1;

    json_open(answer, '[');
    while (target_send(list, LVM_GETNEXTITEM, (WPARAM)row, LVNI_SELECTED, &row, answer) && row >= 0)
        json_int(answer, row);
    json_close(answer, ']');
    return !answer->failed;
}

static bool set_item_state(Target *target, HWND list, int row, UINT state, UINT mask, Answer *answer)
{
    LVITEMW item = {.state = state, .stateMask = mask};
    LRESULT done;

    return target_write(target, TARGET_STRUCT, &item, sizeof(item), answer)
        && target_send(list, LVM_SETITEMSTATE, (WPARAM)row, target_address(target, TARGET_STRUCT), &done, answer);
}

/* Select the rows of words 2 and up, and nothing else; the last one gets the focus. */
static bool run_list_select(Command *command, Answer *answer)
{
    HWND list = command_window(command, 1);
    Target *target = target_open(list, answer);
    int rows = (int)target_ask(list, LVM_GETITEMCOUNT, 0, 0);

    if (target == NULL || !set_item_state(target, list, -1, 0, LVIS_SELECTED, answer))
        return false;
    for (int i = 2; i < command->count; i++) {
        int row = (int)command_int(command, i);
        UINT state = LVIS_SELECTED | (i == command->count - 1 ? LVIS_FOCUSED : 0u);

        if (row < 0 || row >= rows)
            return answer_fail(answer, "the list has no row %d, only %d rows", row, rows);
        if (!set_item_state(target, list, row, state, state, answer))
            return false;
        target_ask(list, LVM_ENSUREVISIBLE, (WPARAM)row, FALSE);
    }
    return true;
}

/* The state image 2 is the checked box of LVS_EX_CHECKBOXES. */
static bool run_list_check(Command *command, Answer *answer)
{
    HWND list = command_window(command, 1);
    Target *target = target_open(list, answer);
    UINT state = (UINT)INDEXTOSTATEIMAGEMASK(command_int(command, 3) ? 2 : 1);

    return target != NULL
        && set_item_state(target, list, (int)command_int(command, 2), state, LVIS_STATEIMAGEMASK, answer);
}

static bool run_list_double_click(Command *command, Answer *answer)
{
    HWND list = command_window(command, 1);
    Target *target = target_open(list, answer);
    RECT rect = {.left = LVIR_LABEL};
    LRESULT done;

    if (target == NULL || !run_list_select(command, answer)
        || !target_write(target, TARGET_STRUCT, &rect, sizeof(rect), answer)
        || !target_send(list, LVM_GETITEMRECT, (WPARAM)command_int(command, 2), target_address(target, TARGET_STRUCT),
                        &done, answer)
        || !target_read(target, TARGET_STRUCT, &rect, sizeof(rect), answer))
        return false;
    PostMessageW(list, WM_LBUTTONDBLCLK, MK_LBUTTON, MAKELPARAM(rect.left + 4, (rect.top + rect.bottom) / 2));
    return true;
}

/* -- combo boxes and list boxes ------------------------------------------------------------- */

typedef struct BoxMessages {
    UINT count, length, text, selected, select;
    WORD changed;
} BoxMessages;

static BoxMessages box_messages(HWND window)
{
    if (target_has_class(window, WC_LISTBOXW))
        return (BoxMessages){LB_GETCOUNT, LB_GETTEXTLEN, LB_GETTEXT, LB_GETCURSEL, LB_SETCURSEL, LBN_SELCHANGE};
    return (BoxMessages){CB_GETCOUNT, CB_GETLBTEXTLEN, CB_GETLBTEXT, CB_GETCURSEL, CB_SETCURSEL, CBN_SELCHANGE};
}

/* Never NULL; the caller frees it. The system itself carries these texts from process to process. */
static wchar_t *box_text(HWND window, const BoxMessages *messages, int index)
{
    LRESULT length = target_ask(window, messages->length, (WPARAM)index, 0);
    wchar_t *text = calloc((size_t)(length > 0 ? length : 0) + 2, sizeof(wchar_t));

    if (text == NULL)
        abort();
    if (length > 0)
        target_ask(window, messages->text, (WPARAM)index, (LPARAM)text);
    return text;
}

static bool run_box(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    BoxMessages messages = box_messages(window);
    LRESULT count;

    if (!target_send(window, messages.count, 0, 0, &count, answer))
        return false;
    json_open(answer, '{');
    json_field_int(answer, "selected", target_ask(window, messages.selected, 0, 0));
    json_key(answer, "items");
    json_open(answer, '[');
    for (int i = 0; i < count; i++) {
        wchar_t *text = box_text(window, &messages, i);

        json_text(answer, text);
        free(text);
    }
    json_close(answer, ']');
    json_close(answer, '}');
    return true;
}

/* Setting the selection by message is silent, so the parent is told what a user's choice would tell it. */
static bool run_box_select(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);
    BoxMessages messages = box_messages(window);
    LRESULT count, done;

    if (!target_send(window, messages.count, 0, 0, &count, answer))
        return false;
    for (int i = 0; i < count; i++) {
        wchar_t *text = box_text(window, &messages, i);
        bool same = wcscmp(text, command_text(command, 2)) == 0;

        free(text);
        if (!same)
            continue;
        return target_send(window, messages.select, (WPARAM)i, 0, &done, answer)
            && target_send(GetParent(window), WM_COMMAND, MAKEWPARAM(GetDlgCtrlID(window), messages.changed),
                           (LPARAM)window, &done, answer);
    }
    return answer_fail(answer, "the box has no item '%s'", command_word(command, 2));
}

const CommandEntry list_commands[] = {
    {"list", 1, run_list, "HWND [FIRST] [COUNT]: texts of all columns, row by row"},
    {"list_count", 1, run_list_count, "HWND"},
    {"list_columns", 1, run_columns, "HWND: text, width, order, sort arrow"},
    {"list_column_click", 2, run_column_click, "HWND COLUMN"},
    {"list_cell", 3, run_list_cell, "HWND ROW COLUMN"},
    {"list_find", 2, run_list_find, "HWND TEXT [COLUMN]: first row with exactly that text"},
    {"list_item", 2, run_list_item, "HWND ROW: selected, image, state, rectangle on the screen"},
    {"list_selected", 1, run_list_selected, "HWND: selected rows"},
    {"list_select", 2, run_list_select, "HWND ROW...: these and no others"},
    {"list_check", 3, run_list_check, "HWND ROW 0|1: its check box"},
    {"list_double_click", 2, run_list_double_click, "HWND ROW"},
    {"box", 1, run_box, "HWND: items and selection of a combo box or list box"},
    {"box_select", 2, run_box_select, "HWND TEXT: and tell its parent"},
    {0},
};
