/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listening sockets: see listen_socket.h. The access list is written as the kernel stores it (linux/posix_acl_xattr.h), which needs no library;
 * a file system without access lists leaves the socket to root and the socket group.
 */
#include "agent/listen_socket.h"
#include "agent/log.h"

#include <endian.h>
#include <errno.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BACKLOG = 64, GROUPS_MAX = 64, READ_WRITE = ACL_READ | ACL_WRITE };

static bool somebody_listens(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered = probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
    if (probe >= 0)
        close(probe);
    return answered;
}

/*
 * A socket file nobody listens on any more is left by an agent that was killed. A program that it was about to start has its socket, too, until
 * it is another program: the lock of the state folder, which is held by now, tells that no agent is left, so that is waited for.
 */
static int remove_stale(const struct sockaddr_un *address, bool user_mode, Error *err)
{
    enum { TRIES = 20, STEP_US = 500000 };
    for (int tries = user_mode ? 1 : TRIES; somebody_listens(address);) {
        if (--tries == 0)
            return error_set(err, ERR_BUSY, address->sun_path, "another agent listens there");
        usleep(STEP_US);
    }
    unlink(address->sun_path);
    return 0;
}

typedef struct Groups {
    gid_t ids[GROUPS_MAX]; /* ascending, each once */
    size_t count;
} Groups;

static void groups_add(Groups *groups, const char *name)
{
    const struct group *group = getgrnam(name);
    size_t at = 0;
    while (group && at < groups->count && groups->ids[at] < group->gr_gid)
        at++;
    if (!group || groups->count == GROUPS_MAX || (at < groups->count && groups->ids[at] == group->gr_gid))
        return;
    memmove(&groups->ids[at + 1], &groups->ids[at], (groups->count - at) * sizeof *groups->ids);
    groups->ids[at] = group->gr_gid;
    groups->count++;
}

static void add_entry(struct posix_acl_xattr_entry **at, int tag, uint32_t permissions, uint32_t id)
{
    *(*at)++ = (struct posix_acl_xattr_entry){ htole16((uint16_t)tag), htole16((uint16_t)permissions), htole32(id) };
}

static bool set_access(const char *path, const Groups *groups)
{
    struct {
        struct posix_acl_xattr_header header;
        struct posix_acl_xattr_entry entries[GROUPS_MAX + 4];
    } list = { .header = { htole32(POSIX_ACL_XATTR_VERSION) } };
    struct posix_acl_xattr_entry *at = list.entries;
    add_entry(&at, ACL_USER_OBJ, READ_WRITE, (uint32_t)ACL_UNDEFINED_ID);
    add_entry(&at, ACL_GROUP_OBJ, READ_WRITE, (uint32_t)ACL_UNDEFINED_ID);
    for (size_t i = 0; i < groups->count; i++)
        add_entry(&at, ACL_GROUP, READ_WRITE, groups->ids[i]);
    add_entry(&at, ACL_MASK, READ_WRITE, (uint32_t)ACL_UNDEFINED_ID);
    add_entry(&at, ACL_OTHER, 0, (uint32_t)ACL_UNDEFINED_ID);
    return setxattr(path, "system.posix_acl_access", &list, (size_t)((char *)at - (char *)&list), 0) == 0;
}

/* An agent of a plain user has no socket group: nobody else may come. */
static void share(const Config *config, const char *path)
{
    const struct group *group = str_empty(config->socket_group) ? NULL : getgrnam(config->socket_group);
    if (group && chown(path, (uid_t)-1, group->gr_gid) < 0)
        log_line("the socket cannot be given to the group %s: %s", config->socket_group, strerror(errno));
    if (str_empty(config->socket_group))
        return;
    Groups groups = { .count = 0 };
    const StrList *roles[] = { &config->admin_groups, &config->operator_groups, &config->viewer_groups };
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
        for (size_t k = 0; k < roles[i]->count; k++)
            groups_add(&groups, roles[i]->items[k]);
    if (groups.count && !set_access(path, &groups))
        log_line("only root and the group %s can open %s: %s", config->socket_group, path, strerror(errno));
}

int listen_socket_open(const Config *config, const char *path, int *ret, Error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(err, ERR_IO, path, "the path is too long for a socket");
    memcpy(address.sun_path, path, strlen(path));
    int code = remove_stale(&address, config->user_mode, err);
    if (code < 0)
        return code;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0117); /* 0660 from the first moment on */
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0;
    int why = errno;
    umask(before);
    if (!ok) {
        if (fd >= 0)
            close(fd);
        return error_set(err, ERR_IO, path, "%s", strerror(why));
    }
    share(config, path);
    *ret = fd;
    return 0;
}
