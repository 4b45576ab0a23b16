/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether all is well, and if not, what is not: one judgement for `holdfastctl status`, `holdfastctl healthy` and
 * /healthz. Pure: a status document (doc/status.md) in.
 */
#ifndef HOLDFAST_CONTROL_WELLNESS_H
#define HOLDFAST_CONTROL_WELLNESS_H

#include <jansson.h>
#include <stddef.h>

struct text_buffer;

/* As the exit codes of monitoring plugins have it. */
enum wellness_level {
    WELLNESS_OK,
    WELLNESS_WARNING, /* degraded: clients are served, and there is less in reserve */
    WELLNESS_CRITICAL, /* something is not served from here that should be, or cannot be taken over */
    WELLNESS_UNKNOWN, /* the document tells nothing */
    WELLNESS_LEVELS,
};

/* Something that is not well. */
struct wellness_trouble {
    enum wellness_level level; /* WELLNESS_WARNING or WELLNESS_CRITICAL */
    char *text;                /* "2 servers down" */
};

struct wellness {
    enum wellness_level level; /* the worst of the troubles'; WELLNESS_OK where there is none */
    struct wellness_trouble *troubles; /* what is critical first */
    size_t count;
};

/** Judges. The caller releases it with wellness_release(). */
struct wellness wellness_judge(const json_t *status);

/** Frees what it holds and makes it empty. */
void wellness_release(struct wellness *wellness);

/** Appends in one line, without its newline, what is not well; "all well" or "nothing is known". */
void wellness_write(const struct wellness *wellness, struct text_buffer *out);

/** The same as JSON, new: `version` (1), `level` (a word), `code` (its number), `troubles`: array of `level`, `text`. */
json_t *wellness_json(const struct wellness *wellness);

/** "ok", "warning", "critical", "unknown". */
const char *wellness_word(enum wellness_level level);

#endif
