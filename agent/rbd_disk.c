/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images of Ceph pools: see rbd_disk.h. */
#include "agent/rbd_disk.h"

#include <stdlib.h>
#include <string.h>

char *rbd_volume_path(virStorageVolPtr volume)
{
    virStorageVolInfo info;
    char *text = virStorageVolGetPath(volume);
    if (!text || virStorageVolGetInfo(volume, &info) < 0 || info.type != VIR_STORAGE_VOL_NETWORK)
        return text;
    char *path = rbd_path_of(text);
    free(text);
    return path;
}

/* ---------------------------------------------------------------- monitors and key */

static bool lacks_monitors(xmlNode *disk)
{
    xmlNode *source = xml_child(disk, "source");
    return xml_attribute_is(disk, "type", "network") && xml_attribute_is(source, "protocol", "rbd") && !xml_child(source, "host");
}

/* "pool" of "pool/image". */
static char *pool_of(xmlNode *disk)
{
    char *name = xml_attribute(xml_child(disk, "source"), "name", LIMIT_PATH);
    char *slash = name ? strchr(name, '/') : NULL;
    if (slash)
        *slash = 0;
    return name;
}

/* The source element of the datastore that has the pool; freed with xml_free of its parent. */
static xmlNode *source_of(virStoragePoolPtr store, const char *pool)
{
    char *xml = virStoragePoolGetXMLDesc(store, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "pool", NULL) : NULL;
    free(xml);
    xmlNode *source = xml_attribute_is(root, "type", "rbd") ? xml_child(root, "source") : NULL;
    AUTO_FREE char *name = xml_text(xml_child(source, "name"), LIMIT_PATH);
    if (str_equal(name, pool))
        return source;
    xml_free(root);
    return NULL;
}

xmlNode *rbd_source_find(virConnectPtr conn, const char *pool)
{
    virStoragePoolPtr *stores = NULL;
    xmlNode *found = NULL;
    int count = virConnectListAllStoragePools(conn, &stores, 0);
    for (int i = 0; i < count; i++) {
        if (!found)
            found = source_of(stores[i], pool);
        virStoragePoolFree(stores[i]);
    }
    free(stores);
    return found;
}

static void add_login(xmlNode *disk, xmlNode *login)
{
    AUTO_FREE char *user = xml_attribute(login, "username", LIMIT_NAME);
    AUTO_FREE char *secret = xml_attribute(xml_child(login, "secret"), "uuid", LIMIT_UUID);
    if (!user || !secret)
        return;
    xmlNode *auth = xml_add(disk, "auth");
    xmlNode *key = xml_add(auth, "secret");
    xml_set(auth, "username", user);
    xml_set(key, "type", "ceph");
    xml_set(key, "uuid", secret);
}

static int complete(virConnectPtr conn, xmlNode *disk, Error *err)
{
    AUTO_FREE char *pool = pool_of(disk);
    xmlNode *found = rbd_source_find(conn, str_or_empty(pool));
    if (!found)
        return error_set(err, ERR_DATASTORE_NOT_FOUND, str_or_empty(pool), NULL);
    for (xmlNode *host = xml_child(found, "host"); host; host = xml_next(host, "host"))
        xml_graft(xml_child(disk, "source"), host);
    if (!xml_child(disk, "auth") && !xml_child(disk, "source/auth"))
        add_login(disk, xml_child(found, "auth"));
    xml_free(found->parent);
    return 0;
}

int rbd_disks_complete(virConnectPtr conn, xmlNode *domain, Error *err)
{
    int code = 0;
    for (xmlNode *disk = xml_child(domain, "devices/disk"); disk && code == 0; disk = xml_next(disk, "disk"))
        if (lacks_monitors(disk))
            code = complete(conn, disk, err);
    return code;
}
