/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading of the status document for metrics. Whatever it is, what comes out is a number in range.
 */
#include "control/metrics_inside.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#define READ_MILLION 1000000
/* Seconds and their parts that fit 63 bits as millionths, with room for a sum. */
#define READ_LONGEST (INT64_MAX / READ_MILLION / 4)

const json_t *metrics_member(const json_t *object, const char *const path[3])
{
    for (int i = 0; i < 3 && path[i]; i++) {
        object = json_object_get(object, path[i]);
    }
    return object;
}

const char *metrics_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

int64_t metrics_count(const json_t *object, const char *name)
{
    int64_t number = json_integer_value(json_object_get(object, name));

    return number > 0 ? number : 0;
}

int64_t metrics_sum(int64_t one, int64_t other)
{
    return one > INT64_MAX - other ? INT64_MAX : one + other;
}

bool metrics_is_time(enum metrics_value kind)
{
    return kind == METRICS_MS || kind == METRICS_US || kind == METRICS_SECONDS ||
           kind == METRICS_INSTANT;
}

/* So many of a unit that is a part of a second, in millionths. */
static int64_t read_micro(const json_t *json, int64_t unit)
{
    double number = json_number_value(json);
    double most = (double)READ_LONGEST * READ_MILLION / (double)unit;

    if (json_is_integer(json) && number < most && number > -most) {
        return json_integer_value(json) * unit;
    }
    number = number > most ? most : number < -most ? -most : number;
    return (int64_t)(number * (double)unit);
}

/* 2026-11-23T06:00:00.000Z in millionths of a second since 1970. */
static bool read_instant(const char *text, int64_t *micro)
{
    struct tm fields = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &fields) : NULL;
    int64_t place = READ_MILLION / 10;
    int64_t seconds = rest ? (int64_t)timegm(&fields) : 0;

    if (!rest || seconds > READ_LONGEST || seconds < -READ_LONGEST) {
        return false;
    }
    *micro = seconds * READ_MILLION;
    if (*rest == '.') {
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, place /= 10) {
            *micro += (*rest - '0') * place;
        }
    }
    return true;
}

static bool read_time(const json_t *json, enum metrics_value kind, int64_t *micro)
{
    if (kind == METRICS_INSTANT) {
        return read_instant(json_string_value(json), micro);
    }
    if (!json_is_number(json)) {
        return false;
    }
    *micro = read_micro(json, kind == METRICS_US   ? 1
                              : kind == METRICS_MS ? READ_MILLION / 1000
                                                   : READ_MILLION);
    return true;
}

bool metrics_value_of(const json_t *json, enum metrics_value kind, int64_t *value)
{
    if (!json) {
        return false;
    }
    if (metrics_is_time(kind)) {
        return read_time(json, kind, value);
    }
    switch (kind) {
    case METRICS_TRUTH:
        *value = json_is_true(json);
        return json_is_boolean(json);
    case METRICS_LENGTH:
        *value = (int64_t)json_array_size(json);
        return json_is_array(json);
    case METRICS_THERE:
        *value = !json_is_null(json);
        return true;
    default:
        *value = json_integer_value(json);
        return json_is_integer(json);
    }
}
