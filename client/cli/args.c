/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorts the words of a call into the arguments of its command and of poolctl itself: see command.h. Options may stand anywhere; -- ends them. */
#include "client/cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct Parser {
    Args *args;
    char *const *words;
    int count;
    bool incomplete;
    bool no_more_options; /* after -- */
    char **problem;
} Parser;

static int complain(Parser *parser, char *problem)
{
    *parser->problem = problem;
    return -1;
}

static struct ArgValues *values_of(const Args *args, const char *name)
{
    for (size_t i = 0; i < args->count; i++)
        if (str_equal(args->values[i].spec->name, name))
            return &args->values[i];
    return NULL;
}

static void add_specs(Args *args, const ArgSpec *specs)
{
    for (const ArgSpec *spec = specs; spec->name; spec++) {
        args->values = x_realloc(args->values, args->count + 1, sizeof *args->values);
        args->values[args->count++] = (struct ArgValues){ .spec = spec };
    }
}

static void add_value(struct ArgValues *values, const char *text)
{
    values->items = x_realloc(values->items, values->count + 1, sizeof *values->items);
    values->items[values->count++] = text;
}

/* ---- checks of single values */

int64_t size_parse(const char *word, int64_t unit)
{
    static const char letters[] = "KMGT";
    char *end = NULL;
    double number = strtod(word, &end);
    if (end == word || strspn(word, "0123456789.") != (size_t)(end - word))
        return -1;
    char upper = (char)(*end >= 'a' && *end <= 'z' ? *end & ~0x20 : *end);
    const char *letter = upper ? strchr(letters, upper) : NULL;
    if (letter) {
        unit = (int64_t)1 << (10 * (letter - letters + 1));
        end++;
        end += *end == 'i' ? 1 : 0;
        end += *end == 'B' || *end == 'b' ? 1 : 0;
    }
    double bytes = number * (double)unit;
    return *end || bytes > 9e18 ? -1 : (int64_t)bytes;
}

static bool is_number(const char *word)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(word, &end, 10);
    return *word && !*end && !errno && number >= 0 && *word != '+';
}

/* Is word one of a list such as "table|json|csv"? */
static bool is_choice(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *choice = list; choice; choice = strchr(choice, '|')) {
        choice += *choice == '|';
        size_t its = strcspn(choice, "|");
        if (its == length && memcmp(choice, word, length) == 0)
            return true;
    }
    return false;
}

static char *check(const ArgSpec *spec, const char *word)
{
    switch (spec->kind) {
    case ARG_NUMBER: return is_number(word) ? NULL : text_format(TEXT_CLI_NOT_A_NUMBER, spec->name, word, NULL);
    case ARG_SIZE: return size_parse(word, 1) > 0 ? NULL : text_format(TEXT_CLI_NOT_A_SIZE, spec->name, word, NULL);
    case ARG_WORD: return is_choice(spec->value, word) ? NULL : text_format(TEXT_CLI_NOT_A_CHOICE, spec->name, spec->value, word, NULL);
    case ARG_STATE: return VmState_parse(word) != VM_STATE_UNKNOWN ? NULL : text_format(TEXT_CLI_NOT_A_STATE, word, NULL);
    default: return *word ? NULL : text_format(TEXT_CLI_EMPTY, spec->name, NULL);
    }
}

static int take(Parser *parser, struct ArgValues *values, const char *word)
{
    char *problem = parser->incomplete ? NULL : check(values->spec, word);
    if (problem)
        return complain(parser, problem);
    add_value(values, word);
    return 0;
}

/* ---- options */

static struct ArgValues *find_option(const Args *args, const char *word, size_t length)
{
    for (size_t i = 0; i < args->count; i++) {
        const ArgSpec *spec = args->values[i].spec;
        bool same = strlen(spec->name) == length && memcmp(spec->name, word, length) == 0;
        bool short_one = spec->letter && length == 2 && memcmp(spec->letter, word, 2) == 0;
        if (arg_is_option(spec) && (same || short_one))
            return &args->values[i];
    }
    return NULL;
}

/* words[*i] begins with '-'; takes --name VALUE and --name=VALUE. */
static int take_option(Parser *parser, int *i)
{
    const char *word = parser->words[*i];
    const char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    struct ArgValues *values = find_option(parser->args, word, equals ? (size_t)(equals - word) : strlen(word));
    if (!values)
        return parser->incomplete ? 0 : complain(parser, text_format(TEXT_CLI_UNKNOWN_OPTION, word, NULL));
    if (values->spec->kind == ARG_FLAG) {
        if (equals)
            return complain(parser, text_format(TEXT_CLI_FLAG_VALUE, values->spec->name, NULL));
        add_value(values, word);
        return 0;
    }
    if (equals)
        return take(parser, values, equals + 1);
    if (*i + 1 >= parser->count)
        return parser->incomplete ? 0 : complain(parser, text_format(TEXT_CLI_VALUE_MISSING, values->spec->name, values->spec->value, NULL));
    return take(parser, values, parser->words[++*i]);
}

/* ---- words */

static bool wants_help(const Parser *parser)
{
    for (int i = 1; i < parser->count; i++)
        if (str_equal(parser->words[i], "--help") || str_equal(parser->words[i], "-h"))
            return true;
    return false;
}

/* The command may come after options whose meaning does not depend on it, so it is looked for first. */
static int find_command(Parser *parser)
{
    const char *found[2] = { NULL, NULL };
    size_t count = 0;
    for (int i = 1; i < parser->count && count < 2; i++) {
        const char *word = parser->words[i];
        if (str_equal(word, "--"))
            break;
        if (*word != '-') {
            found[count++] = word;
            if (count == 1 && !noun_has_verbs(word))
                break;
            continue;
        }
        struct ArgValues *values = find_option(parser->args, word, strlen(word));
        i += values && values->spec->kind != ARG_FLAG;
    }
    Args *args = parser->args;
    args->noun = found[0];
    args->command = found[0] ? command_find(found[0], str_or_empty(found[1])) : NULL;
    if (args->command)
        add_specs(args, args->command->args);
    if (args->command || parser->incomplete || !found[0] || wants_help(parser))
        return 0;
    if (noun_has_verbs(found[0]) && !found[1])
        return 0; /* the noun alone: its help */
    return complain(parser, found[1] ? text_format(TEXT_CLI_UNKNOWN_VERB, found[0], found[1], NULL) : text_format(TEXT_CLI_UNKNOWN_NOUN, found[0], NULL));
}

/* The next argument by place that still takes a word. */
static struct ArgValues *next_place(const Args *args)
{
    for (size_t i = 0; i < args->count; i++) {
        struct ArgValues *values = &args->values[i];
        if (!arg_is_option(values->spec) && (values->count == 0 || values->spec->flags & MANY))
            return values;
    }
    return NULL;
}

static int take_words(Parser *parser)
{
    const Command *command = parser->args->command;
    int skip = command ? (*command->verb ? 2 : 1) : parser->args->noun ? 1 : 0;
    for (int i = 1; i < parser->count; i++) {
        const char *word = parser->words[i];
        int rc = 0;
        if (!parser->no_more_options && str_equal(word, "--"))
            parser->no_more_options = true;
        else if (!parser->no_more_options && word[0] == '-' && word[1])
            rc = take_option(parser, &i);
        else if (skip > 0)
            skip--;
        else if (command) {
            struct ArgValues *values = next_place(parser->args);
            rc = values ? take(parser, values, word) : parser->incomplete ? 0 : complain(parser, text_format(TEXT_CLI_TOO_MANY, word, NULL));
        }
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int check_missing(Parser *parser)
{
    for (size_t i = 0; i < parser->args->count; i++) {
        const struct ArgValues *values = &parser->args->values[i];
        if (!(values->spec->flags & OPTIONAL_ARG) && !values->count)
            return complain(parser, text_format(TEXT_CLI_MISSING, values->spec->name, NULL));
    }
    return 0;
}

int args_parse(Args *args, char *const *words, int count, bool incomplete, char **ret_problem)
{
    Parser parser = { .args = args, .words = words, .count = count, .incomplete = incomplete, .problem = ret_problem };
    *args = (Args){ 0 };
    add_specs(args, global_options());
    if (find_command(&parser) < 0 || take_words(&parser) < 0)
        return -1;
    if (incomplete || args_has(args, "--help") || args_has(args, "--version") || !args->command)
        return 0;
    return check_missing(&parser);
}

const ArgSpec *args_expected(const Args *args, char *const *words, int count, bool *ret_value)
{
    const char *last = words[count - 1];
    const char *before = count > 2 ? words[count - 2] : "";
    const struct ArgValues *option = *before == '-' && !strchr(before, '=') ? find_option(args, before, strlen(before)) : NULL;
    const char *equals = last[0] == '-' && last[1] == '-' ? strchr(last, '=') : NULL;
    *ret_value = false;
    if (equals)
        option = find_option(args, last, (size_t)(equals - last));
    if (option && option->spec->kind != ARG_FLAG) {
        *ret_value = true;
        return option->spec;
    }
    const struct ArgValues *place = args->command && *last != '-' ? next_place(args) : NULL;
    return place ? place->spec : NULL;
}

void args_clear(Args *args)
{
    for (size_t i = 0; i < args->count; i++)
        free(args->values[i].items);
    free(args->values);
    *args = (Args){ 0 };
}

/* ---- reading */

size_t args_count(const Args *args, const char *name)
{
    const struct ArgValues *values = values_of(args, name);
    return values ? values->count : 0;
}

bool args_has(const Args *args, const char *name) { return args_count(args, name) > 0; }
const char *args_at(const Args *args, const char *name, size_t index) { return values_of(args, name)->items[index]; }

const char *args_text(const Args *args, const char *name)
{
    size_t count = args_count(args, name);
    return count ? args_at(args, name, count - 1) : NULL;
}

int64_t args_number(const Args *args, const char *name, int64_t fallback)
{
    const char *word = args_text(args, name);
    return word ? strtoll(word, NULL, 10) : fallback;
}

int64_t args_size(const Args *args, const char *name, int64_t unit)
{
    const char *word = args_text(args, name);
    return word ? size_parse(word, unit) : -1;
}
