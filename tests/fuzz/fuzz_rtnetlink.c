/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a datagram of rtnetlink(7), whatever is in it. No message is read beyond its end, and
 * an address that was understood is the same after it is written and read again.
 */
#include "net/rtnetlink.h"

#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void fuzz_link(const struct nlmsghdr *message)
{
    struct rtnetlink_link link;

    if (rtnetlink_decode_link(message, &link)) {
        fuzz_require(link.index > 0 && link.mac_size <= sizeof(link.mac));
        fuzz_require(link.name[0] && memchr(link.name, '\0', sizeof(link.name)));
    }
}

static void fuzz_equal(const struct rtnetlink_address *a, const struct rtnetlink_address *b)
{
    fuzz_require(a->index == b->index && a->scope == b->scope && a->flags == b->flags);
    fuzz_require(a->protocol == b->protocol && strcmp(a->label, b->label) == 0);
    fuzz_require(a->prefix.length == b->prefix.length);
    fuzz_require(inet_equal(&a->prefix.addr, &b->prefix.addr));
    fuzz_require(inet_equal(&a->peer, &b->peer) && inet_equal(&a->broadcast, &b->broadcast));
}

static void fuzz_address(const struct nlmsghdr *message)
{
    _Alignas(struct nlmsghdr) uint8_t written[RTNETLINK_MESSAGE_SIZE];
    struct rtnetlink_address address;
    struct rtnetlink_address again;
    struct rtnetlink_datagram left = {.data = written};

    if (!rtnetlink_decode_address(message, &address)) {
        return;
    }
    fuzz_require(address.index > 0);
    fuzz_require(address.prefix.length <= inet_family_bits(address.prefix.addr.family));
    fuzz_require(inet_family_size(address.prefix.addr.family) != 0);
    fuzz_require(memchr(address.label, '\0', sizeof(address.label)) != NULL);
    left.size = rtnetlink_encode_address(written, 1, true, &address);
    fuzz_require(left.size <= sizeof(written));
    fuzz_require(rtnetlink_decode_address(rtnetlink_next(&left), &again) && left.size == 0);
    fuzz_equal(&address, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *datagram = malloc(size ? size : 1); /* aligned, and a byte too far is seen */
    struct rtnetlink_datagram left = {datagram, size};
    const struct nlmsghdr *message;

    memcpy(datagram, data, size);
    while ((message = rtnetlink_next(&left)) != NULL) {
        fuzz_link(message);
        fuzz_address(message);
    }
    free(datagram);
    return 0;
}
