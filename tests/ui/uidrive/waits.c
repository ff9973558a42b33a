/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command `wait`: look again and again, here and not in Python, until something is so. Each
 * condition also writes what it sees, so that a failure can say what was there instead.
 */
#include <windows.h>
#include <commctrl.h>

#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "command.h"
#include "lists.h"
#include "target.h"
#include "tree.h"
#include "windows.h"

#define POLL_MS 10
#define ARGUMENT 3                  /* word of a condition's first argument: wait MS NAME ARGUMENT... */

typedef bool (*Condition)(Command *command, Answer *answer);

static bool see_window(Command *command, Answer *answer)
{
    WindowFilter filter = {
        .title = command_text(command, ARGUMENT),
        .class_name = command_text(command, ARGUMENT + 1),
        .pid = (DWORD)command_int(command, ARGUMENT + 2),
    };
    HWND window = window_find(&filter);

    if (window != NULL)
        window_describe(window, answer);
    return window != NULL;
}

static bool see_gone(Command *command, Answer *answer)
{
    HWND window = command_window(command, ARGUMENT);
    bool there = IsWindow(window) && IsWindowVisible(window);

    if (there)
        window_describe(window, answer);
    return !there;
}

static bool see_child(Command *command, Answer *answer)
{
    HWND child = window_child(command_window(command, ARGUMENT), (int)command_int(command, ARGUMENT + 1));

    if (child != NULL)
        window_describe(child, answer);
    return child != NULL && IsWindowVisible(child);
}

static bool see_text(Command *command, Answer *answer)
{
    wchar_t *text = target_window_text(command_window(command, ARGUMENT));
    bool same = wcscmp(text, command_text(command, ARGUMENT + 1)) == 0;

    json_text(answer, text);
    free(text);
    return same;
}

static bool see_contains(Command *command, Answer *answer)
{
    wchar_t *text = target_window_text(command_window(command, ARGUMENT));
    bool contains = wcsstr(text, command_text(command, ARGUMENT + 1)) != NULL;

    json_text(answer, text);
    free(text);
    return contains;
}

static bool see_enabled(Command *command, Answer *answer)
{
    bool enabled = IsWindowEnabled(command_window(command, ARGUMENT));

    json_bool(answer, enabled);
    return enabled == (command->count <= ARGUMENT + 1 || command_int(command, ARGUMENT + 1) != 0);
}

static bool see_visible(Command *command, Answer *answer)
{
    bool visible = IsWindowVisible(command_window(command, ARGUMENT));

    json_bool(answer, visible);
    return visible == (command->count <= ARGUMENT + 1 || command_int(command, ARGUMENT + 1) != 0);
}

static bool see_tree(Command *command, Answer *answer)
{
    HTREEITEM item = tree_find(command_window(command, ARGUMENT), command_text(command, ARGUMENT + 1), false, answer);

    json_bool(answer, item != NULL);
    return item != NULL;
}

static bool see_no_tree(Command *command, Answer *answer)
{
    return !see_tree(command, answer) && !answer->failed;
}

/* The state of a tree item: icons say whether a machine runs. */
static bool see_tree_image(Command *command, Answer *answer)
{
    HWND tree = command_window(command, ARGUMENT);
    HTREEITEM handle = tree_find(tree, command_text(command, ARGUMENT + 1), false, answer);
    Target *target = handle != NULL ? target_open(tree, answer) : NULL;
    TVITEMW item = {.mask = TVIF_HANDLE | TVIF_IMAGE, .hItem = handle};
    LRESULT done;

    if (target == NULL || !target_write(target, TARGET_STRUCT, &item, sizeof(item), answer)
        || !target_send(tree, TVM_GETITEMW, 0, target_address(target, TARGET_STRUCT), &done, answer)
        || !target_read(target, TARGET_STRUCT, &item, sizeof(item), answer))
        return false;
    json_int(answer, item.iImage);
    return item.iImage == command_int(command, ARGUMENT + 2);
}

static bool see_list(Command *command, Answer *answer)
{
    int column = command->count > ARGUMENT + 2 ? (int)command_int(command, ARGUMENT + 2) : -1;
    int row = list_find(command_window(command, ARGUMENT), column, command_text(command, ARGUMENT + 1), answer);

    json_int(answer, row);
    return row >= 0;
}

static bool see_no_list(Command *command, Answer *answer)
{
    return !see_list(command, answer) && !answer->failed;
}

static bool see_count(Command *command, Answer *answer)
{
    LRESULT count = target_ask(command_window(command, ARGUMENT), LVM_GETITEMCOUNT, 0, 0);

    json_int(answer, count);
    return count == command_int(command, ARGUMENT + 1);
}

static bool see_status(Command *command, Answer *answer)
{
    static wchar_t text[TARGET_TEXT_MAX];
    HWND status = command_window(command, ARGUMENT);
    bool found = false;

    json_open(answer, '[');
    for (int i = 0; i < status_parts(status) && status_text(status, i, text, answer); i++) {
        json_text(answer, text);
        found = found || wcsstr(text, command_text(command, ARGUMENT + 1)) != NULL;
    }
    json_close(answer, ']');
    return found;
}

static bool see_foreground(Command *command, Answer *answer)
{
    HWND window = GetForegroundWindow();

    json_int(answer, (INT_PTR)window);
    return window == command_window(command, ARGUMENT);
}

static const struct {
    const char *name;
    Condition see;
} conditions[] = {
    {"window", see_window}, {"gone", see_gone}, {"child", see_child}, {"text", see_text}, {"contains", see_contains},
    {"enabled", see_enabled}, {"visible", see_visible}, {"tree", see_tree}, {"no_tree", see_no_tree},
    {"tree_image", see_tree_image}, {"list", see_list}, {"no_list", see_no_list}, {"count", see_count},
    {"status", see_status}, {"foreground", see_foreground},
};

static Condition condition_of(const char *name)
{
    for (size_t i = 0; i < ARRAYSIZE(conditions); i++)
        if (strcmp(conditions[i].name, name) == 0)
            return conditions[i].see;
    return NULL;
}

static bool run_wait(Command *command, Answer *answer)
{
    Condition see = condition_of(command_word(command, 2));
    ULONGLONG end = GetTickCount64() + (ULONGLONG)command_int(command, 1);

    if (see == NULL)
        return answer_fail(answer, "there is no condition '%s'", command_word(command, 2));
    for (;;) {
        answer_reset(answer);
        if (see(command, answer))
            return true;
        if (GetTickCount64() >= end)
            break;
        Sleep(POLL_MS);
    }
    return answer_fail(answer, "waited %s ms in vain for %s '%s' '%s'", command_word(command, 1), command_word(command, 2),
                       command_word(command, ARGUMENT), command_word(command, ARGUMENT + 1));
}

const CommandEntry wait_commands[] = {
    {"wait", 3, run_wait,
     "MS CONDITION: window TITLE [CLASS] [PID], gone HWND, child HWND ID, text|contains HWND TEXT, enabled|visible HWND "
     "[0], tree|no_tree HWND PATH, tree_image HWND PATH IMAGE, list|no_list HWND TEXT [COLUMN], count HWND N, "
     "status HWND TEXT, foreground HWND"},
    {0},
};
