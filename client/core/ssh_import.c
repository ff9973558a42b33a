/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking over what OpenSSH and PuTTY know: see ssh_import.h. */
#include "client/core/ssh_import.h"

#include "client/core/jump.h"
#include "client/core/known_hosts.h"
#include "client/core/port.h"
#include "client/core/port_putty.h"
#include "client/core/ssh_config.h"

#include <stdlib.h>
#include <string.h>

enum { KNOWN_HOSTS_MAX = 16 << 20 };

static char *ssh_folder(const char *folder)
{
    AUTO_FREE char *home = port_home_folder();
    return folder ? x_strdup(folder) : port_join(home, ".ssh");
}

/* Takes what item holds. */
static void add_item(Import *import, ImportItem *item)
{
    import->items = x_realloc(import->items, import->count + 1, sizeof *import->items);
    import->items[import->count++] = *item;
}

/* ---- OpenSSH */

/* The first key that ssh would try by itself. */
static char *default_key(const char *folder)
{
    static const char *const names[] = { "id_ed25519", "id_ecdsa", "id_rsa" };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = port_join(folder, names[i]);
        if (port_file_exists(path))
            return path;
        free(path);
    }
    return NULL;
}

static void add_config_host(Import *import, const char *folder, const SshConfigHost *host)
{
    ImportItem item = { .name = x_strdup(host->name), .state = host->proxy_command ? IMPORT_IMPOSSIBLE : IMPORT_NEW };
    char *key = host->key_file && port_file_exists(host->key_file) ? x_strdup(host->key_file) : default_key(folder);
    item.config = (ServerConfig){
        .host = x_strdup(host->host),
        .port = host->port,
        .user = x_strdup(host->user),
        .auth = key ? AUTH_KEY_FILE : AUTH_PASSWORD,
        .key_file = key,
        .jump = x_strdup(host->jump),
        .name = str_equal(host->name, host->host) ? NULL : x_strdup(host->name),
    };
    add_item(import, &item);
}

static int read_config(Import *import, const char *folder, Error *err)
{
    AUTO_FREE char *path = port_join(folder, "config");
    AUTO_FREE char *home = port_home_folder();
    AUTO_FREE char *user = port_user_name();
    const SshConfigPlace place = { folder, home, user };
    import->has_config = port_file_exists(path);
    SshConfig config = { 0 };
    int code = import->has_config ? ssh_config_read(path, &place, &config, err) : 0;
    for (size_t i = 0; i < config.count; i++)
        add_config_host(import, folder, &config.items[i]);
    import->match_blocks = config.match_blocks;
    ssh_config_clear(&config);
    return code;
}

/* ---- PuTTY */

static void add_session(void *context, const PuttySession *session)
{
    Import *import = context;
    ImportItem item = { .name = x_strdup(session->name), .putty = true };
    AUTO_FREE char *local = port_user_name();
    bool key = !str_empty(session->key_file);
    item.config = (ServerConfig){
        .host = x_strdup(session->host),
        .port = session->port,
        .user = x_strdup(str_empty(session->user) ? local : session->user),
        .auth = key ? AUTH_KEY_FILE : AUTH_SSH_AGENT,
        .key_file = key ? x_strdup(session->key_file) : NULL,
        .name = str_equal(session->name, session->host) ? NULL : x_strdup(session->name),
    };
    /* "user@host" is common in PuTTY's field for the host. */
    char *at = strrchr(item.config.host, '@');
    if (at) {
        free(item.config.user);
        item.config.user = x_strndup(item.config.host, (size_t)(at - item.config.host));
        memmove(item.config.host, at + 1, strlen(at));
    }
    add_item(import, &item);
}

/* ---- all together */

int ssh_import_read(const char *folder, Import *ret, Error *err)
{
    AUTO_FREE char *path = ssh_folder(folder);
    *ret = (Import){ 0 };
    int code = read_config(ret, path, err);
    if (code == 0)
        port_putty_sessions(add_session, ret);
    return code;
}

void ssh_import_clear(Import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        free(import->items[i].name);
        server_config_clear(&import->items[i].config);
    }
    free(import->items);
    *import = (Import){ 0 };
}

static bool same_server(const ServerConfig *a, const ServerConfig *b)
{
    return str_equal(a->host, b->host) && str_equal(a->user, b->user) && (a->port ? a->port : 22) == (b->port ? b->port : 22) &&
           str_equal(str_or_empty(a->jump), str_or_empty(b->jump));
}

void ssh_import_compare(Import *import, const Core *core)
{
    for (size_t i = 0; i < import->count; i++) {
        ImportItem *item = &import->items[i];
        for (size_t k = 0; k < core_server_count(core) && item->state == IMPORT_NEW; k++)
            if (same_server(&item->config, server_config(core_server_at(core, k))))
                item->state = IMPORT_KNOWN;
        for (size_t k = 0; k < i && item->state == IMPORT_NEW; k++)
            if (import->items[k].state == IMPORT_NEW && same_server(&item->config, &import->items[k].config))
                item->state = IMPORT_KNOWN;
        item->chosen = item->state == IMPORT_NEW;
    }
}

static int take_keys(ImportItem *item, const char *text, const char *known_hosts, const char *host, int port, Error *err)
{
    KnownHostsMerge merge;
    int code = known_hosts_merge(known_hosts, text, host, port ? port : 22, &merge, err);
    item->keys_added += merge.added;
    item->keys_different += merge.different;
    return code;
}

static int take_all_keys(ImportItem *item, const char *text, const char *known_hosts, Error *err)
{
    JumpList jumps = { 0 };
    item->keys_added = item->keys_different = 0;
    int code = take_keys(item, text, known_hosts, item->config.host, item->config.port, err);
    jump_parse(item->config.jump, &jumps, NULL);
    for (size_t i = 0; i < jumps.count && code == 0; i++)
        code = take_keys(item, text, known_hosts, jumps.items[i].host, jumps.items[i].port, err);
    jump_clear(&jumps);
    return code;
}

int ssh_import_keys(Import *import, const char *folder, const char *known_hosts, Error *err)
{
    AUTO_FREE char *path = ssh_folder(folder);
    AUTO_FREE char *file = port_join(path, "known_hosts");
    AUTO_FREE char *text = NULL;
    size_t size = 0;
    if (!port_file_exists(file))
        return 0;
    int code = port_read_whole(file, KNOWN_HOSTS_MAX, &text, &size, err);
    for (size_t i = 0; i < import->count && code == 0; i++)
        if (import->items[i].chosen)
            code = take_all_keys(&import->items[i], text, known_hosts, err);
    return code;
}

static const ServerConfig *chosen(const void *list, size_t index)
{
    const ImportItem *item = &((const Import *)list)->items[index];
    return item->chosen ? &item->config : NULL;
}

size_t ssh_import_add(const Import *import, Core *core) { return core_add_servers(core, chosen, import, import->count); }
