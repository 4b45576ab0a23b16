/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/override.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define S CLOCK_SECOND

static const struct override examples[] = {
    {OVERRIDE_DEMOTE, "VI_1", "", "", 0, 1000 * S, 2000 * S, "root (uid 0)"},
    {OVERRIDE_PRIORITY, "VI_2", "", "", -20, 1000 * S, 0, "a \"b\" \\ c"},
    {OVERRIDE_DRAIN, "", "", "", 0, 1000 * S, 0, ""},
    {OVERRIDE_PEER_ADD, "VI_1", "192.0.2.9", "", 0, 1000 * S, 0, "x"},
    {OVERRIDE_SERVER_ADD, "10.0.0.1:80/tcp", "10.0.0.7:80", "10.0.0.6:80", 5, 1000 * S, 0, "x"},
    {OVERRIDE_SERVER_DEL, "10.0.0.1:80/tcp", "10.0.0.8:80", "", 0, 1000 * S, 0, "x"},
    {OVERRIDE_PAUSE, "10.0.0.1:80/tcp", "", "", 0, 1000 * S, 1500 * S, "x"},
    {OVERRIDE_LOG, "", "", "", 7, 1000 * S, 1200 * S, "x"},
};

static struct override_list all(void)
{
    struct override_list list = {0};

    for (size_t i = 0; i < UNIT_COUNT(examples); i++) {
        override_put(&list, &examples[i]);
    }
    return list;
}

static void expect_same(const struct override_list *a, const struct override_list *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct override *one = override_at(a, i);
        const struct override *other = override_at(b, i);

        assert_int_equal(one->kind, other->kind);
        assert_string_equal(one->object, other->object);
        assert_string_equal(one->part, other->part);
        assert_string_equal(one->like, other->like);
        assert_int_equal(one->number, other->number);
        assert_int_equal(one->since_wall, other->since_wall);
        assert_int_equal(one->until_wall, other->until_wall);
        assert_string_equal(one->by, other->by);
    }
}

static void test_overrides_are_found_replaced_and_undone(void **state)
{
    struct override_list list = all();
    struct override other = examples[1];

    (void)state;
    other.number = 30;
    override_put(&list, &other);
    assert_int_equal(list.count, UNIT_COUNT(examples));
    assert_int_equal(override_find(&list, OVERRIDE_PRIORITY, "VI_2", "")->number, 30);
    assert_null(override_find(&list, OVERRIDE_PRIORITY, "VI_1", ""));
    assert_null(override_find(&list, OVERRIDE_PEER_ADD, "VI_1", "192.0.2.8"));
    assert_true(override_remove(&list, OVERRIDE_PRIORITY, "VI_2", ""));
    assert_false(override_remove(&list, OVERRIDE_PRIORITY, "VI_2", ""));
    assert_non_null(override_find(&list, OVERRIDE_LOG, "", ""));
    override_release(&list);
    assert_int_equal(list.count, 0);
}

static void test_overrides_end_in_their_order(void **state)
{
    struct override_list list = all();
    struct override_list ended = override_take_ended(&list, 1200 * S - 1, 9);

    (void)state;
    assert_int_equal(override_next_end(&list), 1200 * S);
    assert_int_equal(ended.count, 0);
    ended = override_take_ended(&list, 1200 * S, 9);
    assert_int_equal(ended.count, 1);
    assert_int_equal(override_at(&ended, 0)->kind, OVERRIDE_LOG);
    assert_null(override_find(&list, OVERRIDE_LOG, "", ""));
    assert_non_null(override_find(&ended, OVERRIDE_LOG, "", ""));
    override_release(&ended);
    assert_int_equal(override_next_end(&list), 1500 * S);
    ended = override_take_ended(&list, 9000 * S, 1); /* no more than that at once */
    assert_int_equal(ended.count, 1);
    assert_int_equal(override_at(&ended, 0)->kind, OVERRIDE_DEMOTE);
    assert_int_equal(list.count, UNIT_COUNT(examples) - 2);
    assert_non_null(override_find(&list, OVERRIDE_PAUSE, "10.0.0.1:80/tcp", ""));
    override_release(&ended);
    assert_true(override_remove(&list, OVERRIDE_PAUSE, "10.0.0.1:80/tcp", ""));
    assert_true(override_next_end(&list) == CLOCK_NEVER);
    override_release(&list);
}

static void test_a_copy_is_as_the_list_was_then(void **state)
{
    struct override_list list = all();
    struct override_list copy = override_copy(&list);
    struct override_list whole = all();
    struct override more = examples[0];
    char name[] = "VI_a";

    (void)state;
    more.object = name;
    for (int i = 0; i < 20; i++) { /* each list goes its own way */
        name[3] = (char)('a' + i);
        override_put(&copy, &more);
    }
    assert_null(override_find(&list, OVERRIDE_DEMOTE, "VI_a", ""));
    expect_same(&list, &whole);
    override_put(&list, &more);
    override_release(&list);
    assert_int_equal(copy.count, UNIT_COUNT(examples) + 20);
    assert_string_equal(override_at(&copy, copy.count - 1)->object, "VI_t");
    assert_string_equal(override_find(&copy, OVERRIDE_PRIORITY, "VI_2", "")->by, "a \"b\" \\ c");
    override_release(&copy);
    override_release(&whole);
}

/* As many as a file may have: with a search through all for each it would be half a minute. */
static void test_a_large_file_is_read_in_a_moment(void **state)
{
    enum { MANY = OVERRIDE_READ_MOST };
    struct override_list list = {0};
    struct override one = examples[5];
    char problem[OVERRIDE_PROBLEM_SIZE];
    char part[32];
    json_t *json = json_array();
    clock_t began;

    (void)state;
    one.part = part;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(part, sizeof(part), "10.0.0.8:%d", i);
        json_array_append_new(json, json_pack("{s:s, s:s, s:s, s:i}", "kind", "server-del",
                                              "object", one.object, "part", part, "since_ms", 1));
    }
    began = clock();
    assert_true(override_read(json, &list, problem));
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(part, sizeof(part), "10.0.0.8:%d", i);
        assert_non_null(override_find(&list, one.kind, one.object, part));
    }
    assert_true((clock() - began) / CLOCKS_PER_SEC < 10); /* of this process alone */
    assert_int_equal(list.count, MANY);
    override_release(&list);
    json_decref(json);
}

static void test_the_next_run_reads_what_this_one_writes(void **state)
{
    struct override_list list = all();
    struct override_list copy = override_copy(&list);
    struct override_list read = {0};
    char problem[OVERRIDE_PROBLEM_SIZE];
    json_t *json = override_json(&list);

    (void)state;
    expect_same(&list, &copy);
    assert_true(override_read(json, &read, problem));
    expect_same(&list, &read);
    override_release(&read);
    json_decref(json);
    override_release(&copy);
    override_release(&list);
    json = override_json(&list); /* none at all */
    assert_true(override_read(json, &read, problem));
    assert_int_equal(read.count, 0);
    json_decref(json);
}

static void test_a_bad_list_says_what_is_wrong_and_gives_nothing(void **state)
{
    static const struct {
        const char *text;
        const char *problem;
    } rows[] = {
        {"{}", "it has no list of up to 200000 overrides"},
        {"[7]", "the kind of override 1 is wrong"},
        {"[{\"kind\":\"promote\"}]", "the kind of override 1 is wrong"},
        {"[{\"kind\":\"demote\"}]", "the object of override 1 is wrong"},
        {"[{\"kind\":\"demote\",\"object\":7}]", "the object of override 1 is wrong"},
        {"[{\"kind\":\"node-drain\",\"object\":\"VI\"}]", "the object of override 1 is wrong"},
        {"[{\"kind\":\"node-drain\"},{\"kind\":\"peer-add\",\"object\":\"VI\"}]",
         "the part of override 2 is wrong"},
        {"[{\"kind\":\"priority\",\"object\":\"VI\",\"number\":254}]",
         "the number of override 1 is wrong"},
        {"[{\"kind\":\"priority\",\"object\":\"VI\",\"number\":\"5\"}]",
         "the number of override 1 is wrong"},
        {"[{\"kind\":\"log\"}]", "the number of override 1 is wrong"},
        {"[{\"kind\":\"node-drain\",\"since_ms\":-1}]", "the since_ms of override 1 is wrong"},
        {"[{\"kind\":\"node-drain\",\"until_ms\":9223372036854775807}]",
         "the until_ms of override 1 is wrong"},
        {"[{\"kind\":\"server-add\",\"object\":\"a\",\"part\":\"b\",\"like\":1}]",
         "the like of override 1 is wrong"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct override_list list = {0};
        char problem[OVERRIDE_PROBLEM_SIZE] = "";
        json_t *json = json_loads(rows[i].text, 0, NULL);

        assert_non_null(json);
        assert_fact(!override_read(json, &list, problem), "row %zu is taken", i);
        assert_string_equal(problem, rows[i].problem);
        assert_true(!list.items && !list.count);
        json_decref(json);
    }
}

static void test_what_is_asked_reads_as_a_sentence(void **state)
{
    static const char *const texts[] = {"demoted",       "priority -20",           "drained",
                                        "peer added",    "server added, weight 5", "server removed",
                                        "checks paused", "log level debug"};
    char text[OVERRIDE_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(examples); i++) {
        assert_string_equal(override_text(text, &examples[i]), texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overrides_are_found_replaced_and_undone),
        cmocka_unit_test(test_overrides_end_in_their_order),
        cmocka_unit_test(test_a_copy_is_as_the_list_was_then),
        cmocka_unit_test(test_a_large_file_is_read_in_a_moment),
        cmocka_unit_test(test_the_next_run_reads_what_this_one_writes),
        cmocka_unit_test(test_a_bad_list_says_what_is_wrong_and_gives_nothing),
        cmocka_unit_test(test_what_is_asked_reads_as_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
