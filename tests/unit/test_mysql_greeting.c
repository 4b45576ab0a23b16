/* SPDX-License-Identifier: Apache-2.0
 *
 * The first packet of MySQL and MariaDB servers, and how one leaves them.
 */
#include "unit.h"

#include "check/mysql_answer.h"
#include "check/mysql_farewell.h"
#include "check/mysql_greeting.h"

#define SALT_8   "J@xTOh=8"
#define SALT_13  "?rEAS_M;{.\\^\0"
#define RESERVED "\0\0\0\0\0\0\0\0\0\0"
#define NATIVE   "mysql_native_password\0"
#define SHA2     "caching_sha2_password\0"

/* The body of a packet; its length is counted. */
#define BODY(text_) text_, sizeof(text_) - 1

static const struct {
    const char *body;
    size_t size;
    enum mysql_greeting_kind kind;
    uint16_t error;
    const char *text;
    const char *plugin;
} packets[] = {
    /* MariaDB 10.11 of Debian 12, MySQL 8.0, MySQL 5.5 (no NUL behind the plugin), MySQL 4.0. */
    {BODY("\x0a"
          "5.5.5-10.11.19-MariaDB-0+deb12u1\0\4\0\0\0" SALT_8
          "\0\xfe\xf7\x08\2\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0" SALT_13 NATIVE),
     MYSQL_GREETING_GOOD, 0, "10.11.19-MariaDB-0+deb12u1", "mysql_native_password"},
    {BODY("\x0a"
          "8.0.36\0\x09\0\0\0" SALT_8 "\0\xff\xff\xff\2\0\xff\xdf\x15" RESERVED SALT_13 SHA2),
     MYSQL_GREETING_GOOD, 0, "8.0.36", "caching_sha2_password"},
    {BODY("\x0a"
          "5.5.9\0\1\0\0\0" SALT_8 "\0\xff\xf7\x08\2\0\x0f\x80\x15" RESERVED SALT_13
          "mysql_native_password"),
     MYSQL_GREETING_GOOD, 0, "5.5.9", "mysql_native_password"},
    {BODY("\x0a"
          "4.0.27\0\1\0\0\0" SALT_8 "\0\x2c\x20\x08\2\0" RESERVED "\0\0\0"),
     MYSQL_GREETING_GOOD, 0, "4.0.27", ""},
    {BODY("\x0a"
          "3.21.0\0\1\0\0\0" SALT_8 "\0\x00\x00"),
     MYSQL_GREETING_GOOD, 0, "3.21.0", ""},
    {BODY("\xff\x10\x04Too many connections"), MYSQL_GREETING_ERROR, 1040, "Too many connections",
     ""},
    {BODY("\xff\x69\x04Host '10.9.9.1' is blocked"), MYSQL_GREETING_ERROR, 1129,
     "Host '10.9.9.1' is blocked", ""},
    {BODY("\xff\x10\x04#08004Too many connections"), MYSQL_GREETING_ERROR, 1040,
     "Too many connections", ""},
    {BODY("\xff\x10\x04"), MYSQL_GREETING_ERROR, 1040, "", ""},
    {BODY("\xff\x10\x04Zu viele\n\xc3\xa4"), MYSQL_GREETING_ERROR, 1040, "Zu viele???", ""},
    {BODY("\xff\x10"), MYSQL_GREETING_BAD, 0, "its error has no number", ""},
    {BODY("\x09"
          "3.20.0\0"),
     MYSQL_GREETING_BAD, 0, "its protocol has version 9, not 10", ""},
    {BODY("\x0a"
          "8.0.36"),
     MYSQL_GREETING_BAD, 0, "its greeting has no version of the server", ""},
    {BODY("\x0a"
          "8.0.36\0\x09\0\0\0" SALT_8),
     MYSQL_GREETING_BAD, 0, "its greeting is too short", ""},
    {BODY("\x0a"
          "8.0.36\0\x09\0\0\0" SALT_8 "\0\xff\xff\xff"),
     MYSQL_GREETING_BAD, 0, "its greeting is too short", ""},
    {BODY("\x0a"
          "8.0.36\0\x09\0\0\0" SALT_8 "\0\xff\xff\xff\2\0\xff\xdf\x15" RESERVED "salt"),
     MYSQL_GREETING_BAD, 0, "its greeting is too short", ""},
};

/* Puts a header before a body. @return the bytes of the packet */
static size_t packet_of(uint8_t packet[MYSQL_GREETING_SIZE], const char *body, size_t size)
{
    packet[0] = (uint8_t)size;
    packet[1] = (uint8_t)(size >> 8);
    packet[2] = 0;
    packet[3] = 0;
    memcpy(packet + MYSQL_HEADER_SIZE, body, size);
    return size + MYSQL_HEADER_SIZE;
}

static void test_greetings_and_errors_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(packets); i++) {
        uint8_t packet[MYSQL_GREETING_SIZE];
        size_t size = packet_of(packet, packets[i].body, packets[i].size);
        struct mysql_greeting greeting = mysql_greeting_parse(packet, size);

        assert_fact(greeting.kind == packets[i].kind, "%zu: kind %d: %s", i, greeting.kind,
                    greeting.text);
        assert_string_equal(greeting.text, packets[i].text);
        assert_string_equal(greeting.plugin, packets[i].plugin);
        assert_int_equal(greeting.error, packets[i].error);
        assert_int_equal(greeting.size, size);
    }
}

static void test_a_packet_cut_anywhere_waits_for_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(packets); i++) {
        uint8_t packet[MYSQL_GREETING_SIZE];
        size_t size = packet_of(packet, packets[i].body, packets[i].size);

        for (size_t cut = 0; cut < size; cut++) {
            assert_fact(mysql_greeting_parse(packet, cut).kind == MYSQL_GREETING_PART, "%zu at %zu",
                        i, cut);
        }
    }
}

static void test_what_is_no_server_of_this_kind_is_shown(void **state)
{
    static const struct {
        const char *said;
        size_t size;
        const char *text;
    } others[] = {
        {BODY("HTTP/1.1 400 Bad Request\r\n\r\n"),
         "this is no MySQL: it said \"HTTP/1.1 400 Bad Request\""},
        {BODY("SSH-2.0-OpenSSH_9.2\r\n"), "this is no MySQL: it said \"SSH-2.0-OpenSSH_9.2??\""},
        {BODY("220 mail ESMTP\r\n"), "this is no MySQL: it said \"220 mail ESMTP??\""},
        {BODY("\0\0\0\0"), "this is no MySQL: it said \"????\""},
        {BODY("\1\0\0\1\xff"), "this is no MySQL: it said \"?????\""},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(others); i++) {
        struct mysql_greeting greeting =
            mysql_greeting_parse((const uint8_t *)others[i].said, others[i].size);

        assert_int_equal(greeting.kind, MYSQL_GREETING_BAD);
        assert_string_equal(greeting.text, others[i].text);
    }
}

static void test_nobody_logs_in_with_the_servers_own_plugin(void **state)
{
    uint8_t packet[MYSQL_GREETING_SIZE];
    uint8_t out[MYSQL_FAREWELL_SIZE];
    size_t size = packet_of(packet, packets[0].body, packets[0].size);
    struct mysql_greeting greeting = mysql_greeting_parse(packet, size);
    const size_t user = MYSQL_HEADER_SIZE + 32;

    (void)state;
    size = mysql_farewell_begin(&greeting, out);
    assert_int_equal(size, user + sizeof(MYSQL_FAREWELL_USER) + 1 + sizeof(NATIVE) - 1);
    assert_int_equal(out[0], size - MYSQL_HEADER_SIZE);
    assert_int_equal(out[3], 1);
    assert_string_equal((const char *)out + user, MYSQL_FAREWELL_USER);
    assert_int_equal(out[user + sizeof(MYSQL_FAREWELL_USER)], 0);
    assert_string_equal((const char *)out + user + sizeof(MYSQL_FAREWELL_USER) + 1,
                        "mysql_native_password");
}

static void test_a_server_without_such_logins_is_left_without(void **state)
{
    uint8_t packet[MYSQL_GREETING_SIZE];
    uint8_t out[MYSQL_FAREWELL_SIZE];
    size_t size = packet_of(packet, packets[4].body, packets[4].size);
    struct mysql_greeting greeting = mysql_greeting_parse(packet, size);

    (void)state;
    assert_int_equal(mysql_farewell_begin(&greeting, out), 0);
}

static const struct {
    const char *said;
    size_t size;
    enum mysql_farewell_step step;
    const char *answer;
    size_t answer_size;
} farewells[] = {
    {BODY("\x0b\0\0\2\xff\x15\x04#28000no"), MYSQL_FAREWELL_OVER, BODY("")},
    {BODY("\x0b\0\0\2\xff\x15\x04#28000n"), MYSQL_FAREWELL_WAIT, BODY("")},
    {BODY("\x0b\0\0"), MYSQL_FAREWELL_WAIT, BODY("")},
    {BODY("\x0d\0\0\2\xfe"
          "sha256\0salt\0"),
     MYSQL_FAREWELL_SAY, BODY("\0\0\0\3")},
    {BODY("\2\0\0\4\1\4"), MYSQL_FAREWELL_SAY, BODY("\0\0\0\5")},
    {BODY("\7\0\0\2\0\0\0\2\0\0\0"), MYSQL_FAREWELL_LAST, BODY("\1\0\0\0\1")},
    {BODY("\0\0\0\2"), MYSQL_FAREWELL_OVER, BODY("")},
    {BODY("\1\0\0\x40\xfe"), MYSQL_FAREWELL_OVER, BODY("")},
    {BODY("\0\x10\0\2\xfe"), MYSQL_FAREWELL_OVER, BODY("")},
    {BODY("\1\0\0\2\7"), MYSQL_FAREWELL_OVER, BODY("")},
};

static void test_what_the_server_says_to_nobody_is_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(farewells); i++) {
        uint8_t out[MYSQL_FAREWELL_SIZE];
        size_t taken;
        size_t count;
        enum mysql_farewell_step step = mysql_farewell_go((const uint8_t *)farewells[i].said,
                                                          farewells[i].size, &taken, out, &count);

        assert_fact(step == farewells[i].step, "%zu: %d", i, step);
        assert_int_equal(count, farewells[i].answer_size);
        assert_memory_equal(out, farewells[i].answer, count);
        if (step == MYSQL_FAREWELL_SAY || step == MYSQL_FAREWELL_LAST) {
            assert_int_equal(taken, farewells[i].size);
        }
    }
}

static void test_errors_of_a_server_become_verdicts(void **state)
{
    static const struct {
        unsigned number;
        const char *said;
        const char *text;
    } errors[] = {
        {1040, "Too many connections", "too many connections (1040)"},
        {1045, "Access denied for user 'u'@'h' (using password: YES)",
         "access denied for user 'u'@'h' (using password: YES) (1045)"},
        {3159, "SSL is required", "SSL is required (3159)"},
        {1, "", "error 1"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(errors); i++) {
        struct verdict verdict = mysql_answer_error(errors[i].number, errors[i].said);

        assert_int_equal(verdict.class, VERDICT_ANSWER);
        assert_string_equal(verdict.text, errors[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greetings_and_errors_are_read),
        cmocka_unit_test(test_a_packet_cut_anywhere_waits_for_the_rest),
        cmocka_unit_test(test_what_is_no_server_of_this_kind_is_shown),
        cmocka_unit_test(test_nobody_logs_in_with_the_servers_own_plugin),
        cmocka_unit_test(test_a_server_without_such_logins_is_left_without),
        cmocka_unit_test(test_what_the_server_says_to_nobody_is_answered),
        cmocka_unit_test(test_errors_of_a_server_become_verdicts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
