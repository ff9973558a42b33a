/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protocol_dump GOLDEN REFERENCE: writes the contract's golden text and its reference (docs/protocol.md). Run it after a deliberate change of messages.def. */
#include "tests/protocol/describe.h"

#include <stdio.h>
#include <stdlib.h>

static int put(const char *path, char *text)
{
    FILE *file = fopen(path, "wb");
    int failed = !file || fputs(text, file) < 0;
    if (file)
        failed |= fclose(file) != 0;
    free(text);
    if (failed)
        perror(path);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "Usage: protocol_dump tests/golden/protocol.txt docs/protocol.md\n");
        return 2;
    }
    return put(argv[1], describe_golden()) | put(argv[2], describe_reference());
}
