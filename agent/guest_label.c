/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume descriptors: see guest_label.h. Offsets are those of ECMA-119, 8.4. */
#include "agent/guest_label.h"

#include <string.h>
#include <unistd.h>

enum { PRIMARY = 1, TERMINATOR = 255, SYSTEM_AT = 8, VOLUME_AT = 40, BLOCKS_AT = 80, BLOCK_SIZE_AT = 128, PUBLISHER_AT = 318, APPLICATION_AT = 574 };

static void take_text(const unsigned char *bytes, size_t length, char *ret)
{
    size_t count = 0;
    for (; count < length && bytes[count]; count++)
        ret[count] = bytes[count] >= ' ' && bytes[count] < 127 ? (char)bytes[count] : '?';
    while (count && ret[count - 1] == ' ')
        count--;
    ret[count] = 0;
}

static int64_t little_endian(const unsigned char *bytes, int count)
{
    int64_t number = 0;
    while (count--)
        number = number << 8 | bytes[count];
    return number;
}

bool guest_label_parse(const unsigned char *bytes, size_t count, GuestLabel *ret)
{
    for (; count >= GUEST_LABEL_SECTOR; bytes += GUEST_LABEL_SECTOR, count -= GUEST_LABEL_SECTOR) {
        if (memcmp(bytes + 1, "CD001", 5) != 0 || bytes[0] == TERMINATOR)
            return false;
        if (bytes[0] != PRIMARY)
            continue;
        *ret = (GuestLabel){ .size = little_endian(bytes + BLOCKS_AT, 4) * little_endian(bytes + BLOCK_SIZE_AT, 2) };
        take_text(bytes + SYSTEM_AT, sizeof ret->system - 1, ret->system);
        take_text(bytes + VOLUME_AT, sizeof ret->volume - 1, ret->volume);
        take_text(bytes + PUBLISHER_AT, sizeof ret->publisher - 1, ret->publisher);
        take_text(bytes + APPLICATION_AT, sizeof ret->application - 1, ret->application);
        return true;
    }
    return false;
}

bool guest_label_read(int fd, GuestLabel *ret)
{
    unsigned char bytes[GUEST_LABEL_SECTORS * GUEST_LABEL_SECTOR];
    ssize_t count = pread(fd, bytes, sizeof bytes, GUEST_LABEL_START);
    return count > 0 && guest_label_parse(bytes, (size_t)count, ret);
}
