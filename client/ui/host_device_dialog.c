/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choosing a USB or PCI device of the host for a VM, with what is known of each: who has it, what goes with it, why it should stay. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/win/icons.h"

#include <stdlib.h>

enum { TREE = 100, NOTE };

typedef struct HostDeviceBox {
    Dialog *dialog;
    const HostDeviceTable *devices;
    const char *vm_name;
    VmHostDevice *ret;
} HostDeviceBox;

char *host_device_name(const HostDevice *device)
{
    const char *vendor = device->vendor ? device->vendor : str_or_empty(device->vendor_id), *product = device->product ? device->product : str_or_empty(device->product_id);
    return x_printf("%s %s", vendor, product);
}

static const HostDevice *selected(const HostDeviceBox *box)
{
    intptr_t index = form_tree_data(dialog_form(box->dialog), TREE, -1);
    return index < 0 ? NULL : &box->devices->devices.items[index];
}

static char *join(const StrList *words)
{
    char *all = x_strdup("");
    for (size_t i = 0; i < words->count; i++) {
        char *longer = x_printf("%s%s%s", all, i ? ", " : "", words->items[i]);
        free(all);
        all = longer;
    }
    return all;
}

/* What there is to know before one takes it. */
static char *facts(const HostDeviceBox *box, const HostDevice *device, NoteKind *ret_kind)
{
    *ret_kind = NOTE_WARNING;
    if (device->used_by && !str_equal(device->used_by, box->vm_name))
        return text_format(TEXT_DEVICE_USED, device->used_by, NULL);
    if (device->kind == HOST_DEVICE_PCI && !device->iommu_group)
        return x_strdup(text(TEXT_DEVICE_NO_IOMMU));
    if (device->why_not)
        return text_format(TEXT_DEVICE_WHY_NOT, device->why_not, NULL);
    *ret_kind = NOTE_INFO;
    AUTO_FREE char *with = join(&device->with);
    if (*with)
        return text_format(TEXT_DEVICE_WITH, with, NULL);
    AUTO_FREE char *wanted = join(&device->wanted_by);
    return *wanted ? text_format(TEXT_DEVICE_WANTED, wanted, NULL) : text_format(TEXT_DEVICE_DRIVER, device->driver ? device->driver : text(TEXT_UNKNOWN), NULL);
}

static void show(HostDeviceBox *box)
{
    const HostDevice *device = selected(box);
    NoteKind kind = NOTE_INFO;
    AUTO_FREE char *words = device ? facts(box, device, &kind) : x_strdup(text(TEXT_DEVICE_CHOOSE));
    form_set_note(dialog_form(box->dialog), NOTE, kind, words);
    dialog_enable(box->dialog, IDOK, device && !(device->kind == HOST_DEVICE_PCI && !device->iommu_group));
}

static void take(HostDeviceBox *box)
{
    const HostDevice *device = selected(box);
    *box->ret = (VmHostDevice){.kind = device->kind, .device = x_strdup(device->key), .present = true, .name = host_device_name(device)};
    dialog_close(box->dialog, IDOK);
}

static void on_event(void *context, int id, FormEvent event)
{
    HostDeviceBox *box = context;
    if (event == FORM_CLICKED && id == IDOK)
        take(box);
    else if (event == FORM_CLICKED && id == IDCANCEL)
        dialog_close(box->dialog, IDCANCEL);
    else if (event == FORM_CHANGED)
        show(box);
}

static bool has(const HostDeviceBox *box, HostDeviceKind kind)
{
    for (size_t i = 0; i < box->devices->devices.count; i++)
        if (box->devices->devices.items[i].kind == kind)
            return true;
    return false;
}

static void fill(const HostDeviceBox *box, HostDeviceKind kind, TextId title)
{
    Form *form = dialog_form(box->dialog);
    void *group = form_tree_group(form, TREE, text(title), kind == HOST_DEVICE_PCI ? ICON_CPU : ICON_CONNECT);
    for (size_t i = 0; i < box->devices->devices.count; i++) {
        AUTO_FREE char *name = host_device_name(&box->devices->devices.items[i]);
        AUTO_FREE char *line = x_printf("%s (%s)", name, box->devices->devices.items[i].key);
        if (box->devices->devices.items[i].kind == kind)
            form_tree_add(form, TREE, group, line, kind == HOST_DEVICE_PCI ? ICON_CPU : ICON_CONNECT, (intptr_t)i);
    }
}

bool host_device_dialog(HWND owner, const HostDeviceTable *devices, const char *vm_name, VmHostDevice *ret)
{
    HostDeviceBox box = {.devices = devices, .vm_name = vm_name, .ret = ret};
    box.dialog = dialog_create(owner, text(TEXT_DEVICE_TITLE), on_event, &box);
    dialog_set_topic(box.dialog, "properties-devices");
    dialog_set_width(box.dialog, 560);
    form_tree(dialog_form(box.dialog), TREE, text(TEXT_LABEL_HOST_DEVICES), 12);
    form_note(dialog_form(box.dialog), NOTE, NOTE_INFO, text(TEXT_DEVICE_CHOOSE));
    dialog_button(box.dialog, IDOK, text(TEXT_CHOOSE_ADD), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    fill(&box, HOST_DEVICE_USB, has(&box, HOST_DEVICE_USB) ? TEXT_DEVICE_GROUP_USB : TEXT_DEVICE_GROUP_NO_USB);
    fill(&box, HOST_DEVICE_PCI, has(&box, HOST_DEVICE_PCI) ? TEXT_DEVICE_GROUP_PCI : TEXT_DEVICE_GROUP_NO_PCI);
    show(&box);
    return dialog_run(box.dialog) == IDOK;
}
