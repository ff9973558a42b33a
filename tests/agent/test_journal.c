/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of jobs: what is on the disk while a job runs, and what a later agent makes of it. */
#include "tests/protocol/cmocka_all.h"

#include "agent/journal.h"
#include "agent/store_probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Place {
    Agent agent;
    Journal *journal;
    char *folder;
} Place;

static int setup(void **state)
{
    Place *place = x_calloc(1, sizeof *place);
    const char *base = getenv("TMPDIR");
    place->folder = x_printf("%s/poolcenter-journal-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(place->folder));
    place->agent.config.state_dir = x_strdup(place->folder);
    StrList_add(&place->agent.config.drivers, "test:///one");
    StrList_add(&place->agent.config.drivers, "test:///two");
    place->agent.store_probes = store_probes_create();
    place->journal = journal_create(&place->agent);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    Place *place = *state;
    AUTO_FREE char *command = x_printf("rm -rf '%s'", place->folder);
    journal_free(place->journal);
    store_probes_free(place->agent.store_probes);
    StrList_clear(&place->agent.config.drivers);
    free(place->agent.config.state_dir);
    int result = system(command);
    free(place->folder);
    free(place);
    return result;
}

/* The agent was killed and runs again. */
static void next_agent(Place *place)
{
    journal_free(place->journal);
    place->journal = journal_create(&place->agent);
}

static size_t files(const Place *place, const char *end)
{
    AUTO_FREE char *path = x_printf("%s/jobs", place->folder);
    size_t count = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *item; (item = readdir(folder));)
        count += strlen(item->d_name) > strlen(end) && str_equal(item->d_name + strlen(item->d_name) - strlen(end), end);
    closedir(folder);
    return count;
}

static char *make_file(const Place *place, const char *name)
{
    char *path = x_printf("%s/%s", place->folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("half", file);
    fclose(file);
    return path;
}

static JournalEntry *begin(const Place *place, int owner)
{
    JournalEntry *entry = NULL;
    assert_int_equal(journal_begin(place->journal, JOURNAL_MAKE, owner, NULL, &entry, NULL), 0);
    return entry;
}

static void test_journal__an_entry_is_on_the_disk_until_the_job_ends(void **state)
{
    Place *place = *state;
    JournalEntry *entry = begin(place, 0);
    assert_int_equal(files(place, ".json"), 1);
    assert_int_equal(journal_file(entry, "/nowhere/a", NULL), 0);
    assert_int_equal(journal_volume(entry, "store", "b", NULL), 0);
    assert_int_equal(journal_set(entry, "base", json_string("c"), NULL), 0);
    AUTO_FREE char *path = x_printf("%s/jobs/%s.json", place->folder, journal_id(entry));
    json_t *all = json_load_file(path, 0, NULL);
    json_t *facts = json_object_get(all, "facts");
    assert_string_equal(json_string_value(json_object_get(all, "kind")), "make");
    assert_string_equal(json_string_value(json_object_get(all, "driver")), "test:///one");
    assert_int_equal(json_array_size(json_object_get(facts, "made")), 2);
    assert_string_equal(json_string_value(json_object_get(facts, "base")), "c");
    json_decref(all);
    journal_end(entry);
    assert_int_equal(files(place, ".json"), 0);
    assert_int_equal(files(place, ".new"), 0);
}

static void test_journal__what_a_killed_agent_made_is_removed(void **state)
{
    Place *place = *state;
    JournalEntry *entry = begin(place, 1);
    AUTO_FREE char *missing = x_printf("%s/never-made", place->folder);
    AUTO_FREE char *path = x_printf("%s/half.qcow2", place->folder);
    assert_int_equal(journal_file(entry, path, NULL), 0);
    assert_int_equal(journal_file(entry, missing, NULL), 0);
    free(make_file(place, "half.qcow2"));
    journal_leave(entry);
    next_agent(place);
    journal_recover(place->journal, 0, NULL); /* another driver's */
    assert_int_equal(access(path, F_OK), 0);
    journal_recover(place->journal, 1, NULL);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(files(place, ".json"), 0);
}

static void test_journal__a_file_older_than_the_job_is_kept(void **state)
{
    Place *place = *state;
    AUTO_FREE char *path = make_file(place, "old.qcow2");
    JournalEntry *entry = begin(place, 0);
    assert_int_equal(journal_file(entry, path, NULL), 0);
    AUTO_FREE char *record = x_printf("%s/jobs/%s.json", place->folder, journal_id(entry));
    json_t *all = json_load_file(record, 0, NULL);
    json_object_set_new(all, "began", json_integer(json_integer_value(json_object_get(all, "began")) + 60000));
    assert_int_equal(json_dump_file(all, record, 0), 0);
    json_decref(all);
    journal_leave(entry);
    next_agent(place);
    journal_recover(place->journal, 0, NULL);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(files(place, ".json"), 0);
}

static void give_name(const char *part, const char *path)
{
    assert_int_equal(rename(part, path), 0);
}

static ino_t inode_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? status.st_ino : 0;
}

static void test_journal__only_the_very_file_is_removed_under_its_name(void **state)
{
    Place *place = *state;
    AUTO_FREE char *first = make_file(place, ".first.part");
    AUTO_FREE char *second = make_file(place, ".second.part");
    AUTO_FREE char *name = x_printf("%s/debian 1.qcow2", place->folder);
    JournalEntry *one = begin(place, 0);
    JournalEntry *two = begin(place, 0);
    assert_int_equal(journal_file(two, second, NULL), 0);
    assert_int_equal(journal_name(one, first, name, NULL), 0);
    assert_int_equal(journal_name(two, second, name, NULL), 0);
    give_name(first, name);
    ino_t kept = inode_of(name);
    assert_int_equal(journal_undo(two, NULL, NULL), 0); /* it came too late */
    assert_int_equal(inode_of(name), kept);
    assert_int_equal(access(second, F_OK), -1);
    journal_end(two);
    journal_leave(one);
    next_agent(place);
    journal_recover(place->journal, 0, NULL);
    assert_int_equal(access(name, F_OK), -1);
    one = begin(place, 0);
    assert_int_equal(journal_name(one, second, name, NULL), ERR_IO);
    journal_end(one);
}

static void test_journal__two_jobs_cannot_make_one_volume(void **state)
{
    Place *place = *state;
    JournalEntry *one = begin(place, 0);
    JournalEntry *two = begin(place, 0);
    assert_int_equal(journal_volume(one, "store", "disk", NULL), 0);
    assert_int_equal(journal_volume(one, "store", "disk", NULL), 0);
    assert_int_equal(journal_volume(two, "store", "disk", NULL), ERR_VOLUME_EXISTS);
    assert_int_equal(journal_claim_volume(two, "store", "disk", NULL), ERR_VOLUME_EXISTS);
    assert_int_equal(journal_volume(two, "other", "disk", NULL), 0);
    journal_not_ours(two, "other", "disk");
    assert_int_equal(json_array_size(json_object_get(journal_facts(two), "made")), 0);
    journal_end(two);
    journal_leave(one);
    next_agent(place);
    two = begin(place, 0); /* what is left may still be removed */
    assert_int_equal(journal_volume(two, "store", "disk", NULL), ERR_VOLUME_EXISTS);
    journal_end(two);
}

static void test_journal__knows_what_was_made_after_it_began(void **state)
{
    Place *place = *state;
    AUTO_FREE char *old = make_file(place, "old.qcow2");
    usleep(20000); /* the clock of files has steps */
    JournalEntry *entry = begin(place, 0);
    usleep(20000);
    AUTO_FREE char *new = make_file(place, "new.qcow2");
    AUTO_FREE char *none = x_printf("%s/none", place->folder);
    struct statx status;
    assert_int_equal(statx(AT_FDCWD, new, 0, STATX_BTIME, &status), 0);
    assert_int_equal(journal_is_newer(entry, new), (status.stx_mask & STATX_BTIME) != 0);
    assert_false(journal_is_newer(entry, old));
    assert_false(journal_is_newer(entry, none));
    assert_false(journal_is_newer(entry, place->folder));
    journal_end(entry);
}

static void put_record(const Place *place, const char *name, const char *text)
{
    AUTO_FREE char *path = x_printf("%s/jobs/%s", place->folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_journal__what_it_does_not_understand_stays(void **state)
{
    Place *place = *state;
    put_record(place, "a.json", "{\"kind\": \"of another version\", \"driver\": \"test:///one\", \"facts\": {}}");
    put_record(place, "b.json", "{\"kind\": ");
    put_record(place, "c.json.new", "{");
    put_record(place, "d.json", "{\"kind\": \"make\", \"driver\": \"test:///one\", \"facts\": {\"made\": [1, {\"file\": 2}, {\"file\": \"etc\"}, {\"vm\": {}}]}}");
    next_agent(place);
    journal_recover(place->journal, 0, NULL);
    assert_int_equal(files(place, ".json"), 2); /* a and b */
    assert_int_equal(files(place, ".new"), 0);
    journal_recover(place->journal, 0, NULL); /* tried again with each connection */
    assert_int_equal(files(place, ".json"), 2);
}

static void test_journal__a_job_does_not_begin_without_its_entry(void **state)
{
    Place *place = *state;
    AUTO(error_clear) Error err = { 0 };
    AUTO_FREE char *folder = x_printf("%s/jobs", place->folder);
    AUTO_FREE char *command = x_printf("rm -rf '%s' && touch '%s'", folder, folder);
    assert_int_equal(system(command), 0);
    JournalEntry *entry = NULL;
    assert_int_equal(journal_begin(place->journal, JOURNAL_MAKE, 0, NULL, &entry, &err), ERR_IO);
    assert_null(entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_journal__an_entry_is_on_the_disk_until_the_job_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal__what_a_killed_agent_made_is_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal__a_file_older_than_the_job_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal__only_the_very_file_is_removed_under_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal__two_jobs_cannot_make_one_volume, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal__knows_what_was_made_after_it_began, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal__what_it_does_not_understand_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_journal__a_job_does_not_begin_without_its_entry, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
