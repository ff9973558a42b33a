/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cannot be made of the host's network, said before anything is touched: see network_wishes.h. */
#include "agent/network_wishes.h"
#include "agent/network_load.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYS_NET "/sys/class/net"

enum { VLAN_LAST = 4094 };

const HostNic *network_nic(const HostNicTable *table, const char *name)
{
    for (size_t i = 0; i < table->nics.count; i++)
        if (str_equal(table->nics.items[i].name, name))
            return &table->nics.items[i];
    return NULL;
}

static int refuse(const char *nic, Error *err, const char *sentence, const char *word)
{
    AUTO_FREE char *cause = str_substitute(sentence, word, NULL);
    return error_set(err, ERR_HOST_NIC, nic, "%s", cause);
}

/* ---------------------------------------------------------------- names and addresses */

/* Letters, digits, and . _ - inside: a file name, a word of nmcli and of a shell. */
static bool is_plain_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isascii(*p) || (!isalnum((unsigned char)*p) && (p == name || !strchr("._-", *p))))
            return false;
    return *name && strlen(name) <= LIMIT_INTERFACE;
}

static bool is_device_name(const char *name)
{
    static const char *const taken[] = { "all", "default", "lo", "bonding_masters" };
    for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
        if (strcmp(name, taken[i]) == 0)
            return false;
    return is_plain_name(name);
}

/* The kernel takes nearly every name, and not only root's: a container may have renamed a card that comes back. */
static int check_known_name(const char *nic, Error *err)
{
    return is_plain_name(nic) ? 0 : refuse(nic, err, "its name has signs that cannot stand in the files of the host's network; rename it first", NULL);
}

static bool parse_address(const char *text, uint32_t *ret_address, uint32_t *ret_mask)
{
    struct in_addr address;
    const char *slash = strchr(text, '/');
    AUTO_FREE char *plain = x_strndup(text, slash ? (size_t)(slash - text) : strlen(text));
    char *end = NULL;
    long length = slash && isdigit((unsigned char)slash[1]) ? strtol(slash + 1, &end, 10) : -1;
    if (!end || *end || length < 1 || length > 32 || inet_pton(AF_INET, plain, &address) != 1)
        return false;
    *ret_address = ntohl(address.s_addr);
    *ret_mask = UINT32_MAX << (32 - length);
    return true;
}

/* One that a device can have: not "this network", loopback, multicast or reserved ones, nor the first and last of the network. */
static bool is_of_a_host(uint32_t address, uint32_t mask)
{
    uint32_t first = address >> 24;
    bool ends_count = mask >= UINT32_MAX - 1; /* /31 and /32 have hosts only */
    return first > 0 && first != 127 && first < 224 && (ends_count || ((address & ~mask) != 0 && (address | mask) != UINT32_MAX));
}

static int check_static(const HostNicCreateParams *wish, Error *err)
{
    struct in_addr gateway;
    uint32_t address = 0;
    uint32_t mask = 0;
    if (str_empty(wish->address) || !parse_address(wish->address, &address, &mask))
        return refuse(wish->name, err, "'{1}' is not an IPv4 address with its prefix length, like 192.0.2.7/24", str_or_empty(wish->address));
    if (!is_of_a_host(address, mask))
        return refuse(wish->name, err, "{1} is not an address that a host can have", wish->address);
    if (str_empty(wish->gateway))
        return 0;
    if (inet_pton(AF_INET, wish->gateway, &gateway) != 1)
        return refuse(wish->name, err, "'{1}' is not an IPv4 address", wish->gateway);
    if ((ntohl(gateway.s_addr) & mask) != (address & mask) || ntohl(gateway.s_addr) == address || !is_of_a_host(ntohl(gateway.s_addr), mask))
        return refuse(wish->name, err, "the gateway {1} is not in the network of the address", wish->gateway);
    return 0;
}

static int check_gateway(const HostNicCreateParams *wish, Error *err)
{
    if (str_empty(wish->gateway) || wish->addressing == HOST_ADDRESSING_STATIC)
        return 0;
    return refuse(wish->name, err, "the gateway {1} needs a fixed address beside it", wish->gateway);
}

static int check_addressing(const HostNicCreateParams *wish, Error *err)
{
    if (check_gateway(wish, err) < 0)
        return err->code;
    if (wish->addressing == HOST_ADDRESSING_UNKNOWN)
        return refuse(wish->name, err, "it is not said where its addresses come from", NULL);
    if (wish->addressing == HOST_ADDRESSING_KEEP && wish->kind == HOST_NIC_VLAN)
        return refuse(wish->name, err, "a VLAN cannot take the addresses of its card over", NULL);
    if (wish->addressing == HOST_ADDRESSING_KEEP && !wish->ports.count)
        return refuse(wish->name, err, "without a port there are no addresses to take over", NULL);
    return wish->addressing == HOST_ADDRESSING_STATIC ? check_static(wish, err) : 0;
}

/* ---------------------------------------------------------------- ports */

/* What stands on a device, a VLAN or a macvtap card of a VM for example; NULL: nothing. The caller frees. */
static char *upper_of(const char *nic)
{
    AUTO_FREE char *path = x_printf(SYS_NET "/%s", nic);
    char *found = NULL;
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && !found && (entry = readdir(folder));)
        if (strncmp(entry->d_name, "upper_", 6) == 0)
            found = x_strdup(entry->d_name + 6);
    if (folder)
        closedir(folder);
    return found;
}

static bool is_wireless(const char *nic)
{
    AUTO_FREE char *path = x_printf(SYS_NET "/%s/phy80211", nic);
    return access(path, F_OK) == 0;
}

const char *network_known_address(const HostNic *nic)
{
    for (size_t i = 0; i < nic->addresses.count; i++)
        if (strncmp(nic->addresses.items[i], "fe80:", 5) != 0 && strncmp(nic->addresses.items[i], "169.254.", 8) != 0)
            return nic->addresses.items[i];
    return NULL;
}

static int check_not_cut_off(const HostNic *nic, bool interrupt, Error *err)
{
    const char *address = network_known_address(nic);
    if (interrupt || !address)
        return 0;
    return refuse(nic->name, err, "the host has the address {1} there and is perhaps managed by it; say that it may be interrupted", address);
}

static int check_port(const HostNicCreateParams *wish, const HostNic *port, Error *err)
{
    bool bond = wish->kind == HOST_NIC_BOND;
    int code = check_known_name(port->name, err);
    if (code < 0)
        return code;
    AUTO_FREE char *upper = upper_of(port->name);
    if (port->kind == HOST_NIC_LOOPBACK || port->kind == HOST_NIC_GUEST || port->kind == HOST_NIC_BRIDGE || (bond && port->kind != HOST_NIC_PHYSICAL && port->kind != HOST_NIC_VIRTUAL))
        return refuse(port->name, err, bond ? "only network cards can be in a bond" : "only network cards, bonds and VLANs can be in a bridge", NULL);
    if (is_wireless(port->name))
        return refuse(port->name, err, "a wireless card cannot be in a bridge or bond", NULL);
    if (port->master)
        return refuse(port->name, err, "it is in '{1}' already", port->master);
    if (upper)
        return refuse(port->name, err, "'{1}' stands on it; remove that first, or use it instead", upper);
    return check_not_cut_off(port, wish->interrupt, err);
}

/* now: the device as it is, whose ports are in it already; NULL: it is new. */
static int check_ports(const HostNicCreateParams *wish, const HostNicTable *table, const HostNic *now, Error *err)
{
    if (wish->kind == HOST_NIC_BOND && wish->ports.count < 2)
        return refuse(wish->name, err, "a bond needs two network cards at least", NULL);
    for (size_t i = 0; i < wish->ports.count; i++) {
        const HostNic *port = network_nic(table, wish->ports.items[i]);
        if (!port)
            return error_set(err, ERR_HOST_NIC_NOT_FOUND, wish->ports.items[i], NULL);
        for (size_t j = 0; j < i; j++)
            if (str_equal(wish->ports.items[j], port->name))
                return refuse(port->name, err, "it is named twice", NULL);
        bool stays = now && str_equal(port->master, now->name) && port->kind != HOST_NIC_GUEST;
        int code = stays ? check_known_name(port->name, err) : check_port(wish, port, err);
        if (code < 0)
            return code;
    }
    return 0;
}

/* The addresses that move are those of the first port. Others would be lost, and the host perhaps with them. */
static int check_kept(const HostNicCreateParams *wish, const HostNicTable *table, Error *err)
{
    if (wish->addressing != HOST_ADDRESSING_KEEP || network_known_address(network_nic(table, wish->ports.items[0])))
        return 0;
    for (size_t i = 1; i < wish->ports.count; i++)
        if (network_known_address(network_nic(table, wish->ports.items[i])))
            return refuse(wish->ports.items[i], err, "the addresses of the first port move, and '{1}' has none; name this one first", wish->ports.items[0]);
    return 0;
}

static int check_tag(const HostNicCreateParams *wish, const HostNicTable *table, Error *err)
{
    if (wish->vlan < 1 || wish->vlan > VLAN_LAST)
        return refuse(wish->name, err, "a VLAN tag is a number from 1 to 4094", NULL);
    for (size_t i = 0; i < table->nics.count; i++) {
        const HostNic *nic = &table->nics.items[i];
        if (str_equal(nic->parent, wish->parent) && nic->vlan == wish->vlan && !str_equal(nic->name, wish->name))
            return refuse(wish->name, err, "the VLAN '{1}' has this tag on this card", nic->name);
    }
    return 0;
}

static int check_vlan(const HostNicCreateParams *wish, const HostNicTable *table, Error *err)
{
    const HostNic *parent = network_nic(table, wish->parent);
    int code = check_tag(wish, table, err);
    if (code < 0)
        return code;
    if (str_empty(wish->parent))
        return refuse(wish->name, err, "it is not said which network card the VLAN is on", NULL);
    if (!parent)
        return error_set(err, ERR_HOST_NIC_NOT_FOUND, wish->parent, NULL);
    if (parent->kind == HOST_NIC_LOOPBACK || parent->kind == HOST_NIC_GUEST || parent->kind == HOST_NIC_VLAN)
        return refuse(parent->name, err, "a VLAN can be on a network card, a bond or a bridge", NULL);
    if (parent->master)
        return refuse(parent->name, err, "it is in '{1}'; make the VLAN on that", parent->master);
    return check_known_name(parent->name, err);
}

static int check_bond_mode(const HostNicCreateParams *wish, Error *err)
{
    static const char *const modes[] = { "active-backup", "802.3ad", "balance-rr", "balance-xor", "balance-alb", "balance-tlb", "broadcast" };
    bool known = str_empty(wish->bond_mode);
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        known = known || str_equal(wish->bond_mode, modes[i]);
    return known ? 0 : refuse(wish->name, err, "'{1}' is not a mode of bonds", wish->bond_mode);
}

/* ---------------------------------------------------------------- who does it */

static int take_manager(const HostNic *nic, HostNetworkManager *ret, Error *err)
{
    if (!nic || nic->manager == HOST_MANAGER_UNKNOWN || nic->manager == *ret)
        return 0;
    if (*ret != HOST_MANAGER_UNKNOWN)
        return refuse(nic->name, err, "its settings are kept by another program than those of the other devices", NULL);
    *ret = nic->manager;
    return 0;
}

static int find_manager(const HostNicCreateParams *wish, const HostNicTable *table, HostNetworkManager *ret, Error *err)
{
    HostNetworkManager manager = HOST_MANAGER_UNKNOWN;
    int code = take_manager(network_nic(table, wish->parent), &manager, err);
    for (size_t i = 0; code == 0 && i < wish->ports.count; i++)
        code = take_manager(network_nic(table, wish->ports.items[i]), &manager, err);
    if (code == 0 && manager == HOST_MANAGER_UNKNOWN)
        manager = table->manager;
    if (code == 0 && manager == HOST_MANAGER_UNKNOWN)
        return refuse(wish->name, err, "neither NetworkManager nor systemd-networkd nor ifupdown keeps the host's network settings", NULL);
    *ret = manager;
    return code;
}

int network_wish_create(const HostNicCreateParams *wish, const HostNicTable *table, HostNetworkManager *ret_manager, Error *err)
{
    if (wish->kind != HOST_NIC_BRIDGE && wish->kind != HOST_NIC_VLAN && wish->kind != HOST_NIC_BOND)
        return refuse(wish->name, err, "only bridges, VLANs and bonds can be made", NULL);
    if (!is_device_name(wish->name))
        return refuse(wish->name, err, "a name has up to 15 letters, digits, dots, hyphens and underscores and begins with a letter or digit", NULL);
    if (network_nic(table, wish->name))
        return refuse(wish->name, err, "there is a device of that name", NULL);
    int code = check_addressing(wish, err);
    if (code == 0)
        code = wish->kind == HOST_NIC_VLAN ? check_vlan(wish, table, err) : check_ports(wish, table, NULL, err);
    if (code == 0)
        code = check_kept(wish, table, err);
    if (code == 0)
        code = check_bond_mode(wish, err);
    return code < 0 ? code : find_manager(wish, table, ret_manager, err);
}

/* ---------------------------------------------------------------- changing */

static int find_made(const HostNicTable *table, const char *name, const HostNic **ret, Error *err)
{
    *ret = network_nic(table, name);
    if (!*ret)
        return error_set(err, ERR_HOST_NIC_NOT_FOUND, name, NULL);
    return (*ret)->made ? 0 : refuse(name, err, "PoolCenter has not made it; change it on the host itself", NULL);
}

/* All that the device is afterwards: what is not wished stays. */
static void fill_wish(const HostNicConfigureParams *wish, const HostNic *nic, const HostNicTable *table, HostNicCreateParams *ret)
{
    const StrList *ports = wish->ports ? &wish->ports->items : &nic->ports;
    *ret = (HostNicCreateParams){ .name = x_strdup(nic->name), .kind = nic->kind, .vlan = wish->vlan ? wish->vlan : nic->vlan, .interrupt = wish->interrupt,
                                  .addressing = wish->addressing ? wish->addressing : HOST_ADDRESSING_KEEP };
    ret->parent = nic->kind == HOST_NIC_VLAN && nic->parent ? x_strdup(nic->parent) : NULL;
    ret->bond_mode = str_empty(wish->bond_mode) ? (nic->bond_mode ? x_strdup(nic->bond_mode) : NULL) : x_strdup(wish->bond_mode);
    ret->address = wish->address ? x_strdup(wish->address) : NULL;
    ret->gateway = wish->gateway ? x_strdup(wish->gateway) : NULL;
    for (size_t i = 0; i < ports->count; i++) {
        const HostNic *port = network_nic(table, ports->items[i]);
        if (wish->ports || (port && port->kind != HOST_NIC_GUEST))
            StrList_add(&ret->ports, ports->items[i]);
    }
}

static int check_kind(const HostNicConfigureParams *wish, const HostNic *nic, Error *err)
{
    if (wish->ports && nic->kind == HOST_NIC_VLAN)
        return refuse(nic->name, err, "a VLAN has no ports", NULL);
    if (wish->vlan && nic->kind != HOST_NIC_VLAN)
        return refuse(nic->name, err, "only a VLAN has a tag", NULL);
    if (!str_empty(wish->bond_mode) && nic->kind != HOST_NIC_BOND)
        return refuse(nic->name, err, "only a bond has a mode", NULL);
    return 0;
}

static bool changes_something(const HostNicCreateParams *wish, const HostNic *nic, const HostNicTable *table)
{
    size_t own = 0;
    bool more = false;
    for (size_t i = 0; i < nic->ports.count; i++) {
        const HostNic *port = network_nic(table, nic->ports.items[i]);
        own += !port || port->kind != HOST_NIC_GUEST;
    }
    for (size_t i = 0; i < wish->ports.count; i++) {
        const HostNic *port = network_nic(table, wish->ports.items[i]);
        more = more || !port || !str_equal(port->master, nic->name);
    }
    return more || own != wish->ports.count || wish->addressing != HOST_ADDRESSING_KEEP || wish->vlan != nic->vlan ||
           !str_equal(str_or_empty(wish->bond_mode), str_or_empty(nic->bond_mode));
}

static int check_change(const HostNicCreateParams *wish, const HostNic *nic, const HostNicTable *table, Error *err)
{
    HostNetworkManager manager = nic->manager;
    int code = wish->addressing == HOST_ADDRESSING_STATIC ? check_static(wish, err) : check_gateway(wish, err);
    if (code == 0)
        code = wish->kind == HOST_NIC_VLAN ? check_tag(wish, table, err) : check_ports(wish, table, nic, err);
    if (code == 0)
        code = check_bond_mode(wish, err);
    for (size_t i = 0; code == 0 && i < wish->ports.count; i++)
        code = take_manager(network_nic(table, wish->ports.items[i]), &manager, err);
    if (code == 0 && !changes_something(wish, nic, table))
        return refuse(nic->name, err, "it is like that already", NULL);
    return code < 0 ? code : check_not_cut_off(nic, wish->interrupt, err);
}

int network_wish_configure(const HostNicConfigureParams *wish, const HostNicTable *table, HostNicCreateParams *ret, const HostNic **ret_nic, Error *err)
{
    const HostNic *nic = NULL;
    if (find_made(table, wish->name, &nic, err) < 0)
        return err->code;
    AUTO_FREE char *upper = upper_of(nic->name);
    if (upper)
        return refuse(nic->name, err, "'{1}' stands on it; remove that first", upper);
    int code = check_kind(wish, nic, err);
    if (code < 0)
        return code;
    fill_wish(wish, nic, table, ret);
    *ret_nic = nic;
    return check_change(ret, nic, table, err);
}

/* ---------------------------------------------------------------- removing */

/* A network of libvirt that forwards to the bridge; NULL: none. The caller frees. */
static char *network_on(Agent *agent, const char *bridge)
{
    Inventory all;
    char *found = NULL;
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; !found && i < all.networks.count; i++)
        if (!all.networks.items[i].host_bridge && str_equal(all.networks.items[i].bridge, bridge))
            found = x_strdup(all.networks.items[i].name);
    Inventory_clear(&all);
    return found;
}

int network_wish_delete(Agent *agent, const HostNicDeleteParams *wish, const HostNicTable *table, const HostNic **ret, Error *err)
{
    const HostNic *nic = NULL;
    if (find_made(table, wish->name, &nic, err) < 0)
        return err->code;
    AUTO_FREE char *upper = upper_of(nic->name);
    AUTO_FREE char *users = network_users(agent, nic->name, true, false);
    AUTO_FREE char *network = network_on(agent, nic->name);
    if (upper)
        return refuse(nic->name, err, "'{1}' stands on it; remove that first", upper);
    if (users)
        return refuse(nic->name, err, "it is used by {1}; disconnect these first", users);
    if (network)
        return refuse(nic->name, err, "the network '{1}' uses it; delete that first", network);
    *ret = nic;
    return check_not_cut_off(nic, wish->interrupt, err);
}
