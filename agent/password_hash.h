/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords as guests keep them. Any thread. */
#ifndef POOLCENTER_AGENT_PASSWORD_HASH_H
#define POOLCENTER_AGENT_PASSWORD_HASH_H

#include "protocol/error.h"

/* SHA-512 crypt with a new salt, by the host's libcrypt. ERR_NOT_SUPPORTED: it has none. The caller frees. */
int password_hash(const char *password, char **ret, Error *err);
/* Whether the text is a hash of crypt(3) and nothing else. */
bool password_is_hash(const char *text);
/* As Windows' answer files have passwords: base64 of UTF-16 of the password and the name of its element. The caller frees. ERR_INVALID_PARAMS: not UTF-8. */
int password_for_windows(const char *password, const char *element, char **ret, Error *err);

#endif
