/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A volume has moved: the stored definitions of the VMs that use it follow. The description is changed as a tree, so that everything we do not
 * know stays as it is. See volume_use.h.
 */
#include "agent/disk_place.h"
#include "agent/drivers.h"
#include "agent/rbd_disk.h"
#include "agent/volume_use.h"

#include <stdlib.h>
#include <string.h>

static void set_format(xmlNode *disk, VolumeFormat format)
{
    xmlNode *driver = xml_child(disk, "driver");
    if (driver && format != VOLUME_FORMAT_UNKNOWN)
        xml_set(driver, "type", VolumeFormat_name(format));
}

/* The number of disks that were changed. */
static size_t change_disks(xmlNode *root, const char *from, const char *to, VolumeFormat format)
{
    size_t changed = 0;
    for (xmlNode *disk = xml_child(root, "devices/disk"); disk; disk = xml_next(disk, "disk")) {
        AUTO_FREE char *path = disk_place_read(disk);
        if (!str_equal(path, from))
            continue;
        disk_place_move(disk, to);
        set_format(disk, format);
        changed++;
    }
    return changed;
}

/* *ret: the changed description, which the caller frees; NULL: it does not name the volume. */
static int change(virConnectPtr conn, const char *xml, const char *from, const char *to, VolumeFormat format, char **ret, Error *err)
{
    int code = 0;
    xmlNode *root = xml_parse(xml, strlen(xml), "domain", NULL);
    if (root && change_disks(root, from, to, format)) {
        code = rbd_disks_complete(conn, root, err);
        *ret = code < 0 ? NULL : xml_to_text(root);
    }
    xml_free(root);
    return code;
}

int volume_no_snapshots(virDomainPtr domain, Error *err)
{
    int count = virDomainSnapshotNum(domain, 0);
    return count > 0 ? error_set(err, ERR_NOT_SUPPORTED, virDomainGetName(domain), "it has snapshots, which name the volume, too") : 0;
}

static int repoint_domain(virConnectPtr conn, virDomainPtr domain, const char *from, const char *to, VolumeFormat format, Error *err)
{
    char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    if (!xml)
        return virt_error(err, virDomainGetName(domain));
    AUTO_FREE char *changed = NULL;
    int code = change(conn, xml, from, to, format, &changed, err);
    free(xml);
    if (changed)
        code = volume_no_snapshots(domain, err);
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

int volume_user_names(Agent *agent, const VolumeUser *user, const char *path, bool *ret, Error *err)
{
    AUTO_DOMAIN domain = NULL;
    int code = drivers_vm(agent->drivers, user->vm, &domain, NULL, err);
    if (code < 0)
        return code;
    char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", NULL) : NULL;
    free(xml);
    if (!root)
        return virt_error(err, user->name);
    bool found = false;
    for (xmlNode *disk = xml_child(root, "devices/disk"); disk && !found; disk = xml_next(disk, "disk")) {
        AUTO_FREE char *place = disk_place_read(disk);
        found = str_equal(place, path);
    }
    xml_free(root);
    *ret = found;
    return 0;
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
