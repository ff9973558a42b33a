/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New Datastore wizard: the kinds there are, and the page where one is chosen. See datastore_wizard.h. UI thread. */
#include "client/ui/datastore_wizard.h"

#include "client/win/icons.h"

#include <stdlib.h>

static const StoreKind kinds[] = {
    {DATASTORE_KIND_DIR, TEXT_STORE_KIND_DIR, TEXT_STORE_ABOUT_DIR, 0, 0, STORE_HAS_PATH},
    {DATASTORE_KIND_FS, TEXT_STORE_KIND_FS, TEXT_STORE_ABOUT_FS, 0, 0, STORE_HAS_DEVICES | STORE_HAS_BLANK},
    {DATASTORE_KIND_NFS, TEXT_STORE_KIND_NFS, TEXT_STORE_ABOUT_NFS, TEXT_STORE_EXPORT, TEXT_STORE_NO_EXPORT, STORE_HAS_HOST | STORE_HAS_SOURCE | STORE_HAS_VERSION | STORE_CAN_FIND},
    {DATASTORE_KIND_SMB, TEXT_STORE_KIND_SMB, TEXT_STORE_ABOUT_SMB, TEXT_STORE_SHARE, TEXT_STORE_NO_SHARE, STORE_HAS_HOST | STORE_HAS_SOURCE | STORE_HAS_VERSION | STORE_HAS_LOGIN},
    {DATASTORE_KIND_ISCSI, TEXT_STORE_KIND_ISCSI, TEXT_STORE_ABOUT_ISCSI, TEXT_STORE_TARGET, TEXT_STORE_NO_TARGET, STORE_HAS_HOST | STORE_HAS_PORT | STORE_HAS_SOURCE | STORE_HAS_LOGIN | STORE_CAN_FIND},
    {DATASTORE_KIND_LVM, TEXT_STORE_KIND_LVM, TEXT_STORE_ABOUT_LVM, TEXT_STORE_GROUP, TEXT_STORE_NO_GROUP, STORE_HAS_SOURCE | STORE_HAS_DEVICES | STORE_HAS_BLANK | STORE_CAN_FIND},
    {DATASTORE_KIND_ZFS, TEXT_STORE_KIND_ZFS, TEXT_STORE_ABOUT_ZFS, TEXT_STORE_POOL, TEXT_STORE_NO_POOL, STORE_HAS_SOURCE},
    {DATASTORE_KIND_RBD, TEXT_STORE_KIND_RBD, TEXT_STORE_ABOUT_RBD, TEXT_STORE_POOL, TEXT_STORE_NO_POOL, STORE_HAS_HOST | STORE_HAS_PORT | STORE_HAS_SOURCE | STORE_HAS_LOGIN},
    {DATASTORE_KIND_DISK, TEXT_STORE_KIND_DISK, TEXT_STORE_ABOUT_DISK, 0, 0, STORE_HAS_DEVICES | STORE_HAS_BLANK},
    {STORE_KIND_LVM_THIN, TEXT_STORE_KIND_LVM_THIN, TEXT_STORE_NO_THIN, 0, 0, 0},
};

size_t store_kind_count(void) { return ARRAY_SIZE(kinds); }
const StoreKind *store_kind_at(size_t index) { return &kinds[index]; }

const StoreKind *store_kind(int kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return &kinds[0];
}

static char *missing_words(const DatastoreKindInfo *info)
{
    if (info->program)
        return text_format(TEXT_STORE_NO_PROGRAM, info->program, str_or_empty(info->package), NULL);
    return info->driver ? text_format(TEXT_STORE_NO_DRIVER, info->driver, NULL) : text_format(TEXT_STORE_NOT_POSSIBLE, str_or_empty(info->reason), NULL);
}

char *store_kind_missing(const StoreWizard *wizard, int kind)
{
    if (kind == STORE_KIND_LVM_THIN)
        return x_strdup(text(TEXT_STORE_NO_THIN));
    for (size_t i = 0; i < wizard->support.kinds.count; i++)
        if ((int)wizard->support.kinds.items[i].kind == kind && !wizard->support.kinds.items[i].possible)
            return missing_words(&wizard->support.kinds.items[i]);
    return NULL;
}

/* For the list, where there is room for a line. */
static char *short_words(const StoreWizard *wizard, int kind)
{
    AUTO_FREE char *missing = store_kind_missing(wizard, kind);
    if (kind == STORE_KIND_LVM_THIN)
        return x_strdup(text(TEXT_STORE_NEVER));
    return missing ? TAKE_PTR(missing) : x_strdup(text(wizard->support.kinds.count ? TEXT_STORE_POSSIBLE : TEXT_STORE_ASKING));
}

/* What the kind is; why it is not possible stands below. */
static void show_about(const StoreWizard *wizard, Form *form)
{
    AUTO_FREE char *missing = store_kind_missing(wizard, wizard->kind);
    form_set_note(form, STORE_ABOUT, NOTE_DIM, text(store_kind(wizard->kind)->about));
    form_set_shown(form, STORE_ABOUT, !missing);
}

/* ---------------------------------------------------------------- the page */

void store_kind_build(void *context, Form *form)
{
    (void)context;
    form_list(form, STORE_KINDS, text(TEXT_STORE_KINDS), 11, false);
    form_list_column(form, STORE_KINDS, text(TEXT_STORE_COLUMN_KIND), 230, false);
    form_list_column(form, STORE_KINDS, text(TEXT_STORE_COLUMN_HOST), 380, false);
    form_note(form, STORE_ABOUT, NOTE_DIM, text(TEXT_STORE_ABOUT_DIR));
}

void store_kind_enter(void *context, Form *form)
{
    const StoreWizard *wizard = context;
    form_hold(form);
    form_list_clear(form, STORE_KINDS);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        AUTO_FREE char *missing = store_kind_missing(wizard, kinds[i].kind);
        AUTO_FREE char *words = short_words(wizard, kinds[i].kind);
        int item = form_list_add(form, STORE_KINDS, text(kinds[i].name), missing ? ICON_DATASTORE_OFF : ICON_DATASTORE, (intptr_t)i);
        form_list_cell(form, STORE_KINDS, item, 1, words);
        if (kinds[i].kind == wizard->kind)
            form_list_select(form, STORE_KINDS, item);
    }
    show_about(wizard, form);
    form_release(form);
}

/* Of another kind's values only the name and the server mean the same. */
static void change_kind(StoreWizard *wizard, int kind)
{
    if (kind == wizard->kind)
        return;
    store_place_forget(wizard);
    wizard->kind = kind;
    wizard->blank = false;
    free(TAKE_PTR(wizard->spec.source));
    free(TAKE_PTR(wizard->spec.version));
    free(TAKE_PTR(wizard->spec.format));
    free(TAKE_PTR(wizard->spec.user));
    x_free_secret(TAKE_PTR(wizard->spec.password));
    wizard->spec.port = 0;
    StrList_clear(&wizard->spec.devices);
    DatastoreSourceTable_clear(&wizard->found);
}

void store_kind_event(void *context, Form *form, int id, FormEvent event)
{
    StoreWizard *wizard = context;
    int item = form_list_selected(form, STORE_KINDS);
    if (id != STORE_KINDS || event != FORM_CHANGED || item < 0)
        return;
    change_kind(wizard, kinds[form_list_data(form, STORE_KINDS, item)].kind);
    show_about(wizard, form);
}

char *store_kind_check(void *context)
{
    const StoreWizard *wizard = context;
    return store_kind_missing(wizard, wizard->kind);
}
