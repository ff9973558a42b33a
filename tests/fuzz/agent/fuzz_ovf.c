/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what reads files of strangers for the import: descriptions (OVF, libvirt's XML), manifests and texts of VMDKs; what it makes of them must be valid messages. */
#include "agent/manifest.h"
#include "agent/ovf_read.h"
#include "agent/vmdk_parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Never a way out of the folder. */
static void check_name(const char *name)
{
    if (strchr(name, '/') || *name == '.')
        abort();
}

static void check_names(const StrList *names)
{
    for (size_t i = 0; i < names->count; i++)
        check_name(names->items[i]);
}

static void check(Appliance *appliance)
{
    Error err = { 0 };
    Appliance again;
    json_t *json = Appliance_encode(appliance);
    if (Appliance_decode(json, UNKNOWN_REJECT, &again, &err) != 0)
        abort();
    for (size_t i = 0; i < again.disks.count; i++) {
        check_name(again.disks.items[i].file);
        check_names(&again.disks.items[i].parts);
    }
    Appliance_clear(&again);
    json_decref(json);
    Appliance_clear(appliance);
}

static void read_vmdk_text(const uint8_t *data, size_t size)
{
    Error err = { 0 };
    StrList files;
    int64_t capacity = 0;
    char *text = x_strndup((const char *)data, size);
    if (vmdk_text_read(text, "fuzz.vmdk", &files, &capacity, &err) == 0) {
        check_names(&files);
        if (capacity <= 0)
            abort();
        StrList_clear(&files);
    }
    error_clear(&err);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error err = { 0 };
    Appliance appliance;
    Manifest manifest;
    read_vmdk_text(data, size);
    if (ovf_read((const char *)data, size, "fuzz.ovf", NULL, &appliance, &err) == 0)
        check(&appliance);
    error_clear(&err);
    if (libvirt_read((const char *)data, size, "fuzz.xml", &appliance, &err) == 0)
        check(&appliance);
    error_clear(&err);
    if (manifest_read((const char *)data, size, "fuzz.mf", &manifest, &err) == 0)
        manifest_clear(&manifest);
    error_clear(&err);
    return 0;
}
