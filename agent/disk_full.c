/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Full datastores: see disk_full.h. qemu-img's VMDK writer says "Invalid argument" when there is no room, so the room itself is looked at, too. */
#include "agent/disk_full.h"

#include <string.h>
#include <sys/statvfs.h>

static bool is_full(const char *directory)
{
    enum { NEARLY_NOTHING = 1 << 20 };
    struct statvfs status;
    return directory && statvfs(directory, &status) == 0 && (int64_t)(status.f_bavail * status.f_frsize) < NEARLY_NOTHING;
}

int disk_full_explain(const char *directory, const char *datastore, int code, Error *err)
{
    bool writing = code == ERR_PROGRAM_FAILED || code == ERR_IO;
    bool said = writing && err->cause && (strstr(err->cause, "No space left") || strstr(err->cause, "Disk quota"));
    if (!writing || (!said && !is_full(directory)))
        return code;
    error_clear(err);
    return error_set(err, ERR_NO_SPACE, datastore, "it became full while the files were written");
}
