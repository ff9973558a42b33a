/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help texts: see help.h. */
#include "client/cli/help.h"

#include "client/cli/output.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_WIDTH = 34 };

/* ---- parts */

static char *append(char *text, const char *more)
{
    char *longer = x_printf("%s%s", text, more);
    free(text);
    return longer;
}

char *help_usage(const Command *command)
{
    char *usage = x_printf("poolctl %s%s%s", command->noun, *command->verb ? " " : "", command->verb);
    for (const ArgSpec *spec = command->args; spec->name; spec++) {
        if (arg_is_option(spec))
            continue;
        bool optional = spec->flags & OPTIONAL_ARG;
        AUTO_FREE char *word = x_printf(" %s%s%s%s", optional ? "[" : "", spec->name, spec->flags & MANY ? "..." : "", optional ? "]" : "");
        usage = append(usage, word);
    }
    return append(usage, " [OPTION]...");
}

char *help_option(const ArgSpec *spec)
{
    return x_printf("%s%s%s%s%s", str_or_empty(spec->letter), spec->letter ? ", " : "", spec->name, spec->value ? " " : "", str_or_empty(spec->value));
}

char *help_field_list(const Command *command)
{
    char *list = x_strdup("server");
    const char *const *fields = fields_of(command->result);
    for (; fields && *fields; fields++) {
        list = append(list, ", ");
        list = append(list, *fields);
    }
    return list;
}

/* "  name      text", the text on its own line when the name is long. */
static void print_row(const char *name, const char *text)
{
    int room = NAME_WIDTH - text_width(name);
    if (room < 1)
        printf("  %s\n  %*s%s\n", name, NAME_WIDTH, "", text);
    else
        printf("  %s%*s%s\n", name, room, "", text);
}

static void print_options(const ArgSpec *specs, bool options)
{
    for (const ArgSpec *spec = specs; spec->name; spec++) {
        if (arg_is_option(spec) != options)
            continue;
        AUTO_FREE char *name = help_option(spec);
        print_row(name, text(spec->help));
    }
}

static bool has_any(const ArgSpec *specs, bool options)
{
    for (const ArgSpec *spec = specs; spec->name; spec++)
        if (arg_is_option(spec) == options)
            return true;
    return false;
}

static void print_commands(const char *noun)
{
    for (size_t i = 0; i < command_count(); i++) {
        const Command *command = command_at(i);
        if (noun && !str_equal(command->noun, noun))
            continue;
        AUTO_FREE char *name = x_printf("%s %s", command->noun, command->verb);
        print_row(name, text(command->help));
    }
}

/* ---- pages */

static void print_command(const Command *command)
{
    AUTO_FREE char *usage = help_usage(command);
    printf("%s %s\n\n%s\n", text(TEXT_CLI_USAGE), usage, text(command->help));
    if (has_any(command->args, false)) {
        printf("\n%s\n", text(TEXT_CLI_ARGUMENTS));
        print_options(command->args, false);
    }
    if (has_any(command->args, true)) {
        printf("\n%s\n", text(TEXT_CLI_OPTIONS));
        print_options(command->args, true);
    }
    const char *const *fields = fields_of(command->result);
    if (fields && *fields) {
        AUTO_FREE char *list = help_field_list(command);
        printf("\n%s\n  %s\n", text(TEXT_CLI_FIELDS), list);
    }
    printf("\n%s\n", text(TEXT_CLI_MORE_OPTIONS));
}

static void print_noun(const char *noun)
{
    printf("%s poolctl %s %s\n\n%s\n", text(TEXT_CLI_USAGE), noun, text(TEXT_CLI_VERB_AND_ARGUMENTS), text(TEXT_CLI_COMMANDS));
    print_commands(noun);
    printf("\n%s\n", text(TEXT_CLI_MORE_HELP));
}

static void print_all(void)
{
    printf("%s poolctl %s\n\n%s\n", text(TEXT_CLI_USAGE), text(TEXT_CLI_NOUN_AND_VERB), text(TEXT_CLI_COMMANDS));
    print_commands(NULL);
    printf("\n%s\n", text(TEXT_CLI_OPTIONS));
    print_options(global_options(), true);
    printf("\n%s\n%s\n", text(TEXT_CLI_EXIT_CODES), text(TEXT_CLI_MORE_HELP));
}

void help_print(const Args *args)
{
    if (args->command)
        print_command(args->command);
    else if (args->noun && noun_has_verbs(args->noun))
        print_noun(args->noun);
    else
        print_all();
}
