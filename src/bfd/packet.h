/* SPDX-License-Identifier: Apache-2.0
 *
 * BFD control packets on the wire, both ways: RFC 5880 4.1, without authentication. Pure: bytes in,
 * values and a reason out.
 */
#ifndef HOLDFAST_BFD_PACKET_H
#define HOLDFAST_BFD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BFD_PACKET_SIZE = 24,        /* without authentication: RFC 5880 4.1 */
    BFD_PACKET_PORT = 3784,      /* of a single hop: RFC 5881 4 */
    BFD_PACKET_PORT_HOPS = 4784, /* of several hops: RFC 5883 5 */
    BFD_PACKET_TTL = 255,        /* RFC 5881 5 */
};

/* What a session is in; the values are those of the wire: RFC 5880 4.1. */
enum bfd_role {
    BFD_ADMIN_DOWN,
    BFD_DOWN,
    BFD_INIT,
    BFD_UP,
    BFD_ROLES,
};

/* Why a session changed last, as the wire has it: RFC 5880 4.1. Others up to 31 may be received. */
enum bfd_diag {
    BFD_DIAG_NONE,
    BFD_DIAG_EXPIRED,  /* nothing was heard for the detection time */
    BFD_DIAG_ECHO,     /* the echo function failed */
    BFD_DIAG_SIGNALED, /* the neighbour said that it is down */
    BFD_DIAG_RESET,    /* the forwarding plane was reset */
    BFD_DIAG_PATH,
    BFD_DIAG_CONCATENATED,
    BFD_DIAG_ADMIN, /* switched off by its administrator */
    BFD_DIAG_REVERSE,
    BFD_DIAGS,
};

/* Why bytes are not a control packet: the rules of RFC 5880 6.8.6, in their order. */
enum bfd_packet_error {
    BFD_PACKET_OK,
    BFD_PACKET_BAD_VERSION,
    BFD_PACKET_BAD_LENGTH, /* the length field is below what a packet needs */
    BFD_PACKET_TOO_SHORT,  /* it is above what came */
    BFD_PACKET_BAD_MULTIPLIER,
    BFD_PACKET_MULTIPOINT,
    BFD_PACKET_NO_DISCRIMINATOR,
    BFD_PACKET_NOT_ADDRESSED, /* it knows us not, and yet says that it is up */
    BFD_PACKET_AUTHENTICATED, /* which no session of ours is */
    BFD_PACKET_ERRORS,
};

struct bfd_packet {
    uint8_t diag; /* 0..31 */
    enum bfd_role role;
    bool poll;
    bool final;
    bool independent; /* of its control plane */
    bool demand;
    uint8_t multiplier;     /* 1..255 */
    uint32_t discriminator; /* the sender's; never 0 */
    uint32_t yours;         /* the receiver's; 0: not known yet */
    int64_t min_tx;   /* ns, whole microseconds: the interval that the sender wants to send in */
    int64_t min_rx;   /* the shortest that it can take; 0: it wants none */
    int64_t min_echo; /* the same of echo packets; 0: it wants none */
};

/** A text for an error, such as "the version is not 1". Never NULL. */
const char *bfd_packet_error_text(enum bfd_packet_error error);

/** An error as a word for machines, such as "bad_version". Never NULL. */
const char *bfd_packet_error_word(enum bfd_packet_error error);

/** A diagnostic as people read it, such as "control detection time expired". Never NULL. */
const char *bfd_diag_text(uint8_t diag);

/** "ADMIN_DOWN", "DOWN", "INIT" or "UP". */
const char *bfd_role_text(enum bfd_role role);

/**
 * Decodes and validates a control packet as far as that needs no session: RFC 5880 6.8.6.
 * @param data    the UDP payload, `size` bytes; what is behind the packet's own length is ignored
 * @param packet  filled where BFD_PACKET_OK is returned
 */
enum bfd_packet_error bfd_packet_decode(const uint8_t *data, size_t size,
                                        struct bfd_packet *packet);

/**
 * Encodes a control packet. Durations beyond 2^32 - 1 us are cut to that.
 * @param data  where it goes
 */
void bfd_packet_encode(const struct bfd_packet *packet, uint8_t data[BFD_PACKET_SIZE]);

/**
 * Whether a packet came no farther than it may: the generalized TTL security mechanism, RFC 5881 5.
 * @param ttl   TTL or hop limit that it arrived with; -1: not known, which passes only without a limit
 * @param sent  what the neighbour sends with
 * @param hops  how much of it may be lost; -1: all
 */
bool bfd_packet_came_near(int ttl, uint8_t sent, int hops);

#endif
