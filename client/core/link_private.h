/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What link.c (life, questions, retries) and link_session.c (one connection) share. */
#ifndef POOLCENTER_LINK_PRIVATE_H
#define POOLCENTER_LINK_PRIVATE_H

#include "client/core/link.h"
#include "protocol/line_reader.h"

typedef enum CommandKind { COMMAND_CALL, COMMAND_STREAM, COMMAND_REJECT, COMMAND_SETUP } CommandKind;

typedef struct Command Command;
struct Command {
    Command *next;
    CommandKind kind;
    int session;    /* CALL, STREAM: dropped in any other session */
    int64_t id;     /* CALL */
    Method method;
    char *line;
    Stream *stream; /* STREAM */
    Error error;    /* REJECT */
    AgentAction action; /* SETUP */
    bool purge;
};

typedef struct PendingCall {
    int64_t id;
    Method method;
} PendingCall;

struct Link {
    Links *links;
    Link *next_link;
    const LinkTransportOps *ops;
    ServerConfig config;
    char *known_hosts;
    LinkListener listener;
    void *context;
    int retry_ms;
    PortThread *thread;
    PortWake *wake;
    _Atomic bool cancel;
    bool setup;             /* constant */
    _Atomic bool setup_cancel;
    _Atomic int refs;

    /* UI thread */
    bool stopped;
    int session_seen;       /* the session the UI thread knows to be online */

    PortMutex mutex;        /* guards this part */
    PortCond answered;
    Command *commands;
    Command **commands_end;
    bool retry_now;
    Secrets secrets;        /* what the login used, or will use */
    bool asking, answer_given, answer_accepted;
    bool asked_questions;   /* during this login */
    char *answers[PROMPT_QUESTIONS_MAX];
    size_t answer_count;

    /* I/O thread */
    int session;            /* counts the sessions that came online */
    bool online;            /* this session did */
    char epoch[LIMIT_UUID + 1];
    int64_t revision;
    LinkTransport *transport;
    LinkChannel *control;
    LineReader lines;
    char *out;              /* bytes to send: from out_start to out_end */
    size_t out_start, out_end, out_size;
    PendingCall *pending;
    size_t pending_count;
    Stream *streams;
    AgentSetup setup_state; /* link_setup.c */
    int64_t setup_told;
};

typedef enum NewsKind { NEWS_STATE, NEWS_HELLO, NEWS_INVENTORY, NEWS_TASK, NEWS_REPLY, NEWS_PROMPT, NEWS_AGENT_KEY, NEWS_SETUP, NEWS_SUDO, NEWS_ENDED } NewsKind;

/* One letter to the UI thread. */
typedef struct News {
    NewsKind kind;
    Link *link;      /* a reference */
    ServerState state;
    int64_t next_try;
    int session;
    Error error;
    HelloResult hello;
    Inventory inventory;
    TaskInfo task;
    int64_t id;
    Method method;
    void *result;
    Prompt prompt;
    char *agent_key;
    bool sudo_right;
    AgentSetup setup;
} News;

News *news_create(Link *link, NewsKind kind);
void news_post(News *news);
void link_post_state(Link *link, ServerState state, int64_t next_try, const Error *error);
bool link_cancelled(Link *link);
/* The password for sudo: the known one, or the user's; secret. False: he does not answer. */
bool link_ask_sudo(Link *link, bool again, char **ret);
/* What came of it: the password has let us in, or sudo gave up (the password is not used again). */
void link_tell_sudo(Link *link, bool right);
Command *link_take_command(Link *link);
void command_free(Command *command, const LinkTransportOps *ops, const Error *why);

/* One connection from hello to its end: always negative with err set. */
int link_serve(Link *link, Error *err);
/* Lets go of what the connection had: channels, calls, streams. */
void link_end_session(Link *link, const Error *why);

#endif
