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
    int tries;     /* of putting it in order */
    int64_t again; /* ms of clock_ms: not before; 0: with the next connection */
    JournalEntry *next;
};

/* Claims the volumes that an earlier agent's entry notes (journal_undo.c). */
void journal_claim_noted(JournalEntry *entry);

#endif
