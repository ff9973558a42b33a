/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Descriptions of VMs in files that are imported: OVF (DMTF DSP0243 1.x and 2.x, as VMware, VirtualBox and others write it) and libvirt's XML.
 * The text is a stranger's: everything is bounded, document types are refused, and nothing in it names a file of the host. Any thread.
 */
#ifndef POOLCENTER_AGENT_OVF_READ_H
#define POOLCENTER_AGENT_OVF_READ_H

#include "protocol/types.h"

enum { DESCRIPTION_MAX = 8 << 20 }; /* bytes of an OVF or XML */

/* name: of the file, for errors and where the text has no name. system: which of its VMs, by its id; NULL: the first. kind of the result is OVF.
 * ERR_APPLIANCE_INVALID. */
int ovf_read(const char *text, size_t length, const char *name, const char *system, Appliance *ret, Error *err);
/* libvirt's description of a VM; disks are named by the last part of their paths. */
int libvirt_read(const char *text, size_t length, const char *name, Appliance *ret, Error *err);

/* "web01.ova" -> "web01", fit for a VM's name; the caller frees. */
char *appliance_name_of(const char *file);

#endif
