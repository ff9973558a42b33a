/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections between agents: see peer.h. */
#include "agent/peer.h"
#include "agent/loop.h"

#include <dlfcn.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#define LIBRARY "libgnutls.so.30"
#define NAME "poolagent"
/* TLS 1.3 only, and with fresh keys: who learns the key later reads nothing of what went by. */
#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK"

enum { HANDSHAKE_MS = 5000, PATIENCE_MS = 20000, HEAD_BYTES = 16 };
enum { SERVER = 1, CLIENT = 2, NO_SIGNAL = 64, CREDENTIALS_PSK = 4, KEY_RAW = 0, AGAIN = -28, INTERRUPTED = -52 }; /* gnutls/gnutls.h */

typedef struct Datum {
    unsigned char *data;
    unsigned size;
} Datum;

typedef struct Functions {
#define GNUTLS_FUNCTION(result, name, parameters) result (*name) parameters;
#include "agent/gnutls_functions.def"
#undef GNUTLS_FUNCTION
} Functions;

struct Peer {
    int fd;
    PeerSide side;
    char *who;
    unsigned char key[PEER_KEY_BYTES];
    void *session;
    void *credentials;
};

static Functions lib; /* constant once loaded */
static char *failure; /* why it is not */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *find_all(void *library)
{
#define GNUTLS_FUNCTION(result, name, parameters) \
    lib.name = (__typeof__(lib.name))dlsym(library, #name); \
    if (!lib.name) \
        return #name;
#include "agent/gnutls_functions.def"
#undef GNUTLS_FUNCTION
    return NULL;
}

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const char *missing = library ? find_all(library) : NULL;
    if (missing)
        failure = x_printf("the host's library %s has no %s", LIBRARY, missing);
    else if (!library)
        failure = x_printf("the library %s is not installed on the host", LIBRARY);
}

int peer_check(Error *err)
{
    pthread_once(&once, load);
    return failure ? error_set(err, ERR_NOT_SUPPORTED, LIBRARY, "%s", failure) : 0;
}

static int lost(const Peer *peer, const char *why, Error *err) { return error_set(err, ERR_PEER_UNREACHABLE, peer->who, "%s", why); }

/* ---------------------------------------------------------------- opening */

/* GnuTLS frees what it gets. */
static int find_key(void *session, const char *name, Datum *ret)
{
    const Peer *peer = lib.gnutls_session_get_ptr(session);
    if (!str_equal(name, NAME))
        return -1;
    *ret = (Datum){ x_calloc(1, PEER_KEY_BYTES), PEER_KEY_BYTES };
    memcpy(ret->data, peer->key, PEER_KEY_BYTES);
    return 0;
}

static int make_credentials(Peer *peer)
{
    if (peer->side == PEER_ACCEPTS) {
        int code = lib.gnutls_psk_allocate_server_credentials(&peer->credentials);
        if (code == 0)
            lib.gnutls_psk_set_server_credentials_function(peer->credentials, find_key);
        return code;
    }
    int code = lib.gnutls_psk_allocate_client_credentials(&peer->credentials);
    return code < 0 ? code : lib.gnutls_psk_set_client_credentials(peer->credentials, NAME, &(Datum){ peer->key, PEER_KEY_BYTES }, KEY_RAW);
}

static int make_session(Peer *peer)
{
    int code = lib.gnutls_init(&peer->session, (peer->side == PEER_ACCEPTS ? SERVER : CLIENT) | NO_SIGNAL);
    if (code == 0)
        code = lib.gnutls_priority_set_direct(peer->session, PRIORITIES, NULL);
    if (code == 0)
        code = make_credentials(peer);
    if (code == 0)
        code = lib.gnutls_credentials_set(peer->session, CREDENTIALS_PSK, peer->credentials);
    if (code < 0)
        return code;
    lib.gnutls_session_set_ptr(peer->session, peer);
    lib.gnutls_transport_set_int2(peer->session, peer->fd, peer->fd);
    lib.gnutls_handshake_set_timeout(peer->session, HANDSHAKE_MS);
    return 0;
}

static int shake_hands(Peer *peer)
{
    int64_t until = clock_ms() + HANDSHAKE_MS;
    int code = 0;
    do
        code = lib.gnutls_handshake(peer->session);
    while ((code == AGAIN || code == INTERRUPTED) && clock_ms() < until);
    return code;
}

int peer_open(int fd, PeerSide side, const unsigned char key[PEER_KEY_BYTES], const char *who, Peer **ret, Error *err)
{
    struct timeval step = { .tv_sec = 1 };
    Peer *peer = x_calloc(1, sizeof *peer);
    *peer = (Peer){ .fd = fd, .side = side, .who = x_strdup(who) };
    memcpy(peer->key, key, PEER_KEY_BYTES);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &step, sizeof step);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &step, sizeof step);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(unsigned){ PATIENCE_MS }, sizeof(unsigned)); /* a way that has gone silent is noticed */
    int code = peer_check(err);
    int result = code < 0 ? 0 : make_session(peer);
    if (code == 0 && result == 0)
        result = shake_hands(peer);
    if (code == 0 && result < 0)
        code = lost(peer, lib.gnutls_strerror(result), err);
    if (code < 0) {
        peer_close(peer);
        return code;
    }
    *ret = peer;
    return 0;
}

void peer_close(Peer *peer)
{
    if (!peer)
        return;
    if (peer->session)
        lib.gnutls_deinit(peer->session);
    if (peer->credentials && peer->side == PEER_ACCEPTS)
        lib.gnutls_psk_free_server_credentials(peer->credentials);
    else if (peer->credentials)
        lib.gnutls_psk_free_client_credentials(peer->credentials);
    close(peer->fd);
    explicit_bzero(peer->key, sizeof peer->key);
    free(peer->who);
    free(peer);
}

/* ---------------------------------------------------------------- bytes */

/* One step of a transfer: bytes moved, 0 to go on waiting, or a negative code with err set. */
static ssize_t moved(Peer *peer, Task *task, ssize_t result, int64_t until, Error *err)
{
    int code = task_check(task, err);
    if (code < 0)
        return code;
    if (result > 0)
        return result;
    if (result != AGAIN && result != INTERRUPTED)
        return lost(peer, result == 0 ? "it has closed the connection" : lib.gnutls_strerror((int)result), err);
    return clock_ms() < until ? 0 : lost(peer, "it does not answer", err);
}

int peer_send(Peer *peer, Task *task, const void *bytes, size_t count, Error *err)
{
    const char *from = bytes;
    int64_t until = clock_ms() + PATIENCE_MS;
    while (count) {
        ssize_t sent = moved(peer, task, lib.gnutls_record_send(peer->session, from, count), until, err);
        if (sent < 0)
            return (int)sent;
        if (sent)
            until = clock_ms() + PATIENCE_MS;
        from += sent;
        count -= (size_t)sent;
    }
    return 0;
}

int peer_receive(Peer *peer, Task *task, void *ret, size_t count, Error *err)
{
    char *to = ret;
    int64_t until = clock_ms() + PATIENCE_MS;
    while (count) {
        ssize_t got = moved(peer, task, lib.gnutls_record_recv(peer->session, to, count), until, err);
        if (got < 0)
            return (int)got;
        if (got)
            until = clock_ms() + PATIENCE_MS;
        to += got;
        count -= (size_t)got;
    }
    return 0;
}

int peer_send_head(Peer *peer, Task *task, PeerKind kind, int64_t length, Error *err)
{
    uint64_t head[2] = { htobe64((uint64_t)kind), htobe64((uint64_t)length) };
    return peer_send(peer, task, head, HEAD_BYTES, err);
}

int peer_receive_head(Peer *peer, Task *task, PeerKind *ret_kind, int64_t *ret_length, Error *err)
{
    uint64_t head[2];
    int code = peer_receive(peer, task, head, HEAD_BYTES, err);
    if (code < 0)
        return code;
    uint64_t kind = be64toh(head[0]), length = be64toh(head[1]);
    if (kind < PEER_DATA || kind > PEER_THANKS || length > INT64_MAX)
        return error_set(err, ERR_FETCH_FAILED, peer->who, "it sends something that is not understood");
    *ret_kind = (PeerKind)kind;
    *ret_length = (int64_t)length;
    return 0;
}
