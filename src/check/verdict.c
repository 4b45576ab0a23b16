/* SPDX-License-Identifier: Apache-2.0
 *
 * Verdicts: classes, the errors that belong to them, and their texts.
 */
#include "check/verdict.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum health_result result;
} verdict_classes[VERDICT_CLASSES] = {
    [VERDICT_OK] = {"ok", HEALTH_GOOD},
    [VERDICT_TIMEOUT] = {"timeout", HEALTH_BAD},
    [VERDICT_REFUSED] = {"refused", HEALTH_BAD},
    [VERDICT_UNREACHABLE] = {"unreachable", HEALTH_BAD},
    [VERDICT_RESET] = {"reset", HEALTH_BAD},
    [VERDICT_LOCAL] = {"local", HEALTH_SILENT},
};

/* What is not here is an error of our own. */
static const struct verdict verdict_connection_errors[] = {
    {VERDICT_OK, 0},
    {VERDICT_TIMEOUT, ETIMEDOUT},
    {VERDICT_REFUSED, ECONNREFUSED},
    {VERDICT_RESET, ECONNRESET},
    {VERDICT_RESET, ECONNABORTED},
    {VERDICT_RESET, EPIPE},
    {VERDICT_UNREACHABLE, EHOSTUNREACH},
    {VERDICT_UNREACHABLE, ENETUNREACH},
    {VERDICT_UNREACHABLE, EHOSTDOWN},
    {VERDICT_UNREACHABLE, ENETDOWN},
    {VERDICT_UNREACHABLE, ENONET},
    {VERDICT_UNREACHABLE, ENOPROTOOPT},
    {VERDICT_UNREACHABLE, EPROTO},
    {VERDICT_UNREACHABLE, EOPNOTSUPP},
    {VERDICT_UNREACHABLE, EACCES}, /* ICMPv6: administratively prohibited */
};

const char *verdict_class_name(enum verdict_class class)
{
    return verdict_classes[class].name;
}

enum health_result verdict_health(enum verdict_class class)
{
    return verdict_classes[class].result;
}

struct verdict verdict_of_connection(int error)
{
    const size_t count = sizeof(verdict_connection_errors) / sizeof(verdict_connection_errors[0]);

    for (size_t i = 0; i < count; i++) {
        if (verdict_connection_errors[i].error == error) {
            return verdict_connection_errors[i];
        }
    }
    return verdict_of_local(error);
}

struct verdict verdict_of_local(int error)
{
    return (struct verdict){VERDICT_LOCAL, error};
}

struct verdict verdict_of_timeout(void)
{
    return (struct verdict){VERDICT_TIMEOUT, 0};
}

const char *verdict_text(char text[VERDICT_TEXT_SIZE], const struct verdict *verdict,
                         const char *success, int64_t duration)
{
    char span[CLOCK_TEXT_SIZE];

    if (verdict->class == VERDICT_OK) {
        (void)text_copy(text, VERDICT_TEXT_SIZE, success);
    } else if (verdict->class == VERDICT_TIMEOUT && !verdict->error) {
        (void)snprintf(text, VERDICT_TEXT_SIZE, "no answer within %s",
                       clock_duration_text(span, duration));
    } else {
        (void)text_copy(text, VERDICT_TEXT_SIZE, strerror(verdict->error));
        text[0] = (char)tolower((unsigned char)text[0]);
    }
    return text;
}
