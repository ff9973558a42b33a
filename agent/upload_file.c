/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and part files: see upload_file.h. */
#include "agent/upload_file.h"
#include "protocol/limits.h"

#include <string.h>

#define PART_PREFIX ".poolcenter-"
#define PART_SUFFIX ".part"

bool upload_is_part_name(const char *name)
{
    size_t length = strlen(name);
    return length > strlen(PART_PREFIX PART_SUFFIX) && strncmp(name, PART_PREFIX, strlen(PART_PREFIX)) == 0
        && strcmp(name + length - strlen(PART_SUFFIX), PART_SUFFIX) == 0;
}

static const char *what_is_wrong(const char *name)
{
    size_t length = strlen(name);
    if (length == 0)
        return "it is empty";
    if (length > LIMIT_NAME)
        return "it is longer than 255 bytes";
    if (name[0] == '.')
        return "it begins with a dot";
    if (strchr(name, '/') || strchr(name, '\\'))
        return "it contains a slash or a backslash";
    if (name[length - 1] == '.' || name[length - 1] == ' ')
        return "it ends with a dot or a space, which Windows cannot keep";
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return "it contains a control character";
    return NULL;
}

int volume_name_check(const char *name, Error *err)
{
    const char *wrong = what_is_wrong(name);
    return wrong ? error_set(err, ERR_VOLUME_NAME_INVALID, name, "%s", wrong) : 0;
}
