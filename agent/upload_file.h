/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in a datastore's directory, and the part file an upload writes until it is complete. Plain file calls that may wait: not on the loop. */
#ifndef POOLCENTER_AGENT_UPLOAD_FILE_H
#define POOLCENTER_AGENT_UPLOAD_FILE_H

#include "agent/upload_sink.h"

/* Whether name is one of our part files. */
bool upload_is_part_name(const char *name);
/* The path of a part file in that directory; the caller frees. id: what makes its name unique. */
char *upload_part_path(const char *directory, const char *id);
/* ERR_VOLUME_NAME_INVALID unless the name is fit for a file that a client on Windows can also hold. */
int volume_name_check(const char *name, Error *err);
/* Opens (or goes on with) the part file for name and size in directory and takes its space. ERR_NO_SPACE, ERR_IO. */
int upload_file_open(const UploadTarget *target, bool restart, UploadSink *ret, Error *err);
/* The permissions that a file of that contents gets: an ISO image is for everybody on the host, what may be somebody's disk for root (libvirt gives
 * it to the emulator's user while a VM runs). */
unsigned upload_mode(int fd);
/* Removes the part file, open or not. */
void upload_file_discard(const UploadTarget *target);
/* Removes part files nobody has touched for a week. */
void upload_sweep(const char *directory);
/* Removes all part files, if nothing else is in the directory and nobody has one of them open; none otherwise. name: of the datastore.
 * ERR_DATASTORE_NOT_EMPTY. */
int upload_parts_drop(const char *directory, const char *name, Error *err);

#endif
