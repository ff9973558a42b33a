/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A text control of our own for dialogs: static controls can neither wrap beside an icon nor keep their colour in the dark theme.
 * The window text is the text, so screen readers and tests read it as they read a label. Used by form.c, wizard.c. UI thread.
 */
#include "client/win/note.h"

#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

static const wchar_t note_class[] = L"PoolCenterNote";

enum { ICON_SIZE = 16, ICON_GAP = 6 };

typedef struct NoteStyle {
    FontKind font;
    ThemeColor color;
    int icon; /* 0: none */
} NoteStyle;

static const NoteStyle styles[] = {
    [NOTE_TEXT] = {FONT_TEXT, THEME_TEXT, 0},
    [NOTE_DIM] = {FONT_TEXT, THEME_TEXT_DIM, 0},
    [NOTE_BOLD] = {FONT_BOLD, THEME_TEXT, 0},
    [NOTE_TITLE] = {FONT_TITLE, THEME_TEXT, 0},
    [NOTE_INFO] = {FONT_TEXT, THEME_TEXT, ICON_INFO},
    [NOTE_WARNING] = {FONT_TEXT, THEME_TEXT, ICON_WARNING},
    [NOTE_ERROR] = {FONT_TEXT, THEME_ERROR, ICON_ERROR},
    [NOTE_FAILURE] = {FONT_TEXT, THEME_TEXT, ICON_ERROR}, /* where red would be too much */
    [NOTE_GOOD] = {FONT_TEXT, THEME_TEXT, ICON_TASK_DONE},
};

static NoteKind note_kind(HWND note) { return (NoteKind)GetWindowLongPtrW(note, GWLP_USERDATA); }

static int icon_space(NoteKind kind, int dpi)
{
    return styles[kind].icon ? dpi_scale(dpi, ICON_SIZE + ICON_GAP) : 0;
}

/* Hinted letters may be drawn wider than they are measured: by 2 of 100 with Wine. A line that fits by a hair would lose its end. */
static int spare(int width) { return width / 40; }

/* Only a wish about the parent's colours; the text colour is ours. */
static HBRUSH background(HWND note, HDC dc)
{
    return (HBRUSH)SendMessageW(GetParent(note), WM_CTLCOLORSTATIC, (WPARAM)dc, (LPARAM)note);
}

/* A word wider than the control (a path, say) is broken anywhere; otherwise not, since that may cut letters. */
static UINT wrap_flags(HDC dc, const wchar_t *text, int width)
{
    RECT area = {0, 0, width, 0};
    DrawTextW(dc, text, -1, &area, DT_CALCRECT | DT_WORDBREAK | DT_NOPREFIX);
    return DT_WORDBREAK | DT_NOPREFIX | (area.right > width ? (UINT)DT_EDITCONTROL : 0);
}

static void on_paint(HWND note)
{
    PAINTSTRUCT paint;
    HDC dc = BeginPaint(note, &paint);
    RECT area;
    GetClientRect(note, &area);
    HBRUSH brush = background(note, dc);
    FillRect(dc, &area, brush ? brush : GetSysColorBrush(COLOR_3DFACE));
    int dpi = dpi_of(note);
    NoteKind kind = note_kind(note);
    if (styles[kind].icon) {
        int size = dpi_scale(dpi, ICON_SIZE);
        DrawIconEx(dc, 0, 0, icons_get(styles[kind].icon, dpi, ICON_SIZE), size, size, 0, NULL, DI_NORMAL);
        area.left += icon_space(kind, dpi);
    }
    wchar_t text[4096];
    GetWindowTextW(note, text, ARRAYSIZE(text));
    HGDIOBJ old = SelectObject(dc, dpi_font(dpi, styles[kind].font));
    SetTextColor(dc, theme_color(styles[kind].color));
    SetBkMode(dc, TRANSPARENT);
    area.right -= spare(area.right - area.left);
    DrawTextW(dc, text, -1, &area, wrap_flags(dc, text, area.right - area.left) | DT_NOCLIP);
    SelectObject(dc, old);
    EndPaint(note, &paint);
}

/* As edit controls answer it: what the text leaves free at the left and at the right. */
static LRESULT margins(HWND note)
{
    RECT area;
    GetClientRect(note, &area);
    int left = icon_space(note_kind(note), dpi_of(note));
    return MAKELONG(left, spare(area.right - left));
}

static LRESULT CALLBACK note_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case WM_PAINT: on_paint(window); return 0;
    case WM_ERASEBKGND: return 1;
    case WM_GETFONT: return (LRESULT)dpi_font(dpi_of(window), styles[note_kind(window)].font);
    case EM_GETMARGINS: return margins(window);
    case WM_GETDLGCODE: return DLGC_STATIC;
    case WM_NCHITTEST: return HTTRANSPARENT;
    case WM_SIZE: InvalidateRect(window, NULL, FALSE); return 0;
    default: return DefWindowProcW(window, message, wparam, lparam);
    }
}

static void register_class(void)
{
    static ATOM atom;
    if (atom)
        return;
    WNDCLASSEXW class = {.cbSize = sizeof(class), .lpfnWndProc = note_proc, .hInstance = GetModuleHandleW(NULL), .lpszClassName = note_class,
                         .hCursor = LoadCursorW(NULL, IDC_ARROW)};
    atom = RegisterClassExW(&class);
}

static LONG note_role(HWND note, int child)
{
    NoteKind kind = note_kind(note);

    (void)child;
    return kind == NOTE_ERROR || kind == NOTE_FAILURE || kind == NOTE_WARNING ? ROLE_SYSTEM_ALERT : ROLE_SYSTEM_STATICTEXT;
}

static LONG note_state(HWND note, int child)
{
    (void)note, (void)child;
    return STATE_SYSTEM_READONLY;
}

static const AccessibleClass note_class_facts = {.role = ROLE_SYSTEM_STATICTEXT, .role_of = note_role, .state = note_state};

HWND note_create(HWND parent, int id, NoteKind kind, const char *text)
{
    register_class();
    AUTO_FREE wchar_t *wide = utf_to_wide(text);
    HWND note = CreateWindowExW(0, note_class, wide, WS_CHILD | WS_VISIBLE, 0, 0, 0, 0, parent, (HMENU)(INT_PTR)id, GetModuleHandleW(NULL), NULL);
    SetWindowLongPtrW(note, GWLP_USERDATA, (LONG_PTR)kind);
    accessible_class(note, &note_class_facts);
    return note;
}

BOOL note_set(HWND note, NoteKind kind, const char *text)
{
    AUTO_FREE char *old = utf_window_text(note);
    if (kind == note_kind(note) && str_equal(old, str_or_empty(text)))
        return FALSE;
    SetWindowLongPtrW(note, GWLP_USERDATA, (LONG_PTR)kind);
    utf_set_window_text(note, str_or_empty(text));
    InvalidateRect(note, NULL, FALSE);
    accessible_event(note, EVENT_OBJECT_NAMECHANGE, 0);
    if (note_role(note, 0) == ROLE_SYSTEM_ALERT && !str_empty(text)) /* is read aloud at once */
        accessible_event(note, EVENT_SYSTEM_ALERT, 0);
    return TRUE;
}

static int text_height(HWND note, int dpi, int width)
{
    wchar_t text[4096];
    GetWindowTextW(note, text, ARRAYSIZE(text));
    NoteKind kind = note_kind(note);
    int room = width - icon_space(kind, dpi);
    RECT area = {0, 0, room - spare(room), 0};
    HDC dc = GetDC(note);
    HGDIOBJ old = SelectObject(dc, dpi_font(dpi, styles[kind].font));
    DrawTextW(dc, text, -1, &area, DT_CALCRECT | wrap_flags(dc, text, area.right));
    SelectObject(dc, old);
    ReleaseDC(note, dc);
    return area.bottom;
}

int note_height(HWND note, int dpi, int width)
{
    int height = text_height(note, dpi, width);
    int icon = styles[note_kind(note)].icon ? dpi_scale(dpi, ICON_SIZE) : 0;
    return height > icon ? height : icon;
}
