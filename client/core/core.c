/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The core as a whole: makes the parts, keeps the list of servers, passes news on to observers and the window. See core.h. UI thread. */
#include "client/core/core_private.h"

#include "client/core/jobs.h"
#include "client/core/log.h"
#include "client/core/server_private.h"

#include <stdlib.h>
#include <string.h>

typedef struct Observer {
    const CoreObserver *observer; /* NULL: removed while the list was being walked */
    void *context;
} Observer;

struct Core {
    char *folder;
    char *known_hosts;
    Mailbox *mailbox;
    Jobs *jobs;
    Links links;
    const LinkTransportOps *transport;
    bool guest;
    Settings *settings;
    Keyring *keyring;
    bool settings_were_broken;
    Uploads *uploads;
    Downloads *downloads;
    Activities *activities;
    CoreListener listener;
    void *listener_context;
    Observer *observers;
    size_t observer_count;
    int walking;              /* depth of walks over the observers */
    Server **servers;
    size_t server_count;
    Server **removed;         /* freed when no letter is left and nobody drains: somebody up the stack, or an answer on its way, may still hold them */
    size_t removed_count;
    int draining;             /* depth: message boxes drain, too */
    bool activities_changed;
    SettingsText saving;      /* what a worker writes */
    Error save_error;         /* of the last time; without a code: it worked, or goes on */
    bool is_saving;

    /* core_wait and the window's wake-up: any thread */
    PortMutex wake_mutex;
    PortCond woken;
    bool wake_pending;
    void (*wake)(void *context);
    void *wake_context;
};

static const CoreListener no_listener;

/* ---- waking */

static void on_mail(void *context)
{
    Core *core = context;
    port_mutex_lock(&core->wake_mutex);
    core->wake_pending = true;
    port_cond_signal(&core->woken);
    port_mutex_unlock(&core->wake_mutex);
    if (core->wake)
        core->wake(core->wake_context);
}

static void clear_wake(Core *core)
{
    port_mutex_lock(&core->wake_mutex);
    core->wake_pending = false;
    port_mutex_unlock(&core->wake_mutex);
}

/* ---- observers */

void core_observe(Core *core, const CoreObserver *observer, void *context)
{
    core->observers = x_realloc(core->observers, core->observer_count + 1, sizeof *core->observers);
    core->observers[core->observer_count++] = (Observer){ observer, context };
}

static void sweep_observers(Core *core)
{
    size_t kept = 0;
    for (size_t i = 0; i < core->observer_count; i++)
        if (core->observers[i].observer)
            core->observers[kept++] = core->observers[i];
    core->observer_count = kept;
}

void core_unobserve(Core *core, const CoreObserver *observer, void *context)
{
    for (size_t i = 0; i < core->observer_count; i++)
        if (core->observers[i].observer == observer && core->observers[i].context == context)
            core->observers[i].observer = NULL;
    if (!core->walking)
        sweep_observers(core);
}

/* Calls an observer's function; the list may grow and shrink meanwhile. */
#define FOR_OBSERVERS(core, function, ...) \
    do { \
        (core)->walking++; \
        for (size_t i_ = 0; i_ < (core)->observer_count; i_++) { \
            Observer seen_ = (core)->observers[i_]; \
            if (seen_.observer && seen_.observer->function) \
                seen_.observer->function(seen_.context, __VA_ARGS__); \
        } \
        if (--(core)->walking == 0) \
            sweep_observers(core); \
    } while (0)

static bool is_removed(const Core *core, const Server *server)
{
    for (size_t i = 0; i < core->removed_count; i++)
        if (core->removed[i] == server)
            return true;
    return false;
}

void core_server_changed(Core *core, Server *server)
{
    if (is_removed(core, server))
        return;
    uploads_server_changed(core->uploads, server);
    downloads_server_changed(core->downloads, server);
    FOR_OBSERVERS(core, server_changed, server);
    if (core->listener.server_changed && !is_removed(core, server))
        core->listener.server_changed(core->listener_context, server);
}

static void read_touch(void *context, void *item) { core_server_changed(context, item); }

void core_touch_server(Core *core, Server *server) { mailbox_post(core->mailbox, server, read_touch, core, server, NULL); }

void core_inventory_changed(Core *core, Server *server, const ChangeList *changes)
{
    FOR_OBSERVERS(core, inventory_changed, server, changes);
    if (core->listener.inventory_changed && !is_removed(core, server))
        core->listener.inventory_changed(core->listener_context, server, changes);
}

void core_prompt(Core *core, Server *server, const Prompt *prompt)
{
    if (core->listener.prompt)
        core->listener.prompt(core->listener_context, server, prompt);
    else
        prompt_reject(server);
}

void core_prompt_withdrawn(Core *core, Server *server)
{
    if (core->listener.prompt_withdrawn)
        core->listener.prompt_withdrawn(core->listener_context, server);
}

void core_tell_secret_problem(Core *core, Server *server, const Error *error)
{
    log_error(server_name(server), error);
    if (core->listener.secret_problem)
        core->listener.secret_problem(core->listener_context, server, error);
}

void core_tell_upload_changed(Core *core, Upload *upload)
{
    FOR_OBSERVERS(core, upload_changed, upload);
    if (core->listener.upload_changed)
        core->listener.upload_changed(core->listener_context, upload);
}

static void read_nothing(void *context, void *item)
{
    (void)context;
    (void)item;
}

void core_tell_activities_changed(Core *core)
{
    if (!core->activities_changed)
        mailbox_post(core->mailbox, NULL, read_nothing, NULL, NULL, NULL); /* there must be a drain to tell it in */
    core->activities_changed = true;
}

/* ---- life */

static void add_remembered(Core *core)
{
    for (size_t i = 0; i < settings_server_count(core->settings); i++) {
        ServerConfig config;
        settings_server_at(core->settings, i, &config);
        core->servers = x_realloc(core->servers, core->server_count + 1, sizeof(Server *));
        core->servers[core->server_count++] = server_create(core, &config);
        server_config_clear(&config);
    }
}

/* jansson's own way is a provider of Windows' old cryptography, a DLL that takes longer to load than the settings to read. */
static void seed_json(void)
{
    size_t seed = 0;

    port_random(&seed, sizeof seed);
    json_object_seed(seed);
}

static Core *create(const char *folder, const char *log_name, bool guest, void (*wake)(void *context), void *context, Error *err)
{
    AUTO_FREE char *path = folder ? x_strdup(folder) : port_config_folder();
    if (port_make_folder(path, err) < 0)
        return NULL;
    port_sockets_start();
    seed_json();
    Core *core = x_calloc(1, sizeof *core);
    core->folder = TAKE_PTR(path);
    core->known_hosts = port_join(core->folder, "known_hosts");
    core->guest = guest;
    core->wake = wake;
    core->wake_context = context;
    port_mutex_init(&core->wake_mutex);
    port_cond_init(&core->woken);
    log_open(core->folder, log_name);
    log_info("PoolCenter %s", POOLCENTER_VERSION);
    core->mailbox = mailbox_create(on_mail, core);
    core->jobs = jobs_create(core->mailbox);
    core->links.mailbox = core->mailbox;
    core->transport = &link_ssh;
    core->settings = settings_open(core->folder, &core->settings_were_broken);
    if (core->settings_were_broken)
        log_info("the settings could not be read; they are kept in settings.broken.json");
    core->keyring = keyring_create(core);
    add_remembered(core);
    core->activities = activities_create(core);
    core->uploads = uploads_create(core);
    core->downloads = downloads_create(core);
    return core;
}

Core *core_create(const char *folder, void (*wake)(void *context), void *context, Error *err)
{
    return create(folder, "poolcenter", false, wake, context, err);
}

Core *core_create_guest(const char *folder, const char *name, Error *err) { return create(folder, name, true, NULL, NULL, err); }

/* ---- saving the settings: a guest's changes stay in memory, since the window may be running and its file is written as a whole */

static void write_settings(void *context)
{
    Core *core = context;
    settings_write(core->settings, &core->saving, &core->save_error);
}

static void on_settings_written(void *context)
{
    Core *core = context;
    core->is_saving = false;
    if (core->save_error.code)
        log_error("saving the settings", &core->save_error);
    else
        settings_written(core->settings, &core->saving);
    free(TAKE_PTR(core->saving.text));
    if (!core->save_error.code)
        core_save_settings(core); /* what was changed meanwhile */
}

void core_save_settings(Core *core)
{
    if (core->guest || core->is_saving || !settings_take_changes(core->settings, &core->saving))
        return;
    error_clear(&core->save_error);
    core->is_saving = true;
    jobs_run(core->jobs, write_settings, on_settings_written, core, core);
}

void core_save_settings_now(Core *core)
{
    AUTO(error_clear) Error why = { 0 };
    if (!core->guest && settings_save(core->settings, &why) < 0)
        log_error("saving the settings", &why);
}

bool core_settings_failed(const Core *core) { return !core->is_saving && core->save_error.code; }

static void free_removed(Core *core)
{
    for (size_t i = 0; i < core->removed_count; i++)
        server_free(core->removed[i]);
    core->removed_count = 0;
}

void core_free(Core *core)
{
    if (!core)
        return;
    core->listener = no_listener;
    FOR_OBSERVERS(core, core_ends, core);
    downloads_free(core->downloads);
    uploads_free(core->uploads);
    for (size_t i = 0; i < core->server_count; i++)
        server_disconnect(core->servers[i]);
    links_end(&core->links);
    jobs_stop(core->jobs);
    core_save_settings_now(core);
    free(core->saving.text);
    error_clear(&core->save_error);
    activities_free(core->activities);
    for (size_t i = 0; i < core->server_count; i++)
        server_free(core->servers[i]);
    free_removed(core);
    mailbox_free(core->mailbox);
    jobs_free(core->jobs);
    keyring_free(core->keyring);
    settings_free(core->settings);
    free(core->servers);
    free(core->removed);
    free(core->observers);
    free(core->known_hosts);
    free(core->folder);
    port_mutex_clear(&core->wake_mutex);
    port_cond_clear(&core->woken);
    free(core);
    log_close();
}

void core_set_listener(Core *core, const CoreListener *listener, void *context)
{
    core->listener = listener ? *listener : no_listener;
    core->listener_context = context;
}

bool core_drain(Core *core, int budget_ms)
{
    clear_wake(core);
    core->draining++;
    bool more = mailbox_drain(core->mailbox, budget_ms) > 0;
    core->draining--;
    if (core->activities_changed) {
        core->activities_changed = false;
        if (core->listener.activities_changed)
            core->listener.activities_changed(core->listener_context);
    }
    if (!more && !core->draining)
        free_removed(core);
    return more;
}

void core_wait(Core *core, int timeout_ms)
{
    int64_t end = port_monotonic_ms() + timeout_ms;
    port_mutex_lock(&core->wake_mutex);
    while (!core->wake_pending && port_monotonic_ms() < end)
        port_cond_wait(&core->woken, &core->wake_mutex, (int)(end - port_monotonic_ms()));
    port_mutex_unlock(&core->wake_mutex);
    core_drain(core, 1000);
}

void core_forget(Core *core, const void *owner)
{
    if (!owner)
        return;
    jobs_forget(core->jobs, owner);
    keyring_forget_owner(core->keyring, owner);
    downloads_forget(core->downloads, owner);
    for (size_t i = 0; i < core->server_count; i++)
        server_forget(core->servers[i], owner);
    mailbox_forget(core->mailbox, owner);
}

void core_run(Core *core, void (*work)(void *context), void (*done)(void *context), const void *owner, void *context)
{
    jobs_run(core->jobs, work, done, owner, context);
}

void core_every(Core *core, int interval_ms, void (*tick)(void *context), void *context) { jobs_every(core->jobs, interval_ms, tick, context); }

/* ---- servers */

size_t core_server_count(const Core *core) { return core->server_count; }
Server *core_server_at(const Core *core, size_t index) { return core->servers[index]; }

Server *core_find_server(const Core *core, const char *id)
{
    for (size_t i = 0; i < core->server_count; i++)
        if (str_equal(server_config(core->servers[i])->id, id))
            return core->servers[i];
    return NULL;
}

static int port_of(const ServerConfig *config) { return config->port ? config->port : 22; }

static Server *find_same(const Core *core, const ServerConfig *config)
{
    for (size_t i = 0; i < core->server_count; i++) {
        const ServerConfig *other = server_config(core->servers[i]);
        if (str_equal(other->host, config->host) && str_equal(other->user, config->user) && port_of(other) == port_of(config) &&
            str_equal(str_or_empty(other->jump), str_or_empty(config->jump)))
            return core->servers[i];
    }
    return NULL;
}

static Server *add_server(Core *core, const ServerConfig *config)
{
    ServerConfig own;
    server_config_copy(&own, config);
    if (str_empty(own.id)) {
        free(own.id);
        own.id = x_calloc(LIMIT_UUID + 1, 1);
        port_make_uuid(own.id);
    }
    Server *server = server_create(core, &own);
    core->servers = x_realloc(core->servers, core->server_count + 1, sizeof(Server *));
    core->servers[core->server_count++] = server;
    settings_put_server(core->settings, &own);
    server_config_clear(&own);
    if (core->listener.server_added)
        core->listener.server_added(core->listener_context, server);
    return server;
}

Server *core_add_server(Core *core, const ServerConfig *config)
{
    Server *server = find_same(core, config);
    if (server)
        return server;
    server = add_server(core, config);
    core_save_settings(core);
    return server;
}

size_t core_add_servers(Core *core, const ServerConfig *(*chosen)(const void *list, size_t index), const void *list, size_t count)
{
    size_t before = core->server_count;
    for (size_t i = 0; i < count; i++) {
        const ServerConfig *config = chosen(list, i);
        if (config && !find_same(core, config))
            add_server(core, config);
    }
    core_save_settings(core);
    return core->server_count - before;
}

void core_change_server(Core *core, Server *server, const ServerConfig *config)
{
    server_set_config(server, config);
    settings_put_server(core->settings, server_config(server));
    core_save_settings(core);
}

void core_remove_server(Core *core, Server *server)
{
    server_disconnect(server);
    keyring_forget(server);
    settings_remove_server(core->settings, server_config(server)->id);
    core_save_settings(core);
    uploads_server_removed(core->uploads, server);
    downloads_server_removed(core->downloads, server);
    activities_server_removed(core->activities, server);
    FOR_OBSERVERS(core, server_removed, server);
    if (core->listener.server_removed)
        core->listener.server_removed(core->listener_context, server);
    mailbox_forget(core->mailbox, server);
    for (size_t i = 0; i < core->server_count; i++)
        if (core->servers[i] == server) {
            core->server_count--;
            memmove(&core->servers[i], &core->servers[i + 1], (core->server_count - i) * sizeof(Server *));
            break;
        }
    core->removed = x_realloc(core->removed, core->removed_count + 1, sizeof(Server *));
    core->removed[core->removed_count++] = server;
    mailbox_post(core->mailbox, NULL, read_nothing, NULL, NULL, NULL);
}

/* ---- parts */

Keyring *core_keyring(const Core *core) { return core->keyring; }
Settings *core_settings(Core *core) { return core->settings; }
const char *core_folder(const Core *core) { return core->folder; }
bool core_settings_were_broken(const Core *core) { return core->settings_were_broken; }
bool core_is_guest(const Core *core) { return core->guest; }
Uploads *core_uploads(const Core *core) { return core->uploads; }
Downloads *core_downloads(const Core *core) { return core->downloads; }
Activities *core_activities(const Core *core) { return core->activities; }
Mailbox *core_mailbox(const Core *core) { return core->mailbox; }
const char *core_known_hosts(const Core *core) { return core->known_hosts; }
Links *core_links(Core *core) { return &core->links; }
const LinkTransportOps *core_transport(const Core *core) { return core->transport; }
void core_set_transport(Core *core, const LinkTransportOps *transport) { core->transport = transport ? transport : &link_ssh; }
