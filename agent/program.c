/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programs of the host: see program.h. The child makes a process group of its own, so that its children are killed with it, and asks the
 * kernel to be killed when the thread that waits for it ends: an agent that is killed leaves none behind. Between fork and exec only calls
 * that are safe there are made; everything they need is prepared before.
 */
#include "agent/program.h"
#include "agent/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OUTPUT_MAX = 1 << 20,
    LINE_BYTES = 4096,
    STEP_MS = 50,         /* how soon a cancellation is seen */
    STATUS_CANNOT = 127,  /* the child could not become the program */
};

/* The last bytes or lines of what came through a pipe. */
typedef struct Intake {
    int fd;               /* -1: ended */
    char line[LINE_BYTES + 1];
    size_t used;
    char *text;           /* all of it, where that is wanted */
    size_t length;
} Intake;

typedef struct Child {
    const Program *program;
    pid_t pid;
    Intake output, errors;
    char *last_error;     /* last line of its standard error that says something */
    const char *ended;    /* why it was killed; NULL: it was not */
    bool cancelled;
    int64_t until;        /* clock_ms(), 0: for ever */
} Child;

/* ---------------------------------------------------------------- finding */

/* Where the program is; NULL: nowhere. The caller frees. */
static char *find_program(const char *name)
{
    if (*name == '/')
        return access(name, X_OK) == 0 ? x_strdup(name) : NULL;
    for (const char *at = PROGRAM_PATH; *at;) {
        size_t length = strcspn(at, ":");
        char *path = x_printf("%.*s/%s", (int)length, at, name);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
        at += length + (at[length] == ':');
    }
    return NULL;
}

bool program_exists(const char *name)
{
    AUTO_FREE char *path = find_program(name);
    return path != NULL;
}

/* ---------------------------------------------------------------- the child, before it is the program */

static char *const environment[] = { "PATH=" PROGRAM_PATH, "LC_ALL=C", "LANG=C", "HOME=/", "TZ=UTC", NULL };

static void limit(int what, int64_t value)
{
    struct rlimit limits = { (rlim_t)value, (rlim_t)value };
    if (value > 0)
        setrlimit((__rlimit_resource_t)what, &limits);
}

static void set_limits(const Program *program)
{
    limit(RLIMIT_CPU, program->cpu_seconds);
    limit(RLIMIT_AS, program->memory);
    limit(RLIMIT_FSIZE, program->file_size);
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All descriptors of the agent are opened with O_CLOEXEC; those of libraries, or inherited ones, may not be. */
static void hold_back_descriptors(void)
{
    enum { CLOSE_RANGE = 436, CLOSE_AT_EXEC = 4, MANY = 4096 }; /* SYS_close_range, which older headers lack */
    if (syscall(CLOSE_RANGE, STDERR_FILENO + 1, ~0U, CLOSE_AT_EXEC) == 0)
        return;
    for (int fd = STDERR_FILENO + 1; fd < MANY; fd++) /* Linux before 5.11 */
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void become(const Program *program, const char *path, int input, int output, int errors, pid_t parent)
{
    setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(STATUS_CANNOT);
    reset_signals();
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
        _exit(STATUS_CANNOT);
    hold_back_descriptors();
    for (size_t i = 0; i < ARRAY_SIZE(program->kept); i++)
        if (program->kept[i] > STDERR_FILENO)
            fcntl(program->kept[i], F_SETFD, 0);
    if (chdir(program->directory ? program->directory : "/") < 0)
        _exit(STATUS_CANNOT);
    umask(022);
    set_limits(program);
    execve(path, (char *const *)(uintptr_t)program->arguments, environment);
    _exit(STATUS_CANNOT);
}

/* As fork(), but without what libraries do in the child then: it may wait for ever for a lock that another thread of the agent held in that moment,
 * as libcap-ng's does for the allocator of a build with sanitizers. The child only makes system calls until it is the program. */
static pid_t fork_alone(void) { return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); }

static int start(Child *child, const char *path, Error *err)
{
    const Program *program = child->program;
    int output[2] = { -1, -1 };
    int errors[2] = { -1, -1 };
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t parent = getpid();
    if (null >= 0 && pipe2(output, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0)
        child->pid = fork_alone();
    if (child->pid == 0)
        become(program, path, program->input ? program->input : null, program->output ? program->output : output[1], errors[1], parent);
    int why = errno;
    if (child->pid > 0)
        setpgid(child->pid, child->pid); /* whoever comes first */
    close(null);
    close(output[1]);
    close(errors[1]);
    child->output.fd = output[0];
    child->errors.fd = errors[0];
    return child->pid > 0 ? 0 : error_set(err, ERR_PROGRAM_FAILED, program->arguments[0], "it cannot be started: %s", strerror(why));
}

/* ---------------------------------------------------------------- what it says */

static void end_child(Child *child, const char *why)
{
    if (!child->ended)
        child->ended = why;
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL);
}

static void take_line(Child *child, Intake *intake)
{
    intake->line[intake->used] = 0;
    bool says_something = intake->line[strspn(intake->line, " \t")] != 0;
    if (intake == &child->output && child->program->line)
        child->program->line(child->program->context, intake->line);
    else if (intake == &child->errors && says_something && !(child->program->first_words && child->last_error)) {
        free(child->last_error);
        child->last_error = x_strdup(intake->line);
    }
    intake->used = 0;
}

static void take_lines(Child *child, Intake *intake, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r')
            take_line(child, intake);
        else if (intake->used < LINE_BYTES)
            intake->line[intake->used++] = bytes[i] ? bytes[i] : '?';
    }
}

static void keep(Child *child, Intake *intake, const char *bytes, size_t count)
{
    size_t most = child->program->output_limit ? child->program->output_limit : OUTPUT_MAX;
    if (count > most - intake->length) {
        end_child(child, "it says more than it should");
        return;
    }
    intake->text = x_realloc(intake->text, intake->length + count + 1, 1);
    memcpy(intake->text + intake->length, bytes, count);
    intake->length += count;
    intake->text[intake->length] = 0;
}

/* One read; ends the intake at its end. */
static void take(Child *child, Intake *intake)
{
    char bytes[8192];
    ssize_t got = read(intake->fd, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR)
        return;
    if (got > 0 && intake == &child->output && !child->program->line)
        keep(child, intake, bytes, (size_t)got);
    else if (got > 0)
        take_lines(child, intake, bytes, (size_t)got);
    else {
        if (intake->used)
            take_line(child, intake);
        close(intake->fd);
        intake->fd = -1;
    }
}

/* ---------------------------------------------------------------- waiting */

static void watch_for_end(Child *child)
{
    if (child->ended)
        return;
    child->cancelled = child->program->task && task_cancelled(child->program->task);
    if (child->cancelled)
        end_child(child, "it was cancelled");
    else if (child->program->stop && *child->program->stop)
        end_child(child, "what it makes is not needed any more");
    else if (child->until && clock_ms() > child->until)
        end_child(child, "it took too long");
}

/* Reads until both pipes have ended. False: nothing more came for a step. */
static bool listen_once(Child *child)
{
    struct pollfd pollers[2] = { { .fd = child->output.fd, .events = POLLIN }, { .fd = child->errors.fd, .events = POLLIN } };
    int ready = poll(pollers, 2, STEP_MS);
    if (ready > 0 && pollers[0].revents)
        take(child, &child->output);
    if (ready > 0 && pollers[1].revents)
        take(child, &child->errors);
    return ready != 0;
}

/* Its status. A program that closes its pipes early, or whose children keep them, is waited for all the same. */
static int wait_for(Child *child)
{
    int status = 0;
    bool gone = false;
    for (;;) {
        bool deaf = child->output.fd < 0 && child->errors.fd < 0;
        bool quiet = deaf || !listen_once(child);
        watch_for_end(child);
        if (!gone)
            gone = waitpid(child->pid, &status, WNOHANG) == child->pid;
        if (gone && (deaf || quiet))
            break;
        if (deaf)
            poll(NULL, 0, 1);
    }
    kill(-child->pid, SIGKILL); /* children that it left behind */
    return status;
}

/* "qemu-img: cannot open" without the name, which the sentence has already. */
static const char *last_words(const Child *child)
{
    const char *name = strrchr(child->program->arguments[0], '/');
    name = name ? name + 1 : child->program->arguments[0];
    const char *text = child->last_error;
    size_t length = strlen(name);
    if (text && strncmp(text, name, length) == 0 && strncmp(text + length, ": ", 2) == 0)
        text += length + 2;
    return text;
}

static int judge(const Child *child, int status, Error *err)
{
    const char *name = child->program->arguments[0];
    const char *words = last_words(child);
    if (child->cancelled)
        return task_check(child->program->task, err);
    if (child->ended)
        return error_set(err, ERR_PROGRAM_FAILED, name, "%s", child->ended);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (words)
        return error_set(err, ERR_PROGRAM_FAILED, name, "%s", words);
    if (WIFSIGNALED(status))
        return error_set(err, ERR_PROGRAM_FAILED, name, "it was ended by signal %d", WTERMSIG(status));
    return error_set(err, ERR_PROGRAM_FAILED, name, "it ended with status %d", WEXITSTATUS(status));
}

static void close_intake(Intake *intake)
{
    if (intake->fd >= 0)
        close(intake->fd);
    free(intake->text);
}

int program_run(const Program *program, char **ret_output, Error *err)
{
    AUTO_FREE char *path = find_program(program->arguments[0]);
    if (!path)
        return error_set(err, ERR_PROGRAM_MISSING, program->arguments[0], NULL);
    Child *child = x_calloc(1, sizeof *child);
    *child = (Child){ .program = program, .pid = -1, .output.fd = -1, .errors.fd = -1 };
    child->until = program->milliseconds ? clock_ms() + program->milliseconds : 0;
    int code = start(child, path, err);
    if (code == 0)
        code = judge(child, wait_for(child), err);
    if (code == 0 && ret_output)
        *ret_output = child->output.text ? TAKE_PTR(child->output.text) : x_strdup("");
    close_intake(&child->output);
    close_intake(&child->errors);
    free(child->last_error);
    free(child);
    return code;
}

/* ---------------------------------------------------------------- progress */

int program_percent(const char *line)
{
    double percent = 0;
    char end = 0;
    line += strspn(line, " \t");
    if (sscanf(line, "(%6lf/100%c", &percent, &end) != 2 || end != '%' || !(percent >= 0 && percent <= 100))
        return -1;
    return (int)(percent * 100 + 0.5);
}

void program_progress(void *context, const char *line)
{
    const ProgramShare *share = context;
    int percent = program_percent(line);
    if (percent >= 0)
        task_progress(share->task, share->before + (int64_t)((double)share->share * percent / 10000), share->total);
}
