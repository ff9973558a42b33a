/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers on their way from the window to the link, or to the remembered secrets; see prompt.h. UI thread. */
#include "client/core/prompt.h"

#include "client/core/keyring_private.h"
#include "client/core/server_private.h"

#include <stdlib.h>

static void answer(Server *server, bool accepted, const char *const *answers, size_t count, PromptRemember remember)
{
    if (server_take_prompt(server) && !keyring_take_answer(server, accepted, answers, count, remember))
        link_answer(server_link(server), accepted, answers, count);
}

void prompt_accept(Server *server, const char *const *answers, size_t count) { answer(server, true, answers, count, PROMPT_REMEMBER_UNSAID); }

void prompt_accept_and(Server *server, const char *const *answers, size_t count, PromptRemember remember)
{
    answer(server, true, answers, count, remember);
}

void prompt_reject(Server *server) { answer(server, false, NULL, 0, PROMPT_REMEMBER_UNSAID); }

void prompt_clear(Prompt *prompt)
{
    free(prompt->key_type);
    free(prompt->fingerprint);
    free(prompt->file);
    free(prompt->title);
    free(prompt->instruction);
    free(prompt->host);
    free(prompt->user);
    for (size_t i = 0; i < prompt->question_count; i++)
        free(prompt->questions[i].text);
    *prompt = (Prompt){ 0 };
}
