/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that changes the host's network and takes the change back: see network_changer.h. One thread. */
#include "agent/network_changer.h"
#include "agent/log.h"
#include "agent/network_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 100, COMES_UP_MS = 30000 };

#define SYS_NET "/sys/class/net"

typedef struct Changer {
    const char *folder;
    json_t *plan;
    const char *nic;
} Changer;

void network_plan_init(NetworkPlan *plan) { *plan = (NetworkPlan){ json_array(), json_array(), json_array(), json_array() }; }

void network_plan_clear(NetworkPlan *plan)
{
    json_decref(plan->apply);
    json_decref(plan->undo);
    json_decref(plan->keep);
    json_decref(plan->unkeep);
    *plan = (NetworkPlan){ 0 };
}

static char *path_of(const Changer *changer, const char *name) { return x_printf("%s/%s", changer->folder, name); }

static bool asked(const Changer *changer, const char *name)
{
    AUTO_FREE char *path = path_of(changer, name);
    return access(path, F_OK) == 0;
}

/* A clock that goes on while the host sleeps: the agent reads the same one. */
static int64_t boot_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int write_json(const Changer *changer, const char *name, json_t *value, Error *err)
{
    AUTO_FREE char *path = path_of(changer, name);
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    int code = small_file_write(path, text, 0600, err);
    free(text);
    return code;
}

static int set_state(const Changer *changer, const char *word, int64_t until, Error *err)
{
    return write_json(changer, "state.json", json_pack("{s:s, s:I}", "state", word, "until", (json_int_t)until), err);
}

static bool state_is(const Changer *changer, const char *word)
{
    AUTO_FREE char *path = path_of(changer, "state.json");
    json_t *state = json_load_file(path, 0, NULL);
    bool is = str_equal(json_string_value(json_object_get(state, "state")), word);
    json_decref(state);
    return is;
}

static const json_t *steps(const Changer *changer, const char *name) { return json_object_get(changer->plan, name); }

/* The outcome is there before the plan goes: whoever sees no plan finds it. */
static void finish(const Changer *changer, const char *result, const Error *why)
{
    static const char *const files[] = { "plan.json", "state.json", "keep", "revert" };
    AUTO(error_clear) Error err = { 0 };
    json_t *outcome = json_pack("{s:O, s:s}", "change", json_object_get(changer->plan, "change"), "result", result);
    if (why && why->code)
        json_object_set_new(outcome, "cause", json_string(str_empty(why->cause) ? str_or_empty(why->message) : why->cause));
    if (write_json(changer, "outcome.json", outcome, &err) < 0)
        log_line("network change of %s: %s", changer->nic, err.message);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        AUTO_FREE char *path = path_of(changer, files[i]);
        unlink(path);
    }
    log_line("network change of %s: %s%s%s", changer->nic, result, why && why->code ? ": " : "", why && why->code ? str_or_empty(why->message) : "");
}

/* Takes everything back; what fails is logged, since there is nothing else to be done. */
static void take_back(const Changer *changer, const char *result, const Error *why)
{
    AUTO(error_clear) Error err = { 0 };
    if (state_is(changer, "keeping"))
        steps_do(steps(changer, "unkeep"), true, NULL);
    set_state(changer, "undoing", 0, NULL);
    if (steps_do(steps(changer, "undo"), true, &err) < 0)
        log_line("network change of %s, taking it back: %s", changer->nic, err.message);
    finish(changer, result, why);
}

/* ---------------------------------------------------------------- making it */

static bool port_is_in(const char *port, const char *master)
{
    char target[4096];
    AUTO_FREE char *path = x_printf(SYS_NET "/%s/master", port);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return false;
    target[length] = 0;
    const char *last = strrchr(target, '/');
    return str_equal(last ? last + 1 : target, master);
}

/* The kernel has what the plan promises: the device with its ports, or no such device. */
static bool is_there(const Changer *changer)
{
    AUTO_FREE char *path = x_printf(SYS_NET "/%s", changer->nic);
    bool exists = access(path, F_OK) == 0;
    if (json_is_true(json_object_get(changer->plan, "removes")))
        return !exists;
    const json_t *ports = json_object_get(changer->plan, "ports");
    for (size_t i = 0; exists && i < json_array_size(ports); i++)
        exists = port_is_in(str_or_empty(json_string_value(json_array_get(ports, i))), changer->nic);
    return exists;
}

static int make_it(const Changer *changer, Error *err)
{
    int code = set_state(changer, "applying", 0, err);
    if (code == 0)
        code = steps_do(steps(changer, "apply"), false, err);
    for (int64_t until = boot_ms() + COMES_UP_MS; code == 0 && !is_there(changer);) {
        if (boot_ms() > until)
            return error_set(err, ERR_HOST_CHANGE_FAILED, changer->nic, "the kernel does not show the change after %d s", COMES_UP_MS / 1000);
        poll(NULL, 0, STEP_MS);
    }
    return code;
}

static void make_it_last(const Changer *changer)
{
    AUTO(error_clear) Error err = { 0 };
    int code = set_state(changer, "keeping", 0, &err);
    if (code == 0)
        code = steps_do(steps(changer, "keep"), false, &err);
    if (code == 0)
        finish(changer, "kept", NULL);
    else
        take_back(changer, "failed", &err);
}

static void work(const Changer *changer)
{
    AUTO(error_clear) Error err = { 0 };
    if (make_it(changer, &err) < 0) {
        take_back(changer, "failed", &err);
        return;
    }
    int64_t until = boot_ms() + json_integer_value(json_object_get(changer->plan, "seconds")) * 1000;
    if (set_state(changer, "applied", until, &err) < 0) {
        take_back(changer, "failed", &err);
        return;
    }
    while (!asked(changer, "keep") && !asked(changer, "revert") && boot_ms() < until)
        poll(NULL, 0, STEP_MS);
    if (asked(changer, "keep"))
        make_it_last(changer);
    else
        take_back(changer, "reverted", NULL);
}

/* ---------------------------------------------------------------- the process */

/* Held until the process ends; -1: another one works on it. */
static int take_lock(const Changer *changer)
{
    AUTO_FREE char *path = path_of(changer, "lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fd >= 0 && fcntl(fd, F_SETLK, &whole) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int network_changer(const char *folder, bool undo)
{
    Changer changer = { .folder = folder };
    AUTO_FREE char *path = path_of(&changer, "plan.json");
    int lock = take_lock(&changer);
    if (lock < 0)
        return 0;
    changer.plan = json_load_file(path, 0, NULL);
    changer.nic = str_or_empty(json_string_value(json_object_get(changer.plan, "nic")));
    bool begun = asked(&changer, "state.json"); /* by a process that has died, or before the host was started anew */
    if (changer.plan && begun)
        take_back(&changer, "reverted", NULL);
    else if (changer.plan && undo)
        finish(&changer, "reverted", NULL);
    else if (changer.plan)
        work(&changer);
    json_decref(changer.plan);
    close(lock);
    return 0;
}

int network_changer_detached(const char *folder, bool undo)
{
    pid_t child = fork();
    if (child != 0)
        return child < 0;
    setsid(); /* out of the process group that ends with its caller */
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    _exit(network_changer(folder, undo));
}
