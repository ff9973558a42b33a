/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The status bar; see status.h. UI thread. */
#include "client/ui/status.h"

#include "client/ui/app.h"
#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { PART_ACTION, PART_SERVERS, PART_VMS, PART_TASKS, PART_ERRORS, PART_COUNT };
enum { REFRESH_TIMER = 1, REFRESH_MS = 100 }; /* at most so often: it counts everything there is */

static struct {
    HWND window;
    char *words[PART_COUNT];
    char *remark; /* instead of the newest action */
    int width;
    int room;    /* for the words of PART_ACTION; 0: not known yet */
    ULONGLONG refreshed;
    bool waits;   /* for the timer */
} status;

/* What does not fit ends with an ellipsis. */
static void show_part(int part)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(str_or_empty(status.words[part]));
    int dpi = dpi_of(status.window);

    for (size_t length = wcslen(wide); part == PART_ACTION && status.room && length > 1 && dpi_text_width(dpi, FONT_TEXT, wide) > status.room; length--) {
        wide[length - 1] = L'\0';
        wide[length - 2] = L'\u2026';
    }
    SendMessageW(status.window, SB_SETTEXTW, (WPARAM)part, (LPARAM)wide);
}

static void set_part(int part, const char *words)
{
    if (status.words[part] && strcmp(status.words[part], words) == 0)
        return;
    free(status.words[part]);
    status.words[part] = x_strdup(words);
    show_part(part);
}

static void count_servers(size_t *ret_online, size_t *ret_running, size_t *ret_vms)
{
    Core *core = app_get()->core;

    *ret_online = *ret_running = *ret_vms = 0;
    for (size_t i = 0; i < core_server_count(core); i++) {
        const Server *server = core_server_at(core, i);
        const Model *model = server_model(server);
        *ret_online += server_online(server);
        *ret_vms += model_vm_count(model);
        for (size_t j = 0; j < model_vm_count(model); j++)
            *ret_running += model_vm_at(model, j)->state == VM_STATE_RUNNING;
    }
}

static void set_counter(int part, TextId id, size_t first, size_t second)
{
    AUTO_FREE char *one = x_printf("%zu", first), *two = x_printf("%zu", second);
    AUTO_FREE char *words = text_format(id, one, two, NULL);

    set_part(part, words);
}

static char *newest_action(void)
{
    Core *core = app_get()->core;
    const Activity *newest = activity_count(core) ? activity_at(core, 0) : NULL;

    if (!newest)
        return x_strdup(text(TEXT_STATUS_READY));
    return x_printf("%s%s%s%s%s", newest->title, str_empty(newest->object_name) ? "" : ": ", str_or_empty(newest->object_name), str_empty(newest->detail) ? "" : " - ",
        str_or_empty(newest->detail));
}

void status_say(const char *words)
{
    AUTO_FREE char *action = words ? NULL : newest_action();

    free(status.remark);
    status.remark = x_strdup(words);
    set_part(PART_ACTION, words ? words : action);
}

static void layout_parts(void)
{
    int edges[PART_COUNT], dpi = dpi_of(status.window), right = status.width;

    for (int part = PART_COUNT - 1; part > PART_ACTION; part--) {
        AUTO_FREE wchar_t *wide = utf_to_wide(status.words[part]);
        edges[part] = part == PART_COUNT - 1 ? -1 : right;
        right -= dpi_text_width(dpi, FONT_TEXT, wide) + dpi_scale(dpi, 44);
    }
    edges[PART_ACTION] = right > 0 ? right : 0;
    SendMessageW(status.window, SB_SETPARTS, PART_COUNT, (LPARAM)edges);
    if (status.room == edges[PART_ACTION] - dpi_scale(dpi, 12))
        return;
    status.room = edges[PART_ACTION] - dpi_scale(dpi, 12);
    show_part(PART_ACTION);
}

static void refresh_now(void)
{
    Core *core = app_get()->core;
    AUTO_FREE char *action = newest_action();
    size_t online, running, vms;

    count_servers(&online, &running, &vms);
    set_counter(PART_SERVERS, TEXT_STATUS_SERVERS, online, core_server_count(core));
    set_counter(PART_VMS, TEXT_STATUS_VMS, running, vms);
    set_counter(PART_TASKS, TEXT_STATUS_TASKS, activity_running_count(core), 0);
    set_counter(PART_ERRORS, TEXT_STATUS_ERRORS, activity_failed_count(core), 0);
    if (!status.remark)
        set_part(PART_ACTION, action);
    layout_parts();
    status.refreshed = GetTickCount64();
}

static void CALLBACK on_refresh_timer(HWND window, UINT message, UINT_PTR id, DWORD time)
{
    (void)message, (void)time;
    KillTimer(window, id);
    status.waits = false;
    refresh_now();
}

void status_refresh(void)
{
    if (GetTickCount64() - status.refreshed >= REFRESH_MS)
        refresh_now();
    else if (!status.waits)
        status.waits = SetTimer(status.window, REFRESH_TIMER, REFRESH_MS, on_refresh_timer) != 0;
}

int status_height(void)
{
    RECT rect;

    GetWindowRect(status.window, &rect);
    return rect.bottom - rect.top;
}

void status_layout(int width)
{
    status.width = width;
    SendMessageW(status.window, WM_SIZE, 0, 0);
    layout_parts();
}

void status_restyle(void)
{
    static const int icons[PART_COUNT] = {0, ICON_HOST, ICON_VM_RUNNING, ICON_TASK_RUNNING, ICON_ERROR};
    int dpi = dpi_of(status.window);

    accessible_name(status.window, text(TEXT_ACCESSIBLE_STATUS));
    SendMessageW(status.window, WM_SETFONT, (WPARAM)dpi_font(dpi, FONT_TEXT), TRUE);
    SendMessageW(status.window, SB_SETMINHEIGHT, (WPARAM)dpi_scale(dpi, 22), 0);
    SendMessageW(status.window, WM_SIZE, 0, 0);
    for (int part = PART_SERVERS; part < PART_COUNT; part++)
        SendMessageW(status.window, SB_SETICON, (WPARAM)part, (LPARAM)icons_get(icons[part], dpi, 16));
    status_refresh();
}

HWND status_create(HWND parent)
{
    status.window = CreateWindowExW(0, STATUSCLASSNAMEW, L"", WS_CHILD | WS_VISIBLE | WS_CLIPSIBLINGS | SBARS_SIZEGRIP, 0, 0, 0, 0, parent, NULL, GetModuleHandleW(NULL), NULL);
    layout_parts();
    status_restyle();
    return status.window;
}
