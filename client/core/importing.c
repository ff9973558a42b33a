/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports from local files: see importing.h. Each is an observer of the core until its uploads have ended. */
#include "client/core/importing.h"
#include "client/core/parts.h"
#include "client/core/port.h"

#include <stdlib.h>

typedef struct Importing {
    Core *core;
    Server *server;
    VmImportParams params;
    Upload **uploads; /* NULL: done */
    size_t count;
    ImportingDone *done;
    void *context;
} Importing;

static const CoreObserver observer;

static void end(Importing *importing, const char *task, const Error *error)
{
    core_unobserve(importing->core, &observer, importing);
    core_forget(importing->core, importing);
    if (importing->done)
        importing->done(importing->context, importing->server, task, error);
    VmImportParams_clear(&importing->params);
    free(importing->uploads);
    free(importing);
}

static void on_task(void *context, TaskRef *task, const Error *error) { end(context, task ? task->task : NULL, error); }

static bool all_there(const Importing *importing)
{
    for (size_t i = 0; i < importing->count; i++)
        if (importing->uploads[i])
            return false;
    return true;
}

static void on_upload(void *context, Upload *upload)
{
    Importing *importing = context;
    size_t i = 0;
    while (i < importing->count && importing->uploads[i] != upload)
        i++;
    if (i == importing->count)
        return;
    if (upload_state(upload) == UPLOAD_CANCELLED) {
        AUTO(error_clear) Error why = { 0 };
        error_set(&why, ERR_CANCELLED, importing->params.name, NULL);
        end(importing, NULL, &why);
        return;
    }
    if (upload_state(upload) != UPLOAD_DONE)
        return;
    importing->uploads[i] = NULL;
    if (all_there(importing))
        call_vm_import(importing->server, &importing->params, on_task, importing, importing);
}

static void on_server_removed(void *context, Server *server)
{
    Importing *importing = context;
    if (importing->server != server)
        return;
    AUTO(error_clear) Error why = { 0 };
    error_set(&why, ERR_CANCELLED, importing->params.name, NULL); /* the user wanted it */
    end(importing, NULL, &why);
}

static void on_core_ends(void *context, Core *core)
{
    (void)core;
    Importing *importing = context;
    importing->done = NULL;
    end(importing, NULL, NULL);
}

static const CoreObserver observer = { .upload_changed = on_upload, .server_removed = on_server_removed, .core_ends = on_core_ends };

int importing_start(Core *core, Server *server, const StrList *files, const VmImportParams *params, ImportingDone *done, void *context, Error *err)
{
    Importing *importing = x_calloc(1, sizeof *importing);
    *importing = (Importing){ .core = core, .server = server, .done = done, .context = context };
    VmImportParams_copy(params, &importing->params);
    importing->uploads = x_calloc(files->count, sizeof *importing->uploads);
    for (size_t i = 0; i < files->count; i++) {
        Upload *upload = upload_start(server, params->datastore, files->items[i], port_base_name(files->items[i]), false, err);
        if (!upload) {
            while (importing->count)
                upload_cancel(importing->uploads[--importing->count]);
            VmImportParams_clear(&importing->params);
            free(importing->uploads);
            free(importing);
            return err->code;
        }
        importing->uploads[importing->count++] = upload;
    }
    core_observe(core, &observer, importing);
    return 0;
}
