/* SPDX-License-Identifier: Apache-2.0
 *
 * The text views against golden texts: tests/unit/golden/NAME.json must read as NAME.txt.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/look.h"
#include "control/render.h"
#include "control/table.h"

#include <stdlib.h>

/* 2026-11-23T08:05:00Z: when the golden texts were looked at. */
#define NOW (INT64_C(1795421100) * CLOCK_SECOND)

static FILE *golden_open(const char *name, const char *kind)
{
    const char *srcdir = getenv("srcdir");
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/unit/golden/%s%s", srcdir ? srcdir : "..", name,
                   kind);
    file = fopen(path, "re");
    assert_fact(file != NULL, "%s cannot be read", path);
    return file;
}

static json_t *golden_json(const char *name)
{
    FILE *file = golden_open(name, ".json");
    json_error_t error;
    json_t *value = json_loadf(file, 0, &error);

    assert_fact(value != NULL, "%s.json:%d: %s", name, error.line, error.text);
    (void)fclose(file);
    return value;
}

static void golden_text(const char *name, struct text_buffer *text)
{
    FILE *file = golden_open(name, ".txt");
    char part[4096];
    size_t got;

    while ((got = fread(part, 1, sizeof(part), file)) > 0) {
        text_append_n(text, part, got);
    }
    (void)fclose(file);
}

/* Characters of the longest line. */
static size_t widest_line(const char *text)
{
    size_t widest = 0;

    while (*text) {
        size_t length = strcspn(text, "\n");

        widest = length > widest ? length : widest;
        text += length + (text[length] == '\n');
    }
    return widest;
}

typedef void render_function(const json_t *view, const struct render_options *options,
                             struct text_buffer *out);

static void expect_rendered(const char *json_name, const char *text_name, render_function *render,
                            bool colour)
{
    const struct render_options options = {.colour = colour, .now_wall = NOW};
    json_t *view = golden_json(json_name);
    struct text_buffer expected = {0};
    struct text_buffer text = {0};

    render(view, &options, &text);
    golden_text(text_name, &expected);
    assert_fact(expected.data && strcmp(text.data, expected.data) == 0, "%s reads:\n%s", json_name,
                text.data);
    assert_fact(colour || widest_line(text.data) <= 100, "%s is %zu wide", json_name,
                widest_line(text.data));
    text_release(&text);
    text_release(&expected);
    json_decref(view);
}

/* A view of `holdfastctl`'s other commands. */
static void expect_view(const char *name, render_function *render)
{
    expect_rendered(name, name, render, false);
}

static void expect_golden(const char *json_name, const char *text_name, bool colour)
{
    expect_rendered(json_name, text_name, render_status, colour);
}

static void test_a_pair_where_all_is_well(void **state)
{
    (void)state;
    expect_golden("status-well", "status-well", false);
}

static void test_everything_that_can_be_wrong_says_why(void **state)
{
    (void)state;
    expect_golden("status-trouble", "status-trouble", false);
}

static void test_bfd_sessions_say_what_is_agreed_on_and_why_they_are_down(void **state)
{
    (void)state;
    expect_golden("status-bfd", "status-bfd", false);
}

static void test_services_say_what_the_kernel_has_and_why_it_is_not_as_configured(void **state)
{
    (void)state;
    expect_view("services", render_services);
}

static void test_connections_are_listed_and_their_states_counted(void **state)
{
    (void)state;
    expect_view("connections", render_connection_list);
}

static void test_states_have_colours_on_a_terminal(void **state)
{
    (void)state;
    expect_golden("status-trouble", "status-trouble-colour", true);
}

static void test_a_status_fits_100_columns(void **state)
{
    static const char *const names[] = {"status-well", "status-trouble", "status-bfd"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        const struct render_options options = {.now_wall = NOW};
        json_t *status = golden_json(names[i]);
        struct text_buffer text = {0};

        render_status(status, &options, &text);
        assert_fact(widest_line(text.data) <= 100, "%s is %zu wide", names[i],
                    widest_line(text.data));
        text_release(&text);
        json_decref(status);
    }
}

/* Any part of the document may be missing or of another type: it is shown as far as it goes. */
static void expect_survival(json_t *status)
{
    const struct render_options options = {.colour = true, .now_wall = NOW};
    struct text_buffer text = {0};

    render_status(status, &options, &text);
    assert_true(text.length > 0);
    text_release(&text);
}

/* Replaces each member below `value`, one after the other, and shows the whole each time. */
static void spoil(json_t *status, json_t *value, int depth)
{
    static const char *const members[] = {
        "daemon",  "instances",   "addresses",   "faults", "master",  "services",
        "servers", "bfd",         "sessions",    "agreed", "remote",  "complaint",
        "checks",  "last_result", "connections", "ipvs",   "foreign", "reload",
        "last",    "loop",        "lag",         "since",  "name",    "diagnostics"};

    if (json_is_array(value)) {
        value = json_array_get(value, 0);
    }
    for (size_t i = 0; depth < 6 && i < UNIT_COUNT(members); i++) {
        json_t *member = json_incref(json_object_get(value, members[i]));

        if (member) {
            json_object_set_new(value, members[i], json_integer(7));
            expect_survival(status);
            json_object_set_new(value, members[i], json_string("x"));
            expect_survival(status);
            json_object_del(value, members[i]);
            expect_survival(status);
            json_object_set(value, members[i], member);
            spoil(status, member, depth + 1);
            json_decref(member);
        }
    }
}

static void test_a_link_that_is_not_what_it_counts_as_is_told(void **state)
{
    json_t *status = json_pack("{s:{s:[{s:s, s:b, s:b, s:f}, {s:s, s:b, s:b, s:n}]}}", "network",
                               "links", "interface", "eth0", "up", 1, "seen_up", 0, "changes_in_ms",
                               1250.0, "interface", "eth1", "up", 1, "seen_up", 1, "changes_in_ms");
    const struct render_options options = {.now_wall = NOW};
    struct text_buffer text = {0};

    (void)state;
    assert_non_null(status);
    render_status(status, &options, &text);
    assert_non_null(strstr(text.data, "eth0 is down, and counts as up for another 1.25 s\n"));
    assert_null(strstr(text.data, "eth1"));
    text_release(&text);
    json_decref(status);
}

static void test_a_document_with_gaps_is_shown_as_far_as_it_goes(void **state)
{
    json_t *status = golden_json("status-trouble");
    json_t *empty = json_object();
    const struct render_options options = {.now_wall = NOW};
    struct text_buffer text = {0};

    (void)state;
    spoil(status, status, 0);
    render_status(empty, &options, &text);
    assert_non_null(strstr(text.data, "nothing is known\n"));
    assert_null(strstr(text.data, "all well"));
    text_release(&text);
    json_decref(status);
    json_decref(empty);
}

static void expect_lines(const char *json, void (*render)(const json_t *, struct text_buffer *),
                         const char *const *lines)
{
    struct text_buffer text = {0};
    json_error_t error;
    json_t *value = json_loads(json, 0, &error);

    assert_fact(value != NULL, "%d: %s", error.column, error.text);
    render(value, &text);
    for (; *lines; lines++) {
        assert_fact(strstr(text.data, *lines) != NULL, "\"%s\" is not in:\n%s", *lines, text.data);
    }
    text_release(&text);
    json_decref(value);
}

static void show_status(const json_t *value, struct text_buffer *text)
{
    const struct render_options options = {.now_wall = NOW};

    render_status(value, &options, text);
}

static void show_checks(const json_t *value, struct text_buffer *text)
{
    const struct render_options options = {.now_wall = NOW};

    json_t *view = look_checks(value, false);

    render_checks(view, &options, text);
    json_decref(view);
}

static void show_checked(const json_t *value, struct text_buffer *text)
{
    const struct render_options options = {.now_wall = NOW};

    render_checked(value, &options, text);
}

static void test_what_operators_ask_and_what_fails_open_is_told(void **state)
{
    static const char json[] =
        "{\"services\":[{\"name\":\"web\",\"quorum_met\":true,\"fail_open\":true,\"servers_up\":1,"
        "\"servers_ready\":4,\"servers_needed\":2,\"suspended\":true,\"servers\":[{\"name\":\"a\","
        "\"state\":\"up\",\"admin\":\"drain\",\"weight\":0,\"weight_configured\":5,"
        "\"slow_start_left_ms\":2500,"
        "\"operator\":{\"by\":\"uid 7\",\"since\":\"2026-11-23T08:04:00Z\",\"until\":null,"
        "\"weight\":9}}]}],\"checks\":{\"local_errors\":{\"checks\":2,\"kind\":\"TCP_CHECK\","
        "\"since\":\"2026-11-23T08:04:57Z\",\"text\":\"too many open files\"}}}";
    static const char *const lines[] = {
        "1 service fails open",
        "FAILS OPEN: 1 of 4 servers up, min_healthy wants 2: all are used",
        "checks pause: its address is not on this host (ha_suspend)",
        "drain, weight 9: asked for 60.0 s ago by uid 7, until it is undone",
        "slow start: all of its weight in 2.50 s",
        "2 checks cannot be made here since 3.00 s: TCP_CHECK: too many open files",
        NULL};

    (void)state;
    expect_lines(json, show_status, lines);
}

static void test_what_operators_ask_of_all_else_is_told_and_no_trouble_is_forgotten(void **state)
{
    static const char json[] =
        "{\"daemon\":{},\"services\":[{\"name\":\"web\",\"quorum_met\":false,\"servers\":[]}],"
        "\"overrides\":[{\"kind\":\"server-del\",\"object\":\"web\",\"part\":\"10.0.0.7:80\",\"text\":"
        "\"server removed\",\"by\":\"root\",\"since\":\"2026-11-23T08:04:00Z\",\"until\":null,"
        "\"effect\":true},{\"kind\":\"check-pause\",\"object\":\"web\",\"part\":null,\"text\":"
        "\"checks paused\",\"by\":\"bob\",\"since\":\"2026-11-23T08:04:00Z\",\"until\":"
        "\"2026-11-23T09:00:00Z\",\"effect\":true},{\"kind\":\"node-drain\",\"object\":null,\"part\":"
        "null,\"text\":\"drained\",\"by\":\"bob\",\"since\":\"2026-11-23T08:04:00Z\",\"until\":null,"
        "\"effect\":true},{\"kind\":\"demote\",\"object\":\"VI_1\",\"part\":null,\"text\":\"demoted\","
        "\"by\":\"bob\",\"since\":\"2026-11-23T08:04:00Z\",\"until\":null,\"effect\":true}]}";
    static const char *const lines[] = {
        "1 service without quorum, 1 pause of checks by hand, this director is drained by hand",
        "by hand: web 10.0.0.7:80 server removed: asked for 60.0 s ago by root, until it is undone",
        "by hand: web checks paused: asked for 60.0 s ago by bob, until 2026-11-23T09:00:00Z",
        "by hand: this director drained: asked for 60.0 s ago by bob, until it is undone",
        "of 0 servers there is none",
        NULL};

    (void)state;
    expect_lines(json, show_status, lines);
}

static void test_what_operators_ask_of_an_instance_is_told(void **state)
{
    static const char json[] =
        "{\"instances\":[{\"name\":\"A\",\"state\":\"BACKUP\",\"priority_base\":100,"
        "\"priority_effective\":1,\"operator\":{\"by\":\"root (uid 0)\",\"demoted\":true,"
        "\"drained\":false,\"priority\":0,\"since\":\"2026-11-23T08:04:00Z\",\"until\":null}},"
        "{\"name\":\"B\",\"state\":\"BACKUP\",\"operator\":{\"by\":\"bob\",\"demoted\":false,"
        "\"drained\":true,\"priority\":-20,\"since\":\"2026-11-23T08:04:00Z\","
        "\"until\":\"2026-11-23T09:00:00Z\"}},"
        "{\"name\":\"C\",\"state\":\"BACKUP\",\"operator\":null}]}";
    static const char *const lines[] = {
        "    by hand, demoted: asked for 60.0 s ago by root (uid 0), until it is undone\n",
        "    by hand, drained with the node, priority -20: asked for 60.0 s ago by bob, until\n"
        "      2026-11-23T09:00:00Z\n",
        NULL};

    (void)state;
    expect_lines(json, show_status, lines);
}

static void test_a_peer_was_heard_within_the_reach_of_clocks(void **state)
{
    (void)state;
    expect_lines(
        "{\"instances\":[{\"name\":\"A\",\"peers\":[{\"address\":\"10.0.0.6\",\"priority\":1,"
        "\"heard_ms_ago\":3.0e22},{\"address\":\"10.0.0.7\",\"priority\":1,"
        "\"heard_ms_ago\":0.5}]}]}",
        show_status,
        (const char *const[]){"peer 10.0.0.6: heard 106751 d 23 h ago",
                              "peer 10.0.0.7: heard 500 us ago", NULL});
}

static void test_checks_have_their_last_results(void **state)
{
    static const char json[] =
        "{\"services\":[{\"name\":\"web\",\"servers\":[{\"name\":\"a\",\"checks\":[{"
        "\"kind\":\"TCP_CHECK\",\"target\":\"a:1\",\"state\":\"up\",\"last_result\":{"
        "\"class\":\"ok\",\"text\":\"connected\",\"at\":\"2026-11-23T08:04:59Z\",\"duration_ms\":1.5},"
        "\"last_failure\":{\"class\":\"reset\",\"text\":\"reset by peer\","
        "\"at\":\"2026-11-23T08:04:00Z\"},\"recent\":[\"ok\",\"timeout\",\"refused\","
        "\"unreachable\",\"reset\",\"tls\",\"protocol\",\"answer\",\"local\",\"new\"]}]}]}]}";
    static const char *const lines[] = {
        "web\n", "  a       TCP_CHECK  a:1     up     1.00 s  1.50 ms  .TRUXSPAL?\n",
        "last failure 60.0 s ago: reset: reset by peer", NULL};

    (void)state;
    expect_lines(json, show_checks, lines);
}

static void test_results_on_request_are_a_table(void **state)
{
    static const char json[] =
        "{\"checks\":[{\"server\":\"a\",\"kind\":\"TCP_CHECK\",\"target\":\"a:1\",\"state\":\"up\","
        "\"result\":{\"class\":\"ok\",\"text\":\"connected\",\"duration_ms\":1.5}},"
        "{\"server\":\"b\",\"kind\":\"MISC_CHECK\",\"target\":\"b:1\",\"state\":\"up\",\"result\":null}]}";
    static const char *const lines[] = {"ok: connected\n", "no result in time\n", NULL};

    (void)state;
    expect_lines(json, show_checked, lines);
    expect_lines(
        "{\"service\":\"web\",\"server\":\"a\",\"admin\":\"maint\",\"weight\":0,"
        "\"operator\":{\"until\":\"2026-11-23T09:00:00.000Z\"}}",
        render_order,
        (const char *const[]){"web a: maint, weight 0, until 2026-11-23T09:00:00.000Z\n", NULL});
}

static void test_a_reload_that_went_well_is_one_line(void **state)
{
    json_t *result = json_pack("{s:s, s:f, s:s, s:[]}", "result", "ok", "duration_ms", 35.2,
                               "message", "1 instance", "diagnostics");
    struct text_buffer out = {0};
    struct text_buffer problems = {0};

    (void)state;
    render_reload(result, &out, &problems);
    assert_string_equal(out.data, "reload done in 35.2 ms: 1 instance\n");
    assert_null(problems.data);
    text_release(&out);
    json_decref(result);
}

static void test_a_refused_reload_tells_each_problem(void **state)
{
    json_t *result =
        json_pack("{s:s, s:f, s:s, s:[{s:s, s:s, s:i, s:i, s:s}, {s:s, s:s}]}", "result", "failed",
                  "duration_ms", 3.5, "message", "nothing was changed", "diagnostics", "severity",
                  "error", "file", "a.conf", "line", 12, "column", 5, "message", "no such keyword",
                  "severity", "warning", "message", "odd");
    struct text_buffer out = {0};
    struct text_buffer problems = {0};

    (void)state;
    render_reload(result, &out, &problems);
    assert_null(out.data);
    assert_string_equal(problems.data, "a.conf:12:5: error: no such keyword\nwarning: odd\n"
                                       "reload refused in 3.50 ms: nothing was changed\n");
    text_release(&problems);
    json_decref(result);
}

static void test_the_version_names_the_protocol(void **state)
{
    json_t *result = json_pack("{s:s, s:i}", "version", "0.1.0", "protocol", 1);
    struct text_buffer out = {0};

    (void)state;
    render_version(result, &out);
    assert_string_equal(out.data, "holdfastd 0.1.0, protocol 1\n");
    text_release(&out);
    json_decref(result);
}

/* ---- Tables ------------------------------------------------------------------------------------ */

static void test_columns_are_as_wide_as_what_is_in_them(void **state)
{
    static const struct table_column columns[] = {{"NAME", false}, {"N", true}, {"LAST", false}};
    struct table *table = table_new(columns, UNIT_COUNT(columns), 2);
    struct text_buffer out = {0};

    (void)state;
    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", "caf\xc3\xa9s");
    table_cell(table, TABLE_PLAIN, "%d", 7);
    table_cell(table, TABLE_PLAIN, "x");
    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", "\033[2Ja\n");
    table_cell(table, TABLE_PLAIN, "%d", 1234);
    table_note(table, TABLE_PLAIN, "why");
    table_row(table);
    table_cell(table, TABLE_PLAIN, "alone and as wide as it likes");
    assert_int_equal(table_rows(table), 3);
    table_write(table, false, 0, &out);
    assert_string_equal(out.data, "  NAME       N  LAST\n"
                                  "  caf\xc3\xa9s      7  x\n"
                                  "  ?[2Ja?  1234\n"
                                  "      why\n"
                                  "  alone and as wide as it likes\n");
    text_release(&out);
    table_free(table);
}

static void test_a_table_fits_the_terminal(void **state)
{
    static const struct table_column columns[] = {
        {"NAME", false}, {"SPARE", true}, {"LAST", false}};
    static const struct {
        unsigned width;
        const char *text;
    } rows[] = {
        {0, "NAME                  SPARE  LAST\n"
            "a name of its length      7  and what is last\n    a note of more words than that\n"},
        {44, "NAME                 SPARE  LAST\n"
             "a name of its leng…      7  and what is last\n    a note of more words than that\n"},
        {38, "NAME                  LAST\n"
             "a name of its length  and what is last\n    a note of more words than that\n"},
        {30, "NAME            LAST\n"
             "a name of its…  and what is l…\n    a note of more words than\n      that\n"},
        {1, "NAME       LAST\n"
            "a name o…  and what…\n    a note of more\n      words than\n      that\n"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct table *table = table_new(columns, UNIT_COUNT(columns), 0);
        struct text_buffer out = {0};

        if (rows[i].width != 44) {
            table_spare(table, 1);
        }
        table_row(table);
        table_cell(table, TABLE_PLAIN, "a name of its length");
        table_cell(table, TABLE_PLAIN, "7");
        table_cell(table, TABLE_PLAIN, "and what is last");
        table_note(table, TABLE_PLAIN, "a note of more words than that");
        table_write(table, false, rows[i].width, &out);
        assert_fact(strcmp(out.data, rows[i].text) == 0, "in %u columns:\n%s", rows[i].width,
                    out.data);
        text_release(&out);
        table_free(table);
    }
}

static void test_a_status_fits_a_narrow_terminal(void **state)
{
    static const unsigned widths[] = {80, 60, 50};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(widths); i++) {
        const struct render_options options = {.now_wall = NOW, .width = widths[i]};
        json_t *status = golden_json("status-well");
        struct text_buffer text = {0};

        render_status(status, &options, &text);
        for (const char *at = text.data; *at; at += strcspn(at, "\n") + 1) {
            size_t width = 0;

            for (size_t k = 0; at[k] && at[k] != '\n'; k++) {
                width += ((unsigned char)at[k] & 0xc0U) != 0x80;
            }
            assert_fact(width <= widths[i], "%zu of %u columns: %.*s", width, widths[i],
                        (int)strcspn(at, "\n"), at);
        }
        text_release(&text);
        json_decref(status);
    }
}

static void show_events(const json_t *value, struct text_buffer *text)
{
    const struct render_options options = {.now_wall = NOW};

    render_events(value, &options, text);
}

static void test_events_are_a_line_each(void **state)
{
    (void)state;
    expect_lines(
        "{\"first\":5,\"last\":6,\"lost\":3,\"events\":[{\"seq\":5,"
        "\"at\":\"2026-11-23T08:00:00.000Z\",\"kind\":\"server\",\"object\":\"10.0.0.1:80/tcp\","
        "\"server\":\"10.0.0.2:80\",\"from\":null,\"to\":\"down\",\"reason\":\"refused\",\"by\":null},"
        "{\"seq\":6,\"at\":\"2026-11-23T08:00:01.000Z\",\"kind\":\"operator\",\"object\":\"VI_1\","
        "\"to\":\"reload\",\"from\":null,\"by\":\"root\"},{\"seq\":7,"
        "\"at\":\"2026-11-23T08:00:02.000Z\",\"kind\":\"instance\",\"object\":\"VI_1\","
        "\"from\":\"BACKUP\",\"to\":\"MASTER\",\"reason\":\"no advert\"}]}",
        show_events,
        (const char *const[]){
            "3 events were missed: they are not kept any more\n",
            "2026-11-23 08:00:00.000Z  5  server  10.0.0.1:80/tcp 10.0.0.2:80: down: refused\n",
            "2026-11-23 08:00:01.000Z  6  operator  VI_1: reload, by root\n",
            "2026-11-23 08:00:02.000Z  7  instance  VI_1: BACKUP -> MASTER: no advert\n", NULL});
    expect_lines("{\"events\":[]}", show_events,
                 (const char *const[]){"nothing has happened\n", NULL});
}

static void show_loop(const json_t *value, struct text_buffer *text)
{
    const struct render_options options = {.now_wall = NOW};
    json_t *view = look_loop(value);

    render_loop_view(view, &options, text);
    json_decref(view);
}

static void test_loop_is_shown_as_histograms(void **state)
{
    (void)state;
    expect_lines(
        "{\"loop\":{\"late_wakeups\":2,\"lag\":{\"count\":5,\"p50_us\":64,\"p99_us\":128,"
        "\"max_us\":100,\"buckets\":[{\"up_to_us\":64,\"count\":4},"
        "{\"up_to_us\":null,\"count\":1}]}}}",
        show_loop,
        (const char *const[]){"all timers: 5 timers, half of them late by up to 64 us\n",
                              "  64 us       4  ########################################\n",
                              "   more       1  ##########\n",
                              "2 times so late that another router may have taken over\n", NULL});
}

static void show_vrrp(const json_t *value, struct text_buffer *text)
{
    const struct render_options options = {.now_wall = NOW};
    json_t *view = look_vrrp(value, "G1", NULL);

    render_vrrp(view, &options, text);
    json_decref(view);
}

static void test_vrrp_of_a_group_is_shown_with_its_counters(void **state)
{
    struct text_buffer problem = {0};
    json_t *status = golden_json("status-trouble");

    expect_lines("{\"instances\":[{\"name\":\"A\",\"state\":\"MASTER\",\"sync_group\":\"G1\","
                 "\"counters\":{\"adverts_sent\":7,\"dropped\":{\"other_ttl\":2,\"ignored\":1}}},"
                 "{\"name\":\"B\",\"state\":\"BACKUP\",\"sync_group\":null}],"
                 "\"sync_groups\":[{\"name\":\"G1\",\"state\":\"MASTER\",\"members\":[\"A\"]}]}",
                 show_vrrp,
                 (const char *const[]){"A         MASTER  -", "G1          MASTER  A\n",
                                       "A            7         -            -    -     -          -"
                                       "        3\n",
                                       NULL});
    (void)state;
    assert_null(look_vrrp(status, "none", &problem));
    assert_string_equal(problem.data, "there is no instance and no sync group \"none\"; instances: "
                                      "VI_1, VI_2, VI_6, VI_7");
    text_release(&problem);
    json_decref(status);
}

static void show_all_vrrp(const json_t *value, struct text_buffer *text)
{
    const struct render_options options = {.now_wall = NOW};
    json_t *view = look_vrrp(value, NULL, NULL);

    render_vrrp(view, &options, text);
    json_decref(view);
}

static void test_a_tracked_script_says_how_it_ended(void **state)
{
    (void)state;
    expect_lines(
        "{\"instances\":[{\"name\":\"A\"}],\"scripts\":[{\"name\":\"chk\",\"status\":\"bad\","
        "\"last_result\":\"exit status 1\",\"duration_ms\":3},{\"name\":\"new\","
        "\"status\":\"unknown\",\"last_result\":null,\"duration_ms\":0}]}",
        show_all_vrrp,
        (const char *const[]){"script   chk   bad      exit status 1, took 3.00 ms\n",
                              "script   new   unknown  no run yet", NULL});
}

static void test_failing_checks_alone_are_shown(void **state)
{
    json_t *status = golden_json("status-trouble");
    json_t *all = look_checks(status, false);
    json_t *failing = look_checks(status, true);
    json_t *check;
    size_t i;

    (void)state;
    assert_true(json_array_size(json_object_get(failing, "checks")) > 0);
    assert_true(json_array_size(json_object_get(failing, "checks")) <
                json_array_size(json_object_get(all, "checks")));
    json_array_foreach(json_object_get(failing, "checks"), i, check) {
        assert_string_not_equal(
            json_string_value(json_object_get(json_object_get(check, "last_result"), "class")),
            "ok");
        assert_non_null(json_string_value(json_object_get(check, "service")));
    }
    json_decref(all);
    json_decref(failing);
    json_decref(status);
}

static void test_long_lines_are_wrapped_between_words(void **state)
{
    struct text_buffer out = {0};
    char word[200];

    (void)state;
    memset(word, 'w', sizeof(word));
    word[150] = '\0';
    table_write_line(&out, 4, TABLE_PLAIN, false, 0, "%.60s %.30s %.20s %s end", word, word, word,
                     word);
    assert_int_equal(strncmp(out.data, "    wwww", 8), 0);
    assert_int_equal(strcspn(out.data, "\n"), 4 + 60 + 1 + 30);
    assert_non_null(strstr(out.data, "\n      wwwwwwwwwwwwwwwwwwww\n      wwwww"));
    assert_non_null(strstr(out.data, "w\n      end\n"));
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pair_where_all_is_well),
        cmocka_unit_test(test_everything_that_can_be_wrong_says_why),
        cmocka_unit_test(test_bfd_sessions_say_what_is_agreed_on_and_why_they_are_down),
        cmocka_unit_test(test_services_say_what_the_kernel_has_and_why_it_is_not_as_configured),
        cmocka_unit_test(test_connections_are_listed_and_their_states_counted),
        cmocka_unit_test(test_states_have_colours_on_a_terminal),
        cmocka_unit_test(test_a_status_fits_100_columns),
        cmocka_unit_test(test_a_table_fits_the_terminal),
        cmocka_unit_test(test_a_status_fits_a_narrow_terminal),
        cmocka_unit_test(test_events_are_a_line_each),
        cmocka_unit_test(test_loop_is_shown_as_histograms),
        cmocka_unit_test(test_vrrp_of_a_group_is_shown_with_its_counters),
        cmocka_unit_test(test_a_tracked_script_says_how_it_ended),
        cmocka_unit_test(test_failing_checks_alone_are_shown),
        cmocka_unit_test(test_a_link_that_is_not_what_it_counts_as_is_told),
        cmocka_unit_test(test_a_document_with_gaps_is_shown_as_far_as_it_goes),
        cmocka_unit_test(test_what_operators_ask_and_what_fails_open_is_told),
        cmocka_unit_test(test_what_operators_ask_of_all_else_is_told_and_no_trouble_is_forgotten),
        cmocka_unit_test(test_what_operators_ask_of_an_instance_is_told),
        cmocka_unit_test(test_a_peer_was_heard_within_the_reach_of_clocks),
        cmocka_unit_test(test_checks_have_their_last_results),
        cmocka_unit_test(test_results_on_request_are_a_table),
        cmocka_unit_test(test_a_reload_that_went_well_is_one_line),
        cmocka_unit_test(test_a_refused_reload_tells_each_problem),
        cmocka_unit_test(test_the_version_names_the_protocol),
        cmocka_unit_test(test_columns_are_as_wide_as_what_is_in_them),
        cmocka_unit_test(test_long_lines_are_wrapped_between_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
