/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of operating systems in OVF files, and ours. Static data; any thread. */
#ifndef POOLCENTER_AGENT_OVF_GUEST_H
#define POOLCENTER_AGENT_OVF_GUEST_H

#include "protocol/util.h"

/* The guest kind (client/core/guest_kind.c) that comes nearest to VMware's or VirtualBox's word, the description, or CIM's number. */
const char *ovf_guest_kind(const char *word, const char *description, int64_t cim);
/* VMware's word and CIM's number (CIM_OperatingSystem.OsType) for a guest kind. */
const char *ovf_guest_word(const char *kind);
int ovf_guest_number(const char *kind);

#endif
