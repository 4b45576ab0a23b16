/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a datagram of rtnetlink(7), whatever is in it. No message is read beyond its end, and
 * an address, a route or a rule that was understood is the same after it is written and read again.
 */
#include "net/rtnetlink.h"
#include "net/rtnetlink_link.h"
#include "net/rtnetlink_rule.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
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

/* One of a kind that is made here is the same after it is written and read again. */
static void fuzz_stacked(const struct nlmsghdr *message)
{
    _Alignas(struct nlmsghdr) uint8_t written[RTNETLINK_LINK_SIZE];
    struct rtnetlink_stacked stacked;
    struct rtnetlink_stacked again;
    struct rtnetlink_datagram left = {.data = written};
    const struct nlmsghdr *next;

    if (!rtnetlink_decode_stacked(message, &stacked)) {
        return;
    }
    fuzz_require(stacked.parent >= 0);
    fuzz_require(memchr(stacked.alias, '\0', sizeof(stacked.alias)) != NULL);
    fuzz_require(memchr(stacked.kind_name, '\0', sizeof(stacked.kind_name)) != NULL);
    if (stacked.kind == RTNETLINK_KIND_OTHER) {
        return;
    }
    left.size = rtnetlink_encode_stacked(written, 1, &stacked);
    fuzz_require(left.size <= sizeof(written));
    next = rtnetlink_next(&left);
    memcpy(written + NLMSG_HDRLEN + 4, &stacked.link.index, sizeof(int)); /* as the kernel does */
    fuzz_require(rtnetlink_decode_stacked(next, &again));
    fuzz_require(again.kind == stacked.kind && again.parent == stacked.parent);
    fuzz_require(again.group == stacked.group && strcmp(again.link.name, stacked.link.name) == 0);
    fuzz_require(stacked.kind != RTNETLINK_KIND_MACVLAN || again.mode == stacked.mode);
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

static void fuzz_hops_equal(const struct rtnetlink_route *a, const struct rtnetlink_route *b)
{
    for (unsigned i = 0; i < a->hop_count; i++) {
        fuzz_require(inet_equal(&a->hops[i].via, &b->hops[i].via));
        fuzz_require(a->hops[i].index == b->hops[i].index);
        fuzz_require(a->hops[i].weight == b->hops[i].weight);
        fuzz_require(a->hops[i].realms == b->hops[i].realms);
    }
}

static void fuzz_route(const struct nlmsghdr *message)
{
    _Alignas(struct nlmsghdr) static uint8_t written[RTNETLINK_ROUTE_SIZE];
    struct rtnetlink_route route;
    struct rtnetlink_route again;
    struct rtnetlink_datagram left = {.data = written};

    if (!rtnetlink_decode_route(message, &route)) {
        return;
    }
    fuzz_require(route.dest.length <= inet_family_bits(route.family));
    fuzz_require(route.hop_count <= CONF_ROUTE_HOPS);
    fuzz_require(memchr(route.congestion, '\0', sizeof(route.congestion)) != NULL);
    left.size = rtnetlink_encode_route(written, 1, RTNETLINK_ADD, &route);
    fuzz_require(left.size <= sizeof(written));
    fuzz_require(rtnetlink_decode_route(rtnetlink_next(&left), &again) && left.size == 0);
    fuzz_require(route.table == again.table && route.metric == again.metric);
    fuzz_require(memcmp(&route.metrics[RTAX_LOCK + 1], &again.metrics[RTAX_LOCK + 1],
                        sizeof(route.metrics) - sizeof(route.metrics[0]) * (RTAX_LOCK + 1)) == 0);
    fuzz_require(strcmp(route.congestion, again.congestion) == 0);
    if (route.hop_count > 1) {
        fuzz_require(route.hop_count == again.hop_count);
        fuzz_hops_equal(&route, &again);
    }
}

static void fuzz_rule(const struct nlmsghdr *message)
{
    _Alignas(struct nlmsghdr) uint8_t written[RTNETLINK_RULE_SIZE];
    struct rtnetlink_rule rule;
    struct rtnetlink_rule again;
    struct rtnetlink_datagram left = {.data = written};

    if (!rtnetlink_decode_rule(message, &rule)) {
        return;
    }
    fuzz_require(memchr(rule.in_device, '\0', sizeof(rule.in_device)) != NULL);
    fuzz_require(memchr(rule.out_device, '\0', sizeof(rule.out_device)) != NULL);
    left.size = rtnetlink_encode_rule(written, 1, RTNETLINK_ADD, &rule);
    fuzz_require(left.size <= sizeof(written));
    fuzz_require(rtnetlink_decode_rule(rtnetlink_next(&left), &again) && left.size == 0);
    fuzz_require(rule.preference == again.preference && rule.table == again.table);
    fuzz_require(rule.from.length == again.from.length && rule.mark == again.mark);
    fuzz_require(strcmp(rule.in_device, again.in_device) == 0);
}

static void fuzz_answer(const struct nlmsghdr *message)
{
    struct rtnetlink_answer answer;

    if (rtnetlink_decode_answer(message, &answer)) {
        fuzz_require(memchr(answer.text, '\0', sizeof(answer.text)) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *datagram = malloc(size ? size : 1); /* aligned, and a byte too far is seen */
    struct rtnetlink_datagram left = {datagram, size};
    const struct nlmsghdr *message;

    memcpy(datagram, data, size);
    while ((message = rtnetlink_next(&left)) != NULL) {
        fuzz_link(message);
        fuzz_stacked(message);
        fuzz_address(message);
        fuzz_route(message);
        fuzz_rule(message);
        fuzz_answer(message);
    }
    free(datagram);
    return 0;
}
