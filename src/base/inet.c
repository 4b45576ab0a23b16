/* SPDX-License-Identifier: Apache-2.0
 *
 * IPv4 and IPv6 addresses as one value type, prefixes, their text, and the Internet checksum.
 */
#include "base/inet.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

size_t inet_family_size(uint8_t family)
{
    return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

uint8_t inet_family_bits(uint8_t family)
{
    return (uint8_t)(inet_family_size(family) * 8);
}

struct inet_addr inet_from_bytes(uint8_t family, const void *bytes)
{
    struct inet_addr addr = {.family = family};

    memcpy(addr.bytes, bytes, inet_family_size(family));
    return addr;
}

bool inet_parse(const char *text, struct inet_addr *addr)
{
    uint8_t bytes[16];
    uint8_t family = strchr(text, ':') ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, bytes) != 1) {
        return false;
    }
    *addr = inet_from_bytes(family, bytes);
    return true;
}

bool inet_parse_prefix(const char *text, struct inet_prefix *prefix)
{
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    char copy[INET_ADDR_TEXT_SIZE];
    struct inet_addr addr;
    uint64_t bits;

    if (length >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (!inet_parse(copy, &addr)) {
        return false;
    }
    bits = inet_family_bits(addr.family);
    if (slash && !text_parse_unsigned(slash + 1, bits, &bits)) {
        return false;
    }
    prefix->addr = addr;
    prefix->length = (uint8_t)bits;
    return true;
}

/* glibc's inet_ntop() prints IPv4 with sprintf(), which takes 1,700 instructions for it. */
static void inet_text_ipv4(char *text, const uint8_t *bytes)
{
    for (int i = 0; i < 4; i++) {
        if (bytes[i] >= 100) {
            *text++ = (char)('0' + bytes[i] / 100);
        }
        if (bytes[i] >= 10) {
            *text++ = (char)('0' + bytes[i] / 10 % 10);
        }
        *text++ = (char)('0' + bytes[i] % 10);
        *text++ = i < 3 ? '.' : '\0';
    }
}

const char *inet_text(char text[INET_ADDR_TEXT_SIZE], const struct inet_addr *addr)
{
    if (addr->family == AF_INET) {
        inet_text_ipv4(text, addr->bytes);
    } else if (!inet_is_set(addr) ||
               !inet_ntop(addr->family, addr->bytes, text, INET_ADDR_TEXT_SIZE)) {
        (void)snprintf(text, INET_ADDR_TEXT_SIZE, "none");
    }
    return text;
}

const char *inet_prefix_text(char text[INET_PREFIX_TEXT_SIZE], const struct inet_prefix *prefix)
{
    char addr[INET_ADDR_TEXT_SIZE];

    (void)snprintf(text, INET_PREFIX_TEXT_SIZE, "%s/%u", inet_text(addr, &prefix->addr),
                   (unsigned)prefix->length);
    return text;
}

bool inet_parse_endpoint(const char *text, struct inet_addr *addr, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    bool bracket = *text == '[';
    char address[INET_ADDR_TEXT_SIZE + 2];
    uint64_t number = 0;

    if (colon && (bracket ? colon[-1] == ']' : strchr(text, ':') == colon)) {
        size_t length = (size_t)(colon - text);

        if (length >= sizeof(address) || !text_parse_unsigned(colon + 1, UINT16_MAX, &number) ||
            !number) {
            return false;
        }
        (void)snprintf(address, sizeof(address), "%.*s", (int)length - 2 * bracket, text + bracket);
        text = address;
    }
    *port = (uint16_t)number;
    return inet_parse(text, addr);
}

const char *inet_endpoint_text(char text[INET_ENDPOINT_TEXT_SIZE], const struct inet_addr *addr,
                               uint16_t port)
{
    char host[INET_ADDR_TEXT_SIZE];

    inet_text(host, addr);
    if (!port) {
        (void)snprintf(text, INET_ENDPOINT_TEXT_SIZE, "%s", host);
    } else {
        (void)snprintf(text, INET_ENDPOINT_TEXT_SIZE,
                       addr->family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, (unsigned)port);
    }
    return text;
}

bool inet_is_set(const struct inet_addr *addr)
{
    return addr->family != AF_UNSPEC;
}

bool inet_equal(const struct inet_addr *a, const struct inet_addr *b)
{
    return inet_compare(a, b) == 0;
}

int inet_compare(const struct inet_addr *a, const struct inet_addr *b)
{
    if (a->family != b->family) {
        return a->family < b->family ? -1 : 1;
    }
    return memcmp(a->bytes, b->bytes, inet_family_size(a->family));
}

bool inet_prefix_contains(const struct inet_prefix *prefix, const struct inet_addr *addr)
{
    unsigned whole = prefix->length / 8;
    unsigned rest = prefix->length % 8;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;

    if (prefix->addr.family != addr->family) {
        return false;
    }
    if (memcmp(prefix->addr.bytes, addr->bytes, whole) != 0) {
        return false;
    }
    return !rest || (prefix->addr.bytes[whole] & mask) == (addr->bytes[whole] & mask);
}

bool inet_is_multicast(const struct inet_addr *addr)
{
    return addr->family == AF_INET    ? (addr->bytes[0] & 0xf0U) == 0xe0U
           : addr->family == AF_INET6 ? addr->bytes[0] == 0xffU
                                      : false;
}

bool inet_is_link_local(const struct inet_addr *addr)
{
    return addr->family == AF_INET6 && addr->bytes[0] == 0xfeU && (addr->bytes[1] & 0xc0U) == 0x80U;
}

socklen_t inet_to_sockaddr(const struct inet_addr *addr, uint16_t port,
                           struct sockaddr_storage *storage)
{
    memset(storage, 0, sizeof(*storage));
    if (addr->family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)storage;

        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, addr->bytes, 4);
        return sizeof(*in);
    }
    if (addr->family == AF_INET6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)storage;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        memcpy(&in6->sin6_addr, addr->bytes, 16);
        return sizeof(*in6);
    }
    return 0;
}

uint32_t inet_checksum_add(uint32_t sum, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    uint64_t total = sum;
    size_t i;

    for (i = 0; i + 1 < length; i += 2) {
        uint16_t word;

        memcpy(&word, bytes + i, sizeof(word)); /* in memory order: the sum is byte-order neutral */
        total += word;
    }
    if (i < length) {
        uint8_t last[2] = {bytes[i], 0};
        uint16_t word;

        memcpy(&word, last, sizeof(word));
        total += word;
    }
    while (total >> 32) {
        total = (total & UINT32_MAX) + (total >> 32);
    }
    return (uint32_t)total;
}

uint16_t inet_checksum_end(uint32_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffffU) + (sum >> 16);
    }
    return (uint16_t)~sum;
}
