/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logging in: password, keyboard-interactive, key file, SSH agent. Part of ssh.c's session, on its thread. */
#include "client/core/ssh_private.h"

#include "client/core/prompt.h"

#include <openssl/evp.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 3, KEY_FILE_MAX = 64 << 10 };

typedef struct Login {
    SshSession *session;
    char *methods;       /* what the server offers now, comma separated; "" when logged in */
    char *password;      /* typed by the user */
    bool password_used;  /* keyboard-interactive: its first single question was answered with it */
    bool refused;        /* the user cancelled a question */
} Login;

static bool offers(const Login *login, const char *method)
{
    size_t length = strlen(method);
    for (const char *p = login->methods; *p; p += *p == ',') {
        size_t part = strcspn(p, ",");
        if (part == length && memcmp(p, method, length) == 0)
            return true;
        p += part;
    }
    return false;
}

static bool is_cancelled(const Login *login) { return login->session->cancel && atomic_load(login->session->cancel); }

static int cancelled(const Login *login, Error *err) { return error_set(err, ERR_CANCELLED, login->session->where, NULL); }

/* Asks which methods may go on; also after a failure, since a success of the first of two steps is told as a shorter list. */
static int ask_methods(Login *login, Error *err)
{
    SshSession *session = login->session;
    int64_t deadline = ssh_deadline(session);
    for (;;) {
        const char *list = libssh2_userauth_list(session->lib, session->user, (unsigned)strlen(session->user));
        if (list || libssh2_userauth_authenticated(session->lib)) {
            free(login->methods);
            login->methods = x_strdup(str_or_empty(list));
            return 0;
        }
        if (libssh2_session_last_errno(session->lib) != LIBSSH2_ERROR_EAGAIN)
            return ssh_fail(session, ERR_SSH_HANDSHAKE, err);
        int code = ssh_block(session, deadline, err);
        if (code < 0)
            return code;
    }
}

static int refused(const Login *login, const char *what, Error *err)
{
    return error_set(err, ERR_AUTH_FAILED, login->session->where, "%s (it offers: %s)", what, login->methods);
}

/* What a libssh2 login call ended with: 0 logged in, 1 refused, negative with err set. */
static int outcome(const Login *login, int rc, Error *err)
{
    switch (rc) {
    case 0:
        return 0;
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
    case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
        return 1;
    case LIBSSH2_ERROR_PASSWORD_EXPIRED:
        return refused(login, "the password has expired and must be changed", err);
    default:
        return ssh_fail(login->session, libssh2_userauth_authenticated(login->session->lib) ? ERR_CONNECTION_LOST : ERR_AUTH_FAILED, err);
    }
}

/* Calls a libssh2 function until it does not want to wait any more. */
#define WHILE_AGAIN(login, rc, call, err) \
    do { \
        int64_t deadline_ = ssh_deadline((login)->session); \
        while (((rc) = (call)) == LIBSSH2_ERROR_EAGAIN) { \
            int code_ = ssh_block((login)->session, deadline_, err); \
            if (code_ < 0) \
                return code_; \
        } \
    } while (0)

/* ---- password and keyboard-interactive */

static bool ask_password(Login *login, bool again)
{
    const SshAsk *ask = login->session->ask;
    x_free_secret(TAKE_PTR(login->password));
    return ask->password && ask->password(ask->context, &login->session->peer, again, &login->password) && login->password;
}

static int try_password(Login *login, Error *err)
{
    SshSession *session = login->session;
    int rc = 0;
    WHILE_AGAIN(login, rc,
                libssh2_userauth_password_ex(session->lib, session->user, (unsigned)strlen(session->user), login->password,
                                             (unsigned)strlen(login->password), NULL),
                err);
    return outcome(login, rc, err);
}

static void answer(LIBSSH2_USERAUTH_KBDINT_RESPONSE *response, const char *text)
{
    /* libssh2 frees it with free(). */
    response->text = x_strdup(text);
    response->length = (unsigned)strlen(text);
}

/* Bytes from the server as text of bounded size. */
static char *text_of(const void *bytes, size_t size) { return x_strndup(bytes ? bytes : "", bytes ? (size < LIMIT_TEXT ? size : LIMIT_TEXT) : 0); }

static void ask_questions(Login *login, const char *title, const char *instruction, int count, const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
                          LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses)
{
    const SshAsk *ask = login->session->ask;
    char *texts[PROMPT_QUESTIONS_MAX] = { NULL };
    bool echos[PROMPT_QUESTIONS_MAX] = { false };
    char *answers[PROMPT_QUESTIONS_MAX] = { NULL };
    for (int i = 0; i < count; i++) {
        texts[i] = text_of(prompts[i].text, prompts[i].length);
        echos[i] = prompts[i].echo != 0;
    }
    login->refused = !ask->questions || !ask->questions(ask->context, &login->session->peer, title, instruction, (size_t)count, (const char *const *)texts, echos,
                                                      answers);
    for (int i = 0; i < count; i++) {
        answer(&responses[i], login->refused ? "" : str_or_empty(answers[i]));
        x_free_secret(answers[i]);
        free(texts[i]);
    }
}

static void on_questions(const char *name, int name_length, const char *instruction, int instruction_length, int count,
                         const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts, LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **abstract)
{
    SshSession *session = *abstract;
    Login *login = session->login;
    if (count == 0)
        return;
    bool single_secret = count == 1 && !prompts[0].echo && !login->password_used;
    if (single_secret && !login->refused) {
        login->password_used = true;
        login->refused = !login->password && !ask_password(login, false);
        answer(&responses[0], login->refused ? "" : login->password);
        return;
    }
    if (login->refused || count > PROMPT_QUESTIONS_MAX) {
        login->refused = true;
        for (int i = 0; i < count; i++)
            answer(&responses[i], "");
        return;
    }
    AUTO_FREE char *title = text_of(name, (size_t)name_length);
    AUTO_FREE char *words = text_of(instruction, (size_t)instruction_length);
    ask_questions(login, title, words, count, prompts, responses);
}

static int try_interactive(Login *login, Error *err)
{
    SshSession *session = login->session;
    login->password_used = false;
    int rc = 0;
    WHILE_AGAIN(login, rc,
                libssh2_userauth_keyboard_interactive_ex(session->lib, session->user, (unsigned)strlen(session->user), on_questions), err);
    if (login->refused)
        return cancelled(login, err);
    return outcome(login, rc, err);
}

/* One attempt with the password by the best method there is: 0 logged in, 1 refused, negative. */
static int try_secret(Login *login, Error *err)
{
    if (!offers(login, "password"))
        return try_interactive(login, err);
    int result = try_password(login, err);
    if (result != 1)
        return result;
    int code = ask_methods(login, err);
    if (code < 0)
        return code;
    /* The password was right, but the server wants more. */
    return offers(login, "password") || !offers(login, "keyboard-interactive") ? 1 : try_interactive(login, err);
}

static int login_by_password(Login *login, Error *err)
{
    bool password = offers(login, "password");
    if (!password && !offers(login, "keyboard-interactive"))
        return refused(login, "it takes no passwords", err);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        /* Without "password" the server's own questions decide what is asked. */
        if ((password || tries > 0) && !ask_password(login, tries > 0))
            return tries == 0 || is_cancelled(login) ? cancelled(login, err) : refused(login, "the password is wrong", err);
        int result = try_secret(login, err);
        if (result <= 0)
            return result;
    }
    return refused(login, "the password is wrong", err);
}

/* ---- key file */

/* OpenSSH's own format names the cipher after a magic word, all in base64. */
static bool openssh_key_encrypted(const char *text)
{
    static const char magic[] = "openssh-key-v1";
    const char *body = strchr(text, '\n');
    unsigned char bytes[64] = { 0 };
    char head[81] = "";
    size_t length = 0;
    for (const char *p = body ? body : ""; *p && *p != '-' && length < 64; p++)
        if (*p > ' ')
            head[length++] = *p;
    int size = EVP_DecodeBlock(bytes, (const unsigned char *)head, (int)(length / 4 * 4));
    return size >= 27 && memcmp(bytes, magic, sizeof magic) == 0 && memcmp(bytes + sizeof magic + 4, "none", 4) != 0;
}

static bool key_encrypted(const char *text) { return strstr(text, "ENCRYPTED") || (strstr(text, "BEGIN OPENSSH PRIVATE KEY") && openssh_key_encrypted(text)); }

/* NULL: it looks like a private key. */
static const char *why_not_a_key(const char *text)
{
    if (strncmp(text, "PuTTY-User-Key-File", 19) == 0)
        return "it is in PuTTY's format; save it in OpenSSH's format with PuTTYgen (Conversions > Export OpenSSH key)";
    if (strncmp(text, "ssh-", 4) == 0 || strncmp(text, "ecdsa-", 6) == 0 || strstr(text, "BEGIN SSH2 PUBLIC KEY"))
        return "it holds the public half; choose the private key (the file without .pub)";
    return strstr(text, "PRIVATE KEY") ? NULL : "it holds no private key";
}

static int try_key(Login *login, const char *key, size_t size, const char *passphrase, Error *err)
{
    SshSession *session = login->session;
    int rc = 0;
    WHILE_AGAIN(login, rc,
                libssh2_userauth_publickey_frommemory(session->lib, session->user, strlen(session->user), NULL, 0, key, size, passphrase), err);
    if (rc == LIBSSH2_ERROR_FILE || rc == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED || rc == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED)
        return LIBSSH2_ERROR_KEYFILE_AUTH_FAILED;
    return outcome(login, rc, err);
}

static int try_encrypted_key(Login *login, const ServerConfig *config, const char *key, size_t size, Error *err)
{
    const SshAsk *ask = login->session->ask;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        char *passphrase = NULL;
        if (!ask->passphrase || !ask->passphrase(ask->context, &login->session->peer, config->key_file, tries > 0, &passphrase))
            return tries == 0 || is_cancelled(login) ? cancelled(login, err) : error_set(err, ERR_KEY_FILE, config->key_file, "the passphrase is wrong");
        int result = try_key(login, key, size, passphrase, err);
        x_free_secret(passphrase);
        if (result != LIBSSH2_ERROR_KEYFILE_AUTH_FAILED)
            return result;
    }
    return error_set(err, ERR_KEY_FILE, config->key_file, "the passphrase is wrong");
}

static int login_with_key(Login *login, const ServerConfig *config, const char *key, size_t size, Error *err)
{
    const char *why = why_not_a_key(key);
    if (why)
        return error_set(err, ERR_KEY_FILE, config->key_file, "%s", why);
    int result = key_encrypted(key) ? try_encrypted_key(login, config, key, size, err) : try_key(login, key, size, NULL, err);
    if (result == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED)
        return error_set(err, ERR_KEY_FILE, config->key_file, "its format is not known or it is damaged");
    return result == 1 ? refused(login, "the key is not allowed there", err) : result;
}

static int login_by_key_file(Login *login, const ServerConfig *config, Error *err)
{
    char *key = NULL;
    size_t size = 0;
    Error why = { 0 };
    if (!offers(login, "publickey"))
        return refused(login, "it takes no keys", err);
    if (port_read_whole(str_or_empty(config->key_file), KEY_FILE_MAX, &key, &size, &why) < 0) {
        int code = error_set(err, ERR_KEY_FILE, config->key_file, "%s", why.code == ERR_TOO_LARGE ? "it is too large for a key" : str_or_empty(why.cause));
        error_clear(&why);
        return code;
    }
    int result = login_with_key(login, config, key, size, err);
    x_wipe(key, size);
    free(key);
    return result;
}

/* ---- SSH agent */

static int try_identity(Login *login, LIBSSH2_AGENT *agent, struct libssh2_agent_publickey *identity, Error *err)
{
    int rc = 0;
    WHILE_AGAIN(login, rc, libssh2_agent_userauth(agent, login->session->user, identity), err);
    /* A key the agent cannot sign with (a removed smart card) is as good as refused. */
    return rc == LIBSSH2_ERROR_AGENT_PROTOCOL || rc == LIBSSH2_ERROR_ALGO_UNSUPPORTED ? 1 : outcome(login, rc, err);
}

static int try_identities(Login *login, LIBSSH2_AGENT *agent, Error *err)
{
    struct libssh2_agent_publickey *identity = NULL;
    int count = 0;
    while (libssh2_agent_get_identity(agent, &identity, identity) == 0) {
        count++;
        int result = try_identity(login, agent, identity, err);
        if (result != 1)
            return result;
    }
    return count ? refused(login, "none of the SSH agent's keys is allowed there", err) : error_set(err, ERR_SSH_AGENT, NULL, "it holds no keys");
}

static int login_by_agent(Login *login, Error *err)
{
    if (!offers(login, "publickey"))
        return refused(login, "it takes no keys", err);
    LIBSSH2_AGENT *agent = libssh2_agent_init(login->session->lib);
    int code = 0;
    if (!agent || libssh2_agent_connect(agent) != 0)
        code = error_set(err, ERR_SSH_AGENT, NULL, "none is running");
    else if (libssh2_agent_list_identities(agent) != 0)
        code = error_set(err, ERR_SSH_AGENT, NULL, "it does not answer");
    else
        code = try_identities(login, agent, err);
    if (agent) {
        libssh2_agent_disconnect(agent);
        libssh2_agent_free(agent);
    }
    return code;
}

/* ---- all together */

static int login_by_method(Login *login, const ServerConfig *config, Error *err)
{
    switch (config->auth) {
    case AUTH_KEY_FILE:
        return login_by_key_file(login, config, err);
    case AUTH_SSH_AGENT:
        return login_by_agent(login, err);
    default:
        return login_by_password(login, err);
    }
}

/* A server may want a second step after the key: it then refuses the key "partially" and offers the rest. */
static int second_step(Login *login, const ServerConfig *config, Error *err)
{
    if (config->auth == AUTH_PASSWORD || ask_methods(login, NULL) < 0)
        return ERR_AUTH_FAILED;
    if (offers(login, "publickey") || (!offers(login, "password") && !offers(login, "keyboard-interactive")))
        return ERR_AUTH_FAILED;
    return login_by_password(login, err);
}

int ssh_login(SshSession *session, const ServerConfig *config, Error *err)
{
    Login login = { .session = session };
    session->login = &login;
    int code = ask_methods(&login, err);
    if (code == 0 && !libssh2_userauth_authenticated(session->lib))
        code = login_by_method(&login, config, err);
    if (code == ERR_AUTH_FAILED && !is_cancelled(&login))
        code = second_step(&login, config, err);
    session->login = NULL;
    x_free_secret(login.password);
    free(login.methods);
    return code;
}
