/* SPDX-License-Identifier: Apache-2.0
 *
 * The three ways to ask a driver: its transceiver by MII, ETHTOOL_GLINK, and the flags. The order is
 * keepalived's (keepalived-reference.md 2.20.6): MII looks at the wire itself, ETHTOOL_GLINK mostly at
 * what the driver told netlink.
 */
#include "net/linkbeat.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/worker.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct linkbeat {
    struct loop *loop;
    linkbeat_function function;
    void *argument;
    struct worker *worker;
    int fd;
    struct linkbeat_probe *probes; /* the thread's while it runs */
    size_t count;
};

static struct ifreq linkbeat_request(const struct linkbeat_probe *probe)
{
    struct ifreq request;

    memset(&request, 0, sizeof(request));
    (void)text_copy(request.ifr_name, sizeof(request.ifr_name), probe->interface);
    return request;
}

/* @return whether there is an answer, as of the next two */
static bool linkbeat_read_flags(int fd, struct linkbeat_probe *probe)
{
    struct ifreq request = linkbeat_request(probe);

    if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
        return false;
    }
    probe->up = (request.ifr_flags & IFF_UP) && (request.ifr_flags & IFF_RUNNING);
    return true;
}

/* linux/mii.h: a struct mii_ioctl_data stands where a struct ifreq has its data. */
static bool linkbeat_read_mii(int fd, struct linkbeat_probe *probe)
{
    struct ifreq request = linkbeat_request(probe);
    struct mii_ioctl_data mii = {0};

    _Static_assert(sizeof(mii) <= sizeof(request.ifr_ifru), "it has room");
    if (ioctl(fd, SIOCGMIIPHY, &request) != 0) {
        return false;
    }
    /* A loss is remembered until it was read: IEEE 802.3, 22.2.4.2.13. The second time says what is. */
    for (int i = 0; i < 2; i++) {
        memcpy(&mii, &request.ifr_ifru, sizeof(mii));
        mii.reg_num = MII_BMSR;
        memcpy(&request.ifr_ifru, &mii, sizeof(mii));
        if (ioctl(fd, SIOCGMIIREG, &request) != 0) {
            return false;
        }
    }
    memcpy(&mii, &request.ifr_ifru, sizeof(mii));
    probe->up = mii.val_out & BMSR_LSTATUS;
    return true;
}

static bool linkbeat_read_ethtool(int fd, struct linkbeat_probe *probe)
{
    struct ifreq request = linkbeat_request(probe);
    struct ethtool_value value = {.cmd = ETHTOOL_GLINK};

    request.ifr_data = (void *)&value;
    if (ioctl(fd, SIOCETHTOOL, &request) != 0) {
        return false;
    }
    probe->up = value.data != 0;
    return true;
}

static const struct {
    enum conf_linkbeat kind;
    bool (*read)(int fd, struct linkbeat_probe *probe);
} linkbeat_ways[] = {
    {CONF_LINKBEAT_MII, linkbeat_read_mii},
    {CONF_LINKBEAT_ETHTOOL, linkbeat_read_ethtool},
    {CONF_LINKBEAT_IOCTL, linkbeat_read_flags},
};

/* The way that the file names goes first, then those behind it, then those before it. */
static void linkbeat_probe_one(int fd, struct linkbeat_probe *probe)
{
    const size_t ways = sizeof(linkbeat_ways) / sizeof(linkbeat_ways[0]);
    size_t first = probe->kind == CONF_LINKBEAT_ANY ? 0 : (size_t)(probe->kind - CONF_LINKBEAT_MII);
    bool up;

    probe->by = CONF_LINKBEAT_ANY;
    for (size_t i = 0; i < ways && probe->by == CONF_LINKBEAT_ANY; i++) {
        size_t at = (first + i) % ways;

        if (linkbeat_ways[at].read(fd, probe)) {
            probe->by = linkbeat_ways[at].kind;
        }
    }
    /* A transceiver may have a carrier while the interface is set down. */
    up = probe->up;
    if (probe->by != CONF_LINKBEAT_ANY && probe->by != CONF_LINKBEAT_IOCTL) {
        struct ifreq request = linkbeat_request(probe);

        probe->up = up && ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
    }
}

static void *linkbeat_work(void *argument)
{
    const struct linkbeat *linkbeat = argument;

    for (size_t i = 0; i < linkbeat->count; i++) {
        linkbeat_probe_one(linkbeat->fd, &linkbeat->probes[i]);
    }
    return NULL;
}

static void linkbeat_done(void *argument, void *result)
{
    struct linkbeat *linkbeat = argument;

    (void)result;
    linkbeat->worker = NULL;
    linkbeat->function(linkbeat->argument, linkbeat->probes, linkbeat->count);
}

bool linkbeat_ask(struct linkbeat *linkbeat, const struct linkbeat_probe *probes, size_t count)
{
    if (linkbeat->worker) {
        return false;
    }
    linkbeat->probes = memory_resize(linkbeat->probes, count, sizeof(*probes));
    memcpy(linkbeat->probes, probes, count * sizeof(*probes));
    linkbeat->count = count;
    linkbeat->worker = worker_start(linkbeat->loop, linkbeat_work, linkbeat_done, linkbeat);
    return linkbeat->worker != NULL;
}

struct linkbeat *linkbeat_open(struct loop *loop, linkbeat_function function, void *argument,
                               int *error)
{
    struct linkbeat *linkbeat = memory_new(1, sizeof(*linkbeat));

    linkbeat->loop = loop;
    linkbeat->function = function;
    linkbeat->argument = argument;
    linkbeat->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (linkbeat->fd < 0) {
        *error = -errno;
        free(linkbeat);
        return NULL;
    }
    return linkbeat;
}

void linkbeat_close(struct linkbeat *linkbeat)
{
    if (linkbeat) {
        (void)worker_cancel(linkbeat->worker);
        (void)close(linkbeat->fd);
        free(linkbeat->probes);
        free(linkbeat);
    }
}
