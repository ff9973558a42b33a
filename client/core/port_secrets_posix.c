/* SPDX-License-Identifier: GPL-3.0-or-later */
/* port_secrets.h for Linux: no store that is there on every machine, so a master password's file (vault.h) is the only one. Any thread. */
#include "client/core/port_secrets.h"

#include "protocol/util.h"

#include <stdlib.h>
#include <sys/mman.h>

void *port_secret_alloc(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    /* Both may be refused (RLIMIT_MEMLOCK): the secret is usable all the same. */
    (void)mlock(memory, size);
    (void)madvise(memory, size, MADV_DONTDUMP);
    return memory;
}

void port_secret_free(void *memory, size_t size)
{
    if (!memory)
        return;
    x_wipe(memory, size);
    munmap(memory, size);
}

bool port_store_exists(void) { return false; }

int port_store_find(const char *name, char **ret, Error *err)
{
    (void)name, (void)ret, (void)err;
    return 1;
}

int port_store_put(const char *name, const char *user, const char *secret, Error *err)
{
    (void)user, (void)secret;
    return error_set(err, ERR_CREDENTIALS, name, "this system has no store of passwords; set a master password");
}

int port_store_remove(const char *name, Error *err)
{
    (void)name, (void)err;
    return 0;
}

void port_store_remove_all(const char *prefix) { (void)prefix; }
