/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Recent tasks: see activity.h. Tasks come from the servers (activities_take), uploads from upload.c; an upload and the task the agent has for it
 * are one entry. The texts are made when somebody reads them, so that a changed language shows at once. UI thread.
 */
#include "client/core/activity.h"

#include "client/core/format.h"
#include "client/core/parts.h"
#include "client/core/port.h"
#include "client/core/text.h"
#include "protocol/rpc.h"

#include <stdlib.h>
#include <string.h>

/* Entries kept per server: more than an agent remembers, and a bound for one that never stops telling. */
enum { ENTRIES_MAX = 500 };

typedef struct Entry {
    Server *server;
    Activity shown;      /* made from the rest by show() */
    bool stale;          /* shown must be made again */
    Language language;   /* shown is in this one */
    bool hidden;         /* cleared by the user; kept so that a new snapshot does not bring it back */
    TaskInfo task;       /* id NULL: none yet */
    Upload *upload;      /* NULL: a task of the agent alone */
    char *id;
    bool setup;          /* setting up the agent: task is made up here */
    AgentAction action;
    StrList earlier;     /* tasks of earlier attempts of the same upload: not shown on their own */
    int64_t started;
    int64_t finished;    /* of an upload of ours */
} Entry;

typedef struct Group {
    Server *server;
    Entry **entries;
    size_t count;
} Group;

struct Activities {
    Core *core;
    Group *groups;
    size_t group_count;
    Entry **order; /* what is shown, newest first */
    size_t order_count;
    bool order_stale;
    uint64_t next_local_id;
};

Activities *activities_create(Core *core)
{
    Activities *activities = x_calloc(1, sizeof *activities);
    activities->core = core;
    return activities;
}

static void clear_shown(Activity *shown)
{
    free(shown->title);
    free(shown->object_name);
    free(shown->user);
    free(shown->detail);
    *shown = (Activity){ 0 };
}

static void free_entry(Entry *entry)
{
    clear_shown(&entry->shown);
    TaskInfo_clear(&entry->task);
    StrList_clear(&entry->earlier);
    free(entry->id);
    free(entry);
}

static void free_group(Group *group)
{
    for (size_t i = 0; i < group->count; i++)
        free_entry(group->entries[i]);
    free(group->entries);
}

void activities_free(Activities *activities)
{
    if (!activities)
        return;
    for (size_t i = 0; i < activities->group_count; i++)
        free_group(&activities->groups[i]);
    free(activities->groups);
    free(activities->order);
    free(activities);
}

static void touch(Activities *activities, Entry *entry)
{
    if (entry)
        entry->stale = true;
    core_tell_activities_changed(activities->core);
}

static void reorder(Activities *activities)
{
    activities->order_stale = true;
    core_tell_activities_changed(activities->core);
}

static Group *find_group(Activities *activities, Server *server)
{
    for (size_t i = 0; i < activities->group_count; i++)
        if (activities->groups[i].server == server)
            return &activities->groups[i];
    activities->groups = x_realloc(activities->groups, activities->group_count + 1, sizeof *activities->groups);
    Group *group = &activities->groups[activities->group_count++];
    *group = (Group){ .server = server };
    return group;
}

static Entry *find_task(const Group *group, const char *id)
{
    for (size_t i = 0; i < group->count; i++)
        if (str_equal(group->entries[i]->id, id) || StrList_contains(&group->entries[i]->earlier, id))
            return group->entries[i];
    return NULL;
}

static Entry *find_upload(const Group *group, const Upload *upload)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->entries[i]->upload == upload)
            return group->entries[i];
    return NULL;
}

static void remove_entry(Activities *activities, Group *group, Entry *entry)
{
    size_t i = 0;
    while (group->entries[i] != entry)
        i++;
    memmove(&group->entries[i], &group->entries[i + 1], (group->count - i - 1) * sizeof(Entry *));
    group->count--;
    free_entry(entry);
    reorder(activities);
}

static bool task_ended(TaskState state) { return state == TASK_STATE_DONE || state == TASK_STATE_FAILED || state == TASK_STATE_CANCELLED; }

static TaskState upload_task_state(UploadState state)
{
    switch (state) {
    case UPLOAD_QUEUED:
    case UPLOAD_INTERRUPTED: return TASK_STATE_QUEUED;
    case UPLOAD_DONE: return TASK_STATE_DONE;
    case UPLOAD_FAILED: return TASK_STATE_FAILED;
    case UPLOAD_CANCELLED: return TASK_STATE_CANCELLED;
    default: return TASK_STATE_RUNNING;
    }
}

static TaskState entry_state(const Entry *entry) { return entry->upload ? upload_task_state(upload_state(entry->upload)) : entry->task.state; }

/* Makes room by dropping the oldest entry, an ended one if there is any; uploads of ours stay. */
static void make_room(Activities *activities, Group *group)
{
    Entry *oldest = NULL;
    for (size_t i = 0; i < group->count; i++) {
        Entry *entry = group->entries[i];
        bool ended = task_ended(entry->task.state);
        bool better = !oldest || (ended && !task_ended(oldest->task.state)) || (ended == task_ended(oldest->task.state) && entry->started < oldest->started);
        if (!entry->upload && better)
            oldest = entry;
    }
    if (oldest)
        remove_entry(activities, group, oldest);
}

static Entry *add_entry(Activities *activities, Group *group, const char *id)
{
    if (group->count >= ENTRIES_MAX)
        make_room(activities, group);
    group->entries = x_realloc(group->entries, group->count + 1, sizeof(Entry *));
    Entry *entry = x_calloc(1, sizeof *entry);
    entry->server = group->server;
    entry->id = x_strdup(id);
    group->entries[group->count++] = entry;
    reorder(activities);
    return entry;
}

/* ---- news from the servers */

static void take_task(Activities *activities, Group *group, TaskInfo *task)
{
    Entry *entry = find_task(group, task->id);
    if (entry && !str_equal(entry->id, task->id))
        return; /* an earlier attempt of an upload that goes on */
    if (!entry)
        entry = add_entry(activities, group, task->id);
    if (!entry->upload && entry->started != task->started) {
        entry->started = task->started;
        reorder(activities);
    }
    TaskInfo_clear(&entry->task);
    entry->task = *task;
    *task = (TaskInfo){ 0 };
    touch(activities, entry);
}

/* After a full list: what was running and is not there any more has gone with the agent's memory of it. */
static void drop_unlisted(Activities *activities, Group *group, const StrList *listed)
{
    for (size_t i = group->count; i-- > 0;) {
        Entry *entry = group->entries[i];
        if (!entry->upload && (entry->hidden || !task_ended(entry->task.state)) && !StrList_contains(listed, entry->id))
            remove_entry(activities, group, entry);
    }
}

void activities_take(Activities *activities, Server *server, TaskInfoList *tasks, bool full)
{
    Group *group = find_group(activities, server);
    StrList listed = { 0 };
    for (size_t i = 0; i < tasks->count; i++) {
        if (full)
            StrList_add(&listed, tasks->items[i].id);
        take_task(activities, group, &tasks->items[i]);
    }
    if (full)
        drop_unlisted(activities, group, &listed);
    StrList_clear(&listed);
    TaskInfoList_clear(tasks);
}

void activities_server_removed(Activities *activities, Server *server)
{
    for (size_t i = 0; i < activities->group_count; i++) {
        if (activities->groups[i].server != server)
            continue;
        free_group(&activities->groups[i]);
        activities->groups[i] = activities->groups[--activities->group_count];
        reorder(activities);
        return;
    }
}

/* ---- news from the uploads */

/* The upload has a task on the agent now: that one becomes this entry's. */
static void adopt_task(Activities *activities, Group *group, Entry *entry, const char *id)
{
    Entry *other = find_task(group, id);
    if (other == entry)
        return;
    if (entry->task.id)
        StrList_add(&entry->earlier, entry->id);
    TaskInfo_clear(&entry->task);
    free(entry->id);
    entry->id = x_strdup(id);
    if (!other)
        return;
    entry->task = other->task;
    other->task = (TaskInfo){ 0 };
    remove_entry(activities, group, other);
}

void activities_upload_changed(Activities *activities, Upload *upload)
{
    Group *group = find_group(activities, upload_server(upload));
    Entry *entry = find_upload(group, upload);
    if (!entry) {
        AUTO_FREE char *id = x_printf("upload-%llu", (unsigned long long)++activities->next_local_id);
        entry = add_entry(activities, group, id);
        entry->upload = upload;
        entry->started = port_now_ms();
    }
    bool ended = task_ended(entry_state(entry));
    entry->finished = !ended ? 0 : entry->finished ? entry->finished : port_now_ms();
    if (*upload_task(upload))
        adopt_task(activities, group, entry, upload_task(upload));
    touch(activities, entry);
}

void activities_upload_gone(Activities *activities, const Upload *upload)
{
    for (size_t i = 0; i < activities->group_count; i++) {
        Entry *entry = find_upload(&activities->groups[i], upload);
        if (!entry)
            continue;
        entry->upload = NULL;
        entry->hidden = true; /* the agent still knows its task: it stays away too */
        if (!entry->task.id)
            remove_entry(activities, &activities->groups[i], entry);
        reorder(activities);
        return;
    }
}

/* ---- setting up the agent */

static Entry *find_setup(const Group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->entries[i]->setup && !task_ended(group->entries[i]->task.state))
            return group->entries[i];
    return NULL;
}

static Entry *add_setup(Activities *activities, Group *group, const AgentSetup *setup)
{
    AUTO_FREE char *id = x_printf("setup-%llu", (unsigned long long)++activities->next_local_id);
    Entry *entry = add_entry(activities, group, id);
    entry->setup = true;
    entry->action = setup->action;
    entry->started = port_now_ms();
    entry->task.id = x_strdup(id);
    entry->task.object_name = x_strdup(server_name(group->server));
    entry->task.user = x_strdup(server_config(group->server)->user);
    entry->task.state = TASK_STATE_RUNNING;
    entry->task.cancellable = true;
    entry->task.total = 1000;
    return entry;
}

static void end_setup(Entry *entry, const AgentSetup *setup)
{
    TaskInfo *task = &entry->task;
    bool failed = setup->error.code != 0, cancelled = setup->error.code == ERR_CANCELLED || (setup->phase == AGENT_SETUP_ENDED && !failed);
    task->state = cancelled ? TASK_STATE_CANCELLED : failed ? TASK_STATE_FAILED : TASK_STATE_DONE;
    task->finished = port_now_ms();
    if (task->state == TASK_STATE_FAILED) {
        task->error = x_calloc(1, sizeof *task->error);
        error_to_info(&setup->error, task->error);
    }
}

void activities_setup_changed(Activities *activities, Server *server, const AgentSetup *setup)
{
    Group *group = find_group(activities, server);
    Entry *entry = find_setup(group);
    if (!entry && setup->phase == AGENT_SETUP_WORKING)
        entry = add_setup(activities, group, setup);
    if (!entry)
        return;
    if (setup->phase != AGENT_SETUP_WORKING)
        end_setup(entry, setup);
    else /* sending is most of it; the steps after that are short */
        entry->task.done = setup->step <= AGENT_STEP_SEND ? setup->permille * 7 / 10 : setup->step == AGENT_STEP_CHECK ? 750 : setup->step == AGENT_STEP_PLACE ? 800 : 850;
    touch(activities, entry);
}

/* ---- what is shown */

static const TextId titles[METHOD_COUNT] = {
#define METHOD(wire, name, P, R, role, doc) TEXT_TASK_##name,
#include "protocol/def_read.h"
};

static char *title_of(const Entry *entry)
{
    static const TextId setup_titles[] = {
        [AGENT_INSTALL] = TEXT_TASK_AGENT_INSTALL, [AGENT_RUN] = TEXT_TASK_AGENT_INSTALL, [AGENT_UPDATE] = TEXT_TASK_AGENT_UPDATE, [AGENT_REMOVE] = TEXT_TASK_AGENT_REMOVE };
    if (entry->setup)
        return x_strdup(text(setup_titles[entry->action]));
    Method method = entry->upload ? METHOD_upload_begin : method_find(str_or_empty(entry->task.method));
    return x_strdup(method == METHOD_COUNT ? str_or_empty(entry->task.method) : text(titles[method]));
}

static char *sizes_text(TextId id, int64_t done, int64_t total)
{
    AUTO_FREE char *a = format_size(done);
    AUTO_FREE char *b = format_size(total);
    return text_format(id, a, b, NULL);
}

static char *sending_text(const Upload *upload)
{
    if (upload_time_left(upload) < 0)
        return sizes_text(TEXT_UPLOAD_SENDING, upload_done(upload), upload_size(upload));
    AUTO_FREE char *done = format_size(upload_done(upload));
    AUTO_FREE char *size = format_size(upload_size(upload));
    AUTO_FREE char *rate = format_rate(upload_rate(upload));
    AUTO_FREE char *left = format_duration(upload_time_left(upload));
    return text_format(TEXT_UPLOAD_SENDING_RATE, done, size, rate, left, NULL);
}

static char *interrupted_text(const Upload *upload)
{
    if (!upload_error(upload) || !server_online(upload_server(upload)))
        return x_strdup(text(TEXT_UPLOAD_INTERRUPTED));
    AUTO_FREE char *why = text_error(upload_error(upload));
    return text_format(TEXT_UPLOAD_INTERRUPTED_WHY, why, NULL);
}

static char *done_text(const Upload *upload)
{
    AUTO_FREE char *size = format_size(upload_size(upload));
    return text_format(TEXT_UPLOAD_DONE, size, NULL);
}

static char *upload_detail(const Upload *upload)
{
    switch (upload_state(upload)) {
    case UPLOAD_QUEUED: return x_strdup(text(server_online(upload_server(upload)) ? TEXT_UPLOAD_QUEUED : TEXT_UPLOAD_INTERRUPTED));
    case UPLOAD_CONNECTING: return x_strdup(text(TEXT_UPLOAD_CONNECTING));
    case UPLOAD_CHECKING: return sizes_text(TEXT_UPLOAD_CHECKING, upload_done(upload), upload_size(upload));
    case UPLOAD_SENDING: return sending_text(upload);
    case UPLOAD_VERIFYING: return x_strdup(text(TEXT_UPLOAD_VERIFYING));
    case UPLOAD_DONE: return done_text(upload);
    case UPLOAD_FAILED: return upload_error(upload) ? text_error(upload_error(upload)) : x_strdup("");
    case UPLOAD_INTERRUPTED: return interrupted_text(upload);
    case UPLOAD_CANCELLED: break;
    }
    return x_strdup("");
}

static char *task_detail(const TaskInfo *task)
{
    if (task->state == TASK_STATE_FAILED && task->error) {
        AUTO(error_clear) Error error = { 0 };
        error_from_info(task->error, &error);
        return text_error(&error);
    }
    bool bytes = str_equal(task->method, method_name(METHOD_upload_begin)) && task->state == TASK_STATE_RUNNING && task->total > 0;
    return bytes ? sizes_text(TEXT_UPLOAD_SENDING, task->done, task->total) : x_strdup("");
}

static int permille_of(int64_t done, int64_t total, TaskState state)
{
    if (state == TASK_STATE_DONE)
        return 1000;
    if (total <= 0 || done < 0)
        return state == TASK_STATE_RUNNING ? -1 : 0;
    return done >= total ? 1000 : (int)((double)done / (double)total * 1000.0);
}

static void show_upload(const Entry *entry, Activity *shown)
{
    const Upload *upload = entry->upload;
    bool failed = upload_state(upload) == UPLOAD_FAILED || upload_state(upload) == UPLOAD_CANCELLED || upload_state(upload) == UPLOAD_INTERRUPTED;
    shown->object_name = x_strdup(upload_name(upload));
    shown->user = x_strdup(str_or_empty(entry->task.user ? entry->task.user : server_config(upload_server(upload))->user));
    shown->permille = permille_of(upload_done(upload), upload_size(upload), shown->state);
    shown->detail = upload_detail(upload);
    shown->error_code = upload_state(upload) == UPLOAD_FAILED && upload_error(upload) ? upload_error(upload)->code : 0;
    shown->cancellable = !task_ended(shown->state);
    shown->retryable = failed;
}

/* Operators cancel their own tasks only. */
static bool may_cancel(const Entry *entry)
{
    const HelloResult *hello = server_hello(entry->server);
    return server_online(entry->server) && (!hello || hello->role >= ROLE_ADMIN || str_equal(hello->user, entry->task.user));
}

static void show(Entry *entry)
{
    Activity *shown = &entry->shown;
    clear_shown(shown);
    shown->server = entry->server;
    shown->id = entry->id;
    shown->title = title_of(entry);
    shown->state = entry_state(entry);
    shown->started = entry->started;
    shown->finished = !task_ended(shown->state) ? 0 : entry->upload ? entry->finished : entry->task.finished;
    shown->upload = entry->upload;
    if (entry->upload) {
        show_upload(entry, shown);
    } else {
        shown->object_name = x_strdup(str_or_empty(entry->task.object_name));
        shown->object_kind = entry->task.object_kind;
        shown->object_id = entry->task.object_id;
        shown->user = x_strdup(str_or_empty(entry->task.user));
        shown->permille = permille_of(entry->task.done, entry->task.total, shown->state);
        shown->detail = task_detail(&entry->task);
        shown->error_code = shown->state == TASK_STATE_FAILED && entry->task.error ? (int)entry->task.error->code : 0;
        shown->cancellable = entry->task.cancellable && !task_ended(shown->state) && (entry->setup || may_cancel(entry));
    }
    entry->stale = false;
    entry->language = text_language();
}

static int newer_first(const void *a, const void *b)
{
    const Entry *first = *(Entry *const *)a;
    const Entry *second = *(Entry *const *)b;
    if (first->started != second->started)
        return first->started > second->started ? -1 : 1;
    return strcmp(first->id, second->id);
}

static void put_in_order(Activities *activities)
{
    if (!activities->order_stale)
        return;
    size_t count = 0;
    for (size_t i = 0; i < activities->group_count; i++)
        count += activities->groups[i].count;
    activities->order = x_realloc(activities->order, count, sizeof(Entry *));
    activities->order_count = 0;
    for (size_t i = 0; i < activities->group_count; i++)
        for (size_t k = 0; k < activities->groups[i].count; k++)
            if (!activities->groups[i].entries[k]->hidden)
                activities->order[activities->order_count++] = activities->groups[i].entries[k];
    qsort(activities->order, activities->order_count, sizeof(Entry *), newer_first);
    activities->order_stale = false;
}

size_t activity_count(const Core *core)
{
    put_in_order(core_activities(core));
    return core_activities(core)->order_count;
}

const Activity *activity_at(Core *core, size_t index)
{
    Activities *activities = core_activities(core);
    put_in_order(activities);
    Entry *entry = activities->order[index];
    if (entry->stale || entry->language != text_language())
        show(entry);
    return &entry->shown;
}

static size_t count_in(const Core *core, TaskState state)
{
    Activities *activities = core_activities(core);
    put_in_order(activities);
    size_t count = 0;
    for (size_t i = 0; i < activities->order_count; i++)
        count += entry_state(activities->order[i]) == state;
    return count;
}

size_t activity_running_count(const Core *core) { return count_in(core, TASK_STATE_RUNNING) + count_in(core, TASK_STATE_QUEUED); }
size_t activity_failed_count(const Core *core) { return count_in(core, TASK_STATE_FAILED); }

static Entry *find_shown(Activities *activities, const char *id)
{
    put_in_order(activities);
    for (size_t i = 0; i < activities->order_count; i++)
        if (str_equal(activities->order[i]->id, id))
            return activities->order[i];
    return NULL;
}

void activity_cancel(Core *core, const char *id)
{
    Entry *entry = find_shown(core_activities(core), id);
    if (!entry)
        return;
    if (entry->upload) {
        upload_cancel(entry->upload);
        return;
    }
    if (entry->setup) {
        agent_setup_cancel(entry->server);
        return;
    }
    TaskRef ref = { .task = entry->id };
    call_task_cancel(entry->server, &ref, NULL, NULL, NULL);
}

void activity_retry(Core *core, const char *id)
{
    Entry *entry = find_shown(core_activities(core), id);
    if (entry && entry->upload)
        upload_retry(entry->upload, false);
}

void activity_clear_ended(Core *core)
{
    Activities *activities = core_activities(core);
    put_in_order(activities);
    for (size_t i = 0; i < activities->order_count; i++) {
        Entry *entry = activities->order[i];
        if (!task_ended(entry_state(entry)))
            continue;
        entry->hidden = true;
        if (entry->upload)
            upload_dismiss(entry->upload); /* may free the entry: nothing touches it afterwards */
    }
    reorder(activities);
}
