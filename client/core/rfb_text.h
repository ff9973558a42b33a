/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of the RFB protocol: pure functions, any thread. What servers send is never trusted to be text. */
#ifndef POOLCENTER_RFB_TEXT_H
#define POOLCENTER_RFB_TEXT_H

#include <stddef.h>

/* Minor version (3, 7, 8) to speak with a server that greets with these 12 bytes; -1: it is no VNC server. */
int rfb_text_version(const char bytes[12]);
/* Copies what is printable ASCII, on one line, cut to size (with the NUL), without a full stop at the end. */
void rfb_text_clean(const char *line, char *ret, size_t size);

/* The clipboard; line ends become \n. The caller frees. */
char *rfb_text_from_latin1(const char *bytes, size_t size);
char *rfb_text_from_utf8(const char *bytes, size_t size); /* broken bytes become U+FFFD */
char *rfb_text_to_latin1(const char *utf8);               /* what Latin-1 does not have becomes ? */

#endif
