/* SPDX-License-Identifier: Apache-2.0
 *
 * MYSQL_CHECK: what its keywords mean together, and where its password is not to be seen.
 */
#include "unit_parser.h"

#include "parser/dump.h"

#define HEAD                                                                                       \
    "virtual_server 10.0.0.9 3306 { lb_algo rr\nlb_kind NAT\nprotocol TCP\n"                       \
    "real_server 10.0.0.1 3306 {\nMYSQL_CHECK {\n"
#define TAIL "\n} } }\n"

static const struct conf_mysql_check *check_of(const struct unit_load *load)
{
    const struct conf_virtual_server *service = STAILQ_FIRST(&load->conf->virtual_servers);

    return (const struct conf_mysql_check *)STAILQ_FIRST(&STAILQ_FIRST(&service->servers)->checks);
}

static void test_the_level_follows_from_what_is_given(void **state)
{
    static const struct {
        const char *text;
        enum conf_mysql_level level;
    } levels[] = {
        {"", CONF_MYSQL_HANDSHAKE},
        {"level handshake", CONF_MYSQL_HANDSHAKE},
        {"user u", CONF_MYSQL_PING},
        {"user u\nlevel ping", CONF_MYSQL_PING},
        {"user u\npassword p\nquery \"SELECT 1\"", CONF_MYSQL_QUERY},
        {"user u\nread_only on", CONF_MYSQL_QUERY},
        {"user u\nreplication", CONF_MYSQL_QUERY},
        {"user u\ngalera donor\nlevel query", CONF_MYSQL_QUERY},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(levels); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        text_appendf(&text, "%s%s%s", HEAD, levels[i].text, TAIL);
        load = unit_load_clean(text.data);
        assert_int_equal(check_of(&load)->level, levels[i].level);
        unit_unload(&load);
        text_release(&text);
    }
}

static void test_keywords_have_their_values(void **state)
{
    struct unit_load load = unit_load_clean(
        HEAD
        "user u\npassword \"p w\"\ndatabase d\nquery \"SELECT 1\"\nexpect >= 3\nread_only off\n"
        "replication\nmax_lag 30\nlag_weight 5 25\ngalera synced\ntls\ntls_ca /ca\n"
        "tls_certificate /c\ntls_key /k\ntls_name n" TAIL);
    const struct conf_mysql_check *check = check_of(&load);

    (void)state;
    assert_string_equal(check->password, "p w");
    assert_null(check->password_from);
    assert_string_equal(check->database, "d");
    assert_int_equal(check->compare, CONF_COMPARE_AT_LEAST);
    assert_string_equal(check->expected, "3");
    assert_int_equal(check->read_only, 0);
    assert_true(check->replication && check->tls && check->tls_verify);
    assert_int_equal(check->max_lag_s, 30);
    assert_int_equal(check->lag_full_s, 5);
    assert_int_equal(check->lag_none_s, 25);
    assert_int_equal(check->galera, CONF_MYSQL_GALERA_SYNCED);
    assert_string_equal(check->tls_name, "n");
    unit_unload(&load);
}

static void test_what_does_not_go_together_says_what_to_type(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"level ping", "error: level ping logs in; add: user NAME\n"},
        {"level query\nuser u",
         "error: level query asks nothing; add: query \"SELECT 1\", read_only, replication or "
         "galera\n"},
        {"level handshake\nuser u",
         "error: user: level handshake logs nobody in; remove one of both\n"},
        {"password p", "error: password: it needs a user; add: user NAME\n"},
        {"database d", "error: database: it needs a user; add: user NAME\n"},
        {"user u\nlevel ping\nread_only on",
         "error: read_only: only level query asks; type: level query\n"},
        {"query q", "error: level query logs in; add: user NAME\n"},
        {"user u\nexpect 1", "error: expect: it is about a query; add: query \"SELECT ...\"\n"},
        {"user u\nmax_lag 3", "error: max_lag: it is about a replica; add: replication\n"},
        {"user u\nreplication\nlag_weight 9 9",
         "error: lag_weight 9 9: the second number, from which on the weight is 0, must be larger "
         "than the first\n"},
        {"tls", "error: tls: level handshake ends before TLS begins; add: user NAME\n"},
        {"user u\ntls", "error: tls has nobody to trust; add: tls_ca PATH, or tls_verify off\n"},
        {"user u\ntls_ca /ca", "error: tls_ca: it is about TLS; add: tls\n"},
        {"user u\ntls\ntls_ca /ca\ntls_key /k",
         "error: tls_key: add: tls, and tls_certificate PATH\n"},
        {"user u\nquery q\nexpect < many",
         "error: expect < \"many\" compares numbers; type one, as in: expect < 10\n"},
        {"user u\nquery q\nexpect match \"a(\"",
         "error: expect match \"a(\" is no regular expression: Unmatched ( or \\(; see regex(7)\n"},
        {"user u\npassword file:/none",
         "error: password cannot be read; type the password, file:PATH or credential:NAME\n"},
        {"user u\npassword credential:none",
         "error: password names a credential, and the daemon was given none (LoadCredential= of "
         "its unit); type the password, file:PATH or credential:NAME\n"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        text_appendf(&text, "%s%s%s", HEAD, rows[i].text, TAIL);
        load = unit_load(text.data);
        assert_null(load.conf);
        assert_fact(strstr(load.shown.data, rows[i].message), "%s:\n%s", rows[i].text,
                    load.shown.data);
        assert_fact(diag_count(load.list, DIAG_ERROR) == 1, "%s", load.shown.data);
        unit_unload(&load);
        text_release(&text);
    }
}

static void test_a_query_has_a_limit(void **state)
{
    struct text_buffer text = {0};
    struct unit_load load;

    (void)state;
    text_append(&text, HEAD "user u\nquery \"SELECT '");
    for (int i = 0; i < 8192; i++) {
        text_append(&text, "x");
    }
    text_append(&text, "'\"" TAIL);
    load = unit_load(text.data);
    assert_non_null(strstr(load.shown.data, "error: query has more than 8192 bytes"));
    unit_unload(&load);
    text_release(&text);
}

static void test_a_dump_does_not_show_the_password_and_can_be_read_again(void **state)
{
    struct unit_load load = unit_load_clean(HEAD "user u\npassword s3cret\nread_only off" TAIL);
    struct text_buffer first = {0};
    struct text_buffer second = {0};
    struct unit_load again;

    (void)state;
    dump_write(load.conf, &first);
    assert_null(strstr(first.data, "s3cret"));
    assert_non_null(strstr(first.data, "password ***"));
    assert_non_null(strstr(first.data, "user u"));
    again = unit_load_clean(first.data);
    dump_write(again.conf, &second);
    assert_string_equal(first.data, second.data);
    unit_unload(&load);
    unit_unload(&again);
    text_release(&first);
    text_release(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_level_follows_from_what_is_given),
        cmocka_unit_test(test_keywords_have_their_values),
        cmocka_unit_test(test_what_does_not_go_together_says_what_to_type),
        cmocka_unit_test(test_a_query_has_a_limit),
        cmocka_unit_test(test_a_dump_does_not_show_the_password_and_can_be_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
