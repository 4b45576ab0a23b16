/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong, in a line, and what of it is shown first. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"
#include "control/wellness.h"

enum { RENDER_COMPLAINT_MS = 60000 }; /* how long what was wrong with an advert counts as trouble */

bool render_complains(const json_t *instance)
{
    const json_t *complaint = json_object_get(instance, "complaint");

    return json_is_object(complaint) &&
           json_number_value(json_object_get(complaint, "ms_ago")) < RENDER_COMPLAINT_MS;
}

bool render_is_unchecked(const json_t *server)
{
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(server, "checks"), i, check) {
        if (render_is(json_object_get(check, "last_result"), "class", "local")) {
            return true;
        }
    }
    return false;
}

void render_troubles(const struct render *render, const json_t *status)
{
    struct wellness wellness = wellness_judge(status);
    struct text_buffer list = {0};

    wellness_write(&wellness, &list);
    if (wellness.count) {
        render_line(render, 0, TABLE_BAD, "TROUBLE: %s", list.data);
    } else {
        render_line(render, 0, wellness.level == WELLNESS_OK ? TABLE_GOOD : TABLE_ODD, "%s",
                    list.data);
    }
    text_release(&list);
    wellness_release(&wellness);
}

/* ---- What is shown first ----------------------------------------------------------------------- */

/* A master that does not hold all that it should. */
static bool render_is_lacking(const json_t *instance)
{
    static const char *const lists[] = {"addresses", "routes", "rules"};
    json_t *one;
    size_t k;

    for (size_t i = 0; render_is(instance, "state", "MASTER") && i < 3; i++) {
        json_array_foreach(json_object_get(instance, lists[i]), k, one) {
            if (json_is_false(json_object_get(one, "present"))) {
                return true;
            }
        }
    }
    return false;
}

unsigned render_rank_instance(const json_t *instance)
{
    return render_is(instance, "state", "FAULT") ? 0
           : render_is_lacking(instance) || render_complains(instance) ||
                   render_true(instance, "dual_master")
               ? 1
           : render_is(instance, "state", "MASTER") || render_is(instance, "state", "BACKUP") ? 3
                                                                                              : 2;
}

unsigned render_rank_session(const json_t *session)
{
    return render_is(session, "status", "down") ? 0 : render_is(session, "status", "up") ? 3 : 2;
}

unsigned render_rank_server(const json_t *server)
{
    return render_is(server, "state", "down") && !render_is(server, "admin", "maint") ? 0
           : render_has_text(server, "ipvs_error") || render_is_unchecked(server)     ? 1
           : render_is(server, "state", "up") && render_is(server, "admin", "ready")  ? 3
                                                                                      : 2;
}

unsigned render_rank_service(const json_t *service)
{
    unsigned rank = RENDER_RANKS - 1;
    json_t *server;
    size_t i;

    if (json_is_false(json_object_get(service, "quorum_met"))) {
        return 0;
    }
    if (render_true(service, "fail_open") || render_has_text(service, "ipvs_error")) {
        return 1;
    }
    json_array_foreach(json_object_get(service, "servers"), i, server) {
        if (render_rank_server(server) < 2) {
            rank = 2;
        }
    }
    return rank;
}

unsigned render_rank_check(const json_t *check)
{
    const json_t *last = json_object_get(check, "last_result");

    return render_is(check, "state", "down")                         ? 0
           : json_is_object(last) && !render_is(last, "class", "ok") ? 1
           : render_is(check, "state", "up")                         ? 3
                                                                     : 2;
}

json_t *render_by_rank(const json_t *array, unsigned (*rank)(const json_t *))
{
    json_t *sorted = json_array();
    json_t *one;
    size_t i;

    for (unsigned wanted = 0; wanted < RENDER_RANKS; wanted++) {
        json_array_foreach(array, i, one) {
            if (rank(one) == wanted) {
                json_array_append(sorted, one);
            }
        }
    }
    return sorted;
}
