/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network in sentences, for the Networks page. UI thread. */
#ifndef POOLCENTER_NETWORK_FACTS_H
#define POOLCENTER_NETWORK_FACTS_H

#include "client/core/text.h"
#include "client/win/note.h"
#include "protocol/types.h"

/* What it is and does; the caller frees. */
char *network_facts(const NetworkDetails *details);
/* What the user should know or do: not started, settings that wait, an error. NULL: nothing. network and details may be NULL. */
char *network_alert(const NetworkInfo *network, const NetworkDetails *details, const Error *error, NoteKind *ret_kind);

#endif
