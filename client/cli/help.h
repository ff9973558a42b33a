/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help of poolctl, a noun or a command, made from the tables; and the man page. In the user's language. */
#ifndef POOLCENTER_HELP_H
#define POOLCENTER_HELP_H

#include "client/cli/command.h"

/* What --help shows for what was named. */
void help_print(const Args *args);
/* "poolctl vm start VM... [OPTION]..."; the caller frees. */
char *help_usage(const Command *command);
/* "--memory SIZE", "-o, --output table|json|csv"; the caller frees. */
char *help_option(const ArgSpec *spec);
/* Fields of a command's result, separated by commas; the caller frees. */
char *help_field_list(const Command *command);

#endif
