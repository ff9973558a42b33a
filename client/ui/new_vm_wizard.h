/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages of the New VM wizard share; each new_vm_wizard_*.c holds some of them. The rules are those of client/core/new_vm.h. UI thread. */
#ifndef POOLCENTER_NEW_VM_WIZARD_H
#define POOLCENTER_NEW_VM_WIZARD_H

#include "client/core/catalog.h"
#include "client/core/new_vm.h"
#include "client/ui/app.h"
#include "client/ui/seed_pages.h"
#include "client/win/wizard.h"

typedef struct NewVmWizard {
    Wizard *wizard;
    Server *server;
    NewVm form;
    Catalog *isos;      /* all ISOs of the server; opened with the media page */
    bool filling;       /* the media list is being rebuilt */
    StrList uploading;  /* names of files uploaded from here that have not arrived yet */
    size_t uploads_seen; /* of the core's list */
    char *upload_store; /* datastore they go to */
    int ticks;
    GuestKindTable kinds;    /* the host's guest kinds, once it has told them */
    GuestCapabilities can;   /* what guests can have there; can_known: the answer has come */
    bool can_known;
    GuestDetection detected; /* of the chosen medium, as far as known */
    bool guest_picked;       /* by the user, after the medium was chosen */
    SeedPages seed;
    char *pictured;          /* template whose picture is shown or on its way */
    char *made;              /* UUID of the VM that is to be customised; set when its task has ended */
    bool from_iso;           /* begun with an ISO */
} NewVmWizard;

/* Takes the place of *field; the old text is freed. */
void new_vm_wizard_take(char **field, char *value);

/* new_vm_wizard.c: a VM from the chosen template at once, with a name of the agent's choice. */
void new_vm_wizard_quick_create(NewVmWizard *wizard);

/* The same file: the page that is shown is filled anew, since something has become known. */
void new_vm_wizard_refill(NewVmWizard *wizard);

/* new_vm_wizard_source.c */
void new_vm_source_build(void *context, Form *form);
void new_vm_source_enter(void *context, Form *form);
void new_vm_source_event(void *context, Form *form, int id, FormEvent event);
void new_vm_copy_build(void *context, Form *form);
void new_vm_copy_enter(void *context, Form *form);
void new_vm_copy_event(void *context, Form *form, int id, FormEvent event);

/* new_vm_wizard_answers.c */
void new_vm_answers_build(void *context, Form *form);
void new_vm_answers_enter(void *context, Form *form);
void new_vm_answers_event(void *context, Form *form, int id, FormEvent event);

/* new_vm_first_start.c: the properties of a VM that was just made, then its start; modal to owner. Who cancels is asked whether the VM stays. */
void new_vm_first_start(HWND owner, Server *server, const char *vm, bool start);

/* new_vm_wizard_guest.c */
void new_vm_name_build(void *context, Form *form);
void new_vm_name_enter(void *context, Form *form);
void new_vm_name_event(void *context, Form *form, int id, FormEvent event);
void new_vm_guest_build(void *context, Form *form);
void new_vm_guest_enter(void *context, Form *form);
void new_vm_guest_event(void *context, Form *form, int id, FormEvent event);

/* new_vm_wizard_media.c */
void new_vm_media_build(void *context, Form *form);
void new_vm_media_enter(void *context, Form *form);
void new_vm_media_event(void *context, Form *form, int id, FormEvent event);
void new_vm_media_tick(NewVmWizard *wizard);
void new_vm_media_detect(NewVmWizard *wizard); /* the chosen medium is another: asks what it installs */

/* new_vm_wizard_hardware.c */
void new_vm_cpu_build(void *context, Form *form);
void new_vm_cpu_enter(void *context, Form *form);
void new_vm_cpu_event(void *context, Form *form, int id, FormEvent event);
void new_vm_disk_build(void *context, Form *form);
void new_vm_disk_enter(void *context, Form *form);
void new_vm_disk_event(void *context, Form *form, int id, FormEvent event);
TextId new_vm_bus_text(DiskBus bus);

/* new_vm_wizard_system.c */
void new_vm_network_build(void *context, Form *form);
void new_vm_network_enter(void *context, Form *form);
void new_vm_network_event(void *context, Form *form, int id, FormEvent event);
void new_vm_firmware_build(void *context, Form *form);
void new_vm_firmware_enter(void *context, Form *form);
void new_vm_firmware_event(void *context, Form *form, int id, FormEvent event);
TextId new_vm_nic_text(NicModel model);
void new_vm_finish_build(void *context, Form *form);
void new_vm_finish_enter(void *context, Form *form);
void new_vm_finish_event(void *context, Form *form, int id, FormEvent event);

/* Ids of controls, one range per page; tests use them too. */
enum {
    NEW_VM_NAME_EDIT = 200, NEW_VM_DESCRIPTION,
    NEW_VM_GUEST_SEARCH = 220, NEW_VM_GUEST_TREE, NEW_VM_GUEST_NOTE, NEW_VM_GUEST_MORE,
    NEW_VM_MEDIA_FILTER = 240, NEW_VM_MEDIA_LIST, NEW_VM_MEDIA_NOTE, NEW_VM_MEDIA_UPLOAD, NEW_VM_MEDIA_STORE,
    NEW_VM_CPUS = 260, NEW_VM_CPU_NOTE, NEW_VM_MEMORY, NEW_VM_MEMORY_METER,
    NEW_VM_WITH_DISK = 280, NEW_VM_DISK_STORE, NEW_VM_DISK_SIZE, NEW_VM_DISK_METER, NEW_VM_DISK_FORMAT_BOX, NEW_VM_DISK_BUS_BOX, NEW_VM_DISK_THICK, NEW_VM_DISK_NOTE,
    NEW_VM_WITH_NIC = 300, NEW_VM_NETWORKS, NEW_VM_NIC_BOX, NEW_VM_NETWORK_NOTE,
    NEW_VM_BIOS = 320, NEW_VM_UEFI, NEW_VM_FIRMWARE_NOTE, NEW_VM_TPM, NEW_VM_TPM_NOTE,
    NEW_VM_SUMMARY = 340, NEW_VM_START, NEW_VM_CUSTOMISE,
    NEW_VM_SOURCES = 360, NEW_VM_SOURCE_ABOUT, NEW_VM_SOURCE_PICTURE, NEW_VM_QUICK,
    NEW_VM_COPY_LINKED = 380, NEW_VM_COPY_FULL, NEW_VM_COPY_NOTE, NEW_VM_COPY_STORE,
    NEW_VM_ANSWERS_ON = 440, NEW_VM_ANSWERS_EDITION, NEW_VM_ANSWERS_KEY, NEW_VM_ANSWERS_LANGUAGE, NEW_VM_ANSWERS_COMPUTER, NEW_VM_ANSWERS_PASSWORD, NEW_VM_ANSWERS_DRIVERS,
    NEW_VM_ANSWERS_REMOVE, NEW_VM_ANSWERS_NOTE, NEW_VM_ANSWERS_KEYBOARD, NEW_VM_ANSWERS_ZONE, NEW_VM_ANSWERS_USER, NEW_VM_ANSWERS_USER_PASSWORD,
};

#endif
