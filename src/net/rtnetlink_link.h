/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of rtnetlink(7) about links that stand on another one (macvlan, ipvlan): what makes,
 * marks, raises and removes them, and what the kernel tells of them. Bytes to values and back,
 * bounds-checked; no sockets.
 */
#ifndef HOLDFAST_NET_RTNETLINK_LINK_H
#define HOLDFAST_NET_RTNETLINK_LINK_H

#include "net/rtnetlink.h"

enum {
    RTNETLINK_ALIAS_SIZE = 256, /* IFALIASZ of linux/if.h */
    RTNETLINK_LINK_SIZE = 640,  /* bytes: an alias and everything else fits */
};

enum rtnetlink_kind {
    RTNETLINK_KIND_OTHER, /* it stands on none, or is of a kind that is not made here */
    RTNETLINK_KIND_MACVLAN,
    RTNETLINK_KIND_IPVLAN,
};

/* A link with what it stands on. */
struct rtnetlink_stacked {
    struct rtnetlink_link link;
    enum rtnetlink_kind kind;
    char kind_name[RTNETLINK_NAME_SIZE]; /* the kernel's word: "macvlan", "dummy"; "": none */
    int parent;                          /* index of the link that it stands on; 0: none */
    uint32_t mode;                       /* MACVLAN_MODE_* or IPVLAN_MODE_* of linux/if_link.h */
    uint32_t mode_flags;                 /* IPVLAN_F_* */
    uint32_t group;                      /* of devices: ip-link(8) */
    char alias[RTNETLINK_ALIAS_SIZE];    /* a text that anybody may attach */
};

/**
 * Reads an RTM_NEWLINK with what the link stands on.
 * @param message  whole, as rtnetlink_next() returns it
 * @return false where it is malformed or about something else (a bridge port's state)
 */
bool rtnetlink_decode_stacked(const struct nlmsghdr *message, struct rtnetlink_stacked *stacked);

/**
 * Writes an RTM_NEWLINK that makes a link, down, and fails where there is one of its name; it asks
 * for an acknowledgement, as all below do. The alias is not set: rtnetlink_encode_mark().
 * @param stacked  name, kind (not OTHER), parent, mode, mode_flags, group; MAC where mac_size is 6; the
 *                 VRF, where it is to be in one
 * @return its bytes
 */
size_t rtnetlink_encode_stacked(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence,
                                const struct rtnetlink_stacked *stacked);

/** Writes an RTM_NEWLINK that sets a link's alias and group. @return its bytes */
size_t rtnetlink_encode_mark(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index,
                             const char *alias, uint32_t group);

/**
 * Writes an RTM_NEWLINK that sets a link's group; the kernel tells everybody who listens of the
 * link, also where the group is the same. @return its bytes
 */
size_t rtnetlink_encode_group(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index,
                              uint32_t group);

/** Writes an RTM_NEWLINK that sets a link up or down. @return its bytes */
size_t rtnetlink_encode_up(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index,
                           bool up);

/** Writes an RTM_DELLINK. @return its bytes */
size_t rtnetlink_encode_delete(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index);

/** Writes an RTM_GETLINK for one link, by its name. @return its bytes */
size_t rtnetlink_encode_get(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, const char *name);

/** Writes an RTM_GETLINK for one link, by its index. @return its bytes */
size_t rtnetlink_encode_get_index(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index);

#endif
