/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of libvirt's domain descriptions; what it makes of them must be a valid message. */
#include "agent/domain_xml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error err = { 0 };
    VmInfo vm;
    if (domain_xml_read((const char *)data, size, &vm, &err) == 0) {
        VmInfo again;
        vm.driver = x_strdup("fuzz");
        json_t *json = VmInfo_encode(&vm);
        if (VmInfo_decode(json, UNKNOWN_REJECT, &again, &err) != 0)
            abort();
        VmInfo_clear(&again);
        json_decref(json);
        VmInfo_clear(&vm);
    }
    error_clear(&err);
    return 0;
}
