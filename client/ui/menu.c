/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Menus made from the command table; see menu.h. UI thread. */
#include "client/ui/menu.h"

#include "client/win/dpi.h"
#include "client/win/theme_menu.h"
#include "client/win/utf.h"

#include <stdlib.h>

/* In item lists: the submenus. */
enum { THEME_SUBMENU = COMMAND_END, LANGUAGE_SUBMENU, SNAPSHOT_SUBMENU, TEMPLATE_SUBMENU };

enum { DPI_STEP = 24 };

typedef struct Menu {
    TextId title;
    const int *items;
    size_t count;
} Menu;

static const int file_items[] = {
    COMMAND_ADD_SERVER, COMMAND_IMPORT_SSH, COMMAND_IMPORT_SERVERS, COMMAND_EXPORT_SERVERS, COMMAND_NONE, COMMAND_CONNECT_ALL, COMMAND_DISCONNECT_ALL, COMMAND_NONE,
    COMMAND_OPEN_SEARCH, COMMAND_SAVE_SEARCH, COMMAND_NONE, COMMAND_LOCK, COMMAND_EXIT};
static const int server_items[] = {
    COMMAND_ADD_SERVER, COMMAND_NONE, COMMAND_CONNECT, COMMAND_DISCONNECT, COMMAND_RETRY_NOW, COMMAND_CHANGE_LOGIN, COMMAND_FORGET_PASSWORD, COMMAND_NONE,
    COMMAND_NEW_VM, COMMAND_NEW_DATASTORE, COMMAND_NEW_NETWORK, COMMAND_NONE, COMMAND_AGENT, COMMAND_NONE, COMMAND_REMOVE_SERVER};
static const int vm_items[] = {
    COMMAND_NEW_VM, COMMAND_IMPORT_VM, COMMAND_NONE, COMMAND_START, COMMAND_SHUTDOWN, COMMAND_REBOOT, COMMAND_NONE, COMMAND_PAUSE, COMMAND_RESUME, COMMAND_NONE,
    COMMAND_FORCE_OFF, COMMAND_RESET, COMMAND_NONE, COMMAND_CONSOLE, COMMAND_INSERT_ISO, COMMAND_EJECT, COMMAND_NONE,
    SNAPSHOT_SUBMENU, TEMPLATE_SUBMENU, COMMAND_FIRST_START, COMMAND_NONE, COMMAND_EXPORT_VM, COMMAND_DELETE_VM, COMMAND_NONE, COMMAND_PROPERTIES};
static const int snapshot_items[] = {
    COMMAND_TAKE_SNAPSHOT, COMMAND_NONE, COMMAND_REVERT_SNAPSHOT, COMMAND_CLONE_SNAPSHOT, COMMAND_EXPORT_SNAPSHOT, COMMAND_EDIT_SNAPSHOT, COMMAND_NONE, COMMAND_DELETE_SNAPSHOT, COMMAND_DELETE_BRANCH};
static const int template_items[] = {
    COMMAND_CLONE_VM, COMMAND_MAKE_TEMPLATE, COMMAND_NONE, COMMAND_DEPLOY_TEMPLATE, COMMAND_QUICK_CREATE, COMMAND_UNMAKE_TEMPLATE};
static const int storage_items[] = {
    COMMAND_NEW_DATASTORE, COMMAND_NONE, COMMAND_UPLOAD, COMMAND_REFRESH_DATASTORE, COMMAND_DETACH_DATASTORE, COMMAND_FORGET_DATASTORE, COMMAND_DESTROY_DATASTORE, COMMAND_DATASTORE_SETTINGS, COMMAND_NONE, COMMAND_NEW_VOLUME, COMMAND_FETCH_VOLUME, COMMAND_NONE,
    COMMAND_NEW_VM_FROM_ISO, COMMAND_IMPORT_VOLUME, COMMAND_DOWNLOAD_VOLUME, COMMAND_COPY_VOLUME, COMMAND_SEND_VOLUME, COMMAND_MOVE_VOLUME, COMMAND_RESIZE_VOLUME, COMMAND_VOLUME_DETAILS, COMMAND_NONE,
    COMMAND_WIPE_VOLUME, COMMAND_DELETE_VOLUME};
static const int network_items[] = {
    COMMAND_NEW_NETWORK, COMMAND_NONE, COMMAND_EDIT_NETWORK, COMMAND_NETWORK_LEASES, COMMAND_NONE, COMMAND_START_NETWORK, COMMAND_STOP_NETWORK, COMMAND_RESTART_NETWORK,
    COMMAND_AUTOSTART_NETWORK, COMMAND_NONE, COMMAND_DELETE_NETWORK, COMMAND_NONE, COMMAND_NEW_BRIDGE, COMMAND_NEW_VLAN, COMMAND_NEW_BOND, COMMAND_EDIT_NIC, COMMAND_DELETE_NIC, COMMAND_NIC_CHANGE};
static const int view_items[] = {
    COMMAND_BACK, COMMAND_FORWARD, COMMAND_NONE, COMMAND_FIND, COMMAND_REFRESH, COMMAND_NONE, COMMAND_SHOW_TOOLBAR, COMMAND_SHOW_TASKS, COMMAND_CLEAR_TASKS, COMMAND_NONE,
    THEME_SUBMENU, LANGUAGE_SUBMENU, COMMAND_NONE, COMMAND_OPTIONS};
static const int theme_items[] = {COMMAND_THEME_WINDOWS, COMMAND_THEME_LIGHT, COMMAND_THEME_DARK};
static const int language_items[] = {COMMAND_LANGUAGE_WINDOWS, COMMAND_ENGLISH, COMMAND_GERMAN};
static const int help_items[] = {COMMAND_HELP, COMMAND_NONE, COMMAND_OPEN_LOG, COMMAND_NONE, COMMAND_WHATS_NEW, COMMAND_CHECK_UPDATES, COMMAND_NONE, COMMAND_ABOUT};

#define MENU(title, items) {title, items, ARRAY_SIZE(items)}
static const Menu bar[] = {
    MENU(TEXT_MENU_FILE, file_items), MENU(TEXT_MENU_SERVER, server_items), MENU(TEXT_MENU_VM, vm_items),
    MENU(TEXT_MENU_STORAGE, storage_items), MENU(TEXT_MENU_NETWORK, network_items), MENU(TEXT_MENU_VIEW, view_items), MENU(TEXT_MENU_HELP, help_items),
};
static const Menu submenus[] = {
    [THEME_SUBMENU - COMMAND_END] = MENU(TEXT_MENU_THEME, theme_items),
    [LANGUAGE_SUBMENU - COMMAND_END] = MENU(TEXT_MENU_LANGUAGE, language_items),
    [SNAPSHOT_SUBMENU - COMMAND_END] = MENU(TEXT_MENU_SNAPSHOTS, snapshot_items),
    [TEMPLATE_SUBMENU - COMMAND_END] = MENU(TEXT_MENU_TEMPLATES, template_items),
};

static const int host_context[] = {
    COMMAND_CONNECT, COMMAND_RETRY_NOW, COMMAND_DISCONNECT, COMMAND_NONE, COMMAND_NEW_VM, COMMAND_IMPORT_VM, COMMAND_NEW_DATASTORE, COMMAND_NEW_NETWORK, COMMAND_NONE, COMMAND_AGENT, COMMAND_CHANGE_LOGIN, COMMAND_FORGET_PASSWORD, COMMAND_REMOVE_SERVER};
static const int vm_context[] = {
    COMMAND_START, COMMAND_SHUTDOWN, COMMAND_REBOOT, COMMAND_NONE, COMMAND_PAUSE, COMMAND_RESUME, COMMAND_NONE, COMMAND_FORCE_OFF, COMMAND_RESET, COMMAND_NONE,
    COMMAND_CONSOLE, COMMAND_INSERT_ISO, COMMAND_EJECT, COMMAND_NONE, SNAPSHOT_SUBMENU, TEMPLATE_SUBMENU, COMMAND_FIRST_START, COMMAND_NONE, COMMAND_EXPORT_VM, COMMAND_DELETE_VM, COMMAND_NONE, COMMAND_PROPERTIES};
static const int template_context[] = {
    COMMAND_DEPLOY_TEMPLATE, COMMAND_QUICK_CREATE, COMMAND_NONE, COMMAND_UNMAKE_TEMPLATE, COMMAND_NONE, COMMAND_EXPORT_VM, COMMAND_DELETE_VM};
static const int datastore_context[] = {COMMAND_UPLOAD, COMMAND_FETCH_VOLUME, COMMAND_NEW_VOLUME, COMMAND_REFRESH_DATASTORE, COMMAND_NONE, COMMAND_NEW_DATASTORE, COMMAND_DETACH_DATASTORE, COMMAND_FORGET_DATASTORE, COMMAND_DESTROY_DATASTORE, COMMAND_NONE, COMMAND_DATASTORE_SETTINGS};
static const int volume_context[] = {
    COMMAND_VOLUME_DETAILS, COMMAND_NEW_VM_FROM_ISO, COMMAND_IMPORT_VOLUME, COMMAND_NONE, COMMAND_DOWNLOAD_VOLUME, COMMAND_COPY_VOLUME, COMMAND_SEND_VOLUME, COMMAND_MOVE_VOLUME, COMMAND_RESIZE_VOLUME, COMMAND_NONE,
    COMMAND_UPLOAD, COMMAND_FETCH_VOLUME, COMMAND_NEW_VOLUME, COMMAND_NONE, COMMAND_WIPE_VOLUME, COMMAND_DELETE_VOLUME};
static const int network_context[] = {
    COMMAND_EDIT_NETWORK, COMMAND_NETWORK_LEASES, COMMAND_NONE, COMMAND_START_NETWORK, COMMAND_STOP_NETWORK, COMMAND_RESTART_NETWORK, COMMAND_AUTOSTART_NETWORK, COMMAND_NONE,
    COMMAND_NEW_NETWORK, COMMAND_DELETE_NETWORK};
static const int empty_context[] = {COMMAND_ADD_SERVER, COMMAND_IMPORT_SSH, COMMAND_NONE, COMMAND_CONNECT_ALL, COMMAND_DISCONNECT_ALL};

/* What an open context menu is for; the frame asks with its own selection meanwhile. */
static const Selection *tracked;

static void append_command(HMENU menu, CommandId id, int dpi)
{
    AUTO_FREE char *key = command_key_text(id);
    AUTO_FREE char *words = x_printf("%s%s%s", text(command_text(id)), *key ? "\t" : "", key);
    AUTO_FREE wchar_t *wide = utf_to_wide(words);

    theme_menu_append(menu, COMMAND_MENU_BASE + (UINT)id, wide, command_icon(id), NULL, false, dpi);
}

static HMENU make_popup(const int *items, size_t count, int dpi);

static void append_submenu(HMENU menu, const Menu *submenu, bool in_bar, int dpi)
{
    AUTO_FREE wchar_t *title = utf_text(submenu->title);

    theme_menu_append(menu, 0, title, 0, make_popup(submenu->items, submenu->count, dpi), in_bar, dpi);
}

static HMENU make_popup(const int *items, size_t count, int dpi)
{
    HMENU menu = CreatePopupMenu();

    for (size_t i = 0; i < count; i++) {
        if (items[i] == COMMAND_NONE)
            theme_menu_separator(menu);
        else if (items[i] < COMMAND_END)
            append_command(menu, (CommandId)items[i], dpi);
        else
            append_submenu(menu, &submenus[items[i] - COMMAND_END], false, dpi);
    }
    theme_menu_finish(menu);
    return menu;
}

static void attach_bar(HWND frame, int dpi)
{
    HMENU menu = CreateMenu(), old = GetMenu(frame);

    for (size_t i = 0; i < ARRAY_SIZE(bar); i++)
        append_submenu(menu, &bar[i], true, dpi);
    theme_menu_finish(menu);
    SetMenu(frame, menu);
    theme_menu_destroy(old);
    DrawMenuBar(frame);
}

/* The system makes the bar as high as it likes: large text may not fit. */
static int fitting_dpi(HWND frame, int dpi)
{
    MENUBARINFO info = {.cbSize = sizeof info};

    if (!GetMenuBarInfo(frame, OBJID_MENU, 0, &info) || info.rcBar.bottom <= info.rcBar.top)
        return dpi;
    while (dpi > USER_DEFAULT_SCREEN_DPI && dpi_text_height(dpi, FONT_TEXT) > info.rcBar.bottom - info.rcBar.top)
        dpi -= DPI_STEP;
    return dpi;
}

void menu_attach_bar(HWND frame)
{
    int dpi = dpi_of(frame), fitting;

    attach_bar(frame, dpi);
    fitting = fitting_dpi(frame, dpi);
    if (fitting != dpi)
        attach_bar(frame, fitting);
}

void menu_prepare(HMENU popup, const Selection *selection)
{
    selection = tracked ? tracked : selection;
    for (int i = 0; i < GetMenuItemCount(popup); i++) {
        UINT id = GetMenuItemID(popup, i);
        CommandId command = (CommandId)(id - COMMAND_MENU_BASE);
        AUTO_FREE char *why = NULL;
        if (id == (UINT)-1 || id <= COMMAND_MENU_BASE || id >= COMMAND_MENU_BASE + COMMAND_END)
            continue;
        EnableMenuItem(popup, (UINT)i, MF_BYPOSITION | (command_can_run(command, selection, &why) ? MF_ENABLED : MF_GRAYED));
        CheckMenuItem(popup, (UINT)i, MF_BYPOSITION | (command_checked(command, selection) ? MF_CHECKED : MF_UNCHECKED));
    }
}

char *menu_explain(WPARAM wparam, const Selection *selection)
{
    UINT id = LOWORD(wparam);
    char *why = NULL;

    selection = tracked ? tracked : selection;
    if (HIWORD(wparam) == 0xFFFF || (HIWORD(wparam) & (MF_POPUP | MF_SEPARATOR)) || id <= COMMAND_MENU_BASE || id >= COMMAND_MENU_BASE + COMMAND_END)
        return NULL;
    if (!command_can_run((CommandId)(id - COMMAND_MENU_BASE), selection, &why) && why)
        return why;
    free(why);
    return command_plain_text((CommandId)(id - COMMAND_MENU_BASE));
}

static void track(HWND owner, POINT screen, const int *items, size_t count, const Selection *selection)
{
    HMENU menu = make_popup(items, count, dpi_of(owner));
    Selection chosen = *selection;
    int id;

    tracked = &chosen;
    menu_prepare(menu, &chosen);
    id = TrackPopupMenuEx(menu, TPM_RETURNCMD | TPM_RIGHTBUTTON, screen.x, screen.y, app_get()->frame, NULL);
    tracked = NULL;
    theme_menu_destroy(menu);
    if (id > COMMAND_MENU_BASE)
        command_run((CommandId)(id - COMMAND_MENU_BASE), &chosen);
}

void menu_context(HWND owner, POINT screen, const CommandId *commands, size_t count, const Selection *selection)
{
    int items[COMMAND_END];

    while (count && commands[count - 1] == COMMAND_NONE)
        count--;
    for (size_t i = 0; i < count && i < ARRAY_SIZE(items); i++)
        items[i] = (int)commands[i];
    track(owner, screen, items, count, selection);
}

void menu_context_for(HWND owner, POINT screen, const Selection *selection)
{
    const VmInfo *vm = selection_vm(selection);

    if (vm && vm->template) {
        track(owner, screen, template_context, ARRAY_SIZE(template_context), selection);
        return;
    }
    switch (selection->kind) {
    case OBJECT_HOST: track(owner, screen, host_context, ARRAY_SIZE(host_context), selection); return;
    case OBJECT_VM: track(owner, screen, vm_context, ARRAY_SIZE(vm_context), selection); return;
    case OBJECT_DATASTORE: track(owner, screen, datastore_context, ARRAY_SIZE(datastore_context), selection); return;
    case OBJECT_VOLUME: track(owner, screen, volume_context, ARRAY_SIZE(volume_context), selection); return;
    case OBJECT_NETWORK: track(owner, screen, network_context, ARRAY_SIZE(network_context), selection); return;
    case OBJECT_UNKNOWN: track(owner, screen, empty_context, ARRAY_SIZE(empty_context), selection); return;
    default: return;
    }
}
