/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHANGELOG.md as plain text for a window. Any thread. */
#ifndef POOLCENTER_CHANGELOG_H
#define POOLCENTER_CHANGELOG_H

#include <stddef.h>

/* The sections ("## 1.2.3 ...") of versions newer than since, newest first; since NULL or not there: the newest section. Without Markdown's signs, lines end
 * with CR LF. "" when there is none. The caller frees. */
char *changelog_text(const char *markdown, size_t size, const char *since);

#endif
