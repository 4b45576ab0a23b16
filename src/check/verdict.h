/* SPDX-License-Identifier: Apache-2.0
 *
 * Verdicts: how one check ended, as a class that rules and metrics use and a text for people. Pure.
 */
#ifndef HOLDFAST_CHECK_VERDICT_H
#define HOLDFAST_CHECK_VERDICT_H

#include "check/health.h"

#include <stdbool.h>
#include <stdint.h>

enum verdict_class {
    VERDICT_OK,
    VERDICT_TIMEOUT,     /* no answer in time */
    VERDICT_REFUSED,     /* nobody listens */
    VERDICT_UNREACHABLE, /* no way to it, said by a router or by our own neighbour table */
    VERDICT_RESET,       /* the server broke the connection off */
    VERDICT_TLS,         /* no TLS with it: handshake, certificate */
    VERDICT_PROTOCOL,    /* what it said is not of the protocol */
    VERDICT_ANSWER,      /* it answered, and not as it should */
    VERDICT_LOCAL,       /* the check could not be made here; nothing is known of the server */
    VERDICT_CLASSES,
};

enum { VERDICT_TEXT_SIZE = 128 };

struct verdict {
    enum verdict_class class;
    int error; /* an errno; 0 where there is none */
    struct health_change change;
    int64_t took; /* ns; 0: as long as the run lasted */
    bool partial; /* good, and one of several things that must be before the server is */
    char text[VERDICT_TEXT_SIZE]; /* for people; "": that of the class or the error */
};

/** The word of a class in JSON, metrics and text: "ok", "refused" ... */
const char *verdict_class_name(enum verdict_class class);

/** What a result of this class says about the server. */
enum health_result verdict_health(enum verdict_class class);

/**
 * The verdict on an error of a connection, as SO_ERROR, connect(2), read(2) or write(2) tell it: what
 * comes over the network is the server's, whatever else is ours. Source: the errors of TCP
 * (tcp(7), ip(7)) and those that the kernel makes of ICMP (icmp_err_convert in net/ipv4/icmp.c,
 * tab_unreach in net/ipv6/icmp.c).
 * @param error  an errno; 0 is VERDICT_OK
 */
struct verdict verdict_of_connection(int error);

/** The verdict on an error of our own: no descriptor, no port, no such interface. */
struct verdict verdict_of_local(int error);

/**
 * The verdict where no answer came in time.
 * @param missing   what did not come, such as "no greeting"; NULL: "no answer"
 * @param duration  how long it was waited for, ns
 */
struct verdict verdict_of_timeout(const char *missing, int64_t duration);

/** A verdict with a text of its own, as printf(3) writes it; what is too long is cut. */
struct verdict verdict_of(enum verdict_class class, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * A verdict for people: "connection refused", "no answer within 5.00 s", "too many open files".
 * @param success   what VERDICT_OK means for this kind of check, such as "connected"
 * @return `text`
 */
const char *verdict_text(char text[VERDICT_TEXT_SIZE], const struct verdict *verdict,
                         const char *success);

#endif
