/* SPDX-License-Identifier: Apache-2.0
 *
 * The meaning of the errors of ip_vs_ctl.c, as a table: which function of the kernel gives which
 * error for what reason can be read there.
 */
#include "ipvs/kernel_error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KERNEL_ERROR_ANY      ((1U << PLAN_KINDS) - 1)
#define KERNEL_ERROR_SET(set) ((1U << PLAN_ADD_##set) | (1U << PLAN_EDIT_##set))
#define KERNEL_ERROR_KIND(k)  (1U << PLAN_##k)

enum { KERNEL_ERROR_TEXT_LIMIT = 120 };

static const struct {
    unsigned kinds;
    int error;
    enum kernel_error_class class;
} kernel_error_classes[] = {
    {KERNEL_ERROR_KIND(REMOVE_SERVICE), ESRCH, KERNEL_ERROR_GONE},
    {KERNEL_ERROR_KIND(REMOVE_DESTINATION), ENOENT, KERNEL_ERROR_GONE},
    {KERNEL_ERROR_KIND(REMOVE_DESTINATION), ESRCH, KERNEL_ERROR_GONE},
    {KERNEL_ERROR_KIND(ADD_SERVICE) | KERNEL_ERROR_KIND(ADD_DESTINATION), EEXIST,
     KERNEL_ERROR_RACE},
    {KERNEL_ERROR_KIND(EDIT_DESTINATION), ENOENT, KERNEL_ERROR_RACE},
    {KERNEL_ERROR_KIND(EDIT_SERVICE) | KERNEL_ERROR_SET(DESTINATION), ESRCH, KERNEL_ERROR_RACE},
    {KERNEL_ERROR_KIND(STOP_DAEMON), ESRCH, KERNEL_ERROR_GONE},
    {KERNEL_ERROR_KIND(START_DAEMON), EEXIST, KERNEL_ERROR_RACE},
    {KERNEL_ERROR_ANY, ENOBUFS, KERNEL_ERROR_RACE}, /* the answer got lost */
};

enum kernel_error_class kernel_error_class(enum plan_kind kind, int error)
{
    for (size_t i = 0; i < sizeof(kernel_error_classes) / sizeof(kernel_error_classes[0]); i++) {
        if (kernel_error_classes[i].error == -error && kernel_error_classes[i].kinds & 1U << kind) {
            return kernel_error_classes[i].class;
        }
    }
    return KERNEL_ERROR_FATAL;
}

static const struct {
    unsigned kinds;
    int error;
    const char *text;
} kernel_error_texts[] = {
    {KERNEL_ERROR_ANY, EPERM, "not permitted: holdfastd needs the capability CAP_NET_ADMIN"},
    {KERNEL_ERROR_ANY, ENOMEM, "the kernel is out of memory"},
    {KERNEL_ERROR_ANY, ENOBUFS, "the kernel's answer was lost; the table is read again"},
    {KERNEL_ERROR_ANY, EAFNOSUPPORT,
     "the kernel has no IPv6, or its ip_vs was built without it (CONFIG_IP_VS_IPV6)"},
    {KERNEL_ERROR_ANY, ENOPROTOOPT, "the module ip_vs is being removed"},
    {KERNEL_ERROR_KIND(ADD_SERVICE) | KERNEL_ERROR_KIND(ADD_DESTINATION), EEXIST,
     "somebody else added it at the same moment; the table is read again"},
    {KERNEL_ERROR_KIND(EDIT_SERVICE), ESRCH,
     "somebody else removed it at the same moment; the table is read again"},
    {KERNEL_ERROR_KIND(EDIT_DESTINATION), ENOENT,
     "somebody else removed it at the same moment; the table is read again"},
    {KERNEL_ERROR_SET(DESTINATION), ESRCH, "its service is not in the kernel's table"},
    {KERNEL_ERROR_SET(DESTINATION), ERANGE,
     "the lower threshold is above the upper one, or the weight is above 2147483647"},
    {KERNEL_ERROR_SET(SERVICE), EINVAL,
     "the kernel refuses the scheduler's or persistence's parameters"},
    {KERNEL_ERROR_KIND(SET_TIMEOUTS), EINVAL, "the kernel refuses a timeout of that length"},
    {KERNEL_ERROR_KIND(START_DAEMON), EEXIST,
     "somebody else started one at the same moment; the table is read again"},
    {KERNEL_ERROR_KIND(START_DAEMON), ENODEV, "there is no such interface"},
    {KERNEL_ERROR_KIND(START_DAEMON), ENETUNREACH,
     "the interface is down, or has no address of the group's family"},
    {KERNEL_ERROR_KIND(START_DAEMON), EINVAL,
     "the kernel starts none while a service has servers of the other address family"},
};

/* An unknown scheduler and an unknown engine give the same error: name what was asked for. */
static void kernel_error_module_text(char text[KERNEL_ERROR_TEXT_SIZE],
                                     const struct table_service_settings *settings)
{
    if (*settings->engine) {
        (void)snprintf(text, KERNEL_ERROR_TEXT_SIZE,
                       "the kernel lacks the scheduler \"%s\" (module ip_vs_%s) or the persistence "
                       "engine \"%s\" (module ip_vs_pe_%s)",
                       settings->scheduler, settings->scheduler, settings->engine,
                       settings->engine);
    } else {
        (void)snprintf(text, KERNEL_ERROR_TEXT_SIZE,
                       "the kernel lacks the scheduler \"%s\": is the module ip_vs_%s installed?",
                       settings->scheduler, settings->scheduler);
    }
}

static void kernel_error_destination_text(char text[KERNEL_ERROR_TEXT_SIZE],
                                          const struct plan_operation *operation)
{
    const struct table_destination_settings *settings = &operation->destination_settings;
    const char *reason =
        operation->server.addr.family == AF_INET6
            ? "the kernel wants a global unicast address, not a link-local or multicast one"
            : "the kernel takes it for no unicast address; if no address was ever configured in "
              "this network namespace, bring up lo first: ip link set lo up";

    if (operation->server.addr.family != operation->service.family) {
        reason = settings->forward == IP_VS_CONN_F_TUNNEL
                     ? "a server of the other address family cannot be used while the connection "
                       "sync daemon runs"
                     : "a server of the other address family needs the forwarding method TUN";
    } else if (settings->tunnel.type == IP_VS_CONN_F_TUNNEL_TYPE_GUE && !settings->tunnel.port) {
        reason = "a GUE tunnel needs a port";
    }
    (void)snprintf(text, KERNEL_ERROR_TEXT_SIZE, "%s", reason);
}

const char *kernel_error_text(char text[KERNEL_ERROR_TEXT_SIZE],
                              const struct plan_operation *operation, int error)
{
    char reason[KERNEL_ERROR_TEXT_LIMIT];
    unsigned kind = 1U << operation->kind;

    if (error == -ENOENT && kind & KERNEL_ERROR_SET(SERVICE)) {
        kernel_error_module_text(text, &operation->service_settings);
        return text;
    }
    if (error == -EINVAL && kind & KERNEL_ERROR_SET(DESTINATION)) {
        kernel_error_destination_text(text, operation);
        return text;
    }
    for (size_t i = 0; i < sizeof(kernel_error_texts) / sizeof(kernel_error_texts[0]); i++) {
        if (kernel_error_texts[i].error == -error && kernel_error_texts[i].kinds & kind) {
            (void)snprintf(text, KERNEL_ERROR_TEXT_SIZE, "%s", kernel_error_texts[i].text);
            return text;
        }
    }
    (void)snprintf(text, KERNEL_ERROR_TEXT_SIZE, "the kernel answered: %s",
                   strerror_r(-error, reason, sizeof(reason)));
    return text;
}

static const struct {
    int error;
    const char *text;
} kernel_error_unavailable_texts[] = {
    {ENOENT, "the kernel has no IPVS (module ip_vs): install the kernel's modules package, or run "
             "\"modprobe ip_vs\" and see what it says"},
    {EPERM, "not permitted: holdfastd needs the capability CAP_NET_ADMIN"},
    {EPROTONOSUPPORT, "the kernel has no generic netlink"},
    {EAFNOSUPPORT, "netlink sockets are not allowed: RestrictAddressFamilies= of the systemd unit "
                   "must contain AF_NETLINK"},
    {EMFILE, "no file descriptor is left: raise LimitNOFILE= of the systemd unit"},
};

const char *kernel_error_unavailable_text(char text[KERNEL_ERROR_TEXT_SIZE], int error)
{
    char reason[KERNEL_ERROR_TEXT_LIMIT];
    size_t count =
        sizeof(kernel_error_unavailable_texts) / sizeof(kernel_error_unavailable_texts[0]);

    for (size_t i = 0; i < count; i++) {
        if (kernel_error_unavailable_texts[i].error == -error) {
            (void)snprintf(text, KERNEL_ERROR_TEXT_SIZE, "%s",
                           kernel_error_unavailable_texts[i].text);
            return text;
        }
    }
    (void)snprintf(text, KERNEL_ERROR_TEXT_SIZE, "the kernel answered: %s",
                   strerror_r(-error, reason, sizeof(reason)));
    return text;
}
