/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The OVF description of a VM that is exported, in the form that VMware and VirtualBox both take. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_OVF_WRITE_H
#define POOLCENTER_AGENT_OVF_WRITE_H

#include "protocol/types.h"

typedef struct OvfDisk {
    const char *file;
    int64_t size;      /* of the file */
    int64_t capacity;
    DiskBus bus;
} OvfDisk;

/* The caller frees. */
char *ovf_text(const VmInfo *vm, const OvfDisk *disks, size_t count);

#endif
