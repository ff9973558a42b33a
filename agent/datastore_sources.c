/* SPDX-License-Identifier: GPL-3.0-or-later */
/* datastore.kinds and datastore.sources: see datastore_sources.h. */
#include "agent/datastore_sources.h"

#include "agent/datastore_spec.h"
#include "agent/drivers.h"
#include "agent/program.h"
#include "agent/request.h"
#include "agent/server_reach.h"
#include "agent/xml.h"

#include <stdlib.h>
#include <string.h>

enum { REACH_MILLISECONDS = 5000 };

/* ---------------------------------------------------------------- kinds */

typedef struct Need {
    DatastoreKind kind;
    const char *program; /* that libvirt runs */
    const char *package; /* where it comes from, on Debian and others alike */
} Need;

static const Need needs[] = {
    { DATASTORE_KIND_DIR, NULL, NULL },
    { DATASTORE_KIND_FS, "mount", "util-linux" },
    { DATASTORE_KIND_NFS, "mount.nfs", "nfs-common or nfs-utils" },
    { DATASTORE_KIND_SMB, "mount.cifs", "cifs-utils" },
    { DATASTORE_KIND_ISCSI, "iscsiadm", "open-iscsi or iscsi-initiator-utils" },
    { DATASTORE_KIND_LVM, "vgcreate", "lvm2" },
    { DATASTORE_KIND_DISK, "parted", "parted" },
    { DATASTORE_KIND_ZFS, "zpool", "zfsutils-linux or zfs" },
    { DATASTORE_KIND_RBD, NULL, NULL },
};

static bool pool_supported(xmlNode *root, const char *type)
{
    for (xmlNode *node = xml_child(root, "pool"); node; node = xml_next(node, "pool"))
        if (xml_attribute_is(node, "type", type))
            return xml_attribute_is(node, "supported", "yes");
    return false;
}

int handle_datastore_kinds(Request *request, const Empty *params, DatastoreKindTable *ret, Error *err)
{
    (void)params;
    AUTO_CONN conn = NULL;
    int code = drivers_connection(request->agent->drivers, 0, &conn, err);
    if (code < 0)
        return code;
    AUTO_FREE char *xml = virConnectGetStoragePoolCapabilities(conn, 0);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "storagepoolCapabilities", NULL) : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
        const char *type = datastore_kind_pool(needs[i].kind);
        DatastoreKindInfo info = { .kind = needs[i].kind };
        if (!pool_supported(root, type)) {
            info.driver = x_strdup(type);
            info.reason = x_printf("libvirt on the host lacks its storage driver '%s'", type);
        } else if (needs[i].program && !program_exists(needs[i].program)) {
            info.program = x_strdup(needs[i].program);
            info.package = x_strdup(needs[i].package);
            info.reason = x_printf("the program %s is not installed on the host (package %s)", needs[i].program, needs[i].package);
        }
        info.possible = !info.reason;
        DatastoreKindInfoList_add(&ret->kinds, &info);
    }
    xml_free(root);
    return 0;
}

/* ---------------------------------------------------------------- sources */

static char *source_text(xmlNode *source, DatastoreKind kind)
{
    switch (kind) {
    case DATASTORE_KIND_NFS: return xml_attribute(xml_child(source, "dir"), "path", LIMIT_PATH);
    case DATASTORE_KIND_ISCSI: return xml_attribute(xml_child(source, "device"), "path", LIMIT_PATH);
    default: return xml_text(xml_child(source, "name"), LIMIT_PATH);
    }
}

static void read_sources(xmlNode *root, DatastoreKind kind, DatastoreSourceTable *ret)
{
    for (xmlNode *node = xml_child(root, "source"); node && ret->sources.count < LIMIT_DATASTORES; node = xml_next(node, "source")) {
        DatastoreSource source = { .source = source_text(node, kind) };
        for (xmlNode *device = xml_child(node, "device"); device && kind == DATASTORE_KIND_LVM; device = xml_next(device, "device")) {
            AUTO_FREE char *path = xml_attribute(device, "path", LIMIT_PATH);
            if (path && source.devices.count < LIMIT_DEVICES)
                StrList_add(&source.devices, path);
        }
        if (source.source)
            DatastoreSourceList_add(&ret->sources, &source);
        else
            DatastoreSource_clear(&source);
    }
}

int datastore_sources_read(virConnectPtr conn, const DatastoreSourcesParams *params, DatastoreSourceTable *ret, Error *err)
{
    AUTO_FREE char *question = datastore_search_xml(params);
    AUTO_FREE char *xml = virConnectFindStoragePoolSources(conn, datastore_kind_pool(params->kind), question, 0);
    if (!xml)
        return virt_error(err, params->host ? params->host : datastore_kind_pool(params->kind));
    xmlNode *root = xml_parse(xml, strlen(xml), "sources", err);
    if (!root)
        return err ? err->code : ERR_LIBVIRT;
    read_sources(root, params->kind, ret);
    xml_free(root);
    return 0;
}

/* The datastore that has a source already. */
static void find_users(virConnectPtr conn, const DatastoreSourcesParams *params, DatastoreSourceTable *table)
{
    virStoragePoolPtr *pools = NULL;
    int count = virConnectListAllStoragePools(conn, &pools, 0);
    for (int i = 0; i < count; i++) {
        AUTO_FREE char *xml = virStoragePoolGetXMLDesc(pools[i], 0);
        xmlNode *root = xml ? xml_parse(xml, strlen(xml), "pool", NULL) : NULL;
        AUTO_FREE char *source = source_text(xml_child(root, "source"), params->kind);
        bool same = xml_attribute_is(root, "type", datastore_kind_pool(params->kind))
            && (!params->host || xml_attribute_is(xml_child(root, "source/host"), "name", params->host));
        for (size_t k = 0; k < table->sources.count && same; k++)
            if (str_equal(table->sources.items[k].source, source) && !table->sources.items[k].used_by)
                table->sources.items[k].used_by = x_strdup(virStoragePoolGetName(pools[i]));
        xml_free(root);
        virStoragePoolFree(pools[i]);
    }
    free(pools);
}

int handle_datastore_sources(Request *request, const DatastoreSourcesParams *params, DatastoreSourceTable *ret, Error *err)
{
    AUTO_CONN conn = NULL;
    DatastoreKind kind = params->kind;
    bool remote = kind == DATASTORE_KIND_NFS || kind == DATASTORE_KIND_ISCSI;
    if (!remote && kind != DATASTORE_KIND_LVM)
        return error_set(err, ERR_NOT_SUPPORTED, DatastoreKind_name(kind), "the host cannot look for these");
    int code = remote ? datastore_host_check(params->host, str_or_empty(params->host), err) : 0;
    if (code == 0 && remote)
        code = server_reach(params->host, params->port ? params->port : datastore_kind_port(kind), REACH_MILLISECONDS, params->host, err);
    if (code == 0)
        code = drivers_connection(request->agent->drivers, 0, &conn, err);
    if (code == 0)
        code = datastore_sources_read(conn, params, ret, err);
    if (code == 0)
        find_users(conn, params, ret);
    return code;
}
