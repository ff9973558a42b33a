/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time zones by the names Windows has for them in all languages, like "W. Europe Standard Time". Any thread. */
#ifndef POOLCENTER_TIME_ZONES_H
#define POOLCENTER_TIME_ZONES_H

#include "protocol/types.h"

/* The zone of this computer; NULL: it has none with a name. The caller frees. */
char *time_zone_own(void);
/* All that this Windows knows, in the order of their names. */
void time_zones_list(StrList *ret);

#endif
