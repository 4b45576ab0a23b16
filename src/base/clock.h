/* SPDX-License-Identifier: Apache-2.0
 *
 * Time. Inside Holdfast every instant and every duration is an int64_t of nanoseconds; instants are
 * read from CLOCK_MONOTONIC, which no administrator and no NTP daemon can set. Only the shells read
 * clocks: the pure cores get `now` as an argument.
 */
#ifndef HOLDFAST_BASE_CLOCK_H
#define HOLDFAST_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_MICROSECOND INT64_C(1000)
#define CLOCK_MILLISECOND INT64_C(1000000)
#define CLOCK_SECOND      INT64_C(1000000000)
#define CLOCK_NEVER       INT64_MAX /* a deadline that does not come */

enum { CLOCK_TEXT_SIZE = 32 };

/** Now, by CLOCK_MONOTONIC, in nanoseconds. */
int64_t clock_now(void);

/** Now, by CLOCK_REALTIME, in nanoseconds since 1970-01-01T00:00:00Z; for people and files only. */
int64_t clock_wall(void);

/**
 * A duration as people read it: three digits with a unit, such as "3.61 s", "24.0 ms", "12 us" or
 * "2 h 05 min".
 * @param text      where it goes, CLOCK_TEXT_SIZE bytes
 * @param duration  nanoseconds; a negative one gets a minus sign
 * @return `text`
 */
const char *clock_duration_text(char text[CLOCK_TEXT_SIZE], int64_t duration);

/**
 * An instant of CLOCK_REALTIME in RFC 3339 form, UTC, with milliseconds: "2026-11-23T08:00:00.123Z".
 * @param text  where it goes, CLOCK_TEXT_SIZE bytes
 * @param wall  nanoseconds since 1970
 * @return `text`
 */
const char *clock_wall_text(char text[CLOCK_TEXT_SIZE], int64_t wall);

/**
 * How long ago something was stamped with CLOCK_REALTIME, which may be set in between.
 * @param stamp  nanoseconds since 1970, as `wall`, which is now
 * @param most   ns: what is beyond that is cut off
 * @return 0..most
 */
int64_t clock_age(int64_t stamp, int64_t wall, int64_t most);

/** Time since the host was booted, ns, with what it slept: CLOCK_BOOTTIME. */
int64_t clock_since_boot(void);

#endif
