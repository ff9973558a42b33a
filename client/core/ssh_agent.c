/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SSH agents: see ssh_agent.h. libssh2's own client is not used: it blocks, knows no Pageant pipe, takes the first agent only and breaks FIDO signatures. */
#include "client/core/ssh_agent.h"

#include "client/core/known_hosts.h"
#include "client/core/port_agent.h"
#include "protocol/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_IDENTITIES = 11,
    IDENTITIES_ANSWER = 12,
    SIGN_REQUEST = 13,
    SIGN_RESPONSE = 14,
    RSA_SHA2_256 = 2, /* flags of a sign request */
    RSA_SHA2_512 = 4,
    USERAUTH_REQUEST = 50,
    MESSAGE_MAX = 256 << 10, /* as OpenSSH's */
};

/* ---- one request */

/* Both with their length word in front. *ret is freed by the caller. */
static bool exchange(PortAgent *agent, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    WireWriter message = { 0 };
    wire_put_string(&message, request, size);
    bool sent = port_agent_send(agent, message.bytes, message.size);
    wire_free(&message);
    unsigned char head[4];
    if (!sent || !port_agent_receive(agent, head, sizeof head))
        return false;
    WireReader reader = wire_reader(head, sizeof head);
    size_t length = wire_word(&reader);
    if (length > MESSAGE_MAX)
        return false;
    AUTO_FREE unsigned char *answer = x_calloc(length + 1, 1);
    if (!port_agent_receive(agent, answer, length))
        return false;
    *ret = TAKE_PTR(answer);
    *ret_size = length;
    return true;
}

/* False: that agent does not run, or does not answer. */
static bool ask(size_t which, const void *request, size_t size, unsigned char **ret, size_t *ret_size)
{
    PortAgent *agent = port_agent_open(which);
    if (!agent)
        return false;
    bool answered = exchange(agent, request, size, ret, ret_size);
    port_agent_close(agent);
    return answered;
}

/* ---- lists of keys */

static void clear_key(SshAgentKey *key)
{
    free(key->blob);
    free(key->type);
    free(key->comment);
    free(key->fingerprint);
}

void ssh_agent_keys_clear(SshAgentKeys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        clear_key(&keys->items[i]);
    free(keys->items);
    *keys = (SshAgentKeys){ 0 };
}

const SshAgentKey *ssh_agent_find(const SshAgentKeys *keys, WireBytes blob)
{
    for (size_t i = 0; i < keys->count; i++)
        if (wire_same((WireBytes){ keys->items[i].blob, keys->items[i].size }, blob))
            return &keys->items[i];
    return NULL;
}

void ssh_agent_prefer(SshAgentKeys *keys, const char *fingerprint)
{
    for (size_t i = 1; i < keys->count; i++)
        if (str_equal(keys->items[i].fingerprint, fingerprint)) {
            SshAgentKey key = keys->items[i];
            memmove(keys->items + 1, keys->items, i * sizeof key);
            keys->items[0] = key;
            return;
        }
}

static void add_key(SshAgentKeys *keys, size_t agent, WireBytes blob, WireBytes comment)
{
    WireReader reader = wire_reader(blob.bytes, blob.size);
    WireBytes type = wire_string(&reader);
    /* DSA has left OpenSSH: offering such a key only costs one of the tries that the server grants. */
    if (reader.bad || !type.size || type.size > 64 || wire_is(type, "ssh-dss") || keys->count >= SSH_AGENT_KEYS_MAX || ssh_agent_find(keys, blob))
        return;
    keys->items = x_realloc(keys->items, keys->count + 1, sizeof *keys->items);
    keys->items[keys->count++] = (SshAgentKey){
        .agent = agent,
        .blob = x_memdup(blob.bytes, blob.size, 1),
        .size = blob.size,
        .type = x_strndup((const char *)type.bytes, type.size),
        .comment = x_strndup((const char *)comment.bytes, comment.size < LIMIT_TEXT ? comment.size : LIMIT_TEXT),
        .fingerprint = known_hosts_fingerprint(blob.bytes, blob.size),
    };
}

bool ssh_agent_read_keys(const void *answer, size_t size, size_t agent, SshAgentKeys *keys)
{
    WireReader reader = wire_reader(answer, size);
    if (wire_byte(&reader) != IDENTITIES_ANSWER)
        return false;
    uint32_t count = wire_word(&reader);
    for (uint32_t i = 0; i < count && !reader.bad; i++) {
        WireBytes blob = wire_string(&reader);
        WireBytes comment = wire_string(&reader);
        if (!reader.bad)
            add_key(keys, agent, blob, comment);
    }
    return !reader.bad;
}

void ssh_agent_list(SshAgentKeys *ret)
{
    static const unsigned char request = REQUEST_IDENTITIES;
    *ret = (SshAgentKeys){ 0 };
    for (size_t i = 0; i < port_agent_count(); i++) {
        unsigned char *answer = NULL;
        size_t size = 0;
        if (ask(i, &request, 1, &answer, &size))
            ret->running |= ssh_agent_read_keys(answer, size, i, ret);
        free(answer);
    }
}

/* ---- signatures */

/* The algorithm that is asked for, out of the bytes that are to be signed. */
static WireBytes algorithm_of(const void *data, size_t size)
{
    WireReader reader = wire_reader(data, size);
    wire_string(&reader); /* session */
    bool request = wire_byte(&reader) == USERAUTH_REQUEST;
    wire_string(&reader); /* user */
    wire_string(&reader); /* service */
    wire_string(&reader); /* "publickey" */
    wire_byte(&reader);
    WireBytes algorithm = wire_string(&reader);
    return request && !reader.bad ? algorithm : (WireBytes){ (const unsigned char *)"", 0 };
}

static bool begins_with(WireBytes bytes, const char *text) { return bytes.size >= strlen(text) && memcmp(bytes.bytes, text, strlen(text)) == 0; }

/* A certificate is signed with as its plain key: the algorithm without "-cert-v01". */
static bool same_algorithm(WireBytes wanted, WireBytes made)
{
    static const char certificate[] = "-cert-v01@openssh.com";
    if (wire_same(wanted, made))
        return true;
    size_t plain = wanted.size > sizeof certificate - 1 ? wanted.size - (sizeof certificate - 1) : 0;
    if (!plain || memcmp(wanted.bytes + plain, certificate, sizeof certificate - 1) != 0 || made.size < plain || memcmp(wanted.bytes, made.bytes, plain) != 0)
        return false;
    WireBytes rest = { made.bytes + plain, made.size - plain };
    return rest.size == 0 || wire_is(rest, "@openssh.com");
}

int ssh_agent_read_signature(const void *answer, size_t size, const void *data, size_t data_size, unsigned char **ret, size_t *ret_size)
{
    WireReader reader = wire_reader(answer, size);
    if (wire_byte(&reader) != SIGN_RESPONSE)
        return -1;
    WireBytes whole = wire_string(&reader);
    if (reader.bad)
        return -1;
    reader = wire_reader(whole.bytes, whole.size);
    WireBytes made = wire_string(&reader);
    WireBytes rest = { reader.at, (size_t)(reader.end - reader.at) };
    WireBytes signature = wire_string(&reader);
    if (reader.bad)
        return -1;
    if (!same_algorithm(algorithm_of(data, data_size), made))
        return 1;
    /* A FIDO signature is followed by flags and a counter, and libssh2 passes it on as it is. */
    WireBytes wanted = begins_with(made, "sk-") ? rest : signature;
    *ret = x_calloc(wanted.size + 1, 1);
    memcpy(*ret, wanted.bytes, wanted.size);
    *ret_size = wanted.size;
    return 0;
}

/* ---- requests on a thread of their own */

struct SshAgentJob {
    PortMutex mutex;
    PortWake *wake;  /* NULL: nobody waits any more */
    int holders;     /* the thread, the one who waits */
    bool done;
    bool signs;
    SshAgentKeys keys; /* a list's result */
    size_t agent;      /* a signature: whom to ask */
    WireWriter request;
    unsigned char *data;
    size_t data_size;
    unsigned char *answer;
    size_t answer_size;
};

static void let_go(SshAgentJob *job)
{
    port_mutex_lock(&job->mutex);
    bool last = --job->holders == 0;
    port_mutex_unlock(&job->mutex);
    if (!last)
        return;
    ssh_agent_keys_clear(&job->keys);
    wire_free(&job->request);
    free(job->data);
    free(job->answer);
    port_mutex_clear(&job->mutex);
    free(job);
}

static void run(void *context)
{
    SshAgentJob *job = context;
    if (job->signs)
        ask(job->agent, job->request.bytes, job->request.size, &job->answer, &job->answer_size);
    else
        ssh_agent_list(&job->keys);
    port_mutex_lock(&job->mutex);
    job->done = true;
    if (job->wake)
        port_wake_set(job->wake);
    port_mutex_unlock(&job->mutex);
    let_go(job);
}

static SshAgentJob *start(SshAgentJob *job, PortWake *wake)
{
    port_mutex_init(&job->mutex);
    job->wake = wake;
    job->holders = 2;
    port_thread_detach(port_thread_start("ssh agent", run, job));
    return job;
}

SshAgentJob *ssh_agent_start_list(PortWake *wake) { return start(x_calloc(1, sizeof(SshAgentJob)), wake); }

SshAgentJob *ssh_agent_start_sign(const SshAgentKey *key, const void *data, size_t size, PortWake *wake)
{
    SshAgentJob *job = x_calloc(1, sizeof *job);
    WireBytes algorithm = algorithm_of(data, size);
    job->signs = true;
    job->agent = key->agent;
    job->data = x_memdup(data, size, 1);
    job->data_size = size;
    wire_put_byte(&job->request, SIGN_REQUEST);
    wire_put_string(&job->request, key->blob, key->size);
    wire_put_string(&job->request, data, size);
    wire_put_word(&job->request, begins_with(algorithm, "rsa-sha2-512") ? RSA_SHA2_512 : begins_with(algorithm, "rsa-sha2-256") ? RSA_SHA2_256 : 0);
    return start(job, wake);
}

bool ssh_agent_done(SshAgentJob *job)
{
    port_mutex_lock(&job->mutex);
    bool done = job->done;
    port_mutex_unlock(&job->mutex);
    return done;
}

void ssh_agent_take_keys(SshAgentJob *job, SshAgentKeys *ret)
{
    *ret = job->keys;
    job->keys = (SshAgentKeys){ 0 };
}

int ssh_agent_take_signature(SshAgentJob *job, unsigned char **ret, size_t *ret_size)
{
    return ssh_agent_read_signature(job->answer, job->answer_size, job->data, job->data_size, ret, ret_size);
}

void ssh_agent_leave(SshAgentJob *job)
{
    if (!job)
        return;
    port_mutex_lock(&job->mutex);
    job->wake = NULL;
    port_mutex_unlock(&job->mutex);
    let_go(job);
}
