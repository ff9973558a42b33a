/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See keyring.h. Between the questions of links (server.c) and the user: answers from the store, remembers what was typed once it has proved right,
 * and asks for the master password, one server at a time, when the store is locked. UI thread; scrypt runs on a worker.
 */
#include "client/core/core_private.h"
#include "client/core/credentials.h"
#include "client/core/jump.h"
#include "client/core/log.h"
#include "client/core/port.h"
#include "client/core/port_secrets.h"
#include "client/core/secret.h"
#include "client/core/server_private.h"

#include <stdlib.h>
#include <string.h>

#define FORGET_LATER "vault.forget" /* setting: names to remove when the vault is opened next, one a line */

static const SecretKind kinds[] = { SECRET_PASSWORD, SECRET_PASSPHRASE, SECRET_SUDO };

struct Keyring {
    Core *core;
    Credentials *credentials;
    Server *asker; /* whose turn it is to ask for the master password; NULL: nobody's */
    bool held;     /* the program is locked */
    struct VaultWork *works; /* under way */
};

Keyring *keyring_create(Core *core)
{
    Keyring *keyring = x_calloc(1, sizeof *keyring);
    keyring->core = core;
    keyring->credentials = credentials_create(core_folder(core));
    return keyring;
}

static Keyring *keyring_of(Server *server) { return core_keyring(server_core(server)); }

KeyringState keyring_state(const Core *core) { return credentials_state(core_keyring(core)->credentials); }
bool keyring_has_master(const Core *core) { return credentials_has_master(core_keyring(core)->credentials); }
bool keyring_busy(const Core *core) { return core_keyring(core)->works || core_keyring(core)->asker; }
bool keyring_held(const Core *core) { return core_keyring(core)->held; }

static char *account_of(const Server *server)
{
    const ServerConfig *config = server_config(server);
    return secrets_login_name(config->user, config->host, config->port);
}

/* Of a host on the way to server. */
static char *hop_account(const Server *server, const JumpHost *hop)
{
    return secrets_login_name(hop->user ? hop->user : server_config(server)->user, hop->host, hop->port);
}

static char *name_of(const Server *server, SecretKind kind)
{
    AUTO_FREE char *account = account_of(server);
    return credentials_name(account, kind);
}

/* ---- what a server keeps */

static void drop_typed(ServerKeys *own)
{
    for (size_t i = 0; i < own->typed_count; i++) {
        free(own->typed[i].name);
        secret_free(own->typed[i].secret);
    }
    own->typed_count = 0;
}

static void drop_typed_at(ServerKeys *own, size_t index)
{
    free(own->typed[index].name);
    secret_free(own->typed[index].secret);
    own->typed[index] = own->typed[--own->typed_count];
}

/* The answer of this name turned out to be wrong. */
static void drop_typed_name(ServerKeys *own, const char *name)
{
    for (size_t i = 0; i < own->typed_count; i++)
        if (str_equal(own->typed[i].name, name)) {
            drop_typed_at(own, i);
            return;
        }
}

static void add_typed(ServerKeys *own, const char *name, SecretKind kind, const char *secret)
{
    drop_typed_name(own, name);
    if (own->typed_count < KEYRING_TYPED_MAX)
        own->typed[own->typed_count++] = (TypedSecret){ .name = x_strdup(name), .secret = secret_dup(secret), .kind = kind };
}

static void drop_held(ServerKeys *own)
{
    own->holding = false;
    prompt_clear(&own->held);
}

/* Of an attempt that is over; sudo's that was right may still wait for the vault. */
static void drop_unproven(ServerKeys *own)
{
    for (size_t i = own->typed_count; i-- > 0;)
        if (!own->typed[i].right)
            drop_typed_at(own, i);
}

void server_keys_clear(ServerKeys *own)
{
    drop_typed(own);
    drop_held(own);
    free(TAKE_PTR(own->asked_name));
    StrList_clear(&own->given);
    StrList_clear(&own->stale);
}

static void list_remove(StrList *list, const char *text)
{
    StrList kept = { 0 };
    for (size_t i = 0; i < list->count; i++)
        if (!str_equal(list->items[i], text))
            StrList_add(&kept, list->items[i]);
    StrList_clear(list);
    *list = kept;
}

/* ---- remembering and forgetting */

int keyring_find(Server *server, SecretKind kind, char **ret, Error *err)
{
    AUTO_FREE char *name = name_of(server, kind);
    return server_config(server)->remember ? credentials_find(keyring_of(server)->credentials, name, ret, err) : 1;
}

static int put_name(Server *server, const char *name, const char *secret, Error *err)
{
    int code = credentials_put(keyring_of(server)->credentials, name, secret, err);
    if (code < 0)
        return code;
    list_remove(&server_keys(server)->stale, name);
    server_set_remember(server, true);
    return 0;
}

int keyring_put(Server *server, SecretKind kind, const char *secret, Error *err)
{
    AUTO_FREE char *name = name_of(server, kind);
    return put_name(server, name, secret, err);
}

void keyring_put_after_login(Server *server, SecretKind kind, const char *secret)
{
    AUTO_FREE char *name = name_of(server, kind);
    add_typed(server_keys(server), name, kind, secret);
}

static void forget_later(Core *core, const char *name)
{
    const char *before = settings_str(core_settings(core), FORGET_LATER, "");
    AUTO_FREE char *list = x_printf("%s%s\n", before, name);
    settings_set_str(core_settings(core), FORGET_LATER, list);
    core_save_settings(core);
}

void keyring_forget_account(Core *core, const char *account)
{
    Credentials *credentials = core_keyring(core)->credentials;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        AUTO_FREE char *name = credentials_name(account, kinds[i]);
        AUTO(error_clear) Error why = { 0 };
        int code = credentials_remove(credentials, name, &why);
        if (code == ERR_VAULT_LOCKED)
            forget_later(core, name);
        else if (code < 0)
            log_error(name, &why);
    }
}

void keyring_forget(Server *server)
{
    if (!server_config(server)->remember)
        return;
    AUTO_FREE char *account = account_of(server);
    keyring_forget_account(server_core(server), account);
    drop_typed(server_keys(server));
    server_set_remember(server, false);
}

/* What was forgotten while the vault was locked. */
static void forget_now(Core *core)
{
    AUTO_FREE char *list = x_strdup(settings_str(core_settings(core), FORGET_LATER, NULL));
    if (!list)
        return;
    for (char *name = list, *end; (end = strchr(name, '\n')) != NULL; name = end + 1) {
        *end = 0;
        credentials_remove(core_keyring(core)->credentials, name, NULL);
    }
    settings_set_str(core_settings(core), FORGET_LATER, NULL);
    core_save_settings(core);
}

static void add_missing(Server *server, Secrets *secrets, SecretKind kind, const char *account, const char *name)
{
    AUTO_FREE char *entry = credentials_name(account, kind);
    char *secret = NULL;
    if (!secrets_find(secrets, kind, name) && credentials_find(keyring_of(server)->credentials, entry, &secret, NULL) == 0)
        secrets_put(secrets, kind, name, secret);
    x_free_secret(secret);
}

void keyring_add_missing(Server *server, Secrets *secrets)
{
    const ServerConfig *config = server_config(server);
    JumpList jumps = { 0 };
    if (!config->remember)
        return;
    AUTO_FREE char *account = account_of(server);
    add_missing(server, secrets, SECRET_PASSWORD, account, account);
    add_missing(server, secrets, SECRET_PASSPHRASE, account, str_or_empty(config->key_file));
    jump_parse(config->jump, &jumps, NULL);
    for (size_t i = 0; i < jumps.count; i++) {
        AUTO_FREE char *hop = hop_account(server, &jumps.items[i]);
        add_missing(server, secrets, SECRET_PASSWORD, hop, hop);
        add_missing(server, secrets, SECRET_PASSPHRASE, hop, str_or_empty(config->key_file));
    }
    jump_clear(&jumps);
}

/* ---- asking for the master password */

/* What was typed has proved right: a login's by the login, sudo's by sudo. */
static bool is_right(const ServerKeys *own, const TypedSecret *typed) { return typed->kind == SECRET_SUDO ? typed->right : own->logged_in; }

static bool wants_unlocking(Server *server)
{
    const ServerKeys *own = server_keys(server);
    bool wants = own->holding;
    for (size_t i = 0; i < own->typed_count; i++)
        wants |= is_right(own, &own->typed[i]);
    return wants;
}

static void ask_master(Server *server, bool again)
{
    Keyring *keyring = keyring_of(server);
    if (keyring->asker || keyring->works || keyring->held)
        return;
    const Prompt prompt = { .kind = PROMPT_MASTER, .again = again };
    keyring->asker = server;
    server_keys(server)->asking_master = true;
    server_ask(server, &prompt);
}

/* After the one that asked has gone: the next one that waits. */
static void ask_for_next(Keyring *keyring)
{
    for (size_t i = 0; i < core_server_count(keyring->core); i++)
        if (wants_unlocking(core_server_at(keyring->core, i))) {
            ask_master(core_server_at(keyring->core, i), false);
            return;
        }
}

static void stop_asking(Keyring *keyring)
{
    if (keyring->asker)
        server_keys(keyring->asker)->asking_master = false;
    keyring->asker = NULL;
}

static void withdraw_question(Keyring *keyring)
{
    Server *asker = keyring->asker;
    stop_asking(keyring);
    if (asker && server_take_prompt(asker))
        core_prompt_withdrawn(keyring->core, asker);
}

/* ---- questions of links */

static bool kind_of(const Prompt *prompt, SecretKind *ret)
{
    *ret = prompt->kind == PROMPT_PASSPHRASE ? SECRET_PASSPHRASE : prompt->kind == PROMPT_SUDO ? SECRET_SUDO : SECRET_PASSWORD;
    return prompt->kind == PROMPT_PASSWORD || prompt->kind == PROMPT_PASSPHRASE || prompt->kind == PROMPT_SUDO;
}

/* NULL: nothing that could be remembered. */
static char *name_for(const Prompt *prompt, SecretKind *ret_kind)
{
    if (!kind_of(prompt, ret_kind))
        return NULL;
    AUTO_FREE char *account = secrets_login_name(prompt->user, prompt->host, prompt->port);
    return credentials_name(account, *ret_kind);
}

static void ask_user(Server *server, Prompt *prompt, const char *name, SecretKind kind)
{
    ServerKeys *own = server_keys(server);
    free(own->asked_name);
    own->asked_name = x_strdup(name);
    own->asked_kind = kind;
    prompt->can_remember = name && keyring_state(server_core(server)) != KEYRING_NOWHERE;
    prompt->remember = server_config(server)->remember;
    server_ask(server, prompt);
}

static void hold(Server *server, Prompt *prompt)
{
    ServerKeys *own = server_keys(server);
    drop_held(own);
    own->held = *prompt;
    own->holding = true;
    *prompt = (Prompt){ 0 };
}

/* Wrong passwords for sudo are counted on the host, so the store's goes at once. */
static void forget_sudo(Server *server, const char *name)
{
    AUTO(error_clear) Error why = { 0 };
    if (StrList_contains(&server_keys(server)->given, name) && credentials_remove(keyring_of(server)->credentials, name, &why) < 0)
        log_error(name, &why);
}

/* The answer to the question before was refused. */
static void note_refusal(Server *server, Prompt *prompt, const char *name)
{
    ServerKeys *own = server_keys(server);
    drop_typed_name(own, name);
    if (prompt->kind == PROMPT_SUDO)
        forget_sudo(server, name);
    if (!StrList_contains(&own->given, name))
        return;
    prompt->remembered_refused = true;
    if (!StrList_contains(&own->stale, name))
        StrList_add(&own->stale, name);
}

/* True: the link has its answer, or waits for the vault. */
static bool answer_from_store(Server *server, Prompt *prompt, const char *name)
{
    ServerKeys *own = server_keys(server);
    if (!server_config(server)->remember || prompt->again || StrList_contains(&own->stale, name))
        return false;
    AUTO(error_clear) Error why = { 0 };
    char *secret = NULL;
    int code = credentials_find(keyring_of(server)->credentials, name, &secret, &why);
    if (code == ERR_VAULT_LOCKED) {
        hold(server, prompt);
        ask_master(server, false);
        return true;
    }
    if (code < 0)
        core_tell_secret_problem(server_core(server), server, &why);
    if (code != 0)
        return false;
    const char *answers[] = { secret };
    StrList_add(&own->given, name);
    link_answer(server_link(server), true, answers, 1);
    x_free_secret(secret);
    return true;
}

void keyring_take_prompt(Server *server, Prompt *prompt)
{
    SecretKind kind = SECRET_PASSWORD;
    AUTO_FREE char *name = name_for(prompt, &kind);
    if (name && prompt->again)
        note_refusal(server, prompt, name);
    if (keyring_of(server)->held)
        hold(server, prompt);
    else if (!name || !answer_from_store(server, prompt, name))
        ask_user(server, prompt, name, kind);
}

void keyring_prompt_over(Server *server)
{
    Keyring *keyring = keyring_of(server);
    drop_held(server_keys(server));
    if (keyring->asker != server)
        return;
    stop_asking(keyring);
    ask_for_next(keyring);
}

/* ---- the login's course */

void keyring_attempt_begins(Server *server)
{
    ServerKeys *own = server_keys(server);
    own->logged_in = false;
    drop_unproven(own);
    StrList_clear(&own->given);
}

/* Of what was typed, that which was right is remembered now. */
static void keep_typed(Server *server)
{
    ServerKeys *own = server_keys(server);
    for (size_t i = own->typed_count; i-- > 0;) {
        if (!is_right(own, &own->typed[i]))
            continue;
        AUTO(error_clear) Error why = { 0 };
        int code = put_name(server, own->typed[i].name, own->typed[i].secret, &why);
        if (code == ERR_VAULT_LOCKED) {
            ask_master(server, false);
            return;
        }
        if (code < 0)
            core_tell_secret_problem(server_core(server), server, &why);
        drop_typed_at(own, i);
    }
}

void keyring_sudo_over(Server *server, bool right)
{
    ServerKeys *own = server_keys(server);
    AUTO_FREE char *name = name_of(server, SECRET_SUDO);
    for (size_t i = 0; i < own->typed_count; i++)
        own->typed[i].right |= right && str_equal(own->typed[i].name, name);
    if (right) {
        keep_typed(server);
        return;
    }
    drop_typed_name(own, name);
    forget_sudo(server, name);
}

void keyring_state_changed(Server *server, ServerState state)
{
    ServerKeys *own = server_keys(server);
    if (state == SERVER_CONNECTING) {
        StrList_clear(&own->given);
        own->logged_in = false;
    } else if (state == SERVER_OPENING_AGENT) {
        own->logged_in = true;
        keep_typed(server);
    } else if (state == SERVER_OFFLINE && !own->logged_in) {
        drop_unproven(own);
    }
}

/* ---- opening the vault */

/* The vault was opened: those who waited are answered. */
static void let_go(Keyring *keyring)
{
    keyring->held = false;
    withdraw_question(keyring);
    forget_now(keyring->core);
    for (size_t i = 0; i < core_server_count(keyring->core); i++) {
        Server *server = core_server_at(keyring->core, i);
        ServerKeys *own = server_keys(server);
        if (own->holding) {
            AUTO(prompt_clear) Prompt prompt = own->held;
            own->held = (Prompt){ 0 };
            own->holding = false;
            keyring_take_prompt(server, &prompt);
        }
        keep_typed(server);
    }
}

/* The user does not want to enter the master password now: the hosts' questions come themselves, and nothing is remembered. */
static void go_on_without(Keyring *keyring)
{
    for (size_t i = 0; i < core_server_count(keyring->core); i++) {
        Server *server = core_server_at(keyring->core, i);
        ServerKeys *own = server_keys(server);
        for (size_t k = own->typed_count; k-- > 0;)
            if (is_right(own, &own->typed[k]))
                drop_typed_at(own, k);
        if (!own->holding)
            continue;
        AUTO(prompt_clear) Prompt prompt = own->held;
        own->held = (Prompt){ 0 };
        own->holding = false;
        SecretKind kind = SECRET_PASSWORD;
        AUTO_FREE char *name = name_for(&prompt, &kind);
        ask_user(server, &prompt, name, kind);
    }
}

/* One piece of work on the vault. */
typedef struct VaultWork {
    struct VaultWork *next;
    Core *core;
    char *path;
    char *master;  /* secret_dup; NULL: there is no vault yet */
    char *fresh;   /* secret_dup; NULL: unlock, or no vault any more */
    bool asked;    /* by ask_master: the answer goes to go_on_asking */
    char *pairs;   /* secret_alloc: what moves */
    VaultKey *key;
    Error error;
    KeyringDone done;
    const void *owner;
    void *context;
} VaultWork;

static void work_free(VaultWork *work)
{
    VaultWork **at = &core_keyring(work->core)->works;
    while (*at != work)
        at = &(*at)->next;
    *at = work->next;
    free(work->path);
    secret_free(work->master);
    secret_free(work->fresh);
    secret_free(work->pairs);
    vault_key_free(work->key);
    error_clear(&work->error);
    free(work);
}

/* ---- worker */

/* After the workers have ended. */
void keyring_free(Keyring *keyring)
{
    if (!keyring)
        return;
    while (keyring->works)
        work_free(keyring->works);
    credentials_free(keyring->credentials);
    free(keyring);
}

void keyring_forget_owner(Keyring *keyring, const void *owner)
{
    for (VaultWork *work = keyring->works; work; work = work->next)
        if (work->owner == owner)
            work->done = NULL;
}

static const VaultCost any_cost = { .log2_n = 0, .r = 0, .p = 0 };

static void unlock_work(void *context)
{
    VaultWork *work = context;
    vault_unlock(work->path, work->master, &vault_cost, &work->key, &work->error);
}

static void change_work(void *context)
{
    VaultWork *work = context;
    VaultKey *old = NULL;
    int code = 0;
    if (work->master) {
        code = vault_unlock(work->path, work->master, &any_cost, &old, &work->error);
        if (code == 0)
            code = vault_entries(work->path, old, &work->pairs, &work->error);
    }
    if (code == 0 && work->fresh) {
        work->key = vault_key_create(work->fresh, &vault_cost, &work->error);
        if (work->key)
            vault_create(work->path, work->key, work->pairs, &work->error);
    }
    vault_key_free(old);
}

/* ---- back on the UI thread */

static void report(VaultWork *work)
{
    if (work->done)
        work->done(work->context, work->error.code ? &work->error : NULL);
}

/* The server that asked for the master password gets it wrong again, or everybody goes on without. */
static void go_on_asking(Keyring *keyring, const Error *error)
{
    Server *server = NULL;
    for (size_t i = 0; i < core_server_count(keyring->core) && !server; i++)
        if (wants_unlocking(core_server_at(keyring->core, i)))
            server = core_server_at(keyring->core, i);
    if (!server)
        return;
    if (error->code == ERR_VAULT_PASSWORD) {
        ask_master(server, true);
        return;
    }
    core_tell_secret_problem(keyring->core, server, error);
    go_on_without(keyring);
}

static void unlock_done(void *context)
{
    AUTO(error_clear) Error error = { 0 };
    VaultWork *work = context;
    Keyring *keyring = core_keyring(work->core);
    bool asked = work->asked, too_late = asked && keyring->held; /* locked meanwhile: only the lock's own question opens it */
    if (!work->error.code && !too_late)
        credentials_take_key(keyring->credentials, TAKE_PTR(work->key));
    report(work);
    error_move(&error, &work->error);
    work_free(work);
    if (too_late)
        return;
    if (!error.code)
        let_go(keyring);
    else if (asked)
        go_on_asking(keyring, &error);
    else
        ask_for_next(keyring);
}

/* What moves between vault and system's store is in both for a moment, never in none. */
static void move_to_system(VaultWork *work)
{
    if (!port_store_exists())
        return;
    for (const char *name = str_or_empty(work->pairs); *name && !work->error.code;) {
        const char *secret = name + strlen(name) + 1;
        AUTO_FREE char *user = x_strndup(name, strcspn(name, "@"));
        port_store_put(name, strchr(user, '/') ? strchr(user, '/') + 1 : user, secret, &work->error);
        name = secret + strlen(secret) + 1;
    }
}

static void remove_from_system(const VaultWork *work)
{
    for (const char *name = str_or_empty(work->pairs); *name;) {
        const char *secret = name + strlen(name) + 1;
        port_store_remove(name, NULL);
        name = secret + strlen(secret) + 1;
    }
}

static void take_change(Keyring *keyring, VaultWork *work)
{
    if (work->fresh) {
        if (!work->master)
            remove_from_system(work);
        credentials_take_key(keyring->credentials, TAKE_PTR(work->key));
        return;
    }
    move_to_system(work);
    if (work->error.code)
        return;
    port_remove(work->path);
    credentials_lock(keyring->credentials);
}

static void change_done(void *context)
{
    VaultWork *work = context;
    Core *core = work->core;
    Keyring *keyring = core_keyring(core);
    credentials_suspend(keyring->credentials, false);
    if (!work->error.code)
        take_change(keyring, work);
    report(work);
    work_free(work);
    if (keyring->held)
        credentials_lock(keyring->credentials); /* the program was locked meanwhile */
    else if (keyring_state(core) != KEYRING_LOCKED)
        let_go(keyring);
    else
        ask_for_next(keyring);
}

/* ---- what the window calls */

static VaultWork *work_create(Core *core, const char *master, KeyringDone done, const void *owner, void *context)
{
    VaultWork *work = x_calloc(1, sizeof *work);
    work->core = core;
    work->path = x_strdup(credentials_path(core_keyring(core)->credentials));
    work->master = secret_dup(master);
    work->done = done;
    work->owner = owner;
    work->context = context;
    work->next = core_keyring(core)->works;
    core_keyring(core)->works = work;
    return work;
}

/* The owner of the answer may go, the work must come to its end: it has none. */
static void unlock(Core *core, VaultWork *work)
{
    core_run(core, unlock_work, unlock_done, NULL, work);
}

void keyring_unlock(Core *core, const char *master, KeyringDone done, const void *owner, void *context)
{
    unlock(core, work_create(core, master, done, owner, context));
}

/* Room for one more entry behind those in pairs. */
static char *add_pair(char *pairs, size_t *used, const char *name, const char *secret)
{
    size_t name_size = strlen(name) + 1, secret_size = strlen(secret) + 1;
    char *more = secret_alloc(*used + name_size + secret_size + 1);
    if (*used)
        memcpy(more, pairs, *used);
    memcpy(more + *used, name, name_size);
    memcpy(more + *used + name_size, secret, secret_size);
    *used += name_size + secret_size;
    secret_free(pairs);
    return more;
}

/* What moves out of the system's store. */
typedef struct Collected {
    char *pairs; /* NULL: nothing yet */
    size_t used;
} Collected;

static void collect_account(Collected *collected, const char *account)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char *secret = NULL;
        AUTO_FREE char *name = credentials_name(account, kinds[i]);
        if (port_store_find(name, &secret, NULL) == 0 && !str_empty(secret))
            collected->pairs = add_pair(collected->pairs, &collected->used, name, secret);
        x_free_secret(secret);
    }
}

/* What the system's store holds for the servers of the list and the hosts on the way to them. */
static char *collect(const Core *core)
{
    Collected collected = { 0 };
    for (size_t i = 0; i < core_server_count(core); i++) {
        const Server *server = core_server_at(core, i);
        AUTO_FREE char *account = account_of(server);
        JumpList jumps = { 0 };
        collect_account(&collected, account);
        jump_parse(server_config(server)->jump, &jumps, NULL);
        for (size_t k = 0; k < jumps.count; k++) {
            AUTO_FREE char *hop = hop_account(server, &jumps.items[k]);
            collect_account(&collected, hop);
        }
        jump_clear(&jumps);
    }
    return collected.pairs;
}

void keyring_set_master(Core *core, const char *old, const char *fresh, KeyringDone done, const void *owner, void *context)
{
    Keyring *keyring = core_keyring(core);
    VaultWork *work = work_create(core, old, done, owner, context);
    work->fresh = secret_dup(fresh);
    if (!old)
        work->pairs = collect(core);
    credentials_suspend(keyring->credentials, true);
    core_run(core, change_work, change_done, NULL, work);
}

void keyring_lock(Core *core)
{
    Keyring *keyring = core_keyring(core);
    withdraw_question(keyring);
    keyring->held = true;
    credentials_lock(keyring->credentials);
    for (size_t i = 0; i < core_server_count(core); i++) {
        Server *server = core_server_at(core, i);
        if (server_config(server)->remember && server_link(server))
            link_forget_secrets(server_link(server));
    }
}

/* ---- answers of the user */

static void take_secret(Server *server, const char *secret, PromptRemember remember)
{
    ServerKeys *own = server_keys(server);
    if (remember == PROMPT_REMEMBER)
        add_typed(own, own->asked_name, own->asked_kind, secret);
    else if (remember == PROMPT_FORGET)
        keyring_forget(server);
}

static void take_master(Keyring *keyring, bool accepted, const char *const *answers, size_t count)
{
    stop_asking(keyring);
    if (!accepted || !count) {
        go_on_without(keyring);
        return;
    }
    VaultWork *work = work_create(keyring->core, answers[0], NULL, NULL, NULL);
    work->asked = true;
    unlock(keyring->core, work);
}

bool keyring_take_answer(Server *server, bool accepted, const char *const *answers, size_t count, PromptRemember remember)
{
    ServerKeys *own = server_keys(server);
    AUTO_FREE char *name = own->asked_name; /* take_secret reads it through own */
    if (own->asking_master) {
        own->asked_name = NULL;
        take_master(keyring_of(server), accepted, answers, count);
        return true;
    }
    if (accepted && count && name)
        take_secret(server, answers[0], remember);
    own->asked_name = NULL;
    return false;
}
