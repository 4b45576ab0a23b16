/* SPDX-License-Identifier: Apache-2.0
 *
 * An IPVS table as data: services by key, each with its destinations by key, and all that the kernel
 * holds for them. The table that is in the kernel and the one that is wanted are both of this type.
 * Pure.
 *
 * What means the same is equal: table_*_settings_normalise() gives settings one form, so that a
 * difference is always one that the kernel's behaviour would show.
 */
#ifndef HOLDFAST_IPVS_TABLE_H
#define HOLDFAST_IPVS_TABLE_H

#include "base/hash.h"
#include "parser/conf.h"

#include <linux/ip_vs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TABLE_ENGINE_SIZE = IP_VS_PENAME_MAXLEN + 1, /* the kernel's policy counts no NUL */
    TABLE_SERVICE_TEXT_SIZE = INET_ENDPOINT_TEXT_SIZE + 16,
};

/* The kernel's counters, in the order of IPVS_STATS_ATTR_* of linux/ip_vs.h. */
enum table_counter {
    TABLE_CONNECTIONS,
    TABLE_PACKETS_IN,
    TABLE_PACKETS_OUT,
    TABLE_BYTES_IN,
    TABLE_BYTES_OUT,
    TABLE_CONNECTION_RATE, /* these five: per second, the kernel's estimate over some seconds */
    TABLE_PACKET_IN_RATE,
    TABLE_PACKET_OUT_RATE,
    TABLE_BYTE_IN_RATE,
    TABLE_BYTE_OUT_RATE,
    TABLE_COUNTERS,
};

struct table_counters {
    uint64_t value[TABLE_COUNTERS];
};

/* What the kernel is told of a service beside its key. It can edit all of it in place. */
struct table_service_settings {
    char scheduler[IP_VS_SCHEDNAME_MAXLEN];
    char engine[TABLE_ENGINE_SIZE]; /* of persistence; "" where there is none */
    uint32_t flags;                 /* IP_VS_SVC_F_*, without _HASHED */
    uint32_t timeout_s;             /* of persistence; 0 without it */
    uint32_t netmask; /* as in struct conf_virtual_server; whole without persistence */
};

/*
 * What the kernel is told of a destination beside its key. It can edit all of it in place: a
 * connection that exists keeps its own forwarding method, new ones get the new method
 * (ip_vs_edit_dest() of the kernel's ip_vs_ctl.c).
 */
struct table_destination_settings {
    uint32_t forward; /* IP_VS_CONN_F_MASQ, _DROUTE, _TUNNEL, _LOCALNODE or _BYPASS */
    uint32_t weight;
    uint32_t upper_threshold;
    uint32_t lower_threshold;
    struct conf_tunnel tunnel; /* 0 where forwarding is another */
};

/* How many connections a destination has now. */
struct table_connections {
    uint32_t active;
    uint32_t inactive;
    uint32_t persistent;
};

struct table_destination {
    struct conf_server_key key;
    struct table_destination_settings settings;
    struct table_connections connections;
    struct table_counters counters;
    UT_hash_handle hh;
};

struct table_service {
    struct conf_service_key key;
    struct table_service_settings settings;
    struct table_counters counters;
    struct table_destination *destinations; /* a uthash: HASH_ITER(hh, ...) */
    UT_hash_handle hh;
};

/* A connection sync daemon's work: the kernel runs one of each at the most, in a network namespace. */
enum table_daemon_role {
    TABLE_DAEMON_MASTER, /* tells the other directors of connections */
    TABLE_DAEMON_BACKUP, /* hears what they tell */
    TABLE_DAEMON_ROLES,
};

/*
 * What the kernel is told of a daemon beside its role. It can edit none of it: a daemon that is to be
 * another is stopped and started again.
 */
struct table_daemon {
    bool running;
    char interface[IP_VS_IFNAME_MAXLEN];
    uint32_t id;
    uint16_t maxlen; /* bytes of a message; 0: as many as fit the interface's MTU */
    uint16_t port;
    uint8_t ttl;
    struct inet_addr
        group; /* AF_UNSPEC in what an old kernel (before 4.3) tells, as the 0 of others */
};

/* All zero is an empty table. */
struct table {
    struct table_service *services; /* a uthash: HASH_ITER(hh, ...) */
    struct conf_ipvs_timeouts timeouts;
    struct table_daemon daemons[TABLE_DAEMON_ROLES];
};

/** Frees all that the table holds and makes it empty. */
void table_release(struct table *table);

/** The service with this key, or NULL. */
struct table_service *table_find_service(const struct table *table,
                                         const struct conf_service_key *key);

/** The service with this key, made with zeroed settings where it is missing. Never NULL. */
struct table_service *table_put_service(struct table *table, const struct conf_service_key *key);

/** Removes a service with its destinations and frees them. */
void table_remove_service(struct table *table, struct table_service *service);

/** The destination with this key, or NULL. */
struct table_destination *table_find_destination(const struct table_service *service,
                                                 const struct conf_server_key *key);

/** The destination with this key, made with zeroed settings where it is missing. Never NULL. */
struct table_destination *table_put_destination(struct table_service *service,
                                                const struct conf_server_key *key);

/** Removes and frees a destination. */
void table_remove_destination(struct table_service *service, struct table_destination *destination);

/** How many services the table holds. */
size_t table_count_services(const struct table *table);

/** How many destinations a service has. */
size_t table_count_destinations(const struct table_service *service);

/**
 * Gives settings their one form: no _HASHED, and without persistence no timeout and a whole netmask,
 * for the kernel keeps but does not use those.
 */
void table_service_settings_normalise(struct table_service_settings *settings, uint8_t family);

/** The same for a destination: tunnel parameters only where its kind of tunnel uses them. */
void table_destination_settings_normalise(struct table_destination_settings *settings);

/** The normalised settings that a virtual server asks for. @param family  of the kernel's service */
struct table_service_settings table_service_settings_of(
    const struct conf_virtual_server *virtual_server, uint8_t family);

/**
 * The normalised settings that a real server asks for.
 * @param weight  0..INT32_MAX, which the server's health may have changed
 */
struct table_destination_settings table_destination_settings_of(
    const struct conf_real_server *real_server, uint32_t weight);

/**
 * What a daemon of the configuration is in one role, as the kernel will tell it: with the kernel's
 * defaults and limits.
 */
struct table_daemon table_daemon_of(const struct conf_sync_daemon *conf,
                                    enum table_daemon_role role);

/** Whether a daemon that the kernel has is as it is wanted: also where neither of them runs. */
bool table_daemon_fits(const struct table_daemon *actual, const struct table_daemon *wanted);

/** A role for people and in the status: "master" or "backup". */
const char *table_daemon_role_text(enum table_daemon_role role);

/** Whether two normalised settings are the same. */
bool table_service_settings_equal(const struct table_service_settings *a,
                                  const struct table_service_settings *b);

/** Whether two normalised settings are the same. */
bool table_destination_settings_equal(const struct table_destination_settings *a,
                                      const struct table_destination_settings *b);

/** A service for people: "172.16.1.18:3306/tcp", "fwmark 7" or "fwmark 7 (IPv6)". @return `text` */
const char *table_service_text(char text[TABLE_SERVICE_TEXT_SIZE],
                               const struct conf_service_key *key);

/** A server for people: "172.16.1.13:3306" or "[2001:db8::1]:80". @return `text` */
const char *table_server_text(char text[INET_ENDPOINT_TEXT_SIZE],
                              const struct conf_server_key *key);

/** A forwarding method for people: "NAT", "DR", "TUN", "local", "bypass", or "unknown". */
const char *table_forward_text(uint32_t forward);

/** A tunnel for people: "ipip", "gue", "gre" or "unknown". */
const char *table_tunnel_text(uint8_t type);

/** A tunnel's checksums (IP_VS_TUNNEL_ENCAP_FLAG_*), as a configuration has them: "nocsum", "csum", "remcsum". */
const char *table_checksum_text(uint16_t flags);

/** A protocol as keepalived writes it in lower case: "tcp", "udp", "sctp", or "unknown". */
const char *table_protocol_text(uint8_t protocol);

/** A service key with an address. @param port in host order */
struct conf_service_key table_key_of_address(uint8_t protocol, const struct inet_addr *addr,
                                             uint16_t port);

/** A service key with a firewall mark. @param family AF_INET or AF_INET6 */
struct conf_service_key table_key_of_fwmark(uint32_t fwmark, uint8_t family);

#endif
