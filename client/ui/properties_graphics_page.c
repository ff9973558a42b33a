/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Graphics and video: screens for remote viewers, and graphics cards. See properties.h. UI thread. */
#include "client/ui/devices_of.h"

#include "client/win/icons.h"

#include <stdlib.h>

enum { SCREENS = 660, ADD_SCREEN, REMOVE_SCREEN, TYPE, LISTEN, PORT, KEYMAP, PASSWORD, CARDS = 675, ADD_CARD, REMOVE_CARD, MODEL, MEMORY, HEADS, ACCELERATED };

#define SCREEN_FIELD(id, kind, label, name, width) {id, kind, label, GROUP_GRAPHICS, #name, offsetof(VmGraphic, name), .chars = width}
static const Field screen_fields[] = {
    SCREEN_FIELD(TYPE, FIELD_WORD, TEXT_LABEL_GRAPHICS_TYPE, type, 16),
    SCREEN_FIELD(LISTEN, FIELD_TEXT, TEXT_LABEL_LISTEN, listen, 20),
    SCREEN_FIELD(PORT, FIELD_NUMBER, TEXT_LABEL_PORT, port, 0),
    SCREEN_FIELD(KEYMAP, FIELD_TEXT, TEXT_LABEL_KEYMAP, keymap, 8),
};

#define CARD_FIELD(id, kind, label, name, ...) {id, kind, label, GROUP_VIDEO, #name, offsetof(VmVideo, name), __VA_ARGS__}
static const Field card_fields[] = {
    CARD_FIELD(MODEL, FIELD_WORD, TEXT_LABEL_VIDEO_MODEL, model, .chars = 16),
    CARD_FIELD(MEMORY, FIELD_SIZE, TEXT_LABEL_VIDEO_MEMORY, memory, .unit = TEXT_UNIT_MB, .scale = 1 << 20),
    CARD_FIELD(HEADS, FIELD_NUMBER, TEXT_LABEL_HEADS, heads, .chars = 0),
    CARD_FIELD(ACCELERATED, FIELD_FLAG, TEXT_LABEL_ACCELERATED, accelerated, .chars = 0),
};

DEVICES_OF(graphics, VmGraphic)
DEVICES_OF(video, VmVideo)

static void screen_cells(Properties *box, const void *device, char *ret[DEVICE_COLUMNS])
{
    const VmGraphic *screen = device;
    (void)box;
    ret[0] = x_strdup(screen->type);
    ret[1] = x_strdup(screen->listen ? screen->listen : text(TEXT_LISTEN_NONE));
    ret[2] = screen->port > 0 ? x_printf("%lld", (long long)screen->port) : x_strdup(text(TEXT_PORT_AUTOMATIC));
}

static void card_cells(Properties *box, const void *device, char *ret[DEVICE_COLUMNS])
{
    const VmVideo *card = device;
    (void)box;
    ret[0] = x_strdup(card->model);
    ret[1] = vm_edit_size_text(card->memory, 1 << 20);
}

static int screen_icon(const void *device)
{
    (void)device;
    return ICON_CONSOLE;
}

static int card_icon(const void *device)
{
    (void)device;
    return ICON_SCALE;
}

static const DeviceList screens = {
    .list = SCREENS, .remove = REMOVE_SCREEN, .group = GROUP_GRAPHICS, .label = TEXT_LABEL_SCREENS, .columns = {TEXT_COLUMN_TYPE, TEXT_COLUMN_LISTEN, TEXT_COLUMN_PORT}, .lines = 2, .at = graphics_at,
    .key = graphics_key, .take_away = graphics_take_away, .cells = screen_cells, .icon = screen_icon, .fields = screen_fields, .field_count = ARRAY_SIZE(screen_fields),
};
static const DeviceList cards = {
    .list = CARDS, .remove = REMOVE_CARD, .group = GROUP_VIDEO, .label = TEXT_LABEL_CARDS, .columns = {TEXT_COLUMN_MODEL, TEXT_COLUMN_VIDEO_MEMORY}, .lines = 2, .at = video_at, .key = video_key,
    .take_away = video_take_away, .cells = card_cells, .icon = card_icon, .fields = card_fields, .field_count = ARRAY_SIZE(card_fields),
};

/* ---------------------------------------------------------------- page */

static void build(Properties *box, Form *form)
{
    (void)box;
    device_list_build(form, &screens);
    form_button(form, ADD_SCREEN, text(TEXT_SCREEN_ADD));
    device_list_remove_button(form, &screens, TEXT_SCREEN_REMOVE);
    fields_build(form, screen_fields, ARRAY_SIZE(screen_fields));
    form_edit(form, PASSWORD, text(TEXT_LABEL_SCREEN_PASSWORD), 16, ES_PASSWORD);
    device_list_build(form, &cards);
    form_button(form, ADD_CARD, text(TEXT_CARD_ADD));
    device_list_remove_button(form, &cards, TEXT_CARD_REMOVE);
    fields_build(form, card_fields, ARRAY_SIZE(card_fields));
}

/* The password that is set is never told: a new one is typed over dots that stand for it. */
static void fill_password(Properties *box, Form *form)
{
    const VmGraphic *screen = device_list_selected(box, form, &screens);
    form_set_text(form, PASSWORD, !screen ? "" : screen->new_password ? screen->new_password : screen->password ? "********" : "");
    form_set_enabled(form, PASSWORD, screen && !box->read_only && vm_edit_allowed(&box->edit, GROUP_GRAPHICS, "new_password", screen->key));
}

static void enable(Properties *box, Form *form)
{
    form_set_enabled(form, ADD_SCREEN, !box->read_only && box->edit.want.graphics && vm_edit_allowed(&box->edit, GROUP_GRAPHICS, "add", NULL));
    form_set_enabled(form, ADD_CARD, !box->read_only && box->edit.want.video && vm_edit_allowed(&box->edit, GROUP_VIDEO, "add", NULL));
}

static void fill(Properties *box, Form *form)
{
    fields_words(form, TYPE, &box->edit.can.graphics);
    fields_words(form, MODEL, &box->edit.can.videos);
    device_list_fill(box, form, &screens);
    device_list_fill(box, form, &cards);
    fill_password(box, form);
    enable(box, form);
}

static void take_password(Properties *box, Form *form)
{
    VmGraphic *screen = device_list_selected(box, form, &screens);
    if (!screen)
        return;
    x_free_secret(screen->new_password);
    screen->new_password = form_secret(form, PASSWORD);
    screen->password = !str_empty(screen->new_password);
    if (!screen->password) {
        free(screen->new_password);
        screen->new_password = NULL;
    }
}

static void add_screen(Properties *box, Form *form)
{
    const VmGraphicList *items = &box->edit.want.graphics->items;
    bool has_vnc = items->count && str_equal(items->items[0].type, "vnc");
    VmGraphic screen = {.type = x_strdup(has_vnc ? "spice" : "vnc")};
    VmGraphicList_add(&box->edit.want.graphics->items, &screen);
    device_list_select_last(box, form, &screens);
}

static void add_card(Properties *box, Form *form)
{
    VmVideo card = {.model = x_strdup("virtio")};
    VmVideoList_add(&box->edit.want.video->items, &card);
    device_list_select_last(box, form, &cards);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == ADD_SCREEN)
        add_screen(box, form);
    else if (event == FORM_CLICKED && id == ADD_CARD)
        add_card(box, form);
    else if (event == FORM_CHANGED && id == PASSWORD)
        take_password(box, form);
    else if (!device_list_event(box, form, &screens, id, event))
        device_list_event(box, form, &cards, id, event);
    if (id >= SCREENS && id <= REMOVE_SCREEN)
        fill_password(box, form);
    enable(box, form);
}

static const char *device(Properties *box, Form *form) { return device_list_key(box, form, &screens); }

const PropertiesPage properties_graphics_page = {ICON_SCALE, "properties-graphics", build, fill, event, device};
