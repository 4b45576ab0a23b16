/* SPDX-License-Identifier: Apache-2.0
 *
 * The example of every row: it is there, and where the keyword is implemented a file with it loads
 * and the parser has nothing to say about it.
 */
#include "unit_parser.h"

#include "parser/dump.h"
#include "parser/schema.h"

#define INSTANCE(name_, vrid_, address_)                                                           \
    "vrrp_instance " name_ " { interface eth0\nvirtual_router_id " vrid_                           \
    "\nvirtual_ipaddress { " address_ " } }\n"
#define TWO_INSTANCES                                                                              \
    INSTANCE("VI_1", "1", "192.0.2.101/24") INSTANCE("VI_2", "2", "192.0.2.102/24")
#define NGINX "vrrp_script nginx { script /bin/true\n}\n"
#define TRACKED                                                                                    \
    "track_file load { file /run/load }\nvrrp_track_process nginx { process nginx }\n"             \
    "bfd_instance peer { neighbor_ip 192.0.2.2 }\n"
#define IN_INSTANCE "vrrp_instance WEB { interface eth0\nvirtual_router_id 7\n"
#define A_KEY       "01234567890123456789012345678901"
#define SERVICE     "virtual_server 192.0.2.9 80 { "
#define SCHEDULER   "lvs_sched rr\n"
#define METHOD      "lvs_method NAT\n"
#define PROTOCOL    "protocol TCP\n"
#define SERVER      "\nreal_server 192.0.2.21 80 { weight 5 } }\n"
#define IN_SERVICE  SERVICE SCHEDULER METHOD PROTOCOL
#define IN_SERVER   IN_SERVICE "real_server 192.0.2.21 80 {\n"

/*
 * A good file with a hole for one statement of a block, which may need another one beside it. The
 * first that fits is used.
 */
static const struct {
    enum schema_block block;
    const char *keyword; /* NULL: any */
    const char *before;
    const char *behind;
} contexts[] = {
    {SCHEMA_TOP, NULL, TWO_INSTANCES, ""},
    {SCHEMA_GLOBAL_DEFS, NULL, "global_defs {\n", "\n}\n"},
    {SCHEMA_TRACK_GROUP, "group", TWO_INSTANCES "track_group uplinks {\n", "\n}\n"},
    {SCHEMA_GARP_GROUP, "garp_interval", "garp_group { interface eth0\n", "\n}\n"},
    {SCHEMA_GARP_GROUP, "gna_interval", "garp_group { interface eth0\n", "\n}\n"},
    {SCHEMA_GARP_GROUP, NULL, "garp_group { garp_interval 0.1\n", "\n}\n"},
    {SCHEMA_SYNC_GROUP, "group", TWO_INSTANCES "vrrp_sync_group SITE {\n", "\n}\n"},
    {SCHEMA_SYNC_GROUP, NULL,
     TWO_INSTANCES NGINX TRACKED "vrrp_sync_group SITE { group { VI_1 VI_2 }\n", "\n}\n"},
    {SCHEMA_INSTANCE, "interface", "vrrp_instance WEB { virtual_router_id 7\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_INSTANCE, "virtual_router_id", "vrrp_instance WEB { interface eth0\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_INSTANCE, "vrf",
     "vrrp_instance WEB { virtual_router_id 7 unicast_src_ip 192.0.2.2 unicast_peer { 192.0.2.3 }\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 dev eth0 } }\n"},
    {SCHEMA_INSTANCE, "unicast_src_ip", IN_INSTANCE "unicast_peer { 192.0.2.3 }\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_INSTANCE, "unicast_ttl", IN_INSTANCE "unicast_peer { 192.0.2.3 }\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_INSTANCE, "vmac_xmit_base", IN_INSTANCE "use_vmac\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_INSTANCE, "timer_expired_backup", IN_INSTANCE "nopreempt\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_INSTANCE, "thread_timer_expired", IN_INSTANCE "nopreempt\n",
     "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_INSTANCE, "virtual_ipaddress", IN_INSTANCE, "\n}\n"},
    {SCHEMA_INSTANCE, NULL, NGINX TRACKED IN_INSTANCE, "\nvirtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_AUTH_HMAC, "key", IN_INSTANCE "auth_hmac { active_key 1\n",
     "\n} virtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_AUTH_HMAC, "active_key", IN_INSTANCE "auth_hmac { key 1 " A_KEY "\n",
     "\n} virtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_AUTH_HMAC, NULL, IN_INSTANCE "auth_hmac { key 1 " A_KEY "\nactive_key 1\n",
     "\n} virtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_AUTHENTICATION, "auth_type", IN_INSTANCE "authentication {\n",
     "\nauth_pass s3cret } virtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_AUTHENTICATION, "auth_pass", IN_INSTANCE "authentication { auth_type PASS\n",
     "\n} virtual_ipaddress { 192.0.2.9/24 } }\n"},
    {SCHEMA_SCRIPT, "script", "vrrp_script nginx {\n", "\n}\n"},
    {SCHEMA_SCRIPT, NULL, "vrrp_script nginx { script /bin/true\n", "\n}\n"},
    {SCHEMA_TRACK_FILE, "file", "track_file load {\n", "\n}\n"},
    {SCHEMA_TRACK_FILE, NULL, "track_file load { file /run/load\n", "\n}\n"},
    {SCHEMA_VRRP_TRACK_FILE, "file", "vrrp_track_file load {\n", "\n}\n"},
    {SCHEMA_VRRP_TRACK_FILE, NULL, "vrrp_track_file load { file /run/load\n", "\n}\n"},
    {SCHEMA_TRACK_PROCESS, "process", "vrrp_track_process web {\n", "\n}\n"},
    {SCHEMA_TRACK_PROCESS, NULL, "vrrp_track_process web { process nginx\n", "\n}\n"},
    {SCHEMA_BFD_INSTANCE, "neighbor_ip", "bfd_instance peer {\n", "\n}\n"},
    {SCHEMA_BFD_INSTANCE, "neighbour_ip", "bfd_instance peer {\n", "\n}\n"},
    {SCHEMA_BFD_INSTANCE, "multihop", "bfd_instance peer { neighbor_ip 192.0.2.2\nmax_hops 1\n",
     "\n}\n"},
    {SCHEMA_BFD_INSTANCE, NULL, "bfd_instance peer { neighbor_ip 192.0.2.2\n", "\n}\n"},
    {SCHEMA_VIRTUAL_SERVER, "lvs_sched", SERVICE METHOD PROTOCOL, SERVER},
    {SCHEMA_VIRTUAL_SERVER, "lb_algo", SERVICE METHOD PROTOCOL, SERVER},
    {SCHEMA_VIRTUAL_SERVER, "lvs_method", SERVICE SCHEDULER PROTOCOL, SERVER},
    {SCHEMA_VIRTUAL_SERVER, "lb_kind", SERVICE SCHEDULER PROTOCOL, SERVER},
    {SCHEMA_VIRTUAL_SERVER, "local_address", SERVICE SCHEDULER PROTOCOL "lvs_method FULLNAT\n",
     SERVER},
    {SCHEMA_VIRTUAL_SERVER, "protocol", SERVICE SCHEDULER METHOD, SERVER},
    {SCHEMA_VIRTUAL_SERVER, "ip_family", "virtual_server fwmark 7 { " SCHEDULER METHOD, SERVER},
    {SCHEMA_VIRTUAL_SERVER, "ops", SERVICE SCHEDULER METHOD "protocol UDP\n", SERVER},
    {SCHEMA_VIRTUAL_SERVER, "sh-port", SERVICE METHOD PROTOCOL "lvs_sched sh\n", SERVER},
    {SCHEMA_VIRTUAL_SERVER, "sh-fallback", SERVICE METHOD PROTOCOL "lvs_sched sh\n", SERVER},
    {SCHEMA_VIRTUAL_SERVER, "mh-port", SERVICE METHOD PROTOCOL "lvs_sched mh\n", SERVER},
    {SCHEMA_VIRTUAL_SERVER, "mh-fallback", SERVICE METHOD PROTOCOL "lvs_sched mh\n", SERVER},
    {SCHEMA_VIRTUAL_SERVER, "persistence_engine",
     SERVICE SCHEDULER METHOD "protocol UDP\npersistence_timeout 9\n", SERVER},
    {SCHEMA_VIRTUAL_SERVER, "hysteresis", IN_SERVICE "quorum 3\n", SERVER},
    {SCHEMA_VIRTUAL_SERVER, "sorry_server_inhibit", IN_SERVICE "sorry_server 192.0.2.30 80\n",
     SERVER},
    {SCHEMA_VIRTUAL_SERVER, "sorry_server_lvs_method", IN_SERVICE "sorry_server 192.0.2.30 80\n",
     SERVER},
    {SCHEMA_VIRTUAL_SERVER, "real_server", IN_SERVICE, "\n}\n"},
    {SCHEMA_VIRTUAL_SERVER, NULL, IN_SERVICE, SERVER},
    {SCHEMA_REAL_SERVER, "lthreshold", IN_SERVER "uthreshold 900\n", "\n} }\n"},
    {SCHEMA_REAL_SERVER, "FILE_CHECK", "track_file load { file /run/load }\n" IN_SERVER, "\n} }\n"},
    {SCHEMA_REAL_SERVER, "BFD_CHECK", "bfd_instance peer { neighbor_ip 192.0.2.2 }\n" IN_SERVER,
     "\n} }\n"},
    {SCHEMA_REAL_SERVER, NULL, IN_SERVER, "\n} }\n"},
    {SCHEMA_TCP_CHECK, NULL, IN_SERVER "TCP_CHECK {\n", "\n} } }\n"},
    {SCHEMA_UDP_CHECK, "min_reply_length", IN_SERVER "UDP_CHECK {\nrequire_reply 00\n",
     "\n} } }\n"},
    {SCHEMA_UDP_CHECK, "max_reply_length", IN_SERVER "UDP_CHECK {\nrequire_reply 00\n",
     "\n} } }\n"},
    {SCHEMA_UDP_CHECK, NULL, IN_SERVER "UDP_CHECK {\n", "\n} } }\n"},
    {SCHEMA_SMTP_CHECK, NULL, IN_SERVER "SMTP_CHECK {\n", "\n} } }\n"},
    {SCHEMA_SMTP_CHECK_HOST, NULL, IN_SERVER "SMTP_CHECK { host {\n", "\n} } } }\n"},
    {SCHEMA_DNS_CHECK, NULL, IN_SERVER "DNS_CHECK {\n", "\n} } }\n"},
    {SCHEMA_PING_CHECK, NULL, IN_SERVER "PING_CHECK {\n", "\n} } }\n"},
    {SCHEMA_FILE_CHECK, "track_file",
     "track_file load { file /run/load }\n" IN_SERVER "FILE_CHECK {\n", "\n} } }\n"},
    {SCHEMA_FILE_CHECK, NULL,
     "track_file load { file /run/load }\n" IN_SERVER "FILE_CHECK { track_file load\n",
     "\n} } }\n"},
    {SCHEMA_BFD_CHECK, "name",
     "bfd_instance peer { neighbor_ip 192.0.2.2 }\n" IN_SERVER "BFD_CHECK {\n", "\n} } }\n"},
    {SCHEMA_BFD_CHECK, NULL,
     "bfd_instance peer { neighbor_ip 192.0.2.2 }\n" IN_SERVER "BFD_CHECK { name peer\n",
     "\n} } }\n"},
    {SCHEMA_AGENT_CHECK, "connect_port", IN_SERVER "AGENT_CHECK {\n", "\n} } }\n"},
    {SCHEMA_AGENT_CHECK, NULL, IN_SERVER "AGENT_CHECK { connect_port 9\n", "\n} } }\n"},
    {SCHEMA_MISC_CHECK, "misc_path", IN_SERVER "MISC_CHECK {\n", "\n} } }\n"},
    {SCHEMA_MISC_CHECK, NULL, IN_SERVER "MISC_CHECK { misc_path /bin/true\n", "\n} } }\n"},
    {SCHEMA_HTTP_GET, "url", IN_SERVER "HTTP_GET {\n", "\n} } }\n"},
    {SCHEMA_HTTP_GET, NULL, IN_SERVER "HTTP_GET { url { path / }\n", "\n} } }\n"},
    {SCHEMA_HTTP_GET_URL, "path", IN_SERVER "HTTP_GET { url {\n", "\n} } } }\n"},
    {SCHEMA_HTTP_GET_URL, "regex", IN_SERVER "HTTP_GET { url { path /\n", "\n} } } }\n"},
    {SCHEMA_HTTP_GET_URL, NULL, IN_SERVER "HTTP_GET { url { path /\nregex OK\n", "\n} } } }\n"},
    {SCHEMA_SSL_GET, "url", IN_SERVER "SSL_GET {\n", "\n} } }\n"},
    {SCHEMA_SSL_GET, NULL, IN_SERVER "SSL_GET { url { path / }\n", "\n} } }\n"},
    {SCHEMA_SSL_GET_URL, "path", IN_SERVER "SSL_GET { url {\n", "\n} } } }\n"},
    {SCHEMA_SSL_GET_URL, "regex", IN_SERVER "SSL_GET { url { path /\n", "\n} } } }\n"},
    {SCHEMA_SSL_GET_URL, NULL, IN_SERVER "SSL_GET { url { path /\nregex OK\n", "\n} } } }\n"},
    {SCHEMA_SSL, "key", "SSL { certificate " UNIT_PEM "\n", "\n}\n"},
    {SCHEMA_SSL, NULL, "SSL {\n", "\n}\n"},
    {SCHEMA_MYSQL_CHECK, "user", IN_SERVER "MYSQL_CHECK { \n", "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "expect", IN_SERVER "MYSQL_CHECK { user u\nquery q\n", "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "max_lag", IN_SERVER "MYSQL_CHECK { user u\nreplication\n", "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "lag_weight", IN_SERVER "MYSQL_CHECK { user u\nreplication\n",
     "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "tls", IN_SERVER "MYSQL_CHECK { user u\ntls_ca /ca.pem\n", "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "tls_ca", IN_SERVER "MYSQL_CHECK { user u\ntls\n", "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "tls_certificate",
     IN_SERVER "MYSQL_CHECK { user u\ntls\ntls_ca /ca.pem\ntls_key /key.pem\n", "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "tls_key",
     IN_SERVER "MYSQL_CHECK { user u\ntls\ntls_ca /ca.pem\ntls_certificate /our.pem\n",
     "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, "tls_name", IN_SERVER "MYSQL_CHECK { user u\ntls\ntls_ca /ca.pem\n",
     "\n} } }\n"},
    {SCHEMA_MYSQL_CHECK, NULL, IN_SERVER "MYSQL_CHECK { user u\n", "\n} } }\n"},
};

static const struct schema_row *row_at(size_t index, enum schema_block *block)
{
    for (*block = 0; *block < SCHEMA_BLOCKS; (*block)++) {
        struct schema_block_info info = schema_block(*block);

        if (index < info.count) {
            return info.rows + index;
        }
        index -= info.count;
    }
    return NULL;
}

static void test_every_row_has_an_example_that_begins_with_its_keyword(void **state)
{
    const struct schema_row *row;
    enum schema_block block;

    (void)state;
    for (size_t i = 0; (row = row_at(i, &block)); i++) {
        struct text_buffer example = {0};
        size_t length = strlen(row->name);
        bool alone;

        schema_write_example(row, &example);
        alone = example.length == length;
        assert_fact(strncmp(example.data, row->name, length) == 0 &&
                        (alone || example.data[length] == ' '),
                    "%s", example.data);
        assert_fact(alone == (row->kind == SCHEMA_KIND_FLAG), "%s.%s has the example \"%s\"",
                    schema_block(block).name, row->name, example.data);
        assert_fact(schema_has_braces(row) == (strchr(example.data, '{') != NULL), "%s",
                    example.data);
        assert_fact(example.data[example.length - 1] != ' ' &&
                        example.data[example.length - 1] != '\n',
                    "%s", example.data);
        text_release(&example);
    }
}

static size_t context_of(enum schema_block block, const char *keyword)
{
    size_t context = 0;

    while (context < UNIT_COUNT(contexts) &&
           (contexts[context].block != block ||
            (contexts[context].keyword && strcmp(contexts[context].keyword, keyword) != 0))) {
        context++;
    }
    assert_fact(context < UNIT_COUNT(contexts), "no context for %s.%s", schema_block(block).name,
                keyword);
    return context;
}

static unsigned lines_of(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

/*
 * A lint judges the file as a whole, on this machine (a script that is not there), which is not the
 * example's matter; its message ends with the lint's name in brackets.
 */
static bool is_lint(const char *message)
{
    return strstr(message, " [") && message[strlen(message) - 1] == ']';
}

/* What was loaded is among the facts, and they load to the same. */
static void check_facts(enum schema_block block, const struct schema_row *row,
                        const struct conf *conf)
{
    struct text_buffer written = {0};
    struct text_buffer again = {0};
    struct text_buffer word = {0};
    struct unit_load load;

    dump_write(conf, &written);
    text_appendf(&word, " %s%s", row->name, row->kind == SCHEMA_KIND_FLAG ? "\n" : " ");
    assert_fact(
        row->flags & SCHEMA_HIDDEN || block == SCHEMA_TOP || strstr(written.data, word.data),
        "%s.%s is not among the facts:\n%s", schema_block(block).name, row->name, written.data);
    load = unit_load(written.data);
    assert_fact(load.conf != NULL, "%s\n%s", written.data, load.shown.data);
    dump_write(load.conf, &again);
    assert_string_equal(again.data, written.data);
    unit_unload(&load);
    text_release(&written);
    text_release(&again);
    text_release(&word);
}

static void check_loads(enum schema_block block, const struct schema_row *row)
{
    size_t context = context_of(block, row->name);
    struct text_buffer text = {0};
    struct unit_load load;
    const struct diag *diag;
    unsigned first = lines_of(contexts[context].before) + 1;
    unsigned last;

    text_append(&text, contexts[context].before);
    schema_write_example(row, &text);
    last = lines_of(text.data) + 1;
    text_append(&text, contexts[context].behind);
    load = unit_load(text.data);
    assert_fact(load.conf != NULL, "%s.%s: not loaded:\n%s\n%s", schema_block(block).name,
                row->name, text.data, load.shown.data);
    for (size_t i = 0; (diag = diag_at(load.list, i)); i++) {
        assert_fact(
            diag->position.line < first || diag->position.line > last || is_lint(diag->message) ||
                strstr(diag->message, " is deprecated; "), /* it works, and is said of each use */
            "%s.%s:\n%s\n%s", schema_block(block).name, row->name, text.data, load.shown.data);
    }
    check_facts(block, row, load.conf);
    unit_unload(&load);
    text_release(&text);
}

static void test_examples_of_implemented_rows_load(void **state)
{
    const struct schema_row *row;
    enum schema_block block;
    size_t loaded = 0;

    (void)state;
    for (size_t i = 0; (row = row_at(i, &block)); i++) {
        if (row->state == SCHEMA_IMPLEMENTED) {
            check_loads(block, row);
            loaded++;
        }
    }
    assert_true(loaded > 100);
}

static void test_contexts_alone_have_nothing_to_be_said_about(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(contexts); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        if (contexts[i].keyword) {
            continue; /* it lacks what the keyword is required for */
        }
        text_appendf(&text, "%s%s", contexts[i].before, contexts[i].behind);
        load = unit_load(text.data);
        assert_fact(load.conf && !diag_count(load.list, DIAG_ERROR), "%s\n%s", text.data,
                    load.shown.data);
        unit_unload(&load);
        text_release(&text);
    }
}

static void test_an_example_is_made_from_kind_range_and_default(void **state)
{
    static const struct conf_name choices[] = {{"first", 1}, {"second", 2}, {NULL, 0}};
    static const struct {
        struct schema_row row;
        const char *example;
    } rows[] = {
        {{.kind = SCHEMA_KIND_FLAG}, "k"},
        {{.kind = SCHEMA_KIND_BOOL}, "k on"},
        {{.kind = SCHEMA_KIND_BOOL, .has_initial = true, .initial = 1}, "k off"},
        {{.kind = SCHEMA_KIND_BOOL, .has_initial = true, .initial = -1}, "k on"},
        {{.kind = SCHEMA_KIND_BOOL, .fallback = "on"}, "k off"},
        {{.kind = SCHEMA_KIND_NUMBER, .minimum = 0, .maximum = 9}, "k 1"},
        {{.kind = SCHEMA_KIND_NUMBER, .minimum = 5, .maximum = 9}, "k 5"},
        {{.kind = SCHEMA_KIND_NUMBER, .minimum = -9, .maximum = 0}, "k 0"},
        {{.kind = SCHEMA_KIND_NUMBER, .maximum = 9, .has_initial = true, .initial = 7}, "k 7"},
        {{.kind = SCHEMA_KIND_NUMBER, .maximum = 9, .has_initial = true, .initial = -1}, "k 1"},
        {{.kind = SCHEMA_KIND_NUMBER, .maximum = 9, .fallback = "8"}, "k 8"},
        {{.kind = SCHEMA_KIND_NUMBER, .maximum = 9, .fallback = "that of x"}, "k 1"},
        {{.kind = SCHEMA_KIND_SECONDS, .maximum = INT64_C(2000000000)}, "k 1"},
        {{.kind = SCHEMA_KIND_SECONDS, .maximum = INT64_C(500000000)}, "k 0.5"},
        {{.kind = SCHEMA_KIND_SECONDS, .minimum = 1, .maximum = INT64_MAX, .fallback = "0"}, "k 1"},
        {{.kind = SCHEMA_KIND_SECONDS, .maximum = INT64_MAX, .fallback = "2.5"}, "k 2.5"},
        {{.kind = SCHEMA_KIND_CHOICE, .choices = choices}, "k first"},
        {{.kind = SCHEMA_KIND_INTERFACE}, "k eth0"},
        {{.kind = SCHEMA_KIND_ADDRESS}, "k 192.0.2.1"},
        {{.kind = SCHEMA_KIND_USER}, "k keepalived_script"},
        {{.kind = SCHEMA_KIND_SCRIPT}, "k \"/usr/local/sbin/on-change k\""},
        {{.kind = SCHEMA_KIND_NUMBER, .maximum = 9, .example = "4"}, "k 4"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct schema_row row = rows[i].row;
        struct text_buffer out = {0};

        row.name = "k";
        schema_write_example(&row, &out);
        assert_fact(strcmp(out.data, rows[i].example) == 0, "row %zu: %s", i, out.data);
        text_release(&out);
    }
}

static void test_every_number_has_a_unit_and_a_range(void **state)
{
    const struct schema_row *row;
    enum schema_block block;

    (void)state;
    for (size_t i = 0; (row = row_at(i, &block)); i++) {
        const char *unit = schema_unit(row);
        bool number = row->kind == SCHEMA_KIND_NUMBER || row->kind == SCHEMA_KIND_SECONDS;

        assert_fact((unit != NULL) == number, "%s.%s: unit", schema_block(block).name, row->name);
        assert_fact(!unit || *unit, "%s.%s: unit", schema_block(block).name, row->name);
        assert_fact(number || !row->unit, "%s.%s has a unit", schema_block(block).name, row->name);
        assert_fact(!number || row->minimum < row->maximum, "%s.%s: range",
                    schema_block(block).name, row->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_has_an_example_that_begins_with_its_keyword),
        cmocka_unit_test(test_examples_of_implemented_rows_load),
        cmocka_unit_test(test_contexts_alone_have_nothing_to_be_said_about),
        cmocka_unit_test(test_an_example_is_made_from_kind_range_and_default),
        cmocka_unit_test(test_every_number_has_a_unit_and_a_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
