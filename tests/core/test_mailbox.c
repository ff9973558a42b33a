/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters to the UI thread, worker jobs and the clock. */
#include "client/core/jobs.h"
#include "client/core/mailbox.h"
#include "client/core/port.h"
#include "protocol/util.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

static _Atomic int wakes;
static int read_count, freed_count;
static int read_numbers[64];

static void wake(void *context)
{
    (void)context;
    wakes++;
}

static void read_number(void *context, void *item)
{
    (void)context;
    read_numbers[read_count++ % 64] = *(int *)item;
}

static void free_number(void *item)
{
    freed_count++;
    free(item);
}

static void post_number(Mailbox *mailbox, const void *owner, int number)
{
    int *item = x_calloc(1, sizeof *item);
    *item = number;
    mailbox_post(mailbox, owner, read_number, NULL, item, free_number);
}

static Mailbox *fresh(void)
{
    wakes = 0;
    read_count = freed_count = 0;
    return mailbox_create(wake, NULL);
}

static void test_letters_come_in_order_with_one_wake_for_a_batch(void **state)
{
    (void)state;
    Mailbox *mailbox = fresh();
    for (int i = 0; i < 5; i++)
        post_number(mailbox, NULL, i);
    assert_int_equal(wakes, 1);
    assert_int_equal(mailbox_drain(mailbox, 1000), 0);
    assert_int_equal(read_count, 5);
    assert_int_equal(read_numbers[4], 4);
    assert_int_equal(freed_count, 5);
    post_number(mailbox, NULL, 9);
    assert_int_equal(wakes, 2);
    mailbox_free(mailbox);
    assert_int_equal(read_count, 5);
    assert_int_equal(freed_count, 6);
}

static void test_forgotten_owner_gets_nothing(void **state)
{
    (void)state;
    int mine, yours;
    Mailbox *mailbox = fresh();
    post_number(mailbox, &mine, 1);
    post_number(mailbox, &yours, 2);
    post_number(mailbox, &mine, 3);
    mailbox_forget(mailbox, &mine);
    post_number(mailbox, &yours, 4);
    mailbox_drain(mailbox, 1000);
    assert_int_equal(read_count, 2);
    assert_int_equal(read_numbers[0], 2);
    assert_int_equal(read_numbers[1], 4);
    mailbox_free(mailbox);
}

static void dawdle(void *context, void *item)
{
    (void)context;
    (void)item;
    port_sleep_ms(10);
    read_count++;
}

static void test_budget_leaves_the_rest_and_wakes_again(void **state)
{
    (void)state;
    Mailbox *mailbox = fresh();
    for (int i = 0; i < 10; i++)
        mailbox_post(mailbox, NULL, dawdle, NULL, NULL, NULL);
    assert_true(mailbox_drain(mailbox, 15) > 0);
    assert_true(read_count < 10);
    assert_int_equal(wakes, 2);
    mailbox_drain(mailbox, 1000);
    assert_int_equal(read_count, 10);
    mailbox_free(mailbox);
}

static void post_many(void *context)
{
    for (int i = 0; i < 1000; i++)
        post_number(context, NULL, i);
}

static void test_many_threads_may_post(void **state)
{
    (void)state;
    Mailbox *mailbox = fresh();
    PortThread *threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = port_thread_start("post", post_many, mailbox);
    while (read_count < 4000)
        mailbox_drain(mailbox, 5);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        port_thread_join(threads[i]);
    assert_int_equal(freed_count, 4000);
    mailbox_free(mailbox);
}

/* ---- jobs */

typedef struct Work {
    _Atomic int worked;
    int done;
    int pause_ms;
} Work;

static void work(void *context)
{
    Work *job = context;
    port_sleep_ms(job->pause_ms);
    job->worked++;
}

static void work_done(void *context) { ((Work *)context)->done++; }

static void test_jobs_work_elsewhere_and_end_here(void **state)
{
    (void)state;
    Mailbox *mailbox = fresh();
    Jobs *jobs = jobs_create(mailbox);
    Work quick = { .pause_ms = 0 }, silent = { .pause_ms = 0 }, forgotten = { .pause_ms = 30 };
    for (int i = 0; i < 20; i++)
        jobs_run(jobs, work, work_done, &quick, &quick);
    jobs_run(jobs, work, NULL, NULL, &silent);
    jobs_run(jobs, work, work_done, &forgotten, &forgotten);
    port_sleep_ms(10);
    jobs_forget(jobs, &forgotten);
    mailbox_forget(mailbox, &forgotten);
    int64_t end = port_monotonic_ms() + 5000;
    while ((quick.done < 20 || forgotten.worked < 1) && port_monotonic_ms() < end)
        mailbox_drain(mailbox, 5);
    port_sleep_ms(20);
    mailbox_drain(mailbox, 100);
    assert_int_equal(quick.done, 20);
    assert_int_equal(silent.worked, 1);
    assert_int_equal(forgotten.done, 0);
    jobs_stop(jobs);
    mailbox_free(mailbox);
    jobs_free(jobs);
}

static void test_jobs_given_away_are_done_even_when_all_stops(void **state)
{
    (void)state;
    Mailbox *mailbox = fresh();
    Jobs *jobs = jobs_create(mailbox);
    Work awaited = { .pause_ms = 5 }, given = { .pause_ms = 0 };
    for (int i = 0; i < 20; i++) {
        jobs_run(jobs, work, work_done, &awaited, &awaited);
        jobs_run(jobs, work, NULL, NULL, &given);
    }
    jobs_stop(jobs);
    assert_int_equal(given.worked, 20);
    mailbox_free(mailbox);
    jobs_free(jobs);
    assert_int_equal(awaited.done, 0);
}

static void tick(void *context) { ++*(int *)context; }

static void test_clock_ticks_until_it_is_stopped(void **state)
{
    (void)state;
    Mailbox *mailbox = fresh();
    Jobs *jobs = jobs_create(mailbox);
    int ticks = 0, lazy = 0;
    jobs_every(jobs, 10, tick, &ticks);
    jobs_every(jobs, 100000, tick, &lazy);
    port_sleep_ms(80);
    mailbox_drain(mailbox, 100);
    assert_int_equal(ticks, 1); /* one letter waits, however long nobody reads */
    int64_t end = port_monotonic_ms() + 5000;
    while (ticks < 4 && port_monotonic_ms() < end)
        mailbox_drain(mailbox, 5);
    assert_true(ticks >= 4);
    jobs_every(jobs, 0, tick, &ticks);
    int before = ticks;
    port_sleep_ms(40);
    mailbox_drain(mailbox, 100);
    assert_int_equal(ticks, before);
    jobs_every(jobs, 1, tick, &lazy);
    port_sleep_ms(20);
    jobs_stop(jobs); /* with a letter on its way */
    mailbox_free(mailbox);
    jobs_free(jobs);
    assert_int_equal(lazy, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_come_in_order_with_one_wake_for_a_batch),
        cmocka_unit_test(test_forgotten_owner_gets_nothing),
        cmocka_unit_test(test_budget_leaves_the_rest_and_wakes_again),
        cmocka_unit_test(test_many_threads_may_post),
        cmocka_unit_test(test_jobs_work_elsewhere_and_end_here),
        cmocka_unit_test(test_jobs_given_away_are_done_even_when_all_stops),
        cmocka_unit_test(test_clock_ticks_until_it_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
