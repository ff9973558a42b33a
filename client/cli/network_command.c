/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl network: list. */
#include "client/cli/cli.h"

int network_list_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "name", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },
        { "active", TEXT_CLI_HEAD_ACTIVE, COLUMN_YES },
        { "mode", TEXT_CLI_HEAD_MODE, COLUMN_TEXT },
        { "bridge", TEXT_CLI_HEAD_BRIDGE, COLUMN_TEXT },
        { "subnet", TEXT_CLI_HEAD_SUBNET, COLUMN_TEXT },
        { "id", TEXT_CLI_HEAD_ID, COLUMN_TEXT },
    };
    (void)args;
    output_begin(&cli->output, OUTPUT_LIST, columns, ARRAY_SIZE(columns));
    for (size_t s = 0; s < cli->server_count; s++) {
        const Model *model = server_model(cli->servers[s]);
        for (size_t i = 0; i < model_network_count(model); i++) {
            json_t *record = NetworkInfo_encode(model_network_at(model, i));
            json_object_set_new(record, "server", json_string(server_name(cli->servers[s])));
            output_record(&cli->output, record);
        }
    }
    output_sort(&cli->output);
    return EXIT_OK;
}
