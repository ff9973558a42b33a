/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locked volumes: see volume_locks.h. */
#include "agent/volume_locks.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Lock {
    char *path;
    const char *what;
    size_t readers; /* 0: its holder changes it */
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
static Lock *find(const VolumeLocks *locks, const char *path)
{
    Lock *lock = locks->first;
    while (lock && !str_equal(lock->path, path))
        lock = lock->next;
    return lock;
}

static int take(VolumeLocks *locks, const char *path, const char *name, const char *what, size_t readers, Error *err)
{
    pthread_mutex_lock(&locks->lock);
    Lock *other = find(locks, path);
    bool shared = other && other->readers && readers;
    int code = other && !shared ? error_set(err, ERR_BUSY, name, "%s", other->what) : 0;
    if (shared) {
        other->readers++;
    } else if (code == 0) {
        Lock *lock = x_calloc(1, sizeof *lock);
        *lock = (Lock){ x_strdup(path), what, readers, locks->first };
        locks->first = lock;
    }
    pthread_mutex_unlock(&locks->lock);
    return code;
}

int volume_lock(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err) { return take(locks, path, name, what, 0, err); }

int volume_lock_read(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err)
{
    return take(locks, path, name, what, 1, err);
}

void volume_unlock(VolumeLocks *locks, const char *path)
{
    pthread_mutex_lock(&locks->lock);
    for (Lock **at = &locks->first; *at; at = &(*at)->next) {
        Lock *lock = *at;
        if (!str_equal(lock->path, path))
            continue;
        if (lock->readers > 1) {
            lock->readers--;
            break;
        }
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
