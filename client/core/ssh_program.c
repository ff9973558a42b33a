/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs on the host: see ssh_program.h. */
#include "client/core/ssh_program.h"

#include "client/core/ssh_private.h"

#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 16 << 10, WRITE_SIZE = 256 << 10 };

typedef enum Stage { STAGE_OPEN, STAGE_EXEC, STAGE_RUN, STAGE_CLOSE, STAGE_ENDED } Stage;

/* Bytes that a program printed. */
typedef struct Printed {
    char *bytes;
    size_t size;
    bool ended;
} Printed;

struct SshProgram {
    SshSession *session;
    LIBSSH2_CHANNEL *lib;
    Stage stage;
    char *command;
    char *input;
    size_t input_size, input_capacity, sent;
    bool end_wanted, end_sent;
    Printed output, errors;
    int status;
};

SshProgram *ssh_program_start(SshSession *session, const char *command)
{
    SshProgram *program = x_calloc(1, sizeof *program);
    program->session = session;
    program->command = x_strdup(command);
    program->output.bytes = x_calloc(1, 1);
    program->errors.bytes = x_calloc(1, 1);
    return program;
}

static void drop_input(SshProgram *program)
{
    if (program->input)
        x_wipe(program->input, program->input_capacity);
    free(TAKE_PTR(program->input));
    program->input_size = program->input_capacity = program->sent = 0;
}

void ssh_program_send(SshProgram *program, const void *bytes, size_t size)
{
    if (program->end_wanted || size == 0)
        return;
    if (program->input_size + size > program->input_capacity) {
        /* Not realloc: it would leave a copy of a password behind. */
        size_t capacity = program->input_size + size;
        char *larger = x_calloc(capacity, 1);
        if (program->input)
            memcpy(larger, program->input, program->input_size);
        size_t held = program->input_size, sent = program->sent;
        drop_input(program);
        program->input = larger;
        program->input_capacity = capacity;
        program->input_size = held;
        program->sent = sent;
    }
    memcpy(program->input + program->input_size, bytes, size);
    program->input_size += size;
}

void ssh_program_end_input(SshProgram *program, bool now)
{
    if (now)
        drop_input(program);
    program->end_wanted = true;
}

/* ---- stages: 1 moved on, 0 not yet, negative */

static int lost(SshProgram *program, Error *err) { return ssh_fail(program->session, ERR_CONNECTION_LOST, err); }

static int open_channel(SshProgram *program, Error *err)
{
    program->lib = libssh2_channel_open_session(program->session->lib);
    if (!program->lib)
        return libssh2_session_last_errno(program->session->lib) == LIBSSH2_ERROR_EAGAIN ? 0 : lost(program, err);
    program->stage = STAGE_EXEC;
    return 1;
}

static int start_command(SshProgram *program, Error *err)
{
    int rc = libssh2_channel_process_startup(program->lib, "exec", 4, program->command, (unsigned)strlen(program->command));
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 0;
    if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
        return error_set(err, ERR_AGENT_SETUP, program->session->where, "the host runs no commands for this user");
    if (rc < 0)
        return lost(program, err);
    program->stage = STAGE_RUN;
    return 1;
}

static int write_input(SshProgram *program, Error *err)
{
    size_t left = program->input_size - program->sent;
    if (left == 0 || !ssh_io_has_room(program->session->io))
        return 0;
    ssize_t count = libssh2_channel_write_ex(program->lib, 0, program->input + program->sent, left < WRITE_SIZE ? left : WRITE_SIZE);
    if (count == LIBSSH2_ERROR_EAGAIN)
        return 0;
    if (count == LIBSSH2_ERROR_CHANNEL_CLOSED || count == LIBSSH2_ERROR_CHANNEL_EOF_SENT) {
        drop_input(program); /* it ended without reading all: its status tells why */
        return 1;
    }
    if (count < 0)
        return lost(program, err);
    program->sent += (size_t)count;
    if (program->sent == program->input_size)
        drop_input(program);
    return count > 0; /* 0: the host's window is full */
}

static int write_end(SshProgram *program, Error *err)
{
    if (!program->end_wanted || program->end_sent || program->sent < program->input_size)
        return 0;
    int rc = libssh2_channel_send_eof(program->lib);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 0;
    if (rc < 0 && rc != LIBSSH2_ERROR_CHANNEL_CLOSED && rc != LIBSSH2_ERROR_CHANNEL_EOF_SENT)
        return lost(program, err);
    program->end_sent = true;
    return 1;
}

static void keep(Printed *printed, const char *bytes, size_t size)
{
    size_t room = SSH_PROGRAM_OUTPUT_MAX - printed->size;
    size_t part = size < room ? size : room;
    printed->bytes = x_realloc(printed->bytes, printed->size + part + 1, 1);
    memcpy(printed->bytes + printed->size, bytes, part);
    printed->size += part;
    printed->bytes[printed->size] = 0;
}

static int read_printed(SshProgram *program, int stream, Printed *printed, Error *err)
{
    char bytes[READ_SIZE];
    if (printed->ended)
        return 0;
    ssize_t count = libssh2_channel_read_ex(program->lib, stream, bytes, sizeof bytes);
    if (count > 0) {
        keep(printed, bytes, (size_t)count);
        return 1;
    }
    if (count < 0 && count != LIBSSH2_ERROR_EAGAIN)
        return lost(program, err);
    printed->ended = count == 0 && libssh2_channel_eof(program->lib);
    return printed->ended;
}

static int run(SshProgram *program, Error *err)
{
    const int moved[] = {
        read_printed(program, 0, &program->output, err),
        read_printed(program, SSH_EXTENDED_DATA_STDERR, &program->errors, err),
        write_input(program, err),
        write_end(program, err),
    };
    int sum = 0;
    for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
        if (moved[i] < 0)
            return moved[i];
        sum += moved[i];
    }
    if (program->output.ended && program->errors.ended)
        program->stage = STAGE_CLOSE;
    return sum > 0;
}

/* The exit status comes between the end of the output and the closing of the channel. */
static int wait_for_close(SshProgram *program, Error *err)
{
    int rc = libssh2_channel_wait_closed(program->lib);
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 0;
    if (rc < 0)
        return lost(program, err);
    char *name = NULL;
    program->status = libssh2_channel_get_exit_status(program->lib);
    libssh2_channel_get_exit_signal(program->lib, &name, NULL, NULL, NULL, NULL, NULL);
    if (name) {
        program->status = 128;
        libssh2_free(program->session->lib, name);
    }
    program->stage = STAGE_ENDED;
    return 1;
}

int ssh_program_step(SshProgram *program, Error *err)
{
    switch (program->stage) {
    case STAGE_OPEN: return open_channel(program, err);
    case STAGE_EXEC: return start_command(program, err);
    case STAGE_RUN: return run(program, err);
    case STAGE_CLOSE: return wait_for_close(program, err);
    default: return 0;
    }
}

bool ssh_program_ended(const SshProgram *program, int *ret_status)
{
    *ret_status = program->status;
    return program->stage == STAGE_ENDED;
}

size_t ssh_program_unsent(const SshProgram *program) { return program->input_size - program->sent; }

const char *ssh_program_output(const SshProgram *program, size_t *ret_size)
{
    *ret_size = program->output.size;
    return program->output.bytes;
}

const char *ssh_program_errors(const SshProgram *program, size_t *ret_size)
{
    *ret_size = program->errors.size;
    return program->errors.bytes;
}

void ssh_program_free(SshProgram *program)
{
    if (!program)
        return;
    if (program->lib)
        ssh_channel_give_up(program->session, program->lib);
    drop_input(program);
    free(program->command);
    free(program->output.bytes);
    free(program->errors.bytes);
    free(program);
}
