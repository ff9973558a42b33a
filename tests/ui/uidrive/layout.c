/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command `layout`: what an eye would find wrong with a window. Texts that do not fit their
 * control, controls that cover each other or stick out, access keys given twice.
 *
 * A control is measured with its own font, rebuilt here from its description. Standard controls are
 * judged whole: what is inside of them is the system's affair.
 */
#include <windows.h>
#include <commctrl.h>

#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "command.h"
#include "menus.h"
#include "target.h"

#define CONTROLS_MAX 1024
#define SLACK 1                             /* pixels of rounding that nobody sees */

typedef struct Control {
    HWND window;
    HWND parent;
    RECT rect;                              /* on the screen */
    LONG style;
    wchar_t class_name[64];
    wchar_t *text;
} Control;

typedef struct Layout {
    Answer *answer;
    HWND top;
    Control controls[CONTROLS_MAX];
    int count;
    HDC dc;
    UINT dpi;
    HFONT font_cache;                       /* our copy of ... */
    HFONT font_of;                          /* ... this font of theirs */
} Layout;

/* -- reporting ------------------------------------------------------------------------------ */

static void report(Layout *layout, const char *kind, const Control *control, const wchar_t *other, const wchar_t *detail)
{
    Answer *answer = layout->answer;

    json_open(answer, '{');
    json_key(answer, "kind");
    wchar_t wide[32];
    MultiByteToWideChar(CP_UTF8, 0, kind, -1, wide, ARRAYSIZE(wide));
    json_text(answer, wide);
    json_field_int(answer, "hwnd", (INT_PTR)control->window);
    json_field_int(answer, "id", GetDlgCtrlID(control->window));
    json_field_text(answer, "class", control->class_name);
    json_field_text(answer, "text", control->text);
    json_field_text(answer, "other", other);
    json_field_text(answer, "detail", detail);
    json_close(answer, '}');
}

static void report_size(Layout *layout, const char *kind, const Control *control, SIZE needs, SIZE has)
{
    wchar_t detail[128];

    swprintf(detail, ARRAYSIZE(detail), L"needs %ldx%ld, has %ldx%ld", needs.cx, needs.cy, has.cx, has.cy);
    report(layout, kind, control, L"", detail);
}

/* -- collecting ----------------------------------------------------------------------------- */

static bool is_class(const Control *control, const wchar_t *name)
{
    return _wcsicmp(control->class_name, name) == 0;
}

/* Classes whose children are their own business. */
static bool is_closed(const Control *control)
{
    static const wchar_t *const closed[] = {
        WC_COMBOBOXW, WC_COMBOBOXEXW, WC_LISTVIEWW, WC_IPADDRESSW, WC_TREEVIEWW, TOOLBARCLASSNAMEW,
        STATUSCLASSNAMEW, DATETIMEPICK_CLASSW, WC_TABCONTROLW, MONTHCAL_CLASSW,
    };

    for (size_t i = 0; i < ARRAYSIZE(closed); i++)
        if (is_class(control, closed[i]))
            return true;
    return false;
}

static void collect(Layout *layout, HWND parent);

static void collect_one(Layout *layout, HWND window, HWND parent)
{
    Control *control = &layout->controls[layout->count];

    if (!(GetWindowLongW(window, GWL_STYLE) & WS_VISIBLE) || layout->count == CONTROLS_MAX)
        return;
    layout->count++;
    *control = (Control){.window = window, .parent = parent, .style = GetWindowLongW(window, GWL_STYLE)};
    GetWindowRect(window, &control->rect);
    target_class(window, control->class_name, ARRAYSIZE(control->class_name));
    control->text = target_window_text(window);
    /* A tab control may hold pages as children, and these are ours. */
    if (!is_closed(control) || is_class(control, WC_TABCONTROLW))
        collect(layout, window);
}

static void collect(Layout *layout, HWND parent)
{
    for (HWND child = GetWindow(parent, GW_CHILD); child != NULL; child = GetWindow(child, GW_HWNDNEXT))
        collect_one(layout, child, parent);
}

/* -- texts that do not fit ------------------------------------------------------------------ */

/* Wine does not answer WM_GETFONT across processes, so the question is asked inside of theirs. */
static HFONT ask_font(Target *target, HWND window, Answer *answer)
{
    ULONG_PTR arguments[] = {(ULONG_PTR)window, WM_GETFONT, 0, 0};
    ULONG_PTR font = 0;

    return target_call(target, L"user32.dll", "SendMessageW", 4, arguments, &font, answer) ? (HFONT)font : NULL;
}

/* Our copy of the control's font; fonts cannot be used across processes. NULL: the system font. */
static HFONT control_font(Layout *layout, HWND window)
{
    Target *target = target_open(window, layout->answer);
    HFONT theirs = target != NULL ? ask_font(target, window, layout->answer) : NULL;
    ULONG_PTR arguments[] = {(ULONG_PTR)theirs, sizeof(LOGFONTW), 0};
    LOGFONTW font;
    ULONG_PTR done;

    if (theirs == NULL)
        return NULL;
    if (theirs == layout->font_of)
        return layout->font_cache;
    arguments[2] = (ULONG_PTR)target_address(target, TARGET_STRUCT);
    if (!target_call(target, L"gdi32.dll", "GetObjectW", 3, arguments, &done, layout->answer)
        || !target_read(target, TARGET_STRUCT, &font, sizeof(font), layout->answer))
        return NULL;
    if (layout->font_cache != NULL)
        DeleteObject(layout->font_cache);
    layout->font_cache = CreateFontIndirectW(&font);
    layout->font_of = theirs;
    return layout->font_cache;
}

/* Size of a text in a font; wrapped to `width` if that is not 0. */
static SIZE measure(Layout *layout, HFONT font, const wchar_t *text, int width, UINT flags)
{
    RECT rect = {.right = width};
    HGDIOBJ old = SelectObject(layout->dc, font != NULL ? (HGDIOBJ)font : GetStockObject(SYSTEM_FONT));

    DrawTextW(layout->dc, text, -1, &rect, flags | DT_CALCRECT | (width > 0 ? (UINT)DT_WORDBREAK : (UINT)DT_SINGLELINE));
    SelectObject(layout->dc, old);
    return (SIZE){rect.right, rect.bottom};
}

static SIZE client_size(HWND window)
{
    RECT rect = {0};

    GetClientRect(window, &rect);
    return (SIZE){rect.right, rect.bottom};
}

static bool is_larger(SIZE needs, SIZE has)
{
    return needs.cx > has.cx + SLACK || needs.cy > has.cy + SLACK;
}

static void check_static(Layout *layout, const Control *control)
{
    LONG type = control->style & SS_TYPEMASK;
    bool single = type == SS_SIMPLE || type == SS_LEFTNOWORDWRAP;
    bool shortens = (control->style & SS_ELLIPSISMASK) != 0;
    UINT flags = control->style & SS_NOPREFIX ? DT_NOPREFIX : 0;
    SIZE has = client_size(control->window);
    SIZE needs;

    if (!single && type != SS_LEFT && type != SS_CENTER && type != SS_RIGHT)
        return;
    needs = measure(layout, control_font(layout, control->window), control->text,
                    single || shortens || (control->style & SS_CENTERIMAGE) ? 0 : (int)has.cx, flags);
    if (is_larger(needs, has))
        report_size(layout, shortens ? "shortened" : "clipped", control, needs, has);
}

/* The program's own text with an icon, which wraps, and breaks words that are wider than itself; it tells its font and margins as an edit control does. */
static void check_note(Layout *layout, const Control *control)
{
    HFONT font = control_font(layout, control->window);
    LRESULT margins = target_ask(control->window, EM_GETMARGINS, 0, 0);
    SIZE has = client_size(control->window);
    SIZE needs;

    has.cx -= LOWORD(margins) + HIWORD(margins);
    if (has.cx <= 0) {
        report_size(layout, "clipped", control, has, has);
        return;
    }
    needs = measure(layout, font, control->text, (int)has.cx, DT_NOPREFIX);
    if (needs.cx > has.cx)
        needs = measure(layout, font, control->text, (int)has.cx, DT_NOPREFIX | DT_EDITCONTROL);
    if (is_larger(needs, has))
        report_size(layout, "clipped", control, needs, has);
}

static void check_button(Layout *layout, const Control *control)
{
    LONG type = control->style & BS_TYPEMASK;
    bool push = type == BS_PUSHBUTTON || type == BS_DEFPUSHBUTTON;
    /* The border of a push button, the box and gap of a check box, the indent of a frame's title. */
    int extra = MulDiv(push ? 8 : type == BS_GROUPBOX ? 16 : 18, (int)layout->dpi, USER_DEFAULT_SCREEN_DPI);
    SIZE has = client_size(control->window);
    SIZE needs;

    if ((control->style & (BS_ICON | BS_BITMAP)) || type == BS_OWNERDRAW)
        return;
    needs = measure(layout, control_font(layout, control->window), control->text,
                    control->style & BS_MULTILINE && has.cx > extra ? (int)has.cx - extra : 0, 0);
    needs.cx += extra;
    if (type == BS_GROUPBOX)
        needs.cy = 0;
    if (is_larger(needs, has))
        report_size(layout, "clipped", control, needs, has);
}

static void check_combo(Layout *layout, const Control *control)
{
    SIZE has = client_size(control->window);
    SIZE needs = measure(layout, control_font(layout, control->window), control->text, 0, DT_NOPREFIX);

    /* The arrow and the text's margins. */
    needs.cx += MulDiv(17 + 8, (int)layout->dpi, USER_DEFAULT_SCREEN_DPI);
    needs.cy = 0;
    if (is_larger(needs, has))
        report_size(layout, "clipped", control, needs, has);
}

static void check_link(Layout *layout, const Control *control)
{
    SIZE has = client_size(control->window);
    wchar_t *plain = calloc(wcslen(control->text) + 1, sizeof(wchar_t));
    wchar_t *out = plain;
    bool tag = false;
    SIZE needs;

    if (plain == NULL)
        abort();
    for (const wchar_t *in = control->text; *in != L'\0'; in++) {
        tag = tag || *in == L'<';
        if (!tag)
            *out++ = *in;
        tag = tag && *in != L'>';
    }
    needs = measure(layout, control_font(layout, control->window), plain, (int)has.cx, DT_NOPREFIX);
    if (is_larger(needs, has))
        report_size(layout, "clipped", control, needs, has);
    free(plain);
}

static void check_status(Layout *layout, const Control *control)
{
    static wchar_t text[TARGET_TEXT_MAX];
    HFONT font = control_font(layout, control->window);
    Target *target = target_open(control->window, layout->answer);

    for (int i = 0; target != NULL && i < status_parts(control->window); i++) {
        RECT rect = {0};
        LRESULT done;
        Control part = *control;

        if (!status_text(control->window, i, text, layout->answer)
            || !target_send(control->window, SB_GETRECT, (WPARAM)i, target_address(target, TARGET_STRUCT), &done,
                            layout->answer)
            || !target_read(target, TARGET_STRUCT, &rect, sizeof(rect), layout->answer))
            return;
        part.text = text;
        SIZE needs = measure(layout, font, text, 0, DT_NOPREFIX);
        SIZE has = {rect.right - rect.left, rect.bottom - rect.top};
        if (is_larger(needs, has))
            report_size(layout, "clipped", &part, needs, has);
    }
}

/* Buttons past the edge cannot be reached. */
static void check_toolbar(Layout *layout, const Control *control)
{
    SIZE has = client_size(control->window);
    LRESULT count = target_ask(control->window, TB_BUTTONCOUNT, 0, 0);
    SIZE needs = {0};

    for (int i = 0; i < count; i++) {
        TBBUTTON button;
        RECT rect;

        if (!toolbar_button(control->window, i, &button, &rect, layout->answer))
            return;
        if (!(button.fsState & TBSTATE_HIDDEN) && !(button.fsStyle & BTNS_SEP)) {
            needs.cx = max(needs.cx, rect.right);
            needs.cy = max(needs.cy, rect.bottom);
        }
    }
    if (is_larger(needs, has))
        report_size(layout, "clipped", control, needs, has);
}

static void check_text(Layout *layout, const Control *control)
{
    static const struct {
        const wchar_t *class_name;
        void (*check)(Layout *layout, const Control *control);
    } checks[] = {
        {WC_STATICW, check_static}, {WC_BUTTONW, check_button}, {WC_COMBOBOXW, check_combo}, {WC_LINK, check_link},
        {STATUSCLASSNAMEW, check_status}, {TOOLBARCLASSNAMEW, check_toolbar}, {L"PoolCenterNote", check_note},
    };

    for (size_t i = 0; i < ARRAYSIZE(checks); i++)
        if (is_class(control, checks[i].class_name))
            checks[i].check(layout, control);
}

/* -- places --------------------------------------------------------------------------------- */

/* Things that are meant to lie around or behind others. */
static bool is_container(const Control *control)
{
    LONG type = control->style & SS_TYPEMASK;

    if (is_class(control, WC_BUTTONW))
        return (control->style & BS_TYPEMASK) == BS_GROUPBOX;
    if (is_class(control, WC_STATICW))
        return (type >= SS_BLACKRECT && type <= SS_WHITEFRAME) || (type >= SS_ETCHEDHORZ && type <= SS_ETCHEDFRAME);
    return is_class(control, WC_TABCONTROLW);
}

static bool contains(const RECT *outer, const RECT *inner)
{
    return inner->left >= outer->left && inner->top >= outer->top && inner->right <= outer->right
        && inner->bottom <= outer->bottom;
}

static void check_overlap(Layout *layout, const Control *one, const Control *other)
{
    wchar_t detail[128];
    RECT common;

    if (one->parent != other->parent || !IntersectRect(&common, &one->rect, &other->rect))
        return;
    if (common.right - common.left <= SLACK || common.bottom - common.top <= SLACK)
        return;
    if ((is_container(one) && contains(&one->rect, &other->rect))
        || (is_container(other) && contains(&other->rect, &one->rect)))
        return;
    /* An up-down control sits inside of its buddy by design. */
    if (is_class(one, UPDOWN_CLASSW) || is_class(other, UPDOWN_CLASSW))
        return;
    swprintf(detail, ARRAYSIZE(detail), L"%ldx%ld pixels", common.right - common.left, common.bottom - common.top);
    report(layout, "overlap", one, other->text[0] != L'\0' ? other->text : other->class_name, detail);
}

static void check_outside(Layout *layout, const Control *control)
{
    wchar_t detail[128];
    RECT area;

    if (GetWindowLongW(control->parent, GWL_STYLE) & (WS_VSCROLL | WS_HSCROLL))
        return;
    GetClientRect(control->parent, &area);
    MapWindowPoints(control->parent, NULL, (POINT *)&area, 2);
    InflateRect(&area, SLACK, SLACK);
    if (contains(&area, &control->rect) || IsRectEmpty(&control->rect))
        return;
    swprintf(detail, ARRAYSIZE(detail), L"left %ld, top %ld, right %ld, bottom %ld", area.left - control->rect.left,
             area.top - control->rect.top, control->rect.right - area.right, control->rect.bottom - area.bottom);
    report(layout, "outside", control, L"", detail);
}

/* -- access keys ---------------------------------------------------------------------------- */

/* The character behind a single &, in upper case; 0: none. */
static wchar_t access_key(const wchar_t *text)
{
    for (; *text != L'\0'; text++) {
        if (*text != L'&')
            continue;
        text++;
        if (*text != L'&' && *text != L'\0')
            return (wchar_t)(ULONG_PTR)CharUpperW((LPWSTR)(ULONG_PTR)*text);
        if (*text == L'\0')
            break;
    }
    return 0;
}

static bool has_access_key(const Control *control)
{
    if (is_class(control, WC_BUTTONW))
        return true;
    return is_class(control, WC_STATICW) && !(control->style & SS_NOPREFIX);
}

static void check_keys(Layout *layout)
{
    for (int i = 0; i < layout->count; i++) {
        wchar_t key = has_access_key(&layout->controls[i]) ? access_key(layout->controls[i].text) : 0;

        for (int j = i + 1; key != 0 && j < layout->count; j++)
            if (has_access_key(&layout->controls[j]) && access_key(layout->controls[j].text) == key)
                report(layout, "access_key", &layout->controls[i], layout->controls[j].text, (wchar_t[]){key, L'\0'});
    }
}

/* Within one level of a menu. `bar` also collides with the window's own controls. */
static void check_menu(Layout *layout, Target *target, HMENU menu, bool bar)
{
    int count = menu_count(target, menu, layout->answer);
    MenuItem *items = calloc((size_t)max(count, 1), sizeof(MenuItem));

    if (items == NULL)
        abort();
    for (int i = 0; i < count && menu_item(target, menu, i, &items[i], layout->answer); i++) {
        wchar_t key = access_key(items[i].text);
        Control named = {.window = layout->top, .class_name = L"menu", .text = items[i].text};

        for (int j = 0; key != 0 && j < i; j++)
            if (access_key(items[j].text) == key)
                report(layout, "access_key", &named, items[j].text, (wchar_t[]){key, L'\0'});
        for (int j = 0; bar && key != 0 && j < layout->count; j++)
            if (has_access_key(&layout->controls[j]) && access_key(layout->controls[j].text) == key)
                report(layout, "access_key", &named, layout->controls[j].text, (wchar_t[]){key, L'\0'});
        if (items[i].submenu != NULL)
            check_menu(layout, target, items[i].submenu, false);
    }
    free(items);
}

static void check_menu_bar(Layout *layout)
{
    Target *target = target_open(layout->top, layout->answer);
    ULONG_PTR window = (ULONG_PTR)layout->top;
    ULONG_PTR menu;

    if (target == NULL || (GetWindowLongW(layout->top, GWL_STYLE) & WS_CHILD))
        return;
    if (target_call(target, L"user32.dll", "GetMenu", 1, &window, &menu, layout->answer) && menu != 0)
        check_menu(layout, target, (HMENU)menu, true);
}

/* -- the command ---------------------------------------------------------------------------- */

static void check_all(Layout *layout)
{
    for (int i = 0; i < layout->count; i++) {
        check_text(layout, &layout->controls[i]);
        check_outside(layout, &layout->controls[i]);
        for (int j = i + 1; j < layout->count; j++)
            check_overlap(layout, &layout->controls[i], &layout->controls[j]);
    }
    check_keys(layout);
    check_menu_bar(layout);
}

static bool run_layout(Command *command, Answer *answer)
{
    static Layout layout;

    memset(&layout, 0, sizeof(layout));
    layout.answer = answer;
    layout.top = command_window(command, 1);
    if (!IsWindow(layout.top))
        return answer_fail(answer, "there is no window %s", command_word(command, 1));
    layout.dc = CreateCompatibleDC(NULL);
    layout.dpi = (UINT)GetDpiForWindow(layout.top);
    collect(&layout, layout.top);
    json_open(answer, '[');
    check_all(&layout);
    json_close(answer, ']');
    for (int i = 0; i < layout.count; i++)
        free(layout.controls[i].text);
    if (layout.font_cache != NULL)
        DeleteObject(layout.font_cache);
    DeleteDC(layout.dc);
    return !answer->failed;
}

const CommandEntry layout_commands[] = {
    {"layout", 1, run_layout, "HWND: clipped texts, overlapping or outlying controls, doubled access keys; [] is good"},
    {0},
};
