/* SPDX-License-Identifier: Apache-2.0
 *
 * The command of the control socket that tells of the kernel's connections.
 */
#include "daemon/daemon.h"

#include "base/text.h"
#include "control/protocol.h"
#include "ipvs/connections.h"
#include "ipvs/kernel_error.h"
#include "place.h"

#include <stdlib.h>
#include <string.h>

enum {
    DAEMON_CONNECTIONS_DEFAULT = 1000,
    DAEMON_CONNECTIONS_MATCHES = 1024, /* of one request */
};

/* An address and its port, where they are given. @return false: they are wrong */
static bool daemon_read_end(const json_t *match, const char *address, const char *port,
                            struct connection_end *end)
{
    const json_t *text = json_object_get(match, address);
    const json_t *number = json_object_get(match, port);

    if (json_is_string(text) && !inet_parse(json_string_value(text), &end->addr)) {
        return false;
    }
    if (json_integer_value(number) < 0 || json_integer_value(number) > UINT16_MAX) {
        return false;
    }
    end->port = (uint16_t)json_integer_value(number);
    return true;
}

static bool daemon_read_match(const json_t *json, struct connections_match *match)
{
    const char *protocol = json_string_value(json_object_get(json, "protocol"));

    return json_is_object(json) &&
           text_copy(match->protocol, sizeof(match->protocol), protocol ? protocol : "") &&
           daemon_read_end(json, "address", "port", &match->virtual) &&
           daemon_read_end(json, "server", "server_port", &match->server);
}

static void daemon_connections_read(void *argument, char *text, int error)
{
    struct control_request *request = argument;
    char reason[KERNEL_ERROR_TEXT_SIZE];

    if (text) {
        control_reply_text(request, text, strlen(text));
    } else {
        control_fail(request, "unavailable", "there are no connections to be read: %s",
                     kernel_error_unavailable_text(reason, error));
    }
}

static void daemon_command_connections(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;
    const json_t *arguments = control_arguments(request);
    const json_t *limit = json_object_get(arguments, "limit");
    const json_t *only = json_object_get(arguments, "only");
    json_int_t most = limit ? json_integer_value(limit) : DAEMON_CONNECTIONS_DEFAULT;
    size_t count = json_array_size(only);
    struct connections_match *matches = calloc(count + 1, sizeof(*matches));
    size_t good = 0;

    while (matches && count <= DAEMON_CONNECTIONS_MATCHES && good < count &&
           daemon_read_match(json_array_get(only, good), &matches[good])) {
        good++;
    }
    if ((limit && !json_is_integer(limit)) || most < 0 || most > CONNECTIONS_LIMIT) {
        control_fail(request, "bad-argument", "\"limit\" is a whole number in 0..%d",
                     CONNECTIONS_LIMIT);
    } else if ((only && !json_is_array(only)) || good < count) {
        control_fail(request, "bad-argument",
                     "\"only\" is an array of up to %d objects with \"protocol\", \"address\", "
                     "\"port\", \"server\", \"server_port\"",
                     DAEMON_CONNECTIONS_MATCHES);
    } else if (!connections_ask(daemon->connections, only ? matches : NULL, count, (size_t)most,
                                daemon_connections_read, request)) {
        control_fail(request, "unavailable", "others read the connections now; try again");
    }
    free(matches);
}

void daemon_add_connections(struct daemon *daemon)
{
    daemon->connections = connections_new(daemon->loop, place_ipvs(daemon->place));
    control_add_look(daemon->control, "connections", "the kernel's connections through IPVS",
                     daemon_command_connections, daemon);
}
