/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of a change of the host's network: see network_steps.h. */
#include "agent/network_steps.h"
#include "agent/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRAM_MS = 60000, MAX_ARGUMENTS = 256, FILE_MAX = 1 << 20 };

/* ---------------------------------------------------------------- writing them down */

static void add_program(json_t *steps, const char *const *arguments, bool may_fail)
{
    json_t *words = json_array();
    for (size_t i = 0; arguments[i]; i++)
        json_array_append_new(words, json_string(arguments[i]));
    json_array_append_new(steps, json_pack("{s:o, s:b}", "run", words, "may_fail", may_fail));
}

void step_run(json_t *steps, const char *const *arguments) { add_program(steps, arguments, false); }
void step_try(json_t *steps, const char *const *arguments) { add_program(steps, arguments, true); }

void step_write(json_t *steps, const char *path, const char *text)
{
    json_array_append_new(steps, json_pack("{s:s, s:s}", "write", path, "text", text));
}

void step_move(json_t *steps, const char *from, const char *to) { json_array_append_new(steps, json_pack("{s:s, s:s}", "move", from, "to", to)); }
void step_remove(json_t *steps, const char *path) { json_array_append_new(steps, json_pack("{s:s}", "remove", path)); }
void step_remove_folder(json_t *steps, const char *path) { json_array_append_new(steps, json_pack("{s:s}", "remove_folder", path)); }

/* ---------------------------------------------------------------- files */

char *small_file_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    char *text = NULL;
    size_t used = 0;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX) {
        size_t size = (size_t)status.st_size;
        text = x_calloc(1, size + 1);
        for (ssize_t got; used < size && (got = read(fd, text + used, size - used)) > 0;)
            used += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    return text;
}

static void sync_folder_of(const char *path)
{
    AUTO_FREE char *folder = x_strdup(path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return;
    *slash = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static void make_folder_of(const char *path)
{
    AUTO_FREE char *folder = x_strdup(path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(folder, 0755);
        *slash = '/';
    }
}

static bool write_all(int fd, const char *text)
{
    size_t length = strlen(text);
    for (ssize_t put; length; length -= (size_t)put, text += put)
        if ((put = write(fd, text, length)) <= 0)
            return false;
    return true;
}

int small_file_write(const char *path, const char *text, int mode, Error *err)
{
    AUTO_FREE char *unfinished = x_printf("%s.poolcenter-new", path);
    int fd = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, text) && fchmod(fd, (mode_t)mode) == 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (good && rename(unfinished, path) == 0) {
        sync_folder_of(path);
        return 0;
    }
    why = good ? errno : why;
    unlink(unfinished);
    return error_set(err, ERR_IO, path, "%s", strerror(why));
}

int small_file_remove(const char *path, Error *err)
{
    if (unlink(path) < 0)
        return errno == ENOENT ? 0 : error_set(err, ERR_IO, path, "%s", strerror(errno));
    sync_folder_of(path);
    return 0;
}

/* What is edited keeps its rights. */
static int write_file(const char *path, const char *text, Error *err)
{
    struct stat status;
    make_folder_of(path);
    return small_file_write(path, text, stat(path, &status) == 0 ? (int)(status.st_mode & 07777) : 0644, err);
}

static int move_file(const char *from, const char *to, Error *err)
{
    struct stat status;
    if (stat(from, &status) < 0 && errno == ENOENT)
        return 0;
    make_folder_of(to);
    AUTO_FREE char *text = small_file_read(from);
    int code = text ? small_file_write(to, text, (int)(status.st_mode & 07777), err) : error_set(err, ERR_IO, from, "it cannot be read");
    return code < 0 ? code : small_file_remove(from, err);
}

/* ---------------------------------------------------------------- doing them */

static int run(const json_t *step, const json_t *words, Error *err)
{
    size_t count = json_array_size(words);
    AUTO_FREE const char **arguments = x_calloc(count + 1, sizeof *arguments);
    if (!count || count > MAX_ARGUMENTS)
        return error_set(err, ERR_INTERNAL, NULL, "a step has %zu words", count);
    for (size_t i = 0; i < count; i++)
        arguments[i] = str_or_empty(json_string_value(json_array_get(words, i)));
    int code = program_run(&(Program){ .arguments = arguments, .milliseconds = PROGRAM_MS }, NULL, err);
    if (code < 0 && json_is_true(json_object_get(step, "may_fail"))) {
        error_clear(err);
        return 0;
    }
    return code;
}

static int do_one(const json_t *step, Error *err)
{
    const json_t *words = json_object_get(step, "run");
    const char *write_to = json_string_value(json_object_get(step, "write"));
    const char *move_from = json_string_value(json_object_get(step, "move"));
    const char *remove_path = json_string_value(json_object_get(step, "remove"));
    const char *remove_folder = json_string_value(json_object_get(step, "remove_folder"));
    if (words)
        return run(step, words, err);
    if (write_to)
        return write_file(write_to, str_or_empty(json_string_value(json_object_get(step, "text"))), err);
    if (move_from)
        return move_file(move_from, str_or_empty(json_string_value(json_object_get(step, "to"))), err);
    if (remove_path)
        return small_file_remove(remove_path, err);
    if (remove_folder)
        rmdir(remove_folder);
    return 0;
}

int steps_do(const json_t *steps, bool all, Error *err)
{
    int first = 0;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        AUTO(error_clear) Error why = { 0 };
        if (do_one(json_array_get(steps, i), &why) == 0)
            continue;
        if (first == 0)
            first = error_move(err, &why);
        if (!all)
            break;
    }
    return first;
}
