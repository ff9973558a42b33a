/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contract's enumerations as words for people, and the icons of states. Any thread (words), UI thread (icons). */
#ifndef POOLCENTER_WORDS_H
#define POOLCENTER_WORDS_H

#include "client/core/server.h"
#include "client/core/text.h"

TextId words_vm_state(VmState state);
TextId words_vm_kind(VmKind kind);
TextId words_firmware(Firmware firmware);
TextId words_datastore_state(DatastoreState state);
/* What it is, as the wizard calls it; the caller frees. */
char *words_datastore_type(const DatastoreInfo *datastore);
char *words_datastore_choice(const DatastoreInfo *datastore); /* for a list to choose from: its name, and how much is free; the caller frees */
TextId words_role(Role role);
TextId words_device(DiskDevice device);

/* ICON_... */
int words_vm_icon(const VmInfo *vm);
int words_datastore_icon(const DatastoreInfo *datastore); /* those with low space get a warning */
/* The caller frees these. */
char *words_datastore_marks(const DatastoreInfo *datastore);       /* default, ISO library ...; "" for none */
char *words_datastore_low(const DatastoreInfo *datastore);         /* the sentence about low space; NULL: there is enough */
char *words_datastore_provisioned(const DatastoreInfo *datastore); /* what guests were promised, and its share; NULL: nothing or not known */
int words_volume_icon(VolumeFormat format);
int words_device_icon(DiskDevice device);

/* Share of a datastore that is used, in thousandths. */
int words_permille(int64_t part, int64_t whole);

#endif
