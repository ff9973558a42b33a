/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Icon, name and state of the selected object; see title.h. The window's text is what it shows, for tests and screen readers. UI thread. */
#include "client/ui/title.h"

#include "client/ui/frame.h"
#include "client/ui/object_text.h"
#include "client/win/accessible.h"
#include "client/win/icons.h"
#include "client/win/paint.h"
#include "client/win/panel.h"
#include "client/win/utf.h"

enum { MARGIN = 10, ICON_SIZE = 24 };

static HWND title;

static void paint(void)
{
    PaintBuffer buffer;
    HDC dc = paint_begin(&buffer, title);
    const Selection *selection = frame_selection();
    AUTO_FREE wchar_t *name = utf_to_wide(selection_name(selection));
    AUTO_FREE char *state = object_state_text(selection);
    AUTO_FREE wchar_t *state_wide = utf_to_wide(state);
    int dpi = dpi_of(title), margin = dpi_scale(dpi, MARGIN), size = dpi_scale(dpi, ICON_SIZE);
    RECT place = buffer.client;

    paint_fill(dc, &buffer.client, theme_color(THEME_PANEL));
    if (selection->kind != OBJECT_UNKNOWN) {
        DrawIconEx(dc, margin, (place.bottom - size) / 2, icons_get(object_icon(selection), dpi, ICON_SIZE), size, size, 0, NULL, DI_NORMAL);
        place.left = 2 * margin + size;
        place.right -= margin;
        paint_text(dc, &place, name, dpi_font(dpi, FONT_TITLE), theme_color(THEME_TEXT), DT_SINGLELINE | DT_VCENTER | DT_NOPREFIX | DT_END_ELLIPSIS);
        place.left += dpi_text_width(dpi, FONT_TITLE, name) + margin + margin / 2;
        if (place.left < place.right)
            paint_text(dc, &place, state_wide, dpi_font(dpi, FONT_TEXT), theme_color(THEME_TEXT_DIM), DT_SINGLELINE | DT_VCENTER | DT_NOPREFIX | DT_END_ELLIPSIS);
    }
    paint_end(&buffer);
}

static bool handler(void *context, HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    (void)context;
    (void)window;
    (void)wparam;
    (void)lparam;
    if (message == WM_PAINT) {
        paint();
        return true;
    }
    if (message == WM_SIZE)
        InvalidateRect(title, NULL, FALSE);
    *ret = 1;
    return message == WM_ERASEBKGND;
}

HWND title_create(HWND parent)
{
    static const AccessibleClass facts = {.role = ROLE_SYSTEM_STATICTEXT};

    title = panel_create(parent, L"", THEME_PANEL, handler, NULL);
    accessible_class(title, &facts);
    return title;
}

void title_refresh(void)
{
    const Selection *selection = frame_selection();
    AUTO_FREE char *state = object_state_text(selection);
    AUTO_FREE char *words = x_printf("%s%s%s", selection_name(selection), *state ? " - " : "", state);

    utf_set_window_text(title, words);
    accessible_event(title, EVENT_OBJECT_NAMECHANGE, 0);
    InvalidateRect(title, NULL, FALSE);
}
