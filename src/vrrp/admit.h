/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a well-formed advert is one that an instance listens to: version, authentication, interval
 * (RFC 9568 7.1, RFC 3768 7.1, keepalived-reference.md B4 and B11). Pure.
 */
#ifndef HOLDFAST_VRRP_ADMIT_H
#define HOLDFAST_VRRP_ADMIT_H

#include "parser/conf.h"
#include "vrrp/packet.h"

enum admit_verdict {
    ADMIT_OK,
    ADMIT_ADDRESSES_DIFFER, /* admitted all the same; counted and said */
    ADMIT_OWN_SOURCE, /* it carries our own source address: a loop, or an address used twice */
    ADMIT_OTHER_VERSION,
    ADMIT_OTHER_AUTH_TYPE,
    ADMIT_WRONG_PASSWORD,
    ADMIT_OTHER_INTERVAL, /* version 2 alone: its routers must agree */
    ADMIT_NOT_A_PEER,     /* unicast alone */
    ADMIT_OTHER_TTL,      /* unicast alone: outside of what the peer may have */
    ADMIT_VERDICTS,
};

/**
 * Judges an advert of the instance's VRID, received on its interface.
 * @param own   our source address
 * @param room  how many addresses an advert of ours can name: packet_room()
 */
enum admit_verdict admit_advert(const struct conf_instance *conf, const struct inet_addr *own,
                                uint8_t room, const struct packet_envelope *envelope,
                                const struct packet_advert *advert);

/**
 * Whether our adverts name an address: the first ones do that are not excluded.
 * @param room   as above
 * @param count  counts them; 0 before the first address
 */
bool admit_is_advertised(const struct conf_address *address, uint8_t room, unsigned *count);

/** Whether the advert of that verdict is to be acted on. */
bool admit_passes(enum admit_verdict verdict);

/** A word for machines (counters), such as "other_interval". */
const char *admit_word(enum admit_verdict verdict);

/** A text for people: what is wrong, and what to do. */
const char *admit_text(enum admit_verdict verdict);

#endif
