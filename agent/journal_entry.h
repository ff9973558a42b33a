/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of a journal's entry: for journal.c and journal_undo.c only. */
#ifndef POOLCENTER_AGENT_JOURNAL_ENTRY_H
#define POOLCENTER_AGENT_JOURNAL_ENTRY_H

#include "agent/journal.h"

struct JournalEntry {
    Journal *journal;
    char *path;
    char *id;
    char *kind;
    char *driver;  /* its URI: numbers may differ in another configuration */
    int64_t began; /* ms since 1970 */
    json_t *facts;
    JournalEntry *next;
};

#endif
