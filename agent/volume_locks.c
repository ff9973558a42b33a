/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locked volumes: see volume_locks.h. */
#include "agent/volume_locks.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Lock {
    char *path;
    const char *what;
    struct Lock *next;
} Lock;

struct VolumeLocks {
    pthread_mutex_t lock;
    Lock *first;
};

VolumeLocks *volume_locks_create(void)
{
    VolumeLocks *locks = x_calloc(1, sizeof *locks);
    pthread_mutex_init(&locks->lock, NULL);
    return locks;
}

void volume_locks_free(VolumeLocks *locks)
{
    if (!locks)
        return;
    while (locks->first) {
        Lock *lock = locks->first;
        locks->first = lock->next;
        free(lock->path);
        free(lock);
    }
    pthread_mutex_destroy(&locks->lock);
    free(locks);
}

/* The mutex is held. */
static const Lock *find(const VolumeLocks *locks, const char *path)
{
    const Lock *lock = locks->first;
    while (lock && !str_equal(lock->path, path))
        lock = lock->next;
    return lock;
}

int volume_lock(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err)
{
    pthread_mutex_lock(&locks->lock);
    const Lock *other = find(locks, path);
    int code = other ? error_set(err, ERR_BUSY, name, "%s", other->what) : 0;
    if (code == 0) {
        Lock *lock = x_calloc(1, sizeof *lock);
        *lock = (Lock){ x_strdup(path), what, locks->first };
        locks->first = lock;
    }
    pthread_mutex_unlock(&locks->lock);
    return code;
}

void volume_unlock(VolumeLocks *locks, const char *path)
{
    pthread_mutex_lock(&locks->lock);
    for (Lock **at = &locks->first; *at; at = &(*at)->next) {
        Lock *lock = *at;
        if (!str_equal(lock->path, path))
            continue;
        *at = lock->next;
        free(lock->path);
        free(lock);
        break;
    }
    pthread_mutex_unlock(&locks->lock);
}

int volume_lock_check(VolumeLocks *locks, const char *path, const char *name, Error *err)
{
    pthread_mutex_lock(&locks->lock);
    const Lock *other = path ? find(locks, path) : NULL;
    int code = other ? error_set(err, ERR_BUSY, name, "%s", other->what) : 0;
    pthread_mutex_unlock(&locks->lock);
    return code;
}

int volume_lock_check_vm(VolumeLocks *locks, const VmInfo *vm, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < vm->disks.count && code == 0; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        code = volume_lock_check(locks, disk->path, disk->volume ? disk->volume : disk->path, err);
    }
    return code;
}
