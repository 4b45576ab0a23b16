/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the rtnetlink codec share. For rtnetlink*.c only.
 */
#ifndef HOLDFAST_NET_RTNETLINK_INSIDE_H
#define HOLDFAST_NET_RTNETLINK_INSIDE_H

#include "net/rtnetlink.h"

#include <libmnl/libmnl.h>

/**
 * Calls a function for each attribute behind a message's header of `header` bytes.
 * @return -1 where the function said MNL_CB_ERROR
 */
int rtnetlink_parse(const struct nlmsghdr *message, size_t header, mnl_attr_cb_t function,
                    void *argument);

/** Calls a function for each attribute within an attribute; as rtnetlink_parse(). */
int rtnetlink_parse_nest(const struct nlattr *nest, mnl_attr_cb_t function, void *argument);

/** Copies a string attribute that may lack its NUL. */
void rtnetlink_copy_text(char to[RTNETLINK_NAME_SIZE], const struct nlattr *attribute);

/** Reads a number of 32 bits; false, and `value` as it was, where it has another size. */
bool rtnetlink_get_u32(const struct nlattr *attribute, uint32_t *value);

/** Reads a number of 8 bits; as rtnetlink_get_u32(). */
bool rtnetlink_get_u8(const struct nlattr *attribute, uint8_t *value);

/** Reads an address of that family; false, and `addr` as it was, where it has another size. */
bool rtnetlink_get_inet(const struct nlattr *attribute, uint8_t family, struct inet_addr *addr);

/** An empty message in memory that is all zero, since libmnl leaves padding as it is. */
struct nlmsghdr *rtnetlink_begin(uint8_t *data, size_t size);

/** Appends an address, as many bytes as its family has; the message must have room. */
void rtnetlink_put_inet(struct nlmsghdr *message, uint16_t type, const struct inet_addr *addr);

#endif
