/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be done with an object now, and checks of what is typed: see rules.h. Pure functions; UI thread (they read the model). */
#include "client/core/rules.h"

#include "client/core/text.h"
#include "protocol/datastore_type.h"

#include <stdlib.h>
#include <string.h>

/* A VM's name becomes file names of volumes and of libvirt: "<name>-1.qcow2" must stay below LIMIT_NAME. */
enum { VM_NAME_MAX = 200 };

static bool refuse(char **ret_why, char *why)
{
    if (ret_why)
        *ret_why = why;
    else
        free(why);
    return false;
}

static bool refuse_text(char **ret_why, TextId id) { return refuse(ret_why, x_strdup(text(id))); }

static bool server_allows(const Server *server, Method method, char **ret_why)
{
    ServerState state = server_state(server);
    if (state != SERVER_ONLINE)
        return refuse_text(ret_why, state == SERVER_OFFLINE || state == SERVER_RETRYING ? TEXT_RULE_OFFLINE : TEXT_RULE_SYNCING);
    return server_can(server, method, ret_why);
}

static const DriverInfo *find_driver(const Server *server, const char *name)
{
    const HostInfo *host = model_host(server_model(server));
    for (size_t i = 0; host && i < host->drivers.count; i++)
        if (!name || str_equal(host->drivers.items[i].name, name))
            return &host->drivers.items[i];
    return NULL;
}

static bool driver_allows(const DriverInfo *driver, Method method, char **ret_why)
{
    for (size_t i = 0; driver && i < driver->missing.count; i++) {
        const MissingCapability *missing = &driver->missing.items[i];
        if (str_equal(missing->capability, method_name(method)))
            return refuse(ret_why, text_format(TEXT_RULE_DRIVER_LACKS, driver->name, missing->reason, NULL));
    }
    return true;
}

#define IN(state) (1U << VM_STATE_##state)

/* The states in which a method works. */
static unsigned states_for(Method method)
{
    switch (method) {
    case METHOD_vm_start: return IN(OFF) | IN(SAVED) | IN(CRASHED);
    case METHOD_vm_shutdown: return IN(RUNNING);
    case METHOD_vm_reboot: return IN(RUNNING);
    case METHOD_vm_force_off: return IN(RUNNING) | IN(PAUSED) | IN(SHUTTING_DOWN) | IN(CRASHED);
    case METHOD_vm_reset: return IN(RUNNING) | IN(PAUSED) | IN(SHUTTING_DOWN);
    case METHOD_vm_pause: return IN(RUNNING);
    case METHOD_vm_resume: return IN(PAUSED);
    case METHOD_vm_delete: return IN(OFF) | IN(SAVED) | IN(CRASHED);
    case METHOD_vm_set_media: return IN(RUNNING) | IN(PAUSED) | IN(SHUTTING_DOWN) | IN(OFF) | IN(CRASHED);
    case METHOD_vm_clone:
    case METHOD_vm_export:
    case METHOD_vm_set_seed:
    case METHOD_vm_set_template: return IN(OFF);
    case METHOD_snapshot_create: return IN(OFF) | IN(RUNNING) | IN(PAUSED);
    case METHOD_snapshot_revert:
    case METHOD_snapshot_delete: return IN(OFF) | IN(RUNNING) | IN(PAUSED) | IN(SHUTTING_DOWN) | IN(CRASHED);
    case METHOD_snapshot_edit:
    case METHOD_snapshot_list:
    case METHOD_vm_get:
    case METHOD_vm_configure: return ~0U;
    case METHOD_vm_open_console: return IN(RUNNING) | IN(PAUSED) | IN(SHUTTING_DOWN);
    default: return 0;
    }
}

static const TextId state_texts[VmState_COUNT] = {
    [VM_STATE_UNKNOWN] = TEXT_RULE_VM_UNKNOWN, [VM_STATE_RUNNING] = TEXT_RULE_VM_RUNNING,
    [VM_STATE_PAUSED] = TEXT_RULE_VM_PAUSED,   [VM_STATE_SHUTTING_DOWN] = TEXT_RULE_VM_SHUTTING_DOWN,
    [VM_STATE_OFF] = TEXT_RULE_VM_OFF,         [VM_STATE_SAVED] = TEXT_RULE_VM_SAVED,
    [VM_STATE_CRASHED] = TEXT_RULE_VM_CRASHED,
};

static bool has_cd_drive(const VmInfo *vm)
{
    for (size_t i = 0; i < vm->disks.count; i++)
        if (vm->disks.items[i].device == DISK_DEVICE_CDROM)
            return true;
    return false;
}

bool rules_vm(const Server *server, const VmInfo *vm, Method method, char **ret_why)
{
    unsigned states = states_for(method);
    if (!states)
        return refuse_text(ret_why, TEXT_RULE_NOT_THIS);
    if (!server_allows(server, method, ret_why) || !driver_allows(find_driver(server, vm->driver), method, ret_why))
        return false;
    if (method == METHOD_vm_delete && vm->protected)
        return refuse_text(ret_why, TEXT_RULE_PROTECTED);
    if (!(states & (1U << vm->state)))
        return refuse_text(ret_why, method == METHOD_vm_delete && vm->state != VM_STATE_UNKNOWN ? TEXT_RULE_DELETE_RUNNING : state_texts[vm->state]);
    if (vm->template && (method == METHOD_vm_start || method == METHOD_snapshot_create || method == METHOD_vm_set_seed))
        return refuse_text(ret_why, TEXT_RULE_TEMPLATE);
    if (method == METHOD_vm_set_media && !has_cd_drive(vm))
        return refuse_text(ret_why, TEXT_RULE_NO_CD_DRIVE);
    if (method == METHOD_vm_open_console && !vm->console)
        return refuse_text(ret_why, TEXT_RULE_NO_CONSOLE);
    return true;
}

static const TextId obstacle_texts[DatastoreObstacle_COUNT] = {
    [OBSTACLE_ELSEWHERE] = TEXT_RULE_STORE_ELSEWHERE, [OBSTACLE_NO_FILES] = TEXT_RULE_STORE_NO_FILES,   [OBSTACLE_NOT_READ] = TEXT_RULE_STORE_NOT_READ,
    [OBSTACLE_NO_WIPE] = TEXT_RULE_STORE_NO_WIPE,     [OBSTACLE_PARTITION] = TEXT_RULE_STORE_PARTITION, [OBSTACLE_KEPT] = TEXT_RULE_STORE_KEPT,
};

bool rules_datastore(const Server *server, const DatastoreInfo *datastore, Method method, char **ret_why)
{
    DatastoreObstacle obstacle = datastore_type_obstacle(datastore->type, method);
    if (!server_allows(server, method, ret_why))
        return false;
    if (obstacle != OBSTACLE_NONE)
        return refuse_text(ret_why, obstacle_texts[obstacle]);
    bool works_off = method == METHOD_datastore_forget || method == METHOD_datastore_refresh || method == METHOD_datastore_destroy; /* the latter activate it */
    if (!works_off && !datastore_works(datastore))
        return refuse_text(ret_why, TEXT_RULE_DATASTORE_INACTIVE);
    return true;
}

bool rules_takes_volumes(const DatastoreInfo *datastore)
{
    return datastore_works(datastore) && datastore_type_obstacle(datastore->type, METHOD_volume_create) == OBSTACLE_NONE;
}

bool rules_takes_clones(const DatastoreInfo *datastore)
{
    return datastore_works(datastore) && datastore_type_takes_clones(datastore->type) && !str_empty(datastore->path);
}

bool rules_takes_uploads(const DatastoreInfo *datastore)
{
    return datastore_works(datastore) && datastore_type_obstacle(datastore->type, METHOD_upload_begin) == OBSTACLE_NONE;
}

bool rules_network(const Server *server, const NetworkInfo *network, Method method, char **ret_why)
{
    if (!server_allows(server, method, ret_why))
        return false;
    if (network->host_bridge && method != METHOD_network_get)
        return refuse_text(ret_why, TEXT_WHY_HOST_BRIDGE);
    if (method == METHOD_network_start && network->active)
        return refuse_text(ret_why, TEXT_WHY_NETWORK_RUNS);
    if ((method == METHOD_network_stop || method == METHOD_network_restart) && !network->active)
        return refuse_text(ret_why, TEXT_WHY_NETWORK_OFF);
    return true;
}

bool rules_host(const Server *server, Method method, char **ret_why)
{
    if (!server_allows(server, method, ret_why))
        return false;
    const DriverInfo *driver = find_driver(server, NULL);
    if (!driver)
        return refuse_text(ret_why, TEXT_RULE_NO_DRIVER);
    return driver_allows(driver, method, ret_why);
}

bool rules_can_link(const VmInfo *vm)
{
    for (size_t i = 0; i < vm->disks.count; i++) {
        const DiskInfo *disk = &vm->disks.items[i];
        if (disk->device == DISK_DEVICE_DISK && strncmp(str_or_empty(disk->path), RBD_PATH, strlen(RBD_PATH)) == 0)
            return false;
    }
    return true;
}

/* ---- what the user types */

static char *say(TextId id) { return x_strdup(text(id)); }

/* The length in bytes of the UTF-8 character at p, 0 if there is none. Overlong forms and surrogates do not count as one. */
static size_t character_length(const unsigned char *p)
{
    static const struct { unsigned char mask, value, low; size_t length; } forms[] = {
        { 0x80, 0x00, 0x00, 1 }, { 0xE0, 0xC0, 0xC2, 2 }, { 0xF0, 0xE0, 0xE0, 3 }, { 0xF8, 0xF0, 0xF0, 4 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if ((*p & forms[i].mask) != forms[i].value || *p < forms[i].low || *p > 0xF4)
            continue;
        for (size_t k = 1; k < forms[i].length; k++)
            if ((p[k] & 0xC0) != 0x80)
                return 0;
        bool overlong = (*p == 0xE0 && p[1] < 0xA0) || (*p == 0xF0 && p[1] < 0x90);
        bool outside = (*p == 0xED && p[1] > 0x9F) || (*p == 0xF4 && p[1] > 0x8F);
        return overlong || outside ? 0 : forms[i].length;
    }
    return 0;
}

/* What is wrong with the characters of a name; forbidden holds ASCII ones. */
static char *check_characters(const char *name, const char *forbidden)
{
    for (const unsigned char *p = (const unsigned char *)name; *p;) {
        size_t length = character_length(p);
        if (!length)
            return say(TEXT_CHECK_NAME_UTF8);
        if (*p < 0x20 || *p == 0x7F || (*p == 0xC2 && p[1] < 0xA0))
            return say(TEXT_CHECK_NAME_CONTROL);
        char one[2] = { (char)*p, '\0' };
        if (length == 1 && strchr(forbidden, *p))
            return text_format(TEXT_CHECK_NAME_CHARACTER, one, NULL);
        p += length;
    }
    return NULL;
}

static char *check_length(const char *name, size_t max)
{
    size_t length = strlen(name);
    if (length <= max)
        return NULL;
    AUTO_FREE char *most = x_printf("%zu", max);
    AUTO_FREE char *has = x_printf("%zu", length);
    return text_format(TEXT_CHECK_NAME_LONG, most, has, NULL);
}

/* What names of VMs and datastores have in common: libvirt makes files of them. */
static char *check_object_name(const char *name)
{
    if (str_empty(name))
        return say(TEXT_CHECK_NAME_EMPTY);
    if (name[0] == ' ' || name[strlen(name) - 1] == ' ')
        return say(TEXT_CHECK_NAME_SPACES);
    if (name[0] == '.')
        return say(TEXT_CHECK_NAME_DOT);
    char *wrong = check_length(name, VM_NAME_MAX);
    return wrong ? wrong : check_characters(name, "/");
}

static bool same_ignoring_case(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a | 0x20) != (*b | 0x20))
            return false;
    return *a == *b;
}

char *rules_check_vm_name(const Model *model, const char *name)
{
    char *wrong = check_object_name(name);
    if (wrong)
        return wrong;
    if (same_ignoring_case(name, "Domain-0"))
        return text_format(TEXT_CHECK_NAME_RESERVED, name, NULL);
    for (size_t i = 0; i < model_vm_count(model); i++)
        if (str_equal(model_vm_at(model, i)->name, name))
            return text_format(TEXT_CHECK_VM_EXISTS, name, NULL);
    return NULL;
}

char *rules_check_datastore_name(const Model *model, const char *name)
{
    char *wrong = check_object_name(name);
    if (wrong)
        return wrong;
    for (size_t i = 0; i < model_datastore_count(model); i++)
        if (str_equal(model_datastore_at(model, i)->name, name))
            return text_format(TEXT_CHECK_DATASTORE_EXISTS, name, NULL);
    return NULL;
}

/* The path without double and trailing slashes, so that two spellings of one place are the same. */
static char *normal_path(const char *path)
{
    char *normal = x_calloc(strlen(path) + 2, 1);
    size_t length = 0;
    for (const char *p = path; *p; p++)
        if (*p != '/' || !length || normal[length - 1] != '/')
            normal[length++] = *p;
    if (length > 1 && normal[length - 1] == '/')
        normal[length - 1] = '\0';
    return normal;
}

static bool has_dot_part(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t length = strcspn(part, "/");
        if ((length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
            return true;
    }
    return false;
}

static bool is_system_path(const char *path)
{
    static const char *const trees[] = { "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys", "/usr" };
    static const char *const places[] = { "/", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/tmp", "/var", "/var/lib", "/var/log", "/var/tmp" };
    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        if (str_equal(path, places[i]))
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
        size_t length = strlen(trees[i]);
        if (strncmp(path, trees[i], length) == 0 && (path[length] == '\0' || path[length] == '/'))
            return true;
    }
    return false;
}

char *rules_check_datastore_path(const Model *model, const char *path)
{
    if (str_empty(path))
        return say(TEXT_CHECK_PATH_EMPTY);
    if (path[0] != '/')
        return say(TEXT_CHECK_PATH_RELATIVE);
    if (strlen(path) > LIMIT_PATH)
        return say(TEXT_CHECK_PATH_LONG);
    char *wrong = check_characters(path, "");
    if (wrong)
        return wrong;
    if (has_dot_part(path))
        return say(TEXT_CHECK_PATH_DOTS);
    AUTO_FREE char *normal = normal_path(path);
    if (is_system_path(normal))
        return text_format(TEXT_CHECK_PATH_SYSTEM, normal, NULL);
    for (size_t i = 0; i < model_datastore_count(model); i++) {
        AUTO_FREE char *other = normal_path(str_or_empty(model_datastore_at(model, i)->path));
        if (str_equal(other, normal))
            return text_format(TEXT_CHECK_PATH_TAKEN, model_datastore_at(model, i)->name, NULL);
    }
    return NULL;
}

char *rules_check_file_name(const char *name)
{
    if (str_empty(name))
        return say(TEXT_CHECK_NAME_EMPTY);
    if (name[0] == '.')
        return say(TEXT_CHECK_NAME_DOT);
    if (strchr(". ", name[strlen(name) - 1]))
        return say(TEXT_CHECK_NAME_END);
    char *wrong = check_length(name, LIMIT_NAME);
    return wrong ? wrong : check_characters(name, "/\\");
}

char *rules_check_host(const char *host)
{
    if (str_empty(host))
        return say(TEXT_CHECK_HOST_EMPTY);
    if (strchr(host, '@'))
        return say(TEXT_CHECK_HOST_USER);
    char *wrong = check_length(host, LIMIT_NAME);
    if (wrong)
        return wrong;
    for (const char *p = host; *p; p++) {
        char one[2] = { *p, '\0' };
        bool letter = ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') || (*p >= '0' && *p <= '9') || (unsigned char)*p >= 0x80;
        if (!letter && !strchr(".-_:%", *p))
            return text_format(TEXT_CHECK_HOST_CHARACTER, one, NULL);
    }
    return check_characters(host, "");
}

char *rules_check_port(const char *port)
{
    size_t length = strlen(str_or_empty(port));
    bool digits = length > 0 && length <= 5 && strspn(port, "0123456789") == length;
    long number = digits ? strtol(port, NULL, 10) : 0;
    return number >= 1 && number <= 65535 ? NULL : say(TEXT_CHECK_PORT);
}
