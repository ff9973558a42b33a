/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The General page: what there is to know of the selected server, VM, datastore or network, as a list of name and value under headings. Made anew from
 * the model whenever that changes; the list keeps selection and scroll position. UI thread.
 */
#include "client/core/agent_files.h"
#include "client/core/agent_setup.h"
#include "client/core/core.h"
#include "client/core/format.h"
#include "client/core/new_vm.h"
#include "client/core/port.h"
#include "client/core/words_network.h"
#include "client/ui/page.h"
#include "client/ui/words.h"
#include "client/win/accessible.h"
#include "client/win/list.h"
#include "client/win/popup.h"
#include "client/win/paint.h"
#include "client/win/subclass.h"
#include "client/win/theme.h"

#include <commctrl.h>
#include <stdlib.h>

enum { LIST_ID = 100, UPTIME_TIMER = 1, UPTIME_TICK_MS = 30000, MENU_COPY = 1 };
enum { COLUMN_NAME, COLUMN_VALUE };

typedef struct Property {
    char *name;
    char *value;      /* NULL: a heading */
    int permille;     /* of a bar; -1: none */
} Property;

typedef struct GeneralPage {
    Page *page;
    List *list;
    Property *rows;
    size_t count;
} GeneralPage;

/* ---------------------------------------------------------------- rows */

static void add_row(GeneralPage *general, char *name, char *value, int permille)
{
    general->rows = x_realloc(general->rows, general->count + 1, sizeof *general->rows);
    general->rows[general->count++] = (Property){name, value, permille};
}

static void clear_rows(GeneralPage *general)
{
    for (size_t i = 0; i < general->count; i++) {
        free(general->rows[i].name);
        free(general->rows[i].value);
    }
    free(general->rows);
    general->rows = NULL;
    general->count = 0;
}

static void heading(GeneralPage *general, TextId id) { add_row(general, x_strdup(text(id)), NULL, -1); }

/* Takes value; an empty one leaves the row out. */
static void field(GeneralPage *general, TextId id, char *value)
{
    if (str_empty(value))
        free(value);
    else
        add_row(general, x_strdup(text(id)), value, -1);
}

static void field_text(GeneralPage *general, TextId id, const char *value) { field(general, id, x_strdup(value)); }
static void field_word(GeneralPage *general, TextId id, TextId word) { field(general, id, x_strdup(text(word))); }
static void field_flag(GeneralPage *general, TextId id, bool yes) { field_word(general, id, yes ? TEXT_YES : TEXT_NO); }
static void field_size(GeneralPage *general, TextId id, int64_t bytes) { field(general, id, bytes > 0 ? format_size(bytes) : NULL); }
static void field_number(GeneralPage *general, TextId id, int64_t number) { field(general, id, number > 0 ? format_number(number) : NULL); }

static void field_since(GeneralPage *general, int64_t started)
{
    if (started <= 0)
        return;
    field(general, TEXT_FIELD_BOOTED, format_time(started));
    field(general, TEXT_FIELD_UPTIME, format_duration(port_now_ms() - started));
}

/* ---------------------------------------------------------------- host */

static void add_driver(GeneralPage *general, const DriverInfo *driver)
{
    add_row(general, text_format(TEXT_SECTION_DRIVER, driver->name, NULL), NULL, -1);
    field_text(general, TEXT_FIELD_URI, driver->uri);
    field_text(general, TEXT_FIELD_HYPERVISOR_VERSION, driver->version);
    field_flag(general, TEXT_FIELD_KVM, driver->kvm);
    field_flag(general, TEXT_FIELD_UEFI, driver->uefi);
    field_number(general, TEXT_FIELD_MAX_VCPUS, driver->max_vcpus);
    for (size_t i = 0; i < driver->missing.count; i++)
        add_row(general, text_format(TEXT_FIELD_MISSING, driver->missing.items[i].capability, NULL), x_strdup(driver->missing.items[i].reason), -1);
}

static void add_connection(GeneralPage *general, const Server *server)
{
    const ServerConfig *config = server_config(server);
    const HelloResult *hello = server_hello(server);

    heading(general, TEXT_SECTION_CONNECTION);
    field(general, TEXT_FIELD_ADDRESS, x_printf("%s:%d", config->host, config->port ? config->port : 22));
    field_text(general, TEXT_FIELD_USER, hello ? hello->user : config->user);
    if (hello)
        field_word(general, TEXT_FIELD_ROLE, words_role(hello->role));
    if (server_error(server))
        field(general, TEXT_FIELD_ERROR, text_error(server_error(server)));
}

static char *update_text(void)
{
    AUTO_FREE char *carried = agent_files_version();
    return text_format(TEXT_AGENT_UPDATE_OFFER, str_or_empty(carried), NULL);
}

static void add_host(GeneralPage *general, const Server *server)
{
    const HostInfo *host = model_host(server_model(server));

    heading(general, TEXT_SECTION_GENERAL);
    field_text(general, TEXT_FIELD_NAME, server_name(server));
    if (host) {
        field_text(general, TEXT_FIELD_UUID, host->id);
        field_since(general, host->boot_time);
    }
    add_connection(general, server);
    if (!host)
        return;
    heading(general, TEXT_SECTION_PROCESSOR);
    field_text(general, TEXT_FIELD_CPU_MODEL, host->cpu_model);
    field(general, TEXT_FIELD_CPU_TOPOLOGY, x_printf("%d, %d, %d", (int)host->cpu_sockets, (int)host->cpu_cores, (int)host->cpu_threads));
    heading(general, TEXT_SECTION_MEMORY);
    field_size(general, TEXT_FIELD_MEMORY_TOTAL, host->memory);
    field_size(general, TEXT_FIELD_MEMORY_FREE, host->memory_free);
    heading(general, TEXT_SECTION_VERSIONS);
    field_text(general, TEXT_FIELD_OS, host->os);
    field_text(general, TEXT_FIELD_KERNEL, host->kernel);
    field_text(general, TEXT_FIELD_AGENT_VERSION, host->agent_version);
    if (agent_setup_outdated(server))
        field(general, TEXT_FIELD_AGENT_UPDATE, update_text());
    field_text(general, TEXT_FIELD_LIBVIRT_VERSION, host->libvirt_version);
    for (size_t i = 0; i < host->drivers.count; i++)
        add_driver(general, &host->drivers.items[i]);
}

/* ---------------------------------------------------------------- VM */

static void add_disk(GeneralPage *general, const DiskInfo *disk)
{
    AUTO_FREE char *size = disk->capacity > 0 ? format_size(disk->capacity) : NULL;
    const char *what = disk->path ? disk->path : text(TEXT_DRIVE_EMPTY);
    char *name = x_printf("%s (%s, %s)", text(words_device(disk->device)), disk->target, DiskBus_name(disk->bus));

    add_row(general, name, size ? text_format(TEXT_DISK_LINE, what, size, NULL) : x_strdup(what), -1);
}

static void add_nic(GeneralPage *general, const NicInfo *nic)
{
    add_row(general, x_strdup(nic->mac), text_format(TEXT_DISK_LINE, str_or_empty(nic->network), str_or_empty(nic->model), NULL), -1);
}

static void add_template(GeneralPage *general, const TemplateInfo *info)
{
    AUTO_FREE char *version = info ? x_printf("%lld", (long long)info->version) : NULL;
    AUTO_FREE char *words = info ? text_format(TEXT_TEMPLATE_FACT_VALUE, info->family, version, NULL) : NULL;

    if (!info)
        return;
    field_text(general, TEXT_TEMPLATE_FACT, words);
    field_text(general, TEXT_TEMPLATE_FACT_NOTES, info->notes);
}

static char *tags_text(const StrList *tags)
{
    char *all = x_strdup("");

    for (size_t i = 0; i < tags->count; i++) {
        char *longer = x_printf("%s%s%s", all, i ? ", " : "", tags->items[i]);
        free(all);
        all = longer;
    }
    return all;
}

static void add_vm(GeneralPage *general, const VmInfo *vm)
{
    const GuestKind *guest = vm->guest ? guest_kind_find(vm->guest) : NULL;

    heading(general, TEXT_SECTION_GENERAL);
    field_text(general, TEXT_FIELD_NAME, vm->name);
    field_text(general, TEXT_FIELD_DESCRIPTION, vm->description);
    field_word(general, TEXT_FIELD_STATE, words_vm_state(vm->state));
    field_since(general, vm->started);
    field_word(general, TEXT_FIELD_KIND, words_vm_kind(vm->kind));
    field_text(general, TEXT_FIELD_GUEST, guest ? guest->name : vm->guest);
    add_template(general, vm->template);
    field_text(general, TEXT_FIELD_DRIVER, vm->driver);
    field_text(general, TEXT_FIELD_FOLDER, vm->folder);
    field(general, TEXT_FIELD_TAGS, tags_text(&vm->tags));
    if (vm->pending)
        field_word(general, TEXT_FIELD_PENDING, TEXT_PENDING_WORDS);
    if (vm->protected)
        field_flag(general, TEXT_FIELD_PROTECTED, true);
    field_flag(general, TEXT_FIELD_AUTOSTART, vm->autostart);
    field_flag(general, TEXT_FIELD_TRANSIENT, !vm->transient);
    field_text(general, TEXT_FIELD_UUID, vm->id);
    heading(general, TEXT_SECTION_HARDWARE);
    field_number(general, TEXT_FIELD_VCPUS, vm->vcpus);
    field_size(general, TEXT_FIELD_MEMORY, vm->memory);
    field_word(general, TEXT_FIELD_FIRMWARE, words_firmware(vm->firmware));
    field_flag(general, TEXT_FIELD_CONSOLE, vm->console);
    if (vm->disks.count)
        heading(general, TEXT_SECTION_DISKS);
    for (size_t i = 0; i < vm->disks.count; i++)
        add_disk(general, &vm->disks.items[i]);
    if (vm->nics.count)
        heading(general, TEXT_SECTION_NICS);
    for (size_t i = 0; i < vm->nics.count; i++)
        add_nic(general, &vm->nics.items[i]);
}

/* ---------------------------------------------------------------- datastore, network */

static void add_datastore(GeneralPage *general, const DatastoreInfo *datastore)
{
    int64_t used = datastore->capacity - datastore->available;

    heading(general, TEXT_SECTION_GENERAL);
    field_text(general, TEXT_FIELD_NAME, datastore->name);
    field(general, TEXT_FIELD_TYPE, words_datastore_type(datastore));
    field_text(general, TEXT_FIELD_PATH, datastore->path);
    field_word(general, TEXT_FIELD_STATE, words_datastore_state(datastore->state));
    field_flag(general, TEXT_FIELD_AUTOSTART, datastore->autostart);
    field(general, TEXT_FIELD_MARKS, words_datastore_marks(datastore));
    field_text(general, TEXT_FIELD_UUID, datastore->id);
    if (datastore->capacity <= 0)
        return;
    heading(general, TEXT_SECTION_CAPACITY);
    field_size(general, TEXT_FIELD_CAPACITY, datastore->capacity);
    field_size(general, TEXT_FIELD_AVAILABLE, datastore->available);
    field(general, TEXT_FIELD_PROVISIONED, words_datastore_provisioned(datastore));
    if (datastore->low_space > 0)
        field(general, TEXT_FIELD_LOW_SPACE, x_printf("%lld %%", (long long)datastore->low_space));
    AUTO_FREE char *part = format_size(used);
    AUTO_FREE char *whole = format_size(datastore->capacity);
    add_row(general, x_strdup(text(TEXT_FIELD_USAGE)), text_format(TEXT_USAGE_OF, part, whole, NULL), words_permille(used, datastore->capacity));
}

static void add_network(GeneralPage *general, const NetworkInfo *network)
{
    heading(general, TEXT_SECTION_GENERAL);
    field_text(general, TEXT_FIELD_NAME, network->name);
    field_text(general, TEXT_FIELD_BRIDGE, network->bridge);
    field_text(general, TEXT_FIELD_MODE, words_network_kind(network));
    field_text(general, TEXT_NETWORK_COLUMN_SUBNET, network->subnet);
    field_flag(general, TEXT_FIELD_ACTIVE, network->active);
    if (!network->host_bridge)
        field_flag(general, TEXT_FIELD_AUTOSTART, network->autostart);
    field_word(general, TEXT_FIELD_MANAGED_BY, network->host_bridge ? TEXT_MANAGED_BY_HOST : TEXT_MANAGED_BY_LIBVIRT);
    field_text(general, TEXT_FIELD_UUID, network->id);
}

static void rebuild(GeneralPage *general)
{
    const Selection *selection = &general->page->selection;
    const VmInfo *vm = selection_vm(selection);
    const DatastoreInfo *datastore = selection_datastore(selection);
    const NetworkInfo *network = selection->kind == OBJECT_NETWORK ? model_network(server_model(selection->server), selection->id) : NULL;

    clear_rows(general);
    if (selection->kind == OBJECT_HOST)
        add_host(general, selection->server);
    else if (vm)
        add_vm(general, vm);
    else if (datastore)
        add_datastore(general, datastore);
    else if (network)
        add_network(general, network);
    list_update(general->list, general->count);
}

/* ---------------------------------------------------------------- list */

static char *cell_text(void *context, size_t row, int column)
{
    const Property *property = &((GeneralPage *)context)->rows[row];
    return x_strdup(column == COLUMN_NAME ? property->name : property->value);
}

static const char *row_key(void *context, size_t row) { return ((GeneralPage *)context)->rows[row].name; }
static bool is_heading(void *context, size_t row) { return !((GeneralPage *)context)->rows[row].value; }

static bool cell_level(void *context, size_t row, int column, int *ret_permille, COLORREF *ret_color)
{
    const Property *property = &((GeneralPage *)context)->rows[row];

    *ret_permille = property->permille;
    *ret_color = paint_fill_color(property->permille);
    return column == COLUMN_VALUE && property->permille >= 0;
}

static void copy_menu(void *context, POINT screen)
{
    GeneralPage *general = context;
    static const PopupItem items[] = {{MENU_COPY, TEXT_PROPERTY_COPY, true}};

    if (list_selected(general->list) != LIST_NONE && popup_show(general->page->window, screen, items, ARRAY_SIZE(items)) == MENU_COPY)
        list_copy_cell(general->list, COLUMN_VALUE);
}

static const ListColumn columns[] = {{"name", TEXT_PROPERTY_NAME, 220, false}, {"value", TEXT_PROPERTY_VALUE, 480, false}};
static const ListModel list_model = {.text = cell_text, .key = row_key, .heading = is_heading, .level = cell_level, .menu = copy_menu};

/* ---------------------------------------------------------------- page */

static LRESULT CALLBACK page_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    GeneralPage *general = (GeneralPage *)data;

    (void)id;
    switch (message) {
    case WM_SIZE:
        MoveWindow(list_window(general->list), 0, 0, LOWORD(lparam), HIWORD(lparam), TRUE);
        return 0;
    case WM_SETFOCUS:
        SetFocus(list_window(general->list));
        return 0;
    case WM_TIMER:
        rebuild(general);
        return 0;
    default:
        return subclass_next(window, message, wparam, lparam);
    }
}

static HWND create(Page *page, HWND parent)
{
    GeneralPage *general = x_calloc(1, sizeof *general);
    HWND window = page_window_create(parent);

    general->page = page;
    page->state = general;
    page->window = window;
    general->list = list_create(window, LIST_ID, core_settings(app_get()->core), "general", columns, ARRAY_SIZE(columns), -1, &list_model, general);
    list_set_empty_text(general->list, TEXT_PROPERTY_EMPTY);
    accessible_name(list_window(general->list), text(TEXT_ACCESSIBLE_PROPERTIES));
    subclass_attach(window, page_proc, 1, (DWORD_PTR)general);
    return window;
}

static bool applies(const Selection *selection) { return selection->kind != OBJECT_UNKNOWN && selection->kind != OBJECT_VOLUME; }

static void show(Page *page, const Selection *selection)
{
    page->selection = *selection;
    rebuild(page->state);
    SetTimer(page->window, UPTIME_TIMER, UPTIME_TICK_MS, NULL);
}

static void hide(Page *page) { KillTimer(page->window, UPTIME_TIMER); }

static void refresh(Page *page, Server *server, const ChangeList *changes)
{
    (void)changes;
    if (server == page->selection.server)
        rebuild(page->state);
}

static void restyle(Page *page)
{
    GeneralPage *general = page->state;
    accessible_name(list_window(general->list), text(TEXT_ACCESSIBLE_PROPERTIES));
    list_restyle(general->list);
    rebuild(general);
}

static void destroy(Page *page)
{
    GeneralPage *general = page->state;

    DestroyWindow(page->window);
    clear_rows(general);
    free(general);
}

const PageClass general_page_class = {"general", TEXT_PAGE_GENERAL, "pages", applies, create, show, hide, refresh, restyle, destroy};
