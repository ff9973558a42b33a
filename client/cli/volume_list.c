/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a datastore: see volume_list.h. */
#include "client/cli/volume_list.h"

#include <stdlib.h>

typedef struct Reading {
    bool done;
    VolumeList list;
    Error error;
} Reading;

static void on_volumes(void *context, VolumeList *list, const Error *error)
{
    Reading *reading = context;
    reading->done = true;
    if (error) {
        error_copy(&reading->error, error);
    } else {
        reading->list = *list;
        *list = (VolumeList){ 0 };
    }
}

static int read_page(Cli *cli, Server *server, const VolumeListParams *params, VolumeList *ret)
{
    Reading reading = { 0 };
    call_volume_list(server, params, on_volumes, &reading, &reading);
    while (!reading.done) {
        if (cli_wait(cli))
            continue;
        core_forget(cli->core, &reading);
        return cli->status;
    }
    int status = reading.error.code ? cli_fail(cli, &reading.error) : EXIT_OK;
    error_clear(&reading.error);
    *ret = reading.list;
    return status;
}

int volume_list_read(Cli *cli, Server *server, const char *id, const char *name,
                     void (*each)(void *context, Server *server, const char *datastore, const VolumeInfo *volume), void *context)
{
    AUTO_FREE char *own_id = x_strdup(id);
    AUTO_FREE char *own_name = x_strdup(name);
    VolumeListParams params = { .datastore = own_id };
    for (;;) {
        VolumeList page = { 0 };
        int status = read_page(cli, server, &params, &page);
        for (size_t i = 0; i < page.volumes.count; i++)
            each(context, server, own_name, &page.volumes.items[i]);
        size_t count = page.volumes.count;
        params.skip += (int64_t)count;
        bool last = params.skip >= page.total || count == 0;
        VolumeList_clear(&page);
        if (status != EXIT_OK || last)
            return status;
    }
}
