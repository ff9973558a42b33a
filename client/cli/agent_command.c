/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl agent: show, install, update, remove, run. The server is chosen but not connected: that is what these are for. */
#include "client/cli/action.h"
#include "client/cli/session.h"

#include "client/core/agent_files.h"
#include "client/core/agent_script.h"
#include "client/core/agent_setup.h"
#include "client/core/port.h"

#include <string.h>

enum { UNDO_MS = 20000 };

static const char *const rights_words[] = {
    [AGENT_RIGHTS_NONE] = "none", [AGENT_RIGHTS_ROOT] = "root", [AGENT_RIGHTS_SUDO] = "sudo", [AGENT_RIGHTS_PASSWORD] = "sudo-password" };

/* Connects for setting up and looks at the host. 0 or an exit status. */
static int look_at(Cli *cli, Server *server)
{
    server_give_secrets(server, cli->password, cli->passphrase);
    agent_setup_start(server);
    while (agent_setup_of(server)->phase < AGENT_SETUP_READY)
        if (!cli_wait(cli))
            return cli->status;
    const AgentSetup *setup = agent_setup_of(server);
    if (setup->phase == AGENT_SETUP_READY)
        return EXIT_OK;
    cli_note(cli, session_status(setup->error.code));
    return cli_fail(cli, &setup->error);
}

static void put(json_t *record, const char *name, const char *value)
{
    if (value)
        json_object_set_new(record, name, json_string(value));
}

static json_t *facts_record(const Server *server)
{
    const AgentFacts *facts = &agent_setup_of(server)->facts;
    AUTO_FREE char *carried = agent_files_version();
    json_t *record = json_pack("{s:s, s:s, s:b, s:b, s:b, s:b}", "server", server_name(server), "rights", rights_words[facts->rights], "systemd", facts->systemd,
                               "libvirtd", facts->libvirtd, "packaged", facts->packaged, "outdated", agent_facts_outdated(facts));
    put(record, "user", facts->user);
    put(record, "os", facts->system);
    put(record, "machine", facts->machine);
    put(record, "libvirt_version", facts->libvirt);
    put(record, "agent", facts->agent);
    put(record, "agent_version", facts->agent_version);
    put(record, "cached_version", facts->cached_version);
    put(record, "carried_version", carried);
    if (!facts->libvirt)
        put(record, "libvirt_command", agent_facts_libvirt_command(facts));
    return record;
}

int agent_show_command(Cli *cli, const Args *args)
{
    static const Column columns[] = {
        { "server", TEXT_CLI_HEAD_NAME, COLUMN_TEXT },        { "os", TEXT_CLI_HEAD_SYSTEM, COLUMN_TEXT },
        { "machine", TEXT_CLI_HEAD_MACHINE, COLUMN_TEXT },    { "systemd", TEXT_CLI_HEAD_INIT, COLUMN_YES },
        { "libvirt_version", TEXT_CLI_HEAD_LIBVIRT, COLUMN_TEXT }, { "user", TEXT_CLI_HEAD_USER, COLUMN_TEXT },
        { "rights", TEXT_CLI_HEAD_RIGHTS, COLUMN_TEXT },      { "agent", TEXT_CLI_HEAD_AGENT, COLUMN_TEXT },
        { "agent_version", TEXT_CLI_HEAD_VERSION, COLUMN_TEXT }, { "cached_version", TEXT_CLI_HEAD_CACHED, COLUMN_TEXT },
        { "carried_version", TEXT_CLI_HEAD_CARRIED, COLUMN_TEXT },
    };
    (void)args;
    output_begin(&cli->output, OUTPUT_ONE, columns, ARRAY_SIZE(columns));
    int status = look_at(cli, cli->servers[0]);
    if (status == EXIT_OK)
        output_record(&cli->output, facts_record(cli->servers[0]));
    return status;
}

/* Waits while the host works; Ctrl+C lets it take back what it did. */
static void wait_for_work(Cli *cli, Server *server)
{
    while (agent_setup_of(server)->phase == AGENT_SETUP_WORKING) {
        if (cli_wait(cli))
            continue;
        agent_setup_cancel(server);
        int64_t end = port_monotonic_ms() + UNDO_MS;
        while (agent_setup_of(server)->phase == AGENT_SETUP_WORKING && port_monotonic_ms() < end)
            core_wait(cli->core, 100);
        return;
    }
}

/* After INSTALL, UPDATE and RUN the server connects: that is the proof. */
static int wait_for_agent(Cli *cli, const Server *server, Error *err)
{
    while (!server_online(server) && server_state(server) != SERVER_OFFLINE)
        if (!cli_wait(cli))
            return error_set(err, ERR_CANCELLED, server_name(server), NULL);
    if (server_online(server))
        return 0;
    if (server_error(server))
        error_copy(err, server_error(server));
    return err->code;
}

static int perform(Cli *cli, Server *server, AgentAction action, Error *err)
{
    agent_setup_perform(server, action, args_has(cli->args, "--purge"));
    wait_for_work(cli, server);
    const AgentSetup *setup = agent_setup_of(server);
    if (setup->phase != AGENT_SETUP_DONE) {
        error_copy(err, &setup->error);
        return err->code ? err->code : error_set(err, ERR_CANCELLED, server_name(server), NULL);
    }
    if (setup->by_hand && action != AGENT_REMOVE) /* so that it is not missed among the results */
        output_say(&cli->output, text_format(TEXT_CLI_AGENT_BY_HAND, server_name(server), NULL));
    return action == AGENT_REMOVE ? 0 : wait_for_agent(cli, server, err);
}

/* Is the host as wanted already? */
static bool nothing_to_do(const AgentFacts *facts, AgentAction action)
{
    switch (action) {
    case AGENT_INSTALL: return facts->agent && !agent_facts_outdated(facts);
    case AGENT_UPDATE: return facts->agent && !agent_facts_outdated(facts);
    case AGENT_REMOVE: return !facts->agent;
    default: return false;
    }
}

static int print_commands(Cli *cli, const Server *server, AgentAction action, Error *err)
{
    const AgentFacts *facts = &agent_setup_of(server)->facts;
    AgentProgram program = { 0 };
    int code = agent_facts_check(facts, action, server_config(server)->host, err);
    if (code == 0 && action != AGENT_REMOVE)
        code = agent_files_read(facts->machine, &program, err);
    if (code == 0) {
        AUTO_FREE char *script = agent_script_root(action, facts, program.sha256, args_has(cli->args, "--purge"));
        output_bytes(&cli->output, script, strlen(script));
    }
    agent_program_clear(&program);
    return code;
}

static int work(Cli *cli, AgentAction what)
{
    Error err = { 0 };
    Server *server = cli->servers[0];
    int status = look_at(cli, server);
    if (status != EXIT_OK)
        return status;
    if (args_has(cli->args, "--print")) {
        status = print_commands(cli, server, what, &err) < 0 ? cli_fail(cli, &err) : EXIT_OK;
        error_clear(&err);
        return status;
    }
    const AgentFacts *facts = &agent_setup_of(server)->facts;
    Action *action = action_add(cli, server, "", server_name(server));
    if (nothing_to_do(facts, what))
        action_unchanged(action);
    else if (agent_facts_check(facts, what, server_config(server)->host, &err) < 0)
        action_failed(action, &err);
    else if (action_wanted(action) && perform(cli, server, what, &err) < 0)
        action_failed(action, &err);
    else
        action_done(action);
    return EXIT_OK;
}

int agent_install_command(Cli *cli, const Args *args)
{
    (void)args;
    return work(cli, AGENT_INSTALL);
}

int agent_update_command(Cli *cli, const Args *args)
{
    (void)args;
    return work(cli, AGENT_UPDATE);
}

int agent_remove_command(Cli *cli, const Args *args)
{
    (void)args;
    return work(cli, AGENT_REMOVE);
}

int agent_run_command(Cli *cli, const Args *args)
{
    (void)args;
    return work(cli, AGENT_RUN);
}
