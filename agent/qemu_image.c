/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images for qemu-img: see qemu_image.h. */
#include "agent/qemu_image.h"
#include "agent/file_copy.h"
#include "agent/image_probe.h"
#include "agent/program.h"
#include "agent/rbd_disk.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INFO_MS = 60000 };

/* ---------------------------------------------------------------- the key */

static int keep_key(const unsigned char *key, size_t size, QemuImage *image, Error *err)
{
    int file = memfd_create("poolcenter-key", MFD_CLOEXEC);
    if (file < 0)
        return error_set(err, ERR_IO, "memfd_create", "%s", strerror(errno));
    image->key = file;
    image->secret = x_printf("secret,id=key%d,file=/dev/fd/%d", file, file);
    return file_write_at(file, key, size, 0) ? 0 : error_set(err, ERR_IO, "memfd_create", "%s", strerror(errno));
}

static int read_key(virConnectPtr conn, const char *uuid, const char *pool, QemuImage *image, Error *err)
{
    size_t size = 0;
    virSecretPtr secret = virSecretLookupByUUIDString(conn, uuid);
    if (!secret)
        return virt_error(err, pool);
    unsigned char *key = virSecretGetValue(secret, &size, 0);
    int code = key ? keep_key(key, size, image, err) : 0;
    if (!key && virt_error_is(VIR_ERR_INVALID_SECRET))
        code = error_set(err, ERR_NOT_SUPPORTED, pool, "libvirt keeps its key to itself (the secret is private); forget the datastore and add it again");
    else if (!key)
        code = virt_error(err, pool);
    virSecretFree(secret);
    if (key)
        x_wipe((char *)key, size);
    free(key);
    return code;
}

/* ---------------------------------------------------------------- Ceph */

/* Port 0 is for QEMU what no port is for people: those that Ceph uses. */
static json_t *servers(xmlNode *source)
{
    json_t *list = json_array();
    for (xmlNode *host = xml_child(source, "host"); host; host = xml_next(host, "host")) {
        AUTO_FREE char *name = xml_attribute(host, "name", LIMIT_NAME);
        AUTO_FREE char *port = xml_attribute(host, "port", LIMIT_NAME);
        json_array_append_new(list, json_pack("{s:s, s:s}", "host", str_or_empty(name), "port", port ? port : "0"));
    }
    return list;
}

static int describe(virConnectPtr conn, xmlNode *source, const char *pool, const char *name, QemuImage *image, json_t **ret, Error *err)
{
    AUTO_FREE char *user = xml_attribute(xml_child(source, "auth"), "username", LIMIT_NAME);
    AUTO_FREE char *uuid = xml_attribute(xml_child(source, "auth/secret"), "uuid", LIMIT_UUID);
    int code = uuid ? read_key(conn, uuid, pool, image, err) : 0;
    if (code < 0)
        return code;
    AUTO_FREE char *id = image->key ? x_printf("key%d", image->key) : NULL;
    *ret = json_pack("{s:s, s:s, s:s, s:o, s:s*, s:s*}", "driver", "rbd", "pool", pool, "image", name, "server", servers(source), "user", user, "key-secret", id);
    return 0;
}

static int find_rbd(virConnectPtr conn, const char *path, QemuImage *image, json_t **ret, Error *err)
{
    AUTO_FREE char *pool = x_strdup(rbd_path_name(path));
    char *slash = strchr(pool, '/');
    if (!slash)
        return error_set(err, ERR_NOT_SUPPORTED, path, "it is no image of a Ceph pool");
    *slash = 0;
    xmlNode *source = rbd_source_find(conn, pool);
    if (!source)
        return error_set(err, ERR_DATASTORE_NOT_FOUND, pool, NULL);
    int code = describe(conn, source, pool, slash + 1, image, ret, err);
    xml_free(source->parent);
    return code;
}

/* ---------------------------------------------------------------- all of them */

static int find_file(const char *path, json_t **ret, Error *err)
{
    struct stat facts;
    if (!path || *path != '/' || stat(path, &facts) < 0 || (!S_ISREG(facts.st_mode) && !S_ISBLK(facts.st_mode)))
        return error_set(err, ERR_NOT_SUPPORTED, str_or_empty(path), "it is neither a file, a block device nor an image of a Ceph pool");
    *ret = json_pack("{s:s, s:s}", "driver", S_ISBLK(facts.st_mode) ? "host_device" : "file", "filename", path);
    return 0;
}

int qemu_image_open(virConnectPtr conn, const char *path, VolumeFormat format, QemuImage *ret, Error *err)
{
    json_t *file = NULL;
    *ret = (QemuImage){ 0 };
    int code = rbd_path_is(path) ? find_rbd(conn, path, ret, &file, err) : find_file(path, &file, err);
    if (code < 0)
        return code;
    json_t *image = json_pack("{s:s, s:o}", "driver", format == VOLUME_FORMAT_UNKNOWN ? "raw" : image_format_name(format), "file", file);
    char *text = json_dumps(image, JSON_COMPACT);
    ret->name = x_printf("json:%s", str_or_empty(text));
    free(text);
    json_decref(image);
    return 0;
}

void qemu_image_clear(QemuImage *image)
{
    if (image->key)
        close(image->key);
    free(image->name);
    free(image->secret);
    *image = (QemuImage){ 0 };
}

void qemu_image_option(const QemuImage *image, const char **arguments, size_t *count)
{
    if (!image->secret)
        return;
    arguments[(*count)++] = "--object";
    arguments[(*count)++] = image->secret;
}

int qemu_image_capacity(const QemuImage *image, const char *path, int64_t *ret, Error *err)
{
    AUTO_FREE char *output = NULL;
    const char *arguments[10] = { "qemu-img", "info", "-U", "--output=json" };
    size_t count = 4;
    qemu_image_option(image, arguments, &count);
    arguments[count] = image->name;
    int code = program_run(&(Program){ .arguments = arguments, .kept = { image->key }, .milliseconds = INFO_MS }, &output, err);
    if (code < 0)
        return code;
    json_t *info = json_loads(output, 0, NULL);
    *ret = json_integer_value(json_object_get(info, "virtual-size"));
    json_decref(info);
    return *ret > 0 ? 0 : error_set(err, ERR_IO, path, "its size cannot be told");
}
