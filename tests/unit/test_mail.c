/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/mailbox.h"
#include "mail/message.h"
#include "mail/queue.h"
#include "mail/smtp.h"

#include <stdlib.h>

#define S CLOCK_SECOND

/* ---- Addresses --------------------------------------------------------------------------------- */

static void test_a_mailbox_is_what_smtp_takes(void **state)
{
    static const struct {
        const char *text;
        const char *mailbox; /* NULL: none */
    } rows[] = {
        {"ops@example.com", "ops@example.com"},
        {"root", "root"},
        {"On call <oncall@example.com>", "oncall@example.com"},
        {"<a@b>", "a@b"},
        {"a < b <c@d>", "c@d"},
        {"", NULL},
        {"<>", NULL},
        {"@example.com", NULL},
        {"ops@", NULL},
        {"two words", NULL},
        {"a@b>", NULL},
        {"<a@b", NULL},
        {"<a@b> c", NULL},
        {"a@b\r\nDATA", NULL},
        {"a,b@c", NULL},
        {"g\xc3\xbcnter@example.com", NULL},
    };
    char mailbox[MAILBOX_SIZE];
    char longest[MAILBOX_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        bool found = mailbox_find(rows[i].text, mailbox);

        assert_fact(found == (rows[i].mailbox != NULL), "%s", rows[i].text);
        assert_fact(!found || strcmp(mailbox, rows[i].mailbox) == 0, "%s: %s", rows[i].text,
                    mailbox);
    }
    memset(longest, 'a', sizeof(longest));
    longest[MAILBOX_SIZE] = '\0';
    assert_false(mailbox_find(longest, mailbox));
    longest[MAILBOX_SIZE - 1] = '\0';
    assert_true(mailbox_find(longest, mailbox));
}

/* ---- Messages ---------------------------------------------------------------------------------- */

static const char *const to[] = {"ops@example.com", "On call <oncall@example.com>"};
static const struct message_head head = {.router = "lb1",
                                         .host = "lb1.example.com",
                                         .from = "lb1@example.com",
                                         .to = to,
                                         .to_count = 2,
                                         .wall = 1000000000 * S,
                                         .number = 7};

static char *written(const struct message_event *events, size_t count, uint64_t lost)
{
    struct text_buffer out = {0};

    message_write(&head, events, count, lost, &out);
    return out.data;
}

static void test_one_event_is_its_own_subject(void **state)
{
    const struct message_event event = {"VRRP Instance VI_1 - Entering MASTER state",
                                        "no advert for 3.61 s", 999999999 * S};
    char *text = written(&event, 1, 0);

    (void)state;
    assert_string_equal(text,
                        "Date: Sun, 9 Sep 2001 01:46:40 +0000\r\n"
                        "From: lb1@example.com\r\n"
                        "To: ops@example.com,\r\n \"On call\"\r\n <oncall@example.com>\r\n"
                        "Subject: [lb1] VRRP Instance VI_1 - Entering MASTER state\r\n"
                        "Message-ID: <1000000000.7@lb1.example.com>\r\n"
                        "Auto-Submitted: auto-generated\r\n"
                        "MIME-Version: 1.0\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: 7bit\r\n"
                        "\r\n"
                        "2001-09-09T01:46:39.000Z  VRRP Instance VI_1 - Entering MASTER state\r\n"
                        "    no advert for 3.61 s\r\n"
                        ".\r\n");
    free(text);
}

static void test_several_are_one_mail_that_says_how_many(void **state)
{
    const struct message_event events[] = {
        {"a - UP", "", 1 * S}, {"b - DOWN", "refused", 2 * S}, {"c - UP", "", 3 * S}};
    char *text = written(events, 3, 2);

    (void)state;
    assert_non_null(strstr(text, "Subject: [lb1] a - UP (and 2 more)\r\n"));
    assert_non_null(strstr(text, "\r\n\r\n3 events: 2 UP, 1 DOWN\r\n\r\n1970-"));
    assert_non_null(strstr(text, "b - DOWN\r\n    refused\r\n"));
    assert_non_null(strstr(text, "\r\n2 events before these could not be told"));
    free(text);
}

/* Whatever a name has in it, it cannot end the mail, nor begin a header. */
static void test_no_text_gets_out_of_its_place(void **state)
{
    const struct message_event event = {"x\r\nBcc: <all@example.com>", ".\n.\n..dots", 0};
    char *text = written(&event, 1, 0);
    const char *end = strstr(text, "\r\n.\r\n");

    (void)state;
    assert_non_null(strstr(text, "Subject: [lb1] x  Bcc: <all@example.com>\r\n"));
    assert_null(strstr(text, "\r\nBcc:"));
    assert_string_equal(end, "\r\n.\r\n");
    free(text);
}

static void test_what_is_not_ascii_is_encoded(void **state)
{
    const struct message_event event = {
        "VRRP Instance B\xc3\xbcro-\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2"
        "\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac - Entering MASTER state",
        "", 0};
    char *text = written(&event, 1, 0);

    (void)state;
    for (const char *at = text; *at; at++) {
        assert_true((unsigned char)*at < 0x80);
    }
    for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        assert_fact(strlen(line) <= 78 || strncmp(line, "Message-ID", 10) == 0, "%s", line);
    }
    free(text);
}

/* RFC 2047 5 (3): never the address, and each name by itself. */
static void test_names_of_recipients_are_quoted_or_encoded(void **state)
{
    static const char *const many[] = {"J\xc3\xbcrgen <j@example.com>",
                                       "\"O'Neil, \\ Bob\" <b@example.com>", "<c@example.com>",
                                       "=?utf-8?Q?x?= <d@example.com>", "e@example.com"};
    const struct message_event event = {"a", "", 0};
    struct message_head many_head = head;
    struct text_buffer out = {0};

    (void)state;
    many_head.to = many;
    many_head.to_count = UNIT_COUNT(many);
    many_head.from = "Gr\xc3\xb6\xc3\x9f"
                     "e <f@example.com>";
    message_write(&many_head, &event, 1, 0, &out);
    assert_non_null(strstr(out.data, "From: =?utf-8?B?R3LDtsOfZQ==?=\r\n <f@example.com>\r\n"
                                     "To: =?utf-8?B?SsO8cmdlbg==?=\r\n <j@example.com>,\r\n"
                                     " \"O'Neil, \\\\ Bob\"\r\n <b@example.com>,\r\n"
                                     " <c@example.com>,\r\n"
                                     " =?utf-8?B?PT91dGYtOD9RP3g/PQ==?=\r\n <d@example.com>,\r\n"
                                     " e@example.com\r\n"));
    text_release(&out);
}

static void test_however_many_recipients_there_are_they_can_be_read(void **state)
{
    const char *many[100];
    const struct message_event event = {"a", "", 0};
    struct message_head many_head = head;
    struct text_buffer out = {0};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(many); i++) {
        many[i] = "somebody@example.com";
    }
    many_head.to = many;
    many_head.to_count = UNIT_COUNT(many);
    message_write(&many_head, &event, 1, 0, &out);
    assert_null(strstr(out.data, "=?utf-8"));
    for (char *line = strtok(out.data, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        assert_fact(strlen(line) <= 78, "%s", line);
    }
    text_release(&out);
}

static void test_what_is_no_utf_8_does_not_get_into_a_mail(void **state)
{
    static const struct {
        const char *text;
        const char *subject;
    } rows[] = {
        {"a\xff z", "a? z"},          {"\xc0\xaf", "??"}, /* too long a form */
        {"\xed\xa0\x80", "???"},                          /* a surrogate */
        {"\xf4\x90\x80\x80", "????"},                     /* beyond U+10FFFF */
        {"x\xe2\x82", "x??"},                             /* cut */
        {"a\x1b[31m\x7f", "a [31m "},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct message_event event = {rows[i].text, rows[i].text, 0};
        char *text = written(&event, 1, 0);
        char line[64];

        (void)snprintf(line, sizeof(line), "Subject: [lb1] %s\r\n", rows[i].subject);
        assert_fact(strstr(text, line) != NULL, "row %zu: %s", i, text);
        (void)snprintf(line, sizeof(line), "\r\n    %s\r\n", rows[i].subject);
        assert_fact(strstr(text, line) != NULL, "row %zu: %s", i, text);
        free(text);
    }
}

static void test_a_long_line_is_encoded(void **state)
{
    char reason[2000];
    const struct message_event event = {"a", reason, 0};
    char *text;

    (void)state;
    memset(reason, 'r', sizeof(reason) - 1);
    reason[sizeof(reason) - 1] = '\0';
    text = written(&event, 1, 0);
    assert_non_null(strstr(text, "Content-Transfer-Encoding: base64"));
    for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        assert_true(strlen(line) <= 998);
    }
    free(text);
}

/* ---- The queue --------------------------------------------------------------------------------- */

static void add(struct queue *queue, int64_t now)
{
    queue_add(queue, &(struct message_event){.subject = "s", .reason = "", .wall = now}, now);
}

/* What is due now is sent, and arrives. @return how many events it had */
static size_t deliver(struct queue *queue, int64_t now)
{
    uint64_t lost;
    size_t count = queue_count(queue);

    assert_true(queue_due(queue) <= now);
    assert_non_null(queue_begin(queue, &lost));
    assert_int_equal(queue_due(queue), CLOCK_NEVER);
    queue_sent(queue, now);
    return count;
}

static void test_a_storm_is_one_mail(void **state)
{
    struct queue *queue = queue_new();

    (void)state;
    assert_int_equal(queue_due(queue), CLOCK_NEVER);
    for (int i = 0; i < 250; i++) {
        add(queue, 100 * S + i * CLOCK_MILLISECOND);
    }
    assert_int_equal(queue_due(queue), 101 * S);
    assert_int_equal(deliver(queue, 101 * S), 250);
    assert_int_equal(queue_due(queue), CLOCK_NEVER);
    queue_free(queue);
}

/* Something that flaps every two seconds for an hour. */
static void test_what_goes_on_is_told_ever_more_seldom(void **state)
{
    struct queue *queue = queue_new();
    unsigned mails = 0;
    size_t told = 0;

    (void)state;
    for (int64_t now = 0; now < 3600 * S; now += S) {
        if (now % (2 * S) == 0) {
            add(queue, now);
        }
        if (queue_due(queue) <= now) {
            told += deliver(queue, now);
            mails++;
        }
    }
    assert_in_range(mails, 5, 20);
    assert_true(told + queue_count(queue) == 1800);
    assert_int_equal(queue_lost(queue), 0);
    queue_free(queue);
}

static void test_after_a_quiet_time_news_are_told_at_once_again(void **state)
{
    struct queue *queue = queue_new();

    (void)state;
    for (int64_t now = 0; now < 100 * S; now += S) {
        add(queue, now);
        if (queue_due(queue) <= now) {
            (void)deliver(queue, now);
        }
    }
    (void)deliver(queue, 1000 * S);
    add(queue, 5000 * S);
    assert_int_equal(queue_due(queue), 5001 * S);
    queue_free(queue);
}

static void test_what_no_server_takes_waits_and_is_lost_in_the_end(void **state)
{
    struct queue *queue = queue_new();
    int64_t now = 0;
    int64_t wait = 0;
    unsigned tries = 0;
    uint64_t lost;

    (void)state;
    add(queue, now);
    while (queue_count(queue)) {
        assert_true(queue_due(queue) - now <= 600 * S);
        assert_true(queue_due(queue) - now >= (wait < 600 * S ? wait : 600 * S));
        wait = tries ? queue_due(queue) - now : 0;
        now = queue_due(queue);
        (void)queue_begin(queue, &lost);
        queue_failed(queue, now);
        tries++;
    }
    assert_in_range(now / S, 4 * 3600, 4 * 3600 + 600);
    assert_in_range(tries, 20, 40);
    assert_int_equal(queue_lost(queue), 1);
    add(queue, now); /* and the next mail says so, once */
    (void)queue_begin(queue, &lost);
    assert_int_equal(lost, 1);
    queue_sent(queue, now);
    add(queue, now + 1000 * S);
    (void)queue_begin(queue, &lost);
    assert_int_equal(lost, 0);
    queue_free(queue);
}

static void test_what_comes_while_a_mail_is_under_way_is_in_the_next(void **state)
{
    struct queue *queue = queue_new();
    uint64_t lost;

    (void)state;
    add(queue, 0);
    (void)queue_begin(queue, &lost);
    for (int i = 0; i < QUEUE_EVENTS + 10; i++) {
        add(queue, S);
    }
    queue_sent(queue, S);
    assert_int_equal(queue_count(queue), QUEUE_EVENTS - 1);
    assert_int_equal(queue_lost(queue), 11);
    assert_true(queue_due(queue) > S);
    queue_free(queue);
}

static void test_a_full_queue_under_way_keeps_what_may_be_arriving(void **state)
{
    struct queue *queue = queue_new();
    uint64_t lost;

    (void)state;
    for (int i = 0; i < QUEUE_EVENTS; i++) {
        add(queue, 0);
    }
    (void)queue_begin(queue, &lost);
    add(queue, 0);
    assert_int_equal(queue_lost(queue), 1);
    queue_sent(queue, 0);
    assert_int_equal(queue_count(queue), 0);
    queue_free(queue);
}

/* A mail that no server will take must not keep what comes behind it for four hours. */
static void test_what_is_refused_for_good_is_lost_and_the_next_is_told(void **state)
{
    struct queue *queue = queue_new();
    uint64_t lost;

    (void)state;
    add(queue, 0);
    (void)queue_begin(queue, &lost);
    add(queue, 1 * S);
    queue_refused(queue, 2 * S);
    assert_int_equal(queue_count(queue), 1);
    assert_int_equal(queue_lost(queue), 1);
    assert_int_equal(queue_due(queue), 7 * S); /* not at once: each may be refused */
    (void)queue_begin(queue, &lost);
    assert_int_equal(lost, 1);
    queue_sent(queue, 7 * S);
    assert_int_equal(queue_due(queue), CLOCK_NEVER);
    queue_free(queue);
}

static void test_long_texts_are_cut(void **state)
{
    struct queue *queue = queue_new();
    char text[4000];
    uint64_t lost;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    queue_add(queue, &(struct message_event){.subject = text, .reason = text}, 0);
    assert_int_equal(strlen(queue_begin(queue, &lost)->subject), QUEUE_TEXT_SIZE - 1);
    queue_free(queue);
}

static void test_the_last_chance_is_now(void **state)
{
    struct queue *queue = queue_new();

    (void)state;
    queue_hurry(queue, 5 * S);
    assert_int_equal(queue_due(queue), CLOCK_NEVER);
    add(queue, 5 * S);
    queue_hurry(queue, 5 * S);
    assert_int_equal(queue_due(queue), 5 * S);
    queue_free(queue);
}

/* ---- SMTP -------------------------------------------------------------------------------------- */

static const char *const mailboxes[] = {"ops@example.com", "oncall@example.com"};
static const struct smtp_mail mail = {.helo = "lb1",
                                      .from = "lb1@example.com",
                                      .to = mailboxes,
                                      .to_count = 2,
                                      .message = "Subject: x\r\n\r\n.\r\n"};

struct dialogue {
    const char *name;
    const char *server; /* all that it says, whenever */
    const char *ours;   /* all that we say */
    enum smtp_result result;
    const char *error; /* NULL: none; one with 554 is for good */
};

#define HELLO "EHLO lb1\r\n"
#define FROM  "MAIL FROM:<lb1@example.com>\r\n"
#define TO_1  "RCPT TO:<ops@example.com>\r\n"
#define TO_2  "RCPT TO:<oncall@example.com>\r\n"
#define BODY  "DATA\r\nSubject: x\r\n\r\n.\r\n"
#define QUIT  "QUIT\r\n"

static const struct dialogue dialogues[] = {
    {"as it should be",
     "220 hello\r\n250-mx\r\n250-SIZE\r\n250 OK\r\n250 OK\r\n250 OK\r\n251 OK\r\n354 go\r\n250 OK\r\n",
     HELLO FROM TO_1 TO_2 BODY QUIT, SMTP_SENT, NULL},
    {"bare newlines, codes without text", "220\n250\n250\n250\n250\n354\n250\n",
     HELLO FROM TO_1 TO_2 BODY QUIT, SMTP_SENT, NULL},
    {"a server that knows HELO alone",
     "220 x\r\n502 what?\r\n250 x\r\n250 x\r\n250 x\r\n250 x\r\n354 x\r\n250 x\r\n",
     HELLO "HELO lb1\r\n" FROM TO_1 TO_2 BODY QUIT, SMTP_SENT, NULL},
    {"one recipient refused", "220 x\n250 x\n250 x\n550 no such user\n250 x\n354 x\n250 x\n",
     HELLO FROM TO_1 TO_2 BODY QUIT, SMTP_SENT, "ops@example.com was refused: 550 no such user"},
    {"all refused", "220 x\n250 x\n250 x\n550 no\n450 later\n", HELLO FROM TO_1 TO_2 QUIT,
     SMTP_FAILED, "oncall@example.com was refused: 450 later"},
    {"not at this time", "421 too busy\r\n", QUIT, SMTP_FAILED, "its greeting: 421 too busy"},
    {"EHLO refused for now", "220 x\n421 x\n", HELLO QUIT, SMTP_FAILED,
     "the answer to EHLO: 421 x"},
    {"sender refused", "220 x\n250 x\n553 not you\n", HELLO FROM QUIT, SMTP_FAILED,
     "the answer to MAIL FROM: 553 not you"},
    {"DATA taken for done", "220 x\n250 x\n250 x\n250 x\n250 x\n250 x\n",
     HELLO FROM TO_1 TO_2 "DATA\r\n" QUIT, SMTP_FAILED, "the answer to DATA: 250 x"},
    {"DATA refused", "220 x\n250 x\n250 x\n250 x\n250 x\n554 no\n",
     HELLO FROM TO_1 TO_2 "DATA\r\n" QUIT, SMTP_FAILED, "the answer to DATA: 554 no"},
    {"the message not now", "220 x\n250 x\n250 x\n250 x\n250 x\n354 x\n451 later\n",
     HELLO FROM TO_1 TO_2 BODY QUIT, SMTP_FAILED, "the answer to the message: 451 later"},
    {"the message refused", "220 x\n250 x\n250 x\n250 x\n250 x\n354 x\n554 spam\x07\n",
     HELLO FROM TO_1 TO_2 BODY QUIT, SMTP_FAILED, "the answer to the message: 554 spam?"},
    {"not SMTP", "HTTP/1.1 400 Bad Request\r\n", "", SMTP_FAILED,
     "its greeting: the server does not speak SMTP"},
    {"a code that is cut", "22\r\n", "", SMTP_FAILED,
     "its greeting: the server does not speak SMTP"},
    {"silence after half a line", "220 hel", "", SMTP_RUNNING, NULL},
};

static void run(const struct dialogue *row, size_t step)
{
    size_t size = strlen(row->server);
    struct text_buffer out = {0};
    struct smtp smtp;

    smtp_begin(&smtp, &mail);
    text_append(&out, "");
    for (size_t at = 0; at < size; at += step) {
        (void)smtp_feed(&smtp, row->server + at, size - at < step ? size - at : step, &out);
    }
    assert_fact(strcmp(out.data, row->ours) == 0, "%s: said %s", row->name, out.data);
    assert_fact(smtp.result == row->result, "%s: result %d", row->name, (int)smtp.result);
    assert_fact(smtp.for_good == (row->error && strstr(row->error, ": 554 ")), "%s: for good",
                row->name);
    assert_fact(strcmp(smtp.error, row->error ? row->error : "") == 0, "%s: %s", row->name,
                smtp.error);
    text_release(&out);
}

static void test_dialogues_end_as_the_server_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(dialogues); i++) {
        run(&dialogues[i], 1);
        run(&dialogues[i], 7);
        run(&dialogues[i], 10000);
    }
}

static void test_no_reply_is_read_for_ever(void **state)
{
    struct text_buffer out = {0};
    struct smtp smtp;

    (void)state;
    smtp_begin(&smtp, &mail);
    for (int i = 0; i < SMTP_LINE_MAX; i++) {
        (void)smtp_feed(&smtp, "2", 1, &out);
    }
    assert_int_equal(smtp.result, SMTP_FAILED);
    assert_string_equal(smtp.error, "its greeting: the server's line has no end");
    smtp_begin(&smtp, &mail);
    for (int i = 0; i < SMTP_LINES_MAX; i++) {
        (void)smtp_feed(&smtp, "220-x\n", 6, &out);
    }
    assert_int_equal(smtp.result, SMTP_FAILED);
    assert_string_equal(smtp.error, "its greeting: the server's answer has no end");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mailbox_is_what_smtp_takes),
        cmocka_unit_test(test_one_event_is_its_own_subject),
        cmocka_unit_test(test_several_are_one_mail_that_says_how_many),
        cmocka_unit_test(test_no_text_gets_out_of_its_place),
        cmocka_unit_test(test_what_is_not_ascii_is_encoded),
        cmocka_unit_test(test_names_of_recipients_are_quoted_or_encoded),
        cmocka_unit_test(test_however_many_recipients_there_are_they_can_be_read),
        cmocka_unit_test(test_what_is_no_utf_8_does_not_get_into_a_mail),
        cmocka_unit_test(test_a_long_line_is_encoded),
        cmocka_unit_test(test_a_storm_is_one_mail),
        cmocka_unit_test(test_what_goes_on_is_told_ever_more_seldom),
        cmocka_unit_test(test_after_a_quiet_time_news_are_told_at_once_again),
        cmocka_unit_test(test_what_no_server_takes_waits_and_is_lost_in_the_end),
        cmocka_unit_test(test_what_comes_while_a_mail_is_under_way_is_in_the_next),
        cmocka_unit_test(test_a_full_queue_under_way_keeps_what_may_be_arriving),
        cmocka_unit_test(test_what_is_refused_for_good_is_lost_and_the_next_is_told),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_the_last_chance_is_now),
        cmocka_unit_test(test_dialogues_end_as_the_server_says),
        cmocka_unit_test(test_no_reply_is_read_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
