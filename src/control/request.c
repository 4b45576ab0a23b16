/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests and replies of the control protocol as JSON. Who sends them is protocol's.
 */
#include "control/request.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char request_too_large[] = "a request has at most 64 KiB";

__attribute__((format(printf, 3, 4))) static bool request_refuse(struct request_error *error,
                                                                 const char *code,
                                                                 const char *format, ...)
{
    va_list arguments;

    error->code = code;
    va_start(arguments, format);
    (void)vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    return false;
}

/* The one member that is not known, NULL where all are. */
static const char *request_unknown_member(json_t *root)
{
    static const char *const known[] = {"version", "command", "arguments"};
    const char *key;
    json_t *value;

    json_object_foreach(root, key, value) {
        bool found = false;

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            found = found || strcmp(key, known[i]) == 0;
        }
        if (!found) {
            return key;
        }
    }
    return NULL;
}

static bool request_read(struct request *request, struct request_error *error)
{
    const json_t *version = json_object_get(request->root, "version");
    const char *unknown;

    if (!json_is_object(request->root)) {
        return request_refuse(error, "bad-request", "a request is a JSON object");
    }
    if (!json_is_integer(version)) {
        return request_refuse(error, "bad-request", "\"version\" must be a number");
    }
    if (json_integer_value(version) != REQUEST_VERSION) {
        return request_refuse(error, "unsupported-version",
                              "version %" JSON_INTEGER_FORMAT " of the protocol is not known, "
                              "only %d",
                              json_integer_value(version), REQUEST_VERSION);
    }
    request->command = json_string_value(json_object_get(request->root, "command"));
    if (!request->command) {
        return request_refuse(error, "bad-request", "\"command\" must be a string");
    }
    request->arguments = json_object_get(request->root, "arguments");
    if (request->arguments && !json_is_object(request->arguments)) {
        return request_refuse(error, "bad-request", "\"arguments\" must be an object");
    }
    unknown = request_unknown_member(request->root);
    if (unknown) {
        return request_refuse(error, "bad-request", "\"%.100s\" is not known", unknown);
    }
    return true;
}

bool request_parse(const char *line, size_t length, struct request *request,
                   struct request_error *error)
{
    json_error_t reason;

    *request = (struct request){0};
    if (length > REQUEST_LIMIT) {
        return request_refuse(error, "too-large", "%s", request_too_large);
    }
    request->root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &reason);
    if (!request->root) {
        return request_refuse(error, "bad-request", "this is not JSON: %s", reason.text);
    }
    if (!request_read(request, error)) {
        request_release(request);
        return false;
    }
    return true;
}

void request_release(struct request *request)
{
    json_decref(request->root);
    *request = (struct request){0};
}

json_t *request_success(json_t *result)
{
    return json_pack("{s:i, s:b, s:o}", "version", REQUEST_VERSION, "ok", 1, "result",
                     result ? result : json_null());
}

static json_t *request_text(const char *text)
{
    json_t *string = json_string(text);

    if (!string) {
        char *ascii = memory_text(text);

        for (char *at = ascii; *at; at++) {
            if ((unsigned char)*at >= 0x80) {
                *at = '?';
            }
        }
        string = json_string(ascii);
        free(ascii);
    }
    return string;
}

json_t *request_failure(const char *code, const char *message)
{
    return json_pack("{s:i, s:b, s:{s:s, s:o}}", "version", REQUEST_VERSION, "ok", 0, "error",
                     "code", code, "message", request_text(message));
}
