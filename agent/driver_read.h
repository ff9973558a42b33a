/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads libvirt's objects into the contract's messages. Waits for libvirt: workers and driver threads only. */
#ifndef POOLCENTER_AGENT_DRIVER_READ_H
#define POOLCENTER_AGENT_DRIVER_READ_H

#include "agent/agent.h"
#include "agent/virt.h"

/* What one call has told about all VMs: saves four calls for each. */
typedef struct VmHints {
    VmState state;
    bool autostart;
    bool transient;
    bool snapshots; /* has some */
} VmHints;
/* hints NULL: libvirt is asked. */
int read_vm(Agent *agent, const char *driver, virDomainPtr domain, const VmHints *hints, VmInfo *ret, Error *err);
int read_datastore(virStoragePoolPtr pool, DatastoreInfo *ret, Error *err);
int read_network(virNetworkPtr network, NetworkInfo *ret, Error *err);
/* used_by is not filled in. */
int read_volume(virStorageVolPtr volume, VolumeInfo *ret, Error *err);
/* What the hypervisor offers. */
void read_driver(const Config *config, virConnectPtr conn, DriverInfo *ret);
/* Architecture, machine type and accelerator new VMs get; false: the driver makes none of ours. */
typedef struct GuestPlatform {
    char *arch;
    char *machine;      /* "q35", "virt" ... */
    const char *type;   /* domain type: "kvm", "qemu", "test" */
    bool uefi;
    const char *cpu_mode; /* NULL: the hypervisor's default */
    bool video_virtio;
    int64_t max_vcpus;
} GuestPlatform;
bool read_platform(const Config *config, virConnectPtr conn, GuestPlatform *ret);
void guest_platform_clear(GuestPlatform *platform);

#endif
