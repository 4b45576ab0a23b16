/* SPDX-License-Identifier: Apache-2.0
 *
 * BFD control packets on the wire: layout and limits, and no more than that. Whether a packet belongs
 * to a session of ours is decided elsewhere.
 */
#include "bfd/packet.h"

#include "base/clock.h"

#include <string.h>

/* Offsets and bits: RFC 5880 4.1. */
enum {
    BFD_AT_VERSION_DIAG = 0,
    BFD_AT_FLAGS = 1,
    BFD_AT_MULTIPLIER = 2,
    BFD_AT_LENGTH = 3,
    BFD_AT_MINE = 4,
    BFD_AT_YOURS = 8,
    BFD_AT_MIN_TX = 12,
    BFD_AT_MIN_RX = 16,
    BFD_AT_MIN_ECHO = 20,
};

enum {
    BFD_VERSION = 1,
    BFD_DIAG_MASK = 0x1f,
    BFD_ROLE_SHIFT = 6,
    BFD_FLAG_POLL = 0x20,
    BFD_FLAG_FINAL = 0x10,
    BFD_FLAG_INDEPENDENT = 0x08,
    BFD_FLAG_AUTHENTICATED = 0x04,
    BFD_FLAG_DEMAND = 0x02,
    BFD_FLAG_MULTIPOINT = 0x01,
    BFD_AUTHENTICATED_SIZE = 26, /* the least with authentication: RFC 5880 6.8.6 */
};

static const struct {
    const char *word;
    const char *text;
} bfd_packet_errors[BFD_PACKET_ERRORS] = {
    [BFD_PACKET_OK] = {"ok", "no error"},
    [BFD_PACKET_BAD_VERSION] = {"bad_version", "the version is not 1"},
    [BFD_PACKET_BAD_LENGTH] = {"bad_length", "its length field is below that of any packet"},
    [BFD_PACKET_TOO_SHORT] = {"too_short", "it is shorter than its length field says"},
    [BFD_PACKET_BAD_MULTIPLIER] = {"bad_multiplier", "the multiplier is 0"},
    [BFD_PACKET_MULTIPOINT] = {"multipoint", "the multipoint bit is set"},
    [BFD_PACKET_NO_DISCRIMINATOR] = {"no_discriminator", "the sender's discriminator is 0"},
    [BFD_PACKET_NOT_ADDRESSED] = {"not_addressed",
                                  "it names no session, though its state is INIT or UP"},
    [BFD_PACKET_AUTHENTICATED] = {"authenticated",
                                  "it is authenticated, which bfd_instance knows not"},
};

const char *bfd_packet_error_text(enum bfd_packet_error error)
{
    return bfd_packet_errors[error].text;
}

const char *bfd_packet_error_word(enum bfd_packet_error error)
{
    return bfd_packet_errors[error].word;
}

const char *bfd_diag_text(uint8_t diag)
{
    static const char *const texts[BFD_DIAGS] = {
        [BFD_DIAG_NONE] = "no diagnostic",
        [BFD_DIAG_EXPIRED] = "control detection time expired",
        [BFD_DIAG_ECHO] = "echo function failed",
        [BFD_DIAG_SIGNALED] = "neighbor signaled session down",
        [BFD_DIAG_RESET] = "forwarding plane reset",
        [BFD_DIAG_PATH] = "path down",
        [BFD_DIAG_CONCATENATED] = "concatenated path down",
        [BFD_DIAG_ADMIN] = "administratively down",
        [BFD_DIAG_REVERSE] = "reverse concatenated path down",
    };

    return diag < BFD_DIAGS ? texts[diag] : "reserved diagnostic";
}

const char *bfd_role_text(enum bfd_role role)
{
    static const char *const texts[BFD_ROLES] = {
        [BFD_ADMIN_DOWN] = "ADMIN_DOWN", [BFD_DOWN] = "DOWN", [BFD_INIT] = "INIT", [BFD_UP] = "UP"};

    return texts[role];
}

static uint32_t bfd_read_32(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static void bfd_write_32(uint8_t *data, uint32_t value)
{
    data[0] = (uint8_t)(value >> 24);
    data[1] = (uint8_t)(value >> 16);
    data[2] = (uint8_t)(value >> 8);
    data[3] = (uint8_t)value;
}

static void bfd_write_interval(uint8_t *data, int64_t interval)
{
    int64_t us = interval / CLOCK_MICROSECOND;

    bfd_write_32(data, us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us);
}

/* What can be said of the bytes before they are read: RFC 5880 6.8.6. */
static enum bfd_packet_error bfd_packet_check(const uint8_t *data, size_t size)
{
    size_t length;

    if (size < BFD_PACKET_SIZE) {
        return BFD_PACKET_TOO_SHORT;
    }
    length = data[BFD_AT_LENGTH];
    if (data[BFD_AT_VERSION_DIAG] >> 5 != BFD_VERSION) {
        return BFD_PACKET_BAD_VERSION;
    }
    if (length < (data[BFD_AT_FLAGS] & BFD_FLAG_AUTHENTICATED ? (size_t)BFD_AUTHENTICATED_SIZE
                                                              : (size_t)BFD_PACKET_SIZE)) {
        return BFD_PACKET_BAD_LENGTH;
    }
    if (length > size) {
        return BFD_PACKET_TOO_SHORT;
    }
    if (!data[BFD_AT_MULTIPLIER]) {
        return BFD_PACKET_BAD_MULTIPLIER;
    }
    return data[BFD_AT_FLAGS] & BFD_FLAG_MULTIPOINT ? BFD_PACKET_MULTIPOINT : BFD_PACKET_OK;
}

enum bfd_packet_error bfd_packet_decode(const uint8_t *data, size_t size, struct bfd_packet *packet)
{
    enum bfd_packet_error error = bfd_packet_check(data, size);
    uint8_t flags;

    if (error) {
        return error;
    }
    flags = data[BFD_AT_FLAGS];
    *packet = (struct bfd_packet){
        .diag = data[BFD_AT_VERSION_DIAG] & BFD_DIAG_MASK,
        .role = (enum bfd_role)(flags >> BFD_ROLE_SHIFT),
        .poll = (flags & BFD_FLAG_POLL) != 0,
        .final = (flags & BFD_FLAG_FINAL) != 0,
        .independent = (flags & BFD_FLAG_INDEPENDENT) != 0,
        .demand = (flags & BFD_FLAG_DEMAND) != 0,
        .multiplier = data[BFD_AT_MULTIPLIER],
        .discriminator = bfd_read_32(data + BFD_AT_MINE),
        .yours = bfd_read_32(data + BFD_AT_YOURS),
        .min_tx = bfd_read_32(data + BFD_AT_MIN_TX) * CLOCK_MICROSECOND,
        .min_rx = bfd_read_32(data + BFD_AT_MIN_RX) * CLOCK_MICROSECOND,
        .min_echo = bfd_read_32(data + BFD_AT_MIN_ECHO) * CLOCK_MICROSECOND,
    };
    if (!packet->discriminator) {
        return BFD_PACKET_NO_DISCRIMINATOR;
    }
    if (!packet->yours && packet->role != BFD_DOWN && packet->role != BFD_ADMIN_DOWN) {
        return BFD_PACKET_NOT_ADDRESSED;
    }
    return flags & BFD_FLAG_AUTHENTICATED ? BFD_PACKET_AUTHENTICATED : BFD_PACKET_OK;
}

void bfd_packet_encode(const struct bfd_packet *packet, uint8_t data[BFD_PACKET_SIZE])
{
    data[BFD_AT_VERSION_DIAG] = (uint8_t)(BFD_VERSION << 5 | (packet->diag & BFD_DIAG_MASK));
    data[BFD_AT_FLAGS] =
        (uint8_t)((unsigned)packet->role << BFD_ROLE_SHIFT | (packet->poll ? BFD_FLAG_POLL : 0) |
                  (packet->final ? BFD_FLAG_FINAL : 0) |
                  (packet->independent ? BFD_FLAG_INDEPENDENT : 0) |
                  (packet->demand ? BFD_FLAG_DEMAND : 0));
    data[BFD_AT_MULTIPLIER] = packet->multiplier;
    data[BFD_AT_LENGTH] = BFD_PACKET_SIZE;
    bfd_write_32(data + BFD_AT_MINE, packet->discriminator);
    bfd_write_32(data + BFD_AT_YOURS, packet->yours);
    bfd_write_interval(data + BFD_AT_MIN_TX, packet->min_tx);
    bfd_write_interval(data + BFD_AT_MIN_RX, packet->min_rx);
    bfd_write_interval(data + BFD_AT_MIN_ECHO, packet->min_echo);
}

bool bfd_packet_came_near(int ttl, uint8_t sent, int hops)
{
    return hops < 0 || (ttl >= 0 && ttl + hops >= sent);
}
