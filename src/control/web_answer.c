/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that are shared.
 */
#include "control/web_answer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "control/snapshot.h"
#include "control/web_clients.h"
#include "control/web_reply.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdlib.h>
#include <utlist.h>

/* How long an answer serves others: at least so long, or so many times as its making took, so that no
 * crowd gives the worker thread more than a fifth of a processor to do. */
#define WEB_ANSWER_FRESH (250 * CLOCK_MILLISECOND)

enum {
    WEB_ANSWER_SHARE = 4,
    WEB_ANSWER_TEXTS = 6, /* versions that slow clients may still be getting; each may be large */
};

/* A request that waits for the answer. */
struct web_wait {
    struct web_wait *next;
    struct web_wait *prev;
    struct web_answer *answer;
    struct evhttp_request *request;
    struct web_client *client;
};

struct web_answer {
    struct snapshot *snapshot;
    const struct web_answer_kind *kind;
    struct web_text *text; /* NULL: none was made */
    int code;
    struct web_texts *texts;
    int64_t asked_at;
    int64_t fresh_until;
    bool asked;
    struct web_wait *waiting;
};

static void web_answer_send(const struct web_answer *answer, struct evhttp_request *request)
{
    struct evbuffer *body = evbuffer_new();

    if (!body) {
        memory_exhausted(sizeof(*answer)); /* it fails for no other reason */
    }
    web_text_add(answer->text, answer->kind->code_size, body);
    web_reply_headers(request, answer->kind->type);
    web_reply_send(request, answer->code, body);
    evbuffer_free(body);
}

static void web_wait_free(struct web_wait *wait)
{
    DL_DELETE(wait->answer->waiting, wait);
    web_client_watch(wait->client, NULL, NULL);
    free(wait);
}

/* The client has gone, and with it the request, unless evhttp has left that to us. */
static void web_wait_on_gone(void *argument)
{
    struct web_wait *wait = argument;

    if (!evhttp_request_get_connection(wait->request)) {
        evhttp_request_free(wait->request);
    }
    web_wait_free(wait);
}

/* The status code that a text begins with. */
static int web_answer_code(const struct web_answer_kind *kind, const char *text)
{
    int code = 0;

    for (size_t i = 0; i < kind->code_size; i++) {
        code = code * 10 + (text[i] - '0');
    }
    return code ? code : HTTP_OK;
}

static void web_answer_on_text(void *argument, char *text, size_t size)
{
    struct web_answer *answer = argument;
    int64_t now = clock_now();
    struct web_wait *wait;

    answer->asked = false;
    if (text && size > answer->kind->code_size) {
        web_text_release(answer->text);
        answer->text = web_text_new(text, size, answer->texts);
        answer->code = web_answer_code(answer->kind, text);
        answer->fresh_until = now + (now - answer->asked_at) * WEB_ANSWER_SHARE;
        if (answer->fresh_until < now + WEB_ANSWER_FRESH) {
            answer->fresh_until = now + WEB_ANSWER_FRESH;
        }
    } else {
        free(text);
        text = NULL;
    }
    wait = answer->waiting;
    answer->waiting = NULL;
    while (wait) {
        struct web_wait *next = wait->next;
        struct evhttp_request *request = wait->request;

        web_client_watch(wait->client, NULL, NULL);
        free(wait);
        wait = next;
        if (text) {
            web_answer_send(answer, request);
        } else {
            web_reply_line(request, HTTP_SERVUNAVAIL, "the status cannot be told now");
        }
    }
}

static void web_answer_wait(struct web_answer *answer, struct evhttp_request *request,
                            struct web_client *client)
{
    struct web_wait *wait = memory_new(1, sizeof(*wait));

    *wait = (struct web_wait){.answer = answer, .request = request, .client = client};
    DL_APPEND(answer->waiting, wait);
    web_client_watch(client, web_wait_on_gone, wait);
    if (!answer->asked) {
        answer->asked = true;
        answer->asked_at = clock_now();
        answer->kind->ask(answer->snapshot, web_answer_on_text, answer);
    }
}

void web_answer_give(struct web_answer *answer, struct evhttp_request *request,
                     struct web_client *client)
{
    if (answer->text && clock_now() < answer->fresh_until) {
        web_answer_send(answer, request);
    } else if (web_texts_count(answer->texts) >= WEB_ANSWER_TEXTS) {
        (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Retry-After", "1");
        web_reply_line(request, HTTP_SERVUNAVAIL,
                       "too many slow clients are still being answered: try again");
    } else {
        web_answer_wait(answer, request, client);
    }
}

struct web_answer *web_answer_new(struct snapshot *snapshot, const struct web_answer_kind *kind)
{
    struct web_answer *answer = memory_new(1, sizeof(*answer));

    answer->snapshot = snapshot;
    answer->kind = kind;
    answer->texts = web_texts_new();
    return answer;
}

void web_answer_free(struct web_answer *answer)
{
    if (!answer) {
        return;
    }
    web_text_release(answer->text);
    web_texts_free(answer->texts);
    free(answer);
}
