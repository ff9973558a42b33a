/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * volume.offer: another host comes for a volume's bytes. A port listens for one minute, and as long as the other host is at it; only who knows the
 * key gets beyond the first words of TLS. The offer has a thread of its own, which ends its task. A lost connection may be made again: the other
 * side says from which byte on.
 */
#include "agent/digest.h"
#include "agent/ident.h"
#include "agent/peer.h"
#include "agent/request.h"
#include "agent/volume_read.h"
#include "agent/workers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 60000, AGAIN_MS = 120000, STEP_MS = 500 };

typedef struct Offer {
    VolumeReading volume;
    int listening;
    unsigned char key[PEER_KEY_BYTES];
    Task *task;
} Offer;

static void offer_free(Offer *offer)
{
    if (offer->listening >= 0)
        close(offer->listening);
    volume_read_clear(&offer->volume);
    explicit_bzero(offer->key, sizeof offer->key);
    free(offer);
}

/* ---------------------------------------------------------------- sending */

static int hash_hole(Offer *offer, int64_t count, Digest *digest, Error *err)
{
    AUTO_FREE char *zeros = x_calloc(1, VOLUME_READ_BLOCK);
    int code = 0;
    for (int64_t left = count; left && code == 0;) {
        size_t step = left < VOLUME_READ_BLOCK ? (size_t)left : VOLUME_READ_BLOCK;
        digest_add(digest, zeros, step);
        left -= (int64_t)step;
        code = task_check(offer->task, err);
    }
    return code;
}

/* Digests bytes at..to, and sends them if there is a connection. */
static int pass_data(Offer *offer, Peer *peer, int64_t at, int64_t to, Digest *digest, Error *err)
{
    AUTO_FREE char *block = x_calloc(1, VOLUME_READ_BLOCK);
    int code = 0;
    while (at < to && code == 0) {
        size_t got = 0;
        code = volume_read_block(&offer->volume, block, at, to, &got, err);
        if (code == 0)
            digest_add(digest, block, got);
        if (code == 0 && !peer)
            code = task_check(offer->task, err);
        if (code == 0 && peer)
            code = peer_send_head(peer, offer->task, PEER_DATA, (int64_t)got, err);
        if (code == 0 && peer)
            code = peer_send(peer, offer->task, block, got, err);
        at += (int64_t)got;
        if (peer)
            task_progress(offer->task, at, offer->volume.size);
    }
    return code;
}

static int pass_hole(Offer *offer, Peer *peer, int64_t count, Digest *digest, Error *err)
{
    int code = peer ? peer_send_head(peer, offer->task, PEER_HOLE, count, err) : 0;
    return code < 0 ? code : hash_hole(offer, count, digest, err);
}

static int pass(Offer *offer, Peer *peer, int64_t from, int64_t to, Digest *digest, Error *err)
{
    int code = 0;
    for (int64_t at = from; at < to && code == 0;) {
        int64_t data = lseek(offer->volume.file, at, SEEK_DATA);
        data = data < 0 ? (errno == ENXIO ? to : at) : data; /* a device does not know of holes */
        if (data > at) {
            data = data < to ? data : to;
            code = pass_hole(offer, peer, data - at, digest, err);
            at = data;
            continue;
        }
        int64_t hole = lseek(offer->volume.file, at, SEEK_HOLE);
        hole = hole > at && hole < to ? hole : to;
        code = pass_data(offer, peer, at, hole, digest, err);
        at = hole;
    }
    return code;
}

static int send_end(Offer *offer, Peer *peer, const Digest *digest, Error *err)
{
    unsigned char bytes[DIGEST_BYTES];
    char text[LIMIT_DIGEST + 1];
    PeerKind kind = PEER_THANKS;
    int64_t length = 0;
    digest_bytes(digest, bytes);
    digest_text(digest, text);
    int code = peer_send_head(peer, offer->task, PEER_END, sizeof bytes, err);
    if (code == 0)
        code = peer_send(peer, offer->task, bytes, sizeof bytes, err);
    if (code == 0)
        code = peer_receive_head(peer, offer->task, &kind, &length, err);
    if (code == 0 && kind == PEER_THANKS)
        task_result(offer->task, text);
    return code;
}

/* One connection, from the byte that the other side wants. ERR_PEER_UNREACHABLE: it may come again. */
static int serve_peer(Offer *offer, Peer *peer, Error *err)
{
    PeerKind kind = PEER_THANKS;
    int64_t from = 0;
    Digest digest;
    digest_start(&digest);
    int code = peer_receive_head(peer, offer->task, &kind, &from, err);
    if (code == 0 && (kind != PEER_FROM || from > offer->volume.size))
        code = error_set(err, ERR_INVALID_PARAMS, offer->volume.name, "the other host wants what is not there");
    if (code == 0)
        code = pass(offer, NULL, 0, from, &digest, err);
    if (code == 0)
        code = pass(offer, peer, from, offer->volume.size, &digest, err);
    if (code == 0)
        code = volume_read_check(&offer->volume, err);
    return code < 0 ? code : send_end(offer, peer, &digest, err);
}

static void tell_failure(Offer *offer, Peer *peer, const Error *why)
{
    const char *text = str_or_empty(why->cause);
    Error ignored = { 0 };
    if (peer_send_head(peer, offer->task, PEER_FAILED, (int64_t)strlen(text), &ignored) == 0)
        (void)peer_send(peer, offer->task, text, strlen(text), &ignored);
    error_clear(&ignored);
}

/* ---------------------------------------------------------------- listening */

/* 1: a connection; 0: nobody yet. */
static int wait_for_peer(Offer *offer, Peer **ret, Error *err)
{
    struct pollfd waits = { .fd = offer->listening, .events = POLLIN };
    int code = task_check(offer->task, err);
    if (code < 0 || poll(&waits, 1, STEP_MS) <= 0)
        return code;
    int fd = accept4(offer->listening, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return 0;
    Error stranger = { 0 };
    bool known = peer_open(fd, PEER_ACCEPTS, offer->key, offer->volume.name, ret, &stranger) == 0;
    error_clear(&stranger);
    return known;
}

static int serve_all(Offer *offer, Error *err)
{
    int64_t until = clock_ms() + WAIT_MS;
    while (clock_ms() < until) {
        Peer *peer = NULL;
        int code = wait_for_peer(offer, &peer, err);
        if (code < 0)
            return code;
        if (code == 0)
            continue;
        code = serve_peer(offer, peer, err);
        if (code < 0 && code != ERR_PEER_UNREACHABLE && code != ERR_CANCELLED)
            tell_failure(offer, peer, err);
        peer_close(peer);
        if (code != ERR_PEER_UNREACHABLE)
            return code;
        error_clear(err);
        until = clock_ms() + AGAIN_MS;
    }
    return error_set(err, ERR_UPLOAD_INCOMPLETE, offer->volume.name, "the other host did not come for it");
}

static void offer_main(void *context)
{
    Offer *offer = context;
    Error err = { 0 };
    int code = serve_all(offer, &err);
    Task *task = TAKE_PTR(offer->task);
    offer_free(offer); /* whoever sees the end may change the volume at once */
    task_end(task, code < 0 ? &err : NULL);
}

/* A free port of those that copies may use. */
static int listen_somewhere(const Config *config, Offer *offer, int64_t *ret_port, Error *err)
{
    int off = 0, on = 1;
    offer->listening = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool both = offer->listening >= 0;
    if (!both)
        offer->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* a host without IPv6 */
    if (offer->listening < 0)
        return error_set(err, ERR_IO, offer->volume.name, "%s", strerror(errno));
    if (both)
        setsockopt(offer->listening, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    setsockopt(offer->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    for (int64_t port = config->copy_port_first; port <= config->copy_port_last; port++) {
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
        const struct sockaddr *address = both ? (const void *)&six : (const void *)&four;
        *ret_port = port;
        if (bind(offer->listening, address, both ? sizeof six : sizeof four) == 0 && listen(offer->listening, 4) == 0)
            return 0;
    }
    return error_set(err, ERR_BUSY, offer->volume.name, "all ports for copies to other hosts are taken");
}

/* ---------------------------------------------------------------- volume.offer */

/* Where others may reach this host: not by loopback, and not by addresses that count on one link only. */
static void list_addresses(StrList *ret)
{
    struct ifaddrs *all = NULL;
    char text[INET6_ADDRSTRLEN];
    if (getifaddrs(&all) < 0)
        return;
    for (const struct ifaddrs *each = all; each && ret->count < LIMIT_USERS; each = each->ifa_next) {
        const void *address = NULL;
        if (!each->ifa_addr || (each->ifa_flags & IFF_LOOPBACK) || !(each->ifa_flags & IFF_UP))
            continue;
        if (each->ifa_addr->sa_family == AF_INET)
            address = &((const struct sockaddr_in *)(const void *)each->ifa_addr)->sin_addr;
        if (each->ifa_addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)each->ifa_addr)->sin6_addr))
            address = &((const struct sockaddr_in6 *)(const void *)each->ifa_addr)->sin6_addr;
        if (address && inet_ntop(each->ifa_addr->sa_family, address, text, sizeof text))
            StrList_add(ret, text);
    }
    freeifaddrs(all);
}

/* What is based on a file that stays behind is worth nothing elsewhere. */
static int check_alone(const VolumeHandle *handle, const VolumeUse *use, Error *err)
{
    bool layered = use->format == VOLUME_FORMAT_UNKNOWN || use->format == VOLUME_FORMAT_QCOW2;
    if (!handle->info.backing || !layered)
        return 0;
    return error_set(err, ERR_NOT_SUPPORTED, handle->info.name,
                     "it is based on '%s', which the other host does not have; copy it within this host first, the copy stands alone", handle->info.backing);
}

static int open_volume(Request *request, const VolumeRef *params, Offer *offer, VolumeOffer *ret, Error *err)
{
    VolumeHandle handle;
    VolumeUse use;
    struct stat status;
    int code = volume_handle_open(request->agent, params->datastore, params->volume, &handle, err);
    if (code < 0)
        return code;
    volume_use_read(request->agent, handle.info.path, &use);
    code = check_alone(&handle, &use, err);
    if (code == 0)
        code = volume_read_open(&handle, &use, "it is being copied to another host", &offer->volume, err);
    if (code == 0 && fstat(offer->volume.file, &status) == 0) {
        ret->size = offer->volume.size;
        ret->allocation = S_ISREG(status.st_mode) && status.st_blocks * 512 < ret->size ? status.st_blocks * 512 : ret->size;
    }
    volume_use_clear(&use);
    volume_handle_clear(&handle);
    return code;
}

static int open_task(Request *request, const VolumeRef *params, Offer *offer, VolumeOffer *ret, Error *err)
{
    TaskSpec spec = { .method = METHOD_volume_offer, .kind = OBJECT_VOLUME, .object_id = params->datastore, .object_name = params->volume,
                      .user = request->identity->user, .cancellable = true };
    int code = task_open(request->agent->tasks, &spec, NULL, &offer->task, err);
    if (code < 0)
        return code;
    ret->task = x_strdup(task_id(offer->task));
    ret->key = ident_random_word();
    digest_of_text(ret->key, offer->key);
    list_addresses(&ret->addresses);
    task_progress(offer->task, 0, offer->volume.size);
    if (thread_start(offer_main, offer))
        return 0;
    Error why = { 0 };
    code = error_set(err, ERR_OUT_OF_MEMORY, NULL, NULL);
    error_copy(&why, err);
    task_end(TAKE_PTR(offer->task), &why);
    return code;
}

int handle_volume_offer(Request *request, const VolumeRef *params, VolumeOffer *ret, Error *err)
{
    Offer *offer = x_calloc(1, sizeof *offer);
    const Config *config = &request->agent->config;
    Error why = { 0 };
    bool possible = config->copy_port_first && peer_check(&why) == 0;
    error_clear(&why);
    *offer = (Offer){ .listening = -1 };
    request_object(request, params->datastore, params->volume);
    int code = open_volume(request, params, offer, ret, err);
    if (code == 0 && !possible) { /* the client carries it */
        offer_free(offer);
        return 0;
    }
    if (code == 0)
        code = listen_somewhere(config, offer, &ret->port, err);
    if (code == 0)
        code = open_task(request, params, offer, ret, err);
    if (code < 0)
        offer_free(offer);
    return code;
}
