/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands outside of the service's cage: see host_command.h. */
#include "agent/host_command.h"
#include "agent/program.h"

#include <unistd.h>

enum { MILLISECONDS = 30000, MAX_ARGUMENTS = 32 };

int host_command_run(const char *const *arguments, Error *err)
{
    static const char *const unit[] = { "systemd-run", "--quiet", "--collect", "--wait", "--" };
    const char *all[ARRAY_SIZE(unit) + MAX_ARGUMENTS + 1] = { NULL };
    size_t count = 0;
    if (access("/run/systemd/system", F_OK) == 0)
        for (; count < ARRAY_SIZE(unit); count++)
            all[count] = unit[count];
    for (size_t i = 0; arguments[i] && i < MAX_ARGUMENTS; i++)
        all[count++] = arguments[i];
    return program_run(&(Program){ .arguments = all, .milliseconds = MILLISECONDS }, NULL, err);
}
