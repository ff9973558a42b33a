/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to the questions of a connecting server: see prompt.h. The question itself is asked in link.c. UI thread. */
#include "client/core/prompt.h"

#include "client/core/server_private.h"

void prompt_accept(Server *server, const char *const *answers, size_t count)
{
    if (server_take_prompt(server))
        link_answer(server_link(server), true, answers, count);
}

void prompt_reject(Server *server)
{
    if (server_take_prompt(server))
        link_answer(server_link(server), false, NULL, 0);
}
