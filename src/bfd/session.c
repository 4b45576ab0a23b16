/* SPDX-License-Identifier: Apache-2.0
 *
 * One BFD session at work. The decisions are fsm's; this file carries them out.
 */
#include "bfd/session.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two packets of each side in the idle interval of most, and the loss of one. */
#define BFD_PATIENCE (3 * CLOCK_SECOND)

/* How long the dropping of packets is of interest, and how often it is told. */
#define BFD_COMPLAINT_PAUSE (60 * CLOCK_SECOND)

enum { BFD_TEXT_SIZE = 160 };

/* ---- Chance ------------------------------------------------------------------------------------ */

/* xorshift64: Marsaglia, "Xorshift RNGs", 2003. Jitter needs no better. */
static uint32_t session_random(struct bfd_session *session)
{
    session->random ^= session->random << 13;
    session->random ^= session->random >> 7;
    session->random ^= session->random << 17;
    return (uint32_t)(session->random >> 32);
}

/* ---- Sending ----------------------------------------------------------------------------------- */

static void session_note_trouble(struct bfd_session *session, int error)
{
    if (error && error != session->trouble) {
        char text[INET_ADDR_TEXT_SIZE];

        log_warning(session->context->log, session->conf.name, "nothing can be sent to %s: %s",
                    inet_text(text, &session->conf.neighbor), strerror(-error));
    }
    session->trouble = error;
}

static void session_send(struct bfd_session *session, bool final)
{
    struct bfd_packet packet = bfd_fsm_packet(&session->config, &session->state, final);
    uint8_t data[BFD_PACKET_SIZE];
    int error;

    if (!session->mouth) {
        return;
    }
    bfd_packet_encode(&packet, data);
    error = bfd_mouth_send(session->mouth, data, sizeof(data));
    if (error == -EAGAIN || error == -ENOBUFS) { /* the next one is soon */
        session->counters.send_errors++;
        return;
    }
    session->counters.sent += !error;
    session->counters.send_errors += error != 0;
    session_note_trouble(session, error);
}

void bfd_session_connect(struct bfd_session *session, int index)
{
    const struct conf_bfd *conf = &session->conf;
    struct bfd_route route = {
        .source = conf->source,
        .to = conf->neighbor,
        .port = conf->multihop ? BFD_PACKET_PORT_HOPS : BFD_PACKET_PORT,
        .interface = conf->interface,
        .index = index,
        .ttl = conf->ttl,
    };
    int error = 0;

    if (session->index != index) {
        bfd_mouth_free(session->mouth);
        session->mouth = NULL;
        session->index = index;
    }
    if (session->mouth) {
        return;
    }
    if (conf->interface && !index) {
        error = -ENODEV;
    } else {
        session->mouth = bfd_mouth_new(&route, session_random(session), &error);
    }
    session_note_trouble(session, error);
}

/* ---- Telling ----------------------------------------------------------------------------------- */

enum bfd_status bfd_session_status(const struct bfd_session *session)
{
    return session->state.role == BFD_UP ? BFD_STATUS_UP
           : session->risen              ? BFD_STATUS_DOWN
                                         : BFD_STATUS_UNKNOWN;
}

/* Why a session is not up any more. */
static const char *session_reason(const struct bfd_session *session, int64_t silence,
                                  char text[BFD_TEXT_SIZE])
{
    char peer[INET_ADDR_TEXT_SIZE];
    char duration[CLOCK_TEXT_SIZE];

    inet_text(peer, &session->conf.neighbor);
    if (session->state.diag == BFD_DIAG_EXPIRED) {
        (void)snprintf(text, BFD_TEXT_SIZE, "nothing was heard from %s for %s", peer,
                       clock_duration_text(duration, silence));
    } else if (session->state.diag == BFD_DIAG_SIGNALED) {
        (void)snprintf(text, BFD_TEXT_SIZE, "%s says %s: %s", peer,
                       bfd_role_text(session->state.remote_role),
                       bfd_diag_text(session->state.remote_diag));
    } else {
        (void)snprintf(text, BFD_TEXT_SIZE, "%s", bfd_diag_text(session->state.diag));
    }
    return text;
}

static void session_log_change(const struct bfd_session *session, enum bfd_role before,
                               int64_t silence)
{
    char peer[INET_ADDR_TEXT_SIZE];
    char text[BFD_TEXT_SIZE];
    enum bfd_role role = session->state.role;
    bool matters = role == BFD_UP || before == BFD_UP;

    if (role == BFD_UP || role == BFD_INIT) {
        (void)snprintf(text, sizeof(text), "%s says %s", inet_text(peer, &session->conf.neighbor),
                       bfd_role_text(session->state.remote_role));
    } else {
        (void)session_reason(session, silence, text);
    }
    log_event(session->context->log, matters ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO,
              session->conf.name, "BFD %s -> %s: %s", bfd_role_text(before), bfd_role_text(role),
              text);
}

static void session_log_agreement(const struct bfd_session *session)
{
    char send[CLOCK_TEXT_SIZE];
    char receive[CLOCK_TEXT_SIZE];
    char detection[CLOCK_TEXT_SIZE];
    int64_t interval = bfd_fsm_send_interval(&session->state);

    log_event(session->context->log, LOG_LEVEL_INFO, session->conf.name,
              "BFD: sends each %s, receives each %s, detects after %s",
              interval == CLOCK_NEVER ? "never" : clock_duration_text(send, interval),
              clock_duration_text(receive, bfd_fsm_receive_interval(&session->state)),
              clock_duration_text(detection, bfd_fsm_detection_time(&session->state)));
}

static void session_on_change(struct bfd_session *session, const struct bfd_fsm_state *before,
                              enum bfd_status status, int64_t now)
{
    enum bfd_role role = session->state.role;

    session->since_wall = clock_wall();
    if (role == BFD_UP) {
        session->risen = true;
        loop_timer_set(session->patience, CLOCK_NEVER);
        session->counters.rises++;
    } else if (before->role == BFD_UP) {
        session->counters.falls++;
        session->last_diag = session->state.diag;
    }
    session_log_change(session, before->role, now - before->heard_at);
    if (bfd_session_status(session) != status && !session->leaving) {
        session->context->changed(session->context->argument, session);
    }
}

/* ---- Steps ------------------------------------------------------------------------------------- */

/* One that is set earlier fires for nothing, once; that is cheaper than to move it for each packet. */
static void session_set_timer(struct bfd_session *session)
{
    int64_t deadline = bfd_fsm_deadline(&session->state);

    if (deadline < loop_timer_deadline(session->timer)) {
        loop_timer_set(session->timer, deadline);
    }
}

static void session_step(struct bfd_session *session, enum bfd_fsm_event_kind kind,
                         const struct bfd_packet *packet, int64_t now)
{
    const struct bfd_fsm_event event = {
        .kind = kind, .packet = packet, .random = session_random(session)};
    enum bfd_status status = bfd_session_status(session);
    struct bfd_fsm_state before = session->state;
    struct bfd_fsm_outcome outcome = bfd_fsm_step(&session->config, &before, &event, now);

    session->state = outcome.state;
    if (outcome.actions & BFD_ACTION_ANSWER) {
        session_send(session, true);
    }
    if (outcome.actions & BFD_ACTION_SEND) {
        session_send(session, false);
    }
    session_set_timer(session);
    if (outcome.actions & BFD_ACTION_AGREED) {
        session_log_agreement(session);
    }
    if (outcome.actions & BFD_ACTION_CHANGED) {
        session_on_change(session, &before, status, now);
    }
}

/* What was heard meanwhile is read before the neighbor counts as gone. */
static void session_due(void *argument, int64_t now, int64_t late)
{
    struct bfd_session *session = argument;

    (void)late;
    if (now >= session->state.detect_at) {
        session->context->drain(session->context->argument);
    }
    session_step(session, BFD_EVENT_TIMER, NULL, now);
    session_set_timer(session);
}

static void session_patience_over(void *argument, int64_t now, int64_t late)
{
    struct bfd_session *session = argument;

    (void)now;
    (void)late;
    session->risen = true;
    if (!session->leaving) {
        session->context->changed(session->context->argument, session);
    }
}

void bfd_session_receive(struct bfd_session *session, const struct bfd_packet *packet)
{
    session->counters.received++;
    session_step(session, BFD_EVENT_PACKET, packet, clock_now());
}

bool bfd_session_drop(struct bfd_session *session, enum bfd_drop drop)
{
    int64_t now = clock_now();
    int64_t *explained = &session->explained_at[drop];
    bool explain = !*explained || now - *explained >= BFD_COMPLAINT_PAUSE;

    session->counters.drops[drop]++;
    session->complaint_at = now;
    if (explain) {
        *explained = now;
    }
    return explain;
}

void bfd_session_complain(struct bfd_session *session, const char *text)
{
    (void)text_copy(session->complaint, sizeof(session->complaint), text);
    log_warning(session->context->log, session->conf.name, "packets are dropped: %s", text);
}

/* ---- Life -------------------------------------------------------------------------------------- */

static void session_copy_conf(struct bfd_session *session, const struct conf_bfd *conf)
{
    free((void *)session->conf.name);
    free((void *)session->conf.interface);
    session->conf = *conf;
    session->conf.name = memory_text(conf->name);
    session->conf.interface = conf->interface ? memory_text(conf->interface) : NULL;
    session->config = (struct bfd_fsm_config){
        .min_tx = conf->min_tx,
        .idle_tx = conf->idle_tx,
        .min_rx = conf->min_rx,
        .multiplier = conf->multiplier,
        .passive = conf->passive,
    };
}

struct bfd_session *bfd_session_new(const struct bfd_context *context, const struct conf_bfd *conf,
                                    uint32_t discriminator, uint64_t random)
{
    struct bfd_session *session = memory_new(1, sizeof(*session));
    int64_t now = clock_now();

    session->context = context;
    session->random = random;
    session->since_wall = clock_wall();
    session->timer = loop_timer_new(context->loop, LOOP_PRIORITY_VRRP, session_due, session);
    session->patience =
        loop_timer_new(context->loop, LOOP_PRIORITY_VRRP, session_patience_over, session);
    session_copy_conf(session, conf);
    session->state = bfd_fsm_initial(&session->config, discriminator, now);
    session_set_timer(session);
    loop_timer_set(session->patience, now + BFD_PATIENCE);
    return session;
}

void bfd_session_free(struct bfd_session *session)
{
    if (!session) {
        return;
    }
    loop_timer_free(session->timer);
    loop_timer_free(session->patience);
    bfd_mouth_free(session->mouth);
    free((void *)session->conf.name);
    free((void *)session->conf.interface);
    free(session);
}

bool bfd_session_is(const struct bfd_session *session, const struct conf_bfd *conf)
{
    const struct conf_bfd *own = &session->conf;

    return inet_equal(&own->neighbor, &conf->neighbor) && inet_equal(&own->source, &conf->source) &&
           own->multihop == conf->multihop &&
           strcmp(own->interface ? own->interface : "", conf->interface ? conf->interface : "") ==
               0;
}

void bfd_session_configure(struct bfd_session *session, const struct conf_bfd *conf)
{
    bool again = session->leaving;

    session_copy_conf(session, conf);
    session->leaving = false;
    if (session->mouth) {
        bfd_mouth_set_ttl(session->mouth, conf->ttl);
    }
    session_step(session, again ? BFD_EVENT_START : BFD_EVENT_RECONFIGURED, NULL, clock_now());
}

void bfd_session_stop(struct bfd_session *session)
{
    session->leaving = true;
    session_step(session, BFD_EVENT_STOP, NULL, clock_now());
}

bool bfd_session_is_telling(const struct bfd_session *session)
{
    return session->state.remote_discriminator != 0;
}

/* ---- Status ------------------------------------------------------------------------------------ */

static double session_ms(int64_t duration)
{
    return (double)duration / (double)CLOCK_MILLISECOND;
}

static json_t *session_counters_json(const struct bfd_session_counters *counters)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}", "packets_sent",
                     (json_int_t)counters->sent, "send_errors", (json_int_t)counters->send_errors,
                     "packets_received", (json_int_t)counters->received, "became_up",
                     (json_int_t)counters->rises, "left_up", (json_int_t)counters->falls, "dropped",
                     "malformed", (json_int_t)counters->drops[BFD_DROP_MALFORMED], "far",
                     (json_int_t)counters->drops[BFD_DROP_FAR], "elsewhere",
                     (json_int_t)counters->drops[BFD_DROP_ELSEWHERE]);
}

/* What one side wants and says. */
static json_t *session_side_json(enum bfd_role role, uint8_t diag, uint32_t discriminator,
                                 uint8_t multiplier, int64_t min_tx, int64_t min_rx)
{
    return json_pack("{s:s, s:s, s:I, s:i, s:f, s:f}", "state", bfd_role_text(role), "diagnostic",
                     bfd_diag_text(diag), "discriminator", (json_int_t)discriminator, "multiplier",
                     multiplier, "min_tx_ms", session_ms(min_tx), "min_rx_ms", session_ms(min_rx));
}

static json_t *session_remote_json(const struct bfd_fsm_state *state)
{
    return state->remote_discriminator
               ? session_side_json(state->remote_role, state->remote_diag,
                                   state->remote_discriminator, state->remote_multiplier,
                                   state->remote_min_tx, state->remote_min_rx)
               : json_null();
}

/* The agreed intervals; nothing is agreed on before the neighbor was heard. */
static json_t *session_agreed_json(const struct bfd_fsm_state *state)
{
    int64_t send = bfd_fsm_send_interval(state);

    if (!state->remote_discriminator) {
        return json_null();
    }
    return json_pack("{s:f, s:f, s:f, s:b}", "send_ms",
                     send == CLOCK_NEVER ? 0.0 : session_ms(send), "receive_ms",
                     session_ms(bfd_fsm_receive_interval(state)), "detection_ms",
                     session_ms(bfd_fsm_detection_time(state)), "polling", state->polling);
}

/* What is wrong now; NULL: nothing. */
static const char *session_complaint(const struct bfd_session *session)
{
    bool recent =
        session->complaint_at && clock_now() - session->complaint_at < BFD_COMPLAINT_PAUSE;

    return session->trouble ? strerror(-session->trouble) : recent ? session->complaint : NULL;
}

json_t *bfd_session_snapshot(const struct bfd_session *session)
{
    static const char *const words[] = {
        [BFD_STATUS_UNKNOWN] = "unknown", [BFD_STATUS_UP] = "up", [BFD_STATUS_DOWN] = "down"};
    const struct conf_bfd *conf = &session->conf;
    const struct bfd_fsm_state *state = &session->state;
    bool has_source = inet_is_set(&conf->source);
    char source[INET_ADDR_TEXT_SIZE];
    char neighbor[INET_ADDR_TEXT_SIZE];
    char since[CLOCK_TEXT_SIZE];

    return json_pack(
        "{s:o, s:s, s:s, s:o, s:s?, s:s, s:s, s:s, s:o, s:s?, s:b, s:o, s:o, s:o, s:o, s:o}",
        "name", json_from_text(conf->name), "status", words[bfd_session_status(session)],
        "neighbor", inet_text(neighbor, &conf->neighbor), "interface",
        json_from_text(conf->interface), "source",
        has_source ? inet_text(source, &conf->source) : NULL, "kind",
        conf->multihop ? "multihop" : "single-hop", "state", bfd_role_text(state->role), "since",
        clock_wall_text(since, session->since_wall), "heard_ms_ago",
        state->heard_at ? json_real(session_ms(clock_now() - state->heard_at)) : json_null(),
        "last_fall", session->counters.falls ? bfd_diag_text(session->last_diag) : NULL, "passive",
        conf->passive, "agreed", session_agreed_json(state), "local",
        session_side_json(state->role, state->diag, state->discriminator, conf->multiplier,
                          state->min_tx, state->min_rx),
        "remote", session_remote_json(state), "complaint",
        json_from_text(session_complaint(session)), "counters",
        session_counters_json(&session->counters));
}
