/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords of datastores: see datastore_keep.h. */
#include "agent/datastore_keep.h"

#include "agent/base64.h"
#include "agent/datastore_spec.h"
#include "agent/log.h"
#include "agent/xml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *datastore_credentials(const Agent *agent, const char *id) { return x_printf("%s/credentials/%s", agent->config.state_dir, id); }

static int write_file(const DatastoreSpec *spec, const char *path, Error *err)
{
    AUTO_FREE char *folder = x_strdup(path);
    *strrchr(folder, '/') = 0;
    int fd = mkdir(folder, 0700) == 0 || errno == EEXIST ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    bool written = fd >= 0 && dprintf(fd, "username=%s\npassword=%s\n", spec->user, spec->password) > 0 && fsync(fd) == 0;
    int code = written ? 0 : error_set(err, ERR_IO, path, "%s", strerror(errno));
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !written)
        unlink(path);
    return code;
}

/* libvirt hands iSCSI the bytes as they are; a CephX key it wants as bytes, of which people know the base64 text. */
static int set_value(virSecretPtr secret, const DatastoreSpec *spec, Error *err)
{
    size_t size = strlen(spec->password) + 1;
    char *bytes = x_strdup(spec->password);
    long length = spec->kind == DATASTORE_KIND_RBD ? base64_decode(spec->password, bytes) : (long)size - 1;
    int code = length <= 0 ? error_set(err, ERR_DATASTORE_SPEC, spec->name, "the key is not one of Ceph's: those are base64") : 0;
    if (code == 0 && virSecretSetValue(secret, (const unsigned char *)bytes, (size_t)length, 0) < 0)
        code = virt_error(err, spec->name);
    x_wipe(bytes, size);
    free(bytes);
    return code;
}

int datastore_keep(virConnectPtr conn, const DatastoreSpec *spec, const char *id, const char *secret, const char *path, Error *err)
{
    if (!spec->password)
        return 0;
    if (spec->kind == DATASTORE_KIND_SMB)
        return write_file(spec, path, err);
    AUTO_FREE char *xml = datastore_secret_xml(spec, secret, id);
    virSecretPtr made = virSecretDefineXML(conn, xml, 0);
    if (!made)
        return virt_error(err, spec->name);
    int code = set_value(made, spec, err);
    if (code < 0)
        virSecretUndefine(made);
    virSecretFree(made);
    return code;
}

/* ---------------------------------------------------------------- what VMs name */

typedef void (*VmReader)(xmlNode *domain, void *context);

/* The definitions of all VMs, and what runs where that is something else. False: libvirt does not tell all. */
static bool read_vms(virConnectPtr conn, VmReader reader, void *context)
{
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(conn, &domains, 0);
    bool all = count >= 0;
    for (int i = 0; i < count; i++) {
        for (int stored = 0; stored < 2; stored++) {
            char *xml = virDomainGetXMLDesc(domains[i], stored ? VIR_DOMAIN_XML_INACTIVE : 0);
            xmlNode *root = xml ? xml_parse(xml, strlen(xml), "domain", NULL) : NULL;
            if (root)
                reader(root, context);
            all &= root != NULL;
            xml_free(root);
            free(xml);
        }
        virDomainFree(domains[i]);
    }
    free(domains);
    return all;
}

static xmlNode *login_of(xmlNode *disk)
{
    xmlNode *login = xml_child(disk, "auth");
    return login ? login : xml_child(disk, "source/auth");
}

typedef struct Naming {
    const char *secret;
    bool named;
} Naming;

static void look_for_secret(xmlNode *domain, void *context)
{
    Naming *naming = context;
    for (xmlNode *disk = xml_child(domain, "devices/disk"); disk; disk = xml_next(disk, "disk"))
        naming->named |= xml_attribute_is(xml_child(login_of(disk), "secret"), "uuid", naming->secret);
}

static bool named_by_vms(virConnectPtr conn, const char *secret)
{
    Naming naming = { .secret = secret };
    return !read_vms(conn, look_for_secret, &naming) || naming.named; /* in doubt it stays */
}

typedef struct PoolSecrets {
    const DatastoreSpec *spec;
    StrList found;
} PoolSecrets;

/* Of the spec's cluster, as far as a definition tells. */
static bool on_its_pool(xmlNode *disk, const DatastoreSpec *spec)
{
    xmlNode *source = xml_child(disk, "source");
    AUTO_FREE char *name = xml_attribute(source, "name", LIMIT_PATH);
    size_t length = strlen(spec->source);
    bool monitor = false;
    for (xmlNode *host = xml_child(source, "host"); host; host = xml_next(host, "host"))
        monitor |= xml_attribute_is(host, "name", spec->host);
    return monitor && xml_attribute_is(source, "protocol", "rbd") && strncmp(str_or_empty(name), spec->source, length) == 0 && name[length] == '/';
}

static void find_secrets(xmlNode *domain, void *context)
{
    PoolSecrets *secrets = context;
    for (xmlNode *disk = xml_child(domain, "devices/disk"); disk; disk = xml_next(disk, "disk")) {
        xmlNode *login = login_of(disk);
        AUTO_FREE char *secret = xml_attribute(xml_child(login, "secret"), "uuid", LIMIT_UUID);
        if (secret && xml_attribute_is(login, "username", secrets->spec->user) && on_its_pool(disk, secrets->spec) && !StrList_contains(&secrets->found, secret))
            StrList_add(&secrets->found, secret);
    }
}

static void secrets_of_datastores(virConnectPtr conn, StrList *ret)
{
    virStoragePoolPtr *pools = NULL;
    int count = virConnectListAllStoragePools(conn, &pools, 0);
    for (int i = 0; i < count; i++) {
        AUTO_FREE char *secret = datastore_secret_of(pools[i]);
        if (secret)
            StrList_add(ret, secret);
        virStoragePoolFree(pools[i]);
    }
    free(pools);
}

static bool is_ours(virSecretPtr secret)
{
    const char *usage = virSecretGetUsageID(secret);
    return usage && strncmp(usage, "poolcenter-", 11) == 0;
}

/* One that is gone is made again: VMs cannot start without. */
static void renew(virConnectPtr conn, const DatastoreSpec *spec, const char *id)
{
    virSecretPtr secret = virSecretLookupByUUIDString(conn, id);
    AUTO_FREE char *xml = secret ? NULL : datastore_secret_xml(spec, id, id);
    if (!secret)
        secret = virSecretDefineXML(conn, xml, 0);
    AUTO(error_clear) Error err = { 0 };
    if (secret && is_ours(secret) && set_value(secret, spec, &err) < 0)
        log_line("the key of VMs in the Ceph pool '%s' could not be kept: %s", spec->source, err.message);
    if (secret)
        virSecretFree(secret);
}

void datastore_keep_for_vms(virConnectPtr conn, const DatastoreSpec *spec)
{
    if (spec->kind != DATASTORE_KIND_RBD || !spec->password)
        return;
    AUTO(StrList_clear) StrList taken = { 0 };
    PoolSecrets secrets = { .spec = spec };
    secrets_of_datastores(conn, &taken);
    read_vms(conn, find_secrets, &secrets);
    for (size_t i = 0; i < secrets.found.count; i++)
        if (!StrList_contains(&taken, secrets.found.items[i]))
            renew(conn, spec, secrets.found.items[i]);
    StrList_clear(&secrets.found);
}

/* ---------------------------------------------------------------- taken back */

void datastore_unkeep(virConnectPtr conn, const char *secret, const char *path)
{
    if (path)
        unlink(path);
    virSecretPtr found = secret ? virSecretLookupByUUIDString(conn, secret) : NULL;
    if (!found)
        return;
    if (is_ours(found) && !named_by_vms(conn, secret))
        virSecretUndefine(found);
    virSecretFree(found);
}

char *datastore_secret_of(virStoragePoolPtr pool)
{
    char *xml = virStoragePoolGetXMLDesc(pool, VIR_STORAGE_XML_INACTIVE);
    xmlNode *root = xml ? xml_parse(xml, strlen(xml), "pool", NULL) : NULL;
    char *id = xml_attribute(xml_child(root, "source/auth/secret"), "uuid", LIMIT_UUID);
    xml_free(root);
    free(xml);
    return id;
}
