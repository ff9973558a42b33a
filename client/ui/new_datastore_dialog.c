/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * New datastore: first its kind, then what that kind needs; a test before it is made. What the host cannot have stays in the list, with the
 * reason. See dialogs.h. UI thread.
 */
#include "client/ui/action_dialog.h"
#include "client/ui/dialogs.h"

#include "client/core/rules.h"

#include <stdlib.h>
#include <string.h>

enum { EXPLAIN = 100, KIND, SUPPORT, NAME, PATH, PATH_HINT, HOST, SOURCE, FIND, DEVICES, VERSION, USER, PASSWORD, CREATE, TEST, RESULT };

typedef struct NewDatastore {
    ActionDialog action;
    DatastoreKindTable support; /* empty until the host has told it */
    bool path_typed; /* else it follows the name */
    bool name_seen, path_seen;
} NewDatastore;

/* What the fields mean for each kind; TEXT of SOURCE's label differs, so each kind that has one names it. */
enum { KIND_LVM_THIN = 1000 }; /* libvirt has none: only shown with the reason */
enum { HAS_PATH = 1, HAS_HOST = 2, HAS_SOURCE = 4, HAS_DEVICES = 8, HAS_VERSION = 16, HAS_LOGIN = 32, HAS_CREATE = 64, CAN_FIND = 128 };
static const struct {
    int type;
    TextId name;
    unsigned fields;
} kinds[] = {
    {DATASTORE_KIND_DIR, TEXT_STORE_KIND_DIR, HAS_PATH},
    {DATASTORE_KIND_FS, TEXT_STORE_KIND_FS, HAS_PATH | HAS_DEVICES | HAS_CREATE},
    {DATASTORE_KIND_NFS, TEXT_STORE_KIND_NFS, HAS_PATH | HAS_HOST | HAS_SOURCE | HAS_VERSION | CAN_FIND},
    {DATASTORE_KIND_SMB, TEXT_STORE_KIND_SMB, HAS_PATH | HAS_HOST | HAS_SOURCE | HAS_LOGIN},
    {DATASTORE_KIND_ISCSI, TEXT_STORE_KIND_ISCSI, HAS_HOST | HAS_SOURCE | HAS_LOGIN | CAN_FIND},
    {DATASTORE_KIND_LVM, TEXT_STORE_KIND_LVM, HAS_SOURCE | HAS_DEVICES | CAN_FIND},
    {KIND_LVM_THIN, TEXT_STORE_KIND_LVM_THIN, 0},
    {DATASTORE_KIND_ZFS, TEXT_STORE_KIND_ZFS, HAS_SOURCE},
    {DATASTORE_KIND_RBD, TEXT_STORE_KIND_RBD, HAS_HOST | HAS_SOURCE | HAS_LOGIN},
    {DATASTORE_KIND_DISK, TEXT_STORE_KIND_DISK, HAS_DEVICES | HAS_CREATE},
};

static Form *form_of(const NewDatastore *box) { return dialog_form(box->action.dialog); }
static int kind_of(const NewDatastore *box) { return form_item(form_of(box), KIND) ? (int)form_combo_data(form_of(box), KIND, DATASTORE_KIND_DIR) : DATASTORE_KIND_DIR; }

static unsigned fields_of(int type)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kinds[i].type == type)
            return kinds[i].fields;
    return 0;
}

static const DatastoreKindInfo *support_of(const NewDatastore *box)
{
    for (size_t i = 0; i < box->support.kinds.count; i++)
        if ((int)box->support.kinds.items[i].kind == kind_of(box))
            return &box->support.kinds.items[i];
    return NULL;
}

/* ---------------------------------------------------------------- what is typed */

/* Words between spaces and commas. */
static void take_devices(const char *line, StrList *ret)
{
    AUTO_FREE char *words = x_strdup(line);
    for (char *at = words; *at;) {
        at += strspn(at, " ,;\t");
        size_t length = strcspn(at, " ,;\t");
        char end = at[length];
        at[length] = 0;
        if (length)
            StrList_add(ret, at);
        at += length + (end != 0);
    }
}

static char *text_or_null(Form *form, int id, bool wanted)
{
    char *words = wanted ? form_text(form, id) : NULL;
    if (str_empty(words))
        free(TAKE_PTR(words));
    return words;
}

static DatastoreSpec wish(const NewDatastore *box)
{
    Form *form = form_of(box);
    int kind = kind_of(box);
    unsigned fields = fields_of(kind);
    bool blank = (fields & HAS_CREATE) && form_checked(form, CREATE);
    DatastoreSpec spec = {.name = form_text(form, NAME), .kind = (DatastoreKind)kind, .path = text_or_null(form, PATH, fields & HAS_PATH),
        .host = text_or_null(form, HOST, fields & HAS_HOST), .source = text_or_null(form, SOURCE, fields & HAS_SOURCE),
        .version = text_or_null(form, VERSION, fields & HAS_VERSION), .user = text_or_null(form, USER, fields & HAS_LOGIN),
        .password = text_or_null(form, PASSWORD, fields & HAS_LOGIN),
        .format = blank ? x_strdup(kind == DATASTORE_KIND_DISK ? "gpt" : "ext4") : NULL};
    AUTO_FREE char *devices = text_or_null(form, DEVICES, fields & HAS_DEVICES);
    take_devices(str_or_empty(devices), &spec.devices);
    return spec;
}

static void clear_wish(DatastoreSpec *spec)
{
    x_free_secret(TAKE_PTR(spec->password));
    DatastoreSpec_clear(spec);
}

static void check(NewDatastore *box)
{
    const Model *model = server_model(box->action.server);
    bool mounted = fields_of(kind_of(box)) & HAS_PATH;
    const DatastoreKindInfo *support = support_of(box);
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    AUTO_FREE char *path = form_text(form_of(box), PATH);
    AUTO_FREE char *wrong_name = rules_check_datastore_name(model, name);
    AUTO_FREE char *wrong_path = mounted ? rules_check_datastore_path(model, path) : NULL;
    form_hold(form_of(box));
    form_problem(form_of(box), NAME, box->name_seen ? wrong_name : NULL);
    form_problem(form_of(box), PATH, box->path_seen || (box->name_seen && !wrong_name) ? wrong_path : NULL);
    form_release(form_of(box));
    dialog_enable(box->action.dialog, IDOK, !wrong_name && !wrong_path && !box->action.busy && kind_of(box) != KIND_LVM_THIN && (!support || support->possible));
}

static void show_support(NewDatastore *box)
{
    const DatastoreKindInfo *support = support_of(box);
    AUTO_FREE char *words = NULL;
    if (kind_of(box) == KIND_LVM_THIN)
        words = x_strdup(text(TEXT_STORE_NO_THIN));
    else if (support && !support->possible)
        words = text_format(TEXT_STORE_NOT_POSSIBLE, str_or_empty(support->reason), NULL);
    form_set_note(form_of(box), SUPPORT, NOTE_WARNING, str_or_empty(words));
    form_set_shown(form_of(box), SUPPORT, words != NULL);
}

static void show_kind(NewDatastore *box)
{
    static const struct { int id; unsigned field; } rows[] = {{PATH, HAS_PATH}, {PATH_HINT, HAS_PATH}, {HOST, HAS_HOST}, {SOURCE, HAS_SOURCE},
        {DEVICES, HAS_DEVICES}, {VERSION, HAS_VERSION}, {USER, HAS_LOGIN}, {PASSWORD, HAS_LOGIN}, {CREATE, HAS_CREATE}};
    Form *form = form_of(box);
    unsigned fields = fields_of(kind_of(box));
    if (!form_item(form, KIND))
        return;
    form_hold(form);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        form_set_shown(form, rows[i].id, fields & rows[i].field);
    form_set_enabled(form, FIND, fields & CAN_FIND);
    form_set_shown(form, RESULT, false);
    show_support(box);
    form_release(form);
    dialog_fit(box->action.dialog);
}

/* /srv/<name>, spaces as dashes. */
static void follow_name(NewDatastore *box)
{
    AUTO_FREE char *name = form_text(form_of(box), NAME);
    for (char *at = name; *at; at++)
        *at = *at == ' ' || *at == '/' || *at == '\\' ? '-' : *at;
    AUTO_FREE char *path = *name ? x_printf("/srv/%s", name) : x_strdup("");
    form_set_text(form_of(box), PATH, path);
}

/* ---------------------------------------------------------------- asking the host */

static void show_result(NewDatastore *box, NoteKind kind, const char *sentence)
{
    form_set_note(form_of(box), RESULT, kind, sentence);
    form_set_shown(form_of(box), RESULT, true);
    dialog_fit(box->action.dialog);
}

static void on_kinds(void *context, DatastoreKindTable *result, const Error *error)
{
    NewDatastore *box = context;
    if (!error) {
        DatastoreKindTable_clear(&box->support);
        DatastoreKindTable_copy(result, &box->support);
        show_support(box);
        check(box);
    }
}

static void test_ended(NewDatastore *box, const Error *error)
{
    AUTO_FREE char *words = error ? text_error(error) : NULL;
    form_set_enabled(form_of(box), TEST, true);
    show_result(box, error ? NOTE_WARNING : NOTE_GOOD, error ? words : text(TEXT_STORE_TEST_GOOD));
}

static void on_tested(void *context, const TaskInfo *task, const Error *error)
{
    AUTO(error_clear) Error failure = {0};
    if (!error && task->error)
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    test_ended(context, error ? error : failure.code ? &failure : NULL);
}

static void on_test(void *context, TaskRef *result, const Error *error)
{
    NewDatastore *box = context;
    if (error)
        test_ended(box, error);
    else
        server_follow_task(box->action.server, result->task, on_tested, &box->action, box);
}

static void on_found(void *context, DatastoreSourceTable *result, const Error *error)
{
    NewDatastore *box = context;
    AUTO_FREE char *words = error ? text_error(error) : NULL;
    if (error || !result->sources.count) {
        show_result(box, error ? NOTE_ERROR : NOTE_INFO, error ? words : text(TEXT_STORE_FOUND_NOTHING));
        return;
    }
    form_combo_clear(form_of(box), SOURCE);
    for (size_t i = 0; i < result->sources.count; i++)
        form_combo_add(form_of(box), SOURCE, result->sources.items[i].source, (intptr_t)i);
    form_combo_select(form_of(box), SOURCE, 0);
    AUTO_FREE char *first = text_format(TEXT_STORE_FOUND, result->sources.items[0].source, NULL);
    show_result(box, NOTE_INFO, first);
}

static void test(NewDatastore *box)
{
    DatastoreSpec spec = wish(box);
    form_set_enabled(form_of(box), TEST, false);
    show_result(box, NOTE_INFO, text(TEXT_STORE_TESTING));
    call_datastore_test(box->action.server, &spec, on_test, &box->action, box);
    clear_wish(&spec);
}

static void find(NewDatastore *box)
{
    AUTO_FREE char *host = form_text(form_of(box), HOST);
    DatastoreSourcesParams params = {.kind = (DatastoreKind)kind_of(box), .host = str_empty(host) ? NULL : host};
    show_result(box, NOTE_INFO, text(TEXT_STORE_LOOKING));
    call_datastore_sources(box->action.server, &params, on_found, &box->action, box);
}

static void create(NewDatastore *box)
{
    DatastoreSpec spec = wish(box);
    action_dialog_begin(&box->action, text(TEXT_NEW_DATASTORE_CREATING));
    if (spec.kind == DATASTORE_KIND_DIR) { /* agents of any age make directories */
        DatastoreCreateParams params = {.name = spec.name, .path = spec.path};
        call_datastore_create(box->action.server, &params, action_dialog_done, &box->action, &box->action);
    } else {
        call_datastore_add(box->action.server, &spec, action_dialog_done, &box->action, &box->action);
    }
    clear_wish(&spec);
}

/* ---------------------------------------------------------------- the dialog */

static void on_clicked(NewDatastore *box, int id)
{
    if (id == IDOK)
        create(box);
    else if (id == IDCANCEL)
        action_dialog_cancel(&box->action);
    else if (id == TEST)
        test(box);
    else if (id == FIND)
        find(box);
}

static void on_event(void *context, int id, FormEvent event)
{
    NewDatastore *box = context;
    if (event == FORM_CLICKED) {
        on_clicked(box, id);
    } else if (event == FORM_CHANGED) {
        box->name_seen |= id == NAME;
        box->path_seen |= id == PATH;
        box->path_typed |= id == PATH;
        if (id == KIND)
            show_kind(box);
        if (id == NAME && !box->path_typed)
            follow_name(box);
        check(box);
    }
}

static void build_kind(Form *form)
{
    form_combo(form, KIND, text(TEXT_STORE_KIND), 34, false);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        form_combo_add(form, KIND, text(kinds[i].name), kinds[i].type);
    form_combo_select(form, KIND, DATASTORE_KIND_DIR);
    form_note(form, SUPPORT, NOTE_DIM, " ");
}

static void build_source(Form *form)
{
    form_edit(form, HOST, text(TEXT_STORE_HOST), 34, 0);
    form_combo(form, SOURCE, text(TEXT_STORE_SOURCE), 34, true);
    form_beside_button(form, FIND, text(TEXT_STORE_FIND));
    form_edit(form, DEVICES, text(TEXT_STORE_DEVICES), 34, 0);
    form_combo(form, VERSION, text(TEXT_STORE_VERSION), 12, false);
    form_combo_add(form, VERSION, "", 0);
    form_combo_add(form, VERSION, "4.2", 1);
    form_combo_add(form, VERSION, "4.1", 2);
    form_combo_add(form, VERSION, "4", 3);
    form_combo_add(form, VERSION, "3", 4);
    form_edit(form, USER, text(TEXT_STORE_USER), 20, 0);
    form_edit(form, PASSWORD, text(TEXT_STORE_PASSWORD), 20, ES_PASSWORD);
    form_check(form, CREATE, text(TEXT_STORE_CREATE));
    form_button(form, TEST, text(TEXT_STORE_TEST));
    form_note(form, RESULT, NOTE_INFO, " ");
}

void new_datastore_dialog(HWND owner, Server *server)
{
    NewDatastore box = {.action = {.server = server, .follow = true}};
    bool kinds_known = server_can(server, METHOD_datastore_kinds, NULL);
    AUTO_FREE char *title = text_format(TEXT_NEW_DATASTORE_TITLE, server_name(server), NULL);
    box.action.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.action.dialog, "new-datastore");
    Form *form = form_of(&box);
    form_note(form, EXPLAIN, NOTE_TEXT, text(TEXT_NEW_DATASTORE_EXPLAIN));
    if (kinds_known)
        build_kind(form);
    form_edit(form, NAME, text(TEXT_NEW_DATASTORE_NAME), 34, 0);
    form_edit(form, PATH, text(TEXT_NEW_DATASTORE_PATH), 34, 0);
    form_note(form, PATH_HINT, NOTE_DIM, text(TEXT_NEW_DATASTORE_HINT));
    if (kinds_known)
        build_source(form);
    action_dialog_finish(&box.action, text(TEXT_NEW_DATASTORE_CREATE), false);
    dialog_set_focus(box.action.dialog, NAME);
    show_kind(&box);
    check(&box);
    if (kinds_known)
        call_datastore_kinds(server, &(Empty){}, on_kinds, &box.action, &box);
    action_dialog_run(&box.action);
    DatastoreKindTable_clear(&box.support);
}
