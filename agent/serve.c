/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon: see serve.h. What changed in the inventory is gathered for a moment and sent as one delta. */
#include "agent/serve.h"
#include "agent/autostart.h"
#include "agent/drivers.h"
#include "agent/guest_kinds.h"
#include "agent/host_info.h"
#include "agent/http_server.h"
#include "agent/journal.h"
#include "agent/log.h"
#include "agent/network_changes.h"
#include "agent/server.h"
#include "agent/store_flags.h"
#include "agent/store_probe.h"
#include "agent/tickets.h"
#include "agent/uploads.h"
#include "agent/user_mode.h"
#include "agent/volume_locks.h"
#include "agent/vm_revisions.h"
#include "agent/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DELTA_MS = 30, CALL_THREADS = 32, QUICK_THREADS = 8 };

/* Loop thread, except pending. */
typedef struct Deltas {
    Agent *agent;
    atomic_bool pending; /* a change was announced and not yet taken up */
    bool building;       /* a worker makes the delta: the next one waits, so that they leave in order */
    bool again;
    int64_t sent;        /* revision the last delta reached */
} Deltas;

static void delta_due(void *context);

static void delta_built(void *context)
{
    Deltas *deltas = context;
    deltas->building = false;
    if (deltas->again)
        loop_timer(deltas->agent->loop, DELTA_MS, delta_due, deltas);
    deltas->again = false;
}

static void delta_build(void *context)
{
    Deltas *deltas = context;
    Inventory delta;
    inventory_changes(deltas->agent->inventory, NULL, deltas->sent, &delta);
    if (delta.revision > deltas->sent)
        server_broadcast(deltas->agent->server, EVENT_inventory_changed, Inventory_encode(&delta), STAMP_INVENTORY, delta.revision);
    deltas->sent = delta.revision; /* the loop reads it only after delta_built */
    if (delta.vms.count > 1000)
        malloc_trim(0);
    Inventory_clear(&delta);
    loop_post(deltas->agent->loop, delta_built, deltas);
}

static void delta_due(void *context)
{
    Deltas *deltas = context;
    atomic_store(&deltas->pending, false); /* cleared before looking: a change meanwhile announces itself again */
    if (deltas->building) {
        deltas->again = true;
        return;
    }
    if (!server_has_subscribers(deltas->agent->server)) {
        deltas->sent = inventory_revision(deltas->agent->inventory);
        return;
    }
    deltas->building = true;
    workers_run(deltas->agent->quick, delta_build, deltas);
}

static void delta_schedule(void *context)
{
    Deltas *deltas = context;
    loop_timer(deltas->agent->loop, DELTA_MS, delta_due, deltas);
}

static void on_inventory_changed(void *context)
{
    Deltas *deltas = context;
    if (!atomic_exchange(&deltas->pending, true))
        loop_post(deltas->agent->loop, delta_schedule, deltas);
}

static void on_task_changed(void *context, const TaskInfo *task, int64_t serial)
{
    Agent *agent = context;
    if (agent->server)
        server_broadcast(agent->server, EVENT_task_changed, TaskInfo_encode(task), STAMP_TASK, serial);
}

static void on_signal(void *context, uint32_t events)
{
    (void)events;
    loop_stop(context);
}

/* SIGTERM and SIGINT become readable; blocked before any thread starts, so that all inherit it. */
static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGIO, SIG_IGN); /* somebody opens what upload_file.c has a lease on */
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void make_folder_of(const char *path)
{
    AUTO_FREE char *folder = x_strdup(path);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) {
        *slash = 0;
        mkdir(folder, 0755);
    }
}

/*
 * An agent that was killed keeps its lock until the kernel has written what its threads were writing. A user's connections start one each, of
 * which one stays: there the others do not wait.
 */
static bool lock_soon(int fd, bool user_mode)
{
    enum { PATIENCE_MS = 10000, STEP_US = 50000 };
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int64_t until = clock_ms() + (user_mode ? 0 : PATIENCE_MS);
    while (fcntl(fd, F_SETLK, &whole) < 0) {
        if (clock_ms() >= until)
            return false;
        usleep(STEP_US);
    }
    return true;
}

/* One agent per state folder: locked as long as it runs. */
static int lock_state(const Config *config, int *ret, Error *err)
{
    mkdir(config->state_dir, 0750);
    AUTO_FREE char *path = x_printf("%s/lock", config->state_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ERR_IO, path, "%s", strerror(errno));
    if (!lock_soon(fd, config->user_mode)) {
        close(fd);
        return error_set(err, ERR_BUSY, config->state_dir, "another agent uses it");
    }
    *ret = fd;
    return 0;
}

static int make_parts(Agent *agent, Deltas *deltas, Error *err)
{
    agent->loop = loop_create();
    agent->workers = workers_create(CALL_THREADS);
    agent->quick = workers_create(QUICK_THREADS);
    agent->tickets = tickets_create(agent->loop);
    agent->inventory = inventory_create(on_inventory_changed, deltas);
    agent->tasks = tasks_create(on_task_changed, agent);
    agent->journal = journal_create(agent);
    agent->network_changes = network_changes_create(&agent->config);
    agent->volume_locks = volume_locks_create();
    agent->store_flags = store_flags_create(agent->config.state_dir);
    agent->store_probes = store_probes_create();
    agent->uploads = uploads_create(agent);
    agent->watcher = watcher_create(agent);
    agent->revisions = vm_revisions_create();
    agent->guest_kinds = guest_kinds_create(&agent->config.osinfo_folders);
    /* The server before the drivers, which announce through it; its clients are served once the loop runs. */
    int code = server_create(agent, &agent->server, err);
    if (code == 0)
        code = http_server_create(agent, &agent->http, err);
    if (code == 0)
        agent->drivers = drivers_create(agent);
    return code;
}

/* In the order in which the parts use each other: first all threads, then what they have used. */
static void free_parts(Agent *agent)
{
    server_close(agent->server);
    http_server_close(agent->http);
    uploads_stop(agent->uploads);
    tasks_stop(agent->tasks);
    workers_free(agent->workers);
    workers_free(agent->quick);
    drivers_free(agent->drivers);
    loop_drain(agent->loop);
    tickets_free(agent->tickets); /* tasks of tickets that nobody took end, and tell */
    loop_drain(agent->loop);
    http_server_free(agent->http);
    uploads_free(agent->uploads);
    tasks_free(agent->tasks);
    journal_free(agent->journal);
    network_changes_free(agent->network_changes);
    volume_locks_free(agent->volume_locks);
    store_flags_free(agent->store_flags);
    store_probes_free(agent->store_probes);
    server_free(agent->server);
    watcher_free(agent->watcher);
    vm_revisions_free(agent->revisions);
    guest_kinds_free(agent->guest_kinds);
    inventory_free(agent->inventory);
    loop_free(agent->loop);
}

static void recover_network(void *context)
{
    const Agent *agent = context;
    network_changes_recover(agent->network_changes);
}

int serve(Config *config, Error *err)
{
    Agent agent = { .config = *config };
    Deltas deltas = { .agent = &agent };
    int lock = -1;
    *config = (Config){ 0 };
    mallopt(M_ARENA_MAX, 2);             /* many short-lived threads would each keep an arena */
    mallopt(M_MMAP_THRESHOLD, 128 << 10); /* large buffers go back to the system at once */
    json_object_seed(0);
    int signals = open_signals();
    make_folder_of(agent.config.socket);
    if (!str_empty(agent.config.http_socket))
        make_folder_of(agent.config.http_socket);
    int code = lock_state(&agent.config, &lock, err);
    if (code == 0) {
        if (agent.config.user_mode)
            host_id_of_machine(agent.host_id);
        else
            host_id_read(agent.config.state_dir, agent.host_id);
        audit_open(&agent.config);
        code = make_parts(&agent, &deltas, err);
        LoopWatch *watch = loop_watch(agent.loop, signals, EPOLLIN, on_signal, agent.loop);
        if (code == 0) {
            autostart_begin(&agent);
            workers_run(agent.workers, recover_network, &agent);
            log_line("version %s listens on %s", POOLCENTER_VERSION, agent.config.socket);
            loop_run(agent.loop);
        }
        loop_unwatch(agent.loop, watch);
        free_parts(&agent);
        audit_close();
        if (agent.config.user_mode)
            user_mode_leave(&agent.config);
        close(lock);
    }
    close(signals);
    config_clear(&agent.config);
    return code;
}
