/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of new datastores: see datastore_names.h. */
#include "agent/datastore_names.h"

#include "agent/inventory.h"

int datastore_name_check(const char *name, Error *err)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '/')
            return error_set(err, ERR_INVALID_PARAMS, name, "a datastore's name must not contain slashes or control characters");
    return *name && *name != ' ' && *name != '.' ? 0 : error_set(err, ERR_INVALID_PARAMS, name, "a datastore needs a name that begins with neither a space nor a dot");
}

int datastore_unique_check(Agent *agent, const char *name, const char *path, Error *err)
{
    Inventory all;
    int code = 0;
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.datastores.count && code == 0; i++) {
        const DatastoreInfo *other = &all.datastores.items[i];
        if (str_equal(other->name, name))
            code = error_set(err, ERR_DATASTORE_EXISTS, name, "it is at %s", str_or_empty(other->path));
        else if (path && str_equal(other->path, path))
            code = error_set(err, ERR_DATASTORE_EXISTS, name, "%s is the datastore '%s'", path, other->name);
    }
    Inventory_clear(&all);
    return code;
}
