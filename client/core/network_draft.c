/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network being made or changed: see network_draft.h. */
#include "client/core/network_draft.h"

#include "client/core/text.h"
#include "client/core/vm_edit.h"
#include "client/core/words_network.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RANGE_MOST = 65535, PREFIX6_LEAST = 8, PREFIX6_MOST = 126, VLAN_MOST = 4094 };

static char *text_copy(const char *words) { return x_strdup(str_or_empty(words)); }

static void replace(char **place, char *words)
{
    free(*place);
    *place = words;
}

static void copy_hosts(const DhcpHostList *from, DhcpHostList *to)
{
    for (size_t i = 0; i < from->count; i++) {
        DhcpHost host;
        DhcpHost_copy(&from->items[i], &host);
        DhcpHostList_add(to, &host);
    }
}

bool network_mode_has_addresses(NetworkMode mode) { return mode != NETWORK_MODE_BRIDGE && mode != NETWORK_MODE_UNKNOWN; }
bool network_mode_has_device(NetworkMode mode) { return mode == NETWORK_MODE_NAT || mode == NETWORK_MODE_ROUTE; }
bool network_mode_needs_address(NetworkMode mode) { return network_mode_has_addresses(mode) && mode != NETWORK_MODE_ISOLATED; }

/* ---------------------------------------------------------------- from and to settings */

static char *with_prefix(const char *address, int64_t prefix) { return str_empty(address) ? x_strdup("") : x_printf("%s/%d", address, (int)prefix); }

static char *range_text(const char *start, const char *end) { return x_printf("%s - %s", start, end); }

static void add_range_text(char **line, char *range)
{
    char *longer = str_empty(*line) ? x_strdup(range) : x_printf("%s, %s", *line, range);

    replace(line, longer);
    free(range);
}

void network_draft_init(NetworkDraft *draft, const NetworkConfig *config)
{
    static const NetworkConfig none = {.mode = NETWORK_MODE_NAT};
    const NetworkConfig *from = config ? config : &none;
    bool bridged = from->mode == NETWORK_MODE_BRIDGE;

    *draft = (NetworkDraft){.name = text_copy(from->name), .mode = from->mode, .bridge = text_copy(bridged ? NULL : from->bridge), .host_bridge = text_copy(bridged ? from->bridge : NULL),
        .device = text_copy(from->device), .address = with_prefix(from->address, from->prefix), .dhcp = from->ranges.count || from->hosts.count, .ranges = x_strdup(""),
        .address6 = with_prefix(from->address6, from->prefix6), .domain = text_copy(from->domain), .vlan = from->vlan, .autostart = config ? from->autostart : true};
    draft->followed = text_copy(draft->address);
    for (size_t i = 0; i < from->ranges.count; i++)
        add_range_text(&draft->ranges, range_text(from->ranges.items[i].start, from->ranges.items[i].end));
    copy_hosts(&from->hosts, &draft->hosts);
}

void network_draft_clear(NetworkDraft *draft)
{
    char **words[] = {&draft->name, &draft->bridge, &draft->host_bridge, &draft->device, &draft->address, &draft->ranges, &draft->address6, &draft->domain, &draft->followed};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        free(*words[i]);
    DhcpHostList_clear(&draft->hosts);
    *draft = (NetworkDraft){0};
}

/* The next part of a list between commas and semicolons, without spaces around it; NULL: no more. The caller frees. */
static char *next_part(const char **at)
{
    *at += strspn(*at, " ,;\t");
    size_t length = strcspn(*at, ",;");
    if (!length)
        return NULL;
    char *part = x_strndup(*at, length);
    *at += length;
    for (size_t i = strlen(part); i > 0 && (part[i - 1] == ' ' || part[i - 1] == '\t'); i--)
        part[i - 1] = '\0';
    return part;
}

/* ---------------------------------------------------------------- moving along */

static uint32_t moved(const Subnet *from, const Subnet *to, uint32_t address) { return to->first + (address - from->first); }

static bool can_move(const Subnet *from, const Subnet *to, uint32_t address)
{
    return subnet_has(from, address) && address - from->first < to->last - to->first && subnet_has(to, moved(from, to, address));
}

static char *default_range(const Subnet *subnet)
{
    uint32_t start = 0, end = 0;

    subnet_default_range(subnet, &start, &end);
    AUTO_FREE char *first = ipv4_text(start);
    AUTO_FREE char *last = ipv4_text(end);
    return range_text(first, last);
}

/* NULL: one of them is no range, or none of the old network. */
static char *moved_ranges(const char *ranges, const Subnet *from, const Subnet *to)
{
    char *line = x_strdup("");
    const char *at = ranges;

    for (char *part; line && (part = next_part(&at)); free(part)) {
        uint32_t start = 0, end = 0;
        bool range = subnet_range_parse(part, &start, &end) && subnet_has(from, start) && subnet_has(from, end);
        if (!range) {
            replace(&line, NULL);
            continue;
        }
        bool fits = can_move(from, to, start) && can_move(from, to, end);
        AUTO_FREE char *first = ipv4_text(moved(from, to, start));
        AUTO_FREE char *last = ipv4_text(moved(from, to, end));
        if (fits)
            add_range_text(&line, range_text(first, last));
    }
    return line;
}

static void move_leases(DhcpHostList *hosts, const Subnet *from, const Subnet *to)
{
    for (size_t i = 0; i < hosts->count; i++) {
        uint32_t address = 0;
        if (ipv4_parse(hosts->items[i].address, &address) && can_move(from, to, address))
            replace(&hosts->items[i].address, ipv4_text(moved(from, to, address)));
    }
}

void network_draft_set_address(NetworkDraft *draft, const char *address)
{
    Subnet from, to;

    replace(&draft->address, text_copy(address));
    if (!subnet_parse(draft->address, &to))
        return;
    if (subnet_parse(draft->followed, &from) && !str_empty(draft->ranges)) {
        char *ranges = moved_ranges(draft->ranges, &from, &to);
        if (ranges)
            replace(&draft->ranges, *ranges ? x_strdup(ranges) : default_range(&to));
        free(ranges);
        move_leases(&draft->hosts, &from, &to);
    } else if (str_empty(draft->ranges) && draft->dhcp) {
        replace(&draft->ranges, default_range(&to));
    }
    replace(&draft->followed, text_copy(draft->address));
}

void network_draft_set_dhcp(NetworkDraft *draft, bool dhcp)
{
    Subnet subnet;

    draft->dhcp = dhcp;
    if (dhcp && str_empty(draft->ranges) && subnet_parse(draft->address, &subnet))
        replace(&draft->ranges, default_range(&subnet));
}

static bool given_out(const NetworkDraft *draft, uint32_t address)
{
    const char *at = draft->ranges;
    bool found = false;

    for (char *part; (part = next_part(&at)); free(part)) {
        uint32_t start = 0, end = 0;
        found = found || (subnet_range_parse(part, &start, &end) && address >= start && address <= end);
    }
    for (size_t i = 0; i < draft->hosts.count && !found; i++) {
        uint32_t taken = 0;
        found = ipv4_parse(draft->hosts.items[i].address, &taken) && taken == address;
    }
    return found;
}

char *network_draft_free_address(const NetworkDraft *draft)
{
    enum { TRIES = 4096 };
    Subnet subnet;

    if (!subnet_parse(draft->address, &subnet))
        return NULL;
    for (uint32_t i = 1; i < TRIES && subnet_has(&subnet, subnet.first + i); i++)
        if (subnet.first + i != subnet.host && !given_out(draft, subnet.first + i))
            return ipv4_text(subnet.first + i);
    return NULL;
}

void network_draft_propose(NetworkDraft *draft, const Model *model, const HostNicList *nics)
{
    AUTO_FREE char *address = subnet_propose(model, nics);

    if (!address)
        return;
    draft->dhcp = true;
    network_draft_set_address(draft, address);
}

/* ---------------------------------------------------------------- checks: a sentence, or NULL */

static bool plain_word(const char *words, size_t most)
{
    for (const char *at = words; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == '/')
            return false;
    return strlen(words) <= most;
}

static bool name_taken(const Model *model, const char *name, const char *own)
{
    for (size_t i = 0; i < model_network_count(model); i++) {
        const NetworkInfo *network = model_network_at(model, i);
        if (!network->host_bridge && !str_equal(network->id, own) && str_equal(network->name, name))
            return true;
    }
    return false;
}

static char *check_general(const NetworkDraft *draft, const Model *model, const char *own)
{
    if (str_empty(draft->name))
        return x_strdup(text(TEXT_CHECK_NETWORK_NAME));
    for (const char *at = draft->name; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f || *at == '/' || *draft->name == ' ')
            return x_strdup(text(TEXT_CHECK_NETWORK_NAME_WRONG));
    if (name_taken(model, draft->name, own))
        return text_format(TEXT_ERROR_NETWORK_EXISTS, draft->name, NULL);
    if (draft->mode == NETWORK_MODE_BRIDGE && str_empty(draft->host_bridge))
        return x_strdup(text(TEXT_CHECK_NETWORK_BRIDGE));
    if (draft->mode != NETWORK_MODE_BRIDGE && !plain_word(draft->bridge, LIMIT_INTERFACE))
        return text_format(TEXT_CHECK_NETWORK_BRIDGE_NAME, draft->bridge, NULL);
    if (draft->vlan < 0 || draft->vlan > VLAN_MOST)
        return x_strdup(text(TEXT_CHECK_NETWORK_VLAN));
    return NULL;
}

static char *check_overlap(const Subnet *subnet, const Model *model, const HostNicList *nics, const NetworkConfig *was, const char *own)
{
    const NetworkInfo *network = NULL;
    const HostNic *card = NULL;
    AUTO_FREE char *mine = subnet_text(subnet);

    if (!subnet_taken(subnet, model, nics, own, was ? was->bridge : NULL, &network, &card))
        return NULL;
    return network ? text_format(TEXT_CHECK_NETWORK_OVERLAP, mine, network->name, network->subnet, NULL) : text_format(TEXT_CHECK_NETWORK_OVERLAP_CARD, mine, card->name, NULL);
}

static char *check_range(const char *part, const Subnet *subnet)
{
    uint32_t start = 0, end = 0;
    AUTO_FREE char *example = default_range(subnet);
    AUTO_FREE char *inside = subnet_text(subnet);

    if (!subnet_range_parse(part, &start, &end))
        return text_format(TEXT_CHECK_NETWORK_RANGE, part, example, NULL);
    if (!subnet_has(subnet, start) || !subnet_has(subnet, end))
        return text_format(TEXT_CHECK_NETWORK_RANGE_OUTSIDE, part, inside, NULL);
    if (start > end)
        return text_format(TEXT_CHECK_NETWORK_RANGE_ORDER, part, NULL);
    return end - start > RANGE_MOST ? text_format(TEXT_CHECK_NETWORK_RANGE_LARGE, part, NULL) : NULL;
}

static char *check_ranges(const NetworkDraft *draft, const Subnet *subnet)
{
    const char *at = draft->ranges;
    char *wrong = NULL;

    for (char *part; !wrong && (part = next_part(&at)); free(part))
        wrong = check_range(part, subnet);
    return wrong;
}

/* Letters and digits only: what it means is for the host to say. */
static bool split_six(const char *words, char **ret_address, int64_t *ret_prefix)
{
    const char *slash = strchr(words, '/');
    char *end = NULL;
    long prefix = slash ? strtol(slash + 1, &end, 10) : 0;
    size_t length = slash ? (size_t)(slash - words) : 0;

    if (!slash || end == slash + 1 || *end || prefix < PREFIX6_LEAST || prefix > PREFIX6_MOST || strspn(words, "0123456789abcdefABCDEF:.") != length || !memchr(words, ':', length))
        return false;
    *ret_address = x_strndup(words, length);
    *ret_prefix = prefix;
    return true;
}

static char *check_addresses(const NetworkDraft *draft, const Subnet *subnet)
{
    AUTO_FREE char *six = NULL;
    int64_t prefix = 0;

    if (!str_empty(draft->address) && !subnet)
        return text_format(TEXT_CHECK_NETWORK_ADDRESS, draft->address, NULL);
    if (subnet && !subnet_has(subnet, subnet->host)) {
        AUTO_FREE char *first = ipv4_text(subnet->first + 1);
        return text_format(TEXT_CHECK_NETWORK_NOT_HOST, draft->address, first, NULL);
    }
    if (!str_empty(draft->address6) && !split_six(draft->address6, &six, &prefix))
        return text_format(TEXT_CHECK_NETWORK_ADDRESS6, draft->address6, NULL);
    if (network_mode_needs_address(draft->mode) && !subnet && str_empty(draft->address6))
        return x_strdup(text(TEXT_CHECK_NETWORK_NEEDS_ADDRESS));
    if (draft->dhcp && !subnet)
        return x_strdup(text(TEXT_CHECK_NETWORK_DHCP));
    if (!plain_word(draft->domain, LIMIT_NAME))
        return text_format(TEXT_CHECK_NETWORK_DOMAIN, draft->domain, NULL);
    return draft->dhcp ? check_ranges(draft, subnet) : NULL;
}

static char *check_lease(const DhcpHostList *hosts, size_t index, const Subnet *subnet)
{
    const DhcpHost *host = &hosts->items[index];
    uint32_t address = 0;
    AUTO_FREE char *inside = subnet_text(subnet);

    if (!vm_edit_is_mac(host->mac))
        return text_format(TEXT_CHECK_LEASE_MAC, str_or_empty(host->mac), NULL);
    if (!ipv4_parse(host->address, &address) || !subnet_has(subnet, address))
        return text_format(TEXT_CHECK_LEASE_ADDRESS, str_or_empty(host->address), host->mac, inside, NULL);
    if (!plain_word(str_or_empty(host->name), LIMIT_NAME))
        return text_format(TEXT_CHECK_LEASE_NAME, host->name, NULL);
    for (size_t i = 0; i < index; i++) {
        if (strcasecmp(hosts->items[i].mac, host->mac) == 0)
            return text_format(TEXT_CHECK_LEASE_TWICE, host->mac, NULL);
        if (str_equal(hosts->items[i].address, host->address))
            return text_format(TEXT_CHECK_LEASE_TWICE, host->address, NULL);
    }
    return NULL;
}

static char *check_leases(const NetworkDraft *draft, const Subnet *subnet)
{
    char *wrong = NULL;

    for (size_t i = 0; i < draft->hosts.count && !wrong; i++)
        wrong = check_lease(&draft->hosts, i, subnet);
    return wrong;
}

/* ---------------------------------------------------------------- the settings */

static char *text_or_null(const char *words, bool wanted) { return wanted && !str_empty(words) ? x_strdup(words) : NULL; }

static void take_ranges(const char *ranges, DhcpRangeList *ret)
{
    const char *at = ranges;

    for (char *part; (part = next_part(&at)); free(part)) {
        uint32_t start = 0, end = 0;
        if (!subnet_range_parse(part, &start, &end) || ret->count >= LIMIT_DEVICES)
            continue;
        DhcpRange range = {ipv4_text(start), ipv4_text(end)};
        DhcpRangeList_add(ret, &range);
    }
}

static void make_config(const NetworkDraft *draft, const Subnet *subnet, NetworkConfig *ret)
{
    bool addresses = network_mode_has_addresses(draft->mode);

    *ret = (NetworkConfig){.name = x_strdup(draft->name), .mode = draft->mode, .bridge = text_or_null(addresses ? draft->bridge : draft->host_bridge, true),
        .device = text_or_null(draft->device, network_mode_has_device(draft->mode)), .domain = text_or_null(draft->domain, addresses), .autostart = draft->autostart,
        .vlan = addresses ? 0 : draft->vlan};
    if (!addresses)
        return;
    if (subnet) {
        ret->address = ipv4_text(subnet->host);
        ret->prefix = subnet->prefix;
    }
    if (!str_empty(draft->address6))
        split_six(draft->address6, &ret->address6, &ret->prefix6);
    if (!draft->dhcp)
        return;
    take_ranges(draft->ranges, &ret->ranges);
    copy_hosts(&draft->hosts, &ret->hosts);
}

char *network_draft_check(const NetworkDraft *draft, const Model *model, const HostNicList *nics, const NetworkConfig *was, const char *own, NetworkConfig *ret, NetworkPage *ret_page)
{
    Subnet parsed;
    bool addresses = network_mode_has_addresses(draft->mode);
    const Subnet *subnet = addresses && subnet_parse(draft->address, &parsed) ? &parsed : NULL;
    NetworkPage page = NETWORK_PAGE_GENERAL;
    char *wrong = check_general(draft, model, own);

    if (!wrong && addresses) {
        page = NETWORK_PAGE_ADDRESSES;
        wrong = check_addresses(draft, subnet);
    }
    AUTO_FREE char *before = was ? with_prefix(was->address, was->prefix) : NULL;
    if (!wrong && subnet && !str_equal(before, draft->address))
        wrong = check_overlap(subnet, model, nics, was, own);
    if (!wrong && subnet && draft->dhcp) {
        page = NETWORK_PAGE_LEASES;
        wrong = check_leases(draft, subnet);
    }
    if (wrong)
        *ret_page = page;
    else
        make_config(draft, subnet, ret);
    return wrong;
}

/* Without what applies at once. */
static json_t *slow_settings(const NetworkConfig *config)
{
    json_t *json = NetworkConfig_encode(config);
    static const char *const quick[] = {"ranges", "hosts", "autostart"};

    for (size_t i = 0; i < ARRAY_SIZE(quick); i++)
        json_object_del(json, quick[i]);
    return json;
}

static bool has_dhcp(const NetworkConfig *config) { return config->ranges.count || config->hosts.count; }

bool network_draft_needs_restart(const NetworkConfig *was, const NetworkConfig *want)
{
    json_t *before = slow_settings(was), *after = slow_settings(want);
    bool same = json_equal(before, after);

    json_decref(before);
    json_decref(after);
    return !same || has_dhcp(was) != has_dhcp(want); /* the DHCP server comes and goes with the network */
}

bool network_draft_differs(const NetworkConfig *was, const NetworkConfig *want)
{
    json_t *before = NetworkConfig_encode(was), *after = NetworkConfig_encode(want);
    bool same = json_equal(before, after);

    json_decref(before);
    json_decref(after);
    return !same;
}

/* ---------------------------------------------------------------- summaries */

static char *general_summary(const NetworkDraft *draft)
{
    const char *kind = text(words_network_mode(draft->mode));
    const char *over = draft->mode == NETWORK_MODE_BRIDGE ? draft->host_bridge : network_mode_has_device(draft->mode) ? draft->device : "";

    return str_empty(over) ? x_strdup(kind) : x_printf("%s, %s", kind, over);
}

static char *addresses_summary(const NetworkDraft *draft)
{
    if (!network_mode_has_addresses(draft->mode))
        return x_strdup(text(TEXT_NETWORK_SUMMARY_OUTSIDE));
    if (str_empty(draft->address))
        return x_strdup(str_empty(draft->address6) ? text(TEXT_NETWORK_SUMMARY_NONE) : draft->address6);
    return draft->dhcp ? text_format(TEXT_NETWORK_SUMMARY_DHCP, draft->address, NULL) : x_strdup(draft->address);
}

char *network_draft_summary(const NetworkDraft *draft, NetworkPage page)
{
    if (page == NETWORK_PAGE_GENERAL)
        return general_summary(draft);
    if (page == NETWORK_PAGE_ADDRESSES)
        return addresses_summary(draft);
    bool leases = network_mode_has_addresses(draft->mode) && draft->dhcp && draft->hosts.count;
    return leases ? text_plural(PLURAL_NETWORK_SUMMARY_LEASES, (int64_t)draft->hosts.count, NULL) : x_strdup(text(TEXT_NETWORK_SUMMARY_NO_LEASES));
}
