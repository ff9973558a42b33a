/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl server: the list that the window keeps. */
#include "client/cli/session.h"

#include "client/core/server_list.h"

#include <stdlib.h>

static const char *const auth_words[] = { [AUTH_PASSWORD] = "password", [AUTH_KEY_FILE] = "key_file", [AUTH_SSH_AGENT] = "ssh_agent" };

int server_list_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "address", TEXT_CLI_HEAD_ADDRESS, COLUMN_TEXT },
        { "auth", TEXT_CLI_HEAD_LOGIN, COLUMN_TEXT },
        { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
    };
    (void)args;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t i = 0; i < core_server_count(cli->core); i++) {
        const Server *server = core_server_at(cli->core, i);
        const ServerConfig *config = server_config(server);
        AUTO_FREE char *address = session_address(config);
        json_t *record = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "id", config->id, "name", server_name(server), "address", address, "auth", auth_words[config->auth],
                                   "connect_at_start", config->connect_at_start, "remember", config->remember);
        if (config->key_file)
            json_object_set_new(record, "key_file", json_string(config->key_file));
        if (config->jump)
            json_object_set_new(record, "jump", json_string(config->jump));
        output_record(&cli->output, record);
    }
    return EXIT_OK;
}

/* ---- changing the list: written at once, since a guest of the window's settings saves nothing by itself */

static int finish(Cli *cli, const Server *server, bool changed)
{
    static const Column columns[] = { { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT }, { "changed", TEXT_CLI_HEAD_CHANGED, COLUMN_YES } };
    AUTO(error_clear) Error why = { 0 };
    if (changed && !cli_check_only(cli) && settings_save(core_settings(cli->core), &why) < 0)
        return cli_fail(cli, &why);
    AUTO_FREE char *address = session_address(server_config(server));
    output_begin(&cli->output, OUTPUT_LINES, columns, ARRAY_SIZE(columns));
    output_say(&cli->output, text_format(!changed ? TEXT_CLI_UNCHANGED : cli_check_only(cli) ? TEXT_CLI_WOULD_CHANGE : TEXT_CLI_DONE, server_name(server), NULL));
    json_t *record = json_pack("{s:b, s:s, s:s, s:s}", "changed", changed, "id", server_config(server)->id, "name", server_name(server), "address", address);
    if (cli_check_only(cli))
        json_object_set_new(record, "check", json_true());
    output_record(&cli->output, record);
    return EXIT_OK;
}

static bool same(const char *a, const char *b) { return str_equal(str_or_empty(a), str_or_empty(b)); }

/* The login options say how; for one that is in the list already they change that. */
int server_add_command(Cli *cli, const Args *args)
{
    const char *word = args_text(args, "USER@HOST[:PORT]");
    ServerConfig wanted = { 0 };
    if (!session_parse_address(word, &wanted)) {
        server_config_clear(&wanted);
        return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NOT_AN_ADDRESS, word, NULL));
    }
    size_t before = core_server_count(cli->core);
    Server *server = core_add_server(cli->core, &wanted);
    server_config_clear(&wanted);
    ServerConfig old;
    server_config_copy(&old, server_config(server));
    session_apply_login(cli, server);
    const ServerConfig *now = server_config(server);
    bool changed = core_server_count(cli->core) > before || old.auth != now->auth || !same(old.key_file, now->key_file) || !same(old.jump, now->jump) ||
                   !same(old.agent_socket, now->agent_socket);
    server_config_clear(&old);
    return finish(cli, server, changed);
}

int server_remove_command(Cli *cli, const Args *args)
{
    bool several = false;
    const char *name = args_text(args, "SERVER");
    Server *server = session_find(cli, name, &several);
    if (several)
        return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_SEVERAL_SERVERS, name, NULL));
    if (server) {
        if (!cli_check_only(cli))
            core_remove_server(cli->core, server);
        return finish(cli, server, true); /* it is freed by the next core_wait only */
    }
    if (!args_has(args, "--if-exists"))
        return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_NO_SERVER, name, NULL));
    output_begin(&cli->output, OUTPUT_LINES, NULL, 0);
    output_record(&cli->output, json_pack("{s:b, s:s}", "changed", 0, "name", name));
    output_say(&cli->output, text_format(TEXT_CLI_UNCHANGED, name, NULL));
    return EXIT_OK;
}

/* ---- lists of servers */

static int say_list(Cli *cli, const char *path, size_t servers, size_t conflicts)
{
    output_begin(&cli->output, OUTPUT_LINES, NULL, 0);
    output_say(&cli->output, text_plural(PLURAL_CLI_SERVERS_DONE, (int64_t)servers, path, NULL));
    if (conflicts)
        output_say(&cli->output, text_plural(PLURAL_SERVERS_KEY_CONFLICTS, (int64_t)conflicts, NULL));
    output_record(&cli->output, json_pack("{s:b, s:I, s:I, s:s}", "changed", servers > 0, "servers", (json_int_t)servers, "conflicts", (json_int_t)conflicts, "file", path));
    return EXIT_OK;
}

int server_export_command(Cli *cli, const Args *args)
{
    AUTO(server_list_clear) ServerList list = { 0 };
    AUTO(error_clear) Error why = { 0 };
    const char *path = args_text(args, "FILE");
    server_list_collect(cli->core, &list);
    if (!cli_check_only(cli) && server_list_write(path, &list, args_has(args, "--host-keys"), &why) < 0)
        return cli_fail(cli, &why);
    return say_list(cli, path, list.count, 0);
}

int server_import_command(Cli *cli, const Args *args)
{
    AUTO(server_list_clear) ServerList list = { 0 };
    AUTO(error_clear) Error why = { 0 };
    const char *path = args_text(args, "FILE");
    size_t added = 0, conflicts = 0;
    if (server_list_read(path, &list, &why) < 0)
        return cli_fail(cli, &why);
    server_list_compare(cli->core, &list);
    if (cli_check_only(cli)) {
        for (size_t i = 0; i < list.count; i++)
            added += list.items[i].chosen;
        return say_list(cli, path, added, 0);
    }
    if (args_has(args, "--host-keys") && server_list_take_keys(&list, core_known_hosts(cli->core), &conflicts, &why) < 0)
        return cli_fail(cli, &why);
    added = server_list_add(cli->core, &list);
    if (added && settings_save(core_settings(cli->core), &why) < 0)
        return cli_fail(cli, &why);
    return say_list(cli, path, added, conflicts);
}
