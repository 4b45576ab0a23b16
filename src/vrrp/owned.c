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

json_t *owned_routes(const struct vrrp_hooks *hooks, const struct conf_route_list *routes)
{
    const struct conf_route *route;
    struct text_buffer text = {0};
    json_t *list = json_array();

    STAILQ_FOREACH(route, routes, next) {
        struct vrrp_owned owned = hooks->find_route(hooks->argument, route);

        text.length = 0;
        conf_route_write(route, &text);
        json_array_append_new(list, owned_json("route", &text, &owned));
    }
    text_release(&text);
    return list;
}

json_t *owned_rules(const struct vrrp_hooks *hooks, const struct conf_rule_list *rules)
{
    const struct conf_rule *rule;
    struct text_buffer text = {0};
    json_t *list = json_array();

    STAILQ_FOREACH(rule, rules, next) {
        struct vrrp_owned owned = hooks->find_rule(hooks->argument, rule);

        text.length = 0;
        conf_rule_write(rule, &text);
        json_array_append_new(list, owned_json("rule", &text, &owned));
    }
    text_release(&text);
    return list;
}

json_t *owned_addresses(const struct vrrp_hooks *hooks, const struct conf_address_list *addresses)
{
    const struct conf_address *address;
    json_t *list = json_array();

    STAILQ_FOREACH(address, addresses, next) {
        char text[INET_PREFIX_TEXT_SIZE];

        json_array_append_new(list, json_pack("{s:s, s:o, s:b}", "address",
                                              inet_prefix_text(text, &address->prefix), "device",
                                              json_from_text(address->device), "present",
                                              hooks->is_present(hooks->argument, address)));
    }
    return list;
}

static void owned_append_static(const struct vrrp_hooks *hooks, const char *group,
                                const struct conf_static *entries, json_t *list)
{
    if (!STAILQ_EMPTY(&entries->addresses) || !STAILQ_EMPTY(&entries->routes) ||
        !STAILQ_EMPTY(&entries->rules)) {
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "track_group",
                                              json_from_text(group), "addresses",
                                              owned_addresses(hooks, &entries->addresses), "routes",
                                              owned_routes(hooks, &entries->routes), "rules",
                                              owned_rules(hooks, &entries->rules)));
    }
}

json_t *owned_static(const struct vrrp_hooks *hooks, const struct conf *conf)
{
    const struct conf_track_group *group;
    json_t *list = json_array();

    owned_append_static(hooks, NULL, &conf->entries, list);
    STAILQ_FOREACH(group, &conf->track_groups, next) {
        owned_append_static(hooks, group->name, &group->entries, list);
    }
    return list;
}
