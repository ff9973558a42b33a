/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See datastore_type.h. */
#include "protocol/datastore_type.h"

#include "protocol/util.h"

bool datastore_type_is_raw(const char *type)
{
    static const char *const raw[] = { "logical", "disk", "iscsi", "iscsi-direct", "scsi", "mpath", "rbd", "zfs" };
    for (size_t i = 0; i < ARRAY_SIZE(raw); i++)
        if (str_equal(type, raw[i]))
            return true;
    return false;
}
