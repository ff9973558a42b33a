/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ssh_connect against servers that are none: silence, garbage, half a handshake. No sshd needed; real ones are met in test_connect.py. */
#include "client/core/ssh.h"
#include "tests/core/scratch.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static char *folder;
static char *known_hosts;

/* A listener that accepts once, says something and waits for the end of the connection. */
typedef struct Peer {
    int listener;
    int port;
    const char *says;
    size_t length;
    bool hangs_up;
    PortThread *thread;
} Peer;

static void serve(void *context)
{
    Peer *peer = context;
    int fd = accept(peer->listener, NULL, NULL);
    char bytes[4096];
    for (size_t done = 0; done < peer->length;) {
        ssize_t count = send(fd, peer->says + done, peer->length - done, MSG_NOSIGNAL);
        if (count <= 0)
            break;
        done += (size_t)count;
    }
    if (peer->hangs_up)
        shutdown(fd, SHUT_WR);
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
    close(fd);
}

static void peer_start(Peer *peer, const char *says, size_t length, bool hangs_up)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    *peer = (Peer){ .says = says, .length = length, .hangs_up = hangs_up };
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(peer->listener, 1), 0);
    getsockname(peer->listener, (struct sockaddr *)&address, &size);
    peer->port = ntohs(address.sin_port);
    peer->thread = port_thread_start("peer", serve, peer);
}

static void peer_end(Peer *peer)
{
    port_thread_join(peer->thread);
    close(peer->listener);
}

static int try_connect(int port, int timeout_ms, const _Atomic bool *cancel, PortWake *wake, Error *err)
{
    char host[] = "127.0.0.1", user[] = "nobody";
    ServerConfig config = { .host = host, .port = port, .user = user };
    SshOptions options = { .known_hosts = known_hosts, .timeout_ms = timeout_ms, .wake = wake };
    SshAsk ask = { 0 };
    SshSession *session = NULL;
    return ssh_connect(&config, &options, &ask, cancel, &session, err);
}

static int setup(void **state)
{
    (void)state;
    folder = scratch_folder();
    known_hosts = port_join(folder, "known_hosts");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(TAKE_PTR(folder));
    free(TAKE_PTR(known_hosts));
    return 0;
}

static void assert_no_ssh(const char *says, size_t length, bool hangs_up)
{
    Peer peer;
    AUTO(error_clear) Error why = { 0 };
    peer_start(&peer, says, length, hangs_up);
    assert_int_equal(try_connect(peer.port, 300, NULL, NULL, &why), ERR_SSH_HANDSHAKE);
    assert_non_null(why.cause);
    peer_end(&peer);
}

static void test_what_is_not_ssh_is_told_so(void **state)
{
    (void)state;
    static char endless[200000];
    memset(endless, 'x', sizeof endless);
    static const char half[] = "SSH-2.0-OpenSSH_9.2\r\n\0\0\x01";
    static const char lies[] = "SSH-2.0-OpenSSH_9.2\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    assert_no_ssh("", 0, false);
    assert_no_ssh("", 0, true);
    assert_no_ssh("HTTP/1.1 400 Bad Request\r\n\r\n", 28, true);
    assert_no_ssh("SSH-1.5-old\r\n", 13, true);
    assert_no_ssh(endless, sizeof endless, true);
    assert_no_ssh(half, sizeof half - 1, false);
    assert_no_ssh(half, sizeof half - 1, true);
    assert_no_ssh(lies, sizeof lies - 1, true);
}

static void test_random_bytes_after_the_banner(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 40; round++) {
        char bytes[600] = "SSH-2.0-OpenSSH_9.2\r\n\0\0\0\x64\x04\x14";
        for (size_t i = 27; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (char)(seed >> 24);
        }
        assert_no_ssh(bytes, sizeof bytes, true);
    }
}

typedef struct Cancel {
    _Atomic bool flag;
    PortWake *wake;
    _Atomic int64_t when;
} Cancel;

static void cancel_soon(void *context)
{
    Cancel *cancel = context;
    port_sleep_ms(100);
    cancel->when = port_monotonic_ms();
    atomic_store(&cancel->flag, true);
    port_wake_set(cancel->wake);
}

static void test_a_silent_host_can_be_cancelled_at_once(void **state)
{
    (void)state;
    Peer peer;
    Cancel cancel = { .wake = port_wake_create() };
    AUTO(error_clear) Error why = { 0 };
    peer_start(&peer, "", 0, false);
    PortThread *thread = port_thread_start("cancel", cancel_soon, &cancel);
    assert_int_equal(try_connect(peer.port, 20000, &cancel.flag, cancel.wake, &why), ERR_CANCELLED);
    assert_true(port_monotonic_ms() - cancel.when < 100);
    port_thread_join(thread);
    peer_end(&peer);
    port_wake_free(cancel.wake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_ssh_is_told_so),
        cmocka_unit_test(test_random_bytes_after_the_banner),
        cmocka_unit_test(test_a_silent_host_can_be_cancelled_at_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
