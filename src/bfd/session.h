/* SPDX-License-Identifier: Apache-2.0
 *
 * One BFD session at work: it feeds the state machine with packets and time, sends what comes back, and
 * keeps what an administrator wants to know.
 */
#ifndef HOLDFAST_BFD_SESSION_H
#define HOLDFAST_BFD_SESSION_H

#include "base/hash.h"
#include "bfd/bfd.h"
#include "bfd/fsm.h"
#include "bfd/socket.h"
#include "parser/conf.h"

#include <jansson.h>

struct bfd_session;
struct log;
struct loop;
struct loop_timer;

/* What all sessions share; outlives them. */
struct bfd_context {
    struct loop *loop;
    struct log *log;
    /* Reads what is queued for all sessions: before one of them counts its neighbor as gone. */
    void (*drain)(void *argument);
    /* bfd_session_status() is another. */
    void (*changed)(void *argument, const struct bfd_session *session);
    void *argument;
};

/* Why a datagram that names a session, or comes from its neighbor, was dropped. */
enum bfd_drop {
    BFD_DROP_MALFORMED, /* by bfd_packet_decode() */
    BFD_DROP_FAR,       /* its TTL is too low */
    BFD_DROP_ELSEWHERE, /* it names the session, and is not from its neighbor */
    BFD_DROPS,
};

enum { BFD_COMPLAINT_SIZE = 160 };

struct bfd_session_counters {
    uint64_t sent;
    uint64_t send_errors;
    uint64_t received;
    uint64_t drops[BFD_DROPS];
    uint64_t rises; /* to UP */
    uint64_t falls; /* from it */
};

/* Plain, so that bfd.c can keep it in a hash and in a list. */
struct bfd_session {
    const struct bfd_context *context;
    struct conf_bfd conf; /* a copy, with its texts */
    struct bfd_fsm_config config;
    struct bfd_fsm_state state;
    struct bfd_mouth *mouth; /* NULL: there is none, see `trouble` */
    int index;               /* of its interface; 0: none */
    int trouble;             /* why nothing can be sent, -errno; 0: nothing is known */
    struct loop_timer *timer;
    struct loop_timer *patience; /* for the first rise */
    bool risen;                  /* it was up, or had time enough to be */
    bool leaving;                /* not configured any more */
    uint64_t random;
    int64_t since_wall;
    uint8_t last_diag;                  /* why it fell last */
    char complaint[BFD_COMPLAINT_SIZE]; /* why packets are dropped */
    int64_t complaint_at;               /* of the last one; 0: none was */
    int64_t explained_at[BFD_DROPS];
    struct bfd_session_counters counters;
    UT_hash_handle hh; /* by state.discriminator */
    struct bfd_session *prev;
    struct bfd_session *next;
};

/**
 * A session that begins. Nothing is sent before bfd_session_begin().
 * @param discriminator  unique, not 0
 * @param random         not 0
 */
struct bfd_session *bfd_session_new(const struct bfd_context *context, const struct conf_bfd *conf,
                                    uint32_t discriminator, uint64_t random);

/** Frees it without a word to its neighbor. NULL is allowed. */
void bfd_session_free(struct bfd_session *session);

/** Whether a configured session is the same on the wire, under whatever name. */
bool bfd_session_is(const struct bfd_session *session, const struct conf_bfd *conf);

/** Takes over a configuration that is the same on the wire; one that was leaving begins anew. */
void bfd_session_configure(struct bfd_session *session, const struct conf_bfd *conf);

/** Looks at its interface, and opens what could not be opened before. @param index  of `conf.interface` */
void bfd_session_connect(struct bfd_session *session, int index);

/** A valid packet of this session. */
void bfd_session_receive(struct bfd_session *session, const struct bfd_packet *packet);

/**
 * Counts a datagram of this session, or of its neighbor, that was dropped.
 * @return whether bfd_session_complain() is to say why: once a minute for each reason
 */
bool bfd_session_drop(struct bfd_session *session, enum bfd_drop drop);

/** Says why datagrams are dropped. */
void bfd_session_complain(struct bfd_session *session, const char *text);

/** Switches it off: AdminDown is told for as long as bfd_session_is_telling(). */
void bfd_session_stop(struct bfd_session *session);

/** Whether a session that was switched off still has somebody to tell. */
bool bfd_session_is_telling(const struct bfd_session *session);

enum bfd_status bfd_session_status(const struct bfd_session *session);

/** Its object of the status document: doc/status.md. */
json_t *bfd_session_snapshot(const struct bfd_session *session);

#endif
