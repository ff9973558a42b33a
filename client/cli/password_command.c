/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl password: what is remembered, and the master password that protects it. Passwords are never printed. */
#include "client/cli/session.h"
#include "client/cli/terminal.h"

#include <stdlib.h>
#include <string.h>

static int finish(Cli *cli, const char *name, bool changed)
{
    AUTO(error_clear) Error why = { 0 };
    if (changed && settings_save(core_settings(cli->core), &why) < 0)
        return cli_fail(cli, &why);
    output_begin(&cli->output, OUTPUT_LINES, NULL, 0);
    output_say(&cli->output, text_format(changed ? TEXT_CLI_DONE : TEXT_CLI_UNCHANGED, name, NULL));
    output_record(&cli->output, json_pack("{s:b}", "changed", changed));
    return EXIT_OK;
}

int password_forget_command(Cli *cli, const Args *args)
{
    bool several = false;
    const char *name = args_text(args, "SERVER");
    Server *server = session_find(cli, name, &several);
    if (!server || several)
        return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(several ? TEXT_CLI_SEVERAL_SERVERS : TEXT_CLI_NO_SERVER, name, NULL));
    bool changed = server_config(server)->remember;
    if (!cli_check_only(cli))
        keyring_forget(server);
    return finish(cli, server_name(server), changed);
}

/* ---- master password */

typedef struct MasterChange {
    bool over;
    Error error;
} MasterChange;

static void done(void *context, const Error *error)
{
    MasterChange *change = context;
    change->over = true;
    if (error)
        error_copy(&change->error, error);
}

static int set_master(Cli *cli, const char *old, const char *fresh)
{
    MasterChange change = { 0 };
    keyring_set_master(cli->core, old, fresh, done, &change, &change);
    while (!change.over && cli_wait(cli))
        ;
    core_forget(cli->core, &change);
    int status = !change.over ? cli->status : change.error.code ? cli_fail(cli, &change.error) : finish(cli, text(TEXT_CLI_MASTER_NAME), true);
    error_clear(&change.error);
    return status;
}

/* From the descriptor, else typed twice. NULL: there is none, or the two differ. */
static char *new_master(Cli *cli, const Args *args)
{
    if (args_has(args, "--new-password-fd"))
        return session_read_secret((int)args_number(args, "--new-password-fd", -1));
    char *first = cli->batch ? NULL : terminal_ask(text(TEXT_CLI_NEW_MASTER), false);
    char *second = first ? terminal_ask(text(TEXT_CLI_NEW_MASTER_AGAIN), false) : NULL;
    bool same = second && str_equal(first, second);
    x_free_secret(second);
    if (same)
        return first;
    x_free_secret(first);
    return NULL;
}

int password_master_command(Cli *cli, const Args *args)
{
    enum { LENGTH_LEAST = 8 };
    bool removes = args_has(args, "--remove"), has = keyring_has_master(cli->core);
    if (removes && !has)
        return finish(cli, text(TEXT_CLI_MASTER_NAME), false);
    char *old = has ? session_master(cli) : NULL;
    char *fresh = removes ? NULL : new_master(cli, args);
    int status = EXIT_OK;
    if (has && !old)
        status = cli_refuse(cli, EXIT_LOGIN, 0, x_strdup(text(TEXT_CLI_NO_SECRET)));
    else if (!removes && (!fresh || strlen(fresh) < LENGTH_LEAST))
        status = cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(fresh ? TEXT_MASTER_TOO_SHORT : TEXT_MASTER_DIFFERENT)));
    else if (cli_check_only(cli))
        status = finish(cli, text(TEXT_CLI_MASTER_NAME), false);
    else
        status = set_master(cli, old, fresh);
    x_free_secret(old);
    x_free_secret(fresh);
    return status;
}
