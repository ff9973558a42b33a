/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The New VM wizard without its window: values, defaults by guest kind, checks per page, and the request it ends in. UI thread. */
#ifndef POOLCENTER_NEW_VM_H
#define POOLCENTER_NEW_VM_H

#include "client/core/server.h"

typedef struct GuestKind {
    const char *id;      /* kept as the VM's metadata: "linux", "windows11" ... osinfo short ids where there is one */
    const char *name;    /* product name, the same in all languages */
    const char *family;  /* "Linux", "Windows", "BSD", ... */
    int vcpus;
    int64_t memory;      /* bytes */
    int64_t disk;        /* bytes */
    DiskBus bus;
    NicModel nic;
    Firmware firmware;
} GuestKind;

size_t guest_kind_count(void);
const GuestKind *guest_kind_at(size_t index);
const GuestKind *guest_kind_find(const char *id); /* NULL: unknown */

typedef enum NewVmPage { NEW_VM_NAME, NEW_VM_GUEST, NEW_VM_MEDIA, NEW_VM_CPU_MEMORY, NEW_VM_DISK, NEW_VM_NETWORK, NEW_VM_FIRMWARE, NEW_VM_FINISH, NEW_VM_PAGE_COUNT } NewVmPage;

/* Free text fields hold what the user typed, valid or not, so that Back loses nothing. */
typedef struct NewVm {
    char *name, *description;
    char *guest;                         /* GuestKind id */
    char *media_datastore, *media_volume;/* NULL: no medium */
    char *vcpus, *memory_mib;            /* as typed */
    bool with_disk;
    char *disk_datastore;
    char *disk_gib;                      /* as typed, decimals allowed with . or , */
    VolumeFormat disk_format;
    DiskBus disk_bus;
    bool disk_thick;
    bool with_nic;
    char *network;                       /* UUID */
    NicModel nic_model;
    Firmware firmware;
    bool start_now;
} NewVm;

/* Defaults for this server: first datastore with room, first active network, guest kind from the last time. */
void new_vm_init(NewVm *form, const Server *server);
void new_vm_clear(NewVm *form);
/* Chooses a guest kind and sets CPU, memory, disk, NIC and firmware to its defaults (only what the user has not changed). */
void new_vm_set_guest(NewVm *form, const Server *server, const char *guest);
/* NULL: the page is complete; else the sentence that says what is wrong (caller frees). */
char *new_vm_check(const NewVm *form, const Server *server, NewVmPage page);
/* Builds the request; every page must have passed new_vm_check. The caller clears it. */
void new_vm_request(const NewVm *form, const Server *server, VmCreateParams *ret);

#endif
