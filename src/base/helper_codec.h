/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon and its helper process write to each other: one message is one packet of a
 * SOCK_SEQPACKET pair, in the host's own byte order, since both are one program. Pure.
 *
 * The helper trusts the daemon no more than it must, and the daemon the helper: every length is
 * checked, and what is not a whole message is HELPER_NOTHING.
 */
#ifndef HOLDFAST_BASE_HELPER_CODEC_H
#define HOLDFAST_BASE_HELPER_CODEC_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HELPER_MESSAGE_SIZE = 65536, /* bytes of the longest message */
    HELPER_GROUPS = 1024,        /* supplementary groups of a program, at most */
    HELPER_WORDS = 2048,         /* arguments and variables together, at most */
};

#define HELPER_KEEP UINT32_MAX /* a user, group or umask that stays the helper's own */

enum helper_kind {
    HELPER_NOTHING,
    /* The daemon's. */
    HELPER_SETTLE, /* enter the network namespace that comes along, give up privileges */
    HELPER_START,  /* start a program */
    HELPER_SIGNAL, /* send a signal to a program's process group; `value` is its number */
    /* The helper's. */
    HELPER_SETTLED,   /* `value`: capabilities that were kept, a bit each; `error`: 0 or errno */
    HELPER_EXITED,    /* `value`: the exit status; `error`: 0, or why it could not be run at all */
    HELPER_SIGNALLED, /* `value`: the signal that ended it */
    HELPER_FAILED,    /* it was not started; `error`: errno */
    HELPER_KINDS,
};

/* A message, but for HELPER_START's own part. */
struct helper_message {
    enum helper_kind kind;
    uint32_t id; /* of the program: the daemon's choice */
    uint32_t error;
    uint64_t value;
};

/* HELPER_START's own part. */
struct helper_start {
    uint32_t uid;         /* or HELPER_KEEP */
    uint32_t gid;         /* or HELPER_KEEP */
    uint32_t umask;       /* or HELPER_KEEP */
    uint32_t group_count; /* supplementary groups besides `gid` */
    const uint32_t *groups;
    const char *const *argv;        /* NULL-terminated, not empty; argv[0] is a path */
    const char *const *environment; /* NULL-terminated NAME=VALUE to add; NULL: none */
};

/* Where a decoded HELPER_START puts what does not lie in the message itself. */
struct helper_words {
    uint32_t groups[HELPER_GROUPS];
    const char *words[HELPER_WORDS + 2]; /* argv and environment with a NULL behind each */
};

/** Appends any message but HELPER_START. */
void helper_encode(const struct helper_message *message, struct text_buffer *out);

/**
 * Appends a HELPER_START.
 * @return false where it is longer than a message may be: nothing is appended
 */
bool helper_encode_start(uint32_t id, const struct helper_start *start, struct text_buffer *out);

/**
 * Decodes a message.
 * @param start  filled in for HELPER_START; its texts are in `data`, the rest in `words`. NULL (and
 *               `words` too): there a HELPER_START is no message
 * @return its kind is HELPER_NOTHING where the bytes are no message
 */
struct helper_message helper_decode(const char *data, size_t size, struct helper_start *start,
                                    struct helper_words *words);

#endif
