/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration as text: it loads to the same configuration, and says where each line came from.
 */
#include "unit_files.h"
#include "unit_parser.h"

#include "parser/diff.h"
#include "parser/dump.h"
#include "parser/dump_json.h"
#include "parser/facts.h"

static struct conf *load_text(const char *text, bool origins, struct diag_list **list)
{
    struct parser_options options = {
        .config_id = "lb1", .world = unit_files_world(text), .origins = origins};

    return parser_load(UNIT_FILES_FIRST, &options, list);
}

/* Loads what must be good. */
static struct conf *load_good(const char *text, bool origins)
{
    struct text_buffer shown = {0};
    struct diag_list *list;
    struct conf *conf = load_text(text, origins, &list);

    text_append(&shown, "");
    diag_write_all(list, &shown);
    assert_fact(conf != NULL, "not loaded:\n%s\n%s", text, shown.data);
    diag_free(list);
    text_release(&shown);
    return conf;
}

static char *dump(const struct conf *conf)
{
    struct text_buffer text = {0};

    dump_write(conf, &text);
    return text.data;
}

static void check_same(const struct conf *a, const struct conf *b, const char *text)
{
    struct diff *diff = diff_new(a, b);
    const struct diff_object *object = STAILQ_FIRST(diff_objects(diff));
    const struct diff_value *value = object ? STAILQ_FIRST(&object->values) : NULL;

    assert_fact(object == NULL, "%s %s differs in %s (%s, %s):\n%s", object ? object->keyword : "",
                object ? object->name : "", value ? value->keyword : "nothing",
                value && value->before ? value->before : "-",
                value && value->after ? value->after : "-", text);
    diff_free(diff);
}

/* A dump, with and without origins, loads to the same configuration, and is its own dump. */
static void check_round_trip(const char *text)
{
    for (int origins = 0; origins < 2; origins++) {
        struct conf *first = load_good(text, origins);
        char *written = dump(first);
        struct conf *second = load_good(written, false);
        struct conf *plain = load_good(text, false);
        char *again = dump(second);
        char *expected = dump(plain);

        check_same(first, second, written);
        assert_fact(strcmp(again, expected) == 0, "%s\nbecomes\n%s", expected, again);
        free(written);
        free(again);
        free(expected);
        conf_free(first);
        conf_free(second);
        conf_free(plain);
    }
}

static char *read_file(const char *path)
{
    const char *srcdir = getenv("srcdir");
    char full[512];
    char *text = NULL;
    size_t size = 0;
    FILE *file;

    (void)snprintf(full, sizeof(full), "%s/%s", srcdir ? srcdir : "..", path);
    file = fopen(full, "r");
    assert_fact(file != NULL, "%s cannot be opened", full);
    text = memory_new(65536, 1);
    size = fread(text, 1, 65535, file);
    text[size] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_every_example_survives(void **state)
{
    static const char *const paths[] = {
        "etc/holdfast.conf.sample",          "etc/examples/database-checked.conf",
        "etc/examples/database-pair.conf",   "etc/examples/dual-stack-unicast.conf",
        "etc/examples/gateway-bfd.conf",     "etc/examples/gateway-sync-group.conf",
        "etc/examples/local-checks.conf",    "etc/examples/mail-and-dns.conf",
        "etc/examples/tunnel-and-mark.conf", "etc/examples/virtual-mac.conf",
        "etc/examples/web-https.conf",       "etc/examples/service-group.conf",
        "etc/examples/web-pair.conf",        "tests/unit/data/mysql-dr-master.conf",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(paths); i++) {
        char *text = read_file(paths[i]);

        check_round_trip(text);
        free(text);
    }
}

static void test_what_is_hard_to_write_survives(void **state)
{
    static const char *const texts[] = {
        "",
        "global_defs {\n router_id \"a b#{}\"\n script_user xy z\n lvs_timeouts tcp 9 udp 7\n"
        " lvs_flush\n}",
        "global_defs { router_id \"${A}\" }",
        "global_defs { router_id \"lvs_flush\" vrrp_version 3 vrrp_garp_master_delay 2 }\n"
        "vrrp_instance \"a b\" { interface eth0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 } }",
        "vrrp_script s { script \"/bin/a 'b c' \\x41\\042 \\\\ '' \\$x it's\\n'\" user u g\n"
        " weight -3 reverse timeout 0.5 }\n"
        "vrrp_script t { script \"</tmp/a b\" }\n"
        "vrrp_script u { script \"'<x' y\" }\n"
        "vrrp_instance A { interface eth0 virtual_router_id 1 nopreempt\n"
        " virtual_ipaddress { 10.0.0.1/24 dev eth1 label eth1:a brd 10.0.0.255 scope link no_track\n"
        " 10.0.0.2 scope 7 }\n virtual_ipaddress_excluded { 10.0.0.3 }\n"
        " track_interface { eth2 weight 10 reverse }\n track_script { s\n t weight 4 }\n"
        " notify_master \"/bin/x a\" u\n notify \"/y\" u g\n mcast_src_ip 10.0.0.9 dont_track_primary\n"
        " authentication { auth_type PASS auth_pass \"a!b\" } garp_master_repeat 0\n}",
        "vrrp_script s { script /bin/a weight 9 }\n"
        "vrrp_instance A { interface eth0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 }\n"
        " track_interface { eth5 }\n }\n"
        "vrrp_instance B { interface eth1 virtual_router_id 1 virtual_ipaddress { 10.0.0.2 } }\n"
        "vrrp_sync_group G { group { A B } track_interface { eth9 weight 7 } track_script { s }\n"
        " sync_group_tracking_weight notify_fault /x }",
        "vrrp_sync_group G { group { } }",
        "virtual_server fwmark 7 { lb_algo rr lb_kind NAT real_server 10.0.0.3 80 { TCP_CHECK { } } }",
        "vrrp_instance A { state MASTER interface eth0 virtual_router_id 1 virtual_ipaddress { 1.2.3.4"
        " } }",
        "virtual_server 10.0.0.1 80 { lb_algo sh lb_kind TUN type gue port 9 csum protocol TCP\n"
        " sh-port persistence_timeout 9 persistence_granularity 255.255.255.0 quorum 3 hysteresis 1\n"
        " delay_loop 7 retry 9 alpha omega sorry_server 10.0.0.9 80 sorry_server_inhibit\n"
        " sorry_server_lvs_method NAT quorum_up \"/x y\" u\n"
        " real_server 10.1.0.1 80 { weight 2 inhibit_on_failure TCP_CHECK { connect_timeout 2\n"
        "  bindto 10.0.0.2 bind_port 9 bind_if eth0 fwmark 3 warmup 1 } TCP_CHECK { connect_port 81 }\n"
        " notify_up /u notify_down \"/d e\" }\n"
        " real_server 10.1.0.2 81 { lvs_method NAT alpha off } }\n"
        "virtual_server fwmark 7 { lb_algo mh mh-port lb_kind DR ip_family inet6 persistence_timeout\n"
        " real_server fd00::1 { weight 0 } }\n"
        "virtual_server fd00::5 53 { lb_algo rr flag-3 lb_kind NAT protocol UDP ops\n"
        " persistence_granularity 64 real_server fd00::1 53 { uthreshold 9 lthreshold 3 } }\n"
        "global_defs { checker_log_all_failures }",
        "virtual_server 10.0.0.1 80 { lb_algo rr lb_kind NAT protocol TCP retry 7 slow_start 2.5\n"
        " min_healthy 40%\n"
        " real_server 10.1.0.1 80 { slow_start 0 TCP_CHECK { fall 3 rise 2 weight -4 } }\n"
        " real_server 10.1.0.2 80 { TCP_CHECK { rise 1 weight 4 } } }\n"
        "virtual_server 10.0.0.1 82 { lb_algo rr lb_kind NAT protocol TCP drain_timeout 300\n"
        " real_server 10.1.0.1 80 { drain_timeout 0 } real_server 10.1.0.2 80 { }\n"
        " real_server 10.1.0.3 80 { drain_timeout 2.5 } }\n"
        "virtual_server 10.0.0.1 81 { lb_algo rr lb_kind NAT protocol TCP min_healthy 2\n"
        " real_server 10.1.0.1 80 { TCP_CHECK { fall 1 weight 0 } } }",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        check_round_trip(texts[i]);
    }
}

static void test_each_line_says_where_it_came_from(void **state)
{
    static const char text[] = "$P=120\n"
                               "include a\n"
                               "vrrp_instance VI_1 {\n"
                               " interface eth0\n"
                               " virtual_router_id 7\n"
                               " priority $P\n"
                               " virtual_ipaddress {\n"
                               "  10.0.0.1/24\n"
                               " }\n"
                               "}\n"
                               "--- a\n"
                               "global_defs {\n"
                               " vrrp_garp_master_delay 2\n"
                               "}\n";
    static const char *const expected[] = {
        "vrrp_instance VI_1 {                                    # t.conf:3\n",
        "\n    interface eth0                                      # t.conf:4\n",
        "\n    priority 120                                        # t.conf:6\n",
        "\n    # advert_int 1                                      # default\n",
        "\n    garp_master_delay 2                                 # a:2\n",
        "\n    garp_lower_prio_delay 2                             # a:2\n",
        "\n    # garp_master_repeat 5                              # default\n",
        "\n        10.0.0.1/24 dev eth0                            # t.conf:8\n",
    };
    struct conf *conf = load_good(text, true);
    char *written = dump(conf);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(expected); i++) {
        assert_fact(strstr(written, expected[i]) != NULL, "%s is not in\n%s", expected[i], written);
    }
    free(written);
    conf_free(conf);
}

/* What a service gives to its servers and checkers carries its own line to them. */
static void test_what_is_inherited_keeps_its_line(void **state)
{
    struct conf *conf =
        load_good("virtual_server 10.0.0.1 80 { lb_algo rr lb_kind NAT protocol TCP\n"
                  " delay_loop 7\n"
                  " real_server 10.0.0.2 80 {\n"
                  "  retry 4\n"
                  "  TCP_CHECK { connect_timeout 2 } } }\n"
                  "virtual_server 10.0.0.1 81 { lb_algo rr lb_kind NAT protocol TCP\n"
                  " real_server 10.0.0.2 80 { TCP_CHECK { } } }\n",
                  true);
    char *written = dump(conf);

    (void)state;
    assert_non_null(strstr(written, "            delay_loop 7                                # "
                                    "t.conf:2\n"));
    assert_non_null(strstr(written, "            retry 4                                     # "
                                    "t.conf:4\n"));
    assert_non_null(strstr(written, "            # delay_loop 60                             # "
                                    "default\n"));
    free(written);
    conf_free(conf);
}

/* The value of a setting, or of a line of a list, in a block of the JSON. */
static json_t *find_entry(json_t *entries, const char *keyword)
{
    json_t *entry;
    size_t index;

    json_array_foreach(entries, index, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "keyword")), keyword) == 0) {
            return entry;
        }
    }
    fail_msg("no %s", keyword);
    return NULL;
}

static const char *text_of(json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static json_t *block_of(json_t *blocks, const char *keyword)
{
    json_t *block;
    size_t index;

    json_array_foreach(blocks, index, block) {
        if (strcmp(text_of(block, "block"), keyword) == 0) {
            return block;
        }
    }
    fail_msg("no block %s", keyword);
    return NULL;
}

static void test_json_has_blocks_lists_settings_and_their_lines(void **state)
{
    struct conf *conf =
        load_good("vrrp_instance VI {\n interface eth0\n virtual_router_id 7\n"
                  " notify \"/bin/x y\"\n authentication { auth_type PASS auth_pass no }\n"
                  " virtual_ipaddress {\n  10.0.0.1/24\n } }\n"
                  "virtual_server 10.0.0.1 80 { lb_algo rr lb_kind NAT protocol TCP\n"
                  " real_server 10.0.0.2 81 { HTTP_GET {\n  url { path /a } } } }\n",
                  true);
    json_t *document = dump_json(conf);
    json_t *blocks = json_object_get(document, "blocks");
    json_t *instance = block_of(blocks, "vrrp_instance");
    json_t *settings = json_object_get(instance, "settings");
    json_t *lists = json_object_get(instance, "lists");
    json_t *service = block_of(blocks, "virtual_server");
    json_t *server = block_of(json_object_get(service, "blocks"), "real_server");
    json_t *check = block_of(json_object_get(server, "blocks"), "HTTP_GET");
    json_t *url = block_of(json_object_get(check, "blocks"), "url");
    json_t *vip = find_entry(json_object_get(lists, "virtual_ipaddress"), "10.0.0.1/24 dev eth0");

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(document, "version")), DUMP_JSON_VERSION);
    assert_string_equal(text_of(instance, "argument"), "VI");
    assert_string_equal(text_of(find_entry(settings, "virtual_router_id"), "value"), "7");
    assert_int_equal(json_integer_value(json_object_get(vip, "line")), 7);
    assert_string_equal(text_of(vip, "file"), "t.conf");
    assert_null(json_object_get(find_entry(settings, "advert_int"), "line")); /* a default */
    assert_true(json_is_true(json_object_get(find_entry(settings, "notify"), "program")));
    assert_null(json_object_get(find_entry(settings, "interface"), "program"));
    assert_string_equal(
        text_of(find_entry(json_object_get(lists, "authentication"), "auth_pass"), "value"),
        FACTS_UNSHOWN);
    assert_string_equal(text_of(service, "name"), "10.0.0.1:80/tcp");
    assert_string_equal(text_of(server, "argument"), "10.0.0.2 81");
    assert_string_equal(text_of(find_entry(json_object_get(url, "settings"), "path"), "value"),
                        "/a");
    json_decref(document);
    conf_free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_example_survives),
        cmocka_unit_test(test_what_is_hard_to_write_survives),
        cmocka_unit_test(test_each_line_says_where_it_came_from),
        cmocka_unit_test(test_what_is_inherited_keeps_its_line),
        cmocka_unit_test(test_json_has_blocks_lists_settings_and_their_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
