/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page USB and PCI: devices of the host given to the VM. See properties.h. UI thread. */
#include "client/ui/devices_of.h"

#include "client/win/icons.h"

#include <string.h>

enum { LIST = 710, ADD, REMOVE, NOTE };

DEVICES_OF(host_devices, VmHostDevice)

/* A USB device is named without its port where there is one of a kind. */
static bool is_same(const char *a, const char *b)
{
    size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    return strncmp(a, b, shorter) == 0 && (!a[shorter] || a[shorter] == ':') && (!b[shorter] || b[shorter] == ':');
}

/* NULL: the host does not have it now. */
static const HostDevice *device_of(const Properties *box, const VmHostDevice *given)
{
    const char *key = given->device ? given->device : given->key;
    for (size_t i = 0; key && i < box->host_devices.devices.count; i++)
        if (is_same(box->host_devices.devices.items[i].key, key))
            return &box->host_devices.devices.items[i];
    return NULL;
}

static const char *presence(const Properties *box, const VmHostDevice *given)
{
    if (!given->key)
        return text(TEXT_DEVICE_NEW);
    return box->devices_known ? text(device_of(box, given) ? TEXT_YES : TEXT_NO) : NULL;
}

static void cells(Properties *box, const void *device, char *ret[DEVICE_COLUMNS])
{
    const VmHostDevice *given = device;
    const HostDevice *device_here = device_of(box, given);
    ret[0] = device_here ? host_device_name(device_here) : x_strdup(str_empty(given->name) ? given->device : given->name);
    ret[1] = x_strdup(given->device ? given->device : given->key);
    ret[2] = x_strdup(presence(box, given));
}

static int icon_of(const void *device) { return ((const VmHostDevice *)device)->kind == HOST_DEVICE_PCI ? ICON_CPU : ICON_CONNECT; }

static const DeviceList given = {
    .list = LIST, .remove = REMOVE, .group = GROUP_HOST_DEVICES, .label = TEXT_LABEL_DEVICES, .columns = {TEXT_COLUMN_DEVICE, TEXT_COLUMN_ADDRESS, TEXT_COLUMN_PRESENT}, .lines = 8,
    .at = host_devices_at, .key = host_devices_key, .take_away = host_devices_take_away, .cells = cells, .icon = icon_of,
};

static void build(Properties *box, Form *form)
{
    (void)box;
    device_list_build(form, &given);
    form_button(form, ADD, text(TEXT_DEVICE_ADD));
    device_list_remove_button(form, &given, TEXT_DEVICE_REMOVE);
    form_note(form, NOTE, NOTE_INFO, text(TEXT_DEVICES_NOTE));
}

static void on_devices(void *context, HostDeviceTable *result, const Error *error)
{
    Properties *box = context;
    if (error) {
        box->devices_why = text_error(error);
        properties_refill(box, VM_PAGE_DEVICES);
        return;
    }
    HostDeviceTable_clear(&box->host_devices);
    box->host_devices = *result;
    *result = (HostDeviceTable){0};
    box->devices_known = true;
    properties_refill(box, VM_PAGE_DEVICES);
}

static void ask(Properties *box)
{
    HostDevicesParams params = {0};
    if (box->devices_asked)
        return;
    box->devices_asked = true;
    if (!server_can(box->server, METHOD_host_devices, &box->devices_why))
        return;
    call_host_devices(box->server, &params, on_devices, box, box);
}

static void show_note(const Properties *box, Form *form)
{
    bool none = box->devices_known && !box->host_devices.devices.count;
    form_set_note(form, NOTE, box->devices_why ? NOTE_WARNING : NOTE_INFO, box->devices_why ? box->devices_why : text(none ? TEXT_DEVICES_NONE : TEXT_DEVICES_NOTE));
}

static void fill(Properties *box, Form *form)
{
    ask(box);
    device_list_fill(box, form, &given);
    show_note(box, form);
    form_set_enabled(form, ADD, !box->read_only && box->host_devices.devices.count && box->edit.want.host_devices && vm_edit_allowed(&box->edit, GROUP_HOST_DEVICES, "add", NULL));
}

static bool is_given(const Properties *box, const char *device)
{
    const VmHostDeviceList *items = &box->edit.want.host_devices->items;
    for (size_t i = 0; i < items->count; i++)
        if (str_equal(items->items[i].device, device) || str_equal(items->items[i].key, device))
            return true;
    return false;
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmHostDevice device = {0};
    if (event == FORM_CLICKED && id == ADD) {
        if (!host_device_dialog(dialog_window(box->dialog), &box->host_devices, box->edit.was.config->general ? box->edit.was.config->general->name : NULL, &device))
            return;
        if (is_given(box, device.device))
            VmHostDevice_clear(&device);
        else
            VmHostDeviceList_add(&box->edit.want.host_devices->items, &device);
        device_list_select_last(box, form, &given);
        return;
    }
    device_list_event(box, form, &given, id, event);
}

static const char *device(Properties *box, Form *form) { return device_list_key(box, form, &given); }

const PropertiesPage properties_devices_page = {ICON_CONNECT, "properties-devices", build, fill, event, device};
