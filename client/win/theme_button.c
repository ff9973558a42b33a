/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dark push buttons, check boxes, radio buttons and group boxes; see theme_private.h. UI thread. */
#include "client/win/theme_private.h"

#include "client/win/paint.h"
#include "client/win/subclass.h"

typedef struct ButtonLook {
    HWND window;
    HDC dc;
    RECT rect;
    int dpi;
    LONG_PTR type;   /* BS_TYPEMASK part of the style */
    LRESULT state;   /* BM_GETSTATE */
    bool enabled, keys_hidden, focus_hidden;
    wchar_t text[512];
} ButtonLook;

static COLORREF text_color(const ButtonLook *look) { return theme_color(look->enabled ? THEME_TEXT : THEME_TEXT_OFF); }

static UINT text_flags(const ButtonLook *look) { return DT_VCENTER | DT_SINGLELINE | (look->keys_hidden ? DT_HIDEPREFIX : 0u); }

static HFONT font_of(const ButtonLook *look) { return (HFONT)SendMessageW(look->window, WM_GETFONT, 0, 0); }

static void paint_focus(const ButtonLook *look, RECT rect)
{
    if ((look->state & BST_FOCUS) && !look->focus_hidden)
        paint_frame(look->dc, &rect, theme_color(THEME_ACCENT));
}

static void paint_push(const ButtonLook *look)
{
    bool is_default = look->type == BS_DEFPUSHBUTTON;
    ThemeColor face = look->state & BST_PUSHED ? THEME_CONTROL_DOWN : look->state & BST_HOT ? THEME_CONTROL_HOT : THEME_CONTROL;
    ThemeColor border = look->enabled && (is_default || (look->state & BST_FOCUS)) ? THEME_ACCENT : THEME_BORDER;
    HICON icon = (HICON)SendMessageW(look->window, BM_GETIMAGE, IMAGE_ICON, 0);
    int size = icon ? dpi_scale(look->dpi, 16) : 0, gap = icon && look->text[0] ? dpi_scale(look->dpi, 6) : 0;
    SIZE extent = {0};
    RECT place = look->rect;

    paint_round(look->dc, &look->rect, theme_color(face), theme_color(border), dpi_scale(look->dpi, 3));
    InflateRect(&place, -dpi_scale(look->dpi, 2), -dpi_scale(look->dpi, 2));
    paint_focus(look, place);
    place = look->rect;
    if (look->text[0]) {
        RECT measure = {0};
        HGDIOBJ old = SelectObject(look->dc, font_of(look));
        DrawTextW(look->dc, look->text, -1, &measure, DT_CALCRECT | DT_SINGLELINE);
        SelectObject(look->dc, old);
        extent.cx = measure.right;
    }
    place.left += (place.right - place.left - size - gap - extent.cx) / 2;
    if (icon)
        DrawIconEx(look->dc, place.left, (place.bottom - size) / 2, icon, size, size, 0, NULL, DI_NORMAL);
    place.left += size + gap;
    paint_text(look->dc, &place, look->text, font_of(look), text_color(look), text_flags(look) | DT_LEFT);
}

static void paint_tick(HDC dc, const RECT *box, int dpi)
{
    POINT points[3] = {
        {box->left + (box->right - box->left) * 22 / 100, box->top + (box->bottom - box->top) / 2},
        {box->left + (box->right - box->left) * 42 / 100, box->top + (box->bottom - box->top) * 70 / 100},
        {box->left + (box->right - box->left) * 78 / 100, box->top + (box->bottom - box->top) * 30 / 100},
    };
    HPEN pen = CreatePen(PS_SOLID, dpi_scale(dpi, 2), theme_color(THEME_ACCENT_TEXT));
    HGDIOBJ old = SelectObject(dc, pen);

    Polyline(dc, points, 3);
    SelectObject(dc, old);
    DeleteObject(pen);
}

static void paint_mark(const ButtonLook *look, bool radio)
{
    int size = dpi_scale(look->dpi, 14);
    RECT box = {0, (look->rect.bottom - size) / 2, size, (look->rect.bottom - size) / 2 + size};
    bool on = (look->state & 3) == BST_CHECKED;
    COLORREF border = theme_color(!look->enabled ? THEME_BORDER : on || (look->state & BST_HOT) ? THEME_ACCENT : THEME_TEXT_DIM);
    COLORREF face = theme_color(!on ? THEME_WINDOW : look->enabled ? THEME_ACCENT : THEME_BORDER);

    paint_round(look->dc, &box, radio ? theme_color(THEME_WINDOW) : face, border, radio ? size / 2 : dpi_scale(look->dpi, 2));
    if (radio && on) {
        InflateRect(&box, -size / 4, -size / 4);
        paint_round(look->dc, &box, face, face, size / 4);
    } else if (on) {
        paint_tick(look->dc, &box, look->dpi);
    } else if ((look->state & 3) == BST_INDETERMINATE) {
        InflateRect(&box, -size / 4, -size / 4);
        paint_fill(look->dc, &box, border);
    }
}

static void paint_check(const ButtonLook *look, bool radio)
{
    RECT place = look->rect, measure = {0};
    bool lines = (GetWindowLongPtrW(look->window, GWL_STYLE) & BS_MULTILINE) != 0;
    UINT flags = lines ? DT_WORDBREAK | (look->keys_hidden ? DT_HIDEPREFIX : 0u) : text_flags(look);
    HGDIOBJ old = SelectObject(look->dc, font_of(look));

    paint_mark(look, radio);
    place.left += dpi_scale(look->dpi, 14) + dpi_scale(look->dpi, 5);
    measure.right = place.right - place.left;
    DrawTextW(look->dc, look->text, -1, &measure, DT_CALCRECT | (lines ? DT_WORDBREAK : DT_SINGLELINE));
    SelectObject(look->dc, old);
    if (lines)
        place.top += (place.bottom - measure.bottom) / 2;
    paint_text(look->dc, &place, look->text, font_of(look), text_color(look), flags);
    OffsetRect(&measure, place.left, (look->rect.bottom - measure.bottom) / 2);
    InflateRect(&measure, dpi_scale(look->dpi, 2), 0);
    paint_focus(look, measure);
}

static void paint_group(const ButtonLook *look)
{
    int height = dpi_text_height(look->dpi, FONT_TEXT);
    RECT frame = look->rect, label = {dpi_scale(look->dpi, 8), 0, look->rect.right, height}, measure = {0};
    HGDIOBJ old = SelectObject(look->dc, font_of(look));

    DrawTextW(look->dc, look->text, -1, &measure, DT_CALCRECT | DT_SINGLELINE);
    SelectObject(look->dc, old);
    frame.top = height / 2;
    paint_frame(look->dc, &frame, theme_color(THEME_BORDER));
    label.right = label.left + measure.right + dpi_scale(look->dpi, 4);
    if (look->text[0])
        paint_fill(look->dc, &label, theme_color(theme_background(look->window)));
    label.left += dpi_scale(look->dpi, 2);
    paint_text(look->dc, &label, look->text, font_of(look), text_color(look), text_flags(look));
}

static void paint_by_type(const ButtonLook *look)
{
    switch (look->type) {
    case BS_CHECKBOX:
    case BS_AUTOCHECKBOX:
    case BS_3STATE:
    case BS_AUTO3STATE:
        paint_check(look, false);
        break;
    case BS_RADIOBUTTON:
    case BS_AUTORADIOBUTTON:
        paint_check(look, true);
        break;
    case BS_GROUPBOX:
        paint_group(look);
        break;
    default:
        paint_push(look);
    }
}

static void paint_button(HWND window)
{
    PaintBuffer buffer;
    LRESULT ui = SendMessageW(window, WM_QUERYUISTATE, 0, 0);
    ButtonLook look = {.window = window, .dpi = dpi_of(window)};

    look.dc = paint_begin(&buffer, window);
    look.rect = buffer.client;
    look.type = GetWindowLongPtrW(window, GWL_STYLE) & BS_TYPEMASK;
    look.state = SendMessageW(window, BM_GETSTATE, 0, 0);
    look.enabled = IsWindowEnabled(window) != 0;
    look.keys_hidden = (ui & UISF_HIDEACCEL) != 0;
    look.focus_hidden = (ui & UISF_HIDEFOCUS) != 0;
    if (!(GetWindowLongPtrW(window, GWL_STYLE) & BS_ICON))
        GetWindowTextW(window, look.text, (int)ARRAYSIZE(look.text));
    paint_fill(look.dc, &look.rect, theme_color(theme_background(GetParent(window))));
    paint_by_type(&look);
    paint_end(&buffer);
}

/* A group box lies over its controls: only its frame and label may be painted. */
static void paint_group_box(HWND window)
{
    PAINTSTRUCT paint;
    ButtonLook look = {.window = window, .dpi = dpi_of(window), .enabled = IsWindowEnabled(window) != 0};

    look.dc = BeginPaint(window, &paint);
    GetClientRect(window, &look.rect);
    look.keys_hidden = (SendMessageW(window, WM_QUERYUISTATE, 0, 0) & UISF_HIDEACCEL) != 0;
    GetWindowTextW(window, look.text, (int)ARRAYSIZE(look.text));
    paint_group(&look);
    EndPaint(window, &paint);
}

LRESULT theme_button_painter(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    LONG_PTR type = GetWindowLongPtrW(window, GWL_STYLE) & BS_TYPEMASK;
    LRESULT result;

    if (type == BS_OWNERDRAW)
        return subclass_next(window, message, wparam, lparam);
    switch (message) {
    case WM_PAINT:
        if (type == BS_GROUPBOX)
            paint_group_box(window);
        else
            paint_button(window);
        return 0;
    case WM_ERASEBKGND:
        return type == BS_GROUPBOX ? subclass_next(window, message, wparam, lparam) : 1;
    case BM_SETSTATE:
    case BM_SETCHECK:
    case BM_SETSTYLE:
    case BM_SETIMAGE:
    case WM_SETTEXT:
    case WM_ENABLE:
    case WM_SETFOCUS:
    case WM_KILLFOCUS:
    case WM_MOUSELEAVE:
    case WM_UPDATEUISTATE:
        /* The control paints by itself here, past WM_PAINT. */
        result = subclass_next(window, message, wparam, lparam);
        RedrawWindow(window, NULL, NULL, RDW_INVALIDATE | RDW_UPDATENOW | RDW_NOERASE);
        return result;
    default:
        return subclass_next(window, message, wparam, lparam);
    }
}
