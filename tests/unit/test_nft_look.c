/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel says of a table of nftables.
 */
#include "unit.h"

#include "net/nft_look.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>

struct answer {
    struct nlmsghdr header;
    struct nlmsgerr error;
};

static struct answer answer_of(uint16_t type, int number)
{
    struct answer answer = {.header = {.nlmsg_len = sizeof(answer), .nlmsg_type = type}};

    answer.error.error = number;
    return answer;
}

static void test_only_a_whole_answer_that_says_so_says_that_there_is_none(void **state)
{
    struct answer none = answer_of(NLMSG_ERROR, -ENOENT);
    const struct answer forbidden = answer_of(NLMSG_ERROR, -EPERM);
    const struct answer there = answer_of(10 << 8, -ENOENT);

    (void)state;
    assert_true(nft_look_says_none(&none, sizeof(none)));
    assert_false(nft_look_says_none(&forbidden, sizeof(forbidden)));
    assert_false(nft_look_says_none(&there, sizeof(there)));
    for (size_t size = 0; size < sizeof(none); size++) {
        char *part = size ? malloc(size) : NULL; /* so that a sanitizer sees what is behind it */

        if (part) {
            memcpy(part, &none, size);
        }
        assert_false(nft_look_says_none(part, size));
        free(part);
    }
    none.header.nlmsg_len = sizeof(struct nlmsghdr);
    assert_false(nft_look_says_none(&none, sizeof(none)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_a_whole_answer_that_says_so_says_that_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
