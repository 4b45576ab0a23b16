/* SPDX-License-Identifier: Apache-2.0
 *
 * Who gets an advert.
 */
#include "base/log.h"
#include "vrrp/ah.h"
#include "vrrp/instance.h"
#include "vrrp/socket.h"
#include "vrrp/vrrp_inside.h"

/* Of several with one VRID the one that the sender is a peer of, else any: it says what is wrong. */
static struct instance *vrrp_find_receiver(const struct vrrp_socket *socket, uint8_t vrid,
                                           const struct inet_addr *source)
{
    struct instance *instance;

    for (unsigned i = 0; (instance = socket_receiver(socket, vrid, i)); i++) {
        if (!socket_is_unicast(socket) || instance_has_peer(instance, source)) {
            return instance;
        }
    }
    return socket_receiver(socket, vrid, 0);
}

static enum packet_error vrrp_decode(const struct vrrp_socket *socket,
                                     const struct packet_envelope *envelope, const uint8_t *data,
                                     size_t size, struct packet_advert *advert)
{
    const uint8_t *seal = socket_is_sealed(socket) ? data : NULL;
    size_t length = seal ? ah_peel(data, size) : size;
    enum packet_error error;

    if (!length) {
        return PACKET_BAD_SEAL;
    }
    error =
        packet_decode(data + (size - length), length, envelope, !socket_is_unicast(socket), advert);
    advert->seal = seal;
    return error;
}

/*
 * Whom a packet that is no advert was for, as far as it says: the second byte is the virtual router's
 * number in both versions (RFC 9568 5.1, RFC 3768 5.1). @return NULL: nobody knows
 */
static struct instance *vrrp_find_addressee(const struct vrrp_socket *socket,
                                            const struct inet_addr *source, const uint8_t *data,
                                            size_t size)
{
    size_t length = socket_is_sealed(socket) ? ah_peel(data, size) : size;

    return length < 2 ? NULL : vrrp_find_receiver(socket, data[size - length + 1], source);
}

void vrrp_received(void *argument, struct vrrp_socket *socket,
                   const struct packet_envelope *envelope, const uint8_t *data, size_t size)
{
    struct vrrp *vrrp = argument;
    struct packet_advert advert;
    enum packet_error error;
    struct instance *instance = NULL;

    if (!inet_equal(&envelope->destination, socket_local(socket))) {
        return; /* unicast to this host: meant for somebody else's instance */
    }
    error = vrrp_decode(socket, envelope, data, size, &advert);
    if (error == PACKET_OK || (error == PACKET_BAD_CHECKSUM && socket_is_unicast(socket))) {
        instance = vrrp_find_receiver(socket, advert.vrid, &envelope->source);
    }
    if (error && instance && instance_knows_sum(instance, envelope, &advert)) {
        error = PACKET_OK;
    }
    if (error) {
        char who[INET_ADDR_TEXT_SIZE];

        instance = vrrp_find_addressee(socket, &envelope->source, data, size);
        if (instance) {
            instance_count_malformed(instance, error);
        }
        log_warning(vrrp->log, socket_name(socket), "a VRRP packet from %s was dropped: %s",
                    inet_text(who, &envelope->source), packet_error_text(error));
        return;
    }
    if (instance) {
        instance_receive(instance, envelope, &advert);
    } else if (vrrp->log_unknown) {
        char who[INET_ADDR_TEXT_SIZE];

        log_warning(vrrp->log, socket_name(socket),
                    "an advert of virtual router %u from %s: no instance here has that number",
                    advert.vrid, inet_text(who, &envelope->source));
    }
}
