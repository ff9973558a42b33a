/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's settings: see config.h. Called by main at start only. */
#include "agent/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(char **text, const char *value)
{
    free(*text);
    *text = x_strdup(value);
}

static void set_list(StrList *list, const char *value)
{
    StrList_clear(list);
    AUTO_FREE char *words = x_strdup(value);
    char *rest = words;
    for (char *word = strtok_r(words, " \t,", &rest); word; word = strtok_r(NULL, " \t,", &rest))
        StrList_add(list, word);
}

static bool set_flag(bool *flag, const char *value)
{
    if (!str_equal(value, "yes") && !str_equal(value, "no"))
        return false;
    *flag = str_equal(value, "yes");
    return true;
}

static bool set_number(int64_t *number, const char *value)
{
    char *end = NULL;
    errno = 0;
    long long parsed = strtoll(value, &end, 10);
    if (errno || end == value || *end || parsed < 0 || parsed > 1000000)
        return false;
    *number = parsed;
    return true;
}

/* FIRST-LAST, or none. */
static bool set_ports(Config *config, const char *value)
{
    int first = 0, last = 0, end = 0;
    if (!str_equal(value, "none") && (sscanf(value, "%5d-%5d%n", &first, &last, &end) != 2 || value[end] || first < 1024 || last < first || last > 65535))
        return false;
    config->copy_port_first = first;
    config->copy_port_last = last;
    return true;
}

static bool set_hypervisor(Config *config, const char *value)
{
    config->allow_kvm = str_equal(value, "auto");
    return config->allow_kvm || str_equal(value, "qemu");
}

static bool set_key(Config *config, const char *key, const char *value)
{
    struct { const char *key; char **text; } texts[] = {
        { "socket", &config->socket }, { "socket_group", &config->socket_group },
        { "http_socket", &config->http_socket }, { "state_dir", &config->state_dir } };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_equal(key, texts[i].key))
            return set_text(texts[i].text, value), true;
    struct { const char *key; StrList *list; } lists[] = {
        { "drivers", &config->drivers }, { "osinfo_folders", &config->osinfo_folders }, { "admin_groups", &config->admin_groups },
        { "operator_groups", &config->operator_groups }, { "viewer_groups", &config->viewer_groups } };
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        if (str_equal(key, lists[i].key))
            return set_list(lists[i].list, value), true;
    if (str_equal(key, "hypervisor"))
        return set_hypervisor(config, value);
    if (str_equal(key, "copy_ports"))
        return set_ports(config, value);
    if (str_equal(key, "direct_files"))
        return set_flag(&config->direct_files, value);
    if (str_equal(key, "audit_syslog"))
        return set_flag(&config->audit_syslog, value);
    if (str_equal(key, "audit_file"))
        return set_flag(&config->audit_file, value);
    if (str_equal(key, "shutdown_timeout"))
        return set_number(&config->shutdown_timeout, value);
    if (str_equal(key, "network_confirm_timeout"))
        return set_number(&config->network_confirm_timeout, value) && config->network_confirm_timeout > 0;
    if (str_equal(key, "idle_exit"))
        return set_number(&config->idle_exit, value);
    return false;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = 0;
    return text;
}

static bool read_line(Config *config, char *line)
{
    char *text = trim(line);
    if (!*text || *text == '#')
        return true;
    char *equals = strchr(text, '=');
    if (!equals)
        return false;
    *equals = 0;
    return set_key(config, trim(text), trim(equals + 1));
}

static int read_file(const char *path, bool required, Config *config, Error *err)
{
    FILE *file = fopen(path, "re");
    if (!file && !required && errno == ENOENT)
        return 0;
    if (!file)
        return error_set(err, ERR_IO, path, "%s", strerror(errno));
    char line[4096];
    int number = 0;
    bool good = true;
    while (good && fgets(line, sizeof line, file)) {
        number++;
        good = read_line(config, line);
    }
    fclose(file);
    return good ? 0 : error_set(err, ERR_INVALID_PARAMS, path, "%s, line %d is not understood", path, number);
}

void config_defaults(Config *ret)
{
    *ret = (Config){
        .socket = x_strdup(CONFIG_DEFAULT_SOCKET),
        .socket_group = x_strdup("poolagent"),
        .state_dir = x_strdup("/var/lib/poolagent"),
        .allow_kvm = true,
        .direct_files = true,
        .audit_syslog = true,
        .audit_file = true,
        .shutdown_timeout = 120,
        .copy_port_first = 49216,
        .copy_port_last = 49231,
        .network_confirm_timeout = 60,
    };
    set_list(&ret->drivers, "qemu:///system");
    set_list(&ret->osinfo_folders, "/usr/share/osinfo /usr/local/share/osinfo /etc/osinfo");
    set_list(&ret->admin_groups, "poolagent-admin libvirt");
    set_list(&ret->operator_groups, "poolagent");
    set_list(&ret->viewer_groups, "poolagent-viewer");
}

int config_load(const char *path, bool required, Config *ret, Error *err)
{
    Config config;
    config_defaults(&config);
    int code = read_file(path, required, &config, err);
    if (code < 0) {
        config_clear(&config);
        return code;
    }
    *ret = config;
    return 0;
}

void config_clear(Config *config)
{
    free(config->socket);
    free(config->socket_group);
    free(config->http_socket);
    free(config->state_dir);
    StrList_clear(&config->drivers);
    StrList_clear(&config->osinfo_folders);
    StrList_clear(&config->admin_groups);
    StrList_clear(&config->operator_groups);
    StrList_clear(&config->viewer_groups);
    *config = (Config){ 0 };
}
