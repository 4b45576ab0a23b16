/* SPDX-License-Identifier: Apache-2.0
 *
 * What forwarding asks of the director's kernel. DR and TUN ask nothing by themselves: their answers do not come back,
 * and a director with rp_filter sends as one without. NAT's and FULLNAT's answers come from the
 * server's side and go to the client's, which is forwarding: ip-sysctl.rst of the kernel.
 */
#include "net/director_needs.h"

#include "parser/conf_find.h"

#include <netinet/in.h>

const struct director_setting *director_setting_of(enum director_need need)
{
    static const struct director_setting settings[DIRECTOR_NEEDS] = {
        [DIRECTOR_FORWARD_IPV4] = {"net/ipv4/ip_forward", 1,
                                   "answers of IPv4 servers behind NAT and FULLNAT are lost"},
        [DIRECTOR_FORWARD_IPV6] = {"net/ipv6/conf/all/forwarding", 1,
                                   "answers of IPv6 servers behind NAT and FULLNAT are lost"},
        [DIRECTOR_CONNTRACK] = {"net/ipv4/vs/conntrack", 1,
                                "servers behind FULLNAT see the clients' addresses"},
        [DIRECTOR_SLOPPY_TCP] = {"net/ipv4/vs/sloppy_tcp", 1,
                                 "TCP connections that began at another director are refused"},
        [DIRECTOR_SLOPPY_SCTP] = {"net/ipv4/vs/sloppy_sctp", 1,
                                  "SCTP associations that began at another director are refused"},
    };

    return &settings[need];
}

static unsigned director_needs_of_method(enum conf_forward forward, uint8_t family)
{
    unsigned needs = 0;

    if (conf_is_nat(forward)) {
        needs |= 1U << (family == AF_INET6 ? DIRECTOR_FORWARD_IPV6 : DIRECTOR_FORWARD_IPV4);
    }
    if (forward == CONF_FORWARD_FULLNAT) {
        needs |= 1U << DIRECTOR_CONNTRACK;
    }
    return needs;
}

static unsigned director_needs_of_server(const struct conf_real_server *server)
{
    return director_needs_of_method(server->forward, server->key.addr.family);
}

/*
 * Routers send a connection to whichever director announces its address now. Without these settings a
 * packet in the middle of one makes no entry: tcp_conn_schedule() of net/netfilter/ipvs/ip_vs_proto_tcp.c.
 */
static unsigned director_needs_of_announced(const struct conf_virtual_server *service)
{
    unsigned needs = 0;

    for (uint32_t i = 0; service->announce && i < service->member_count; i++) {
        uint8_t protocol = service->members[i].protocol;

        needs |= protocol == IPPROTO_TCP    ? 1U << DIRECTOR_SLOPPY_TCP
                 : protocol == IPPROTO_SCTP ? 1U << DIRECTOR_SLOPPY_SCTP
                                            : 0;
    }
    return needs;
}

unsigned director_needs_of(const struct conf *conf)
{
    const struct conf_virtual_server *service;
    const struct conf_real_server *server;
    unsigned needs = 0;

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        STAILQ_FOREACH(server, &service->servers, next) {
            needs |= director_needs_of_server(server);
        }
        needs |= director_needs_of_announced(service);
        needs |= service->sorry_server ? director_needs_of_server(service->sorry_server) : 0;
    }
    return needs;
}

unsigned director_needs_of_drains(const struct conf_drain *drains, size_t count)
{
    unsigned needs = 0;

    for (size_t i = 0; i < count; i++) {
        needs |= director_needs_of_method(drains[i].forward, drains[i].server.addr.family);
    }
    return needs;
}
