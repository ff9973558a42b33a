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

/* ---- host keys */

/* "[host]:port ", the beginning of its lines; the caller frees. */
static char *line_start(const ServerConfig *config) { return x_printf("[%s]:%d ", config->host, config->port ? config->port : 22); }

static bool starts_with(const char *line, const char *start) { return strncmp(line, start, strlen(start)) == 0; }

/* Calls take for each line of the known_hosts file at path. */
static void each_line(const char *path, void (*take)(void *context, const char *line), void *context)
{
    AUTO_FREE char *bytes = NULL;
    size_t size = 0;
    if (!port_file_exists(path) || port_read_whole(path, FILE_MAX, &bytes, &size, NULL) < 0)
        return;
    for (char *line = bytes, *end; *line; line = end) {
        size_t length = strcspn(line, "\r\n");
        end = line + length + (line[length] != 0);
        line[length] = 0;
        if (length && length <= KEY_LINE_MAX)
            take(context, line);
    }
}

static void keep_line_of_list(void *context, const char *line)
{
    ServerList *list = context;
    for (size_t i = 0; i < list->count; i++) {
        AUTO_FREE char *start = line_start(&list->items[i].config);
        if (starts_with(line, start) && !StrList_contains(&list->host_keys, line))
            StrList_add(&list->host_keys, line);
    }
}

/* A line of an import, and what is known about its host. */
typedef struct KeyLine {
    const char *start; /* "[host]:port " */
    const char *rest;  /* type and key */
    bool any;          /* key of this host is known: a list adds none to it */
    bool conflict;     /* one of the same type is, but it is another one */
} KeyLine;

static void compare_line(void *context, const char *line)
{
    KeyLine *wanted = context;
    if (!starts_with(line, wanted->start))
        return;
    const char *rest = line + strlen(wanted->start);
    size_t length = strlen(wanted->rest);
    bool same = strncmp(rest, wanted->rest, length) == 0 && (rest[length] == 0 || rest[length] == ' ');
    wanted->any = true;
    wanted->conflict |= !same && strncmp(rest, wanted->rest, strcspn(wanted->rest, " ") + 1) == 0;
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

/* True: another key of this host is known; it stays. */
static bool import_key(const char *known_hosts, const ServerConfig *config, const char *start, const char *line)
{
    size_t size = 0;
    KeyLine wanted = { .start = start, .rest = line + strlen(start) };
    AUTO_FREE unsigned char *key = decode_key(wanted.rest, &size);
    if (!key)
        return false;
    each_line(known_hosts, compare_line, &wanted);
    if (!wanted.any)
        known_hosts_add(known_hosts, config->host, config->port ? config->port : 22, (const char *)key, size, NULL);
    return wanted.conflict;
}

static bool import_keys(Core *core, const ServerList *list, const ServerConfig *config)
{
    bool conflict = false;
    AUTO_FREE char *start = line_start(config);
    for (size_t i = 0; i < list->host_keys.count; i++)
        if (starts_with(list->host_keys.items[i], start))
            conflict |= import_key(core_known_hosts(core), config, start, list->host_keys.items[i]);
    return conflict;
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
    each_line(core_known_hosts(core), keep_line_of_list, ret);
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

size_t server_list_import(Core *core, const ServerList *list, bool host_keys, size_t *ret_conflicts)
{
    size_t added = 0;
    *ret_conflicts = 0;
    for (size_t i = 0; i < list->count; i++) {
        const ServerListItem *item = &list->items[i];
        if (!item->chosen)
            continue;
        if (host_keys && import_keys(core, list, &item->config))
            ++*ret_conflicts;
        size_t before = core_server_count(core);
        core_add_server(core, &item->config);
        added += core_server_count(core) - before;
    }
    return added;
}

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
    for (size_t i = 0; i < json_array_size(keys) && i < KEYS_MAX; i++) {
        const char *line = json_string_value(json_array_get(keys, i));
        if (line && strlen(line) <= KEY_LINE_MAX && line[strcspn(line, "\r\n")] == 0)
            keep_line_of_list(ret, line);
    }
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

static bool is_of_chosen(const ServerList *list, const char *line)
{
    for (size_t i = 0; i < list->count; i++) {
        AUTO_FREE char *start = line_start(&list->items[i].config);
        if (list->items[i].chosen && starts_with(line, start))
            return true;
    }
    return false;
}

static json_t *document(const ServerList *list, bool host_keys)
{
    json_t *servers = json_array(), *keys = json_array();
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
        if (is_of_chosen(list, list->host_keys.items[i]))
            json_array_append_new(keys, json_string(list->host_keys.items[i]));
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
