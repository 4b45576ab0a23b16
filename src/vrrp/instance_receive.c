/* SPDX-License-Identifier: Apache-2.0
 *
 * Adverts that an instance hears: whether they are to be believed, and what is said of those that
 * are not. What they mean is fsm's.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "vrrp/instance_inside.h"
#include "vrrp/peers.h"

/* RFC 2338 5.3.6: 0 none, 1 a password, 2 the Authentication Header. */
enum { INSTANCE_LAST_AUTH_TYPE = 2 };

void instance_count_malformed(struct instance *instance, enum packet_error error)
{
    instance->counters.malformed[error]++;
}

/* The Authentication Header. @return whether what follows is to be believed */
static bool instance_verify_seal(struct instance *instance, const struct packet_envelope *envelope,
                                 const struct packet_advert *advert)
{
    enum ah_verdict verdict;
    char who[INET_ADDR_TEXT_SIZE];

    if (instance->conf->auth != CONF_AUTH_AH) {
        return true;
    }
    verdict = ah_verify(instance->conf->auth_pass, instance_ah_state(instance), envelope,
                        advert->seal, AH_SIZE + advert->size + advert->rest, clock_wall());
    instance->counters.ah[verdict]++;
    if (verdict != AH_OK) {
        instance_complain(instance, "an advert from %s %s (dropped)",
                          inet_text(who, &envelope->source), ah_text(verdict));
    }
    return verdict == AH_OK;
}

/* The trailer. Before anything else is believed. @return whether it is to be */
static bool instance_verify_trailer(struct instance *instance,
                                    const struct packet_envelope *envelope,
                                    const struct packet_advert *advert)
{
    enum hmac_verdict verdict;
    char who[INET_ADDR_TEXT_SIZE];

    if (STAILQ_EMPTY(&instance->conf->hmac_keys)) {
        return true;
    }
    verdict = hmac_verify(instance->conf, instance_hmac_state(instance), envelope, advert->message,
                          advert->size, advert->rest, clock_wall());
    instance->counters.hmac[verdict]++;
    if (!hmac_passes(verdict)) {
        instance_complain(instance, "an advert from %s %s (dropped)",
                          inet_text(who, &envelope->source), hmac_text(verdict));
    }
    return hmac_passes(verdict);
}

bool instance_knows_sum(const struct instance *instance, const struct packet_envelope *envelope,
                        struct packet_advert *advert)
{
    const struct conf_instance *conf = instance->conf;

    return conf->old_checksum != CONF_OLD_CHECKSUM_NEVER &&
           packet_has_group_sum(advert, envelope, &conf->mcast_group);
}

/* Whoever refuses a form of the checksum does so without a word. */
static void instance_tell_checksum(const struct instance *instance, const struct inet_addr *source,
                                   const struct packet_advert *advert)
{
    enum packet_checksum ours = instance_checksum(instance, source);
    char who[INET_ADDR_TEXT_SIZE];

    if (advert->version != 3 || advert->family != AF_INET || advert->checksum == ours) {
        return;
    }
    log_notice(instance->context->log, instance->conf->name,
               "%s computes the checksum otherwise than we do (%s, ours is %s): if it refuses our "
               "adverts, set %s",
               inet_text(who, source), packet_checksum_word(advert->checksum),
               packet_checksum_word(ours),
               advert->checksum == PACKET_CHECKSUM_MESSAGE ? "v3_checksum_as_v2 on"
               : advert->checksum == PACKET_CHECKSUM_GROUP ? "old_unicast_checksum"
                                                           : "v3_checksum_as_v2 off");
}

static void instance_note_peer(struct instance *instance, const struct inet_addr *source,
                               const struct packet_advert *advert)
{
    if (peers_hear(&instance->peers, source, advert, clock_now())) {
        instance_tell_checksum(instance, source, advert);
    }
}

static void instance_admit(struct instance *instance, const struct packet_envelope *envelope,
                           const struct packet_advert *advert)
{
    enum admit_verdict verdict =
        admit_advert(instance->conf, &instance->view.source, instance->view.room, envelope, advert);
    const struct fsm_event event = {.kind = FSM_EVENT_ADVERT,
                                    .priority = advert->priority,
                                    .interval = advert->interval,
                                    .source = envelope->source};

    instance->counters.verdicts[verdict]++;
    instance->counters.unknown_auth_type +=
        verdict == ADMIT_OTHER_AUTH_TYPE && advert->auth_type > INSTANCE_LAST_AUTH_TYPE;
    if (instance->conf->ignore_adverts && !instance->state.handing_over) {
        instance->counters.ignored++;
        return;
    }
    if (instance->config.owner && advert->priority == CONF_PRIORITY_OWNER &&
        admit_passes(verdict)) {
        char who[INET_ADDR_TEXT_SIZE];

        instance_complain(instance,
                          "%s says too that it owns the addresses (priority 255): let one director "
                          "alone have that priority",
                          inet_text(who, &envelope->source));
    }
    if (verdict != ADMIT_OK) {
        char who[INET_ADDR_TEXT_SIZE];

        instance_complain(instance, "an advert from %s %s%s", inet_text(who, &envelope->source),
                          admit_text(verdict), admit_passes(verdict) ? "" : " (dropped)");
    }
    if (!admit_passes(verdict)) {
        return;
    }
    instance_note_peer(instance, &envelope->source, advert);
    instance->counters.received++;
    instance->counters.zero_received += advert->priority == 0;
    instance_event_at(instance, &event, clock_now() - envelope->age);
}

void instance_receive(struct instance *instance, const struct packet_envelope *envelope,
                      const struct packet_advert *advert)
{
    if (instance_verify_seal(instance, envelope, advert) &&
        instance_verify_trailer(instance, envelope, advert)) {
        instance_admit(instance, envelope, advert);
    }
}
