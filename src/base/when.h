/* SPDX-License-Identifier: Apache-2.0
 *
 * A time of the day, or of a certain day, as the file of a planned reload has it. Pure, but for the
 * time zone of the environment.
 */
#ifndef HOLDFAST_BASE_WHEN_H
#define HOLDFAST_BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

struct when {
    bool has_date; /* else it is every day */
    bool utc;      /* else local time */
    int year;
    int month; /* 1..12 */
    int day;
    int hour;
    int minute;
    int second;
};

/**
 * Reads "HH:MM:SS", "YY-MM-DD HH:MM:SS" or "YYYY-MM-DD HH:MM:SS", each with a "Z" behind it for UTC,
 * with nothing before it and nothing but the end of the line after it: keepalived.conf(5).
 * @param text  ends with a NUL or a newline
 * @return whether it is one, of a day that there is
 */
bool when_parse(const char *text, struct when *when);

/**
 * The next time that it is so.
 * @param wall  ns since 1970; the result is later
 * @return false where that was before
 */
bool when_next(const struct when *when, int64_t wall, int64_t *next);

#endif
