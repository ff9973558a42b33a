/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network cards of the host: see host_nics.h; and host.nics. */
#include "agent/host_nics.h"
#include "agent/log.h"
#include "agent/network_changes.h"
#include "agent/network_owner.h"
#include "agent/request.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/sys/class/net"

enum { ARPHRD_IS_LOOPBACK = 772 };

/* First line of a small file; false: not there, or not readable (the speed of a card that is down). */
static bool read_line(const char *path, char *ret, int size)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool ok = fgets(ret, size, file) != NULL;
    fclose(file);
    if (ok)
        ret[strcspn(ret, "\n")] = 0;
    return ok;
}

static char *value_of(const char *name, const char *attribute)
{
    char line[LIMIT_NAME + 1];
    AUTO_FREE char *path = x_printf(FOLDER "/%s/%s", name, attribute);
    return read_line(path, line, sizeof line) && *line ? x_strdup(line) : NULL;
}

static int64_t number_of(const char *name, const char *attribute)
{
    AUTO_FREE char *text = value_of(name, attribute);
    long long number = text ? strtoll(text, NULL, 0) : 0;
    return number > 0 ? number : 0;
}

static bool has(const char *name, const char *attribute)
{
    AUTO_FREE char *path = x_printf(FOLDER "/%s/%s", name, attribute);
    return access(path, F_OK) == 0;
}

/* Last step of what a link points to. */
static char *link_of(const char *name, const char *attribute)
{
    char target[PATH_MAX];
    AUTO_FREE char *path = x_printf(FOLDER "/%s/%s", name, attribute);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return NULL;
    target[length] = 0;
    const char *last = strrchr(target, '/');
    return x_strdup(last ? last + 1 : target);
}

/* DEVTYPE of its uevent: vlan, bridge, bond, wlan ... */
static bool device_type_is(const char *name, const char *type)
{
    char line[LIMIT_NAME + 1];
    AUTO_FREE char *path = x_printf(FOLDER "/%s/uevent", name);
    AUTO_FREE char *want = x_printf("DEVTYPE=%s", type);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        found = str_equal(line, want);
    }
    if (file)
        fclose(file);
    return found;
}

static HostNicKind kind_of(const char *name)
{
    if (number_of(name, "type") == ARPHRD_IS_LOOPBACK)
        return HOST_NIC_LOOPBACK;
    if (has(name, "bridge") || host_nic_is_open_vswitch(name))
        return HOST_NIC_BRIDGE;
    if (has(name, "bonding"))
        return HOST_NIC_BOND;
    if (device_type_is(name, "vlan"))
        return HOST_NIC_VLAN;
    if (has(name, "tun_flags"))
        return HOST_NIC_GUEST;
    return has(name, "device") ? HOST_NIC_PHYSICAL : HOST_NIC_VIRTUAL;
}

/* "eth0.10  VID: 10  REORDER_HDR: 1 ...", then "Device: eth0"; the parent is also the only lower_ link. */
static void read_vlan(HostNic *nic)
{
    char line[LIMIT_NAME + 1];
    int tag = 0;
    AUTO_FREE char *path = x_printf("/proc/net/vlan/%s", nic->name);
    if (!read_line(path, line, sizeof line))
        return;
    const char *place = strstr(line, "VID: ");
    if (place && sscanf(place, "VID: %d", &tag) == 1)
        nic->vlan = tag;
}

static void read_lower(HostNic *nic)
{
    AUTO_FREE char *path = x_printf(FOLDER "/%s", nic->name);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && !nic->parent && (entry = readdir(folder));)
        if (strncmp(entry->d_name, "lower_", 6) == 0)
            nic->parent = x_strdup(entry->d_name + 6);
    if (folder)
        closedir(folder);
}

static void read_nic(const char *name, HostNic *ret)
{
    *ret = (HostNic){
        .name = x_strdup(name),
        .kind = kind_of(name),
        .up = number_of(name, "flags") & IFF_UP,
        .link = number_of(name, "carrier") == 1,
        .speed = number_of(name, "speed"),
        .driver = link_of(name, "device/driver"),
        .mac = value_of(name, "address"),
        .mtu = number_of(name, "mtu"),
        .master = link_of(name, "master"),
        .open_vswitch = host_nic_is_open_vswitch(name),
    };
    if (ret->kind == HOST_NIC_VLAN) {
        read_vlan(ret);
        read_lower(ret);
    }
    if (ret->kind == HOST_NIC_BOND && (ret->bond_mode = value_of(name, "bonding/mode")))
        ret->bond_mode[strcspn(ret->bond_mode, " ")] = 0; /* "active-backup 1" */
    if (ret->kind == HOST_NIC_BRIDGE || ret->kind == HOST_NIC_BOND)
        host_nic_ports(name, &ret->ports);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const HostNic *)a)->name, ((const HostNic *)b)->name);
}

static HostNic *find(HostNicList *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i].name, name))
            return &list->items[i];
    return NULL;
}

static int mask_length(const struct sockaddr *mask)
{
    const unsigned char *bytes = (const unsigned char *)&((const struct sockaddr_in *)(const void *)mask)->sin_addr;
    size_t count = 4;
    int length = 0;
    if (mask->sa_family == AF_INET6) {
        bytes = (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)mask)->sin6_addr;
        count = 16;
    }
    for (size_t i = 0; i < count; i++)
        length += __builtin_popcount(bytes[i]);
    return length;
}

static void read_addresses(HostNicList *list)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) < 0)
        return;
    for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
        char text[INET6_ADDRSTRLEN] = "";
        HostNic *nic = at->ifa_addr && at->ifa_netmask ? find(list, at->ifa_name) : NULL;
        if (!nic || nic->addresses.count >= LIMIT_USERS)
            continue;
        const void *address = at->ifa_addr->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr
            : at->ifa_addr->sa_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)(const void *)at->ifa_addr)->sin6_addr : NULL;
        if (!address || !inet_ntop(at->ifa_addr->sa_family, address, text, sizeof text))
            continue;
        AUTO_FREE char *whole = x_printf("%s/%d", text, mask_length(at->ifa_netmask));
        StrList_add(&nic->addresses, whole);
    }
    freeifaddrs(all);
}

/* Rows of /proc/net/route: name, destination, gateway ...; a default route has the destination 0. */
static void read_gateways(HostNicList *list)
{
    char line[LIMIT_NAME + 1];
    char name[IF_NAMESIZE];
    char target[16];
    FILE *file = fopen("/proc/net/route", "re");
    while (file && fgets(line, sizeof line, file)) {
        HostNic *nic = sscanf(line, "%15s %15s", name, target) == 2 && str_equal(target, "00000000") ? find(list, name) : NULL;
        if (nic)
            nic->gateway = true;
    }
    if (file)
        fclose(file);
}

void host_nics_read(HostNicList *ret)
{
    DIR *folder = opendir(FOLDER);
    for (struct dirent *entry; folder && ret->count < LIMIT_HOST_NICS && (entry = readdir(folder));) {
        HostNic nic;
        if (entry->d_name[0] == '.' || !has(entry->d_name, "flags")) /* bonding_masters is a file */
            continue;
        read_nic(entry->d_name, &nic);
        HostNicList_add(ret, &nic);
    }
    if (folder)
        closedir(folder);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof *ret->items, compare_names);
    read_addresses(ret);
    read_gateways(ret);
}

void host_nic_ports(const char *name, StrList *ret)
{
    AUTO_FREE char *path = x_printf(FOLDER "/%s", name);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && ret->count < LIMIT_HOST_NICS && (entry = readdir(folder));)
        if (strncmp(entry->d_name, "lower_", 6) == 0 && !has(entry->d_name + 6, "tun_flags"))
            StrList_add(ret, entry->d_name + 6);
    if (folder)
        closedir(folder);
}

bool host_nic_is_in(const char *name, const char *master)
{
    AUTO_FREE char *now = link_of(name, "master");
    return str_equal(now, master);
}

bool host_nic_is_open_vswitch(const char *name)
{
    AUTO_FREE char *path = x_printf("/run/openvswitch/%s.mgmt", str_or_empty(name)); /* ovs-vswitchd's, one for each of its bridges */
    return !str_empty(name) && !has(name, "bridge") && access(path, F_OK) == 0;
}

int handle_host_nics(Request *request, const Empty *params, HostNicTable *ret, Error *err)
{
    (void)params, (void)err;
    AUTO(error_clear) Error why = { 0 };
    Inventory all;
    host_nics_read(&ret->nics);
    inventory_changes(request->agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.networks.count; i++) {
        HostNic *nic = all.networks.items[i].bridge && !all.networks.items[i].host_bridge ? find(&ret->nics, all.networks.items[i].bridge) : NULL;
        if (nic && !str_equal(all.networks.items[i].mode, "bridge"))
            nic->managed = true;
    }
    Inventory_clear(&all);
    if (network_owners(ret, &why) < 0)
        log_line("the host's network devices: %s", why.message); /* the table says all the same what there is */
    HostChange change = { 0 };
    if (network_change_now(request->agent->network_changes, &change)) {
        ret->change = x_calloc(1, sizeof *ret->change);
        *ret->change = change;
    }
    HostChangeEnd ended = { 0 };
    if (network_change_last(request->agent->network_changes, &ended)) {
        ret->ended = x_calloc(1, sizeof *ret->ended);
        *ret->ended = ended;
    }
    return 0;
}
