/* SPDX-License-Identifier: Apache-2.0
 *
 * The web server: who may ask, and who answers.
 */
#include "control/web.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "control/metrics.h"
#include "control/snapshot.h"
#include "control/web_answer.h"
#include "control/web_clients.h"
#include "control/web_page.h"
#include "control/web_reply.h"
#include "control/web_route.h"
#include "control/wellness.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WEB_HOST_NAME_SIZE = 256,
    WEB_HASH_SIZE = 48, /* of SHA-256 in base 64, with its NUL */
    WEB_POLICY_SIZE = 512,
};

/* All that a client may send; only two of them are served. */
#define WEB_METHODS                                                                                \
    (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |     \
     EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

struct web {
    struct evhttp *http;
    struct web_clients *clients;
    struct web_listeners *listeners;
    struct web_streams *streams;
    struct web_answer *answers[WEB_ROUTES]; /* NULL: it is none that is shared */
    int64_t answer_limit;                   /* ns */
    char policy[WEB_POLICY_SIZE];           /* Content-Security-Policy of the page */
    char own[WEB_HOST_NAME_SIZE];           /* the host's name */
    char **hosts;
    size_t host_count;
    uint64_t requests;
    uint64_t refused; /* of another host, method, or without room */
};

/* ---- What is served ---------------------------------------------------------------------------- */

static void web_ask_status(struct snapshot *snapshot, snapshot_done done, void *argument)
{
    snapshot_ask(snapshot, SNAPSHOT_JSON, done, argument);
}

/* On a worker thread: the status code, then a line for people, as `holdfastctl healthy` judges. */
static char *web_view_health(const json_t *document, void *argument)
{
    struct wellness wellness = wellness_judge(document);
    struct text_buffer text = {0};
    int code = wellness.level < WELLNESS_CRITICAL ? HTTP_OK : HTTP_SERVUNAVAIL;

    (void)argument;
    text_appendf(&text, "%d%s", code, wellness_word(wellness.level));
    if (wellness.level != WELLNESS_OK) {
        text_append(&text, ": ");
        wellness_write(&wellness, &text);
    }
    text_append(&text, "\n");
    wellness_release(&wellness);
    return text.data;
}

static void web_ask_health(struct snapshot *snapshot, snapshot_done done, void *argument)
{
    snapshot_ask_view(snapshot, web_view_health, done, argument);
}

static void web_ask_metrics(struct snapshot *snapshot, snapshot_done done, void *argument)
{
    snapshot_ask(snapshot, SNAPSHOT_METRICS, done, argument);
}

static const struct {
    enum web_route route;
    struct web_answer_kind kind;
} web_shared[] = {
    {WEB_ROUTE_STATUS, {WEB_TYPE_JSON, web_ask_status, 0}},
    {WEB_ROUTE_HEALTH, {WEB_TYPE_TEXT, web_ask_health, 3}},
    {WEB_ROUTE_METRICS, {METRICS_CONTENT_TYPE, web_ask_metrics, 0}},
};

enum { WEB_SHARED = sizeof(web_shared) / sizeof(web_shared[0]) };

static void web_send_page(const struct web *web, struct evhttp_request *request)
{
    struct evbuffer *body = evbuffer_new();

    if (!body || evbuffer_add_reference(body, web_page, strlen(web_page), NULL, NULL) != 0) {
        memory_exhausted(sizeof(*web)); /* it fails for no other reason */
    }
    (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Security-Policy",
                            web->policy);
    web_reply_headers(request, WEB_TYPE_HTML);
    web_reply_send(request, HTTP_OK, body);
    evbuffer_free(body);
}

static void web_send_list(struct evhttp_request *request)
{
    web_reply_line(request, HTTP_NOTFOUND,
                   "there is nothing here; there are / /status.json /metrics /healthz");
}

static void web_route(struct web *web, struct evhttp_request *request, struct web_client *client)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    enum web_route route = web_route_find(uri ? evhttp_uri_get_path(uri) : NULL);

    if (web->answers[route]) {
        web_answer_give(web->answers[route], request, client);
    } else if (route == WEB_ROUTE_PAGE) {
        web_send_page(web, request);
    } else if (route == WEB_ROUTE_EVENTS &&
               evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
        web_reply_line(request, HTTP_OK, "events");
    } else if (route == WEB_ROUTE_EVENTS) {
        web_streams_add(web->streams, request, client);
    } else {
        web_send_list(request);
    }
}

/* ---- Who may ask ------------------------------------------------------------------------------- */

static void web_on_answered(struct evhttp_request *request, void *argument)
{
    struct web *web = argument;
    struct web_client *client =
        web_clients_find(web->clients, evhttp_request_get_connection(request));

    web_client_rests(client);
}

/* Whether a request comes by TCP: only there a browser may have been led to us. */
static bool web_is_tcp(struct evhttp_request *request)
{
    const struct sockaddr *peer =
        evhttp_connection_get_addr(evhttp_request_get_connection(request));

    return peer && peer->sa_family != AF_UNIX;
}

static bool web_allows(const struct web *web, struct evhttp_request *request)
{
    const struct web_names names = {web->own, (const char *const *)web->hosts, web->host_count};
    const char *host = evhttp_find_header(evhttp_request_get_input_headers(request), "Host");

    return !web_is_tcp(request) || web_route_allows(&names, host);
}

static void web_on_request(struct evhttp_request *request, void *argument)
{
    struct web *web = argument;
    struct web_client *client =
        web_clients_find(web->clients, evhttp_request_get_connection(request));
    enum evhttp_cmd_type method = evhttp_request_get_command(request);

    web->requests++;
    web_client_limit(client, clock_now() + web->answer_limit);
    evhttp_request_set_on_complete_cb(request, web_on_answered, web);
    if (!web_allows(web, request)) {
        web->refused++;
        web_reply_line(request, WEB_MISDIRECTED,
                       "this name is none of this host's: ask by its address, or add the name to "
                       "http_host in the configuration");
    } else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
        web->refused++;
        (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET, HEAD");
        web_reply_line(request, HTTP_BADMETHOD, "only GET and HEAD are served");
    } else {
        web_route(web, request, client);
    }
}

static void web_on_full(void *argument, bool full)
{
    struct web *web = argument;

    web_listeners_pause(web->listeners, full);
}

/* ---- The policy of the page -------------------------------------------------------------------- */

/* SHA-256 of what stands between two tags, in base 64: CSP level 3, 2.3.1. */
static void web_hash(const char *begin, const char *end, char hash[WEB_HASH_SIZE])
{
    const char *from = strstr(web_page, begin);
    const char *to = from ? strstr(from, end) : NULL;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    hash[0] = '\0';
    if (to) {
        from += strlen(begin);
        if (EVP_Digest(from, (size_t)(to - from), digest, &size, EVP_sha256(), NULL)) {
            (void)EVP_EncodeBlock((unsigned char *)hash, digest, (int)size);
        }
    }
}

/* Nothing but the page's own script and style, and its own server. */
static void web_write_policy(char policy[WEB_POLICY_SIZE])
{
    char script[WEB_HASH_SIZE];
    char style[WEB_HASH_SIZE];

    web_hash("<script>", "</script>", script);
    web_hash("<style>", "</style>", style);
    (void)snprintf(policy, WEB_POLICY_SIZE,
                   "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; "
                   "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                   "frame-ancestors 'none'",
                   script, style);
}

/* ---- Life -------------------------------------------------------------------------------------- */

static void web_free_hosts(struct web *web)
{
    for (size_t i = 0; i < web->host_count; i++) {
        free(web->hosts[i]);
    }
    free(web->hosts);
    web->hosts = NULL;
    web->host_count = 0;
}

void web_configure(struct web *web, const struct web_settings *settings)
{
    if (gethostname(web->own, sizeof(web->own) - 1) != 0) {
        web->own[0] = '\0';
    }
    web_free_hosts(web);
    if (settings->host_count) {
        web->hosts = memory_new(settings->host_count, sizeof(*web->hosts));
    }
    for (size_t i = 0; i < settings->host_count; i++) {
        web->hosts[web->host_count++] = memory_text(settings->hosts[i]);
    }
    web_streams_set_name(web->streams, settings->name ? settings->name : web->own);
    web_listeners_configure(web->listeners, settings->endpoints, settings->count);
}

void web_set_limits(struct web *web, int64_t idle, int64_t answer, int64_t late)
{
    web_clients_set_idle(web->clients, idle);
    web->answer_limit = answer;
    web_streams_set_late(web->streams, late);
}

void web_touch(struct web *web)
{
    web_streams_touch(web->streams);
}

json_t *web_snapshot(const struct web *web)
{
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "listeners",
                     web_listeners_json(web->listeners), "clients",
                     (json_int_t)web_clients_count(web->clients), "streams",
                     (json_int_t)web_streams_count(web->streams), "requests",
                     (json_int_t)web->requests, "refused", (json_int_t)web->refused, "dropped",
                     (json_int_t)web_clients_dropped(web->clients));
}

struct web *web_new(struct loop *loop, struct log *log, struct snapshot *snapshot,
                    web_events events, void *argument)
{
    struct web *web = memory_new(1, sizeof(*web));

    (void)signal(SIGPIPE, SIG_IGN); /* a client that has gone must not end the daemon */
    web->http = evhttp_new(loop_base(loop));
    if (!web->http) {
        memory_exhausted(sizeof(*web)); /* it fails for no other reason */
    }
    evhttp_set_max_headers_size(web->http, WEB_HEADERS_LIMIT);
    evhttp_set_max_body_size(web->http, WEB_BODY_LIMIT);
    evhttp_set_allowed_methods(web->http, WEB_METHODS);
    evhttp_set_gencb(web->http, web_on_request, web);
    web->clients = web_clients_new(loop, web->http, WEB_CLIENTS, web_on_full, web);
    web->listeners = web_listeners_new(loop, log, web->http);
    web->streams = web_streams_new(loop, snapshot, events, argument);
    for (size_t i = 0; i < WEB_SHARED; i++) {
        web->answers[web_shared[i].route] = web_answer_new(snapshot, &web_shared[i].kind);
    }
    web_set_limits(web, WEB_IDLE_LIMIT_S * CLOCK_SECOND, WEB_ANSWER_LIMIT_S * CLOCK_SECOND,
                   WEB_LATE_LIMIT_S * CLOCK_SECOND);
    web_write_policy(web->policy);
    return web;
}

void web_free(struct web *web)
{
    if (!web) {
        return;
    }
    web_listeners_configure(web->listeners, NULL, 0);
    evhttp_free(web->http);
    web_clients_free(web->clients);
    web_listeners_free(web->listeners);
    web_streams_free(web->streams);
    for (size_t i = 0; i < WEB_ROUTES; i++) {
        web_answer_free(web->answers[i]);
    }
    web_free_hosts(web);
    free(web);
}
