/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Base64 (RFC 4648). Plain functions, any thread. */
#ifndef POOLCENTER_AGENT_BASE64_H
#define POOLCENTER_AGENT_BASE64_H

#include <stddef.h>

/* Bytes of the text, blanks left out, into a buffer as long as the text; -1: not base64. */
long base64_decode(const char *text, char *ret);
/* The caller frees. */
char *base64_encode(const unsigned char *bytes, size_t size);

#endif
