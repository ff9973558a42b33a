/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt's description of a VM, changed for disks that have been exported. Plain function, any thread. */
#ifndef POOLCENTER_AGENT_EXPORT_XML_H
#define POOLCENTER_AGENT_EXPORT_XML_H

#include "protocol/types.h"

/* The disks (not drives), in their order, are qcow2 files at these paths; what they stood on is gone. The caller frees; NULL: xml cannot be read. */
char *export_xml(const char *xml, const StrList *paths);

#endif
