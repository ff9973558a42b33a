/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of ifupdown's files, as lines: finding a device's stanzas, putting them aside and back. Pure functions, but for reading; any thread. */
#ifndef POOLCENTER_AGENT_NETWORK_INTERFACES_H
#define POOLCENTER_AGENT_NETWORK_INTERFACES_H

#include "protocol/types.h"

/* interfaces and all files of interfaces.d as one text; NULL: there is no ifupdown. The caller frees. */
char *interfaces_read_all(void);
/* Whether ifupdown reads the file, by the source and source-directory lines of the text of interfaces. */
bool interfaces_reads(const char *text, const char *path);
/* Whether it has a stanza "iface NAME". */
bool interfaces_has(const char *text, const char *name);
/* The option lines of NAME's stanza for a family (inet, inet6), and its method (dhcp, static ...) in *ret_method; NULL: none. Both are the
 * caller's. */
char *interfaces_options(const char *text, const char *name, const char *family, char **ret_method);
/* Of a bond's or VLAN's option lines: those that make the device (makes), or the others, which may move to a device that stands on it. The caller
 * frees. */
char *interfaces_split(const char *options, bool makes);
/* The text with the stanzas of NAME, and its name in auto and allow- lines, put aside as comments that begin with mark. */
char *interfaces_put_aside(const char *text, const char *name, const char *mark);
/* The text with everything that begins with mark back in place; and only that, in *ret_only (may be NULL). The callers frees both. */
char *interfaces_put_back(const char *text, const char *mark, char **ret_only);

#endif
