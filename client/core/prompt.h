/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question that a connecting server has for the user. Made by the I/O thread, handed to the UI thread, answered once from there. */
#ifndef POOLCENTER_PROMPT_H
#define POOLCENTER_PROMPT_H

#include "client/core/server.h"

typedef enum PromptKind {
    PROMPT_HOST_KEY,   /* unknown host key: accept it? */
    PROMPT_PASSWORD,
    PROMPT_PASSPHRASE, /* of the key file */
    PROMPT_QUESTIONS,  /* keyboard-interactive */
    PROMPT_MASTER,     /* the master password that opens the remembered secrets: not for the host. Rejected: the host's question comes itself */
    PROMPT_SUDO,       /* the password with which user becomes root there */
} PromptKind;

enum { PROMPT_QUESTIONS_MAX = 16 };

typedef struct PromptQuestion {
    char *text;
    bool echo;
} PromptQuestion;

typedef struct Prompt {
    PromptKind kind;
    char *host;         /* whom it is about: the server, or a jump host on the way to it */
    int port;
    char *user;
    bool jump;          /* a jump host */
    char *key_type;     /* HOST_KEY: "ssh-ed25519" ... */
    char *fingerprint;  /* HOST_KEY: "SHA256:..." as ssh-keygen -l prints it */
    char *file;         /* PASSPHRASE */
    char *title;        /* QUESTIONS: the server's name and instruction; may be empty */
    char *instruction;
    PromptQuestion questions[PROMPT_QUESTIONS_MAX];
    size_t question_count; /* PASSWORD, PASSPHRASE and SUDO: 0 */
    bool again;         /* the answer before was wrong */
    bool can_remember;  /* PASSWORD, PASSPHRASE: there is a place to remember the answer in */
    bool remember;      /* ... and the user wants that for this server: what a check box shows at first */
    bool remembered_refused; /* again: the wrong answer was the remembered one */
} Prompt;

/* Does the user want the answer to be remembered (once it has turned out to be right)? FORGET: nor anything else of this server. */
typedef enum PromptRemember { PROMPT_REMEMBER_UNSAID, PROMPT_REMEMBER, PROMPT_FORGET } PromptRemember;

/* UI thread, once per prompt. answers: one UTF-8 string per question (PASSWORD, PASSPHRASE, SUDO: one; HOST_KEY: none); copied.
 * The prompt is gone afterwards. */
void prompt_accept(Server *server, const char *const *answers, size_t count);
void prompt_accept_and(Server *server, const char *const *answers, size_t count, PromptRemember remember);
/* Cancel: the attempt ends with ERR_CANCELLED (HOST_KEY: ERR_HOST_KEY_REJECTED; after a wrong answer, again is true: the refusal of that answer). */
void prompt_reject(Server *server);

void prompt_clear(Prompt *prompt); /* frees what it holds */

#endif
