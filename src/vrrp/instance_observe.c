/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance sees: its interface, its source address, the interfaces below what it holds.
 * What is tracked, and the sockets, are in files of their own.
 */
#include "vrrp/instance_inside.h"

/* Without an interface of its own an instance stands on its VRF, or on whatever leads to its peers. */
static bool instance_find_link(const struct instance *instance, struct vrrp_link *link)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_instance *conf = instance->conf;

    if (*instance_place(conf)) {
        return hooks->find_link(hooks->argument, instance_place(conf), conf->family, link);
    }
    *link = (struct vrrp_link){.running = true};
    return true;
}

/* IPv6 peers beyond the link cannot answer a link-local address. */
static struct inet_addr instance_choose_source(const struct conf_instance *conf,
                                               const struct vrrp_link *link)
{
    const struct conf_peer *peer = STAILQ_FIRST(&conf->peers);

    if (inet_is_set(&conf->source)) {
        return conf->source;
    }
    return conf->family == AF_INET6 && peer && !inet_is_link_local(&peer->addr) ? link->global
                                                                                : link->primary;
}

static void instance_observe_source(struct instance *instance, struct instance_view *view)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_instance *conf = instance->conf;
    char text[INET_ADDR_TEXT_SIZE];

    view->source = instance_choose_source(conf, &view->link);
    if (!inet_is_set(&view->source) && view->link.tentative) {
        instance_add_fault(&view->faults,
                           "the link-local address of %s is tentative: the kernel still looks "
                           "whether somebody else has it",
                           conf->interface);
        instance_add_cure(&view->faults, "the kernel finds that nobody has it, within seconds");
    } else if (!inet_is_set(&view->source)) {
        instance_add_fault(&view->faults, "interface %s has no %s address to send adverts from",
                           conf->interface,
                           conf->family == AF_INET ? "IPv4"
                           : conf->peer_count      ? "global IPv6"
                                                   : "link-local IPv6");
        instance_add_cure(&view->faults, "it gets one, or %s names another",
                          conf->peer_count ? "unicast_src_ip" : "mcast_src_ip");
    } else if (conf->track_source && !hooks->is_ours(hooks->argument, &view->source)) {
        instance_add_fault(&view->faults, "the source address %s is on no interface",
                           inet_text(text, &view->source));
        instance_add_cure(&view->faults, "an interface gets %s (track_src_ip)", text);
    }
}

static void instance_observe_link(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    const char *name = instance_place(conf);

    view->has_link = instance_find_link(instance, &view->link);
    if (!view->has_link) {
        instance_add_fault(&view->faults, "interface %s does not exist", name);
        instance_add_cure(&view->faults, "an interface of that name appears");
        return;
    }
    if (conf->track_primary && !view->link.running && view->link.awaited) {
        instance_add_fault(&view->faults, "interface %s was down, and is not up for long enough",
                           name);
        instance_add_cure(&view->faults, "it stays up for its delay (interface_up_down_delays)");
    } else if (conf->track_primary && !view->link.running) {
        instance_add_fault(&view->faults, "interface %s is down", name);
        instance_add_cure(&view->faults, "it is up and has a carrier (ip link show %s)", name);
    }
    if (conf->fault_no_peer && !conf->peer_count) {
        instance_add_fault(&view->faults, "unicast_fault_no_peer: unicast_peer names nobody else");
        instance_add_cure(&view->faults, "a reload with a peer in unicast_peer");
    }
    instance_observe_source(instance, view);
}

/* keepalived-reference.md B27, B28: what is on them cannot be served while they are not there. */
static void instance_observe_needs(const struct instance *instance, struct instance_faults *faults)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_interface *one;

    STAILQ_FOREACH(one, &instance->conf->needs, next) {
        struct vrrp_link link;

        if (!hooks->find_link(hooks->argument, one->name, instance->conf->family, &link)) {
            instance_add_fault(faults, "interface %s does not exist", one->name);
            instance_add_cure(faults, "an interface of that name appears, or the addresses and "
                                      "routes on it have no_track");
        } else if (!link.running) {
            instance_add_fault(faults, "interface %s %s", one->name,
                               link.awaited ? "was down, and is not up for long enough"
                                            : "is down");
            instance_add_cure(faults,
                              "it %s (ip link show %s), or the addresses and routes on it have "
                              "no_track",
                              link.awaited ? "stays up for its delay" : "is up and has a carrier",
                              one->name);
        }
    }
}

void instance_observe(struct instance *instance)
{
    struct instance_view *view = &instance->view;

    instance_clear_faults(&view->faults);
    *view = (struct instance_view){0};
    instance_observe_link(instance, view);
    instance_observe_needs(instance, &view->faults);
    instance_observe_trackers(instance, view);
    instance_observe_virtual(instance, view); /* it is not up while a tracker is waited for */
    instance_observe_socket(instance, view);
    instance_observe_virtual_socket(instance, view);
    instance_observe_room(instance, view);
    if (instance->address_fault) {
        instance_add_fault(&view->faults, "%s", instance->address_fault);
        instance_add_cure(&view->faults, "the kernel takes it; tried again by itself");
    }
}
