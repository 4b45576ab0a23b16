/* SPDX-License-Identifier: Apache-2.0
 *
 * What an HTTP_GET or SSL_GET asks: its urls with all that belongs to each, from the configuration
 * through the check's detail, and whose turn it is.
 */
#ifndef HOLDFAST_CHECK_HTTP_PLAN_H
#define HOLDFAST_CHECK_HTTP_PLAN_H

#include "check/http_match.h"
#include "check/kind.h"

#include <stdbool.h>
#include <stdint.h>

struct text_buffer;

struct http_url {
    const char *path;
    const char *host; /* of the Host header; NULL: address and port */
    const char *sni;  /* NULL: none is sent */
    struct http_expected expected;
    bool tls_compliant;
};

/* What SSL says. */
struct http_tls {
    const char *password; /* NULL: none, as all of these */
    const char *ca;
    const char *certificate;
    const char *key;
    int64_t stamp;
    bool verify;
};

/* A check's. Texts stay in its detail. */
struct http_plan {
    uint8_t protocol; /* enum conf_http_protocol */
    bool fast_recovery;
    struct http_tls tls;
    struct http_range *ranges; /* of all urls */
    uint32_t next;             /* the url whose turn it is */
    uint32_t open;             /* urls that must still be good before the server is: B43 */
    uint32_t url_count;
    struct http_url urls[];
};

/** Appends what the check alone asks: a check_kind's `pack`. */
void http_plan_pack(const struct conf_check *conf, struct text_buffer *out);

/** How many urls one run may ask: all where fast_recovery is on. */
int64_t http_plan_urls_of_run(const struct check_spec *spec);

/** The plan of a check, which must outlive it. The caller frees it with http_plan_free(). */
struct http_plan *http_plan_new(const struct check_spec *spec);

/** Frees it. NULL is allowed. */
void http_plan_free(struct http_plan *plan);

/**
 * B43: one url after the other; one that failed is asked again, and then all must be good in a row.
 * @return whether others are still to be asked before the server counts as good, where this was
 */
bool http_plan_step(struct http_plan *plan, bool good);

/** Appends the request for a url, byte by byte as keepalived 2.2.7 sends it. */
void http_plan_write_request(const struct http_plan *plan, const struct http_url *url,
                             const struct check_spec *spec, struct text_buffer *out);

#endif
