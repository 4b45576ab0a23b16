/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of /proc/net/ip_vs_conn as kernels write them, and as they must not be taken.
 */
#include "unit.h"

#include "ipvs/connection.h"

static const struct {
    const char *line;
    const char *protocol;
    const char *client;
    const char *virtual;
    const char *server;
    const char *state;
    uint32_t expires_s;
    const char *engine;
    const char *data;
} lines[] = {
    {"TCP 0A000064 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED     899", "tcp", "10.0.0.100:36652",
     "10.0.0.17:80", "10.0.0.7:80", "ESTABLISHED", 899, "", ""},
    {"UDP 0a000064 0035 0A000011 0035 0A000007 0035 UDP             300", "udp", "10.0.0.100:53",
     "10.0.0.17:53", "10.0.0.7:53", "UDP", 300, "", ""},
    {"IP  0A000064 0000 00000007 0000 0A000007 0000 NONE            295", "ip", "10.0.0.100",
     "0.0.0.7", "10.0.0.7", "NONE", 295, "", ""},
    {"TCP 2001:0db8:0000:0000:0000:0000:0000:0064 8F2C 2001:0db8:0000:0000:0000:0000:0000:0011 01BB "
     "2001:0db8:0000:0000:0000:0000:0000:0007 01BB SYN_RECV         60",
     "tcp", "[2001:db8::64]:36652", "[2001:db8::11]:443", "[2001:db8::7]:443", "SYN_RECV", 60, "",
     ""},
    {"TCP 2001:0db8:0000:0000:0000:0000:0000:0064 8F2C 2001:0db8:0000:0000:0000:0000:0000:0011 01BB "
     "0A000007 01BB FIN_WAIT        120",
     "tcp", "[2001:db8::64]:36652", "[2001:db8::11]:443", "10.0.0.7:443", "FIN_WAIT", 120, "", ""},
    {"UDP 0A000064 0000 0A000011 13C4 0A000007 13C4 NONE            295 sip call-7@example", "udp",
     "10.0.0.100", "10.0.0.17:5060", "10.0.0.7:5060", "NONE", 295, "sip", "call-7@example"},
};

static void test_lines_of_the_kernel_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        struct connection read;
        char text[INET_ENDPOINT_TEXT_SIZE];

        assert_fact(connection_parse(lines[i].line, strlen(lines[i].line), &read), "%s",
                    lines[i].line);
        assert_string_equal(read.protocol, lines[i].protocol);
        assert_string_equal(inet_endpoint_text(text, &read.client.addr, read.client.port),
                            lines[i].client);
        assert_string_equal(inet_endpoint_text(text, &read.virtual.addr, read.virtual.port),
                            lines[i].virtual);
        assert_string_equal(inet_endpoint_text(text, &read.server.addr, read.server.port),
                            lines[i].server);
        assert_string_equal(read.state, lines[i].state);
        assert_int_equal(read.expires_s, lines[i].expires_s);
        assert_string_equal(read.engine, lines[i].engine);
        assert_string_equal(read.data, lines[i].data);
    }
}

static void test_other_lines_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData",
        "TCP 0A000064 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED",
        "TCP 0A00006 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED 899",
        "TCP 0A000064 8F2CC 0A000011 0050 0A000007 0050 ESTABLISHED 899",
        "TCP 0A00006G 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED 899",
        "TCP 10.0.0.1 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED 899",
        "TCP 0A000064 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED -1",
        "TCP 0A000064 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED 4294967296",
        "TCP 0A000064 8F2C 0A000011 0050 0A000007 0050 A_STATE_THAT_IS_TOO_LONG 1",
        "T\033P 0A000064 8F2C 0A000011 0050 0A000007 0050 ESTABLISHED 899",
    };
    struct connection read;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        assert_fact(!connection_parse(bad[i], strlen(bad[i]), &read), "%s", bad[i]);
    }
    assert_false(connection_parse(lines[0].line, 40, &read));
}

static void test_data_that_no_terminal_shows_is_left_out(void **state)
{
    static const char line[] =
        "UDP 0A000064 0000 0A000011 13C4 0A000007 13C4 NONE 295 sip call\033[2J";
    struct connection read;

    (void)state;
    assert_true(connection_parse(line, strlen(line), &read));
    assert_string_equal(read.engine, "sip");
    assert_string_equal(read.data, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_the_kernel_are_read),
        cmocka_unit_test(test_other_lines_are_refused),
        cmocka_unit_test(test_data_that_no_terminal_shows_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
