/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poolctl: PoolCenter's core on the command line. Reads the options, connects, runs one command, ends. Used by people, tests and
 * the bench; what it can do is in resources/strings/cli.def.
 */
#include "client/cli/cli.h"

#include "client/cli/terminal.h"
#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- output */

void cli_print_json(json_t *json)
{
    char *line = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    puts(line);
    free(line);
    fflush(stdout);
}

int cli_fail(const Cli *cli, const Error *error)
{
    AUTO_FREE char *sentence = text_error(error);
    if (cli->json)
        cli_print_json(json_pack("{s:{s:s, s:i, s:s, s:s, s:s}}", "error", "name", str_or_empty(error_name(error->code)), "code", error->code, "message",
                                 sentence, "object", str_or_empty(error->object), "cause", str_or_empty(error->cause)));
    AUTO_FREE char *line = text_format(TEXT_CLI_ERROR, sentence, NULL);
    fprintf(stderr, "%s\n", line);
    return EXIT_REFUSED;
}

int cli_bad_argument(const char *word)
{
    AUTO_FREE char *line = text_format(TEXT_CLI_BAD_ARGUMENT, word, NULL);
    fprintf(stderr, "%s\n", line);
    return EXIT_USAGE;
}

/* ---- options */

/* The first line of a file, as a secret. */
static int read_secret(const char *path, char **ret, Error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    int code = port_read_whole(path, LIMIT_TEXT, &bytes, &size, err);
    if (code < 0)
        return code;
    bytes[strcspn(bytes, "\r\n")] = 0;
    x_free_secret(*ret);
    *ret = bytes;
    return 0;
}

/* USER@HOST[:PORT], [V6ADDRESS]:PORT too. */
static bool parse_address(const char *word, ServerConfig *config)
{
    const char *at = strrchr(word, '@');
    if (!at || at == word || !at[1])
        return false;
    const char *host = at + 1;
    const char *end = *host == '[' ? strchr(host, ']') : strrchr(host, ':');
    const char *port = *host == '[' && end ? (end[1] == ':' ? end + 2 : NULL) : end ? end + 1 : NULL;
    config->user = x_strndup(word, (size_t)(at - word));
    config->host = *host == '[' && end ? x_strndup(host + 1, (size_t)(end - host - 1)) : x_strndup(host, end ? (size_t)(end - host) : strlen(host));
    config->port = port ? atoi(port) : 22;
    return *config->host && config->port > 0 && config->port < 65536;
}

/* One option at words[*i]; 0, or an exit status. */
static int take_option(Cli *cli, char **words, int count, int *i)
{
    const char *word = words[*i];
    static const char *const with_value[] = { "-i", "-J", "--password-file", "--agent-socket", "--config", "--language" };
    bool wants_value = false;
    for (size_t k = 0; k < ARRAY_SIZE(with_value); k++)
        wants_value |= str_equal(word, with_value[k]);
    if (wants_value && *i + 1 >= count)
        return cli_bad_argument(word);
    const char *value = wants_value ? words[++*i] : NULL;
    if (str_equal(word, "-i")) {
        cli->config.auth = AUTH_KEY_FILE;
        cli->config.key_file = x_strdup(value);
    } else if (str_equal(word, "-J")) {
        cli->config.jump = x_strdup(value);
    } else if (str_equal(word, "--ssh-agent")) {
        cli->config.auth = AUTH_SSH_AGENT;
    } else if (str_equal(word, "--accept-new-host-key")) {
        cli->accept_new_key = true;
    } else if (str_equal(word, "--agent-socket")) {
        cli->config.agent_socket = x_strdup(value);
    } else if (str_equal(word, "--config")) {
        cli->folder = value;
    } else if (str_equal(word, "--json")) {
        cli->json = true;
    } else if (str_equal(word, "--language")) {
        text_set_language(text_language_from_tag(value));
    } else if (str_equal(word, "--password-file")) {
        AUTO(error_clear) Error why = { 0 };
        return read_secret(value, &cli->password, &why) < 0 ? cli_fail(cli, &why) : 0;
    } else {
        return cli_bad_argument(word);
    }
    return 0;
}

/* 0, an exit status, or -1: nothing more to do. */
static int parse(Cli *cli, char **words, int count)
{
    int i = 1;
    for (; i < count && words[i][0] == '-'; i++) {
        if (str_equal(words[i], "--help") || str_equal(words[i], "--version")) {
            puts(words[i][2] == 'h' ? text(TEXT_CLI_USAGE) : "poolctl " POOLCENTER_VERSION);
            return -1;
        }
        int status = take_option(cli, words, count, &i);
        if (status)
            return status;
    }
    if (i + 1 >= count || !parse_address(words[i], &cli->config))
        return cli_bad_argument(i < count ? words[i] : "");
    cli->words = words + i + 1;
    cli->word_count = count - i - 1;
    return 0;
}

/* ---- connecting */

static void answer(Server *server, char *secret)
{
    const char *answers[] = { secret };
    if (!secret)
        fprintf(stderr, "%s\n", text(TEXT_CLI_NO_SECRET));
    if (secret)
        prompt_accept(server, answers, 1);
    else
        prompt_reject(server);
    x_free_secret(secret);
}

static void answer_host_key(const Cli *cli, Server *server, const Prompt *prompt)
{
    bool accepted = cli->accept_new_key;
    if (!accepted && terminal_interactive()) {
        AUTO_FREE char *question = text_format(TEXT_CLI_ACCEPT_KEY, prompt->key_type, prompt->fingerprint, NULL);
        AUTO_FREE char *typed = terminal_ask(question, true);
        accepted = typed && str_equal(typed, text(TEXT_CLI_YES));
    }
    if (accepted)
        prompt_accept(server, NULL, 0);
    else
        prompt_reject(server);
}

static void answer_questions(Server *server, const Prompt *prompt)
{
    char *answers[PROMPT_QUESTIONS_MAX] = { NULL };
    bool all = terminal_interactive();
    for (size_t i = 0; all && i < prompt->question_count; i++) {
        answers[i] = terminal_ask(prompt->questions[i].text, prompt->questions[i].echo);
        all = answers[i] != NULL;
    }
    if (all)
        prompt_accept(server, (const char *const *)answers, prompt->question_count);
    else
        prompt_reject(server);
    for (size_t i = 0; i < prompt->question_count; i++)
        x_free_secret(answers[i]);
}

static void on_prompt(void *context, Server *server, const Prompt *prompt)
{
    Cli *cli = context;
    AUTO_FREE char *question = NULL;
    switch (prompt->kind) {
    case PROMPT_HOST_KEY:
        answer_host_key(cli, server, prompt);
        break;
    case PROMPT_QUESTIONS:
        answer_questions(server, prompt);
        break;
    case PROMPT_PASSPHRASE:
        question = text_format(TEXT_CLI_PASSPHRASE, str_or_empty(prompt->file), NULL);
        answer(server, terminal_interactive() ? terminal_ask(question, false) : NULL);
        break;
    case PROMPT_MASTER:
        answer(server, terminal_interactive() ? terminal_ask(text(TEXT_CLI_MASTER), false) : NULL);
        break;
    case PROMPT_PASSWORD:
        answer(server, terminal_interactive() ? terminal_ask(text(TEXT_CLI_PASSWORD), false) : NULL);
        break;
    }
}

static int connect_server(Cli *cli)
{
    static const CoreListener listener = { .prompt = on_prompt };
    core_set_listener(cli->core, &listener, cli);
    cli->server = core_add_server(cli->core, &cli->config);
    core_change_server(cli->core, cli->server, &cli->config);
    server_connect(cli->server, cli->password, cli->passphrase);
    while (server_state(cli->server) != SERVER_ONLINE && server_state(cli->server) != SERVER_OFFLINE)
        core_wait(cli->core, 1000);
    if (server_online(cli->server))
        return EXIT_OK;
    cli_fail(cli, server_error(cli->server));
    return EXIT_NO_CONNECTION;
}

static int run(Cli *cli)
{
    AUTO(error_clear) Error why = { 0 };
    AUTO_FREE char *base = port_config_folder();
    AUTO_FREE char *folder = cli->folder ? x_strdup(cli->folder) : port_join(base, "poolctl");
    cli->core = core_create(folder, NULL, NULL, &why);
    if (!cli->core)
        return cli_fail(cli, &why);
    int status = connect_server(cli);
    if (status == EXIT_OK)
        status = command_run(cli);
    core_free(cli->core);
    return status;
}

int main(int argc, char **argv)
{
    char **words = terminal_arguments(&argc, argv);
    AUTO_FREE char *language = port_user_language();
    text_set_language(text_language_from_tag(language));
    Cli cli = { .password = x_strdup(getenv("POOLCTL_PASSWORD")), .passphrase = x_strdup(getenv("POOLCTL_PASSPHRASE")) };
    int status = parse(&cli, words, argc);
    if (!cli.passphrase)
        cli.passphrase = x_strdup(cli.password);
    if (status == 0)
        status = run(&cli);
    x_free_secret(cli.password);
    x_free_secret(cli.passphrase);
    server_config_clear(&cli.config);
    return status < 0 ? EXIT_OK : status;
}
