/* SPDX-License-Identifier: Apache-2.0
 *
 * One BFD session as a state machine: RFC 5880 6.8 in asynchronous mode. States, poll sequences, what
 * both ends agree on, when a packet is due, when the neighbour counts as gone. Pure: time and chance
 * are arguments, what is to be done is returned.
 */
#ifndef HOLDFAST_BFD_FSM_H
#define HOLDFAST_BFD_FSM_H

#include "bfd/packet.h"

#include <stdbool.h>
#include <stdint.h>

/* What is configured; intervals in ns. */
struct bfd_fsm_config {
    int64_t min_tx;  /* wanted while the session is up */
    int64_t idle_tx; /* while it is not; 1 s or more: RFC 5880 6.8.3 */
    int64_t min_rx;
    uint8_t multiplier; /* 1..255 */
    bool passive;       /* silent until the neighbour was heard: RFC 5880 6.1 */
};

/* The state variables of RFC 5880 6.8.1, and the deadlines. */
struct bfd_fsm_state {
    enum bfd_role role;
    enum bfd_role remote_role;
    uint8_t diag;
    uint8_t remote_diag;
    uint32_t discriminator;
    uint32_t remote_discriminator; /* 0: not heard, or not any more */
    uint8_t remote_multiplier;
    bool remote_demand;
    bool polling;
    bool poll_again; /* what the sequence under way asks for has changed since */
    int64_t min_tx;  /* bfd.DesiredMinTxInterval: what our packets say */
    int64_t min_rx;  /* bfd.RequiredMinRxInterval */
    /* What counts of them: a poll sequence must end before packets come later, or are missed sooner. */
    int64_t used_tx;
    int64_t used_rx;
    int64_t remote_min_tx; /* ns; 0: not heard */
    int64_t remote_min_rx;
    int64_t interval;  /* the agreed one that `send_at` was made of; CLOCK_NEVER: none */
    int64_t sent_at;   /* the last packet in the row */
    int64_t send_at;   /* the next; CLOCK_NEVER: none is due */
    int64_t heard_at;  /* 0: never */
    int64_t detect_at; /* the neighbour counts as gone; CLOCK_NEVER: it was not heard */
};

enum bfd_fsm_event_kind {
    BFD_EVENT_PACKET,       /* a valid one of this session */
    BFD_EVENT_TIMER,        /* bfd_fsm_deadline() has passed */
    BFD_EVENT_RECONFIGURED, /* `config` is another */
    BFD_EVENT_STOP,         /* switched off: AdminDown */
    BFD_EVENT_START,        /* switched on again */
};

struct bfd_fsm_event {
    enum bfd_fsm_event_kind kind;
    const struct bfd_packet *packet; /* of BFD_EVENT_PACKET */
    uint32_t random;                 /* any: jitter */
};

/* What is to be done, as bits. */
enum bfd_fsm_action {
    BFD_ACTION_SEND = 1U << 0,    /* a packet as bfd_fsm_packet() has it */
    BFD_ACTION_ANSWER = 1U << 1,  /* one with the final bit: the neighbour polls */
    BFD_ACTION_CHANGED = 1U << 2, /* the role is another */
    BFD_ACTION_AGREED = 1U << 3,  /* a poll sequence has ended */
};

struct bfd_fsm_outcome {
    struct bfd_fsm_state state;
    unsigned actions;
};

/**
 * A session that is down and has heard nothing.
 * @param discriminator  its own, not 0, unique on this host
 * @param now            clock_now()
 */
struct bfd_fsm_state bfd_fsm_initial(const struct bfd_fsm_config *config, uint32_t discriminator,
                                     int64_t now);

/** One step of the machine. @param now  clock_now() */
struct bfd_fsm_outcome bfd_fsm_step(const struct bfd_fsm_config *config,
                                    const struct bfd_fsm_state *state,
                                    const struct bfd_fsm_event *event, int64_t now);

/** What the session would send now. @param final  as an answer to a poll */
struct bfd_packet bfd_fsm_packet(const struct bfd_fsm_config *config,
                                 const struct bfd_fsm_state *state, bool final);

/** When BFD_EVENT_TIMER is due; CLOCK_NEVER: not at all. */
int64_t bfd_fsm_deadline(const struct bfd_fsm_state *state);

/** The agreed interval of our packets before jitter; CLOCK_NEVER: the neighbour wants none. */
int64_t bfd_fsm_send_interval(const struct bfd_fsm_state *state);

/** The agreed interval of the neighbour's; 0: it was not heard. */
int64_t bfd_fsm_receive_interval(const struct bfd_fsm_state *state);

/** How long silence means that the neighbour is gone: RFC 5880 6.8.4. 0: it was not heard. */
int64_t bfd_fsm_detection_time(const struct bfd_fsm_state *state);

/**
 * An interval after jitter: 75 to 100 % of it, or 75 to 90 % where one missed packet is enough (RFC
 * 5880 6.8.7).
 */
int64_t bfd_fsm_jitter(int64_t interval, uint8_t multiplier, uint32_t random);

#endif
