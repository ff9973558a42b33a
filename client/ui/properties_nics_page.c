/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Network cards. See properties.h. UI thread. */
#include "client/ui/devices_of.h"

#include "client/win/icons.h"

#include <stdlib.h>

enum { LIST = 630, ADD, REMOVE, NETWORK, MODEL, MAC, LINK_DOWN, VLAN, IN_AVERAGE, IN_PEAK, IN_BURST, OUT_AVERAGE, OUT_PEAK, OUT_BURST };

#define NIC_FIELD(id, kind, label, name, width) {id, kind, label, GROUP_NICS, #name, offsetof(VmNic, name), .chars = width}
static const Field fields[] = {
    NIC_FIELD(MODEL, FIELD_WORD, TEXT_LABEL_MODEL, model, 20),
    NIC_FIELD(MAC, FIELD_TEXT, TEXT_LABEL_MAC, mac, 20),
    NIC_FIELD(VLAN, FIELD_NUMBER, TEXT_LABEL_VLAN, vlan, 0),
    NIC_FIELD(LINK_DOWN, FIELD_FLAG, TEXT_LABEL_LINK_DOWN, link_down, 0),
};

#define LIMIT_FIELD(id, label, name, unit_text) {id, FIELD_SIZE, label, GROUP_NICS, "limits", offsetof(NicLimits, name), .unit = unit_text, .scale = 1 << 10}
static const Field limits[] = {
    LIMIT_FIELD(IN_AVERAGE, TEXT_LABEL_IN_AVERAGE, in_average, TEXT_UNIT_KB_S),
    LIMIT_FIELD(IN_PEAK, TEXT_LABEL_IN_PEAK, in_peak, TEXT_UNIT_KB_S),
    LIMIT_FIELD(IN_BURST, TEXT_LABEL_IN_BURST, in_burst, TEXT_UNIT_KB),
    LIMIT_FIELD(OUT_AVERAGE, TEXT_LABEL_OUT_AVERAGE, out_average, TEXT_UNIT_KB_S),
    LIMIT_FIELD(OUT_PEAK, TEXT_LABEL_OUT_PEAK, out_peak, TEXT_UNIT_KB_S),
    LIMIT_FIELD(OUT_BURST, TEXT_LABEL_OUT_BURST, out_burst, TEXT_UNIT_KB),
};

DEVICES_OF(nics, VmNic)

static void cells(Properties *box, const void *device, char *ret[DEVICE_COLUMNS])
{
    const VmNic *nic = device;
    ret[0] = x_strdup(nic->mac ? nic->mac : text(TEXT_DEVICE_NEW));
    ret[1] = vm_edit_nic_network(&box->edit, nic);
    ret[2] = x_strdup(nic->model);
}

static int icon_of(const void *device)
{
    const VmNic *nic = device;
    return nic->link_down ? ICON_NETWORK_OFF : ICON_NETWORK;
}

static const DeviceList nics = {
    .list = LIST, .remove = REMOVE, .group = GROUP_NICS, .label = TEXT_LABEL_NICS, .columns = {TEXT_COLUMN_MAC, TEXT_COLUMN_NETWORK, TEXT_COLUMN_MODEL}, .lines = 4, .at = nics_at, .key = nics_key,
    .take_away = nics_take_away, .cells = cells, .icon = icon_of, .fields = fields, .field_count = ARRAY_SIZE(fields),
};

/* ---------------------------------------------------------------- page */

static void build(Properties *box, Form *form)
{
    (void)box;
    device_list_build(form, &nics);
    form_button(form, ADD, text(TEXT_NIC_ADD));
    device_list_remove_button(form, &nics, TEXT_NIC_REMOVE);
    form_combo(form, NETWORK, text(TEXT_LABEL_NETWORK), 30, false);
    fields_build(form, fields, ARRAY_SIZE(fields));
    form_heading(form, text(TEXT_HEADING_LIMITS));
    fields_build(form, limits, ARRAY_SIZE(limits));
}

/* The entry of the network it has, or, where that is not known, one with the name the host told. */
static void fill_networks(Properties *box, Form *form, const VmNic *nic)
{
    const Model *model = server_model(box->server);
    intptr_t chosen = -1;
    form_combo_clear(form, NETWORK);
    for (size_t i = 0; nic && i < model_network_count(model); i++) {
        const NetworkInfo *network = model_network_at(model, i);
        form_combo_add(form, NETWORK, network->name, form_id(form, network->id));
        if (str_equal(network->id, nic->network))
            chosen = form_id(form, network->id);
    }
    if (nic && chosen < 0 && nic->source) {
        chosen = form_id(form, "");
        form_combo_add(form, NETWORK, nic->source, chosen);
    }
    form_combo_select(form, NETWORK, chosen);
    form_set_enabled(form, NETWORK, nic && !box->read_only && vm_edit_allowed(&box->edit, GROUP_NICS, "network", nic->key));
}

static void fill_rest(Properties *box, Form *form)
{
    static const NicLimits none;
    const VmNic *nic = device_list_selected(box, form, &nics);
    fill_networks(box, form, nic);
    fields_fill(form, &box->edit, limits, ARRAY_SIZE(limits), nic ? nic->limits ? nic->limits : &none : NULL, nic ? nic->key : NULL, box->read_only);
    form_set_enabled(form, ADD, !box->read_only && vm_edit_allowed(&box->edit, GROUP_NICS, "add", NULL));
}

static void fill(Properties *box, Form *form)
{
    fields_words(form, MODEL, &box->edit.can.nic_models);
    device_list_fill(box, form, &nics);
    fill_rest(box, form);
}

static const NetworkInfo *usual_network(const Model *model)
{
    for (size_t i = 0; i < model_network_count(model); i++)
        if (model_network_at(model, i)->active)
            return model_network_at(model, i);
    return model_network_count(model) ? model_network_at(model, 0) : NULL;
}

static void add(Properties *box, Form *form)
{
    const NetworkInfo *network = usual_network(server_model(box->server));
    const VmNicList *items = &box->edit.want.nics->items;
    VmNic nic = {.model = x_strdup(items->count && items->items[0].model ? items->items[0].model : "virtio"), .network = x_strdup(network ? network->id : NULL)};
    VmNicList_add(&box->edit.want.nics->items, &nic);
    device_list_select_last(box, form, &nics);
}

static void take_network(Properties *box, Form *form)
{
    VmNic *nic = device_list_selected(box, form, &nics);
    const NetworkInfo *network = model_network(server_model(box->server), form_combo_id(form, NETWORK));
    if (!network) /* it has gone since */
        fill_networks(box, form, nic);
    if (!nic || !network)
        return;
    fields_set(&nic->network, x_strdup(network->id));
    device_list_fill(box, form, &nics);
}

static void take_limits(Properties *box, Form *form, int id)
{
    VmNic *nic = device_list_selected(box, form, &nics);
    if (!nic)
        return;
    if (!nic->limits)
        nic->limits = x_calloc(1, sizeof(*nic->limits));
    fields_take(form, limits, ARRAY_SIZE(limits), nic->limits, id);
    vm_edit_tidy_nic_limits(nic);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == ADD)
        add(box, form);
    else if (event == FORM_CHANGED && id == NETWORK)
        take_network(box, form);
    else if (event == FORM_CHANGED && id >= IN_AVERAGE && id <= OUT_BURST)
        take_limits(box, form, id);
    else
        device_list_event(box, form, &nics, id, event);
    if (id < MODEL)
        fill_rest(box, form);
}

static const char *device(Properties *box, Form *form) { return device_list_key(box, form, &nics); }

const PropertiesPage properties_nics_page = {ICON_NETWORK, "properties-nics", build, fill, event, device};
