/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt's descriptions of networks: what the contract cannot carry stays as it is when other settings change. libvirt and virsh are asked in test_networks.py. */
#include "tests/protocol/cmocka_all.h"

#include "agent/network_xml.h"
#include "agent/xml_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static xmlNode *parse(const char *text)
{
    AUTO(error_clear) Error err = { 0 };
    xmlNode *root = xml_parse(text, strlen(text), "network", &err);
    assert_non_null(root);
    return root;
}

/* Reads it, gives it another domain, writes it, and returns the text; *ret is what is read then. */
static char *change_domain(xmlNode *root, NetworkConfig *ret)
{
    AUTO(NetworkConfig_clear) NetworkConfig config;
    network_config_read(root, &config);
    free(config.domain);
    config.domain = x_strdup("new.test");
    network_config_write(&config, false, root);
    network_config_read(root, ret);
    assert_string_equal(ret->domain, "new.test");
    return xml_to_text(root);
}

static size_t count(const char *text, const char *word)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, word)); at++)
        found++;
    return found;
}

static char *many(const char *format, size_t most)
{
    char *text = x_calloc(most, 80);
    for (size_t i = 0; i < most; i++)
        snprintf(text + strlen(text), 80, format, (unsigned)(i >> 8 & 0xff), (unsigned)(i & 0xff), (unsigned)(i >> 8 & 0xff), (unsigned)(i & 0xff));
    return text;
}

static void test_network_xml__more_than_fits_is_not_cut(void **state)
{
    (void)state;
    AUTO_FREE char *ranges = many("<range start='10.1.%u.%u' end='10.1.%u.%u'/>", LIMIT_DEVICES + 10);
    AUTO_FREE char *hosts = many("<host mac='52:54:00:00:%02x:%02x' ip='10.2.%u.%u'/>", LIMIT_DHCP_HOSTS + 10);
    AUTO_FREE char *xml = x_printf("<network><name>n</name><forward mode='nat'/><ip address='10.0.0.1' prefix='8'><dhcp>%s%s</dhcp></ip></network>", ranges, hosts);
    AUTO(NetworkConfig_clear) NetworkConfig config;
    xmlNode *root = parse(xml);
    AUTO_FREE char *text = change_domain(root, &config);
    xml_free(root);
    assert_int_equal(config.ranges.count, LIMIT_DEVICES);
    assert_int_equal(config.hosts.count, LIMIT_DHCP_HOSTS);
    assert_int_equal(count(text, "<range "), LIMIT_DEVICES + 10);
    assert_int_equal(count(text, "<host "), LIMIT_DHCP_HOSTS + 10);
}

static void test_network_xml__what_is_too_long_is_left_alone(void **state)
{
    (void)state;
    char name[LIMIT_NAME + 2] = { 0 };
    memset(name, 'a', LIMIT_NAME + 1);
    AUTO_FREE char *xml = x_printf("<network><name>n</name><forward mode='nat' dev='%s'/><bridge name='%s'/><ip address='10.0.0.1' netmask='255.255.255.0'><dhcp>"
                                   "<range start='%s' end='10.0.0.9'/><host mac='52:54:00:00:00:01' name='alone'/>"
                                   "<host mac='52:54:00:00:00:02' ip='10.0.0.2' name='%s'/></dhcp></ip></network>", name, name, name, name);
    AUTO(NetworkConfig_clear) NetworkConfig config;
    xmlNode *root = parse(xml);
    AUTO_FREE char *text = change_domain(root, &config);
    xml_free(root);
    assert_null(config.device);
    assert_null(config.bridge);
    assert_int_equal(config.ranges.count, 0);
    assert_int_equal(config.hosts.count, 1);
    assert_int_equal(count(text, name), 4);
    assert_int_equal(count(text, "alone"), 1);
}

static void test_network_xml__strange_descriptions_are_read_the_same_again(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<network><name>n</name><domain/><domain name='x'/></network>",
        "<network><name>n</name><ip address=''/><ip address='10.0.0.1' prefix='24'/></network>",
        "<network><name>n</name><ip address='10.0.0.1' prefix='24'><dhcp/><dhcp><range start='10.0.0.2' end='10.0.0.3'/></dhcp></ip></network>",
        "<network><name>n</name><ip family='ipv6' address=''/><ip family='ipv6' address='fd00::1' prefix='64'/></network>",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        AUTO(NetworkConfig_clear) NetworkConfig before;
        AUTO(NetworkConfig_clear) NetworkConfig after;
        xmlNode *root = parse(texts[i]);
        network_config_read(root, &before);
        network_config_write(&before, false, root);
        network_config_write(&before, false, root);
        network_config_read(root, &after);
        xml_free(root);
        json_t *one = NetworkConfig_encode(&before);
        json_t *two = NetworkConfig_encode(&after);
        assert_true(json_equal(one, two));
        json_decref(one);
        json_decref(two);
    }
}

static void test_network_xml__an_absurd_mode_is_not_the_default(void **state)
{
    (void)state;
    char mode[LIMIT_NAME + 2] = { 0 };
    memset(mode, 'n', LIMIT_NAME + 1);
    AUTO_FREE char *xml = x_printf("<network><name>n</name><forward mode='%s'/></network>", mode);
    AUTO(NetworkConfig_clear) NetworkConfig config;
    xmlNode *root = parse(xml);
    network_config_read(root, &config);
    xml_free(root);
    assert_int_equal(config.mode, NETWORK_MODE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network_xml__more_than_fits_is_not_cut),
        cmocka_unit_test(test_network_xml__what_is_too_long_is_left_alone),
        cmocka_unit_test(test_network_xml__strange_descriptions_are_read_the_same_again),
        cmocka_unit_test(test_network_xml__an_absurd_mode_is_not_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
