/* SPDX-License-Identifier: Apache-2.0
 *
 * What every unit test includes: cmocka with the headers that it wants before it, and asserts that
 * say which row of a table failed.
 */
#ifndef HOLDFAST_TESTS_UNIT_H
#define HOLDFAST_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails with a message made as by printf(3) unless the fact holds. */
#define assert_fact(fact, ...)                                                                     \
    do {                                                                                           \
        if (!(fact)) {                                                                             \
            print_error("%s:%d: ", __FILE__, __LINE__);                                            \
            print_error(__VA_ARGS__);                                                              \
            print_error("\n");                                                                     \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

#endif
