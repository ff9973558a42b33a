/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of a VM as words: see settings.h. Works on the JSON of VmConfig, so that every field of messages.def has its word. */
#include "client/cli/settings.h"
#include "client/cli/reading.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- reading */

READ_CALL(vm_get, VmRef, VmDetails)

int settings_read(Cli *cli, const VmTarget *target, VmDetails *ret)
{
    VmRef params = { .vm = target->vm->id };
    return read_vm_get(cli, target->server, &params, ret);
}

/* ---------------------------------------------------------------- words */

typedef struct Walk {
    void (*each)(void *context, const char *word, const json_t *value);
    void *context;
} Walk;

static void walk_fields(const Walk *walk, const char *prefix, json_t *fields)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(fields, name, value) {
        AUTO_FREE char *word = x_printf("%s.%s", prefix, name);
        if (json_is_object(value))
            walk_fields(walk, word, value);
        else if (!str_equal(name, "key"))
            walk->each(walk->context, word, value);
    }
}

void settings_walk(json_t *config, void (*each)(void *context, const char *word, const json_t *value), void *context)
{
    const Walk walk = { each, context };
    const char *group = NULL;
    json_t *fields = NULL;
    json_object_foreach(config, group, fields) {
        size_t index = 0;
        json_t *item = NULL;
        json_t *items = json_object_get(fields, "items");
        json_array_foreach(items, index, item) {
            AUTO_FREE char *prefix = x_printf("%s.%s", group, str_or_empty(json_string_value(json_object_get(item, "key"))));
            walk_fields(&walk, prefix, item);
        }
        if (!items)
            walk_fields(&walk, group, fields);
    }
}

/* The rest of the word behind prefix and a dot; NULL: it begins with something else. */
static const char *behind(const char *word, const char *prefix)
{
    size_t length = strlen(prefix);
    return length && strncmp(word, prefix, length) == 0 && word[length] == '.' && word[length + 1] ? word + length + 1 : NULL;
}

/* The object that has the setting, and the rest of its word. Keys of devices have dots themselves. */
static json_t *find_fields(json_t *config, const char *word, const char **ret_rest)
{
    const char *group = NULL;
    json_t *fields = NULL;
    json_object_foreach(config, group, fields) {
        const char *rest = behind(word, group);
        json_t *items = json_object_get(fields, "items");
        size_t index = 0;
        json_t *item = NULL;
        if (!rest)
            continue;
        *ret_rest = rest;
        json_array_foreach(items, index, item) {
            *ret_rest = behind(rest, str_or_empty(json_string_value(json_object_get(item, "key"))));
            if (*ret_rest)
                return item;
        }
        return items ? NULL : fields;
    }
    return NULL;
}

json_t *settings_value(json_t *config, const char *word)
{
    const char *rest = NULL;
    json_t *fields = find_fields(config, word, &rest);
    const char *dot = fields ? strchr(rest, '.') : NULL;
    if (!dot)
        return fields ? json_object_get(fields, rest) : NULL;
    AUTO_FREE char *outer = x_strndup(rest, (size_t)(dot - rest));
    return json_object_get(json_object_get(fields, outer), dot + 1);
}

/* ---------------------------------------------------------------- changing */

static bool is_default(const json_t *value)
{
    return json_is_false(value) || (json_is_integer(value) && json_integer_value(value) == 0) || (json_is_array(value) && !json_array_size(value));
}

/* Whether the contract takes the configuration, and tells the value again: it does not with words that an enumeration lacks. */
static bool is_possible(json_t *config, const char *word, const json_t *value)
{
    VmConfig decoded;
    if (VmConfig_decode(config, UNKNOWN_REJECT, &decoded, NULL) < 0)
        return false;
    json_t *again = VmConfig_encode(&decoded);
    const json_t *told = settings_value(again, word);
    bool same = told ? json_equal(told, value) : is_default(value);
    json_decref(again);
    VmConfig_clear(&decoded);
    return same;
}

static json_t *read_list(const char *text)
{
    json_t *list = json_array();
    while (*text) {
        size_t length = strcspn(text, ",");
        if (length)
            json_array_append_new(list, json_stringn(text, length));
        text += length + (text[length] == ',');
    }
    return list;
}

/* What the text may mean, in the order in which it is tried; NULL at the end. */
static json_t *meaning(const char *text, int number)
{
    int64_t size = size_parse(text, 1);
    switch (number) {
    case 0: return str_equal(text, "yes") || str_equal(text, "true") ? json_true() : str_equal(text, "no") || str_equal(text, "false") ? json_false() : json_null();
    case 1: return size >= 0 ? json_integer(size) : json_null();
    case 2: return json_string(text);
    case 3: return *text == '[' || *text == '{' ? json_loads(text, 0, NULL) : json_null();
    case 4: return read_list(text);
    default: return NULL;
    }
}

static bool try_value(json_t *config, json_t *fields, const char *rest, const char *word, json_t *value)
{
    const char *dot = strchr(rest, '.');
    AUTO_FREE char *outer = dot ? x_strndup(rest, (size_t)(dot - rest)) : NULL;
    if (outer && !json_object_get(fields, outer))
        json_object_set_new(fields, outer, json_object());
    json_t *object = outer ? json_object_get(fields, outer) : fields;
    const char *name = dot ? dot + 1 : rest;
    json_t *before = json_incref(json_object_get(object, name));
    json_object_set(object, name, value);
    bool possible = json_is_object(object) && is_possible(config, word, value);
    if (!possible && before)
        json_object_set(object, name, before);
    else if (!possible)
        json_object_del(object, name);
    if (outer && json_is_object(object) && !json_object_size(object))
        json_object_del(fields, outer);
    json_decref(before);
    return possible;
}

int settings_set(Cli *cli, json_t *config, const char *word, const char *text)
{
    const char *rest = NULL;
    json_t *fields = find_fields(config, word, &rest);
    json_t *value = NULL;
    bool possible = false;
    if (!fields || str_equal(rest, "key"))
        return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_NO_SETTING, word, NULL));
    for (int i = 0; !possible && (value = meaning(text, i)); i++) {
        possible = !json_is_null(value) && try_value(config, fields, rest, word, value);
        json_decref(value);
    }
    return possible ? EXIT_OK : cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NOT_A_SETTING, text, word, NULL));
}

json_t *settings_devices(json_t *config, SettingGroup group)
{
    const char *name = SettingGroup_name(group);
    if (!json_object_get(config, name))
        json_object_set_new(config, name, json_object());
    json_t *fields = json_object_get(config, name);
    if (!json_object_get(fields, "items"))
        json_object_set_new(fields, "items", json_array());
    return json_object_get(fields, "items");
}

/* ---------------------------------------------------------------- sending */

void settings_send(Action *action, const VmDetails *details, json_t *config)
{
    json_t *old = VmConfig_encode(details->config);
    json_t *changed = json_object();
    const char *group = NULL;
    json_t *fields = NULL;
    json_object_foreach(config, group, fields)
        if (!json_equal(fields, json_object_get(old, group)))
            json_object_set(changed, group, fields);
    VmConfig wanted;
    VmConfigureParams params = { .vm = details->vm, .revision = details->revision, .config = &wanted };
    if (!json_object_size(changed)) {
        action_unchanged(action);
    } else if (action_wanted(action) && VmConfig_decode(changed, UNKNOWN_IGNORE, &wanted, NULL) == 0) {
        action->describe = settings_told;
        ACTION_CALL(action, vm_configure, &params);
        VmConfig_clear(&wanted);
    }
    json_decref(changed);
    json_decref(old);
}

static TextId reason_text(ApplyReason reason)
{
    switch (reason) {
    case APPLY_REASON_FIXED: return TEXT_CLI_REASON_FIXED;
    case APPLY_REASON_BUS: return TEXT_CLI_REASON_BUS;
    case APPLY_REASON_GUEST: return TEXT_CLI_REASON_GUEST;
    case APPLY_REASON_MAXIMUM: return TEXT_CLI_REASON_MAXIMUM;
    case APPLY_REASON_NO_BALLOON: return TEXT_CLI_REASON_NO_BALLOON;
    default: return TEXT_CLI_REASON_HOST;
    }
}

json_t *settings_told(Cli *cli, const char *result)
{
    VmConfigured done;
    json_t *json = json_loads(str_or_empty(result), 0, NULL);
    json_t *changes = NULL;
    if (json && VmConfigured_decode(json, UNKNOWN_IGNORE, &done, NULL) == 0) {
        for (size_t i = 0; i < done.changes.count; i++) {
            const VmSetting *change = &done.changes.items[i];
            AUTO_FREE char *word = x_printf("%s%s%s.%s", SettingGroup_name(change->group), change->device ? "." : "", str_or_empty(change->device), str_or_empty(change->name));
            if (change->when == APPLY_NEXT_START)
                output_say(&cli->output, text_format(TEXT_CLI_NEXT_START, word, change->cause ? change->cause : text(reason_text(change->reason)), NULL));
        }
        VmConfigured_clear(&done);
        changes = json_pack("{s:O?}", "changes", json_object_get(json, "changes"));
    }
    json_decref(json);
    return changes;
}
