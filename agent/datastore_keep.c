/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords of datastores: see datastore_keep.h. */
#include "agent/datastore_keep.h"

#include "agent/base64.h"
#include "agent/datastore_spec.h"
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

void datastore_unkeep(virConnectPtr conn, const char *secret, const char *path)
{
    if (path)
        unlink(path);
    virSecretPtr found = secret ? virSecretLookupByUUIDString(conn, secret) : NULL;
    if (!found)
        return;
    const char *usage = virSecretGetUsageID(found);
    if (usage && strncmp(usage, "poolcenter-", 11) == 0)
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
