/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See server_list.h. */
#include "client/core/server_list.h"

#include "client/core/core.h"
#include "client/core/jump.h"
#include "client/core/known_hosts.h"
#include "client/core/parts.h"
#include "client/core/port.h"
#include "client/core/rules.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 4 << 20, SERVERS_MAX = 10000, KEYS_MAX = 40000, TEXT_MAX = 1024, KEY_LINE_MAX = 16 << 10, VERSION = 1 };

#define FORMAT "poolcenter_servers"

void server_list_clear(ServerList *list)
{
    for (size_t i = 0; i < list->count; i++)
        server_config_clear(&list->items[i].config);
    free(list->items);
    StrList_clear(&list->host_keys);
    *list = (ServerList){ 0 };
}

static void add_item(ServerList *list, const ServerConfig *config)
{
    list->items = x_realloc(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = (ServerListItem){ .config = *config, .chosen = true };
}

/* ---- hosts of a list: found by the beginning of a line, since a stranger's list may have thousands of both */

typedef struct Host {
    const ServerConfig *config;
    char *start;        /* "[host]:port ", the beginning of its lines */
    const char **known; /* the rests of its lines in our file: type and key */
    size_t known_count;
    bool taken, conflict;
} Host;

typedef struct Hosts {
    Host *items; /* sorted by start, each once */
    size_t count;
} Hosts;

static int by_start(const void *a, const void *b) { return strcmp(((const Host *)a)->start, ((const Host *)b)->start); }

static char *line_start(const ServerConfig *config) { return x_printf("[%s]:%d ", config->host, config->port ? config->port : 22); }

static void hosts_of(const ServerList *list, bool chosen_only, Hosts *ret)
{
    *ret = (Hosts){ .items = x_calloc(list->count + 1, sizeof(Host)) };
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].chosen || !chosen_only)
            ret->items[ret->count++] = (Host){ .config = &list->items[i].config, .start = line_start(&list->items[i].config) };
    qsort(ret->items, ret->count, sizeof(Host), by_start);
    size_t kept = 0;
    for (size_t i = 0; i < ret->count; i++)
        if (kept && strcmp(ret->items[kept - 1].start, ret->items[i].start) == 0)
            free(ret->items[i].start);
        else
            ret->items[kept++] = ret->items[i];
    ret->count = kept;
}

static void hosts_clear(Hosts *hosts)
{
    for (size_t i = 0; i < hosts->count; i++) {
        free(hosts->items[i].start);
        free(hosts->items[i].known);
    }
    free(hosts->items);
}

static int line_to_host(const void *line, const void *host)
{
    const char *start = ((const Host *)host)->start;
    return strncmp(line, start, strlen(start));
}

/* NULL: the line is of another host. No start is the beginning of another one: each ends at its only space. */
static Host *hosts_find(const Hosts *hosts, const char *line)
{
    return bsearch(line, hosts->items, hosts->count, sizeof(Host), line_to_host);
}

static Host *hosts_find_config(const Hosts *hosts, const ServerConfig *config)
{
    AUTO_FREE char *start = line_start(config);
    return hosts_find(hosts, start);
}

/* ---- host keys */

/* Cuts text, the content of a known_hosts file, into lines, and calls take for each. */
static void each_line(char *text, void (*take)(void *context, const char *line), void *context)
{
    for (char *line = text, *end; *line; line = end) {
        size_t length = strcspn(line, "\r\n");
        end = line + length + (line[length] != 0);
        line[length] = 0;
        if (length && length <= KEY_LINE_MAX)
            take(context, line);
    }
}

/* Lines of hosts of a list. */
typedef struct Lines {
    Hosts hosts;
    StrList *kept;
} Lines;

static void keep_line(void *context, const char *line)
{
    const Lines *lines = context;
    if (hosts_find(&lines->hosts, line))
        StrList_add(lines->kept, line);
}

static int by_text(const void *a, const void *b)
{
    char *const *one = *(char *const *const *)a, *const *other = *(char *const *const *)b;
    int order = strcmp(*one, *other);
    return order ? order : one < other ? -1 : 1;
}

/* Leaves the first of lines that are the same. */
static void drop_repeated(StrList *lines)
{
    char ***places = x_calloc(lines->count + 1, sizeof *places);
    for (size_t i = 0; i < lines->count; i++)
        places[i] = &lines->items[i];
    qsort(places, lines->count, sizeof *places, by_text);
    for (size_t i = lines->count; i-- > 1;)
        if (strcmp(*places[i - 1], *places[i]) == 0)
            free(TAKE_PTR(*places[i]));
    free(places);
    size_t kept = 0;
    for (size_t i = 0; i < lines->count; i++)
        if (lines->items[i])
            lines->items[kept++] = lines->items[i];
    lines->count = kept;
}

/* The bytes of "type base64"; NULL: that is not what it is. */
static unsigned char *decode_key(const char *rest, size_t *ret_size)
{
    const char *base64 = strchr(rest, ' ');
    size_t length = base64 ? strlen(++base64) : 0;
    if (length < 8 || length % 4 != 0 || strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != length)
        return NULL;
    unsigned char *key = x_calloc(length, 1);
    int size = EVP_DecodeBlock(key, (const unsigned char *)base64, (int)length);
    size -= (base64[length - 1] == '=') + (base64[length - 2] == '=');
    AUTO_FREE char *type = size > 4 ? known_hosts_key_type((const char *)key, (size_t)size) : NULL;
    if (type && strlen(type) == (size_t)(base64 - 1 - rest) && strncmp(type, rest, strlen(type)) == 0) {
        *ret_size = (size_t)size;
        return key;
    }
    free(key);
    return NULL;
}

static void note_known(void *context, const char *line)
{
    Host *host = hosts_find(context, line);
    if (!host)
        return;
    host->known = x_realloc(host->known, host->known_count + 1, sizeof *host->known);
    host->known[host->known_count++] = line + strlen(host->start);
}

/* One of the same type is known, but it is another one. */
static bool contradicts(const Host *host, const char *rest)
{
    size_t length = strlen(rest), type_length = strcspn(rest, " ") + 1;
    for (size_t i = 0; i < host->known_count; i++) {
        const char *known = host->known[i];
        bool same = strncmp(known, rest, length) == 0 && (known[length] == 0 || known[length] == ' ');
        if (!same && strncmp(known, rest, type_length) == 0)
            return true;
    }
    return false;
}

/* What is to be added to our file for a line of the list; NULL: nothing. A list adds no key to a host of which one is known. */
static char *line_to_add(Hosts *hosts, const char *line)
{
    Host *host = hosts_find(hosts, line);
    size_t size = 0;
    AUTO_FREE unsigned char *key = host ? decode_key(line + strlen(host->start), &size) : NULL;
    if (!key)
        return NULL;
    host->conflict |= contradicts(host, line + strlen(host->start));
    if (host->known_count || host->taken)
        return NULL;
    host->taken = true;
    return known_hosts_line(host->config->host, host->config->port ? host->config->port : 22, (const char *)key, size);
}

typedef struct KeyImport {
    const ServerList *list;
    Hosts hosts;
} KeyImport;

static char *lines_to_add(void *context, const char *before)
{
    KeyImport *import = context;
    AUTO_FREE char *ours = x_strdup(before);
    each_line(ours, note_known, &import->hosts);
    size_t room = 1;
    for (size_t i = 0; i < import->list->host_keys.count; i++)
        room += strlen(import->list->host_keys.items[i]) + 1;
    char *added = x_calloc(room, 1), *end = added;
    for (size_t i = 0; i < import->list->host_keys.count; i++) {
        AUTO_FREE char *line = line_to_add(&import->hosts, import->list->host_keys.items[i]);
        size_t length = strlen(str_or_empty(line));
        memcpy(end, str_or_empty(line), length);
        end += length;
    }
    return added;
}

int server_list_take_keys(const ServerList *list, const char *known_hosts, size_t *ret_conflicts, Error *err)
{
    KeyImport import = { .list = list };
    size_t conflicts = 0;
    hosts_of(list, true, &import.hosts);
    int code = known_hosts_append(known_hosts, lines_to_add, &import, err);
    for (size_t i = 0; i < list->count; i++)
        conflicts += list->items[i].chosen && hosts_find_config(&import.hosts, &list->items[i].config)->conflict;
    hosts_clear(&import.hosts);
    *ret_conflicts = conflicts;
    return code;
}

/* ---- lists */

void server_list_collect(Core *core, ServerList *ret)
{
    *ret = (ServerList){ 0 };
    for (size_t i = 0; i < core_server_count(core); i++) {
        ServerConfig config;
        server_config_copy(&config, server_config(core_server_at(core, i)));
        add_item(ret, &config);
    }
    AUTO_FREE char *known = known_hosts_text(core_known_hosts(core));
    Lines lines = { .kept = &ret->host_keys };
    hosts_of(ret, false, &lines.hosts);
    each_line(known, keep_line, &lines);
    hosts_clear(&lines.hosts);
    drop_repeated(&ret->host_keys);
}

static bool same_address(const ServerConfig *a, const ServerConfig *b)
{
    return str_equal(a->host, b->host) && str_equal(a->user, b->user) && (a->port ? a->port : 22) == (b->port ? b->port : 22);
}

void server_list_compare(const Core *core, ServerList *list)
{
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].known = false;
        for (size_t k = 0; k < core_server_count(core); k++)
            list->items[i].known |= same_address(&list->items[i].config, server_config(core_server_at(core, k)));
        list->items[i].chosen = !list->items[i].known;
    }
}

static const ServerConfig *chosen(const void *list, size_t index)
{
    const ServerListItem *item = &((const ServerList *)list)->items[index];
    return item->chosen ? &item->config : NULL;
}

size_t server_list_add(Core *core, const ServerList *list) { return core_add_servers(core, chosen, list, list->count); }

/* ---- the file */

static bool is_one_line(const char *words)
{
    size_t length = strlen(str_or_empty(words));
    for (const char *at = str_or_empty(words); *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            return false;
    return length <= TEXT_MAX;
}

static bool jump_is_sane(const char *jump)
{
    JumpList list = { 0 };
    bool sane = jump_parse(jump, &list, NULL) == 0;
    jump_clear(&list);
    return sane;
}

/* Opening a path of another computer would tell that one who we are. Windows takes either slash in either place, and \??\ for \\?\. */
static bool is_remote_path(const char *path)
{
    return !str_empty(path) && strchr("\\/", path[0]) && path[1] && strchr("\\/?", path[1]);
}

static bool config_is_sane(const ServerConfig *config)
{
    const char *const words[] = { config->host, config->user, config->key_file, config->jump, config->agent_key, config->agent_socket, config->name };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (!is_one_line(words[i]))
            return false;
    AUTO_FREE char *wrong = rules_check_host(str_or_empty(config->host));
    return !wrong && !str_empty(config->user) && !is_remote_path(config->key_file) && jump_is_sane(config->jump);
}

static int not_one(const char *path, const char *why, Error *err) { return error_set(err, ERR_SERVER_LIST, port_base_name(path), "%s", why); }

static int read_servers(const char *path, const json_t *servers, ServerList *ret, Error *err)
{
    if (!json_is_array(servers) || json_array_size(servers) > SERVERS_MAX)
        return not_one(path, "it holds no servers, or too many", err);
    for (size_t i = 0; i < json_array_size(servers); i++) {
        ServerConfig config;
        server_config_decode(json_array_get(servers, i), &config);
        free(TAKE_PTR(config.id)); /* ours is made anew */
        config.connect_at_start = false;
        config.remember = false;
        if (!config_is_sane(&config)) {
            server_config_clear(&config);
            AUTO_FREE char *why = x_printf("its entry %zu is not a server", i + 1);
            return not_one(path, why, err);
        }
        add_item(ret, &config);
    }
    return 0;
}

static void read_keys(const json_t *keys, ServerList *ret)
{
    Lines lines = { .kept = &ret->host_keys };
    hosts_of(ret, false, &lines.hosts);
    for (size_t i = 0; i < json_array_size(keys) && i < KEYS_MAX; i++) {
        const char *line = json_string_value(json_array_get(keys, i));
        if (line && strlen(line) <= KEY_LINE_MAX && line[strcspn(line, "\r\n")] == 0)
            keep_line(&lines, line);
    }
    hosts_clear(&lines.hosts);
    drop_repeated(&ret->host_keys);
}

int server_list_read(const char *path, ServerList *ret, Error *err)
{
    AUTO_FREE char *bytes = NULL;
    AUTO(error_clear) Error why = { 0 };
    size_t size = 0;
    *ret = (ServerList){ 0 };
    int code = port_read_whole(path, FILE_MAX, &bytes, &size, &why);
    if (code == ERR_TOO_LARGE)
        return not_one(path, "it is too large", err);
    if (code < 0)
        return error_move(err, &why);
    json_t *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_integer_value(json_object_get(root, FORMAT)) != VERSION)
        code = not_one(path, "it is of another kind or of a newer version", err);
    else
        code = read_servers(path, json_object_get(root, "servers"), ret, err);
    if (code == 0)
        read_keys(json_object_get(root, "host_keys"), ret);
    else
        server_list_clear(ret);
    json_decref(root);
    return code;
}

static json_t *document(const ServerList *list, bool host_keys)
{
    json_t *servers = json_array(), *keys = json_array();
    Hosts chosen;
    hosts_of(list, true, &chosen);
    for (size_t i = 0; i < list->count; i++) {
        if (!list->items[i].chosen)
            continue;
        json_t *entry = json_object();
        server_config_encode(&list->items[i].config, entry);
        json_object_del(entry, "id");
        json_object_del(entry, "remember");
        json_object_del(entry, "connect_at_start");
        json_array_append_new(servers, entry);
    }
    for (size_t i = 0; host_keys && i < list->host_keys.count; i++)
        if (hosts_find(&chosen, list->host_keys.items[i]))
            json_array_append_new(keys, json_string(list->host_keys.items[i]));
    hosts_clear(&chosen);
    return json_pack("{s:i, s:o, s:o}", FORMAT, VERSION, "servers", servers, "host_keys", keys);
}

int server_list_write(const char *path, const ServerList *list, bool host_keys, Error *err)
{
    AUTO(error_clear) Error why = { 0 };
    json_t *root = document(list, host_keys);
    AUTO_FREE char *bytes = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    if (port_write_whole(path, bytes, strlen(bytes), &why) < 0)
        return error_set(err, ERR_IO, port_base_name(path), "%s", str_or_empty(why.cause));
    return 0;
}
