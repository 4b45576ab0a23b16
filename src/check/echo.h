/* SPDX-License-Identifier: Apache-2.0
 *
 * Echo requests and replies of ICMP (RFC 792) and ICMPv6 (RFC 4443). Pure.
 */
#ifndef HOLDFAST_CHECK_ECHO_H
#define HOLDFAST_CHECK_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ECHO_HEADER_SIZE =
        8, /* type, code, checksum, identifier, sequence number: RFC 792, RFC 4443 4.1 */
    ECHO_DATA_SIZE = 16,
    ECHO_SIZE = ECHO_HEADER_SIZE + ECHO_DATA_SIZE,
};

/**
 * Writes an echo request. Identifier and sequence number are its number; its data are the secret and
 * the number again, so that nobody who has not seen it can answer it.
 * @param family  AF_INET, or AF_INET6: then the checksum is the kernel's business (RFC 3542 3.1)
 */
void echo_write(unsigned char packet[ECHO_SIZE], uint8_t family, uint64_t secret, uint32_t number);

/**
 * Reads what a raw socket got, which for AF_INET begins with the IP header.
 * @param number  set to that of the request
 * @return whether it is a whole reply to a request with this secret
 */
bool echo_read_reply(const void *data, size_t size, uint8_t family, uint64_t secret,
                     uint32_t *number);

/**
 * Reads what an ICMP error quotes of a request, from its ICMP header on. Routers need not quote more
 * than that header (RFC 792): the secret is compared as far as it is there.
 * @param number  set to that of the request
 * @return whether it may be a request with this secret
 */
bool echo_read_quoted(const void *data, size_t size, uint8_t family, uint64_t secret,
                      uint32_t *number);

#endif
