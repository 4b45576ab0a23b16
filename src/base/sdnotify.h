/* SPDX-License-Identifier: Apache-2.0
 *
 * What systemd is told about start, reload, stop and being alive (sd_notify(3)). Outside a unit of
 * Type=notify nothing happens.
 */
#ifndef HOLDFAST_BASE_SDNOTIFY_H
#define HOLDFAST_BASE_SDNOTIFY_H

#include <stdint.h>

/** READY=1: started, or a reload has ended. @param status  one line for systemctl status */
void sdnotify_ready(const char *status);

/** RELOADING=1 with MONOTONIC_USEC, which Type=notify-reload waits for. @param now  as clock_now() */
void sdnotify_reloading(int64_t now);

/** STOPPING=1. */
void sdnotify_stopping(void);

/** EXTEND_TIMEOUT_USEC=: the start or the stop takes up to so long from now on. @param duration  ns */
void sdnotify_extend(int64_t duration);

/** STATUS=: one line for systemctl status. */
void sdnotify_status(const char *status);

/** WATCHDOG=1: the loop turns. */
void sdnotify_watchdog(void);

/**
 * How often sdnotify_watchdog() is to be called.
 * @return half of the unit's WatchdogSec in nanoseconds, 0 where it has none
 */
int64_t sdnotify_watchdog_interval(void);

#endif
