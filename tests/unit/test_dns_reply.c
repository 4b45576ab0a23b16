/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of DNS servers.
 */
#include "unit.h"

#include "check/dns_reply.h"

#define ID       "\x12\x34"
#define COUNTS   "\0\1\0\0\0\0\0\0"
#define NAME     "\3www\7example\3com\0"
#define A_IN     "\0\1\0\1"
#define QUESTION NAME A_IN

#define BYTES(text_) text_, sizeof(text_) - 1

static const char query[] = ID "\1\0" COUNTS QUESTION;

/* RFC 1035 4.1, byte by byte. */
static const struct {
    const char *name;
    const char *bytes;
    size_t size;
    bool answers;
    enum verdict_class class;
    const char *text;
} rows[] = {
    {"no answers", BYTES(ID "\x81\x80" COUNTS QUESTION), true, VERDICT_OK, ""},
    {"an answer",
     BYTES(ID "\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"), true,
     VERDICT_OK, ""},
    {"authoritative", BYTES(ID "\x85\0" COUNTS QUESTION), true, VERDICT_OK, ""},
    {"truncated", BYTES(ID "\x83\x80" COUNTS QUESTION), true, VERDICT_OK, ""},
    {"answers that are not there", BYTES(ID "\x81\x80\0\1\xff\xff\0\0\0\0" QUESTION), true,
     VERDICT_OK, ""},
    {"garbage behind the question", BYTES(ID "\x81\x80" COUNTS QUESTION "\xc0\xff\xc0"), true,
     VERDICT_OK, ""},
    {"letters of another case", BYTES(ID "\x81\x80" COUNTS "\3WwW\7EXAMPLE\3cOm\0" A_IN), true,
     VERDICT_OK, ""},
    {"nothing", BYTES(""), false, VERDICT_OK, ""},
    {"one byte", BYTES("\x12"), false, VERDICT_OK, ""},
    {"another id", BYTES("\x12\x35\x81\x80" COUNTS QUESTION), false, VERDICT_OK, ""},
    {"another id's SERVFAIL", BYTES("\x12\x35\x81\x82" COUNTS QUESTION), false, VERDICT_OK, ""},
    {"another name", BYTES(ID "\x81\x80" COUNTS "\3wwv\7example\3com\0" A_IN), false, VERDICT_OK,
     ""},
    {"another type", BYTES(ID "\x81\x80" COUNTS NAME "\0\2\0\1"), false, VERDICT_OK, ""},
    {"another class", BYTES(ID "\x81\x80" COUNTS NAME "\0\1\0\3"), false, VERDICT_OK, ""},
    {"a shorter name", BYTES(ID "\x81\x80" COUNTS "\1x\0" A_IN), false, VERDICT_OK, ""},
    {"a longer name", BYTES(ID "\x81\x80" COUNTS "\3www\7example\3com\1x\0" A_IN), false,
     VERDICT_OK, ""},
    {"the id alone", BYTES(ID), true, VERDICT_PROTOCOL, "a reply of 2 bytes is no DNS"},
    {"a header that is cut", BYTES(ID "\x81\x80\0\1\0\0\0\0\0"), true, VERDICT_PROTOCOL,
     "a reply of 11 bytes is no DNS"},
    {"a header alone", BYTES(ID "\x81\x80" COUNTS), true, VERDICT_PROTOCOL,
     "a reply without its question"},
    {"a question that is cut", BYTES(ID "\x81\x80" COUNTS NAME "\0\1\0"), true, VERDICT_PROTOCOL,
     "a reply without its question"},
    {"no question", BYTES(ID "\x81\x80\0\0\0\0\0\0\0\0"), true, VERDICT_PROTOCOL,
     "a reply without its question"},
    {"two questions", BYTES(ID "\x81\x80\0\2\0\0\0\0\0\0" QUESTION QUESTION), true,
     VERDICT_PROTOCOL, "a reply without its question"},
    {"our own query", BYTES(ID "\1\0" COUNTS QUESTION), true, VERDICT_PROTOCOL,
     "what came back is no reply to a query"},
    {"a reply to a notification", BYTES(ID "\xa1\x80" COUNTS QUESTION), true, VERDICT_PROTOCOL,
     "what came back is no reply to a query"},
    {"FORMERR without a question", BYTES(ID "\x81\x81\0\0\0\0\0\0\0\0"), true, VERDICT_ANSWER,
     "rcode FORMERR"},
    {"SERVFAIL", BYTES(ID "\x81\x82" COUNTS QUESTION), true, VERDICT_ANSWER, "rcode SERVFAIL"},
    {"NXDOMAIN", BYTES(ID "\x81\x83" COUNTS QUESTION), true, VERDICT_ANSWER, "rcode NXDOMAIN"},
    {"NOTIMP", BYTES(ID "\x81\x84" COUNTS QUESTION), true, VERDICT_ANSWER, "rcode NOTIMP"},
    {"REFUSED", BYTES(ID "\x81\x85" COUNTS QUESTION), true, VERDICT_ANSWER, "rcode REFUSED"},
    {"NOTAUTH", BYTES(ID "\x81\x89" COUNTS QUESTION), true, VERDICT_ANSWER, "rcode NOTAUTH"},
    {"one without a name", BYTES(ID "\x81\x8f" COUNTS QUESTION), true, VERDICT_ANSWER, "rcode 15"},
};

static void test_replies_with_our_id_and_question_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct verdict verdict = {.class = VERDICT_OK};
        bool answers =
            dns_reply_judge((const unsigned char *)query, sizeof(query) - 1,
                            (const unsigned char *)rows[i].bytes, rows[i].size, &verdict);

        assert_fact(answers == rows[i].answers, "%s: answers %d", rows[i].name, answers);
        assert_fact(verdict.class == rows[i].class, "%s: class %s", rows[i].name,
                    verdict_class_name(verdict.class));
        assert_fact(strcmp(verdict.text, rows[i].text) == 0, "%s: %s", rows[i].name, verdict.text);
    }
}

static void test_the_root_can_be_asked_for(void **state)
{
    static const char root[] = ID "\1\0" COUNTS "\0\0\6\0\1";
    static const char reply[] = ID "\x81\x80" COUNTS "\0\0\6\0\1";
    struct verdict verdict = {.class = VERDICT_LOCAL};

    (void)state;
    assert_true(dns_reply_judge((const unsigned char *)root, sizeof(root) - 1,
                                (const unsigned char *)reply, sizeof(reply) - 1, &verdict));
    assert_int_equal(verdict.class, VERDICT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_with_our_id_and_question_are_judged),
        cmocka_unit_test(test_the_root_can_be_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
