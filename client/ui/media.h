/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inserting and ejecting CDs by the commands vm.insert_iso and vm.eject; a VM with several drives uses the first that fits. UI thread. */
#ifndef POOLCENTER_MEDIA_H
#define POOLCENTER_MEDIA_H

#include "client/ui/app.h"

/* Reads the ISOs of all datastores, then shows them as a menu at the mouse; the chosen one is inserted. */
void insert_iso_run(const Selection *selection);
void eject_run(const Selection *selection);
/* Has the VM a CD drive, and (loaded) one with a medium in it? NULL: no. */
const DiskInfo *media_drive(const VmInfo *vm, bool loaded);

#endif
