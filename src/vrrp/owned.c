/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes and rules of an instance as JSON. Whether the kernel has them, the hooks know.
 */
#include "vrrp/owned.h"

#include "base/json.h"
#include "base/text.h"
#include "parser/conf_text.h"

static json_t *owned_json(const char *key, const struct text_buffer *text,
                          const struct vrrp_owned *owned)
{
    return json_pack("{s:o, s:b, s:o}", key, json_from_text(text->data), "present", owned->present,
                     "trouble", json_from_text(owned->trouble));
}

json_t *owned_routes(const struct vrrp_hooks *hooks, const struct conf_instance *instance)
{
    const struct conf_route *route;
    struct text_buffer text = {0};
    json_t *list = json_array();

    STAILQ_FOREACH(route, &instance->routes, next) {
        struct vrrp_owned owned = hooks->find_route(hooks->argument, route);

        text.length = 0;
        conf_route_write(route, &text);
        json_array_append_new(list, owned_json("route", &text, &owned));
    }
    text_release(&text);
    return list;
}

json_t *owned_rules(const struct vrrp_hooks *hooks, const struct conf_instance *instance)
{
    const struct conf_rule *rule;
    struct text_buffer text = {0};
    json_t *list = json_array();

    STAILQ_FOREACH(rule, &instance->rules, next) {
        struct vrrp_owned owned = hooks->find_rule(hooks->argument, rule);

        text.length = 0;
        conf_rule_write(rule, &text);
        json_array_append_new(list, owned_json("rule", &text, &owned));
    }
    text_release(&text);
    return list;
}
