/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scripts on the host, one at a time: see link_setup.h. What the host prints is hostile until it is parsed; nothing of it becomes part of a command
 * but the user's name, checked in agent_script.c. I/O thread.
 */
#include "client/core/link_setup.h"

#include "client/core/agent_files.h"
#include "client/core/agent_script.h"
#include "client/core/ssh_program.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    SILENCE_MS = 90000, /* without a sign of life of a script */
    UNDO_MS = 15000,    /* for taking back, after a cancel */
    TELL_MS = 100,      /* between two reports of progress */
    WAIT_MS = 1000,
    CAUSE_MAX = 300,
};

/* A script that runs. */
typedef struct Script {
    Link *link;
    SshProgram *program;
    const char *text;
    const AgentProgram *payload; /* NULL: none */
    bool on_demand;              /* the payload is sent when the script says "need" */
    bool by_sudo;
    bool ready, fed, cancelled, asked_cancelled;
    int asked;                   /* passwords */
    size_t read;                 /* output looked at so far */
    int64_t deadline;
    bool done, boot_note;        /* the script said so */
    int status;
} Script;

/* ---- news */

/* What the UI thread shows; kept in link->setup_state between reports. */
static void tell(Link *link)
{
    News *news = news_create(link, NEWS_SETUP);
    news->setup = link->setup_state;
    news->setup.error = (Error){ 0 };
    error_copy(&news->setup.error, &link->setup_state.error);
    agent_facts_copy(&news->setup.facts, &link->setup_state.facts);
    news_post(news);
    link->setup_told = port_monotonic_ms();
}

static void tell_phase(Link *link, AgentSetupPhase phase)
{
    link->setup_state.phase = phase;
    tell(link);
}

static void tell_progress(Script *script)
{
    AgentSetup *state = &script->link->setup_state;
    if (!script->payload || !script->fed || script->payload->size == 0)
        return;
    size_t unsent = ssh_program_unsent(script->program);
    size_t sent = unsent < script->payload->size ? script->payload->size - unsent : 0;
    int permille = (int)(sent * 1000 / script->payload->size);
    if (permille == state->permille || port_monotonic_ms() - script->link->setup_told < TELL_MS)
        return;
    state->permille = permille;
    tell(script->link);
}

static void tell_step(Link *link, const char *word)
{
    static const struct { const char *word; AgentSetupStep step; } steps[] = {
        { "send", AGENT_STEP_SEND }, { "check", AGENT_STEP_CHECK }, { "place", AGENT_STEP_PLACE }, { "start", AGENT_STEP_STARTUP },
        { "stop", AGENT_STEP_STOP }, { "remove", AGENT_STEP_REMOVE } };
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        if (str_equal(word, steps[i].word)) {
            link->setup_state.step = steps[i].step;
            tell(link);
        }
}

/* ---- what the script says */

static void feed(Script *script)
{
    script->fed = true;
    if (script->payload)
        ssh_program_send(script->program, script->payload->bytes, script->payload->size);
    ssh_program_end_input(script->program, false);
}

static void take_line(Script *script, const char *line)
{
    if (!script->ready) {
        if (!str_equal(line, AGENT_SCRIPT_READY))
            return; /* a banner of the login shell */
        script->ready = true;
        if (script->asked > 0)
            link_tell_sudo(script->link, true);
        ssh_program_send(script->program, script->text, strlen(script->text));
        if (!script->on_demand)
            feed(script);
        return;
    }
    if (strncmp(line, "step ", 5) == 0)
        tell_step(script->link, line + 5);
    else if (str_equal(line, "need") && script->on_demand && !script->fed)
        feed(script);
    else if (str_equal(line, "note boot"))
        script->boot_note = true;
    else if (str_equal(line, "done") || strncmp(line, "have ", 5) == 0)
        script->done = true;
}

static void take_output(Script *script)
{
    size_t size = 0;
    const char *output = ssh_program_output(script->program, &size);
    for (const char *end; (end = memchr(output + script->read, '\n', size - script->read));) {
        AUTO_FREE char *line = x_strndup(output + script->read, (size_t)(end - output) - script->read);
        script->read = (size_t)(end - output) + 1;
        line[strcspn(line, "\r")] = 0;
        take_line(script, line);
    }
}

static int count_prompts(const char *errors)
{
    int count = 0;
    for (const char *at = errors; (at = strstr(at, AGENT_SCRIPT_PROMPT)); at += strlen(AGENT_SCRIPT_PROMPT))
        count++;
    return count;
}

/* sudo asks: once per prompt. False: the user does not answer. */
static bool answer_sudo(Script *script)
{
    size_t size = 0;
    const char *errors = ssh_program_errors(script->program, &size);
    if (!script->by_sudo || script->ready || count_prompts(errors) <= script->asked)
        return true;
    char *password = NULL;
    if (!link_ask_sudo(script->link, script->asked > 0, &password))
        return false;
    script->asked++;
    ssh_program_send(script->program, password, strlen(password));
    ssh_program_send(script->program, "\n", 1);
    x_free_secret(password);
    script->deadline = port_monotonic_ms() + SILENCE_MS;
    return true;
}

/* The last line of what went to stderr, as a cause to show; NULL: it said nothing. */
static char *last_words(const SshProgram *program)
{
    size_t size = 0;
    const char *errors = ssh_program_errors(program, &size);
    char *words = NULL;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(errors + at, '\n', size - at);
        size_t length = end ? (size_t)(end - errors) - at : size - at;
        const char *line = errors + at;
        at += length + 1;
        while (length >= strlen(AGENT_SCRIPT_PROMPT) && memcmp(line, AGENT_SCRIPT_PROMPT, strlen(AGENT_SCRIPT_PROMPT)) == 0) {
            line += strlen(AGENT_SCRIPT_PROMPT);
            length -= strlen(AGENT_SCRIPT_PROMPT);
        }
        if (length == 0 || *line == '\r')
            continue;
        free(words);
        words = x_strndup(line, length < CAUSE_MAX ? length : CAUSE_MAX);
    }
    for (char *p = words; p && *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            *p = '?';
    for (size_t length = words ? strlen(words) : 0; length && strchr(". ", words[length - 1]);)
        words[--length] = 0; /* the sentence has a full stop of its own */
    return words;
}

/* ---- running */

static void begin_cancel(Script *script)
{
    script->cancelled = true;
    ssh_program_end_input(script->program, true); /* the program does not arrive whole: the script takes back what it did */
    script->deadline = port_monotonic_ms() + UNDO_MS;
}

/* One round: 1 go on, 0 ended, negative. */
static int turn(Script *script, Error *err)
{
    Link *link = script->link;
    if (link_cancelled(link))
        return error_set(err, ERR_CANCELLED, link->config.host, NULL);
    if (atomic_load(&link->setup_cancel) && !script->cancelled)
        begin_cancel(script);
    int moved = ssh_program_step(script->program, err);
    if (moved < 0)
        return moved;
    if (moved > 0) {
        if (!script->cancelled)
            script->deadline = port_monotonic_ms() + SILENCE_MS;
        take_output(script);
        tell_progress(script);
    }
    if (!answer_sudo(script)) {
        script->asked_cancelled = true;
        return 0;
    }
    if (ssh_program_ended(script->program, &script->status))
        return 0;
    if (moved > 0)
        return 1;
    int64_t left = script->deadline - port_monotonic_ms();
    if (left <= 0)
        return script->cancelled ? 0 : error_set(err, ERR_TIMEOUT, link->config.host, "a command there says nothing for %d seconds", SILENCE_MS / 1000);
    int code = link->ops->wait(link->transport, left < WAIT_MS ? (int)left : WAIT_MS, err);
    return code < 0 ? code : 1;
}

/* Why it did not work out: the script has ended. */
static int script_failed(Script *script, Error *err)
{
    const char *host = script->link->config.host;
    AUTO_FREE char *words = last_words(script->program);
    if (script->asked_cancelled && script->asked > 0)
        return error_set(err, ERR_AGENT_NO_RIGHTS, script->link->config.user, "sudo refuses the password");
    if (script->cancelled || script->asked_cancelled)
        return error_set(err, ERR_CANCELLED, host, NULL);
    if (script->by_sudo && !script->ready)
        return error_set(err, ERR_AGENT_NO_RIGHTS, script->link->config.user, "%s", words ? words : "sudo refuses");
    if (words)
        return error_set(err, ERR_AGENT_SETUP, host, "%s", words);
    return error_set(err, ERR_AGENT_SETUP, host, "a command there ended with status %d", script->status);
}

/* Runs it to its end; 0 only when it said that it is done (or, for looking, ended well). *ret_output, when wanted, is freed by the caller. */
static int run_script(Script *script, bool says_done, char **ret_output, size_t *ret_size, Error *err)
{
    Link *link = script->link;
    AUTO_FREE char *command = agent_script_command(strlen(script->text), script->by_sudo);
    script->program = ssh_program_start(link->ops->ssh(link->transport), command);
    script->deadline = port_monotonic_ms() + SILENCE_MS;
    int code;
    while ((code = turn(script, err)) == 1)
        continue;
    if (code == 0 && script->asked > 0 && !script->ready && !script->cancelled)
        link_tell_sudo(link, false);
    if (code == 0 && (script->asked_cancelled || script->status != 0 || !script->ready || (says_done && !script->done)))
        code = script_failed(script, err);
    if (code == 0 && ret_output) {
        const char *output = ssh_program_output(script->program, ret_size);
        const char *start = strstr(output, AGENT_SCRIPT_READY "\n");
        size_t skip = start ? (size_t)(start - output) + strlen(AGENT_SCRIPT_READY "\n") : *ret_size;
        *ret_size -= skip;
        *ret_output = x_memdup(output + skip, *ret_size, 1);
    }
    ssh_program_free(TAKE_PTR(script->program));
    return code;
}

/* ---- looking */

/* What would be sent there: its checksum is part of the commands that are shown. */
static void note_program(Link *link)
{
    AgentProgram program = { 0 };
    link->setup_state.sha256[0] = 0;
    if (agent_files_read(str_or_empty(link->setup_state.facts.machine), &program, NULL) == 0)
        memcpy(link->setup_state.sha256, program.sha256, sizeof program.sha256);
    agent_program_clear(&program);
}

static int look(Link *link, Error *err)
{
    AUTO_FREE char *text = agent_script_look();
    AUTO_FREE char *output = NULL;
    size_t size = 0;
    Script script = { .link = link, .text = text };
    AgentFacts facts = { 0 };
    int code = run_script(&script, false, &output, &size, err);
    if (code < 0)
        return code;
    if (!agent_facts_parse(output, size, &facts)) {
        agent_facts_clear(&facts);
        return error_set(err, ERR_AGENT_SETUP, link->config.host, "its answer to 'what are you?' cannot be read");
    }
    agent_facts_clear(&link->setup_state.facts);
    link->setup_state.facts = facts;
    note_program(link);
    return 0;
}

/* ---- what the user chose */

static int perform(Link *link, const Command *command, Error *err)
{
    AgentSetup *state = &link->setup_state;
    AgentProgram program = { 0 };
    int code = agent_facts_check(&state->facts, command->action, link->config.host, err);
    if (code == 0 && command->action != AGENT_REMOVE)
        code = agent_files_read(state->facts.machine, &program, err);
    if (code == 0) {
        AUTO_FREE char *text = agent_script_root(command->action, &state->facts, program.sha256, command->purge);
        Script script = {
            .link = link, .text = text, .payload = command->action == AGENT_REMOVE ? NULL : &program, .by_sudo = state->facts.rights != AGENT_RIGHTS_ROOT };
        code = run_script(&script, true, NULL, NULL, err);
        state->by_hand = script.boot_note;
    }
    agent_program_clear(&program);
    return code;
}

/* An error of the work is shown and the connection goes on; one of the connection ends it. */
static bool connection_is_gone(Link *link, int code) { return link_cancelled(link) || code == ERR_CONNECTION_LOST || code == ERR_TIMEOUT; }

static int take_setup_command(Link *link, const Command *command, Error *err)
{
    AUTO(error_clear) Error why = { 0 };
    AgentSetup *state = &link->setup_state;
    atomic_store(&link->setup_cancel, false);
    error_clear(&state->error);
    state->action = command->action;
    state->step = AGENT_STEP_START;
    state->permille = 0;
    tell_phase(link, AGENT_SETUP_WORKING);
    int code = perform(link, command, &why);
    atomic_store(&link->setup_cancel, false);
    if (code < 0 && connection_is_gone(link, code))
        return error_move(err, &why);
    bool good = code == 0;
    if (good && command->action != AGENT_REMOVE) {
        tell_phase(link, AGENT_SETUP_DONE);
        return 0;
    }
    code = look(link, err); /* what is there now */
    if (code < 0)
        return code;
    error_move(&state->error, &why);
    tell_phase(link, good ? AGENT_SETUP_DONE : AGENT_SETUP_READY);
    return 0;
}

int link_setup(Link *link, Error *err)
{
    link_post_state(link, SERVER_OPENING_AGENT, 0, NULL);
    tell_phase(link, AGENT_SETUP_LOOKING);
    int code = look(link, err);
    if (code == 0)
        tell_phase(link, AGENT_SETUP_READY);
    while (code == 0) {
        if (link_cancelled(link))
            return error_set(err, ERR_CANCELLED, link->config.host, NULL);
        Command *command = link_take_command(link);
        if (command) {
            if (command->kind == COMMAND_SETUP)
                code = take_setup_command(link, command, err);
            command_free(command, link->ops, err);
            continue;
        }
        code = link->ops->wait(link->transport, -1, err);
    }
    return code;
}

/* ---- running without installing */

int link_prepare_agent(Link *link, Error *err)
{
    AgentProgram program = { 0 };
    /* Such an agent is for the machine this was chosen on; a client that carries none uses what is there. */
    if (!link->config.agent_run || !link->ops->ssh || !agent_files_has("x86_64"))
        return 0;
    int code = agent_files_read("x86_64", &program, err);
    if (code == 0) {
        AUTO_FREE char *text = agent_script_run(program.sha256);
        Script script = { .link = link, .text = text, .payload = &program, .on_demand = true };
        code = run_script(&script, true, NULL, NULL, err);
    }
    agent_program_clear(&program);
    return code;
}
