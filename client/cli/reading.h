/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls whose answer a command waits for: READ_CALL(vm_get, VmRef, VmDetails) makes
 *   static int read_vm_get(Cli *cli, Server *server, const VmRef *params, VmDetails *ret)
 * which gives 0, or an exit status and has said why. The answer is the caller's, to be cleared. One thread. */
#ifndef POOLCENTER_CLI_READING_H
#define POOLCENTER_CLI_READING_H

#include "client/cli/cli.h"

#define READ_CALL(method, P, R) \
    typedef struct Reading_##method { \
        bool done; \
        R answer; \
        Error error; \
    } Reading_##method; \
    static void on_##method(void *context, R *answer, const Error *error) \
    { \
        Reading_##method *reading = context; \
        reading->done = true; \
        if (error) { \
            error_copy(&reading->error, error); \
        } else { \
            reading->answer = *answer; \
            *answer = (R){ 0 }; \
        } \
    } \
    static int read_##method(Cli *cli, Server *server, const P *params, R *ret) \
    { \
        Reading_##method reading = { 0 }; \
        call_##method(server, params, on_##method, &reading, &reading); \
        while (!reading.done) { \
            if (cli_wait(cli)) \
                continue; \
            core_forget(cli->core, &reading); \
            return cli->status; \
        } \
        int status = reading.error.code ? cli_fail(cli, &reading.error) : EXIT_OK; \
        error_clear(&reading.error); \
        *ret = reading.answer; \
        return status; \
    }

#endif
