/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses servers and logs in: see session.h. */
#include "client/cli/session.h"

#include "client/cli/terminal.h"
#include "client/core/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- addresses */

bool session_parse_address(const char *word, ServerConfig *config)
{
    const char *at = strrchr(word, '@');
    if (!at || at == word || !at[1])
        return false;
    const char *host = at + 1;
    if (*host == '[' && !strchr(host, ']'))
        return false;
    const char *end = *host == '[' ? strchr(host, ']') : strrchr(host, ':');
    const char *port = *host == '[' && end ? (end[1] == ':' ? end + 2 : NULL) : end ? end + 1 : NULL;
    config->user = x_strndup(word, (size_t)(at - word));
    config->host = *host == '[' && end ? x_strndup(host + 1, (size_t)(end - host - 1)) : x_strndup(host, end ? (size_t)(end - host) : strlen(host));
    config->port = port ? atoi(port) : 22;
    return *config->host && config->port > 0 && config->port < 65536;
}

char *session_address(const ServerConfig *config)
{
    bool v6 = strchr(str_or_empty(config->host), ':') != NULL;
    return x_printf("%s@%s%s%s:%d", str_or_empty(config->user), v6 ? "[" : "", str_or_empty(config->host), v6 ? "]" : "", config->port ? config->port : 22);
}

/* ---- questions of a connecting server */

/* The first line that comes from a file descriptor. NULL: none. */
char *session_read_secret(int fd)
{
    char line[1024] = "";
    size_t used = 0;
    while (used < sizeof line - 1) {
        long count = (long)read(fd, line + used, 1); /* byte by byte: what follows is for others */
        if (count <= 0 || line[used] == '\n')
            break;
        used++;
    }
    line[used] = 0;
    line[strcspn(line, "\r\n")] = 0;
    char *secret = *line ? x_strdup(line) : NULL;
    x_wipe(line, sizeof line);
    return secret;
}

char *session_master(Cli *cli)
{
    if (args_has(cli->args, "--master-password-fd"))
        return cli->master_read++ ? NULL : session_read_secret((int)args_number(cli->args, "--master-password-fd", -1));
    return cli->batch ? NULL : terminal_ask(text(TEXT_CLI_MASTER), false);
}

static void answer(Cli *cli, Server *server, char *secret)
{
    const char *answers[] = { secret };
    if (secret) {
        prompt_accept_and(server, answers, 1, args_has(cli->args, "--remember") ? PROMPT_REMEMBER : PROMPT_REMEMBER_UNSAID);
    } else {
        if (cli->batch && !cli->silent)
            fprintf(stderr, "%s\n", text(TEXT_CLI_NO_SECRET));
        prompt_reject(server);
    }
    x_free_secret(secret);
}

static void answer_host_key(const Cli *cli, Server *server, const Prompt *prompt)
{
    bool accepted = args_has(cli->args, "--accept-new-host-key");
    if (!accepted && !cli->batch) {
        AUTO_FREE char *question = text_format(TEXT_CLI_ACCEPT_KEY, prompt->host, prompt->key_type, prompt->fingerprint, NULL);
        AUTO_FREE char *safe = text_printable(question); /* the host wrote the key's type */
        AUTO_FREE char *typed = terminal_ask(safe, true);
        accepted = typed && str_equal(typed, text(TEXT_CLI_YES));
    }
    if (accepted)
        prompt_accept(server, NULL, 0);
    else
        prompt_reject(server);
}

static void answer_questions(const Cli *cli, Server *server, const Prompt *prompt)
{
    char *answers[PROMPT_QUESTIONS_MAX] = { NULL };
    bool all = !cli->batch;
    for (size_t i = 0; all && i < prompt->question_count; i++) {
        AUTO_FREE char *question = text_printable(prompt->questions[i].text);
        answers[i] = terminal_ask(question, prompt->questions[i].echo);
        all = answers[i] != NULL;
    }
    if (all)
        prompt_accept(server, (const char *const *)answers, prompt->question_count);
    else
        prompt_reject(server);
    for (size_t i = 0; i < prompt->question_count; i++)
        x_free_secret(answers[i]);
}

/* The one in the environment is tried once. */
static void answer_sudo(Cli *cli, Server *server, const Prompt *prompt, const char *address)
{
    const char *given = prompt->again ? NULL : getenv("POOLCTL_SUDO_PASSWORD");
    AUTO_FREE char *question = text_format(TEXT_CLI_SUDO, address, NULL);
    answer(cli, server, given ? x_strdup(given) : cli->batch ? NULL : terminal_ask(question, false));
}

/* A jump host's password may be in the environment, too; it is tried once. */
static void answer_password(Cli *cli, Server *server, const Prompt *prompt, const char *question)
{
    const char *given = prompt->jump && !prompt->again ? getenv("POOLCTL_JUMP_PASSWORD") : NULL;
    answer(cli, server, given ? x_strdup(given) : cli->batch ? NULL : terminal_ask(question, false));
}

static void on_prompt(void *context, Server *server, const Prompt *prompt)
{
    Cli *cli = context;
    AUTO_FREE char *question = NULL;
    ServerConfig whom = { .user = prompt->user, .host = prompt->host, .port = prompt->port };
    AUTO_FREE char *address = session_address(&whom);
    switch (prompt->kind) {
    case PROMPT_HOST_KEY:
        answer_host_key(cli, server, prompt);
        break;
    case PROMPT_QUESTIONS:
        answer_questions(cli, server, prompt);
        break;
    case PROMPT_PASSPHRASE:
        question = text_format(TEXT_CLI_PASSPHRASE, str_or_empty(prompt->file), NULL);
        answer(cli, server, cli->batch ? NULL : terminal_ask(question, false));
        break;
    case PROMPT_MASTER:
        if (prompt->again)
            fprintf(stderr, "%s\n", text(TEXT_MASTER_WRONG));
        answer(cli, server, session_master(cli));
        break;
    case PROMPT_SUDO:
        answer_sudo(cli, server, prompt, address);
        break;
    case PROMPT_PASSWORD:
        question = text_format(TEXT_CLI_PASSWORD, address, NULL);
        answer_password(cli, server, prompt, question);
        break;
    }
}

static void on_secret_problem(void *context, Server *server, const Error *error)
{
    (void)server;
    cli_fail(context, error);
}

/* ---- choosing */

static bool matches_glob(const char *pattern, const char *name)
{
    if (*pattern == '*')
        return matches_glob(pattern + 1, name) || (*name && matches_glob(pattern, name + 1));
    if (!*pattern || !*name)
        return !*pattern && !*name;
    return (*pattern == '?' || *pattern == *name) && matches_glob(pattern + 1, name + 1);
}

static bool is_called(const Server *server, const char *name, bool pattern)
{
    const ServerConfig *config = server_config(server);
    AUTO_FREE char *address = session_address(config);
    AUTO_FREE char *short_address = x_printf("%s@%s", str_or_empty(config->user), str_or_empty(config->host));
    const char *const names[] = { server_name(server), config->id, str_or_empty(config->host), address, short_address };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (pattern ? matches_glob(name, names[i]) : str_equal(name, names[i]))
            return true;
    return false;
}

Server *session_find(Cli *cli, const char *name, bool *ret_several)
{
    Server *found = NULL;
    *ret_several = false;
    for (size_t i = 0; i < core_server_count(cli->core); i++) {
        Server *server = core_server_at(cli->core, i);
        if (!is_called(server, name, false))
            continue;
        *ret_several |= found != NULL;
        found = server;
    }
    return found;
}

static void add_chosen(Cli *cli, Server *server)
{
    for (size_t i = 0; i < cli->server_count; i++)
        if (cli->servers[i] == server)
            return;
    cli->servers = x_realloc(cli->servers, cli->server_count + 1, sizeof(Server *));
    cli->servers[cli->server_count++] = server;
}

/* The options override what is saved for the server, for this call. */
void session_apply_login(Cli *cli, Server *server)
{
    ServerConfig config;
    server_config_copy(&config, server_config(server));
    const char *key = args_text(cli->args, "--identity");
    const char *jump = args_text(cli->args, "--jump");
    const char *socket = args_text(cli->args, "--agent-socket");
    if (key) {
        free(config.key_file);
        config.auth = AUTH_KEY_FILE;
        config.key_file = x_strdup(key);
    } else if (args_has(cli->args, "--ssh-agent")) {
        config.auth = AUTH_SSH_AGENT;
    }
    if (jump) {
        free(config.jump);
        config.jump = x_strdup(jump);
    }
    if (socket) {
        free(config.agent_socket);
        config.agent_socket = x_strdup(socket);
    }
    config.agent_run |= args_has(cli->args, "--run-agent");
    core_change_server(cli->core, server, &config);
    server_config_clear(&config);
}

static int refuse_ambiguous(Cli *cli, const char *name, size_t first)
{
    AUTO_FREE char *list = x_strdup("");
    for (size_t i = first; i < cli->server_count; i++) {
        AUTO_FREE char *address = session_address(server_config(cli->servers[i]));
        char *longer = x_printf("%s%s%s (%s)", list, *list ? ", " : "", address, server_config(cli->servers[i])->id);
        free(list);
        list = longer;
    }
    return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_AMBIGUOUS, name, list, NULL));
}

static int choose_address(Cli *cli, const char *name)
{
    ServerConfig config = { 0 };
    bool valid = session_parse_address(name, &config);
    if (valid)
        add_chosen(cli, core_add_server(cli->core, &config));
    server_config_clear(&config);
    return valid ? EXIT_OK : cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_NO_SERVER, name, NULL));
}

static int choose(Cli *cli, const char *name)
{
    bool all = str_equal(name, "@all");
    bool pattern = strpbrk(name, "*?") != NULL;
    size_t first = cli->server_count;
    for (size_t i = 0; i < core_server_count(cli->core); i++)
        if (all || is_called(core_server_at(cli->core, i), name, pattern))
            add_chosen(cli, core_server_at(cli->core, i));
    cli->many |= all || pattern;
    size_t found = cli->server_count - first;
    if (found == 0 && !all && !pattern)
        return choose_address(cli, name);
    if (found == 0)
        return cli_refuse(cli, EXIT_NOT_FOUND, 0, text_format(TEXT_CLI_NO_SERVER, name, NULL));
    return found > 1 && !all && !pattern ? refuse_ambiguous(cli, name, first) : EXIT_OK;
}

int session_choose(Cli *cli)
{
    static const CoreListener listener = { .prompt = on_prompt, .secret_problem = on_secret_problem };
    const char *variable = getenv("POOLCTL_SERVER");
    size_t count = args_count(cli->args, "--server");
    int status = EXIT_OK;
    for (size_t i = 0; i < count && status == EXIT_OK; i++)
        status = choose(cli, args_at(cli->args, "--server", i));
    if (count == 0 && !str_empty(variable))
        status = choose(cli, variable);
    else if (count == 0 && core_server_count(cli->core) == 1)
        add_chosen(cli, core_server_at(cli->core, 0));
    else if (count == 0)
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(core_server_count(cli->core) ? TEXT_CLI_WHICH_SERVER : TEXT_CLI_NO_SERVERS)));
    const char *second = args_text(cli->args, "--from"); /* the other one of a copy from host to host */
    if (status == EXIT_OK && second)
        status = choose(cli, second);
    cli->many |= cli->server_count > 1;
    if (status == EXIT_OK && cli->many && cli->args->command->needs != NEEDS_SERVERS)
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(TEXT_CLI_ONE_SERVER)));
    for (size_t i = 0; status == EXIT_OK && i < cli->server_count; i++)
        session_apply_login(cli, cli->servers[i]);
    core_set_listener(cli->core, &listener, cli);
    return status;
}

/* ---- connecting */

static bool settled(const Server *server) { return server_online(server) || server_state(server) == SERVER_OFFLINE; }

static bool all_settled(const Cli *cli)
{
    for (size_t i = 0; i < cli->server_count; i++)
        if (!settled(cli->servers[i]))
            return false;
    return true;
}

int session_status(int code)
{
    switch (code) {
    case ERR_AUTH_FAILED:
    case ERR_KEY_FILE:
    case ERR_SSH_AGENT:
    case ERR_AGENT_DENIED: return EXIT_LOGIN;
    case ERR_TIMEOUT: return EXIT_TIMEOUT;
    default: return EXIT_NO_CONNECTION;
    }
}

/* Tells of those that failed and keeps the others. */
static void keep_online(Cli *cli)
{
    size_t kept = 0;
    for (size_t i = 0; i < cli->server_count; i++) {
        Server *server = cli->servers[i];
        if (server_online(server)) {
            cli->servers[kept++] = server;
            continue;
        }
        const Error *error = server_error(server);
        if (error) {
            cli_note(cli, session_status(error->code));
            cli_fail(cli, error);
        }
    }
    cli->server_count = kept;
}

/* A guest of the window's settings saves nothing by itself: who is remembered is written here, and nothing that the options of this call changed. */
static void save_remembered(Cli *cli)
{
    AUTO(error_clear) Error why = { 0 };
    Settings *settings = settings_open(core_folder(cli->core), NULL);
    for (size_t i = 0; i < cli->server_count; i++)
        if (server_config(cli->servers[i])->remember)
            settings_put_server(settings, server_config(cli->servers[i]));
    if (settings_save(settings, &why) < 0)
        cli_fail(cli, &why);
    settings_free(settings);
}

int session_connect(Cli *cli)
{
    bool remember = args_has(cli->args, "--remember");
    if (remember && keyring_state(cli->core) == KEYRING_NOWHERE)
        return cli_refuse(cli, EXIT_USAGE, 0, x_strdup(text(TEXT_CLI_NOWHERE_TO_REMEMBER)));
    for (size_t i = 0; i < cli->server_count; i++) {
        server_connect(cli->servers[i], cli->password, cli->passphrase);
        if (remember && cli->password && server_config(cli->servers[i])->auth == AUTH_PASSWORD)
            keyring_put_after_login(cli->servers[i], SECRET_PASSWORD, cli->password);
    }
    while (!all_settled(cli) || keyring_busy(cli->core))
        if (!cli_wait(cli))
            return cli->status;
    keep_online(cli);
    if (remember)
        save_remembered(cli);
    return cli->server_count ? EXIT_OK : cli->status ? cli->status : EXIT_NO_CONNECTION;
}

/* ---- life */

int session_open(Cli *cli)
{
    AUTO(error_clear) Error why = { 0 };
    cli->core = core_create_guest(args_text(cli->args, "--config"), "poolctl", &why);
    return cli->core ? EXIT_OK : cli_fail(cli, &why);
}

void session_close(Cli *cli)
{
    free(cli->servers);
    core_free(cli->core);
}
