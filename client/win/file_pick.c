/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IFileOpenDialog and IFileSaveDialog behind one call each. See file_pick.h. UI thread. */
#define COBJMACROS
#include "client/win/file_pick.h"

#include "client/win/utf.h"

#include <objbase.h>
#include <shobjidl.h>
#include <stdlib.h>
#include <wchar.h>

enum { FILTERS_MAX = 4 };

static void add_path(IShellItem *item, StrList *ret)
{
    wchar_t *path = NULL;
    if (FAILED(IShellItem_GetDisplayName(item, SIGDN_FILESYSPATH, &path)))
        return;
    AUTO_FREE char *utf8 = utf_from_wide(path);
    StrList_add(ret, utf8);
    CoTaskMemFree(path);
}

static void take_results(IFileOpenDialog *dialog, StrList *ret)
{
    IShellItemArray *items = NULL;
    DWORD count = 0;
    if (FAILED(IFileOpenDialog_GetResults(dialog, &items)))
        return;
    IShellItemArray_GetCount(items, &count);
    for (DWORD i = 0; i < count; i++) {
        IShellItem *item = NULL;
        if (FAILED(IShellItemArray_GetItemAt(items, i, &item)))
            continue;
        add_path(item, ret);
        IShellItem_Release(item);
    }
    IShellItemArray_Release(items);
}

/* dialog: either kind, they begin alike. */
static void set_filters(IFileDialog *dialog, const FileFilter *filters, size_t count)
{
    COMDLG_FILTERSPEC specs[FILTERS_MAX];
    wchar_t *texts[FILTERS_MAX][2];
    count = count < FILTERS_MAX ? count : FILTERS_MAX;
    for (size_t i = 0; i < count; i++) {
        texts[i][0] = utf_to_wide(filters[i].name);
        texts[i][1] = utf_to_wide(filters[i].patterns);
        specs[i] = (COMDLG_FILTERSPEC){texts[i][0], texts[i][1]};
    }
    IFileDialog_SetFileTypes(dialog, (UINT)count, specs);
    for (size_t i = 0; i < count; i++) {
        free(texts[i][0]);
        free(texts[i][1]);
    }
}

static void set_options(IFileOpenDialog *dialog, bool several)
{
    FILEOPENDIALOGOPTIONS options = 0;
    IFileOpenDialog_GetOptions(dialog, &options);
    options |= FOS_FORCEFILESYSTEM | FOS_FILEMUSTEXIST | (several ? (DWORD)FOS_ALLOWMULTISELECT : 0);
    IFileOpenDialog_SetOptions(dialog, options);
}

bool file_pick(HWND owner, const char *title, const char *button, const FileFilter *filters, size_t filter_count, bool several, StrList *ret)
{
    IFileOpenDialog *dialog = NULL;
    if (FAILED(CoCreateInstance(&CLSID_FileOpenDialog, NULL, CLSCTX_INPROC_SERVER, &IID_IFileOpenDialog, (void **)&dialog)))
        return false;
    AUTO_FREE wchar_t *wide_title = utf_to_wide(title);
    AUTO_FREE wchar_t *wide_button = utf_to_wide(button);
    set_options(dialog, several);
    set_filters((IFileDialog *)dialog, filters, filter_count);
    IFileOpenDialog_SetTitle(dialog, wide_title);
    IFileOpenDialog_SetOkButtonLabel(dialog, wide_button);
    bool chosen = SUCCEEDED(IFileOpenDialog_Show(dialog, GetAncestor(owner, GA_ROOT)));
    if (chosen)
        take_results(dialog, ret);
    IFileOpenDialog_Release(dialog);
    return chosen && ret->count;
}

static char *take_path(IFileSaveDialog *dialog)
{
    IShellItem *item = NULL;
    wchar_t *path = NULL;
    char *utf8 = NULL;
    if (FAILED(IFileSaveDialog_GetResult(dialog, &item)))
        return NULL;
    if (SUCCEEDED(IShellItem_GetDisplayName(item, SIGDN_FILESYSPATH, &path)))
        utf8 = utf_from_wide(path);
    CoTaskMemFree(path);
    IShellItem_Release(item);
    return utf8;
}

char *file_pick_save(HWND owner, const char *title, const char *button, const FileFilter *filter, const char *name)
{
    IFileSaveDialog *dialog = NULL;
    if (FAILED(CoCreateInstance(&CLSID_FileSaveDialog, NULL, CLSCTX_INPROC_SERVER, &IID_IFileSaveDialog, (void **)&dialog)))
        return NULL;
    AUTO_FREE wchar_t *wide_title = utf_to_wide(title);
    AUTO_FREE wchar_t *wide_button = utf_to_wide(button);
    AUTO_FREE wchar_t *wide_name = utf_to_wide(name);
    const wchar_t *dot = wcsrchr(wide_name, L'.');
    FILEOPENDIALOGOPTIONS options = 0;
    IFileSaveDialog_GetOptions(dialog, &options);
    IFileSaveDialog_SetOptions(dialog, options | FOS_FORCEFILESYSTEM | FOS_OVERWRITEPROMPT | FOS_PATHMUSTEXIST);
    set_filters((IFileDialog *)dialog, filter, 1);
    IFileSaveDialog_SetTitle(dialog, wide_title);
    IFileSaveDialog_SetOkButtonLabel(dialog, wide_button);
    IFileSaveDialog_SetFileName(dialog, wide_name);
    if (dot)
        IFileSaveDialog_SetDefaultExtension(dialog, dot + 1);
    char *path = SUCCEEDED(IFileSaveDialog_Show(dialog, GetAncestor(owner, GA_ROOT))) ? take_path(dialog) : NULL;
    IFileSaveDialog_Release(dialog);
    return path;
}
