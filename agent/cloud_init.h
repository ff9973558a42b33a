/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cloud-init reads from a NoCloud disc: user data, network settings, meta data. JSON, which is YAML, too. Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_CLOUD_INIT_H
#define POOLCENTER_AGENT_CLOUD_INIT_H

#include "protocol/types.h"

/* vm: name of the VM, for errors and for the host name. guest: its kind, may be NULL. Passwords are hashed here. ERR_VM_SETTING says what is wrong.
 * The caller frees. */
int cloud_user_data(const CloudInit *want, const char *vm, const char *guest, char **ret, Error *err);
/* Settings of the network card with that MAC address. ERR_VM_SETTING. The caller frees. */
int cloud_network(const CloudNetwork *want, const char *vm, const char *mac, char **ret, Error *err);
/* instance: another one for each seed, so that a guest that has been set up before does it again. The caller frees. */
char *cloud_meta_data(const char *instance, const char *hostname);
/* The name that the guest gives itself: the wanted one, or one made of the VM's. The caller frees. */
char *cloud_hostname(const CloudInit *want, const char *vm);

#endif
