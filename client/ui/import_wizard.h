/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages of the Import wizard share; each import_wizard_*.c holds some of them. The rules are those of client/core/new_vm.h and appliance.h. UI thread. */
#ifndef POOLCENTER_IMPORT_WIZARD_H
#define POOLCENTER_IMPORT_WIZARD_H

#include "client/core/appliance.h"
#include "client/core/new_vm.h"
#include "client/ui/app.h"
#include "client/ui/seed_pages.h"
#include "client/win/wizard.h"

typedef struct ImportWizard {
    Wizard *wizard;
    Server *server;
    char *path;          /* local file; NULL: none chosen, or on the host */
    char *datastore;     /* of a file on the host, with volume; else NULL */
    char *volume;
    char *machine;       /* id of the chosen one of several VMs in the file; NULL: the first */
    bool looking;        /* at the file */
    bool known;          /* about and request are filled */
    bool accepted;       /* the license agreements */
    bool as_in_file;     /* disks stay on the buses of the file */
    Error error;         /* why the file cannot be imported */
    Appliance about;
    VmImportParams request;
    StrList files;       /* local ones that are sent */
    NewVm form;          /* name, CPUs, memory, firmware, first start, as typed */
    SeedPages seed;
} ImportWizard;

enum { IMPORT_PAGE_FILE, IMPORT_PAGE_LICENSE, IMPORT_PAGE_VM, IMPORT_PAGE_DISKS, IMPORT_PAGE_NETWORK, IMPORT_PAGE_CLOUD, IMPORT_PAGE_CLOUD_MORE, IMPORT_PAGE_FINISH, IMPORT_PAGE_COUNT };

/* import_wizard.c: looks at the chosen file; at another VM in it. */
void import_wizard_look(ImportWizard *wizard);
void import_wizard_choose(ImportWizard *wizard, const char *machine);
/* The request with what the form says; the caller clears it. */
void import_wizard_request(const ImportWizard *wizard, VmImportParams *ret);

/* import_wizard_file.c */
const char *import_disk_name(const ApplianceDisk *disk); /* its file, or that it is a new one */
void import_file_build(void *context, Form *form);
void import_file_enter(void *context, Form *form);
void import_file_event(void *context, Form *form, int id, FormEvent event);
void import_license_build(void *context, Form *form);
void import_license_enter(void *context, Form *form);
void import_license_event(void *context, Form *form, int id, FormEvent event);

/* import_wizard_hardware.c */
void import_vm_build(void *context, Form *form);
void import_vm_enter(void *context, Form *form);
void import_vm_event(void *context, Form *form, int id, FormEvent event);
void import_disks_build(void *context, Form *form);
void import_disks_enter(void *context, Form *form);
void import_disks_event(void *context, Form *form, int id, FormEvent event);
void import_network_build(void *context, Form *form);
void import_network_enter(void *context, Form *form);
void import_network_event(void *context, Form *form, int id, FormEvent event);
void import_finish_build(void *context, Form *form);
void import_finish_enter(void *context, Form *form);
void import_finish_event(void *context, Form *form, int id, FormEvent event);

/* Ids of controls, one range per page; tests use them too. */
enum {
    IMPORT_FILE = 200, IMPORT_BROWSE, IMPORT_STATE, IMPORT_MACHINE, IMPORT_FACTS,
    IMPORT_LICENSE = 220, IMPORT_ACCEPT,
    IMPORT_NAME = 240, IMPORT_CPUS, IMPORT_MEMORY, IMPORT_BIOS, IMPORT_UEFI, IMPORT_IGNORED,
    IMPORT_STORE = 260, IMPORT_FORMAT, IMPORT_BUS, IMPORT_DISKS, IMPORT_DISK_NOTE,
    IMPORT_CARDS = 280, IMPORT_CARD_NETWORK, IMPORT_NO_CARDS,
    IMPORT_SUMMARY = 300, IMPORT_START, IMPORT_REMOVE,
};

#endif
