/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A full datastore, called by its name whatever a program says of it. Plain file call; tasks. */
#ifndef POOLCENTER_AGENT_DISK_FULL_H
#define POOLCENTER_AGENT_DISK_FULL_H

#include "protocol/error.h"

/* Gives code back; where writing into the directory failed since it is full, err becomes ERR_NO_SPACE of that datastore. */
int disk_full_explain(const char *directory, const char *datastore, int code, Error *err);

#endif
