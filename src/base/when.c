/* SPDX-License-Identifier: Apache-2.0
 *
 * Times of the day from text, and when they come next.
 */
#include "base/when.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

enum {
    WHEN_CENTURY = 2000, /* of a year with two digits */
    WHEN_TM_YEAR = 1900, /* what struct tm counts from */
};

/* Reads so many digits and moves on. */
static bool when_read_digits(const char **text, unsigned count, int *number)
{
    *number = 0;
    for (unsigned i = 0; i < count; i++) {
        char c = (*text)[i];

        if (c < '0' || c > '9') {
            return false;
        }
        *number = *number * 10 + (c - '0');
    }
    *text += count;
    return true;
}

static bool when_skip(const char **text, char c)
{
    bool is = **text == c;

    *text += is;
    return is;
}

/* How many digits the text begins with. */
static size_t when_digits(const char *text)
{
    return strspn(text, "0123456789");
}

static bool when_read_date(const char **text, struct when *when)
{
    size_t digits = when_digits(*text);

    if ((digits != 2 && digits != 4) || !when_read_digits(text, (unsigned)digits, &when->year)) {
        return false;
    }
    when->year += digits == 2 ? WHEN_CENTURY : 0;
    return when_skip(text, '-') && when_read_digits(text, 2, &when->month) &&
           when_skip(text, '-') && when_read_digits(text, 2, &when->day) && when_skip(text, ' ');
}

static bool when_read_time(const char **text, struct when *when)
{
    return when_read_digits(text, 2, &when->hour) && when_skip(text, ':') &&
           when_read_digits(text, 2, &when->minute) && when_skip(text, ':') &&
           when_read_digits(text, 2, &when->second) && when->hour < 24 && when->minute < 60 &&
           when->second < 60;
}

/* timegm(3) makes 3 March of 31 February. */
static bool when_is_a_day(const struct when *when)
{
    struct tm day = {
        .tm_year = when->year - WHEN_TM_YEAR, .tm_mon = when->month - 1, .tm_mday = when->day};

    return when->month >= 1 && when->day >= 1 && timegm(&day) != (time_t)-1 &&
           day.tm_mon == when->month - 1 && day.tm_mday == when->day;
}

bool when_parse(const char *text, struct when *when)
{
    size_t digits = when_digits(text);

    *when = (struct when){.has_date = text[digits] == '-'};
    if (when->has_date && !(when_read_date(&text, when) && when_is_a_day(when))) {
        return false;
    }
    if (!when_read_time(&text, when)) {
        return false;
    }
    when->utc = when_skip(&text, 'Z');
    return *text == '\0' || *text == '\n';
}

/* ns since 1970 of a time on a day, or some days after it. */
static int64_t when_wall(const struct when *when, struct tm day, int after)
{
    time_t seconds;

    day.tm_mday += after;
    day.tm_hour = when->hour;
    day.tm_min = when->minute;
    day.tm_sec = when->second;
    day.tm_isdst = -1;
    seconds = when->utc ? timegm(&day) : mktime(&day);
    return (int64_t)seconds * CLOCK_SECOND;
}

bool when_next(const struct when *when, int64_t wall, int64_t *next)
{
    time_t now = (time_t)(wall / CLOCK_SECOND);
    struct tm day = {
        .tm_year = when->year - WHEN_TM_YEAR, .tm_mon = when->month - 1, .tm_mday = when->day};

    if (!when->has_date && !(when->utc ? gmtime_r(&now, &day) : localtime_r(&now, &day))) {
        return false;
    }
    *next = when_wall(when, day, 0);
    if (!when->has_date && *next <= wall) {
        *next = when_wall(when, day, 1);
    }
    return *next > wall;
}
