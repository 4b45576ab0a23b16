/* SPDX-License-Identifier: Apache-2.0
 *
 * Collects the sections of the status document and puts them together off the loop. What a section says
 * is its module's.
 */
#include "control/snapshot.h"

#include "base/clock.h"
#include "base/histogram.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/worker.h"
#include "control/join.h"
#include "control/metrics.h"
#include "control/protocol.h"
#include "control/render.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_VERSION = 1 }; /* of the document: new members do not change it */

/* How long the loop is held by one part of the copies. */
#define SNAPSHOT_SLICE (250 * CLOCK_MICROSECOND)

struct snapshot_section {
    const char *name;
    snapshot_function function;         /* of a small one */
    const struct snapshot_large *large; /* of a large one */
    void *argument;
};

struct snapshot_waiter {
    enum snapshot_form form;
    snapshot_view view; /* NULL: `form` is wanted */
    snapshot_done done;
    void *argument;
    char *text; /* that `view` made */
};

struct snapshot {
    struct loop *loop;
    struct snapshot_section *sections;
    size_t section_count;
    snapshot_refresh refresh;
    void *refresh_argument;
    struct snapshot_waiter *waiting; /* for the next document */
    size_t waiting_count;
    bool refreshing;
    struct loop_timer *timer; /* for the next part of the copies */
    struct snapshot_job *job; /* the document that is being made */
    struct worker *worker;    /* NULL: it is still being copied */
};

/* What one section gave on the loop. */
struct snapshot_part {
    const char *name;
    json_t *value; /* of a small one */
    const struct snapshot_large *large;
    void *capture; /* of a large one */
};

/* A document that is being made; the worker thread touches nothing else. */
struct snapshot_job {
    struct snapshot *snapshot; /* not the thread's */
    struct snapshot_waiter *waiters;
    size_t waiter_count;
    struct snapshot_part *parts;
    size_t part_count;
    size_t copied; /* parts before this one are complete, but for small ones, which come last */
    size_t wanted[SNAPSHOT_FORMS]; /* waiters that have not got it */
    char *texts[SNAPSHOT_FORMS];
};

/* ---- The document ------------------------------------------------------------------------------ */

/* A document of which nothing is copied yet. */
static struct snapshot_job *snapshot_job_new(struct snapshot *snapshot)
{
    struct snapshot_job *job = memory_new(1, sizeof(*job));

    job->snapshot = snapshot;
    job->parts = memory_new(snapshot->section_count + 1, sizeof(*job->parts));
    job->part_count = snapshot->section_count;
    for (size_t i = 0; i < job->part_count; i++) {
        job->parts[i].name = snapshot->sections[i].name;
        job->parts[i].large = snapshot->sections[i].large;
    }
    return job;
}

/* Copies of the large sections until that time. @return whether something is left */
static bool snapshot_copy_large(struct snapshot_job *job, int64_t until)
{
    while (job->copied < job->part_count) {
        struct snapshot_part *part = &job->parts[job->copied];

        if (part->large && !part->capture) {
            part->capture = part->large->capture(job->snapshot->sections[job->copied].argument);
        }
        if (part->large && part->large->more(part->capture, until)) {
            return true;
        }
        job->copied++;
    }
    return false;
}

/* What is small is all of one moment. */
static void snapshot_copy_small(struct snapshot_job *job)
{
    for (size_t i = 0; i < job->part_count; i++) {
        const struct snapshot_section *section = &job->snapshot->sections[i];

        if (!section->large) {
            job->parts[i].value = section->function(section->argument);
        }
    }
}

/* What `ipvs` says of the configured services belongs to them. */
static void snapshot_join(json_t *document)
{
    json_t *ipvs = json_object_get(document, "ipvs");

    join_services(json_object_get(document, "services"), json_object_get(ipvs, "services"));
    json_object_del(ipvs, "services");
    join_foreign(json_object_get(ipvs, "foreign"));
    join_leaving(json_object_get(ipvs, "leaving"));
}

/* The document of a job's parts, which are used up. */
static json_t *snapshot_render(struct snapshot_job *job)
{
    json_t *document = json_pack("{s:i}", "version", SNAPSHOT_VERSION);

    for (size_t i = 0; i < job->part_count; i++) {
        struct snapshot_part *part = &job->parts[i];

        if (part->large) {
            part->value = part->large->render(part->capture);
            part->large->release(part->capture);
        }
        json_object_set_new(document, part->name, part->value ? part->value : json_null());
        *part = (struct snapshot_part){0};
    }
    snapshot_join(document);
    return document;
}

static void snapshot_job_free(struct snapshot_job *job)
{
    for (size_t i = 0; i < job->part_count; i++) { /* of a document that was not made */
        if (job->parts[i].capture) {
            job->parts[i].large->release(job->parts[i].capture);
        }
        json_decref(job->parts[i].value);
    }
    for (size_t i = 0; i < job->waiter_count; i++) {
        free(job->waiters[i].text);
    }
    free(job->waiters);
    free(job->parts);
    for (size_t i = 0; i < SNAPSHOT_FORMS; i++) {
        free(job->texts[i]);
    }
    free(job);
}

/* ---- Off the loop ------------------------------------------------------------------------------ */

static void snapshot_start(struct snapshot *snapshot);

static char *snapshot_text(const json_t *document)
{
    const struct render_options options = {.now_wall = clock_wall()};
    struct text_buffer text = {0};

    render_status(document, &options, &text);
    return text.data;
}

static char *snapshot_metrics(const json_t *document, enum metrics_format format)
{
    const struct metrics_options options = metrics_options_of(document, format);
    struct text_buffer text = {0};

    metrics_write(document, &options, &text);
    return text.data;
}

static void *snapshot_work(void *argument)
{
    struct snapshot_job *job = argument;
    json_t *document = snapshot_render(job);

    if (job->wanted[SNAPSHOT_JSON]) {
        job->texts[SNAPSHOT_JSON] = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(12));
    }
    if (job->wanted[SNAPSHOT_TEXT]) {
        job->texts[SNAPSHOT_TEXT] = snapshot_text(document);
    }
    if (job->wanted[SNAPSHOT_METRICS]) {
        job->texts[SNAPSHOT_METRICS] = snapshot_metrics(document, METRICS_OPEN);
    }
    if (job->wanted[SNAPSHOT_METRICS_TEXT]) {
        job->texts[SNAPSHOT_METRICS_TEXT] = snapshot_metrics(document, METRICS_TEXT);
    }
    for (size_t i = 0; i < job->waiter_count; i++) {
        struct snapshot_waiter *waiter = &job->waiters[i];

        if (waiter->view) {
            waiter->text = waiter->view(document, waiter->argument);
        }
    }
    json_decref(document);
    return NULL;
}

/* The last one that wants a form gets the text itself, others a copy. */
static void snapshot_deliver(struct snapshot_job *job)
{
    for (size_t i = 0; i < job->waiter_count; i++) {
        const struct snapshot_waiter *waiter = &job->waiters[i];
        char *text = waiter->view ? waiter->text : job->texts[waiter->form];
        size_t size = text ? strlen(text) : 0;

        if (waiter->view) {
            job->waiters[i].text = NULL;
        } else if (--job->wanted[waiter->form] == 0) {
            job->texts[waiter->form] = NULL;
        } else if (text) {
            text = memory_text(text);
        }
        waiter->done(waiter->argument, text, size);
    }
}

static void snapshot_worked(void *argument, void *result)
{
    struct snapshot_job *job = argument;
    struct snapshot *snapshot = job->snapshot;

    (void)result;
    snapshot->job = NULL;
    snapshot->worker = NULL;
    snapshot_deliver(job);
    snapshot_job_free(job);
    if (snapshot->waiting_count) {
        snapshot_start(snapshot);
    }
}

/* The copies are complete. */
static void snapshot_copied(struct snapshot *snapshot)
{
    struct snapshot_job *job = snapshot->job;

    snapshot_copy_small(job);
    snapshot->worker = worker_start(snapshot->loop, snapshot_work, snapshot_worked, job);
    if (!snapshot->worker) { /* no thread to be had: late is better than never */
        (void)snapshot_work(job);
        snapshot_worked(job, NULL);
    }
}

/* A part of the copies; what is small has a turn of its own. */
static void snapshot_slice(void *argument, int64_t now, int64_t late)
{
    struct snapshot *snapshot = argument;
    struct snapshot_job *job = snapshot->job;

    (void)late;
    if (job->copied == job->part_count) {
        snapshot_copied(snapshot);
        return;
    }
    (void)snapshot_copy_large(job, now + SNAPSHOT_SLICE);
    loop_timer_set(snapshot->timer, clock_now());
}

/* What is to be known is up to date. */
static void snapshot_refreshed(void *argument)
{
    struct snapshot *snapshot = argument;
    struct snapshot_job *job = snapshot_job_new(snapshot);

    snapshot->refreshing = false;
    job->waiters = snapshot->waiting;
    job->waiter_count = snapshot->waiting_count;
    for (size_t i = 0; i < job->waiter_count; i++) {
        job->wanted[job->waiters[i].form] += !job->waiters[i].view;
    }
    snapshot->waiting = NULL;
    snapshot->waiting_count = 0;
    snapshot->job = job;
    loop_timer_set(snapshot->timer, clock_now());
}

static void snapshot_start(struct snapshot *snapshot)
{
    snapshot->refreshing = true;
    if (snapshot->refresh) {
        snapshot->refresh(snapshot->refresh_argument, snapshot_refreshed, snapshot);
    } else {
        snapshot_refreshed(snapshot);
    }
}

static void snapshot_wait(struct snapshot *snapshot, const struct snapshot_waiter *waiter)
{
    snapshot->waiting =
        memory_resize(snapshot->waiting, snapshot->waiting_count + 1, sizeof(*snapshot->waiting));
    snapshot->waiting[snapshot->waiting_count++] = *waiter;
    if (!snapshot->refreshing && !snapshot->job) {
        snapshot_start(snapshot);
    }
}

void snapshot_ask(struct snapshot *snapshot, enum snapshot_form form, snapshot_done done,
                  void *argument)
{
    snapshot_wait(snapshot,
                  &(struct snapshot_waiter){.form = form, .done = done, .argument = argument});
}

void snapshot_ask_view(struct snapshot *snapshot, snapshot_view view, snapshot_done done,
                       void *argument)
{
    snapshot_wait(snapshot,
                  &(struct snapshot_waiter){.view = view, .done = done, .argument = argument});
}

static void snapshot_answered(void *argument, char *text, size_t size)
{
    struct control_request *request = argument;

    if (text) {
        control_reply_text(request, text, size);
    } else {
        control_fail(request, "unavailable", "the status cannot be told now");
    }
}

void snapshot_answer(void *snapshot, struct control_request *request)
{
    snapshot_ask(snapshot, SNAPSHOT_JSON, snapshot_answered, request);
}

/* ---- Life -------------------------------------------------------------------------------------- */

struct snapshot *snapshot_new(struct loop *loop)
{
    struct snapshot *snapshot = memory_new(1, sizeof(*snapshot));

    snapshot->loop = loop;
    /* Not of the lowest priority: where the loop always has checks to serve it would not end. */
    snapshot->timer = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, snapshot_slice, snapshot);
    return snapshot;
}

/* There will be no document. */
static void snapshot_disappoint(const struct snapshot_waiter *waiters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        waiters[i].done(waiters[i].argument, NULL, 0);
    }
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot) {
        return;
    }
    if (snapshot->job) {
        (void)worker_cancel(snapshot->worker);
        snapshot_disappoint(snapshot->job->waiters, snapshot->job->waiter_count);
        snapshot_job_free(snapshot->job);
    }
    snapshot_disappoint(snapshot->waiting, snapshot->waiting_count);
    loop_timer_free(snapshot->timer);
    free(snapshot->waiting);
    free(snapshot->sections);
    free(snapshot);
}

static struct snapshot_section *snapshot_section_new(struct snapshot *snapshot, const char *name,
                                                     void *argument)
{
    struct snapshot_section *section;

    snapshot->sections =
        memory_resize(snapshot->sections, snapshot->section_count + 1, sizeof(*snapshot->sections));
    section = &snapshot->sections[snapshot->section_count++];
    *section = (struct snapshot_section){.name = name, .argument = argument};
    return section;
}

void snapshot_add(struct snapshot *snapshot, const char *name, snapshot_function function,
                  void *argument)
{
    snapshot_section_new(snapshot, name, argument)->function = function;
}

void snapshot_add_large(struct snapshot *snapshot, const char *name,
                        const struct snapshot_large *large, void *argument)
{
    snapshot_section_new(snapshot, name, argument)->large = large;
}

void snapshot_set_refresh(struct snapshot *snapshot, snapshot_refresh refresh, void *argument)
{
    snapshot->refresh = refresh;
    snapshot->refresh_argument = argument;
}

/* ---- The loop's own section -------------------------------------------------------------------- */

static json_t *snapshot_us(int64_t duration)
{
    return json_integer(duration / CLOCK_MICROSECOND);
}

/* Those that have counted something. */
static json_t *snapshot_buckets(const struct histogram *histogram)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        int64_t bound = histogram_bound(i);

        if (histogram->count[i]) {
            json_array_append_new(list,
                                  json_pack("{s:o, s:I}", "up_to_us",
                                            bound == CLOCK_NEVER ? json_null() : snapshot_us(bound),
                                            "count", (json_int_t)histogram->count[i]));
        }
    }
    return list;
}

static json_t *snapshot_lag(const struct histogram *lag)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "count", (json_int_t)lag->total, "sum_us",
                     snapshot_us(lag->sum), "p50_us", snapshot_us(histogram_quantile(lag, 0.5)),
                     "p99_us", snapshot_us(histogram_quantile(lag, 0.99)), "max_us",
                     snapshot_us(lag->max), "buckets", snapshot_buckets(lag));
}

json_t *snapshot_loop(const struct loop *loop)
{
    return json_pack("{s:o, s:o}", "lag", snapshot_lag(loop_lag(loop)), "vrrp_lag",
                     snapshot_lag(loop_vrrp_lag(loop)));
}
