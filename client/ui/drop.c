/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files dragged onto the window; see drop.h. A datastore in the tree takes them, and the pages of a selected datastore do; a host takes one file that a VM can
 * be made of. UI thread.
 */
#include "client/ui/drop.h"

#include "client/core/appliance.h"
#include "client/core/rules.h"
#include "client/ui/dialogs.h"
#include "client/ui/frame.h"
#include "client/ui/tree.h"
#include "client/win/utf.h"

#include <ole2.h>
#include <shellapi.h>
#include <shlobj.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- where to */

/* False: nothing there takes the files; *ret_why (the caller frees) says why. appliance: it is one file that a VM can be made of. */
static bool find_target(POINT screen, bool appliance, Selection *ret, char **ret_why)
{
    const DatastoreInfo *datastore;

    if (!tree_at_point(screen, ret))
        *ret = *frame_selection();
    datastore = selection_datastore(ret);
    if (datastore)
        return rules_datastore(ret->server, datastore, METHOD_upload_begin, ret_why);
    if (appliance && ret->server)
        return rules_host(ret->server, METHOD_vm_import, ret_why);
    *ret_why = x_strdup(text(TEXT_DROP_ON_DATASTORE));
    return false;
}

static char *drop_path(HDROP drop, UINT index)
{
    UINT length = DragQueryFileW(drop, index, NULL, 0);
    AUTO_FREE wchar_t *wide = x_calloc((size_t)length + 1, sizeof *wide);

    DragQueryFileW(drop, index, wide, length + 1);
    return utf_from_wide(wide);
}

static void upload(HDROP drop, const Selection *target)
{
    UINT count = DragQueryFileW(drop, 0xFFFFFFFF, NULL, 0);
    char **paths = x_calloc(count ? count : 1, sizeof *paths);

    for (UINT i = 0; i < count; i++)
        paths[i] = drop_path(drop, i);
    upload_files(app_get()->frame, target->server, target->id, (const char *const *)paths, count);
    for (UINT i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

static bool is_appliance(HDROP drop)
{
    if (DragQueryFileW(drop, 0xFFFFFFFF, NULL, 0) != 1)
        return false;
    AUTO_FREE char *path = drop_path(drop, 0);
    return appliance_is_file(path);
}

static void drop_at(HDROP drop, POINT screen)
{
    Selection target;
    AUTO_FREE char *why = NULL;
    AUTO_FREE char *path = DragQueryFileW(drop, 0xFFFFFFFF, NULL, 0) ? drop_path(drop, 0) : NULL;

    if (!find_target(screen, is_appliance(drop), &target, &why)) {
        if (why)
            frame_hint(why, false);
    } else if (selection_datastore(&target)) {
        upload(drop, &target);
    } else {
        import_wizard(app_get()->frame, target.server, path, NULL, NULL);
    }
}

void drop_files(HWND frame, WPARAM wparam)
{
    HDROP drop = (HDROP)wparam;
    POINT point;

    DragQueryPoint(drop, &point);
    ClientToScreen(frame, &point);
    drop_at(drop, point);
    DragFinish(drop);
}

/* ---------------------------------------------------------------- IDropTarget: one, for the frame, never freed */

static const FORMATETC files_format = {.cfFormat = CF_HDROP, .dwAspect = DVASPECT_CONTENT, .lindex = -1, .tymed = TYMED_HGLOBAL};
static bool has_files;
static bool has_appliance;

static HRESULT STDMETHODCALLTYPE query_interface(IDropTarget *self, REFIID id, void **ret)
{
    if (!IsEqualIID(id, &IID_IUnknown) && !IsEqualIID(id, &IID_IDropTarget)) {
        *ret = NULL;
        return E_NOINTERFACE;
    }
    *ret = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IDropTarget *self)
{
    (void)self;
    return 2;
}

static ULONG STDMETHODCALLTYPE release(IDropTarget *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE drag_over(IDropTarget *self, DWORD keys, POINTL point, DWORD *effect)
{
    POINT screen = {point.x, point.y};
    Selection target;
    AUTO_FREE char *why = NULL, *words = NULL;
    bool possible = has_files && find_target(screen, has_appliance, &target, &why);

    (void)self;
    (void)keys;
    *effect = possible ? DROPEFFECT_COPY : DROPEFFECT_NONE;
    tree_mark_drop(possible ? &target : NULL);
    words = !possible ? x_strdup(why) : selection_datastore(&target) ? text_format(TEXT_DROP_UPLOAD_TO, selection_name(&target), NULL)
        : text_format(TEXT_DROP_IMPORT_TO, server_name(target.server), NULL);
    frame_status(words);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE drag_enter(IDropTarget *self, IDataObject *data, DWORD keys, POINTL point, DWORD *effect)
{
    FORMATETC format = files_format;

    STGMEDIUM medium;

    has_files = data->lpVtbl->QueryGetData(data, &format) == S_OK;
    has_appliance = false;
    if (has_files && data->lpVtbl->GetData(data, &format, &medium) == S_OK) {
        has_appliance = is_appliance(medium.hGlobal);
        ReleaseStgMedium(&medium);
    }
    return drag_over(self, keys, point, effect);
}

static HRESULT STDMETHODCALLTYPE drag_leave(IDropTarget *self)
{
    (void)self;
    tree_mark_drop(NULL);
    frame_status(NULL);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE dropped(IDropTarget *self, IDataObject *data, DWORD keys, POINTL point, DWORD *effect)
{
    FORMATETC format = files_format;
    STGMEDIUM medium;
    POINT screen = {point.x, point.y};

    (void)keys;
    drag_leave(self);
    *effect = DROPEFFECT_NONE;
    if (data->lpVtbl->GetData(data, &format, &medium) != S_OK)
        return S_OK;
    drop_at(medium.hGlobal, screen);
    ReleaseStgMedium(&medium);
    *effect = DROPEFFECT_COPY;
    return S_OK;
}

static IDropTargetVtbl methods = {query_interface, add_ref, release, drag_enter, drag_over, drag_leave, dropped};
static IDropTarget target = {&methods};

void drop_register(HWND frame)
{
    RegisterDragDrop(frame, &target);
    DragAcceptFiles(frame, TRUE);
}

void drop_revoke(HWND frame) { RevokeDragDrop(frame); }
