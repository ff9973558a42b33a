/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uploads through libvirt streams: see upload_volume.h. The volume has its final name from the start; it is deleted when the upload fails. */
#include "agent/upload_volume.h"
#include "agent/xml_write.h"

#include <stdlib.h>

static int volume_prefix(UploadSink *sink, Digest *digest, const atomic_bool *go_on, Error *err)
{
    (void)sink, (void)digest, (void)go_on, (void)err;
    return 0; /* always begins at byte 0 */
}

static int volume_write(UploadSink *sink, const void *bytes, size_t count, Error *err)
{
    const char *at = bytes;
    while (count) {
        int sent = virStreamSend(sink->stream, at, count);
        if (sent < 0)
            return virt_error(err, sink->target->name);
        at += sent;
        count -= (size_t)sent;
        sink->offset += sent;
    }
    return 0;
}

static int volume_commit(UploadSink *sink, Error *err)
{
    int code = virStreamFinish(sink->stream) < 0 ? virt_error(err, sink->target->name) : 0;
    virStreamFree(sink->stream);
    sink->stream = NULL;
    if (code == 0) {
        virStorageVolFree(sink->volume);
        sink->volume = NULL; /* kept from now on */
    }
    return code;
}

static void volume_discard(UploadSink *sink)
{
    if (sink->stream) {
        virStreamAbort(sink->stream);
        virStreamFree(sink->stream);
        sink->stream = NULL;
    }
    if (sink->volume) {
        virStorageVolDelete(sink->volume, 0);
        virStorageVolFree(sink->volume);
        sink->volume = NULL;
    }
}

static void volume_close(UploadSink *sink)
{
    volume_discard(sink);
    *sink = (UploadSink){ .fd = -1 };
}

static const SinkType volume_type = { volume_prefix, volume_write, volume_commit, volume_discard, volume_close };

static void delete_old(virStoragePoolPtr pool, const char *name)
{
    AUTO_VOLUME old = virStorageVolLookupByName(pool, name);
    if (old)
        virStorageVolDelete(old, 0);
}

int upload_volume_open(virStoragePoolPtr pool, const UploadTarget *target, UploadSink *ret, Error *err)
{
    UploadSink sink = { .type = &volume_type, .target = target, .fd = -1 };
    if (target->replace)
        delete_old(pool, target->name);
    AUTO_FREE char *xml = volume_xml(&(NewVolume){ .name = target->name, .format = "raw", .capacity = target->size, .allocation = target->size });
    sink.volume = virStorageVolCreateXML(pool, xml, 0);
    if (!sink.volume)
        return virt_error(err, target->name);
    sink.stream = virStreamNew(virStoragePoolGetConnect(pool), 0);
    if (!sink.stream || virStorageVolUpload(sink.volume, sink.stream, 0, (unsigned long long)target->size, 0) < 0) {
        int code = virt_error(err, target->name);
        volume_discard(&sink);
        return code;
    }
    *ret = sink;
    return 0;
}
