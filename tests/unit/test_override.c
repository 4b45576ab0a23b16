/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/override.h"

#include <stdlib.h>
#include <string.h>

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
        assert_int_equal(a->overrides[i].kind, b->overrides[i].kind);
        assert_string_equal(a->overrides[i].object, b->overrides[i].object);
        assert_string_equal(a->overrides[i].part, b->overrides[i].part);
        assert_string_equal(a->overrides[i].like, b->overrides[i].like);
        assert_int_equal(a->overrides[i].number, b->overrides[i].number);
        assert_int_equal(a->overrides[i].since_wall, b->overrides[i].since_wall);
        assert_int_equal(a->overrides[i].until_wall, b->overrides[i].until_wall);
        assert_string_equal(a->overrides[i].by, b->overrides[i].by);
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
    const struct override *ended;

    (void)state;
    assert_int_equal(override_next_end(&list), 1200 * S);
    assert_null(override_ended(&list, 1200 * S - 1));
    ended = override_ended(&list, 1200 * S);
    assert_non_null(ended);
    assert_int_equal(ended->kind, OVERRIDE_LOG);
    assert_true(override_remove(&list, ended->kind, ended->object, ended->part));
    assert_int_equal(override_next_end(&list), 1500 * S);
    assert_true(override_remove(&list, OVERRIDE_PAUSE, "10.0.0.1:80/tcp", ""));
    assert_true(override_remove(&list, OVERRIDE_DEMOTE, "VI_1", ""));
    assert_true(override_next_end(&list) == CLOCK_NEVER);
    override_release(&list);
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
        {"{}", "it has no list of up to 100000 overrides"},
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
        assert_true(!list.overrides && !list.count);
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
        cmocka_unit_test(test_the_next_run_reads_what_this_one_writes),
        cmocka_unit_test(test_a_bad_list_says_what_is_wrong_and_gives_nothing),
        cmocka_unit_test(test_what_is_asked_reads_as_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
