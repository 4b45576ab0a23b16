/* SPDX-License-Identifier: Apache-2.0
 *
 * What trackers make of a priority: each tracked thing (an interface, a script) either adds to it or
 * decides alone between FAULT and not. Pure arithmetic (keepalived-reference.md B21-B24).
 */
#ifndef HOLDFAST_VRRP_TRACK_H
#define HOLDFAST_VRRP_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum track_status {
    TRACK_UNKNOWN, /* no result yet */
    TRACK_GOOD,
    TRACK_BAD,
};

/* One tracked thing as an instance sees it. */
struct track_input {
    enum track_status status;
    int weight; /* 0: bad means FAULT */
    bool reverse;
    bool numeric;  /* a file: what counts is its number times the weight, not `status` (B26) */
    int64_t value; /* of it */
};

struct track_output {
    uint8_t priority; /* effective: 1..254, or 255 for an address owner */
    int sum;          /* of all contributions, before the limits */
    bool fault;       /* an unweighted tracker is bad (or good, reversed) */
    bool waiting;     /* an unweighted tracker has no result yet: neither up nor in FAULT */
};

/* What an operator wants of an instance beside that. */
struct track_operator {
    int adjustment; /* -253..253, added to the priority */
    bool demoted;   /* the lowest priority there is, whatever else counts */
};

/**
 * What one tracker adds to the priority now; 0 for an unweighted or unknown one. That of a number is
 * within -254..254, the most that can matter.
 */
int track_contribution(const struct track_input *input);

/** Whether this tracker alone demands FAULT. */
bool track_demands_fault(const struct track_input *input);

/**
 * The effective priority and whether the instance may run.
 * @param base    configured priority, 1..255; 255 ignores all weights (RFC 9568 5.2.4)
 * @param inputs  `count` trackers
 */
struct track_output track_evaluate(uint8_t base, const struct track_input *inputs, size_t count);

/**
 * The effective priority with what an operator wants: 1..254, or 255 for an address owner, whom neither
 * concerns.
 * @param base    configured priority, 1..255
 * @param output  track_evaluate()'s
 */
uint8_t track_operate(uint8_t base, const struct track_output *output,
                      const struct track_operator *operator);

#endif
