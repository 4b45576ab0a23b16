/* SPDX-License-Identifier: Apache-2.0
 *
 * The dialogue of SMTP_CHECK.
 */
#include "unit.h"

#include "check/smtp_talk.h"

#include <stdlib.h>

#define HUNDRED(text_)                                                                             \
    TEN(text_)                                                                                     \
    TEN(text_)                                                                                     \
    TEN(text_) TEN(text_) TEN(text_) TEN(text_) TEN(text_) TEN(text_) TEN(text_) TEN(text_)
#define TEN(text_) text_ text_ text_ text_ text_ text_ text_ text_ text_ text_

/* What a server says, and what comes of it: the commands that were said, and the verdict. */
static const struct {
    const char *name;
    const char *server;
    unsigned said; /* 1: HELO, 2: QUIT, too */
    enum verdict_class class;
    const char *text; /* NULL: there is no verdict yet */
} rows[] = {
    {"a good one", "220 mx ESMTP\r\n250 mx\r\n221 bye\r\n", 2, VERDICT_OK, ""},
    {"no blank", "220\r\n250\r\n221\r\n", 2, VERDICT_OK, ""},
    {"newlines alone", "220 mx\n250 mx\n221 bye\n", 2, VERDICT_OK, ""},
    {"several lines", "220-hello\r\n220-you\r\n220 there\r\n250-mx\r\n250 HELP\r\n221 bye\r\n", 2,
     VERDICT_OK, ""},
    {"QUIT is refused", "220 mx\r\n250 mx\r\n502 what?\r\n", 2, VERDICT_OK, ""},
    {"nonsense for QUIT", "220 mx\r\n250 mx\r\nbye!\r\n", 2, VERDICT_OK, ""},
    {"a part of a greeting", "220 mx", 0, VERDICT_OK, NULL},
    {"lines that go on", "220-mx\r\n220-mx\r\n", 0, VERDICT_OK, NULL},
    {"a greeting alone", "220 mx\r\n", 1, VERDICT_OK, NULL},
    {"no answer to QUIT", "220 mx\r\n250 mx\r\n", 2, VERDICT_OK, NULL},
    {"too busy", "421 4.3.2 too many connections\r\n", 0, VERDICT_ANSWER,
     "421 4.3.2 too many connections, not 220"},
    {"no service", "554 no SMTP here\r\n", 0, VERDICT_ANSWER, "554 no SMTP here, not 220"},
    {"250 for a greeting", "250 mx\r\n", 0, VERDICT_ANSWER, "250 mx, not 220"},
    {"another good code", "220 mx\r\n220 mx\r\n", 1, VERDICT_ANSWER, "220 mx, not 250"},
    {"HELO is refused", "220 mx\r\n504-5.5.2 <lb>\r\n504 5.5.2 no name\r\n", 1, VERDICT_ANSWER,
     "504 5.5.2 no name, not 250"},
    {"bytes that cannot be printed", "421 a\x1b[2J\xff\tb\r\n", 0, VERDICT_ANSWER,
     "421 a?[2J??b, not 220"},
    {"a long text", "421 " TEN("0123456789") "\r\n", 0, VERDICT_ANSWER,
     "421 01234567890123456789012345678901234567890123456789012345678, not 220"},
    {"another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n", 0, VERDICT_PROTOCOL,
     "the server does not speak SMTP"},
    {"an empty line", "\r\n", 0, VERDICT_PROTOCOL, "the server does not speak SMTP"},
    {"two digits", "22 mx\r\n", 0, VERDICT_PROTOCOL, "the server does not speak SMTP"},
    {"four digits", "2200 mx\r\n", 0, VERDICT_PROTOCOL, "the server does not speak SMTP"},
    {"nonsense for HELO", "220 mx\r\nwhat?\r\n", 1, VERDICT_PROTOCOL,
     "the server does not speak SMTP"},
    {"the longest line", "220 " HUNDRED("012345678") TEN("012345678") "0123\r\n", 1, VERDICT_OK,
     NULL},
    {"a line without end", HUNDRED("2200123456"), 0, VERDICT_PROTOCOL,
     "the server's line has no end"},
    {"lines without end", HUNDRED("220-\r\n"), 0, VERDICT_PROTOCOL,
     "the server's answer has no end"},
};

/* Feeds a dialogue in pieces. @return whether it has ended */
static bool talk(const char *server, size_t piece, unsigned *said, struct verdict *verdict)
{
    struct smtp_talk *talk = calloc(1, sizeof(*talk));
    enum smtp_talk_result result = SMTP_TALK_MORE;
    size_t size = strlen(server);

    *said = 0;
    smtp_talk_begin(talk);
    while (size && result != SMTP_TALK_END) {
        size_t part = size < piece ? size : piece;
        size_t taken = 0;

        result = smtp_talk_feed(talk, server, part, &taken, verdict);
        assert_true(taken > 0 && taken <= part);
        *said += result == SMTP_TALK_SAY;
        server += taken;
        size -= taken;
    }
    free(talk);
    return result == SMTP_TALK_END;
}

static void test_a_dialogue_ends_the_same_however_it_is_cut(void **state)
{
    static const size_t pieces[] = {1, 2, 7, 100000};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        for (size_t j = 0; j < UNIT_COUNT(pieces); j++) {
            struct verdict verdict = {.class = VERDICT_OK};
            unsigned said = 0;
            bool ended = talk(rows[i].server, pieces[j], &said, &verdict);

            assert_fact(said == rows[i].said, "%s: %u commands", rows[i].name, said);
            assert_fact(ended == (rows[i].text != NULL), "%s: ended %d", rows[i].name, ended);
            assert_fact(verdict.class == rows[i].class, "%s: class %s", rows[i].name,
                        verdict_class_name(verdict.class));
            assert_fact(!ended || strcmp(verdict.text, rows[i].text ? rows[i].text : "?") == 0,
                        "%s: %s", rows[i].name, verdict.text);
        }
    }
}

static void test_what_breaks_after_quit_is_no_failure(void **state)
{
    const struct verdict reset = {.class = VERDICT_RESET};
    struct smtp_talk talking = {.step = SMTP_TALK_QUIT};

    (void)state;
    assert_int_equal(smtp_talk_broken(&talking, &reset).class, VERDICT_OK);
    talking.step = SMTP_TALK_HELO;
    assert_int_equal(smtp_talk_broken(&talking, &reset).class, VERDICT_RESET);
    talking.step = SMTP_TALK_GREETING;
    assert_int_equal(smtp_talk_broken(&talking, &reset).class, VERDICT_RESET);
}

static void test_each_step_says_what_is_missing(void **state)
{
    (void)state;
    assert_string_equal(smtp_talk_missing(SMTP_TALK_GREETING), "no greeting");
    assert_string_equal(smtp_talk_missing(SMTP_TALK_HELO), "no answer to HELO");
    assert_string_equal(smtp_talk_missing(SMTP_TALK_QUIT), "no answer to QUIT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_dialogue_ends_the_same_however_it_is_cut),
        cmocka_unit_test(test_what_breaks_after_quit_is_no_failure),
        cmocka_unit_test(test_each_step_says_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
