/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv4 addresses, ranges and networks as people write them, and addresses for a new network that nobody on the host has. Pure functions. */
#ifndef POOLCENTER_SUBNET_H
#define POOLCENTER_SUBNET_H

#include "client/core/model.h"

/* Host byte order. */
typedef struct Subnet {
    uint32_t host;  /* as written */
    uint32_t first; /* the network's own address */
    uint32_t last;  /* broadcast */
    int prefix;
} Subnet;

/* "192.168.100.1"; nothing before or after it. */
bool ipv4_parse(const char *words, uint32_t *ret);
char *ipv4_text(uint32_t address); /* the caller frees */
/* "192.168.100.1/24", 8 to 30 bits. */
bool subnet_parse(const char *words, Subnet *ret);
/* "192.168.100.0/24"; the caller frees. */
char *subnet_text(const Subnet *subnet);
/* An address that a guest can have. */
bool subnet_has(const Subnet *subnet, uint32_t address);
bool subnet_overlaps(const Subnet *a, const Subnet *b);
/* "192.168.100.100 - 192.168.100.199", spaces or not. */
bool subnet_range_parse(const char *words, uint32_t *ret_start, uint32_t *ret_end);
/* The range that DHCP gives out by default: the host and room for static leases come before it. */
void subnet_default_range(const Subnet *subnet, uint32_t *ret_start, uint32_t *ret_end);

/* Whose addresses overlap with these: a network of the model (but the one with the id own) or a network card of the host (but the bridge own_bridge).
 * Neither: false. *ret_network and *ret_card are borrowed, one of them is NULL. */
bool subnet_taken(const Subnet *subnet, const Model *model, const HostNicList *nics, const char *own, const char *own_bridge, const NetworkInfo **ret_network, const HostNic **ret_card);
/* A private network of 256 addresses that is not taken, the host with the first one: "192.168.100.1/24". The caller frees; NULL: all are. */
char *subnet_propose(const Model *model, const HostNicList *nics);

#endif
