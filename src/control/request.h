/* SPDX-License-Identifier: Apache-2.0
 *
 * What a line from a control client means. Pure.
 *
 *     {"version":1,"command":"status"}
 *     {"version":1,"command":"reload","arguments":{}}
 */
#ifndef HOLDFAST_CONTROL_REQUEST_H
#define HOLDFAST_CONTROL_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    REQUEST_VERSION = 1,       /* of the protocol: doc/status.md */
    REQUEST_LIMIT = 64 * 1024, /* bytes of a line, without its newline */
    REQUEST_MESSAGE_SIZE = 256,
};

struct request {
    const char *command; /* never NULL */
    json_t *arguments;   /* an object; NULL: none were given */
    json_t *root;        /* owns both */
};

/* Why a line is no request. */
struct request_error {
    const char *code; /* "bad-request", "too-large", "unsupported-version" */
    char message[REQUEST_MESSAGE_SIZE];
};

/** What is said of a line above REQUEST_LIMIT. */
extern const char request_too_large[];

/**
 * Reads one line.
 * @param line     its bytes, without the newline; need not end with a NUL
 * @param request  set on success; the caller frees it with request_release()
 * @param error    set otherwise
 */
bool request_parse(const char *line, size_t length, struct request *request,
                   struct request_error *error);

/** Frees what a request holds and makes it empty. */
void request_release(struct request *request);

/**
 * The line that answers a request that went well: {"version":1,"ok":true,"result":RESULT}
 * @param result  its reference is taken; NULL counts as null
 * @return a reply to be dumped and freed by the caller
 */
json_t *request_success(json_t *result);

/**
 * The line that answers one that failed: {"version":1,"ok":false,"error":{"code":…,"message":…}}
 * @param message  any bytes; what is no UTF-8 is replaced by question marks
 */
json_t *request_failure(const char *code, const char *message);

#endif
