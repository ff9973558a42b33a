/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl upload: sends files, shows how far they are, goes on with what an earlier run left. */
#include "client/cli/cli.h"

#include "client/core/format.h"
#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>

enum { REPORT_MS = 500 };

static bool has_ended(const Upload *upload)
{
    UploadState state = upload_state(upload);
    return state == UPLOAD_DONE || state == UPLOAD_FAILED || state == UPLOAD_CANCELLED;
}

/* An upload of the same file that an earlier run could not finish. */
static Upload *find_unfinished(const Cli *cli, const char *datastore, const char *path)
{
    for (size_t i = 0; i < core_upload_count(cli->core); i++) {
        Upload *upload = core_upload_at(cli->core, i);
        if (upload_server(upload) == cli->server && str_equal(upload_datastore(upload), datastore) && str_equal(upload_path(upload), path) && !has_ended(upload))
            return upload;
    }
    return NULL;
}

static void report(const Cli *cli, const Upload *upload)
{
    if (cli->json) {
        cli_print_json(json_pack("{s:s, s:i, s:I, s:I, s:I}", "upload", upload_name(upload), "state", (int)upload_state(upload), "done",
                                 (json_int_t)upload_done(upload), "size", (json_int_t)upload_size(upload), "rate", (json_int_t)upload_rate(upload)));
        return;
    }
    AUTO_FREE char *done = format_size(upload_done(upload));
    AUTO_FREE char *size = format_size(upload_size(upload));
    AUTO_FREE char *rate = format_rate(upload_rate(upload));
    AUTO_FREE char *line = text_format(TEXT_CLI_UPLOAD_LINE, upload_name(upload), done, size, rate, NULL);
    fprintf(stderr, "%s\n", line);
}

static int finish(const Cli *cli, const Upload *upload)
{
    if (upload_state(upload) != UPLOAD_DONE) {
        AUTO(error_clear) Error cancelled = { 0 };
        error_set(&cancelled, ERR_CANCELLED, upload_name(upload), NULL);
        return cli_fail(cli, upload_error(upload) ? upload_error(upload) : &cancelled);
    }
    if (cli->json) {
        cli_print_json(json_pack("{s:s, s:s, s:I}", "uploaded", upload_name(upload), "sha256", upload_sha256(upload), "size", (json_int_t)upload_size(upload)));
        return EXIT_OK;
    }
    AUTO_FREE char *line = text_format(TEXT_CLI_UPLOAD_DONE, upload_name(upload), upload_sha256(upload), NULL);
    puts(line);
    return EXIT_OK;
}

static int send_file(const Cli *cli, const char *datastore, const char *path, bool replace)
{
    AUTO(error_clear) Error why = { 0 };
    Upload *upload = find_unfinished(cli, datastore, path);
    if (!upload)
        upload = upload_start(cli->server, datastore, path, port_base_name(path), replace, &why);
    if (!upload)
        return cli_fail(cli, &why);
    int64_t next = port_monotonic_ms() + REPORT_MS;
    while (!has_ended(upload)) {
        core_wait(cli->core, 100);
        if (port_monotonic_ms() < next)
            continue;
        report(cli, upload);
        next += REPORT_MS;
    }
    return finish(cli, upload);
}

int upload_run(Cli *cli)
{
    const DatastoreInfo *found = cli_datastore(cli, cli->words[1]);
    if (!found)
        return EXIT_REFUSED;
    AUTO_FREE char *datastore = x_strdup(found->id);
    bool replace = false;
    for (int i = 2; i < cli->word_count; i++)
        replace |= str_equal(cli->words[i], "--replace");
    int status = EXIT_OK;
    for (int i = 2; i < cli->word_count; i++)
        if (!str_equal(cli->words[i], "--replace") && send_file(cli, datastore, cli->words[i], replace) != EXIT_OK)
            status = EXIT_REFUSED;
    return status;
}
