/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VMDKs that are a small text beside the files with their data ("monolithicFlat" and its like, as VMware's desktop products and ESX write them). Only flat
 * files beside the text are taken; where they lie, the caller looks. Plain functions, any thread.
 */
#ifndef POOLCENTER_AGENT_VMDK_PARTS_H
#define POOLCENTER_AGENT_VMDK_PARTS_H

#include "protocol/types.h"

enum { VMDK_TEXT_MAX = 64 << 10 };

/* Whether a file that begins so is such a text. */
bool vmdk_is_text(const char *bytes, size_t count);
/* Its files in order, which hold the disk's bytes as they are, and how many these are together. ERR_IMAGE_REFUSED: another kind, a difference to another
 * disk, or a name that leads elsewhere. */
int vmdk_text_read(const char *text, const char *name, StrList *ret_files, int64_t *ret_capacity, Error *err);

#endif
