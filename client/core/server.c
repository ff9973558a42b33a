/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server of the list: what its link reports becomes state, inventory, tasks and answers here. See server.h. UI thread. */
#include "client/core/server_private.h"

#include "client/core/core_private.h"
#include "client/core/jump.h"
#include "client/core/text.h"
#include "protocol/rpc.h"

#include <stdlib.h>
#include <string.h>

enum { TASKS_MAX = LIMIT_TASKS };

typedef struct Call {
    int64_t id;
    CallFinish finish;
    void (*done)(void);
    const void *owner;
    void *context;
} Call;

typedef void (*FollowDone)(void *context, const TaskInfo *task, const Error *error);

typedef struct Follow {
    char task[LIMIT_UUID + 1];
    FollowDone done;
    const void *owner;
    void *context;
} Follow;

struct Server {
    Core *core;
    ServerConfig config;
    ServerState state;
    Error error;
    int64_t next_try;
    Model *model;
    HelloResult hello;
    bool has_hello;
    Link *link;
    bool setup_link;   /* the link is for setting up the agent */
    bool asked;        /* a prompt waits for its answer */
    int64_t next_id;
    Call *calls;
    size_t call_count;
    Follow *follows;
    size_t follow_count;
    TaskInfoList tasks;
    AgentSetup setup;
    Secrets kept;      /* of a login that found no agent: setting one up uses them */
    ServerKeys keys;
};

/* ---- configuration */

void server_config_clear(ServerConfig *config)
{
    free(config->id);
    free(config->host);
    free(config->user);
    free(config->key_file);
    free(config->jump);
    free(config->agent_key);
    free(config->agent_socket);
    free(config->name);
    *config = (ServerConfig){ 0 };
}

void server_config_copy(ServerConfig *to, const ServerConfig *from)
{
    *to = *from;
    to->id = x_strdup(from->id);
    to->host = x_strdup(from->host);
    to->user = x_strdup(from->user);
    to->key_file = x_strdup(from->key_file);
    to->jump = x_strdup(from->jump);
    to->agent_key = x_strdup(from->agent_key);
    to->agent_socket = x_strdup(from->agent_socket);
    to->name = x_strdup(from->name);
}

Server *server_create(Core *core, const ServerConfig *config)
{
    Server *server = x_calloc(1, sizeof *server);
    server->core = core;
    server_config_copy(&server->config, config);
    server->model = model_create();
    server->next_id = LINK_FIRST_ID;
    return server;
}

static char *server_account(const Server *server) { return secrets_login_name(server->config.user, server->config.host, server->config.port); }

void server_set_config(Server *server, const ServerConfig *config)
{
    ServerConfig copy;
    server_config_copy(&copy, config);
    copy.remember = server->config.remember; /* changes together with what is remembered only */
    if (!copy.id)
        copy.id = TAKE_PTR(server->config.id);
    if (!copy.name && str_equal(copy.host, server->config.host))
        copy.name = TAKE_PTR(server->config.name);
    AUTO_FREE char *account = server_account(server);
    if (!copy.agent_key && str_equal(copy.host, server->config.host))
        copy.agent_key = TAKE_PTR(server->config.agent_key);
    server_config_clear(&server->config);
    server->config = copy;
    AUTO_FREE char *new_account = server_account(server);
    if (!str_equal(account, new_account))
        keyring_forget_account(server->core, account);
    core_server_changed(server->core, server);
}

void server_free(Server *server)
{
    if (server->link)
        link_stop(server->link);
    secrets_clear(&server->kept);
    agent_setup_clear(&server->setup);
    free(server->calls);
    free(server->follows);
    TaskInfoList_clear(&server->tasks);
    HelloResult_clear(&server->hello);
    model_free(server->model);
    error_clear(&server->error);
    server_keys_clear(&server->keys);
    server_config_clear(&server->config);
    free(server);
}

/* ---- calls */

/* A call that failed before it was sent: its answer comes as late as any. */
typedef struct FailedCall {
    CallFinish finish;
    void (*done)(void);
    void *context;
    Error error;
} FailedCall;

static void read_failed_call(void *context, void *item)
{
    (void)context;
    FailedCall *failed = item;
    failed->finish(failed->done, failed->context, NULL, &failed->error);
}

static void free_failed_call(void *item)
{
    FailedCall *failed = item;
    error_clear(&failed->error);
    free(failed);
}

static void fail_later(Server *server, CallFinish finish, void (*done)(void), const void *owner, void *context, Error *error)
{
    if (!done) {
        error_clear(error);
        return;
    }
    FailedCall *failed = x_calloc(1, sizeof *failed);
    *failed = (FailedCall){ finish, done, context, *error };
    mailbox_post(core_mailbox(server->core), owner, read_failed_call, NULL, failed, free_failed_call);
}

void server_call(Server *server, Method method, json_t *params, CallFinish finish, void (*done)(void), const void *owner, void *context)
{
    Error error = { 0 };
    if (server->state != SERVER_ONLINE) {
        json_decref(params);
        error_set(&error, ERR_NOT_CONNECTED, server_name(server), NULL);
        fail_later(server, finish, done, owner, context, &error);
        return;
    }
    int64_t id = server->next_id++;
    char *line = rpc_request_line(id, method_name(method), params);
    if (strlen(line) > LIMIT_REQUEST_LINE) {
        free(line);
        AUTO_FREE char *limit = x_printf("%d", LIMIT_REQUEST_LINE);
        error_set(&error, ERR_TOO_LARGE, limit, NULL);
        fail_later(server, finish, done, owner, context, &error);
        return;
    }
    server->calls = x_realloc(server->calls, server->call_count + 1, sizeof *server->calls);
    server->calls[server->call_count++] = (Call){ id, finish, done, owner, context };
    link_call(server->link, id, method, line);
}

static bool take_call(Server *server, int64_t id, Call *ret)
{
    for (size_t i = 0; i < server->call_count; i++) {
        if (server->calls[i].id != id)
            continue;
        *ret = server->calls[i];
        server->call_count--;
        memmove(&server->calls[i], &server->calls[i + 1], (server->call_count - i) * sizeof *server->calls);
        return true;
    }
    return false;
}

static void on_reply(void *context, int64_t id, void *result, const Error *error)
{
    Call call;
    if (take_call(context, id, &call) && call.done)
        call.finish(call.done, call.context, result, error);
}

/* Nobody answers any more: the connection was lost, for the reason in cause, or the user has ended it (NULL). */
static void fail_calls(Server *server, const char *cause)
{
    for (size_t i = 0; i < server->call_count; i++) {
        Call *call = &server->calls[i];
        Error lost = { 0 };
        if (cause)
            error_set(&lost, ERR_CONNECTION_LOST, server_name(server), "%s", cause);
        else
            error_set(&lost, ERR_NOT_CONNECTED, server_name(server), NULL);
        fail_later(server, call->finish, call->done, call->owner, call->context, &lost);
    }
    server->call_count = 0;
}

bool server_unanswered(const Error *error) { return error->code == ERR_CONNECTION_LOST || error->code == ERR_NOT_CONNECTED; }
bool server_left(const Server *server) { return server->state == SERVER_OFFLINE && !server->error.code; }

void server_forget(Server *server, const void *owner)
{
    for (size_t i = 0; i < server->call_count; i++)
        if (server->calls[i].owner == owner)
            server->calls[i].done = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < server->follow_count; i++)
        if (server->follows[i].owner != owner)
            server->follows[kept++] = server->follows[i];
    server->follow_count = kept;
}

/* ---- tasks */

typedef struct FollowNews {
    FollowDone done;
    void *context;
    TaskInfo task;
    Error error;
} FollowNews;

static void read_follow(void *context, void *item)
{
    (void)context;
    FollowNews *news = item;
    const Error *error = news->error.code ? &news->error : NULL;
    news->done(news->context, error ? NULL : &news->task, error);
}

static void free_follow(void *item)
{
    FollowNews *news = item;
    TaskInfo_clear(&news->task);
    error_clear(&news->error);
    free(news);
}

/* task NULL: cannot be followed any more, for the reason in code. */
static void finish_follow(Server *server, const Follow *follow, const TaskInfo *task, int code)
{
    FollowNews *news = x_calloc(1, sizeof *news);
    news->done = follow->done;
    news->context = follow->context;
    if (task)
        TaskInfo_copy(task, &news->task);
    else
        error_set(&news->error, code, code == ERR_TASK_NOT_FOUND ? follow->task : server_name(server), NULL);
    mailbox_post(core_mailbox(server->core), follow->owner, read_follow, NULL, news, free_follow);
}

static bool has_ended(const TaskInfo *task)
{
    return task->state == TASK_STATE_DONE || task->state == TASK_STATE_FAILED || task->state == TASK_STATE_CANCELLED;
}

const TaskInfo *server_task(const Server *server, const char *id)
{
    for (size_t i = server->tasks.count; i-- > 0;)
        if (str_equal(server->tasks.items[i].id, id))
            return &server->tasks.items[i];
    return NULL;
}

size_t server_task_count(const Server *server) { return server->tasks.count; }
const TaskInfo *server_task_at(const Server *server, size_t index) { return &server->tasks.items[index]; }

/* Answers those whose task has ended; with unknown_code also those whose task is not known. */
static void check_follows(Server *server, int unknown_code)
{
    size_t kept = 0;
    for (size_t i = 0; i < server->follow_count; i++) {
        Follow follow = server->follows[i];
        const TaskInfo *task = server_task(server, follow.task);
        if (task && has_ended(task))
            finish_follow(server, &follow, task, 0);
        else if (!task && unknown_code)
            finish_follow(server, &follow, NULL, unknown_code);
        else
            server->follows[kept++] = follow;
    }
    server->follow_count = kept;
}

static void fail_follows(Server *server, int code)
{
    for (size_t i = 0; i < server->follow_count; i++)
        finish_follow(server, &server->follows[i], NULL, code);
    server->follow_count = 0;
}

void server_follow_task(Server *server, const char *task, FollowDone done, const void *owner, void *context)
{
    Follow follow = { .done = done, .owner = owner, .context = context };
    size_t length = strlen(task);
    memcpy(follow.task, task, length < sizeof follow.task ? length : sizeof follow.task - 1);
    const TaskInfo *known = server_task(server, task);
    if (known && has_ended(known)) {
        finish_follow(server, &follow, known, 0);
    } else if (server->state == SERVER_OFFLINE) {
        finish_follow(server, &follow, NULL, ERR_NOT_CONNECTED);
    } else {
        server->follows = x_realloc(server->follows, server->follow_count + 1, sizeof *server->follows);
        server->follows[server->follow_count++] = follow;
    }
}

static void forget_oldest_task(Server *server)
{
    size_t oldest = 0;
    while (oldest < server->tasks.count - 1 && !has_ended(&server->tasks.items[oldest]))
        oldest++;
    TaskInfo_clear(&server->tasks.items[oldest]);
    server->tasks.count--;
    memmove(&server->tasks.items[oldest], &server->tasks.items[oldest + 1], (server->tasks.count - oldest) * sizeof *server->tasks.items);
}

static void keep_task(Server *server, const TaskInfo *task)
{
    TaskInfo copy;
    TaskInfo_copy(task, &copy);
    for (size_t i = 0; i < server->tasks.count; i++)
        if (str_equal(server->tasks.items[i].id, task->id)) {
            TaskInfo_clear(&server->tasks.items[i]);
            server->tasks.items[i] = copy;
            return;
        }
    if (server->tasks.count >= TASKS_MAX)
        forget_oldest_task(server);
    TaskInfoList_add(&server->tasks, &copy);
}

/* Takes the list. */
static void take_tasks(Server *server, TaskInfoList *tasks, bool full)
{
    if (full)
        TaskInfoList_clear(&server->tasks);
    for (size_t i = 0; i < tasks->count; i++)
        keep_task(server, &tasks->items[i]);
    activities_take(core_activities(server->core), server, tasks, full);
    TaskInfoList_clear(tasks);
    check_follows(server, full ? ERR_TASK_NOT_FOUND : 0);
}

static void on_task(void *context, TaskInfo *task)
{
    TaskInfoList list = { 0 };
    TaskInfoList_add(&list, task);
    take_tasks(context, &list, false);
}

/* ---- state and inventory */

static void withdraw_prompt(Server *server)
{
    bool asked = server->asked;
    server->asked = false;
    if (asked)
        core_prompt_withdrawn(server->core, server);
    keyring_prompt_over(server);
}

/* What the link knows; the link is about to go. */
static void keep_secrets(Server *server)
{
    secrets_clear(&server->kept);
    if (server->link)
        link_copy_secrets(server->link, &server->kept);
}

/* The link is gone; if it was one for setting up, its state says so. why may be NULL. */
static void end_setup(Server *server, const Error *why)
{
    AgentSetup *setup = &server->setup;
    if (!server->setup_link || setup->phase == AGENT_SETUP_DONE)
        return;
    server->setup_link = false;
    setup->phase = AGENT_SETUP_ENDED;
    error_clear(&setup->error);
    if (why)
        error_copy(&setup->error, why);
    activities_setup_changed(core_activities(server->core), server, setup);
}

/* why NULL: the user wanted it. */
static void leave_online(Server *server, const Error *why)
{
    fail_calls(server, why ? str_or_empty(why->cause ? why->cause : why->message) : NULL);
}

static void on_state(void *context, ServerState state, int64_t next_try, const Error *error)
{
    Server *server = context;
    if (server->state == SERVER_ONLINE && state != SERVER_ONLINE)
        leave_online(server, error);
    server->state = state;
    server->next_try = state == SERVER_RETRYING ? next_try : 0;
    if (error)
        error_copy(&server->error, error);
    else if (state == SERVER_ONLINE)
        error_clear(&server->error);
    if (state == SERVER_OFFLINE || state == SERVER_RETRYING)
        withdraw_prompt(server);
    keyring_state_changed(server, state);
    if (state == SERVER_OFFLINE) {
        if (agent_setup_would_help(server))
            keep_secrets(server);
        end_setup(server, error);
        link_stop(TAKE_PTR(server->link));
        fail_follows(server, ERR_CONNECTION_LOST);
    }
    core_server_changed(server->core, server);
}

static void remember_name(Server *server)
{
    if (str_empty(server->hello.host_name) || str_equal(server->config.name, server->hello.host_name))
        return;
    free(server->config.name);
    server->config.name = x_strdup(server->hello.host_name);
    settings_put_server(core_settings(server->core), &server->config);
}

static void on_hello(void *context, HelloResult *hello)
{
    Server *server = context;
    HelloResult_clear(&server->hello);
    server->hello = *hello;
    *hello = (HelloResult){ 0 };
    server->has_hello = true;
    remember_name(server);
}

static void on_inventory(void *context, Inventory *inventory)
{
    Server *server = context;
    AUTO(error_clear) Error why = { 0 };
    TaskInfoList tasks = inventory->tasks;
    inventory->tasks = (TaskInfoList){ 0 };
    bool full = inventory->full;
    ChangeList changes = { 0 };
    if (model_apply(server->model, inventory, &changes, &why) < 0) {
        TaskInfoList_clear(&tasks);
        Error named = { 0 };
        error_set(&named, ERR_PROTOCOL, server_name(server), "%s", str_or_empty(why.cause));
        link_reject_inventory(server->link, &named);
        error_clear(&named);
        return;
    }
    take_tasks(server, &tasks, full);
    core_inventory_changed(server->core, server, &changes);
    change_list_clear(&changes);
}

void server_ask(Server *server, const Prompt *prompt)
{
    server->asked = true;
    core_prompt(server->core, server, prompt);
}

static void on_prompt(void *context, Prompt *prompt) { keyring_take_prompt(context, prompt); }

/* The next login tries this key first. */
static void on_agent_key(void *context, const char *fingerprint)
{
    Server *server = context;
    if (str_equal(server->config.agent_key, fingerprint))
        return;
    free(server->config.agent_key);
    server->config.agent_key = x_strdup(fingerprint);
    settings_put_server(core_settings(server->core), &server->config);
}

static void on_sudo(void *context, bool right) { keyring_sudo_over(context, right); }

static void on_setup(void *context, AgentSetup *news)
{
    Server *server = context;
    agent_setup_clear(&server->setup);
    server->setup = *news;
    *news = (AgentSetup){ 0 };
    activities_setup_changed(core_activities(server->core), server, &server->setup);
    agent_setup_take_news(server);
    core_server_changed(server->core, server);
}

static const LinkListener listener = {
    .state = on_state,
    .hello = on_hello,
    .inventory = on_inventory,
    .task = on_task,
    .reply = on_reply,
    .prompt = on_prompt,
    .agent_key = on_agent_key,
    .setup = on_setup,
    .sudo = on_sudo,
};

/* ---- what the window calls */

static void drop_link(Server *server)
{
    if (server->link)
        link_stop(TAKE_PTR(server->link));
    if (server->state == SERVER_ONLINE)
        leave_online(server, NULL);
    withdraw_prompt(server);
    end_setup(server, NULL);
    server->setup_link = false;
}

static void start_link(Server *server, const char *password, const char *passphrase, bool setup)
{
    drop_link(server);
    keyring_attempt_begins(server);
    error_clear(&server->error);
    server->state = SERVER_CONNECTING;
    LinkOptions options = {
        .config = &server->config,
        .known_hosts = core_known_hosts(server->core),
        .transport = core_transport(server->core),
        .password = password,
        .passphrase = passphrase,
        .epoch = model_epoch(server->model),
        .revision = model_revision(server->model),
        .secrets = &server->kept,
        .setup = setup,
    };
    server->setup_link = setup;
    server->link = link_start(core_links(server->core), &options, &listener, server);
    secrets_clear(&server->kept);
    core_touch_server(server->core, server);
}

void server_connect(Server *server, const char *password, const char *passphrase)
{
    if (password || passphrase)
        secrets_clear(&server->kept);
    start_link(server, password, passphrase, false);
}

void server_give_secrets(Server *server, const char *password, const char *passphrase)
{
    AUTO_FREE char *account = server_account(server);
    secrets_put(&server->kept, SECRET_PASSWORD, account, password);
    secrets_put(&server->kept, SECRET_PASSPHRASE, str_or_empty(server->config.key_file), passphrase);
}

void server_connect_again(Server *server)
{
    keep_secrets(server);
    start_link(server, NULL, NULL, false);
}

void server_start_setup(Server *server)
{
    if (server->link)
        keep_secrets(server);
    start_link(server, NULL, NULL, true);
}

bool agent_setup_active(const Server *server) { return server->link && server->setup_link; }
AgentSetup *server_setup(Server *server) { return &server->setup; }
const AgentSetup *agent_setup_of(const Server *server) { return &server->setup; }

void server_set_agent_run(Server *server, bool run)
{
    server->config.agent_run = run;
    settings_put_server(core_settings(server->core), &server->config);
}

void server_disconnect(Server *server)
{
    drop_link(server);
    secrets_clear(&server->kept);
    fail_follows(server, ERR_NOT_CONNECTED);
    error_clear(&server->error);
    server->state = SERVER_OFFLINE;
    core_touch_server(server->core, server);
}

void server_retry_now(Server *server)
{
    if (server->state == SERVER_RETRYING && server->link)
        link_retry_now(server->link);
}

Core *server_core(const Server *server) { return server->core; }
Link *server_link(const Server *server) { return server->link; }
ServerKeys *server_keys(Server *server) { return &server->keys; }
const ServerConfig *server_config(const Server *server) { return &server->config; }
const char *server_name(const Server *server) { return str_empty(server->config.name) ? str_or_empty(server->config.host) : server->config.name; }
ServerState server_state(const Server *server) { return server->state; }
bool server_online(const Server *server) { return server->state == SERVER_ONLINE; }
const Error *server_error(const Server *server) { return server->error.code ? &server->error : NULL; }
int64_t server_next_try(const Server *server) { return server->next_try; }
const Model *server_model(const Server *server) { return server->model; }
const HelloResult *server_hello(const Server *server) { return server->has_hello ? &server->hello : NULL; }

bool server_can(const Server *server, Method method, char **ret_why)
{
    if (!server->has_hello) {
        if (ret_why)
            *ret_why = x_strdup(text(TEXT_RULE_OFFLINE));
        return false;
    }
    if (StrList_contains(&server->hello.methods, method_name(method)))
        return true;
    if (ret_why)
        *ret_why = server->hello.role < method_role(method) ? text_format(TEXT_LINK_ROLE, str_or_empty(server->hello.user), server_name(server), NULL)
                                                            : text_format(TEXT_LINK_OLD_AGENT, server_name(server), NULL);
    return false;
}

int server_forget_host_key(Server *server, Error *err)
{
    /* A jump host's key may be the one that changed: the error names it. */
    JumpList jumps = { 0 };
    const char *host = server->config.host;
    int port = server->config.port;
    jump_parse(server->config.jump, &jumps, NULL);
    for (size_t i = 0; i < jumps.count; i++) {
        AUTO_FREE char *where = ssh_where(jumps.items[i].host, true);
        if (server->error.code != ERR_HOST_KEY_CHANGED || !str_equal(server->error.object, where))
            continue;
        host = jumps.items[i].host;
        port = jumps.items[i].port;
        break;
    }
    int code = ssh_forget_host(core_known_hosts(server->core), host, port, err);
    jump_clear(&jumps);
    return code;
}

void server_set_remember(Server *server, bool remember)
{
    if (server->config.remember == remember)
        return;
    server->config.remember = remember;
    settings_put_server(core_settings(server->core), &server->config);
    core_save_settings(server->core);
}

void server_copy_secrets(Server *server, Secrets *ret)
{
    if (server->link)
        link_copy_secrets(server->link, ret);
    keyring_add_missing(server, ret);
}

/* True once per prompt. */
bool server_take_prompt(Server *server)
{
    bool asked = server->asked && server->link;
    server->asked = false;
    return asked;
}
