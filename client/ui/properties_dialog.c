/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Properties dialog: reads a VM's settings, shows a page for each kind, applies what was changed as one task; see properties.h. Answers of the host only leave
 * their news in the box; a timer looks at them, since message boxes must not be opened while an answer is being handled. UI thread.
 */
#include "client/ui/properties.h"

#include "client/core/rules.h"
#include "client/ui/dialogs.h"
#include "client/ui/frame.h"
#include "client/ui/help.h"

#include <stdlib.h>

enum {
    PROPERTIES_APPLY = 450, PROPERTIES_HELP,
    PROPERTIES_PENDING = 460, PROPERTIES_REVERT, PROPERTIES_WHEN, PROPERTIES_STATUS,
    TICK_MS = 100, LEAST_WIDTH = 520, LEAST_HEIGHT = 440, INSIDE_WIDTH = 860, INSIDE_HEIGHT = 650,
};

#define LAST_PAGE "properties.page"
#define SIZE_WIDTH "properties.width"
#define SIZE_HEIGHT "properties.height"

static const PropertiesPage *const pages[VM_PAGE_COUNT] = {
    [VM_PAGE_GENERAL] = &properties_general_page,   [VM_PAGE_CPU] = &properties_cpu_page,       [VM_PAGE_MEMORY] = &properties_memory_page,
    [VM_PAGE_BOOT] = &properties_boot_page,         [VM_PAGE_DISKS] = &properties_disks_page,   [VM_PAGE_DRIVES] = &properties_drives_page,
    [VM_PAGE_NICS] = &properties_nics_page,         [VM_PAGE_GRAPHICS] = &properties_graphics_page, [VM_PAGE_SERIAL] = &properties_serial_page,
    [VM_PAGE_DEVICES] = &properties_devices_page,   [VM_PAGE_RNG] = &properties_rng_page,       [VM_PAGE_GUEST] = &properties_guest_page,
    [VM_PAGE_START] = &properties_start_page,       [VM_PAGE_ADVANCED] = &properties_advanced_page,
};

/* ---------------------------------------------------------------- showing */

static void show_notes(Properties *box, VmPage page, Form *form)
{
    const char *device = pages[page]->device ? pages[page]->device(box, form) : NULL;
    AUTO_FREE char *pending = vm_edit_pending_text(&box->edit, page);
    AUTO_FREE char *sentence = pending ? text_format(TEXT_PROPERTIES_PENDING, pending, NULL) : NULL;
    AUTO_FREE char *when = vm_edit_when_text(&box->edit, page, device);
    form_hold(form);
    if (sentence)
        form_set_note(form, PROPERTIES_PENDING, NOTE_WARNING, sentence);
    form_set_shown(form, PROPERTIES_PENDING, sentence != NULL);
    form_set_enabled(form, PROPERTIES_REVERT, sentence && !box->read_only);
    form_set_note(form, PROPERTIES_WHEN, NOTE_DIM, box->read_only ? box->why_read_only : when);
    form_set_shown(form, PROPERTIES_WHEN, box->read_only || *when);
    form_release(form);
}

static void fill(Properties *box, size_t index, Form *form)
{
    if (!vm_edit_has_page(&box->edit, box->pages[index]))
        return;
    box->filling = true;
    form_hold(form);
    pages[box->pages[index]]->fill(box, form);
    form_release(form);
    box->filling = false;
    show_notes(box, box->pages[index], form);
}

static void build(void *context, size_t index, Form *form)
{
    Properties *box = context;
    if (!box->loaded) {
        form_note(form, PROPERTIES_STATUS, NOTE_INFO, text(TEXT_PROPERTIES_READING));
        return;
    }
    if (!vm_edit_has_page(&box->edit, box->pages[index])) {
        form_note(form, PROPERTIES_STATUS, NOTE_INFO, text(TEXT_PROPERTIES_NO_SUCH));
        return;
    }
    form_note(form, PROPERTIES_PENDING, NOTE_WARNING, " ");
    form_beside_button(form, PROPERTIES_REVERT, text(TEXT_PROPERTIES_REVERT));
    pages[box->pages[index]]->build(box, form);
    form_note(form, PROPERTIES_WHEN, NOTE_DIM, " ");
    fill(box, index, form);
}

static void show_state(Properties *box)
{
    bool changed = box->loaded && vm_edit_changed(&box->edit);
    book_update(box->book);
    book_enable(box->book, box->loaded && !box->busy);
    dialog_enable(box->dialog, PROPERTIES_APPLY, changed && !box->busy && !box->read_only);
    dialog_enable(box->dialog, IDOK, box->loaded && !box->busy && !box->read_only);
}

/* page_count: that page is not there, or was never open. */
static size_t find_page(const Properties *box, VmPage page)
{
    size_t i = 0;
    while (i < box->page_count && (box->pages[i] != page || !box->loaded || !book_form(box->book, i)))
        i++;
    return i;
}

Form *properties_form(const Properties *box, VmPage page)
{
    size_t i = find_page(box, page);
    return i < box->page_count ? book_form(box->book, i) : NULL;
}

void properties_refill(Properties *box, VmPage page)
{
    size_t i = find_page(box, page);
    if (i < box->page_count)
        fill(box, i, book_form(box->book, i));
}

static void refill_all(Properties *box)
{
    for (size_t i = 0; i < box->page_count; i++)
        properties_refill(box, box->pages[i]);
    show_state(box);
}

static char *summary(void *context, size_t index)
{
    const Properties *box = context;
    return box->loaded ? vm_edit_summary(&box->edit, box->pages[index]) : x_strdup("");
}

static BookMark mark(void *context, size_t index)
{
    const Properties *box = context;
    if (!box->loaded)
        return BOOK_PLAIN;
    AUTO_FREE char *pending = vm_edit_pending_text(&box->edit, box->pages[index]);
    return vm_edit_page_changed(&box->edit, box->pages[index]) ? BOOK_CHANGED : pending ? BOOK_WAITING : BOOK_PLAIN;
}

static void shown(void *context, size_t index)
{
    const Properties *box = context;
    if (box->loaded)
        settings_set_str(core_settings(app_get()->core), LAST_PAGE, vm_page_name(box->pages[index]));
}

/* ---------------------------------------------------------------- failures */

void properties_fail(Properties *box, char *sentence, int code)
{
    free(box->failure);
    box->failure = sentence;
    box->failure_code = code;
}

static void fail_error(Properties *box, const Error *error)
{
    box->busy = false;
    properties_fail(box, text_error(error), error->code);
}

/* ---------------------------------------------------------------- reading */

static void on_details(void *context, VmDetails *result, const Error *error)
{
    Properties *box = context;
    if (error) {
        fail_error(box, error);
        return;
    }
    VmDetails_clear(&box->news);
    box->news = *result;
    *result = (VmDetails){0};
}

static void read_details(Properties *box)
{
    VmRef params = {.vm = box->vm};
    const VmInfo *vm = model_vm(server_model(box->server), box->vm);
    box->reload = false;
    box->seen = vm ? vm->state : VM_STATE_UNKNOWN;
    call_vm_get(box->server, &params, on_details, box, box);
}

void properties_reload(Properties *box) { box->reload = true; }

static void on_capabilities(void *context, GuestCapabilities *result, const Error *error)
{
    Properties *box = context;
    if (error)
        return; /* the pages offer what is usual, then */
    GuestCapabilities_clear(&box->edit.can);
    box->edit.can = *result;
    box->edit.can_known = true;
    *result = (GuestCapabilities){0};
    if (box->loaded)
        refill_all(box);
}

static void read_capabilities(Properties *box)
{
    CapabilitiesParams params = {.vm = box->vm};
    if (server_can(box->server, METHOD_host_capabilities, NULL))
        call_host_capabilities(box->server, &params, on_capabilities, box, box);
}

static void take_first(Properties *box)
{
    GuestCapabilities can = box->edit.can;
    bool can_known = box->edit.can_known;
    vm_edit_init(&box->edit, &box->news, server_model(box->server));
    box->edit.can = can;
    box->edit.can_known = can_known;
    box->loaded = true;
    book_rebuild(box->book);
    show_state(box);
    dialog_fit(box->dialog);
    dialog_set_default(box->dialog, box->read_only ? IDCANCEL : IDOK);
    book_focus(box->book);
}

/* Somebody may have changed it meanwhile, here in another window or there. */
static void take_news(Properties *box)
{
    AUTO_FREE char *theirs = NULL;
    AUTO_FREE char *lost = NULL;
    if (!box->loaded) {
        take_first(box);
        return;
    }
    vm_edit_rebase(&box->edit, &box->news, &theirs, &lost);
    box->news = (VmDetails){0};
    refill_all(box);
    if (lost) {
        AUTO_FREE char *sentence = text_format(TEXT_PROPERTIES_LOST, theirs, lost, NULL);
        message_info(dialog_window(box->dialog), text(TEXT_PROPERTIES_CHANGED_TITLE), sentence);
    }
}

/* ---------------------------------------------------------------- applying */

static void task_ended(void *context, const TaskInfo *task, const Error *error)
{
    Properties *box = context;
    AUTO(error_clear) Error failure = {0};
    box->busy = false;
    if (error) {
        fail_error(box, error);
    } else if (task->state == TASK_STATE_DONE) {
        free(box->configured);
        box->configured = vm_configured_text(task->result);
        box->applied = true;
    } else if (task->error) {
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
        fail_error(box, &failure);
    } else {
        properties_fail(box, x_strdup(text(TEXT_PROPERTIES_CANCELLED)), 0);
    }
}

static void task_begun(void *context, TaskRef *result, const Error *error)
{
    Properties *box = context;
    if (error)
        fail_error(box, error);
    else
        server_follow_task(box->server, result->task, task_ended, box, box);
}

/* False: a page has a value that cannot be used; it is shown with the reason. */
static bool all_right(Properties *box)
{
    for (size_t i = 0; i < box->page_count; i++) {
        AUTO_FREE char *wrong = vm_edit_check(&box->edit, box->pages[i]);
        if (!wrong)
            continue;
        book_show(box->book, i);
        message_info(dialog_window(box->dialog), text(vm_page_title(box->pages[i])), wrong);
        return false;
    }
    return true;
}

static void send(Properties *box)
{
    AUTO(VmConfigureParams_clear) VmConfigureParams params = {0};
    vm_edit_request(&box->edit, &params);
    box->busy = box->settle = true;
    show_state(box);
    call_vm_configure(box->server, &params, task_begun, box, box);
}

/* The values that were sent are the host's now: what the dialog reads next is nobody else's change. */
static void settle(Properties *box)
{
    if (box->settle) {
        VmConfig_clear(box->edit.was.config);
        VmConfig_copy(&box->edit.want, box->edit.was.config);
    }
    box->busy = true; /* until it was read */
    read_details(box);
}

static void leave_with(Properties *box, int result)
{
    Settings *settings = core_settings(app_get()->core);
    SIZE size = dialog_size(box->dialog);
    settings_set_int(settings, SIZE_WIDTH, size.cx);
    settings_set_int(settings, SIZE_HEIGHT, size.cy);
    dialog_close(box->dialog, result);
}

static void after_task(Properties *box)
{
    box->applied = false;
    if (box->configured)
        frame_hint(box->configured, false);
    if (box->closing)
        leave_with(box, IDOK);
    else
        settle(box);
}

static void apply(Properties *box, bool closing)
{
    if (!vm_edit_changed(&box->edit)) {
        if (closing)
            leave_with(box, IDOK);
        return;
    }
    box->closing = closing;
    if (all_right(box))
        send(box);
}

static void revert(Properties *box)
{
    AUTO(VmRevertParams_clear) VmRevertParams params = {.vm = x_strdup(box->vm), .revision = x_strdup(box->edit.was.revision)};
    VmPage page = box->pages[book_page(box->book)];
    vm_edit_undo(&box->edit, page);
    vm_edit_pending_groups(&box->edit, page, &params.groups);
    box->closing = box->settle = false;
    box->busy = true;
    show_state(box);
    call_vm_revert(box->server, &params, task_begun, box, box);
}

/* ---------------------------------------------------------------- events */

static void on_changed_by_others(Properties *box)
{
    AUTO_FREE char *sentence = TAKE_PTR(box->failure);
    AUTO_FREE char *question = x_printf("%s\n\n%s", sentence, text(TEXT_PROPERTIES_RELOAD_ASK));
    if (message_confirm(dialog_window(box->dialog), text(TEXT_PROPERTIES_CHANGED_TITLE), question, text(TEXT_PROPERTIES_RELOAD), false))
        read_details(box);
}

static void show_failure(Properties *box)
{
    show_state(box);
    if (box->failure_code == ERR_VM_CHANGED) {
        on_changed_by_others(box);
        return;
    }
    AUTO_FREE char *sentence = TAKE_PTR(box->failure);
    if (!box->loaded) {
        form_set_note(book_form(box->book, book_page(box->book)), PROPERTIES_STATUS, NOTE_ERROR, sentence);
        return;
    }
    message_failure(dialog_window(box->dialog), text(TEXT_PROPERTIES_FAILED_TITLE), sentence, box->failure_code);
}

/* The VM was started, stopped or changed: other things apply at once now. */
static bool is_stale(const Properties *box)
{
    const VmInfo *vm = model_vm(server_model(box->server), box->vm);
    return vm && box->loaded && vm->state != box->seen;
}

static void on_tick(Properties *box)
{
    if (!IsWindowEnabled(dialog_window(box->dialog))) /* another dialog is open over it, which has what it began with */
        return;
    if (box->failure) {
        show_failure(box);
    } else if (box->applied && !box->busy) {
        after_task(box);
    } else if (box->news.config) {
        box->busy = false;
        take_news(box);
    } else if (!box->busy && (box->reload || is_stale(box))) {
        box->busy = true;
        read_details(box);
    }
}

static void on_page(void *context, size_t index, Form *form, int id, FormEvent event)
{
    Properties *box = context;
    if (!box->loaded || box->filling)
        return;
    if (event == FORM_CLICKED && id == PROPERTIES_REVERT) {
        revert(box);
        return;
    }
    box->filling = true;
    pages[box->pages[index]]->event(box, form, id, event);
    box->filling = false;
    show_notes(box, box->pages[index], form);
    show_state(box);
}

void properties_changed(Properties *box, VmPage page)
{
    for (size_t i = 0; i < box->page_count; i++)
        if (box->pages[i] == page && !box->filling)
            show_notes(box, page, book_form(box->book, i));
    show_state(box);
}

static void leave(Properties *box)
{
    bool changed = box->loaded && !box->busy && vm_edit_changed(&box->edit);
    if (changed && !message_confirm(dialog_window(box->dialog), text(TEXT_PROPERTIES_LEAVE_TITLE), text(TEXT_NEW_VM_LEAVE), text(TEXT_NEW_VM_LEAVE_VERB), false))
        return;
    leave_with(box, IDCANCEL);
}

static void on_dialog(void *context, int id, FormEvent event)
{
    Properties *box = context;
    if (event == FORM_TIMER)
        on_tick(box);
    if (event != FORM_CLICKED)
        return;
    switch (id) {
    case IDOK: apply(box, true); break;
    case IDCANCEL: leave(box); break;
    case PROPERTIES_APPLY: apply(box, false); break;
    case PROPERTIES_HELP: help_open(dialog_window(box->dialog), book_topic(box->book)); break;
    default: break;
    }
}

/* ---------------------------------------------------------------- life */

static const BookClass class = {
    .list_name = TEXT_OPTIONS_PAGES, .summaries = true, .width = LEAST_WIDTH, .height = LEAST_HEIGHT, .dialog = on_dialog, .build = build, .event = on_page, .shown = shown,
    .summary = summary, .mark = mark,
};

static void add_pages(Properties *box)
{
    for (VmPage page = 0; page < VM_PAGE_COUNT; page++) {
        box->pages[box->page_count++] = page;
        book_add(box->book, vm_page_title(page), pages[page]->icon, pages[page]->topic);
    }
}

static size_t page_to_show(const Properties *box, VmPage page)
{
    const char *last = settings_str(core_settings(app_get()->core), LAST_PAGE, "");
    for (size_t i = 0; i < box->page_count; i++)
        if (page == VM_PAGE_COUNT ? str_equal(vm_page_name(box->pages[i]), last) : box->pages[i] == page)
            return i;
    return 0;
}

static void restore_size(const Properties *box)
{
    const Settings *settings = core_settings(app_get()->core);
    int width = (int)settings_int(settings, SIZE_WIDTH, INSIDE_WIDTH), height = (int)settings_int(settings, SIZE_HEIGHT, INSIDE_HEIGHT);
    if (width > 0 && width < 10000 && height > 0 && height < 10000)
        dialog_set_size(box->dialog, width, height);
}

static void clear(Properties *box)
{
    core_forget(app_get()->core, box);
    vm_edit_clear(&box->edit);
    VmDetails_clear(&box->news);
    StrList_clear(&box->boot);
    HostDeviceTable_clear(&box->host_devices);
    GuestInfo_clear(&box->guest);
    free(box->failure);
    free(box->devices_why);
    free(box->why_read_only);
    free(box->configured);
    free(box->xml);
    free(box->xml_revision);
    free(box->xml_for);
    GuestKindTable_clear(&box->kinds);
}

/* IDOK, or IDCANCEL. */
static int run_dialog(HWND owner, Server *server, const char *vm, VmPage page, TextId verb)
{
    Properties box = {.server = server};
    const VmInfo *info = model_vm(server_model(server), vm);
    AUTO_FREE char *title = text_format(TEXT_PROPERTIES_TITLE, info ? info->name : vm, NULL);
    snprintf(box.vm, sizeof(box.vm), "%s", vm);
    box.read_only = !server_can(server, METHOD_vm_configure, &box.why_read_only);
    box.book = book_create(owner, title, &class, &box);
    box.dialog = book_dialog(box.book);
    add_pages(&box);
    dialog_button(box.dialog, IDOK, text(verb), true);
    dialog_button(box.dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    dialog_button(box.dialog, PROPERTIES_APPLY, text(TEXT_OPTIONS_APPLY), false);
    dialog_button(box.dialog, PROPERTIES_HELP, text(TEXT_DIALOG_HELP), false);
    restore_size(&box);
    dialog_set_timer(box.dialog, TICK_MS);
    read_capabilities(&box);
    read_details(&box);
    show_state(&box);
    int result = book_run(box.book, page_to_show(&box, page));
    clear(&box);
    return result;
}

void properties_dialog(HWND owner, Server *server, const char *vm, VmPage page) { run_dialog(owner, server, vm, page, TEXT_DIALOG_OK); }

bool properties_dialog_new(HWND owner, Server *server, const char *vm, bool starts)
{
    return run_dialog(owner, server, vm, VM_PAGE_GENERAL, starts ? TEXT_NEW_VM_CREATE_AND_START : TEXT_DIALOG_OK) == IDOK;
}
