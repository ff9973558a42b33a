/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of bulk transfers: see bulk_line.h. */
#include "client/core/bulk_line.h"

#include "client/core/parts.h"
#include "client/core/server_private.h"
#include "client/core/ssh.h"
#include "client/core/stream_transport.h"

#include <stdlib.h>

enum { STEP_TIMEOUT_MS = 20000, PAUSE_MIN_MS = 500, PAUSE_MAX_MS = 30000 };

void bulk_login_init(Server *server, BulkLogin *ret)
{
    *ret = (BulkLogin){ .known_hosts = x_strdup(core_known_hosts(server_core(server))) };
    server_config_copy(&ret->server, server_config(server));
    server_copy_secrets(server, &ret->secrets);
    Link *link = server_link(server);
    if (link && link_asked_questions(link)) {
        ret->shared = link_ref(link);
        ret->session = link_session(link);
    }
}

void bulk_login_clear(BulkLogin *login)
{
    server_config_clear(&login->server);
    secrets_clear(&login->secrets);
    link_unref(login->shared);
    free(login->known_hosts);
    *login = (BulkLogin){ 0 };
}

/* ---- answers of the login */

static bool give_secret(const char *secret, bool again, char **ret)
{
    if (!secret || again)
        return false;
    *ret = x_strdup(secret);
    return true;
}

static bool refuse_host_key(void *context, const SshPeer *peer, const char *key_type, const char *fingerprint)
{
    (void)context, (void)peer, (void)key_type, (void)fingerprint;
    return false;
}

static bool give_password(void *context, const SshPeer *peer, bool again, char **ret)
{
    const BulkLogin *login = context;
    AUTO_FREE char *name = secrets_login_name(peer->user, peer->host, peer->port);
    return give_secret(secrets_find(&login->secrets, SECRET_PASSWORD, name), again, ret);
}

static bool give_passphrase(void *context, const SshPeer *peer, const char *file, bool again, char **ret)
{
    const BulkLogin *login = context;
    (void)peer;
    return give_secret(secrets_find(&login->secrets, SECRET_PASSPHRASE, file), again, ret);
}

static bool refuse_questions(void *context, const SshPeer *peer, const char *title, const char *instruction, size_t count, const char *const *texts, const bool *echos,
                             char **ret_answers)
{
    (void)context, (void)peer, (void)title, (void)instruction, (void)count, (void)texts, (void)echos, (void)ret_answers;
    return false;
}

bool bulk_may_pass(int code)
{
    return code == ERR_CONNECTION_LOST || code == ERR_CONNECT_FAILED || code == ERR_HOST_NOT_RESOLVED || code == ERR_SSH_HANDSHAKE || code == ERR_NOT_CONNECTED
        || code == ERR_AGENT_MISSING || code == ERR_TIMEOUT || code == ERR_TICKET_INVALID || code == ERR_TASK_NOT_FOUND;
}

int bulk_pause_ms(int tries)
{
    int pause = PAUSE_MIN_MS;
    for (int i = 1; i < tries && pause < PAUSE_MAX_MS; i++)
        pause *= 2;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

int bulk_line_open(BulkLogin *login, const _Atomic bool *cancel, PortWake *wake, const LinkTransportOps **ret_ops, LinkTransport **ret_line, Error *err)
{
    *ret_ops = login->shared ? &stream_transport : &link_ssh;
    if (login->shared) {
        *ret_line = stream_transport_open(login->shared, login->session, wake);
        return 0;
    }
    SshOptions options = { .known_hosts = login->known_hosts, .timeout_ms = STEP_TIMEOUT_MS, .threaded_io = true, .wake = wake };
    SshAsk ask = { .context = login, .accept_host_key = refuse_host_key, .password = give_password, .passphrase = give_passphrase, .questions = refuse_questions };
    SshSession *session = NULL;
    int rc = ssh_connect(&login->server, &options, &ask, cancel, &session, err);
    *ret_line = link_ssh_transport(session);
    return rc;
}
