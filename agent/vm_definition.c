/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Definitions of VMs: see vm_definition.h. */
#include "agent/vm_definition.h"
#include "agent/digest.h"
#include "agent/drivers.h"
#include "agent/vm_compare.h"

#include <stdlib.h>
#include <string.h>

static xmlNode *parse(char *xml, const char *name, Error *err)
{
    if (!xml) {
        virt_error(err, name);
        return NULL;
    }
    xmlNode *root = xml_parse(xml, strlen(xml), "domain", err);
    x_wipe(xml, strlen(xml)); /* passwords */
    free(xml);
    return root;
}

xmlNode *vm_live_description(virDomainPtr domain, Error *err)
{
    return parse(virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_SECURE), virDomainGetName(domain), err);
}

/* Of the description without passwords: those who may read it must not be able to guess them by their digest. */
static int make_revision(VmDefinition *definition, Error *err)
{
    char *xml = virDomainGetXMLDesc(definition->domain, VIR_DOMAIN_XML_INACTIVE);
    if (!xml)
        return virt_error(err, definition->name);
    Digest digest;
    digest_start(&digest);
    digest_add(&digest, xml, strlen(xml));
    digest_add(&digest, definition->flagged ? "1" : "0", 1);
    digest_text(&digest, definition->revision);
    free(xml);
    return 0;
}

static int load(VmDefinition *definition, Error *err)
{
    int flagged = 0;
    definition->name = x_strdup(virDomainGetName(definition->domain));
    definition->running = virDomainIsActive(definition->domain) > 0;
    definition->transient = virDomainIsPersistent(definition->domain) == 0;
    definition->saved = !definition->running && virDomainHasManagedSaveImage(definition->domain, 0) > 0;
    definition->flagged = !definition->transient && virDomainGetAutostart(definition->domain, &flagged) == 0 && flagged;
    definition->root = parse(virDomainGetXMLDesc(definition->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE), definition->name, err);
    if (!definition->root)
        return err->code;
    vm_config_read(definition->root, &definition->config);
    definition->config.startup->autostart |= definition->flagged;
    if (definition->running) {
        definition->live = vm_live_description(definition->domain, err);
        if (!definition->live)
            return err->code;
        vm_config_read(definition->live, &definition->active);
        vm_compare_prepare(&definition->config, &definition->active);
    }
    return make_revision(definition, err);
}

int vm_definition_load(Agent *agent, const char *id, VmDefinition *ret, Error *err)
{
    VmDefinition definition = { 0 };
    Error why = { 0 };
    int code = drivers_vm(agent->drivers, id, &definition.domain, &definition.owner, &why);
    if (code == 0)
        code = load(&definition, &why);
    if (code == 0)
        *ret = definition;
    else
        vm_definition_clear(&definition);
    return code == 0 ? 0 : error_move(err, &why);
}

void vm_definition_clear(VmDefinition *definition)
{
    virt_domain_cleanup(&definition->domain);
    free(definition->name);
    xml_free(definition->root);
    xml_free(definition->live);
    VmConfig_clear(&definition->config);
    VmConfig_clear(&definition->active);
    *definition = (VmDefinition){ 0 };
}

void vm_definition_pending(const VmDefinition *definition, VmSettingList *ret)
{
    if (!definition->running || definition->transient)
        return;
    vm_compare(&definition->active, &definition->config, ret);
    for (size_t i = 0; i < ret->count; i++)
        ret->items[i].when = APPLY_NEXT_START;
}

bool vm_descriptions_differ(const char *live, const char *stored)
{
    VmDefinition definition = {
        .running = true,
        .root = xml_parse(stored, strlen(stored), "domain", NULL),
        .live = xml_parse(live, strlen(live), "domain", NULL),
    };
    VmSettingList pending = { 0 };
    if (definition.root && definition.live) {
        vm_config_read(definition.root, &definition.config);
        vm_config_read(definition.live, &definition.active);
        vm_compare_prepare(&definition.config, &definition.active);
        vm_definition_pending(&definition, &pending);
    }
    bool differ = pending.count != 0;
    VmSettingList_clear(&pending);
    vm_definition_clear(&definition);
    return differ;
}
