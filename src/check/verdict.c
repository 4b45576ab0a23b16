/* SPDX-License-Identifier: Apache-2.0
 *
 * Verdicts: classes, the errors that belong to them, and their texts.
 */
#include "check/verdict.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
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
    [VERDICT_TLS] = {"tls", HEALTH_BAD},
    [VERDICT_PROTOCOL] = {"protocol", HEALTH_BAD},
    [VERDICT_ANSWER] = {"answer", HEALTH_BAD},
    [VERDICT_LOCAL] = {"local", HEALTH_SILENT},
};

/* What is not here is an error of our own. */
static const struct {
    enum verdict_class class;
    int error;
} verdict_connection_errors[] = {
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
            return (struct verdict){.class = verdict_connection_errors[i].class, .error = error};
        }
    }
    return verdict_of_local(error);
}

struct verdict verdict_of_local(int error)
{
    return (struct verdict){.class = VERDICT_LOCAL, .error = error};
}

struct verdict verdict_of_timeout(const char *missing, int64_t duration)
{
    char span[CLOCK_TEXT_SIZE];

    return verdict_of(VERDICT_TIMEOUT, "%s within %s", missing ? missing : "no answer",
                      clock_duration_text(span, duration));
}

struct verdict verdict_of(enum verdict_class class, const char *format, ...)
{
    struct verdict verdict = {.class = class};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(verdict.text, sizeof(verdict.text), format, arguments);
    va_end(arguments);
    return verdict;
}

const char *verdict_text(char text[VERDICT_TEXT_SIZE], const struct verdict *verdict,
                         const char *success)
{
    if (verdict->text[0]) {
        (void)text_copy(text, VERDICT_TEXT_SIZE, verdict->text);
    } else if (verdict->class == VERDICT_OK) {
        (void)text_copy(text, VERDICT_TEXT_SIZE, success);
    } else if (!verdict->error) {
        (void)text_copy(text, VERDICT_TEXT_SIZE, verdict_class_name(verdict->class));
    } else {
        (void)text_copy(text, VERDICT_TEXT_SIZE, strerror(verdict->error));
        text[0] = (char)tolower((unsigned char)text[0]);
    }
    return text;
}
