/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what reads and changes libvirt's domain descriptions: what is read must be a valid message, and what was read, written back, must
 * be possible or refused, never a crash. */
#include "agent/domain_xml.h"
#include "agent/vm_compare.h"
#include "agent/vm_config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What every VM must bear: its own settings once more, and being put back to what runs. */
static void change(xmlNode *root, xmlNode *active)
{
    Error err = { 0 };
    VmConfig config;
    VmConfig again;
    vm_config_read(root, &config);
    json_t *json = VmConfig_encode(&config);
    if (VmConfig_decode(json, UNKNOWN_REJECT, &again, &err) != 0)
        abort();
    vm_config_write(root, &again, &err);
    VmConfig_clear(&again);
    vm_config_read(root, &again);
    char *text = vm_compare_text(&config, &again);
    free(text);
    vm_compare_prepare(&config, &again);
    VmConfig_clear(&again);
    for (SettingGroup group = GROUP_CPU; group < SettingGroup_COUNT; group++)
        vm_config_take(root, active, group);
    json_decref(json);
    VmConfig_clear(&config);
    error_clear(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error err = { 0 };
    VmInfo vm;
    xmlNode *root = xml_parse((const char *)data, size, "domain", &err);
    xmlNode *active = root ? xml_parse((const char *)data, size, "domain", &err) : NULL;
    if (root && active)
        change(root, active);
    xml_free(root);
    xml_free(active);
    error_clear(&err);
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
