/* SPDX-License-Identifier: Apache-2.0
 *
 * What the number in a file says about a server.
 */
#include "check/file_verdict.h"

#include <inttypes.h>

/* The product, or the nearest number that there is. */
static int64_t file_product(int64_t a, int64_t b)
{
    int64_t product;

    if (!__builtin_mul_overflow(a, b, &product)) {
        return product;
    }
    return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

struct verdict file_verdict_of(const char *name, int64_t number, int32_t weight, bool reverse)
{
    int64_t factor = reverse ? -(int64_t)weight : weight;
    int64_t product = file_product(number, factor);
    bool good = weight ? product > INT32_MIN : (number == 0) != reverse;
    struct verdict verdict =
        verdict_of(good ? VERDICT_OK : VERDICT_ANSWER, "%.64s says %" PRId64, name, number);

    if (good && product) {
        verdict.change.kind = HEALTH_CHANGE_ADD;
        verdict.change.value = product > INT32_MAX ? INT32_MAX : (int32_t)product;
    }
    return verdict;
}
