/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that changes the host's network and takes the change back: see network_changer.h. One thread. */
#include "agent/network_changer.h"
#include "agent/host_nics.h"
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

void network_plan_init(NetworkPlan *plan) { *plan = (NetworkPlan){ json_array(), json_array(), json_array(), json_array(), json_array(), json_array(), json_object() }; }

void network_plan_clear(NetworkPlan *plan)
{
    json_decref(plan->apply);
    json_decref(plan->undo);
    json_decref(plan->keep);
    json_decref(plan->unkeep);
    json_decref(plan->tidy);
    json_decref(plan->left);
    json_decref(plan->shows);
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

/* As a part of the result's sentence. What could not be taken back needs the name of the program or file. The caller frees. */
static char *cause_of(const Error *why, HostChangeResult result)
{
    const char *cause = str_empty(why->cause) ? str_or_empty(why->message) : why->cause;
    return result == HOST_CHANGE_BROKEN && !str_empty(why->object) ? x_printf("%s: %s", why->object, cause) : x_strdup(cause);
}

/* The outcome is there before the plan goes: whoever sees no plan finds it. The plan goes before its state: without that it had not begun. */
static void finish(const Changer *changer, HostChangeResult result, const Error *why)
{
    static const char *const files[] = { "plan.json", "state.json", "keep", "revert" };
    const char *word = HostChangeResult_name(result);
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *cause = why && why->code ? cause_of(why, result) : NULL;
    HostChangeEnd end = { .change = (char *)json_string_value(json_object_get(changer->plan, "change")), .nic = (char *)changer->nic, .result = result, .cause = cause };
    if (write_json(changer, "outcome.json", HostChangeEnd_encode(&end), &err) < 0)
        log_line("network change of %s: %s", changer->nic, err.message);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        AUTO_FREE char *path = path_of(changer, files[i]);
        small_file_remove(path, NULL);
    }
    log_line("network change of %s: %s%s%s", changer->nic, word, cause ? ": " : "", str_or_empty(cause));
}

/* Takes everything back, whatever fails; that is what the outcome tells then. */
static void take_back(const Changer *changer, HostChangeResult result, const Error *why)
{
    AUTO(error_clear) Error err = { 0 };
    AUTO(error_clear) Error more = { 0 };
    if (state_is(changer, "keeping"))
        steps_do(steps(changer, "unkeep"), true, &err);
    set_state(changer, "undoing", 0, NULL);
    steps_do(steps(changer, "undo"), true, err.code ? &more : &err);
    if (more.code)
        log_line("network change of %s, taking it back: %s", changer->nic, more.message);
    if (err.code && why)
        log_line("network change of %s: %s", changer->nic, str_or_empty(why->message));
    finish(changer, err.code ? HOST_CHANGE_BROKEN : result, err.code ? &err : why);
}

/* It lasts; what a file of it leaves behind does no harm. */
static void keep_it(const Changer *changer)
{
    AUTO(error_clear) Error err = { 0 };
    if (steps_do(steps(changer, "tidy"), true, &err) < 0)
        log_line("network change of %s: %s", changer->nic, err.message);
    finish(changer, HOST_CHANGE_KEPT, NULL);
}

/* ---------------------------------------------------------------- making it */

/* Such files have no size. */
static bool file_has(const char *path, const char *words)
{
    char text[1024] = "";
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = 0;
    if (file)
        fclose(file);
    return strstr(text, words) != NULL;
}

static bool is_changed(const Changer *changer)
{
    json_t *shows = json_object_get(changer->plan, "shows");
    const json_t *left = json_object_get(changer->plan, "left");
    bool good = true;
    const char *path = NULL;
    json_t *words = NULL;
    json_object_foreach(shows, path, words)
        good = good && file_has(path, str_or_empty(json_string_value(words)));
    for (size_t i = 0; good && i < json_array_size(left); i++)
        good = !host_nic_is_in(str_or_empty(json_string_value(json_array_get(left, i))), changer->nic);
    return good;
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
        exists = host_nic_is_in(str_or_empty(json_string_value(json_array_get(ports, i))), changer->nic);
    return exists && is_changed(changer);
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
        code = set_state(changer, "kept", 0, &err);
    if (code == 0)
        keep_it(changer);
    else
        take_back(changer, HOST_CHANGE_FAILED, &err);
}

static void work(const Changer *changer)
{
    AUTO(error_clear) Error err = { 0 };
    if (make_it(changer, &err) < 0) {
        take_back(changer, HOST_CHANGE_FAILED, &err);
        return;
    }
    int64_t until = boot_ms() + json_integer_value(json_object_get(changer->plan, "seconds")) * 1000;
    if (set_state(changer, "applied", until, &err) < 0) {
        take_back(changer, HOST_CHANGE_FAILED, &err);
        return;
    }
    while (!asked(changer, "keep") && !asked(changer, "revert") && boot_ms() < until)
        poll(NULL, 0, STEP_MS);
    if (asked(changer, "keep"))
        make_it_last(changer);
    else
        take_back(changer, HOST_CHANGE_REVERTED, NULL);
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
    if (changer.plan && state_is(&changer, "kept"))
        keep_it(&changer);
    else if (changer.plan && begun)
        take_back(&changer, HOST_CHANGE_REVERTED, NULL);
    else if (changer.plan && undo)
        finish(&changer, HOST_CHANGE_REVERTED, NULL);
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
