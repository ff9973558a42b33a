/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fresh folder for a test's files, natively and under Wine. */
#ifndef POOLCENTER_TESTS_SCRATCH_H
#define POOLCENTER_TESTS_SCRATCH_H

#include "client/core/port.h"

#include <stdlib.h>

/* The caller frees the name; the folder stays behind in $TMPDIR, which tests/run.py removes. */
__attribute__((unused)) static char *scratch_folder(void)
{
    const char *base = getenv("TMPDIR");
    if (!base)
        base = getenv("TEMP");
    char id[37];
    port_make_uuid(id);
    AUTO_FREE char *name = x_printf("poolcenter-test-%s", id);
    char *path = port_join(base ? base : "/tmp", name);
    if (port_make_folder(path, NULL) < 0)
        abort();
    return path;
}

__attribute__((unused)) static void write_file(const char *path, const void *bytes, size_t size)
{
    if (port_write_whole(path, bytes, size, NULL) < 0)
        abort();
}

#endif
