/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every message of the contract: filled, encoded, decoded, encoded again; and decoding of what a hostile peer may send. All from messages.def. */
#include "tests/protocol/cmocka_all.h"

#include "protocol/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* fill_T gives every field a value that is not its default. */
#define STRUCT_BEGIN(T) \
    static void fill_##T(T *o, int depth) \
    { \
        (void)o, (void)depth;
#define STR(name, need, limit, doc) o->name = x_printf("%.*s", limit, #name " \xc3\xa4\xe2\x82\xac \"\\\n" );
#define INT(name, need, doc) o->name = INT64_MAX - (int64_t)sizeof #name;
#define BOOL(name, need, doc) o->name = true;
#define ENUM(name, E, need, doc) o->name = (E)(E##_COUNT - 1);
#define OBJ(name, T, need, doc) fill_##T(o->name = x_calloc(1, sizeof(T)), depth + 1);
#define LIST(name, T, limit, doc) \
    for (int i = 0; i < 3 - depth; i++) { \
        T item; \
        memset(&item, 0, sizeof item); \
        fill_##T(&item, depth + 1); \
        T##List_add(&o->name, &item); \
    }
#define STRLIST(name, limit, doc) StrList_add(&o->name, #name), StrList_add(&o->name, "second");
#define STRUCT_END(T) }
#include "protocol/def_read.h"

/* What is tested with each message. */
typedef struct Kind {
    const char *name;
    json_t *(*filled)(void);                                /* encoding of a filled one */
    int (*again)(const json_t *json, Unknown unknown, json_t **ret, Error *err); /* decode, copy, encode the copy */
} Kind;

#define STRUCT_BEGIN(T) \
    static json_t *filled_##T(void) \
    { \
        T message; \
        memset(&message, 0, sizeof message); \
        fill_##T(&message, 0); \
        json_t *json = T##_encode(&message); \
        T##_clear(&message); \
        return json; \
    } \
    static int again_##T(const json_t *json, Unknown unknown, json_t **ret, Error *err) \
    { \
        T message; \
        T copy; \
        int code = T##_decode(json, unknown, &message, err); \
        if (code == 0) { \
            T##_copy(&message, &copy); \
            T##_clear(&message); \
            *ret = T##_encode(&copy); \
            T##_clear(&copy); \
        } \
        return code; \
    }
#include "protocol/def_read.h"

static const Kind kinds[] = {
#define STRUCT_BEGIN(T) { #T, filled_##T, again_##T },
#include "protocol/def_read.h"
};

/* Compact and in a fixed order, through the text that travels. */
static json_t *through_text(json_t *json)
{
    AUTO_FREE char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(json);
    json_t *parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(parsed);
    return parsed;
}

static void test_types__every_message_survives_the_wire(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        AUTO(error_clear) Error err = { 0 };
        json_t *first = through_text(kinds[i].filled());
        json_t *second = NULL;
        if (kinds[i].again(first, UNKNOWN_REJECT, &second, &err) != 0)
            fail_msg("%s: %s", kinds[i].name, err.message);
        if (!json_equal(first, second))
            fail_msg("%s comes back changed", kinds[i].name);
        json_decref(first);
        json_decref(second);
    }
}

static void test_types__unknown_fields_are_rejected_by_the_agent_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        AUTO(error_clear) Error err = { 0 };
        json_t *json = kinds[i].filled();
        json_t *again = NULL;
        json_object_set_new(json, "not_in_the_contract", json_integer(1));
        assert_int_equal(kinds[i].again(json, UNKNOWN_REJECT, &again, &err), ERR_INVALID_PARAMS);
        assert_int_equal(kinds[i].again(json, UNKNOWN_IGNORE, &again, &err), 0);
        json_decref(again);
        json_decref(json);
    }
}

/* Puts value in place of each field in turn: decoding must fail cleanly or come back as something encodable. */
static void replace_each(const Kind *kind, json_t *value)
{
    json_t *filled = kind->filled();
    const char *key = NULL;
    json_t *unused = NULL;
    json_object_foreach(filled, key, unused) {
        AUTO(error_clear) Error err = { 0 };
        json_t *changed = json_copy(filled);
        json_t *again = NULL;
        json_object_set(changed, key, value);
        if (kind->again(changed, UNKNOWN_REJECT, &again, &err) != 0)
            assert_int_equal(err.code, ERR_INVALID_PARAMS);
        json_decref(again);
        json_decref(changed);
    }
    json_decref(filled);
    json_decref(value);
}

static void test_types__fields_of_a_wrong_type_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        replace_each(&kinds[i], json_null());
        replace_each(&kinds[i], json_integer(-1));
        replace_each(&kinds[i], json_real(1e300));
        replace_each(&kinds[i], json_string("word"));
        replace_each(&kinds[i], json_true());
        replace_each(&kinds[i], json_array());
        replace_each(&kinds[i], json_object());
        replace_each(&kinds[i], json_pack("[n]"));
        replace_each(&kinds[i], json_pack("[{s:i}]", "x", 1));
    }
}

static void test_types__strings_end_at_their_limit(void **state)
{
    (void)state;
    char text[LIMIT_NAME + 2];
    memset(text, 'x', sizeof text);
    text[LIMIT_NAME + 1] = 0;
    AUTO(error_clear) Error err = { 0 };
    TaskInfo task;
    json_t *json = json_pack("{s:s, s:s, s:s, s:i}", "id", "1", "method", text, "state", "done", "started", 1);
    assert_int_equal(TaskInfo_decode(json, UNKNOWN_REJECT, &task, &err), ERR_INVALID_PARAMS);
    assert_non_null(strstr(err.message, "method is too long"));
    text[LIMIT_NAME] = 0;
    json_object_set_new(json, "method", json_string(text));
    assert_int_equal(TaskInfo_decode(json, UNKNOWN_REJECT, &task, &err), 0);
    TaskInfo_clear(&task);
    json_decref(json);
}

static void test_types__lists_end_at_their_limit(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    json_t *disks = json_array();
    for (int i = 0; i <= LIMIT_DEVICES; i++)
        json_array_append_new(disks, json_string("vda"));
    json_t *json = json_pack("{s:s, s:o}", "vm", "1", "disks", disks);
    VmDeleteParams params;
    assert_int_equal(VmDeleteParams_decode(json, UNKNOWN_REJECT, &params, &err), ERR_INVALID_PARAMS);
    assert_non_null(strstr(err.message, "too many"));
    json_decref(json);
}

static void test_types__a_missing_field_is_named_with_its_path(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    VmCreateParams params;
    json_t *json = json_pack("{s:s, s:i, s:i, s:s, s:[{s:s}]}", "name", "a", "vcpus", 1, "memory", 1, "firmware", "bios", "disks", "datastore", "x");
    assert_int_equal(VmCreateParams_decode(json, UNKNOWN_REJECT, &params, &err), ERR_INVALID_PARAMS);
    assert_non_null(strstr(err.message, "disks.capacity is missing"));
    assert_null(params.name);
    json_decref(json);
}

static void test_types__unknown_words_read_as_unknown(void **state)
{
    (void)state;
    AUTO(error_clear) Error err = { 0 };
    json_t *json = json_pack("{s:s, s:s, s:s, s:i}", "id", "1", "method", "m", "state", "from_the_future", "started", 1);
    TaskInfo task;
    assert_int_equal(TaskInfo_decode(json, UNKNOWN_IGNORE, &task, &err), 0);
    assert_int_equal(task.state, TASK_STATE_UNKNOWN);
    TaskInfo_clear(&task);
    json_decref(json);
}

static void test_types__text_that_is_no_utf8_can_still_be_sent(void **state)
{
    (void)state;
    char name[] = "caf\xe9";
    VmRef ref = { .vm = name };
    json_t *json = VmRef_encode(&ref);
    assert_string_equal(json_string_value(json_object_get(json, "vm")), "caf?");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types__every_message_survives_the_wire),
        cmocka_unit_test(test_types__unknown_fields_are_rejected_by_the_agent_only),
        cmocka_unit_test(test_types__fields_of_a_wrong_type_do_no_harm),
        cmocka_unit_test(test_types__strings_end_at_their_limit),
        cmocka_unit_test(test_types__lists_end_at_their_limit),
        cmocka_unit_test(test_types__a_missing_field_is_named_with_its_path),
        cmocka_unit_test(test_types__unknown_words_read_as_unknown),
        cmocka_unit_test(test_types__text_that_is_no_utf8_can_still_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
