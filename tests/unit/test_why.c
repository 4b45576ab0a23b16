/* SPDX-License-Identifier: Apache-2.0
 *
 * Explanations, as JSON and as text: tests/unit/golden/explain.json.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/explain.h"
#include "control/render.h"

#include <stdlib.h>

/* 2026-11-23T08:05:00Z */
#define NOW (INT64_C(1795421100) * CLOCK_SECOND)

typedef json_t *explain_function(const json_t *status, const char *word,
                                 struct text_buffer *problem);

static json_t *document(void)
{
    const char *srcdir = getenv("srcdir");
    char path[512];
    json_error_t error;
    json_t *status;

    (void)snprintf(path, sizeof(path), "%s/tests/unit/golden/explain.json", srcdir ? srcdir : "..");
    status = json_load_file(path, 0, &error);
    assert_fact(status != NULL, "%s:%d: %s", path, error.line, error.text);
    return status;
}

static void expect_text(explain_function *explain, const char *word, const char *expected)
{
    const struct render_options options = {.now_wall = NOW};
    struct text_buffer problem = {0};
    struct text_buffer text = {0};
    json_t *status = document();
    json_t *view = explain(status, word, &problem);

    assert_fact(view != NULL, "%s: %s", word, problem.data);
    render_explanation(view, &options, &text);
    assert_fact(strcmp(text.data, expected) == 0, "%s reads:\n%s", word, text.data);
    text_release(&text);
    json_decref(view);
    json_decref(status);
}

static void test_master_says_what_each_tracker_adds_and_who_would_win_without_it(void **state)
{
    (void)state;
    expect_text(
        explain_instance, "VI_1",
        "VI_1 is MASTER since 2026-11-23T08:00:00.000Z (5 min 00 s)\n"
        "  because: no advert for 3.61 s (limit 3.61 s)\n"
        "  PRIORITY                     NOW   WEIGHT  ADDS  IF IT CHANGES\n"
        "  base                                        150\n"
        "  script chk_web               good  +20      +20  fails: 150\n"
        "  interface eth1 (sync group)  good  none       -  goes down: FAULT\n"
        "  file load                    0     +2        +0  -\n"
        "  effective                                   170\n"
        "an election now: this one would win: it stays master\n"
        "  ROUTER    PRIORITY  HEARD\n"
        "  10.0.0.5       170  this one\n"
        "  10.0.0.6       155  4.00 s ago\n"
        "  10.0.0.7         -  never: a backup is silent\n"
        "  10.0.0.8         -  9.00 s ago, it gave up\n"
        "what would change it:\n"
        "  an advert of a priority above 170, or of the same and an address above 10.0.0.5: it becomes BACKUP\n"
        "  script chk_web fails: priority 150, and 10.0.0.6 would win (priority 155) once it is there and\n"
        "    preempts\n"
        "  interface eth1 goes down: it enters FAULT\n"
        "  VI_9 of its sync group G1: it changes its state with it\n");
}

static void test_backup_that_does_not_preempt_says_so(void **state)
{
    (void)state;
    expect_text(
        explain_instance, "VI_2",
        "VI_2 is BACKUP since 2026-11-23T08:00:00.000Z (5 min 00 s)\n"
        "  because: 10.0.0.6 is master with priority 120, ours is 90\n"
        "  PRIORITY    NOW   WEIGHT  ADDS  IF IT CHANGES\n"
        "  base                       100\n"
        "  bfd router  good  +40      +40  goes down: 100\n"
        "  effective                  140\n"
        "an election now: this one would win, but does not preempt (nopreempt): 10.0.0.6 stays master while\n"
        "  it is heard\n"
        "  ROUTER    PRIORITY  HEARD\n"
        "  10.0.0.5       140  this one\n"
        "  10.0.0.6       120  300 ms ago\n"
        "what would change it:\n"
        "  no advert of 10.0.0.6 for 3.45 s: it becomes MASTER\n"
        "  10.0.0.6 gives up (priority 0): it becomes MASTER after its skew time, 453 ms\n"
        "  bfd router goes down: priority 100, and 10.0.0.6 would win (priority 120)\n");
}

static void test_a_better_backup_waits_for_its_group_and_says_what_it_means_if_that_lasts(
    void **state)
{
    struct text_buffer problem = {0};
    json_t *status = document();
    json_t *instance;
    json_t *view;
    const char *outcome;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(status, "instances"), i, instance) {
        if (strcmp(json_string_value(json_object_get(instance, "name")), "VI_2") == 0) {
            assert_int_equal(json_object_set_new(instance, "preempt", json_true()), 0);
            assert_int_equal(json_object_set_new(instance, "sync_group", json_string("G2")), 0);
        }
    }
    view = explain_instance(status, "VI_2", &problem);
    assert_fact(view != NULL, "%s", problem.data);
    outcome = json_string_value(json_object_get(json_object_get(view, "election"), "outcome"));
    assert_fact(outcome &&
                    strcmp(outcome,
                           "this one would win: it takes over when 10.0.0.6 has been "
                           "waited for and all others of its sync group G2 would, too; where "
                           "one of them obeys a better router, none does, and the order of "
                           "the group's members differs between the routers") == 0,
                "reads: %s", outcome ? outcome : "nothing");
    json_decref(view);
    json_decref(status);
}

static void test_what_an_operator_adds_is_told_with_its_end(void **state)
{
    (void)state;
    expect_text(
        explain_instance, "VI_4",
        "VI_4 is MASTER since 2026-11-23T08:00:00.000Z (5 min 00 s)\n"
        "  because: started\n"
        "  PRIORITY        NOW  WEIGHT  ADDS  IF IT CHANGES\n"
        "  base                          100\n"
        "  operator: root                +20\n"
        "  effective                     120\n"
        "an election now: this one would win: it stays master\n"
        "  ROUTER    PRIORITY  HEARD\n"
        "  10.0.0.5       120  this one\n"
        "  10.0.0.6       100  300 ms ago\n"
        "what would change it:\n"
        "  an advert of a priority above 120, or of the same and an address above 10.0.0.5: it "
        "becomes BACKUP\n"
        "  release, or 2026-11-23T09:00:00.000Z: priority 100, and 10.0.0.6 would win (priority 100)\n");
}

static void test_fault_says_what_ends_it(void **state)
{
    (void)state;
    expect_text(
        explain_instance, "VI_3",
        "VI_3 is FAULT since 2026-11-23T08:00:00.000Z (5 min 00 s)\n"
        "  because: interface eth1 is down\n"
        "faults:\n"
        "  interface eth1 is down\n"
        "  PRIORITY   NOW  WEIGHT  ADDS  IF IT CHANGES\n"
        "  base                     100\n"
        "  effective                100\n"
        "an election now: nobody who is known takes part: this one takes no part in FAULT\n"
        "  ROUTER  PRIORITY  HEARD\n"
        "  -              -  this one, takes no part\n"
        "what would change it:\n"
        "  interface eth1 is down: that fault ends when it is up and has a carrier (ip link show eth1)\n");
}

static void test_server_says_what_its_checks_find_and_what_they_need(void **state)
{
    (void)state;
    expect_text(
        explain_server, "10.0.0.18/10.0.0.21",
        "10.0.0.21:80 of 10.0.0.18:80/tcp is down since 2026-11-23T08:04:00.000Z (60.0 s), admin ready,\n"
        "  weight 0 of 2\n"
        "why:\n"
        "  TCP_CHECK of 10.0.0.21:80 fails: connection refused\n"
        "  TCP_CHECK of 10.0.0.21:80: last ten RR.\n"
        "what would change it:\n"
        "  TCP_CHECK of 10.0.0.21:80 succeeds 2 times in a row: this check lets the server in\n");
    expect_text(
        explain_server, "10.0.0.18/10.0.0.22",
        "10.0.0.22:80 of 10.0.0.18:80/tcp is up since 2026-11-23T08:00:00.000Z (5 min 00 s), admin ready,\n"
        "  weight 1 of 1\n"
        "why:\n"
        "  HTTP_GET of 10.0.0.22:80 failed 1 time in a row, and takes the server out with 3\n"
        "  HTTP_GET of 10.0.0.22:80: last ten T.\n"
        "what would change it:\n"
        "  HTTP_GET of 10.0.0.22:80 fails 2 times in a row: the server is taken out\n");
}

static void test_service_says_what_its_quorum_needs(void **state)
{
    (void)state;
    expect_text(explain_service, "10.0.0.18:80",
                "10.0.0.18:80/tcp: quorum LOST\n"
                "why:\n"
                "  quorum is lost: live weight 1, and it is met from 3 on\n"
                "  SERVER        STATE  ADMIN  WEIGHT  COUNTS\n"
                "  10.0.0.21:80  down   ready       0       0\n"
                "  10.0.0.22:80  up     ready       1       1\n"
                "what would change it:\n"
                "  10.0.0.21:80 comes in: quorum is met\n"
                "  1 of 2 servers are up; with fewer than 1 min_healthy lets it fail open\n");
}

/* Members of a check and of its server are others than in the golden document. */
static json_t *document_with(const char *check, const char *server, const char *overrides)
{
    json_t *status = document();
    json_t *service = json_array_get(json_object_get(status, "services"), 0);
    json_t *first = json_array_get(json_object_get(service, "servers"), 0);
    json_t *of = json_array_get(json_object_get(first, "checks"), 0);
    json_t *parts[] = {json_loads(check, 0, NULL), json_loads(server, 0, NULL),
                       json_loads(overrides, 0, NULL)};

    assert_true(parts[0] && parts[1] && parts[2]);
    assert_int_equal(json_object_update(of, parts[0]), 0);
    assert_int_equal(json_object_update(first, parts[1]), 0);
    json_object_set(status, "overrides", parts[2]);
    for (size_t i = 0; i < UNIT_COUNT(parts); i++) {
        json_decref(parts[i]);
    }
    return status;
}

/* Lines that are there ('!': that are not); NULL ends them. Takes the document. */
static void expect_in_text(json_t *status, explain_function *explain, const char *word,
                           const char *const lines[])
{
    const struct render_options options = {.now_wall = NOW};
    struct text_buffer problem = {0};
    struct text_buffer text = {0};
    json_t *view = explain(status, word, &problem);

    assert_fact(view != NULL, "%s: %s", word, problem.data);
    render_explanation(view, &options, &text);
    for (size_t i = 0; lines[i]; i++) {
        bool absent = *lines[i] == '!';

        assert_fact((strstr(text.data, lines[i] + absent) != NULL) != absent, "%s:\n%s", lines[i],
                    text.data);
    }
    text_release(&text);
    json_decref(view);
    json_decref(status);
}

static void test_a_paused_check_says_who_wants_it(void **state)
{
    static const char paused[] = "{\"state\":\"paused\"}";
    static const char by_hand[] =
        "[{\"kind\":\"check-pause\",\"object\":\"10.0.0.18:80/tcp\",\"part\":\"10.0.0.21:80\","
        "\"by\":\"root\",\"until\":\"2026-11-23T09:00:00.000Z\",\"effect\":true}]";
    static const char of_other[] =
        "[{\"kind\":\"check-pause\",\"object\":\"10.0.0.18:80/tcp\",\"part\":\"10.0.0.22:80\","
        "\"by\":\"root\",\"until\":null,\"effect\":true}]";
    json_t *suspended = document_with(paused, "{}", "[]");

    (void)state;
    expect_in_text(document_with(paused, "{}", by_hand), explain_server, "10.0.0.18/10.0.0.21",
                   (const char *const[]){"TCP_CHECK of 10.0.0.21:80 pauses: root asked for it",
                                         "check resume, or 2026-11-23T09:00:00.000Z: TCP_CHECK of",
                                         "!the address of the service", NULL});
    expect_in_text(document_with(paused, "{}", of_other), explain_server, "10.0.0.18/10.0.0.21",
                   (const char *const[]){"pauses: no service wants it now", "!root", NULL});
    json_object_set_new(json_array_get(json_object_get(suspended, "services"), 0), "suspended",
                        json_true());
    expect_in_text(
        suspended, explain_server, "10.0.0.18/10.0.0.21",
        (const char *const[]){"pauses: the address of the service is not on this host", NULL});
}

static void test_a_service_says_what_was_done_to_it_by_hand(void **state)
{
    static const char by_hand[] =
        "[{\"kind\":\"server-add\",\"object\":\"10.0.0.18:80/tcp\",\"part\":\"10.0.0.30:80\","
        "\"by\":\"bob\",\"effect\":true},{\"kind\":\"server-del\",\"object\":\"10.0.0.18:80/tcp\","
        "\"part\":\"10.0.0.31:80\",\"by\":\"root\",\"effect\":true},{\"kind\":\"check-pause\","
        "\"object\":\"10.0.0.18:80/tcp\",\"part\":null,\"by\":\"eve\",\"effect\":true},"
        "{\"kind\":\"server-del\",\"object\":\"10.0.0.19:80/tcp\",\"part\":\"10.0.0.32:80\","
        "\"by\":\"root\",\"effect\":true}]";

    (void)state;
    expect_in_text(document_with("{}", "{}", by_hand), explain_service, "10.0.0.18:80",
                   (const char *const[]){"10.0.0.30:80 was added by hand: bob asked for it",
                                         "10.0.0.31:80 was taken out by hand: root asked for it",
                                         "server add of 10.0.0.31:80: it is one of",
                                         "its checks pause: eve asked for it",
                                         "check resume: its checks are made again", "!10.0.0.32",
                                         NULL});
}

static void test_what_changes_nothing_is_not_told_as_a_change(void **state)
{
    (void)state;
    expect_in_text(document_with("{\"state\":\"up\"}", "{}", "[]"), explain_server,
                   "10.0.0.18/10.0.0.21", (const char *const[]){"!is taken out", NULL});
    expect_in_text(document_with("{}", "{\"admin\":\"maint\"}", "[]"), explain_service,
                   "10.0.0.18:80",
                   (const char *const[]){"10.0.0.21:80 is made ready and is up: quorum is met",
                                         "!10.0.0.21:80 comes in", NULL});
    expect_in_text(document_with("{}", "{\"admin\":\"drain\",\"state\":\"up\"}", "[]"),
                   explain_service, "10.0.0.18:80",
                   (const char *const[]){"10.0.0.21:80 is made ready: quorum is met", NULL});
}

static void test_unknown_names_are_told_with_those_that_there_are(void **state)
{
    static const struct {
        explain_function *explain;
        const char *word;
        const char *problem;
    } rows[] = {
        {explain_instance, "VI_7",
         "there is no instance \"VI_7\"; there are: VI_1, VI_2, VI_4, VI_3"},
        {explain_server, "10.0.0.18/10.0.0.29",
         "10.0.0.18:80/tcp has no real server \"10.0.0.29\"; it has: 10.0.0.21:80, 10.0.0.22:80"},
        {explain_service, "10.0.0.99:80",
         "there is no virtual server \"10.0.0.99:80\"; there are: 10.0.0.18:80/tcp"},
        {explain_service, "10.0.0.18/10.0.0.21",
         "\"10.0.0.18/10.0.0.21\" names a real server; name one virtual server as status shows it"},
    };
    json_t *status = document();

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer problem = {0};

        assert_null(rows[i].explain(status, rows[i].word, &problem));
        assert_fact(problem.data && strcmp(problem.data, rows[i].problem) == 0, "%s: %s",
                    rows[i].word, problem.data);
        text_release(&problem);
    }
    json_decref(status);
}

static void test_explanation_has_a_version_and_what_was_looked_at(void **state)
{
    json_t *status = document();
    json_t *view = explain_instance(status, "VI_1", NULL);
    const json_t *election = json_object_get(view, "election");
    const json_t *tracker = json_array_get(json_object_get(view, "trackers"), 0);
    json_t *expected =
        json_loads("{\"event\":\"fails\",\"priority\":150,\"fault\":false,\"winner\":"
                   "{\"address\":\"10.0.0.6\",\"priority\":155,\"self\":false}}",
                   0, NULL);

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(view, "version")), 1);
    assert_string_equal(json_string_value(json_object_get(view, "kind")), "instance");
    assert_true(json_is_true(json_object_get(json_object_get(election, "winner"), "self")));
    assert_true(json_equal(json_object_get(tracker, "then"), expected));
    json_decref(expected);
    json_decref(view);
    json_decref(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_master_says_what_each_tracker_adds_and_who_would_win_without_it),
        cmocka_unit_test(test_backup_that_does_not_preempt_says_so),
        cmocka_unit_test(
            test_a_better_backup_waits_for_its_group_and_says_what_it_means_if_that_lasts),
        cmocka_unit_test(test_what_an_operator_adds_is_told_with_its_end),
        cmocka_unit_test(test_fault_says_what_ends_it),
        cmocka_unit_test(test_server_says_what_its_checks_find_and_what_they_need),
        cmocka_unit_test(test_service_says_what_its_quorum_needs),
        cmocka_unit_test(test_a_paused_check_says_who_wants_it),
        cmocka_unit_test(test_a_service_says_what_was_done_to_it_by_hand),
        cmocka_unit_test(test_what_changes_nothing_is_not_told_as_a_change),
        cmocka_unit_test(test_unknown_names_are_told_with_those_that_there_are),
        cmocka_unit_test(test_explanation_has_a_version_and_what_was_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
