/* SPDX-License-Identifier: Apache-2.0
 *
 * DNS_CHECK: c-ares writes the query, once for each check; it is asked with an id of its own each time.
 */
#include "check/dns.h"

#include "base/clock.h"
#include "base/memory.h"
#include "check/datagram.h"
#include "check/detail.h"
#include "check/dns_reply.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    DNS_CLASS_IN = 1,              /* RFC 1035 3.2.4 */
    DNS_QUERY_SIZE = 12 + 255 + 4, /* header, the longest name, type and class: RFC 1035 4.1 */
};

/* What a check has of its own. */
struct dns_query {
    int error; /* of c-ares; the rest is not there then */
    size_t size;
    unsigned char bytes[DNS_QUERY_SIZE];
};

static void dns_pack(const struct conf_check *conf, struct text_buffer *out)
{
    const struct conf_dns_check *check = (const struct conf_dns_check *)conf;

    detail_put_number(out, check->type);
    detail_put_text(out, check->name ? check->name : ".");
}

static void *dns_prepare(void *engine, const struct check_spec *spec)
{
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    struct dns_query *query = memory_new(1, sizeof(*query));
    unsigned char *bytes = NULL;
    int type = (int)detail_number(&reader);
    int size = 0;

    (void)engine;
    /* With recursion desired, as stub resolvers ask, and without EDNS, as old servers know it. */
    query->error =
        ares_create_query(detail_text(&reader), DNS_CLASS_IN, type, 0, 1, &bytes, &size, 0);
    if (query->error == ARES_SUCCESS && (size_t)size > sizeof(query->bytes)) {
        query->error = ARES_EBADNAME;
    }
    if (query->error == ARES_SUCCESS) {
        query->size = (size_t)size;
        memcpy(query->bytes, bytes, query->size);
    }
    ares_free_string(bytes);
    return query;
}

static void dns_forget(void *prepared)
{
    free(prepared);
}

/* The query of a run. */
static void dns_write(const struct datagram_run *run, unsigned char bytes[DNS_QUERY_SIZE])
{
    const struct dns_query *query = run->prepared;

    memcpy(bytes, query->bytes, query->size);
    bytes[0] = (unsigned char)(run->id >> 8);
    bytes[1] = (unsigned char)run->id;
}

static bool dns_judge(struct datagram_run *run, const unsigned char *data, size_t size,
                      struct verdict *verdict)
{
    const struct dns_query *query = run->prepared;
    unsigned char bytes[DNS_QUERY_SIZE];
    bool answered;

    dns_write(run, bytes);
    answered = dns_reply_judge(bytes, query->size, data,
                               size < DATAGRAM_SEEN ? size : DATAGRAM_SEEN, verdict);
    run->strange = !answered;
    return answered;
}

static void *dns_engine_new(const struct check_means *means, check_done_function done,
                            void *context)
{
    return datagram_engine_new(means, done, context, dns_judge);
}

static void *dns_start(void *engine, const struct check_spec *spec, void *prepared, void *argument,
                       struct verdict *verdict)
{
    const struct dns_query *query = prepared;
    unsigned char bytes[DNS_QUERY_SIZE];
    struct datagram_run *run;

    if (query->error != ARES_SUCCESS) {
        *verdict =
            verdict_of(VERDICT_LOCAL, "c-ares cannot ask so: %s", ares_strerror(query->error));
        return NULL;
    }
    run = datagram_open(engine, spec, prepared, argument, verdict);
    if (!run) {
        return NULL;
    }
    if (getrandom(&run->id, sizeof(run->id), GRND_NONBLOCK) != (ssize_t)sizeof(run->id)) {
        run->id = (uint16_t)clock_now(); /* a host that has just been booted */
    }
    dns_write(run, bytes);
    return datagram_ask(run, bytes, query->size, verdict);
}

static const char *dns_missing(const void *object)
{
    const struct datagram_run *run = object;

    return run->strange ? "replies to other queries, none to ours" : "no reply";
}

const struct check_kind dns_kind = {
    .name = "DNS_CHECK",
    .success = "rcode NOERROR",
    .engine_new = dns_engine_new,
    .engine_free = datagram_engine_free,
    .pack = dns_pack,
    .prepare = dns_prepare,
    .forget = dns_forget,
    .start = dns_start,
    .missing = dns_missing,
    .stop = datagram_stop,
};
