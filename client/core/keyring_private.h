/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What server.c, prompt.c and core.c tell keyring.c, and what it keeps for each server. UI thread. */
#ifndef POOLCENTER_KEYRING_PRIVATE_H
#define POOLCENTER_KEYRING_PRIVATE_H

#include "client/core/prompt.h"
#include "client/core/keyring.h"

typedef struct Keyring Keyring;

enum { KEYRING_TYPED_MAX = 8 }; /* a login through several hosts has several */

typedef struct TypedSecret {
    char *name;   /* credentials_name */
    char *secret; /* secret_free */
    SecretKind kind;
    bool right;   /* SUDO: it was */
} TypedSecret;

/* Part of each server. */
typedef struct ServerKeys {
    bool holding;       /* held waits until the vault is open or the program is unlocked */
    Prompt held;
    bool asking_master; /* the question that is with the user is for the master password, and this server's turn to ask it */
    char *asked_name;   /* of the secret the user is asked for; NULL: it cannot be remembered */
    SecretKind asked_kind;
    bool logged_in;     /* this attempt has: what was typed for it is right */
    StrList given;      /* names that were answered from the store in this attempt */
    StrList stale;      /* names that the host refused: not given again */
    TypedSecret typed[KEYRING_TYPED_MAX]; /* to be remembered when the login has worked */
    size_t typed_count;
} ServerKeys;

Keyring *keyring_create(Core *core);
void keyring_free(Keyring *keyring);
void keyring_forget_owner(Keyring *keyring, const void *owner); /* core_forget */

void server_keys_clear(ServerKeys *own);
/* server_connect: what an earlier attempt left is over. */
void keyring_attempt_begins(Server *server);
void keyring_state_changed(Server *server, ServerState state);
/* A question of the connecting server: answers it, keeps it for later (empties it then) or hands it on to the user. */
void keyring_take_prompt(Server *server, Prompt *prompt);
/* The user answered. True: it was for the master password, not for the host. */
bool keyring_take_answer(Server *server, bool accepted, const char *const *answers, size_t count, PromptRemember remember);
/* Nobody waits for the answer any more. */
void keyring_prompt_over(Server *server);
/* sudo took the password it was given last, or refused it for good. */
void keyring_sudo_over(Server *server, bool right);
/* Adds what the connection has forgotten since (link_forget_secrets) and the keyring knows. */
void keyring_add_missing(Server *server, Secrets *secrets);
/* The server got another address: what was remembered for the old one goes. */
void keyring_forget_account(Core *core, const char *account);

#endif
