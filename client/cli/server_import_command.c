/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl server import-ssh: what the window's Import from OpenSSH does. */
#include "client/cli/session.h"

#include "client/core/ssh_import.h"

#include <stdlib.h>

static const char *const auth_words[] = { [AUTH_PASSWORD] = "password", [AUTH_KEY_FILE] = "key_file", [AUTH_SSH_AGENT] = "ssh_agent" };
static const char *const state_words[] = { [IMPORT_NEW] = "new", [IMPORT_KNOWN] = "known", [IMPORT_IMPOSSIBLE] = "proxy_command" };

static bool is_named(const Args *args, const char *name)
{
    size_t count = args_count(args, "HOST");
    for (size_t i = 0; i < count; i++)
        if (str_equal(args_at(args, "HOST", i), name))
            return true;
    return count == 0;
}

/* Every name must be there. 0, or an exit status. */
static int choose(Cli *cli, const Args *args, Import *import)
{
    for (size_t i = 0; i < import->count; i++)
        import->items[i].chosen &= is_named(args, import->items[i].name);
    for (size_t i = 0; i < args_count(args, "HOST"); i++) {
        bool there = false;
        for (size_t k = 0; k < import->count; k++)
            there |= import->items[k].state != IMPORT_IMPOSSIBLE && str_equal(import->items[k].name, args_at(args, "HOST", i));
        const char *folder = args_text(args, "--folder");
        if (!there)
            return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_NO_SSH_HOST, args_at(args, "HOST", i), folder ? folder : "~/.ssh", NULL));
    }
    return EXIT_OK;
}

static void print(Cli *cli, const Import *import)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "address", TEXT_CLI_HEAD_ADDRESS, COLUMN_TEXT },
        { "auth", TEXT_CLI_HEAD_LOGIN, COLUMN_TEXT },
        { "state", TEXT_CLI_HEAD_NOTE, COLUMN_TEXT },
        { "keys", TEXT_CLI_HEAD_KEYS, COLUMN_NUMBER },
    };
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; i < import->count; i++) {
        const ImportItem *item = &import->items[i];
        if (!is_named(cli->args, item->name))
            continue;
        AUTO_FREE char *address = session_address(&item->config);
        json_t *record = json_pack("{s:b, s:s, s:s, s:s, s:s, s:I, s:I}", "changed", item->chosen, "name", item->name, "address", address, "auth", auth_words[item->config.auth],
                                   "state", state_words[item->state], "keys", (json_int_t)item->keys_added, "conflicts", (json_int_t)item->keys_different);
        if (item->config.key_file)
            json_object_set_new(record, "key_file", json_string(item->config.key_file));
        if (item->config.jump)
            json_object_set_new(record, "jump", json_string(item->config.jump));
        output_record(&cli->output, record);
    }
}

int server_import_ssh_command(Cli *cli, const Args *args)
{
    AUTO(error_clear) Error why = { 0 };
    AUTO(ssh_import_clear) Import import = { 0 };
    const char *folder = args_text(args, "--folder");
    if (ssh_import_read(folder, &import, &why) < 0)
        return cli_fail(cli, &why);
    ssh_import_compare(&import, cli->core);
    int status = choose(cli, args, &import);
    if (status != EXIT_OK)
        return status;
    if (!cli_check_only(cli)) {
        if (!args_has(args, "--no-keys") && ssh_import_keys(&import, folder, core_known_hosts(cli->core), &why) < 0)
            return cli_fail(cli, &why);
        /* A guest of the window's settings saves nothing by itself. */
        if (ssh_import_add(&import, cli->core) && settings_save(core_settings(cli->core), &why) < 0)
            return cli_fail(cli, &why);
    }
    print(cli, &import);
    return EXIT_OK;
}
