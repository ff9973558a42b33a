/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl server: the list that the window keeps. */
#include "client/cli/session.h"

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
        json_t *record = json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", config->id, "name", server_name(server), "address", address, "auth", auth_words[config->auth],
                                   "connect_at_start", config->connect_at_start);
        if (config->key_file)
            json_object_set_new(record, "key_file", json_string(config->key_file));
        if (config->jump)
            json_object_set_new(record, "jump", json_string(config->jump));
        output_record(&cli->output, record);
    }
    return EXIT_OK;
}
