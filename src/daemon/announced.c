/* SPDX-License-Identifier: Apache-2.0
 *
 * Wiring of announced addresses: what checks and IPVS know of the services that say when.
 */
#include "daemon/daemon.h"

#include "base/inet.h"
#include "base/override.h"
#include "check/checker.h"
#include "control/journal.h"
#include "ipvs/sync.h"
#include "net/announced.h"
#include "parser/conf.h"
#include "parser/conf_find.h"

static enum announced_view daemon_announced_standing(const struct daemon *daemon,
                                                     const struct conf_virtual_server *service)
{
    static const enum announced_view views[] = {
        [CHECKER_STANDS] = ANNOUNCED_SERVED,
        [CHECKER_STANDING_ASSUMED] = ANNOUNCED_ASSUMED,
        [CHECKER_STANDING_AWAITED] = ANNOUNCED_AWAITED,
        [CHECKER_FALLEN] = ANNOUNCED_DOWN,
    };

    return service->announce == CONF_ANNOUNCE_ALWAYS
               ? ANNOUNCED_SERVED
               : views[checker_standing(daemon->checker, &service->key)];
}

static enum announced_view daemon_announced_presence(const struct daemon *daemon,
                                                     const struct conf_service_key *member)
{
    static const enum announced_view views[] = {
        [SYNC_PRESENT] = ANNOUNCED_SERVED,
        [SYNC_PRESENCE_UNKNOWN] = ANNOUNCED_ASSUMED,
        [SYNC_ABSENT] = ANNOUNCED_ABSENT,
    };

    return views[sync_presence(daemon->sync, member)];
}

static enum announced_view daemon_announced_view(void *argument,
                                                 const struct conf_announcer *announcer)
{
    const struct daemon *daemon = argument;
    enum announced_view standing = daemon_announced_standing(daemon, announcer->service);
    enum announced_view presence = daemon_announced_presence(daemon, announcer->member);

    return standing > presence ? standing : presence;
}

static void daemon_on_announced_changed(void *argument, const struct conf_address *address, bool on,
                                        const char *reason)
{
    static const char *const states[] = {"withdrawn", "announced"};
    char text[INET_ADDR_TEXT_SIZE];

    daemon_note(argument, &(struct journal_entry){.kind = JOURNAL_ADDRESS,
                                                  .object = inet_text(text, &address->prefix.addr),
                                                  .from = states[!on],
                                                  .to = states[on],
                                                  .reason = reason});
}

static void daemon_on_announced_left(void *argument)
{
    daemon_try_stop(argument);
}

void daemon_wire_announced(struct daemon *daemon)
{
    const struct announced_hooks hooks = {.argument = daemon,
                                          .view = daemon_announced_view,
                                          .left = daemon_on_announced_left,
                                          .changed = daemon_on_announced_changed};

    daemon->announced = announced_new(daemon->loop, daemon->log, daemon->links, daemon->addresses,
                                      daemon->routes, &hooks);
}

void daemon_steer_announced(struct daemon *daemon)
{
    announced_set_drained(daemon->announced,
                          override_find(daemon_overrides(daemon), OVERRIDE_DRAIN, "", "") != NULL);
}

void daemon_configure_announced(struct daemon *daemon, const struct conf *conf)
{
    daemon_steer_announced(daemon); /* an earlier run may have been told */
    announced_configure(daemon->announced, conf);
}

void daemon_touch_announced(struct daemon *daemon, const struct conf_service_key *key)
{
    const struct conf_virtual_server *service = conf_find_service(daemon->conf, key);

    if (service && service->announce != CONF_ANNOUNCE_NONE) {
        announced_touch(daemon->announced);
    }
}

json_t *daemon_section_announced(void *argument)
{
    return announced_snapshot(((const struct daemon *)argument)->announced);
}
