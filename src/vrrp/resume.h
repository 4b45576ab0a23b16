/* SPDX-License-Identifier: Apache-2.0
 *
 * What survives a crash: for each instance whether it was master and when it sent its last advert, in
 * a memory-mapped file of the runtime directory. A director that is started again before its peers
 * can have missed it goes on as master, and no connection is lost.
 */
#ifndef HOLDFAST_VRRP_RESUME_H
#define HOLDFAST_VRRP_RESUME_H

#include <stdbool.h>
#include <stdint.h>

struct log;
struct resume;
struct runtime;

enum {
    RESUME_NAME_SIZE = 48, /* of an instance's key; longer ones are not remembered */
    RESUME_SLOTS = 4096,
};

/**
 * Opens (or makes) the file. Never NULL: where it cannot be had, nothing is remembered, and the log
 * says so.
 */
struct resume *resume_open(const struct runtime *runtime, struct log *log);

/** NULL is allowed. */
void resume_close(struct resume *resume);

/** An instance's slot: found by its key, or a free one; -1 where all are taken. */
int resume_slot(struct resume *resume, const char *key);

/** The instance is master and sent an advert at `now` (clock_now()). Costs one store to memory. */
void resume_beat(struct resume *resume, int slot, int64_t now);

/**
 * As resume_beat(), and the process ends on purpose: whoever heard that advert waits longer for the next
 * one than the configuration says.
 * @param grace  how much longer: ns, 0 or more
 */
void resume_pause(struct resume *resume, int slot, int64_t now, int64_t grace);

/** The instance is not master. */
void resume_clear(struct resume *resume, int slot);

/** Gives the slot up. */
void resume_drop(struct resume *resume, int slot);

/**
 * When an earlier process, since the host was booted, last sent an advert as this instance's master.
 * @return clock_now()'s nanoseconds, 0 where it was not master
 */
int64_t resume_last_beat(const struct resume *resume, int slot);

/** How much longer its peers wait for it than the configuration says: 0 after a crash. */
int64_t resume_grace(const struct resume *resume, int slot);

/** Whether an earlier process, since the host was booted, ended as master of whatever instance. */
bool resume_has_beat(const struct resume *resume);

#endif
