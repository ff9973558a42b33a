/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A wanted connection to one server: a thread that connects, logs in, says hello, subscribes to the inventory, carries calls and streams, and
 * connects again with back-off when a connection that was once online is lost. It decodes what the agent sends and hands typed
 * news to the UI thread. Private to client/core: server.c, stream.c. UI thread unless said otherwise.
 */
#ifndef POOLCENTER_LINK_H
#define POOLCENTER_LINK_H

#include "client/core/agent_setup.h"
#include "client/core/link_transport.h"
#include "client/core/mailbox.h"
#include "client/core/prompt.h"
#include "client/core/secrets.h"
#include "client/core/stream.h"

typedef struct Link Link;

/* Called on the UI thread while the mailbox is drained; never after link_stop. What pointers point to may be emptied. */
typedef struct LinkListener {
    void (*state)(void *context, ServerState state, int64_t next_try, const Error *error);
    void (*hello)(void *context, HelloResult *hello);
    void (*inventory)(void *context, Inventory *inventory); /* then state ONLINE, the first time */
    void (*task)(void *context, TaskInfo *task);
    void (*reply)(void *context, int64_t id, void *result, const Error *error); /* result: the method's result struct, or NULL */
    void (*prompt)(void *context, Prompt *prompt);          /* link_answer follows */
    void (*agent_key)(void *context, const char *fingerprint); /* the SSH agent's key that the server took */
    void (*sudo)(void *context, bool right); /* sudo took the password that it had asked for, or not */
    void (*setup)(void *context, AgentSetup *setup);        /* of a link for setting up */
} LinkListener;

/* All links of a core, so that it can end their threads. */
typedef struct Links {
    Mailbox *mailbox;
    Link *first;
} Links;

/* Ends and joins all threads. */
void links_end(Links *links);

typedef struct LinkOptions {
    const ServerConfig *config;
    const char *known_hosts;
    const LinkTransportOps *transport;
    const char *password;   /* may be NULL */
    const char *passphrase; /* may be NULL */
    const char *epoch;      /* of the inventory that is there already; "" for none */
    int64_t revision;
    const Secrets *secrets; /* of an earlier connection; may be NULL */
    bool setup;             /* not to the agent: for setting it up, agent_setup.h */
    int retry_ms;           /* first pause before connecting again; 0: 1 s */
} LinkOptions;

Link *link_start(Links *links, const LinkOptions *options, const LinkListener *listener, void *context);
/* Ends the connection or the attempt; the link is gone for its caller, its thread ends soon. */
void link_stop(Link *link);
/* Sends a request of method with this id (LINK_FIRST_ID or more, each once); takes the line. Dropped when the link is not online. */
enum { LINK_FIRST_ID = 16 };
void link_call(Link *link, int64_t id, Method method, char *line);
/* Answers the prompt: answers are copied; accepted false: cancelled. */
void link_answer(Link *link, bool accepted, const char *const *answers, size_t count);
void link_retry_now(Link *link);
/* For a link that sets up: what to do; and to end it. */
void link_perform(Link *link, AgentAction action, bool purge);
void link_cancel_setup(Link *link);
/* The UI thread found the inventory impossible: the connection is lost for this reason, and everything is asked for anew. */
void link_reject_inventory(Link *link, const Error *error);
/* What the login used leaves memory; a new attempt asks again. */
void link_forget_secrets(Link *link);
/* What the login used or will use, into an empty list. */
void link_copy_secrets(Link *link, Secrets *ret);
void link_add_stream(Link *link, Stream *stream);
/* The connection that is online, for link_add_stream_in; 0: none. */
int link_session(const Link *link);
/* The login had questions that only the user can answer: a second connection would have to ask them again. */
bool link_asked_questions(Link *link);
/* Any thread: as link_add_stream, for a given connection; dropped when that one has ended. */
void link_add_stream_in(Link *link, int session, Stream *stream);

/* Any thread. */
Link *link_ref(Link *link);
void link_unref(Link *link);
void link_wake(Link *link);

#endif
