/* SPDX-License-Identifier: Apache-2.0
 *
 * Network namespaces and the instance's name, as the command line and the configuration have them.
 */
#include "place.h"

#include "base/memory.h"
#include "base/netns.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
    char *option;  /* --namespace */
    char *network; /* where it is */
    char *ipvs;    /* net_namespace_ipvs; "": where it was started; NULL: its own */
    char *instance;
    int started_fd; /* of the namespace that it was started in; -1: it could not be opened */
    int ipvs_fd;
};

struct place *place_new(const char *network_namespace)
{
    struct place *place = memory_new(1, sizeof(*place));

    place->option = network_namespace ? memory_text(network_namespace) : NULL;
    place->started_fd = netns_open(NULL);
    place->ipvs_fd = -1;
    return place;
}

void place_free(struct place *place)
{
    if (!place) {
        return;
    }
    if (place->ipvs_fd >= 0 && place->ipvs_fd != place->started_fd) {
        (void)close(place->ipvs_fd);
    }
    if (place->started_fd >= 0) {
        (void)close(place->started_fd);
    }
    free(place->option);
    free(place->network);
    free(place->ipvs);
    free(place->instance);
    free(place);
}

static char *place_copy(const char *text)
{
    return text ? memory_text(text) : NULL;
}

static const char *place_advice(int error)
{
    return error == -ENOENT  ? " (ip netns list shows those that there are)"
           : error == -EPERM ? " (CAP_SYS_ADMIN is needed; in a unit of systemd "
                               "NetworkNamespacePath= does it without)"
                             : "";
}

static bool place_enter_network(struct place *place, const char *name,
                                char problem[PLACE_PROBLEM_SIZE])
{
    int fd = netns_open(name);
    int error = fd < 0 ? fd : netns_enter(fd);

    if (fd >= 0) {
        (void)close(fd);
    }
    if (error) {
        (void)snprintf(problem, PLACE_PROBLEM_SIZE,
                       "network namespace %.64s cannot be entered: %s%s", name, strerror(-error),
                       place_advice(error));
        return false;
    }
    free(place->network);
    place->network = memory_text(name);
    return true;
}

static bool place_open_ipvs(struct place *place, const char *name, char problem[PLACE_PROBLEM_SIZE])
{
    place->ipvs = memory_text(name);
    place->ipvs_fd = *name ? netns_open(name) : place->started_fd;
    if (place->ipvs_fd >= 0) {
        return true;
    }
    (void)snprintf(problem, PLACE_PROBLEM_SIZE,
                   "network namespace %.64s (net_namespace_ipvs) cannot be opened: %s%s", name,
                   strerror(-place->ipvs_fd), place_advice(place->ipvs_fd));
    place->ipvs_fd = -1;
    return false;
}

bool place_enter(struct place *place, const struct conf_place *conf,
                 char problem[PLACE_PROBLEM_SIZE])
{
    const char *network = place->option ? place->option : conf ? conf->network_namespace : NULL;

    if (network && !place->network && !place_enter_network(place, network, problem)) {
        return false;
    }
    if (!conf) {
        return true;
    }
    place->instance = place_copy(conf->instance);
    return !conf->ipvs_namespace || place_open_ipvs(place, conf->ipvs_namespace, problem);
}

const char *place_namespace(const struct place *place)
{
    return place ? place->network : NULL;
}

const char *place_instance(const struct place *place)
{
    return place->instance;
}

int place_ipvs(const struct place *place)
{
    return place->ipvs_fd;
}

static bool place_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool place_differs(const struct place *place, const struct conf_place *conf,
                   char problem[PLACE_PROBLEM_SIZE])
{
    const struct {
        const char *keyword;
        const char *is;
        const char *wanted;
    } rows[] = {
        {"net_namespace", place->network, place->option ? place->option : conf->network_namespace},
        {"net_namespace_ipvs", place->ipvs, conf->ipvs_namespace},
        {"instance", place->instance, conf->instance},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!place_same(rows[i].is, rows[i].wanted)) {
            (void)snprintf(problem, PLACE_PROBLEM_SIZE,
                           "%s has changed, which needs a restart: nothing was changed",
                           rows[i].keyword);
            return true;
        }
    }
    return false;
}
