/* SPDX-License-Identifier: Apache-2.0
 *
 * IPv4 and IPv6 addresses as one value type, prefixes, their text, and the Internet checksum.
 */
#ifndef HOLDFAST_BASE_INET_H
#define HOLDFAST_BASE_INET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address. `bytes` are in network order; an IPv4 address uses the first four, the rest is 0. */
struct inet_addr {
    uint8_t family; /* AF_INET, AF_INET6, or AF_UNSPEC for "none" */
    uint8_t bytes[16];
};

/* An address of a host on a network of `length` leading bits. */
struct inet_prefix {
    struct inet_addr addr;
    uint8_t length;
};

enum {
    INET_ADDR_TEXT_SIZE = 46,     /* INET6_ADDRSTRLEN */
    INET_PREFIX_TEXT_SIZE = 50,   /* and "/128" */
    INET_ENDPOINT_TEXT_SIZE = 56, /* and "[]:65535" */
};

/** Reads "192.0.2.1" or "2001:db8::1". Answers false, and leaves `addr` alone, on any other text. */
bool inet_parse(const char *text, struct inet_addr *addr);

/**
 * Reads an address with an optional "/LENGTH"; without it the length is the whole address.
 * Answers false on a bad address or a length beyond 32 or 128.
 */
bool inet_parse_prefix(const char *text, struct inet_prefix *prefix);

/** Writes an address; "none" for family AF_UNSPEC. @return `text` */
const char *inet_text(char text[INET_ADDR_TEXT_SIZE], const struct inet_addr *addr);

/** Writes "ADDRESS/LENGTH". @return `text` */
const char *inet_prefix_text(char text[INET_PREFIX_TEXT_SIZE], const struct inet_prefix *prefix);

/**
 * Reads an address with an optional port, 0 where there is none: "192.0.2.1:80", "[2001:db8::1]:80",
 * "2001:db8::1".
 * @return false on any other text, a port 0 among them
 */
bool inet_parse_endpoint(const char *text, struct inet_addr *addr, uint16_t *port);

/** Writes "192.0.2.1:80" or "[2001:db8::1]:80"; without ":80" where the port is 0. @return `text` */
const char *inet_endpoint_text(char text[INET_ENDPOINT_TEXT_SIZE], const struct inet_addr *addr,
                               uint16_t port);

/** An address from bytes in network order (4 for AF_INET, 16 for AF_INET6). */
struct inet_addr inet_from_bytes(uint8_t family, const void *bytes);

/** Bytes of an address of this family: 4 or 16, 0 for any other family. */
size_t inet_family_size(uint8_t family);

/** Bits of an address of this family: 32 or 128, 0 for any other family. */
uint8_t inet_family_bits(uint8_t family);

/** Whether there is an address at all (its family is not AF_UNSPEC). */
bool inet_is_set(const struct inet_addr *addr);

/** Whether both are of one family and the same, to the last of its bits. */
bool inet_equal(const struct inet_addr *a, const struct inet_addr *b);

/**
 * Compares as unsigned integers in network order, which is how VRRP breaks a tie (RFC 9568 6.4.3).
 * Families order first. @return below, equal to or above 0
 */
int inet_compare(const struct inet_addr *a, const struct inet_addr *b);

/** Whether `addr` lies in the network that `prefix` belongs to. */
bool inet_prefix_contains(const struct inet_prefix *prefix, const struct inet_addr *addr);

/** Whether it is a multicast address (224.0.0.0/4, ff00::/8). */
bool inet_is_multicast(const struct inet_addr *addr);

/** Whether it is an IPv6 link-local address (fe80::/10: RFC 4291 2.5.6). */
bool inet_is_link_local(const struct inet_addr *addr);

/**
 * The same address and port as a socket address.
 * @param storage  where it goes
 * @param port     in host order
 * @return the bytes used of `storage`, 0 for AF_UNSPEC
 */
socklen_t inet_to_sockaddr(const struct inet_addr *addr, uint16_t port,
                           struct sockaddr_storage *storage);

/**
 * Adds bytes to an Internet checksum (RFC 1071): start with 0, feed parts of even length (the last
 * one may be odd), and end with inet_checksum_end().
 */
uint32_t inet_checksum_add(uint32_t sum, const void *data, size_t length);

/** Folds and complements the sum. @return the checksum, as bytes lie in memory (network order) */
uint16_t inet_checksum_end(uint32_t sum);

#endif
