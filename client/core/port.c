/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of port.h that are the same on both systems. */
#include "client/core/port_private.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- connecting */

/* A name look-up on a thread of its own; whoever lets go last frees it. */
typedef struct Lookup {
    PortMutex mutex;
    PortCond done_cond;
    int refs;
    bool done;
    char *host;
    int port;
    PortAddress addresses[PORT_ADDRESSES_MAX];
    size_t count;
    char *why;
} Lookup;

static void lookup_unref(Lookup *lookup)
{
    port_mutex_lock(&lookup->mutex);
    bool last = --lookup->refs == 0;
    port_mutex_unlock(&lookup->mutex);
    if (!last)
        return;
    port_mutex_clear(&lookup->mutex);
    port_cond_clear(&lookup->done_cond);
    free(lookup->host);
    free(lookup->why);
    free(lookup);
}

static void lookup_run(void *context)
{
    Lookup *lookup = context;
    PortAddress found[PORT_ADDRESSES_MAX];
    char *why = NULL;
    size_t count = port_resolve(lookup->host, lookup->port, false, found, &why);
    port_mutex_lock(&lookup->mutex);
    memcpy(lookup->addresses, found, count * sizeof *found);
    lookup->count = count;
    lookup->why = why;
    lookup->done = true;
    port_cond_signal(&lookup->done_cond);
    port_mutex_unlock(&lookup->mutex);
    lookup_unref(lookup);
}

static bool cancelled(const _Atomic bool *cancel) { return cancel && atomic_load(cancel); }

/* False: cancelled or timed out. The wait is cut into slices, since the look-up has no wake that outlives its caller. */
static bool lookup_wait(Lookup *lookup, int64_t deadline, const _Atomic bool *cancel)
{
    port_mutex_lock(&lookup->mutex);
    while (!lookup->done && !cancelled(cancel) && port_monotonic_ms() < deadline)
        port_cond_wait(&lookup->done_cond, &lookup->mutex, 20);
    bool done = lookup->done;
    port_mutex_unlock(&lookup->mutex);
    return done && !cancelled(cancel);
}

static int resolve(const char *host, int port, int64_t deadline, const _Atomic bool *cancel, PortAddress ret[PORT_ADDRESSES_MAX], size_t *ret_count,
                   Error *err)
{
    *ret_count = port_resolve(host, port, true, ret, NULL);
    if (*ret_count)
        return 0;
    Lookup *lookup = x_calloc(1, sizeof *lookup);
    port_mutex_init(&lookup->mutex);
    port_cond_init(&lookup->done_cond);
    lookup->host = x_strdup(host);
    lookup->port = port;
    lookup->refs = 2;
    port_thread_detach(port_thread_start("lookup", lookup_run, lookup));
    int code = 0;
    if (!lookup_wait(lookup, deadline, cancel)) {
        code = cancelled(cancel) ? error_set(err, ERR_CANCELLED, host, NULL) : error_set(err, ERR_HOST_NOT_RESOLVED, host, "no answer in time");
    } else if (!lookup->count) {
        code = error_set(err, ERR_HOST_NOT_RESOLVED, host, "%s", str_or_empty(lookup->why));
    } else {
        memcpy(ret, lookup->addresses, lookup->count * sizeof *ret);
        *ret_count = lookup->count;
    }
    lookup_unref(lookup);
    return code;
}

/* Tries one address. 0: *ret is connected; ERR_CANCELLED; ERR_CONNECT_FAILED with *why replaced. */
static int try_address(const PortAddress *address, int64_t deadline, const _Atomic bool *cancel, PortWake *wake, PortSocket *ret, char **why)
{
    free(TAKE_PTR(*why));
    PortSocket socket = port_connect_begin(address, why);
    if (socket == PORT_NO_SOCKET)
        return ERR_CONNECT_FAILED;
    int happened = 0;
    while (!(happened & PORT_WRITE) && !cancelled(cancel) && port_monotonic_ms() < deadline)
        happened = port_socket_wait(socket, PORT_WRITE, wake, (int)(deadline - port_monotonic_ms()));
    if (!cancelled(cancel))
        *why = happened & PORT_WRITE ? port_connect_failure(socket) : x_strdup("no answer in time");
    if (!cancelled(cancel) && !*why) {
        *ret = socket;
        return 0;
    }
    port_socket_close(socket);
    return cancelled(cancel) ? ERR_CANCELLED : ERR_CONNECT_FAILED;
}

int port_connect(const char *host, int port, int timeout_ms, const _Atomic bool *cancel, PortWake *wake, PortSocket *ret, Error *err)
{
    int64_t deadline = port_monotonic_ms() + timeout_ms;
    PortAddress addresses[PORT_ADDRESSES_MAX];
    size_t count = 0;
    int code = resolve(host, port, deadline, cancel, addresses, &count, err);
    if (code < 0)
        return code;
    AUTO_FREE char *why = NULL;
    for (size_t i = 0; i < count; i++) {
        int64_t now = port_monotonic_ms();
        int64_t share = deadline > now ? (deadline - now) / (int64_t)(count - i) : 0;
        code = try_address(&addresses[i], now + share, cancel, wake, ret, &why);
        if (code == 0)
            return 0;
        if (code == ERR_CANCELLED)
            return error_set(err, ERR_CANCELLED, host, NULL);
    }
    return error_set(err, ERR_CONNECT_FAILED, host, "%s", str_or_empty(why));
}

/* ---- files and ids */

char *port_join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    bool closed = length && (folder[length - 1] == '/' || folder[length - 1] == '\\');
    return x_printf("%s%s%s", folder, closed ? "" : "/", name);
}

const char *port_base_name(const char *path)
{
    const char *base = path;
    for (const char *p = path; *p; p++)
#ifdef _WIN32
        if (*p == '\\' || *p == ':' || *p == '/')
#else
        if (*p == '/')
#endif
            base = p + 1;
    return base;
}

int port_read_whole(const char *path, size_t max, char **ret, size_t *ret_size, Error *err)
{
    PortFile *file = NULL;
    if (port_file_open(path, &file, err) < 0)
        return ERR_FILE_OPEN;
    int64_t size = 0;
    int code = port_file_stat(file, &size, NULL, err);
    if (code == 0 && (size < 0 || (uint64_t)size > max)) {
        AUTO_FREE char *limit = x_printf("%zu", max);
        code = error_set(err, ERR_TOO_LARGE, limit, NULL);
    }
    size_t read = 0;
    AUTO_FREE char *bytes = code == 0 ? x_calloc((size_t)size + 1, 1) : NULL;
    while (code == 0 && read < (size_t)size) {
        size_t part = 0;
        code = port_file_read(file, (int64_t)read, bytes + read, (size_t)size - read, &part, err);
        if (part == 0)
            break;
        read += part;
    }
    port_file_close(file);
    if (code < 0)
        return code;
    *ret_size = read;
    *ret = TAKE_PTR(bytes);
    return 0;
}

void port_make_uuid(char ret[37])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    port_random(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char *p = ret;
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = digits[bytes[i] >> 4];
        *p++ = digits[bytes[i] & 15];
    }
    *p = 0;
}
