/* SPDX-License-Identifier: Apache-2.0
 *
 * The web page of the daemon: http_listen, and what it is told.
 */
#include "daemon/daemon.h"

#include "base/memory.h"
#include "control/journal.h"
#include "control/web.h"
#include "parser/conf.h"

#include <stdlib.h>

enum { DAEMON_WEB_EVENTS = 100 }; /* that a page gets at most at once */

static json_t *daemon_web_events(void *argument, uint64_t *since)
{
    const struct daemon *daemon = argument;
    uint64_t last = journal_last(daemon->journal);
    uint64_t from = *since;
    json_t *list;
    json_t *events;

    if (last <= from) {
        return NULL;
    }
    if (last - from > DAEMON_WEB_EVENTS) { /* the latest ones */
        from = last - DAEMON_WEB_EVENTS;
    }
    list = journal_list(daemon->journal, &from, DAEMON_WEB_EVENTS);
    events = json_incref(json_object_get(list, "events"));
    json_decref(list);
    *since = last;
    return events;
}

/* Something has happened. */
static void daemon_web_on_event(void *argument, uint64_t number)
{
    const struct daemon *daemon = argument;

    (void)number;
    if (daemon->web) { /* the end of the daemon has events, too */
        web_touch(daemon->web);
    }
}

void daemon_make_web(struct daemon *daemon)
{
    daemon->web = web_new(daemon->loop, daemon->log, daemon->snapshot, daemon_web_events, daemon);
    journal_listen(daemon->journal, daemon_web_on_event, daemon);
}

void daemon_configure_web(struct daemon *daemon, const struct conf *conf)
{
    const struct conf_web *web = &conf->global.web;
    struct web_endpoint *endpoints = memory_new(web->listen_count + 1, sizeof(*endpoints));

    for (uint32_t i = 0; i < web->listen_count; i++) {
        endpoints[i] = (struct web_endpoint){.path = web->listens[i].path,
                                             .addr = web->listens[i].addr,
                                             .port = web->listens[i].port};
    }
    web_configure(daemon->web, &(struct web_settings){.endpoints = endpoints,
                                                      .count = web->listen_count,
                                                      .hosts = web->hosts,
                                                      .host_count = web->host_count,
                                                      .name = conf->global.router_id});
    free(endpoints);
}
