/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poolctl man: the manual page poolctl(1) in mdoc, made from the tables, in the user's language. */
#include "client/cli/cli.h"

#include "client/cli/help.h"

#include <stdlib.h>
#include <string.h>

static void put(Cli *cli, const char *text) { output_bytes(&cli->output, text, strlen(text)); }

/* Takes line. */
static void put_line(Cli *cli, char *line)
{
    put(cli, line);
    put(cli, "\n");
    free(line);
}

/* Text as roff reads it as such: backslashes and hyphens escaped, no request at the beginning of a line. */
static void put_text(Cli *cli, const char *text)
{
    if (*text == '.' || *text == '\'')
        put(cli, "\\&");
    for (const char *p = text; *p; p++) {
        if (*p == '\\')
            put(cli, "\\e");
        else if (*p == '-')
            put(cli, "\\-");
        else if (*p == ' ' && p > text && p[-1] == '.')
            put(cli, "\n"); /* roff wants every sentence on a line of its own */
        else
            output_bytes(&cli->output, p, 1);
        if (*p == '\n' && (p[1] == '.' || p[1] == '\''))
            put(cli, "\\&");
    }
    put(cli, "\n");
}

static void put_section(Cli *cli, TextId id) { put_line(cli, x_printf(".Sh %s", text(id))); }

/* Words as arguments of a macro: quoted, so that none of them is a macro itself. */
static void put_item(Cli *cli, const char *words)
{
    put(cli, ".It \"");
    for (const char *p = words; *p; p++) {
        const char *shown = *p == '-' ? "\\-" : *p == '"' ? "\"\"" : NULL;
        output_bytes(&cli->output, shown ? shown : p, shown ? 2 : 1);
    }
    put(cli, "\"\n");
}

static void put_options(Cli *cli, const ArgSpec *specs)
{
    if (!specs->name)
        return;
    put(cli, ".Bl -tag -width Ds -compact\n");
    for (const ArgSpec *spec = specs; spec->name; spec++) {
        AUTO_FREE char *name = help_option(spec);
        put_item(cli, name);
        put_text(cli, text(spec->help));
    }
    put(cli, ".El\n");
}

static void put_commands(Cli *cli)
{
    const char *noun = "";
    put_section(cli, TEXT_CLI_MAN_COMMANDS);
    for (size_t i = 0; i < command_count(); i++) {
        const Command *command = command_at(i);
        AUTO_FREE char *usage = help_usage(command);
        if (str_equal(noun, command->noun))
            put(cli, ".Pp\n");
        else
            put_line(cli, x_printf(".Ss %s", command->noun));
        noun = command->noun;
        put(cli, ".Sy ");
        put_text(cli, usage);
        put(cli, ".Pp\n");
        put_text(cli, text(command->help));
        put_options(cli, command->args);
        const char *const *fields = fields_of(command->result);
        if (!fields || !*fields)
            continue;
        AUTO_FREE char *list = help_field_list(command);
        AUTO_FREE char *line = x_printf("%s %s.", text(TEXT_CLI_FIELDS), list);
        put(cli, ".Pp\n");
        put_text(cli, line);
    }
}

static void put_section_of(Cli *cli, TextId title, TextId words)
{
    put_section(cli, title);
    put_text(cli, text(words));
}

int man_command(Cli *cli, const Args *args)
{
    (void)args;
    put(cli, ".\\\" SPDX-License-Identifier: GPL-3.0-or-later\n.\\\" Made by \"poolctl man\" from client/cli/commands.def.\n");
    put(cli, ".Dd November 22, 2026\n.Dt POOLCTL 1\n.Os PoolCenter " POOLCENTER_VERSION "\n");
    put_section(cli, TEXT_CLI_MAN_NAME);
    put_line(cli, x_printf(".Nm poolctl\n.Nd %s", text(TEXT_CLI_MAN_PURPOSE)));
    put_section(cli, TEXT_CLI_MAN_SYNOPSIS);
    put(cli, ".Nm poolctl\n.Ar noun\n.Op Ar verb\n.Op Ar argument ...\n.Op Ar option ...\n");
    put_section_of(cli, TEXT_CLI_MAN_DESCRIPTION, TEXT_CLI_MAN_ABOUT);
    put_section(cli, TEXT_CLI_MAN_OPTIONS);
    put_text(cli, text(TEXT_CLI_MAN_ANYWHERE));
    put_options(cli, global_options());
    put_commands(cli);
    put_section_of(cli, TEXT_CLI_MAN_ENVIRONMENT, TEXT_CLI_MAN_VARIABLES);
    put_section_of(cli, TEXT_CLI_MAN_EXIT, TEXT_CLI_EXIT_CODES);
    put_section(cli, TEXT_CLI_MAN_EXAMPLES);
    put(cli, ".Bd -literal\n"
             "poolctl \\-s kvm01 vm list \\-\\-state running\n"
             "poolctl \\-s kvm01 iso upload local debian.iso\n"
             "poolctl \\-s kvm01 vm create web01 \\-\\-guest debian12 \\-\\-disk local:20G \\-\\-iso local/debian.iso \\-\\-start\n"
             "poolctl \\-s @all vm list \\-o csv \\-\\-fields server,name,state\n"
             "poolctl \\-s \\(aqkvm*\\(aq watch \\-o json\n"
             ".Ed\n");
    return EXIT_OK;
}
