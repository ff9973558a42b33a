/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings: see settings.h. Kept as the JSON document itself, so that what a newer version wrote survives an older one. UI thread, but what is said to be a worker's. */
#include "client/core/settings.h"

#include "client/core/log.h"
#include "client/core/port.h"

#include <stdlib.h>
#include <string.h>

enum { SETTINGS_SIZE_MAX = 4 << 20, SETTINGS_SERVERS_MAX = 10000 };

struct Settings {
    char *path;
    json_t *root;    /* { "values": { "window.width": 1200 }, "servers": [ {...} ] } */
    json_t *values;  /* borrowed from root */
    json_t *servers; /* borrowed from root */
    uint64_t changes, saved; /* counts changes; up to which they are in the file */
    PortMutex writing;       /* guards on_disk and the file */
    uint64_t on_disk;
};

static const char *const auth_words[] = { [AUTH_PASSWORD] = "password", [AUTH_KEY_FILE] = "key_file", [AUTH_SSH_AGENT] = "ssh_agent" };

static json_t *child(json_t *root, const char *key, json_type type, json_t *(*make)(void))
{
    json_t *value = json_object_get(root, key);
    if (!value || json_typeof(value) != type)
        json_object_set_new(root, key, make());
    return json_object_get(root, key);
}

static const char *string_of(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

/* Entries that a hand has spoilt are dropped: the rest of the program may rely on id and host. */
static void drop_bad_servers(json_t *servers)
{
    for (size_t i = json_array_size(servers); i-- > 0;) {
        const json_t *entry = json_array_get(servers, i);
        if (str_empty(string_of(entry, "id")) || str_empty(string_of(entry, "host")) || i >= SETTINGS_SERVERS_MAX)
            json_array_remove(servers, i);
    }
}

static json_t *read_root(const char *path, bool *ret_broken)
{
    AUTO_FREE char *bytes = NULL;
    size_t size = 0;
    *ret_broken = false;
    if (!port_file_exists(path))
        return json_object();
    json_t *root = port_read_whole(path, SETTINGS_SIZE_MAX, &bytes, &size, NULL) < 0 ? NULL : json_loadb(bytes, size, 0, NULL);
    if (json_is_object(root))
        return root;
    json_decref(root);
    *ret_broken = true;
    return json_object();
}

Settings *settings_open(const char *folder, bool *ret_was_broken)
{
    Settings *settings = x_calloc(1, sizeof *settings);
    bool broken = false;
    port_mutex_init(&settings->writing);
    settings->path = port_join(folder, "settings.json");
    settings->root = read_root(settings->path, &broken);
    settings->values = child(settings->root, "values", JSON_OBJECT, json_object);
    settings->servers = child(settings->root, "servers", JSON_ARRAY, json_array);
    drop_bad_servers(settings->servers);
    if (broken) {
        AUTO_FREE char *kept = port_join(folder, "settings.broken.json");
        port_rename(settings->path, kept, NULL);
        log_info("%s is not valid; it was kept as %s", settings->path, kept);
    }
    if (ret_was_broken)
        *ret_was_broken = broken;
    return settings;
}

void settings_free(Settings *settings)
{
    if (!settings)
        return;
    json_decref(settings->root);
    free(settings->path);
    port_mutex_clear(&settings->writing);
    free(settings);
}

bool settings_take_changes(const Settings *settings, SettingsText *ret)
{
    if (settings->changes == settings->saved)
        return false;
    *ret = (SettingsText){ json_dumps(settings->root, JSON_INDENT(2) | JSON_SORT_KEYS), settings->changes };
    return true;
}

int settings_write(Settings *settings, const SettingsText *text, Error *err)
{
    int rc = 0;
    port_mutex_lock(&settings->writing);
    if (text->change > settings->on_disk)
        rc = port_write_whole(settings->path, text->text, strlen(text->text), err);
    if (rc == 0 && text->change > settings->on_disk)
        settings->on_disk = text->change;
    port_mutex_unlock(&settings->writing);
    return rc;
}

void settings_written(Settings *settings, const SettingsText *text)
{
    if (text->change > settings->saved)
        settings->saved = text->change;
}

int settings_save(Settings *settings, Error *err)
{
    SettingsText text;
    if (!settings_take_changes(settings, &text))
        return 0;
    int rc = settings_write(settings, &text, err);
    if (rc == 0)
        settings_written(settings, &text);
    free(text.text);
    return rc;
}

int64_t settings_int(const Settings *settings, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(settings->values, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

const char *settings_str(const Settings *settings, const char *key, const char *fallback)
{
    const char *value = string_of(settings->values, key);
    return value ? value : fallback;
}

/* Takes the reference; text that is not UTF-8 gives NULL there and is not stored. */
static void set_value(Settings *settings, const char *key, json_t *value)
{
    if (!value || json_equal(json_object_get(settings->values, key), value)) {
        json_decref(value);
        return;
    }
    json_object_set_new(settings->values, key, value);
    settings->changes++;
}

void settings_set_int(Settings *settings, const char *key, int64_t value) { set_value(settings, key, json_integer(value)); }

void settings_set_str(Settings *settings, const char *key, const char *value)
{
    if (value)
        set_value(settings, key, json_string(value));
    else if (json_object_del(settings->values, key) == 0)
        settings->changes++;
}

size_t settings_server_count(const Settings *settings) { return json_array_size(settings->servers); }

void server_config_decode(const json_t *entry, ServerConfig *ret)
{
    json_int_t port = json_integer_value(json_object_get(entry, "port"));
    *ret = (ServerConfig){
        .id = x_strdup(string_of(entry, "id")),
        .host = x_strdup(string_of(entry, "host")),
        .port = port > 0 && port < 65536 ? (int)port : 0,
        .user = x_strdup(str_or_empty(string_of(entry, "user"))),
        .key_file = x_strdup(string_of(entry, "key_file")),
        .jump = x_strdup(string_of(entry, "jump")),
        .agent_key = x_strdup(string_of(entry, "agent_key")),
        .agent_socket = x_strdup(string_of(entry, "agent_socket")),
        .name = x_strdup(string_of(entry, "name")),
        .agent_run = json_is_true(json_object_get(entry, "agent_run")),
        .connect_at_start = json_is_true(json_object_get(entry, "connect_at_start")),
        .remember = json_is_true(json_object_get(entry, "remember")),
    };
    for (size_t i = 0; i < ARRAY_SIZE(auth_words); i++)
        if (str_equal(string_of(entry, "auth"), auth_words[i]))
            ret->auth = (AuthMethod)i;
}

static void set_field(json_t *entry, const char *key, json_t *value)
{
    if (value)
        json_object_set_new(entry, key, value);
    else
        json_object_del(entry, key);
}

static void set_text(json_t *entry, const char *key, const char *value) { set_field(entry, key, value ? json_string(value) : NULL); }

void server_config_encode(const ServerConfig *config, json_t *entry)
{
    set_text(entry, "id", config->id);
    set_text(entry, "host", config->host);
    set_field(entry, "port", config->port ? json_integer(config->port) : NULL);
    set_text(entry, "user", config->user);
    set_text(entry, "auth", auth_words[config->auth]);
    set_text(entry, "key_file", config->key_file);
    set_text(entry, "jump", config->jump);
    set_text(entry, "agent_key", config->agent_key);
    set_text(entry, "agent_socket", config->agent_socket);
    set_text(entry, "name", config->name);
    set_field(entry, "agent_run", config->agent_run ? json_true() : NULL);
    set_field(entry, "connect_at_start", json_boolean(config->connect_at_start));
    set_field(entry, "remember", config->remember ? json_true() : NULL);
}

void settings_server_at(const Settings *settings, size_t index, ServerConfig *ret)
{
    server_config_decode(json_array_get(settings->servers, index), ret);
}

static size_t find_server(const Settings *settings, const char *id)
{
    size_t i = 0;
    while (i < json_array_size(settings->servers) && !str_equal(string_of(json_array_get(settings->servers, i), "id"), id))
        i++;
    return i;
}

void settings_put_server(Settings *settings, const ServerConfig *config)
{
    size_t index = find_server(settings, config->id);
    const json_t *old = json_array_get(settings->servers, index);
    json_t *entry = old ? json_deep_copy(old) : json_object();
    server_config_encode(config, entry);
    if (json_equal(old, entry)) {
        json_decref(entry);
        return;
    }
    if (old)
        json_array_set_new(settings->servers, index, entry);
    else
        json_array_append_new(settings->servers, entry);
    settings->changes++;
}

void settings_remove_server(Settings *settings, const char *id)
{
    size_t index = find_server(settings, id);
    if (json_array_remove(settings->servers, index) == 0)
        settings->changes++;
}
