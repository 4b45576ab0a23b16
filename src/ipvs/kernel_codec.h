/* SPDX-License-Identifier: Apache-2.0
 *
 * IPVS over generic netlink as bytes: requests out, replies in. Layouts and attributes are those of
 * linux/ip_vs.h, linux/netlink.h and linux/genetlink.h; what the kernel wants in a request and puts
 * into a reply is in its net/netfilter/ipvs/ip_vs_ctl.c. Pure: no socket.
 */
#ifndef HOLDFAST_IPVS_KERNEL_CODEC_H
#define HOLDFAST_IPVS_KERNEL_CODEC_H

#include "ipvs/plan.h"

enum {
    KERNEL_CODEC_MESSAGE_SIZE = 512, /* bytes; no request is longer */
};

/* ---- Requests ---------------------------------------------------------------------------------- */

/* What can be asked of the kernel. */
enum kernel_request {
    KERNEL_REQUEST_SERVICES,     /* dump; no destinations come with it */
    KERNEL_REQUEST_DESTINATIONS, /* dump, of one service */
    KERNEL_REQUEST_INFO,
    KERNEL_REQUEST_CONFIG,
    KERNEL_REQUEST_DAEMONS, /* dump */
    KERNEL_REQUESTS,
};

/**
 * Writes a request for information.
 * @param to        where, KERNEL_CODEC_MESSAGE_SIZE bytes aligned for a uint32_t
 * @param family    number of the generic netlink family
 * @param sequence  comes back in every reply
 * @param service   for KERNEL_REQUEST_DESTINATIONS, else NULL
 * @return its bytes
 */
size_t kernel_encode_request(void *to, uint16_t family, uint32_t sequence,
                             enum kernel_request request, const struct conf_service_key *service);

/**
 * Writes an operation. The kernel answers it if it refuses it, or if kernel_want_answer() is called
 * for it: it works a row of messages off in their order, so the answer to the last one tells that all
 * before it were carried out or refused.
 * @param to  where, KERNEL_CODEC_MESSAGE_SIZE bytes aligned for a uint32_t
 * @return its bytes, a multiple of 4
 */
size_t kernel_encode_operation(void *to, uint16_t family, uint32_t sequence,
                               const struct plan_operation *operation);

/** Makes the kernel answer a message that kernel_encode_operation() wrote. */
void kernel_want_answer(void *message);

/* ---- Replies ----------------------------------------------------------------------------------- */

/* Why a reply was not understood. */
enum kernel_decode_error {
    KERNEL_DECODE_OK,
    KERNEL_DECODE_END,       /* no message is left */
    KERNEL_DECODE_TRUNCATED, /* a message is longer than what was received */
    KERNEL_DECODE_FAMILY,    /* not of this generic netlink family */
    KERNEL_DECODE_ATTRIBUTE, /* an attribute is too short, too long or not where it belongs */
    KERNEL_DECODE_MISSING,   /* a header or an attribute that is always there is not */
    KERNEL_DECODE_ERRORS,
};

/** The words for a reason. */
const char *kernel_decode_text(enum kernel_decode_error error);

enum kernel_reply_kind {
    KERNEL_REPLY_ANSWER, /* to an operation; `error` is 0 or -errno */
    KERNEL_REPLY_DONE,   /* the end of a dump; `error` too */
    KERNEL_REPLY_SERVICE,
    KERNEL_REPLY_DESTINATION,
    KERNEL_REPLY_INFO,
    KERNEL_REPLY_CONFIG,
    KERNEL_REPLY_DAEMON,
    KERNEL_REPLY_OTHER, /* nothing that IPVS sends today */
};

struct kernel_info {
    uint32_t version; /* as IP_VS_VERSION_CODE of linux/ip_vs.h */
    uint32_t connection_table_size;
};

/* One message. Settings are normalised. */
struct kernel_reply {
    enum kernel_reply_kind kind;
    uint32_t sequence;
    union {
        int error;
        struct {
            struct conf_service_key key;
            struct table_service_settings settings;
            struct table_counters counters;
        } service;
        struct {
            struct conf_server_key key;
            struct table_destination_settings settings;
            struct table_connections connections;
            struct table_counters counters;
        } destination;
        struct kernel_info info;
        struct conf_ipvs_timeouts timeouts;
        struct {
            enum table_daemon_role role;
            struct table_daemon daemon;
        };
    };
};

/* Where in a received datagram the next message begins. */
struct kernel_decoder {
    void *data;             /* aligned for a uint32_t; libnl knows no const */
    size_t size;            /* bytes that are left */
    uint16_t family;        /* number of the generic netlink family */
    uint8_t service_family; /* AF_* of the service whose destinations are read: kernels before 3.18
                               do not tell a destination's */
};

/**
 * Takes the next message.
 * @param reply  set where KERNEL_DECODE_OK is returned
 * @return KERNEL_DECODE_OK, _END, or why it was not understood; after _TRUNCATED nothing more can be
 *         taken, after any other reason the message is passed over
 */
enum kernel_decode_error kernel_decode_next(struct kernel_decoder *decoder,
                                            struct kernel_reply *reply);

#endif
