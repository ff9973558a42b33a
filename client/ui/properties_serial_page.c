/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Serial ports and channels. See properties.h. UI thread. */
#include "client/ui/devices_of.h"

#include "client/win/icons.h"

enum { PORTS = 690, ADD_PORT, REMOVE_PORT, CHANNELS, ADD_AGENT, ADD_SPICE, REMOVE_CHANNEL };

static const char guest_agent[] = "org.qemu.guest_agent.0", spice_agent[] = "com.redhat.spice.0";

DEVICES_OF(serial, VmSerial)
DEVICES_OF(channels, VmChannel)

static void port_cells(Properties *box, const void *device, char *ret[DEVICE_COLUMNS])
{
    const VmSerial *port = device;
    (void)box;
    ret[0] = x_strdup(port->key ? port->key : text(TEXT_DEVICE_NEW));
    ret[1] = x_strdup(port->type);
    ret[2] = x_strdup(port->path ? port->path : port->log);
}

static void channel_cells(Properties *box, const void *device, char *ret[DEVICE_COLUMNS])
{
    const VmChannel *channel = device;
    (void)box;
    ret[0] = x_strdup(channel->name);
    ret[1] = x_strdup(channel->type);
    ret[2] = x_strdup(text(channel->connected ? TEXT_YES : TEXT_NO));
}

static int port_icon(const void *device)
{
    (void)device;
    return ICON_LOG;
}

static int channel_icon(const void *device)
{
    return ((const VmChannel *)device)->connected ? ICON_CONNECT : ICON_DISCONNECT;
}

static const DeviceList ports = {
    .list = PORTS, .remove = REMOVE_PORT, .group = GROUP_SERIAL, .label = TEXT_LABEL_PORTS, .columns = {TEXT_COLUMN_NUMBER, TEXT_COLUMN_TYPE, TEXT_COLUMN_PATH}, .lines = 4, .at = serial_at,
    .key = serial_key, .take_away = serial_take_away, .cells = port_cells, .icon = port_icon,
};
static const DeviceList channels = {
    .list = CHANNELS, .remove = REMOVE_CHANNEL, .group = GROUP_CHANNELS, .label = TEXT_LABEL_CHANNELS, .columns = {TEXT_COLUMN_NAME, TEXT_COLUMN_TYPE, TEXT_COLUMN_CONNECTED}, .lines = 4,
    .at = channels_at, .key = channels_key, .take_away = channels_take_away, .cells = channel_cells, .icon = channel_icon,
};

static void build(Properties *box, Form *form)
{
    (void)box;
    device_list_build(form, &ports);
    form_button(form, ADD_PORT, text(TEXT_PORT_ADD));
    device_list_remove_button(form, &ports, TEXT_PORT_REMOVE);
    device_list_build(form, &channels);
    form_button(form, ADD_AGENT, text(TEXT_CHANNEL_AGENT));
    form_beside_button(form, ADD_SPICE, text(TEXT_CHANNEL_SPICE));
    device_list_remove_button(form, &channels, TEXT_CHANNEL_REMOVE);
}

static bool has_channel(const Properties *box, const char *name)
{
    const VmChannels *list = box->edit.want.channels;
    for (size_t i = 0; list && i < list->items.count; i++)
        if (str_equal(list->items.items[i].name, name))
            return true;
    return false;
}

static void enable(Properties *box, Form *form)
{
    bool can = !box->read_only && box->edit.want.channels && vm_edit_allowed(&box->edit, GROUP_CHANNELS, "add", NULL);
    form_set_enabled(form, ADD_PORT, !box->read_only && box->edit.want.serial && vm_edit_allowed(&box->edit, GROUP_SERIAL, "add", NULL));
    form_set_enabled(form, ADD_AGENT, can && !has_channel(box, guest_agent));
    form_set_enabled(form, ADD_SPICE, can && !has_channel(box, spice_agent));
}

static void fill(Properties *box, Form *form)
{
    device_list_fill(box, form, &ports);
    device_list_fill(box, form, &channels);
    enable(box, form);
}

static void add_channel(Properties *box, Form *form, const char *name)
{
    VmChannel channel = {.name = x_strdup(name)};
    VmChannelList_add(&box->edit.want.channels->items, &channel);
    device_list_select_last(box, form, &channels);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == ADD_PORT) {
        VmSerial port = {.type = x_strdup("pty")};
        VmSerialList_add(&box->edit.want.serial->items, &port);
        device_list_select_last(box, form, &ports);
    } else if (event == FORM_CLICKED && (id == ADD_AGENT || id == ADD_SPICE)) {
        add_channel(box, form, id == ADD_AGENT ? guest_agent : spice_agent);
    } else if (!device_list_event(box, form, &ports, id, event)) {
        device_list_event(box, form, &channels, id, event);
    }
    enable(box, form);
}

const PropertiesPage properties_serial_page = {ICON_LOG, "properties-serial", build, fill, event, NULL};
