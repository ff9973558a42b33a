/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting up the agent, as the window sees it: see agent_setup.h. link_setup.c does the work on the link's thread. UI thread. */
#include "client/core/agent_setup.h"

#include "client/core/agent_files.h"
#include "client/core/core_private.h"
#include "client/core/server_private.h"

#include <stdlib.h>

void agent_setup_clear(AgentSetup *setup)
{
    agent_facts_clear(&setup->facts);
    error_clear(&setup->error);
    *setup = (AgentSetup){ 0 };
}

void agent_setup_start(Server *server)
{
    server_start_setup(server);
    AgentSetup *setup = server_setup(server);
    agent_setup_clear(setup);
    setup->phase = AGENT_SETUP_CONNECTING;
}

static void run_without_installing(Server *server)
{
    AgentSetup *setup = server_setup(server);
    error_clear(&setup->error);
    setup->action = AGENT_RUN;
    if (agent_facts_check(&setup->facts, AGENT_RUN, server_config(server)->host, &setup->error) < 0) {
        core_touch_server(server_core(server), server);
        return;
    }
    setup->phase = AGENT_SETUP_DONE;
    server_set_agent_run(server, true);
    server_connect_again(server);
}

void agent_setup_perform(Server *server, AgentAction action, bool purge)
{
    AgentSetup *setup = server_setup(server);
    if (!agent_setup_active(server) || (setup->phase != AGENT_SETUP_READY && setup->phase != AGENT_SETUP_DONE))
        return;
    if (action == AGENT_RUN) {
        run_without_installing(server);
        return;
    }
    setup->phase = AGENT_SETUP_WORKING;
    setup->action = action;
    error_clear(&setup->error);
    link_perform(server_link(server), action, purge);
}

void agent_setup_cancel(Server *server)
{
    if (agent_setup_active(server) && server_setup(server)->phase == AGENT_SETUP_WORKING)
        link_cancel_setup(server_link(server));
}

/* The agent answers now: the server connects to it by itself. */
void agent_setup_take_news(Server *server)
{
    const AgentSetup *setup = agent_setup_of(server);
    if (setup->phase != AGENT_SETUP_DONE || setup->action == AGENT_REMOVE)
        return;
    server_set_agent_run(server, false);
    server_connect_again(server);
}

bool agent_setup_would_help(const Server *server)
{
    const Error *error = server_error(server);
    return server_state(server) == SERVER_OFFLINE && error && (error->code == ERR_AGENT_MISSING || error->code == ERR_AGENT_DENIED || error->code == ERR_AGENT_TOO_OLD);
}

bool agent_setup_outdated(const Server *server)
{
    const HelloResult *hello = server_hello(server);
    if (!server_online(server) || !hello || server_config(server)->agent_run)
        return false;
    AUTO_FREE char *carried = agent_files_version();
    return carried && agent_version_compare(str_or_empty(hello->agent_version), carried) < 0;
}
