/* SPDX-License-Identifier: Apache-2.0
 *
 * The event log.
 */
#include "unit.h"

#include "base/clock.h"
#include "control/journal.h"

#include <stdlib.h>

/* 2026-11-28T10:00:00.000Z */
#define NOON INT64_C(1795860000000000000)

static char *dump(json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(value);
    return text;
}

static void assert_json(json_t *value, const char *expected)
{
    char *text = dump(value);

    assert_string_equal(text, expected);
    free(text);
}

/* A log for four, to which so many events were added. */
static struct journal *filled(unsigned count)
{
    struct journal *journal = journal_new(4);

    for (unsigned i = 1; i <= count; i++) {
        const struct journal_entry entry = {.kind = JOURNAL_INSTANCE, .object = "VI_1"};

        assert_int_equal(journal_add(journal, &entry, NOON), i);
    }
    return journal;
}

static void test_event_tells_all_that_it_was_given(void **state)
{
    const struct journal_entry entry = {.kind = JOURNAL_SERVER,
                                        .object = "10.0.0.1:80/tcp",
                                        .server = "10.0.0.2:80",
                                        .from = "up",
                                        .to = "down",
                                        .code = "refused",
                                        .reason = "connection refused",
                                        .by = "root"};
    struct journal *journal = journal_new(4);

    (void)state;
    (void)journal_add(journal, &entry, NOON + 123 * CLOCK_MILLISECOND);
    assert_json(journal_event(journal, 1),
                "{\"seq\":1,\"at\":\"2026-11-28T10:00:00.123Z\",\"kind\":\"server\","
                "\"object\":\"10.0.0.1:80/tcp\",\"server\":\"10.0.0.2:80\",\"from\":\"up\","
                "\"to\":\"down\",\"code\":\"refused\",\"reason\":\"connection refused\","
                "\"by\":\"root\"}");
    journal_free(journal);
}

static void test_what_an_event_lacks_is_null_and_every_kind_has_a_word(void **state)
{
    struct journal *journal = journal_new(JOURNAL_KINDS);

    (void)state;
    for (int i = 0; i < JOURNAL_KINDS; i++) {
        const struct journal_entry entry = {.kind = (enum journal_kind)i, .object = "x"};
        uint64_t number = journal_add(journal, &entry, NOON);
        json_t *event = journal_event(journal, number);

        assert_non_null(journal_kind_text((enum journal_kind)i));
        assert_string_equal(json_string_value(json_object_get(event, "kind")),
                            journal_kind_text((enum journal_kind)i));
        assert_true(json_is_null(json_object_get(event, "reason")));
        assert_true(json_is_null(json_object_get(event, "by")));
        json_decref(event);
    }
    journal_free(journal);
}

static void test_long_texts_are_cut_between_characters_and_odd_bytes_are_shown(void **state)
{
    char text[JOURNAL_TEXT_SIZE + 8];
    struct journal_entry entry = {.kind = JOURNAL_INSTANCE, .object = "\xff", .reason = text};
    struct journal *journal = journal_new(1);
    json_t *event;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[JOURNAL_TEXT_SIZE - 2] = '\xc3'; /* the last byte that fits is the first of two */
    text[JOURNAL_TEXT_SIZE - 1] = '\xa4';
    text[sizeof(text) - 1] = '\0';
    (void)journal_add(journal, &entry, NOON);
    event = journal_event(journal, 1);
    assert_int_equal(json_string_length(json_object_get(event, "reason")), JOURNAL_TEXT_SIZE - 2);
    assert_string_equal(json_string_value(json_object_get(event, "object")), "\\xff");
    json_decref(event);
    journal_free(journal);
}

static void test_oldest_events_make_room(void **state)
{
    struct journal *journal = filled(6);

    (void)state;
    assert_int_equal(journal_first(journal), 3);
    assert_int_equal(journal_last(journal), 6);
    assert_null(journal_event(journal, 2));
    assert_null(journal_event(journal, 7));
    assert_null(journal_event(journal, 0));
    journal_free(journal);
}

static void test_list_has_what_was_asked_for(void **state)
{
    static const struct {
        const char *what;
        unsigned added;
        int64_t since; /* -1: not said */
        size_t limit;
        unsigned first, last, lost;
        unsigned from, count; /* events that are told */
    } rows[] = {
        {"an empty log", 0, -1, 10, 1, 0, 0, 0, 0},
        {"the latest ones", 3, -1, 2, 1, 3, 0, 2, 2},
        {"all", 3, -1, 10, 1, 3, 0, 1, 3},
        {"none", 3, -1, 0, 1, 3, 0, 0, 0},
        {"from the beginning", 3, 0, 10, 1, 3, 0, 1, 3},
        {"behind one", 3, 1, 10, 1, 3, 0, 2, 2},
        {"the oldest ones behind one", 4, 1, 2, 1, 4, 0, 2, 2},
        {"nothing new", 3, 3, 10, 1, 3, 0, 0, 0},
        {"another run's number", 3, 99, 10, 1, 3, 0, 1, 3},
        {"lost ones", 9, 2, 10, 6, 9, 3, 6, 4},
        {"all that is kept, none lost", 9, 5, 10, 6, 9, 0, 6, 4},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct journal *journal = filled(rows[i].added);
        uint64_t since = (uint64_t)rows[i].since;
        json_t *list = journal_list(journal, rows[i].since < 0 ? NULL : &since, rows[i].limit);
        const json_t *events = json_object_get(list, "events");
        const json_t *from = json_object_get(json_array_get(events, 0), "seq");

        assert_fact(json_integer_value(json_object_get(list, "first")) == rows[i].first &&
                        json_integer_value(json_object_get(list, "last")) == rows[i].last,
                    "%s: other bounds", rows[i].what);
        assert_fact(json_integer_value(json_object_get(list, "lost")) == rows[i].lost,
                    "%s: others lost", rows[i].what);
        assert_fact(json_array_size(events) == rows[i].count &&
                        json_integer_value(from) == rows[i].from,
                    "%s: %zu events from %lld on", rows[i].what, json_array_size(events),
                    (long long)json_integer_value(from));
        json_decref(list);
        journal_free(journal);
    }
}

struct ear {
    const struct journal *journal;
    uint64_t numbers[4];
    unsigned count;
};

static void hear(void *argument, uint64_t number)
{
    struct ear *ear = argument;

    assert_int_equal(journal_last(ear->journal), number);
    ear->numbers[ear->count++] = number;
}

static void test_those_who_listen_hear_of_each_event(void **state)
{
    struct journal *journal = filled(1);
    struct ear ears[2] = {{.journal = journal}, {.journal = journal}};
    const struct journal_entry entry = {.kind = JOURNAL_RELOAD, .object = "configuration"};

    (void)state;
    journal_listen(journal, hear, &ears[0]);
    (void)journal_add(journal, &entry, NOON);
    journal_listen(journal, hear, &ears[1]);
    (void)journal_add(journal, &entry, NOON);
    assert_int_equal(ears[0].count, 2);
    assert_int_equal(ears[0].numbers[0], 2);
    assert_int_equal(ears[1].count, 1);
    assert_int_equal(ears[1].numbers[0], 3);
    journal_free(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_tells_all_that_it_was_given),
        cmocka_unit_test(test_what_an_event_lacks_is_null_and_every_kind_has_a_word),
        cmocka_unit_test(test_long_texts_are_cut_between_characters_and_odd_bytes_are_shown),
        cmocka_unit_test(test_oldest_events_make_room),
        cmocka_unit_test(test_list_has_what_was_asked_for),
        cmocka_unit_test(test_those_who_listen_hear_of_each_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
