/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages of wizards for the first start by cloud-init; see seed_pages.h. Files with keys are read on a worker. UI thread. */
#include "client/ui/seed_pages.h"

#include "client/core/port.h"
#include "client/ui/app.h"
#include "client/win/file_pick.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_FILE_MAX = 64 * 1024, KEY_FILES_MAX = 64 };

static void take(char **field, char *value)
{
    free(*field);
    *field = value;
}

/* ---------------------------------------------------------------- keys from files */

/* A worker's. */
typedef struct KeyFiles {
    SeedPages *pages;
    StrList paths; /* none: those of the user's .ssh folder */
    char *text;    /* of all of them */
} KeyFiles;

static void find_own(KeyFiles *files)
{
    AUTO_FREE char *home = port_home_folder();
    AUTO_FREE char *folder = port_join(str_or_empty(home), ".ssh");
    char **names = NULL;
    size_t count = port_folder_names(folder, KEY_FILES_MAX, &names);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        AUTO_FREE char *path = port_join(folder, names[i]);
        if (length > 4 && str_equal(names[i] + length - 4, ".pub"))
            StrList_add(&files->paths, path);
        free(names[i]);
    }
    free(names);
}

/* Worker. What cannot be read has no keys for us. */
static void read_keys(void *context)
{
    KeyFiles *files = context;
    if (!files->paths.count)
        find_own(files);
    files->text = x_strdup("");
    for (size_t i = 0; i < files->paths.count; i++) {
        AUTO(error_clear) Error why = {0};
        AUTO_FREE char *content = NULL;
        size_t size = 0;
        if (port_read_whole(files->paths.items[i], KEY_FILE_MAX, &content, &size, &why) < 0)
            continue;
        char *longer = x_printf("%s%s\n", files->text, content);
        free(files->text);
        files->text = longer;
    }
}

static void on_keys(void *context)
{
    KeyFiles *files = context;
    SeedPages *pages = files->pages;
    Form *form = wizard_form(pages->wizard, pages->page);
    int fresh = new_vm_seed_add_keys(pages->seed, files->text);
    form_set_text(form, SEED_KEYS, pages->seed->keys);
    form_problem(form, SEED_KEYS, fresh < 0 ? text(TEXT_SEED_NO_KEYS_THERE) : NULL);
    wizard_check(pages->wizard);
    StrList_clear(&files->paths);
    free(files->text);
    free(files);
}

static void add_keys(SeedPages *pages, StrList *paths)
{
    KeyFiles *files = x_calloc(1, sizeof(*files));
    files->pages = pages;
    files->paths = *paths;
    *paths = (StrList){0};
    core_run(app_get()->core, read_keys, on_keys, pages, files);
}

static void pick_keys(SeedPages *pages)
{
    const FileFilter filters[] = {{text(TEXT_SEED_KEY_FILTER), "*.pub"}, {text(TEXT_UPLOAD_FILTER_ALL), "*.*"}};
    AUTO(StrList_clear) StrList paths = {0};
    if (file_pick(wizard_window(pages->wizard), text(TEXT_SEED_KEY_PICK), text(TEXT_SEED_KEY_OPEN), filters, ARRAY_SIZE(filters), true, &paths))
        add_keys(pages, &paths);
}

/* ---------------------------------------------------------------- cloud-init */

static const int cloud_fields[] = {SEED_USER, SEED_PASSWORD, SEED_KEYS, SEED_KEY_FILES, SEED_MY_KEYS, SEED_HOST, SEED_PACKAGES};

void seed_cloud_build(Form *form)
{
    form_check(form, SEED_ON, text(TEXT_SEED_CLOUD_ON));
    form_edit(form, SEED_USER, text(TEXT_SEED_USER), 24, 0);
    form_edit(form, SEED_PASSWORD, text(TEXT_SEED_PASSWORD), 24, ES_PASSWORD);
    form_memo(form, SEED_KEYS, text(TEXT_SEED_KEYS), 40, 3);
    form_button(form, SEED_KEY_FILES, text(TEXT_SEED_KEY_FILES));
    form_beside_button(form, SEED_MY_KEYS, text(TEXT_SEED_MY_KEYS));
    form_edit(form, SEED_HOST, text(TEXT_SEED_HOST), 24, 0);
    form_edit(form, SEED_PACKAGES, text(TEXT_SEED_PACKAGES), 40, 0);
    form_note(form, SEED_NOTE, NOTE_DIM, text(TEXT_SEED_CLOUD_NOTE));
}

static void enable_cloud(const SeedPages *pages, Form *form)
{
    for (size_t i = 0; i < ARRAY_SIZE(cloud_fields); i++)
        form_set_enabled(form, cloud_fields[i], pages->seed->cloud);
}

void seed_cloud_enter(const SeedPages *pages, Form *form)
{
    const NewVmSeed *seed = pages->seed;
    form_set_checked(form, SEED_ON, seed->cloud);
    form_set_text(form, SEED_USER, seed->user);
    form_set_text(form, SEED_PASSWORD, seed->password);
    form_set_text(form, SEED_KEYS, seed->keys);
    form_set_text(form, SEED_HOST, seed->host);
    form_set_text(form, SEED_PACKAGES, seed->packages);
    enable_cloud(pages, form);
}

void seed_propose_host(const SeedPages *pages)
{
    NewVmSeed *seed = pages->seed;
    if (!str_empty(seed->host))
        return;
    take(&seed->host, x_strdup(*pages->name));
    for (char *at = seed->host; at && *at; at++)
        *at = *at == ' ' || *at == '_' ? '-' : *at;
}

/* Who sets it up will want a host name: the VM's, if it can be one. */
static void switch_cloud(SeedPages *pages, Form *form)
{
    NewVmSeed *seed = pages->seed;
    seed->cloud = form_checked(form, SEED_ON);
    if (seed->cloud)
        seed_propose_host(pages);
    form_set_text(form, SEED_HOST, seed->host);
    enable_cloud(pages, form);
}

void seed_cloud_event(SeedPages *pages, Form *form, int id, FormEvent event)
{
    NewVmSeed *seed = pages->seed;
    StrList own = {0};
    if (event == FORM_CLICKED && id == SEED_KEY_FILES)
        pick_keys(pages);
    else if (event == FORM_CLICKED && id == SEED_MY_KEYS)
        add_keys(pages, &own);
    if (event != FORM_CHANGED)
        return;
    switch (id) {
    case SEED_ON: switch_cloud(pages, form); break;
    case SEED_USER: take(&seed->user, form_text(form, id)); break;
    case SEED_PASSWORD: new_vm_seed_take_secret(&seed->password, form_secret(form, id)); break;
    case SEED_KEYS: take(&seed->keys, form_text(form, id)); form_problem(form, id, NULL); break;
    case SEED_HOST: take(&seed->host, form_text(form, id)); break;
    case SEED_PACKAGES: take(&seed->packages, form_text(form, id)); break;
    default: break;
    }
}

/* ---------------------------------------------------------------- cloud-init: network, and what experts write */

void seed_cloud_more_build(Form *form)
{
    form_radio(form, SEED_DHCP, NULL, text(TEXT_SEED_DHCP), true);
    form_radio(form, SEED_FIXED, NULL, text(TEXT_SEED_FIXED), false);
    form_edit(form, SEED_ADDRESSES, text(TEXT_SEED_ADDRESSES), 32, 0);
    form_edit(form, SEED_GATEWAY, text(TEXT_SEED_GATEWAY), 32, 0);
    form_edit(form, SEED_DNS, text(TEXT_SEED_DNS), 32, 0);
    form_memo(form, SEED_DATA, text(TEXT_SEED_USER_DATA), 40, 5);
    form_note(form, SEED_DATA_NOTE, NOTE_DIM, text(TEXT_SEED_USER_DATA_NOTE));
    form_check(form, SEED_REMOVE, text(TEXT_SEED_REMOVE));
}

static void enable_network(const SeedPages *pages, Form *form)
{
    form_set_enabled(form, SEED_ADDRESSES, pages->seed->fixed_address);
    form_set_enabled(form, SEED_GATEWAY, pages->seed->fixed_address);
    form_set_enabled(form, SEED_DNS, pages->seed->fixed_address);
}

void seed_cloud_more_enter(const SeedPages *pages, Form *form)
{
    const NewVmSeed *seed = pages->seed;
    form_set_checked(form, SEED_DHCP, !seed->fixed_address);
    form_set_checked(form, SEED_FIXED, seed->fixed_address);
    form_set_text(form, SEED_ADDRESSES, seed->addresses);
    form_set_text(form, SEED_GATEWAY, seed->gateway);
    form_set_text(form, SEED_DNS, seed->dns);
    form_set_text(form, SEED_DATA, seed->user_data);
    form_set_checked(form, SEED_REMOVE, seed->remove);
    enable_network(pages, form);
}

void seed_cloud_more_event(SeedPages *pages, Form *form, int id, FormEvent event)
{
    NewVmSeed *seed = pages->seed;
    if (event != FORM_CHANGED)
        return;
    switch (id) {
    case SEED_DHCP: case SEED_FIXED: seed->fixed_address = form_checked(form, SEED_FIXED); break;
    case SEED_ADDRESSES: take(&seed->addresses, form_text(form, id)); break;
    case SEED_GATEWAY: take(&seed->gateway, form_text(form, id)); break;
    case SEED_DNS: take(&seed->dns, form_text(form, id)); break;
    case SEED_DATA: take(&seed->user_data, form_text(form, id)); break;
    case SEED_REMOVE: seed->remove = form_checked(form, id); break;
    default: break;
    }
    enable_network(pages, form);
}

char *seed_cloud_summary(const VmSeed *seed)
{
    const CloudInit *cloud = seed ? seed->cloud_init : NULL;
    if (!cloud)
        return NULL;
    if (cloud->user_data)
        return x_strdup(text(TEXT_NEW_VM_SUMMARY_USER_DATA));
    AUTO_FREE char *keys = text_plural(PLURAL_NEW_VM_KEYS, (int64_t)cloud->ssh_keys.count, NULL);
    return text_format(TEXT_NEW_VM_SUMMARY_CLOUD, cloud->user, keys, NULL);
}
