/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts about the host: see host_info.h. */
#include "agent/host_info.h"
#include "agent/ident.h"
#include "agent/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Calls line(text, context) for each line of a small file. */
static void each_line(const char *path, void (*line)(char *text, void *context), void *context)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    char text[1024];
    while (fgets(text, sizeof text, file)) {
        text[strcspn(text, "\n")] = 0;
        line(text, context);
    }
    fclose(file);
}

/* The value after "name" and separator in text, or NULL. */
static char *value_after(char *text, const char *name, char separator)
{
    size_t length = strlen(name);
    if (strncmp(text, name, length) != 0)
        return NULL;
    char *value = text + length;
    while (*value == ' ' || *value == '\t')
        value++;
    if (*value != separator)
        return NULL;
    do
        value++;
    while (*value == ' ' || *value == '\t');
    return value;
}

static void os_line(char *text, void *context)
{
    char **os = context;
    char *value = value_after(text, "PRETTY_NAME", '=');
    if (!value || *os)
        return;
    size_t length = strlen(value);
    bool quoted = length >= 2 && *value == '"' && value[length - 1] == '"';
    *os = quoted ? x_strndup(value + 1, length - 2) : x_strdup(value);
}

/* Sockets are counted by their highest number, cores by the number of different (socket, core) pairs. */
typedef struct CpuCount {
    HostInfo *host;
    long socket;
    long max_socket;
    uint32_t *pairs;
    size_t pair_count;
} CpuCount;

static void add_core(CpuCount *count, long core)
{
    uint32_t pair = (uint32_t)count->socket << 16 | ((uint32_t)core & 0xffff);
    for (size_t i = 0; i < count->pair_count; i++)
        if (count->pairs[i] == pair)
            return;
    count->pairs = x_realloc(count->pairs, count->pair_count + 1, sizeof *count->pairs);
    count->pairs[count->pair_count++] = pair;
}

static void cpu_line(char *text, void *context)
{
    CpuCount *count = context;
    char *value = NULL;
    if (value_after(text, "processor", ':'))
        count->host->cpu_threads++;
    else if ((value = value_after(text, "model name", ':')) && !count->host->cpu_model)
        count->host->cpu_model = x_strndup(value, strnlen(value, LIMIT_NAME));
    else if ((value = value_after(text, "physical id", ':'))) {
        count->socket = strtol(value, NULL, 10);
        if (count->socket > count->max_socket)
            count->max_socket = count->socket;
    } else if ((value = value_after(text, "core id", ':')))
        add_core(count, strtol(value, NULL, 10));
}

static void read_cpus(HostInfo *host)
{
    CpuCount count = { .host = host };
    each_line("/proc/cpuinfo", cpu_line, &count);
    host->cpu_sockets = count.max_socket + 1;
    host->cpu_cores = count.pair_count ? (int64_t)count.pair_count : host->cpu_threads;
    free(count.pairs);
}

static void memory_line(char *text, void *context)
{
    HostInfo *host = context;
    char *value = NULL;
    if ((value = value_after(text, "MemTotal", ':')))
        host->memory = strtoll(value, NULL, 10) * 1024;
    else if ((value = value_after(text, "MemAvailable", ':')))
        host->memory_free = strtoll(value, NULL, 10) * 1024;
}

static void boot_line(char *text, void *context)
{
    HostInfo *host = context;
    if (strncmp(text, "btime ", 6) == 0)
        host->boot_time = strtoll(text + 6, NULL, 10) * 1000;
}

void host_info_read(const char *host_id, HostInfo *ret)
{
    struct utsname names;
    HostInfo host = { .id = x_strdup(host_id), .agent_version = x_strdup(POOLCENTER_VERSION) };
    if (uname(&names) == 0) {
        host.name = x_strdup(names.nodename);
        host.kernel = x_strdup(names.release);
    }
    each_line("/etc/os-release", os_line, &host.os);
    read_cpus(&host);
    each_line("/proc/meminfo", memory_line, &host);
    each_line("/proc/stat", boot_line, &host);
    *ret = host;
}

static bool looks_like_uuid(const char *text)
{
    return strlen(text) == LIMIT_UUID && strspn(text, "0123456789abcdef-") == LIMIT_UUID;
}

typedef struct FirstLine { char text[LIMIT_NAME]; } FirstLine;

static void keep_first(char *text, void *context)
{
    FirstLine *first = context;
    if (!*first->text)
        snprintf(first->text, sizeof first->text, "%.*s", LIMIT_NAME - 1, text);
}

static bool keep_id(const char *path, const char *id)
{
    FILE *file = fopen(path, "wxe");
    if (!file)
        return false;
    bool ok = fprintf(file, "%s\n", id) > 0;
    return fclose(file) == 0 && ok;
}

void host_id_of_machine(char ret[LIMIT_UUID + 1])
{
    FirstLine line = { "" };
    each_line("/etc/machine-id", keep_first, &line);
    AUTO_FREE char *text = x_printf("poolcenter host %s", line.text);
    uuid_from_text(text, ret);
}

void host_id_read(const char *state_dir, char ret[LIMIT_UUID + 1])
{
    AUTO_FREE char *path = x_printf("%s/host_id", state_dir);
    FirstLine line = { "" };
    each_line(path, keep_first, &line);
    if (looks_like_uuid(line.text)) {
        memcpy(ret, line.text, LIMIT_UUID + 1);
        return;
    }
    uuid_random(ret);
    if (keep_id(path, ret))
        return;
    log_line("the host's id cannot be kept in %s (%s): it is made from the machine id", path, strerror(errno));
    host_id_of_machine(ret);
}

void host_bridges(StrList *ret)
{
    DIR *folder = opendir("/sys/class/net");
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        AUTO_FREE char *path = x_printf("/sys/class/net/%s/bridge", entry->d_name);
        if (entry->d_name[0] != '.' && access(path, F_OK) == 0)
            StrList_add(ret, entry->d_name);
    }
    closedir(folder);
}
