/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be done with an object in its present state: the one place the window, poolctl and tests ask. Pure functions. */
#ifndef POOLCENTER_RULES_H
#define POOLCENTER_RULES_H

#include "client/core/server.h"

/* May this method be used on this VM now? False: *ret_why (caller frees) is a sentence for a tooltip, in the user's language.
 * Asks state, driver capabilities, the user's role and whether the server is online. method: vm.start ... vm.open_console, vm.delete, vm.set_media, vm.clone (as it is now),
 * vm.set_template, vm.set_seed, snapshot.create ... snapshot.delete. */
bool rules_vm(const Server *server, const VmInfo *vm, Method method, char **ret_why);
/* upload.begin, datastore.refresh ... datastore.destroy, volume.*; also asks whether its kind can do that at all (datastore_type_obstacle). */
bool rules_datastore(const Server *server, const DatastoreInfo *datastore, Method method, char **ret_why);
/* Can volumes be made there now, VMs be cloned into it, and uploads put there? For lists to choose from, which have no place for reasons. */
bool rules_takes_volumes(const DatastoreInfo *datastore);
bool rules_takes_clones(const DatastoreInfo *datastore);
bool rules_takes_uploads(const DatastoreInfo *datastore);
/* network.get, network.configure, network.start ... network.delete */
bool rules_network(const Server *server, const NetworkInfo *network, Method method, char **ret_why);
/* vm.create, datastore.create */
bool rules_host(const Server *server, Method method, char **ret_why);

/* Can the disks of VMs made from this template, or from this VM's snapshots, be linked to its own? Images of Ceph pools cannot be linked to. */
bool rules_can_link(const VmInfo *vm);

/* Checks of what the user types; NULL: fine, else a sentence (caller frees). */
char *rules_check_vm_name(const Model *model, const char *name);
char *rules_check_datastore_name(const Model *model, const char *name);
char *rules_check_datastore_path(const Model *model, const char *path);
char *rules_check_file_name(const char *name);
char *rules_check_host(const char *host);
char *rules_check_port(const char *port);

#endif
