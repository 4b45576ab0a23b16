/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP_GET, SSL_GET, their urls and SSL: what they mean, and what is wrong with them.
 */
#include "unit_parser.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define HEAD                                                                                       \
    "virtual_server 10.0.0.9 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n virtualhost vs\n"    \
    " real_server 10.0.0.1 80 {\n  virtualhost rs\n"
#define TAIL       " }\n}\n"
#define URL(text_) HEAD "  HTTP_GET {\n   url {\n    path /\n" text_ "   }\n  }\n" TAIL

static const struct conf_check_http *first_http(const struct unit_load *load)
{
    const struct conf_virtual_server *service = STAILQ_FIRST(&load->conf->virtual_servers);

    return (const struct conf_check_http *)STAILQ_FIRST(&STAILQ_FIRST(&service->servers)->checks);
}

static void test_a_checker_has_its_settings_and_those_around_it(void **state)
{
    struct unit_load load =
        unit_load_clean(HEAD "  SSL_GET {\n   http_protocol 1.0c\n   enable_sni\n   sni_name n\n"
                             "   fast_recovery\n   tls_compliant\n   virtualhost own\n   verify\n"
                             "   nb_get_retry 4\n   url {\n    path /a\n   }\n"
                             "   url {\n    path /b\n    virtualhost u\n   }\n  }\n" TAIL);
    const struct conf_check_http *http = first_http(&load);

    (void)state;
    assert_int_equal(http->check.kind, CONF_CHECK_SSL);
    assert_int_equal(http->check.retry, 4);
    assert_int_equal(http->check.delay_before_retry, INT64_C(3000000000));
    assert_int_equal(http->check.connect_port, 80);
    assert_int_equal(http->protocol, CONF_HTTP_1_0_CLOSE);
    assert_true(http->sni && http->sni_given && http->fast_recovery && http->tls_compliant);
    assert_int_equal(http->verify, CONF_VERIFY_ON);
    assert_string_equal(http->sni_name, "n");
    assert_string_equal(http->virtualhost, "own");
    assert_string_equal(http->server_virtualhost, "rs");
    assert_string_equal(http->service_virtualhost, "vs");
    assert_ptr_equal(http->tls, &load.conf->tls);
    assert_string_equal(STAILQ_FIRST(&http->urls)->path, "/a");
    assert_string_equal(STAILQ_NEXT(STAILQ_FIRST(&http->urls), next)->virtualhost, "u");
    unit_unload(&load);
}

static void test_a_url_has_what_is_expected_of_its_reply(void **state)
{
    struct unit_load load = unit_load_clean(
        URL("    status_code 200-204 404\n    status_code 500\n"
            "    digest 000102030405060708090A0b0c0d0e0f\n    regex \"a b\"\n    regex_no_match\n"
            "    regex_options caseless utf\n    regex_options dotall\n    regex_min_offset 3\n"
            "    regex_max_offset 3\n    regex_stack 1 2\n"));
    const struct conf_url *url = STAILQ_FIRST(&first_http(&load)->urls);
    const struct conf_status *status = STAILQ_FIRST(&url->statuses);

    (void)state;
    assert_int_equal(status->low, 200);
    assert_int_equal(status->high, 204);
    status = STAILQ_NEXT(STAILQ_NEXT(status, next), next);
    assert_int_equal(status->low, 500);
    assert_int_equal(status->high, 500);
    assert_true(url->has_digest);
    assert_int_equal(url->digest[10], 10);
    assert_string_equal(url->regex, "a b");
    assert_true(url->regex_no_match);
    assert_int_equal(url->regex_options, PCRE2_CASELESS | PCRE2_UTF | PCRE2_DOTALL);
    assert_int_equal(url->regex_min_offset, 3);
    assert_int_equal(url->regex_max_offset, 3);
    assert_int_equal(url->regex_stack_start, 1);
    assert_int_equal(url->regex_stack_most, 2);
    unit_unload(&load);
}

/* B43 and what keepalived 2.2.7 was seen to do: one level of escapes is decoded before PCRE2 sees it. */
static void test_escapes_of_a_pattern_are_decoded_first(void **state)
{
    static const struct {
        const char *written;
        const char *pattern;
        unsigned warnings;
    } cases[] = {
        {"OK", "OK", 0},
        {"\"O K\"", "O K", 0},
        {"'O K'", "O K", 0},
        {"\"\\\\d{3} OK\"", "\\d{3} OK", 0},
        {"\"\\x68\\150\\x6c\"", "hhl", 0},
        {"\"a\\r\\n\\tb\"", "a\r\n\tb", 0},
        {"\"a\\\"b\"", "a\"b", 0},
        {"\"\\d{3}\"", "d{3}", 1},
        {"\"h.l\\{2\\}o\"", "h.l{2}o", 2},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char text[512];
        struct unit_load load;

        (void)snprintf(text, sizeof(text), "%s    regex %s\n%s",
                       HEAD "  HTTP_GET {\n   url {\n    path /\n", cases[i].written,
                       "   }\n  }\n" TAIL);
        load = unit_load(text);
        assert_fact(load.conf != NULL, "%s", load.shown.data);
        assert_string_equal(STAILQ_FIRST(&first_http(&load)->urls)->regex, cases[i].pattern);
        assert_fact(diag_count(load.list, DIAG_WARNING) == cases[i].warnings, "%s",
                    load.shown.data);
        unit_unload(&load);
    }
}

static void test_what_is_wrong_is_told(void **state)
{
    static const struct {
        const char *text;
        const char *message; /* a part of what is told */
        bool good;           /* the file can be used all the same */
    } cases[] = {
        {HEAD "  HTTP_GET {\n  }\n" TAIL, "HTTP_GET has no url; add: url { ... }", false},
        {HEAD "  HTTP_GET {\n   url {\n   }\n  }\n" TAIL, "url has no path; add: path STRING",
         false},
        {HEAD "  HTTP_GET {\n   url {\n    path \"/a b\"\n   }\n  }\n" TAIL,
         "path has a blank or a control character in it", false},
        {URL("    status_code 99\n"), "status_code takes codes from 100 to 599", false},
        {URL("    status_code 200-600\n"), "status_code takes codes from 100 to 599", false},
        {URL("    status_code 200-\n"), "status_code takes codes from 100 to 599", false},
        {URL("    status_code\n"), "status_code needs an argument", false},
        {URL("    status_code 300-200\n"), "ends before it begins; type 200-300", false},
        {URL("    digest 00\n"), "digest takes the MD5 of a body, 32 hexadecimal digits", false},
        {URL("    digest 0001020304050607080910111213141g\n"), "digest takes the MD5", false},
        {URL("    regex \"(a\"\n"),
         "the regex \"(a\" cannot be used: missing closing parenthesis, at its offset 2", false},
        {URL("    regex \"\"\n"), "regex is empty", false},
        {URL("    regex \"a\\0b\"\n"), "regex has a NUL in it", false},
        {URL("    regex a\n    regex_options caseles\n"),
         "regex_options knows no \"caseles\"; did you mean \"caseless\"?", false},
        {URL("    regex a\n    regex_min_offset 5\n    regex_max_offset 4\n"),
         "regex_max_offset 4 is below regex_min_offset 5", false},
        {URL("    regex a\n    regex_stack 5 4\n"), "regex_stack starts with 5 bytes", false},
        {URL("    regex_no_match\n"), "regex_no_match has no effect without a regex", true},
        {HEAD "  HTTP_GET {\n   http_protocol 2\n   url {\n    path /\n   }\n  }\n" TAIL,
         "http_protocol takes 1.0, 1.0C, 1.0c or 1.1, not \"2\"", false},
        {HEAD "  HTTP_GET {\n   tls_compliant\n   url {\n    path /\n   }\n  }\n" TAIL,
         "unknown keyword \"tls_compliant\"", false},
        {"SSL {\n key /k.key\n}\n", "SSL has a key and no certificate", false},
        {"SSL {\n ca /none\n}\n", "ca \"/none\" cannot be used: there is no such file", true},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct unit_load load = unit_load(cases[i].text);

        assert_fact(strstr(load.shown.data, cases[i].message), "%s\n%s", cases[i].message,
                    load.shown.data);
        assert_fact((load.conf != NULL) == cases[i].good, "%s", load.shown.data);
        unit_unload(&load);
    }
}

static void test_a_checker_without_measure_is_refused(void **state)
{
    struct text_buffer text = {0};
    struct unit_load load;

    (void)state;
    text_append(&text, HEAD "  HTTP_GET {\n");
    for (int i = 0; i < 300; i++) {
        text_append(&text, "   url {\n    path /\n   }\n");
    }
    text_append(&text, "  }\n" TAIL);
    load = unit_load(text.data);
    assert_null(load.conf);
    assert_non_null(strstr(load.shown.data, "the urls of this HTTP_GET are more than 32768 bytes"));
    unit_unload(&load);
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_checker_has_its_settings_and_those_around_it),
        cmocka_unit_test(test_a_url_has_what_is_expected_of_its_reply),
        cmocka_unit_test(test_escapes_of_a_pattern_are_decoded_first),
        cmocka_unit_test(test_what_is_wrong_is_told),
        cmocka_unit_test(test_a_checker_without_measure_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
