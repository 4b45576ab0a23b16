/* SPDX-License-Identifier: Apache-2.0
 *
 * What the web page is sent: all, then only what has changed.
 */
#include "unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "control/web_view.h"

#include <stdlib.h>

static const char document[] =
    "{'daemon':{'version':'1','started':'t'},'ipvs':{'available':true,'clock_us':5,'foreign':[{}]},"
    "'loop':{'lag':{'count':1}},'reload':{'count':0,'last':{'result':'none'}},"
    "'instances':[{'name':'A','family':'ipv4','state':'BACKUP','secret':1,"
    "'complaint':{'text':'old','ms_ago':90000},'master':{'address':'x','heard_ms_ago':7}}],"
    "'services':["
    "{'name':'s1','family':'ipv4','quorum_met':true,'counters':{'connections':3,'bytes_in':9},"
    "'servers':[{'name':'r1','state':'up','connections':{'active':2,'inactive':1},'checks':["
    "{'kind':'TCP_CHECK','state':'up','next_in_ms':5}]},{'name':'r2','state':'down',"
    "'connections':null,'checks':[{'kind':'TCP_CHECK','state':'down','target':'r2','last_result':"
    "{'class':'refused','text':'no'},'last_failure':{'class':'refused','text':'refused'}}]}]},"
    "{'name':'s2','family':'ipv4','servers':[],'counters':null}]}";

static json_t *json_of(const char *text)
{
    char *copy = memory_text(text);
    json_error_t error;
    json_t *value;

    for (char *at = copy; *at; at++) {
        if (*at == '\'') {
            *at = '"';
        }
    }
    value = json_loads(copy, 0, &error);
    assert_fact(value != NULL, "%s", error.text);
    free(copy);
    return value;
}

/* What was written, read again. */
static json_t *read_back(struct text_buffer *text)
{
    json_t *value = json_loads(text->data, 0, NULL);

    assert_fact(value != NULL, "no JSON: %s", text->data);
    assert_null(strchr(text->data, '\n')); /* a line of an event stream */
    text_release(text);
    return value;
}

static json_t *change_of(struct web_view *view, const json_t *status, const json_t *events,
                         bool whole)
{
    struct text_buffer text = {0};

    assert_int_equal(web_view_update(view, status, "lb1", 0, events), whole);
    web_view_write_change(view, &text);
    return read_back(&text);
}

static const json_t *at(const json_t *value, const char *list, size_t i)
{
    return json_array_get(json_object_get(value, list), i);
}

static void test_who_comes_gets_all(void **state)
{
    struct web_view *view = web_view_new();
    json_t *status = json_of(document);
    json_t *events = json_of("[{'seq':1}]");
    struct text_buffer text = {0};
    const json_t *service;
    const json_t *server;
    json_t *full;

    (void)state;
    assert_true(web_view_update(view, status, "lb1", 0, NULL));
    web_view_write(view, events, &text);
    full = read_back(&text);
    assert_string_equal(json_string_value(json_object_get(full, "at")), "1970-01-01T00:00:00.000Z");
    assert_int_equal(json_integer_value(json_object_get(full, "clock_us")), 5);
    assert_int_equal(json_array_size(json_object_get(full, "events")), 1);
    assert_null(json_object_get(at(full, "instances", 0), "secret"));
    assert_null(json_object_get(at(full, "instances", 0), "complaint")); /* of a while ago */
    service = at(full, "services", 0);
    server = json_array_get(json_object_get(service, "servers"), 1);
    assert_null(json_object_get(service, "counters"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(server, "why"), "text")),
                        "refused");
    assert_true(json_is_null(at(full, "numbers", 1)));
    assert_int_equal(json_integer_value(json_array_get(at(full, "numbers", 0), 0)), 3);
    assert_int_equal(json_integer_value(json_array_get(at(full, "numbers", 0), 5)), 2);
    json_decref(full);
    json_decref(events);
    json_decref(status);
    web_view_free(view);
}

static void test_what_is_as_it_was_is_not_told(void **state)
{
    struct web_view *view = web_view_new();
    json_t *status = json_of(document);
    json_t *check = json_array_get(
        json_object_get(
            json_array_get(
                json_object_get(json_array_get(json_object_get(status, "services"), 0), "servers"),
                0),
            "checks"),
        0);
    json_t *change;

    (void)state;
    json_decref(change_of(view, status, NULL, true));
    json_object_set_new(check, "next_in_ms", json_integer(77)); /* it always moves */
    change = change_of(view, status, NULL, false);
    assert_int_equal(json_object_size(change), 2); /* at and clock_us */
    json_decref(change);
    json_decref(status);
    web_view_free(view);
}

static void test_a_change_is_told_at_its_place(void **state)
{
    struct web_view *view = web_view_new();
    json_t *status = json_of(document);
    json_t *events = json_of("[{'seq':2}]");
    json_t *service = json_array_get(json_object_get(status, "services"), 1);
    json_t *change;

    (void)state;
    json_decref(change_of(view, status, NULL, true));
    json_object_set_new(service, "quorum_met", json_false());
    json_object_set_new(
        json_object_get(json_array_get(json_object_get(status, "services"), 0), "counters"),
        "connections", json_integer(4));
    change = change_of(view, status, events, false);
    assert_null(json_object_get(change, "instances"));
    assert_null(json_object_get(change, "head"));
    assert_int_equal(json_object_size(json_object_get(change, "services")), 1);
    assert_true(json_is_false(
        json_object_get(json_object_get(json_object_get(change, "services"), "1"), "quorum_met")));
    assert_int_equal(json_integer_value(json_array_get(at(change, "numbers", 0), 0)), 4);
    assert_int_equal(json_array_size(json_object_get(change, "events")), 1);
    json_decref(change);
    json_decref(events);
    json_decref(status);
    web_view_free(view);
}

static void test_troubles_are_those_that_healthy_tells(void **state)
{
    struct web_view *view = web_view_new();
    json_t *status = json_of(document);
    json_t *change = change_of(view, status, NULL, true);
    json_t *expected = json_of("{'troubles':[{'level':'critical','text':'1 address missing'},"
                               "{'level':'warning','text':'1 server down'}]}");

    (void)state;
    json_decref(change);
    json_object_set_new(json_array_get(json_object_get(status, "instances"), 0), "operator",
                        json_pack("{s:s, s:b}", "by", "root", "demoted", 1));
    json_object_set_new(json_array_get(json_object_get(status, "instances"), 0), "addresses",
                        json_pack("[{s:s, s:b}]", "address", "10.0.0.1/24", "present", 0));
    json_object_set_new(json_array_get(json_object_get(status, "instances"), 0), "state",
                        json_string("MASTER"));
    change = change_of(view, status, NULL, false);
    assert_true(
        json_equal(json_object_get(change, "troubles"), json_object_get(expected, "troubles")));
    assert_true(json_is_true(json_object_get(
        json_object_get(json_object_get(json_object_get(change, "instances"), "0"), "operator"),
        "demoted")));
    json_decref(change);
    json_decref(expected);
    json_decref(status);
    web_view_free(view);
}

static void test_other_rows_are_told_as_a_whole(void **state)
{
    struct web_view *view = web_view_new();
    json_t *status = json_of(document);
    json_t *services = json_object_get(status, "services");

    (void)state;
    json_decref(change_of(view, status, NULL, true));
    json_object_set_new(json_array_get(services, 1), "name", json_string("s10"));
    json_decref(change_of(view, status, NULL, true));
    json_object_set_new(json_array_get(services, 1), "name", json_string("s1"));
    json_decref(change_of(view, status, NULL, true));
    json_array_remove(services, 1);
    json_decref(change_of(view, status, NULL, true));
    json_decref(change_of(view, status, NULL, false));
    json_decref(status);
    web_view_free(view);
}

static void test_many_servers_are_not_told_each_by_each(void **state)
{
    struct web_view *view = web_view_new();
    json_t *status = json_of(document);
    json_t *servers =
        json_object_get(json_array_get(json_object_get(status, "services"), 0), "servers");
    json_t *change = change_of(view, status, NULL, true);

    (void)state;
    assert_int_equal(json_array_size(at(change, "numbers", 0)), 8);
    json_decref(change);
    while (json_array_size(servers) <= WEB_VIEW_SERVERS) {
        json_array_append_new(servers, json_object());
    }
    change = change_of(view, status, NULL, false);
    assert_int_equal(json_array_size(at(change, "numbers", 0)), 7);
    json_decref(change);
    json_decref(status);
    web_view_free(view);
}

static void test_any_document_will_do(void **state)
{
    static const char *const documents[] = {
        "{}", "[]", "{'services':7,'instances':{},'ipvs':[]}",
        "{'services':[1,null,{'servers':[3]}],'instances':[null]}"};
    struct web_view *view = web_view_new();

    (void)state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        json_t *status = json_of(documents[i]);
        struct text_buffer text = {0};

        (void)web_view_update(view, status, "", 0, NULL);
        web_view_write(view, NULL, &text);
        json_decref(read_back(&text));
        json_decref(status);
    }
    web_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_comes_gets_all),
        cmocka_unit_test(test_what_is_as_it_was_is_not_told),
        cmocka_unit_test(test_a_change_is_told_at_its_place),
        cmocka_unit_test(test_troubles_are_those_that_healthy_tells),
        cmocka_unit_test(test_other_rows_are_told_as_a_whole),
        cmocka_unit_test(test_many_servers_are_not_told_each_by_each),
        cmocka_unit_test(test_any_document_will_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
