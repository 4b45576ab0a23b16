/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for sdnotify_systemd.c in a build without libsystemd: tells nobody.
 */
#include "base/sdnotify.h"

void sdnotify_ready(const char *status)
{
    (void)status;
}

void sdnotify_reloading(int64_t now)
{
    (void)now;
}

void sdnotify_stopping(void)
{
}

void sdnotify_extend(int64_t duration)
{
    (void)duration;
}

void sdnotify_status(const char *status)
{
    (void)status;
}

void sdnotify_watchdog(void)
{
}

int64_t sdnotify_watchdog_interval(void)
{
    return 0;
}
