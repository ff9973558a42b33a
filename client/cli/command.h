/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commands as data (commands.def), and the words of one call sorted into their arguments. Used by main.c, help, completion and the man page.
 * One thread; everything here is constant but Args.
 */
#ifndef POOLCENTER_COMMAND_H
#define POOLCENTER_COMMAND_H

#include "client/core/text.h"
#include "protocol/types.h"

typedef struct Cli Cli;
typedef struct Args Args;

/* What a word is: how it is checked, and what completion offers for it. */
typedef enum ArgKind {
    ARG_FLAG,
    ARG_TEXT,
    ARG_NUMBER,    /* 0 or more */
    ARG_SIZE,      /* 512M, 2G, 1.5T; bare: in the option's own unit */
    ARG_WORD,      /* one of value's, which are separated by | */
    ARG_FIELDS,    /* names of the result's fields, separated by commas */
    ARG_FILE,
    ARG_FOLDER,
    ARG_SERVER,
    ARG_VM,
    ARG_DATASTORE,
    ARG_NETWORK,
    ARG_VOLUME,    /* DATASTORE/FILE */
    ARG_ISO,       /* the same, ISO files only */
    ARG_DISK,      /* DATASTORE:SIZE[:FORMAT] */
    ARG_DRIVE,     /* vda ... */
    ARG_GUEST,
    ARG_STATE,     /* of a VM */
    ARG_TASK,
    ARG_COMMAND,   /* a noun or verb of poolctl */
} ArgKind;

enum { OPTIONAL_ARG = 1, MANY = 2 };

typedef struct ArgSpec {
    const char *name;   /* "--memory", or "VM" for a word at its place; NULL ends a list */
    const char *letter; /* "-o"; NULL: none */
    const char *value;  /* an option's, for the help; NULL: a flag or a word */
    ArgKind kind;
    int flags;
    TextId help;
} ArgSpec;

typedef enum CommandNeeds {
    NEEDS_NOTHING,
    NEEDS_CORE,    /* settings, but no connection */
    NEEDS_CHOSEN,  /* one server, chosen but not yet connected: for what works without an agent there */
    NEEDS_SERVER,  /* exactly one */
    NEEDS_SERVERS, /* one or more */
} CommandNeeds;

typedef struct Command {
    const char *noun;
    const char *verb; /* "": the noun alone */
    CommandNeeds needs;
    const char *result; /* fields_of() */
    TextId help;
    const ArgSpec *args;
    int (*run)(Cli *cli, const Args *args);
} Command;

typedef struct Noun {
    const char *word;
    TextId help;
} Noun;

size_t command_count(void);
const Command *command_at(size_t index);
const Command *command_find(const char *noun, const char *verb); /* NULL: none */
const ArgSpec *global_options(void);                             /* ends with a NULL name */
bool noun_has_verbs(const char *word);
static inline bool arg_is_option(const ArgSpec *spec) { return spec->name[0] == '-'; }

/* What a call said, after parsing; strings are borrowed from argv. */
struct Args {
    const Command *command; /* NULL: none was named (--help, --version) */
    const char *noun;       /* the first word, also when it is no command by itself; NULL: none */
    struct ArgValues {
        const ArgSpec *spec;
        const char **items;
        size_t count;
    } *values;
    size_t count;
};

/* 0, or -1 with *ret_problem set: a sentence (caller frees). words[0] is the program. incomplete: a call being typed (completion): missing and unknown words are let through. */
int args_parse(Args *args, char *const *words, int count, bool incomplete, char **ret_problem);
void args_clear(Args *args);
/* For completion: what the last word is to become, given the words before it as parsed. NULL: an option, a noun or a verb. *ret_value: the value of an option. */
const ArgSpec *args_expected(const Args *args, char *const *words, int count, bool *ret_value);

bool args_has(const Args *args, const char *name);
const char *args_text(const Args *args, const char *name); /* the last one given; NULL: none */
size_t args_count(const Args *args, const char *name);
const char *args_at(const Args *args, const char *name, size_t index);
int64_t args_number(const Args *args, const char *name, int64_t fallback);
/* Bytes; a bare number counts in units. -1: not given. */
int64_t args_size(const Args *args, const char *name, int64_t unit);
/* "1.5G" as bytes; -1: not a size. */
int64_t size_parse(const char *word, int64_t unit);

/* Names of a result's fields, as they are on the wire; ends with NULL. NULL: no such result. */
const char *const *fields_of(const char *result);

#define COMMAND(function, noun, verb, needs, result, twins) int function##_command(Cli *cli, const Args *args);
#include "client/cli/commands_read.h"

#endif
