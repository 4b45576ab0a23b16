/* SPDX-License-Identifier: Apache-2.0
 *
 * Every number and every duration of the schema: the ends of its range are taken, what is beyond
 * them is refused, and so is a number with something behind it.
 */
#include "unit_parser.h"

#include "parser/schema.h"

#include <inttypes.h>

#define SERVER_HEAD                                                                                \
    "virtual_server 10.0.0.9 80 { lb_algo rr lb_kind NAT protocol TCP\n"                           \
    "real_server 10.0.0.1 80 { uthreshold 4294967295\n"

/* A good configuration with a hole for one statement of a block. */
static const struct {
    enum schema_block block;
    const char *before;
    const char *behind;
} holes[] = {
    {SCHEMA_GLOBAL_DEFS, "global_defs {\n", "\n}\n"},
    {SCHEMA_INSTANCE, "vrrp_instance A { interface eth0 virtual_router_id 7\n",
     "\nvirtual_ipaddress { 10.0.0.1 } }\n"},
    {SCHEMA_SCRIPT, "vrrp_script s { script /bin/true\n", "\n}\n"},
    {SCHEMA_AUTH_HMAC,
     "vrrp_instance A { interface eth0 virtual_router_id 7\nauth_hmac {\n"
     "key 1 01234567890123456789012345678901\nkey 255 01234567890123456789012345678901\n"
     "active_key 1\n",
     "\n} virtual_ipaddress { 10.0.0.1 } }\n"},
    {SCHEMA_GARP_GROUP, "garp_group { interface eth0\n", "\n}\n"},
    {SCHEMA_BFD_INSTANCE, "bfd_instance b { neighbor_ip 192.0.2.2\n", "\n}\n"},
    {SCHEMA_TRACK_PROCESS, "vrrp_track_process p { process p\n", "\n}\n"},
    {SCHEMA_VIRTUAL_SERVER, "virtual_server 10.0.0.9 80 { lb_algo rr lb_kind NAT protocol TCP\n",
     "\nreal_server 10.0.0.1 80 { } }\n"},
    {SCHEMA_REAL_SERVER, SERVER_HEAD, "\n} }\n"},
    {SCHEMA_TCP_CHECK, SERVER_HEAD "TCP_CHECK {\n", "\n} } }\n"},
    {SCHEMA_SMTP_CHECK, SERVER_HEAD "SMTP_CHECK {\n", "\n} } }\n"},
    {SCHEMA_SMTP_CHECK_HOST, SERVER_HEAD "SMTP_CHECK { host {\n", "\n} } } }\n"},
    {SCHEMA_DNS_CHECK, SERVER_HEAD "DNS_CHECK {\n", "\n} } }\n"},
    {SCHEMA_PING_CHECK, SERVER_HEAD "PING_CHECK {\n", "\n} } }\n"},
    {SCHEMA_UDP_CHECK, SERVER_HEAD "UDP_CHECK {\n", "\n} } }\n"},
    {SCHEMA_BFD_CHECK,
     "bfd_instance b { neighbor_ip 192.0.2.2 }\n" SERVER_HEAD "BFD_CHECK { name b\n", "\n} } }\n"},
    {SCHEMA_FILE_CHECK, "track_file f { file /tmp/f }\n" SERVER_HEAD "FILE_CHECK { track_file f\n",
     "\n} } }\n"},
    {SCHEMA_AGENT_CHECK, SERVER_HEAD "AGENT_CHECK { connect_port 9\n", "\n} } }\n"},
    {SCHEMA_MISC_CHECK, SERVER_HEAD "MISC_CHECK { misc_path /bin/true\n", "\n} } }\n"},
    {SCHEMA_HTTP_GET, SERVER_HEAD "HTTP_GET { url { path / }\n", "\n} } }\n"},
    {SCHEMA_HTTP_GET_URL, SERVER_HEAD "HTTP_GET { url { path /\nregex x\n", "\n} } } }\n"},
    {SCHEMA_SSL_GET, SERVER_HEAD "SSL_GET { url { path / }\n", "\n} } }\n"},
    {SCHEMA_SSL_GET_URL, SERVER_HEAD "SSL_GET { url { path /\nregex x\n", "\n} } } }\n"},
    {SCHEMA_MYSQL_CHECK, SERVER_HEAD "MYSQL_CHECK { user u\nreplication\n", "\n} } }\n"},
};

/* Whether a statement is taken in a hole. */
static bool is_taken(size_t hole, const char *keyword, const char *value)
{
    struct text_buffer text = {0};
    struct unit_load load;
    bool taken;

    text_appendf(&text, "%s%s %s%s", holes[hole].before, keyword, value, holes[hole].behind);
    load = unit_load(text.data);
    taken = load.conf != NULL;
    assert_fact(taken || diag_count(load.list, DIAG_ERROR) == 1, "%s\n%s", text.data,
                load.shown.data);
    unit_unload(&load);
    text_release(&text);
    return taken;
}

/* A value of a row as it is typed, with something behind it. */
static const char *typed(const struct schema_row *row, int64_t value, const char *behind,
                         char text[64])
{
    struct text_buffer number = {0};

    if (row->kind == SCHEMA_KIND_SECONDS && value < 0) {
        text_appendf(&number, "-0.000001");
    } else if (row->kind == SCHEMA_KIND_SECONDS) {
        schema_write_seconds(value, &number);
    } else {
        text_appendf(&number, "%" PRId64, value);
    }
    (void)snprintf(text, 64, "%s%s", number.data, behind);
    text_release(&number);
    return text;
}

static void check_row(size_t hole, const struct schema_row *row)
{
    int64_t step = 1;
    char text[64];

    if (row->kind == SCHEMA_KIND_SECONDS) {
        step = 1000000000;
        for (unsigned i = 0; i < row->places; i++) {
            step /= 10;
        }
    }
    assert_fact(is_taken(hole, row->name, typed(row, row->minimum, "", text)), "%s %s", row->name,
                text);
    assert_fact(is_taken(hole, row->name, typed(row, row->maximum, "", text)), "%s %s", row->name,
                text);
    assert_fact(!is_taken(hole, row->name, typed(row, row->minimum - step, "", text)), "%s %s",
                row->name, text);
    assert_fact(!is_taken(hole, row->name, typed(row, row->maximum + step, "", text)), "%s %s",
                row->name, text);
    assert_fact(!is_taken(hole, row->name, typed(row, row->minimum, "s", text)), "%s %s", row->name,
                text);
    assert_fact(!is_taken(hole, row->name, ""), "%s alone", row->name);
}

static bool has_range(const struct schema_row *row)
{
    return row->state == SCHEMA_IMPLEMENTED &&
           (row->kind == SCHEMA_KIND_NUMBER || row->kind == SCHEMA_KIND_SECONDS);
}

/* The hole for a block; a block with ranges must have one. */
static size_t hole_of(enum schema_block block)
{
    size_t hole = 0;

    while (hole < UNIT_COUNT(holes) && holes[hole].block != block) {
        hole++;
    }
    assert_fact(hole < UNIT_COUNT(holes), "%s has ranges and no hole here",
                schema_block(block).name);
    return hole;
}

static void test_ranges_are_those_of_the_schema(void **state)
{
    (void)state;
    for (size_t hole = 0; hole < UNIT_COUNT(holes); hole++) {
        assert_true(is_taken(hole, "", ""));
    }
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        for (size_t i = 0; i < info.count; i++) {
            if (has_range(&info.rows[i])) {
                check_row(hole_of(block), &info.rows[i]);
            }
        }
    }
}

static void test_truths_have_six_words_and_may_stand_alone(void **state)
{
    static const struct {
        const char *word;
        bool taken;
        bool value;
    } words[] = {
        {"", true, true},     {"on", true, true},     {"true", true, true}, {"yes", true, true},
        {"off", true, false}, {"false", true, false}, {"no", true, false},  {"ON", false, false},
        {"1", false, false},  {"\"\"", false, false}, {"y", false, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(words); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        text_appendf(&text,
                     "vrrp_instance A { interface eth0 virtual_router_id 7\n lower_prio_no_advert "
                     "%s\n priority 5 }\n",
                     words[i].word);
        load = unit_load(text.data);
        assert_fact((load.conf != NULL) == words[i].taken, "\"%s\"", words[i].word);
        if (load.conf) {
            const struct conf_instance *instance = STAILQ_FIRST(&load.conf->instances);

            assert_fact(instance->lower_prio_no_advert == words[i].value, "\"%s\"", words[i].word);
            assert_int_equal(instance->priority, 5);
        }
        unit_unload(&load);
        text_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_are_those_of_the_schema),
        cmocka_unit_test(test_truths_have_six_words_and_may_stand_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
