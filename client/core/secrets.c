/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets of one connection: see secrets.h. */
#include "client/core/secrets.h"

#include "client/core/secret.h"

#include <stdlib.h>
#include <string.h>

static Secret *find(const Secrets *secrets, SecretKind kind, const char *name)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (secrets->items[i].kind == kind && str_equal(secrets->items[i].name, name))
            return &secrets->items[i];
    return NULL;
}

const char *secrets_find(const Secrets *secrets, SecretKind kind, const char *name)
{
    const Secret *secret = find(secrets, kind, name);
    return secret ? secret->value : NULL;
}

static void forget(Secret *secret)
{
    free(secret->name);
    secret_free(secret->value);
}

void secrets_put(Secrets *secrets, SecretKind kind, const char *name, const char *value)
{
    char *copy = secret_dup(value); /* value may be the one that goes */
    Secret *old = find(secrets, kind, name);
    if (old) {
        forget(old);
        *old = secrets->items[--secrets->count];
    }
    if (!copy)
        return;
    secrets->items = x_realloc(secrets->items, secrets->count + 1, sizeof *secrets->items);
    secrets->items[secrets->count++] = (Secret){ kind, x_strdup(str_or_empty(name)), copy };
}

void secrets_copy(Secrets *to, const Secrets *from)
{
    for (size_t i = 0; i < from->count; i++)
        secrets_put(to, from->items[i].kind, from->items[i].name, from->items[i].value);
}

void secrets_clear(Secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++)
        forget(&secrets->items[i]);
    free(secrets->items);
    *secrets = (Secrets){ 0 };
}

char *secrets_login_name(const char *user, const char *host, int port) { return x_printf("%s@%s:%d", str_or_empty(user), str_or_empty(host), port ? port : 22); }
