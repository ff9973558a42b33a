/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt's descriptions of snapshots, and the changes that disks of domains need when images move. No libvirt calls; any thread. */
#ifndef POOLCENTER_AGENT_SNAPSHOT_XML_H
#define POOLCENTER_AGENT_SNAPSHOT_XML_H

#include "agent/xml.h"
#include "protocol/types.h"

/* A disk that snapshots and clones care for: writable, and not a drive. */
typedef struct DomainImage {
    char *target;
    char *path;   /* NULL: not a file or block device */
    char *format; /* "raw", "qcow2" ... as libvirt names it */
    bool block;
} DomainImage;

typedef struct DomainImages {
    DomainImage *items;
    size_t count;
    StrList others; /* targets of the disks that a snapshot leaves alone: CDs, read only, shared between VMs */
} DomainImages;

void domain_images_clear(DomainImages *images);
const DomainImage *domain_images_find(const DomainImages *images, const char *target);
/* Of a domain's description (its root element, or the element in a snapshot's). */
void domain_images_read(xmlNode *domain, DomainImages *ret);
int domain_images_parse(const char *xml, DomainImages *ret, Error *err);

typedef struct SnapshotFacts {
    SnapshotInfo info;    /* picture, quiesced, size and current are not told by libvirt's description */
    char *memory_file;    /* external memory */
    DomainImages images;  /* what the VM's disks were at that moment: frozen since then, if external */
} SnapshotFacts;

void snapshot_facts_clear(SnapshotFacts *facts);
int snapshot_xml_read(const char *xml, SnapshotFacts *ret, Error *err);

/* The image of one disk. */
typedef struct DiskSwap {
    const char *target;
    const char *path;
    const char *format;
} DiskSwap;

/* A new snapshot. overlays: the images that are laid over the disks; count 0: an internal one. others: targets that it leaves alone.
 * memory_file: NULL without. The caller frees. */
char *snapshot_xml_build(const char *name, const char *description, const DiskSwap *overlays, size_t count, const StrList *others, const char *memory_file);
/* The same description with other images (in the domain of a snapshot, if it is a snapshot's), with another description text (NULL: as it
 * is). The caller frees; NULL: it cannot be read. */
char *snapshot_xml_swap(const char *xml, const DiskSwap *swaps, size_t count, const char *description);
char *domain_xml_swap(const char *xml, const DiskSwap *swaps, size_t count);
/* The domain that a snapshot describes, as it was defined then, with other images. The caller frees. */
char *snapshot_xml_domain(const char *xml, const DiskSwap *swaps, size_t count);
/* Serializes the whole document of a node; the caller frees. */
char *xml_document_text(xmlNode *root);

#endif
