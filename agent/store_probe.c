/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions and their threads: see store_probe.h. */
#include "agent/store_probe.h"

#include "agent/image.h"
#include "agent/loop.h"
#include "agent/upload_file.h"
#include "agent/workers.h"

#include <linux/magic.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <time.h>

/* statfs(2); older kernel headers do not have all of them. */
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42
#endif
#ifndef CEPH_SUPER_MAGIC
#define CEPH_SUPER_MAGIC 0x00c36400
#endif
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

enum { PATIENCE_MS = 1000, REFRESH_MS = 300000 };

/* What is asked: a directory, or a pool by its UUID. They stay: there are as many as the host has had datastores. */
typedef struct Place {
    char *name;
    bool busy;     /* a question is open */
    bool sweeps;   /* a thread removes what uploads have left */
    bool remote;   /* a server's */
    int64_t asked; /* clock_ms() of the last question */
    struct Place *next;
} Place;

struct StoreProbes {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int refs; /* its owner's and those of open questions */
    Place *first;
};

typedef struct Question {
    StoreProbes *probes;
    Place *place;
    int refs; /* who asks, and the thread */
    bool answered;
    StoreSpace space;
    bool remote;
    bool sweeps; /* of a datastore: removes what uploads have left there, too */
    char *image; /* asked for its size; NULL: the directory for its space */
    VolumeFormat format;
    int64_t size;
    virStoragePoolPtr pool; /* to be read again */
} Question;

StoreProbes *store_probes_create(void)
{
    StoreProbes *probes = x_calloc(1, sizeof *probes);
    pthread_mutex_init(&probes->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&probes->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    probes->refs = 1;
    return probes;
}

/* With the lock held, which is given back. */
static void unlock_unref(StoreProbes *probes)
{
    bool last = --probes->refs == 0;
    pthread_mutex_unlock(&probes->lock);
    if (!last)
        return;
    while (probes->first) {
        Place *place = probes->first;
        probes->first = place->next;
        free(place->name);
        free(place);
    }
    pthread_cond_destroy(&probes->changed);
    pthread_mutex_destroy(&probes->lock);
    free(probes);
}

void store_probes_free(StoreProbes *probes)
{
    if (!probes)
        return;
    pthread_mutex_lock(&probes->lock);
    unlock_unref(probes);
}

/* ---------------------------------------------------------------- places; the lock is held */

static Place *find(StoreProbes *probes, const char *name)
{
    Place *place = probes->first;
    while (place && !str_equal(place->name, name))
        place = place->next;
    return place;
}

static Place *find_or_add(StoreProbes *probes, const char *name)
{
    Place *place = find(probes, name);
    if (!place) {
        place = x_calloc(1, sizeof *place);
        *place = (Place){ .name = x_strdup(name), .asked = clock_ms(), .next = probes->first };
        probes->first = place;
    }
    return place;
}

static bool is_silent(const Place *place) { return place->busy && clock_ms() - place->asked >= PATIENCE_MS; }

/* The directory that the file is in, at any depth, if it has not answered, or (remote) is a server's. */
static Place *find_above(StoreProbes *probes, const char *path, bool remote)
{
    for (Place *place = probes->first; place; place = place->next) {
        size_t length = strlen(place->name);
        if (((remote && place->remote) || is_silent(place)) && strncmp(place->name, path, length) == 0 && path[length] == '/')
            return place;
    }
    return NULL;
}

/* ---------------------------------------------------------------- asking */

static void question_unref(Question *question)
{
    if (--question->refs)
        return;
    free(question->image);
    free(question);
}

static bool is_server(const struct statfs *facts)
{
    static const unsigned servers[] = { NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, FUSE_SUPER_MAGIC,
                                        V9FS_MAGIC, AFS_SUPER_MAGIC, OCFS2_SUPER_MAGIC, CODA_SUPER_MAGIC };
    for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
        if ((unsigned)facts->f_type == servers[i])
            return true;
    return false;
}

/* Runs without the lock. */
static void answer(Question *question)
{
    struct statfs facts;
    if (question->pool) {
        virStoragePoolRefresh(question->pool, 0);
        virStoragePoolFree(question->pool);
    } else if (question->image) {
        question->size = image_capacity(question->image, question->format);
    } else if (statfs(question->place->name, &facts) == 0) {
        question->space = (StoreSpace){ (int64_t)facts.f_blocks * facts.f_frsize, (int64_t)facts.f_bfree * facts.f_frsize };
        question->remote = is_server(&facts);
    }
}

static void question_main(void *context)
{
    Question *question = context;
    StoreProbes *probes = question->probes;
    Place *place = question->place;
    bool directory = !question->pool && !question->image;
    bool question_sweeps = question->sweeps;
    answer(question);
    pthread_mutex_lock(&probes->lock);
    question->answered = true;
    if (directory)
        place->remote = question->remote;
    question_unref(question);
    pthread_cond_broadcast(&probes->changed);
    place->busy = false;
    bool sweeps = question_sweeps && !place->sweeps;
    place->sweeps |= sweeps;
    pthread_cond_broadcast(&probes->changed);
    if (sweeps) { /* a large folder takes long, and nobody waits for it */
        pthread_mutex_unlock(&probes->lock);
        upload_sweep(place->name);
        pthread_mutex_lock(&probes->lock);
        place->sweeps = false;
    }
    unlock_unref(probes);
}

/* With the lock held. False: there is no thread to be had. */
static bool begin(Question *question)
{
    StoreProbes *probes = question->probes;
    question->refs++;
    probes->refs++;
    question->place->busy = true;
    question->place->asked = clock_ms();
    if (thread_start(question_main, question))
        return true;
    question->place->busy = false;
    question->refs--;
    probes->refs--;
    return false;
}

/* With the lock held. Waits for an earlier question first, and then for the answer. */
static bool ask(Question *question)
{
    StoreProbes *probes = question->probes;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    int waited = 0;
    while (question->place->busy && !is_silent(question->place) && waited == 0)
        waited = pthread_cond_timedwait(&probes->changed, &probes->lock, &until);
    if (question->place->busy || !begin(question))
        return false;
    while (!question->answered && waited == 0)
        waited = pthread_cond_timedwait(&probes->changed, &probes->lock, &until);
    return question->answered;
}

static Question *question_create(StoreProbes *probes, Place *place)
{
    Question *question = x_calloc(1, sizeof *question);
    *question = (Question){ .probes = probes, .place = place, .refs = 1 };
    return question;
}

bool store_probe_space(StoreProbes *probes, const char *directory, StoreSpace *ret)
{
    pthread_mutex_lock(&probes->lock);
    Question *question = question_create(probes, find_or_add(probes, directory));
    question->sweeps = true;
    bool answered = ask(question);
    if (answered)
        *ret = question->space;
    question_unref(question);
    pthread_mutex_unlock(&probes->lock);
    return answered;
}

/* With the lock held. */
static bool reaches(StoreProbes *probes, const char *folder)
{
    Question *question = question_create(probes, find_or_add(probes, folder));
    bool answered = ask(question);
    question_unref(question);
    return answered;
}

static char *folder_of(const char *path) { return x_strndup(path, (size_t)(strrchr(path, '/') - path)); }

bool store_probe_reaches(StoreProbes *probes, const char *path)
{
    AUTO_FREE char *folder = folder_of(path);
    pthread_mutex_lock(&probes->lock);
    bool answered = !*folder || reaches(probes, folder);
    pthread_mutex_unlock(&probes->lock);
    return answered;
}

int64_t store_probe_image(StoreProbes *probes, const char *path, VolumeFormat format)
{
    AUTO_FREE char *folder = folder_of(path);
    pthread_mutex_lock(&probes->lock);
    if (*folder && !find(probes, folder) && !find_above(probes, path, true))
        reaches(probes, folder); /* what it is; once */
    Place *place = find_above(probes, path, true);
    Question *question = place ? question_create(probes, place) : NULL;
    if (!question) {
        pthread_mutex_unlock(&probes->lock);
        return image_capacity(path, format);
    }
    question->image = x_strdup(path);
    question->format = format;
    int64_t size = ask(question) ? question->size : -1;
    question_unref(question);
    pthread_mutex_unlock(&probes->lock);
    return size;
}

bool store_probe_silent(StoreProbes *probes, const char *directory)
{
    pthread_mutex_lock(&probes->lock);
    const Place *place = find(probes, directory);
    bool silent = place && is_silent(place);
    pthread_mutex_unlock(&probes->lock);
    return silent;
}

bool store_probe_hides(StoreProbes *probes, const char *path)
{
    pthread_mutex_lock(&probes->lock);
    bool hidden = find_above(probes, path, false) != NULL;
    pthread_mutex_unlock(&probes->lock);
    return hidden;
}

void store_probe_refresh(StoreProbes *probes, virStoragePoolPtr pool, const char *id)
{
    pthread_mutex_lock(&probes->lock);
    Place *place = find_or_add(probes, id);
    if (!place->busy && clock_ms() - place->asked >= REFRESH_MS && virStoragePoolRef(pool) == 0) {
        Question *question = question_create(probes, place);
        question->pool = pool;
        if (!begin(question))
            virStoragePoolFree(pool);
        question_unref(question);
    }
    pthread_mutex_unlock(&probes->lock);
}
