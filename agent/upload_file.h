/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in a datastore's directory, and the file an upload writes until it is complete. Plain file calls; any thread. */
#ifndef POOLCENTER_AGENT_UPLOAD_FILE_H
#define POOLCENTER_AGENT_UPLOAD_FILE_H

#include "protocol/error.h"

/* Whether name is one of our part files. */
bool upload_is_part_name(const char *name);
/* ERR_VOLUME_NAME_INVALID unless the name is fit for a file that a client on Windows can also hold. */
int volume_name_check(const char *name, Error *err);

#endif
