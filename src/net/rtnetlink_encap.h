/* SPDX-License-Identifier: Apache-2.0
 *
 * What packets by a route get around them, as RTA_ENCAP_TYPE and RTA_ENCAP of rtnetlink(7). Bytes to
 * values and back, bounds-checked.
 */
#ifndef HOLDFAST_NET_RTNETLINK_ENCAP_H
#define HOLDFAST_NET_RTNETLINK_ENCAP_H

#include "parser/conf.h"

#include <libmnl/libmnl.h>

/**
 * Reads an RTA_ENCAP.
 * @param type   RTA_ENCAP_TYPE's value, LWTUNNEL_ENCAP_*
 * @param nest   NULL: there is none
 * @param encap  all zero where it is malformed or of a kind that we do not know: nobody has asked for it
 */
void rtnetlink_decode_encap(uint16_t type, const struct nlattr *nest, struct conf_encap *encap);

/** Whether two do the same. */
bool rtnetlink_encap_equal(const struct conf_encap *a, const struct conf_encap *b);

/** Writes both attributes; none where `kind` is 0. */
void rtnetlink_put_encap(struct nlmsghdr *message, const struct conf_encap *encap);

#endif
