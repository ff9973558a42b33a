/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New datastores: see datastore_spec.h. libvirt hands these words to mount, iscsiadm, vgcreate ... as arguments of their own; the checks are
 * for what those would read into a word. */
#include "agent/datastore_spec.h"

#include "agent/xml_write.h"

#include <stdlib.h>
#include <string.h>

#define FS_NAMESPACE "http://libvirt.org/schemas/storagepool/fs/1.0"

typedef struct KindRow {
    DatastoreKind kind;
    const char *pool;
    const char *versions; /* it may have, each between spaces */
    const char *formats;  /* it may be given */
    int64_t port;
    bool mounted, host, source, devices;
} KindRow;

static const KindRow kinds[] = {
    { .kind = DATASTORE_KIND_DIR, .pool = "dir" },
    { .kind = DATASTORE_KIND_FS, .pool = "fs", .formats = " ext4 xfs ", .mounted = true, .devices = true },
    { .kind = DATASTORE_KIND_NFS, .pool = "netfs", .versions = " 3 4 4.1 4.2 ", .port = 2049, .mounted = true, .host = true, .source = true },
    { .kind = DATASTORE_KIND_SMB, .pool = "netfs", .versions = " 2.1 3.0 3.1.1 ", .port = 445, .mounted = true, .host = true, .source = true },
    { .kind = DATASTORE_KIND_ISCSI, .pool = "iscsi", .port = 3260, .host = true, .source = true },
    { .kind = DATASTORE_KIND_LVM, .pool = "logical", .source = true, .devices = true },
    { .kind = DATASTORE_KIND_DISK, .pool = "disk", .formats = " gpt dos ", .devices = true },
    { .kind = DATASTORE_KIND_ZFS, .pool = "zfs", .source = true },
    { .kind = DATASTORE_KIND_RBD, .pool = "rbd", .port = 6789, .host = true, .source = true },
};

static const KindRow *row_of(DatastoreKind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

const char *datastore_kind_pool(DatastoreKind kind) { return row_of(kind) ? row_of(kind)->pool : NULL; }
bool datastore_kind_mounted(DatastoreKind kind) { return row_of(kind) && row_of(kind)->mounted; }
int64_t datastore_kind_port(DatastoreKind kind) { return row_of(kind) ? row_of(kind)->port : 0; }

/* ---------------------------------------------------------------- checks */

static bool one_of(const char *list, const char *word)
{
    AUTO_FREE char *padded = x_printf(" %s ", word);
    return list && !strchr(word, ' ') && strstr(list, padded);
}

static bool made_of(const char *text, const char *more)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (; *text; text++)
        if (!strchr(letters, *text) && !strchr(more, *text))
            return false;
    return true;
}

int datastore_host_check(const char *host, const char *name, Error *err)
{
    if (!host || !*host)
        return error_set(err, ERR_DATASTORE_SPEC, name, "it needs the name or address of a server");
    if (*host == '-' || *host == '.' || !made_of(host, ".-_:"))
        return error_set(err, ERR_DATASTORE_SPEC, name, "'%s' is not the name or address of a server", host);
    return 0;
}

/* What a source may be made of depends on who reads it. */
static int check_source(const DatastoreSpec *spec, Error *err)
{
    const char *source = spec->source;
    if (!source || !*source)
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "it needs %s",
                         spec->kind == DATASTORE_KIND_NFS     ? "the exported directory"
                         : spec->kind == DATASTORE_KIND_SMB   ? "the name of the share"
                         : spec->kind == DATASTORE_KIND_ISCSI ? "the name of the target (IQN)"
                         : spec->kind == DATASTORE_KIND_LVM   ? "the name of the volume group"
                                                              : "the name of the pool");
    bool fine = *source != '-';
    for (const char *p = source; *p; p++)
        fine &= (unsigned char)*p >= 0x20 && *p != 0x7f;
    if (spec->kind == DATASTORE_KIND_NFS)
        fine &= *source == '/' && !strstr(source, "/../");
    else if (spec->kind == DATASTORE_KIND_SMB)
        fine &= !strpbrk(source, "\\,") && *source != '/';
    else if (spec->kind == DATASTORE_KIND_ISCSI)
        fine &= made_of(source, ".-:") && strlen(source) <= 223;
    else
        fine &= made_of(source, "._+-") && *source != '.' && strlen(source) <= 127;
    return fine ? 0 : error_set(err, ERR_DATASTORE_SPEC, spec->name, "'%s' is not possible here", source);
}

static int check_devices(const DatastoreSpec *spec, const KindRow *row, Error *err)
{
    bool one = row->kind == DATASTORE_KIND_FS || row->kind == DATASTORE_KIND_DISK;
    if (!row->devices && spec->devices.count)
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "it is not made of devices");
    if (one && spec->devices.count != 1)
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "it needs one device");
    for (size_t i = 0; i < spec->devices.count; i++) {
        const char *device = spec->devices.items[i];
        if (strncmp(device, "/dev/", 5) != 0 || strstr(device, "..") || !made_of(device, "/._:+-"))
            return error_set(err, ERR_DATASTORE_SPEC, spec->name, "'%s' is not a device", device);
    }
    return 0;
}

static int check_login(const DatastoreSpec *spec, Error *err)
{
    bool possible = spec->kind == DATASTORE_KIND_SMB || spec->kind == DATASTORE_KIND_ISCSI || spec->kind == DATASTORE_KIND_RBD;
    if ((spec->user || spec->password) && !possible)
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "its kind knows no user and password");
    if (!!spec->user != !!spec->password)
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "a user needs a password, and a password a user");
    for (const char *p = str_or_empty(spec->user); *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return error_set(err, ERR_DATASTORE_SPEC, spec->name, "the user contains a control character");
    for (const char *p = str_or_empty(spec->password); *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return error_set(err, ERR_DATASTORE_SPEC, spec->name, "the password contains a control character");
    return 0;
}

static int check_rest(const DatastoreSpec *spec, const KindRow *row, Error *err)
{
    if (spec->version && !one_of(row->versions, spec->version))
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "version %s is not possible", spec->version);
    if (spec->format && !one_of(row->formats, spec->format))
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "the format %s is not possible", spec->format);
    if (spec->port < 0 || spec->port > 65535 || (spec->port && row->kind != DATASTORE_KIND_ISCSI && row->kind != DATASTORE_KIND_RBD))
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "the port %lld is not possible", (long long)spec->port);
    if (row->kind == DATASTORE_KIND_DIR && !spec->path)
        return error_set(err, ERR_DATASTORE_SPEC, spec->name, "it needs the path of a directory");
    return 0;
}

int datastore_spec_check(const DatastoreSpec *spec, Error *err)
{
    const KindRow *row = row_of(spec->kind);
    if (!row)
        return error_set(err, ERR_NOT_SUPPORTED, spec->name, "this agent does not know that kind of datastore");
    int code = row->host ? datastore_host_check(spec->host, spec->name, err) : 0;
    if (code == 0 && row->source)
        code = check_source(spec, err);
    if (code == 0)
        code = check_devices(spec, row, err);
    if (code == 0)
        code = check_login(spec, err);
    return code < 0 ? code : check_rest(spec, row, err);
}

/* ---------------------------------------------------------------- libvirt's XML */

static void put_host(XmlText *text, const char *host, int64_t port)
{
    xml_open(text, "host");
    xml_put(text, "name", host);
    if (port)
        xml_put_number(text, "port", port);
    xml_close(text);
}

static void put_auth(XmlText *text, const DatastoreSpec *spec, const DatastorePlan *plan)
{
    if (!plan->secret)
        return;
    xml_open(text, "auth");
    xml_put(text, "type", spec->kind == DATASTORE_KIND_RBD ? "ceph" : "chap");
    xml_put(text, "username", spec->user);
    xml_empty(text, "secret", "uuid", plan->secret, NULL);
    xml_close(text);
}

static const char *format_of(const DatastoreSpec *spec)
{
    switch (spec->kind) {
    case DATASTORE_KIND_NFS: return "nfs";
    case DATASTORE_KIND_SMB: return "cifs";
    case DATASTORE_KIND_LVM: return "lvm2";
    case DATASTORE_KIND_FS: return spec->format ? spec->format : "auto";
    case DATASTORE_KIND_DISK: return spec->format ? spec->format : "unknown";
    default: return NULL;
    }
}

static void put_source(XmlText *text, const DatastoreSpec *spec, const DatastorePlan *plan)
{
    xml_open(text, "source");
    if (spec->host)
        put_host(text, spec->host, spec->port);
    for (size_t i = 0; i < spec->devices.count; i++)
        xml_empty(text, "device", "path", spec->devices.items[i], NULL);
    if (spec->kind == DATASTORE_KIND_ISCSI)
        xml_empty(text, "device", "path", spec->source, NULL);
    if (spec->kind == DATASTORE_KIND_NFS || spec->kind == DATASTORE_KIND_SMB)
        xml_empty(text, "dir", "path", spec->source, NULL);
    if (spec->kind == DATASTORE_KIND_LVM || spec->kind == DATASTORE_KIND_ZFS || spec->kind == DATASTORE_KIND_RBD)
        xml_leaf(text, "name", spec->source);
    put_auth(text, spec, plan);
    if (format_of(spec))
        xml_empty(text, "format", "type", format_of(spec), NULL);
    if (spec->kind == DATASTORE_KIND_NFS && spec->version)
        xml_empty(text, "protocol", "ver", spec->version, NULL);
    xml_close(text);
}

static void put_option(XmlText *text, const char *name, const char *value)
{
    AUTO_FREE char *option = x_printf("%s=%s", name, value);
    xml_empty(text, "fs:option", "name", option, NULL);
}

static void put_options(XmlText *text, const DatastoreSpec *spec, const DatastorePlan *plan)
{
    if (spec->kind != DATASTORE_KIND_SMB || (!plan->credentials && !spec->version))
        return;
    xml_open(text, "fs:mount_opts");
    if (plan->credentials)
        put_option(text, "credentials", plan->credentials);
    if (spec->version)
        put_option(text, "vers", spec->version);
    xml_close(text);
}

char *datastore_spec_xml(const DatastoreSpec *spec, const DatastorePlan *plan)
{
    XmlText text = xml_text_begin();
    xml_open(&text, "pool");
    xml_put(&text, "type", datastore_kind_pool(spec->kind));
    xml_put(&text, "xmlns:fs", FS_NAMESPACE);
    xml_leaf(&text, "name", plan->name);
    xml_leaf(&text, "uuid", plan->id);
    if (spec->kind != DATASTORE_KIND_DIR)
        put_source(&text, spec, plan);
    if (plan->path) {
        xml_open(&text, "target");
        xml_leaf(&text, "path", plan->path);
        xml_close(&text);
    }
    put_options(&text, spec, plan);
    xml_close(&text);
    return xml_text_end(&text);
}

char *datastore_secret_xml(const DatastoreSpec *spec, const char *id, const char *datastore)
{
    bool ceph = spec->kind == DATASTORE_KIND_RBD;
    if (!spec->password || (!ceph && spec->kind != DATASTORE_KIND_ISCSI))
        return NULL;
    AUTO_FREE char *usage = x_printf("poolcenter-%s", datastore);
    XmlText text = xml_text_begin();
    xml_open(&text, "secret");
    xml_put(&text, "ephemeral", "no");
    xml_put(&text, "private", ceph ? "no" : "yes"); /* qemu-img needs it, too: qemu_image.h */
    xml_leaf(&text, "uuid", id);
    xml_open(&text, "usage");
    xml_put(&text, "type", ceph ? "ceph" : "iscsi");
    xml_leaf(&text, ceph ? "name" : "target", usage);
    xml_close(&text);
    xml_close(&text);
    return xml_text_end(&text);
}

char *datastore_search_xml(const DatastoreSourcesParams *params)
{
    if (!params->host)
        return NULL;
    XmlText text = xml_text_begin();
    xml_open(&text, "source");
    put_host(&text, params->host, params->port);
    if (params->kind == DATASTORE_KIND_NFS)
        xml_empty(&text, "format", "type", "nfs", NULL);
    xml_close(&text);
    return xml_text_end(&text);
}
