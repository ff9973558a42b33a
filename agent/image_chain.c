/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images on images: see image_chain.h. qcow2: docs/interop/qcow2.txt of QEMU. */
#include "agent/image_chain.h"
#include "agent/store_probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHAIN_MAX = 200, BACKING_MAX = 1023 };

static uint64_t big_endian(const unsigned char *bytes, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

static char *read_backing(int fd)
{
    unsigned char header[20];
    if (pread(fd, header, sizeof header, 0) != (ssize_t)sizeof header || memcmp(header, "QFI\xfb", 4) != 0)
        return NULL;
    uint64_t offset = big_endian(header + 8, 8);
    uint64_t length = big_endian(header + 16, 4);
    if (!offset || !length || length > BACKING_MAX || offset > INT32_MAX)
        return NULL;
    char *name = x_calloc(length + 1, 1);
    if (pread(fd, name, length, (off_t)offset) == (ssize_t)length)
        return name;
    free(name);
    return NULL;
}

/* Names may be relative to the image's directory. */
static char *beside(const char *path, const char *name)
{
    if (*name == '/')
        return x_strdup(name);
    return x_printf("%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
}

char *image_backing(const char *path)
{
    struct stat status;
    int fd = path && *path == '/' ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (fd < 0)
        return NULL;
    bool usable = fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
    AUTO_FREE char *name = usable ? read_backing(fd) : NULL;
    close(fd);
    return name ? beside(path, name) : NULL;
}

void image_chain(const char *path, StrList *ret)
{
    char *next = x_strdup(path);
    while (next && ret->count < CHAIN_MAX && !StrList_contains(ret, next)) {
        StrList_add(ret, next);
        char *below = image_backing(next);
        free(next);
        next = below;
    }
    free(next);
}

bool image_chain_has(const char *path, const char *below)
{
    AUTO(StrList_clear) StrList chain = { 0 };
    image_chain(path, &chain);
    return StrList_contains(&chain, below);
}

/* What is out of reach is told by scan_directory. */
static void add_child(Agent *agent, StrList *list, const char *file, const char *path)
{
    AUTO_FREE char *backing = store_probe_hides(agent->store_probes, file) ? NULL : image_backing(file);
    if (str_equal(backing, path) && !StrList_contains(list, file))
        StrList_add(list, file);
}

/* A server that does not answer may have any number of them: it is one itself then, so that nobody takes the image for free. */
static void scan_directory(Agent *agent, const char *directory, const char *path, StrList *ret)
{
    StoreSpace space;
    if (!store_probe_space(agent->store_probes, directory, &space)) {
        char *silent = x_printf("%s/ (does not answer)", directory);
        StrList_add(ret, silent);
        free(silent);
        return;
    }
    DIR *dir = opendir(directory);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        AUTO_FREE char *file = entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN ? x_printf("%s/%s", directory, entry->d_name) : NULL;
        if (file)
            add_child(agent, ret, file, path);
    }
    closedir(dir);
}

static void scan_datastores(Agent *agent, const char *path, StrList *ret)
{
    AUTO(StrList_clear) StrList ids = { 0 };
    AUTO(StrList_clear) StrList directories = { 0 };
    AUTO_FREE char *own = x_strdup(path);
    char *slash = strrchr(own, '/');
    if (slash)
        *slash = 0;
    inventory_directories(agent->inventory, &ids, &directories);
    if (!StrList_contains(&directories, own))
        StrList_add(&directories, own);
    for (size_t i = 0; i < directories.count; i++)
        scan_directory(agent, directories.items[i], path, ret);
}

void image_children(Agent *agent, const char *path, StrList *ret)
{
    AUTO(Inventory_clear) Inventory all = { 0 };
    scan_datastores(agent, path, ret);
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.vms.count; i++)
        for (size_t k = 0; k < all.vms.items[i].disks.count; k++)
            if (all.vms.items[i].disks.items[k].path)
                add_child(agent, ret, all.vms.items[i].disks.items[k].path, path);
}

static bool stands_on(Agent *agent, const VmInfo *vm, const char *path)
{
    for (size_t i = 0; i < vm->disks.count; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        if (disk->device == DISK_DEVICE_DISK && disk->path && !store_probe_hides(agent->store_probes, disk->path) && image_chain_has(disk->path, path))
            return true;
    }
    return false;
}

/* A file that is in no VM's chain: forgotten by its VM, or of one that another host runs. */
static bool has_owner(Agent *agent, const Inventory *all, const char *file)
{
    for (size_t i = 0; i < all->vms.count; i++)
        if (stands_on(agent, &all->vms.items[i], file))
            return true;
    return false;
}

void image_dependents(Agent *agent, const char *path, const char *except, StrList *ret)
{
    AUTO(Inventory_clear) Inventory all = { 0 };
    AUTO(StrList_clear) StrList children = { 0 };
    inventory_changes(agent->inventory, NULL, 0, &all);
    scan_datastores(agent, path, &children);
    for (size_t i = 0; i < all.vms.count; i++)
        if (!str_equal(all.vms.items[i].id, except) && stands_on(agent, &all.vms.items[i], path))
            StrList_add(ret, all.vms.items[i].name);
    for (size_t i = 0; i < children.count; i++)
        if (!has_owner(agent, &all, children.items[i]))
            StrList_add(ret, children.items[i]);
}

int image_check_free(Agent *agent, const char *path, const char *except, const char *name, Error *err)
{
    AUTO(StrList_clear) StrList users = { 0 };
    image_dependents(agent, path, except, &users);
    if (!users.count)
        return 0;
    AUTO_FREE char *names = x_strdup(users.items[0]);
    for (size_t i = 1; i < users.count && i < 5; i++) {
        AUTO_FREE char *before = names;
        names = x_printf("%s, %s", before, users.items[i]);
    }
    return error_set(err, ERR_TEMPLATE_IN_USE, name, "%s%s", names, users.count > 5 ? " and others" : "");
}

int64_t image_allocation(const char *path)
{
    struct stat status;
    return path && stat(path, &status) == 0 ? (int64_t)status.st_blocks * 512 : 0;
}
