/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of keywords: whole answers, what a path means, and what was probably meant.
 */
#include "unit.h"

#include "base/text.h"
#include "parser/explain.h"

/* ---- As text ----------------------------------------------------------------------------------- */

static const struct {
    const char *path;
    const char *text;
} answers[] = {
    {"real_server.weight", "virtual_server.real_server.weight\n"
                           "  Its share of the connections; it counts for the quorum too.\n"
                           "\n"
                           "  syntax    weight 0..2147483647\n"
                           "  type      number\n"
                           "  range     0..2147483647\n"
                           "  unit      none\n"
                           "  default   the virtual server's\n"
                           "  state     implemented since 0.1\n"
                           "  example   weight 2\n"},
    {"vrrp_garp_master_refresh", "global_defs.vrrp_garp_master_refresh\n"
                                 "  Between refreshing gratuitous ARPs while master; 0: none.\n"
                                 "\n"
                                 "  syntax    vrrp_garp_master_refresh 0..4294967295 seconds\n"
                                 "  type      seconds\n"
                                 "  range     0..4294967295 seconds\n"
                                 "            whole seconds\n"
                                 "  default   60 s\n"
                                 "  state     implemented since 0.1\n"
                                 "  example   vrrp_garp_master_refresh 60\n"},
    {"vrrp_instance.garp_master_repeat", "vrrp_instance.garp_master_repeat\n"
                                         "  Gratuitous ARPs for each address in a burst.\n"
                                         "\n"
                                         "  syntax    garp_master_repeat 0..4294967295\n"
                                         "  type      number\n"
                                         "  range     0..4294967295\n"
                                         "  unit      packets\n"
                                         "            0 is read as 1\n"
                                         "  default   vrrp_garp_master_repeat's\n"
                                         "  state     implemented since 0.1\n"
                                         "  example   garp_master_repeat 5\n"},
    {"nopreempt", "vrrp_instance.nopreempt\n"
                  "  A master of lower priority is left alone.\n"
                  "\n"
                  "  syntax    nopreempt\n"
                  "  type      flag\n"
                  "  default   off\n"
                  "  state     implemented since 0.1\n"
                  "  example   nopreempt\n"},
    {"virtual_router_id", "vrrp_instance.virtual_router_id\n"
                          "  The number that all directors of this virtual router share.\n"
                          "\n"
                          "  syntax    virtual_router_id 1..255\n"
                          "  type      number\n"
                          "  range     1..255\n"
                          "  unit      none\n"
                          "  default   none; it is required\n"
                          "  state     implemented since 0.1\n"
                          "  example   virtual_router_id 51\n"},
    {"process_names",
     "global_defs.process_names\n"
     "  Child names keepalived_vrrp, keepalived_lvs, keepalived_bfd.\n"
     "\n"
     "  syntax    process_names\n"
     "  type      flag\n"
     "  default   off\n"
     "  state     accepted, without effect: Holdfast is one process and keeps its name\n"
     "  example   process_names\n"},
    {"auth_hmac",
     "vrrp_instance.auth_hmac\n"
     "  Signs adverts, as keepalived 2.4 does, and wants them signed.\n"
     "\n"
     "  syntax    auth_hmac { ... }\n"
     "  type      block\n"
     "  state     implemented since 0.1\n"
     "  example   auth_hmac {\n"
     "                key 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
     "                active_key 1\n"
     "            }\n"
     "\n"
     "  keywords\n"
     "    key          A key of 32 to 64 bytes; several for a change of keys. credential: one that "
     "systemd hands over.\n"
     "    active_key   The key that adverts are signed with.\n"
     "    time_window  How far the clocks of two routers may be apart.\n"
     "    anti_replay  Sequence numbers must grow; time: and be near the clock.\n"
     "    mode         enforce: unsigned adverts are dropped; permissive: they are admitted; "
     "receive-only: they are, and ours are not signed.\n"},
    {"vrrp_instance.track_script",
     "vrrp_instance.track_script\n"
     "  Track vrrp_scripts.\n"
     "\n"
     "  syntax    track_script { SCRIPT [weight WEIGHT [reverse|noreverse]] ... }\n"
     "  type      list of lines\n"
     "  state     implemented since 0.1\n"
     "  example   track_script {\n"
     "                nginx weight -20\n"
     "            }\n"
     "\n"
     "  options of an item\n"
     "    weight -253..253  Added to the priority; 0: the instance is in FAULT meanwhile.\n"
     "    reverse           The weight counts in the opposite case.\n"
     "    noreverse         The weight does not count in the opposite case, though the script's "
     "does.\n"},
    {"authentication", "vrrp_instance.authentication\n"
                       "  VRRPv2 authentication.\n"
                       "\n"
                       "  syntax    authentication { ... }\n"
                       "  type      block\n"
                       "  state     implemented since 0.1\n"
                       "  example   authentication {\n"
                       "                auth_type PASS\n"
                       "                auth_pass s3cret\n"
                       "            }\n"
                       "\n"
                       "  keywords\n"
                       "    auth_type  PASS sends a password in the clear, AH only proves it.\n"
                       "    auth_pass  The password that all directors share, up to 8 bytes.\n"},
    /* It is at the top level, and elsewhere too. */
    {"track_file",
     "track_file\n"
     "  A file whose number instances can track.\n"
     "\n"
     "  syntax    track_file NAME { ... }\n"
     "  type      block\n"
     "  state     implemented since 0.1\n"
     "  example   track_file load {\n"
     "                file /run/load\n"
     "            }\n"
     "  also      vrrp_sync_group.track_file, vrrp_instance.track_file, "
     "FILE_CHECK.track_file\n"
     "\n"
     "  keywords\n"
     "    file       The file whose number is tracked; one that is missing counts as 0.\n"
     "    weight     The number times this is added to the priority; -254 or less is FAULT. 0: any "
     "number but 0 is.\n"
     "    init_file  Write the file at the start of the daemon if there is none; overwrite: in any "
     "case.\n"},
    {"lvs_method", "lvs_method stands in 2 blocks; ask for one of\n"
                   "    virtual_server.lvs_method  How packets are forwarded.\n"
                   "    real_server.lvs_method     How packets are forwarded to it.\n"},
    {"url.tls_compliant", "virtual_server.real_server.SSL_GET.url.tls_compliant\n"
                          "  Send close_notify when closing.\n"
                          "\n"
                          "  syntax    tls_compliant [on|off]\n"
                          "  type      switch\n"
                          "  default   off\n"
                          "  state     implemented since 0.1\n"
                          "  example   tls_compliant on\n"},
    {"url.path", "path stands in 2 blocks; ask for one of\n"
                 "    HTTP_GET.url.path  Request path.\n"
                 "    SSL_GET.url.path   Request path.\n"},
    {"weigth", ""},
};

static void test_an_answer_has_all_that_the_schema_knows(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(answers); i++) {
        struct explain found;
        struct text_buffer out = {0};

        text_append(&out, "");
        assert_int_equal(explain_find(answers[i].path, &found), answers[i].text[0] != '\0');
        explain_write(&found, &out);
        assert_fact(strcmp(out.data, answers[i].text) == 0, "%s is told as\n%s\nnot as\n%s",
                    answers[i].path, out.data, answers[i].text);
        text_release(&out);
    }
}

/* ---- Paths ------------------------------------------------------------------------------------- */

static void test_a_path_may_have_any_number_of_the_blocks_around_a_keyword(void **state)
{
    static const struct {
        const char *path;
        size_t count;
        enum schema_block chosen; /* SCHEMA_BLOCKS: none */
    } rows[] = {
        {"virtual_server.real_server.HTTP_GET.url.path", 1, SCHEMA_HTTP_GET_URL},
        {"real_server.HTTP_GET.url.path", 1, SCHEMA_HTTP_GET_URL},
        {"SSL_GET.url.path", 1, SCHEMA_SSL_GET_URL},
        {"url.path", 2, SCHEMA_BLOCKS},
        {"path", 2, SCHEMA_BLOCKS},
        {"url", 2, SCHEMA_BLOCKS},
        {"TCP_CHECK", 1, SCHEMA_REAL_SERVER},
        {"virtual_server", 1, SCHEMA_TOP},
        {"virtual_server.real_server", 1, SCHEMA_VIRTUAL_SERVER},
        {"linkbeat_use_polling", 2, SCHEMA_TOP},
        {"vrrp_instance.linkbeat_use_polling", 1, SCHEMA_INSTANCE},
        {"virtual_server.weight", 1, SCHEMA_VIRTUAL_SERVER},
        {"virtual_server.path", 0, SCHEMA_BLOCKS},
        {"global_defs.virtual_server", 0, SCHEMA_BLOCKS},
        {"x.virtual_server", 0, SCHEMA_BLOCKS},
        {"Priority", 0, SCHEMA_BLOCKS},
        {"", 0, SCHEMA_BLOCKS},
        {".", 0, SCHEMA_BLOCKS},
        {".priority", 0, SCHEMA_BLOCKS},
        {"priority.", 0, SCHEMA_BLOCKS},
        {"a.b.c.d.e.f.g.h.i.j.k.l", 0, SCHEMA_BLOCKS},
    };
    struct explain found;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(explain_find(rows[i].path, &found) == (rows[i].count > 0), "%s", rows[i].path);
        assert_fact(found.count == rows[i].count, "%s: %zu", rows[i].path, found.count);
        assert_fact((found.chosen ? found.chosen->block : SCHEMA_BLOCKS) == rows[i].chosen, "%s",
                    rows[i].path);
    }
}

static void test_a_path_that_is_told_can_be_asked(void **state)
{
    size_t told = 0;

    (void)state;
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        for (size_t i = 0; i < info.count; i++) {
            struct explain found;
            struct text_buffer text = {0};
            char path[100];

            assert_true(explain_find(info.rows[i].name, &found));
            /* Of each of its lines the first word is a path. */
            explain_write(&found, &text);
            for (char *line = strchr(text.data, '\n'); !found.chosen && line && line[1];
                 line = strchr(line + 1, '\n')) {
                struct explain again;

                assert_int_equal(sscanf(line, " %99s", path), 1);
                assert_true(explain_find(path, &again));
                assert_fact(again.chosen, "%s is not clear", path);
                told++;
            }
            text_release(&text);
        }
    }
    assert_true(told > 200);
}

static void test_what_was_probably_meant_is_told(void **state)
{
    static const struct {
        const char *path;
        const char *meant; /* NULL: nothing is near */
    } rows[] = {
        {"wieght", "weight"},
        {"real_server.wieght", "real_server.weight"},
        {"real_sever.weight", "real_server.weight"},
        {"real_sever.wieght", "real_server.weight"},
        {"tcp_check", "TCP_CHECK"},
        {"VRRP_INSTANCE.PRIORITY", "vrrp_instance.priority"},
        {"virtual_server.lb_knid", "virtual_server.lb_kind"},
        {"real_server.lb_kind", "virtual_server.lb_kind"},
        {"virtual_server.TCP_CHECK", "real_server.TCP_CHECK"},
        {"top.vrrp_instance", "vrrp_instance"},
        {"include", NULL},
        {"colour", NULL},
        {"", NULL},
        {"a.b.c.d.e.f.g.h.i.j.k.l", NULL},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer out = {0};
        bool any = explain_suggest(rows[i].path, &out);

        assert_fact(any == (rows[i].meant != NULL), "%s: %s", rows[i].path,
                    out.data ? out.data : "nothing");
        assert_fact(!any || strcmp(out.data, rows[i].meant) == 0, "%s: %s", rows[i].path, out.data);
        text_release(&out);
    }
}

static void test_a_path_of_any_length_is_answered(void **state)
{
    char path[1000];
    struct explain found;
    struct text_buffer out = {0};

    (void)state;
    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_false(explain_find(path, &found));
    assert_false(explain_suggest(path, &out));
    path[100] = '\0';
    assert_false(explain_find(path, &found));
    assert_false(explain_suggest(path, &out));
    text_release(&out);
}

/* ---- As JSON ----------------------------------------------------------------------------------- */

static json_t *json_of(const char *path)
{
    struct explain found;

    (void)explain_find(path, &found);
    return explain_json(path, &found);
}

static void test_json_tells_the_same(void **state)
{
    json_t *json = json_of("real_server.weight");
    json_t *expected = json_pack(
        "{s:s, s:[{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:b, s:s, s:s, s:n, s:s, s:[], "
        "s:[]}], s:[], s:n}",
        "asked", "real_server.weight", "found", "path", "virtual_server.real_server.weight",
        "keyword", "weight", "block", "real_server", "help",
        "Its share of the connections; it counts for the quorum too.", "syntax",
        "weight 0..2147483647", "type", "number", "minimum", 0, "maximum", 2147483647, "unit",
        "none", "default", "the virtual server's", "required", 0, "state", "implemented", "since",
        "0.1", "reason", "example", "weight 2", "options", "keywords", "also", "suggestion");

    (void)state;
    assert_non_null(json);
    assert_non_null(expected);
    assert_true(json_equal(json, expected));
    json_decref(json);
    json_decref(expected);
}

static void test_json_has_options_keywords_and_other_places(void **state)
{
    json_t *json = json_of("vrrp_instance.virtual_ipaddress");
    json_t *first = json_array_get(json_object_get(json, "found"), 0);
    json_t *option = json_array_get(json_object_get(first, "options"), 0);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(option, "option")), "dev");
    assert_string_equal(json_string_value(json_object_get(option, "argument")), "INTERFACE");
    assert_true(json_is_true(json_object_get(option, "supported")));
    json_decref(json);

    json = json_of("track_file");
    assert_int_equal(json_array_size(json_object_get(json, "found")), 1);
    assert_int_equal(json_array_size(json_object_get(json, "also")), 3);
    first = json_array_get(json_object_get(json, "found"), 0);
    assert_true(json_is_null(json_object_get(first, "reason")));
    assert_int_equal(json_array_size(json_object_get(first, "keywords")), 3);
    json_decref(json);

    json = json_of("lvs_method");
    assert_int_equal(json_array_size(json_object_get(json, "found")), 2);
    assert_int_equal(json_array_size(json_object_get(json, "also")), 0);
    json_decref(json);

    json = json_of("advert_int");
    first = json_array_get(json_object_get(json, "found"), 0);
    assert_true(json_real_value(json_object_get(first, "minimum")) == 0.01);
    assert_true(json_real_value(json_object_get(first, "maximum")) == 255.0);
    json_decref(json);
}

static void test_json_of_an_unknown_keyword_has_a_suggestion(void **state)
{
    json_t *json = json_of("wieght");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(json, "found")), 0);
    assert_string_equal(json_string_value(json_object_get(json, "suggestion")), "weight");
    json_decref(json);
    json = json_of("caf\xe9 cr\xe8me"); /* no UTF-8 */
    assert_non_null(json);
    assert_true(json_is_null(json_object_get(json, "suggestion")));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_has_all_that_the_schema_knows),
        cmocka_unit_test(test_a_path_may_have_any_number_of_the_blocks_around_a_keyword),
        cmocka_unit_test(test_a_path_that_is_told_can_be_asked),
        cmocka_unit_test(test_what_was_probably_meant_is_told),
        cmocka_unit_test(test_a_path_of_any_length_is_answered),
        cmocka_unit_test(test_json_tells_the_same),
        cmocka_unit_test(test_json_has_options_keywords_and_other_places),
        cmocka_unit_test(test_json_of_an_unknown_keyword_has_a_suggestion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
