/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The New VM wizard without its window: values, defaults by guest kind, checks per page, and the request it ends in. UI thread. */
#ifndef POOLCENTER_NEW_VM_H
#define POOLCENTER_NEW_VM_H

#include "client/core/new_vm_seed.h"
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
    bool tpm;            /* its installer wants a TPM 2.0 */
    bool cloud_init;     /* there are images of it that set themselves up */
    bool answer_file;    /* its installer reads Windows' answer files */
    const char *vendor;  /* who makes it, NULL: not known */
    bool old;            /* its maker does not look after it any more */
} GuestKind;

size_t guest_kind_count(void);
const GuestKind *guest_kind_at(size_t index);
const GuestKind *guest_kind_find(const char *id); /* NULL: unknown */

typedef enum NewVmPage {
    NEW_VM_SOURCE, NEW_VM_NAME, NEW_VM_MEDIA, NEW_VM_GUEST, NEW_VM_CPU_MEMORY, NEW_VM_DISK, NEW_VM_NETWORK, NEW_VM_FIRMWARE, NEW_VM_COPY, NEW_VM_CLOUD, NEW_VM_CLOUD_MORE,
    NEW_VM_ANSWERS, NEW_VM_FINISH, NEW_VM_PAGE_COUNT
} NewVmPage;

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
    bool tpm, can_tpm;                   /* wanted; the host can */
    bool start_now;
    bool customise;                      /* its properties are shown before it starts */
    const GuestKindTable *kinds;         /* the host's, borrowed; NULL: PoolCenter's own */
    char *template;                      /* UUID of the template it is made from; NULL: it is made new */
    bool linked;                         /* its disks stand on the template's */
    char *copy_datastore;                /* where its disks go; NULL: beside the template's */
    NewVmSeed seed;                      /* what the guest is told at its first start */
} NewVm;

/* Defaults for this server: first datastore with room, first active network, guest kind from the last time. */
void new_vm_init(NewVm *form, const Server *server);
void new_vm_clear(NewVm *form);
/* Chooses a guest kind and sets CPU, memory, disk, NIC and firmware to its defaults (only what the user has not changed). */
void new_vm_set_guest(NewVm *form, const Server *server, const char *guest);
/* Guest kinds: those of the host, and what PoolCenter knows besides when the host has none. Texts are borrowed from the table. */
size_t new_vm_kind_count(const NewVm *form);
GuestKind new_vm_kind_at(const NewVm *form, size_t index);
bool new_vm_find_kind(const NewVm *form, const char *id, GuestKind *ret); /* false: unknown */
/* The host has told its guest kinds (borrowed as long as the form). */
void new_vm_set_kinds(NewVm *form, const Server *server, const GuestKindTable *kinds);
/* Whether the page makes sense for what was chosen so far. */
bool new_vm_wants(const NewVm *form, const Server *server, NewVmPage page);
/* NULL: the page is complete; else the sentence that says what is wrong (caller frees). */
char *new_vm_check(const NewVm *form, const Server *server, NewVmPage page);
/* Builds the request; every page must have passed new_vm_check. The caller clears it. */
void new_vm_request(const NewVm *form, const Server *server, VmCreateParams *ret);
/* The same when it is made from a template. */
void new_vm_clone_request(const NewVm *form, const Server *server, VmCloneParams *ret);

#endif
