/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration as plain, immutable data. One load builds one `struct conf` in one arena; every
 * default and every inherited value is already in its place, so that nobody who reads it needs to
 * know where a value came from. Durations and intervals are nanoseconds.
 *
 * Runtime objects refer to what is here by identity (an instance's name, a service's key, a server's
 * key), never by pointer: a reload frees the old tree.
 */
#ifndef HOLDFAST_PARSER_CONF_H
#define HOLDFAST_PARSER_CONF_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct arena;
struct origins;

/* Where something stands in the text. */
struct conf_position {
    const char *file;
    uint32_t line;   /* from 1; 0: nowhere in a file (a default) */
    uint32_t column; /* from 1, in bytes */
};

#define CONF_FOREVER UINT32_MAX /* INFINITY_LIFE_TIME of the kernel's net/addrconf.h */

enum { CONF_INTERFACE_SIZE = 16 }; /* an interface's name with its NUL: IFNAMSIZ of the kernel */

/*
 * A program to run. argv[0] is as it was written: where it has no '/', whoever runs it looks for
 * it in the PATH.
 */
struct conf_script {
    const char *const *argv; /* NULL-terminated; NULL: no script */
    const char *user;        /* NULL: script_user */
    const char *group;       /* NULL: the user's; after a ':' supplementary groups, too */
    struct conf_position position;
};

/* ---- VRRP -------------------------------------------------------------------------------------- */

enum { CONF_MAC_SIZE = 6 }; /* bytes of an Ethernet address */

enum conf_vmac_kind {
    CONF_VMAC_MACVLAN, /* use_vmac: with a MAC of its own */
    CONF_VMAC_IPVLAN,  /* use_ipvlan: with the MAC of its parent */
};

enum conf_ipvlan_mode {
    CONF_IPVLAN_BRIDGE,
    CONF_IPVLAN_PRIVATE,
    CONF_IPVLAN_VEPA,
};

/* A virtual interface, made for an instance and up while that is master. Its identity is its name. */
struct conf_vmac {
    STAILQ_ENTRY(conf_vmac) next;
    enum conf_vmac_kind kind;
    const char *name;
    const char *parent; /* the interface that it stands on */
    bool named;         /* the name stands in the file */
    bool short_mac;     /* the MAC ends with the VRID, and the file has the rest of it or nothing */
    bool own_mac;       /* so does the MAC, which is not that of RFC 9568 7.3 */
    uint8_t mac[CONF_MAC_SIZE];
    enum conf_ipvlan_mode mode;
    struct inet_prefix address; /* an ipvlan's own; AF_UNSPEC: none */
    bool has_group;             /* else it is in its parent's */
    uint32_t group;             /* of devices: ip-link(8) */
    bool notify;    /* netlink_notify_msg: the parent is told of when it goes up or down */
    uint8_t family; /* that its MAC is for: AF_INET or AF_INET6 */
    bool ipv6;      /* it carries IPv6 */
};
STAILQ_HEAD(conf_vmac_list, conf_vmac);

/* A line of virtual_ipaddress. Its identity is device, address and prefix length. */
struct conf_address {
    STAILQ_ENTRY(conf_address) next;
    struct inet_prefix prefix;
    const char
        *device;   /* where the line names none: the instance's virtual interface, or its own */
    bool own_vmac; /* `use_vmac` on its line, or use_vmac_addr */
    const struct conf_vmac *vmac; /* that `device` is in that case; NULL: none */
    const char *label;            /* NULL: none; IPv4 only */
    struct inet_addr broadcast;
    struct inet_addr peer;
    uint8_t scope;           /* RT_SCOPE_*: rtnetlink(7) */
    uint32_t flags;          /* IFA_F_* of linux/if_addr.h that the kernel is to be given */
    uint32_t preferred_lft;  /* seconds; CONF_FOREVER: it is never deprecated */
    bool excluded;           /* from virtual_ipaddress_excluded: owned, but not in adverts */
    bool track;              /* the state of its interface counts (no "no_track") */
    bool is_static;          /* from static_ipaddress */
    const char *track_group; /* of a static one; NULL: none */
    struct conf_position position;
};
STAILQ_HEAD(conf_address_list, conf_address);

/* A line of unicast_peer. */
struct conf_peer {
    STAILQ_ENTRY(conf_peer) next;
    struct inet_addr addr;
    uint8_t min_ttl; /* of the adverts that it is heard by */
    uint8_t max_ttl;
    struct conf_position position;
};
STAILQ_HEAD(conf_peer_list, conf_peer);

enum {
    CONF_ROUTE_METRICS = 18, /* RTAX_MAX of linux/rtnetlink.h, and 1 */
    CONF_ROUTE_HOPS = 32,    /* nexthops of one route */
    CONF_ENCAP_LABELS = 8,
    CONF_ROUTE_UNSET = 255, /* of what is 0 or 1: not said */
};

/* A nexthop of a route. */
/* Of a tunnel's packets: linux/if_tunnel.h has them as TUNNEL_*, in network order. */
enum conf_encap_flag {
    CONF_ENCAP_CSUM = 0x01,
    CONF_ENCAP_KEY = 0x04,
    CONF_ENCAP_SEQ = 0x08,
};

/* What packets by a route get around them: lightweight tunnels, linux/lwtunnel.h. */
struct conf_encap {
    uint8_t kind; /* LWTUNNEL_ENCAP_MPLS, _IP, _IP6 or _ILA; 0: nothing */
    uint8_t label_count;
    uint8_t ttl;          /* or hop limit; 0: not given */
    uint8_t tos;          /* or traffic class */
    uint16_t flags;       /* CONF_ENCAP_KEY and so on */
    uint8_t csum_mode;    /* ILA_CSUM_* of linux/ila.h; CONF_ROUTE_UNSET: not given */
    uint8_t ident_type;   /* ILA_ATYPE_*; likewise */
    uint8_t hook_type;    /* ILA_HOOK_*; likewise */
    struct inet_addr dst; /* AF_UNSPEC: not given */
    struct inet_addr src;
    uint64_t id;                        /* of the tunnel */
    uint64_t locator;                   /* of ILA: the upper half of an IPv6 address */
    uint32_t labels[CONF_ENCAP_LABELS]; /* of MPLS, the outermost first: 20 bits each */
};

struct conf_route_hop {
    STAILQ_ENTRY(conf_route_hop) next;
    struct inet_addr via;           /* AF_UNSPEC: none; IPv6 also for an IPv4 route */
    const char *device;             /* NULL: the one that leads to `via` */
    uint32_t weight;                /* 1..256 */
    uint32_t realms;                /* from << 16 | to; 0: none */
    bool onlink;                    /* `via` counts as reachable on the device */
    const struct conf_encap *encap; /* NULL: none */
};
STAILQ_HEAD(conf_route_hop_list, conf_route_hop);

/* Where a route goes among others to the same destination. */
enum conf_route_order {
    CONF_ROUTE_PREPEND,
    CONF_ROUTE_APPEND,
    CONF_ROUTE_ADD, /* it must be the only one */
};

/* A line of virtual_routes. Its identity is family, destination, from, tos, table and metric. */
struct conf_route {
    STAILQ_ENTRY(conf_route) next;
    uint8_t family;
    uint8_t type; /* RTN_* of linux/rtnetlink.h */
    uint8_t tos;
    uint8_t scope;    /* RT_SCOPE_* */
    uint8_t protocol; /* RTPROT_*; 0: our own, by which it is watched */
    uint8_t preference;
    uint8_t propagate_ttl; /* 0, 1 or CONF_ROUTE_UNSET */
    enum conf_route_order order;
    struct inet_prefix dest; /* without host bits */
    struct inet_prefix from; /* IPv6; length 0: any */
    struct inet_addr source; /* of packets that we send by it; AF_UNSPEC: the kernel chooses */
    uint32_t table;
    const char *vrf; /* its table; NULL: `table` */
    uint32_t metric;
    uint32_t expires_s;                   /* IPv6; 0: never */
    uint32_t metrics[CONF_ROUTE_METRICS]; /* by RTAX_* of linux/rtnetlink.h; 0: not given */
    uint32_t locked;                      /* a bit for each of them */
    const char *congestion;               /* congctl; NULL: none */
    struct conf_route_hop_list hops;
    uint32_t hop_count;
    bool track;
    const char *track_group; /* of a static route; NULL: none */
    struct conf_position position;
};
STAILQ_HEAD(conf_route_list, conf_route);

/* A line of virtual_rules. Its identity is all of it but for track and track_group. */
struct conf_rule {
    STAILQ_ENTRY(conf_rule) next;
    uint8_t family;
    uint8_t action; /* FR_ACT_* of linux/fib_rules.h */
    uint8_t tos;
    uint8_t ip_protocol; /* IPPROTO_*; 0: any */
    uint8_t protocol;    /* RTPROT_*; 0: our own, by which it is watched */
    bool l3mdev;         /* FR_ACT_TO_TBL: the table of the interface's VRF */
    bool invert;         /* "not" */
    bool has_uids;
    struct inet_prefix from; /* length 0: any */
    struct inet_prefix to;
    const char *in_device; /* NULL: any */
    const char *out_device;
    uint32_t preference;
    uint32_t table;
    uint32_t target; /* of FR_ACT_GOTO: a preference */
    uint32_t mark;   /* mask 0: none */
    uint32_t mask;
    uint32_t uid_first;
    uint32_t uid_last;
    uint32_t realms;         /* from << 16 | to; 0: none */
    uint64_t tunnel;         /* 0: none */
    int32_t suppress_length; /* -1: none */
    int32_t suppress_group;  /* -1: none */
    uint16_t source_port_first;
    uint16_t source_port_last; /* 0: any */
    uint16_t dest_port_first;
    uint16_t dest_port_last; /* 0: any */
    bool track;
    const char *track_group; /* of a static rule; NULL: none */
    struct conf_position position;
};
STAILQ_HEAD(conf_rule_list, conf_rule);

/* A line of track_interface. */
struct conf_track_interface {
    STAILQ_ENTRY(conf_track_interface) next;
    const char *interface;
    int weight; /* 0: the instance is in FAULT while it is down */
    bool reverse;
    struct conf_position position;
};
STAILQ_HEAD(conf_track_interface_list, conf_track_interface);

struct conf_vrrp_script {
    STAILQ_ENTRY(conf_vrrp_script) next;
    const char *name;
    struct conf_script script;
    int64_t interval;
    int64_t timeout;
    uint32_t rise; /* successes in a row that make it good */
    uint32_t fall; /* failures in a row that make it bad */
    int weight;
    bool reverse;
    bool tracked; /* somebody tracks it; one that nobody tracks is never run */
    struct conf_position position;
};
STAILQ_HEAD(conf_vrrp_script_list, conf_vrrp_script);

/* A line of track_script. */
struct conf_track_script {
    STAILQ_ENTRY(conf_track_script) next;
    const struct conf_vrrp_script *script;
    int weight; /* 0: the instance is in FAULT while the script fails */
    bool reverse;
    struct conf_position position;
};
STAILQ_HEAD(conf_track_script_list, conf_track_script);

/* A track_file block. */
struct conf_track_file {
    STAILQ_ENTRY(conf_track_file) next;
    const char *name;
    const char *path;
    int weight; /* its number is multiplied by this; 0: any number but 0 is a fault */
    bool reverse;
    bool init;      /* written at the start where it does not exist */
    bool overwrite; /* also where it does */
    int64_t init_value;
    bool tracked; /* somebody tracks it */
    struct conf_position position;
};
STAILQ_HEAD(conf_track_file_list, conf_track_file);

/* How the parameters of a process are compared. */
enum conf_param_match {
    CONF_PARAM_ANY,     /* not at all */
    CONF_PARAM_EXACT,   /* all of them, and no more */
    CONF_PARAM_PARTIAL, /* the first ones */
    CONF_PARAM_INITIAL, /* the first ones, and the last of these may be longer */
};

/* A vrrp_track_process block. */
struct conf_track_process {
    STAILQ_ENTRY(conf_track_process) next;
    const char *name;
    const char *const *argv; /* the process's name or command, its parameters, NULL */
    enum conf_param_match match;
    bool full_command;       /* argv[0] is compared with the command line's, not with the name */
    uint32_t quorum;         /* so many processes are good */
    uint32_t quorum_max;     /* more are bad; UINT32_MAX: as many as there may be */
    int64_t terminate_delay; /* ns for which there may be too few */
    int64_t fork_delay;      /* ns for which there must be enough */
    int weight;
    bool reverse;
    bool tracked;
    struct conf_position position;
};
STAILQ_HEAD(conf_track_process_list, conf_track_process);

/* A bfd_instance block: one BFD session. Intervals in ns. */
struct conf_bfd {
    STAILQ_ENTRY(conf_bfd) next;
    const char *name;
    struct inet_addr neighbor;
    const char *interface;   /* that a link-local neighbor is on; NULL: any */
    struct inet_addr source; /* AF_UNSPEC: as the kernel routes */
    int64_t min_rx;
    int64_t min_tx;
    int64_t idle_tx; /* while it is not up */
    uint8_t multiplier;
    bool passive;
    uint8_t ttl;      /* sent, and expected */
    int64_t max_hops; /* so much less is taken; -1: any */
    bool multihop;
    int weight; /* for those who track it */
    bool reverse;
    bool vrrp; /* instances may track it */
    bool checker;
    bool tracked;
    struct conf_position position;
};
STAILQ_HEAD(conf_bfd_list, conf_bfd);

/* A line of track_file, track_process or track_bfd. */
enum conf_track_kind {
    CONF_TRACK_FILE,
    CONF_TRACK_PROCESS,
    CONF_TRACK_BFD,
    CONF_TRACK_KINDS,
};

struct conf_track {
    STAILQ_ENTRY(conf_track) next;
    enum conf_track_kind kind;
    const char *name; /* of the block */
    int weight;
    bool reverse;
    struct conf_position position;
};
STAILQ_HEAD(conf_track_list, conf_track);

/* The scripts that an instance or a sync group runs on its transitions. */
struct conf_notify {
    struct conf_script master;
    struct conf_script backup;
    struct conf_script fault;
    struct conf_script stop;
    struct conf_script deleted; /* an instance's: it is removed by a reload */
    struct conf_script lower;   /* an instance's: a master heard an advert of lower priority */
    struct conf_script any;     /* `notify`: gets kind, name, state and priority as arguments */
    bool mail;                  /* smtp_alert: a mail tells of it */
};

enum conf_auth {
    CONF_AUTH_NONE = 0, /* the values are VRRPv2's auth type field: RFC 2338 5.3.6 */
    CONF_AUTH_PASS = 1,
    CONF_AUTH_AH = 2,
};

enum {
    CONF_HMAC_KEY_SIZE = 64, /* at most */
};

/* A key of auth_hmac. */
struct conf_hmac_key {
    STAILQ_ENTRY(conf_hmac_key) next;
    uint8_t id; /* 1..255 */
    uint8_t size;
    uint8_t bytes[CONF_HMAC_KEY_SIZE];
    const char *from; /* "file:PATH" or "credential:NAME" as it was written; NULL: it was a text.
                         * Where it was not to be read (parser_options.keys) the size is 0 */
    struct conf_position position;
};
STAILQ_HEAD(conf_hmac_key_list, conf_hmac_key);

enum conf_hmac_mode {
    CONF_HMAC_ENFORCE,      /* sign; admit what is signed alone */
    CONF_HMAC_PERMISSIVE,   /* sign; admit also what is not signed */
    CONF_HMAC_RECEIVE_ONLY, /* do not sign; admit also what is not signed */
};

enum conf_hmac_anti_replay {
    CONF_HMAC_TIME,      /* sequence numbers grow, and are near the clock */
    CONF_HMAC_MONOTONIC, /* they grow */
};

/* Gratuitous ARP, unsolicited NA: when and how often. */
struct conf_announce {
    uint32_t repeat;            /* packets for each address in a burst */
    int64_t delay;              /* ns from a takeover to the second burst; 0: no second one */
    int64_t refresh;            /* ns between refreshes while master; 0: none */
    uint32_t refresh_repeat;    /* packets for each address in a refresh */
    uint32_t lower_prio_repeat; /* packets for each address after a lower-priority advert */
    int64_t lower_prio_delay;   /* ns from such an advert to the second burst; 0: none */
    int64_t extra;              /* ns between announcements on other interfaces; 0: none */
    bool extra_all;             /* on all of them, not on virtual ones alone */
};

/* An interface by its name, in a list. */
struct conf_interface {
    STAILQ_ENTRY(conf_interface) next;
    const char *name;
    struct conf_position position;
};
STAILQ_HEAD(conf_interface_list, conf_interface);

/* garp_group: interfaces whose announcements share one pace. */
struct conf_garp_group {
    STAILQ_ENTRY(conf_garp_group) next;
    int64_t garp_interval; /* ns between gratuitous ARPs; 0: none is kept */
    int64_t gna_interval;  /* the same of unsolicited neighbour advertisements */
    struct conf_interface_list interfaces;
    struct conf_position position;
};
STAILQ_HEAD(conf_garp_group_list, conf_garp_group);

/* old_unicast_checksum: the sum that keepalived had for unicast of version 3 up to 1.3.6. */
enum conf_old_checksum {
    CONF_OLD_CHECKSUM_DETECT, /* taken from a peer, and sent to one that sends it */
    CONF_OLD_CHECKSUM_ALWAYS, /* and sent to all */
    CONF_OLD_CHECKSUM_NEVER,  /* wrong */
};

enum {
    CONF_PRIORITY_OWNER = 255,
    CONF_AUTH_PASS_SIZE = 8, /* RFC 2338 5.3.10 */
};

/* A line of interface_up_down_delays: for how long a change must last until it is believed. */
struct conf_link_delay {
    STAILQ_ENTRY(conf_link_delay) next;
    const char *interface;
    int64_t down; /* ns */
    int64_t up;
    struct conf_position position;
};
STAILQ_HEAD(conf_link_delay_list, conf_link_delay);

/* How a driver is asked whether there is a carrier. */
enum conf_linkbeat {
    CONF_LINKBEAT_ANY,     /* the first of these that it knows */
    CONF_LINKBEAT_MII,     /* SIOCGMIIREG */
    CONF_LINKBEAT_ETHTOOL, /* ETHTOOL_GLINK */
    CONF_LINKBEAT_IOCTL,   /* SIOCGIFFLAGS */
};

/* An interface that is polled: a line of linkbeat_interfaces, or what linkbeat_use_polling names. */
struct conf_polled {
    STAILQ_ENTRY(conf_polled) next;
    const char *interface;
    enum conf_linkbeat kind;
    struct conf_position position;
};
STAILQ_HEAD(conf_polled_list, conf_polled);

/* Where the daemon is, and what tells it from others on the host. It stays so until a restart. */
struct conf_place {
    const char *network_namespace; /* net_namespace; NULL: where it was started */
    const char *ipvs_namespace;    /* net_namespace_ipvs; "": where it was started; NULL: its own */
    const char *instance;          /* NULL: none */
};

struct conf_sync_group;

struct conf_instance {
    STAILQ_ENTRY(conf_instance) next;
    const char *name;
    const char *interface;       /* "": none, which unicast alone may have */
    const char *vrf;             /* of adverts without an interface; NULL: none */
    uint8_t family;              /* AF_INET or AF_INET6: of the adverts and what they name */
    struct conf_vmac *vmac;      /* use_vmac, use_ipvlan; NULL: none */
    struct conf_vmac_list vmacs; /* that one, and those of addresses on other interfaces */
    bool vmac_xmit_base;         /* adverts leave by the interface itself */
    bool use_vmac_addr;          /* addresses on other interfaces have virtual ones too */
    bool promote_secondaries;    /* that setting of its interface is switched on */
    bool linkbeat_polling;       /* its interface is polled: an old word for linkbeat_interfaces */
    uint8_t version;
    uint8_t vrid;
    uint8_t priority;
    bool state_master; /* `state MASTER` */
    bool preempt;
    bool lower_prio_no_advert;
    bool higher_prio_send_advert;
    bool strict;            /* as the RFCs have it, and nothing else */
    bool accept;            /* packets to its addresses are taken, though it does not own them */
    bool ignore_adverts;    /* an owner's: it hears nobody */
    bool without_addresses; /* it may have none */
    bool handover;          /* keeps its addresses at a stop until a successor is heard */
    bool skip_check_adv_addr;
    bool track_primary; /* the state of its own interface counts */
    bool checksum_as_v2;
    uint8_t old_checksum;    /* enum conf_old_checksum */
    uint32_t receive_buffer; /* bytes of its part of a socket's; 0: as global_defs has it */
    int64_t advert_interval;
    int64_t preempt_delay;
    uint32_t down_timer_adverts;
    uint8_t late_priority; /* timer_expired_backup: the others' highest priority; 0: off */
    enum conf_auth auth;
    uint8_t auth_pass[CONF_AUTH_PASS_SIZE];
    struct conf_hmac_key_list hmac_keys; /* none: adverts are not signed */
    uint8_t hmac_active;                 /* the id of the key to sign with */
    enum conf_hmac_mode hmac_mode;
    enum conf_hmac_anti_replay hmac_anti_replay;
    int64_t hmac_window;          /* ns that clocks may be apart */
    struct inet_addr source;      /* mcast_src_ip, unicast_src_ip; AF_UNSPEC: the interface's own */
    bool track_source;            /* FAULT while no interface has it */
    struct inet_addr mcast_group; /* where adverts go, unless there are peers */
    struct conf_peer_list peers;  /* none: multicast */
    uint32_t peer_count;
    uint8_t unicast_ttl;
    bool fault_no_peer; /* FAULT where there are no peers, instead of multicast */
    struct conf_address_list addresses;
    uint32_t advertised_count; /* of them, those not excluded */
    uint32_t address_count;
    struct conf_route_list routes;
    struct conf_rule_list rules;
    struct conf_interface_list needs; /* of its addresses and routes; not its own or virtual ones */
    struct conf_announce announce;
    struct conf_track_interface_list track_interfaces;
    struct conf_track_script_list track_scripts;
    struct conf_track_list tracks; /* files, processes and BFD sessions */
    struct conf_notify notify;
    bool notify_deleted;                /* its removal is told as DELETED, not as FAULT */
    bool notify_priority_changes;       /* by a line on the FIFOs */
    struct conf_sync_group *sync_group; /* NULL: none */
    struct conf_position position;
};
STAILQ_HEAD(conf_instance_list, conf_instance);

struct conf_group_member {
    STAILQ_ENTRY(conf_group_member) next;
    const char *name;
    struct conf_instance *instance; /* never NULL in a valid configuration */
    struct conf_position position;
};
STAILQ_HEAD(conf_group_member_list, conf_group_member);

struct conf_sync_group {
    STAILQ_ENTRY(conf_sync_group) next;
    const char *name;
    struct conf_group_member_list members;
    uint32_t member_count;
    bool tracking_weight; /* members keep the weights of their trackers */
    /* What the group tracks. Every member has these among its own already, with these weights. */
    struct conf_track_interface_list track_interfaces;
    struct conf_track_script_list track_scripts;
    struct conf_track_list tracks;
    struct conf_notify notify;
    struct conf_position position;
};
STAILQ_HEAD(conf_sync_group_list, conf_sync_group);

/* What is there while the daemon runs, whoever is master: static_ipaddress, _routes and _rules. */
struct conf_static {
    struct conf_address_list addresses;
    struct conf_route_list routes;
    struct conf_rule_list rules;
};

/* Static entries without which some instances are in FAULT. */
struct conf_track_group {
    STAILQ_ENTRY(conf_track_group) next;
    const char *name;
    struct conf_group_member_list members;
    struct conf_static entries; /* that name the group */
    struct conf_position position;
};
STAILQ_HEAD(conf_track_group_list, conf_track_group);

/* ---- Health checks ----------------------------------------------------------------------------- */

enum conf_check_kind {
    CONF_CHECK_TCP,
    CONF_CHECK_HTTP,
    CONF_CHECK_SSL,
    CONF_CHECK_SMTP,
    CONF_CHECK_DNS,
    CONF_CHECK_MISC,
    CONF_CHECK_UDP,
    CONF_CHECK_PING,
    CONF_CHECK_FILE,
    CONF_CHECK_BFD,
    CONF_CHECK_MYSQL,
    CONF_CHECK_AGENT,
    CONF_CHECK_KINDS,
};

/*
 * One checker of one real server. A kind that knows more than this has a structure of its own that
 * begins with it.
 */
struct conf_check {
    STAILQ_ENTRY(conf_check) next;
    enum conf_check_kind kind;
    struct inet_addr connect_addr; /* where to connect: the server's address where not set apart */
    const char *connect_host;      /* its name, whose address of that family it is; NULL: no name */
    uint16_t connect_port;
    uint16_t bind_port;
    struct inet_addr bind_addr;
    const char *bind_interface;
    uint32_t fwmark;
    int64_t connect_timeout;
    int64_t delay_loop;
    int64_t delay_before_retry;
    int64_t warmup;
    uint32_t retry; /* extra tries before the server counts as down */
    uint32_t fall;  /* retry + 1, and due to the first failure too; 0: not given */
    uint16_t rise;  /* successes in a row before it counts as up; 0 counts as 1 */
    int32_t weight; /* that it adds to its server's, or takes off, for taking it out; 0: not */
    bool alpha;     /* counts as failed until it first succeeded */
    bool log_all_failures;
    struct conf_position position;
};
STAILQ_HEAD(conf_check_list, conf_check);

enum {
    CONF_DNS_LABEL_MOST = 63,  /* RFC 1035 2.3.4 */
    CONF_DNS_NAME_MOST = 253,  /* the same, without the lengths and the root's label */
    CONF_UDP_DATA_MOST = 4096, /* bytes of a payload, or of a reply that is wanted */
};

struct conf_smtp_check {
    struct conf_check check;
    const char *helo_name; /* NULL: keepalived's own */
};

struct conf_dns_check {
    struct conf_check check;
    int type;         /* RFC 1035 3.2.2 */
    const char *name; /* NULL: the root */
};

struct conf_udp_check {
    struct conf_check check;
    const unsigned char *payload;
    const unsigned char *reply; /* what it begins with, as far as bits count */
    const unsigned char *reply_mask;
    uint16_t payload_size; /* 0: random data */
    uint16_t reply_size;   /* 0: any reply will do */
    uint16_t min_reply_length;
    uint16_t max_reply_length;
    bool require_reply;
};

struct conf_global;

/* MISC_CHECK. */
struct conf_misc_check {
    struct conf_check check;
    struct conf_script script;
    int64_t timeout;                  /* ns that it may run; 0: delay_loop */
    bool dynamic;                     /* its exit status sets the weight */
    bool serial;                      /* checks that run the same program take turns */
    const struct conf_global *global; /* whom programs run as, and which ones do not */
};

/* SSL: who we are to servers, and whom we believe. */
struct conf_tls {
    const char *password;    /* of the key; NULL: none */
    const char *ca;          /* files; NULL: the system's */
    const char *certificate; /* NULL: none is shown */
    const char *key;         /* NULL: it is in the certificate's file */
    bool verify;             /* servers must prove who they are */
    uint64_t stamp;          /* of what the files held at the load */
    struct conf_position position;
};

/* Status codes from one to another, both of them. */
struct conf_status {
    STAILQ_ENTRY(conf_status) next;
    uint16_t low;
    uint16_t high;
};
STAILQ_HEAD(conf_status_list, conf_status);

enum { CONF_DIGEST_SIZE = 16 }; /* MD5 */

/* A request of HTTP_GET and SSL_GET, and what its reply must be. */
struct conf_url {
    STAILQ_ENTRY(conf_url) next;
    const char *path;
    const char *virtualhost; /* its own; NULL: none */
    bool has_digest;
    uint8_t digest[CONF_DIGEST_SIZE];
    struct conf_status_list statuses; /* none: 200..299 */
    const char *regex;                /* NULL: none */
    uint32_t regex_options;           /* of pcre2_compile() */
    bool regex_no_match;
    int64_t regex_min_offset;
    int64_t regex_max_offset;   /* -1: none */
    uint32_t regex_stack_start; /* bytes; 0: PCRE2's own */
    uint32_t regex_stack_most;
    bool tls_compliant;
    struct conf_position position;
};
STAILQ_HEAD(conf_url_list, conf_url);

enum conf_http_protocol {
    CONF_HTTP_1_0,
    CONF_HTTP_1_0_CLOSE, /* with Connection: close */
    CONF_HTTP_1_1,       /* the same */
};

enum conf_verify {
    CONF_VERIFY_OFF,
    CONF_VERIFY_ON,
    CONF_VERIFY_AS_SSL, /* as the SSL block has it */
};

/* HTTP_GET and SSL_GET. */
struct conf_check_http {
    struct conf_check check;
    const char *virtualhost; /* its own, as those below */
    uint8_t protocol;        /* enum conf_http_protocol */
    bool sni;                /* enable_sni */
    bool sni_given;          /* sni_name, which implies it */
    const char *sni_name;    /* NULL: that of the virtualhost */
    bool fast_recovery;
    bool tls_compliant;
    uint8_t verify; /* enum conf_verify */
    struct conf_url_list urls;
    const char *server_virtualhost;  /* of the real_server */
    const char *service_virtualhost; /* of the virtual_server */
    const struct conf_tls *tls;      /* NULL for HTTP_GET */
};

/* FILE_CHECK. */
struct conf_file_check {
    struct conf_check check;
    const char *file; /* of a track_file */
    int32_t weight;   /* its number is multiplied by this; 0: any number but 0 is a failure */
    bool reverse;
    bool weight_given; /* else it is the track_file's */
};

/* BFD_CHECK. */
struct conf_bfd_check {
    struct conf_check check;
    const char *session; /* of a bfd_instance */
};

/* AGENT_CHECK. */
struct conf_agent_check {
    struct conf_check check;
    const char *send; /* to the agent, when it is connected; NULL: nothing */
};

/* Whose counters of the kernel are metrics. */
enum conf_metrics_depth {
    CONF_METRICS_OFF,
    CONF_METRICS_SERVICE,
    CONF_METRICS_SERVER, /* of services and of their servers */
};

/* How far a MYSQL_CHECK goes. */
enum conf_mysql_level {
    CONF_MYSQL_HANDSHAKE, /* the server greets */
    CONF_MYSQL_PING,      /* it takes a login and a ping */
    CONF_MYSQL_QUERY,     /* it takes a login and answers as it should */
    CONF_MYSQL_LEVELS,
};

/* How an answer is compared with what is expected. */
enum conf_compare {
    CONF_COMPARE_EQUAL,
    CONF_COMPARE_DIFFERENT,
    CONF_COMPARE_LESS, /* from here to the last but one: of numbers alone */
    CONF_COMPARE_AT_MOST,
    CONF_COMPARE_MORE,
    CONF_COMPARE_AT_LEAST,
    CONF_COMPARE_MATCH, /* an extended regular expression: regex(7) */
    CONF_COMPARES,
};

enum conf_mysql_galera {
    CONF_MYSQL_GALERA_NONE,
    CONF_MYSQL_GALERA_SYNCED,
    CONF_MYSQL_GALERA_DONOR, /* a donor will do, too */
};

struct conf_mysql_check {
    struct conf_check check;
    enum conf_mysql_level level;
    const char *user;          /* NULL: none */
    const char *password;      /* NULL: none */
    const char *password_from; /* "file:..." or "credential:..."; NULL: it stood in the file */
    const char *database;      /* NULL: none */
    const char *query;         /* NULL: none */
    enum conf_compare compare;
    const char *expected; /* NULL: any answer of the query will do */
    int8_t read_only;     /* 1, 0; below: it is not asked for */
    bool replication;
    uint32_t max_lag_s;  /* 0: any */
    uint32_t lag_full_s; /* lag_weight; of both the second is 0 where it is not given */
    uint32_t lag_none_s;
    enum conf_mysql_galera galera;
    bool tls;
    bool tls_verify;
    const char *tls_ca; /* files; NULL: none */
    const char *tls_certificate;
    const char *tls_key;
    const char *tls_name; /* whom the certificate is for; NULL: the address */
};

/* ---- IPVS -------------------------------------------------------------------------------------- */

enum conf_forward {
    CONF_FORWARD_NAT,
    CONF_FORWARD_DR,
    CONF_FORWARD_TUN,
    CONF_FORWARD_FULLNAT, /* NAT whose servers see an address of the director, not the client's */
    CONF_FORWARDS,
};

/* Which servers of a service, with the sorry server, are behind FULLNAT. */
enum conf_fullnat {
    CONF_FULLNAT_NONE,
    CONF_FULLNAT_SOME,
    CONF_FULLNAT_ALL,
};

/* local_address: whom servers behind FULLNAT see; one range for each family. */
struct conf_local {
    struct inet_addr first; /* AF_UNSPEC: an address of the interface that the packet leaves by */
    struct inet_addr last;
};
enum { CONF_LOCAL_IPV4, CONF_LOCAL_IPV6, CONF_LOCALS };

/* The tunnel of CONF_FORWARD_TUN; values and flags of linux/ip_vs.h. */
struct conf_tunnel {
    uint8_t type; /* IP_VS_CONN_F_TUNNEL_TYPE_IPIP, _GUE, _GRE */
    uint16_t port;
    uint16_t flags;
};

/*
 * The identities of services and servers. All bytes are fields, unused ones are 0, so that a key can
 * be hashed and compared as memory.
 */
struct conf_service_key {
    uint32_t fwmark; /* of a fwmark service; all but family is 0 then */
    uint16_t port;
    uint8_t family;
    uint8_t protocol; /* IPPROTO_TCP, _UDP or _SCTP */
    struct inet_addr addr;
    uint8_t zero[3];
};

/* A server within its service. The port is already the service's where forwarding demands it. */
struct conf_server_key {
    struct inet_addr addr;
    uint8_t zero;
    uint16_t port;
};

/* A server that is not configured any more, and whose connections go on: drain_timeout. */
struct conf_drain {
    struct conf_service_key
        service; /* one of the kernel's: a member of the virtual server it had */
    struct conf_server_key server;
    enum conf_forward forward;
    struct conf_local local; /* of FULLNAT */
};

struct conf_real_server {
    STAILQ_ENTRY(conf_real_server) next;
    struct conf_server_key key;
    enum conf_forward forward;
    struct conf_tunnel tunnel;
    uint32_t weight;
    uint32_t upper_threshold;
    uint32_t lower_threshold;
    int64_t slow_start;       /* ns from a recovery to its full weight; 0: at once */
    int64_t drain_timeout;    /* ns that its connections have when it is taken out; 0: none */
    bool drain_timeout_given; /* by itself: else it is the virtual server's */
    bool inhibit_on_failure;
    bool alpha;
    uint8_t mail;            /* smtp_alert: 1: a mail tells that it goes up or down; 0: none does */
    const char *virtualhost; /* its own, of HTTP checks; NULL: none */
    struct conf_script notify_up;
    struct conf_script notify_down;
    struct conf_check_list checks;
    struct conf_position position;
};
STAILQ_HEAD(conf_real_server_list, conf_real_server);

/* announce_when: when the addresses of a virtual server are on this host. */
enum conf_announce_when {
    CONF_ANNOUNCE_NONE,   /* that is not said here */
    CONF_ANNOUNCE_UP,     /* while it has quorum */
    CONF_ANNOUNCE_ALWAYS, /* while the daemon runs, whatever its servers do */
};

enum { CONF_SCHEDULER_SIZE = 16 }; /* IP_VS_SCHEDNAME_MAXLEN of linux/ip_vs.h */

/* A line of a virtual_server_group: addresses one after the other and their port, or a mark. */
struct conf_group_entry {
    STAILQ_ENTRY(conf_group_entry) next;
    struct inet_addr first; /* AF_UNSPEC: a mark */
    uint32_t count;         /* of addresses; 1 for a mark */
    uint16_t port;
    uint32_t fwmark;
    uint8_t family; /* of the addresses, or of the mark: AF_UNSPEC where the line does not say */
    struct conf_position position;
};
STAILQ_HEAD(conf_group_entry_list, conf_group_entry);

/* A virtual_server_group. */
struct conf_service_group {
    STAILQ_ENTRY(conf_service_group) next;
    const char *name;
    struct conf_group_entry_list entries;
    uint32_t count; /* services that they are in the kernel */
    uint32_t uses;  /* virtual servers that name it */
    struct conf_position position;
};
STAILQ_HEAD(conf_service_group_list, conf_service_group);

/*
 * What the kernel has one service for each address of is one thing here: its servers are checked
 * once, and its quorum is one. `key` is its identity; that of a group's is made of the group's name
 * (conf_group_key()), so that it stays the same whatever the group's lines are.
 */
struct conf_virtual_server {
    STAILQ_ENTRY(conf_virtual_server) next;
    struct conf_service_key key;
    const char *name; /* "172.16.1.18:3306/tcp", "fwmark 7 (IPv6)" or "web/tcp": for people */
    const struct conf_service_group *group; /* NULL: it is one service of its own */
    uint32_t group_use;                     /* virtual servers before it that name the group */
    uint8_t mark_family; /* of marks of the group that say none; AF_UNSPEC: it has none of these */
    const struct conf_service_key *members; /* the kernel's services, in the group's order */
    uint32_t member_count;                  /* 1 or more */
    char scheduler[CONF_SCHEDULER_SIZE];
    uint32_t flags; /* IP_VS_SVC_F_SCHED1.., _ONEPACKET; persistence is persistence_timeout's */
    enum conf_forward forward;
    struct conf_tunnel tunnel;
    struct conf_local local[CONF_LOCALS];
    uint8_t fullnat;                /* enum conf_fullnat */
    uint32_t persistence_timeout_s; /* 0: none */
    uint32_t persistence_netmask;   /* IPv4: mask in network order; IPv6: prefix length */
    const char *persistence_engine; /* NULL: none */
    uint32_t quorum;
    uint32_t hysteresis;
    uint32_t min_healthy; /* servers, or percent of them, that must be up; 0: no limit */
    bool min_healthy_percent;
    int64_t drain_timeout;       /* ns: what its servers have that say nothing else; 0: none */
    bool ha_suspend;             /* its servers are checked while its address is on this host */
    uint8_t announce;            /* enum conf_announce_when */
    const char *announce_device; /* where its addresses are then; NULL where none are */
    struct conf_script quorum_up;
    struct conf_script quorum_down;
    bool alpha;
    bool omega;
    bool inhibit_on_failure;
    uint8_t mail;            /* smtp_alert: 1: a mail tells of its quorum; 0: none does */
    const char *virtualhost; /* of HTTP checks of its servers; NULL: none */
    struct conf_real_server *sorry_server; /* NULL: none */
    bool sorry_server_inhibit;
    struct conf_real_server_list servers;
    uint32_t server_count;
    const struct conf_real_server **by_key; /* in their order: conf_find.h */
    struct conf_position position;
};
STAILQ_HEAD(conf_virtual_server_list, conf_virtual_server);

/* One of those that say when an address is on this host. */
struct conf_announcer {
    STAILQ_ENTRY(conf_announcer) next;
    const struct conf_virtual_server *service;
    const struct conf_service_key *member; /* the kernel's service at that address */
};
STAILQ_HEAD(conf_announcer_list, conf_announcer);

/* An address that is on this host while all virtual servers that say when agree: announce_when. */
struct conf_announced {
    STAILQ_ENTRY(conf_announced) next;
    struct conf_address address;
    struct conf_announcer_list announcers; /* one or more, in the order of the text */
};
STAILQ_HEAD(conf_announced_list, conf_announced);

/* ---- The whole --------------------------------------------------------------------------------- */

/* lvs_timeouts: seconds; 0 leaves the kernel's value. */
struct conf_ipvs_timeouts {
    uint32_t tcp_s;
    uint32_t tcp_fin_s;
    uint32_t udp_s;
};

/* lvs_flush_on_stop: what is removed from the kernel's table at the stop. */
enum conf_flush {
    CONF_FLUSH_OURS,  /* nothing was said: our services */
    CONF_FLUSH_WHOLE, /* VS: the same, each as a whole, which it is in any case */
    CONF_FLUSH_ALL,   /* everybody's */
};

/* lvs_sync_daemon: directors tell each other of their connections. */
struct conf_sync_daemon {
    const char *interface; /* NULL: none */
    const char *instance;  /* whose state says which of the two roles; NULL: both at once */
    uint32_t id;           /* of the directors that listen to each other; 0 listens to all */
    uint32_t maxlen;       /* bytes of a message; 0: as many as fit the MTU */
    uint16_t port;         /* 0: the kernel's, as below */
    uint8_t ttl;
    struct inet_addr group; /* AF_UNSPEC: the kernel's */
};

/* A FIFO that events are written to, and the program that reads it. */
struct conf_fifo {
    const char *path; /* NULL: none */
    const char *user; /* whom it belongs to; NULL: us */
    const char *group;
    struct conf_script script; /* gets the path as its last argument */
};

/* Who is mailed about events, over which server. */
struct conf_mail {
    const char *server; /* name or address; NULL: nobody is */
    uint16_t port;
    const char *helo; /* NULL: the host's name */
    const char *from; /* NULL: who runs us, at this host */
    const char *const *to;
    uint32_t to_count;
    int64_t timeout; /* ns that each answer of the server may take */
    bool no_faults;  /* none tells of FAULT */
};

enum {
    CONF_LISTEN_MOST = 16,       /* endpoints of http_listen */
    CONF_LISTEN_PATH_SIZE = 108, /* of a socket's path with its NUL: unix(7) */
    CONF_WEB_HOSTS_MOST = 32,    /* names of http_host */
    CONF_WEB_HOST_SIZE = 254,    /* of one with its NUL: RFC 1035 2.3.4 */
};

/* Where the web page is served: a word of http_listen. */
struct conf_listen {
    const char *path;      /* of a UNIX socket; NULL: at address and port */
    struct inet_addr addr; /* of TCP, as `port` */
    uint16_t port;
};

/* The web page, and what else answers by HTTP. */
struct conf_web {
    const struct conf_listen *listens;
    uint32_t listen_count; /* 0: nobody listens */
    const char *const
        *hosts; /* names that a request may have for this host, beside its own; "*": any */
    uint32_t host_count;
};

enum conf_fifo_kind {
    CONF_FIFO_ALL,
    CONF_FIFO_VRRP,
    CONF_FIFO_LVS,
    CONF_FIFOS,
};

/* A socket's receive buffer. */
struct conf_buffer {
    uint32_t size; /* bytes; 0: what the socket has by itself */
    bool force;    /* beyond net.core.rmem_max */
};

enum conf_buffer_kind {
    CONF_BUFFER_VRRP_COMMAND,
    CONF_BUFFER_VRRP_MONITOR,
    CONF_BUFFER_LVS_COMMAND,
    CONF_BUFFER_LVS_MONITOR,
    CONF_BUFFER_PROCESS,
    CONF_BUFFERS,
};

/* How the process is scheduled. */
struct conf_process {
    int32_t nice;      /* CONF_UNSET_NICE: as it was started */
    uint32_t realtime; /* SCHED_RR priority; 0: none */
    int32_t
        realtime_most;    /* it is raised to, one by one, while the loop runs late; 0: not at all */
    uint32_t late_us;     /* microseconds behind that count as late */
    uint32_t realtime_us; /* RLIMIT_RTTIME: CPU time without a pause; 0: no limit */
    bool no_swap;         /* lock the memory */
    const char *cpus;     /* "0 2": where it may run; NULL: anywhere */
};

enum {
    CONF_UNSET_NICE = 127,
    CONF_NFT_PRIORITY = -1, /* keepalived's default */
};

/* vrrp_rx_bufs_policy: the part of each instance in the receive buffer of its socket. */
enum conf_receive_policy {
    CONF_RECEIVE_AMPLE, /* nothing was said: what Holdfast takes for enough */
    CONF_RECEIVE_MTU,
    CONF_RECEIVE_ADVERT,
    CONF_RECEIVE_BYTES,
};

struct conf_receive_buffers {
    uint8_t policy;      /* enum conf_receive_policy */
    uint32_t bytes;      /* of CONF_RECEIVE_BYTES */
    uint32_t multiplier; /* of an MTU, or of an advert's size */
};

/* A script of the daemon's own life. */
struct conf_once {
    struct conf_script script;
    int64_t timeout; /* ns */
};

struct conf_global {
    int64_t resolve_interval; /* ns between look-ups of the names of what is checked */
    int64_t startup_delay;    /* ns from the start of the process until instances start */
    int64_t delay_after_boot; /* the same from the boot of the host; the later one counts */
    bool log_unknown_vrids;
    bool no_local_igmp; /* disable_local_igmp */
    struct conf_receive_buffers receive_buffers;
    struct conf_fifo fifos[CONF_FIFOS];
    bool fifo_states_on_reload; /* states are repeated on the FIFOs after a reload */
    int64_t notify_timeout;     /* ns that a notify script may run; 0: as long as it likes */
    uint32_t misc_programs;     /* of MISC_CHECK that run at once, at most */
    bool tell_new_servers;      /* rs_init_notifies */
    const char *nft_table;      /* of our packet filter */
    int32_t nft_priority;
    bool nft_counters;
    struct conf_process process;
    const char *router_id; /* NULL: the host's name */
    struct conf_mail mail;
    struct conf_web web;
    const char *iproute_usr_dir; /* of iproute2's files of names; NULL: where they usually are */
    const char *iproute_etc_dir;
    const char *default_interface; /* of static addresses without dev; NULL: eth0 */
    const char *script_user;
    const char *script_group;
    bool script_security;
    bool supplementary_groups;    /* scripts have those of their user */
    uint32_t umask;               /* of files that are made, by scripts too */
    struct conf_once startup;     /* before anything else happens */
    struct conf_once shutdown;    /* after all else has happened */
    const char *reload_time_file; /* holds the time of a planned reload; NULL: none is */
    bool reload_repeat;           /* that file stays, and one without a date counts every day */
    const char *reload_file;      /* is there while a reload reads files; "": at its usual place */
    const char *status_socket_group; /* of the socket for readers; NULL: readers.h says */
    const char *state_dump_file;     /* where SIGUSR1 writes the state; NULL: to the log */
    bool metrics_aliases;            /* metrics have the names of exporters for keepalived, too */
    uint8_t metrics_depth;           /* enum conf_metrics_depth */
    uint32_t metrics_limit;          /* more servers, or services, have no series of their own */
    bool ipvs_flush;                 /* lvs_flush: at the start others' services go */
    bool ipvs_auto_sysctl;           /* lvs_auto_sysctl: set what forwarding needs */
    uint8_t ipvs_flush_on_stop;      /* enum conf_flush */
    bool ipvs_keep_on_stop;          /* lvs_keep_on_stop: the kernel's table stays at the stop */
    int64_t announce_grace; /* ns that services go on when their addresses have been withdrawn */
    struct conf_ipvs_timeouts ipvs_timeouts;
    struct conf_sync_daemon sync_daemon;
    int64_t garp_interval; /* ns between gratuitous ARPs of one interface; 0: none is kept */
    int64_t gna_interval;
    struct conf_buffer buffers[CONF_BUFFERS];
};

struct conf {
    struct arena *arena;     /* owns everything that is reachable from here, this structure too */
    struct origins *origins; /* where values came from; NULL: the load was not asked to keep it */
    struct conf_global global;
    struct conf_instance_list instances;
    struct conf_sync_group_list sync_groups;
    struct conf_static entries; /* static ones without a track_group */
    struct conf_track_group_list track_groups;
    struct conf_garp_group_list garp_groups;
    struct conf_place place;
    struct conf_link_delay_list link_delays;
    struct conf_polled_list polled; /* all interfaces that are polled */
    bool linkbeat_polling;          /* linkbeat_use_polling: those of all instances are */
    struct conf_vrrp_script_list scripts;
    struct conf_track_file_list track_files;
    struct conf_track_process_list track_processes;
    struct conf_bfd_list bfds;
    struct conf_tls tls;
    struct conf_service_group_list service_groups;
    struct conf_virtual_server_list virtual_servers;
    struct conf_announced_list announced;
    const struct conf_virtual_server **by_key; /* in their order: conf_find.h */
    uint32_t instance_count;
    uint32_t virtual_server_count;
    uint32_t real_server_count;
};

_Static_assert(sizeof(struct conf_service_key) == 28, "a service key has no hidden padding");
_Static_assert(sizeof(struct conf_server_key) == 20, "a server key has no hidden padding");

/** Frees a configuration with all that it holds. NULL is allowed. */
void conf_free(struct conf *conf);

#endif
