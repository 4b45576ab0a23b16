/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply of HTTP must be, and whether one is: its status, then the MD5 of its body, then a
 * pattern, whichever are asked for (B43). Pure.
 */
#ifndef HOLDFAST_CHECK_HTTP_MATCH_H
#define HOLDFAST_CHECK_HTTP_MATCH_H

#include "base/regex.h"
#include "base/text.h"
#include "check/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_MATCH_DIGEST_SIZE = 16,
    HTTP_MATCH_BODY_MOST = 16 << 20, /* bytes of a body that are read */
    HTTP_MATCH_KEPT_MOST = 1 << 20,  /* bytes of a reply that a pattern is looked for in */
};

struct http_range {
    uint16_t low;
    uint16_t high;
};

struct http_expected {
    const struct http_range *ranges; /* of the status */
    size_t range_count;              /* 1 or more */
    const unsigned char *digest;     /* NULL: any */
    struct regex *regex;             /* NULL: none */
    bool no_match;                   /* the pattern must not be there */
    size_t first;                    /* offsets at which a match may begin: from this one */
    size_t last;                     /* to that */
};

struct evp_md_ctx_st;

/* One reply's; all zero is one that has seen nothing. Used again and again. */
struct http_match {
    const struct http_expected *expected;
    struct evp_md_ctx_st *digest;
    struct text_buffer kept; /* header and body, for the pattern */
    struct regex_search search;
    bool searches;
};

/** Begins a reply. @return false: there is no MD5 in this OpenSSL */
bool http_match_begin(struct http_match *match, const struct http_expected *expected);

/** Takes bytes of the header as they came. */
void http_match_header(struct http_match *match, const char *data, size_t size);

/** Takes bytes of the body. */
void http_match_body(struct http_match *match, const char *data, size_t size);

/**
 * The body will be read no further.
 * @param status  of the reply
 * @return VERDICT_OK: good, or to be searched for the pattern (http_match_search())
 */
struct verdict http_match_end(struct http_match *match, unsigned status);

/**
 * Searches for the pattern in pieces, once http_match_end() found the rest good.
 * @param quick    as of regex_search()
 * @param verdict  set where false is returned
 * @return whether to call it again
 */
bool http_match_search(struct http_match *match, bool quick, struct verdict *verdict);

/** Frees what it has. */
void http_match_release(struct http_match *match);

#endif
