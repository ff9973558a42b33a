/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logging in: password, keyboard-interactive, and what comes after what; ssh_login_key.c has the keys. Part of ssh.c's session, on its thread. */
#include "client/core/ssh_login.h"

#include "client/core/prompt.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

bool login_offers(const Login *login, const char *method)
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

bool login_is_cancelled(const Login *login) { return login->session->cancel && atomic_load(login->session->cancel); }

int login_cancelled(const Login *login, Error *err) { return error_set(err, ERR_CANCELLED, login->session->where, NULL); }

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

int login_refused(const Login *login, TextId what, Error *err)
{
    AUTO_FREE char *words = text_format(TEXT_SSH_OFFERS, text(what), login->methods, NULL);
    return error_set(err, ERR_AUTH_FAILED, login->session->where, "%s", words);
}

int login_outcome(const Login *login, int rc, Error *err)
{
    switch (rc) {
    case 0:
        return LOGIN_IN;
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
    case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
        return LOGIN_REFUSED;
    case LIBSSH2_ERROR_PASSWORD_EXPIRED:
        return error_set(err, ERR_AUTH_FAILED, login->session->where, "%s", text(TEXT_SSH_PASSWORD_EXPIRED));
    default:
        return ssh_fail(login->session, libssh2_userauth_authenticated(login->session->lib) ? ERR_CONNECTION_LOST : ERR_AUTH_FAILED, err);
    }
}

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
    LOGIN_WAIT(login, rc,
                libssh2_userauth_password_ex(session->lib, session->user, (unsigned)strlen(session->user), login->password,
                                             (unsigned)strlen(login->password), NULL),
                err);
    return login_outcome(login, rc, err);
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
    LOGIN_WAIT(login, rc,
                libssh2_userauth_keyboard_interactive_ex(session->lib, session->user, (unsigned)strlen(session->user), on_questions), err);
    if (login->refused)
        return login_cancelled(login, err);
    return login_outcome(login, rc, err);
}

/* One attempt with the password by the best method there is: 0 logged in, 1 refused, negative. */
static int try_secret(Login *login, Error *err)
{
    if (!login_offers(login, "password"))
        return try_interactive(login, err);
    int result = try_password(login, err);
    if (result != 1)
        return result;
    int code = ask_methods(login, err);
    if (code < 0)
        return code;
    /* The password was right, but the server wants more. */
    return login_offers(login, "password") || !login_offers(login, "keyboard-interactive") ? 1 : try_interactive(login, err);
}

static int login_by_password(Login *login, Error *err)
{
    bool password = login_offers(login, "password");
    if (!password && !login_offers(login, "keyboard-interactive"))
        return login_refused(login, TEXT_SSH_NO_PASSWORDS, err);
    for (int tries = 0; tries < LOGIN_TRIES_MAX; tries++) {
        /* Without "password" the server's own questions decide what is asked. */
        if ((password || tries > 0) && !ask_password(login, tries > 0))
            return tries == 0 || login_is_cancelled(login) ? login_cancelled(login, err) : login_refused(login, TEXT_SSH_WRONG_PASSWORD, err);
        int result = try_secret(login, err);
        if (result <= 0)
            return result;
    }
    return login_refused(login, TEXT_SSH_WRONG_PASSWORD, err);
}

/* ---- all together */

static int login_by_method(Login *login, const ServerConfig *config, Error *err)
{
    switch (config->auth) {
    case AUTH_KEY_FILE:
        return login_by_key_file(login, config, err);
    case AUTH_SSH_AGENT:
        return login_by_agent(login, config, err);
    default:
        return login_by_password(login, err);
    }
}

static bool takes_answers(const Login *login) { return login_offers(login, "password") || login_offers(login, "keyboard-interactive"); }

/* The key was right; what else? */
static int second_step(Login *login, Error *err)
{
    int code = ask_methods(login, err);
    if (code < 0 || libssh2_userauth_authenticated(login->session->lib))
        return code;
    return takes_answers(login) ? login_by_password(login, err) : login_refused(login, TEXT_SSH_KEY_REFUSED, err);
}

/* A jump host may want another kind of login than the server whose settings it shares. */
static int other_way(Login *login, const ServerConfig *config, Error *err)
{
    if (config->auth == AUTH_PASSWORD && !takes_answers(login) && login_offers(login, "publickey"))
        return login_by_agent(login, config, err);
    if (config->auth != AUTH_PASSWORD && takes_answers(login))
        return login_by_password(login, err);
    return ERR_AUTH_FAILED;
}

/* No key and no answer leads in: says so once more clearly. */
static int check_methods(const Login *login, Error *err)
{
    if (takes_answers(login) || login_offers(login, "publickey"))
        return 0;
    bool kerberos = strstr(login->methods, "gssapi") != NULL;
    return kerberos ? error_set(err, ERR_AUTH_FAILED, login->session->where, "%s", text(TEXT_SSH_ONLY_KERBEROS)) : login_refused(login, TEXT_SSH_NO_METHOD, err);
}

static int log_in(Login *login, const ServerConfig *config, Error *err)
{
    int code = ask_methods(login, err);
    if (code < 0 || libssh2_userauth_authenticated(login->session->lib))
        return code;
    code = check_methods(login, err);
    if (code == 0)
        code = login_by_method(login, config, err);
    bool refused = code == ERR_AUTH_FAILED || code == ERR_SSH_AGENT;
    if (refused && login->session->peer.jump && !login_is_cancelled(login))
        code = other_way(login, config, err);
    return code == LOGIN_MORE ? second_step(login, err) : code;
}

int ssh_login(SshSession *session, const ServerConfig *config, Error *err)
{
    Login login = { .session = session };
    session->login = &login;
    int code = log_in(&login, config, err);
    session->login = NULL;
    x_free_secret(login.password);
    free(login.methods);
    return code;
}
