/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what reads files of strangers for the import: descriptions (OVF, libvirt's XML) and manifests; what it makes of them must be valid messages. */
#include "agent/manifest.h"
#include "agent/ovf_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(Appliance *appliance)
{
    Error err = { 0 };
    Appliance again;
    json_t *json = Appliance_encode(appliance);
    if (Appliance_decode(json, UNKNOWN_REJECT, &again, &err) != 0)
        abort();
    for (size_t i = 0; i < again.disks.count; i++) /* never a way out of the folder */
        if (strchr(again.disks.items[i].file, '/') || *again.disks.items[i].file == '.')
            abort();
    Appliance_clear(&again);
    json_decref(json);
    Appliance_clear(appliance);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error err = { 0 };
    Appliance appliance;
    Manifest manifest;
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
