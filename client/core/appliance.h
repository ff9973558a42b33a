/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VMs in files that are to be imported, without a window: what is sent of a local file to have it looked at, what the import asks for by default, and which
 * files belong to it.
 */
#ifndef POOLCENTER_APPLIANCE_H
#define POOLCENTER_APPLIANCE_H

#include "client/core/server.h"

/* Reads the beginning of a local file for import.inspect. Any thread. ERR_FILE_OPEN, ERR_FILE_READ. */
int appliance_head(const char *path, ImportInspectParams *ret, Error *err);
/* Whether the name ends like a file that can be imported: .ova, .ovf, disk images, libvirt's .xml. */
bool appliance_is_file(const char *path);
/* The local files that an import of this one needs, itself last: disks and manifest beside a description. Any thread. */
void appliance_files(const char *path, const Appliance *about, StrList *ret);

/* The id of the datastore that a local file goes to on its way in: that of the disks, or where it holds no files the default one, or else the one with
 * most room; borrowed from the model. NULL: none of the active ones holds files. UI thread. */
const char *appliance_store(const Server *server, const char *disks);

/* One of several VMs in a package, by its id or, where only one has it, its name. NULL: none, or it holds only one. */
const ApplianceMachine *appliance_machine(const Appliance *about, const char *word);

/* What the import asks for unless the user wants something else: a name not yet used, sizes of the file or of its guest kind, disks on buses that its guest
 * has drivers for, cards in networks of the same name or else in the first. volume: the file's name in the datastore. UI thread. */
void appliance_request(const Server *server, const Appliance *about, const char *datastore, const char *volume, VmImportParams *ret);

#endif
