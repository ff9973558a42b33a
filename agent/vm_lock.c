/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which VMs are locked: see vm_lock.h. A short list for the whole process; VMs have UUIDs, so agents of tests do not meet in it. */
#include "agent/vm_lock.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Locked {
    char *vm;
    const char *what;
    size_t readers; /* 0: somebody has it for himself */
    struct Locked *next;
} Locked;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static Locked *first;

static Locked **find(const char *vm)
{
    Locked **at = &first;
    while (*at && !str_equal((*at)->vm, vm))
        at = &(*at)->next;
    return at;
}

static int take(const char *vm, const char *name, const char *what, size_t readers, Error *err)
{
    int code = 0;
    pthread_mutex_lock(&guard);
    Locked **at = find(vm);
    if (*at && readers && (*at)->readers) {
        (*at)->readers++;
    } else if (*at) {
        code = error_set(err, ERR_BUSY, name, "%s", (*at)->what);
    } else {
        *at = x_calloc(1, sizeof **at);
        **at = (Locked){ x_strdup(vm), what, readers, NULL };
    }
    pthread_mutex_unlock(&guard);
    return code;
}

int vm_lock(const char *vm, const char *name, const char *what, Error *err) { return take(vm, name, what, 0, err); }
int vm_lock_shared(const char *vm, const char *name, const char *what, Error *err) { return take(vm, name, what, 1, err); }

void vm_unlock(const char *vm)
{
    pthread_mutex_lock(&guard);
    Locked **at = find(vm);
    Locked *gone = *at;
    if (gone && gone->readers > 1) {
        gone->readers--;
    } else if (gone) {
        *at = gone->next;
        free(gone->vm);
        free(gone);
    }
    pthread_mutex_unlock(&guard);
}

int vm_lock_check(const char *vm, const char *name, Error *err)
{
    pthread_mutex_lock(&guard);
    const Locked *found = *find(vm);
    int code = found ? error_set(err, ERR_BUSY, name, "%s", found->what) : 0;
    pthread_mutex_unlock(&guard);
    return code;
}
