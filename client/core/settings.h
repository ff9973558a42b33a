/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program remembers between runs: one UTF-8 JSON file per user, replaced as a whole (write, flush, rename). UI thread, but settings_write. Never a secret. */
#ifndef POOLCENTER_SETTINGS_H
#define POOLCENTER_SETTINGS_H

#include "client/core/server.h"

#include <jansson.h>

typedef struct Settings Settings;

/* Reads folder/settings.json; a missing file gives defaults; a broken one is kept as settings.broken.json and defaults are used, *ret_was_broken says so. */
Settings *settings_open(const char *folder, bool *ret_was_broken);
void settings_free(Settings *settings); /* without saving */
int settings_save(Settings *settings, Error *err); /* does nothing when nothing changed */

/* The same in three steps, of which the slow one is for a worker. */
typedef struct SettingsText {
    char *text;
    uint64_t change; /* the newest change in it */
} SettingsText;
bool settings_take_changes(const Settings *settings, SettingsText *ret); /* the file's new text; the caller frees it; false: nothing changed */
int settings_write(Settings *settings, const SettingsText *text, Error *err); /* any thread; one that is older than the file is not written; ERR_SETTINGS */
void settings_written(Settings *settings, const SettingsText *text); /* it worked */

/* Keys are dotted words: "window.width". */
int64_t settings_int(const Settings *settings, const char *key, int64_t fallback);
const char *settings_str(const Settings *settings, const char *key, const char *fallback);
void settings_set_int(Settings *settings, const char *key, int64_t value);
void settings_set_str(Settings *settings, const char *key, const char *value);

/* A server as a JSON object, in the settings and in lists of servers; encode leaves other members alone. Decoding never fails: host and id may be NULL. */
void server_config_encode(const ServerConfig *config, json_t *entry);
void server_config_decode(const json_t *entry, ServerConfig *ret);

size_t settings_server_count(const Settings *settings);
void settings_server_at(const Settings *settings, size_t index, ServerConfig *ret);
void settings_put_server(Settings *settings, const ServerConfig *config); /* by id */
void settings_remove_server(Settings *settings, const char *id);

#endif
