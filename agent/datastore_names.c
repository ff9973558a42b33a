/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of new datastores: see datastore_names.h. */
#include "agent/datastore_names.h"

#include "agent/file_identity.h"
#include "agent/inventory.h"

#include <stdlib.h>

int datastore_name_check(const char *name, Error *err)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '/')
            return error_set(err, ERR_INVALID_PARAMS, name, "a datastore's name must not contain slashes or control characters");
    return *name && *name != ' ' && *name != '.' ? 0 : error_set(err, ERR_INVALID_PARAMS, name, "a datastore needs a name that begins with neither a space nor a dot");
}

/* By another path, too: through a link, or where the same place is mounted once more. A server that does not answer is not waited for. */
static bool is_at(const DatastoreInfo *other, const char *path, const char *real, const FileIdentity *place)
{
    return str_equal(other->path, path) || (real && str_equal(other->path, real))
        || (!str_equal(other->type, "netfs") && file_identity_is(place, other->path));
}

int datastore_unique_check(Agent *agent, const char *name, const char *path, Error *err)
{
    Inventory all;
    int code = 0;
    AUTO_FREE char *real = path && *path == '/' ? realpath(path, NULL) : NULL;
    const FileIdentity place = file_identity_of(path);
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.datastores.count && code == 0; i++) {
        const DatastoreInfo *other = &all.datastores.items[i];
        if (str_equal(other->name, name))
            code = error_set(err, ERR_DATASTORE_EXISTS, name, "it is at %s", str_or_empty(other->path));
        else if (path && is_at(other, path, real, &place))
            code = error_set(err, ERR_DATASTORE_EXISTS, name, "%s is the datastore '%s'", path, other->name);
    }
    Inventory_clear(&all);
    return code;
}
