/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What libvirt has no place for: a small JSON record per snapshot, and files that belong to it (the screen, the firmware's variables), in
 * STATE_DIR/snapshots/VM. Plain file calls that wait; workers and tasks, one at a time per VM (vm_lock.h).
 *
 * Fields of a record: quiesced (bool); deleted (bool: the user has deleted it, its layer is still needed by others or is being merged);
 * merges (object: by disk, the image that is being merged into the snapshot's own).
 */
#ifndef POOLCENTER_AGENT_SNAPSHOT_STORE_H
#define POOLCENTER_AGENT_SNAPSHOT_STORE_H

#include "agent/agent.h"

/* A new reference; an empty object when there is no record. */
json_t *snapshot_record_read(Agent *agent, const char *vm, const char *name);
/* On the disk before it returns. ERR_IO. */
int snapshot_record_write(Agent *agent, const char *vm, const char *name, const json_t *record, Error *err);
bool snapshot_record_flag(Agent *agent, const char *vm, const char *name, const char *field);
/* Path of a file that belongs to the snapshot; the caller frees. */
char *snapshot_record_file(Agent *agent, const char *vm, const char *name, const char *suffix);
#define SNAPSHOT_PICTURE ".picture"
#define SNAPSHOT_NVRAM ".nvram"
/* Forgets a snapshot, or all of a VM. */
void snapshot_record_drop(Agent *agent, const char *vm, const char *name);
void snapshot_records_drop(Agent *agent, const char *vm);
/* How many snapshots of the VM are deleted but not merged yet. */
size_t snapshot_records_deleted(Agent *agent, const char *vm);

#endif
