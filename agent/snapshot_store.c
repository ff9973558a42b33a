/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of snapshots: see snapshot_store.h. Files are named after a UUID made from the snapshot's name, which may hold any character. */
#include "agent/snapshot_store.h"
#include "agent/ident.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_SUFFIX ".json"

static char *folder_of(Agent *agent, const char *vm) { return x_printf("%s/snapshots/%s", agent->config.state_dir, vm); }

static void make_folder(Agent *agent, const char *vm)
{
    AUTO_FREE char *all = x_printf("%s/snapshots", agent->config.state_dir);
    AUTO_FREE char *own = folder_of(agent, vm);
    mkdir(all, 0700);
    mkdir(own, 0700);
}

char *snapshot_record_file(Agent *agent, const char *vm, const char *name, const char *suffix)
{
    char id[LIMIT_UUID + 1];
    uuid_from_text(name, id);
    AUTO_FREE char *folder = folder_of(agent, vm);
    make_folder(agent, vm);
    return x_printf("%s/%s%s", folder, id, suffix);
}

json_t *snapshot_record_read(Agent *agent, const char *vm, const char *name)
{
    AUTO_FREE char *path = snapshot_record_file(agent, vm, name, RECORD_SUFFIX);
    json_t *record = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(record))
        return record;
    json_decref(record);
    return json_object();
}

bool snapshot_record_flag(Agent *agent, const char *vm, const char *name, const char *field)
{
    json_t *record = snapshot_record_read(agent, vm, name);
    bool set = json_is_true(json_object_get(record, field));
    json_decref(record);
    return set;
}

static bool write_synced(const char *path, const char *text)
{
    size_t length = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool written = fd >= 0 && write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return written;
}

static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

int snapshot_record_write(Agent *agent, const char *vm, const char *name, const json_t *record, Error *err)
{
    AUTO_FREE char *path = snapshot_record_file(agent, vm, name, RECORD_SUFFIX);
    AUTO_FREE char *fresh = x_printf("%s.new", path);
    AUTO_FREE char *folder = folder_of(agent, vm);
    json_t *whole = json_deep_copy(record);
    json_object_set_new(whole, "name", json_string(name));
    AUTO_FREE char *text = json_dumps(whole, JSON_SORT_KEYS);
    json_decref(whole);
    if (!text || !write_synced(fresh, text) || rename(fresh, path) < 0)
        return error_set(err, ERR_IO, path, "%s", strerror(errno));
    sync_folder(folder);
    return 0;
}

void snapshot_record_drop(Agent *agent, const char *vm, const char *name)
{
    static const char *const suffixes[] = { SNAPSHOT_PICTURE, SNAPSHOT_NVRAM, RECORD_SUFFIX ".new", RECORD_SUFFIX };
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        AUTO_FREE char *path = snapshot_record_file(agent, vm, name, suffixes[i]);
        unlink(path);
    }
    AUTO_FREE char *folder = folder_of(agent, vm);
    rmdir(folder);
}

void snapshot_records_drop(Agent *agent, const char *vm)
{
    AUTO_FREE char *folder = folder_of(agent, vm);
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(folder);
}

size_t snapshot_records_deleted(Agent *agent, const char *vm)
{
    size_t count = 0;
    AUTO_FREE char *folder = folder_of(agent, vm);
    DIR *dir = opendir(folder);
    if (!dir)
        return 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        if (length < strlen(RECORD_SUFFIX) || strcmp(entry->d_name + length - strlen(RECORD_SUFFIX), RECORD_SUFFIX) != 0)
            continue;
        AUTO_FREE char *path = x_printf("%s/%s", folder, entry->d_name);
        json_t *record = json_load_file(path, 0, NULL);
        count += json_is_true(json_object_get(record, "deleted"));
        json_decref(record);
    }
    closedir(dir);
    return count;
}
