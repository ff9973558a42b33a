/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What PoolCenter keeps in a domain's <metadata>, and rules for names. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_VM_GENERAL_H
#define POOLCENTER_AGENT_VM_GENERAL_H

#include "agent/xml.h"
#include "protocol/types.h"

/* Our element in the description; NULL: none. */
xmlNode *vm_metadata(xmlNode *root);
/* The same, made where it is missing. */
xmlNode *vm_metadata_need(xmlNode *root);
/* An empty element of ours, and an empty <metadata>, go. */
void vm_metadata_tidy(xmlNode *root);
/* The same as text without its namespace, as virDomainSetMetadata wants it; the caller frees. NULL: none. */
char *vm_metadata_text(xmlNode *root);
/* Fills guest, folder, tags, protected, and autostart as far as it is kept here. */
void vm_metadata_read(xmlNode *root, VmInfo *vm);
/* ERR_VM_NAME_INVALID says what libvirt, or a file name made of it, would not bear. */
int vm_name_check(const char *name, Error *err);

#endif
