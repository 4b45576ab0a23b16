/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a well-formed advert is one that an instance listens to.
 */
#include "vrrp/admit.h"

#include <string.h>

static const struct {
    const char *word;
    const char *text;
} admit_verdicts[ADMIT_VERDICTS] = {
    [ADMIT_OK] = {"ok", "admitted"},
    [ADMIT_ADDRESSES_DIFFER] = {"addresses_differ",
                                "advertises other addresses than ours: make virtual_ipaddress the "
                                "same on all routers"},
    [ADMIT_OWN_SOURCE] = {"own_source",
                          "carries our own address as its source: the address is used "
                          "twice, or the network loops"},
    [ADMIT_OTHER_VERSION] = {"other_version", "is of another VRRP version: make `version` the same "
                                              "on all routers"},
    [ADMIT_OTHER_AUTH_TYPE] = {"other_auth_type", "has another authentication type: make auth_type "
                                                  "the same on all routers"},
    [ADMIT_WRONG_PASSWORD] = {"wrong_password", "has another password: make auth_pass the same on "
                                                "all routers"},
    [ADMIT_OTHER_INTERVAL] = {"other_interval", "has another interval: make advert_int the same on "
                                                "all routers (version 2 demands it)"},
    [ADMIT_NOT_A_PEER] = {"not_a_peer", "comes from nobody in unicast_peer: add its address there, "
                                        "if it is one of the directors"},
    [ADMIT_OTHER_TTL] = {"other_ttl",
                         "has a TTL outside of the peer's min_ttl and max_ttl: it came "
                         "over more or fewer routers than it should"},
};

/* In constant time: how much of it was right must not show in how long the answer took. */
static bool admit_password_equal(const uint8_t *a, const uint8_t *b)
{
    unsigned difference = 0;

    for (int i = 0; i < PACKET_AUTH_SIZE; i++) {
        difference |= a[i] ^ b[i];
    }
    return difference == 0;
}

bool admit_is_advertised(const struct conf_address *address, uint8_t room, unsigned *count)
{
    return !address->excluded && (*count)++ < room;
}

static bool admit_has_address(const struct conf_instance *conf, uint8_t room, const uint8_t *bytes,
                              size_t size)
{
    const struct conf_address *address;
    unsigned count = 0;

    STAILQ_FOREACH(address, &conf->addresses, next) {
        if (admit_is_advertised(address, room, &count) &&
            memcmp(address->prefix.addr.bytes, bytes, size) == 0) {
            return true;
        }
    }
    return false;
}

static bool admit_advertises(const struct packet_advert *advert, const uint8_t *bytes, size_t size)
{
    for (unsigned i = 0; i < advert->address_count; i++) {
        if (memcmp(advert->addresses + i * size, bytes, size) == 0) {
            return true;
        }
    }
    return false;
}

/* In any order. Both ways, since either side may name an address twice. */
static bool admit_addresses_agree(const struct conf_instance *conf, uint8_t room,
                                  const struct packet_advert *advert)
{
    size_t size = inet_family_size(advert->family);
    const struct conf_address *address;
    unsigned count = 0;

    if (conf->skip_check_adv_addr) {
        return true;
    }
    if (advert->address_count != (conf->advertised_count < room ? conf->advertised_count : room)) {
        return false;
    }
    for (unsigned i = 0; i < advert->address_count; i++) {
        if (!admit_has_address(conf, room, advert->addresses + i * size, size)) {
            return false;
        }
    }
    STAILQ_FOREACH(address, &conf->addresses, next) {
        if (admit_is_advertised(address, room, &count) &&
            !admit_advertises(advert, address->prefix.addr.bytes, size)) {
            return false;
        }
    }
    return true;
}

/* Unicast is heard from peers alone: anybody can send it from anywhere. */
static enum admit_verdict admit_peer(const struct conf_instance *conf,
                                     const struct packet_envelope *envelope)
{
    const struct conf_peer *peer;

    STAILQ_FOREACH(peer, &conf->peers, next) {
        if (inet_equal(&peer->addr, &envelope->source)) {
            return envelope->ttl >= peer->min_ttl && envelope->ttl <= peer->max_ttl
                       ? ADMIT_OK
                       : ADMIT_OTHER_TTL;
        }
    }
    return ADMIT_NOT_A_PEER;
}

static enum admit_verdict admit_version_2(const struct conf_instance *conf,
                                          const struct packet_advert *advert)
{
    if (advert->auth_type != conf->auth) {
        return ADMIT_OTHER_AUTH_TYPE;
    }
    if (conf->auth == CONF_AUTH_PASS && !admit_password_equal(advert->auth_data, conf->auth_pass)) {
        return ADMIT_WRONG_PASSWORD;
    }
    return advert->interval == conf->advert_interval ? ADMIT_OK : ADMIT_OTHER_INTERVAL;
}

enum admit_verdict admit_advert(const struct conf_instance *conf, const struct inet_addr *own,
                                uint8_t room, const struct packet_envelope *envelope,
                                const struct packet_advert *advert)
{
    enum admit_verdict verdict = ADMIT_OK;

    if (inet_equal(&envelope->source, own)) {
        return ADMIT_OWN_SOURCE;
    }
    if (conf->peer_count) {
        verdict = admit_peer(conf, envelope);
        if (verdict != ADMIT_OK) {
            return verdict;
        }
    }
    if (advert->version != conf->version) {
        return ADMIT_OTHER_VERSION;
    }
    if (advert->version == 2) {
        verdict = admit_version_2(conf, advert);
    }
    if (verdict == ADMIT_OK && !admit_addresses_agree(conf, room, advert)) {
        verdict = ADMIT_ADDRESSES_DIFFER;
    }
    return verdict;
}

bool admit_passes(enum admit_verdict verdict)
{
    return verdict == ADMIT_OK || verdict == ADMIT_ADDRESSES_DIFFER;
}

const char *admit_word(enum admit_verdict verdict)
{
    return admit_verdicts[verdict].word;
}

const char *admit_text(enum admit_verdict verdict)
{
    return admit_verdicts[verdict].text;
}
