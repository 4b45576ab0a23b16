/* SPDX-License-Identifier: Apache-2.0
 *
 * The first packet of a MySQL or MariaDB server: its greeting, or the error that it has in place of
 * one. Pure.
 */
#ifndef HOLDFAST_CHECK_MYSQL_GREETING_H
#define HOLDFAST_CHECK_MYSQL_GREETING_H

#include <stddef.h>
#include <stdint.h>

enum {
    MYSQL_HEADER_SIZE = 4,       /* of each packet: 3 bytes of length, 1 of sequence */
    MYSQL_GREETING_SIZE = 1024,  /* the longest first packet, its header included; ours have 100 */
    MYSQL_GREETING_VERSION = 10, /* of the protocol: since MySQL 3.21 */
    MYSQL_TEXT_SIZE = 120,
    MYSQL_PLUGIN_SIZE = 64,
};

/* Capabilities of a server and of a client: group__group__cs__capabilities__flags of MySQL's manual. */
#define MYSQL_CLIENT_LONG_PASSWORD     UINT32_C(0x00000001)
#define MYSQL_CLIENT_PROTOCOL_41       UINT32_C(0x00000200)
#define MYSQL_CLIENT_SSL               UINT32_C(0x00000800)
#define MYSQL_CLIENT_SECURE_CONNECTION UINT32_C(0x00008000)
#define MYSQL_CLIENT_PLUGIN_AUTH       UINT32_C(0x00080000)

enum mysql_greeting_kind {
    MYSQL_GREETING_PART,  /* more bytes are needed */
    MYSQL_GREETING_GOOD,  /* the server speaks and takes a login */
    MYSQL_GREETING_ERROR, /* the server speaks, and takes none: `error` and `text` say why */
    MYSQL_GREETING_BAD,   /* no server of this kind: `text` says why */
};

struct mysql_greeting {
    enum mysql_greeting_kind kind;
    uint16_t error; /* the server's number for it: 1040, 1129 */
    uint8_t charset;
    uint32_t capabilities;
    size_t size;                    /* of the packet, its header included; of GOOD and ERROR */
    char text[MYSQL_TEXT_SIZE];     /* GOOD: the server's version. Printable ASCII. */
    char plugin[MYSQL_PLUGIN_SIZE]; /* by which the server would have us log in; "": none */
};

/**
 * Reads a server's first packet. Sources: "Protocol::HandshakeV10" and "ERR_Packet" of MySQL's
 * manual of its internals, "Connection" and "ERR_Packet" of MariaDB's.
 * @param bytes  all that the server has said so far
 */
struct mysql_greeting mysql_greeting_parse(const uint8_t *bytes, size_t size);

/**
 * Copies what a server said, with '?' for each byte that is not printable ASCII; what is too long is
 * cut.
 * @param size  of `out`, above 0
 */
void mysql_text(char *out, size_t size, const void *text, size_t length);

#endif
