/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a new datastore of any kind shall be: checked, and as libvirt's XML. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_DATASTORE_SPEC_H
#define POOLCENTER_AGENT_DATASTORE_SPEC_H

#include "protocol/types.h"

/* Whether everything its kind needs is there and nothing of it can mean something else to the programs that libvirt runs with it.
 * ERR_DATASTORE_SPEC, ERR_PATH_INVALID, ERR_NOT_SUPPORTED (a kind that the reader does not know). */
int datastore_spec_check(const DatastoreSpec *spec, Error *err);

/* What the agent has decided about it. */
typedef struct DatastorePlan {
    const char *id;          /* UUID of the datastore */
    const char *name;
    const char *path;        /* where it is mounted or found; checked */
    const char *secret;      /* UUID of libvirt's secret with the password, or NULL */
    const char *credentials; /* file with user and password for mount.cifs, or NULL */
} DatastorePlan;

/* Where datastores are mounted, unless the user wants them elsewhere. */
#define DATASTORE_MOUNTS "/var/lib/poolcenter"

/* The pool's definition; the caller frees. */
char *datastore_spec_xml(const DatastoreSpec *spec, const DatastorePlan *plan);
/* The libvirt secret for its password; the caller frees. NULL: the kind keeps none there. */
char *datastore_secret_xml(const DatastoreSpec *spec, const char *id, const char *datastore);
/* The question for what a server or the host offers of that kind; the caller frees. NULL: it needs none. */
char *datastore_search_xml(const DatastoreSourcesParams *params);

/* libvirt's name of the pool type. */
const char *datastore_kind_pool(DatastoreKind kind);
/* It is a directory that something gets mounted at. */
bool datastore_kind_mounted(DatastoreKind kind);
/* The port that servers of the kind usually have; 0: it has no server. */
int64_t datastore_kind_port(DatastoreKind kind);
/* Name or address of a server: nothing that a program could take for an option, a path or a second host. ERR_DATASTORE_SPEC. */
int datastore_host_check(const char *host, const char *name, Error *err);

#endif
