/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics against exact texts: what a part of the document is in both formats.
 */
#include "unit.h"

#include "base/text.h"
#include "control/metrics.h"

#include <stdlib.h>

static json_t *json_of_quoted(const char *text)
{
    json_error_t error;
    char *copy = strdup(text);
    json_t *value;

    for (char *at = copy; (at = strchr(at, '\'')); at++) {
        *at = '"';
    }
    value = json_loads(copy, JSON_DECODE_ANY, &error);
    assert_fact(value != NULL, "%s: %s", error.text, copy);
    free(copy);
    return value;
}

/* What is always there. */
#define LEFT_OUT(services, servers)                                                                \
    "# TYPE holdfast_metrics_left_out gauge\n"                                                     \
    "# HELP holdfast_metrics_left_out Services and servers without series of their own: "          \
    "metrics_limit.\n"                                                                             \
    "holdfast_metrics_left_out{what=\"services\"} " services "\n"                                  \
    "holdfast_metrics_left_out{what=\"servers\"} " servers "\n"

static char *written(const char *status, struct metrics_options options)
{
    json_t *document = json_of_quoted(status);
    struct text_buffer text = {0};

    metrics_write(document, &options, &text);
    json_decref(document);
    assert_non_null(text.data);
    return text.data;
}

static const struct metrics_options open_options = {METRICS_OPEN, METRICS_DEPTH_SERVER, false, 100};
static const struct metrics_options text_options = {METRICS_TEXT, METRICS_DEPTH_SERVER, false, 100};

static void expect_exactly(const char *status, struct metrics_options options, const char *expected)
{
    char *text = written(status, options);

    assert_fact(strcmp(text, expected) == 0, "%s is:\n%s\nand not:\n%s", status, text, expected);
    free(text);
}

/* Lines, each of which is wholly there ('!': is not); "" ends them. */
static void expect_lines(const char *status, struct metrics_options options,
                         const char *const lines[])
{
    char *text = written(status, options);

    for (size_t i = 0; lines[i]; i++) {
        bool absent = *lines[i] == '!';
        char line[512];
        bool found;

        (void)snprintf(line, sizeof(line), "\n%s\n", lines[i] + absent);
        found = strstr(text, line) != NULL || strncmp(text, line + 1, strlen(line) - 1) == 0;
        assert_fact(found != absent, "\"%s\" is %s there:\n%s", lines[i] + absent,
                    found ? "" : "not", text);
    }
    free(text);
}

static void test_each_format_has_its_heads(void **state)
{
    static const char document[] =
        "{'daemon':{'version':'1.2','config_file':'/etc/x.conf','config_id':null,'namespace':null,"
        "'instance':'a'},'process':{'cpu_user_s':1.25,'resident_bytes':4096}}";

    (void)state;
    expect_exactly(
        document, open_options,
        "# TYPE holdfast_build info\n"
        "# HELP holdfast_build Version of holdfastd.\n"
        "holdfast_build_info{version=\"1.2\"} 1\n"
        "# TYPE holdfast_daemon info\n"
        "# HELP holdfast_daemon What the daemon was started with.\n"
        "holdfast_daemon_info{config_file=\"/etc/x.conf\",config_id=\"\",namespace=\"\","
        "daemon_instance=\"a\"} 1\n" LEFT_OUT(
            "0", "0") "# TYPE holdfast_process_cpu_seconds counter\n"
                      "# UNIT holdfast_process_cpu_seconds seconds\n"
                      "# HELP holdfast_process_cpu_seconds Time on processors, of all threads.\n"
                      "holdfast_process_cpu_seconds_total{mode=\"user\"} 1.25\n"
                      "# TYPE holdfast_process_resident_bytes gauge\n"
                      "# UNIT holdfast_process_resident_bytes bytes\n"
                      "# HELP holdfast_process_resident_bytes Memory in use.\n"
                      "holdfast_process_resident_bytes 4096\n"
                      "# EOF\n");
    expect_exactly(
        document, text_options,
        "# TYPE holdfast_build_info gauge\n"
        "# HELP holdfast_build_info Version of holdfastd.\n"
        "holdfast_build_info{version=\"1.2\"} 1\n"
        "# TYPE holdfast_daemon_info gauge\n"
        "# HELP holdfast_daemon_info What the daemon was started with.\n"
        "holdfast_daemon_info{config_file=\"/etc/x.conf\",config_id=\"\",namespace=\"\","
        "daemon_instance=\"a\"} 1\n" LEFT_OUT(
            "0",
            "0") "# TYPE holdfast_process_cpu_seconds_total counter\n"
                 "# HELP holdfast_process_cpu_seconds_total Time on processors, of all threads.\n"
                 "holdfast_process_cpu_seconds_total{mode=\"user\"} 1.25\n"
                 "# TYPE holdfast_process_resident_bytes gauge\n"
                 "# HELP holdfast_process_resident_bytes Memory in use.\n"
                 "holdfast_process_resident_bytes 4096\n");
}

static void test_what_the_document_lacks_is_left_out(void **state)
{
    static const char *const documents[] = {
        "{}",
        "[]",
        "7",
        "{'instances':7,'services':{},'loop':[],'ipvs':null,'checks':'x','reload':{'last':3}}",
        "{'instances':[null,3,'x',[]],'bfd':{'sessions':{}}}",
        "{'network':{'addresses_added':'many','addresses_removed':-3,'address_errors':null}}",
        "{'loop':{'lag':{'count':3,'buckets':[{'up_to_us':1,'count':3}]}}}",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(documents); i++) {
        json_t *document = json_of_quoted(documents[i]);
        struct metrics_options options = metrics_options_of(document, METRICS_OPEN);
        struct text_buffer text = {0};

        metrics_write(document, &options, &text);
        /* Heads of what is counted over an empty list alone. */
        assert_fact(strstr(text.data, "# EOF\n") != NULL, "%s", text.data);
        assert_fact(i != 0 || strcmp(text.data, LEFT_OUT("0", "0") "# EOF\n") == 0, "%s:\n%s",
                    documents[i], text.data);
        assert_fact(!strstr(text.data, "addresses") && !strstr(text.data, "lag"), "%s:\n%s",
                    documents[i], text.data);
        text_release(&text);
        json_decref(document);
    }
}

static void test_values_are_told_in_base_units(void **state)
{
    static const struct {
        const char *document;
        const char *lines[4];
    } rows[] = {
        {"{'instances':[{'name':'VI_1','interface':'eth0','vrid':51,'family':'ipv4',"
         "'state':'MASTER','since':'2026-11-23T06:00:00.250Z','priority_base':150,"
         "'master':{'heard_ms_ago':31.5},'faults':['a','b'],'handing_over':false}]}",
         {"holdfast_vrrp_state{name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv4\"} 2",
          "holdfast_vrrp_state_change_timestamp_seconds{name=\"VI_1\",interface=\"eth0\","
          "vrid=\"51\",family=\"ipv4\"} 1795413600.25",
          "holdfast_vrrp_master_advert_age_seconds{name=\"VI_1\",interface=\"eth0\",vrid=\"51\","
          "family=\"ipv4\"} 0.0315",
          "holdfast_vrrp_faults{name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv4\"} 2"}},
        {"{'loop':{'lag':{'max_us':1500000}},'reload':{'refused':true,'last':{'duration_ms':12}}}",
         {"holdfast_loop_lag_most_seconds 1.5", "holdfast_reload_failed 1",
          "holdfast_reload_duration_seconds 0.012"}},
        {"{'instances':[{'state':'LOST','master':null,'since':'yesterday','priority_base':1.5}]}",
         {"!holdfast_vrrp_priority_base{name=\"\",interface=\"\",vrid=\"\",family=\"\"} 1",
          "holdfast_vrrp_instances{state=\"INIT\"} 0"}},
        {"{'loop':{'lag':{'max_us':9e300}},'process':{'cpu_user_s':-1}}",
         {"holdfast_loop_lag_most_seconds 2305843009212.999936",
          "!# TYPE holdfast_process_cpu_seconds counter"}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const char *lines[UNIT_COUNT(rows[i].lines) + 1] = {0};

        memcpy(lines, rows[i].lines, sizeof(rows[i].lines));
        expect_lines(rows[i].document, open_options, lines);
    }
}

static void test_labels_are_escaped(void **state)
{
    json_t *script =
        json_pack("{s:[{s:s, s:i}]}", "scripts", "name", "a\\b \"c\" \n\xc3\xa9", "runs", 3);
    struct text_buffer text = {0};

    (void)state;
    metrics_write(script, &open_options, &text);
    assert_non_null(strstr(
        text.data, "\nholdfast_script_runs_total{name=\"a\\\\b \\\"c\\\" \\n\xc3\xa9\"} 3\n"));
    text_release(&text);
    json_decref(script);
}

static const char excluded_state[] =
    "keepalived_vrrp_excluded_state{iname=\"V\",intf=\"e\",vrid=\"1\","
    "ip_address=\"2001:db8::1/64\"} 1";
#define INSTANCE "name=\"V\",interface=\"e\",vrid=\"1\",family=\"ipv4\""

static void test_adverts_and_transitions_are_told_by_what_became_of_them(void **state)
{
    static const char document[] =
        "{'instances':[{'name':'V','interface':'e','vrid':1,'family':'ipv4','counters':{"
        "'adverts_received':9,'malformed':{'ttl':2},'dropped':{'not_a_peer':1,'x':'y'},"
        "'hmac':{'ok':4,'wrong_hmac':5,'unsigned_admitted':6},'ah':{'ok':1,'missing':0},"
        "'transitions':[{'from':'INIT','to':'BACKUP','reason':'started','count':1}]}}]}";
    static const char *const lines[] = {
        "holdfast_vrrp_adverts_received_total{" INSTANCE ",outcome=\"admitted\"} 9",
        "holdfast_vrrp_adverts_received_total{" INSTANCE ",outcome=\"malformed_ttl\"} 2",
        "holdfast_vrrp_adverts_received_total{" INSTANCE ",outcome=\"not_a_peer\"} 1",
        "holdfast_vrrp_adverts_received_total{" INSTANCE ",outcome=\"hmac_wrong_hmac\"} 5",
        "holdfast_vrrp_adverts_received_total{" INSTANCE ",outcome=\"ah_missing\"} 0",
        "!holdfast_vrrp_adverts_received_total{" INSTANCE ",outcome=\"hmac_ok\"} 4",
        "!holdfast_vrrp_adverts_received_total{" INSTANCE ",outcome=\"hmac_unsigned_admitted\"} 6",
        "holdfast_vrrp_transitions_total{" INSTANCE
        ",from=\"INIT\",to=\"BACKUP\",reason=\"started\"} 1",
        NULL,
    };

    (void)state;
    expect_lines(document, open_options, lines);
}

static void test_a_histogram_adds_up(void **state)
{
    static const char document[] =
        "{'loop':{'lag':{'count':16,'sum_us':1500,'buckets':[{'up_to_us':2,'count':10},"
        "{'up_to_us':64,'count':5},{'up_to_us':null,'count':1}]}}}";
    static const char *const lines[] = {
        "# UNIT holdfast_loop_lag_seconds seconds",
        "holdfast_loop_lag_seconds_bucket{le=\"1e-06\"} 0",
        "holdfast_loop_lag_seconds_bucket{le=\"4e-06\"} 10",
        "holdfast_loop_lag_seconds_bucket{le=\"6.4e-05\"} 15",
        "holdfast_loop_lag_seconds_bucket{le=\"16.777216\"} 15",
        "holdfast_loop_lag_seconds_bucket{le=\"+Inf\"} 16",
        "holdfast_loop_lag_seconds_sum 0.0015",
        "holdfast_loop_lag_seconds_count 16",
        NULL,
    };

    (void)state;
    expect_lines(document, open_options, lines);
}

/* Two services, the second of two servers. */
static const char services[] =
    "{'services':[{'name':'a','quorum_met':true,'fail_open':false,'kernel':{},"
    "'counters':{'connections':7,'bytes_in':5,'bytes_out':6},'servers':["
    "{'name':'s1','state':'up','admin':'drain','operator':{},'weight':3,'kernel':{},"
    "'connections':{'active':2,'inactive':1},'counters':{'connections':4},"
    "'checks':[{'kind':'TCP_CHECK','state':'up','weight':0,'successes':8,'failures':1}]}]},"
    "{'name':'b','quorum_met':false,'kernel':null,'check_results':{'ok':3,'timeout':2},'servers':["
    "{'name':'s1','state':'down','operator':null,'checks':[]},"
    "{'name':'s2','state':'checking','checks':[{'kind':'MISC_CHECK','state':'checking'}]}]}]}";

static void test_services_servers_and_checks_have_their_own_series(void **state)
{
    static const char *const lines[] = {
        "holdfast_services{state=\"quorum\"} 1",
        "holdfast_services{state=\"no_quorum\"} 1",
        "holdfast_services{state=\"fail_open\"} 0",
        "holdfast_servers{state=\"up\"} 1",
        "holdfast_servers{state=\"checking\"} 1",
        "holdfast_service_quorum_met{service=\"a\"} 1",
        "holdfast_service_servers{service=\"b\",state=\"down\"} 1",
        "holdfast_service_in_kernel{service=\"b\"} 0",
        "holdfast_service_bytes_total{service=\"a\",direction=\"out\"} 6",
        "holdfast_service_current_connections{service=\"a\",state=\"active\"} 2",
        "!holdfast_service_current_connections{service=\"b\",state=\"active\"} 0",
        "holdfast_service_check_results_total{service=\"b\",class=\"timeout\"} 2",
        "holdfast_server_up{service=\"a\",server=\"s1\"} 1",
        "holdfast_server_up{service=\"b\",server=\"s2\"} 0",
        "holdfast_server_admin{service=\"a\",server=\"s1\"} 1",
        "holdfast_server_override{service=\"a\",server=\"s1\"} 1",
        "holdfast_server_override{service=\"b\",server=\"s1\"} 0",
        "holdfast_server_connections_total{service=\"a\",server=\"s1\"} 4",
        "holdfast_check_up{service=\"a\",server=\"s1\",check=\"1\",kind=\"TCP_CHECK\"} 1",
        "holdfast_check_failures_total{service=\"a\",server=\"s1\",check=\"1\",kind=\"TCP_CHECK\"} 1",
        "!holdfast_check_up{service=\"b\",server=\"s2\",check=\"1\",kind=\"MISC_CHECK\"} 0",
        "holdfast_metrics_left_out{what=\"servers\"} 0",
        NULL,
    };

    (void)state;
    expect_lines(services, open_options, lines);
}

static void test_depth_says_whose_kernel_counters_are_told(void **state)
{
    static const struct {
        enum metrics_depth depth;
        const char *lines[3];
    } rows[] = {
        {METRICS_DEPTH_OFF,
         {"!holdfast_service_connections_total{service=\"a\"} 7",
          "!holdfast_server_connections_total{service=\"a\",server=\"s1\"} 4"}},
        {METRICS_DEPTH_SERVICE,
         {"holdfast_service_connections_total{service=\"a\"} 7",
          "!holdfast_server_connections_total{service=\"a\",server=\"s1\"} 4"}},
        {METRICS_DEPTH_SERVER,
         {"holdfast_service_connections_total{service=\"a\"} 7",
          "holdfast_server_connections_total{service=\"a\",server=\"s1\"} 4"}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct metrics_options options = open_options;

        options.depth = rows[i].depth;
        expect_lines(services, options, rows[i].lines);
    }
}

static void test_above_the_limit_numbers_stand_for_series(void **state)
{
    static const struct {
        uint32_t limit;
        const char *lines[6];
    } rows[] = {
        {3,
         {"holdfast_metrics_left_out{what=\"servers\"} 0",
          "holdfast_server_up{service=\"a\",server=\"s1\"} 1"}},
        {2,
         {"holdfast_metrics_left_out{what=\"servers\"} 3",
          "holdfast_metrics_left_out{what=\"services\"} 0",
          "holdfast_service_servers{service=\"a\",state=\"up\"} 1",
          "!holdfast_server_up{service=\"a\",server=\"s1\"} 1",
          "!holdfast_check_up{service=\"a\",server=\"s1\",check=\"1\",kind=\"TCP_CHECK\"} 1"}},
        {1,
         {"holdfast_metrics_left_out{what=\"services\"} 2", "holdfast_servers{state=\"up\"} 1",
          "!holdfast_service_quorum_met{service=\"a\"} 1",
          "!holdfast_server_up{service=\"a\",server=\"s1\"} 1"}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct metrics_options options = open_options;

        options.limit = rows[i].limit;
        expect_lines(services, options, rows[i].lines);
    }
}

static void test_aliases_have_the_names_and_labels_of_the_exporters(void **state)
{
    static const char document[] =
        "{'instances':[{'name':'V','interface':'e','vrid':1,'state':'BACKUP',"
        "'announce_delay_ms':5000,'addresses':[{'address':'10.0.0.1/32','device':'e.2',"
        "'advertised':true},{'address':'2001:db8::1/64','device':'e','advertised':false}],"
        "'counters':{'adverts_received':9,'malformed':{'ttl':2},'dropped':{'other_ttl':1}}}],"
        "'scripts':[{'name':'x','status':'bad','running':true}],"
        "'services':[{'name':'a','address':'10.0.0.1','port':80,'protocol':'tcp',"
        "'counters':{'packets_in':7},'servers':[{'name':'s','address':'10.0.1.1','port':80,"
        "'counters':{'packets_in':3}}]},{'name':'b','address':null,'port':null,'protocol':'tcp',"
        "'servers':[{'name':'s','address':'10.0.1.1','port':80,'counters':{'packets_in':4}}]}]}";
    static const char *const lines[] = {
        "keepalived_up 1",
        "keepalived_vrrp_state{iname=\"V\",intf=\"e.2\",vrid=\"1\",ip_address=\"10.0.0.1\"} 1",
        excluded_state,
        "keepalived_advertisements_received_total{iname=\"V\",intf=\"e\",vrid=\"1\"} 9",
        "# TYPE keepalived_vrrp_advert_rcvd unknown",
        "keepalived_vrrp_advert_rcvd{name=\"V\",intf=\"e\",vrid=\"1\",state=\"BACKUP\"} 9",
        "keepalived_ip_ttl_errors_total{iname=\"V\",intf=\"e\",vrid=\"1\"} 3",
        "keepalived_gratuitous_arp_delay_total{iname=\"V\",intf=\"e\",vrid=\"1\"} 5",
        "keepalived_script_status{name=\"x\"} 0",
        "keepalived_script_state{name=\"x\"} 1",
        "keepalived_lvs_vip_in_packets{addr=\"10.0.0.1:80\",proto=\"6\"} 7",
        "keepalived_lvs_rs_in_packets{addr=\"10.0.1.1:80\",proto=\"6\"} 7",
        NULL,
    };
    struct metrics_options options = open_options;
    static const char *const none[] = {"!keepalived_up 1", NULL};

    (void)state;
    expect_lines(document, options, none);
    options.aliases = true;
    expect_lines(document, options, lines);
}

static void test_the_document_says_how_it_is_told(void **state)
{
    static const struct {
        const char *document;
        struct metrics_options options;
    } rows[] = {
        {"{}", {METRICS_OPEN, METRICS_DEPTH_SERVICE, false, METRICS_LIMIT}},
        {"{'metrics':{'aliases':true,'depth':'server','limit':0}}",
         {METRICS_OPEN, METRICS_DEPTH_SERVER, true, 0}},
        {"{'metrics':{'depth':'off','limit':-1}}",
         {METRICS_OPEN, METRICS_DEPTH_OFF, false, METRICS_LIMIT}},
        {"{'metrics':{'depth':'deep','limit':99999999999}}",
         {METRICS_OPEN, METRICS_DEPTH_SERVICE, false, METRICS_LIMIT}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        json_t *document = json_of_quoted(rows[i].document);
        struct metrics_options options = metrics_options_of(document, METRICS_OPEN);

        assert_fact(options.depth == rows[i].options.depth &&
                        options.aliases == rows[i].options.aliases &&
                        options.limit == rows[i].options.limit,
                    "%s: depth %d, aliases %d, limit %u", rows[i].document, (int)options.depth,
                    options.aliases, options.limit);
        json_decref(document);
    }
}

/* Where somebody can take it from. */
static void leave_table(const char *table)
{
    FILE *file = fopen("metrics-table.md", "we");

    if (file) {
        (void)fputs(table, file);
        (void)fclose(file);
    }
}

static void test_the_list_of_all_metrics_is_complete(void **state)
{
    const char *srcdir = getenv("srcdir");
    struct text_buffer table = {0};
    struct text_buffer page = {0};
    char path[512];
    char part[4096];
    size_t got;
    FILE *file;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/doc/metrics.md", srcdir ? srcdir : "..");
    file = fopen(path, "re");
    assert_fact(file != NULL, "%s cannot be read", path);
    while ((got = fread(part, 1, sizeof(part), file)) > 0) {
        text_append_n(&page, part, got);
    }
    (void)fclose(file);
    metrics_describe(&table);
    if (!page.data || !table.data || !strstr(page.data, table.data)) {
        leave_table(table.data ? table.data : "");
        assert_fact(false, "the table of %s is another: metrics-table.md here is what it must be",
                    path);
    }
    text_release(&table);
    text_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_format_has_its_heads),
        cmocka_unit_test(test_what_the_document_lacks_is_left_out),
        cmocka_unit_test(test_values_are_told_in_base_units),
        cmocka_unit_test(test_labels_are_escaped),
        cmocka_unit_test(test_adverts_and_transitions_are_told_by_what_became_of_them),
        cmocka_unit_test(test_a_histogram_adds_up),
        cmocka_unit_test(test_services_servers_and_checks_have_their_own_series),
        cmocka_unit_test(test_depth_says_whose_kernel_counters_are_told),
        cmocka_unit_test(test_above_the_limit_numbers_stand_for_series),
        cmocka_unit_test(test_aliases_have_the_names_and_labels_of_the_exporters),
        cmocka_unit_test(test_the_document_says_how_it_is_told),
        cmocka_unit_test(test_the_list_of_all_metrics_is_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
