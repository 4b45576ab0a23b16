/* SPDX-License-Identifier: Apache-2.0
 *
 * One telling at a time; who asks meanwhile waits for the next one.
 */
#include "running.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/worker.h"
#include "control/protocol.h"
#include "parser/conf.h"
#include "parser/dump.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct running {
    struct loop *loop;
    const struct conf *conf;
    struct worker *worker;
    const struct conf *told;          /* by the worker */
    struct conf *retired;             /* that same one, if it is to be freed afterwards */
    struct control_request **asked;   /* who gets the worker's answer */
    struct control_request **waiting; /* who came later */
    size_t asked_count;
    size_t waiting_count;
};

struct running *running_new(struct loop *loop)
{
    struct running *running = memory_new(1, sizeof(*running));

    running->loop = loop;
    return running;
}

/* Nobody gets an answer. */
static void running_refuse(struct control_request **requests, size_t count, const char *why)
{
    for (size_t i = 0; i < count; i++) {
        control_fail(requests[i], "unavailable", "%s", why);
    }
    free(requests);
}

void running_free(struct running *running)
{
    if (running) {
        free(worker_cancel(running->worker));
        conf_free(running->retired);
        running_refuse(running->asked, running->asked_count, "the daemon stops");
        running_refuse(running->waiting, running->waiting_count, "the daemon stops");
        free(running);
    }
}

void running_set(struct running *running, const struct conf *conf)
{
    running->conf = conf;
}

void running_retire(struct running *running, struct conf *conf)
{
    if (running->worker && running->told == conf) {
        running->retired = conf;
    } else {
        conf_free(conf);
    }
}

/* On the thread. @return the answer as JSON, from malloc(3) */
static void *running_work(void *argument)
{
    const struct running *running = argument;
    struct text_buffer text = {0};
    json_t *answer;
    char *dumped;

    dump_write(running->told, &text);
    answer =
        json_pack("{s:i, s:o}", "version", 1, "text", json_from_text(text.data ? text.data : ""));
    text_release(&text);
    dumped = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    return dumped;
}

static void running_start(struct running *running);

static void running_done(void *argument, void *result)
{
    struct running *running = argument;
    char *text = result;

    running->worker = NULL;
    conf_free(running->retired);
    running->retired = NULL;
    for (size_t i = 0; i < running->asked_count; i++) {
        char *copy = memory_text(text);

        control_reply_text(running->asked[i], copy, strlen(copy));
    }
    free(running->asked);
    free(text);
    running->asked = NULL;
    running->asked_count = 0;
    if (running->waiting_count) {
        running_start(running);
    }
}

/* Begins to tell everybody who waits. */
static void running_start(struct running *running)
{
    running->asked = running->waiting;
    running->asked_count = running->waiting_count;
    running->waiting = NULL;
    running->waiting_count = 0;
    running->told = running->conf;
    running->worker = worker_start(running->loop, running_work, running_done, running);
    if (!running->worker) {
        running_refuse(running->asked, running->asked_count,
                       "there is no thread for it now; try again later");
        running->asked = NULL;
        running->asked_count = 0;
    }
}

void running_answer(void *argument, struct control_request *request)
{
    struct running *running = argument;

    running->waiting = memory_resize(running->waiting, running->waiting_count + 1, sizeof(void *));
    running->waiting[running->waiting_count++] = request;
    if (!running->worker) {
        running_start(running);
    }
}
