/* SPDX-License-Identifier: Apache-2.0
 *
 * What trackers make of a priority.
 */
#include "vrrp/track.h"

enum {
    TRACK_OWNER = 255,
    TRACK_LOWEST = 1,    /* 0 means "giving up": RFC 9568 5.2.4 */
    TRACK_HIGHEST = 254, /* 255 is for address owners */
};

/* A number times its weight, without leaving what counts. */
static int track_product(const struct track_input *input)
{
    int64_t weight = input->reverse ? -(int64_t)input->weight : input->weight;
    int64_t value = input->value;

    value = value > TRACK_HIGHEST ? TRACK_HIGHEST : value < -TRACK_HIGHEST ? -TRACK_HIGHEST : value;
    value *= weight; /* each is within 254 of 0 */
    return (int)(value > TRACK_HIGHEST    ? TRACK_HIGHEST
                 : value < -TRACK_HIGHEST ? -TRACK_HIGHEST
                                          : value);
}

int track_contribution(const struct track_input *input)
{
    enum track_status counts = input->weight > 0 ? TRACK_GOOD : TRACK_BAD;

    if (input->numeric) {
        return track_product(input);
    }
    if (input->status != counts) {
        return 0;
    }
    return input->reverse ? -input->weight : input->weight;
}

bool track_demands_fault(const struct track_input *input)
{
    if (input->numeric) {
        return input->weight ? track_product(input) <= -TRACK_HIGHEST
                             : (input->value != 0) != input->reverse;
    }
    return input->weight == 0 && input->status == (input->reverse ? TRACK_GOOD : TRACK_BAD);
}

static uint8_t track_limit(uint8_t base, int priority)
{
    if (base == TRACK_OWNER) {
        return TRACK_OWNER;
    }
    return (uint8_t)(priority < TRACK_LOWEST    ? TRACK_LOWEST
                     : priority > TRACK_HIGHEST ? TRACK_HIGHEST
                                                : priority);
}

uint8_t track_operate(uint8_t base, const struct track_output *output,
                      const struct track_operator *operator)
{
    return track_limit(base, operator->demoted ? TRACK_LOWEST
                                               : base + output->sum + operator->adjustment);
}

struct track_output track_evaluate(uint8_t base, const struct track_input *inputs, size_t count)
{
    struct track_output output = {0};

    for (size_t i = 0; i < count; i++) {
        output.sum += track_contribution(&inputs[i]);
        output.fault |= track_demands_fault(&inputs[i]);
        output.waiting |= inputs[i].weight == 0 && inputs[i].status == TRACK_UNKNOWN;
    }
    output.priority = track_limit(base, base + output.sum);
    return output;
}
