/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of the host's network, as the agent sees them: see network_changes.h. */
#include "agent/network_changes.h"
#include "agent/ident.h"
#include "agent/log.h"
#include "agent/network_steps.h"
#include "agent/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 50, START_MS = 30000, APPLY_MS = 240000, END_MS = 180000 };

struct NetworkChanges {
    pthread_mutex_t lock; /* held while the files of a change are looked at and written */
    char *folder;
    atomic_bool starting; /* a plan is there, and its process is not yet */
    int64_t seconds;      /* how long a change waits */
    bool possible;        /* an agent of a plain user changes nothing */
};

NetworkChanges *network_changes_create(const Config *config)
{
    NetworkChanges *changes = x_calloc(1, sizeof *changes);
    pthread_mutex_init(&changes->lock, NULL);
    changes->folder = x_printf("%s/host-network", config->state_dir);
    changes->seconds = config->network_confirm_timeout;
    changes->possible = !config->user_mode && geteuid() == 0;
    if (changes->possible)
        mkdir(changes->folder, 0700);
    return changes;
}

void network_changes_free(NetworkChanges *changes)
{
    if (!changes)
        return;
    pthread_mutex_destroy(&changes->lock);
    free(changes->folder);
    free(changes);
}

const char *network_changes_folder(const NetworkChanges *changes) { return changes->folder; }

static char *path_of(const NetworkChanges *changes, const char *name) { return x_printf("%s/%s", changes->folder, name); }

static bool exists(const NetworkChanges *changes, const char *name)
{
    AUTO_FREE char *path = path_of(changes, name);
    return access(path, F_OK) == 0;
}

/* NULL: not there. The caller owns it. */
static json_t *load(const NetworkChanges *changes, const char *name)
{
    AUTO_FREE char *path = path_of(changes, name);
    return json_load_file(path, 0, NULL);
}

static const char *word(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

static int64_t boot_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---------------------------------------------------------------- the process */

/* Whether one works on the change. */
static bool is_worked_on(const NetworkChanges *changes)
{
    AUTO_FREE char *path = path_of(changes, "lock");
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool locked = fd >= 0 && fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return locked;
}

/* This program, also when a newer one has been installed in its place meanwhile. */
static void own_path(char *ret, size_t size)
{
    static const char deleted[] = " (deleted)";
    ssize_t length = readlink("/proc/self/exe", ret, size - 1);
    ret[length > 0 ? length : 0] = 0;
    char *end = strstr(ret, deleted);
    if (end && !end[sizeof deleted - 1])
        *end = 0;
}

/* Outside of the service, whose cage the process could not work in and whose end it outlives. When it is killed, systemd starts it again and it
 * takes the change back. */
static int start_process(const NetworkChanges *changes, bool undo, Error *err)
{
    static const char *const unit[] = { "systemd-run", "--quiet", "--collect", "--description=PoolCenter: a change of the host's network", "--property=Restart=on-failure",
                                        "--property=RestartSec=1", "--property=StartLimitIntervalSec=0", "--" };
    char program[PATH_MAX];
    const char *arguments[ARRAY_SIZE(unit) + 6] = { NULL };
    size_t count = 0;
    bool systemd = access("/run/systemd/system", F_OK) == 0;
    own_path(program, sizeof program);
    for (; systemd && count < ARRAY_SIZE(unit); count++)
        arguments[count] = unit[count];
    arguments[count++] = program;
    arguments[count++] = NETWORK_CHANGE_WORD;
    arguments[count++] = changes->folder;
    if (undo)
        arguments[count++] = "--undo";
    if (!systemd)
        arguments[count++] = "--detach";
    return program_run(&(Program){ .arguments = arguments, .milliseconds = START_MS }, NULL, err);
}

/* A plan that nobody works on is one whose process has died. The lock is held. */
static void look_after(NetworkChanges *changes)
{
    AUTO(error_clear) Error err = { 0 };
    if (changes->starting || !changes->possible || !exists(changes, "plan.json") || is_worked_on(changes))
        return;
    log_line("a change of the host's network was left behind; it is taken back");
    if (start_process(changes, true, &err) < 0)
        log_line("%s", err.message);
}

void network_changes_recover(NetworkChanges *changes)
{
    pthread_mutex_lock(&changes->lock);
    look_after(changes);
    pthread_mutex_unlock(&changes->lock);
}

/* ---------------------------------------------------------------- begin and start */

static json_t *plan_json(const NetworkChanges *changes, const char *nic, bool removes, const StrList *ports, const NetworkPlan *plan, const char *change)
{
    json_t *names = json_array();
    for (size_t i = 0; ports && i < ports->count; i++)
        json_array_append_new(names, json_string(ports->items[i]));
    return json_pack("{s:s, s:s, s:b, s:o, s:I, s:O, s:O, s:O, s:O, s:O, s:O, s:O}", "change", change, "nic", nic, "removes", removes, "ports", names, "seconds",
                     (json_int_t)changes->seconds, "apply", plan->apply, "undo", plan->undo, "keep", plan->keep, "unkeep", plan->unkeep, "tidy", plan->tidy,
                     "left", plan->left, "shows", plan->shows);
}

static int write_plan(NetworkChanges *changes, json_t *plan, Error *err)
{
    static const char *const stale[] = { "state.json", "keep", "revert" };
    for (size_t i = 0; i < ARRAY_SIZE(stale); i++) {
        AUTO_FREE char *path = path_of(changes, stale[i]);
        unlink(path);
    }
    AUTO_FREE char *path = path_of(changes, "plan.json");
    char *text = json_dumps(plan, JSON_INDENT(1));
    int code = small_file_write(path, text, 0600, err);
    free(text);
    return code;
}

int network_change_begin(NetworkChanges *changes, const char *nic, bool removes, const StrList *ports, const NetworkPlan *plan, char ret_change[LIMIT_UUID + 1],
                         Error *err)
{
    if (!changes->possible)
        return error_set(err, ERR_HOST_NIC, nic, "this agent does not run as root");
    pthread_mutex_lock(&changes->lock);
    look_after(changes);
    json_t *other = load(changes, "plan.json");
    int code = other ? error_set(err, ERR_BUSY, nic, "a change of '%s' waits to be confirmed or is being taken back", str_or_empty(word(other, "nic"))) : 0;
    json_decref(other);
    if (code == 0) {
        uuid_random(ret_change);
        json_t *all = plan_json(changes, nic, removes, ports, plan, ret_change);
        code = write_plan(changes, all, err);
        json_decref(all);
        changes->starting = code == 0;
    }
    pthread_mutex_unlock(&changes->lock);
    return code;
}

/* The outcome of a change, NULL: of any. False: it has none yet, and nothing is in *ret. */
static bool has_ended(const NetworkChanges *changes, const char *change, HostChangeEnd *ret)
{
    json_t *outcome = load(changes, "outcome.json");
    bool ended = outcome && (!change || str_equal(word(outcome, "change"), change)) && HostChangeEnd_decode(outcome, UNKNOWN_IGNORE, ret, NULL) == 0;
    json_decref(outcome);
    return ended;
}

/* 0: it is as wanted. */
static int tell_end(const HostChangeEnd *end, HostChangeResult wanted, Error *err)
{
    if (end->result == HOST_CHANGE_FAILED || end->result == HOST_CHANGE_BROKEN)
        return error_set(err, end->result == HOST_CHANGE_FAILED ? ERR_HOST_CHANGE_FAILED : ERR_HOST_CHANGE_BROKEN, str_or_empty(end->nic), "%s", str_or_empty(end->cause));
    return end->result == wanted ? 0 : error_set(err, ERR_HOST_CHANGE_GONE, str_or_empty(end->nic), NULL);
}

static bool is_this(const NetworkChanges *changes, const char *change, HostChange *ret)
{
    json_t *plan = load(changes, "plan.json");
    json_t *state = load(changes, "state.json");
    bool is = plan && (!change || str_equal(word(plan, "change"), change));
    if (is) {
        int64_t left = json_integer_value(json_object_get(state, "until")) - boot_ms();
        *ret = (HostChange){ .change = x_strdup(str_or_empty(word(plan, "change"))), .nic = x_strdup(str_or_empty(word(plan, "nic"))),
                             .removes = json_is_true(json_object_get(plan, "removes")), .applied = str_equal(word(state, "state"), "applied") };
        if (ret->applied)
            ret->seconds = left > 0 ? (left + 999) / 1000 : 0;
    }
    json_decref(plan);
    json_decref(state);
    return is;
}

bool network_change_now(NetworkChanges *changes, HostChange *ret)
{
    pthread_mutex_lock(&changes->lock);
    look_after(changes);
    bool is = is_this(changes, NULL, ret);
    pthread_mutex_unlock(&changes->lock);
    return is;
}

bool network_change_last(NetworkChanges *changes, HostChangeEnd *ret)
{
    pthread_mutex_lock(&changes->lock);
    bool ended = !exists(changes, "plan.json") && has_ended(changes, NULL, ret);
    pthread_mutex_unlock(&changes->lock);
    return ended;
}

void network_change_forget(NetworkChanges *changes)
{
    AUTO_FREE char *path = path_of(changes, "plan.json");
    pthread_mutex_lock(&changes->lock);
    unlink(path);
    changes->starting = false;
    pthread_mutex_unlock(&changes->lock);
}

/* Kept by somebody before this call has seen that it is in force: it is there, and waits no more. */
static int ended_early(HostChangeEnd *end, HostChange *ret, Error *err)
{
    int code = tell_end(end, HOST_CHANGE_KEPT, err);
    if (code == 0)
        *ret = (HostChange){ .change = x_strdup(end->change), .nic = x_strdup(str_or_empty(end->nic)) };
    HostChangeEnd_clear(end);
    return code;
}

int network_change_start(NetworkChanges *changes, const char *change, HostChange *ret, Error *err)
{
    AUTO(error_clear) Error why = { 0 };
    AUTO_FREE char *nic = NULL;
    if (start_process(changes, false, &why) < 0) {
        network_change_forget(changes);
        return error_set(err, ERR_HOST_CHANGE_FAILED, str_or_empty(why.object), "%s", str_or_empty(why.message));
    }
    for (int64_t until = boot_ms() + APPLY_MS; boot_ms() < until; poll(NULL, 0, STEP_MS)) {
        HostChangeEnd end = { 0 };
        HostChange now = { 0 };
        bool waits = is_this(changes, change, &now);
        if (waits && !nic)
            nic = x_strdup(now.nic);
        if (waits && exists(changes, "state.json"))
            changes->starting = false;
        if (waits && now.applied) {
            *ret = now;
            return 0;
        }
        HostChange_clear(&now);
        if (!waits && has_ended(changes, change, &end)) {
            changes->starting = false;
            return ended_early(&end, ret, err);
        }
    }
    changes->starting = false;
    return error_set(err, ERR_HOST_CHANGE_FAILED, str_or_empty(nic), "it took too long; it is taken back");
}

/* ---------------------------------------------------------------- end */

static int put_request(const NetworkChanges *changes, bool keep, Error *err)
{
    AUTO_FREE char *path = path_of(changes, keep ? "keep" : "revert");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ERR_IO, path, "%s", strerror(errno));
    close(fd);
    return 0;
}

/* Whoever asks again, since he has not heard the answer, waits for it: the change is about to end, or has ended. */
static int ask(NetworkChanges *changes, const char *change, bool keep, HostChange *ret, Error *err)
{
    HostChangeEnd end = { 0 };
    pthread_mutex_lock(&changes->lock);
    look_after(changes);
    bool is = is_this(changes, change, ret);
    int code = 0;
    if (is && (ret->applied || !keep))
        code = put_request(changes, keep, err);
    else if (!is && !has_ended(changes, change, &end))
        code = error_set(err, ERR_HOST_CHANGE_GONE, change, NULL);
    else if (is && !exists(changes, "keep")) /* it is being made, or taken back */
        code = error_set(err, ERR_HOST_CHANGE_GONE, change, NULL);
    pthread_mutex_unlock(&changes->lock);
    HostChangeEnd_clear(&end);
    return code;
}

int network_change_end(NetworkChanges *changes, const char *change, bool keep, Error *err)
{
    AUTO(HostChange_clear) HostChange now = { 0 };
    AUTO(HostChangeEnd_clear) HostChangeEnd end = { 0 };
    int code = ask(changes, change, keep, &now, err);
    if (code < 0)
        return code;
    for (int64_t until = boot_ms() + END_MS; boot_ms() < until; poll(NULL, 0, STEP_MS)) {
        if (!exists(changes, "plan.json") && has_ended(changes, change, &end))
            return tell_end(&end, keep ? HOST_CHANGE_KEPT : HOST_CHANGE_REVERTED, err);
    }
    return error_set(err, ERR_BUSY, str_or_empty(now.nic), "its change has not ended yet");
}
