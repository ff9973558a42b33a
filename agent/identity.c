/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Identity from SO_PEERCRED and SO_PEERGROUPS: see identity.h. Runs on workers. */
#include "agent/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GROUPS_MAX = 65536, NAME_BUFFER = 16384 };

uid_t identity_uid(int socket_fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return (uid_t)-1;
    return peer.uid;
}

/* The peer's supplementary groups; *ret is freed by the caller. */
static size_t peer_groups(int socket_fd, gid_t **ret)
{
    *ret = NULL;
    socklen_t size = 0;
    if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
        return 0;
    if (size > GROUPS_MAX * sizeof(gid_t))
        return 0;
    gid_t *groups = x_calloc(size, 1);
    if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) {
        free(groups);
        return 0;
    }
    *ret = groups;
    return size / sizeof(gid_t);
}

static bool in_group(const char *name, gid_t primary, const gid_t *groups, size_t count)
{
    AUTO_FREE char *buffer = x_calloc(1, NAME_BUFFER * 4);
    struct group entry;
    struct group *found = NULL;
    if (getgrnam_r(name, &entry, buffer, NAME_BUFFER * 4, &found) != 0 || !found)
        return false;
    if (found->gr_gid == primary)
        return true;
    for (size_t i = 0; i < count; i++)
        if (groups[i] == found->gr_gid)
            return true;
    return false;
}

static bool in_any(const StrList *names, gid_t primary, const gid_t *groups, size_t count)
{
    for (size_t i = 0; i < names->count; i++)
        if (in_group(names->items[i], primary, groups, count))
            return true;
    return false;
}

static Role role_of(const struct ucred *peer, const gid_t *groups, size_t count, const Config *config)
{
    if (peer->uid == 0 || peer->uid == geteuid()) /* an agent of a plain user serves that user */
        return ROLE_ADMIN;
    if (in_any(&config->admin_groups, peer->gid, groups, count))
        return ROLE_ADMIN;
    if (in_any(&config->operator_groups, peer->gid, groups, count))
        return ROLE_OPERATOR;
    if (in_any(&config->viewer_groups, peer->gid, groups, count))
        return ROLE_VIEWER;
    return ROLE_NONE;
}

static char *user_name(uid_t uid)
{
    AUTO_FREE char *buffer = x_calloc(1, NAME_BUFFER);
    struct passwd entry;
    struct passwd *found = NULL;
    if (getpwuid_r(uid, &entry, buffer, NAME_BUFFER, &found) == 0 && found)
        return x_strdup(found->pw_name);
    return x_printf("uid %ld", (long)uid);
}

int identity_of(int socket_fd, const Config *config, Identity *ret, Error *err)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return error_set(err, ERR_INTERNAL, NULL, "SO_PEERCRED: %s", strerror(errno));
    AUTO_FREE gid_t *groups = NULL;
    size_t count = peer_groups(socket_fd, &groups);
    Identity identity = { peer.uid, user_name(peer.uid), role_of(&peer, groups, count, config) };
    if (identity.role == ROLE_NONE) {
        error_set(err, ERR_ACCESS_DENIED, identity.user, "the user is in none of the groups that may use PoolCenter on this host");
        identity_clear(&identity);
        return ERR_ACCESS_DENIED;
    }
    *ret = identity;
    return 0;
}

void identity_clear(Identity *identity)
{
    free(identity->user);
    *identity = (Identity){ 0 };
}
