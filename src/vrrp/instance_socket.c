/* SPDX-License-Identifier: Apache-2.0
 *
 * Where an instance listens and speaks: its sockets, its virtual interface, and how much an advert
 * has room for there.
 */
#include "base/log.h"
#include "vrrp/buffer.h"
#include "vrrp/instance_inside.h"
#include "vrrp/socket.h"
#include "vrrp/virtual.h"

#include <errno.h>
#include <string.h>

static void instance_virtual_problem(void *argument, const char *text)
{
    struct instance_faults *faults = argument;

    for (unsigned i = 0; i < faults->count && i < INSTANCE_FAULTS; i++) {
        if (strcmp(faults->kept[i].text, text) == 0) { /* an interface below is told of already */
            return;
        }
    }
    instance_add_fault(faults, "%s", text);
    instance_add_cure(faults,
                      "that is mended (modprobe macvlan or ipvlan, CAP_NET_ADMIN, a /proc/sys "
                      "that can be written); tried again by itself");
}

void instance_observe_virtual(struct instance *instance, struct instance_view *view)
{
    int before = virtual_index(instance->virtual);

    if (view->has_link) {
        virtual_observe(instance->virtual, instance->conf, instance_answers(instance),
                        instance_virtual_problem, &view->faults);
    }
    if (before && virtual_index(instance->virtual) != before) {
        instance_announce_again(instance); /* somebody removed it */
    }
}

/*
 * While its macvlan is up, that alone hears what another director sends from the same MAC, and all
 * else too; while it is down only the interface below hears anything.
 */
static void instance_choose_ear(struct instance *instance)
{
    bool base = !instance->virtual_socket || !virtual_is_up(instance->virtual);

    if (instance->socket && base != instance->hears_base) {
        if (base) {
            socket_add_receiver(instance->socket, instance->vrid, instance, instance->buffer);
        } else {
            socket_remove_receiver(instance->socket, instance->vrid, instance);
        }
        instance->hears_base = base;
    }
}

void instance_leave_socket(struct instance *instance)
{
    if (instance->socket) {
        socket_remove_receiver(instance->socket, instance->vrid, instance);
        socket_release(instance->socket);
        instance->socket = NULL;
        instance->hears_base = false;
    }
}

void instance_leave_plain_socket(struct instance *instance)
{
    if (instance->plain) {
        socket_remove_receiver(instance->plain, instance->vrid, instance);
        socket_release(instance->plain);
        instance->plain = NULL;
    }
}

void instance_leave_virtual_socket(struct instance *instance)
{
    if (instance->virtual_socket) {
        socket_remove_receiver(instance->virtual_socket, instance->vrid, instance);
        socket_release(instance->virtual_socket);
        instance->virtual_socket = NULL;
    }
}

/* @param error  negative, of socket(7), ip(7), ipv6(7) */
static const char *instance_socket_cure(int error)
{
    switch (-error) {
    case EPERM:
    case EACCES:
        return "the daemon has CAP_NET_RAW (systemd: CapabilityBoundingSet)";
    case EMFILE:
    case ENFILE:
        return "more files may be open (systemd: LimitNOFILE; sysctl fs.file-max)";
    case ENOBUFS:
        return "more groups may be joined (sysctl net.ipv4.igmp_max_memberships)";
    case ENOMEM:
        return "there is memory for it (sysctl net.core.optmem_max)";
    case EADDRNOTAVAIL:
        return "an interface has that address, and it is not tentative";
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
        return "the kernel has that family (IPv6: ipv6.disable=0 on its command line)";
    default:
        return "the interface is up and can do multicast (ip link set DEVICE multicast on)";
    }
}

static void instance_socket_fault(struct instance_faults *faults, const struct socket_route *route,
                                  int error)
{
    char text[INET_ADDR_TEXT_SIZE];

    instance_add_fault(faults, "no socket for VRRP on %s: %s%s",
                       *route->interface ? route->interface : inet_text(text, &route->local),
                       strerror(-error), error == -EPERM ? " (CAP_NET_RAW is needed)" : "");
    instance_add_cure(faults, "%s; tried again when an interface changes, and by a reload",
                      instance_socket_cure(error));
}

/* Adverts without AH come by another protocol; who sends them would be a second master unheard. */
static void instance_observe_plain_socket(struct instance *instance,
                                          const struct instance_view *view,
                                          const struct socket_route *sealed)
{
    struct socket_route route = *sealed;
    bool wanted = sealed->sealed && view->has_link && inet_is_set(&sealed->local);
    int error;

    route.sealed = false;
    if (instance->plain && wanted && socket_is(instance->plain, &route)) {
        return;
    }
    instance_leave_plain_socket(instance);
    if (wanted) {
        instance->plain = socket_acquire(instance->context->sockets, &route, &error);
    }
    if (instance->plain) {
        socket_add_receiver(instance->plain, instance->vrid, instance, instance->buffer);
    }
}

void instance_observe_socket(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    const struct socket_route route = {
        .interface = instance_place(conf),
        .index = view->link.index,
        .unicast = conf->peer_count > 0,
        .sealed = conf->auth == CONF_AUTH_AH,
        .local = conf->peer_count ? view->source : conf->mcast_group,
    };
    int error = 0;

    instance_observe_plain_socket(instance, view, &route);

    if (instance->socket && view->has_link && socket_is(instance->socket, &route)) {
        return;
    }
    instance_leave_socket(instance);
    if (view->has_link && inet_is_set(&route.local)) {
        instance->socket = socket_acquire(instance->context->sockets, &route, &error);
    }
    if (error) {
        instance_socket_fault(&view->faults, &route, error);
    }
}

void instance_observe_virtual_socket(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    const struct socket_route route = {
        .interface = conf->vmac ? conf->vmac->name : "",
        .index = virtual_index(instance->virtual),
        .sealed = conf->auth == CONF_AUTH_AH,
        .local = conf->mcast_group,
    };
    bool wanted = route.index && view->has_link && !conf->peer_count;
    int error = 0;

    if (!instance->virtual_socket || !wanted || !socket_is(instance->virtual_socket, &route)) {
        instance_leave_virtual_socket(instance);
        if (wanted) {
            instance->virtual_socket = socket_acquire(instance->context->sockets, &route, &error);
        }
        if (instance->virtual_socket) {
            socket_add_receiver(instance->virtual_socket, instance->vrid, instance,
                                instance->buffer);
        } else if (error) {
            instance_socket_fault(&view->faults, &route, error);
        }
    }
    instance_choose_ear(instance);
}

void instance_raise_virtual(struct instance *instance, bool up)
{
    if (up != virtual_is_up(instance->virtual)) {
        if (virtual_has_any(instance->virtual)) { /* what was queued is for it as it was */
            socket_flush(instance->context->sockets);
        }
        virtual_set_up(instance->virtual, up);
        instance_choose_ear(instance);
    }
}

struct vrrp_socket *instance_mouth(const struct instance *instance)
{
    return instance->virtual_socket && !instance->conf->vmac_xmit_base ? instance->virtual_socket
                                                                       : instance->socket;
}

/* Of the interface that adverts leave by; 0: that is not known. A VRF is none. */
static uint32_t instance_mtu(const struct instance *instance, const struct instance_view *view)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_instance *conf = instance->conf;
    uint32_t mtu = *conf->interface ? view->link.mtu : 0;
    struct vrrp_link link;

    if (instance_mouth(instance) == instance->virtual_socket && instance->virtual_socket &&
        hooks->find_link(hooks->argument, conf->vmac->name, conf->family, &link) && link.mtu) {
        return link.mtu;
    }
    return mtu;
}

/* Wherever it listens. */
static void instance_ask_for_buffer(struct instance *instance, uint32_t mtu, size_t rest)
{
    const struct conf_instance *conf = instance->conf;
    uint8_t room = instance->view.room;
    uint8_t named = conf->advertised_count < room ? (uint8_t)conf->advertised_count : room;
    uint32_t buffer = buffer_part(&instance->context->receive_buffers, conf->receive_buffer,
                                  mtu ? mtu : PACKET_MTU,
                                  packet_datagram_size(conf->family, conf->version, named, rest));

    if (buffer == instance->buffer) {
        return;
    }
    instance->buffer = buffer;
    if (instance->socket && instance->hears_base) {
        socket_add_receiver(instance->socket, instance->vrid, instance, buffer);
    }
    if (instance->virtual_socket) {
        socket_add_receiver(instance->virtual_socket, instance->vrid, instance, buffer);
    }
    if (instance->plain) {
        socket_add_receiver(instance->plain, instance->vrid, instance, buffer);
    }
}

void instance_observe_room(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    uint32_t mtu = instance_mtu(instance, view);
    size_t rest = (conf->auth == CONF_AUTH_AH ? AH_SIZE : 0) +
                  (STAILQ_EMPTY(&conf->hmac_keys) ? 0 : HMAC_TRAILER_SIZE);
    uint32_t left_out;

    view->room = packet_room(mtu, conf->family, conf->version, rest);
    instance_ask_for_buffer(instance, mtu, rest);
    left_out = conf->advertised_count > view->room ? conf->advertised_count - view->room : 0;
    if (left_out != instance->left_out && left_out) {
        log_warning(
            instance->context->log, conf->name,
            "an advert has room for %u of its %u addresses where the MTU is %u: the last %u "
            "are held without being advertised; move them to virtual_ipaddress_excluded",
            view->room, conf->advertised_count, mtu ? mtu : PACKET_MTU, left_out);
    }
    instance->left_out = left_out;
}
