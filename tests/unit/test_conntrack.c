/* SPDX-License-Identifier: Apache-2.0
 *
 * What a director that takes over asks of connection tracking: for which connections, and in which bytes.
 */
#include "unit_parser.h"

#include "ipvs/conntrack.h"
#include "ipvs/translation.h"

#include <errno.h>
#include <stdalign.h>

static const char services[] =
    "virtual_server 10.0.0.18 80 {\n lb_algo rr\n lb_kind FULLNAT\n protocol TCP\n"
    " local_address 10.1.0.200-10.1.0.203\n real_server 10.1.0.9 8080 { }\n"
    " real_server 10.1.0.8 80 {\n lvs_method NAT\n }\n sorry_server 10.1.0.7 80\n}\n"
    "virtual_server 10.0.0.19 0 {\n lb_algo rr\n lb_kind FULLNAT\n protocol TCP\n"
    " persistence_timeout 5\n local_address 10.1.0.210\n real_server 10.1.0.9 0 { }\n}\n"
    "virtual_server fwmark 7 {\n lb_algo rr\n lb_kind FULLNAT\n"
    " local_address 10.1.0.220\n real_server 10.1.0.6 { }\n}\n"
    "virtual_server 2001:db8:1::18 80 {\n lb_algo rr\n lb_kind FULLNAT\n protocol TCP\n"
    " local_address 2001:db8:2::200\n real_server 2001:db8:2::9 80 { }\n}\n"
    "virtual_server 10.0.0.20 80 {\n lb_algo rr\n lb_kind FULLNAT\n protocol TCP\n"
    " real_server 10.1.0.9 80 { }\n}\n"
    "virtual_server 10.0.0.18 53 {\n lb_algo rr\n lb_kind FULLNAT\n protocol UDP\n"
    " local_address 10.1.0.230\n real_server 10.1.0.9 53 { }\n}\n"
    /* Beside the marks and all ports: services with the same servers. */
    "virtual_server 10.0.0.21 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"
    " real_server 10.1.0.6 80 { }\n}\n"
    "virtual_server 10.0.0.21 443 {\n lb_algo rr\n lb_kind FULLNAT\n protocol TCP\n"
    " real_server 10.1.0.6 443 { }\n}\n"
    "virtual_server 10.0.0.22 0 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"
    " persistence_timeout 5\n real_server 10.1.0.6 0 { }\n}\n"
    "virtual_server 10.0.0.19 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"
    " real_server 10.1.0.5 80 { }\n}\n"
    "virtual_server 10.0.0.23 80 {\n lb_algo rr\n lb_kind FULLNAT\n protocol TCP\n"
    " local_address 10.1.0.240\n real_server 10.1.0.9 8000 { }\n"
    " real_server 10.1.0.9 8001 {\n lvs_method NAT\n }\n}\n"
    "virtual_server fwmark 8 {\n lb_algo rr\n lb_kind FULLNAT\n"
    " local_address 10.1.0.220\n real_server 10.1.0.6 { }\n real_server 10.1.0.4 { }\n"
    " real_server 10.1.0.3 { }\n}\n"
    "virtual_server fwmark 9 {\n lb_algo rr\n lb_kind NAT\n real_server 10.1.0.4 { }\n}\n"
    "virtual_server fwmark 10 {\n lb_algo rr\n lb_kind FULLNAT\n"
    " local_address 10.1.0.221\n real_server 10.1.0.3 { }\n}\n";

#define CLIENT "TCP 0A000064 B562 "

static const struct {
    const char *name;
    const char *line;
    const char *first; /* NULL: it is not taken over */
} rows[] = {
    {"by what the client asked for", CLIENT "0A000012 0050 0A010009 1F90 ESTABLISHED     899",
     "10.1.0.200"},
    {"half closed", CLIENT "0A000012 0050 0A010009 1F90 FIN_WAIT        119", "10.1.0.200"},
    {"by the server", CLIENT "0A000012 0050 0A010009 1F90 CLOSE_WAIT       59", "10.1.0.200"},
    {"over", CLIENT "0A000012 0050 0A010009 1F90 TIME_WAIT       119", NULL},
    {"not open yet", CLIENT "0A000012 0050 0A010009 1F90 SYN_RECV         59", NULL},
    {"a server behind NAT", CLIENT "0A000012 0050 0A010008 0050 ESTABLISHED     899", NULL},
    {"the sorry server", CLIENT "0A000012 0050 0A010007 0050 ESTABLISHED     899", "10.1.0.200"},
    {"any port", CLIENT "0A000013 1234 0A010009 1234 ESTABLISHED     899", "10.1.0.210"},
    {"a mark", CLIENT "0A00FF01 1234 0A010006 1234 ESTABLISHED     899", "10.1.0.220"},
    {"another mark's server", CLIENT "0A00FF01 1234 0A010005 1234 ESTABLISHED     899", NULL},
    {"IPv6",
     "TCP 2001:0db8:0001:0000:0000:0000:0000:0100 AE74 2001:0db8:0001:0000:0000:0000:0000:0018 0050 "
     "2001:0db8:0002:0000:0000:0000:0000:0009 0050 ESTABLISHED     899",
     "2001:db8:2::200"},
    {"an address of the director", CLIENT "0A000014 0050 0A010009 0050 ESTABLISHED     899", NULL},
    {"UDP", "UDP 0A000064 B562 0A000012 0035 0A010009 0035 UDP             299", NULL},
    {"a mark's server that is another service's behind NAT",
     CLIENT "0A000015 0050 0A010006 0050 ESTABLISHED     899", NULL},
    {"a mark's server that is another service's with an address of the director",
     CLIENT "0A000015 01BB 0A010006 01BB ESTABLISHED     899", NULL},
    {"a mark's server that is one's of all ports behind NAT",
     CLIENT "0A000016 1234 0A010006 1234 ESTABLISHED     899", NULL},
    {"a mark's server that the service of the port does not have",
     CLIENT "0A000013 0050 0A010006 0050 ESTABLISHED     899", "10.1.0.220"},
    {"a server of all ports at a port with a service of its own",
     CLIENT "0A000013 0050 0A010009 0050 ESTABLISHED     899", NULL},
    {"the server's port that is behind FULLNAT",
     CLIENT "0A000017 0050 0A010009 1F40 ESTABLISHED     899", "10.1.0.240"},
    {"the same server's port that is behind NAT",
     CLIENT "0A000017 0050 0A010009 1F41 ESTABLISHED     899", NULL},
    {"a server of two marks, behind NAT for one",
     CLIENT "0A00FF01 1234 0A010004 1234 ESTABLISHED     899", NULL},
    {"a server of two marks with different addresses",
     CLIENT "0A00FF01 1234 0A010003 1234 ESTABLISHED     899", NULL},
    {"nobody's", CLIENT "0A000063 0050 0A010009 0050 ESTABLISHED     899", NULL},
};

static struct connection read_line(const char *line)
{
    struct connection connection;

    assert_fact(connection_parse(line, strlen(line), &connection), "%s", line);
    return connection;
}

static void test_connections_with_an_address_of_every_director_are_taken_over(void **state)
{
    struct unit_load load = unit_load(services);
    struct translations *translations;

    (void)state;
    assert_fact(load.conf != NULL, "%s", load.shown.data);
    translations = translations_new(load.conf, NULL, 0);
    unit_unload(&load); /* it is not needed any more */
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct connection connection = read_line(rows[i].line);
        const struct conf_local *local = translations_find(translations, &connection);
        char text[INET_ADDR_TEXT_SIZE];

        assert_fact((local != NULL) == (rows[i].first != NULL), "%s", rows[i].name);
        if (local) {
            assert_string_equal(inet_text(text, &local->first), rows[i].first);
        }
    }
    translations_release(translations_share(translations));
    translations_release(translations);
}

/* A server that drains: behind what it is, and of which service. */
static const struct {
    const char *name;
    enum conf_forward forward;
    uint32_t fwmark;
    uint16_t port; /* of the service, and of the server */
    const char *line;
    const char *first; /* NULL: it is not taken over */
} draining[] = {
    {"behind FULLNAT", CONF_FORWARD_FULLNAT, 0, 80,
     CLIENT "0A000021 0050 0A01001E 0050 ESTABLISHED     899", "10.1.0.250"},
    {"another port of it", CONF_FORWARD_FULLNAT, 0, 80,
     CLIENT "0A000021 0050 0A01001E 0051 ESTABLISHED     899", NULL},
    {"all ports", CONF_FORWARD_FULLNAT, 0, 0,
     CLIENT "0A000021 1234 0A01001E 1234 ESTABLISHED     899", "10.1.0.250"},
    {"a mark", CONF_FORWARD_FULLNAT, 11, 0,
     CLIENT "0A00FF01 1234 0A01001E 1234 ESTABLISHED     899", "10.1.0.250"},
    {"behind NAT", CONF_FORWARD_NAT, 0, 80,
     CLIENT "0A000021 0050 0A01001E 0050 ESTABLISHED     899", NULL},
    {"behind NAT, and not the one, which is a mark's", CONF_FORWARD_NAT, 0, 80,
     CLIENT "0A000021 0050 0A010006 0050 ESTABLISHED     899", "10.1.0.220"},
};

static struct inet_addr read_addr(const char *text)
{
    struct inet_addr addr;

    assert_true(inet_parse(text, &addr));
    return addr;
}

static struct conf_drain read_drain(size_t row)
{
    struct conf_drain drain = {
        .service = {.family = AF_INET, .fwmark = draining[row].fwmark, .port = draining[row].port},
        .server = {.addr = read_addr("10.1.0.30"), .port = draining[row].port},
        .forward = draining[row].forward,
    };

    if (!drain.service.fwmark) {
        drain.service.protocol = IPPROTO_TCP;
        drain.service.addr = read_addr("10.0.0.33");
    }
    if (drain.forward == CONF_FORWARD_FULLNAT) {
        drain.local.first = drain.local.last = read_addr("10.1.0.250");
    }
    return drain;
}

/* Beside a configuration with others, and alone in one that has nothing behind FULLNAT any more. */
static void test_connections_of_servers_that_drain_are_taken_over(void **state)
{
    static const char *const texts[] = {services, "global_defs {\n}\n"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(draining) * UNIT_COUNT(texts); i++) {
        size_t row = i / UNIT_COUNT(texts);
        const char *text = texts[i % UNIT_COUNT(texts)];
        struct unit_load load = unit_load(text);
        struct conf_drain drain = read_drain(row);
        struct translations *translations = translations_new(load.conf, &drain, 1);
        struct connection connection = read_line(draining[row].line);
        const struct conf_local *local =
            translations ? translations_find(translations, &connection) : NULL;
        bool alone = text != services && drain.forward != CONF_FORWARD_FULLNAT;
        char shown[INET_ADDR_TEXT_SIZE];

        assert_fact((translations == NULL) == alone, "%s", draining[row].name);
        assert_fact((local != NULL) == (draining[row].first && !alone), "%s", draining[row].name);
        if (local) {
            assert_string_equal(inet_text(shown, &local->first), draining[row].first);
        }
        translations_release(translations);
        unit_unload(&load);
    }
}

/* A mark's server drains behind NAT for another service: its connections are no mark's. */
static void test_what_drains_behind_nat_gets_no_source_of_a_mark(void **state)
{
    struct unit_load load = unit_load(services);
    struct connection connection =
        read_line(CLIENT "0A000021 0050 0A010006 0050 ESTABLISHED     899");
    struct conf_drain drain = read_drain(4);
    struct translations *translations;

    (void)state;
    drain.server.addr = read_addr("10.1.0.6");
    translations = translations_new(load.conf, &drain, 1);
    assert_null(translations_find(translations, &connection));
    translations_release(translations);
    unit_unload(&load);
}

static void test_without_such_a_service_there_is_nothing_to_look_up(void **state)
{
    struct unit_load load =
        unit_load("virtual_server 10.0.0.18 80 {\n lb_algo rr\n lb_kind FULLNAT\n"
                  " protocol TCP\n real_server 10.1.0.9 80 { }\n}\n");

    (void)state;
    assert_fact(load.conf != NULL, "%s", load.shown.data);
    assert_null(translations_new(load.conf, NULL, 0));
    assert_null(translations_share(NULL));
    translations_release(NULL);
    unit_unload(&load);
}

/* How the message begins, by linux/netfilter/nfnetlink_conntrack.h; netlink is in the order of the host. */
static const uint8_t request[] = {
    0xb4, 0x00, 0x00, 0x00, 0x00, 0x01, 0x05, 0x06, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x02, 0x00, 0x00, 0x00, 0x34, 0x00, 0x01, 0x80, 0x14, 0x00, 0x01, 0x80, 0x08, 0x00,
    0x01, 0x00, 10,   0,    0,    100,  0x08, 0x00, 0x02, 0x00, 10,   0,    0,    18,   0x1c,
    0x00, 0x02, 0x80, 0x05, 0x00, 0x01, 0x00, 0x06, 0x00, 0x00, 0x00, 0x06, 0x00, 0x02, 0x00,
    0xb5, 0x62, 0x00, 0x00, 0x06, 0x00, 0x03, 0x00, 0x00, 0x50, 0x00, 0x00, 0x34, 0x00, 0x02,
    0x80, 0x14, 0x00, 0x01, 0x80, 0x08, 0x00, 0x01, 0x00, 10,   1,    0,    9,    0x08, 0x00,
    0x02, 0x00, 10,   0,    0,    100,  0x1c, 0x00, 0x02, 0x80, 0x05, 0x00, 0x01, 0x00, 0x06,
    0x00, 0x00, 0x00, 0x06, 0x00, 0x02, 0x00, 0x1f, 0x90, 0x00, 0x00, 0x06, 0x00, 0x03, 0x00,
    0xb5, 0x62, 0x00, 0x00, 0x08, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x0e,
};

static void test_the_message_says_who_asked_whom_and_who_answers(void **state)
{
    struct connection connection =
        read_line(CLIENT "0A000012 0050 0A010009 1F90 ESTABLISHED     899");
    struct conf_local local = {0};
    alignas(uint32_t) uint8_t message[CONNTRACK_MESSAGE_SIZE];
    size_t size;

    (void)state;
    assert_true(inet_parse("10.1.0.200", &local.first) && inet_parse("10.1.0.203", &local.last));
    size = conntrack_encode(message, 5, &connection, &local);
    assert_int_equal(size % 4, 0);
    assert_int_equal(message[0], size);
    assert_memory_equal(message + 4, request + 4, sizeof(request) - 4);
    assert_non_null(memmem(
        message, size,
        (uint8_t[]){0x14, 0, 6, 0x80, 8, 0, 1, 0, 10, 1, 0, 200, 8, 0, 2, 0, 10, 1, 0, 203}, 20));
    assert_memory_equal(message + size - 8, ((uint8_t[]){8, 0, 7, 0, 0, 0, 900 >> 8, 900 & 0xff}),
                        8);
}

static void test_no_message_is_longer_than_its_room(void **state)
{
    struct connection connection = read_line(rows[10].line);
    struct conf_local local = {0};
    alignas(uint32_t) uint8_t message[CONNTRACK_MESSAGE_SIZE];

    (void)state;
    assert_int_equal(connection.client.addr.family, AF_INET6);
    assert_true(inet_parse("2001:db8::1", &local.first));
    local.last = local.first;
    assert_true(conntrack_encode(message, UINT32_MAX, &connection, &local) <= sizeof(message));
}

/* Two answers, as netlink(7) has them with NETLINK_CAP_ACK: the header of what was asked alone. */
static const int32_t answers[2] = {0, -EEXIST};

static size_t write_answers(uint32_t to[2][9])
{
    memset(to, 0, 2 * sizeof(to[0]));
    for (size_t i = 0; i < 2; i++) {
        to[i][0] = sizeof(to[i]);
        ((uint16_t *)&to[i][1])[0] = 2; /* NLMSG_ERROR */
        to[i][4] = (uint32_t)answers[i];
    }
    return 2 * sizeof(to[0]);
}

static void test_answers_are_read_one_by_one_and_never_beyond_the_end(void **state)
{
    uint32_t written[2][9];
    size_t whole = write_answers(written);

    (void)state;
    for (size_t cut = 0; cut <= whole; cut++) {
        uint8_t *data = memory_new(cut + 1, 1); /* so that a sanitizer sees the end */
        const void *left = data;
        size_t size = cut;
        size_t count = 0;
        int error = 0;

        memcpy(data, written, cut);
        for (; count < 2 && conntrack_decode(&left, &size, &error); count++) {
            assert_int_equal(error, answers[count]);
        }
        assert_false(conntrack_decode(&left, &size, &error));
        assert_int_equal(count, cut / sizeof(written[0]));
        free(data);
    }
}

/* Found by tests/fuzz/fuzz_conntrack.c: such a length became 0 when it was aligned. */
static void test_a_length_beyond_all_bounds_ends_the_reading(void **state)
{
    static const uint32_t lengths[] = {UINT32_MAX, UINT32_MAX - 2, INT32_MAX, 37, 15, 0};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lengths); i++) {
        uint32_t written[2][9];
        const void *left = written;
        size_t size;
        int error = 0;

        (void)write_answers(written);
        written[0][0] = lengths[i];
        size = sizeof(written[0]);
        assert_false(conntrack_decode(&left, &size, &error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_with_an_address_of_every_director_are_taken_over),
        cmocka_unit_test(test_connections_of_servers_that_drain_are_taken_over),
        cmocka_unit_test(test_what_drains_behind_nat_gets_no_source_of_a_mark),
        cmocka_unit_test(test_without_such_a_service_there_is_nothing_to_look_up),
        cmocka_unit_test(test_the_message_says_who_asked_whom_and_who_answers),
        cmocka_unit_test(test_no_message_is_longer_than_its_room),
        cmocka_unit_test(test_answers_are_read_one_by_one_and_never_beyond_the_end),
        cmocka_unit_test(test_a_length_beyond_all_bounds_ends_the_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
