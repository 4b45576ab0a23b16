/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines that tell keepalived's FIFOs of virtual and real servers.
 */
#include "check/event_line.h"

#include "base/text.h"

#include <netinet/in.h>

static const char *event_protocol(uint8_t protocol)
{
    return protocol == IPPROTO_TCP    ? "tcp"
           : protocol == IPPROTO_UDP  ? "udp"
           : protocol == IPPROTO_SCTP ? "sctp"
                                      : "none";
}

static void event_write_endpoint(const struct inet_addr *addr, uint8_t protocol, uint16_t port,
                                 struct text_buffer *out)
{
    char text[INET_ADDR_TEXT_SIZE];

    text_appendf(out, "[%s]:%s:%u", inet_text(text, addr), event_protocol(protocol), port);
}

/* The last word of a line, and how a subject ends; those of failing open are ours. */
static const struct {
    const char *word;
    const char *subject;
} event_states[] = {
    [CHECKER_SERVER_UP] = {"UP", "UP"},
    [CHECKER_SERVER_DOWN] = {"DOWN", "DOWN"},
    [CHECKER_QUORUM_UP] = {"UP", "UP"},
    [CHECKER_QUORUM_DOWN] = {"DOWN", "DOWN"},
    [CHECKER_OPEN_BEGAN] = {"FAIL_OPEN", "FAILS OPEN"},
    [CHECKER_OPEN_ENDED] = {"FAIL_OPEN_ENDED", "FAILS OPEN NO MORE"},
};

static void event_write_service(const struct checker_event *event, struct text_buffer *out)
{
    const struct conf_service_key *service = event->service;

    if (event->group) {
        text_appendf(out, "[%s]:%u", event->group, event->group_use);
    } else if (service->fwmark) {
        text_appendf(out, "FWM %u", service->fwmark);
    } else {
        event_write_endpoint(&service->addr, service->protocol, service->port, out);
    }
}

void event_line_write_subject(const struct checker_event *event, struct text_buffer *out)
{
    const struct conf_service_key *service = event->service;

    if (event->server) {
        text_append(out, "Realserver ");
        event_write_endpoint(&event->server->addr, service->protocol, event->server->port, out);
    }
    text_append(out, event->server ? " of virtual server " : "Virtualserver ");
    event_write_service(event, out);
    text_appendf(out, " - %s", event_states[event->kind].subject);
}

void event_line_write(const struct checker_event *event, struct text_buffer *out)
{
    const struct conf_service_key *service = event->service;

    text_append(out, event->server ? "RS " : "VS ");
    if (event->server) {
        event_write_endpoint(&event->server->addr, service->protocol, event->server->port, out);
        text_append(out, " ");
    }
    event_write_service(event, out);
    text_appendf(out, " %s", event_states[event->kind].word);
}
