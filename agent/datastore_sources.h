/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server or the host offers for a datastore. Waits for libvirt, which runs programs: workers and tasks only. */
#ifndef POOLCENTER_AGENT_DATASTORE_SOURCES_H
#define POOLCENTER_AGENT_DATASTORE_SOURCES_H

#include "agent/virt.h"

/* Exports, targets or volume groups; the caller clears the table. ERR_LIBVIRT, ERR_NOT_SUPPORTED. */
int datastore_sources_read(virConnectPtr conn, const DatastoreSourcesParams *params, DatastoreSourceTable *ret, Error *err);

#endif
