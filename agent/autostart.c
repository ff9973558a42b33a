/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting VMs in their order: see autostart.h. The boot that was served last is kept in STATE_DIR/boot_id. */
#include "agent/autostart.h"
#include "agent/drivers.h"
#include "agent/log.h"
#include "agent/vm_definition.h"
#include "agent/vm_lock.h"
#include "agent/volume_locks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Starter {
    char *id;
    char *name;
    int64_t order;
    int64_t delay;
} Starter;

typedef struct StartList {
    Starter *items;
    size_t count;
} StartList;

/* ---------------------------------------------------------------- once for each boot */

static char *read_word(const char *path)
{
    char text[80] = "";
    FILE *file = fopen(path, "re");
    bool read = file && fgets(text, sizeof text, file);
    if (file)
        fclose(file);
    text[strcspn(text, "\n")] = 0;
    return read && *text ? x_strdup(text) : NULL;
}

static bool write_word(const char *path, const char *word)
{
    AUTO_FREE char *part = x_printf("%s.new", path);
    FILE *file = fopen(part, "we");
    if (!file)
        return false;
    bool written = fprintf(file, "%s\n", word) > 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && written && rename(part, path) == 0;
}

/* Noted before anything is started: an agent that crashes over it must not do so again and again. */
static bool is_first_since_boot(const Agent *agent)
{
    AUTO_FREE char *path = x_printf("%s/boot_id", agent->config.state_dir);
    AUTO_FREE char *boot = read_word("/proc/sys/kernel/random/boot_id");
    AUTO_FREE char *served = read_word(path);
    if (!boot || str_equal(boot, served))
        return false;
    return write_word(path, boot) && served;
}

/* ---------------------------------------------------------------- the VMs */

static int compare(const void *a, const void *b)
{
    const Starter *first = a;
    const Starter *second = b;
    if (first->order != second->order)
        return first->order < second->order ? -1 : 1;
    return strcmp(first->name, second->name);
}

static void add(Agent *agent, const VmInfo *vm, StartList *list)
{
    VmDefinition definition;
    AUTO(error_clear) Error err = { 0 };
    if (vm_definition_load(agent, vm->id, &definition, &err) < 0)
        return;
    const VmStartup *startup = definition.config.startup;
    if (startup->autostart && !definition.flagged && !definition.running) {
        list->items = x_realloc(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] = (Starter){ x_strdup(vm->id), x_strdup(vm->name), startup->order, startup->delay };
    }
    vm_definition_clear(&definition);
}

static void collect(Agent *agent, StartList *ret)
{
    Inventory all;
    inventory_changes(agent->inventory, NULL, 0, &all);
    for (size_t i = 0; i < all.vms.count; i++)
        if (all.vms.items[i].autostart && !all.vms.items[i].template && all.vms.items[i].state == VM_STATE_OFF)
            add(agent, &all.vms.items[i], ret);
    Inventory_clear(&all);
    if (ret->count)
        qsort(ret->items, ret->count, sizeof *ret->items, compare);
}

static int check_disks(Agent *agent, const char *id, Error *err)
{
    VmInfo vm;
    if (!inventory_get_vm(agent->inventory, id, &vm, NULL))
        return 0;
    int code = volume_lock_check_vm(agent->volume_locks, &vm, err);
    VmInfo_clear(&vm);
    return code;
}

static void start_one(Agent *agent, const Starter *starter)
{
    AUTO_DOMAIN domain = NULL;
    AUTO(error_clear) Error err = { 0 };
    int owner = 0;
    int code = vm_lock_check(starter->id, starter->name, &err);
    if (code == 0)
        code = check_disks(agent, starter->id, &err);
    if (code == 0)
        code = drivers_vm(agent->drivers, starter->id, &domain, &owner, &err);
    if (code == 0 && virDomainIsActive(domain) == 0 && virDomainCreate(domain) < 0)
        virt_error(&err, starter->name);
    if (domain)
        drivers_refresh_vm(agent->drivers, owner, starter->id);
    audit_write(&(AuditEntry){ "poolagent", method_name(METHOD_vm_start), starter->id, starter->name, err.code ? &err : NULL, "started with the host" });
}

/* libvirt may come up long after the agent. */
static int wait_for_libvirt(Agent *agent, Task *task, Error *err)
{
    enum { STEP_MS = 1000, STEPS = 300 };
    for (int i = 0; i < STEPS; i++) {
        AUTO_CONN conn = NULL;
        Error why = { 0 };
        drivers_wait(agent->drivers);
        if (drivers_connection(agent->drivers, 0, &conn, &why) == 0)
            return 0;
        if (i + 1 == STEPS)
            return error_move(err, &why);
        error_clear(&why);
        if (task_wait(task, STEP_MS))
            return task_check(task, err);
    }
    return 0;
}

static void starters_clear(StartList *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].id);
        free(list->items[i].name);
    }
    free(list->items);
}

static int run(Task *task, void *context, Error *err)
{
    Agent *agent = context;
    StartList list = { 0 };
    int code = wait_for_libvirt(agent, task, err);
    if (code == 0)
        collect(agent, &list);
    for (size_t i = 0; i < list.count && code == 0; i++) {
        task_progress(task, (int64_t)i, (int64_t)list.count);
        start_one(agent, &list.items[i]);
        if (i + 1 < list.count && list.items[i].delay && task_wait(task, list.items[i].delay * 1000))
            code = task_check(task, err);
    }
    starters_clear(&list);
    return code;
}

static void release(void *context) { (void)context; }

void autostart_begin(Agent *agent)
{
    TaskRef ref = { 0 };
    AUTO(error_clear) Error err = { 0 };
    char host[LIMIT_NAME + 1] = "";
    if (agent->config.user_mode || !is_first_since_boot(agent))
        return;
    gethostname(host, sizeof host - 1);
    const TaskSpec spec = {
        .method = METHOD_vm_start,
        .kind = OBJECT_HOST,
        .object_id = agent->host_id,
        .object_name = host,
        .user = "poolagent",
        .cancellable = true,
        .run = run,
        .release = release,
        .context = agent,
    };
    if (task_start(agent->tasks, &spec, &ref, &err) < 0)
        log_line("VMs are not started with the host: %s", err.message);
    TaskRef_clear(&ref);
}
