/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the kernel has a table of nftables.
 */
#include "net/nft_look.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { NFT_LOOK_SIZE = 4096 }; /* a request holds a name, an answer not much more */

bool nft_look_says_none(const void *data, size_t size)
{
    const struct nlmsghdr *header = data;
    const struct nlmsgerr *error;

    /* A length above INT_MAX would pass mnl_nlmsg_ok(). */
    if (size < sizeof(*header) + sizeof(*error) || size > INT_MAX ||
        header->nlmsg_type != NLMSG_ERROR || header->nlmsg_len < sizeof(*header) + sizeof(*error)) {
        return false;
    }
    error = mnl_nlmsg_get_payload(header);
    return error->error == -ENOENT;
}

static void nft_look_write(char *buffer, const char *table)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    struct nfgenmsg *general;

    header->nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE;
    header->nlmsg_flags = NLM_F_REQUEST;
    general = mnl_nlmsg_put_extra_header(header, sizeof(*general));
    general->nfgen_family = NFPROTO_INET;
    general->version = NFNETLINK_V0;
    mnl_attr_put_strz(header, NFTA_TABLE_NAME, table);
}

bool nft_look(const char *table)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_NONBLOCK | SOCK_CLOEXEC);
    union {
        char bytes[NFT_LOOK_SIZE];
        struct nlmsghdr header;
    } buffer;
    bool none = false;
    ssize_t size;

    if (!socket) {
        return true;
    }
    nft_look_write(buffer.bytes, table);
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
        mnl_socket_sendto(socket, &buffer, buffer.header.nlmsg_len) >= 0) {
        size = mnl_socket_recvfrom(socket, &buffer, sizeof(buffer));
        none = size > 0 && nft_look_says_none(&buffer, (size_t)size);
    }
    (void)mnl_socket_close(socket);
    return !none;
}
