/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The console page's CD selector; see console_media.h. UI thread. */
#include "client/ui/console_media.h"

#include "client/core/catalog.h"
#include "client/core/core.h"
#include "client/core/port.h"
#include "client/core/rules.h"
#include "client/ui/app.h"
#include "client/win/accessible.h"
#include "client/win/utf.h"
#include "protocol/rpc.h"

#include <stdlib.h>
#include <string.h>

/* A line of the disc list; the first one is the empty drive. */
typedef struct Disc {
    char *datastore, *volume; /* volume NULL: no disc */
    char *title;
} Disc;

struct ConsoleMedia {
    HWND label, drive, disc, eject;
    const ConsoleMediaEvents *events;
    void *context;
    Server *server;
    char vm[LIMIT_UUID + 1];
    char target[LIMIT_NAME + 1]; /* the drive chosen; "": none */
    Catalog *catalog;
    Disc *discs;
    size_t disc_count;
    char *shown;                 /* all titles in the list, to see whether it has to be filled again */
    bool busy;
};

/* ---------------------------------------------------------------- what there is */

static const VmInfo *vm_of(const ConsoleMedia *media)
{
    return media->server ? model_vm(server_model(media->server), media->vm) : NULL;
}

static size_t drive_count(const VmInfo *vm)
{
    size_t count = 0;
    for (size_t i = 0; vm && i < vm->disks.count; i++)
        count += vm->disks.items[i].device == DISK_DEVICE_CDROM;
    return count;
}

/* The chosen drive, else the first one; NULL: there is none. */
static const DiskInfo *drive_of(const ConsoleMedia *media)
{
    const VmInfo *vm = vm_of(media);
    const DiskInfo *first = NULL;
    for (size_t i = 0; vm && i < vm->disks.count; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        if (disk->device != DISK_DEVICE_CDROM)
            continue;
        if (str_equal(disk->target, media->target))
            return disk;
        if (!first)
            first = disk;
    }
    return first;
}

static void clear_discs(ConsoleMedia *media)
{
    for (size_t i = 0; i < media->disc_count; i++) {
        free(media->discs[i].datastore);
        free(media->discs[i].volume);
        free(media->discs[i].title);
    }
    free(media->discs);
    media->discs = NULL;
    media->disc_count = 0;
}

static void add_disc(ConsoleMedia *media, const char *datastore, const char *volume, char *title)
{
    media->discs = x_realloc(media->discs, media->disc_count + 1, sizeof(*media->discs));
    media->discs[media->disc_count++] = (Disc){x_strdup(datastore), x_strdup(volume), title};
}

static char *volume_title(const ConsoleMedia *media, const char *datastore, const char *volume)
{
    const DatastoreInfo *info = datastore ? model_datastore(server_model(media->server), datastore) : NULL;
    return info ? text_format(TEXT_CONSOLE_CD_VOLUME, volume, info->name, NULL) : x_strdup(volume);
}

static bool is_disc(const Disc *disc, const DiskInfo *drive)
{
    if (str_empty(drive->path) && str_empty(drive->volume))
        return !disc->volume;
    const char *volume = drive->volume ? drive->volume : port_base_name(drive->path);
    return str_equal(disc->volume, volume) && str_equal(disc->datastore, drive->datastore);
}

/* The index of what is in the drive; a disc of no datastore is added. */
static size_t current_disc(ConsoleMedia *media, const DiskInfo *drive)
{
    for (size_t i = 0; i < media->disc_count; i++)
        if (is_disc(&media->discs[i], drive))
            return i;
    const char *volume = drive->volume ? drive->volume : port_base_name(drive->path);
    add_disc(media, drive->datastore, volume, volume_title(media, drive->datastore, volume));
    return media->disc_count - 1;
}

static size_t read_discs(ConsoleMedia *media)
{
    const DiskInfo *drive = drive_of(media);
    clear_discs(media);
    if (!drive) {
        add_disc(media, NULL, NULL, x_strdup(text(TEXT_CONSOLE_CD_NONE)));
        return 0;
    }
    add_disc(media, NULL, NULL, x_strdup(text(TEXT_CONSOLE_CD_EMPTY)));
    for (size_t i = 0; media->catalog && i < catalog_count(media->catalog); i++) {
        CatalogVolume volume = catalog_at(media->catalog, i);
        add_disc(media, volume.datastore, volume.info->name, volume_title(media, volume.datastore, volume.info->name));
    }
    return current_disc(media, drive);
}

/* ---------------------------------------------------------------- controls */

static char *all_titles(const ConsoleMedia *media)
{
    char *all = x_strdup("");
    for (size_t i = 0; i < media->disc_count; i++) {
        char *longer = x_printf("%s%s\n", all, media->discs[i].title);
        free(all);
        all = longer;
    }
    return all;
}

static void add_line(HWND combo, const char *title)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(title);
    SendMessageW(combo, CB_ADDSTRING, 0, (LPARAM)wide);
}

static void show_discs(ConsoleMedia *media, size_t current)
{
    char *all = all_titles(media);
    if (!str_equal(all, media->shown)) {
        SendMessageW(media->disc, CB_RESETCONTENT, 0, 0);
        for (size_t i = 0; i < media->disc_count; i++)
            add_line(media->disc, media->discs[i].title);
    }
    free(media->shown);
    media->shown = all;
    if ((size_t)SendMessageW(media->disc, CB_GETCURSEL, 0, 0) != current)
        SendMessageW(media->disc, CB_SETCURSEL, current, 0);
}

static void show_drives(ConsoleMedia *media)
{
    const VmInfo *vm = vm_of(media);
    const DiskInfo *drive = drive_of(media);
    bool shown = drive_count(vm) > 1;
    SendMessageW(media->drive, CB_RESETCONTENT, 0, 0);
    for (size_t i = 0; shown && i < vm->disks.count; i++) {
        if (vm->disks.items[i].device != DISK_DEVICE_CDROM)
            continue;
        add_line(media->drive, vm->disks.items[i].target);
        if (&vm->disks.items[i] == drive)
            SendMessageW(media->drive, CB_SETCURSEL, (WPARAM)SendMessageW(media->drive, CB_GETCOUNT, 0, 0) - 1, 0);
    }
    bool was_shown = (GetWindowLongPtrW(media->drive, GWL_STYLE) & WS_VISIBLE) != 0;
    ShowWindow(media->drive, shown ? SW_SHOW : SW_HIDE);
    if (shown != was_shown)
        media->events->layout(media->context);
}

void console_media_refresh(ConsoleMedia *media)
{
    if (media->catalog)
        catalog_update(media->catalog);
    if (SendMessageW(media->disc, CB_GETDROPPEDSTATE, 0, 0))
        return; /* when it closes */
    const VmInfo *vm = vm_of(media);
    const DiskInfo *drive = drive_of(media);
    AUTO_FREE char *why = NULL;
    bool possible = vm && drive && !media->busy && rules_vm(media->server, vm, METHOD_vm_set_media, &why);
    bool full = false;
    if (!media->busy) { /* else what was chosen stays in sight */
        size_t current = read_discs(media);
        show_drives(media);
        show_discs(media, current);
        full = media->discs[current].volume != NULL;
    }
    EnableWindow(media->disc, possible);
    EnableWindow(media->drive, possible);
    EnableWindow(media->eject, possible && full);
}

static void on_catalog_changed(void *context)
{
    console_media_refresh(context);
}

/* ---------------------------------------------------------------- changing the disc */

static void set_busy(ConsoleMedia *media, bool busy)
{
    media->busy = busy;
    media->events->busy(media->context, busy);
    console_media_refresh(media);
}

static void on_task_ended(void *context, const TaskInfo *task, const Error *error)
{
    ConsoleMedia *media = context;
    set_busy(media, false);
    AUTO(error_clear) Error failure = {0};
    if (task && task->error)
        error_from_info(task->error, &failure);
    if (error || failure.code)
        media->events->failed(media->context, error ? error : &failure);
}

static void on_answer(void *context, TaskRef *result, const Error *error)
{
    ConsoleMedia *media = context;
    if (result && media->server) {
        server_follow_task(media->server, result->task, on_task_ended, media, media);
        return;
    }
    set_busy(media, false);
    if (error)
        media->events->failed(media->context, error);
}

static void insert(ConsoleMedia *media, size_t index)
{
    const DiskInfo *drive = drive_of(media);
    if (!drive || index >= media->disc_count || media->busy || is_disc(&media->discs[index], drive))
        return;
    const Disc *disc = &media->discs[index];
    VmMediaParams params = {.vm = media->vm, .target = drive->target, .datastore = disc->volume ? disc->datastore : NULL, .volume = disc->volume};
    call_vm_set_media(media->server, &params, on_answer, media, media);
    set_busy(media, true);
}

static void choose_drive(ConsoleMedia *media)
{
    AUTO_FREE char *target = utf_window_text(media->drive);
    strncpy(media->target, target, LIMIT_NAME);
    console_media_refresh(media);
}

bool console_media_command(ConsoleMedia *media, int id, int code)
{
    if (id == CONSOLE_MEDIA_EJECT && code == BN_CLICKED)
        insert(media, 0);
    else if (id == CONSOLE_MEDIA_DISC && (code == CBN_SELENDOK || (code == CBN_SELCHANGE && !SendMessageW(media->disc, CB_GETDROPPEDSTATE, 0, 0))))
        insert(media, (size_t)SendMessageW(media->disc, CB_GETCURSEL, 0, 0));
    else if (id == CONSOLE_MEDIA_DISC && code == CBN_CLOSEUP)
        PostMessageW(GetParent(media->disc), WM_COMMAND, MAKEWPARAM(CONSOLE_MEDIA_LABEL, 0), 0); /* when the box has done its own */
    else if (id == CONSOLE_MEDIA_LABEL && code == 0)
        console_media_refresh(media);
    else if (id == CONSOLE_MEDIA_DRIVE && code == CBN_SELENDOK)
        choose_drive(media);
    return id >= CONSOLE_MEDIA_LABEL && id <= CONSOLE_MEDIA_EJECT;
}

/* ---------------------------------------------------------------- life */

static HWND make(HWND parent, const wchar_t *class, int id, DWORD style)
{
    return CreateWindowExW(0, class, L"", WS_CHILD | style, 0, 0, 0, 0, parent, (HMENU)(intptr_t)id, GetModuleHandleW(NULL), NULL);
}

ConsoleMedia *console_media_create(HWND parent, const ConsoleMediaEvents *events, void *context)
{
    const DWORD list = WS_TABSTOP | WS_VSCROLL | CBS_DROPDOWNLIST | CBS_HASSTRINGS;
    ConsoleMedia *media = x_calloc(1, sizeof(*media));
    media->events = events;
    media->context = context;
    media->label = make(parent, L"STATIC", CONSOLE_MEDIA_LABEL, WS_VISIBLE | SS_LEFT | SS_CENTERIMAGE);
    media->drive = make(parent, L"COMBOBOX", CONSOLE_MEDIA_DRIVE, list);
    media->disc = make(parent, L"COMBOBOX", CONSOLE_MEDIA_DISC, WS_VISIBLE | list);
    media->eject = make(parent, L"BUTTON", CONSOLE_MEDIA_EJECT, WS_VISIBLE | WS_TABSTOP | BS_PUSHBUTTON);
    /* With the keyboard nothing is inserted before the list was opened. */
    accessible_label(media->disc, media->label);
    SendMessageW(media->disc, CB_SETEXTENDEDUI, TRUE, 0);
    return media;
}

void console_media_free(ConsoleMedia *media)
{
    if (!media)
        return;
    core_forget(app_get()->core, media);
    catalog_close(media->catalog);
    clear_discs(media);
    free(media->shown);
    free(media);
}

void console_media_set(ConsoleMedia *media, Server *server, const char *vm)
{
    core_forget(app_get()->core, media);
    catalog_close(media->catalog);
    media->catalog = NULL;
    media->server = server;
    media->busy = false;
    media->target[0] = 0;
    media->vm[0] = 0;
    if (server) {
        strncpy(media->vm, vm, LIMIT_UUID);
        media->catalog = catalog_open(server, NULL, on_catalog_changed, media);
    }
    console_media_refresh(media);
}

void console_media_retext(ConsoleMedia *media)
{
    utf_set_window_text(media->label, text(TEXT_CONSOLE_CD));
    accessible_name(media->drive, text(TEXT_ACCESSIBLE_CD_DRIVE));
    utf_set_window_text(media->eject, text(TEXT_CONSOLE_EJECT));
    console_media_refresh(media);
}
