/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ssh_login.c (passwords, questions, the order of things) and ssh_login_key.c (key files, SSH agents) share. On the session's thread. */
#ifndef POOLCENTER_SSH_LOGIN_H
#define POOLCENTER_SSH_LOGIN_H

#include "client/core/ssh_private.h"
#include "client/core/text.h"

enum { LOGIN_TRIES_MAX = 3 };

typedef struct Login {
    SshSession *session;
    char *methods;       /* what the server offers now, comma separated; "" when logged in */
    char *password;      /* typed by the user */
    bool password_used;  /* keyboard-interactive: its first single question was answered with it */
    bool refused;        /* the user cancelled a question */
} Login;

/* How one attempt ended, when not by an error (negative). */
enum {
    LOGIN_IN = 0,
    LOGIN_REFUSED = 1,
    LOGIN_MORE = 2,    /* the key is right, and the server wants something else besides */
};

bool login_offers(const Login *login, const char *method);
bool login_is_cancelled(const Login *login);
int login_cancelled(const Login *login, Error *err);
/* AUTH_FAILED: what is why, followed by what the server offers. */
int login_refused(const Login *login, TextId what, Error *err);
/* What a libssh2 login call ended with. */
int login_outcome(const Login *login, int rc, Error *err);

/* Calls a libssh2 function until it does not want to wait any more. */
#define LOGIN_WAIT(login, rc, call, err) \
    do { \
        int64_t deadline_ = ssh_deadline((login)->session); \
        while (((rc) = (call)) == LIBSSH2_ERROR_EAGAIN) { \
            int code_ = ssh_block((login)->session, deadline_, err); \
            if (code_ < 0) \
                return code_; \
        } \
    } while (0)

/* LOGIN_IN, LOGIN_MORE, or negative. */
int login_by_key_file(Login *login, const ServerConfig *config, Error *err);
int login_by_agent(Login *login, const ServerConfig *config, Error *err);

#endif
