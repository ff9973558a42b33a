/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Base64 (RFC 4648), read. Plain function, any thread. */
#ifndef POOLCENTER_AGENT_BASE64_H
#define POOLCENTER_AGENT_BASE64_H

/* Bytes of the text, blanks left out, into a buffer as long as the text; -1: not base64. */
long base64_decode(const char *text, char *ret);

#endif
