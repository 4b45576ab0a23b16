/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies over UDP.
 */
#include "unit.h"

#include "check/udp_reply.h"

static const unsigned char whole[] = {0xff, 0xff, 0xff, 0xff};
static const unsigned char halves[] = {0xf0, 0x0f, 0x00, 0xff};
static const unsigned char plain[] = {0x12, 0x34, 0x56, 0x78};
static const unsigned char masked[] = {0x10, 0x04, 0x00, 0x78};

#define ANY                                                                                        \
    {                                                                                              \
        NULL, NULL, 0, 4, 2                                                                        \
    }
#define ALL                                                                                        \
    {                                                                                              \
        plain, whole, 4, 0, 255                                                                    \
    }
#define NIBBLES                                                                                    \
    {                                                                                              \
        masked, halves, 4, 0, 255                                                                  \
    }

static const struct {
    const char *name;
    struct udp_reply wanted;
    const char *reply;
    size_t size;
    const char *text; /* NULL: it is good */
} rows[] = {
    {"any, whatever its length", ANY, "abc", 3, NULL},
    {"an empty one", ANY, "", 0, NULL},
    {"the same", ALL, "\x12\x34\x56\x78", 4, NULL},
    {"what begins so", ALL, "\x12\x34\x56\x78\x9a", 5, NULL},
    {"what it begins with", ALL, "\x12\x34", 2, NULL},
    {"nothing, which all begins with", ALL, "", 0, NULL},
    {"another last byte", ALL, "\x12\x34\x56\x79", 4, "byte 4 of the reply is 79"},
    {"another first byte", ALL, "\x02\x34", 2, "byte 1 of the reply is 02"},
    {"digits that do not count", NIBBLES, "\x1f\xf4\xff\x78", 4, NULL},
    {"a high digit that counts", NIBBLES, "\x2f\xf4\xff\x78", 4, "byte 1 of the reply is 2f"},
    {"a low digit that counts", NIBBLES, "\x1f\xf5\xff\x78", 4, "byte 2 of the reply is f5"},
    {"as short as allowed", {plain, whole, 4, 2, 3}, "\x12\x34", 2, NULL},
    {"as long as allowed", {plain, whole, 4, 2, 3}, "\x12\x34\x56", 3, NULL},
    {"too short", {plain, whole, 4, 2, 3}, "\x12", 1, "a reply of 1 bytes, below 2"},
    {"too long", {plain, whole, 4, 2, 3}, "\x12\x34\x56\x78", 4, "a reply of 4 bytes, above 3"},
};

static void test_replies_are_compared_up_to_the_end_of_the_shorter_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct verdict verdict =
            udp_reply_judge(&rows[i].wanted, (const unsigned char *)rows[i].reply, rows[i].size);

        assert_fact(verdict.class == (rows[i].text ? VERDICT_ANSWER : VERDICT_OK), "%s: class %s",
                    rows[i].name, verdict_class_name(verdict.class));
        assert_fact(strcmp(verdict.text, rows[i].text ? rows[i].text : "") == 0, "%s: %s",
                    rows[i].name, verdict.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_are_compared_up_to_the_end_of_the_shorter_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
