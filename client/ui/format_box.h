/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The box "Format" of new disks: qcow2 or raw; raw alone where a datastore's volumes are no files. UI thread. */
#ifndef POOLCENTER_FORMAT_BOX_H
#define POOLCENTER_FORMAT_BOX_H

#include "client/core/text.h"
#include "client/win/form.h"
#include "protocol/types.h"

/* width: in letters, as form_combo's. */
void format_box_build(Form *form, int id, TextId label, int width);
/* Shows what a disk in store (NULL: none is chosen) will be if wanted is wished for; enabled: whether anything can be chosen at all. */
void format_box_show(Form *form, int id, const DatastoreInfo *store, VolumeFormat wanted, bool enabled);

#endif
