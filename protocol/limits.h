/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one list of size limits of the wire; checked before memory is taken, on both sides. Strings count bytes without the NUL. */
#ifndef POOLCENTER_LIMITS_H
#define POOLCENTER_LIMITS_H

enum {
    LIMIT_REQUEST_LINE = 1 << 20,  /* a line from client to agent, bytes */
    LIMIT_REPLY_LINE   = 64 << 20, /* a line from agent to client: a full inventory of LIMIT_VMS ordinary VMs */
    LIMIT_BANNER       = 64 << 10, /* bytes before the READY line: login banners */
    LIMIT_DEPTH        = 32,       /* nesting of a JSON message */
    LIMIT_UUID         = 36,
    LIMIT_DIGEST       = 64,
    LIMIT_NAME         = 255,
    LIMIT_PATH         = 4095,
    LIMIT_TEXT         = 8192,
    LIMIT_METHODS      = 256,
    LIMIT_DRIVERS      = 16,
    LIMIT_DEVICES      = 128,
    LIMIT_USERS        = 64,
    LIMIT_TAGS         = 64,
    LIMIT_FIELDS       = 64,
    LIMIT_NOTES        = 64 << 10,
    LIMIT_XML          = 256 << 10, /* a domain description */
    LIMIT_VCPUS        = 1024,
    LIMIT_SETTINGS     = 1000,
    LIMIT_HOST_DEVICES = 1000,
    LIMIT_CPU_MODELS   = 500,
    LIMIT_HEAD         = 720000,   /* base64 of the first 512 KiB of a file, with a rest */
    LIMIT_LICENSE      = 256 << 10,
    LIMIT_LICENSES     = 16,
    LIMIT_MACHINES     = 64,       /* VMs in one package */
    LIMIT_PARTS        = 256,      /* files that a disk of a package is cut into */
    LIMIT_VMS          = 20000,
    LIMIT_DATASTORES   = 1000,
    LIMIT_NETWORKS     = 4000,
    LIMIT_INTERFACE    = 15,       /* name of a network device */
    LIMIT_DHCP_HOSTS   = 2000,     /* static leases, and leases, of one network */
    LIMIT_HOST_NICS    = 2000,
    LIMIT_GUEST_KINDS  = 2000,     /* in one reply of host.guest_kinds */
    LIMIT_TASKS        = 1000,
    LIMIT_SNAPSHOTS    = 1000,     /* of one VM */
    LIMIT_PICTURE      = 12 << 20, /* a VM's screen in base64 */
    LIMIT_VOLUMES      = 2000,     /* in one reply of volume.list; the next page follows with skip */
};

#endif
