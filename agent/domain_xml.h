/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a libvirt domain description says about a VM. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_DOMAIN_XML_H
#define POOLCENTER_AGENT_DOMAIN_XML_H

#include "protocol/types.h"

/* Namespace of the metadata element that keeps what libvirt has no place for. */
#define POOLCENTER_XMLNS "urn:poolcenter:vm:1"

/* Fills name, id, description, guest, folder, tags, protected, kind, vcpus, memory, firmware, console, disks and nics. ERR_LIBVIRT. */
int domain_xml_read(const char *xml, size_t length, VmInfo *ret, Error *err);

#endif
