/* SPDX-License-Identifier: Apache-2.0
 *
 * Echo requests and replies.
 */
#include "check/echo.h"

#include "base/inet.h"

#include <string.h>

/* RFC 792; RFC 4443 4.1, 4.2. */
enum {
    ECHO_REQUEST = 8,
    ECHO_REPLY = 0,
    ECHO_REQUEST_V6 = 128,
    ECHO_REPLY_V6 = 129,
};

/* RFC 791 3.1: the length of the header in words of 32 bits, at least 5. */
enum {
    ECHO_IP_LENGTH_MASK = 0x0f,
    ECHO_IP_LEAST = 20,
};

static void echo_write_data(unsigned char data[ECHO_DATA_SIZE], uint64_t secret, uint32_t number)
{
    memset(data, 0, ECHO_DATA_SIZE);
    memcpy(data, &secret, sizeof(secret));
    memcpy(data + sizeof(secret), &number, sizeof(number));
}

void echo_write(unsigned char packet[ECHO_SIZE], uint8_t family, uint64_t secret, uint32_t number)
{
    uint32_t wire = htonl(number);
    uint16_t checksum;

    memset(packet, 0, ECHO_HEADER_SIZE);
    packet[0] = family == AF_INET ? ECHO_REQUEST : ECHO_REQUEST_V6;
    memcpy(packet + 4, &wire, sizeof(wire));
    echo_write_data(packet + ECHO_HEADER_SIZE, secret, number);
    if (family == AF_INET) {
        checksum = inet_checksum_end(inet_checksum_add(0, packet, ECHO_SIZE));
        memcpy(packet + 2, &checksum, sizeof(checksum));
    }
}

/* The number in the header. */
static uint32_t echo_number(const unsigned char *header)
{
    uint32_t wire;

    memcpy(&wire, header + 4, sizeof(wire));
    return ntohl(wire);
}

static bool echo_is_ours(const unsigned char *packet, size_t size, uint64_t secret)
{
    unsigned char expected[ECHO_DATA_SIZE];
    size_t length =
        size - ECHO_HEADER_SIZE < ECHO_DATA_SIZE ? size - ECHO_HEADER_SIZE : (size_t)ECHO_DATA_SIZE;

    echo_write_data(expected, secret, echo_number(packet));
    return memcmp(packet + ECHO_HEADER_SIZE, expected, length) == 0;
}

bool echo_read_reply(const void *data, size_t size, uint8_t family, uint64_t secret,
                     uint32_t *number)
{
    const unsigned char *packet = data;

    if (family == AF_INET) {
        size_t header = size ? (size_t)(packet[0] & ECHO_IP_LENGTH_MASK) * 4 : 0;

        if (header < ECHO_IP_LEAST || size < header) {
            return false;
        }
        packet += header;
        size -= header;
        /* Raw sockets are given what ICMP itself has not looked at yet. */
        if (inet_checksum_end(inet_checksum_add(0, packet, size)) != 0) {
            return false;
        }
    }
    if (size != ECHO_SIZE || packet[0] != (family == AF_INET ? ECHO_REPLY : ECHO_REPLY_V6) ||
        packet[1] != 0 || !echo_is_ours(packet, size, secret)) {
        return false;
    }
    *number = echo_number(packet);
    return true;
}

bool echo_read_quoted(const void *data, size_t size, uint8_t family, uint64_t secret,
                      uint32_t *number)
{
    const unsigned char *packet = data;

    if (size < ECHO_HEADER_SIZE ||
        packet[0] != (family == AF_INET ? ECHO_REQUEST : ECHO_REQUEST_V6) ||
        !echo_is_ours(packet, size, secret)) {
        return false;
    }
    *number = echo_number(packet);
    return true;
}
