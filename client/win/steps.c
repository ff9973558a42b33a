/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paints and hit-tests the list of steps; its window text names the current one, for screen readers and tests. See steps.h. UI thread. */
#include "client/win/steps.h"

#include "client/win/accessible.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

#include <windowsx.h>

enum { STEPS_MAX = 16, ROW = 30, PADDING = 14, MARK = 16, MARK_GAP = 8 };

static const wchar_t steps_class[] = L"PoolCenterSteps";

typedef struct Steps {
    void (*chosen)(void *context, int index);
    void *context;
    wchar_t *texts[STEPS_MAX];
    bool hidden[STEPS_MAX];
    int count, current, hot;
} Steps;

static Steps *steps_of(HWND window) { return (Steps *)GetWindowLongPtrW(window, GWLP_USERDATA); }

/* Its row among those that are shown. */
static int rank_of(const Steps *steps, int index)
{
    int rank = 0;
    for (int i = 0; i < index; i++)
        rank += !steps->hidden[i];
    return rank;
}

/* The other way round; count: there is no such row. */
static int index_of(const Steps *steps, int rank)
{
    int index = 0;
    while (index < steps->count && (steps->hidden[index] || rank-- > 0))
        index++;
    return index;
}

static RECT row_rect(HWND window, int index)
{
    RECT area;
    GetClientRect(window, &area);
    int dpi = dpi_of(window), height = dpi_scale(dpi, ROW);
    area.top = dpi_scale(dpi, PADDING) + rank_of(steps_of(window), index) * height;
    area.bottom = area.top + height;
    return area;
}

static void paint_row(HWND window, const Steps *steps, HDC dc, int index)
{
    int dpi = dpi_of(window), mark = dpi_scale(dpi, MARK);
    RECT row = row_rect(window, index);
    bool current = index == steps->current, done = index < steps->current;
    if (current) {
        paint_fill(dc, &row, theme_color(THEME_SELECTION));
        RECT bar = {row.left, row.top, row.left + dpi_scale(dpi, 3), row.bottom};
        paint_fill(dc, &bar, theme_color(THEME_ACCENT));
    } else if (index == steps->hot && done) {
        paint_fill(dc, &row, theme_color(THEME_CONTROL_HOT));
    }
    int x = row.left + dpi_scale(dpi, PADDING), y = (row.top + row.bottom - mark) / 2;
    if (done)
        DrawIconEx(dc, x, y, icons_get(ICON_TASK_DONE, dpi, MARK), mark, mark, 0, NULL, DI_NORMAL);
    row.left = x + mark + dpi_scale(dpi, MARK_GAP);
    COLORREF color = theme_color(current ? THEME_SELECTION_TEXT : done ? THEME_TEXT : THEME_TEXT_DIM);
    paint_text(dc, &row, steps->texts[index], dpi_font(dpi, current ? FONT_BOLD : FONT_TEXT), color, DT_SINGLELINE | DT_VCENTER | DT_NOPREFIX | DT_END_ELLIPSIS);
}

static void on_paint(HWND window, const Steps *steps)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, window);
    paint_fill(dc, &buffer.client, theme_color(THEME_WINDOW));
    for (int i = 0; i < steps->count; i++)
        if (!steps->hidden[i])
            paint_row(window, steps, dc, i);
    RECT line = {buffer.client.right - 1, 0, buffer.client.right, buffer.client.bottom};
    paint_fill(dc, &line, theme_color(THEME_BORDER));
    paint_end(&buffer);
}

static int hit(HWND window, const Steps *steps, LPARAM lparam)
{
    POINT at = {GET_X_LPARAM(lparam), GET_Y_LPARAM(lparam)};
    for (int i = 0; i < steps->current; i++) {
        RECT row = row_rect(window, i);
        if (!steps->hidden[i] && PtInRect(&row, at))
            return i;
    }
    return -1;
}

static void on_move(HWND window, Steps *steps, int hot)
{
    if (hot == steps->hot)
        return;
    steps->hot = hot;
    TRACKMOUSEEVENT track = {.cbSize = sizeof(track), .dwFlags = TME_LEAVE, .hwndTrack = window};
    TrackMouseEvent(&track);
    InvalidateRect(window, NULL, FALSE);
}

static void destroy(Steps *steps)
{
    for (int i = 0; i < steps->count; i++)
        free(steps->texts[i]);
    free(steps);
}

static LRESULT CALLBACK steps_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Steps *steps = steps_of(window);
    if (!steps)
        return DefWindowProcW(window, message, wparam, lparam);
    switch (message) {
    case WM_PAINT: on_paint(window, steps); return 0;
    case WM_ERASEBKGND: return 1;
    case WM_SIZE: InvalidateRect(window, NULL, FALSE); return 0;
    case WM_MOUSEMOVE: on_move(window, steps, hit(window, steps, lparam)); return 0;
    case WM_MOUSELEAVE: on_move(window, steps, -1); return 0;
    case WM_SETCURSOR:
        SetCursor(LoadCursorW(NULL, steps->hot >= 0 ? IDC_HAND : IDC_ARROW));
        return TRUE;
    case WM_LBUTTONUP: {
        int index = hit(window, steps, lparam);
        if (index >= 0)
            steps->chosen(steps->context, index);
        return 0;
    }
    case WM_NCDESTROY:
        SetWindowLongPtrW(window, GWLP_USERDATA, 0);
        destroy(steps);
        return 0;
    default: return DefWindowProcW(window, message, wparam, lparam);
    }
}

/* ---------------------------------------------------------------- screen readers */

/* Children are the steps that are shown, from 1. */
static int index_of_child(const Steps *steps, int child) { return index_of(steps, child - 1); }

static int step_count(HWND window) { return rank_of(steps_of(window), steps_of(window)->count); }

static wchar_t *step_name(HWND window, int child)
{
    const Steps *steps = steps_of(window);

    if (!child)
        return utf_text(TEXT_ACCESSIBLE_STEPS);
    int index = index_of_child(steps, child);
    return index < steps->count ? _wcsdup(steps->texts[index]) : NULL;
}

static wchar_t *step_value(HWND window, int child)
{
    const Steps *steps = steps_of(window);
    return child && index_of_child(steps, child) < steps->current ? utf_text(TEXT_ACCESSIBLE_STEP_DONE) : NULL;
}

/* Only what is done can be chosen. */
static LONG step_state(HWND window, int child)
{
    const Steps *steps = steps_of(window);
    return child && index_of_child(steps, child) > steps->current ? STATE_SYSTEM_UNAVAILABLE : 0;
}

static bool step_place(HWND window, int child, RECT *ret)
{
    *ret = row_rect(window, index_of_child(steps_of(window), child));
    return true;
}

static int step_selected(HWND window) { return rank_of(steps_of(window), steps_of(window)->current) + 1; }

static void step_choose(HWND window, int child)
{
    const Steps *steps = steps_of(window);
    int index = index_of_child(steps, child);

    if (index < steps->current)
        steps->chosen(steps->context, index);
}

static const AccessibleClass steps_facts = {
    .role = ROLE_SYSTEM_LIST, .child_role = ROLE_SYSTEM_LISTITEM, .count = step_count, .name = step_name, .value = step_value, .state = step_state, .place = step_place,
    .selected = step_selected, .choose = step_choose,
};

HWND steps_create(HWND parent, int id, void (*chosen)(void *context, int index), void *context)
{
    static ATOM atom;
    if (!atom) {
        WNDCLASSEXW class = {.cbSize = sizeof(class), .lpfnWndProc = steps_proc, .hInstance = GetModuleHandleW(NULL), .lpszClassName = steps_class};
        atom = RegisterClassExW(&class);
    }
    HWND window = CreateWindowExW(0, steps_class, L"", WS_CHILD | WS_VISIBLE, 0, 0, 0, 0, parent, (HMENU)(INT_PTR)id, GetModuleHandleW(NULL), NULL);
    Steps *steps = x_calloc(1, sizeof(*steps));
    *steps = (Steps){.chosen = chosen, .context = context, .hot = -1};
    SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)steps);
    accessible_class(window, &steps_facts);
    return window;
}

void steps_add(HWND window, const char *text)
{
    Steps *steps = steps_of(window);
    if (steps->count < STEPS_MAX)
        steps->texts[steps->count++] = utf_to_wide(text);
}

void steps_hide(HWND window, int index, bool hidden)
{
    Steps *steps = steps_of(window);
    if (index >= steps->count || steps->hidden[index] == hidden)
        return;
    steps->hidden[index] = hidden;
    InvalidateRect(window, NULL, FALSE);
}

void steps_set(HWND window, int current)
{
    Steps *steps = steps_of(window);
    steps->current = current;
    steps->hot = -1;
    SetWindowTextW(window, steps->texts[current]);
    accessible_event(window, EVENT_OBJECT_SELECTION, rank_of(steps, current) + 1);
    InvalidateRect(window, NULL, FALSE);
}

int steps_width(HWND window, int dpi)
{
    const Steps *steps = steps_of(window);
    int width = 0;
    for (int i = 0; i < steps->count; i++)
        width = max(width, dpi_text_width(dpi, FONT_BOLD, steps->texts[i]));
    return width + dpi_scale(dpi, 2 * PADDING + MARK + MARK_GAP);
}
