/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of names as people expect it in the user's country: vm2 before vm10, umlauts beside their letters, capitals beside small ones. Any thread. */
#ifndef POOLCENTER_COLLATE_H
#define POOLCENTER_COLLATE_H

#include <wchar.h>

/* A key for strcmp: names are in order when their keys are. Different names have different keys. The caller frees. */
char *collate_key(const wchar_t *name);

#endif
