/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program remembers between runs: one UTF-8 JSON file per user, replaced as a whole (write, flush, rename). UI thread. Never a secret. */
#ifndef POOLCENTER_SETTINGS_H
#define POOLCENTER_SETTINGS_H

#include "client/core/server.h"

#include <jansson.h>

typedef struct Settings Settings;

/* Reads folder/settings.json; a missing file gives defaults; a broken one is kept as settings.broken.json and defaults are used, *ret_was_broken says so. */
Settings *settings_open(const char *folder, bool *ret_was_broken);
void settings_free(Settings *settings); /* without saving */
int settings_save(Settings *settings, Error *err); /* does nothing when nothing changed */

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
