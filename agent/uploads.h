/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files on their way into a datastore. upload.begin reserves the name and the space, the bytes come over a data connection of
 * their own, upload.finish compares the digests and gives the file its name. What has been written survives a lost
 * connection and an agent that is killed: the next upload.begin for the same name and size goes on there.
 */
#ifndef POOLCENTER_AGENT_UPLOADS_H
#define POOLCENTER_AGENT_UPLOADS_H

#include "agent/agent.h"

Uploads *uploads_create(Agent *agent);
/* Ends all data connections and their tasks and waits for them; part files stay. */
void uploads_stop(Uploads *uploads);
void uploads_free(Uploads *uploads);

#endif
