/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who keeps the settings of the host's network devices: see network_owner.h. */
#include "agent/network_owner.h"
#include "agent/loop.h"
#include "agent/network_interfaces.h"
#include "agent/network_steps.h"
#include "agent/program.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NETWORKD_LINKS "/run/systemd/netif/links"

enum { NMCLI_MS = 10000 };

char *network_mark(HostNetworkManager manager, const char *nic)
{
    if (manager == HOST_MANAGER_NETWORKD)
        return x_printf(NETWORKD_FOLDER "/00-poolcenter-%s.netdev", nic);
    if (manager == HOST_MANAGER_IFUPDOWN)
        return x_printf(IFUPDOWN_FOLDER "/poolcenter-%s", nic);
    return x_printf(MANAGER_FOLDER "/poolcenter-%s.nmconnection", nic);
}

/* ---------------------------------------------------------------- systemd-networkd */

/* Value of KEY=value in the state that networkd keeps of a device; NULL: none. The caller frees. */
static char *link_value(const char *nic, const char *key)
{
    unsigned index = if_nametoindex(nic);
    AUTO_FREE char *path = x_printf(NETWORKD_LINKS "/%u", index);
    AUTO_FREE char *text = index ? small_file_read(path) : NULL;
    size_t length = strlen(key);
    for (const char *line = text; line && *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, key, length) == 0 && line[length] == '=')
            return x_strndup(line + length + 1, strcspn(line + length + 1, "\n"));
    return NULL;
}

static void append(char **text, const char *more)
{
    char *both = x_printf("%s%s\n", str_or_empty(*text), more);
    free(*text);
    *text = both;
}

static void append_file(char **text, const char *path)
{
    AUTO_FREE char *more = small_file_read(path);
    if (more)
        append(text, more);
}

/* Where networkd writes no drop-ins down, they are those of its usual folders. */
char *networkd_file_of(const char *nic, char **ret_text)
{
    AUTO_FREE char *state = link_value(nic, "ADMIN_STATE");
    char *path = link_value(nic, "NETWORK_FILE");
    if (str_empty(path) || str_equal(state, "unmanaged")) {
        free(path);
        return NULL;
    }
    if (ret_text) {
        AUTO_FREE char *quoted = link_value(nic, "NETWORK_FILE_DROPINS");
        AUTO_FREE char *more = x_strdup(str_or_empty(quoted));
        char *rest = more;
        *ret_text = NULL;
        append_file(ret_text, path);
        for (char *word = strtok_r(more, "\" ", &rest); word; word = strtok_r(NULL, "\" ", &rest))
            append_file(ret_text, word);
    }
    return path;
}

static bool networkd_runs(void) { return access("/run/systemd/netif/state", F_OK) == 0 && program_exists("networkctl"); }

/* ---------------------------------------------------------------- NetworkManager */

int manager_devices(char **ret, Error *err)
{
    static const char *const arguments[] = { "nmcli", "-t", "-e", "no", "-f", "DEVICE,STATE,CON-UUID", "device", NULL };
    return program_run(&(Program){ .arguments = arguments, .milliseconds = NMCLI_MS }, ret, err);
}

/* NULL: it does not run, which nmcli says at once. Negative: it does not answer. */
static int devices_if_it_runs(char **ret, Error *err)
{
    AUTO(error_clear) Error why = { 0 };
    if (access("/run/NetworkManager", F_OK) < 0 || !program_exists("nmcli"))
        return 0;
    int64_t begun = clock_ms();
    return manager_devices(ret, &why) < 0 && clock_ms() - begun >= NMCLI_MS ? error_move(err, &why) : 0;
}

/* What stands behind "device:"; NULL: no such line. */
static const char *device_line(const char *devices, const char *nic)
{
    size_t length = strlen(nic);
    for (const char *line = devices; line && *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, nic, length) == 0 && line[length] == ':')
            return line + length + 1;
    return NULL;
}

/* "connected (externally)" is a device that somebody else has set up and that NetworkManager only watches. */
static bool manager_has(const char *devices, const char *nic)
{
    const char *state = device_line(devices, nic);
    return state && strncmp(state, "unmanaged", 9) != 0 && strncmp(state, "connected (externally)", 22) != 0;
}

char *manager_profile_of(const char *devices, const char *nic)
{
    const char *state = manager_has(devices, nic) ? device_line(devices, nic) : NULL;
    const char *uuid = state ? strchr(state, ':') : NULL;
    size_t length = uuid ? strcspn(uuid + 1, "\n") : 0;
    return length ? x_strndup(uuid + 1, length) : NULL;
}

/* ---------------------------------------------------------------- all */

static HostNetworkManager owner_of(const char *nic, const char *devices, const char *interfaces)
{
    AUTO_FREE char *networkd = networkd_file_of(nic, NULL);
    if (networkd)
        return HOST_MANAGER_NETWORKD;
    if (manager_has(devices, nic))
        return HOST_MANAGER_NETWORKMANAGER;
    return interfaces && interfaces_has(interfaces, nic) ? HOST_MANAGER_IFUPDOWN : HOST_MANAGER_UNKNOWN;
}

static bool is_made(const HostNic *nic)
{
    AUTO_FREE char *path = network_mark(nic->manager, nic->name);
    return nic->manager != HOST_MANAGER_UNKNOWN && access(path, F_OK) == 0;
}

/* Who has the way to the outside has new devices, too; where nobody has it, who runs. */
static HostNetworkManager owner_of_new(const HostNicTable *table, const char *devices, const char *interfaces)
{
    for (size_t i = 0; i < table->nics.count; i++)
        if (table->nics.items[i].gateway && table->nics.items[i].manager)
            return table->nics.items[i].manager;
    if (devices)
        return HOST_MANAGER_NETWORKMANAGER;
    if (networkd_runs())
        return HOST_MANAGER_NETWORKD;
    return interfaces && program_exists("ifup") ? HOST_MANAGER_IFUPDOWN : HOST_MANAGER_UNKNOWN;
}

int network_owners(HostNicTable *table, Error *err)
{
    AUTO_FREE char *devices = NULL;
    int code = devices_if_it_runs(&devices, err);
    AUTO_FREE char *interfaces = interfaces_read_all();
    for (size_t i = 0; i < table->nics.count; i++) {
        HostNic *nic = &table->nics.items[i];
        if (nic->kind == HOST_NIC_LOOPBACK || nic->kind == HOST_NIC_GUEST)
            continue;
        nic->manager = owner_of(nic->name, devices, interfaces);
        nic->made = is_made(nic);
    }
    table->manager = owner_of_new(table, devices, interfaces);
    return code;
}
