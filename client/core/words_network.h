/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of networks and of the host's network cards as words for people. Any thread. */
#ifndef POOLCENTER_WORDS_NETWORK_H
#define POOLCENTER_WORDS_NETWORK_H

#include "client/core/text.h"
#include "protocol/types.h"

TextId words_network_mode(NetworkMode mode);
/* One sentence on what guests of such a network can do. */
TextId words_network_mode_about(NetworkMode mode);
/* Of one in the inventory, which may have a mode PoolCenter does not know; static or borrowed. */
const char *words_network_kind(const NetworkInfo *network);
TextId words_nic_kind(HostNicKind kind);

#endif
