/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A volume has moved: the stored definitions of the VMs that use it follow. The description is changed as a tree, so that everything we do not
 * know stays as it is. See volume_use.h.
 */
#include "agent/drivers.h"
#include "agent/volume_use.h"
#include "agent/xml.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(value) ((const xmlChar *)(value))

static void set_format(xmlNode *disk, VolumeFormat format)
{
    xmlNode *driver = xml_child(disk, "driver");
    if (driver && format != VOLUME_FORMAT_UNKNOWN)
        xmlSetProp(driver, TEXT("type"), TEXT(VolumeFormat_name(format)));
}

/* The number of disks that were changed. */
static size_t change_disks(xmlNode *root, const char *from, const char *to, VolumeFormat format)
{
    size_t changed = 0;
    for (xmlNode *disk = xml_child(root, "devices/disk"); disk; disk = xml_next(disk, "disk")) {
        xmlNode *source = xml_child(disk, "source");
        const char *name = xml_attribute_is(source, "file", from) ? "file" : xml_attribute_is(source, "dev", from) ? "dev" : NULL;
        if (!name)
            continue;
        xmlSetProp(source, TEXT(name), TEXT(to));
        set_format(disk, format);
        changed++;
    }
    return changed;
}

static char *changed_xml(const char *xml, const char *from, const char *to, VolumeFormat format)
{
    xmlNode *root = xml_parse(xml, strlen(xml), "domain", NULL);
    char *text = NULL;
    if (root && change_disks(root, from, to, format)) {
        xmlChar *memory = NULL;
        int length = 0;
        xmlDocDumpMemory(root->doc, &memory, &length);
        text = x_strndup((const char *)memory, (size_t)length);
        xmlFree(memory);
    }
    xml_free(root);
    return text;
}

/* Snapshots keep descriptions of their own, which would still say the old path. */
static int check_snapshots(virDomainPtr domain, Error *err)
{
    int count = virDomainSnapshotNum(domain, 0);
    return count > 0 ? error_set(err, ERR_NOT_SUPPORTED, virDomainGetName(domain), "it has snapshots, which name the volume, too") : 0;
}

static int repoint_domain(virConnectPtr conn, virDomainPtr domain, const char *from, const char *to, VolumeFormat format, Error *err)
{
    char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    if (!xml)
        return virt_error(err, virDomainGetName(domain));
    AUTO_FREE char *changed = changed_xml(xml, from, to, format);
    free(xml);
    int code = changed ? check_snapshots(domain, err) : 0;
    if (!changed || code < 0)
        return code;
    AUTO_DOMAIN defined = virDomainDefineXML(conn, changed);
    return defined ? 0 : virt_error(err, virDomainGetName(domain));
}

static int repoint_user(Agent *agent, const VolumeUser *user, const char *from, const char *to, VolumeFormat format, Error *err)
{
    AUTO_DOMAIN domain = NULL;
    AUTO_CONN conn = NULL;
    int owner = 0;
    int code = drivers_vm(agent->drivers, user->vm, &domain, &owner, err);
    if (code == 0)
        code = drivers_connection(agent->drivers, owner, &conn, err);
    if (code == 0 && virDomainIsPersistent(domain) > 0)
        code = repoint_domain(conn, domain, from, to, format, err);
    if (code == 0)
        drivers_refresh_vm(agent->drivers, owner, user->vm);
    return code;
}

int volume_use_repoint(Agent *agent, const VolumeUse *use, const char *from, const char *to, VolumeFormat format, Error *err)
{
    int code = 0;
    size_t done = 0;
    while (done < use->users.count && code == 0) {
        code = repoint_user(agent, &use->users.items[done], from, to, format, err);
        done += code == 0;
    }
    while (code < 0 && done-- > 0)
        repoint_user(agent, &use->users.items[done], to, from, use->format, NULL);
    return code;
}

int volume_repoint_all(virConnectPtr conn, const char *from, const char *to, VolumeFormat format, Error *err)
{
    virDomainPtr *domains = NULL;
    int code = 0;
    int count = virConnectListAllDomains(conn, &domains, VIR_CONNECT_LIST_DOMAINS_PERSISTENT);
    if (count < 0)
        return virt_error(err, from);
    for (int i = 0; i < count; i++) {
        Error why = { 0 };
        if (repoint_domain(conn, domains[i], from, to, format, &why) < 0 && code == 0)
            code = error_move(err, &why);
        error_clear(&why);
        virDomainFree(domains[i]);
    }
    free(domains);
    return code;
}
