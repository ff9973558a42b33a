/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what tells guest systems: volume descriptors of strangers' ISOs, and the database's files. Texts that come out are printable and whole. */
#include "agent/guest_label.h"
#include "agent/osinfo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t limit)
{
    if (strlen(text) > limit)
        abort();
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            abort();
}

static void check_label(const uint8_t *data, size_t size)
{
    GuestLabel label;
    if (!guest_label_parse(data, size, &label))
        return;
    check_text(label.volume, 32);
    check_text(label.system, 32);
    check_text(label.publisher, 128);
    check_text(label.application, 128);
    if (label.size < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Osinfo osinfo = { 0 };
    check_label(data, size);
    osinfo_parse((const char *)data, size, &osinfo);
    for (size_t i = 0; i < osinfo.count; i++)
        if (str_empty(osinfo.items[i].id) || osinfo.items[i].media_count > OSINFO_MEDIA_MAX || osinfo.items[i].recommended.memory < 0)
            abort();
    osinfo_clear(&osinfo);
    return 0;
}
