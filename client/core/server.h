/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server in the list: its address, its connection (an I/O thread of its own while connected) and its inventory.
 * All functions are for the UI thread; news arrive through the CoreListener during core_drain().
 */
#ifndef POOLCENTER_SERVER_H
#define POOLCENTER_SERVER_H

#include "client/core/model.h"
#include "protocol/types.h"

typedef struct Core Core;
typedef struct Server Server;

typedef enum ServerState {
    SERVER_OFFLINE,        /* not wanted, or given up: server_error tells why if it failed */
    SERVER_CONNECTING,     /* TCP */
    SERVER_HANDSHAKE,      /* SSH key exchange, host key */
    SERVER_AUTHENTICATING,
    SERVER_OPENING_AGENT,
    SERVER_SYNCING,        /* waiting for the inventory */
    SERVER_ONLINE,
    SERVER_RETRYING,       /* lost; the old inventory is kept; next try at server_next_try */
} ServerState;

typedef enum AuthMethod { AUTH_PASSWORD, AUTH_KEY_FILE, AUTH_SSH_AGENT } AuthMethod; /* password includes keyboard-interactive */

/* What is remembered of a server; strings are owned by whoever holds the struct. */
typedef struct ServerConfig {
    char *id;       /* our own UUID; made when NULL */
    char *host;     /* name or address */
    int port;       /* 0: 22 */
    char *user;
    AuthMethod auth;
    char *key_file; /* AUTH_KEY_FILE */
    char *jump;     /* hosts on the way, see jump.h; NULL: none */
    char *agent_key; /* AUTH_SSH_AGENT: fingerprint of the key to try first, "SHA256:..."; NULL: any */
    char *agent_socket; /* path of the agent's socket on the host; NULL: the default */
    char *name;     /* last known host name, shown before the first connection; may be NULL */
    bool agent_run;      /* the agent is not installed there: this program brings it along and runs it as the user (agent_setup.h) */
    bool connect_at_start;
    bool remember;  /* its secrets are remembered: see keyring.h */
} ServerConfig;

void server_config_clear(ServerConfig *config);
void server_config_copy(ServerConfig *to, const ServerConfig *from);

/* Starts connecting with config's address; password or passphrase may be NULL: asked for by a Prompt when needed. They are copied
 * to memory that is wiped when the server is disconnected or removed; they never reach a file. Keeps trying when a connection that
 * was once online is lost; the first attempt is not repeated. */
void server_connect(Server *server, const char *password, const char *passphrase);
/* Ends the connection or the attempt, at once. The inventory stays readable until the server is removed. */
void server_disconnect(Server *server);
/* Tries again now instead of waiting for the back-off. */
void server_retry_now(Server *server);

const ServerConfig *server_config(const Server *server);
const char *server_name(const Server *server);   /* for the tree: host's own name, else the address typed */
ServerState server_state(const Server *server);
bool server_online(const Server *server);
bool server_left(const Server *server);          /* offline because the user wants it so, or was never connected */
const Error *server_error(const Server *server); /* NULL: none since the last attempt */
int64_t server_next_try(const Server *server);   /* ms since 1970, SERVER_RETRYING only */
const Model *server_model(const Server *server); /* never NULL */
const HelloResult *server_hello(const Server *server); /* NULL before the first connection */
/* Recent tasks of the agent as far as they are known, oldest first; borrowed until the next core_drain. */
size_t server_task_count(const Server *server);
const TaskInfo *server_task_at(const Server *server, size_t index);
const TaskInfo *server_task(const Server *server, const char *id); /* NULL: unknown */
/* False with *ret_why set (caller frees, user's language) when this user or this host cannot do method. */
bool server_can(const Server *server, Method method, char **ret_why);
/* Deletes the remembered host key, after the user was told it had changed and decided to trust the new one next time. */
int server_forget_host_key(Server *server, Error *err);

/*
 * One typed call per method of the contract: void call_vm_start(Server *, const VmStartParams *, done, owner, context).
 * done runs once on the UI thread: result is NULL on failure, error is NULL on success; both are freed afterwards (take what you need
 * out of result, leaving NULL or an empty list behind). done may be NULL. If owner (a window's state, say) was forgotten by core_forget, done
 * does not run. When the connection is lost: ERR_CONNECTION_LOST. When there is none, or server_disconnect or removing the server ended it before
 * the answer came: ERR_NOT_CONNECTED.
 */
#define METHOD(wire, name, P, R, role, doc) \
    void call_##name(Server *server, const P *params, void (*done)(void *context, R *result, const Error *error), const void *owner, void *context);
#include "protocol/def_read.h"

/* The call may have been done or not: its answer did not come. Who shows what the host says asks again when it is online. */
bool server_unanswered(const Error *error);

/* Runs done on the UI thread when the task has ended (also if it had already): its last state, or an error if it cannot be followed any more. */
void server_follow_task(Server *server, const char *task, void (*done)(void *context, const TaskInfo *task, const Error *error), const void *owner, void *context);

#endif
