/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading osinfo-db, libosinfo's database of operating systems: a folder of small XML files that most distributions have as a package of their own.
 * The files are data that libxml2 reads; libosinfo itself is not needed. Everything is bounded, files that make no sense are left out.
 * Plain file calls that wait: workers. Freed by whoever has read it.
 */
#ifndef POOLCENTER_AGENT_OSINFO_H
#define POOLCENTER_AGENT_OSINFO_H

#include "protocol/types.h"

enum { OSINFO_DEVICES = 5, OSINFO_PARENTS = 4, OSINFO_MEDIA_MAX = 200, OSINFO_SYSTEMS_MAX = 5000 };

/* What its installer may have drivers for. */
typedef enum OsinfoDevice { OSINFO_VIRTIO_DISK, OSINFO_VIRTIO_NET, OSINFO_E1000E, OSINFO_E1000, OSINFO_RTL8139 } OsinfoDevice;

typedef struct OsinfoResources {
    int64_t vcpus, memory, disk; /* 0: not told */
} OsinfoResources;

/* The descriptor of an ISO has to match all patterns that are there. */
typedef struct OsinfoMedia {
    char *arch;
    char *volume, *system, *publisher, *application; /* extended regular expressions; NULL: anything */
    int64_t size;                                    /* bytes; 0: any */
} OsinfoMedia;

typedef struct OsinfoSystem {
    char *url;                     /* its name inside the database */
    char *id;                      /* short id */
    char *name, *version, *vendor, *family, *distro;
    int64_t released, ends;        /* ms; 0: not told */
    char *parents[OSINFO_PARENTS]; /* urls of what it derives from */
    bool devices[OSINFO_DEVICES];  /* its own, without those of its parents */
    bool without_bios;
    bool cloud_init;               /* has images that do it */
    bool inherits;                 /* resources that it does not tell are its parent's */
    OsinfoResources minimum, recommended;
    OsinfoMedia *media;
    size_t media_count;
} OsinfoSystem;

typedef struct Osinfo {
    OsinfoSystem *items;
    size_t count;
    char *version; /* of the database; NULL: none was found */
} Osinfo;

/* Reads all systems below FOLDER/os of each folder; a system that a later folder has again replaces the earlier one. Folders that are not there are fine. */
void osinfo_read(const StrList *folders, Osinfo *ret);
void osinfo_clear(Osinfo *osinfo);
/* One file's systems, added to what is there. false: it is none of the database's. */
bool osinfo_parse(const char *text, size_t length, Osinfo *osinfo);
/* Only in what osinfo_read has read. NULL: unknown. */
const OsinfoSystem *osinfo_find(const Osinfo *osinfo, const char *url);

/* Something that changes when one of the folders has changed. */
uint64_t osinfo_stamp(const StrList *folders);

#endif
