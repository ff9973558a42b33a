/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a new guest is told at its first start, without its window: a user, keys, network and packages for images with cloud-init, or the answers to Windows'
 * installer. Part of the New VM form (new_vm.h). Texts are as typed, valid or not. UI thread.
 */
#ifndef POOLCENTER_NEW_VM_SEED_H
#define POOLCENTER_NEW_VM_SEED_H

#include "protocol/types.h"

typedef struct NewVmSeed {
    bool cloud;            /* cloud-init: the fields up to windows count */
    char *user, *password; /* the password is a secret */
    char *keys;            /* SSH keys, one a line */
    char *host;
    char *packages;        /* parted by spaces or commas */
    bool fixed_address;    /* else DHCP */
    char *addresses, *gateway, *dns;
    char *user_data;       /* instead of user, keys and packages */
    bool windows;          /* answers for Windows' installer: the fields from here on count */
    char *edition, *product_key, *language, *computer;
    char *keyboard;        /* named like a language, or by its number */
    char *time_zone;       /* Windows' name; empty: Setup's choice */
    char *administrator;   /* the password of Administrator; a secret */
    char *everyday, *everyday_password; /* another user; the password is a secret */
    char *drivers_datastore, *drivers_volume; /* ISO with virtio drivers; NULL: none */
    bool remove;           /* the disc is deleted when the VM is off after its first start */
} NewVmSeed;

void new_vm_seed_init(NewVmSeed *seed);
void new_vm_seed_clear(NewVmSeed *seed); /* wipes the secrets */
/* The keyboard follows the language, unless another one was chosen. */
void new_vm_seed_set_language(NewVmSeed *seed, const char *language);
/* Takes the place of *field, which is wiped. */
void new_vm_seed_take_secret(char **field, char *value);
/* NULL: complete; else the sentence that says what is wrong (caller frees). */
char *new_vm_seed_check_cloud(const NewVmSeed *seed);
char *new_vm_seed_check_network(const NewVmSeed *seed);
char *new_vm_seed_check_windows(const NewVmSeed *seed);
/* For the request; the caller frees. NULL: nothing was wanted, or the guest takes neither. */
VmSeed *new_vm_seed_make(const NewVmSeed *seed, bool takes_cloud, bool takes_answers);
/* Adds the keys of a .pub file (UTF-8) to the typed ones, each once. How many are new; -1: there is no key in it. */
int new_vm_seed_add_keys(NewVmSeed *seed, const char *file);

#endif
