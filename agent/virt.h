/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt's types in our manners: automatic release, errors of ours. Any thread. */
#ifndef POOLCENTER_AGENT_VIRT_H
#define POOLCENTER_AGENT_VIRT_H

#include "protocol/types.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

/* Turns this thread's last libvirt error into ours; object is the name of what the action was on. Returns ERR_LIBVIRT or a finer code. */
int virt_error(Error *err, const char *object);
/* The text of the last libvirt error, without its full stop; the caller frees. */
char *virt_error_text(void);
bool virt_error_is(int code);

static inline void virt_conn_cleanup(virConnectPtr *conn) { if (*conn) virConnectClose(*conn); }
static inline void virt_domain_cleanup(virDomainPtr *domain) { if (*domain) virDomainFree(*domain); }
static inline void virt_pool_cleanup(virStoragePoolPtr *pool) { if (*pool) virStoragePoolFree(*pool); }
static inline void virt_volume_cleanup(virStorageVolPtr *volume) { if (*volume) virStorageVolFree(*volume); }
static inline void virt_network_cleanup(virNetworkPtr *network) { if (*network) virNetworkFree(*network); }
static inline void virt_snapshot_cleanup(virDomainSnapshotPtr *snapshot) { if (*snapshot) virDomainSnapshotFree(*snapshot); }
/* How long a guest may let its agent wait with an answer (virDomainAgentSetResponseTimeout): without, one that only listens holds the caller for
 * ever. Freezing file systems takes longer than anything else. */
enum { GUEST_AGENT_SECONDS = 10, GUEST_FREEZE_SECONDS = 300 };

#define AUTO_CONN AUTO(virt_conn_cleanup) virConnectPtr
#define AUTO_DOMAIN AUTO(virt_domain_cleanup) virDomainPtr
#define AUTO_POOL AUTO(virt_pool_cleanup) virStoragePoolPtr
#define AUTO_VOLUME AUTO(virt_volume_cleanup) virStorageVolPtr
#define AUTO_NETWORK AUTO(virt_network_cleanup) virNetworkPtr
#define AUTO_SNAPSHOT AUTO(virt_snapshot_cleanup) virDomainSnapshotPtr

#endif
