/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poolctl completion words: what the last word of a call that is being typed could become, a line each; asked by the scripts of
 * completion_command.c at every press of the Tab key: bash hands over its whole line, PowerShell the words. Names of objects come from
 * the server that the call names, if it can be reached without a question. Never complains.
 */
#include "client/cli/session.h"

#include "client/cli/volume_list.h"
#include "client/core/new_vm.h"
#include "client/core/port.h"

#include <stdlib.h>
#include <string.h>

enum { LIVE_MS = 4000 };

/* @files: the shell offers files itself. */
static const char files_wanted[] = "@files\n";
static const char folders_wanted[] = "@folders\n";

/* A line of bash, up to the cursor, as words without their quotes. */
typedef struct Line {
    char **words;
    int count;
    char quote;  /* the one that is open at the cursor, or 0 */
    size_t done; /* bytes of the last word that bash will not replace: up to the last of its own word breaks */
} Line;

typedef struct Completion {
    Cli *cli;           /* with the options of the call that is typed */
    const char *prefix; /* what stands before the words in one word: "--output=" */
    const char *typed;
    const Line *line;   /* NULL: plain words are wanted */
} Completion;

/* ---- lines of bash */

static void end_word(Line *line, char *word)
{
    line->words = x_realloc(line->words, (size_t)line->count + 1, sizeof *line->words);
    line->words[line->count++] = word;
}

static void split_line(const char *text, const char *breaks, Line *ret)
{
    Line line = { 0 };
    char *word = x_calloc(strlen(text) + 1, 1);
    size_t length = 0;
    for (const char *p = text; *p; p++) {
        if (line.quote ? *p == line.quote : *p == '"' || *p == '\'') {
            line.quote = line.quote ? 0 : *p;
        } else if (*p == '\\' && line.quote != '\'' && p[1]) {
            word[length++] = *++p;
        } else if (!line.quote && (*p == ' ' || *p == '\t')) {
            if (length || (p > text && strchr("\"'", p[-1])))
                end_word(&line, x_strndup(word, length));
            length = line.done = 0;
        } else {
            word[length++] = *p;
            if (!line.quote && strchr(breaks, *p))
                line.done = length;
        }
    }
    end_word(&line, x_strndup(word, length));
    free(word);
    *ret = line;
}

static void clear_line(Line *line)
{
    for (int i = 0; i < line->count; i++)
        free(line->words[i]);
    free(line->words);
}

/* A word as it stands in a line of bash whose quote is open; the caller frees. */
static char *quoted(const char *word, char quote)
{
    const char *special = quote == '"' ? "\"\\$`" : quote ? "" : " \t!\"#$&'()*;<>?[\\]^`{|}~";
    char *result = x_calloc(strlen(word) * 2 + 1, 1);
    for (char *end = result; *word; word++) {
        if (strchr(special, *word))
            *end++ = '\\';
        *end++ = *word;
    }
    return result;
}

/* ---- offering */

/* Names that would upset the terminal are not offered. */
static void offer(const Completion *completion, const char *word)
{
    AUTO_FREE char *safe = text_printable(word);
    if (strncmp(word, completion->typed, strlen(completion->typed)) != 0 || !str_equal(safe, word))
        return;
    AUTO_FREE char *whole = x_printf("%s%s", completion->prefix, word);
    const Line *line = completion->line;
    AUTO_FREE char *shown = line ? quoted(whole + line->done, line->quote) : x_strdup(whole);
    AUTO_FREE char *row = x_printf("%s\n", shown);
    output_bytes(&completion->cli->output, row, strlen(row));
}

static void offer_joined(const Completion *completion, const char *first, const char *second)
{
    AUTO_FREE char *word = x_printf("%s%s", first, second);
    offer(completion, word);
}

/* ---- words that are known without a server */

static void offer_choices(const Completion *completion, const char *list)
{
    while (*list) {
        size_t length = strcspn(list, "|");
        AUTO_FREE char *word = x_strndup(list, length);
        offer(completion, word);
        list += length + (list[length] == '|');
    }
}

static void offer_commands(const Completion *completion, const Args *args)
{
    bool verb = args->noun && noun_has_verbs(args->noun) && !str_equal(args->noun, completion->typed);
    const char *last = NULL;
    for (size_t i = 0; i < command_count(); i++) {
        const Command *command = command_at(i);
        if (verb && str_equal(command->noun, args->noun))
            offer(completion, command->verb);
        else if (!verb && !str_equal(command->noun, last))
            offer(completion, command->noun);
        last = command->noun;
    }
}

static void offer_options(const Completion *completion, const Args *args)
{
    for (size_t i = 0; i < args->count; i++) {
        const ArgSpec *spec = args->values[i].spec;
        if (arg_is_option(spec) && (!args->values[i].count || spec->flags & MANY))
            offer(completion, spec->name);
    }
}

/* The last of several fields; those before it stay. */
static void offer_fields(const Completion *completion, const Args *args)
{
    const char *comma = strrchr(completion->typed, ',');
    size_t before = comma ? (size_t)(comma + 1 - completion->typed) : 0;
    AUTO_FREE char *kept = x_strndup(completion->typed, before);
    const char *const *fields = args->command ? fields_of(args->command->result) : NULL;
    offer_joined(completion, kept, "server");
    for (; fields && *fields; fields++)
        offer_joined(completion, kept, *fields);
}

static void offer_servers(const Completion *completion)
{
    const Core *core = completion->cli->core;
    for (size_t i = 0; i < core_server_count(core); i++)
        offer(completion, server_name(core_server_at(core, i)));
    if (core_server_count(core) > 1)
        offer(completion, "@all");
}

/* ---- names of objects */

typedef void OfferServer(const Completion *completion, Server *server);

static void offer_vms(const Completion *completion, Server *server)
{
    for (size_t i = 0; i < model_vm_count(server_model(server)); i++)
        offer(completion, model_vm_at(server_model(server), i)->name);
}

static void offer_datastores(const Completion *completion, Server *server)
{
    for (size_t i = 0; i < model_datastore_count(server_model(server)); i++)
        offer(completion, model_datastore_at(server_model(server), i)->name);
}

static void offer_networks(const Completion *completion, Server *server)
{
    for (size_t i = 0; i < model_network_count(server_model(server)); i++)
        offer(completion, model_network_at(server_model(server), i)->name);
}

static void offer_tasks(const Completion *completion, Server *server)
{
    for (size_t i = 0; i < server_task_count(server); i++)
        offer(completion, server_task_at(server, i)->id);
}

static void offer_disks(const Completion *completion, Server *server)
{
    for (size_t i = 0; i < model_datastore_count(server_model(server)); i++)
        offer_joined(completion, model_datastore_at(server_model(server), i)->name, ":");
}

/* The drives of the VMs that stand in the call. */
static void offer_drives(const Completion *completion, Server *server)
{
    const Args *args = completion->cli->args;
    const Model *model = server_model(server);
    for (size_t i = 0; i < model_vm_count(model); i++) {
        const VmInfo *vm = model_vm_at(model, i);
        for (size_t k = 0; args_count(args, "VM") && k < vm->disks.count; k++)
            if (str_equal(vm->name, args_at(args, "VM", 0)) || str_equal(vm->id, args_at(args, "VM", 0)))
                offer(completion, vm->disks.items[k].target);
    }
}

typedef struct Files {
    const Completion *completion;
    bool isos_only;
} Files;

static void offer_file(void *context, Server *server, const char *datastore, const VolumeInfo *volume)
{
    (void)server;
    Files *files = context;
    AUTO_FREE char *folder = x_printf("%s/", datastore);
    if (!files->isos_only || volume->format == VOLUME_FORMAT_ISO)
        offer_joined(files->completion, folder, volume->name);
}

/* DATASTORE/ first, its files when that is typed. */
static void offer_volumes(const Completion *completion, Server *server, bool isos_only)
{
    const char *slash = strchr(completion->typed, '/');
    const Model *model = server_model(server);
    for (size_t i = 0; !slash && i < model_datastore_count(model); i++)
        offer_joined(completion, model_datastore_at(model, i)->name, "/");
    if (!slash)
        return;
    AUTO_FREE char *name = x_strndup(completion->typed, (size_t)(slash - completion->typed));
    Files files = { completion, isos_only };
    for (size_t i = 0; i < model_datastore_count(model); i++)
        if (str_equal(model_datastore_at(model, i)->name, name)) {
            volume_list_read(completion->cli, server, model_datastore_at(model, i)->id, name, offer_file, &files);
            return;
        }
}

static void offer_all_volumes(const Completion *completion, Server *server) { offer_volumes(completion, server, false); }
static void offer_isos(const Completion *completion, Server *server) { offer_volumes(completion, server, true); }

static OfferServer *live(ArgKind kind)
{
    switch (kind) {
    case ARG_VM: return offer_vms;
    case ARG_DATASTORE: return offer_datastores;
    case ARG_NETWORK: return offer_networks;
    case ARG_TASK: return offer_tasks;
    case ARG_DISK: return offer_disks;
    case ARG_DRIVE: return offer_drives;
    case ARG_VOLUME: return offer_all_volumes;
    case ARG_ISO: return offer_isos;
    default: return NULL;
    }
}

static void offer_live(const Completion *completion, OfferServer *from)
{
    Cli *cli = completion->cli;
    cli->deadline = port_monotonic_ms() + LIVE_MS;
    if (session_choose(cli) != EXIT_OK || session_connect(cli) != EXIT_OK)
        return;
    for (size_t i = 0; i < cli->server_count; i++)
        from(completion, cli->servers[i]);
}

/* ---- the word */

static void offer_kind(const Completion *completion, const ArgSpec *spec)
{
    switch (spec->kind) {
    case ARG_WORD: offer_choices(completion, spec->value); break;
    case ARG_STATE: offer_choices(completion, "running|paused|shutting_down|off|saved|crashed"); break;
    case ARG_FIELDS: offer_fields(completion, completion->cli->args); break;
    case ARG_SERVER: offer_servers(completion); break;
    case ARG_GUEST:
        for (size_t i = 0; i < guest_kind_count(); i++)
            offer(completion, guest_kind_at(i)->id);
        break;
    default: break;
    }
}

static void complete(Cli *cli, const Args *args, char *const *words, int count, const Line *line)
{
    bool value = false;
    const char *last = words[count - 1];
    const ArgSpec *spec = args_expected(args, words, count, &value);
    const char *equals = value && *last == '-' ? strchr(last, '=') : NULL;
    AUTO_FREE char *prefix = x_strndup(last, equals ? (size_t)(equals + 1 - last) : 0);
    Completion completion = { .cli = cli, .prefix = prefix, .typed = equals ? equals + 1 : last, .line = line };
    if (spec && (spec->kind == ARG_FILE || spec->kind == ARG_FOLDER))
        output_bytes(&cli->output, spec->kind == ARG_FILE ? files_wanted : folders_wanted, strlen(spec->kind == ARG_FILE ? files_wanted : folders_wanted));
    else if (!spec && *last == '-')
        offer_options(&completion, args);
    else if (!spec && !args->command)
        offer_commands(&completion, args);
    else if (spec && live(spec->kind))
        offer_live(&completion, live(spec->kind));
    else if (spec)
        offer_kind(&completion, spec);
}

/* The words are those of a call of their own: options in them count for it, not for this one. The last one is being typed. */
static void complete_call(char *const *words, int count, const Line *line)
{
    Args typed;
    AUTO_FREE char *problem = NULL;
    args_parse(&typed, words, count - 1, true, &problem);
    Cli cli = { .args = &typed, .batch = true, .silent = true, .deadline = INT64_MAX };
    if (session_open(&cli) == EXIT_OK)
        complete(&cli, &typed, words, count, line);
    session_close(&cli);
    args_clear(&typed);
}

int completion_words_command(Cli *cli, const Args *args)
{
    const char *text = args_text(args, "--line");
    (void)cli;
    if (text) {
        Line line;
        split_line(text, str_or_empty(args_text(args, "--breaks")), &line);
        if (line.count > 1)
            complete_call(line.words, line.count, &line);
        clear_line(&line);
        return EXIT_OK;
    }
    size_t count = args_count(args, "WORD");
    AUTO_FREE char **words = x_calloc(count + 2, sizeof *words);
    words[0] = (char *)"poolctl";
    words[1] = (char *)"";
    for (size_t i = 0; i < count; i++)
        words[i + 1] = (char *)args_at(args, "WORD", i);
    /* PowerShell before 7.3 drops an empty word, later ones hand on the quotes that keep it */
    if (count && str_equal(words[count], "\"\""))
        words[count] = (char *)"";
    complete_call(words, (int)(count ? count : 1) + 1, NULL);
    return EXIT_OK;
}
