/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics of checks: each, those of a service, and all together.
 */
#include "control/metrics_inside.h"

#include <string.h>

static void check_classes(struct metrics *metrics, const struct metrics_family *family,
                          const struct metrics_item *item)
{
    metrics_by_name(metrics, family, item, "class", metrics_member(item->json, family->path));
}

/* 1 up, 0 down; nothing while it is not known, or nobody wants to know. */
static void check_up(struct metrics *metrics, const struct metrics_family *family,
                     const struct metrics_item *item)
{
    const char *state = metrics_text(item->json, "state");
    bool up = strcmp(state, "up") == 0;

    if (up || strcmp(state, "down") == 0) {
        metrics_begin(metrics, family, NULL, item);
        metrics_end(metrics, up);
    }
}

static const struct metrics_family check_families[] = {
    {"holdfast_checks", METRICS_GAUGE, METRICS_DOCUMENT,
     "Checks; servers of several services that are asked the same share one.",
     .path = {"checks", "count"}},
    {"holdfast_checks_running", METRICS_GAUGE, METRICS_DOCUMENT, "Checks that run now.",
     .path = {"checks", "running"}},
    {"holdfast_checks_paused", METRICS_GAUGE, METRICS_DOCUMENT, "Checks that no service wants now.",
     .path = {"checks", "paused"}},
    {"holdfast_checks_results", METRICS_COUNTER, METRICS_DOCUMENT,
     "Results of all checks by class.", .path = {"checks", "results"}, .write = check_classes,
     .labels = "`class`"},
    {"holdfast_checks_impossible", METRICS_GAUGE, METRICS_DOCUMENT,
     "Checks that cannot be made on this host; their servers keep their state.",
     .path = {"checks", "local_errors", "checks"}},
    {"holdfast_service_check_results", METRICS_COUNTER, METRICS_SERVICES,
     "Results of the checks of a service by class; one beside ok that never came is absent.",
     .path = {"check_results"}, .write = check_classes, .labels = "`class`"},
    {"holdfast_service_check_duration_seconds", METRICS_HISTOGRAM, METRICS_SERVICES,
     "How long the checks of a service took.", .path = {"check_duration"},
     .write = metrics_histogram, .least_us = 64, .labels = "`le`"},
    {"holdfast_check_up", METRICS_GAUGE, METRICS_CHECKS,
     "1 while the check succeeds, 0 while it fails; absent before its first result.",
     .path = {"state"}, .write = check_up},
    {"holdfast_check_weight", METRICS_GAUGE, METRICS_CHECKS,
     "What it adds to the server's weight; 0: it takes the server out.", .path = {"weight"}},
    {"holdfast_check_successes", METRICS_COUNTER, METRICS_CHECKS, "Tries that succeeded.",
     .path = {"successes"}},
    {"holdfast_check_failures", METRICS_COUNTER, METRICS_CHECKS,
     "Tries that failed, or could not be made.", .path = {"failures"}},
    {"holdfast_check_fails_in_row", METRICS_GAUGE, METRICS_CHECKS,
     "Failed tries since it last succeeded.", .path = {"fails_in_row"}},
    {"holdfast_check_last_duration_seconds", METRICS_GAUGE, METRICS_CHECKS,
     "How long its last try took.", .path = {"last_result", "duration_ms"}, .value = METRICS_MS},
    {"holdfast_check_last_result_timestamp_seconds", METRICS_GAUGE, METRICS_CHECKS,
     "When its last result came.", .path = {"last_result", "at"}, .value = METRICS_INSTANT},
};

const struct metrics_table metrics_check_table = METRICS_TABLE(check_families, false);
