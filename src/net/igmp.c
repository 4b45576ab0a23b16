/* SPDX-License-Identifier: Apache-2.0
 *
 * One setting of the kernel, held at 0.
 */
#include "net/igmp.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/sysctl.h"

#include <stdlib.h>

static const char igmp_path[] = "net/ipv4/igmp_link_local_mcast_reports";

struct igmp {
    struct log *log;
    bool changed; /* it was not 0 before */
    uint32_t before;
};

struct igmp *igmp_new(struct log *log)
{
    struct igmp *igmp = memory_new(1, sizeof(*igmp));

    igmp->log = log;
    return igmp;
}

static void igmp_set(const struct igmp *igmp, uint32_t value)
{
    char problem[SYSCTL_PROBLEM_SIZE];

    if (!sysctl_set(igmp_path, value, problem)) {
        log_warning(igmp->log, "disable_local_igmp", "%s", problem);
    }
}

void igmp_silence(struct igmp *igmp, bool on)
{
    uint32_t is = 1;
    int error = sysctl_read(igmp_path, &is);

    if (on && !igmp->changed && (error || is)) {
        igmp->changed = !error;
        igmp->before = is;
        igmp_set(igmp, 0);
    } else if (!on && igmp->changed) {
        igmp->changed = false;
        if (!error && is == 0) {
            igmp_set(igmp, igmp->before);
        }
    }
}

void igmp_free(struct igmp *igmp)
{
    if (igmp) {
        igmp_silence(igmp, false);
        free(igmp);
    }
}
