/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locked volumes: see volume_locks.h. */
#include "agent/volume_locks.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Lock {
    char *path;
    const char *what;
    char *left;     /* id of the journal's entry whose job has ended without putting it in order; NULL: a job has it */
    size_t readers; /* 0: its holder changes it */
    size_t open;    /* those of the readers that need its name no more */
    struct Lock *next;
} Lock;

struct VolumeLocks {
    pthread_mutex_t lock;
    Lock *first;
};

static void lock_free(Lock *lock)
{
    free(lock->path);
    free(lock->left);
    free(lock);
}

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
        lock_free(lock);
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

typedef enum Purpose { TO_CHANGE, TO_READ, TO_PASS_ON, TO_DELETE } Purpose;

static int take(VolumeLocks *locks, const char *path, const char *name, const char *what, Purpose purpose, Error *err)
{
    pthread_mutex_lock(&locks->lock);
    Lock *lock = find(locks, path);
    bool busy = lock && (!lock->readers || purpose == TO_CHANGE);
    int code = busy ? error_set(err, ERR_BUSY, name, "%s", lock->what) : 0;
    if (!lock) {
        lock = x_calloc(1, sizeof *lock);
        *lock = (Lock){ .path = x_strdup(path), .what = what, .next = locks->first };
        locks->first = lock;
    }
    if (!busy) {
        lock->readers += purpose != TO_CHANGE;
        lock->open += purpose == TO_PASS_ON;
    }
    pthread_mutex_unlock(&locks->lock);
    return code;
}

int volume_lock(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err) { return take(locks, path, name, what, TO_CHANGE, err); }

int volume_lock_read(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err)
{
    return take(locks, path, name, what, TO_READ, err);
}

int volume_lock_open(VolumeLocks *locks, const char *path, const char *name, const char *what, Error *err)
{
    return take(locks, path, name, what, TO_PASS_ON, err);
}

static void release(VolumeLocks *locks, const char *path, bool open)
{
    pthread_mutex_lock(&locks->lock);
    for (Lock **at = &locks->first; *at; at = &(*at)->next) {
        Lock *lock = *at;
        if (!str_equal(lock->path, path))
            continue;
        lock->open -= open && lock->open;
        if (lock->readers > 1) {
            lock->readers--;
            break;
        }
        *at = lock->next;
        lock_free(lock);
        break;
    }
    pthread_mutex_unlock(&locks->lock);
}

void volume_lock_leave(VolumeLocks *locks, const char *path, const char *entry)
{
    pthread_mutex_lock(&locks->lock);
    Lock *lock = find(locks, path);
    if (lock && !lock->left)
        lock->left = x_strdup(entry);
    pthread_mutex_unlock(&locks->lock);
}

void volume_unlock_left(VolumeLocks *locks, const char *path, const char *entry)
{
    pthread_mutex_lock(&locks->lock);
    const Lock *lock = find(locks, path);
    bool ours = lock && str_equal(lock->left, entry);
    pthread_mutex_unlock(&locks->lock);
    if (ours) /* nobody else can let go of it meanwhile */
        release(locks, path, false);
}

void volume_unlock(VolumeLocks *locks, const char *path) { release(locks, path, false); }
void volume_unlock_open(VolumeLocks *locks, const char *path) { release(locks, path, true); }

static int check(VolumeLocks *locks, const char *path, const char *name, Purpose purpose, Error *err)
{
    pthread_mutex_lock(&locks->lock);
    const Lock *other = path ? find(locks, path) : NULL;
    bool fine = !other || (other->readers && (purpose == TO_READ || (purpose == TO_DELETE && other->readers == other->open)));
    int code = fine ? 0 : error_set(err, ERR_BUSY, name, "%s", other->what);
    pthread_mutex_unlock(&locks->lock);
    return code;
}

int volume_lock_check(VolumeLocks *locks, const char *path, const char *name, Error *err) { return check(locks, path, name, TO_CHANGE, err); }
int volume_lock_check_read(VolumeLocks *locks, const char *path, const char *name, Error *err) { return check(locks, path, name, TO_READ, err); }
int volume_lock_check_name(VolumeLocks *locks, const char *path, const char *name, Error *err) { return check(locks, path, name, TO_DELETE, err); }

int volume_lock_check_vm(VolumeLocks *locks, const VmInfo *vm, Error *err)
{
    int code = 0;
    for (size_t i = 0; i < vm->disks.count && code == 0; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        bool reads = disk->readonly || disk->device == DISK_DEVICE_CDROM;
        code = check(locks, disk->path, disk->volume ? disk->volume : disk->path, reads ? TO_READ : TO_CHANGE, err);
    }
    return code;
}
