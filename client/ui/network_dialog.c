/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New network and Edit network: see network_dialog.h. UI thread. */
#include "client/ui/network_dialog.h"

#include "client/core/network_users.h"
#include "client/ui/help.h"
#include "client/ui/networks_page.h"
#include "client/win/icons.h"
#include "client/win/message.h"

#include <stdlib.h>

enum { NETWORK_HELP = 450, TICK_MS = 100, LEAST_WIDTH = 470, LEAST_HEIGHT = 380 };

/* ---------------------------------------------------------------- what applies when */

/* The draft as settings; false: something in it is wrong yet. */
static bool wanted(const NetworkBox *box, NetworkConfig *ret)
{
    NetworkPage page;
    AUTO_FREE char *wrong = network_draft_check(&box->draft, server_model(box->server), &box->table.nics, box->id ? box->now.config : NULL, box->id, ret, &page);
    return !wrong;
}

static char *later_text(const NetworkBox *box)
{
    const NetworkInfo *network = model_network(server_model(box->server), box->id);
    AUTO_FREE char *names = network ? network_vm_names(server_model(box->server), network, true) : NULL;
    return names ? text_format(TEXT_NETWORK_APPLIES_LATER_USED, names, NULL) : x_strdup(text(TEXT_NETWORK_APPLIES_LATER));
}

/* NULL: nothing is changed. */
static char *when_text(const NetworkBox *box, bool *ret_later)
{
    AUTO(NetworkConfig_clear) NetworkConfig want = {0};
    *ret_later = false;
    if (!box->id || !box->loaded || box->read_only || !wanted(box, &want) || !network_draft_differs(box->now.config, &want))
        return NULL;
    if (!box->now.active)
        return x_strdup(text(TEXT_NETWORK_APPLIES_OFF));
    *ret_later = network_draft_needs_restart(box->now.config, &want);
    return *ret_later ? later_text(box) : x_strdup(text(TEXT_NETWORK_APPLIES_NOW));
}

static void show_when(NetworkBox *box)
{
    bool later = false;
    AUTO_FREE char *when = box->read_only ? x_strdup(text(TEXT_NETWORK_ABOUT_UNKNOWN)) : when_text(box, &later);
    for (size_t page = 0; box->loaded && page < NETWORK_PAGE_COUNT; page++) {
        Form *form = book_form(box->book, page);
        if (!form)
            continue;
        form_hold(form);
        form_set_note(form, NETWORK_WHEN, later ? NOTE_WARNING : NOTE_INFO, str_or_empty(when));
        form_set_shown(form, NETWORK_WHEN, when != NULL);
        form_set_checked(form, NETWORK_RESTART, box->restart);
        form_set_shown(form, NETWORK_RESTART, later);
        form_release(form);
    }
}

/* ---------------------------------------------------------------- pages */

static void build(void *context, size_t page, Form *form)
{
    NetworkBox *box = context;
    if (!box->loaded) {
        form_note(form, NETWORK_READING, NOTE_INFO, text(TEXT_NETWORK_READING));
        return;
    }
    network_page_build(box, (NetworkPage)page, form);
    form_note(form, NETWORK_WHEN, NOTE_INFO, " ");
    form_check(form, NETWORK_RESTART, text(TEXT_NETWORK_LABEL_RESTART));
    form_set_shown(form, NETWORK_WHEN, false);
    form_set_shown(form, NETWORK_RESTART, false);
    network_page_fill(box, (NetworkPage)page, form);
}

static void show_state(NetworkBox *box)
{
    book_update(box->book);
    book_enable(box->book, box->loaded && !box->busy);
    dialog_enable(box->dialog, IDOK, box->loaded && !box->busy && !box->read_only);
    show_when(box);
}

static void refill(NetworkBox *box)
{
    for (size_t page = 0; page < NETWORK_PAGE_COUNT; page++)
        if (book_form(box->book, page))
            network_page_fill(box, (NetworkPage)page, book_form(box->book, page));
    show_state(box);
}

static char *summary(void *context, size_t page)
{
    const NetworkBox *box = context;
    return box->loaded ? network_draft_summary(&box->draft, (NetworkPage)page) : x_strdup("");
}

static void on_page(void *context, size_t page, Form *form, int id, FormEvent event)
{
    NetworkBox *box = context;
    if (!box->loaded || box->filling)
        return;
    if (event == FORM_CHANGED && id == NETWORK_RESTART) {
        box->restart = form_checked(form, NETWORK_RESTART);
        show_when(box);
        return;
    }
    if (network_page_event(box, (NetworkPage)page, form, id, event))
        refill(box);
}

/* ---------------------------------------------------------------- reading */

static void fail(NetworkBox *box, const Error *error)
{
    box->busy = false;
    free(box->failure);
    box->failure = text_error(error);
    box->failure_code = error->code;
}

static void on_details(void *context, NetworkDetails *result, const Error *error)
{
    NetworkBox *box = context;
    if (error) {
        fail(box, error);
        return;
    }
    NetworkDetails_clear(&box->now);
    box->now = *result;
    *result = (NetworkDetails){0};
    box->busy = false;
    box->read = true;
}

static void on_nics(void *context, HostNicTable *result, const Error *error)
{
    NetworkBox *box = context;
    if (!error) {
        HostNicTable_clear(&box->table);
        box->table = *result;
        *result = (HostNicTable){0};
    }
    if (box->id) { /* an agent without that call: the choice of cards is smaller */
        NetworkRef params = {.network = box->id};
        call_network_get(box->server, &params, on_details, box, box);
    } else {
        box->busy = false;
        box->read = true;
    }
}

static void read_all(NetworkBox *box)
{
    box->busy = true;
    call_host_nics(box->server, &(Empty){}, on_nics, box, box);
}

static void take_read(NetworkBox *box)
{
    network_draft_clear(&box->draft);
    network_draft_init(&box->draft, box->id ? box->now.config : NULL);
    if (!box->id)
        network_draft_propose(&box->draft, server_model(box->server), &box->table.nics);
    box->read_only = box->id && (box->now.transient || box->now.config->mode == NETWORK_MODE_UNKNOWN);
    box->lease = -1;
    if (box->mac)
        network_page_begin_with(box, box->mac, box->address, box->name);
    box->loaded = true;
    book_rebuild(box->book);
    dialog_fit(box->dialog);
    show_state(box);
    dialog_set_default(box->dialog, box->read_only ? IDCANCEL : IDOK);
    if (box->id)
        book_focus(box->book);
    else
        form_focus(book_form(box->book, NETWORK_PAGE_GENERAL), NETWORK_NAME);
}

/* ---------------------------------------------------------------- applying */

static void task_ended(void *context, const TaskInfo *task, const Error *error)
{
    NetworkBox *box = context;
    AUTO(error_clear) Error failure = {0};
    if (!error && task->state == TASK_STATE_DONE) {
        box->done = true;
        return;
    }
    if (!error && task->error)
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    else if (!error)
        error_set(&failure, ERR_CANCELLED, task->object_name, NULL);
    fail(box, error ? error : &failure);
}

static void task_begun(void *context, TaskRef *result, const Error *error)
{
    NetworkBox *box = context;
    if (error)
        fail(box, error);
    else
        server_follow_task(box->server, result->task, task_ended, box, box);
}

static void send(NetworkBox *box, NetworkConfig *config)
{
    box->busy = true;
    show_state(box);
    if (box->id) {
        NetworkConfigureParams params = {.network = box->id, .revision = box->now.revision, .config = config, .restart = box->restart};
        call_network_configure(box->server, &params, task_begun, box, box);
    } else {
        NetworkCreateParams params = {.config = config, .start = box->start};
        call_network_create(box->server, &params, task_begun, box, box);
    }
}

static void apply(NetworkBox *box)
{
    AUTO(NetworkConfig_clear) NetworkConfig config = {0};
    NetworkPage page = NETWORK_PAGE_GENERAL;
    static const TextId titles[NETWORK_PAGE_COUNT] = {TEXT_NETWORK_DIALOG_GENERAL, TEXT_NETWORK_DIALOG_ADDRESSES, TEXT_NETWORK_DIALOG_LEASES};
    AUTO_FREE char *wrong = network_draft_check(&box->draft, server_model(box->server), &box->table.nics, box->id ? box->now.config : NULL, box->id, &config, &page);
    if (wrong) {
        book_show(box->book, page);
        message_info(dialog_window(box->dialog), text(titles[page]), wrong);
    } else if (box->id && !network_draft_differs(box->now.config, &config)) {
        dialog_close(box->dialog, IDOK);
    } else {
        send(box, &config);
    }
}

/* ---------------------------------------------------------------- events */

static void show_failure(NetworkBox *box)
{
    AUTO_FREE char *sentence = TAKE_PTR(box->failure);
    HWND window = dialog_window(box->dialog);
    show_state(box);
    if (!box->loaded) {
        form_set_note(book_form(box->book, book_page(box->book)), NETWORK_READING, NOTE_ERROR, sentence);
    } else if (box->failure_code == ERR_NETWORK_CHANGED) {
        AUTO_FREE char *question = x_printf("%s\n\n%s", sentence, text(TEXT_NETWORK_RELOAD_ASK));
        if (message_confirm(window, text(TEXT_NETWORK_CHANGED_TITLE), question, text(TEXT_NETWORK_RELOAD), false))
            read_all(box);
    } else {
        message_failure(window, text(box->id ? TEXT_TASK_network_configure : TEXT_TASK_network_create), sentence, box->failure_code);
    }
}

static void on_tick(NetworkBox *box)
{
    if (!IsWindowEnabled(dialog_window(box->dialog))) /* a message box is open over it */
        return;
    if (box->failure) {
        show_failure(box);
    } else if (box->done) {
        dialog_close(box->dialog, IDOK);
    } else if (box->read) {
        box->read = false;
        take_read(box);
    }
}

static void leave(NetworkBox *box)
{
    AUTO(NetworkConfig_clear) NetworkConfig want = {0};
    bool changed = box->loaded && !box->busy && box->id && !box->read_only && (!wanted(box, &want) || network_draft_differs(box->now.config, &want));
    if (!changed || message_confirm(dialog_window(box->dialog), text(TEXT_PROPERTIES_LEAVE_TITLE), text(TEXT_NEW_VM_LEAVE), text(TEXT_NEW_VM_LEAVE_VERB), false))
        dialog_close(box->dialog, IDCANCEL);
}

static void on_dialog(void *context, int id, FormEvent event)
{
    NetworkBox *box = context;
    if (event == FORM_TIMER)
        on_tick(box);
    if (event != FORM_CLICKED)
        return;
    switch (id) {
    case IDOK: apply(box); break;
    case IDCANCEL: leave(box); break;
    case NETWORK_HELP: help_open(dialog_window(box->dialog), book_topic(box->book)); break;
    default: break;
    }
}

/* ---------------------------------------------------------------- life */

static const BookClass class = {.list_name = TEXT_OPTIONS_PAGES, .summaries = true, .fit = true, .width = LEAST_WIDTH, .height = LEAST_HEIGHT, .dialog = on_dialog, .build = build, .event = on_page,
    .summary = summary};

static void box_clear(NetworkBox *box)
{
    core_forget(app_get()->core, box);
    network_draft_clear(&box->draft);
    NetworkDetails_clear(&box->now);
    HostNicTable_clear(&box->table);
    free(box->failure);
    free(box->id);
    free(box->mac);
    free(box->address);
    free(box->name);
}

void network_dialog(HWND owner, Server *server, const char *id, NetworkPage page, const char *mac, const char *address, const char *name)
{
    const NetworkInfo *network = id ? model_network(server_model(server), id) : NULL;
    NetworkBox box = {.server = server, .id = network ? x_strdup(id) : NULL, .mac = x_strdup(mac), .address = x_strdup(address), .name = x_strdup(name), .lease = -1, .start = true};
    AUTO_FREE char *title = text_format(network ? TEXT_EDIT_NETWORK_TITLE : TEXT_NEW_NETWORK_TITLE, network ? network->name : server_name(server), NULL);
    box.book = book_create(owner, title, &class, &box);
    box.dialog = book_dialog(box.book);
    book_add(box.book, TEXT_NETWORK_DIALOG_GENERAL, ICON_NETWORK, "network-modes");
    book_add(box.book, TEXT_NETWORK_DIALOG_ADDRESSES, ICON_PROPERTIES, "network-addresses");
    book_add(box.book, TEXT_NETWORK_DIALOG_LEASES, ICON_LOCK, "network-leases");
    dialog_button(box.dialog, IDOK, text(network ? TEXT_DIALOG_OK : TEXT_NETWORK_DIALOG_CREATE), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_button(box.dialog, NETWORK_HELP, text(TEXT_DIALOG_HELP), false);
    dialog_enable(box.dialog, IDOK, false);
    dialog_set_timer(box.dialog, TICK_MS);
    read_all(&box);
    book_run(box.book, page);
    box_clear(&box);
    networks_page_refresh();
}
