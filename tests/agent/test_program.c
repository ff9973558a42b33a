/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's programs: arguments, surroundings, output, errors, limits, and that nothing outlives its task or its agent. */
#include "tests/protocol/cmocka_all.h"

#include "agent/loop.h"
#include "agent/program.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *script, Program how, char **ret, Error *err)
{
    const char *const arguments[] = { "sh", "-c", script, NULL };
    how.arguments = arguments;
    return program_run(&how, ret, err);
}

static void test_program__arguments_reach_it_as_they_are(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *output = NULL;
    const char *const arguments[] = { "printf", "%s|", "a b", "$(id)", "`id`;", "", "\xc3\xa4\"'\\", NULL };
    assert_int_equal(program_run(&(Program){ .arguments = arguments }, &output, &err), 0);
    assert_string_equal(output, "a b|$(id)|`id`;||\xc3\xa4\"'\\|");
}

static void test_program__surroundings_are_fixed(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *output = NULL;
    setenv("SECRET_OF_THE_TEST", "x", 1);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(run("env | sort; pwd; wc -c; grep -c SigIgn:.*0000000000000000 /proc/self/status; ls -C /proc/self/fd", (Program){ 0 }, &output, &err), 0);
    assert_null(strstr(output, "SECRET_OF_THE_TEST"));
    assert_non_null(strstr(output, "LC_ALL=C\n"));
    assert_non_null(strstr(output, "PATH=" PROGRAM_PATH "\n"));
    assert_non_null(strstr(output, "\n/\n0\n1\n0  1  2  3\n")); /* no input; no signal ignored; three descriptors and that of ls itself */
}

static void test_program__input_output_and_folder_can_be_given(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    int input[2], output[2];
    char bytes[64] = { 0 };
    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    assert_int_equal(write(input[1], "given", 5), 5);
    close(input[1]);
    assert_int_equal(run("cat; pwd", (Program){ .input = input[0], .output = output[1], .directory = "/usr" }, NULL, &err), 0);
    assert_int_equal(read(output[0], bytes, sizeof bytes - 1), 10);
    assert_string_equal(bytes, "given/usr\n");
    close(input[0]);
    close(output[0]);
    close(output[1]);
}

static void test_program__a_missing_one_is_named(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    const char *const arguments[] = { "no-such-program-here", NULL };
    assert_int_equal(program_run(&(Program){ .arguments = arguments }, NULL, &err), ERR_PROGRAM_MISSING);
    assert_string_equal(err.object, "no-such-program-here");
    assert_false(program_exists("no-such-program-here"));
    assert_true(program_exists("sh"));
}

static void test_program__its_last_words_are_the_cause(void **state)
{
    (void)state;
    static const struct { const char *script; const char *cause; } rows[] = {
        { "echo first >&2; echo 'sh: second' >&2; echo '  ' >&2; exit 3", "second" },
        { "printf 'no end of line' >&2; exit 1", "no end of line" },
        { "exit 7", "it ended with status 7" },
        { "kill -TERM $$", "it was ended by signal 15" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO(error_clear) Error err = { 0 };
        assert_int_equal(run(rows[i].script, (Program){ 0 }, NULL, &err), ERR_PROGRAM_FAILED);
        assert_string_equal(err.cause, rows[i].cause);
    }
}

static void test_program__its_limits_hold(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    assert_int_equal(run("yes", (Program){ .output_limit = 100000 }, NULL, &err), ERR_PROGRAM_FAILED);
    assert_string_equal(err.cause, "it says more than it should");
    error_clear(&err);
    int64_t began = clock_ms();
    assert_int_equal(run("sleep 100 & sleep 100", (Program){ .milliseconds = 100 }, NULL, &err), ERR_PROGRAM_FAILED);
    assert_string_equal(err.cause, "it took too long");
    assert_true(clock_ms() - began < 50000);
    error_clear(&err);
    assert_int_equal(run("while :; do :; done", (Program){ .cpu_seconds = 1 }, NULL, &err), ERR_PROGRAM_FAILED);
    error_clear(&err);
    char name[] = "/tmp/test_program.XXXXXX";
    int file = mkstemp(name);
    assert_int_equal(run("yes", (Program){ .output = file, .file_size = 5000 }, NULL, &err), ERR_PROGRAM_FAILED);
    assert_int_equal(lseek(file, 0, SEEK_END), 5000);
    close(file);
    unlink(name);
}

typedef struct Lines { int count; char last[5000]; } Lines;

static void note_line(void *context, const char *line)
{
    Lines *lines = context;
    lines->count++;
    snprintf(lines->last, sizeof lines->last, "%s", line);
}

static void test_program__lines_are_told_while_it_runs(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *output = NULL;
    Lines lines = { 0 };
    assert_int_equal(run("printf 'a\\rb\\nc'", (Program){ .line = note_line, .context = &lines }, &output, &err), 0);
    assert_int_equal(lines.count, 3);
    assert_string_equal(lines.last, "c");
    assert_string_equal(output, "");
    assert_int_equal(run("head -c 100000 /dev/zero", (Program){ .line = note_line, .context = &lines }, NULL, &err), 0);
    assert_int_equal(strlen(lines.last), 4096);
}

static void test_program__progress_of_qemu_img_is_read(void **state)
{
    (void)state;
    assert_int_equal(program_percent("    (0.00/100%)"), 0);
    assert_int_equal(program_percent("    (12.35/100%)"), 1235);
    assert_int_equal(program_percent("    (100.00/100%)"), 10000);
    assert_int_equal(program_percent("(101.00/100%)"), -1);
    assert_int_equal(program_percent("(nan/100%)"), -1);
    assert_int_equal(program_percent("(12.35/100"), -1);
    assert_int_equal(program_percent("converted"), -1);
}

static void no_news(void *context, const TaskInfo *task, int64_t serial) { (void)context, (void)task, (void)serial; }

typedef struct Cancelling {
    Tasks *tasks;
    Task *task;
    pid_t grandchild;
} Cancelling;

static void cancel_at_line(void *context, const char *line)
{
    Cancelling *cancelling = context;
    cancelling->grandchild = (pid_t)strtol(line, NULL, 10);
    assert_int_equal(tasks_cancel(cancelling->tasks, task_id(cancelling->task), NULL, NULL), 0);
}

/* A process that nobody waits for any more is gone, or is a zombie for a moment. */
static bool runs(pid_t pid)
{
    AUTO_FREE char *path = x_printf("/proc/%d/stat", (int)pid);
    char text[256] = { 0 };
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    const char *end = strrchr(text, ')');
    return read && end && end[2] != 'Z' && end[2] != 'X';
}

static void wait_gone(pid_t pid)
{
    for (int64_t until = clock_ms() + 20000; runs(pid);) {
        assert_true(clock_ms() < until);
        usleep(10000);
    }
}

static void test_program__a_cancelled_task_ends_it_with_its_children(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    Cancelling cancelling = { .tasks = tasks_create(no_news, NULL) };
    TaskSpec spec = { .object_id = "x", .object_name = "disk", .user = "me", .cancellable = true };
    assert_int_equal(task_open(cancelling.tasks, &spec, NULL, &cancelling.task, &err), 0);
    Program how = { .task = cancelling.task, .line = cancel_at_line, .context = &cancelling };
    assert_int_equal(run("sleep 1000 & echo $!; wait", how, NULL, &err), ERR_CANCELLED);
    assert_string_equal(err.object, "disk");
    wait_gone(cancelling.grandchild);
    task_end(cancelling.task, &err);
    tasks_stop(cancelling.tasks);
    tasks_free(cancelling.tasks);
}

/* An agent in a process of its own, which tells what its program's id is and is killed then. */
static void tell_line(void *context, const char *line)
{
    int pipe = *(int *)context;
    pid_t pid = (pid_t)strtol(line, NULL, 10);
    if (write(pipe, &pid, sizeof pid) != (ssize_t)sizeof pid)
        _exit(1);
}

static void test_program__it_does_not_outlive_a_killed_agent(void **state)
{
    (void)state;
    int told[2];
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    pid_t agent = fork();
    if (agent == 0) {
        run("echo $$; exec sleep 1000", (Program){ .line = tell_line, .context = &told[1] }, NULL, NULL);
        _exit(0);
    }
    pid_t program = 0;
    assert_int_equal(read(told[0], &program, sizeof program), (ssize_t)sizeof program);
    assert_true(runs(program));
    kill(agent, SIGKILL);
    assert_int_equal(waitpid(agent, NULL, 0), agent);
    wait_gone(program);
    close(told[0]);
    close(told[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program__arguments_reach_it_as_they_are),
        cmocka_unit_test(test_program__surroundings_are_fixed),
        cmocka_unit_test(test_program__input_output_and_folder_can_be_given),
        cmocka_unit_test(test_program__a_missing_one_is_named),
        cmocka_unit_test(test_program__its_last_words_are_the_cause),
        cmocka_unit_test(test_program__its_limits_hold),
        cmocka_unit_test(test_program__lines_are_told_while_it_runs),
        cmocka_unit_test(test_program__progress_of_qemu_img_is_read),
        cmocka_unit_test(test_program__a_cancelled_task_ends_it_with_its_children),
        cmocka_unit_test(test_program__it_does_not_outlive_a_killed_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
