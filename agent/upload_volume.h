/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upload into a volume through libvirt, for datastores that are no directories. Cannot be resumed. Workers only. */
#ifndef POOLCENTER_AGENT_UPLOAD_VOLUME_H
#define POOLCENTER_AGENT_UPLOAD_VOLUME_H

#include "agent/agent.h"
#include "agent/upload_sink.h"
#include "agent/virt.h"

/* Makes the volume, which an agent that is killed meanwhile removes when it runs again, and opens a stream to it. owner: number of the driver.
 * ERR_VOLUME_EXISTS; ERR_NOT_SUPPORTED: one of that name exists and would have to go before the first byte of the new one is there. */
int upload_volume_open(Agent *agent, int owner, virStoragePoolPtr pool, const UploadTarget *target, UploadSink *ret, Error *err);

#endif
