/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl vm: settings, set, revert, and devices in and out. */
#include "client/cli/settings.h"

#include <stdlib.h>
#include <string.h>

/* ---- looking */

typedef struct Listing {
    Cli *cli;
    const VmDetails *details;
    json_t *active; /* NULL: it does not run */
} Listing;

static json_t *shown(const json_t *value)
{
    char *dump = json_is_array(value) ? json_dumps(value, JSON_COMPACT) : NULL;
    json_t *text = dump ? json_string(dump) : json_deep_copy(value);
    free(dump);
    return text;
}

static bool is_pending(const VmDetails *details, const char *word)
{
    for (size_t i = 0; i < details->pending.count; i++) {
        const VmSetting *row = &details->pending.items[i];
        AUTO_FREE char *name = x_printf("%s%s%s.%s", SettingGroup_name(row->group), row->device ? "." : "", str_or_empty(row->device), str_or_empty(row->name));
        if (str_equal(name, word))
            return true;
    }
    return false;
}

static void list_setting(void *context, const char *word, const json_t *value)
{
    Listing *listing = context;
    json_t *record = json_pack("{s:s, s:o}", "setting", word, "value", shown(value));
    const json_t *active = is_pending(listing->details, word) ? settings_value(listing->active, word) : NULL;
    if (active)
        json_object_set_new(record, "active", shown(active));
    output_record(&listing->cli->output, record);
}

int vm_settings_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "setting", TEXT_CLI_HEAD_SETTING, COLUMN_TEXT },
        { "value", TEXT_CLI_HEAD_VALUE, COLUMN_TEXT },
        { "active", TEXT_CLI_HEAD_NOW, COLUMN_TEXT },
    };
    VmTarget target;
    VmDetails details;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status == EXIT_OK)
        status = settings_read(cli, &target, &details);
    if (status != EXIT_OK)
        return status;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    json_t *config = VmConfig_encode(details.config);
    Listing listing = { cli, &details, details.active ? VmConfig_encode(details.active) : NULL };
    settings_walk(config, list_setting, &listing);
    json_decref(config);
    json_decref(listing.active);
    VmDetails_clear(&details);
    return EXIT_OK;
}

/* ---- changing */

/* One change of a VM's configuration, as JSON. */
typedef int (*Edit)(Cli *cli, const Args *args, const VmTarget *target, json_t *config);

static int change(Cli *cli, const Args *args, Edit edit)
{
    VmTarget target;
    VmDetails details;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    Action *action = NULL;
    status = settings_read(cli, &target, &details);
    if (status == EXIT_OK) /* the VM may have gone while its settings were read */
        status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    json_t *config = VmConfig_encode(details.config);
    status = edit(cli, args, &target, config);
    if (status == EXIT_OK) {
        action = action_add(cli, target.server, target.vm->id, target.vm->name);
        settings_send(action, &details, config);
    }
    json_decref(config);
    VmDetails_clear(&details);
    return status;
}

static int edit_settings(Cli *cli, const Args *args, const VmTarget *target, json_t *config)
{
    (void)target;
    for (size_t i = 0; i < args_count(args, "SETTING=VALUE"); i++) {
        const char *word = args_at(args, "SETTING=VALUE", i);
        const char *equals = strchr(word, '=');
        if (!equals || equals == word)
            return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NO_EQUALS, word, NULL));
        AUTO_FREE char *name = x_strndup(word, (size_t)(equals - word));
        int status = settings_set(cli, config, name, equals + 1);
        if (status != EXIT_OK)
            return status;
    }
    return EXIT_OK;
}

int vm_set_command(Cli *cli, const Args *args) { return change(cli, args, edit_settings); }

/* ---- devices */

static int edit_add_disk(Cli *cli, const Args *args, const VmTarget *target, json_t *config)
{
    const char *bus = args_text(args, "--bus");
    bool drive = args_has(args, "--cd");
    json_t *disk = json_pack("{s:s, s:s}", "device", drive ? "cdrom" : "disk", "bus", bus ? bus : drive ? "sata" : "virtio");
    const char *word = args_text(args, "DATASTORE/FILE");
    const char *create = args_text(args, "--new");
    int status = EXIT_OK;
    if (create) {
        VmNewVolume volume;
        status = find_new_volume(cli, target->server, create, &volume);
        if (status == EXIT_OK) {
            json_object_set_new(disk, "create", VmNewVolume_encode(&volume));
            VmNewVolume_clear(&volume);
        }
    } else if (word) {
        DatastoreTarget datastore;
        const char *file = NULL;
        status = find_volume(cli, target->server, word, false, &datastore, &file);
        if (status == EXIT_OK) {
            json_object_set_new(disk, "datastore", json_string(datastore.datastore->id));
            json_object_set_new(disk, "volume", json_string(file));
        }
    } else if (!drive) {
        status = cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_MISSING, "DATASTORE/FILE", NULL));
    }
    if (args_has(args, "--readonly"))
        json_object_set_new(disk, "readonly", json_true());
    if (status == EXIT_OK)
        json_array_append(settings_devices(config, GROUP_DISKS), disk);
    json_decref(disk);
    return status;
}

int vm_add_disk_command(Cli *cli, const Args *args) { return change(cli, args, edit_add_disk); }

static int edit_add_nic(Cli *cli, const Args *args, const VmTarget *target, json_t *config)
{
    const NetworkInfo *network = find_network_on(cli, target->server, args_text(args, "NETWORK"));
    if (!network)
        return EXIT_NOT_FOUND;
    json_t *nic = json_pack("{s:s}", "network", network->id);
    if (args_has(args, "--model"))
        json_object_set_new(nic, "model", json_string(args_text(args, "--model")));
    if (args_has(args, "--mac"))
        json_object_set_new(nic, "mac", json_string(args_text(args, "--mac")));
    json_array_append_new(settings_devices(config, GROUP_NICS), nic);
    return EXIT_OK;
}

int vm_add_nic_command(Cli *cli, const Args *args) { return change(cli, args, edit_add_nic); }

static int edit_add_device(Cli *cli, const Args *args, const VmTarget *target, json_t *config)
{
    (void)cli, (void)target;
    const char *device = args_text(args, "DEVICE");
    const char *kind = strncmp(device, "pci:", 4) == 0 ? "pci" : "usb";
    json_array_append_new(settings_devices(config, GROUP_HOST_DEVICES), json_pack("{s:s, s:s}", "kind", kind, "device", device));
    return EXIT_OK;
}

int vm_add_device_command(Cli *cli, const Args *args) { return change(cli, args, edit_add_device); }

static int remove_one(Cli *cli, json_t *config, const char *word)
{
    const char *dot = strchr(word, '.');
    AUTO_FREE char *group = dot ? x_strndup(word, (size_t)(dot - word)) : NULL;
    json_t *items = group ? json_object_get(json_object_get(config, group), "items") : NULL;
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(items, index, item) {
        if (!str_equal(json_string_value(json_object_get(item, "key")), dot + 1))
            continue;
        json_array_remove(items, index);
        return EXIT_OK;
    }
    return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_NO_DEVICE, word, NULL));
}

static int edit_remove_device(Cli *cli, const Args *args, const VmTarget *target, json_t *config)
{
    (void)target;
    int status = EXIT_OK;
    for (size_t i = 0; i < args_count(args, "DEVICE") && status == EXIT_OK; i++)
        status = remove_one(cli, config, args_at(args, "DEVICE", i));
    return status;
}

int vm_remove_device_command(Cli *cli, const Args *args) { return change(cli, args, edit_remove_device); }

/* ---- back to what runs */

int vm_revert_command(Cli *cli, const Args *args)
{
    VmTarget target;
    int status = find_vm(cli, args_text(args, "VM"), false, &target);
    if (status != EXIT_OK)
        return status;
    VmRevertParams params = { .vm = x_strdup(target.vm->id) };
    Action *action = action_add(cli, target.server, target.vm->id, target.vm->name);
    for (size_t i = 0; i < args_count(args, "GROUP"); i++)
        StrList_add(&params.groups, args_at(args, "GROUP", i));
    if (!target.vm->pending) {
        action_unchanged(action);
    } else if (action_wanted(action)) {
        action->describe = settings_told;
        ACTION_CALL(action, vm_revert, &params);
    }
    VmRevertParams_clear(&params);
    return EXIT_OK;
}
