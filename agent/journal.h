/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What jobs are about to make, written down before they make it, so that an agent that was killed can clean up or complete when it runs
 * again. One small JSON file per job in STATE_DIR/jobs, on the disk before the call returns; it goes when the job has ended. What an
 * earlier agent left is taken up when the driver it belongs to has its connection, before the driver's objects are listed.
 * Jobs call it on their task's thread; any thread may, one at a time per entry.
 */
#ifndef POOLCENTER_AGENT_JOURNAL_H
#define POOLCENTER_AGENT_JOURNAL_H

#include "agent/agent.h"
#include "agent/virt.h"

typedef struct Journal Journal;
typedef struct JournalEntry JournalEntry;

/* Reads what an earlier agent left in state_dir. A folder that cannot be used is logged; journal_begin then fails. */
Journal *journal_create(Agent *agent);
/* After all tasks have ended. */
void journal_free(Journal *journal);

/* Kind of the entries that only list what is being made (below): all of it is removed by a later agent. */
#define JOURNAL_MAKE "make"

/* Begins an entry. kind: a row of journal_kinds.def; owner: number of the driver; facts: what the kind's handler will need, may be NULL,
 * is taken. ERR_IO when it cannot be written: the job must not begin then. */
int journal_begin(Journal *journal, const char *kind, int owner, json_t *facts, JournalEntry **ret, Error *err);
/* Sets one fact (value is taken) and writes the entry. Call it before the step that it tells of. ERR_IO. */
int journal_set(JournalEntry *entry, const char *name, json_t *value, Error *err);
/* The facts as written; borrowed. */
json_t *journal_facts(const JournalEntry *entry);
/* The entry's id: a UUID that may serve to make names of hidden files unique. Borrowed. */
const char *journal_id(const JournalEntry *entry);
/* The job has ended, and left nothing half-made: removes the entry. NULL is fine. */
void journal_end(JournalEntry *entry);
/* The job has ended but could not clean up (libvirt is gone): the entry is taken up when the driver is connected again; one of JOURNAL_MAKE,
 * or of a move, also by journal_recover_again. */
void journal_leave(JournalEntry *entry);

/* Notes for any kind: the file, volume or VM about to be made. Whatever the kind, journal_undo removes all of them. ERR_IO. */
int journal_file(JournalEntry *entry, const char *path, Error *err);
/* The hidden file part, which is complete, is about to get the name path on the same file system by rename or link. Only that very file is removed
 * under this name, not another one that has got it first. */
int journal_name(JournalEntry *entry, const char *part, const char *path, Error *err);
/* ERR_VOLUME_EXISTS, too: another entry that has not ended has that name. */
int journal_volume(JournalEntry *entry, const char *datastore, const char *name, Error *err);
int journal_vm(JournalEntry *entry, const char *id, Error *err);
/* That no other entry may note such a volume from here on, without a note. The place to look whether there is one is between both. ERR_VOLUME_EXISTS. */
int journal_claim_volume(JournalEntry *entry, const char *datastore, const char *name, Error *err);
/* Takes the note of a volume back: it turned out to be somebody else's. */
void journal_not_ours(JournalEntry *entry, const char *datastore, const char *name);
/* Removes what the notes list, newest first: VMs (their definition, nvram and saved state; running ones are cut off), volumes, files; what
 * does not exist is fine, what is older than the entry is kept. Negative with the first error if something could not be removed. */
int journal_undo(JournalEntry *entry, virConnectPtr conn, Error *err);

/* Whether the file was made after the entry was begun: then it is not what the job knew by that name. False where the file system does not tell. */
bool journal_is_newer(const JournalEntry *entry, const char *path);

/* What a handler of journal_kinds.def answers. */
enum { JOURNAL_DONE = 0, JOURNAL_TAKEN = 1 };
/* Handles what an earlier agent left, on the driver's thread, before its objects are listed: look things up through conn, not through the
 * inventory. JOURNAL_DONE: the entry is removed. JOURNAL_TAKEN: somebody (a task for what takes long) ends it later by journal_end.
 * Negative: the error is logged, the entry stays for journal_recover_again and for the next connection. */
typedef int (*JournalHandler)(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err);

#define JOURNAL_KIND(word, handler) int handler(JournalEntry *entry, Agent *agent, int owner, virConnectPtr conn, Error *err);
#include "agent/journal_kinds.def"
#undef JOURNAL_KIND

/* Takes up the entries of that driver that nobody works on. On its thread, once it is connected. */
void journal_recover(Journal *journal, int owner, virConnectPtr conn);
/* Tries what could not be put in order some times more, with a pause between. True: something waits for its next time. On the driver's thread. */
bool journal_recover_again(Journal *journal, int owner, virConnectPtr conn);

#endif
