/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tabs and pages; see pages.h. The table of page classes stands here and nowhere else. UI thread. */
#include "client/ui/pages.h"

#include "client/ui/empty_state.h"
#include "client/ui/frame.h"
#include "client/win/accessible.h"
#include "client/win/dpi.h"
#include "client/win/panel.h"
#include "client/win/utf.h"

static const PageClass *const classes[] = {&agent_page_class, &start_page_class, &general_page_class, &storage_page_class, &networks_page_class, &snapshots_page_class, &console_page_class};

static struct {
    HWND window, tabs, empty;
    Page all[ARRAY_SIZE(classes)];
    Page *shown[ARRAY_SIZE(classes)]; /* in the order of the tabs */
    size_t shown_count;
    Page *current;
    Selection selection;
} pages;

static Settings *settings(void) { return core_settings(app_get()->core); }

static char *tab_setting(const Selection *selection) { return x_printf("tab.%s", ObjectKind_name(selection->kind)); }

static int tabs_height(void)
{
    RECT rect = {0};

    if (SendMessageW(pages.tabs, TCM_GETITEMRECT, 0, (LPARAM)&rect) && rect.bottom > 0)
        return rect.bottom + dpi_scale(dpi_of(pages.tabs), 2);
    return dpi_scale(dpi_of(pages.tabs), 28);
}

static void layout(void)
{
    RECT client;
    int top;

    GetClientRect(pages.window, &client);
    if (!pages.shown_count) {
        MoveWindow(pages.empty, 0, 0, client.right, client.bottom, TRUE);
        return;
    }
    MoveWindow(pages.tabs, 0, 0, client.right, client.bottom, TRUE);
    top = tabs_height();
    MoveWindow(pages.tabs, 0, 0, client.right, top, TRUE);
    if (pages.current && pages.current->window)
        MoveWindow(pages.current->window, 0, top, client.right, client.bottom > top ? client.bottom - top : 0, TRUE);
}

/* ---------------------------------------------------------------- pages */

static void hide_current(void)
{
    Page *page = pages.current;

    pages.current = NULL;
    if (!page || !page->window)
        return;
    if (page->class->hide)
        page->class->hide(page);
    frame_select_row(NULL); /* after that: a list that is emptied tells of its selection once more */
    ShowWindow(page->window, SW_HIDE);
}

/* Only what is shown: of others, the objects that they showed last may be gone. */
static void restyle(Page *page)
{
    if (page->old_style && page->class->restyle)
        page->class->restyle(page);
    page->old_style = false;
}

static void show_page(Page *page)
{
    if (page != pages.current)
        hide_current();
    if (!page->window)
        page->window = page->class->create(page, pages.window);
    pages.current = page;
    layout();
    /* The page compares with the selection it showed before. */
    page->class->show(page, &pages.selection);
    page->selection = pages.selection;
    restyle(page);
    ShowWindow(page->window, SW_SHOWNA);
    SetWindowPos(page->window, HWND_TOP, 0, 0, 0, 0, SWP_NOMOVE | SWP_NOSIZE | SWP_NOACTIVATE);
}

static void choose(size_t index)
{
    AUTO_FREE char *key = tab_setting(&pages.selection);

    if (index >= pages.shown_count)
        return;
    settings_set_str(settings(), key, pages.shown[index]->class->name);
    SendMessageW(pages.tabs, TCM_SETCURSEL, index, 0);
    if (pages.shown[index] != pages.current)
        show_page(pages.shown[index]);
}

void pages_choose(const char *name)
{
    for (size_t i = 0; i < pages.shown_count; i++)
        if (str_equal(pages.shown[i]->class->name, name))
            choose(i);
}

void pages_step(int step)
{
    size_t now = (size_t)SendMessageW(pages.tabs, TCM_GETCURSEL, 0, 0);

    if (pages.shown_count)
        choose((now + pages.shown_count + (size_t)step) % pages.shown_count);
}

/* ---------------------------------------------------------------- tabs */

static bool same_tabs(Page *const *wanted, size_t count)
{
    if (count != pages.shown_count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (wanted[i] != pages.shown[i])
            return false;
    return true;
}

static void insert_tabs(void)
{
    SendMessageW(pages.tabs, TCM_DELETEALLITEMS, 0, 0);
    for (size_t i = 0; i < pages.shown_count; i++) {
        AUTO_FREE wchar_t *title = utf_text(pages.shown[i]->class->title);
        TCITEMW item = {.mask = TCIF_TEXT, .pszText = title};
        SendMessageW(pages.tabs, TCM_INSERTITEMW, i, (LPARAM)&item);
    }
}

static void set_tabs(Page *const *wanted, size_t count)
{
    if (same_tabs(wanted, count))
        return;
    pages.shown_count = count;
    for (size_t i = 0; i < count; i++)
        pages.shown[i] = wanted[i];
    insert_tabs();
}

/* The tab chosen last for this kind of object, else the one in front now, else the first. One that says what is missing comes first of all. */
static size_t remembered_tab(void)
{
    if (pages.shown_count && pages.shown[0]->class == &agent_page_class)
        return 0;
    AUTO_FREE char *key = tab_setting(&pages.selection);
    const char *name = settings_str(settings(), key, "");

    for (size_t i = 0; i < pages.shown_count; i++)
        if (str_equal(pages.shown[i]->class->name, name))
            return i;
    for (size_t i = 0; i < pages.shown_count; i++)
        if (pages.shown[i] == pages.current)
            return i;
    return 0;
}

static size_t find_tabs(const Selection *selection, Page **ret_wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_SIZE(classes) && selection->kind != OBJECT_UNKNOWN; i++)
        if (classes[i]->applies(selection))
            ret_wanted[count++] = &pages.all[i];
    return count;
}

void pages_show_tabs(const Selection *selection)
{
    Page *wanted[ARRAY_SIZE(classes)];

    if (!same_tabs(wanted, find_tabs(selection, wanted)))
        pages_show(selection);
}

void pages_show(const Selection *selection)
{
    Page *wanted[ARRAY_SIZE(classes)];
    size_t count = find_tabs(selection, wanted);

    pages.selection = *selection;
    set_tabs(wanted, count);
    ShowWindow(pages.tabs, count ? SW_SHOWNA : SW_HIDE);
    ShowWindow(pages.empty, count ? SW_HIDE : SW_SHOWNA);
    if (!count) {
        hide_current();
        empty_state_refresh();
        layout();
        return;
    }
    SendMessageW(pages.tabs, TCM_SETCURSEL, remembered_tab(), 0);
    show_page(pages.shown[remembered_tab()]);
}

const char *pages_topic(void) { return pages.current ? pages.current->class->topic : "first-steps"; }

void pages_refresh(Server *server, const ChangeList *changes)
{
    if (pages.current && pages.current->class->refresh && pages.selection.server == server)
        pages.current->class->refresh(pages.current, server, changes);
    empty_state_refresh();
}

void pages_restyle(void)
{
    size_t now = (size_t)SendMessageW(pages.tabs, TCM_GETCURSEL, 0, 0);

    SendMessageW(pages.tabs, WM_SETFONT, (WPARAM)dpi_font(dpi_of(pages.tabs), FONT_TEXT), TRUE);
    SendMessageW(pages.tabs, TCM_SETPADDING, 0, MAKELPARAM(dpi_scale(dpi_of(pages.tabs), 12), dpi_scale(dpi_of(pages.tabs), 5)));
    accessible_name(pages.window, text(TEXT_ACCESSIBLE_TABS));
    accessible_name(pages.tabs, text(TEXT_ACCESSIBLE_TABS));
    insert_tabs();
    SendMessageW(pages.tabs, TCM_SETCURSEL, now, 0);
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
        pages.all[i].old_style = pages.all[i].window != NULL;
    if (pages.current)
        restyle(pages.current);
    empty_state_restyle();
    layout();
}

void pages_focus(void)
{
    HWND first = pages.current ? GetNextDlgTabItem(pages.current->window, NULL, FALSE) : NULL;

    SetFocus(first ? first : pages.tabs);
}

void pages_close(void)
{
    hide_current();
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        if (pages.all[i].window && classes[i]->destroy)
            classes[i]->destroy(&pages.all[i]);
        pages.all[i].window = NULL;
    }
}

static bool handler(void *context, HWND window, UINT message, WPARAM wparam, LPARAM lparam, LRESULT *ret)
{
    const NMHDR *header = (const NMHDR *)lparam;

    (void)context;
    (void)window;
    (void)wparam;
    *ret = 0;
    if (message == WM_SIZE) {
        layout();
        return true;
    }
    if (message != WM_NOTIFY || header->hwndFrom != pages.tabs || header->code != (UINT)TCN_SELCHANGE)
        return false;
    choose((size_t)SendMessageW(pages.tabs, TCM_GETCURSEL, 0, 0));
    return true;
}

HWND pages_create(HWND parent)
{
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
        pages.all[i].class = classes[i];
    pages.window = panel_create(parent, L"pages", THEME_WINDOW, handler, NULL);
    pages.tabs = CreateWindowExW(0, WC_TABCONTROLW, L"", WS_CHILD | WS_CLIPSIBLINGS | WS_TABSTOP, 0, 0, 0, 0, pages.window, NULL, GetModuleHandleW(NULL), NULL);
    pages.empty = empty_state_create(pages.window);
    pages_restyle();
    return pages.window;
}
