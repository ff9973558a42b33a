/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/datastore_empty.h"

#include "agent/driver_read.h"
#include "agent/upload_file.h"

#include <stdlib.h>

static int check_space(virStoragePoolPtr pool, const char *name, Error *err)
{
    DatastoreInfo info;
    int code = read_datastore(pool, &info, err);
    if (code < 0)
        return code;
    if (str_equal(info.type, "logical") && info.allocation > 0)
        code = error_set(err, ERR_DATASTORE_NOT_EMPTY, name, "%lld MiB of its volume group are in use by what libvirt does not list, such as thin volumes",
                         (long long)(info.allocation >> 20));
    DatastoreInfo_clear(&info);
    return code;
}

/* Those that volume.list tells of; negative: libvirt does not say. */
static int count_volumes(virStoragePoolPtr pool)
{
    virStorageVolPtr *volumes = NULL;
    int count = virStoragePoolListAllVolumes(pool, &volumes, 0), seen = count < 0 ? count : 0;
    for (int i = 0; i < count; i++) {
        seen += !upload_is_part_name(virStorageVolGetName(volumes[i]));
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    return seen;
}

int datastore_empty_check(virStoragePoolPtr pool, Error *err)
{
    const char *name = virStoragePoolGetName(pool);
    int volumes = virStoragePoolRefresh(pool, 0) == 0 ? count_volumes(pool) : -1;
    if (volumes < 0)
        return virt_error(err, name);
    if (volumes > 0)
        return error_set(err, ERR_DATASTORE_NOT_EMPTY, name, volumes == 1 ? "it holds %d volume" : "it holds %d volumes", volumes);
    return check_space(pool, name, err);
}
