/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which names are about to be given: see name_claims.h. A short list for the whole process. */
#include "agent/name_claims.h"
#include "protocol/util.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Claim {
    const void *owner;
    char *name;
    struct Claim *next;
} Claim;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static Claim *first;

static Claim **find(const char *name)
{
    Claim **at = &first;
    while (*at && !str_equal((*at)->name, name))
        at = &(*at)->next;
    return at;
}

bool name_claim(const void *owner, const char *name)
{
    pthread_mutex_lock(&guard);
    Claim **at = find(name);
    bool free_or_own = !*at || (*at)->owner == owner;
    if (!*at) {
        *at = x_calloc(1, sizeof **at);
        **at = (Claim){ owner, x_strdup(name), NULL };
    }
    pthread_mutex_unlock(&guard);
    return free_or_own;
}

bool name_claim_vm(const void *owner, int driver, const char *name)
{
    AUTO_FREE char *whole = x_printf("vm/%d/%s", driver, name);
    return name_claim(owner, whole);
}

void name_claims_drop(const void *owner)
{
    pthread_mutex_lock(&guard);
    for (Claim **at = &first; *at;) {
        Claim *claim = *at;
        if (claim->owner != owner) {
            at = &claim->next;
            continue;
        }
        *at = claim->next;
        free(claim->name);
        free(claim);
    }
    pthread_mutex_unlock(&guard);
}
