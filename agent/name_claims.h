/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of VMs and volumes that jobs are about to give. Two jobs that run at the same time must not choose the same one: the second would fail after all of
 * its work, and what it removes then could be what the first has made. Any thread.
 */
#ifndef POOLCENTER_AGENT_NAME_CLAIMS_H
#define POOLCENTER_AGENT_NAME_CLAIMS_H

#include <stdbool.h>

/* owner: who has it until it drops it; only its address matters. name: with what makes it unique, "vm/0/web". False: another one has it. */
bool name_claim(const void *owner, const char *name);
/* The same for the name of a VM of that driver. */
bool name_claim_vm(const void *owner, int driver, const char *name);
/* All that it has. */
void name_claims_drop(const void *owner);

#endif
