/* SPDX-License-Identifier: Apache-2.0
 *
 * Regular expressions, by PCRE2: compiled with an error that tells where, and searched for in pieces
 * of bounded work, so that neither a bad pattern nor a bad subject can hold up who asks. Pure.
 */
#ifndef HOLDFAST_BASE_REGEX_H
#define HOLDFAST_BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct regex;

enum { REGEX_ERROR_SIZE = 96 };

struct regex_error {
    size_t offset; /* bytes into the pattern */
    char text[REGEX_ERROR_SIZE];
};

/**
 * Compiles a pattern. The caller frees it with regex_free().
 * @param options  of pcre2_compile(): PCRE2_CASELESS ... (pcre2api(3))
 * @param error    set where NULL is returned
 */
struct regex *regex_new(const char *pattern, uint32_t options, struct regex_error *error);

/** Frees it. NULL is allowed. */
void regex_free(struct regex *regex);

/**
 * Gives the compiler's machine code a stack of its own: pcre2_jit_stack_create().
 * @param start  bytes at first, above 0
 * @param most   bytes to which it may grow, `start` or more
 */
void regex_set_stack(struct regex *regex, size_t start, size_t most);

enum regex_result {
    REGEX_MATCHED,
    REGEX_NOT_MATCHED,
    REGEX_MORE,    /* not yet: search again */
    REGEX_GAVE_UP, /* it cannot be said: `error` says why */
};

/* A search. All zero but the first four members at its beginning. */
struct regex_search {
    const char *subject; /* stays the caller's, unchanged, until the search has ended */
    size_t length;       /* bytes */
    size_t first;        /* offset at which a match may begin at the earliest */
    size_t last;         /* the same at the latest; SIZE_MAX: anywhere */
    size_t step; /* offsets that the next call tries; 0: as many as it likes to begin with */
    bool begun;
};

/**
 * Searches on: as many offsets as the last call found cheap.
 * @param quick  whether the last call took little time: the next may try more, else fewer
 * @param error  set where REGEX_GAVE_UP is returned
 */
enum regex_result regex_search(struct regex *regex, struct regex_search *search, bool quick,
                               struct regex_error *error);

#endif
