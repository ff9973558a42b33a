/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts for the host's shell: see agent_script.h. */
#include "client/core/agent_script.h"

#include <stdlib.h>
#include <string.h>

/* Written by cmake/embed.cmake. */
extern const char agent_texts_look[], agent_texts_run[], agent_texts_install[], agent_texts_remove[], agent_texts_config[], agent_texts_unit[];

#define END_WORD "POOLCENTER_END"

static bool plain_word(const char *word, const char *characters) { return !str_empty(word) && word[0] != '-' && strspn(word, characters) == strlen(word); }

/* A user name of unusual letters is not put into a script: he is added to no group then. */
static const char *user_word(const AgentFacts *facts)
{
    bool plain = plain_word(facts->user, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return plain ? facts->user : "root";
}

static const char *sum_word(const char *sha256) { return plain_word(sha256, "0123456789abcdef") ? sha256 : "none"; }

/* One command for the shell, which reads it to its end before it does anything: of a script whose rest was lost on the way nothing is run. */
#define WHOLE(text) "{\n" text "}\n"

char *agent_script_look(void) { return x_printf(WHOLE("%s"), agent_texts_look); }
char *agent_script_run(const char *sha256) { return x_printf(WHOLE("sum=%s\n%s"), sum_word(sha256), agent_texts_run); }

/* first with every old replaced by new; takes first. */
static char *replaced(char *first, const char *old, const char *new)
{
    for (char *at = first; (at = strstr(at, old));) {
        size_t before = (size_t)(at - first);
        char *longer = x_printf("%.*s%s%s", (int)before, first, new, at + strlen(old));
        free(first);
        first = longer;
        at = first + before + strlen(new);
    }
    return first;
}

/* The package's unit, under a name and with paths of its own. When the package is installed later, its service stops this one, which stays away. */
static char *local_unit(void)
{
    char *unit = replaced(x_strdup(agent_texts_unit), "/usr/sbin/poolagentd", "/usr/local/sbin/poolagentd");
    return replaced(unit, "[Unit]\n", "[Unit]\nConflicts=poolagentd.service\nBefore=poolagentd.service\nConditionPathExists=!/usr/sbin/poolagentd\n");
}

char *agent_script_root(AgentAction action, const AgentFacts *facts, const char *sha256, bool purge)
{
    if (action == AGENT_REMOVE)
        return x_printf(WHOLE("purge=%s\n%s"), purge ? "yes" : "no", agent_texts_remove);
    AUTO_FREE char *unit = local_unit();
    return x_printf(WHOLE("sum=%s\nuser=%s\nput_config() {\n    cat <<'" END_WORD "'\n%s" END_WORD "\n}\nput_unit() {\n    cat <<'" END_WORD "'\n%s" END_WORD "\n}\n%s"),
                    sum_word(sha256), user_word(facts), agent_texts_config, unit, agent_texts_install);
}

char *agent_script_command(size_t size, bool by_sudo)
{
    return x_printf("exec %s/bin/sh -c 'echo " AGENT_SCRIPT_READY "; eval \"$(dd bs=1 count=%zu 2>/dev/null)\"'", by_sudo ? "sudo -S -p " AGENT_SCRIPT_PROMPT " " : "", size);
}
