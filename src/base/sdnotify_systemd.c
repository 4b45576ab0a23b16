/* SPDX-License-Identifier: Apache-2.0
 *
 * What systemd is told, by libsystemd.
 */
#include "base/sdnotify.h"

#include "base/clock.h"

#include <inttypes.h>
#include <systemd/sd-daemon.h>

void sdnotify_ready(const char *status)
{
    (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void sdnotify_reloading(int64_t now)
{
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now / CLOCK_MICROSECOND);
}

void sdnotify_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}

void sdnotify_extend(int64_t duration)
{
    (void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRId64, duration / CLOCK_MICROSECOND);
}

void sdnotify_status(const char *status)
{
    (void)sd_notifyf(0, "STATUS=%s", status);
}

void sdnotify_watchdog(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}

int64_t sdnotify_watchdog_interval(void)
{
    uint64_t limit_us = 0;

    if (sd_watchdog_enabled(0, &limit_us) <= 0) {
        return 0;
    }
    return (int64_t)(limit_us / 2) * CLOCK_MICROSECOND;
}
