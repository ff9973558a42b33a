/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network in sentences: see network_facts.h. */
#include "client/ui/network_facts.h"

#include "client/core/words_network.h"

#include <stdlib.h>

/* Takes words. */
static void say(char **facts, char *words)
{
    AUTO_FREE char *before = *facts;

    *facts = before ? x_printf("%s %s", before, words) : x_strdup(words);
    free(words);
}

static void say_dhcp(char **facts, const NetworkConfig *config)
{
    char *ranges = NULL;

    for (size_t i = 0; i < config->ranges.count; i++) {
        AUTO_FREE char *before = ranges;
        ranges = x_printf("%s%s%s - %s", str_or_empty(before), i ? ", " : "", config->ranges.items[i].start, config->ranges.items[i].end);
    }
    if (ranges)
        say(facts, text_format(TEXT_NETWORK_FACT_DHCP, ranges, NULL));
    else
        say(facts, x_strdup(text(config->hosts.count ? TEXT_NETWORK_FACT_STATIC_ONLY : TEXT_NETWORK_FACT_NO_DHCP)));
    free(ranges);
}

static void say_addresses(char **facts, const NetworkConfig *config)
{
    AUTO_FREE char *four = str_empty(config->address) ? NULL : x_printf("%s/%d", config->address, (int)config->prefix);
    AUTO_FREE char *six = str_empty(config->address6) ? NULL : x_printf("%s/%d", config->address6, (int)config->prefix6);
    AUTO_FREE char *both = four && six ? x_printf("%s, %s", four, six) : NULL;
    const char *addresses = both ? both : four ? four : six;

    if (addresses)
        say(facts, text_format(TEXT_NETWORK_FACT_ADDRESS, addresses, NULL));
    else
        say(facts, x_strdup(text(TEXT_NETWORK_FACT_NO_ADDRESS)));
    say_dhcp(facts, config);
    if (!str_empty(config->domain))
        say(facts, text_format(TEXT_NETWORK_FACT_DOMAIN, config->domain, NULL));
}

static void say_bridge(char **facts, const NetworkDetails *details)
{
    char *ports = NULL;

    for (size_t i = 0; i < details->ports.count; i++) {
        AUTO_FREE char *before = ports;
        ports = x_printf("%s%s%s", str_or_empty(before), i ? ", " : "", details->ports.items[i]);
    }
    if (!str_empty(details->config->bridge))
        say(facts, text_format(ports ? TEXT_NETWORK_FACT_PORTS : TEXT_NETWORK_FACT_BRIDGE, details->config->bridge, ports, NULL));
    free(ports);
}

char *network_facts(const NetworkDetails *details)
{
    const NetworkConfig *config = details->config;
    AUTO_FREE char *tag = x_printf("%d", (int)config->vlan);
    char *facts = NULL;

    if (!details->host_bridge)
        say(&facts, x_printf("%s: %s", text(words_network_mode(config->mode)), text(words_network_mode_about(config->mode))));
    if (config->mode != NETWORK_MODE_BRIDGE && config->mode != NETWORK_MODE_UNKNOWN)
        say_addresses(&facts, config);
    say_bridge(&facts, details);
    if (!str_empty(config->device))
        say(&facts, text_format(TEXT_NETWORK_FACT_DEVICE, config->device, NULL));
    if (config->vlan)
        say(&facts, text_format(TEXT_NETWORK_FACT_VLAN, tag, NULL));
    return facts ? facts : x_strdup("");
}

char *network_alert(const NetworkInfo *network, const NetworkDetails *details, const Error *error, NoteKind *ret_kind)
{
    *ret_kind = error ? NOTE_ERROR : NOTE_WARNING;
    if (error)
        return text_error(error);
    if (network && !network->active)
        return x_strdup(text(TEXT_NETWORK_NOTE_OFF));
    if (details && details->pending)
        return x_strdup(text(TEXT_NETWORK_NOTE_PENDING));
    *ret_kind = NOTE_INFO;
    if (details && details->transient)
        return x_strdup(text(TEXT_NETWORK_NOTE_TRANSIENT));
    return network && network->host_bridge ? x_strdup(text(TEXT_NETWORK_NOTE_HOST_BRIDGE)) : NULL;
}
