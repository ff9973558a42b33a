/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datastore directories: see store_path.h. */
#include "agent/store_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing at or below these. */
static const char *const system_trees[] = { "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run",
                                            "/sbin", "/sys", "/usr", "/var/run", "/var/lib/dpkg", "/var/lib/rpm", "/var/log" };
/* Not these themselves. */
static const char *const shared_places[] = { "/", "/home", "/root", "/tmp", "/var", "/var/lib", "/var/lib/libvirt", "/var/tmp", "/var/cache" };

static bool at_or_below(const char *path, const char *tree)
{
    size_t length = strlen(tree);
    return strncmp(path, tree, length) == 0 && (!path[length] || path[length] == '/');
}

static int check_place(const char *path, const char *shown, Error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(system_trees); i++)
        if (at_or_below(path, system_trees[i]))
            return error_set(err, ERR_PATH_INVALID, shown, "%s belongs to the operating system", system_trees[i]);
    for (size_t i = 0; i < ARRAY_SIZE(shared_places); i++)
        if (str_equal(path, shared_places[i]))
            return error_set(err, ERR_PATH_INVALID, shown, "%s is shared with other things; use a directory below it", path);
    return 0;
}

static int check_text(const char *path, Error *err)
{
    if (*path != '/')
        return error_set(err, ERR_PATH_INVALID, path, "it must begin with a slash");
    if (strlen(path) > LIMIT_PATH - LIMIT_NAME - 1)
        return error_set(err, ERR_PATH_INVALID, path, "it is too long");
    for (const char *p = path; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return error_set(err, ERR_PATH_INVALID, path, "it contains a control character");
        if (strncmp(p, "/..", 3) == 0 && (!p[3] || p[3] == '/'))
            return error_set(err, ERR_PATH_INVALID, path, "it must not contain '..'");
    }
    return 0;
}

/* Drops empty and "." steps. */
static char *plain(const char *path)
{
    char *text = x_calloc(strlen(path) + 2, 1);
    size_t end = 0;
    while (*path) {
        path += strspn(path, "/");
        size_t step = strcspn(path, "/");
        if (step && !(step == 1 && *path == '.')) {
            text[end++] = '/';
            memcpy(text + end, path, step);
            end += step;
        }
        path += step;
    }
    if (!end)
        text[end++] = '/';
    text[end] = 0;
    return text;
}

/* Where the path leads to, as far as it exists; the missing rest is appended. */
static char *resolved(const char *path)
{
    AUTO_FREE char *head = x_strdup(path);
    for (;;) {
        AUTO_FREE char *real = realpath(head, NULL);
        if (real)
            return x_printf("%s%s", str_equal(real, "/") ? "" : real, path + strlen(head));
        char *slash = strrchr(head, '/');
        if (!slash || slash == head)
            return x_strdup(path);
        *slash = 0;
    }
}

int store_path_check(const char *path, char **ret, Error *err)
{
    int code = check_text(path, err);
    if (code < 0)
        return code;
    AUTO_FREE char *text = plain(path);
    AUTO_FREE char *real = resolved(text);
    struct stat status;
    code = check_place(text, path, err);
    if (code == 0)
        code = check_place(*real ? real : "/", path, err);
    if (code == 0 && stat(text, &status) == 0 && !S_ISDIR(status.st_mode))
        code = error_set(err, ERR_PATH_INVALID, path, "it is not a directory");
    if (code == 0)
        *ret = TAKE_PTR(text);
    return code;
}

size_t store_path_missing(const char *path)
{
    AUTO_FREE char *text = x_strdup(path);
    size_t missing = 0;
    while (access(text, F_OK) < 0) {
        char *slash = strrchr(text, '/');
        missing++;
        if (!slash || slash == text)
            break;
        *slash = 0;
    }
    return missing;
}

int store_path_make(const char *path, size_t *ret_made, Error *err)
{
    AUTO_FREE char *text = x_strdup(path);
    size_t made = 0;
    for (char *at = text + 1;; at++) {
        char end = *at;
        if (end && end != '/')
            continue;
        *at = 0;
        /* Passable for the emulator's user, readable for root only; whatever the umask says. */
        mode_t mode = end ? 0755 : 0711;
        int result = mkdir(text, mode);
        int why = errno;
        if (result == 0 && chmod(text, mode) == 0)
            made++;
        else if (why != EEXIST) {
            char *slash = strrchr(text, '/');
            *slash = 0; /* the deepest one that was made, if any */
            store_path_unmake(text, made);
            return error_set(err, ERR_PATH_INVALID, path, "%s", strerror(why));
        }
        *at = end;
        if (!end)
            break;
    }
    *ret_made = made;
    return 0;
}

void store_path_unmake(const char *path, size_t made)
{
    AUTO_FREE char *text = x_strdup(path);
    for (; made; made--) {
        if (rmdir(text) < 0)
            return;
        char *slash = strrchr(text, '/');
        *slash = 0;
    }
}
