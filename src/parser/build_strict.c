/* SPDX-License-Identifier: Apache-2.0
 *
 * vrrp_strict and strict_mode: what the RFCs do not have is corrected or refused
 * (keepalived-reference.md B32-B35). Pure.
 */
#include "parser/build.h"

#include "parser/validate.h"

#include <string.h>

enum { STRICT_DOWN_ADVERTS = 3 }; /* RFC 9568 6.1 */

/* Where a keyword of the instance stands, or the instance where it came from global_defs. */
static const struct source_place *strict_place(struct build *build,
                                               const struct build_instance *extra,
                                               const char *keyword)
{
    const struct source_place *place = build_mark(build, &extra->marks, keyword);

    return place ? place : &extra->place;
}

static void strict_correct(struct build *build, const struct build_instance *extra,
                           const char *keyword, const char *becomes)
{
    source_warning(build->source, strict_place(build, extra, keyword),
                   "%s: strict VRRP has no such %s; it becomes %s: correct it, or remove strict "
                   "mode",
                   extra->instance->name, keyword, becomes);
}

/* B32. */
static void strict_election(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    bool owner = instance->priority == CONF_PRIORITY_OWNER;

    if (instance->state_master != owner) {
        strict_correct(build, extra, "state", owner ? "MASTER" : "BACKUP");
        instance->state_master = owner;
    }
    if (instance->preempt_delay) {
        strict_correct(build, extra, "preempt_delay", "0");
        instance->preempt_delay = 0;
    }
    if (instance->down_timer_adverts != STRICT_DOWN_ADVERTS) {
        strict_correct(build, extra, "down_timer_adverts", "3");
        instance->down_timer_adverts = STRICT_DOWN_ADVERTS;
    }
    if (instance->higher_prio_send_advert &&
        build_mark(build, &extra->marks, "higher_prio_send_advert")) {
        strict_correct(build, extra, "higher_prio_send_advert", "off");
    }
    instance->higher_prio_send_advert = false;
    instance->lower_prio_no_advert = true;
}

static void strict_transport(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;

    if (instance->auth != CONF_AUTH_NONE) {
        strict_correct(build, extra, "authentication", "none");
        instance->auth = CONF_AUTH_NONE;
        memset(instance->auth_pass, 0, sizeof(instance->auth_pass));
    }
    if (instance->peer_count) { /* B33 */
        source_error(build->source, strict_place(build, extra, "unicast_peer"),
                     "%s: strict VRRP has no unicast; remove unicast_peer, or strict mode",
                     instance->name);
    }
    if (build_mark(build, &extra->marks, "garp_lower_prio_repeat") ||
        build_mark(build, &extra->marks, "garp_lower_prio_delay")) {
        strict_correct(build, extra,
                       build_mark(build, &extra->marks, "garp_lower_prio_repeat")
                           ? "garp_lower_prio_repeat"
                           : "garp_lower_prio_delay",
                       "0");
    }
    instance->announce.lower_prio_repeat = 0;
    instance->announce.lower_prio_delay = 0;
}

/* B32: the virtual router's own MAC, and adverts that leave with it. */
static void strict_virtual(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;

    if (instance->vmac && instance->vmac->own_mac) {
        build_reset_vmac(instance);
        source_warning(build->source, strict_place(build, extra, "use_vmac"),
                       "use_vmac: strict VRRP has the MAC of the virtual router alone; it is used, "
                       "remove the one here, or strict mode");
    }
    if (instance->vmac_xmit_base && !instance->peer_count) {
        instance->vmac_xmit_base = false;
        strict_correct(build, extra, "vmac_xmit_base", "off");
    }
}

/* B33, B34. */
static void strict_addresses(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct conf_address *first = NULL;
    const struct conf_address *address;

    STAILQ_FOREACH(address, &instance->addresses, next) {
        if (!address->excluded && !first) {
            first = address;
        }
    }
    if (instance->without_addresses) {
        strict_correct(build, extra, "no_virtual_ipaddress", "off");
        instance->without_addresses = false;
    }
    if (!first && !expand_left_out(build->expand)) {
        source_error(build->source, &extra->place,
                     "vrrp_instance %s has no address, and strict VRRP needs one; add: "
                     "virtual_ipaddress { ADDRESS/LENGTH }",
                     instance->name);
    }
    if (first && instance->family == AF_INET6 && !inet_is_link_local(&first->prefix.addr)) {
        struct source_place place = validate_address_place(first);

        source_warning(build->source, &place,
                       "strict VRRP over IPv6 has a link-local address (fe80::/64) first; add one "
                       "before this line");
    }
}

/* B35: packets to the addresses are for their owner alone, unless `accept` says otherwise. */
static void strict_accept(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *accept = build_mark(build, &extra->marks, "accept");

    if (instance->priority == CONF_PRIORITY_OWNER) {
        instance->ignore_adverts = true;
        return;
    }
    if (accept && instance->version == 2) {
        strict_correct(build, extra, "accept", "no_accept");
    }
    if (!accept || instance->version == 2) {
        instance->accept = false;
    }
}

void build_finish_strict(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;

    if (instance->strict) {
        strict_election(build, extra);
        strict_transport(build, extra);
        strict_virtual(build, extra);
        strict_addresses(build, extra);
        strict_accept(build, extra);
    }
    if (instance->priority == CONF_PRIORITY_OWNER) {
        instance->accept = true; /* they are its own */
    } else {
        instance->ignore_adverts = false;
    }
}
