/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inventory's revisions and deltas, and tasks, without libvirt. */
#include "tests/protocol/cmocka_all.h"

#include "agent/inventory.h"
#include "agent/tasks.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int changes;

static void on_changed(void *context)
{
    (void)context;
    changes++;
}

static void put_vm(InventoryModel *model, const char *id, const char *name, VmState state)
{
    VmInfo vm = { .id = x_strdup(id), .name = x_strdup(name), .driver = x_strdup("test"), .state = state };
    inventory_put_vm(model, 0, &vm, NULL);
}

static void put_store(InventoryModel *model, const char *id, const char *path)
{
    DatastoreInfo store = { .id = x_strdup(id), .name = x_strdup(id), .type = x_strdup("dir"), .path = x_strdup(path), .state = DATASTORE_STATE_ACTIVE };
    inventory_put_datastore(model, 0, &store);
}

static int setup(void **state)
{
    changes = 0;
    *state = inventory_create(on_changed, NULL);
    return 0;
}

static int teardown(void **state)
{
    inventory_free(*state);
    return 0;
}

static void test_inventory__a_delta_has_only_what_changed(void **state)
{
    InventoryModel *model = *state;
    Inventory inventory;
    put_vm(model, "a", "one", VM_STATE_OFF);
    put_vm(model, "b", "two", VM_STATE_OFF);
    inventory_changes(model, NULL, 0, &inventory);
    assert_true(inventory.full);
    assert_int_equal(inventory.vms.count, 2);
    int64_t revision = inventory.revision;
    Inventory_clear(&inventory);
    put_vm(model, "b", "two", VM_STATE_RUNNING);
    inventory_changes(model, NULL, revision, &inventory);
    assert_false(inventory.full);
    assert_int_equal(inventory.vms.count, 1);
    assert_string_equal(inventory.vms.items[0].id, "b");
    Inventory_clear(&inventory);
}

static void test_inventory__the_same_again_is_no_change(void **state)
{
    InventoryModel *model = *state;
    put_vm(model, "a", "one", VM_STATE_OFF);
    int64_t revision = inventory_revision(model);
    put_vm(model, "a", "one", VM_STATE_OFF);
    assert_int_equal(inventory_revision(model), revision);
    assert_int_equal(changes, 1);
}

static void test_inventory__what_came_back_is_not_removed(void **state)
{
    InventoryModel *model = *state;
    Inventory inventory;
    put_vm(model, "a", "one", VM_STATE_OFF);
    put_vm(model, "b", "two", VM_STATE_OFF);
    int64_t revision = inventory_revision(model);
    inventory_remove(model, "a");
    inventory_remove(model, "b");
    inventory_remove(model, "not there");
    put_vm(model, "a", "one", VM_STATE_OFF);
    inventory_changes(model, NULL, revision, &inventory);
    assert_int_equal(inventory.removed.count, 1);
    assert_string_equal(inventory.removed.items[0], "b");
    assert_int_equal(inventory.vms.count, 1);
    Inventory_clear(&inventory);
}

static void test_inventory__too_many_removals_give_everything(void **state)
{
    InventoryModel *model = *state;
    Inventory inventory;
    put_vm(model, "stays", "stays", VM_STATE_OFF);
    int64_t revision = inventory_revision(model);
    for (int i = 0; i < 5000; i++) {
        char id[16];
        snprintf(id, sizeof id, "vm%d", i);
        put_vm(model, id, id, VM_STATE_OFF);
        inventory_remove(model, id);
    }
    inventory_changes(model, NULL, revision, &inventory);
    assert_true(inventory.full);
    assert_int_equal(inventory.vms.count, 1);
    assert_int_equal(inventory.removed.count, 0);
    Inventory_clear(&inventory);
}

static void test_inventory__another_epoch_gives_everything(void **state)
{
    InventoryModel *model = *state;
    Inventory inventory;
    put_vm(model, "a", "one", VM_STATE_OFF);
    inventory_changes(model, "elsewhere", inventory_revision(model), &inventory);
    assert_true(inventory.full);
    Inventory_clear(&inventory);
    inventory_changes(model, NULL, inventory_revision(model) + 5, &inventory);
    assert_true(inventory.full);
    Inventory_clear(&inventory);
}

static void test_inventory__a_listing_removes_what_is_gone_of_its_kind_and_driver(void **state)
{
    InventoryModel *model = *state;
    VmInfo other = { .id = x_strdup("other"), .name = x_strdup("other"), .driver = x_strdup("lxc") };
    VmInfo found;
    put_vm(model, "a", "one", VM_STATE_OFF);
    put_vm(model, "b", "two", VM_STATE_OFF);
    put_store(model, "s", "/srv");
    inventory_put_vm(model, 1, &other, NULL);
    int64_t mark = inventory_listing_begin(model);
    put_vm(model, "b", "two", VM_STATE_OFF);
    inventory_listing_end(model, OBJECT_VM, 0, mark);
    assert_false(inventory_get_vm(model, "a", &found, NULL));
    assert_true(inventory_get_vm(model, "b", &found, NULL));
    VmInfo_clear(&found);
    int owner = -1;
    assert_true(inventory_get_vm(model, "other", &found, &owner));
    assert_int_equal(owner, 1);
    VmInfo_clear(&found);
    DatastoreInfo store;
    assert_true(inventory_get_datastore(model, "s", &store, NULL));
    DatastoreInfo_clear(&store);
}

static void test_inventory__files_belong_to_the_datastore_they_are_directly_in(void **state)
{
    InventoryModel *model = *state;
    char *store = NULL;
    char *volume = NULL;
    put_store(model, "outer", "/srv");
    put_store(model, "inner", "/srv/isos");
    assert_true(inventory_find_volume(model, "/srv/isos/a.iso", &store, &volume));
    assert_string_equal(store, "inner");
    assert_string_equal(volume, "a.iso");
    free(store);
    free(volume);
    assert_false(inventory_find_volume(model, "/srv/isos2/a.iso", &store, &volume));
    assert_false(inventory_find_volume(model, "/srv/isos/", &store, &volume));
    assert_false(inventory_find_volume(model, "/srvx", &store, &volume));
    inventory_remove(model, "inner");
    assert_false(inventory_find_volume(model, "/srv/isos/a.iso", &store, &volume));
}

/* What libvirt allows; the sanitizer sees what is read after it was freed. */
static void test_inventory__a_vm_with_the_uuid_of_a_datastore(void **state)
{
    InventoryModel *model = *state;
    char *store = NULL;
    char *volume = NULL;
    put_store(model, "same", "/srv");
    put_vm(model, "same", "one", VM_STATE_OFF);
    assert_false(inventory_find_volume(model, "/srv/a.iso", &store, &volume));
    put_store(model, "same", "/srv");
    assert_true(inventory_find_volume(model, "/srv/a.iso", &store, &volume));
    free(store);
    free(volume);
}

static void test_inventory__content_counts_up_and_survives_a_refresh(void **state)
{
    InventoryModel *model = *state;
    DatastoreInfo store;
    put_store(model, "s", "/srv");
    inventory_content_changed(model, "s");
    inventory_content_changed(model, "s");
    put_store(model, "s", "/elsewhere");
    assert_true(inventory_get_datastore(model, "s", &store, NULL));
    assert_int_equal(store.content, 2);
    assert_string_equal(store.path, "/elsewhere");
    DatastoreInfo_clear(&store);
}

static void test_inventory__users_of_a_disk(void **state)
{
    InventoryModel *model = *state;
    VmInfo vm = { .id = x_strdup("a"), .name = x_strdup("one"), .driver = x_strdup("test") };
    DiskInfo disk = { .target = x_strdup("vda"), .path = x_strdup("/srv/x") };
    DiskInfoList_add(&vm.disks, &disk);
    inventory_put_vm(model, 0, &vm, NULL);
    StrList users = { 0 };
    inventory_users_of(model, "/srv/x", NULL, &users);
    inventory_users_of(model, "/srv/x", "a", &users);
    inventory_users_of(model, "/srv", NULL, &users);
    assert_int_equal(users.count, 1);
    assert_string_equal(users.items[0], "one");
    StrList_clear(&users);
}

static void test_inventory__users_of_what_is_held(void **state)
{
    InventoryModel *model = *state;
    StrList users = { 0 };
    for (int held = 1; held >= 0; held--) { /* nothing else changes: the newer list counts all the same */
        VmInfo vm = { .id = x_strdup("a"), .name = x_strdup("one"), .driver = x_strdup("test") };
        StrList paths = { 0 };
        if (held)
            StrList_add(&paths, "/srv/frozen");
        inventory_put_vm(model, 0, &vm, &paths);
        inventory_users_of(model, "/srv/frozen", NULL, &users);
        inventory_users_of(model, "/srv/frozen", "a", &users);
        assert_int_equal(users.count, 1);
    }
    HeldFiles files;
    inventory_held(model, &files);
    assert_int_equal(files.count, 0);
    held_files_clear(&files);
    StrList_clear(&users);
}

/* ---------------------------------------------------------------- tasks */

static atomic_int reports;

static void on_task(void *context, const TaskInfo *task, int64_t serial)
{
    (void)context, (void)task, (void)serial;
    atomic_fetch_add(&reports, 1);
}

static int wait_for_cancel(Task *task, void *context, Error *err)
{
    (void)context;
    while (!task_wait(task, 10000))
        ;
    return task_check(task, err);
}

static int fail_at_once(Task *task, void *context, Error *err)
{
    (void)task;
    return error_set(err, ERR_LIBVIRT, context, "no");
}

static int report_much(Task *task, void *context, Error *err)
{
    (void)context, (void)err;
    for (int i = 0; i < 100000; i++)
        task_progress(task, i, 100000);
    return 0;
}

static TaskInfo wait_ended(Tasks *tasks, const char *id)
{
    for (int i = 0; i < 1000; i++) {
        TaskInfoList list = { 0 };
        int64_t serial = 0;
        tasks_list(tasks, &list, &serial);
        for (size_t k = 0; k < list.count; k++)
            if (str_equal(list.items[k].id, id) && list.items[k].finished) {
                TaskInfo found;
                TaskInfo_copy(&list.items[k], &found);
                TaskInfoList_clear(&list);
                return found;
            }
        TaskInfoList_clear(&list);
        usleep(5000);
    }
    fail_msg("the task does not end");
    return (TaskInfo){ 0 };
}

static TaskInfo run_task(int (*run)(Task *, void *, Error *), bool cancel)
{
    Tasks *tasks = tasks_create(on_task, NULL);
    AUTO(error_clear) Error err = { 0 };
    TaskRef ref = { 0 };
    char object[] = "object";
    TaskSpec spec = { .method = METHOD_vm_start, .object_name = object, .user = "u", .cancellable = true, .run = run, .context = object };
    atomic_store(&reports, 0);
    assert_int_equal(task_start(tasks, &spec, &ref, &err), 0);
    if (cancel)
        assert_int_equal(tasks_cancel(tasks, ref.task, NULL, &err), 0);
    TaskInfo task = wait_ended(tasks, ref.task);
    assert_int_equal(tasks_cancel(tasks, "unknown", NULL, &err), ERR_TASK_NOT_FOUND);
    tasks_stop(tasks);
    tasks_free(tasks);
    TaskRef_clear(&ref);
    return task;
}

static void test_tasks__cancel_wakes_a_waiting_task(void **state)
{
    (void)state;
    TaskInfo task = run_task(wait_for_cancel, true);
    assert_int_equal(task.state, TASK_STATE_CANCELLED);
    assert_int_equal(task.error->code, ERR_CANCELLED);
    TaskInfo_clear(&task);
}

static void test_tasks__an_error_is_kept(void **state)
{
    (void)state;
    TaskInfo task = run_task(fail_at_once, false);
    assert_int_equal(task.state, TASK_STATE_FAILED);
    assert_string_equal(task.error->cause, "no");
    assert_false(task.cancellable);
    TaskInfo_clear(&task);
}

static void test_tasks__progress_is_reported_a_few_times_only(void **state)
{
    (void)state;
    TaskInfo task = run_task(report_much, false);
    assert_int_equal(task.state, TASK_STATE_DONE);
    assert_true(atomic_load(&reports) < 20);
    TaskInfo_clear(&task);
}

static void test_tasks__stopping_cancels_what_runs(void **state)
{
    (void)state;
    Tasks *tasks = tasks_create(on_task, NULL);
    AUTO(error_clear) Error err = { 0 };
    for (int i = 0; i < 20; i++) {
        TaskRef ref = { 0 };
        TaskSpec spec = { .method = METHOD_vm_start, .run = wait_for_cancel };
        assert_int_equal(task_start(tasks, &spec, &ref, &err), 0);
        TaskRef_clear(&ref);
    }
    tasks_stop(tasks);
    assert_true(tasks_idle(tasks));
    tasks_free(tasks);
}

static Task *open_task(Tasks *tasks, const char *user)
{
    Task *task = NULL;
    TaskSpec spec = { .method = METHOD_upload_begin, .object_name = "object", .user = user, .cancellable = true };
    assert_int_equal(task_open(tasks, &spec, NULL, &task, NULL), 0);
    return task;
}

static void test_tasks__another_user_cannot_cancel(void **state)
{
    (void)state;
    Tasks *tasks = tasks_create(on_task, NULL);
    AUTO(error_clear) Error err = { 0 };
    Task *task = open_task(tasks, "anna");
    assert_int_equal(tasks_cancel(tasks, task_id(task), "bert", &err), ERR_ACCESS_DENIED);
    assert_false(task_cancelled(task));
    assert_int_equal(tasks_cancel(tasks, task_id(task), "anna", NULL), 0);
    assert_true(task_cancelled(task));
    task_end(task, NULL);
    tasks_stop(tasks);
    tasks_free(tasks);
}

static TaskState state_of(Tasks *tasks, const char *id)
{
    TaskInfo info = { 0 };
    TaskState state = tasks_wait(tasks, id, 0, &info, NULL) < 0 ? TASK_STATE_UNKNOWN : info.state;
    TaskInfo_clear(&info);
    return state;
}

static void test_tasks__those_that_ended_first_are_forgotten_first(void **state)
{
    (void)state;
    enum { KEPT = 200 };
    Tasks *tasks = tasks_create(on_task, NULL);
    Task *task = open_task(tasks, "u");
    AUTO_FREE char *slow = x_strdup(task_id(task));
    AUTO_FREE char *first = NULL;
    for (int i = 0; i < KEPT; i++) {
        Task *quick = open_task(tasks, "u");
        if (i == 0)
            first = x_strdup(task_id(quick));
        task_end(quick, NULL);
    }
    assert_int_equal(state_of(tasks, first), TASK_STATE_DONE);
    task_end(task, NULL);
    assert_int_equal(state_of(tasks, slow), TASK_STATE_DONE);
    assert_int_equal(state_of(tasks, first), TASK_STATE_UNKNOWN);
    tasks_stop(tasks);
    tasks_free(tasks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_inventory__a_delta_has_only_what_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__the_same_again_is_no_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__what_came_back_is_not_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__too_many_removals_give_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__another_epoch_gives_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__a_listing_removes_what_is_gone_of_its_kind_and_driver, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__files_belong_to_the_datastore_they_are_directly_in, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__a_vm_with_the_uuid_of_a_datastore, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__content_counts_up_and_survives_a_refresh, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__users_of_a_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inventory__users_of_what_is_held, setup, teardown),
        cmocka_unit_test(test_tasks__cancel_wakes_a_waiting_task),
        cmocka_unit_test(test_tasks__an_error_is_kept),
        cmocka_unit_test(test_tasks__progress_is_reported_a_few_times_only),
        cmocka_unit_test(test_tasks__stopping_cancels_what_runs),
        cmocka_unit_test(test_tasks__another_user_cannot_cancel),
        cmocka_unit_test(test_tasks__those_that_ended_first_are_forgotten_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
