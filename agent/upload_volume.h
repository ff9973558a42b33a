/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upload into a volume through libvirt, for datastores that are no directories. Cannot be resumed. Workers only. */
#ifndef POOLCENTER_AGENT_UPLOAD_VOLUME_H
#define POOLCENTER_AGENT_UPLOAD_VOLUME_H

#include "agent/upload_sink.h"
#include "agent/virt.h"

/* Makes the volume and opens a stream to it. target->replace deletes one of that name first. */
int upload_volume_open(virStoragePoolPtr pool, const UploadTarget *target, UploadSink *ret, Error *err);

#endif
