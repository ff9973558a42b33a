/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's settings: `key = value` lines, # comments. Read once at start; constant afterwards, so any thread may look. */
#ifndef POOLCENTER_AGENT_CONFIG_H
#define POOLCENTER_AGENT_CONFIG_H

#include "protocol/types.h"

typedef struct Config {
    char *socket;
    char *socket_group;      /* group that may connect; ignored where it does not exist */
    char *http_socket;       /* HTTP for scripts; NULL or empty: none */
    char *state_dir;
    StrList drivers;         /* libvirt URIs */
    StrList osinfo_folders;  /* where osinfo-db may be */
    bool allow_kvm;          /* false: hypervisor = qemu, software emulation only */
    bool direct_files;       /* directory datastores are written by the agent itself */
    int64_t copy_port_first;  /* ports on which other hosts come for volumes; 0: none */
    int64_t copy_port_last;
    bool audit_syslog;
    bool audit_file;
    StrList admin_groups;
    StrList operator_groups;
    StrList viewer_groups;
    int64_t shutdown_timeout; /* seconds a guest gets to react to vm.shutdown */
    int64_t network_confirm_timeout; /* seconds that a change of the host's network waits for its confirmation */
    int64_t idle_exit;        /* seconds without a connection after which the agent ends; 0: never */
    bool user_mode;           /* not installed, for its own user: user_mode.h */
} Config;

void config_defaults(Config *ret);
/* Defaults, then the file. A missing file is fine unless required. ERR_INVALID_PARAMS names the line. */
int config_load(const char *path, bool required, Config *ret, Error *err);
void config_clear(Config *config);

#define CONFIG_DEFAULT_SOCKET "/run/poolagent/poolagent.sock"
#define CONFIG_DEFAULT_FILE "/etc/poolagent/poolagent.conf"

#endif
