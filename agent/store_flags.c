/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of marks: see store_flags.h. Small, written as a whole. */
#include "agent/store_flags.h"
#include "protocol/datastore_type.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOW_SPACE_USUAL = 10 }; /* percent, where nobody has said anything */

struct StoreFlags {
    pthread_mutex_t lock;
    char *path;
    json_t *all; /* UUID: {iso, default, low} */
};

StoreFlags *store_flags_create(const char *state_dir)
{
    StoreFlags *flags = x_calloc(1, sizeof *flags);
    pthread_mutex_init(&flags->lock, NULL);
    flags->path = x_printf("%s/datastores.json", state_dir);
    flags->all = json_load_file(flags->path, 0, NULL);
    if (!json_is_object(flags->all)) {
        json_decref(flags->all);
        flags->all = json_object();
    }
    return flags;
}

void store_flags_free(StoreFlags *flags)
{
    if (!flags)
        return;
    json_decref(flags->all);
    free(flags->path);
    pthread_mutex_destroy(&flags->lock);
    free(flags);
}

void store_flags_apply(StoreFlags *flags, DatastoreInfo *datastore)
{
    pthread_mutex_lock(&flags->lock);
    const json_t *own = json_object_get(flags->all, datastore->id);
    datastore->iso_library = json_is_true(json_object_get(own, "iso"));
    datastore->is_default = json_is_true(json_object_get(own, "default"));
    datastore->low_space = own ? json_integer_value(json_object_get(own, "low")) : LOW_SPACE_USUAL;
    pthread_mutex_unlock(&flags->lock);
    datastore->low = datastore_works(datastore) && datastore->capacity > 0 && datastore->available / 100 * 100 < datastore->capacity / 100 * datastore->low_space;
}

/* The lock is held. */
static int save(const StoreFlags *flags, Error *err)
{
    AUTO_FREE char *unfinished = x_printf("%s.new", flags->path);
    char *text = json_dumps(flags->all, JSON_INDENT(1));
    int fd = text ? open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    free(text);
    return good && rename(unfinished, flags->path) == 0 ? 0 : error_set(err, ERR_IO, flags->path, "%s", strerror(why));
}

int store_flags_set(StoreFlags *flags, const DatastoreSetParams *params, Error *err)
{
    const char *id;
    json_t *other;
    pthread_mutex_lock(&flags->lock);
    if (params->is_default)
        json_object_foreach(flags->all, id, other)
            json_object_set_new(other, "default", json_false());
    json_object_set_new(flags->all, params->datastore, json_pack("{s:b, s:b, s:I}", "iso", params->iso_library, "default", params->is_default, "low",
                                                                 (json_int_t)params->low_space));
    int code = save(flags, err);
    pthread_mutex_unlock(&flags->lock);
    return code;
}

void store_flags_forget(StoreFlags *flags, const char *datastore)
{
    pthread_mutex_lock(&flags->lock);
    if (json_object_del(flags->all, datastore) == 0)
        save(flags, NULL);
    pthread_mutex_unlock(&flags->lock);
}
