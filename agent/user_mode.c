/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting and settling an agent of a plain user: see user_mode.h. */
#include "agent/user_mode.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { IDLE_SECONDS = 5, START_MS = 20000, LOOK_MS = 20, RETRY_MS = 300, TRIES = 3 };

/* In /tmp, because the home folder may be shared with other hosts, and /run/user/UID goes away under a running agent when its user logs out. */
static int own_folder(char **ret, Error *err)
{
    const char *place = getenv("TMPDIR");
    AUTO_FREE char *folder = x_printf("%s/poolagent-%ld", place && *place == '/' ? place : "/tmp", (long)geteuid());
    struct stat facts;
    if (strlen(folder) + sizeof "/poolagent.sock" > sizeof ((struct sockaddr_un *)0)->sun_path)
        return error_set(err, ERR_IO, folder, "the path is too long for a socket");
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return error_set(err, ERR_IO, folder, "%s", strerror(errno));
    if (lstat(folder, &facts) < 0)
        return error_set(err, ERR_IO, folder, "%s", strerror(errno));
    if (!S_ISDIR(facts.st_mode) || facts.st_uid != geteuid() || (facts.st_mode & 077))
        return error_set(err, ERR_IO, folder, "it is not a folder of this user alone; remove it");
    *ret = TAKE_PTR(folder);
    return 0;
}

int user_mode_config(Config *ret, Error *err)
{
    AUTO_FREE char *folder = NULL;
    Config config;
    int code = own_folder(&folder, err);
    if (code < 0)
        return code;
    config_defaults(&config);
    free(config.socket);
    free(config.state_dir);
    free(TAKE_PTR(config.socket_group));
    config.socket = x_printf("%s/poolagent.sock", folder);
    config.state_dir = TAKE_PTR(folder);
    StrList_clear(&config.drivers);
    StrList_add(&config.drivers, "qemu:///session");
    config.user_mode = true;
    config.audit_file = false;
    config.idle_exit = IDLE_SECONDS;
    *ret = config;
    return 0;
}

/* The process that listens; 0: nobody does. */
static pid_t listener(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, path, strlen(path)); /* its length was checked in own_folder */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct ucred peer = { 0 };
    socklen_t size = sizeof peer;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    if (fd >= 0)
        close(fd);
    return peer.pid;
}

/* In the child: away from the SSH session, its words to the log. Does not return. */
static void become_agent(const char *log)
{
    int null = open("/dev/null", O_RDWR);
    int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    setsid();
    if (out < 0)
        out = null;
    if (null >= 0 && out >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2) {
        for (int fd = 3; fd < 256; fd++)
            close(fd);
        char program[PATH_MAX];
        ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1); /* not the link itself: the process would be called exe */
        program[length > 0 ? length : 0] = 0;
        if (chdir("/") == 0)
            execl(program, "poolagentd", "serve", "--user", (char *)NULL);
    }
    _exit(127);
}

static void last_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    *line = 0;
    char read[512];
    while (file && fgets(read, sizeof read, file))
        snprintf(line, size, "%s", read);
    if (file)
        fclose(file);
    line[strcspn(line, "\r\n")] = 0;
}

static int failed_start(const Config *config, const char *log, Error *err)
{
    char said[512];
    last_line(log, said, sizeof said);
    return error_set(err, ERR_IO, config->socket, "the agent did not start; its last words: %s", *said ? said : "none");
}

/* Whether somebody listens. One that came too late is gone before this says so: never are there two of them. */
static bool wait_for_agent(const Config *config, pid_t child)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    for (int waited = 0; waited < START_MS; waited += LOOK_MS) {
        bool ended = waitpid(child, NULL, WNOHANG) == child;
        pid_t found = listener(config->socket);
        if (ended || found == child)
            return found != 0;
        nanosleep(&pause, NULL);
    }
    return false;
}

int user_mode_start(const Config *config, Error *err)
{
    AUTO_FREE char *log = x_printf("%s/agent.log", config->state_dir);
    const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };
    /* Again, because another one may just be ending, or start in the same moment. */
    for (int tries = 0; tries < TRIES; tries++) {
        if (listener(config->socket))
            return 0;
        pid_t child = fork();
        if (child < 0)
            return error_set(err, ERR_IO, "fork", "%s", strerror(errno));
        if (child == 0)
            become_agent(log);
        if (wait_for_agent(config, child))
            return 0;
        nanosleep(&pause, NULL);
    }
    return failed_start(config, log, err);
}

void user_mode_leave(const Config *config)
{
    AUTO_FREE char *log = x_printf("%s/agent.log", config->state_dir);
    AUTO_FREE char *lock = x_printf("%s/lock", config->state_dir);
    unlink(log);
    AUTO_FREE char *jobs = x_printf("%s/jobs", config->state_dir);
    unlink(lock);
    rmdir(jobs); /* and the folder: only when nothing is in them that the next agent needs */
    rmdir(config->state_dir);
}
