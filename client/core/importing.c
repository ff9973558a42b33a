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
    StrList names;    /* of their volumes */
    size_t count;
    bool ended;       /* what was uploaded is being removed, and nothing else counts any more */
    size_t removing;
    Error why;
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
    StrList_clear(&importing->names);
    error_clear(&importing->why);
    free(importing);
}

static void on_removed(void *context, TaskRef *task, const Error *error)
{
    (void)task, (void)error;
    Importing *importing = context;
    if (--importing->removing == 0)
        end(importing, NULL, &importing->why);
}

/* What was uploaded for an import that does not come is of no use to anybody: it ends when all of that is removed. */
static void take_back(Importing *importing, const Error *why)
{
    importing->ended = true;
    error_copy(&importing->why, why);
    importing->removing = 1;
    for (size_t i = 0; i < importing->count; i++) {
        VolumeRef volume = { .datastore = importing->params.datastore, .volume = importing->names.items[i] };
        if (importing->uploads[i]) {
            upload_cancel(importing->uploads[i]);
        } else if (*importing->names.items[i]) {
            importing->removing++;
            call_volume_delete(importing->server, &volume, on_removed, importing, importing);
        }
    }
    on_removed(importing, NULL, NULL);
}

static void on_task(void *context, TaskRef *task, const Error *error)
{
    if (error)
        take_back(context, error);
    else
        end(context, task ? task->task : NULL, NULL);
}

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
    if (i == importing->count || importing->ended)
        return;
    if (upload_state(upload) == UPLOAD_CANCELLED) {
        AUTO(error_clear) Error why = { 0 };
        error_set(&why, ERR_CANCELLED, importing->params.name, NULL);
        importing->uploads[i] = NULL;
        importing->names.items[i][0] = 0; /* it takes itself back */
        take_back(importing, &why);
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
    importing->params.uploaded = true;
    importing->uploads = x_calloc(files->count, sizeof *importing->uploads);
    for (size_t i = 0; i < files->count; i++) {
        Upload *upload = upload_start(server, params->datastore, files->items[i], port_base_name(files->items[i]), false, err);
        if (!upload) {
            while (importing->count)
                upload_cancel(importing->uploads[--importing->count]);
            VmImportParams_clear(&importing->params);
            StrList_clear(&importing->names);
            free(importing->uploads);
            free(importing);
            return err->code;
        }
        StrList_add(&importing->names, port_base_name(files->items[i]));
        importing->uploads[importing->count++] = upload;
    }
    core_observe(core, &observer, importing);
    return 0;
}
