/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poolctl: PoolCenter's core on the command line. Sorts the words of the call, connects, runs one command, ends. What it can do is in
 * commands.def. Used by people, scripts, tests and the bench.
 */
#include "client/cli/action.h"
#include "client/cli/help.h"
#include "client/cli/progress.h"
#include "client/cli/session.h"
#include "client/cli/terminal.h"
#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 100 };

/* ---- refusing */

void cli_note(Cli *cli, int status)
{
    if (cli->status == EXIT_OK || status == EXIT_INTERRUPTED)
        cli->status = status;
}

static int status_of(int code)
{
    switch (code) {
    case ERR_VM_NOT_FOUND:
    case ERR_DATASTORE_NOT_FOUND:
    case ERR_VOLUME_NOT_FOUND:
    case ERR_NETWORK_NOT_FOUND:
    case ERR_TASK_NOT_FOUND: return EXIT_NOT_FOUND;
    case ERR_NOT_CONNECTED:
    case ERR_CONNECTION_LOST:
    case ERR_CONNECT_FAILED:
    case ERR_PROTOCOL: return EXIT_NO_CONNECTION;
    case ERR_TIMEOUT: return EXIT_TIMEOUT;
    default: return EXIT_FAILED;
    }
}

static void print_error(const Cli *cli, int code, const char *sentence, const char *object, const char *cause)
{
    if (cli->silent)
        return;
    progress_clear();
    if (cli->output.format == OUTPUT_JSON) {
        json_t *json = json_pack("{s:{s:s, s:i, s:s, s:s, s:s}}", "error", "name", code ? str_or_empty(error_name(code)) : "USAGE", "code", code, "message", sentence,
                                 "object", str_or_empty(object), "cause", str_or_empty(cause));
        AUTO_FREE char *line = json ? json_dumps(json, JSON_COMPACT) : NULL;
        json_decref(json);
        fprintf(stderr, "%s\n", str_or_empty(line));
        return;
    }
    AUTO_FREE char *line = text_format(TEXT_CLI_ERROR, sentence, NULL);
    AUTO_FREE char *safe = text_printable(line);
    fprintf(stderr, "%s\n", safe);
}

int cli_fail(Cli *cli, const Error *error)
{
    AUTO_FREE char *sentence = text_error(error);
    print_error(cli, error->code, sentence, error->object, error->cause);
    cli_note(cli, status_of(error->code));
    return status_of(error->code);
}

int cli_refuse(Cli *cli, int status, int code, char *sentence)
{
    AUTO_FREE char *own = sentence;
    print_error(cli, code, own, NULL, NULL);
    cli_note(cli, status);
    return status;
}

bool cli_check_only(const Cli *cli) { return args_has(cli->args, "--check"); }

/* ---- waiting */

bool cli_wait(Cli *cli)
{
    core_wait(cli->core, WAIT_MS);
    if (terminal_interrupts()) {
        cli_note(cli, EXIT_INTERRUPTED);
        return false;
    }
    if (port_monotonic_ms() < cli->deadline)
        return true;
    if (cli->status != EXIT_TIMEOUT)
        cli_refuse(cli, EXIT_TIMEOUT, ERR_TIMEOUT, x_strdup(text(TEXT_CLI_TIMED_OUT)));
    cli->status = EXIT_TIMEOUT;
    return false;
}

/* ---- options */

/* The first line of a file, as a secret. */
static int read_secret(Cli *cli, const char *path)
{
    AUTO(error_clear) Error why = { 0 };
    char *bytes = NULL;
    size_t size = 0;
    if (port_read_whole(path, LIMIT_TEXT, &bytes, &size, &why) < 0)
        return cli_fail(cli, &why);
    bytes[strcspn(bytes, "\r\n")] = 0;
    x_free_secret(cli->password);
    cli->password = x_strdup(bytes);
    x_free_secret(bytes);
    return EXIT_OK;
}

static bool is_field(const Cli *cli, const char *name, size_t length)
{
    const char *const *fields = fields_of(cli->args->command->result);
    for (; fields && *fields; fields++)
        if (strlen(*fields) == length && memcmp(*fields, name, length) == 0)
            return true;
    return length == strlen("server") && memcmp(name, "server", length) == 0;
}

static int check_fields(Cli *cli)
{
    for (const char *name = cli->output.fields; name && *name;) {
        size_t length = strcspn(name, ",");
        if (!is_field(cli, name, length)) {
            AUTO_FREE char *wrong = x_strndup(name, length);
            AUTO_FREE char *names = help_field_list(cli->args->command);
            return cli_refuse(cli, EXIT_USAGE, 0, text_format(TEXT_CLI_NO_FIELD, wrong, names, NULL));
        }
        name += length + (name[length] == ',');
    }
    return EXIT_OK;
}

static void take_output_options(Cli *cli)
{
    const char *format = args_text(cli->args, "--output");
    Output *output = &cli->output;
    output->format = str_equal(format, "json") ? OUTPUT_JSON : str_equal(format, "csv") ? OUTPUT_CSV : OUTPUT_TABLE;
    output->no_header = args_has(cli->args, "--no-header");
    output->quiet = args_has(cli->args, "--quiet");
    output->fields = args_text(cli->args, "--fields");
    output->terminal = terminal_is_output();
    output->colour = terminal_shows_colour();
    cli->batch = args_has(cli->args, "--batch") || !terminal_interactive();
}

static int take_options(Cli *cli)
{
    const char *secret = args_text(cli->args, "--password-file");
    int64_t seconds = args_number(cli->args, "--timeout", 0);
    cli->deadline = seconds ? port_monotonic_ms() + seconds * 1000 : INT64_MAX;
    cli->password = x_strdup(getenv("POOLCTL_PASSWORD"));
    cli->passphrase = x_strdup(getenv("POOLCTL_PASSPHRASE"));
    int status = secret ? read_secret(cli, secret) : EXIT_OK;
    if (!cli->passphrase)
        cli->passphrase = x_strdup(cli->password);
    return status == EXIT_OK ? check_fields(cli) : status;
}

static void choose_language(const Args *args)
{
    AUTO_FREE char *users = port_user_language();
    const char *wanted = args_text(args, "--language");
    text_set_language(text_language_from_tag(wanted ? wanted : users));
}

/* ---- running */

static int run_command(Cli *cli)
{
    const Command *command = cli->args->command;
    int status = take_options(cli);
    if (status == EXIT_OK && command->needs != NEEDS_NOTHING)
        status = session_open(cli);
    if (status == EXIT_OK && command->needs >= NEEDS_CHOSEN)
        status = session_choose(cli);
    if (status == EXIT_OK && command->needs >= NEEDS_SERVER)
        status = session_connect(cli);
    cli->output.servers = cli->many;
    if (status == EXIT_OK)
        status = command->run(cli, cli->args);
    if (status == EXIT_OK)
        status = actions_finish(cli);
    cli_note(cli, status);
    output_end(&cli->output);
    if (!output_flush(&cli->output) && !cli->output.reader_gone)
        cli_refuse(cli, EXIT_FAILED, 0, x_strdup(text(TEXT_CLI_CANNOT_WRITE)));
    return cli->status;
}

static int run(Cli *cli, char **words, int count)
{
    Args args;
    AUTO_FREE char *problem = NULL;
    cli->args = &args;
    /* first in a way that never fails: a refusal, too, comes in the language and the format that were asked for */
    args_parse(&args, words, count, true, &problem);
    choose_language(&args);
    take_output_options(cli);
    args_clear(&args);
    free(TAKE_PTR(problem));
    int status = EXIT_OK;
    if (args_parse(&args, words, count, false, &problem) < 0) {
        status = cli_refuse(cli, EXIT_USAGE, 0, TAKE_PTR(problem));
    } else if (args_has(&args, "--version")) {
        puts("poolctl " POOLCENTER_VERSION);
    } else if (args_has(&args, "--help") || !args.command) {
        help_print(&args);
        status = args_has(&args, "--help") ? EXIT_OK : EXIT_USAGE;
    } else {
        status = run_command(cli);
    }
    actions_clear(cli);
    session_close(cli);
    output_clear(&cli->output);
    args_clear(&args);
    return status;
}

int main(int argc, char **argv)
{
    char **words = terminal_start(&argc, argv);
    Cli cli = { .deadline = INT64_MAX };
    int status = run(&cli, words, argc);
    x_free_secret(cli.password);
    x_free_secret(cli.passphrase);
    terminal_end();
    return status;
}
