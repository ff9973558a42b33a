/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv4 networks: see subnet.h. */
#include "client/core/subnet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_LEAST = 8, PREFIX_MOST = 30, PROPOSED_PREFIX = 24, FIRST_PROPOSED = 100 };

/* A decimal number without sign and without zeros before it; *at goes behind it. */
static bool take_number(const char **at, unsigned most, unsigned *ret)
{
    size_t digits = strspn(*at, "0123456789");

    if (!digits || digits > 3 || (digits > 1 && **at == '0'))
        return false;
    *ret = (unsigned)strtoul(*at, NULL, 10);
    *at += digits;
    return *ret <= most;
}

static bool take_address(const char **at, uint32_t *ret)
{
    uint32_t address = 0;

    for (int i = 0; i < 4; i++) {
        unsigned part = 0;
        if ((i && *(*at)++ != '.') || !take_number(at, 255, &part))
            return false;
        address = address << 8 | part;
    }
    *ret = address;
    return true;
}

static const char *skip_spaces(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

bool ipv4_parse(const char *words, uint32_t *ret)
{
    const char *at = skip_spaces(str_or_empty(words));

    return take_address(&at, ret) && !*skip_spaces(at);
}

char *ipv4_text(uint32_t address) { return x_printf("%u.%u.%u.%u", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255); }

static Subnet make(uint32_t host, int prefix)
{
    uint32_t mask = UINT32_MAX << (32 - prefix);

    return (Subnet){.host = host, .first = host & mask, .last = host | ~mask, .prefix = prefix};
}

bool subnet_parse(const char *words, Subnet *ret)
{
    const char *at = skip_spaces(str_or_empty(words));
    uint32_t host = 0;
    unsigned prefix = 0;

    if (!take_address(&at, &host) || *at++ != '/' || !take_number(&at, PREFIX_MOST, &prefix) || prefix < PREFIX_LEAST || *skip_spaces(at))
        return false;
    *ret = make(host, (int)prefix);
    return true;
}

char *subnet_text(const Subnet *subnet)
{
    AUTO_FREE char *first = ipv4_text(subnet->first);

    return x_printf("%s/%d", first, subnet->prefix);
}

bool subnet_has(const Subnet *subnet, uint32_t address) { return address > subnet->first && address < subnet->last; }

bool subnet_overlaps(const Subnet *a, const Subnet *b) { return a->first <= b->last && b->first <= a->last; }

bool subnet_range_parse(const char *words, uint32_t *ret_start, uint32_t *ret_end)
{
    const char *at = skip_spaces(str_or_empty(words));
    uint32_t start = 0, end = 0;

    if (!take_address(&at, &start))
        return false;
    at = skip_spaces(at);
    if (*at++ != '-')
        return false;
    at = skip_spaces(at);
    if (!take_address(&at, &end) || *skip_spaces(at))
        return false;
    *ret_start = start;
    *ret_end = end;
    return true;
}

void subnet_default_range(const Subnet *subnet, uint32_t *ret_start, uint32_t *ret_end)
{
    uint32_t count = subnet->last - subnet->first < 255 ? subnet->last - subnet->first + 1 : 256;
    uint32_t before = count * 100 / 256;

    *ret_start = subnet->first + (before < 2 ? 2 : before);
    *ret_end = subnet->first + count - 2;
}

/* ---------------------------------------------------------------- who has them */

static const HostNic *card_with(const Subnet *subnet, const HostNicList *nics, const char *own_bridge)
{
    Subnet other;

    for (size_t i = 0; i < nics->count; i++)
        for (size_t k = 0; k < nics->items[i].addresses.count; k++) {
            const char *address = nics->items[i].addresses.items[k];
            if (!str_equal(nics->items[i].name, own_bridge) && nics->items[i].kind != HOST_NIC_LOOPBACK && subnet_parse(address, &other) && subnet_overlaps(subnet, &other))
                return &nics->items[i];
        }
    return NULL;
}

bool subnet_taken(const Subnet *subnet, const Model *model, const HostNicList *nics, const char *own, const char *own_bridge, const NetworkInfo **ret_network, const HostNic **ret_card)
{
    Subnet other;

    *ret_network = NULL;
    *ret_card = NULL;
    for (size_t i = 0; i < model_network_count(model) && !*ret_network; i++) {
        const NetworkInfo *network = model_network_at(model, i);
        if (!str_equal(network->id, own) && subnet_parse(network->subnet, &other) && subnet_overlaps(subnet, &other))
            *ret_network = network;
    }
    if (!*ret_network)
        *ret_card = card_with(subnet, nics, own_bridge);
    return *ret_network || *ret_card;
}

char *subnet_propose(const Model *model, const HostNicList *nics)
{
    const NetworkInfo *network;
    const HostNic *card;

    for (uint32_t i = 0; i < 512; i++) {
        uint32_t third = (FIRST_PROPOSED + i) & 255;
        uint32_t base = i < 256 ? 192U << 24 | 168U << 16 : 10U << 24 | 100U << 16;
        Subnet subnet = make(base | third << 8 | 1, PROPOSED_PREFIX);
        if (subnet_taken(&subnet, model, nics, NULL, NULL, &network, &card))
            continue;
        AUTO_FREE char *host = ipv4_text(subnet.host);
        return x_printf("%s/%d", host, subnet.prefix);
    }
    return NULL;
}
