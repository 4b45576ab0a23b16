/* SPDX-License-Identifier: Apache-2.0
 *
 * ARP and neighbour discovery: a question's frame is written, an answer's is read.
 */
#include "net/solicit.h"

#include <string.h>

enum {
    ETHERNET_SIZE = 14,
    ARP_SIZE = 28,       /* RFC 826, of Ethernet and IPv4 */
    ARP_FRAME_SIZE = 60, /* padded: no frame on the wire is shorter (IEEE 802.3) */
    IPV6_SIZE = 40,
    ND_SIZE = 24,    /* type, code, checksum, flags, target: RFC 4861 4.3, 4.4 */
    OPTION_SIZE = 8, /* a link-layer address: RFC 4861 4.6.1 */
    ND_SOLICITATION = 135,
    ND_ADVERTISEMENT = 136,
    ND_SOURCE = 1, /* options: whose address it is */
    ND_TARGET = 2,
    PICK_TRIES = 64,
};

/* Ethernet type ARP, hardware type Ethernet, protocol type IPv4, the sizes of both addresses, and the
 * first byte of the operation. */
static const uint8_t arp_head[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0};

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

/* ---- Questions ----------------------------------------------------------------------------------- */

static size_t solicit_write_arp(uint8_t *frame, const struct solicit_question *question)
{
    uint8_t *arp = frame + ETHERNET_SIZE;

    memset(frame, 0, ARP_FRAME_SIZE);
    if (question->to) {
        memcpy(frame, question->to, SOLICIT_MAC_SIZE);
    } else {
        memset(frame, 0xff, SOLICIT_MAC_SIZE);
    }
    memcpy(frame + SOLICIT_MAC_SIZE, question->mac, SOLICIT_MAC_SIZE);
    memcpy(frame + 12, arp_head, sizeof(arp_head));
    arp[7] = ARP_REQUEST;
    memcpy(arp + 8, question->mac, SOLICIT_MAC_SIZE);
    memcpy(arp + 14, question->from.bytes, 4); /* zeros for a probe */
    memcpy(arp + 24, question->about.bytes, 4);
    return ARP_FRAME_SIZE;
}

/* The checksum of ICMPv6 over its pseudo-header: RFC 4443 2.3, RFC 8200 8.1. */
static void solicit_sum(uint8_t *icmp, size_t size, const uint8_t *addresses)
{
    const uint8_t rest[8] = {0, 0, 0, (uint8_t)size, 0, 0, 0, IPPROTO_ICMPV6};
    uint32_t sum = inet_checksum_add(0, addresses, 32);
    uint16_t checksum;

    sum = inet_checksum_add(sum, rest, sizeof(rest));
    checksum = inet_checksum_end(inet_checksum_add(sum, icmp, size));
    memcpy(icmp + 2, &checksum, sizeof(checksum));
}

static size_t solicit_write_nd(uint8_t *frame, const struct solicit_question *question)
{
    static const uint8_t everybody[13] = {0xff, 0x02, [11] = 1, [12] = 0xff}; /* RFC 4291 2.7.1 */
    uint8_t *ip = frame + ETHERNET_SIZE;
    uint8_t *icmp = ip + IPV6_SIZE;
    const uint8_t *about = question->about.bytes;

    memset(frame, 0, SOLICIT_FRAME_SIZE);
    memcpy(frame + SOLICIT_MAC_SIZE, question->mac, SOLICIT_MAC_SIZE);
    frame[12] = 0x86;
    frame[13] = 0xdd;
    ip[0] = 0x60; /* version 6 */
    ip[5] = ND_SIZE + OPTION_SIZE;
    ip[6] = IPPROTO_ICMPV6;
    ip[7] = 255; /* RFC 4861 7.1.1: neighbours drop anything else */
    memcpy(ip + 8, question->from.bytes, 16);
    if (question->to) {
        memcpy(frame, question->to, SOLICIT_MAC_SIZE);
        memcpy(ip + 24, about, 16);
    } else {
        memcpy(ip + 24, everybody, sizeof(everybody));
        memcpy(ip + 24 + sizeof(everybody), about + 13, 3);
        memset(frame, 0x33, 2); /* RFC 2464 7 */
        memcpy(frame + 2, ip + 36, 4);
    }
    icmp[0] = ND_SOLICITATION;
    memcpy(icmp + 8, about, 16);
    icmp[ND_SIZE] = ND_SOURCE;
    icmp[ND_SIZE + 1] = OPTION_SIZE / 8;
    memcpy(icmp + ND_SIZE + 2, question->mac, SOLICIT_MAC_SIZE);
    solicit_sum(icmp, ND_SIZE + OPTION_SIZE, ip + 8);
    return SOLICIT_FRAME_SIZE;
}

size_t solicit_write(uint8_t frame[SOLICIT_FRAME_SIZE], const struct solicit_question *question)
{
    uint8_t from = question->from.family;

    if (question->about.family == AF_INET && (from == AF_INET || from == AF_UNSPEC)) {
        return solicit_write_arp(frame, question);
    }
    if (question->about.family == AF_INET6 && from == AF_INET6) {
        return solicit_write_nd(frame, question);
    }
    return 0;
}

/* ---- Answers ------------------------------------------------------------------------------------- */

static bool solicit_read_arp(const uint8_t *frame, size_t size, struct solicit_answer *answer)
{
    const uint8_t *arp = frame + ETHERNET_SIZE;

    if (size < ETHERNET_SIZE + ARP_SIZE || memcmp(frame + 12, arp_head, sizeof(arp_head)) != 0 ||
        arp[7] != ARP_REPLY) {
        return false;
    }
    answer->about = inet_from_bytes(AF_INET, arp + 14);
    memcpy(answer->mac, arp + 8, SOLICIT_MAC_SIZE);
    return true;
}

/* The hardware address that an advertisement tells; without that option it is the sender's. */
static void solicit_read_target(const uint8_t *option, size_t size, struct solicit_answer *answer)
{
    while (size >= OPTION_SIZE) {
        size_t length = (size_t)option[1] * 8;

        if (length == 0 || length > size) {
            return;
        }
        if (option[0] == ND_TARGET) {
            memcpy(answer->mac, option + 2, SOLICIT_MAC_SIZE);
            return;
        }
        option += length;
        size -= length;
    }
}

static bool solicit_read_nd(const uint8_t *frame, size_t size, struct solicit_answer *answer)
{
    const uint8_t *ip = frame + ETHERNET_SIZE;
    const uint8_t *icmp = ip + IPV6_SIZE;
    size_t payload;

    if (size < ETHERNET_SIZE + IPV6_SIZE + ND_SIZE || frame[12] != 0x86 || frame[13] != 0xdd ||
        ip[0] >> 4 != 6 || ip[6] != IPPROTO_ICMPV6 || icmp[0] != ND_ADVERTISEMENT) {
        return false;
    }
    payload = (size_t)ip[4] << 8 | ip[5];
    if (payload < ND_SIZE || payload > size - ETHERNET_SIZE - IPV6_SIZE) {
        return false;
    }
    answer->about = inet_from_bytes(AF_INET6, icmp + 8);
    memcpy(answer->mac, frame + SOLICIT_MAC_SIZE, SOLICIT_MAC_SIZE);
    solicit_read_target(icmp + ND_SIZE, payload - ND_SIZE, answer);
    return true;
}

bool solicit_read(const uint8_t *frame, size_t size, struct solicit_answer *answer)
{
    struct solicit_answer read;

    if (!solicit_read_arp(frame, size, &read) && !solicit_read_nd(frame, size, &read)) {
        return false;
    }
    memcpy(read.to, frame, SOLICIT_MAC_SIZE);
    *answer = read;
    return true;
}

/* ---- Who asks -------------------------------------------------------------------------------------- */

bool solicit_pick_neighbour(const struct inet_prefix *own,
                            bool (*taken)(const void *argument, const struct inet_addr *addr),
                            const void *argument, struct inet_addr *neighbour)
{
    const uint8_t *bytes = own->addr.bytes;
    uint32_t addr =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    uint32_t hosts;
    uint32_t network;

    if (own->addr.family != AF_INET || own->length == 0 || own->length > 30) {
        return false;
    }
    hosts = UINT32_MAX >> own->length;
    network = addr & ~hosts;
    /* From the last one down, as the first ones are in use most: neither the network's nor the broadcast. */
    for (uint32_t host = hosts - 1, tries = 0; host > 0 && tries < PICK_TRIES; host--, tries++) {
        uint32_t candidate = htonl(network | host);
        struct inet_addr chosen = inet_from_bytes(AF_INET, &candidate);

        if (!inet_equal(&chosen, &own->addr) && !taken(argument, &chosen)) {
            *neighbour = chosen;
            return true;
        }
    }
    return false;
}
