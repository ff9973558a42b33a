/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ids and words nobody can guess. Any thread. */
#ifndef POOLCENTER_AGENT_IDENT_H
#define POOLCENTER_AGENT_IDENT_H

#include "protocol/limits.h"
#include "protocol/util.h"

void uuid_random(char ret[LIMIT_UUID + 1]);
/* The same text always gives the same UUID (version 8, from its SHA-256). */
void uuid_from_text(const char *text, char ret[LIMIT_UUID + 1]);
/* 64 hex digits; the caller frees. */
char *ident_random_word(void);
void hex_encode(const unsigned char *bytes, size_t count, char *ret); /* ret: 2 * count + 1 */

#endif
