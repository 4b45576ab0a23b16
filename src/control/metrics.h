/* SPDX-License-Identifier: Apache-2.0
 *
 * The status document as metrics: OpenMetrics 1.0, or Prometheus' older text format. Pure: JSON in
 * (doc/status.md), text out, on any thread. doc/metrics.md lists what there is, and what grows with what.
 *
 * Of a document of the daemon use SNAPSHOT_METRICS of snapshot_ask(), which renders off the loop.
 */
#ifndef HOLDFAST_CONTROL_METRICS_H
#define HOLDFAST_CONTROL_METRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_buffer;

enum metrics_format {
    METRICS_OPEN, /* OpenMetrics 1.0: METRICS_CONTENT_TYPE */
    METRICS_TEXT, /* Prometheus' text format 0.0.4: for node_exporter's textfile collector */
};

/* What HTTP says that METRICS_OPEN is: OpenMetrics 1.0, "Overall Structure". */
#define METRICS_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Which of the kernel's counters are told: of nothing, of services, of their servers too. */
enum metrics_depth { METRICS_DEPTH_OFF, METRICS_DEPTH_SERVICE, METRICS_DEPTH_SERVER };

struct metrics_options {
    enum metrics_format format;
    enum metrics_depth depth;
    bool aliases;   /* the names of two exporters for keepalived as well */
    uint32_t limit; /* more servers than this, or services, have no series of their own */
};

/** Without an option of its own a document is told to this limit. */
#define METRICS_LIMIT 2000

/**
 * What the document itself says in its section `metrics`; the defaults where it says nothing.
 */
struct metrics_options metrics_options_of(const json_t *status, enum metrics_format format);

/**
 * Writes all metrics of a document. What the document lacks is left out.
 * @param status   any JSON
 * @param options  how
 * @param out      gets the text, `# EOF` at its end in METRICS_OPEN
 */
void metrics_write(const json_t *status, const struct metrics_options *options,
                   struct text_buffer *out);

/** Writes the table of all metrics that doc/metrics.md has, in Markdown. */
void metrics_describe(struct text_buffer *out);

#endif
