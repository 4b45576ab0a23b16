/* SPDX-License-Identifier: Apache-2.0
 *
 * The adverts of an instance: what they say, how they are summed, signed and sealed, to whom they
 * go.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "vrrp/instance_inside.h"
#include "vrrp/peers.h"
#include "vrrp/resume.h"
#include "vrrp/socket.h"

#include <string.h>

enum {
    /* An advert with whatever may be around it. */
    INSTANCE_DATAGRAM_SIZE = PACKET_MAX_SIZE + AH_IP_SIZE + AH_SIZE + HMAC_TRAILER_SIZE,
};

void instance_on_send_error(void *owner, int error)
{
    struct instance *instance = owner;

    instance->counters.sent--; /* it was counted when it was queued */
    instance->counters.send_errors++;
    if (instance->view.link.running) { /* else the fault has said it all */
        log_warning(instance->context->log, instance->conf->name, "an advert cannot be sent: %s",
                    strerror(-error));
    }
}

static uint8_t instance_list_addresses(const struct conf_instance *conf, uint8_t room,
                                       uint8_t bytes[PACKET_MAX_ADDRESSES * 16])
{
    size_t size = inet_family_size(conf->family);
    const struct conf_address *address;
    unsigned count = 0;
    uint8_t listed = 0;

    STAILQ_FOREACH(address, &conf->addresses, next) {
        if (admit_is_advertised(address, room, &count)) {
            memcpy(bytes + listed++ * size, address->prefix.addr.bytes, size);
        }
    }
    return listed;
}

struct ah_state *instance_ah_state(struct instance *instance)
{
    if (!instance->ah) {
        instance->ah = memory_new(1, sizeof(*instance->ah));
    }
    return instance->ah;
}

struct hmac_state *instance_hmac_state(struct instance *instance)
{
    if (!instance->hmac) {
        instance->hmac = memory_new(1, sizeof(*instance->hmac));
    }
    return instance->hmac;
}

/* Puts in front of an advert, or behind it, what proves that it is ours. @return its bytes */
static size_t instance_authenticate(struct instance *instance,
                                    const struct packet_envelope *envelope,
                                    uint8_t data[INSTANCE_DATAGRAM_SIZE], size_t size)
{
    const struct conf_instance *conf = instance->conf;

    if (conf->auth == CONF_AUTH_AH) {
        uint8_t message[AH_MAX_SIZE];

        memcpy(message, data, size);
        return ah_seal(conf->auth_pass, instance_ah_state(instance), envelope, message, size,
                       clock_wall(), data);
    }
    if (hmac_signs(conf)) {
        hmac_sign(conf, instance_hmac_state(instance), envelope, data, size, clock_wall(),
                  data + size);
        packet_cover_trailer(data, size, HMAC_TRAILER_SIZE, envelope);
        size += HMAC_TRAILER_SIZE;
    }
    return size;
}

enum packet_checksum instance_checksum(const struct instance *instance,
                                       const struct inet_addr *destination)
{
    const struct conf_instance *conf = instance->conf;
    const struct peers_entry *peer;

    if (conf->checksum_as_v2) {
        return PACKET_CHECKSUM_MESSAGE;
    }
    if (!conf->peer_count || conf->family != AF_INET || conf->version != 3) {
        return PACKET_CHECKSUM_PSEUDO;
    }
    peer = peers_find(&instance->peers, destination);
    return conf->old_checksum == CONF_OLD_CHECKSUM_ALWAYS ||
                   (conf->old_checksum == CONF_OLD_CHECKSUM_DETECT && peer &&
                    peer->checksum == PACKET_CHECKSUM_GROUP)
               ? PACKET_CHECKSUM_GROUP
               : PACKET_CHECKSUM_PSEUDO;
}

/* IPv6 and version 3 have the destination in the checksum. @return the message's bytes */
static size_t instance_encode(const struct instance *instance, struct packet_advert advert,
                              struct packet_envelope envelope, uint8_t data[INSTANCE_DATAGRAM_SIZE])
{
    advert.checksum = instance_checksum(instance, &envelope.destination);
    if (advert.checksum == PACKET_CHECKSUM_GROUP) {
        envelope.destination = instance->conf->mcast_group;
    }
    return packet_encode(&advert, &envelope, data);
}

static void instance_send_to(struct instance *instance, const struct packet_advert *advert,
                             const struct inet_addr *destination, uint8_t ttl)
{
    const struct packet_envelope envelope = {
        .source = instance->state.address, .destination = *destination, .ttl = ttl};
    uint8_t data[INSTANCE_DATAGRAM_SIZE];
    size_t size = instance_authenticate(instance, &envelope, data,
                                        instance_encode(instance, *advert, envelope, data));
    int error = 0;

    instance->counters.sent++;
    instance->counters.zero_sent += advert->priority == 0;
    if (instance->beating) {
        socket_queue(instance_mouth(instance), &envelope, data, size, instance);
    } else {
        error = socket_send(instance_mouth(instance), &envelope, data, size);
    }
    if (error) {
        instance_on_send_error(instance, error);
    }
}

void instance_send_by(struct instance *instance, uint8_t priority, int64_t interval)
{
    const struct conf_instance *conf = instance->conf;
    uint8_t addresses[PACKET_MAX_ADDRESSES * 16];
    struct packet_advert advert = {
        .version = conf->version,
        .family = conf->family,
        .vrid = conf->vrid,
        .priority = priority,
        .auth_type = (uint8_t)conf->auth,
        .interval = interval,
        .address_count = instance_list_addresses(conf, instance->view.room, addresses),
        .addresses = addresses,
    };
    const struct conf_peer *peer;

    if (!instance->socket || !inet_is_set(&instance->state.address)) {
        return; /* its interface is gone: nobody could hear it */
    }
    if (conf->auth == CONF_AUTH_PASS) { /* it is the key of AH: that must not be sent */
        memcpy(advert.auth_data, conf->auth_pass, sizeof(advert.auth_data));
    }
    if (!conf->peer_count) {
        instance_send_to(instance, &advert, &conf->mcast_group, PACKET_TTL);
    }
    STAILQ_FOREACH(peer, &conf->peers, next) {
        instance_send_to(instance, &advert, &peer->addr, conf->unicast_ttl);
    }
    if (priority) {
        instance->sent_at = clock_now();
        resume_beat(instance->context->resume, instance->resume_slot, instance->sent_at);
    }
}

void instance_send(struct instance *instance, uint8_t priority)
{
    instance_send_by(instance, priority, instance->conf->advert_interval);
}
