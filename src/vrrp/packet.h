/* SPDX-License-Identifier: Apache-2.0
 *
 * VRRP advertisements on the wire, both ways: RFC 3768 (version 2, with the authentication of
 * RFC 2338) and RFC 9568 (version 3). Pure: bytes in, values and a reason out.
 */
#ifndef HOLDFAST_VRRP_PACKET_H
#define HOLDFAST_VRRP_PACKET_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACKET_PROTOCOL = 112,  /* IP protocol number of VRRP: RFC 9568 5.1.1.4 */
    PACKET_TTL = 255,       /* RFC 9568 5.1.1.3 */
    PACKET_HEADER_SIZE = 8, /* RFC 9568 5.1, RFC 3768 5.1 */
    PACKET_AUTH_SIZE = 8,   /* behind the addresses of version 2: RFC 3768 5.3.9 */
    PACKET_MAX_ADDRESSES = 255,
    PACKET_MTU = 1500, /* where nobody knows it: Ethernet's, RFC 894 */
    PACKET_MAX_SIZE = PACKET_HEADER_SIZE + PACKET_MAX_ADDRESSES * 16 + PACKET_AUTH_SIZE,
};

/* Why bytes are not an advertisement. */
enum packet_error {
    PACKET_OK,
    PACKET_BAD_IP_HEADER,
    PACKET_BAD_TTL,
    PACKET_TOO_SHORT,
    PACKET_BAD_VERSION,
    PACKET_BAD_TYPE,
    PACKET_BAD_VRID,
    PACKET_BAD_CHECKSUM,
    PACKET_BAD_SEAL,
    PACKET_ERRORS,
};

/* What surrounds the message: the pseudo-header's fields and the hop count. */
struct packet_envelope {
    struct inet_addr source;
    struct inet_addr destination;
    uint8_t ttl;
    /* Received IPv4: what the Authentication Header covers besides (ah.h). */
    uint16_t identification;
    bool has_options;
    int64_t age; /* received: ns since the kernel had it, as far as is known */
};

/* Which bytes the checksum of a version 3 message over IPv4 covers (protocol.md: peers differ). */
enum packet_checksum {
    PACKET_CHECKSUM_MESSAGE, /* the message alone: version 2 always, RFC 9568, Cisco, Juniper */
    PACKET_CHECKSUM_PSEUDO,  /* with the pseudo-header: keepalived and FRR unless told otherwise */
    PACKET_CHECKSUM_GROUP, /* unicast, with the multicast group as the pseudo-header's destination:
                                keepalived up to 1.3.6, and later ones with old_unicast_checksum */
    PACKET_CHECKSUMS,
};

struct packet_advert {
    uint8_t version; /* 2 or 3 */
    uint8_t family;  /* AF_INET or AF_INET6: of the addresses */
    uint8_t vrid;    /* 1..255 */
    uint8_t priority;
    uint8_t auth_type;                   /* version 2 alone */
    uint8_t auth_data[PACKET_AUTH_SIZE]; /* version 2 alone */
    int64_t interval;                    /* ns: v2 whole seconds, v3 hundredths of a second */
    enum packet_checksum checksum;
    uint8_t address_count;
    const uint8_t *addresses; /* address_count times 4 or 16 bytes, network order */
    const uint8_t *message;   /* decoded: the whole of it, `size` bytes, */
    size_t size;
    size_t rest;         /* and so many behind it: a trailer, or padding */
    const uint8_t *seal; /* the Authentication Header in front of it; NULL: there is none */
};

/**
 * How many addresses an advert can name that is to leave in one piece (keepalived-reference.md B17).
 * @param mtu   bytes of the interface that it leaves by; 0: not known, PACKET_MTU
 * @param rest  bytes of the datagram besides the IP header and the message: a trailer, a header between
 * @return 0..PACKET_MAX_ADDRESSES
 */
uint8_t packet_room(uint32_t mtu, uint8_t family, uint8_t version, size_t rest);

/** A word for machines (counters), such as "checksum". */
const char *packet_error_word(enum packet_error error);

/** A text for an error, such as "checksum is wrong". Never NULL. */
const char *packet_error_text(enum packet_error error);

/**
 * Takes the IPv4 header off what a raw socket received. The payload's length is taken from the
 * header, so that Ethernet padding does not count.
 * @param data      the datagram, `size` bytes
 * @param envelope  gets source, destination and TTL
 * @param payload   set to where the payload starts in `data`
 * @param length    set to its bytes
 * @return PACKET_OK or PACKET_BAD_IP_HEADER
 */
enum packet_error packet_open_ipv4(const uint8_t *data, size_t size,
                                   struct packet_envelope *envelope, const uint8_t **payload,
                                   size_t *length);

/**
 * Decodes and validates an advertisement (RFC 9568 7.1, RFC 3768 7.1) as far as that needs no
 * configuration: hop count, length, version, type, VRID, checksum.
 * @param data      the IP payload, `size` bytes; more than the message is allowed (a trailer)
 * @param multicast whether the hop count must be 255
 * @param advert    filled where PACKET_OK or PACKET_BAD_CHECKSUM is returned; `addresses` points into
 *                  `data`
 */
enum packet_error packet_decode(const uint8_t *data, size_t size,
                                const struct packet_envelope *envelope, bool multicast,
                                struct packet_advert *advert);

/**
 * Whether an advert whose checksum is wrong has an old keepalived's: PACKET_CHECKSUM_GROUP. Sets its form.
 * @param advert  of which packet_decode() said PACKET_BAD_CHECKSUM
 * @param group   the multicast group that it would go to
 */
bool packet_has_group_sum(struct packet_advert *advert, const struct packet_envelope *envelope,
                          const struct inet_addr *group);

/** A word for a form of the checksum, such as "pseudo_header". */
const char *packet_checksum_word(enum packet_checksum checksum);

/** How many bytes the IP datagram of an advert has. @param rest  as of packet_room() */
size_t packet_datagram_size(uint8_t family, uint8_t version, uint8_t addresses, size_t rest);

/**
 * Writes the checksum of an encoded advertisement that has got a trailer. Over IPv6 that is part of the
 * payload (RFC 8200 8.1); over IPv4 it is not covered.
 * @param rest  bytes of the trailer
 */
void packet_cover_trailer(uint8_t *data, size_t size, size_t rest,
                          const struct packet_envelope *envelope);

/**
 * Encodes an advertisement.
 * @param envelope  for the checksum of version 3; of PACKET_CHECKSUM_GROUP with the group as destination
 * @param data      where it goes, PACKET_MAX_SIZE bytes
 * @return its size in bytes
 */
size_t packet_encode(const struct packet_advert *advert, const struct packet_envelope *envelope,
                     uint8_t data[PACKET_MAX_SIZE]);

#endif
