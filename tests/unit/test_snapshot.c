/* SPDX-License-Identifier: Apache-2.0
 *
 * The status document: how sections are collected, put together and handed out.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "control/join.h"
#include "control/snapshot.h"

#include <pthread.h>
#include <stdlib.h>

/* ---- Joining ----------------------------------------------------------------------------------- */

static json_t *json_of(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, 0, &error);

    assert_fact(value != NULL, "%s: %s", error.text, text);
    return value;
}

static const struct {
    const char *name;
    const char *services;
    const char *kernel; /* NULL: nothing is known */
    const char *joined;
} joins[] = {
    {"nothing at all", "[]", "[]", "[]"},
    {"what is in the kernel has its weight and connections",
     "[{'name':'a','family':'ipv4','sorry_server':null,'servers':[{'name':'s1','weight':1}]}]",
     "[{'service':'a','family':'ipv4','error':null,'counters':{'n':9},'servers':[{'server':'s1',"
     "'in_kernel':true,'weight':5,'active':3,'inactive':2,'persistent':1,'error':null}]}]",
     "[{'name':'a','family':'ipv4','sorry_server':null,'counters':{'n':9},'ipvs_error':null,"
     "'servers':[{'name':'s1','weight':5,'connections':{'active':3,'inactive':2,'persistent':1},"
     "'counters':null,'ipvs_error':null}]}]"},
    {"what is not in the kernel keeps the weight of health and has no connections",
     "[{'name':'a','family':'ipv4','servers':[{'name':'s1','weight':1}]}]",
     "[{'service':'a','family':'ipv4','error':'busy','servers':[{'server':'s1','in_kernel':false,"
     "'weight':0,'active':0,'inactive':0,'persistent':0,'error':'no such scheduler'}]}]",
     "[{'name':'a','family':'ipv4','counters':null,'ipvs_error':'busy','servers':[{'name':'s1',"
     "'weight':1,'connections':null,'counters':null,'ipvs_error':'no such scheduler'}]}]"},
    {"a kernel without IPVS", "[{'name':'a','family':'ipv4','servers':[{'name':'s1','weight':1}]}]",
     NULL,
     "[{'name':'a','family':'ipv4','counters':null,'ipvs_error':null,'servers':[{'name':'s1',"
     "'weight':1,'connections':null,'counters':null,'ipvs_error':null}]}]"},
    {"a server of another service of the same name but another family",
     "[{'name':'fwmark 7','family':'ipv4','servers':[{'name':'s','weight':1}]},"
     "{'name':'fwmark 7','family':'ipv6','servers':[{'name':'s','weight':1}]}]",
     "[{'service':'fwmark 7','family':'inet6','servers':[{'server':'s','in_kernel':true,'weight':6,"
     "'active':6,'inactive':6,'persistent':6}]}]",
     "[{'name':'fwmark 7','family':'ipv4','counters':null,'ipvs_error':null,'servers':[{'name':'s',"
     "'weight':1,'connections':null,'counters':null,'ipvs_error':null}]},"
     "{'name':'fwmark 7','family':'ipv6','counters':null,'ipvs_error':null,'servers':[{'name':'s',"
     "'weight':6,'connections':{'active':6,'inactive':6,'persistent':6},'counters':null,"
     "'ipvs_error':null}]}]"},
    {"the sorry server has its place too",
     "[{'name':'a','family':'ipv4','sorry_server':{'name':'s2','weight':1},'servers':[]}]",
     "[{'service':'a','family':'ipv4','servers':[{'server':'s2','in_kernel':true,'weight':1,"
     "'active':4,'inactive':5,'persistent':6}]}]",
     "[{'name':'a','family':'ipv4','sorry_server':{'name':'s2','weight':1,'connections':{"
     "'active':4,'inactive':5,'persistent':6},'counters':null,'ipvs_error':null},'servers':[],"
     "'counters':null,'ipvs_error':null}]"},
    {"what only the kernel knows is left out", "[]", "[{'service':'x','servers':[]}]", "[]"},
};

static json_t *json_of_quoted(const char *text)
{
    char *copy = memory_text(text);
    json_t *value;

    for (char *at = copy; *at; at++) {
        if (*at == '\'') {
            *at = '"';
        }
    }
    value = json_of(copy);
    free(copy);
    return value;
}

/* Without what test_settings_of_the_kernel_are_told() is about. */
static void drop_settings(json_t *services)
{
    json_t *service;
    json_t *server;
    size_t i;
    size_t k;

    json_array_foreach(services, i, service) {
        json_object_del(service, "kernel");
        json_object_del(service, "unconfigured");
        json_object_del(json_object_get(service, "sorry_server"), "kernel");
        json_array_foreach(json_object_get(service, "servers"), k, server) {
            json_object_del(server, "kernel");
        }
    }
}

static void test_settings_of_the_kernel_are_told(void **state)
{
    static const char kernel_text[] =
        "[{'service':'a','family':'inet','in_kernel':true,'scheduler':'sh','flags':['sh-port'],"
        "'servers':[{'server':'s1','in_kernel':true,'forward':'DR','weight':3},"
        "{'server':'s2','in_kernel':true,'address':'10.0.0.2','port':80,'forward':'NAT','active':7},"
        "{'server':'s3','in_kernel':false,'error':'no'}]},"
        "{'service':'b','family':'inet','in_kernel':false,'servers':[]}]";
    json_t *services = json_of_quoted("[{'name':'a','family':'ipv4','servers':[{'name':'s1'},"
                                      "{'name':'s3'}]},{'name':'b','family':'ipv4','servers':[]}]");
    json_t *kernel = json_of_quoted(kernel_text);
    const json_t *first = json_array_get(services, 0);
    const json_t *servers = json_object_get(first, "servers");
    const json_t *extra;

    (void)state;
    join_services(services, kernel);
    extra = json_array_get(json_object_get(first, "unconfigured"), 0);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(first, "kernel"), "scheduler")), "sh");
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(json_array_get(servers, 0), "kernel"), "forward")),
                        "DR");
    assert_true(json_is_null(json_object_get(json_array_get(servers, 1), "kernel")));
    assert_int_equal(json_array_size(json_object_get(first, "unconfigured")), 1);
    assert_string_equal(json_string_value(json_object_get(extra, "name")), "s2");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(extra, "connections"), "active")), 7);
    assert_true(json_is_null(json_object_get(json_array_get(services, 1), "kernel")));
    json_decref(services);
    json_decref(kernel);
}

static void test_a_group_is_what_its_members_are(void **state)
{
    json_t *services = json_of_quoted(
        "[{'name':'g/tcp','group':'g','servers':[{'name':'s','address':'10.0.0.9','port':80}]}]");
    json_t *kernel = json_of_quoted(
        "[{'service':'a','group':'g/tcp','family':'inet','in_kernel':false,'error':'no'},"
        "{'service':'b','group':'g/tcp','family':'inet','protocol':'tcp','address':'10.0.0.1',"
        "'port':80,'in_kernel':true,'scheduler':'rr','counters':{'bytes_in':2},'servers':["
        "{'server':'s','address':'10.0.0.9','port':80,'in_kernel':true,'forward':'NAT','weight':3,"
        "'counters':{}}]}]");
    const json_t *service = json_array_get(services, 0);
    const json_t *server;
    const json_t *member;

    (void)state;
    join_services(services, kernel);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(service, "kernel"), "scheduler")), "rr");
    assert_string_equal(json_string_value(json_object_get(service, "ipvs_error")), "no");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(service, "counters"), "bytes_in")), 2);
    server = json_array_get(json_object_get(service, "servers"), 0);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(server, "kernel"), "forward")), "NAT");
    member = json_array_get(json_object_get(service, "members"), 1);
    assert_string_equal(json_string_value(json_object_get(member, "address")), "10.0.0.1");
    json_decref(services);
    json_decref(kernel);
}

static void test_servers_that_drain_are_told(void **state)
{
    json_t *services = json_of_quoted("[{'name':'a','family':'ipv4','servers':[]},"
                                      "{'name':'g/tcp','group':'g','servers':[]}]");
    json_t *kernel = json_of_quoted(
        "[{'service':'a','family':'inet','in_kernel':true,'servers':[{'server':'s','in_kernel':true,"
        "'drain_left_ms':1500}]},"
        "{'service':'b','group':'g/tcp','family':'inet','in_kernel':true,'servers':["
        "{'server':'t','in_kernel':true,'drain_left_ms':7},{'server':'u','in_kernel':true,"
        "'drain_left_ms':null}]}]");
    json_t *leaving = json_of_quoted("[{'service':'c','in_kernel':true,'scheduler':'rr','servers':["
                                     "{'server':'v','in_kernel':true,'drain_left_ms':3}]}]");
    static const struct {
        unsigned array; /* 0: services, 1: leaving */
        unsigned index;
        const char *name;
        int left;
    } rows[] = {{0, 0, "s", 1500}, {0, 1, "t", 7}, {1, 0, "v", 3}};

    (void)state;
    join_services(services, kernel);
    join_leaving(leaving);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const json_t *service = json_array_get(rows[i].array ? leaving : services, rows[i].index);
        const json_t *list = json_object_get(service, "unconfigured");
        const json_t *server = json_array_get(list, 0);

        assert_int_equal(json_array_size(list), 1);
        assert_string_equal(json_string_value(json_object_get(server, "name")), rows[i].name);
        assert_int_equal(json_integer_value(json_object_get(server, "drain_left_ms")),
                         rows[i].left);
    }
    json_decref(services);
    json_decref(kernel);
    json_decref(leaving);
}

static void test_services_of_others_have_the_form_of_ours(void **state)
{
    json_t *foreign =
        json_of_quoted("[{'service':'x','family':'inet','scheduler':'rr','servers':[{'server':'s',"
                       "'in_kernel':true,'forward':'DR','active':2}]}]");
    const json_t *service = json_array_get(foreign, 0);
    const json_t *server;

    (void)state;
    join_foreign(foreign);
    server = json_array_get(json_object_get(service, "servers"), 0);
    assert_string_equal(json_string_value(json_object_get(service, "name")), "x");
    assert_string_equal(json_string_value(json_object_get(server, "name")), "s");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(server, "kernel"), "forward")), "DR");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(server, "connections"), "active")), 2);
    json_decref(foreign);
}

static void test_health_and_kernel_are_joined_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(joins); i++) {
        json_t *services = json_of_quoted(joins[i].services);
        json_t *kernel = joins[i].kernel ? json_of_quoted(joins[i].kernel) : NULL;
        json_t *joined = json_of_quoted(joins[i].joined);
        char *text;

        join_services(services, kernel);
        drop_settings(services);
        text = json_dumps(services, JSON_COMPACT);
        assert_fact(json_equal(services, joined), "%s: %s", joins[i].name, text);
        free(text);
        json_decref(services);
        json_decref(kernel);
        json_decref(joined);
    }
}

/* ---- Collecting -------------------------------------------------------------------------------- */

struct desk {
    struct loop *loop;
    struct snapshot *snapshot;
    pthread_t loop_thread;
    int captures;
    int parts; /* that a large section is copied in */
    int copied;
    int released;
    struct loop_timer *advert; /* NULL, or becomes due with each part */
    int adverts;
    bool rendered_elsewhere;
    int refreshes;
    void (*refreshed)(void *argument); /* a refresh that has not ended */
    void *refreshed_argument;
    char *texts[4];
    size_t sizes[4];
    int answers;
    int wanted;
};

/* The desk's state when a large section was copied. */
struct copy {
    struct desk *desk;
    int number;
};

static json_t *section_small(void *argument)
{
    (void)argument;
    return json_string("d");
}

static json_t *section_silent(void *argument)
{
    (void)argument;
    return NULL;
}

static json_t *section_ipvs(void *argument)
{
    (void)argument;
    return json_of_quoted("{'available':true,'services':[{'service':'a','family':'ipv4','error':"
                          "'odd','servers':[]}]}");
}

static void *large_capture(void *argument)
{
    struct desk *desk = argument;
    struct copy *copy = memory_new(1, sizeof(*copy));

    assert_true(pthread_equal(pthread_self(), desk->loop_thread));
    copy->desk = desk;
    copy->number = ++desk->captures;
    desk->copied = 0;
    return copy;
}

/* A part for each call; all that was due before it has been served. */
static bool large_more(void *capture, int64_t until)
{
    struct desk *desk = ((struct copy *)capture)->desk;

    assert_true(pthread_equal(pthread_self(), desk->loop_thread));
    if (until == CLOCK_NEVER) {
        desk->copied = desk->parts;
        return false;
    }
    assert_true(until <= clock_now() + CLOCK_MILLISECOND);
    if (desk->advert) {
        assert_int_equal(desk->adverts, desk->copied);
        loop_timer_set(desk->advert, clock_now());
    }
    return ++desk->copied < desk->parts;
}

static json_t *large_render(const void *capture)
{
    const struct copy *copy = capture;

    copy->desk->rendered_elsewhere = !pthread_equal(pthread_self(), copy->desk->loop_thread);
    return json_pack("[{s:s, s:s, s:i, s:[]}]", "name", "a", "family", "ipv4", "number",
                     copy->number, "servers");
}

static void large_release(void *capture)
{
    ((struct copy *)capture)->desk->released++;
    free(capture);
}

static const struct snapshot_large large = {large_capture, large_more, large_render, large_release};

static int desk_open(void **state)
{
    struct desk *desk = memory_new(1, sizeof(*desk));

    desk->loop = loop_new();
    desk->parts = 1;
    desk->loop_thread = pthread_self();
    desk->snapshot = snapshot_new(desk->loop);
    snapshot_add(desk->snapshot, "daemon", section_small, NULL);
    snapshot_add_large(desk->snapshot, "services", &large, desk);
    snapshot_add(desk->snapshot, "ipvs", section_ipvs, NULL);
    *state = desk;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;

    snapshot_free(desk->snapshot);
    loop_free(desk->loop);
    for (int i = 0; i < desk->answers; i++) {
        free(desk->texts[i]);
    }
    free(desk);
    return 0;
}

static void take_answer(void *argument, char *text, size_t size)
{
    struct desk *desk = argument;

    desk->texts[desk->answers] = text;
    desk->sizes[desk->answers] = size;
    desk->answers++;
    if (desk->answers == desk->wanted) {
        loop_stop(desk->loop);
    }
}

static void desk_run(struct desk *desk, int wanted)
{
    desk->wanted = wanted;
    if (desk->answers < wanted) {
        assert_int_equal(loop_run(desk->loop), 0);
    }
    assert_int_equal(desk->answers, wanted);
}

static const char document_text[] =
    "{\"version\":1,\"daemon\":\"d\",\"services\":[{\"name\":\"a\",\"family\":\"ipv4\",\"number\":%d,\"servers\":"
    "[],\"counters\":null,\"ipvs_error\":\"odd\",\"kernel\":{\"scheduler\":null,\"flags\":null,"
    "\"persistence_timeout_s\":null,\"persistence_netmask\":null,\"persistence_engine\":null},"
    "\"unconfigured\":[]}],\"ipvs\":{\"available\":true}}";

static void expect_answer(struct desk *desk, int index, int number)
{
    char expected[500];

    (void)snprintf(expected, sizeof(expected), document_text, number);
    assert_string_equal(desk->texts[index], expected);
    assert_int_equal(desk->sizes[index], strlen(expected));
}

static void test_a_document_can_be_had_as_text_too(void **state)
{
    struct desk *desk = *state;

    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    desk_run(desk, 1);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk); /* shares with nobody */
    snapshot_ask(desk->snapshot, SNAPSHOT_TEXT, take_answer, desk);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    desk_run(desk, 4);
    expect_answer(desk, 1, 2);
    expect_answer(desk, 3, 3);
    assert_int_equal(desk->captures, 3);
    assert_non_null(strstr(desk->texts[2], "holdfastd "));
    assert_int_equal(desk->sizes[2], strlen(desk->texts[2]));
}

static void test_a_document_is_copied_on_the_loop_and_made_on_another_thread(void **state)
{
    struct desk *desk = *state;

    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    assert_int_equal(desk->answers, 0);
    desk_run(desk, 1);
    assert_true(desk->rendered_elsewhere);
    expect_answer(desk, 0, 1);
}

static void test_who_asks_while_one_is_made_gets_the_next(void **state)
{
    struct desk *desk = *state;

    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    desk_run(desk, 3);
    expect_answer(desk, 0, 1);
    expect_answer(desk, 1, 2);
    expect_answer(desk, 2, 2);
    assert_int_equal(desk->captures, 2);
}

static void refresh_later(void *argument, void (*done)(void *done_argument), void *done_argument)
{
    struct desk *desk = argument;

    desk->refreshes++;
    desk->refreshed = done;
    desk->refreshed_argument = done_argument;
}

static void test_what_is_known_is_brought_up_to_date_first(void **state)
{
    struct desk *desk = *state;

    snapshot_set_refresh(desk->snapshot, refresh_later, desk);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    assert_int_equal(desk->refreshes, 1);
    assert_int_equal(desk->captures, 0);
    desk->refreshed(desk->refreshed_argument);
    desk_run(desk, 2); /* both asked before anything was copied */
    assert_int_equal(desk->captures, 1);
    expect_answer(desk, 0, 1);
    expect_answer(desk, 1, 1);
}

static void serve_advert(void *argument, int64_t now, int64_t late)
{
    struct desk *desk = argument;

    (void)now;
    (void)late;
    desk->adverts++;
}

static void test_adverts_are_served_between_the_parts_of_a_copy(void **state)
{
    struct desk *desk = *state;

    desk->parts = 5;
    desk->advert = loop_timer_new(desk->loop, LOOP_PRIORITY_VRRP, serve_advert, desk);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    desk_run(desk, 1);
    assert_int_equal(desk->copied, 5);
    assert_int_equal(desk->adverts, 5);
    assert_int_equal(desk->released, 1);
    expect_answer(desk, 0, 1);
    loop_timer_free(desk->advert);
}

static void end_amid_copy(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    loop_stop(((struct desk *)argument)->loop);
}

static void test_a_copy_that_is_not_complete_is_freed_at_the_end(void **state)
{
    struct desk *desk = *state;
    struct loop_timer *timer = loop_timer_new(desk->loop, LOOP_PRIORITY_VRRP, end_amid_copy, desk);

    desk->parts = 1000000000;
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    loop_timer_set(timer, clock_now() + 20 * CLOCK_MILLISECOND);
    assert_int_equal(loop_run(desk->loop), 0);
    assert_true(desk->copied > 1);
    assert_int_equal(desk->released, 0);
    snapshot_free(desk->snapshot);
    desk->snapshot = NULL;
    assert_int_equal(desk->released, 1);
    assert_int_equal(desk->answers, 1);
    assert_null(desk->texts[0]);
    loop_timer_free(timer);
}

static void test_who_waits_at_the_end_is_told(void **state)
{
    struct desk *desk = *state;

    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk); /* is being made */
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk); /* waits */
    snapshot_free(desk->snapshot);
    desk->snapshot = NULL;
    assert_int_equal(desk->answers, 2);
    assert_null(desk->texts[0]);
    assert_null(desk->texts[1]);
}

static void test_a_section_that_has_nothing_to_say_is_null(void **state)
{
    struct desk *desk = *state;

    snapshot_add(desk->snapshot, "silent", section_silent, NULL);
    snapshot_ask(desk->snapshot, SNAPSHOT_JSON, take_answer, desk);
    desk_run(desk, 1);
    assert_non_null(strstr(desk->texts[0], ",\"silent\":null}"));
}

static void stop_loop(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    loop_stop(argument);
}

/* Runs the loop until a timer has fired that was due 5 ms ago. */
static void run_late_timer(struct loop *loop, enum loop_priority priority)
{
    struct loop_timer *timer = loop_timer_new(loop, priority, stop_loop, loop);

    loop_timer_set(timer, clock_now() - 5 * CLOCK_MILLISECOND);
    (void)loop_run(loop);
    loop_timer_free(timer);
}

static void assert_one_late(const json_t *lag)
{
    const json_t *buckets = json_object_get(lag, "buckets");
    const json_t *bucket = json_array_get(buckets, 0);

    assert_int_equal(json_integer_value(json_object_get(lag, "count")), 1);
    assert_true(json_integer_value(json_object_get(lag, "max_us")) >= 5000);
    assert_true(json_integer_value(json_object_get(lag, "p50_us")) >= 5000);
    assert_true(json_integer_value(json_object_get(lag, "p99_us")) >= 5000);
    assert_int_equal(json_array_size(buckets), 1);
    assert_int_equal(json_integer_value(json_object_get(bucket, "count")), 1);
    assert_true(json_integer_value(json_object_get(bucket, "up_to_us")) >= 5000);
}

static void test_the_loop_tells_its_lag(void **state)
{
    struct loop *loop = loop_new();
    json_t *section;

    (void)state;
    run_late_timer(loop, LOOP_PRIORITY_NORMAL);
    section = snapshot_loop(loop);
    assert_one_late(json_object_get(section, "lag"));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(section, "vrrp_lag"), "count")), 0);
    json_decref(section);

    run_late_timer(loop, LOOP_PRIORITY_VRRP);
    section = snapshot_loop(loop);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(section, "lag"), "count")),
                     2);
    assert_one_late(json_object_get(section, "vrrp_lag"));
    json_decref(section);
    loop_free(loop);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_health_and_kernel_are_joined_by_name),
        cmocka_unit_test(test_settings_of_the_kernel_are_told),
        cmocka_unit_test(test_a_group_is_what_its_members_are),
        cmocka_unit_test(test_servers_that_drain_are_told),
        cmocka_unit_test(test_services_of_others_have_the_form_of_ours),
        DESK_TEST(test_a_document_can_be_had_as_text_too),
        DESK_TEST(test_a_document_is_copied_on_the_loop_and_made_on_another_thread),
        DESK_TEST(test_who_asks_while_one_is_made_gets_the_next),
        DESK_TEST(test_what_is_known_is_brought_up_to_date_first),
        DESK_TEST(test_adverts_are_served_between_the_parts_of_a_copy),
        DESK_TEST(test_a_copy_that_is_not_complete_is_freed_at_the_end),
        DESK_TEST(test_who_waits_at_the_end_is_told),
        DESK_TEST(test_a_section_that_has_nothing_to_say_is_null),
        cmocka_unit_test(test_the_loop_tells_its_lag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
