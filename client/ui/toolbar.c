/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame's toolbar; see toolbar.h. UI thread. */
#include "client/ui/toolbar.h"

#include "client/ui/commands.h"
#include "client/ui/frame.h"
#include "client/win/accessible.h"
#include "client/win/accessible_toolbar.h"
#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <wchar.h>

enum { ICON_SIZE = 24, MARGIN = 3 };

static const struct {
    CommandId command;
    TextId words;
    bool icon_only;
} tools[] = {
    {COMMAND_BACK, TEXT_COMMAND_BACK, true},
    {COMMAND_FORWARD, TEXT_COMMAND_FORWARD, true},
    {COMMAND_NONE, 0, true},
    {COMMAND_ADD_SERVER, TEXT_TOOL_ADD_SERVER, false},
    {COMMAND_NONE, 0, true},
    {COMMAND_NEW_VM, TEXT_TOOL_NEW_VM, false},
    {COMMAND_NEW_DATASTORE, TEXT_TOOL_NEW_DATASTORE, false},
    {COMMAND_UPLOAD, TEXT_TOOL_UPLOAD, false},
    {COMMAND_NONE, 0, true},
    {COMMAND_START, TEXT_TOOL_START, false},
    {COMMAND_SHUTDOWN, TEXT_TOOL_SHUTDOWN, false},
    {COMMAND_REBOOT, TEXT_TOOL_REBOOT, false},
    {COMMAND_PAUSE, TEXT_TOOL_PAUSE, false},
    {COMMAND_RESUME, TEXT_TOOL_RESUME, false},
    {COMMAND_FORCE_OFF, TEXT_TOOL_FORCE_OFF, false},
    {COMMAND_NONE, 0, true},
    {COMMAND_CONSOLE, TEXT_TOOL_CONSOLE, false},
};

static struct {
    HWND window;
    bool words_shown;
    int words_width; /* with words below the icons */
} toolbar;

static int menu_id(CommandId id) { return COMMAND_MENU_BASE + (int)id; }

/* Measured here: the control's own measure leaves too little room for words below icons under Wine. */
static void set_width(CommandId id, const wchar_t *words, int dpi)
{
    int icon = dpi_scale(dpi, ICON_SIZE + 8), wanted = dpi_text_width(dpi, FONT_TEXT, words) + dpi_scale(dpi, 14);
    TBBUTTONINFOW info = {.cbSize = sizeof info, .dwMask = TBIF_SIZE, .cx = (WORD)(wanted > icon ? wanted : icon)};

    SendMessageW(toolbar.window, TB_SETBUTTONINFOW, (WPARAM)menu_id(id), (LPARAM)&info);
}

static void add_buttons(bool words, int dpi)
{
    for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
        AUTO_FREE wchar_t *wide = utf_text(tools[i].words);
        TBBUTTON button = {.fsState = TBSTATE_ENABLED, .fsStyle = BTNS_BUTTON};
        bool with_words = words && !tools[i].icon_only;
        if (tools[i].command == COMMAND_NONE) {
            button.fsStyle = BTNS_SEP;
        } else {
            button.iBitmap = icons_use(command_icon(tools[i].command), dpi_of(toolbar.window), ICON_SIZE);
            button.idCommand = menu_id(tools[i].command);
            if (with_words)
                button.iString = (INT_PTR)wide;
        }
        SendMessageW(toolbar.window, TB_ADDBUTTONSW, 1, (LPARAM)&button);
        if (tools[i].command != COMMAND_NONE)
            set_width(tools[i].command, with_words ? wide : L"", dpi);
    }
}

static void rebuild(bool words)
{
    int dpi = dpi_of(toolbar.window);

    SendMessageW(toolbar.window, WM_SETREDRAW, FALSE, 0);
    while (SendMessageW(toolbar.window, TB_DELETEBUTTON, 0, 0)) {
    }
    SendMessageW(toolbar.window, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), FALSE);
    SendMessageW(toolbar.window, TB_SETIMAGELIST, 0, (LPARAM)icons_list(dpi, ICON_SIZE));
    SendMessageW(toolbar.window, TB_SETDISABLEDIMAGELIST, 0, (LPARAM)icons_disabled_list(dpi, ICON_SIZE));
    SendMessageW(toolbar.window, TB_SETPADDING, 0, MAKELPARAM(dpi_scale(dpi, 10), dpi_scale(dpi, 6)));
    SendMessageW(toolbar.window, TB_SETMAXTEXTROWS, words ? 1 : 0, 0);
    add_buttons(words, dpi);
    SendMessageW(toolbar.window, TB_AUTOSIZE, 0, 0);
    SendMessageW(toolbar.window, WM_SETREDRAW, TRUE, 0);
    toolbar.words_shown = words;
    toolbar_update();
}

/* Up to the right edge of the last button that is there. */
static int buttons_width(void)
{
    int count = (int)SendMessageW(toolbar.window, TB_BUTTONCOUNT, 0, 0), right = 0;

    for (int i = 0; i < count; i++) {
        RECT rect = {0};
        if (SendMessageW(toolbar.window, TB_GETITEMRECT, (WPARAM)i, (LPARAM)&rect) && rect.right > right)
            right = rect.right;
    }
    return right;
}

int toolbar_layout(int width)
{
    int dpi = dpi_of(toolbar.window), margin = dpi_scale(dpi, MARGIN);

    if (toolbar.words_shown)
        toolbar.words_width = buttons_width();
    if (toolbar.words_shown != (toolbar.words_width + 2 * margin <= width))
        rebuild(!toolbar.words_shown);
    return HIWORD((DWORD)SendMessageW(toolbar.window, TB_GETBUTTONSIZE, 0, 0)) + 2 * margin;
}

/* Of the two, the one that fits the VM is shown. */
static void choose_pause_or_resume(void)
{
    const VmInfo *vm = selection_vm(frame_selection());
    bool paused = vm && vm->state == VM_STATE_PAUSED;

    SendMessageW(toolbar.window, TB_HIDEBUTTON, (WPARAM)menu_id(COMMAND_PAUSE), MAKELPARAM(paused, 0));
    SendMessageW(toolbar.window, TB_HIDEBUTTON, (WPARAM)menu_id(COMMAND_RESUME), MAKELPARAM(!paused, 0));
}

void toolbar_update(void)
{
    choose_pause_or_resume();
    for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
        AUTO_FREE char *why = NULL;
        if (tools[i].command == COMMAND_NONE)
            continue;
        bool can = command_can_run(tools[i].command, frame_command_selection(), &why);
        bool was = SendMessageW(toolbar.window, TB_ISBUTTONENABLED, (WPARAM)menu_id(tools[i].command), 0) != 0;
        if (can != was)
            SendMessageW(toolbar.window, TB_ENABLEBUTTON, (WPARAM)menu_id(tools[i].command), MAKELPARAM(can, 0));
    }
}

void toolbar_restyle(void)
{
    accessible_name(toolbar.window, text(TEXT_ACCESSIBLE_TOOLBAR));
    rebuild(true);
    toolbar.words_width = buttons_width();
}

static void give_tip(NMTBGETINFOTIPW *tip)
{
    CommandId id = (CommandId)(tip->iItem - COMMAND_MENU_BASE);
    AUTO_FREE char *name = command_plain_text(id), *key = command_key_text(id), *why = NULL, *words = NULL;
    AUTO_FREE wchar_t *wide = NULL;

    /* A width, so that the reason stands on a line of its own. */
    SendMessageW((HWND)SendMessageW(toolbar.window, TB_GETTOOLTIPS, 0, 0), TTM_SETMAXTIPWIDTH, 0, dpi_scale(dpi_of(toolbar.window), 400));
    command_can_run(id, frame_command_selection(), &why);
    words = x_printf("%s%s%s%s%s%s", name, *key ? " (" : "", key, *key ? ")" : "", why ? "\n" : "", str_or_empty(why));
    wide = utf_to_wide(words);
    if (tip->cchTextMax < 1)
        return;
    wcsncpy(tip->pszText, wide, (size_t)tip->cchTextMax - 1);
    tip->pszText[tip->cchTextMax - 1] = L'\0';
}

bool toolbar_notify(NMHDR *header, LRESULT *ret)
{
    *ret = 0;
    if (header->hwndFrom != toolbar.window || header->code != TBN_GETINFOTIPW)
        return false;
    give_tip((NMTBGETINFOTIPW *)header);
    return true;
}

HWND toolbar_create(HWND parent)
{
    toolbar.window = CreateWindowExW(0, TOOLBARCLASSNAMEW, L"toolbar", WS_CHILD | WS_VISIBLE | WS_CLIPSIBLINGS | TBSTYLE_FLAT | TBSTYLE_TOOLTIPS | TBSTYLE_TRANSPARENT | CCS_NODIVIDER | CCS_NORESIZE | CCS_NOPARENTALIGN,
        0, 0, 0, 0, parent, NULL, GetModuleHandleW(NULL), NULL);
    SendMessageW(toolbar.window, TB_BUTTONSTRUCTSIZE, sizeof(TBBUTTON), 0);
    accessible_toolbar(toolbar.window);
    SendMessageW(toolbar.window, TB_SETEXTENDEDSTYLE, 0, TBSTYLE_EX_DOUBLEBUFFER | TBSTYLE_EX_HIDECLIPPEDBUTTONS);
    toolbar_restyle();
    return toolbar.window;
}
