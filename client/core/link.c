/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a link: its thread, its questions to the user, its retries. See link.h. */
#include "client/core/link_private.h"

#include "client/core/calls.h"
#include "client/core/link_setup.h"
#include "client/core/log.h"
#include "client/core/stream_private.h"
#include "protocol/rpc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_FIRST_MS = 1000, RETRY_MAX_MS = 30000, OPEN_TIMEOUT_MS = 20000 };

/* ---- letters to the UI thread */

News *news_create(Link *link, NewsKind kind)
{
    News *news = x_calloc(1, sizeof *news);
    news->kind = kind;
    news->link = link_ref(link);
    return news;
}

static void news_free(void *item)
{
    News *news = item;
    error_clear(&news->error);
    HelloResult_clear(&news->hello);
    Inventory_clear(&news->inventory);
    TaskInfo_clear(&news->task);
    method_free_result(news->method, news->result);
    prompt_clear(&news->prompt);
    free(news->agent_key);
    agent_setup_clear(&news->setup);
    link_unref(news->link);
    free(news);
}

/* The thread said goodbye: join it and let go of what the links list held. */
static void bury(Link *link)
{
    for (Link **at = &link->links->first; *at; at = &(*at)->next_link)
        if (*at == link) {
            *at = link->next_link;
            break;
        }
    port_thread_join(TAKE_PTR(link->thread));
    link_unref(link);
}

static void news_read(void *context, void *item)
{
    News *news = item;
    Link *link = context;
    const LinkListener *listener = &link->listener;
    if (news->kind == NEWS_ENDED) {
        bury(link);
        return;
    }
    if (link->stopped)
        return;
    const Error *error = news->error.code ? &news->error : NULL;
    switch (news->kind) {
    case NEWS_STATE:
        link->session_seen = news->state == SERVER_ONLINE ? news->session : 0;
        listener->state(link->context, news->state, news->next_try, error);
        break;
    case NEWS_HELLO:     listener->hello(link->context, &news->hello); break;
    case NEWS_INVENTORY: listener->inventory(link->context, &news->inventory); break;
    case NEWS_TASK:      listener->task(link->context, &news->task); break;
    case NEWS_REPLY:     listener->reply(link->context, news->id, news->result, error); break;
    case NEWS_PROMPT:    listener->prompt(link->context, &news->prompt); break;
    case NEWS_AGENT_KEY: listener->agent_key(link->context, news->agent_key); break;
    case NEWS_SETUP:     listener->setup(link->context, &news->setup); break;
    case NEWS_SUDO:      listener->sudo(link->context, news->sudo_right); break;
    case NEWS_ENDED:     break;
    }
}

void news_post(News *news) { mailbox_post(news->link->links->mailbox, news->link, news_read, news->link, news, news_free); }

void link_post_state(Link *link, ServerState state, int64_t next_try, const Error *error)
{
    News *news = news_create(link, NEWS_STATE);
    news->state = state;
    news->next_try = next_try;
    news->session = link->session;
    if (error)
        error_copy(&news->error, error);
    news_post(news);
}

/* ---- questions to the user, on the I/O thread */

bool link_cancelled(Link *link) { return atomic_load(&link->cancel); }

/* Takes what prompt holds; waits for the answer. Answers stay in link->answers; the caller takes them. */
static bool ask_user(Link *link, Prompt *prompt)
{
    News *news = news_create(link, NEWS_PROMPT);
    news->prompt = *prompt;
    port_mutex_lock(&link->mutex);
    link->asking = true;
    link->answer_given = false;
    port_mutex_unlock(&link->mutex);
    news_post(news);
    port_mutex_lock(&link->mutex);
    while (!link->answer_given && !link_cancelled(link))
        port_cond_wait(&link->answered, &link->mutex, -1);
    bool accepted = link->answer_given && link->answer_accepted;
    link->asking = false;
    port_mutex_unlock(&link->mutex);
    return accepted;
}

/* A prompt about peer; ask_user or prompt_clear frees what it holds. */
static Prompt prompt_about(const SshPeer *peer, PromptKind kind)
{
    return (Prompt){ .kind = kind, .host = x_strdup(peer->host), .port = peer->port, .user = x_strdup(peer->user), .jump = peer->jump };
}

static bool ask_host_key(void *context, const SshPeer *peer, const char *key_type, const char *fingerprint)
{
    Prompt prompt = prompt_about(peer, PROMPT_HOST_KEY);
    prompt.key_type = x_strdup(key_type);
    prompt.fingerprint = x_strdup(fingerprint);
    return ask_user(context, &prompt);
}

/* A password or passphrase of this name: the one that is there, unless it was wrong; else the user's, which is kept. */
static bool ask_secret(Link *link, Prompt *prompt, SecretKind kind, const char *name, char **ret)
{
    port_mutex_lock(&link->mutex);
    if (prompt->again)
        secrets_put(&link->secrets, kind, name, NULL);
    char *known = x_strdup(secrets_find(&link->secrets, kind, name));
    port_mutex_unlock(&link->mutex);
    if (known) {
        prompt_clear(prompt);
        *ret = known;
        return true;
    }
    if (!ask_user(link, prompt))
        return false;
    port_mutex_lock(&link->mutex);
    *ret = link->answers[0] ? TAKE_PTR(link->answers[0]) : x_strdup("");
    secrets_put(&link->secrets, kind, name, *ret);
    port_mutex_unlock(&link->mutex);
    return true;
}

static bool ask_password(void *context, const SshPeer *peer, bool again, char **ret)
{
    Link *link = context;
    Prompt prompt = prompt_about(peer, PROMPT_PASSWORD);
    prompt.again = again;
    AUTO_FREE char *name = secrets_login_name(peer->user, peer->host, peer->port);
    return ask_secret(link, &prompt, SECRET_PASSWORD, name, ret);
}

static bool ask_passphrase(void *context, const SshPeer *peer, const char *file, bool again, char **ret)
{
    Link *link = context;
    Prompt prompt = prompt_about(peer, PROMPT_PASSPHRASE);
    prompt.file = x_strdup(file);
    prompt.again = again;
    return ask_secret(link, &prompt, SECRET_PASSPHRASE, file, ret);
}

bool link_ask_sudo(Link *link, bool again, char **ret)
{
    const SshPeer peer = { .host = link->config.host, .port = link->config.port ? link->config.port : 22, .user = link->config.user };
    Prompt prompt = prompt_about(&peer, PROMPT_SUDO);
    prompt.again = again;
    AUTO_FREE char *name = secrets_login_name(peer.user, peer.host, peer.port);
    return ask_secret(link, &prompt, SECRET_SUDO, name, ret);
}

void link_tell_sudo(Link *link, bool right)
{
    AUTO_FREE char *name = secrets_login_name(link->config.user, link->config.host, link->config.port);
    port_mutex_lock(&link->mutex);
    if (!right)
        secrets_put(&link->secrets, SECRET_SUDO, name, NULL);
    port_mutex_unlock(&link->mutex);
    News *news = news_create(link, NEWS_SUDO);
    news->sudo_right = right;
    news_post(news);
}

static bool ask_questions(void *context, const SshPeer *peer, const char *title, const char *instruction, size_t count, const char *const *texts,
                          const bool *echos, char **ret_answers)
{
    Link *link = context;
    Prompt prompt = prompt_about(peer, PROMPT_QUESTIONS);
    prompt.title = x_strdup(title);
    prompt.instruction = x_strdup(instruction);
    prompt.question_count = count;
    for (size_t i = 0; i < count; i++)
        prompt.questions[i] = (PromptQuestion){ x_strdup(texts[i]), echos[i] };
    if (!ask_user(link, &prompt))
        return false;
    port_mutex_lock(&link->mutex);
    link->asked_questions = true;
    for (size_t i = 0; i < count; i++)
        ret_answers[i] = TAKE_PTR(link->answers[i]);
    port_mutex_unlock(&link->mutex);
    return true;
}

static void used_key(void *context, const SshPeer *peer, const char *fingerprint)
{
    if (peer->jump)
        return;
    News *news = news_create(context, NEWS_AGENT_KEY);
    news->agent_key = x_strdup(fingerprint);
    news_post(news);
}

static void wipe_answers(Link *link)
{
    for (size_t i = 0; i < ARRAY_SIZE(link->answers); i++)
        x_free_secret(TAKE_PTR(link->answers[i]));
}

/* ---- the thread */

static void on_progress(void *context, ServerState state)
{
    Link *link = context;
    link_post_state(link, state, 0, NULL);
}

static int open_control(Link *link, Error *err)
{
    link_post_state(link, SERVER_OPENING_AGENT, 0, NULL);
    link->control = link->ops->channel_start(link->transport, RPC_OPEN_CONTROL);
    int64_t deadline = port_monotonic_ms() + OPEN_TIMEOUT_MS;
    int result = 0;
    while ((result = link->ops->channel_poll(link->control, NULL, err)) == 0) {
        if (link_cancelled(link))
            return error_set(err, ERR_CANCELLED, link->config.host, NULL);
        int64_t left = deadline - port_monotonic_ms();
        if (left <= 0)
            return error_set(err, ERR_TIMEOUT, link->config.host, "the agent does not greet");
        result = link->ops->wait(link->transport, (int)left, err);
        if (result < 0)
            return result;
    }
    return result < 0 ? result : 0;
}

/* One attempt and, if it succeeds, the connection until it ends. Always negative. */
static int attempt(Link *link, Error *err)
{
    const SshAsk ask = { link, ask_host_key, ask_password, ask_passphrase, ask_questions, used_key };
    const LinkSetup setup = { &link->config, link->known_hosts, &ask, &link->cancel, link->wake, on_progress, link };
    link->online = false;
    port_mutex_lock(&link->mutex);
    link->asked_questions = false;
    port_mutex_unlock(&link->mutex);
    link_post_state(link, SERVER_CONNECTING, 0, NULL);
    int code = link->ops->connect(&setup, &link->transport, err);
    if (code == 0 && link->setup)
        code = link_setup(link, err);
    if (code == 0)
        code = link_prepare_agent(link, err);
    if (code == 0)
        code = open_control(link, err);
    if (code == 0)
        code = link_serve(link, err);
    link_end_session(link, err);
    return code;
}

/* Would another attempt meet the same refusal? */
static bool is_final(int code)
{
    switch (code) {
    case ERR_CANCELLED:
    case ERR_AUTH_FAILED:
    case ERR_HOST_KEY_CHANGED:
    case ERR_HOST_KEY_REJECTED:
    case ERR_KEY_FILE:
    case ERR_SSH_AGENT:
    case ERR_AGENT_DENIED:
    case ERR_ACCESS_DENIED:
    case ERR_AGENT_TOO_OLD:
    case ERR_AGENT_TOO_NEW:
        return true;
    default:
        return false;
    }
}

static int pause_ms(const Link *link, int tries)
{
    int64_t pause = link->retry_ms;
    for (int i = 0; i < tries && pause < RETRY_MAX_MS; i++)
        pause *= 2;
    if (pause > RETRY_MAX_MS)
        pause = RETRY_MAX_MS;
    /* 100 servers that lost the same switch do not come back in the same instant. */
    unsigned char dice = 0;
    port_random(&dice, 1);
    return (int)(pause * (80 + dice * 40 / 255) / 100);
}

/* Waits before the next attempt; link_retry_now ends it early. */
static void rest(Link *link, int tries, const Error *why)
{
    int pause = pause_ms(link, tries);
    int64_t end = port_monotonic_ms() + pause;
    link_post_state(link, SERVER_RETRYING, port_now_ms() + pause, why);
    for (;;) {
        port_mutex_lock(&link->mutex);
        bool now = link->retry_now;
        link->retry_now = false;
        port_mutex_unlock(&link->mutex);
        int64_t left = end - port_monotonic_ms();
        if (now || left <= 0 || link_cancelled(link))
            return;
        port_socket_wait(PORT_NO_SOCKET, 0, link->wake, (int)left);
    }
}

static void run(void *context)
{
    Link *link = context;
    bool was_online = false;
    int tries = 0;
    for (;;) {
        AUTO(error_clear) Error why = { 0 };
        int code = attempt(link, &why);
        if (link_cancelled(link))
            break;
        log_error(link->config.host, &why);
        was_online |= link->online;
        tries = link->online ? 0 : tries;
        if (!was_online || is_final(code)) {
            link_post_state(link, SERVER_OFFLINE, 0, &why);
            break;
        }
        rest(link, tries++, &why);
        if (link_cancelled(link))
            break;
    }
    news_post(news_create(link, NEWS_ENDED));
}

/* ---- UI thread */

Link *link_ref(Link *link)
{
    atomic_fetch_add(&link->refs, 1);
    return link;
}

void command_free(Command *command, const LinkTransportOps *ops, const Error *why)
{
    free(command->line);
    if (command->stream)
        stream_detach(command->stream, ops, why);
    error_clear(&command->error);
    free(command);
}

void link_unref(Link *link)
{
    if (!link || atomic_fetch_sub(&link->refs, 1) != 1)
        return;
    server_config_clear(&link->config);
    agent_setup_clear(&link->setup_state);
    free(link->known_hosts);
    secrets_clear(&link->secrets);
    wipe_answers(link);
    port_wake_free(link->wake);
    port_mutex_clear(&link->mutex);
    port_cond_clear(&link->answered);
    free(link);
}

Link *link_start(Links *links, const LinkOptions *options, const LinkListener *listener, void *context)
{
    Link *link = x_calloc(1, sizeof *link);
    link->links = links;
    link->ops = options->transport;
    server_config_copy(&link->config, options->config);
    link->known_hosts = x_strdup(options->known_hosts);
    link->listener = *listener;
    link->context = context;
    link->retry_ms = options->retry_ms ? options->retry_ms : RETRY_FIRST_MS;
    link->wake = port_wake_create();
    port_mutex_init(&link->mutex);
    port_cond_init(&link->answered);
    link->commands_end = &link->commands;
    AUTO_FREE char *login = secrets_login_name(link->config.user, link->config.host, link->config.port);
    if (options->secrets)
        secrets_copy(&link->secrets, options->secrets);
    if (options->password)
        secrets_put(&link->secrets, SECRET_PASSWORD, login, options->password);
    if (options->passphrase)
        secrets_put(&link->secrets, SECRET_PASSPHRASE, link->config.key_file, options->passphrase);
    size_t length = strlen(options->epoch);
    if (length < sizeof link->epoch)
        memcpy(link->epoch, options->epoch, length + 1);
    link->revision = options->revision;
    link->setup = options->setup;
    atomic_store(&link->refs, 1);
    link->next_link = links->first;
    links->first = link;
    link->thread = port_thread_start("link", run, link);
    return link;
}

void link_stop(Link *link)
{
    link->stopped = true;
    atomic_store(&link->cancel, true);
    port_mutex_lock(&link->mutex);
    secrets_clear(&link->secrets);
    port_cond_broadcast(&link->answered);
    port_mutex_unlock(&link->mutex);
    port_wake_set(link->wake);
}

void links_end(Links *links)
{
    for (Link *link = links->first; link; link = link->next_link)
        link_stop(link);
    while (links->first)
        bury(links->first);
}

static void send_command(Link *link, Command *command)
{
    port_mutex_lock(&link->mutex);
    *link->commands_end = command;
    link->commands_end = &command->next;
    port_mutex_unlock(&link->mutex);
    port_wake_set(link->wake);
}

Command *link_take_command(Link *link)
{
    port_mutex_lock(&link->mutex);
    Command *command = link->commands;
    if (command)
        link->commands = command->next;
    if (!link->commands)
        link->commands_end = &link->commands;
    port_mutex_unlock(&link->mutex);
    return command;
}

static Command *command_create(Link *link, CommandKind kind)
{
    Command *command = x_calloc(1, sizeof *command);
    command->kind = kind;
    command->session = link->session_seen;
    return command;
}

void link_call(Link *link, int64_t id, Method method, char *line)
{
    Command *command = command_create(link, COMMAND_CALL);
    command->id = id;
    command->method = method;
    command->line = line;
    send_command(link, command);
}

void link_add_stream_in(Link *link, int session, Stream *stream)
{
    Command *command = x_calloc(1, sizeof *command);
    command->kind = COMMAND_STREAM;
    command->session = session;
    command->stream = stream;
    send_command(link, command);
}

void link_add_stream(Link *link, Stream *stream) { link_add_stream_in(link, link->session_seen, stream); }
int link_session(const Link *link) { return link->session_seen; }

bool link_asked_questions(Link *link)
{
    port_mutex_lock(&link->mutex);
    bool asked = link->asked_questions;
    port_mutex_unlock(&link->mutex);
    return asked;
}

void link_perform(Link *link, AgentAction action, bool purge)
{
    Command *command = command_create(link, COMMAND_SETUP);
    command->action = action;
    command->purge = purge;
    send_command(link, command);
}

void link_cancel_setup(Link *link)
{
    atomic_store(&link->setup_cancel, true);
    port_wake_set(link->wake);
}

void link_reject_inventory(Link *link, const Error *error)
{
    Command *command = command_create(link, COMMAND_REJECT);
    error_copy(&command->error, error);
    send_command(link, command);
}

void link_answer(Link *link, bool accepted, const char *const *answers, size_t count)
{
    port_mutex_lock(&link->mutex);
    if (link->asking) {
        wipe_answers(link);
        for (size_t i = 0; i < count && i < ARRAY_SIZE(link->answers); i++)
            link->answers[i] = x_strdup(answers[i]);
        link->answer_given = true;
        link->answer_accepted = accepted;
        port_cond_broadcast(&link->answered);
    }
    port_mutex_unlock(&link->mutex);
}

void link_retry_now(Link *link)
{
    port_mutex_lock(&link->mutex);
    link->retry_now = true;
    port_mutex_unlock(&link->mutex);
    port_wake_set(link->wake);
}

void link_forget_secrets(Link *link)
{
    port_mutex_lock(&link->mutex);
    secrets_clear(&link->secrets);
    port_mutex_unlock(&link->mutex);
}

void link_copy_secrets(Link *link, Secrets *ret)
{
    port_mutex_lock(&link->mutex);
    secrets_copy(ret, &link->secrets);
    port_mutex_unlock(&link->mutex);
}

void link_wake(Link *link) { port_wake_set(link->wake); }
