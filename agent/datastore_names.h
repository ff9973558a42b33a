/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of new datastores. Any thread. */
#ifndef POOLCENTER_AGENT_DATASTORE_NAMES_H
#define POOLCENTER_AGENT_DATASTORE_NAMES_H

#include "agent/agent.h"

/* Datastores that datastore.test makes for moments; nobody is told of them. */
#define DATASTORE_TEST_PREFIX ".poolcenter-test-"

/* ERR_INVALID_PARAMS. */
int datastore_name_check(const char *name, Error *err);
/* Whether a datastore of that name, or at that place (NULL: any), exists. ERR_DATASTORE_EXISTS. */
int datastore_unique_check(Agent *agent, const char *name, const char *path, Error *err);

#endif
