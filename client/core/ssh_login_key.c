/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logging in with a key: a file in OpenSSH's, PEM or PuTTY's format, with a certificate beside it if there is one, or a key of an SSH agent. FIDO keys are
 * always used through an agent, since it knows how to ask for a touch. Part of ssh.c's session, on its thread.
 */
#include "client/core/ssh_login.h"

#include "client/core/openssh_key.h"
#include "client/core/ppk.h"
#include "client/core/ssh_agent.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY_FILE_MAX = 64 << 10,
    LIST_TIMEOUT_MS = 20000,
    SIGN_TIMEOUT_MS = 110000, /* someone looks for the key to touch; sshd gives up after 120 s */
    DAMAGED = -1, WRONG_PASSPHRASE = -2, /* of a file; error codes are far below */
};

/* ---- SSH agent */

/* Signs for libssh2: what it is given with the key. */
typedef struct Signer {
    Login *login;
    const SshAgentKey *key;
    bool signed_it, failed; /* what the agent did, if it was asked */
} Signer;

/* Waits for a request to the agent; a negative code when cancelled, lost or too late. */
static int wait_for(Login *login, SshAgentJob *job, int timeout_ms, Error *err)
{
    int64_t deadline = port_monotonic_ms() + timeout_ms;
    while (!ssh_agent_done(job)) {
        int code = ssh_block(login->session, deadline, err);
        if (code < 0)
            return code;
    }
    return 0;
}

static int sign(LIBSSH2_SESSION *lib, unsigned char **ret, size_t *ret_size, const unsigned char *data, size_t size, void **abstract)
{
    (void)lib;
    Signer *signer = (Signer *)(void *)abstract;
    SshAgentJob *job = ssh_agent_start_sign(signer->key, data, size, signer->login->session->wake);
    int result = wait_for(signer->login, job, SIGN_TIMEOUT_MS, NULL);
    if (result == 0)
        result = ssh_agent_take_signature(job, ret, ret_size);
    ssh_agent_leave(job);
    signer->signed_it = result == 0;
    signer->failed = result < 0;
    return result == 1 ? LIBSSH2_ERROR_ALGO_UNSUPPORTED : result;
}

static int try_agent_key(Login *login, const SshAgentKey *key, Error *err)
{
    SshSession *session = login->session;
    Signer signer = { .login = login, .key = key };
    int rc = 0;
    LOGIN_WAIT(login, rc, libssh2_userauth_publickey(session->lib, session->user, key->blob, key->size, sign, (void **)(void *)&signer), err);
    if (login_is_cancelled(login))
        return login_cancelled(login, err);
    /* A key the agent cannot or may not sign with (a removed smart card, a "no" of its user) is as good as refused. */
    if (signer.failed || rc == LIBSSH2_ERROR_ALGO_UNSUPPORTED)
        return LOGIN_REFUSED;
    if (rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED && !signer.signed_it)
        return ssh_fail(session, ERR_AUTH_FAILED, err); /* no answer to the question whether it takes the key */
    int result = login_outcome(login, rc, err);
    /* The server had said that it takes this key: its "no" to the right signature means that it wants more. */
    return result == LOGIN_REFUSED && rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED ? LOGIN_MORE : result;
}

static void remember(const Login *login, const SshAgentKey *key)
{
    const SshAsk *ask = login->session->ask;
    if (ask->used_key)
        ask->used_key(ask->context, &login->session->peer, key->fingerprint);
}

/* sshd hangs up when too many keys were not the right one. */
static int too_many(const Login *login, size_t tries, Error *err)
{
    AUTO_FREE char *count = x_printf("%zu", tries);
    AUTO_FREE char *words = text_format(TEXT_SSH_AGENT_TOO_MANY, count, NULL);
    return error_set(err, ERR_AUTH_FAILED, login->session->where, "%s", words);
}

static int try_agent_keys(Login *login, const SshAgentKeys *keys, Error *err)
{
    for (size_t i = 0; i < keys->count; i++) {
        Error why = { 0 };
        int result = try_agent_key(login, &keys->items[i], &why);
        if (result == LOGIN_IN || result == LOGIN_MORE) {
            remember(login, &keys->items[i]);
            return result;
        }
        if (result < 0 && result != ERR_CANCELLED && i > 0) {
            error_clear(&why);
            return too_many(login, i, err);
        }
        if (result < 0)
            return error_move(err, &why);
    }
    return login_refused(login, TEXT_SSH_AGENT_REFUSED, err);
}

static int list_agent(Login *login, SshAgentKeys *ret, Error *err)
{
    *ret = (SshAgentKeys){ 0 };
    SshAgentJob *job = ssh_agent_start_list(login->session->wake);
    int code = wait_for(login, job, LIST_TIMEOUT_MS, err);
    if (code == 0)
        ssh_agent_take_keys(job, ret);
    ssh_agent_leave(job);
    return code == ERR_TIMEOUT ? error_set(err, ERR_SSH_AGENT, NULL, "%s", text(TEXT_SSH_AGENT_SILENT)) : code;
}

int login_by_agent(Login *login, const ServerConfig *config, Error *err)
{
    if (!login_offers(login, "publickey"))
        return login_refused(login, TEXT_SSH_NO_KEYS, err);
    SshAgentKeys keys;
    int code = list_agent(login, &keys, err);
    if (code == 0 && !keys.running)
        code = error_set(err, ERR_SSH_AGENT, NULL, "%s", text(TEXT_SSH_AGENT_NONE));
    else if (code == 0 && !keys.count)
        code = error_set(err, ERR_SSH_AGENT, NULL, "%s", text(TEXT_SSH_AGENT_EMPTY));
    if (code == 0) {
        ssh_agent_prefer(&keys, config->agent_key);
        code = try_agent_keys(login, &keys, err);
    }
    ssh_agent_keys_clear(&keys);
    return code;
}

/* The key of a file, used through an agent that holds it, too. LOGIN_REFUSED: none does. */
static int try_through_agent(Login *login, const OpensshKey *file, Error *err)
{
    SshAgentKeys keys;
    int result = list_agent(login, &keys, err);
    if (result == ERR_SSH_AGENT) {
        error_clear(err);
        result = 0;
    }
    const SshAgentKey *key = result == 0 ? ssh_agent_find(&keys, (WireBytes){ file->blob, file->size }) : NULL;
    if (result == 0)
        result = key ? try_agent_key(login, key, err) : LOGIN_REFUSED;
    ssh_agent_keys_clear(&keys);
    return result;
}

/* ---- key file */

typedef struct KeyFile {
    const char *path;
    char *text; /* secret */
    size_t size;
    char *certificate; /* text of the -cert.pub file beside it, or NULL */
} KeyFile;

static int file_error(const KeyFile *file, TextId cause, Error *err) { return error_set(err, ERR_KEY_FILE, file->path, "%s", text(cause)); }

static int fido_error(const KeyFile *file, Error *err)
{
    AUTO_FREE char *words = text_format(TEXT_SSH_KEY_IS_FIDO, file->path, NULL);
    return error_set(err, ERR_KEY_FILE, file->path, "%s", words);
}

/* 0: it may be a private key. */
static int check_kind(const KeyFile *file, Error *err)
{
    const char *words = file->text;
    if (strncmp(words, "ssh-", 4) == 0 || strncmp(words, "ecdsa-", 6) == 0 || strncmp(words, "sk-", 3) == 0 || strstr(words, "BEGIN SSH2 PUBLIC KEY"))
        return file_error(file, TEXT_SSH_KEY_IS_PUBLIC, err);
    return ppk_is(words) || strstr(words, "PRIVATE KEY") ? 0 : file_error(file, TEXT_SSH_KEY_IS_NONE, err);
}

/* LOGIN_..., DAMAGED (or locked by another passphrase), or an error. */
static int offer_key(Login *login, const char *key, size_t size, const char *passphrase, const char *certificate, Error *err)
{
    SshSession *session = login->session;
    int rc = 0;
    LOGIN_WAIT(login, rc,
               libssh2_userauth_publickey_frommemory(session->lib, session->user, strlen(session->user), certificate, certificate ? strlen(certificate) : 0, key, size,
                                                     passphrase),
               err);
    if (rc == LIBSSH2_ERROR_FILE || rc == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED || rc == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED)
        return DAMAGED;
    int result = login_outcome(login, rc, err);
    return result == LOGIN_REFUSED && rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED ? LOGIN_MORE : result;
}

/* With the certificate first: it may be what the server trusts. */
static int offer_both(Login *login, const KeyFile *file, const char *key, size_t size, const char *passphrase, Error *err)
{
    int result = file->certificate ? offer_key(login, key, size, passphrase, file->certificate, err) : LOGIN_REFUSED;
    return result == LOGIN_REFUSED || (result == DAMAGED && file->certificate) ? offer_key(login, key, size, passphrase, NULL, err) : result;
}

static int try_ppk(Login *login, const KeyFile *file, const char *passphrase, Error *err)
{
    char *key = NULL;
    switch (ppk_convert(file->text, file->size, passphrase, &key)) {
    case PPK_OK:               break;
    case PPK_WRONG_PASSPHRASE: return WRONG_PASSPHRASE;
    case PPK_UNSUPPORTED:      return file_error(file, TEXT_SSH_PPK_UNSUPPORTED, err);
    default:                   return DAMAGED;
    }
    int result = offer_both(login, file, key, strlen(key), NULL, err);
    x_free_secret(key);
    return result;
}

static int try_file(Login *login, const KeyFile *file, const char *passphrase, Error *err)
{
    return ppk_is(file->text) ? try_ppk(login, file, passphrase, err) : offer_both(login, file, file->text, file->size, passphrase, err);
}

static int try_with_passphrase(Login *login, const KeyFile *file, Error *err)
{
    const SshAsk *ask = login->session->ask;
    for (int tries = 0; tries < LOGIN_TRIES_MAX; tries++) {
        char *passphrase = NULL;
        if (!ask->passphrase || !ask->passphrase(ask->context, &login->session->peer, file->path, tries > 0, &passphrase))
            return tries == 0 || login_is_cancelled(login) ? login_cancelled(login, err) : file_error(file, TEXT_SSH_WRONG_PASSPHRASE, err);
        int result = try_file(login, file, passphrase, err);
        x_free_secret(passphrase);
        /* libssh2 does not tell a wrong passphrase from a damaged file. */
        if (result != WRONG_PASSPHRASE && (result != DAMAGED || ppk_is(file->text)))
            return result;
    }
    return file_error(file, TEXT_SSH_WRONG_PASSPHRASE, err);
}

static bool pem_encrypted(const char *words) { return strstr(words, "ENCRYPTED") != NULL; }

static int use_file(Login *login, const KeyFile *file, Error *err)
{
    OpensshKey key = { 0 };
    bool openssh = openssh_key_read(file->text, &key);
    bool fido = openssh && strncmp(key.type, "sk-", 3) == 0;
    bool locked = ppk_is(file->text) ? ppk_encrypted(file->text) : openssh ? key.encrypted : pem_encrypted(file->text);
    int result = fido || (openssh && locked) ? try_through_agent(login, &key, err) : LOGIN_REFUSED;
    if (result == LOGIN_REFUSED && fido)
        result = fido_error(file, err);
    else if (result == LOGIN_REFUSED)
        result = locked ? try_with_passphrase(login, file, err) : try_file(login, file, NULL, err);
    openssh_key_clear(&key);
    return result;
}

static int read_file(KeyFile *file, Error *err)
{
    AUTO(error_clear) Error why = { 0 };
    if (port_read_whole(str_or_empty(file->path), KEY_FILE_MAX, &file->text, &file->size, &why) < 0) {
        if (why.code == ERR_TOO_LARGE)
            return file_error(file, TEXT_SSH_KEY_IS_LARGE, err);
        return error_set(err, ERR_KEY_FILE, file->path, "%s", str_or_empty(why.cause));
    }
    AUTO_FREE char *path = x_printf("%s-cert.pub", file->path);
    size_t size = 0;
    if (port_file_exists(path) && port_read_whole(path, KEY_FILE_MAX, &file->certificate, &size, NULL) == 0)
        file->certificate[strcspn(file->certificate, "\r\n")] = 0;
    return 0;
}

int login_by_key_file(Login *login, const ServerConfig *config, Error *err)
{
    if (!login_offers(login, "publickey"))
        return login_refused(login, TEXT_SSH_NO_KEYS, err);
    KeyFile file = { .path = config->key_file };
    int result = read_file(&file, err);
    if (result == 0)
        result = check_kind(&file, err);
    if (result == 0)
        result = use_file(login, &file, err);
    if (file.text)
        x_wipe(file.text, file.size);
    free(file.text);
    free(file.certificate);
    if (result == DAMAGED || result == WRONG_PASSPHRASE)
        return file_error(&file, TEXT_SSH_KEY_IS_DAMAGED, err);
    return result == LOGIN_REFUSED ? login_refused(login, TEXT_SSH_KEY_REFUSED, err) : result;
}
