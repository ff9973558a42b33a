/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See format_box.h. UI thread. */
#include "client/ui/format_box.h"

#include "protocol/datastore_type.h"

void format_box_build(Form *form, int id, TextId label, int width)
{
    form_combo(form, id, text(label), width, false);
    form_combo_add(form, id, text(TEXT_NEW_VM_FORMAT_QCOW2), VOLUME_FORMAT_QCOW2);
    form_combo_add(form, id, text(TEXT_NEW_VM_FORMAT_RAW), VOLUME_FORMAT_RAW);
    form_combo_select(form, id, VOLUME_FORMAT_QCOW2);
}

void format_box_show(Form *form, int id, const DatastoreInfo *store, VolumeFormat wanted, bool enabled)
{
    bool raw = store && datastore_type_is_raw(store->type);
    form_combo_select(form, id, raw ? VOLUME_FORMAT_RAW : wanted);
    form_set_enabled(form, id, enabled && !raw);
}
