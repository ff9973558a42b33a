/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two pages on what a guest is told at its first start by cloud-init: user and keys, then network and user data. Of the wizards New VM, Import and Prepare First Start,
 * whose pages call these. The rules are those of client/core/new_vm_seed.h. UI thread.
 */
#ifndef POOLCENTER_SEED_PAGES_H
#define POOLCENTER_SEED_PAGES_H

#include "client/core/new_vm_seed.h"
#include "client/win/wizard.h"

typedef struct SeedPages {
    Wizard *wizard;
    int page;         /* the first of both */
    NewVmSeed *seed;
    char **name;      /* of the VM, proposed as the host name */
} SeedPages;

void seed_cloud_build(Form *form);
void seed_cloud_enter(const SeedPages *pages, Form *form);
void seed_cloud_event(SeedPages *pages, Form *form, int id, FormEvent event);
void seed_cloud_more_build(Form *form);
void seed_cloud_more_enter(const SeedPages *pages, Form *form);
void seed_cloud_more_event(SeedPages *pages, Form *form, int id, FormEvent event);

/* A host name made from the VM's, if none was typed. */
void seed_propose_host(const SeedPages *pages);

/* The functions of a wizard's page whose context is a Type with a SeedPages named seed. */
#define SEED_PAGE(Type, prefix, name) \
    static void prefix##name##_build(void *context, Form *form) \
    { \
        (void)context; \
        seed_##name##_build(form); \
    } \
    static void prefix##name##_enter(void *context, Form *form) { seed_##name##_enter(&((Type *)context)->seed, form); } \
    static void prefix##name##_event(void *context, Form *form, int id, FormEvent event) { seed_##name##_event(&((Type *)context)->seed, form, id, event); }

/* One line on it for the last page; NULL: there is no cloud-init in it. The caller frees. */
char *seed_cloud_summary(const VmSeed *seed);

/* Ids of controls; tests use them too. */
enum {
    SEED_ON = 600, SEED_USER, SEED_PASSWORD, SEED_KEYS, SEED_KEY_FILES, SEED_MY_KEYS, SEED_HOST, SEED_PACKAGES, SEED_NOTE,
    SEED_DHCP = 620, SEED_FIXED, SEED_ADDRESSES, SEED_GATEWAY, SEED_DNS, SEED_DATA, SEED_DATA_NOTE, SEED_REMOVE,
};

#endif
