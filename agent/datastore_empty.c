/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/datastore_empty.h"

#include "agent/driver_read.h"

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

int datastore_empty_check(virStoragePoolPtr pool, Error *err)
{
    const char *name = virStoragePoolGetName(pool);
    int volumes = virStoragePoolRefresh(pool, 0) == 0 ? virStoragePoolNumOfVolumes(pool) : -1;
    if (volumes < 0)
        return virt_error(err, name);
    if (volumes > 0)
        return error_set(err, ERR_DATASTORE_NOT_EMPTY, name, "it holds %d volumes", volumes);
    return check_space(pool, name, err);
}
