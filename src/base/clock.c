/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the clocks and writes durations and instants for people.
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t clock_read(clockid_t id)
{
    struct timespec time;

    (void)clock_gettime(id, &time); /* cannot fail for the three clocks that every kernel has */
    return (int64_t)time.tv_sec * CLOCK_SECOND + time.tv_nsec;
}

int64_t clock_now(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_since_boot(void)
{
    return clock_read(CLOCK_BOOTTIME);
}

int64_t clock_wall(void)
{
    return clock_read(CLOCK_REALTIME);
}

int64_t clock_age(int64_t stamp, int64_t wall, int64_t most)
{
    if (stamp >= wall) {
        return 0;
    }
    return wall - stamp < most ? wall - stamp : most;
}

/* Three digits. The limits are where rounding would make a fourth. */
static void clock_three_digits(char text[CLOCK_TEXT_SIZE], const char *sign, double value,
                               const char *unit)
{
    int places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

    (void)snprintf(text, CLOCK_TEXT_SIZE, "%s%.*f %s", sign, places, value, unit);
}

const char *clock_duration_text(char text[CLOCK_TEXT_SIZE], int64_t duration)
{
    const char *sign = duration < 0 ? "-" : "";
    uint64_t ns = duration < 0 ? -(uint64_t)duration : (uint64_t)duration;
    uint64_t seconds = ns / (uint64_t)CLOCK_SECOND;

    if (ns < (uint64_t)CLOCK_MILLISECOND) {
        (void)snprintf(text, CLOCK_TEXT_SIZE, "%s%u us", sign,
                       (unsigned)(ns / (uint64_t)CLOCK_MICROSECOND));
    } else if ((double)ns < 999.5 * (double)CLOCK_MILLISECOND) {
        clock_three_digits(text, sign, (double)ns / (double)CLOCK_MILLISECOND, "ms");
    } else if (seconds < 120) {
        clock_three_digits(text, sign, (double)ns / (double)CLOCK_SECOND, "s");
    } else if (seconds < 7200) {
        (void)snprintf(text, CLOCK_TEXT_SIZE, "%s%u min %02u s", sign, (unsigned)(seconds / 60),
                       (unsigned)(seconds % 60));
    } else if (seconds < UINT64_C(172800)) {
        (void)snprintf(text, CLOCK_TEXT_SIZE, "%s%u h %02u min", sign, (unsigned)(seconds / 3600),
                       (unsigned)(seconds / 60 % 60));
    } else {
        (void)snprintf(text, CLOCK_TEXT_SIZE, "%s%u d %u h", sign, (unsigned)(seconds / 86400),
                       (unsigned)(seconds / 3600 % 24));
    }
    return text;
}

const char *clock_wall_text(char text[CLOCK_TEXT_SIZE], int64_t wall)
{
    time_t seconds = (time_t)(wall / CLOCK_SECOND);
    unsigned ms = (unsigned)(wall % CLOCK_SECOND / CLOCK_MILLISECOND);
    struct tm utc;
    size_t length;

    if (wall < 0 || !gmtime_r(&seconds, &utc)) {
        (void)snprintf(text, CLOCK_TEXT_SIZE, "-");
        return text;
    }
    length = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text + length, CLOCK_TEXT_SIZE - length, ".%03uZ", ms % 1000);
    return text;
}
