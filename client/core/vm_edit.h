/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A VM's Properties dialog without its window: the values that are being edited, what differs from the host's, when a change would take effect and why,
 * one-line summaries and checks of each page, and the request it ends in. The window writes into `want` and asks here for everything else. UI thread.
 */
#ifndef POOLCENTER_VM_EDIT_H
#define POOLCENTER_VM_EDIT_H

#include "client/core/model.h"
#include "client/core/text.h"

typedef enum VmPage {
    VM_PAGE_GENERAL, VM_PAGE_CPU, VM_PAGE_MEMORY, VM_PAGE_BOOT, VM_PAGE_DISKS, VM_PAGE_DRIVES, VM_PAGE_NICS, VM_PAGE_GRAPHICS, VM_PAGE_SERIAL, VM_PAGE_DEVICES,
    VM_PAGE_RNG, VM_PAGE_GUEST, VM_PAGE_START, VM_PAGE_ADVANCED, VM_PAGE_COUNT,
} VmPage;

/* In a number of `want`: what was typed is none. */
enum { VM_EDIT_BAD = -1 };

typedef struct VmEdit {
    VmDetails was;         /* as the host told it */
    VmConfig want;         /* as it shall be; has the groups that was.config has */
    GuestCapabilities can; /* what the host offers for it; empty until can_known */
    bool can_known;
    const Model *model;    /* of its server, for names of networks and other VMs; borrowed, may be NULL */
} VmEdit;

/* Takes details (left empty). */
void vm_edit_init(VmEdit *edit, VmDetails *details, const Model *model);
void vm_edit_clear(VmEdit *edit);

/* ---- what was changed */
bool vm_edit_changed(const VmEdit *edit);
bool vm_edit_page_changed(const VmEdit *edit, VmPage page);
/* Puts a page's values back to what the host has. */
void vm_edit_undo(VmEdit *edit, VmPage page);
/* The request with the groups that were changed; the caller clears it. */
void vm_edit_request(const VmEdit *edit, VmConfigureParams *ret);
/* The VM is another one now: takes details (left empty), keeps what was changed here in groups nobody else has changed. *ret_theirs: what others changed, as
 * words ("CPU: Maximum; Disks: vda"), *ret_lost: pages whose changes made here were dropped for it, NULL for none; the caller frees both. */
void vm_edit_rebase(VmEdit *edit, VmDetails *details, char **ret_theirs, char **ret_lost);
/* What is different: a row per field, or per device added, removed or changed; the caller clears it. */
void vm_differences(const VmConfig *before, const VmConfig *after, VmSettingList *ret);

/* ---- when a change takes effect (vm_edit_when.c) */
/* device: its key, or NULL. ret_reason may be NULL. */
ApplyWhen vm_edit_when(const VmEdit *edit, SettingGroup group, const char *field, const char *device, ApplyReason *ret_reason);
bool vm_edit_allowed(const VmEdit *edit, SettingGroup group, const char *field, const char *device); /* neither never nor only while off */
/* Lines for people about all settings of a page: what applies at once, what at the next start, what only while the VM is off, and why. The caller frees. */
char *vm_edit_when_text(const VmEdit *edit, VmPage page, const char *device);
/* What of this page waits for the next start, as words; NULL: nothing. The caller frees. */
char *vm_edit_pending_text(const VmEdit *edit, VmPage page);
/* Groups of the page that wait, for vm.revert. */
void vm_edit_pending_groups(const VmEdit *edit, VmPage page, StrList *ret);
/* Rows as words, "CPU: Maximum; Disks: vda"; the caller frees. */
char *vm_settings_words(const VmSettingList *rows);
/* After a task of vm.configure: what was done, for people; NULL: everything took effect at once. The caller frees. */
char *vm_configured_text(const char *result);

/* ---- pages (vm_edit_pages.c) */
TextId vm_page_title(VmPage page);
const char *vm_page_name(VmPage page);  /* stable word, also the end of its topic in the manual */
bool vm_edit_has_page(const VmEdit *edit, VmPage page); /* the hypervisor has such settings */
char *vm_edit_summary(const VmEdit *edit, VmPage page); /* one line; the caller frees */
char *vm_edit_nic_network(const VmEdit *edit, const VmNic *nic);
char *vm_edit_boot_name(const VmEdit *edit, const char *entry); /* of an entry of boot.order, for people */
/* Every device that can be in the boot order, those of the order first. The caller clears it. */
void vm_edit_boot_devices(const VmEdit *edit, StrList *ret);

/* ---- checks (vm_edit_check.c) of what was changed; NULL: fine, else a sentence the caller frees */
char *vm_edit_check(const VmEdit *edit, VmPage page);
bool vm_edit_is_mac(const char *mac);
bool vm_edit_is_cpu_list(const char *list);

/* ---- numbers as they are typed */
int64_t vm_edit_number(const char *typed);                   /* whole; empty is 0, nonsense VM_EDIT_BAD */
int64_t vm_edit_size(const char *typed, int64_t unit);       /* with decimals, in bytes of this unit; empty is 0, nonsense VM_EDIT_BAD */
char *vm_edit_size_text(int64_t bytes, int64_t unit);        /* "1.5"; "" for 0 and VM_EDIT_BAD; the caller frees */
/* Pins of single CPUs as people type them, "0: 0-3; 1: 4,5". Nonsense is one pin of the CPU VM_EDIT_BAD. */
char *vm_edit_pins_text(const CpuPinList *pins);
void vm_edit_take_pins(const char *typed, CpuPinList *ret);

/* ---- devices */
/* Takes devices that are not there any more out of the boot order. */
void vm_edit_prune_boot(VmEdit *edit);
/* Limits without any number are none: frees them. */
void vm_edit_tidy_limits(VmDisk *disk);
void vm_edit_tidy_nic_limits(VmNic *nic);

#endif
