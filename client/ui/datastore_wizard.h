/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages of the New Datastore wizard share: kind, name, place (a page per kind), trial. Each datastore_wizard*.c holds some of them. UI thread. */
#ifndef POOLCENTER_DATASTORE_WIZARD_H
#define POOLCENTER_DATASTORE_WIZARD_H

#include "client/ui/app.h"
#include "client/win/wizard.h"

typedef enum StoreTrial { STORE_TRIAL_NONE, STORE_TRIAL_RUNS, STORE_TRIAL_GOOD, STORE_TRIAL_BAD } StoreTrial;

typedef struct StoreWizard {
    Wizard *wizard;
    Server *server;
    bool kinds_known;           /* the host can tell what it can have; else it makes directories only */
    DatastoreKindTable support; /* empty until it has told */
    int kind;                   /* DatastoreKind or STORE_KIND_LVM_THIN */
    DatastoreSpec spec;         /* as typed; words that are not there are NULL or "" */
    bool path_typed;            /* else it follows the name */
    bool blank;                 /* the devices become something new: a file system, a partition table, a volume group */
    HostDiskTable disks;        /* all of the host, once asked */
    bool disks_asked;
    DatastoreSourceTable found; /* what the server or host offers, once looked for */
    bool looking;               /* for sources of the kind and host that are chosen now */
    StoreTrial trial;
    char *trial_task;
    char *trial_words;          /* what came out of it */
} StoreWizard;

/* What a kind is: its words and the rows of its page. */
enum { STORE_KIND_LVM_THIN = 1000 }; /* libvirt has none: shown with the reason, and without a page */
enum { STORE_HAS_PATH = 1, STORE_HAS_HOST = 2, STORE_HAS_PORT = 4, STORE_HAS_SOURCE = 8, STORE_HAS_DEVICES = 16, STORE_HAS_VERSION = 32, STORE_HAS_LOGIN = 64, STORE_HAS_BLANK = 128, STORE_CAN_FIND = 256 };
typedef struct StoreKind {
    int kind;
    TextId name, about;         /* about: the hint of its page, too */
    TextId source, no_source;   /* label of the source; what to say when it is missing */
    unsigned fields;
} StoreKind;

enum { STORE_PAGE_KIND, STORE_PAGE_NAME, STORE_PAGE_PLACES };

/* datastore_wizard_kinds.c */
size_t store_kind_count(void);
const StoreKind *store_kind_at(size_t index);
const StoreKind *store_kind(int kind);
/* NULL: this host can have it, or has not told yet. The caller frees. */
char *store_kind_missing(const StoreWizard *wizard, int kind);
void store_kind_build(void *context, Form *form);
void store_kind_enter(void *context, Form *form);
void store_kind_event(void *context, Form *form, int id, FormEvent event);
char *store_kind_check(void *context);

/* datastore_wizard_place.c */
void store_place_build(void *context, Form *form);
void store_place_enter(void *context, Form *form);
void store_place_event(void *context, Form *form, int id, FormEvent event);
char *store_place_check(void *context);
/* What was being looked for is not wanted any more: kind, host or port have changed, or the wizard is left. */
void store_place_forget(StoreWizard *wizard);
/* What the host is told; the caller clears it with store_spec_clear. */
DatastoreSpec store_spec(const StoreWizard *wizard);
void store_spec_clear(DatastoreSpec *spec);

/* datastore_wizard_trial.c */
void store_trial_build(void *context, Form *form);
void store_trial_enter(void *context, Form *form);
void store_trial_event(void *context, Form *form, int id, FormEvent event);
char *store_trial_check(void *context);
/* Whatever runs is given up; the wizard is left, or its values have changed. */
void store_trial_forget(StoreWizard *wizard);

/* Ids of controls, for tests, too. A kind's page has STORE_PLACE + STORE_PLACE_STEP * its number (directory 0, file system 1, ...) + field. */
enum { STORE_KINDS = 200, STORE_ABOUT, STORE_NAME = 220, STORE_AUTOSTART, STORE_SUMMARY = 240, STORE_AGAIN, STORE_RESULT };
enum { STORE_PLACE = 1000, STORE_PLACE_STEP = 32 };
enum { FIELD_HOST, FIELD_FIND, FIELD_PORT, FIELD_SOURCE, FIELD_NOTE, FIELD_VERSION, FIELD_USER, FIELD_PASSWORD, FIELD_DEVICES, FIELD_BLANK, FIELD_FORMAT, FIELD_PATH, FIELD_PATH_HINT };

#endif
