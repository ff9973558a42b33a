/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the bytes of an upload go: a part file in the datastore's directory, or a volume behind a libvirt stream. One owner at a time. */
#ifndef POOLCENTER_AGENT_UPLOAD_SINK_H
#define POOLCENTER_AGENT_UPLOAD_SINK_H

#include "agent/digest.h"
#include "protocol/types.h"

#include <stdatomic.h>

/* What an upload is about; constant once made. */
typedef struct UploadTarget {
    char *datastore;      /* UUID */
    char *datastore_name;
    char *directory;      /* NULL: not a directory datastore */
    char *name;
    char *path;           /* the volume's path, where known */
    int64_t size;
    bool replace;
    bool device;          /* volumes there are devices or images of Ceph: raw, whatever is written into them */
} UploadTarget;

typedef struct UploadSink UploadSink;

typedef struct SinkType {
    /* Feeds the bytes before the sink's offset to the digest; goes on while *go_on. */
    int (*digest_prefix)(UploadSink *sink, Digest *digest, const atomic_bool *go_on, Error *err);
    /* Appends. */
    int (*write)(UploadSink *sink, const void *bytes, size_t count, Error *err);
    /* Makes it durable and gives it its name. ERR_VOLUME_EXISTS leaves all as it is. */
    int (*commit)(UploadSink *sink, Error *err);
    /* Throws it away. */
    void (*discard)(UploadSink *sink);
    /* Lets go of it; what can be resumed stays. Also after commit and discard. */
    void (*close)(UploadSink *sink);
} SinkType;

struct UploadSink {
    const SinkType *type; /* NULL: closed */
    const UploadTarget *target;
    int64_t offset;       /* bytes it holds */
    /* part file */
    int fd;
    char *part;
    int64_t synced;       /* written back up to here */
    /* volume */
    void *volume;
    void *stream;
    void *entry;          /* of the journal, while it is not whole */
    char *head;           /* its first bytes, until they have been looked at */
};

/* "1.5 GiB", for sentences; the caller frees. */
char *size_text(int64_t bytes);

#endif
