/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See secret.h. The size stands in front of the text. Any thread. */
#include "client/core/secret.h"

#include "client/core/port_secrets.h"

#include <string.h>

typedef struct SecretHead {
    size_t size; /* of the whole block */
    char text[];
} SecretHead;

char *secret_alloc(size_t size)
{
    SecretHead *head = port_secret_alloc(sizeof *head + size);
    head->size = sizeof *head + size;
    return head->text;
}

char *secret_dup(const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = secret_alloc(size);
    memcpy(copy, text, size);
    return copy;
}

void secret_free(char *secret)
{
    if (!secret)
        return;
    SecretHead *head = (SecretHead *)(void *)(secret - offsetof(SecretHead, text));
    port_secret_free(head, head->size);
}
