/* SPDX-License-Identifier: Apache-2.0
 *
 * The one model of everything visible: a document of sections (doc/status.md) that the modules
 * provide. Status, metrics and the web page are views of it.
 *
 * Sections whose size is bounded are made on the loop. Those that grow with the number of servers come
 * in two steps: a copy on the loop, in parts of less than half a millisecond between which the loop
 * serves others, and JSON from that copy on a worker thread, where the document is put together and
 * dumped too. So a status of 40,000 servers holds no advert up.
 */
#ifndef HOLDFAST_CONTROL_SNAPSHOT_H
#define HOLDFAST_CONTROL_SNAPSHOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control_request;
struct loop;
struct snapshot;

/* Makes a section's value on the loop; the reference becomes the snapshot's. */
typedef json_t *(*snapshot_function)(void *argument);

/* A section that is made in two steps. */
struct snapshot_large {
    /** On the loop, quickly: a copy that has nothing in it yet. Never NULL. */
    void *(*capture)(void *argument);

    /**
     * On the loop: copies more.
     * @param until  clock_now() when it is to stop, or soon after; CLOCK_NEVER: when all is copied
     * @return whether something is left
     */
    bool (*more)(void *capture, int64_t until);

    /** On any thread, touching nothing but the copy, which is complete. */
    json_t *(*render)(const void *capture);

    /** On any thread, complete or not. */
    void (*release)(void *capture);
};

/**
 * Brings up to date what modules know of the world, then calls back on the loop, at once or later.
 * @param done_argument  to be given to `done`
 */
typedef void (*snapshot_refresh)(void *argument, void (*done)(void *done_argument),
                                 void *done_argument);

/* What a document is asked for as. */
enum snapshot_form {
    SNAPSHOT_JSON,         /* one line */
    SNAPSHOT_TEXT,         /* for people: as `holdfastctl status` shows it, without colours */
    SNAPSHOT_METRICS,      /* OpenMetrics, with the options of the document: control/metrics.h */
    SNAPSHOT_METRICS_TEXT, /* the same in Prometheus' text format */
    SNAPSHOT_FORMS
};

/**
 * Gets a document.
 * @param text  in the form that was asked for, from malloc(3), owned by who is called; NULL: the daemon
 *              stops
 * @param size  its bytes, without its NUL
 */
typedef void (*snapshot_done)(void *argument, char *text, size_t size);

/** A document without sections. The caller frees it with snapshot_free(). */
struct snapshot *snapshot_new(struct loop *loop);

/**
 * Frees it; who still waits is called with NULL. A refresh that is under way must not call back
 * afterwards: its module is freed first. NULL is allowed.
 */
void snapshot_free(struct snapshot *snapshot);

/** Adds a small section; sections stand in the document in the order of their addition. */
void snapshot_add(struct snapshot *snapshot, const char *name, snapshot_function function,
                  void *argument);

/** Adds a large one. @param large  must outlive the snapshot */
void snapshot_add_large(struct snapshot *snapshot, const char *name,
                        const struct snapshot_large *large, void *argument);

/** Sets what is to be done before each document. */
void snapshot_set_refresh(struct snapshot *snapshot, snapshot_refresh refresh, void *argument);

/**
 * Asks for a document of now or later; those who ask while one is made share the next.
 */
void snapshot_ask(struct snapshot *snapshot, enum snapshot_form form, snapshot_done done,
                  void *argument);

/**
 * Makes something of a document on a worker thread, where it touches nothing but the two.
 * @return text from malloc(3), ended with a NUL
 */
typedef char *(*snapshot_view)(const json_t *document, void *argument);

/**
 * Like snapshot_ask(), for a form of one's own.
 * @param view      what makes it
 * @param argument  given to both; nobody else touches what `view` uses of it until `done`
 */
void snapshot_ask_view(struct snapshot *snapshot, snapshot_view view, snapshot_done done,
                       void *argument);

/** The command `status`: a control_handler whose argument is the snapshot. */
void snapshot_answer(void *snapshot, struct control_request *request);

/** The section `loop`: how late the loop serves its timers. */
json_t *snapshot_loop(const struct loop *loop);

#endif
