/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of networks: see network_xml.h. */
#include "agent/network_xml.h"
#include "agent/xml_edit.h"
#include "agent/xml_write.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---------------------------------------------------------------- reading */

static NetworkMode read_mode(xmlNode *root)
{
    xmlNode *forward = xml_child(root, "forward");
    if (!forward)
        return NETWORK_MODE_ISOLATED;
    AUTO_FREE char *word = xml_attribute(forward, "mode", SIZE_MAX); /* one of absurd length is strange, not absent */
    NetworkMode mode = word ? NetworkMode_parse(word) : NETWORK_MODE_NAT;
    bool strange = mode == NETWORK_MODE_ISOLATED || (mode == NETWORK_MODE_BRIDGE && !xml_child(root, "bridge"));
    return strange ? NETWORK_MODE_UNKNOWN : mode;
}

/* The first <ip> of that family that has an address. */
static xmlNode *find_ip(xmlNode *root, bool six)
{
    for (xmlNode *node = xml_child(root, "ip"); node; node = xml_next(node, "ip")) {
        AUTO_FREE char *address = xml_attribute(node, "address", LIMIT_NAME);
        if (!str_empty(address) && xml_attribute_is(node, "family", "ipv6") == six)
            return node;
    }
    return NULL;
}

static int64_t read_prefix(xmlNode *ip)
{
    struct in_addr mask;
    int64_t prefix = xml_attribute_number(ip, "prefix");
    AUTO_FREE char *text = prefix ? NULL : xml_attribute(ip, "netmask", LIMIT_NAME);
    if (!text || inet_pton(AF_INET, text, &mask) != 1)
        return prefix;
    return __builtin_popcount(mask.s_addr);
}

/* False for a range or a static lease that the contract cannot carry: such a one is not told, and left as it is. */
static bool read_range(xmlNode *node, DhcpRange *ret)
{
    *ret = (DhcpRange){ xml_attribute(node, "start", LIMIT_NAME), xml_attribute(node, "end", LIMIT_NAME) };
    return ret->start && ret->end;
}

static bool read_host(xmlNode *node, DhcpHost *ret)
{
    *ret = (DhcpHost){ xml_attribute(node, "mac", LIMIT_NAME), xml_attribute(node, "ip", LIMIT_NAME), xml_attribute(node, "name", LIMIT_NAME) };
    return ret->mac && ret->address;
}

static void read_dhcp(xmlNode *dhcp, NetworkConfig *config)
{
    for (xmlNode *node = xml_child(dhcp, "range"); node && config->ranges.count < LIMIT_DEVICES; node = xml_next(node, "range")) {
        AUTO(DhcpRange_clear) DhcpRange range;
        if (read_range(node, &range))
            DhcpRangeList_add(&config->ranges, &range);
    }
    for (xmlNode *node = xml_child(dhcp, "host"); node && config->hosts.count < LIMIT_DHCP_HOSTS; node = xml_next(node, "host")) {
        AUTO(DhcpHost_clear) DhcpHost host;
        if (read_host(node, &host))
            DhcpHostList_add(&config->hosts, &host);
    }
}

void network_config_read(xmlNode *root, NetworkConfig *ret)
{
    xmlNode *four = find_ip(root, false);
    xmlNode *six = find_ip(root, true);
    *ret = (NetworkConfig){
        .name = xml_text(xml_child(root, "name"), LIMIT_NAME),
        .mode = read_mode(root),
        .bridge = xml_attribute(xml_child(root, "bridge"), "name", LIMIT_NAME),
        .device = xml_attribute(xml_child(root, "forward"), "dev", LIMIT_NAME),
        .domain = xml_attribute(xml_child(root, "domain"), "name", LIMIT_NAME),
        .address = xml_attribute(four, "address", LIMIT_NAME),
        .prefix = four ? read_prefix(four) : 0,
        .address6 = xml_attribute(six, "address", LIMIT_NAME),
        .prefix6 = six ? xml_attribute_number(six, "prefix") : 0,
        .vlan = xml_attribute_number(xml_child(root, "vlan/tag"), "id"),
    };
    read_dhcp(xml_child(four, "dhcp"), ret);
}

/* ---------------------------------------------------------------- checking */

static bool parse_four(const char *text, uint32_t *ret)
{
    struct in_addr address;
    if (!text || inet_pton(AF_INET, text, &address) != 1)
        return false;
    *ret = ntohl(address.s_addr);
    return true;
}

bool network_subnet(const NetworkConfig *config, uint32_t *ret_first, uint32_t *ret_mask)
{
    uint32_t address = 0;
    if (config->prefix < 1 || config->prefix > 30 || !parse_four(config->address, &address))
        return false;
    *ret_mask = UINT32_MAX << (32 - config->prefix);
    *ret_first = address & *ret_mask;
    return true;
}

static int refuse(const NetworkConfig *config, Error *err, const char *format, const char *what)
{
    AUTO_FREE char *cause = str_substitute(format, what, NULL);
    return error_set(err, ERR_NETWORK_SETTING, config->name, "%s", cause);
}

static bool plain_word(const char *text, size_t limit)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= 0x20 || *p == 0x7f || *p == '/')
            return false;
    return strlen(text) <= limit;
}

static int check_names(const NetworkConfig *config, Error *err)
{
    for (const char *p = config->name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '/')
            return refuse(config, err, "its name must not contain slashes or control characters", "");
    if (!*config->name || *config->name == ' ')
        return refuse(config, err, "it needs a name that does not begin with a space", "");
    if (config->mode == NETWORK_MODE_UNKNOWN)
        return refuse(config, err, "it has no mode", "");
    if (!plain_word(str_or_empty(config->bridge), LIMIT_INTERFACE))
        return refuse(config, err, "'{1}' cannot be the name of a bridge", config->bridge);
    if (!plain_word(str_or_empty(config->device), LIMIT_INTERFACE))
        return refuse(config, err, "'{1}' cannot be a network card of the host", config->device);
    if (!plain_word(str_or_empty(config->domain), LIMIT_NAME))
        return refuse(config, err, "'{1}' cannot be a DNS domain", config->domain);
    if (!str_empty(config->device) && config->mode != NETWORK_MODE_NAT && config->mode != NETWORK_MODE_ROUTE)
        return refuse(config, err, "only the modes nat and route use a network card of the host", "");
    if (config->vlan < 0 || config->vlan > 4094)
        return refuse(config, err, "a VLAN tag is a number from 1 to 4094", "");
    return 0;
}

static bool valid_mac(const char *text)
{
    unsigned b[6];
    int end = 0;
    return sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) == 6 && end == 17 && !text[17] && !(b[0] & 1);
}

static bool inside(const NetworkConfig *config, uint32_t address)
{
    uint32_t first = 0;
    uint32_t mask = 0;
    return network_subnet(config, &first, &mask) && (address & mask) == first && address != first && address != (first | ~mask);
}

static int check_range(const NetworkConfig *config, const DhcpRange *range, Error *err)
{
    uint32_t start = 0;
    uint32_t end = 0;
    if (!parse_four(range->start, &start))
        return refuse(config, err, "'{1}' is no IPv4 address", range->start);
    if (!parse_four(range->end, &end))
        return refuse(config, err, "'{1}' is no IPv4 address", range->end);
    if (!inside(config, start) || !inside(config, end))
        return refuse(config, err, "the range from {1} is not inside of its addresses", range->start);
    if (start > end)
        return refuse(config, err, "the range from {1} ends before it begins", range->start);
    if (end - start > 65535) /* libvirt's own limit */
        return refuse(config, err, "the range from {1} has more than 65536 addresses", range->start);
    return 0;
}

static int check_host(const NetworkConfig *config, size_t index, Error *err)
{
    const DhcpHost *host = &config->hosts.items[index];
    uint32_t address = 0;
    uint32_t own = 0;
    if (!valid_mac(host->mac))
        return refuse(config, err, "'{1}' is no MAC address of a network card", host->mac);
    if (!parse_four(host->address, &address) || !inside(config, address))
        return refuse(config, err, "the static lease of '{1}' is not one of its addresses", host->address);
    if (parse_four(config->address, &own) && address == own)
        return refuse(config, err, "the static lease of {1} is the host's own address in it", host->address);
    if (!plain_word(str_or_empty(host->name), LIMIT_NAME))
        return refuse(config, err, "'{1}' cannot be the name of a static lease", host->name);
    for (size_t i = 0; i < index; i++) {
        if (strcasecmp(config->hosts.items[i].mac, host->mac) == 0)
            return refuse(config, err, "there are two static leases of {1}", host->mac);
        if (str_equal(config->hosts.items[i].address, host->address))
            return refuse(config, err, "there are two static leases of {1}", host->address);
    }
    return 0;
}

static int check_addresses(const NetworkConfig *config, Error *err)
{
    struct in6_addr six;
    uint32_t own = 0;
    if (str_empty(config->address) && (config->ranges.count || config->hosts.count))
        return refuse(config, err, "DHCP needs an IPv4 address of the host in it", "");
    if (!str_empty(config->address) && !parse_four(config->address, &own))
        return refuse(config, err, "'{1}' is no IPv4 address", config->address);
    if (!str_empty(config->address) && (config->prefix < 8 || config->prefix > 30))
        return refuse(config, err, "the prefix of its IPv4 addresses has 8 to 30 bits", "");
    if (!str_empty(config->address) && !inside(config, own))
        return refuse(config, err, "{1} names the network, not the host in it", config->address);
    if (!str_empty(config->address6) && inet_pton(AF_INET6, config->address6, &six) != 1)
        return refuse(config, err, "'{1}' is no IPv6 address", config->address6);
    if (!str_empty(config->address6) && (config->prefix6 < 8 || config->prefix6 > 126))
        return refuse(config, err, "the prefix of its IPv6 addresses has 8 to 126 bits", "");
    for (size_t i = 0; i < config->ranges.count; i++)
        if (check_range(config, &config->ranges.items[i], err) < 0)
            return err->code;
    for (size_t i = 0; i < config->hosts.count; i++)
        if (check_host(config, i, err) < 0)
            return err->code;
    return 0;
}

int network_config_check(const NetworkConfig *config, Error *err)
{
    int code = check_names(config, err);
    if (code < 0)
        return code;
    bool addresses = !str_empty(config->address) || !str_empty(config->address6);
    if (config->mode != NETWORK_MODE_BRIDGE && config->mode != NETWORK_MODE_ISOLATED && !addresses)
        return refuse(config, err, "mode {1} needs an address of the host in it", NetworkMode_name(config->mode));
    if (config->mode != NETWORK_MODE_BRIDGE)
        return check_addresses(config, err);
    if (str_empty(config->bridge))
        return refuse(config, err, "it needs a bridge of the host", "");
    if (addresses || config->ranges.count || config->hosts.count || !str_empty(config->domain))
        return refuse(config, err, "a network on a bridge of the host has no addresses, DHCP or domain of its own", "");
    return 0;
}

/* ---------------------------------------------------------------- writing */

/* Sets the attribute if the wish is another one, "" removes it: what is too long for the contract reads as absent, and stays as long as nobody changes it. True if it was
 * changed. */
static bool set_wish(xmlNode *node, const char *name, const char *value)
{
    AUTO_FREE char *was = xml_attribute(node, name, LIMIT_NAME);
    bool changed = !str_equal(str_or_empty(was), str_or_empty(value));
    if (changed)
        xml_set(node, name, str_empty(value) ? NULL : value);
    return changed;
}

static void write_forward(const NetworkConfig *config, xmlNode *root)
{
    if (config->mode == NETWORK_MODE_ISOLATED) {
        xml_remove(xml_child(root, "forward"));
        return;
    }
    xmlNode *forward = xml_need(root, "forward");
    xml_set(forward, "mode", NetworkMode_name(config->mode));
    if (set_wish(forward, "dev", config->device))
        xml_remove_all(forward, "interface"); /* says the same as dev */
    if (config->mode != NETWORK_MODE_NAT)
        xml_remove(xml_child(forward, "nat"));
}

static void write_bridge(const NetworkConfig *config, xmlNode *root)
{
    if (config->mode == NETWORK_MODE_BRIDGE) { /* that bridge is the host's: nothing of it is ours to say */
        static const char *const own[] = { "bridge", "ip", "mac", "dns", "domain", "route" };
        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
            xml_remove_all(root, own[i]);
    }
    if (!str_empty(config->bridge))
        xml_set(xml_need(root, "bridge"), "name", config->bridge);
}

static const DhcpHost *find_host(const NetworkConfig *config, const char *mac)
{
    for (size_t i = 0; i < config->hosts.count; i++)
        if (strcasecmp(config->hosts.items[i].mac, mac) == 0)
            return &config->hosts.items[i];
    return NULL;
}

static void put_host(xmlNode *node, const DhcpHost *host)
{
    set_wish(node, "mac", host->mac);
    set_wish(node, "ip", host->address);
    set_wish(node, "name", host->name);
}

static void write_hosts(const NetworkConfig *config, xmlNode *dhcp)
{
    bool *there = x_calloc(config->hosts.count + 1, sizeof *there);
    size_t told = 0; /* what comes after those that read_dhcp() tells of is not ours to remove */
    for (xmlNode *node = xml_child(dhcp, "host"); node && told < LIMIT_DHCP_HOSTS;) {
        xmlNode *next = xml_next(node, "host");
        AUTO(DhcpHost_clear) DhcpHost was;
        bool readable = read_host(node, &was);
        const DhcpHost *host = readable ? find_host(config, was.mac) : NULL;
        told += readable;
        if (host) {
            put_host(node, host);
            there[host - config->hosts.items] = true;
        } else if (readable) {
            xml_remove(node);
        }
        node = next;
    }
    for (size_t i = 0; i < config->hosts.count; i++)
        if (!there[i])
            put_host(xml_add(dhcp, "host"), &config->hosts.items[i]);
    free(there);
}

static bool has_range(const NetworkConfig *config, const char *start, const char *end)
{
    for (size_t i = 0; i < config->ranges.count; i++)
        if (str_equal(config->ranges.items[i].start, start) && str_equal(config->ranges.items[i].end, end))
            return true;
    return false;
}

static bool xml_has_range(xmlNode *dhcp, const DhcpRange *range)
{
    for (xmlNode *node = xml_child(dhcp, "range"); node; node = xml_next(node, "range"))
        if (xml_attribute_is(node, "start", range->start) && xml_attribute_is(node, "end", range->end))
            return true;
    return false;
}

static void write_ranges(const NetworkConfig *config, xmlNode *dhcp)
{
    size_t told = 0;
    for (xmlNode *node = xml_child(dhcp, "range"); node && told < LIMIT_DEVICES;) {
        xmlNode *next = xml_next(node, "range");
        AUTO(DhcpRange_clear) DhcpRange was;
        bool readable = read_range(node, &was);
        told += readable;
        if (readable && !has_range(config, was.start, was.end))
            xml_remove(node);
        node = next;
    }
    for (size_t i = 0; i < config->ranges.count; i++) {
        if (xml_has_range(dhcp, &config->ranges.items[i]))
            continue;
        xmlNode *range = xml_add(dhcp, "range");
        xml_set(range, "start", config->ranges.items[i].start);
        xml_set(range, "end", config->ranges.items[i].end);
    }
}

static void write_dhcp(const NetworkConfig *config, xmlNode *ip)
{
    bool wished = config->ranges.count || config->hosts.count;
    xmlNode *dhcp = xml_child(ip, "dhcp");
    if (!dhcp && !wished)
        return;
    dhcp = dhcp ? dhcp : xml_add(ip, "dhcp");
    bool was_empty = xmlChildElementCount(dhcp) == 0;
    write_ranges(config, dhcp);
    write_hosts(config, dhcp);
    if (!was_empty)
        xml_remove_empty(dhcp);
}

/* The <ip> of that family with that address, made if it is not there; address "": it is removed, and NULL. */
static xmlNode *write_ip(xmlNode *root, bool six, const char *address, int64_t prefix)
{
    xmlNode *ip = find_ip(root, six);
    if (str_empty(address)) {
        xml_remove(ip);
        return NULL;
    }
    if (!ip) {
        ip = xml_add(root, "ip");
        xml_set(ip, "family", six ? "ipv6" : NULL);
    }
    xml_set(ip, "address", address);
    xml_set(ip, "netmask", NULL);
    xml_set_number(ip, "prefix", prefix);
    return ip;
}

static void write_addresses(const NetworkConfig *config, xmlNode *root)
{
    xmlNode *ip = write_ip(root, false, config->address, config->prefix);
    if (ip)
        write_dhcp(config, ip);
    write_ip(root, true, config->address6, config->prefix6);
}

static void write_domain(const NetworkConfig *config, xmlNode *root)
{
    xmlNode *domain = xml_child(root, "domain");
    if (!domain && !str_empty(config->domain))
        domain = xml_add(root, "domain");
    if (domain && set_wish(domain, "name", config->domain) && str_empty(config->domain))
        xml_remove_all(root, "domain");
}

static void write_vlan(const NetworkConfig *config, bool vlan_bridge, xmlNode *root)
{
    AUTO(NetworkConfig_clear) NetworkConfig was;
    network_config_read(root, &was);
    if (was.vlan != config->vlan) { /* trunks and native tags stay as long as nobody changes the tag */
        xml_remove(xml_child(root, "vlan"));
        if (config->vlan)
            xml_set_number(xml_add(xml_add(root, "vlan"), "tag"), "id", config->vlan);
    }
    if (vlan_bridge && !xml_child(root, "virtualport"))
        xml_set(xml_add(root, "virtualport"), "type", "openvswitch");
}

void network_config_write(const NetworkConfig *config, bool vlan_bridge, xmlNode *root)
{
    xml_set_leaf(root, "name", config->name);
    write_forward(config, root);
    write_bridge(config, root);
    if (config->mode != NETWORK_MODE_BRIDGE) {
        write_addresses(config, root);
        write_domain(config, root);
    }
    write_vlan(config, vlan_bridge, root);
}

char *network_host_xml(const DhcpHost *host)
{
    XmlText xml = xml_text_begin();
    xml_empty(&xml, "host", "mac", host->mac, "ip", host->address, "name", str_empty(host->name) ? NULL : host->name, NULL);
    return xml_text_end(&xml);
}

char *network_range_xml(const DhcpRange *range)
{
    XmlText xml = xml_text_begin();
    xml_empty(&xml, "range", "start", range->start, "end", range->end, NULL);
    return xml_text_end(&xml);
}
