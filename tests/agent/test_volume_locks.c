/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locked volumes: what a job leaves to the journal is let go of by the journal's entry alone. */
#include "tests/protocol/cmocka_all.h"

#include "agent/volume_locks.h"

static const char PATH[] = "/srv/disk.qcow2";

static int lock(VolumeLocks *locks, Error *err) { return volume_lock(locks, PATH, "disk.qcow2", "it is being moved", err); }

static void test_locks__what_is_left_stays_until_its_entry_ends(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    VolumeLocks *locks = volume_locks_create();
    assert_int_equal(lock(locks, &err), 0);
    volume_lock_leave(locks, PATH, "one");
    assert_int_equal(lock(locks, &err), ERR_BUSY);
    volume_unlock_left(locks, PATH, "other");
    assert_int_equal(volume_lock_check(locks, PATH, "disk.qcow2", &err), ERR_BUSY);
    volume_unlock_left(locks, PATH, "one");
    assert_int_equal(volume_lock_check(locks, PATH, "disk.qcow2", &err), 0);
    volume_locks_free(locks);
}

static void test_locks__an_entry_does_not_unlock_what_a_job_has_locked_since(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    VolumeLocks *locks = volume_locks_create();
    assert_int_equal(lock(locks, &err), 0);
    volume_unlock_left(locks, PATH, "one");
    assert_int_equal(lock(locks, &err), ERR_BUSY);
    volume_unlock(locks, PATH);
    assert_int_equal(volume_lock_check(locks, PATH, "disk.qcow2", &err), 0);
    volume_locks_free(locks);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locks__what_is_left_stays_until_its_entry_ends),
        cmocka_unit_test(test_locks__an_entry_does_not_unlock_what_a_job_has_locked_since),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
