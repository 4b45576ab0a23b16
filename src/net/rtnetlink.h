/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of rtnetlink(7) that Holdfast reads and writes: links and addresses. Bytes to values
 * and back, bounds-checked; no sockets.
 */
#ifndef HOLDFAST_NET_RTNETLINK_H
#define HOLDFAST_NET_RTNETLINK_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

enum {
    RTNETLINK_NAME_SIZE = 16, /* IFNAMSIZ of linux/if.h */
    RTNETLINK_MAC_SIZE = 32,  /* MAX_ADDR_LEN of linux/netdevice.h */
    RTNETLINK_MESSAGE_SIZE = 256,
    /* The address protocol (IFA_PROTO, Linux 5.18) that marks what we put on: VRRP's own number. */
    RTNETLINK_PROTOCOL_HOLDFAST = 112,
    /* And what marks static addresses, which VRRP takes for the host's own. */
    RTNETLINK_PROTOCOL_STATIC = 113,
};

struct rtnetlink_link {
    int index;
    char name[RTNETLINK_NAME_SIZE];
    uint32_t flags; /* IFF_* of linux/if.h */
    uint32_t mtu;
    uint8_t mac[RTNETLINK_MAC_SIZE];
    uint8_t mac_size;   /* 6 on Ethernet, 0 where there is none */
    uint16_t type;      /* ARPHRD_* of linux/if_arp.h */
    uint32_t vrf_table; /* of a VRF: its routing table; 0: it is none */
    int vrf;            /* index of the VRF that it is in; 0: none */
};

struct rtnetlink_address {
    int index; /* of the interface */
    struct inet_prefix prefix;
    struct inet_addr peer;      /* AF_UNSPEC: none */
    struct inet_addr broadcast; /* AF_UNSPEC: none */
    uint8_t scope;              /* RT_SCOPE_* */
    uint8_t protocol;           /* IFA_PROTO; 0: the kernel has none, or nobody said */
    uint32_t flags;             /* IFA_F_* of linux/if_addr.h */
    bool never_preferred;       /* written: deprecated from the start, preferred for 0 s */
    uint32_t preferred_lft;     /* written, unless 0, which is forever: seconds */
    char label[RTNETLINK_NAME_SIZE];
};

/* What is left of a datagram; its data is aligned as a struct nlmsghdr. */
struct rtnetlink_datagram {
    const uint8_t *data;
    size_t size;
};

/** Takes the next message off a datagram; NULL at its end, or where what is left is malformed. */
const struct nlmsghdr *rtnetlink_next(struct rtnetlink_datagram *datagram);

/**
 * Reads an RTM_NEWLINK or RTM_DELLINK.
 * @param message  whole, as rtnetlink_next() returns it
 * @return false where it is malformed or about something else (a bridge port's state)
 */
bool rtnetlink_decode_link(const struct nlmsghdr *message, struct rtnetlink_link *link);

/** Reads an RTM_NEWADDR or RTM_DELADDR; as rtnetlink_decode_link(). */
bool rtnetlink_decode_address(const struct nlmsghdr *message, struct rtnetlink_address *address);

/**
 * Writes an RTM_NEWADDR (create or replace) or an RTM_DELADDR that asks for an acknowledgement.
 * @param sequence  the message's number
 * @param add       RTM_NEWADDR, otherwise RTM_DELADDR
 * @return its bytes, padded to the alignment of the next message
 */
size_t rtnetlink_encode_address(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence, bool add,
                                const struct rtnetlink_address *address);

enum { RTNETLINK_ANSWER_SIZE = 96 };

/* What the kernel says to a request. */
struct rtnetlink_answer {
    int error;                        /* -errno; 0: done */
    char text[RTNETLINK_ANSWER_SIZE]; /* why not, where it says so; cut to what fits */
};

/** Reads an NLMSG_ERROR, which acknowledges or refuses. @return false for any other message */
bool rtnetlink_decode_answer(const struct nlmsghdr *message, struct rtnetlink_answer *answer);

/**
 * Writes a dump request.
 * @param type    RTM_GETLINK or RTM_GETADDR
 * @return its bytes
 */
size_t rtnetlink_encode_dump(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence,
                             uint16_t type);

#endif
