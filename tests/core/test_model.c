/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inventory of a server: snapshots, deltas, and what a broken agent might send. */
#include "client/core/model.h"
#include "client/core/port.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Fixture {
    Model *model;
    Inventory next;
    ChangeList changes;
} Fixture;

static int setup(void **state)
{
    Fixture *f = x_calloc(1, sizeof *f);
    f->model = model_create();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    model_free(f->model);
    Inventory_clear(&f->next);
    change_list_clear(&f->changes);
    free(f);
    return 0;
}

static char *id_of(char kind, int number) { return x_printf("%c%07d-0000-4000-8000-000000000000", kind, number); }

static void begin(Fixture *f, int64_t revision, bool full)
{
    Inventory_clear(&f->next);
    f->next.epoch = id_of('e', 1);
    f->next.revision = revision;
    f->next.full = full;
}

static void with_vm(Fixture *f, int number, VmState vm_state)
{
    VmInfo vm = { .id = id_of('a', number), .name = x_printf("vm%d", number), .driver = x_strdup("qemu"), .state = vm_state, .vcpus = 1, .memory = 1 << 20 };
    DiskInfo disk = { .target = x_strdup("vda"), .path = x_strdup("/srv/disk") };
    DiskInfoList_add(&vm.disks, &disk);
    VmInfoList_add(&f->next.vms, &vm);
}

static void with_datastore(Fixture *f, int number)
{
    DatastoreInfo datastore = { .id = id_of('d', number), .name = x_printf("ds%d", number), .type = x_strdup("dir") };
    DatastoreInfoList_add(&f->next.datastores, &datastore);
}

static void with_network(Fixture *f, int number)
{
    NetworkInfo network = { .id = id_of('c', number), .name = x_printf("net%d", number) };
    NetworkInfoList_add(&f->next.networks, &network);
}

static void with_host(Fixture *f, const char *name)
{
    f->next.host = x_calloc(1, sizeof(HostInfo));
    f->next.host->id = id_of('f', 1);
    f->next.host->name = x_strdup(name);
}

static void with_removed(Fixture *f, char kind, int number)
{
    AUTO_FREE char *id = id_of(kind, number);
    StrList_add(&f->next.removed, id);
}

static int apply(Fixture *f, Error *err)
{
    change_list_clear(&f->changes);
    return model_apply(f->model, &f->next, &f->changes, err);
}

static void must_apply(Fixture *f) { assert_int_equal(apply(f, NULL), 0); }

static void must_refuse(Fixture *f)
{
    AUTO(error_clear) Error error = { 0 };
    int64_t revision = model_revision(f->model);
    size_t vms = model_vm_count(f->model);
    assert_int_equal(apply(f, &error), ERR_PROTOCOL);
    assert_int_equal(model_revision(f->model), revision);
    assert_int_equal(model_vm_count(f->model), vms);
    assert_non_null(error.cause);
}

static const VmInfo *vm(Fixture *f, int number)
{
    AUTO_FREE char *id = id_of('a', number);
    return model_vm(f->model, id);
}

static void expect_change(Fixture *f, size_t index, ChangeKind kind, ObjectKind object, char letter, int number)
{
    AUTO_FREE char *id = id_of(letter, number);
    assert_true(index < f->changes.count);
    assert_int_equal(f->changes.items[index].kind, kind);
    assert_int_equal(f->changes.items[index].object, object);
    assert_string_equal(f->changes.items[index].id, id);
}

static void first_snapshot(Fixture *f)
{
    begin(f, 1, true);
    with_host(f, "alpha");
    with_vm(f, 1, VM_STATE_OFF);
    with_vm(f, 2, VM_STATE_RUNNING);
    with_datastore(f, 1);
    with_network(f, 1);
    must_apply(f);
}

static void test_model__is_empty_before_the_first_snapshot(void **state)
{
    Fixture *f = *state;
    assert_string_equal(model_epoch(f->model), "");
    assert_null(model_host(f->model));
    assert_null(vm(f, 1));
    assert_null(model_vm(f->model, NULL));
    assert_int_equal(model_vm_count(f->model), 0);
}

static void test_model__takes_a_snapshot(void **state)
{
    Fixture *f = *state;
    first_snapshot(f);
    assert_int_equal(f->changes.count, 5);
    assert_string_equal(model_host(f->model)->name, "alpha");
    assert_string_equal(vm(f, 2)->name, "vm2");
    assert_int_equal(model_datastore_count(f->model), 1);
    assert_string_equal(model_network_at(f->model, 0)->name, "net1");
    assert_int_equal(f->next.vms.count, 0);
}

static void test_model__tells_only_real_differences_of_a_second_snapshot(void **state)
{
    Fixture *f = *state;
    first_snapshot(f);
    begin(f, 9, true);
    with_host(f, "alpha");
    with_vm(f, 1, VM_STATE_OFF);
    with_vm(f, 2, VM_STATE_PAUSED);
    with_vm(f, 3, VM_STATE_OFF);
    with_network(f, 1);
    must_apply(f);
    assert_int_equal(f->changes.count, 3);
    expect_change(f, 0, CHANGE_REMOVED, OBJECT_DATASTORE, 'd', 1);
    expect_change(f, 1, CHANGE_CHANGED, OBJECT_VM, 'a', 2);
    expect_change(f, 2, CHANGE_ADDED, OBJECT_VM, 'a', 3);
    assert_int_equal(model_revision(f->model), 9);
}

static void test_model__applies_a_delta(void **state)
{
    Fixture *f = *state;
    first_snapshot(f);
    begin(f, 2, false);
    with_vm(f, 1, VM_STATE_RUNNING);
    with_removed(f, 'a', 2);
    with_removed(f, 'a', 77);
    must_apply(f);
    assert_int_equal(f->changes.count, 2);
    expect_change(f, 0, CHANGE_REMOVED, OBJECT_VM, 'a', 2);
    expect_change(f, 1, CHANGE_CHANGED, OBJECT_VM, 'a', 1);
    assert_int_equal(vm(f, 1)->state, VM_STATE_RUNNING);
    assert_null(vm(f, 2));
    assert_non_null(model_host(f->model));
    assert_int_equal(model_datastore_count(f->model), 1);
}

static void test_model__an_unchanged_object_of_a_delta_is_no_change(void **state)
{
    Fixture *f = *state;
    first_snapshot(f);
    begin(f, 2, false);
    with_vm(f, 1, VM_STATE_OFF);
    with_host(f, "alpha");
    must_apply(f);
    assert_int_equal(f->changes.count, 0);
    assert_int_equal(model_revision(f->model), 2);
}

static void test_model__sees_a_difference_deep_inside(void **state)
{
    Fixture *f = *state;
    first_snapshot(f);
    begin(f, 2, false);
    with_vm(f, 1, VM_STATE_OFF);
    free(f->next.vms.items[0].disks.items[0].path);
    f->next.vms.items[0].disks.items[0].path = NULL;
    must_apply(f);
    expect_change(f, 0, CHANGE_CHANGED, OBJECT_VM, 'a', 1);
}

static void test_model__refuses_doubled_ids(void **state)
{
    Fixture *f = *state;
    first_snapshot(f);
    begin(f, 2, false);
    with_vm(f, 5, VM_STATE_OFF);
    with_vm(f, 5, VM_STATE_RUNNING);
    must_refuse(f);
    begin(f, 2, false);
    with_vm(f, 1, VM_STATE_OFF);
    with_removed(f, 'a', 1);
    must_refuse(f);
}

static void test_model__refuses_broken_ids(void **state)
{
    Fixture *f = *state;
    begin(f, 2, true);
    with_vm(f, 5, VM_STATE_OFF);
    f->next.vms.items[0].id[0] = '\0';
    must_refuse(f);
    begin(f, 2, true);
    with_vm(f, 5, VM_STATE_OFF);
    free(f->next.vms.items[0].id);
    f->next.vms.items[0].id = x_strdup("0123456789012345678901234567890123456789");
    must_refuse(f);
    begin(f, 2, true);
    with_network(f, 5);
    free(f->next.networks.items[0].id);
    f->next.networks.items[0].id = NULL;
    must_refuse(f);
}

static void test_model__refuses_an_object_that_changes_its_kind(void **state)
{
    Fixture *f = *state;
    first_snapshot(f);
    begin(f, 2, false);
    with_datastore(f, 7);
    free(f->next.datastores.items[0].id);
    f->next.datastores.items[0].id = id_of('a', 1);
    must_refuse(f);
    assert_non_null(vm(f, 1));
}

static void test_model__holds_ten_thousand(void **state)
{
    enum { MANY = 10000 };
    Fixture *f = *state;
    int64_t start = port_monotonic_ms();
    begin(f, 1, true);
    f->next.vms.items = x_calloc(MANY, sizeof(VmInfo));
    for (int i = 0; i < MANY; i++) {
        f->next.vms.items[i] = (VmInfo){ .id = id_of('a', i), .name = x_printf("vm%d", i), .driver = x_strdup("test") };
        f->next.vms.count++;
    }
    must_apply(f);
    assert_int_equal(f->changes.count, MANY);
    begin(f, 2, false);
    for (int i = 0; i < MANY; i += 2)
        with_removed(f, 'a', i);
    must_apply(f);
    assert_int_equal(model_vm_count(f->model), MANY / 2);
    for (int i = 0; i < MANY; i++)
        assert_true((vm(f, i) != NULL) == (i % 2 == 1));
    assert_true(port_monotonic_ms() - start < 5000); /* a loose bound: squares would take far longer under sanitizers */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_model__is_empty_before_the_first_snapshot),
        TEST(test_model__takes_a_snapshot),
        TEST(test_model__tells_only_real_differences_of_a_second_snapshot),
        TEST(test_model__applies_a_delta),
        TEST(test_model__an_unchanged_object_of_a_delta_is_no_change),
        TEST(test_model__sees_a_difference_deep_inside),
        TEST(test_model__refuses_doubled_ids),
        TEST(test_model__refuses_broken_ids),
        TEST(test_model__refuses_an_object_that_changes_its_kind),
        TEST(test_model__holds_ten_thousand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
