/* SPDX-License-Identifier: Apache-2.0
 *
 * UDP_CHECK. A server that needs not reply is waited for until the time is over: only then is it known
 * that no ICMP error comes.
 */
#include "check/udp.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/datagram.h"
#include "check/detail.h"
#include "check/udp_reply.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { UDP_RANDOM_SIZE = 32 };

/* What a check has of its own; its data are the spec's. */
struct udp_check {
    const unsigned char *payload;
    size_t payload_size; /* 0: random data */
    struct udp_reply reply;
    bool require_reply;
};

static void udp_pack(const struct conf_check *conf, struct text_buffer *out)
{
    const struct conf_udp_check *check = (const struct conf_udp_check *)conf;

    detail_put_number(out, check->require_reply);
    detail_put_number(out, check->min_reply_length);
    detail_put_number(out, check->max_reply_length);
    detail_put_bytes(out, check->payload, check->payload_size);
    detail_put_bytes(out, check->reply, check->reply_size);
    detail_put_bytes(out, check->reply_mask, check->reply_size);
}

static void *udp_prepare(void *engine, const struct check_spec *spec)
{
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    struct udp_check *check = memory_new(1, sizeof(*check));

    (void)engine;
    check->require_reply = detail_number(&reader) != 0;
    check->reply.min = (size_t)detail_number(&reader);
    check->reply.max = (size_t)detail_number(&reader);
    check->payload = detail_bytes(&reader, &check->payload_size);
    check->reply.data = detail_bytes(&reader, &check->reply.size);
    check->reply.mask = detail_bytes(&reader, &check->reply.size);
    if (!check->reply.size) {
        check->reply.data = NULL;
    }
    return check;
}

static void udp_forget(void *prepared)
{
    free(prepared);
}

/* A reply that nobody asked for says that it lives, too. */
static bool udp_judge(struct datagram_run *run, const unsigned char *data, size_t size,
                      struct verdict *verdict)
{
    const struct udp_check *check = run->prepared;

    *verdict = udp_reply_judge(&check->reply, data, size);
    return true;
}

static void *udp_engine_new(const struct check_means *means, check_done_function done,
                            void *context)
{
    return datagram_engine_new(means, done, context, udp_judge);
}

static void *udp_start(void *engine, const struct check_spec *spec, void *prepared, void *argument,
                       struct verdict *verdict)
{
    const struct udp_check *check = prepared;
    struct datagram_run *run = datagram_open(engine, spec, prepared, argument, verdict);
    unsigned char random[UDP_RANDOM_SIZE] = {0};

    if (!run) {
        return NULL;
    }
    if (check->payload_size) {
        return datagram_ask(run, check->payload, check->payload_size, verdict);
    }
    (void)!getrandom(random, sizeof(random), GRND_NONBLOCK);
    return datagram_ask(run, random, sizeof(random), verdict);
}

static const char *udp_missing(const void *run)
{
    (void)run;
    return "no reply";
}

static bool udp_silence(const void *object, int64_t duration, struct verdict *verdict)
{
    const struct datagram_run *run = object;
    const struct udp_check *check = run->prepared;
    char span[CLOCK_TEXT_SIZE];

    if (check->require_reply) {
        return false;
    }
    *verdict =
        verdict_of(VERDICT_OK, "no ICMP error within %s", clock_duration_text(span, duration));
    return true;
}

const struct check_kind udp_kind = {
    .name = "UDP_CHECK",
    .success = "reply",
    .engine_new = udp_engine_new,
    .engine_free = datagram_engine_free,
    .pack = udp_pack,
    .prepare = udp_prepare,
    .forget = udp_forget,
    .start = udp_start,
    .missing = udp_missing,
    .silence = udp_silence,
    .stop = datagram_stop,
};
