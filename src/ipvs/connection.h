/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of /proc/net/ip_vs_conn: the connections that IPVS knows. Pure.
 */
#ifndef HOLDFAST_IPVS_CONNECTION_H
#define HOLDFAST_IPVS_CONNECTION_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONNECTION_PROTOCOL_SIZE = 16,
    CONNECTION_STATE_SIZE = 16,
    CONNECTION_ENGINE_SIZE = 17, /* IP_VS_PENAME_MAXLEN of linux/ip_vs.h, and a NUL */
    CONNECTION_DATA_SIZE = 256,  /* IP_VS_PEDATA_MAXLEN of the kernel's ip_vs.h, and a NUL */
    CONNECTION_LINE_SIZE = 1024, /* a line has three addresses and the data of the engine */
};

struct connection_end {
    struct inet_addr addr;
    uint16_t port; /* 0: none, as in the template of a persistence that counts for all ports */
};

struct connection {
    char protocol[CONNECTION_PROTOCOL_SIZE]; /* in small letters; "ip": a template of persistence */
    struct connection_end client;
    struct connection_end virtual; /* of a mark's template: the mark as an address */
    struct connection_end server;
    char state[CONNECTION_STATE_SIZE];
    uint32_t expires_s;
    char engine[CONNECTION_ENGINE_SIZE]; /* of persistence; "": none */
    char data[CONNECTION_DATA_SIZE];     /* that the engine tells clients by; may be cut */
};

/**
 * Reads one line: ip_vs_conn_seq_show() of the kernel's net/netfilter/ipvs/ip_vs_conn.c. Addresses are
 * eight hexadecimal digits, or whole IPv6 ones (%pI6); ports are four.
 * @param line    need not end with a NUL
 * @param length  without the newline
 * @return false: it is not such a line (the heading is not), and `connection` is not set
 */
bool connection_parse(const char *line, size_t length, struct connection *connection);

#endif
