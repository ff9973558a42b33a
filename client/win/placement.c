/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a window was; see placement.h. UI thread. */
#include "client/win/placement.h"

#include "client/win/dpi.h"

static int64_t get(const Settings *settings, const char *key, const char *what, int64_t fallback)
{
    AUTO_FREE char *name = x_printf("%s.%s", key, what);

    return settings_int(settings, name, fallback);
}

static void put(Settings *settings, const char *key, const char *what, int64_t value)
{
    AUTO_FREE char *name = x_printf("%s.%s", key, what);

    settings_set_int(settings, name, value);
}

static void work_area(HWND window, RECT *ret)
{
    MONITORINFO info = {.cbSize = sizeof info};

    GetMonitorInfoW(MonitorFromWindow(window, MONITOR_DEFAULTTOPRIMARY), &info);
    *ret = info.rcWork;
}

static void place_in_middle(HWND window, int width, int height)
{
    RECT work;
    int dpi = dpi_of(window);
    int w = dpi_scale(dpi, width), h = dpi_scale(dpi, height);

    work_area(window, &work);
    if (w > work.right - work.left)
        w = work.right - work.left;
    if (h > work.bottom - work.top)
        h = work.bottom - work.top;
    SetWindowPos(window, NULL, work.left + (work.right - work.left - w) / 2, work.top + (work.bottom - work.top - h) / 2, w, h, SWP_NOZORDER | SWP_NOACTIVATE);
}

int placement_restore(HWND window, const Settings *settings, const char *key, int width, int height)
{
    RECT rect = {.left = (LONG)get(settings, key, "left", 0), .top = (LONG)get(settings, key, "top", 0)};
    int64_t w = get(settings, key, "width", 0), h = get(settings, key, "height", 0);

    rect.right = rect.left + (LONG)w;
    rect.bottom = rect.top + (LONG)h;
    /* A monitor may be gone, or the file edited. */
    if (w < 200 || h < 150 || w > 20000 || h > 20000 || !MonitorFromRect(&rect, MONITOR_DEFAULTTONULL))
        place_in_middle(window, width, height);
    else
        SetWindowPos(window, NULL, rect.left, rect.top, (int)w, (int)h, SWP_NOZORDER | SWP_NOACTIVATE);
    return get(settings, key, "maximized", 0) ? SW_SHOWMAXIMIZED : SW_SHOWNORMAL;
}

void placement_save(HWND window, Settings *settings, const char *key)
{
    WINDOWPLACEMENT placement = {.length = sizeof placement};
    const RECT *normal = &placement.rcNormalPosition;
    RECT rect;

    if (!GetWindowPlacement(window, &placement))
        return;
    rect = *normal;
    if (!IsIconic(window) && !IsZoomed(window))
        GetWindowRect(window, &rect); /* rcNormalPosition counts from the work area */
    put(settings, key, "left", rect.left);
    put(settings, key, "top", rect.top);
    put(settings, key, "width", rect.right - rect.left);
    put(settings, key, "height", rect.bottom - rect.top);
    put(settings, key, "maximized", IsZoomed(window) != 0);
}
