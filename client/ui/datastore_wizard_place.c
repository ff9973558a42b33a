/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New Datastore wizard: where it is, a page for each kind, with what the host or a server offers to choose from. See datastore_wizard.h. UI thread. */
#include "client/ui/datastore_wizard.h"

#include "client/core/format.h"
#include "client/core/rules.h"
#include "client/win/icons.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_MAX = 65535, ISCSI_PORT = 3260 };

static const char *const nfs_versions[] = {"4.2", "4.1", "4", "3"};
static const char *const smb_versions[] = {"3.1.1", "3.0", "2.1"};

static int id_of(int kind, int field) { return STORE_PLACE + (int)(store_kind(kind) - store_kind_at(0)) * STORE_PLACE_STEP + field; }
static int field_id(const StoreWizard *wizard, int field) { return id_of(wizard->kind, field); }
static bool has(const StoreWizard *wizard, unsigned field) { return store_kind(wizard->kind)->fields & field; }

/* The page that is shown; NULL before it is built. */
static Form *form_of(const StoreWizard *wizard) { return wizard_form(wizard->wizard, wizard_page(wizard->wizard)); }

/* A place is before the user; answers may come when it is not any more. */
static bool is_shown(const StoreWizard *wizard)
{
    size_t place = (size_t)(wizard_page(wizard->wizard) - STORE_PAGE_PLACES);
    return place < store_kind_count() && store_kind_at(place)->kind == wizard->kind && form_of(wizard);
}

static void take(char **at, char *words)
{
    free(*at);
    *at = words;
}

/* ---------------------------------------------------------------- what the host is told */

static char *word(const char *words) { return str_empty(words) ? NULL : x_strdup(words); }

DatastoreSpec store_spec(const StoreWizard *wizard)
{
    const DatastoreSpec *typed = &wizard->spec;
    bool devices = has(wizard, STORE_HAS_DEVICES) && (wizard->kind != DATASTORE_KIND_LVM || wizard->blank);
    DatastoreSpec spec = {.name = x_strdup(typed->name), .kind = (DatastoreKind)wizard->kind, .no_autostart = typed->no_autostart};
    if (has(wizard, STORE_HAS_PATH))
        spec.path = word(typed->path);
    if (has(wizard, STORE_HAS_HOST))
        spec.host = word(typed->host);
    if (has(wizard, STORE_HAS_PORT))
        spec.port = typed->port;
    if (has(wizard, STORE_HAS_SOURCE))
        spec.source = word(typed->source);
    if (has(wizard, STORE_HAS_VERSION))
        spec.version = word(typed->version);
    if (has(wizard, STORE_HAS_LOGIN)) {
        spec.user = word(typed->user);
        spec.password = word(typed->password);
    }
    if (wizard->blank && wizard->kind != DATASTORE_KIND_LVM)
        spec.format = word(typed->format);
    for (size_t i = 0; devices && i < typed->devices.count; i++)
        StrList_add(&spec.devices, typed->devices.items[i]);
    return spec;
}

void store_spec_clear(DatastoreSpec *spec)
{
    x_free_secret(TAKE_PTR(spec->password));
    DatastoreSpec_clear(spec);
}

/* ---------------------------------------------------------------- devices of the host */

static char *device_holds(const HostDisk *disk)
{
    if (disk->used_as)
        return text_format(TEXT_STORE_USED_AS, disk->used_as, NULL);
    return x_strdup(disk->empty ? text(TEXT_STORE_EMPTY) : str_or_empty(disk->holds));
}

static bool is_chosen(const StoreWizard *wizard, const char *path)
{
    for (size_t i = 0; i < wizard->spec.devices.count; i++)
        if (str_equal(wizard->spec.devices.items[i], path))
            return true;
    return false;
}

static void show_devices(const StoreWizard *wizard, Form *form)
{
    int list = field_id(wizard, FIELD_DEVICES);
    bool several = wizard->kind == DATASTORE_KIND_LVM;
    form_list_clear(form, list);
    for (size_t i = 0; i < wizard->disks.disks.count; i++) {
        const HostDisk *disk = &wizard->disks.disks.items[i];
        AUTO_FREE char *size = format_size(disk->size);
        AUTO_FREE char *holds = device_holds(disk);
        int item = form_list_add(form, list, disk->path, ICON_VOLUME, (intptr_t)i);
        form_list_cell(form, list, item, 1, size);
        form_list_cell(form, list, item, 2, holds);
        form_list_cell(form, list, item, 3, str_or_empty(disk->model));
        if (several && !disk->empty)
            form_list_hide_check(form, list, item);
        else if (several)
            form_list_check(form, list, item, is_chosen(wizard, disk->path));
        else if (is_chosen(wizard, disk->path))
            form_list_select(form, list, item);
    }
}

static void take_devices(StoreWizard *wizard, Form *form)
{
    int list = field_id(wizard, FIELD_DEVICES), selected = form_list_selected(form, list);
    StrList_clear(&wizard->spec.devices);
    for (size_t i = 0; i < wizard->disks.disks.count; i++) {
        bool chosen = wizard->kind == DATASTORE_KIND_LVM ? form_list_checked(form, list, (int)i) : (int)i == selected;
        if (chosen)
            StrList_add(&wizard->spec.devices, wizard->disks.disks.items[i].path);
    }
}

static const HostDisk *chosen_disk(const StoreWizard *wizard)
{
    for (size_t i = 0; i < wizard->disks.disks.count; i++)
        if (is_chosen(wizard, wizard->disks.disks.items[i].path))
            return &wizard->disks.disks.items[i];
    return NULL;
}

static void on_disks(void *context, HostDiskTable *result, const Error *error)
{
    StoreWizard *wizard = context;
    AUTO_FREE char *sentence = error ? text_error(error) : NULL;
    if (!error)
        HostDiskTable_copy(result, &wizard->disks);
    if (has(wizard, STORE_HAS_DEVICES) && is_shown(wizard))
        show_devices(wizard, form_of(wizard));
    if (sentence)
        wizard_fail(wizard->wizard, sentence);
    wizard_check(wizard->wizard);
}

/* ---------------------------------------------------------------- what a server offers */

static void show_note(const StoreWizard *wizard, NoteKind kind, const char *sentence)
{
    form_set_note(form_of(wizard), field_id(wizard, FIELD_NOTE), kind, str_or_empty(sentence));
    form_set_shown(form_of(wizard), field_id(wizard, FIELD_NOTE), !str_empty(sentence));
}

/* The names to choose from; what is a datastore already is left out and said. */
static void show_found(StoreWizard *wizard)
{
    Form *form = form_of(wizard);
    int combo = field_id(wizard, FIELD_SOURCE), free_ones = 0;
    const char *first = "", *used = NULL;
    AUTO_FREE char *typed = form_text(form, combo);
    form_combo_clear(form, combo);
    for (size_t i = 0; i < wizard->found.sources.count; i++) {
        const DatastoreSource *source = &wizard->found.sources.items[i];
        used = source->used_by ? source->used_by : used;
        if (source->used_by)
            continue;
        form_combo_add(form, combo, source->source, (intptr_t)i);
        first = free_ones++ ? first : source->source;
    }
    const char *value = str_empty(typed) ? first : typed;
    form_set_text(form, combo, value);
    take(&wizard->spec.source, x_strdup(value));
    AUTO_FREE char *words = free_ones ? text_plural(PLURAL_STORE_FOUND, free_ones, NULL)
        : used ? text_format(TEXT_STORE_FOUND_USED, used, NULL) : x_strdup(text(TEXT_STORE_FOUND_NOTHING));
    show_note(wizard, NOTE_INFO, words);
}

static void on_found(void *context, DatastoreSourceTable *result, const Error *error)
{
    StoreWizard *wizard = context;
    AUTO_FREE char *sentence = error ? text_error(error) : NULL;
    wizard->looking = false;
    if (!is_shown(wizard) || !has(wizard, STORE_CAN_FIND))
        return;
    DatastoreSourceTable_clear(&wizard->found);
    if (error) {
        show_note(wizard, NOTE_ERROR, sentence);
    } else {
        DatastoreSourceTable_copy(result, &wizard->found);
        show_found(wizard);
    }
    wizard_check(wizard->wizard);
}

void store_place_forget(StoreWizard *wizard)
{
    core_forget(app_get()->core, &wizard->looking);
    wizard->looking = false;
}

static void find(StoreWizard *wizard)
{
    DatastoreSourcesParams params = {.kind = (DatastoreKind)wizard->kind, .port = wizard->spec.port};
    params.host = has(wizard, STORE_HAS_HOST) && !str_empty(wizard->spec.host) ? wizard->spec.host : NULL;
    if (wizard->looking || (has(wizard, STORE_HAS_HOST) && !params.host))
        return;
    wizard->looking = true;
    show_note(wizard, NOTE_INFO, text(TEXT_STORE_LOOKING));
    call_datastore_sources(wizard->server, &params, on_found, &wizard->looking, wizard);
}

/* ---------------------------------------------------------------- the page */

static void build_source(Form *form, const StoreKind *kind)
{
    int id = id_of(kind->kind, 0);
    if (kind->fields & STORE_HAS_HOST)
        form_edit(form, id + FIELD_HOST, text(TEXT_STORE_HOST), 34, 0);
    if (kind->fields & STORE_HAS_PORT) {
        form_number(form, id + FIELD_PORT, text(TEXT_STORE_PORT), 8, 1, PORT_MAX);
        form_beside_text(form, id + FIELD_PATH_HINT, text(TEXT_STORE_PORT_USUAL));
    }
    if (!(kind->fields & STORE_HAS_SOURCE))
        return;
    if (kind->fields & STORE_CAN_FIND) {
        form_combo(form, id + FIELD_SOURCE, text(kind->source), 34, true);
        form_beside_button(form, id + FIELD_FIND, text(TEXT_STORE_FIND));
    } else {
        form_edit(form, id + FIELD_SOURCE, text(kind->source), 34, 0);
    }
    form_note(form, id + FIELD_NOTE, NOTE_INFO, "");
    form_set_shown(form, id + FIELD_NOTE, false);
}

static void build_version(Form *form, int kind)
{
    int id = id_of(kind, FIELD_VERSION);
    bool nfs = kind == DATASTORE_KIND_NFS;
    size_t count = nfs ? ARRAY_SIZE(nfs_versions) : ARRAY_SIZE(smb_versions);
    form_combo(form, id, text(TEXT_STORE_VERSION), 24, false);
    form_combo_add(form, id, text(TEXT_STORE_VERSION_ANY), 0);
    for (size_t i = 0; i < count; i++)
        form_combo_add(form, id, nfs ? nfs_versions[i] : smb_versions[i], (intptr_t)i + 1);
    form_combo_select(form, id, 0);
}

static void build_devices(Form *form, int kind)
{
    static const TextId blank[] = {[DATASTORE_KIND_FS] = TEXT_STORE_BLANK_FS, [DATASTORE_KIND_DISK] = TEXT_STORE_BLANK_DISK, [DATASTORE_KIND_LVM] = TEXT_STORE_BLANK_LVM};
    int id = id_of(kind, 0);
    if (kind == DATASTORE_KIND_LVM)
        form_check(form, id + FIELD_BLANK, text(blank[kind]));
    form_list(form, id + FIELD_DEVICES, text(TEXT_STORE_DEVICES), 6, kind == DATASTORE_KIND_LVM);
    form_list_column(form, id + FIELD_DEVICES, text(TEXT_STORE_COLUMN_DEVICE), 130, false);
    form_list_column(form, id + FIELD_DEVICES, text(TEXT_COLUMN_SIZE), 80, true);
    form_list_column(form, id + FIELD_DEVICES, text(TEXT_STORE_COLUMN_HOLDS), 150, false);
    form_list_column(form, id + FIELD_DEVICES, text(TEXT_STORE_COLUMN_MODEL), 130, false);
    if (kind == DATASTORE_KIND_LVM)
        return;
    form_check(form, id + FIELD_BLANK, text(blank[kind]));
    form_combo(form, id + FIELD_FORMAT, text(kind == DATASTORE_KIND_FS ? TEXT_STORE_FORMAT_FS : TEXT_STORE_FORMAT_DISK), 12, false);
    form_combo_add(form, id + FIELD_FORMAT, kind == DATASTORE_KIND_FS ? "ext4" : "gpt", 0);
    form_combo_add(form, id + FIELD_FORMAT, kind == DATASTORE_KIND_FS ? "xfs" : "dos", 1);
    form_combo_select(form, id + FIELD_FORMAT, 0);
}

void store_place_build(void *context, Form *form)
{
    const StoreWizard *wizard = context;
    const StoreKind *kind = store_kind(wizard->kind);
    int id = id_of(kind->kind, 0);
    build_source(form, kind);
    if (kind->fields & STORE_HAS_VERSION)
        build_version(form, kind->kind);
    if (kind->fields & STORE_HAS_LOGIN) {
        form_edit(form, id + FIELD_USER, text(kind->kind == DATASTORE_KIND_ISCSI ? TEXT_STORE_CHAP_USER : TEXT_STORE_USER), 24, 0);
        form_edit(form, id + FIELD_PASSWORD, text(kind->kind == DATASTORE_KIND_RBD ? TEXT_STORE_KEY : TEXT_STORE_PASSWORD), 24, ES_PASSWORD);
    }
    if (kind->fields & STORE_HAS_DEVICES)
        build_devices(form, kind->kind);
    if (kind->fields & STORE_HAS_PATH) {
        form_edit(form, id + FIELD_PATH, text(TEXT_NEW_DATASTORE_PATH), 34, 0);
        form_note(form, id + FIELD_PATH_HINT, NOTE_DIM, text(TEXT_NEW_DATASTORE_HINT));
    }
}

/* A group that exists is chosen by its name, a new one is made of devices. */
static void show_blank(const StoreWizard *wizard, Form *form)
{
    int id = field_id(wizard, 0);
    form_set_checked(form, id + FIELD_BLANK, wizard->blank);
    if (wizard->kind == DATASTORE_KIND_LVM) {
        form_set_shown(form, id + FIELD_DEVICES, wizard->blank);
        form_set_enabled(form, id + FIELD_FIND, !wizard->blank);
        if (wizard->blank)
            form_set_shown(form, id + FIELD_NOTE, false);
    } else {
        form_set_shown(form, id + FIELD_FORMAT, wizard->blank);
    }
}

/* /srv/<name>, spaces as dashes. */
static void follow_name(StoreWizard *wizard)
{
    AUTO_FREE char *name = x_strdup(str_or_empty(wizard->spec.name));
    for (char *at = name; *at; at++)
        *at = *at == ' ' || *at == '/' || *at == '\\' ? '-' : *at;
    if (!wizard->path_typed)
        take(&wizard->spec.path, x_printf("/srv/%s", name));
}

void store_place_enter(void *context, Form *form)
{
    StoreWizard *wizard = context;
    int id = field_id(wizard, 0);
    if (has(wizard, STORE_HAS_PATH)) {
        follow_name(wizard);
        form_set_text(form, id + FIELD_PATH, str_or_empty(wizard->spec.path));
    }
    if (has(wizard, STORE_HAS_HOST))
        form_set_text(form, id + FIELD_HOST, str_or_empty(wizard->spec.host));
    if (has(wizard, STORE_HAS_PORT)) {
        int64_t usual = wizard->kind == DATASTORE_KIND_ISCSI ? ISCSI_PORT : 0; /* Ceph has two */
        int64_t port = wizard->spec.port ? wizard->spec.port : usual;
        AUTO_FREE char *number = port ? x_printf("%lld", (long long)port) : x_strdup("");
        form_set_text(form, id + FIELD_PORT, number);
    }
    if (has(wizard, STORE_HAS_SOURCE))
        form_set_text(form, id + FIELD_SOURCE, str_or_empty(wizard->spec.source));
    if (has(wizard, STORE_HAS_LOGIN))
        form_set_text(form, id + FIELD_USER, str_or_empty(wizard->spec.user));
    if (has(wizard, STORE_HAS_LOGIN) && str_empty(wizard->spec.password))
        form_wipe(form, id + FIELD_PASSWORD);
    if (has(wizard, STORE_CAN_FIND) && !wizard->looking && !wizard->found.sources.count)
        form_set_shown(form, id + FIELD_NOTE, false); /* of a search that was forgotten with its kind */
    if (has(wizard, STORE_HAS_BLANK))
        show_blank(wizard, form);
    if (has(wizard, STORE_HAS_DEVICES)) {
        show_devices(wizard, form);
        if (!wizard->disks_asked && server_can(wizard->server, METHOD_host_disks, NULL))
            call_host_disks(wizard->server, &(Empty){}, on_disks, wizard, wizard);
        wizard->disks_asked = true;
    }
    if (wizard->kind == DATASTORE_KIND_LVM && !wizard->blank)
        find(wizard); /* nothing has to be known for that */
}

static void take_version(StoreWizard *wizard, Form *form)
{
    size_t index = (size_t)form_combo_data(form, field_id(wizard, FIELD_VERSION), 0);
    bool nfs = wizard->kind == DATASTORE_KIND_NFS;
    take(&wizard->spec.version, index ? x_strdup(nfs ? nfs_versions[index - 1] : smb_versions[index - 1]) : NULL);
}

static void take_blank(StoreWizard *wizard, Form *form)
{
    wizard->blank = form_checked(form, field_id(wizard, FIELD_BLANK));
    if (wizard->blank && wizard->kind != DATASTORE_KIND_LVM && str_empty(wizard->spec.format))
        take(&wizard->spec.format, form_text(form, field_id(wizard, FIELD_FORMAT)));
    form_hold(form);
    show_blank(wizard, form);
    form_release(form);
}

static bool was_found(const StoreWizard *wizard, const char *source)
{
    for (size_t i = 0; i < wizard->found.sources.count; i++)
        if (str_equal(wizard->found.sources.items[i].source, source))
            return true;
    return false;
}

/* Another server has other ones. What the user typed himself stays. */
static void forget_found(StoreWizard *wizard, Form *form)
{
    if (was_found(wizard, wizard->spec.source))
        take(&wizard->spec.source, NULL);
    if (wizard->found.sources.count) {
        form_combo_clear(form, field_id(wizard, FIELD_SOURCE));
        form_set_text(form, field_id(wizard, FIELD_SOURCE), str_or_empty(wizard->spec.source));
    }
    if (wizard->looking || wizard->found.sources.count)
        show_note(wizard, NOTE_INFO, NULL);
    DatastoreSourceTable_clear(&wizard->found);
    store_place_forget(wizard);
}

static void take_field(StoreWizard *wizard, Form *form, int field)
{
    if (field == FIELD_HOST || field == FIELD_PORT)
        forget_found(wizard, form);
    int id = field_id(wizard, field);
    DatastoreSpec *spec = &wizard->spec;
    switch (field) {
    case FIELD_HOST: take(&spec->host, form_text(form, id)); break;
    case FIELD_SOURCE: take(&spec->source, form_text(form, id)); break;
    case FIELD_USER: take(&spec->user, form_text(form, id)); break;
    case FIELD_FORMAT: take(&spec->format, form_text(form, id)); break;
    case FIELD_VERSION: take_version(wizard, form); break;
    case FIELD_DEVICES: take_devices(wizard, form); break;
    case FIELD_BLANK: take_blank(wizard, form); break;
    case FIELD_PASSWORD:
        x_free_secret(spec->password);
        spec->password = form_secret(form, id);
        break;
    case FIELD_PORT: {
        AUTO_FREE char *number = form_text(form, id);
        spec->port = strtoll(number, NULL, 10);
        break;
    }
    case FIELD_PATH:
        wizard->path_typed = true;
        take(&spec->path, form_text(form, id));
        break;
    default: break;
    }
}

void store_place_event(void *context, Form *form, int id, FormEvent event)
{
    StoreWizard *wizard = context;
    int field = id - field_id(wizard, 0);
    if (event == FORM_CHANGED)
        take_field(wizard, form, field);
    else if (event == FORM_CLICKED && field == FIELD_FIND)
        find(wizard);
}

/* ---------------------------------------------------------------- checks */

static const char *wrong_device(const StoreWizard *wizard)
{
    const HostDisk *disk = chosen_disk(wizard);
    if (wizard->kind == DATASTORE_KIND_LVM)
        return !wizard->blank || wizard->spec.devices.count ? NULL : text(TEXT_STORE_NO_DEVICES);
    if (!disk)
        return text(TEXT_STORE_NO_DEVICE);
    if (disk->used_as)
        return text(TEXT_STORE_DEVICE_USED);
    if (wizard->blank && !disk->empty)
        return text(TEXT_STORE_DEVICE_NOT_EMPTY);
    return !wizard->blank && disk->empty ? text(TEXT_STORE_DEVICE_EMPTY) : NULL;
}

static const char *wrong_login(const DatastoreSpec *spec)
{
    return str_empty(spec->user) == str_empty(spec->password) ? NULL : text(TEXT_STORE_LOGIN_HALF);
}

char *store_place_check(void *context)
{
    const StoreWizard *wizard = context;
    const DatastoreSpec *spec = &wizard->spec;
    const char *wrong = NULL;
    if (has(wizard, STORE_HAS_PATH))
        return rules_check_datastore_path(server_model(wizard->server), str_or_empty(spec->path));
    if (has(wizard, STORE_HAS_HOST) && str_empty(spec->host))
        wrong = text(TEXT_STORE_NO_HOST);
    else if (has(wizard, STORE_HAS_SOURCE) && str_empty(spec->source))
        wrong = text(store_kind(wizard->kind)->no_source);
    else if (has(wizard, STORE_HAS_LOGIN))
        wrong = wrong_login(spec);
    else if (has(wizard, STORE_HAS_DEVICES))
        wrong = wrong_device(wizard);
    return wrong ? x_strdup(wrong) : NULL;
}
