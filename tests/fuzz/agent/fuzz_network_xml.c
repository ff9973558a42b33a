/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what reads and changes libvirt's descriptions of networks: what is read must be a valid message, and what the checks let through, written back, must be read as it
 * was wished. */
#include "agent/network_xml.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *settings_of(xmlNode *root)
{
    NetworkConfig config;
    network_config_read(root, &config);
    json_t *json = NetworkConfig_encode(&config);
    NetworkConfig_clear(&config);
    return json;
}

/* A network that is defined with its own settings says the same afterwards. */
static void write_back(xmlNode *root, const NetworkConfig *config)
{
    uint32_t first = 0;
    uint32_t mask = 0;
    network_subnet(config, &first, &mask);
    network_config_write(config, false, root);
    json_t *once = settings_of(root);
    network_config_write(config, false, root);
    json_t *twice = settings_of(root);
    if (!json_equal(once, twice))
        abort();
    json_decref(once);
    json_decref(twice);
}

static void change(xmlNode *root)
{
    Error err = { 0 };
    NetworkConfig config;
    json_t *json = settings_of(root);
    if (!json_object_get(json, "name"))
        json_object_set_new(json, "name", json_string("fuzz"));
    if (NetworkConfig_decode(json, UNKNOWN_REJECT, &config, &err) != 0)
        abort();
    if (network_config_check(&config, &err) == 0)
        write_back(root, &config);
    for (size_t i = 0; i < config.hosts.count; i++)
        free(network_host_xml(&config.hosts.items[i]));
    for (size_t i = 0; i < config.ranges.count; i++)
        free(network_range_xml(&config.ranges.items[i]));
    json_decref(json);
    NetworkConfig_clear(&config);
    error_clear(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error err = { 0 };
    xmlNode *root = xml_parse((const char *)data, size, "network", &err);
    if (root)
        change(root);
    xml_free(root);
    error_clear(&err);
    return 0;
}
