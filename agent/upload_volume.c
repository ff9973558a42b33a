/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uploads through libvirt streams: see upload_volume.h. The volume has its final name from the start; it is deleted when the upload fails. */
#include "agent/upload_volume.h"
#include "agent/image_probe.h"
#include "agent/journal.h"
#include "agent/xml_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEAD_BYTES = 4096 }; /* tell the formats that images have */

static int volume_prefix(UploadSink *sink, Digest *digest, const atomic_bool *go_on, Error *err)
{
    (void)sink, (void)digest, (void)go_on, (void)err;
    return 0; /* always begins at byte 0 */
}

/* RAW when it cannot be told. ERR_IMAGE_REFUSED as image_detect, but for a disk that its guest has encrypted, which is one like others. */
static int format_of(const char *head, size_t count, const char *name, VolumeFormat *ret, Error *err)
{
    static const char encrypted[] = "LUKS\xba\xbe";
    *ret = VOLUME_FORMAT_RAW;
    int fd = count >= sizeof encrypted && memcmp(head, encrypted, sizeof encrypted - 1) == 0 ? -1 : memfd_create("head", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    int code = write(fd, head, count) == (ssize_t)count ? image_detect(&(ImagePlace){ fd, 0, (int64_t)count }, name, ret, err) : 0;
    close(fd);
    return code;
}

/* A guest would see the file that holds the image, not the image. */
static int check_head(UploadSink *sink, size_t count, Error *err)
{
    VolumeFormat format = VOLUME_FORMAT_RAW;
    int code = sink->target->device ? format_of(sink->head, count, sink->target->name, &format, err) : 0;
    free(TAKE_PTR(sink->head));
    if (code < 0 || format == VOLUME_FORMAT_RAW || format == VOLUME_FORMAT_ISO)
        return code;
    return error_set(err, ERR_IMAGE_REFUSED, sink->target->name, "it is %s, and volumes of '%s' are raw; upload it into a directory and copy it from there",
                     VolumeFormat_name(format), sink->target->datastore_name);
}

/* Before the bytes that complete the head are written. */
static int take_head(UploadSink *sink, const char *bytes, size_t count, Error *err)
{
    size_t had = (size_t)sink->offset, all = had + count < HEAD_BYTES ? had + count : HEAD_BYTES;
    memcpy(sink->head + had, bytes, all - had);
    return all == HEAD_BYTES || (int64_t)all == sink->target->size ? check_head(sink, all, err) : 0;
}

static int volume_write(UploadSink *sink, const void *bytes, size_t count, Error *err)
{
    const char *at = bytes;
    int code = sink->head ? take_head(sink, at, count, err) : 0;
    while (count && code == 0) {
        int sent = virStreamSend(sink->stream, at, count);
        if (sent < 0)
            return virt_error(err, sink->target->name);
        at += sent;
        count -= (size_t)sent;
        sink->offset += sent;
    }
    return code;
}

static int volume_commit(UploadSink *sink, Error *err)
{
    int code = virStreamFinish(sink->stream) < 0 ? virt_error(err, sink->target->name) : 0;
    virStreamFree(sink->stream);
    sink->stream = NULL;
    if (code == 0) {
        virStorageVolFree(sink->volume);
        sink->volume = NULL; /* kept from now on */
        journal_end(TAKE_PTR(sink->entry));
    }
    return code;
}

static void volume_discard(UploadSink *sink)
{
    bool left = false;
    if (sink->stream) {
        virStreamAbort(sink->stream);
        virStreamFree(sink->stream);
        sink->stream = NULL;
    }
    if (sink->volume) {
        left = virStorageVolDelete(sink->volume, 0) < 0 && !virt_error_is(VIR_ERR_NO_STORAGE_VOL);
        virStorageVolFree(sink->volume);
        sink->volume = NULL;
    }
    if (left && sink->entry)
        journal_leave(TAKE_PTR(sink->entry));
    journal_end(TAKE_PTR(sink->entry));
}

static void volume_close(UploadSink *sink)
{
    volume_discard(sink);
    free(sink->head);
    *sink = (UploadSink){ .fd = -1 };
}

static const SinkType volume_type = { volume_prefix, volume_write, volume_commit, volume_discard, volume_close };

/* libvirt cannot give a volume another name: the old one would be gone before the new one is there. */
static int check_free(virStoragePoolPtr pool, const UploadTarget *target, Error *err)
{
    AUTO_VOLUME old = virStorageVolLookupByName(pool, target->name);
    if (!old)
        return 0;
    return target->replace ? error_set(err, ERR_NOT_SUPPORTED, target->datastore_name, "it cannot replace a volume as a whole; delete '%s' first", target->name)
                           : error_set(err, ERR_VOLUME_EXISTS, target->name, NULL);
}

static int open_stream(virStoragePoolPtr pool, UploadSink *sink, Error *err)
{
    const UploadTarget *target = sink->target;
    AUTO_FREE char *xml = volume_xml(&(NewVolume){ .name = target->name, .format = "raw", .capacity = target->size, .allocation = target->size });
    sink->volume = virStorageVolCreateXML(pool, xml, 0);
    if (!sink->volume)
        return virt_error(err, target->name);
    sink->stream = virStreamNew(virStoragePoolGetConnect(pool), 0);
    if (!sink->stream || virStorageVolUpload(sink->volume, sink->stream, 0, (unsigned long long)target->size, 0) < 0)
        return virt_error(err, target->name);
    return 0;
}

int upload_volume_open(Agent *agent, int owner, virStoragePoolPtr pool, const UploadTarget *target, UploadSink *ret, Error *err)
{
    UploadSink sink = { .type = &volume_type, .target = target, .fd = -1 };
    JournalEntry *entry = NULL;
    int code = journal_begin(agent->journal, JOURNAL_MAKE, owner, NULL, &entry, err);
    if (code < 0)
        return code;
    sink.entry = entry;
    sink.head = x_calloc(1, HEAD_BYTES);
    code = journal_claim_volume(entry, target->datastore, target->name, err);
    if (code == 0)
        code = check_free(pool, target, err);
    if (code == 0)
        code = journal_volume(entry, target->datastore, target->name, err);
    if (code == 0)
        code = open_stream(pool, &sink, err);
    if (code < 0)
        volume_close(&sink);
    else
        *ret = sink;
    return code;
}
