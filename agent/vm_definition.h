/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The definition of a VM as libvirt has it now: what the next start has, and what runs. Waits for libvirt: workers and tasks only. */
#ifndef POOLCENTER_AGENT_VM_DEFINITION_H
#define POOLCENTER_AGENT_VM_DEFINITION_H

#include "agent/agent.h"
#include "agent/virt.h"
#include "agent/vm_config.h"

typedef struct VmDefinition {
    virDomainPtr domain;
    int owner;
    char *name;
    char revision[LIMIT_DIGEST + 1];
    bool running;
    bool transient;
    bool saved;        /* off, with its state kept by libvirt: it goes on with the devices it had then, whatever is stored */
    bool flagged;      /* libvirt's own mark "starts with the host" */
    xmlNode *root;     /* stored description, with passwords: never to be shown */
    xmlNode *live;     /* the same of what runs; NULL: it does not */
    VmConfig config;
    VmConfig active;   /* empty when it does not run; comparable with config */
} VmDefinition;

/* ERR_VM_NOT_FOUND, ERR_NO_LIBVIRT, ERR_LIBVIRT. */
int vm_definition_load(Agent *agent, const char *id, VmDefinition *ret, Error *err);
void vm_definition_clear(VmDefinition *definition);

/* What differs from what runs. */
void vm_definition_pending(const VmDefinition *definition, VmSettingList *ret);

/* Whether anything differs between the descriptions of a VM that runs, and of its next start. */
bool vm_descriptions_differ(const char *live, const char *stored);

/* The description of a running domain; to be freed with xml_free. NULL: the error is set. */
xmlNode *vm_live_description(virDomainPtr domain, Error *err);

#endif
