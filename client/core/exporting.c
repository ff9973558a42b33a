/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exports to local files: see exporting.h. Steps: vm.export, its task, a download per file, volume.delete per file. */
#include "client/core/exporting.h"
#include "client/core/download.h"
#include "client/core/parts.h"
#include "client/core/port.h"
#include "protocol/rpc.h"

#include <stdlib.h>
#include <string.h>

struct Exporting {
    Core *core;
    Server *server;
    VmExportParams params;
    char *folder;
    char *task;         /* NULL: not known yet */
    bool cancelled;
    StrList volumes;    /* on the host */
    StrList files;      /* their local paths */
    size_t next;        /* to fetch; then how many are to be removed on the host */
    Error error;        /* what ended it, while files are removed on the host */
    Download *download; /* NULL: none runs */
    ExportingDone *done;
    void *context;
};

static const CoreObserver observer;

static void fetch_next(Exporting *exporting);

static void free_export(Exporting *exporting)
{
    VmExportParams_clear(&exporting->params);
    StrList_clear(&exporting->volumes);
    StrList_clear(&exporting->files);
    error_clear(&exporting->error);
    free(exporting->folder);
    free(exporting->task);
    free(exporting);
}

static void end(Exporting *exporting, const Error *error)
{
    core_unobserve(exporting->core, &observer, exporting);
    core_forget(exporting->core, exporting);
    if (exporting->done)
        exporting->done(exporting->context, exporting, error);
    free_export(exporting);
}

/* The host's files were only on their way. What cannot be removed there does no harm to what has come. */
static void remove_next(Exporting *exporting);

static void on_removed(void *context, TaskRef *task, const Error *error)
{
    (void)task, (void)error;
    remove_next(context);
}

static void remove_next(Exporting *exporting)
{
    if (exporting->next == 0) {
        AUTO(error_clear) Error why = { 0 };
        error_move(&why, &exporting->error);
        end(exporting, why.code ? &why : NULL);
        return;
    }
    VolumeRef params = { .datastore = exporting->params.datastore, .volume = exporting->volumes.items[--exporting->next] };
    call_volume_delete(exporting->server, &params, on_removed, exporting, exporting);
}

static void come_to_nothing(Exporting *exporting, const Error *error)
{
    error_copy(&exporting->error, error);
    exporting->next = exporting->volumes.count;
    remove_next(exporting);
}

static void on_download(void *context, const Download *download, const Error *error)
{
    (void)download;
    Exporting *exporting = context;
    exporting->download = NULL;
    if (error)
        come_to_nothing(exporting, error);
    else
        fetch_next(exporting);
}

static void fetch_next(Exporting *exporting)
{
    AUTO(error_clear) Error why = { 0 };
    if (exporting->next == exporting->volumes.count) {
        remove_next(exporting);
        return;
    }
    size_t index = exporting->next++;
    exporting->download = download_start(exporting->server, exporting->params.datastore, exporting->volumes.items[index], exporting->files.items[index], on_download,
                                         exporting, exporting, &why);
    if (!exporting->download)
        come_to_nothing(exporting, &why);
}

/* Names, one a line. They come from the host: only names, never ways out of the folder. */
static bool take_names(Exporting *exporting, const char *result)
{
    AUTO_FREE char *copy = x_strdup(str_or_empty(result));
    for (char *rest = copy, *name; (name = rest) && *name;) {
        char *line_end = strchr(name, '\n');
        rest = line_end ? line_end + 1 : NULL;
        if (line_end)
            *line_end = 0;
        if (strpbrk(name, "/\\:") || *name == '.') {
            StrList_clear(&exporting->volumes); /* nothing that it names is to be removed */
            return false;
        }
        AUTO_FREE char *path = port_join(exporting->folder, name);
        StrList_add(&exporting->volumes, name);
        StrList_add(&exporting->files, path);
    }
    return exporting->volumes.count > 0;
}

static void on_made(void *context, const TaskInfo *task, const Error *error)
{
    Exporting *exporting = context;
    AUTO(error_clear) Error why = { 0 };
    if (error)
        error_copy(&why, error);
    else if (task->error)
        error_from_info(task->error, &why);
    else if (task->state != TASK_STATE_DONE)
        error_set(&why, ERR_CANCELLED, task->object_name, NULL);
    else if (!take_names(exporting, task->result))
        error_set(&why, ERR_PROTOCOL, server_name(exporting->server), "it does not name the files");
    else if (exporting->cancelled) /* too late for the task */
        error_set(&why, ERR_CANCELLED, task->object_name, NULL);
    if (why.code)
        come_to_nothing(exporting, &why);
    else
        fetch_next(exporting);
}

static void cancel_task(Exporting *exporting)
{
    TaskRef params = { .task = exporting->task };
    call_task_cancel(exporting->server, &params, NULL, NULL, NULL);
}

static void on_begun(void *context, TaskRef *task, const Error *error)
{
    Exporting *exporting = context;
    if (error) {
        end(exporting, error);
        return;
    }
    exporting->task = x_strdup(task->task);
    if (exporting->cancelled)
        cancel_task(exporting);
    server_follow_task(exporting->server, exporting->task, on_made, exporting, exporting);
}

static void on_server_removed(void *context, Server *server)
{
    Exporting *exporting = context;
    AUTO(error_clear) Error why = { 0 };
    if (server != exporting->server)
        return;
    error_set(&why, ERR_CANCELLED, exporting->params.name, NULL); /* the user wanted it */
    end(exporting, &why);
}

static void on_core_ends(void *context, Core *core)
{
    Exporting *exporting = context;
    core_unobserve(core, &observer, exporting);
    core_forget(core, exporting);
    free_export(exporting);
}

static const CoreObserver observer = { .server_removed = on_server_removed, .core_ends = on_core_ends };

Exporting *exporting_start(Core *core, Server *server, const VmExportParams *params, const char *folder, ExportingDone *done, void *context)
{
    Exporting *exporting = x_calloc(1, sizeof *exporting);
    *exporting = (Exporting){ .core = core, .server = server, .folder = x_strdup(folder), .done = done, .context = context };
    VmExportParams_copy(params, &exporting->params);
    core_observe(core, &observer, exporting);
    call_vm_export(server, &exporting->params, on_begun, exporting, exporting);
    return exporting;
}

void exporting_cancel(Exporting *exporting)
{
    exporting->cancelled = true;
    exporting->done = NULL;
    if (exporting->download)
        download_cancel(exporting->download);
    else if (exporting->task)
        cancel_task(exporting);
}

const StrList *exporting_files(const Exporting *exporting) { return &exporting->files; }
