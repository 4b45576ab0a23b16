/* SPDX-License-Identifier: Apache-2.0
 *
 * Loading a configuration: at once for a start or a test, on a worker thread for a reload.
 */
#ifndef HOLDFAST_LOAD_H
#define HOLDFAST_LOAD_H

#include "base/override.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct conf;
struct diag_list;
struct log;
struct loop;

struct load_request {
    const char *file;
    const char *config_id; /* NULL: the host's name up to its first dot */
    const char *mark;      /* a file that exists while the configuration is read; NULL: none */
    uint64_t silence;      /* lints that are not told: LINT_BIT() of parser/lint.h */
    bool check_includes;   /* every doubt about an include is an error */
    bool origins;          /* keep where values came from, for dump_write() */
    bool inside;           /* this is the network namespace that it is for, if it names one */
    bool outside;          /* for somebody else than the daemon, who has its credentials alone */
    bool elsewhere;        /* it is for another network namespace: look at no interfaces here */
    const struct override_list *overrides; /* what operators change of it; NULL: nothing */
    /* Only overrides may differ from `before`, which has these; NULL: everything may. */
    const struct override_list *in_force;
    const struct conf
        *before; /* tell what differs from this one; NULL: do not. Outlives the load */
};

struct load_result {
    struct conf *conf;             /* NULL: there are errors */
    struct diag_list *diagnostics; /* never NULL */
    int64_t duration;              /* ns that it took */
    int mark_error;                /* -errno: the mark could not be made or removed */
    json_t *changes;               /* plan_document(), where it was asked for; NULL: nothing was */
    bool differs;                  /* more than overrides does; `conf` is NULL */
};

struct load;

/** Loads now. The caller disposes of the result with load_dispose(). */
struct load_result load_now(const struct load_request *request);

/** Called on the loop with the result, which is the callee's to dispose of or to take apart. */
typedef void (*load_function)(void *argument, struct load_result result);

/**
 * Loads on a thread of its own.
 * @param request  copied
 * @return a handle for load_cancel(), NULL where no thread can be made
 */
struct load *load_start(struct loop *loop, const struct load_request *request,
                        load_function function, void *argument);

/** Waits for the thread and throws its result away. NULL is allowed. */
void load_cancel(struct load *load);

/** Frees what the result still holds (fields that were taken are set to NULL before). */
void load_dispose(struct load_result *result);

/** Writes all diagnostics to standard error, as compilers do. */
void load_print(const struct load_result *result);

/**
 * Writes the result of a test as one JSON object to standard output: file, usable, errors, warnings,
 * duration_ms, diagnostics (load_diagnostics()).
 */
void load_print_json(const struct load_result *result, const char *file);

/** Writes errors and warnings to the log, each as one message. */
void load_log(const struct load_result *result, struct log *log);

/**
 * Array of {severity, file, line, column, message}, and "lint" where a lint says it: for status and
 * `holdfastctl reload`.
 */
json_t *load_diagnostics(const struct load_result *result);

/**
 * The same as text, for who keeps it: hundreds of them as objects are a quarter of a megabyte.
 * @return JSON for json_loads(); the caller frees it
 */
char *load_diagnostics_text(const struct load_result *result);

#endif
