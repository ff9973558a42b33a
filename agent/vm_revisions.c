/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations that were told: see vm_revisions.h. A ring, kept as JSON text, which is smaller than the struct. */
#include "agent/vm_revisions.h"

#include <pthread.h>
#include <stdlib.h>

enum { REMEMBERED = 64, CONFIG_MAX = 256 << 10 /* larger ones are not worth it */ };

typedef struct Told {
    char *revision;
    char *config;
} Told;

struct VmRevisions {
    pthread_mutex_t lock;
    Told told[REMEMBERED];
    size_t next;
};

VmRevisions *vm_revisions_create(void)
{
    VmRevisions *revisions = x_calloc(1, sizeof *revisions);
    pthread_mutex_init(&revisions->lock, NULL);
    return revisions;
}

void vm_revisions_free(VmRevisions *revisions)
{
    if (!revisions)
        return;
    for (size_t i = 0; i < REMEMBERED; i++) {
        free(revisions->told[i].revision);
        free(revisions->told[i].config);
    }
    pthread_mutex_destroy(&revisions->lock);
    free(revisions);
}

static const Told *find(const VmRevisions *revisions, const char *revision)
{
    for (size_t i = 0; i < REMEMBERED; i++)
        if (revisions->told[i].revision && str_equal(revisions->told[i].revision, revision))
            return &revisions->told[i];
    return NULL;
}

void vm_revisions_put(VmRevisions *revisions, const char *revision, const VmConfig *config)
{
    pthread_mutex_lock(&revisions->lock);
    bool known = find(revisions, revision) != NULL;
    pthread_mutex_unlock(&revisions->lock);
    if (known)
        return;
    json_t *json = VmConfig_encode(config);
    char *text = json_dumpb(json, NULL, 0, JSON_COMPACT) <= CONFIG_MAX ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!text)
        return;
    pthread_mutex_lock(&revisions->lock);
    Told *told = &revisions->told[revisions->next++ % REMEMBERED];
    free(told->revision);
    free(told->config);
    *told = (Told){ x_strdup(revision), text };
    pthread_mutex_unlock(&revisions->lock);
}

bool vm_revisions_get(VmRevisions *revisions, const char *revision, VmConfig *ret)
{
    pthread_mutex_lock(&revisions->lock);
    const Told *told = find(revisions, revision);
    json_t *json = told ? json_loads(told->config, 0, NULL) : NULL;
    pthread_mutex_unlock(&revisions->lock);
    bool found = json && VmConfig_decode(json, UNKNOWN_IGNORE, ret, NULL) == 0;
    json_decref(json);
    return found;
}
