/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans of HTTP checks.
 */
#include "check/http_plan.h"

#include "base/memory.h"
#include "base/text.h"
#include "check/detail.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- From the configuration ------------------------------------------------------------------ */

static const char *plan_first(const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i]) {
            return names[i];
        }
    }
    return NULL;
}

/* B45: the Host header is the url's, the checker's, the real server's or the service's. */
static const char *plan_host(const struct conf_check_http *http, const struct conf_url *url)
{
    const char *const names[] = {url->virtualhost, http->virtualhost, http->server_virtualhost,
                                 http->service_virtualhost};

    return plan_first(names, sizeof(names) / sizeof(names[0]));
}

/* B45: for SNI the real server's is left out, as in keepalived. */
static const char *plan_sni(const struct conf_check_http *http, const struct conf_url *url)
{
    const char *const names[] = {http->sni_name, url->virtualhost, http->virtualhost,
                                 http->service_virtualhost};

    if (http->check.kind != CONF_CHECK_SSL || !(http->sni || http->sni_given)) {
        return NULL;
    }
    return plan_first(names, sizeof(names) / sizeof(names[0]));
}

/* SNI is a host's name alone: RFC 6066 3 knows neither ports nor addresses. */
static void plan_put_sni(const char *name, struct text_buffer *out)
{
    size_t length = name ? strcspn(name, ":") : 0;
    char *host = length ? memory_new(length + 1, 1) : NULL;
    struct inet_addr addr;

    if (host) {
        memcpy(host, name, length);
    }
    detail_put_text(out, host && *name != '[' && !inet_parse(host, &addr) ? host : NULL);
    free(host);
}

static void plan_put_statuses(const struct conf_url *url, struct text_buffer *out)
{
    const struct conf_status *status;
    int64_t count = 0;

    STAILQ_FOREACH(status, &url->statuses, next) {
        count++;
    }
    detail_put_number(out, count);
    STAILQ_FOREACH(status, &url->statuses, next) {
        detail_put_number(out, status->low << 16 | status->high);
    }
}

static void plan_put_url(const struct conf_check_http *http, const struct conf_url *url,
                         struct text_buffer *out)
{
    detail_put_text(out, url->path);
    detail_put_text(out, plan_host(http, url));
    plan_put_sni(plan_sni(http, url), out);
    detail_put_number(out, http->tls_compliant || url->tls_compliant);
    detail_put_bytes(out, url->digest, url->has_digest ? sizeof(url->digest) : 0);
    plan_put_statuses(url, out);
    detail_put_text(out, url->regex);
    if (url->regex) {
        detail_put_number(out, url->regex_options);
        detail_put_number(out, url->regex_no_match);
        detail_put_number(out, url->regex_min_offset);
        detail_put_number(out, url->regex_max_offset);
        detail_put_number(out, url->regex_stack_start);
        detail_put_number(out, url->regex_stack_most);
    }
}

static void plan_put_tls(const struct conf_check_http *http, struct text_buffer *out)
{
    const struct conf_tls *tls = http->tls;

    detail_put_text(out, tls->password);
    detail_put_text(out, tls->ca);
    detail_put_text(out, tls->certificate);
    detail_put_text(out, tls->key);
    detail_put_number(out, (int64_t)tls->stamp);
    detail_put_number(out, http->verify == CONF_VERIFY_AS_SSL ? tls->verify : http->verify);
}

void http_plan_pack(const struct conf_check *conf, struct text_buffer *out)
{
    const struct conf_check_http *http = (const struct conf_check_http *)conf;
    const struct conf_url *url;
    int64_t urls = 0;
    int64_t ranges = 0;

    STAILQ_FOREACH(url, &http->urls, next) {
        const struct conf_status *status;

        urls++;
        ranges += STAILQ_EMPTY(&url->statuses);
        STAILQ_FOREACH(status, &url->statuses, next) {
            ranges++;
        }
    }
    detail_put_number(out, urls);
    detail_put_number(out, ranges);
    detail_put_number(out, http->protocol);
    detail_put_number(out, http->fast_recovery);
    if (http->tls) {
        plan_put_tls(http, out);
    }
    STAILQ_FOREACH(url, &http->urls, next) {
        plan_put_url(http, url, out);
    }
}

/* ---- From the detail ------------------------------------------------------------------------- */

/* @return behind the ranges */
static struct http_range *plan_read_statuses(struct detail_reader *reader,
                                             struct http_expected *expected,
                                             struct http_range *ranges)
{
    expected->range_count = (size_t)detail_number(reader);
    expected->ranges = ranges;
    for (size_t i = 0; i < expected->range_count; i++) {
        int64_t both = detail_number(reader);

        ranges[i] = (struct http_range){(uint16_t)(both >> 16), (uint16_t)both};
    }
    if (!expected->range_count) {
        ranges[expected->range_count++] = (struct http_range){200, 299};
    }
    return ranges + expected->range_count;
}

/* The parser has compiled the pattern: it can be. */
static void plan_read_regex(struct detail_reader *reader, struct http_expected *expected)
{
    const char *pattern = detail_text(reader);
    struct regex_error error;
    size_t start;
    size_t most;

    if (!pattern) {
        return;
    }
    expected->regex = regex_new(pattern, (uint32_t)detail_number(reader), &error);
    expected->no_match = detail_number(reader);
    expected->first = (size_t)detail_number(reader);
    expected->last = (size_t)detail_number(reader); /* -1: SIZE_MAX */
    start = (size_t)detail_number(reader);
    most = (size_t)detail_number(reader);
    if (start && expected->regex) {
        regex_set_stack(expected->regex, start, most);
    }
}

int64_t http_plan_urls_of_run(const struct check_spec *spec)
{
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    int64_t urls = detail_number(&reader);

    (void)detail_number(&reader); /* ranges */
    (void)detail_number(&reader); /* protocol */
    return detail_number(&reader) ? urls : 1;
}

struct http_plan *http_plan_new(const struct check_spec *spec)
{
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    size_t count = (size_t)detail_number(&reader);
    size_t ranges = (size_t)detail_number(&reader);
    struct http_plan *plan = memory_new(1, sizeof(*plan) + count * sizeof(plan->urls[0]));
    struct http_range *range = memory_new(ranges, sizeof(*range));

    plan->ranges = range;
    plan->url_count = (uint32_t)count;
    plan->open = plan->url_count;
    plan->protocol = (uint8_t)detail_number(&reader);
    plan->fast_recovery = detail_number(&reader);
    if (spec->kind == CONF_CHECK_SSL) {
        plan->tls.password = detail_text(&reader);
        plan->tls.ca = detail_text(&reader);
        plan->tls.certificate = detail_text(&reader);
        plan->tls.key = detail_text(&reader);
        plan->tls.stamp = detail_number(&reader);
        plan->tls.verify = detail_number(&reader);
    }
    for (size_t i = 0; i < count; i++) {
        struct http_url *url = &plan->urls[i];
        size_t size;
        const void *digest;

        url->path = detail_text(&reader);
        url->host = detail_text(&reader);
        url->sni = detail_text(&reader);
        url->tls_compliant = detail_number(&reader);
        digest = detail_bytes(&reader, &size);
        url->expected.digest = size ? digest : NULL;
        range = plan_read_statuses(&reader, &url->expected, range);
        plan_read_regex(&reader, &url->expected);
    }
    return plan;
}

void http_plan_free(struct http_plan *plan)
{
    if (plan) {
        for (uint32_t i = 0; i < plan->url_count; i++) {
            regex_free(plan->urls[i].expected.regex);
        }
        free(plan->ranges);
        free(plan);
    }
}

/* ---- Turns and requests ---------------------------------------------------------------------- */

bool http_plan_step(struct http_plan *plan, bool good)
{
    if (!good) {
        plan->open = plan->url_count;
        return false;
    }
    plan->next = (plan->next + 1) % plan->url_count;
    plan->open -= plan->open > 0;
    return plan->open > 0;
}

void http_plan_write_request(const struct http_plan *plan, const struct http_url *url,
                             const struct check_spec *spec, struct text_buffer *out)
{
    char endpoint[INET_ENDPOINT_TEXT_SIZE];

    text_append(out, "GET ");
    text_append(out, url->path);
    text_append(out, plan->protocol == CONF_HTTP_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    text_append(out, "User-Agent: KeepAliveClient\r\n");
    text_append(out, plan->protocol == CONF_HTTP_1_0 ? "" : "Connection: close\r\n");
    text_append(out, "Host: ");
    text_append(out, url->host
                         ? url->host
                         : inet_endpoint_text(endpoint, &spec->connect_addr, spec->connect_port));
    text_append(out, "\r\n\r\n");
}
