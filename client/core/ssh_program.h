/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program run on the host through a session channel, with its input, output and exit status: how agent_setup.c looks at a host and installs the
 * agent there. Part of ssh.c's session, on its thread.
 */
#ifndef POOLCENTER_SSH_PROGRAM_H
#define POOLCENTER_SSH_PROGRAM_H

#include "client/core/ssh.h"

typedef struct SshProgram SshProgram;

/* What it printed is kept up to this many bytes each; the rest is dropped. */
enum { SSH_PROGRAM_OUTPUT_MAX = 256 << 10 };

/* command is a line for the user's login shell: fixed text of ours. Never waits. */
SshProgram *ssh_program_start(SshSession *session, const char *command);
/* Appends to the input; copied, and wiped when it is sent. */
void ssh_program_send(SshProgram *program, const void *bytes, size_t size);
/* After what was appended so far comes the end of the input; the rest of an unsent input is dropped when now is true. */
void ssh_program_end_input(SshProgram *program, bool now);
/* Moves bytes. 1: something moved; 0: nothing to do at the moment; negative with err set: the connection is lost or commands are not allowed. */
int ssh_program_step(SshProgram *program, Error *err);
/* True: it has ended and all it printed is there; *ret_status is the exit status, 128 + n or more when a signal ended it. */
bool ssh_program_ended(const SshProgram *program, int *ret_status);
size_t ssh_program_unsent(const SshProgram *program);
/* What it printed so far, NUL-terminated, bytes as they came. Valid until the next step. */
const char *ssh_program_output(const SshProgram *program, size_t *ret_size);
const char *ssh_program_errors(const SshProgram *program, size_t *ret_size);
/* Closes the channel: the program sees the end of its input, and its output goes nowhere. NULL is fine. */
void ssh_program_free(SshProgram *program);

#endif
