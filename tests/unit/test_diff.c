/* SPDX-License-Identifier: Apache-2.0
 *
 * From one configuration to another: what is added, changed and removed.
 */
#include "unit_parser.h"

#include "parser/diff.h"

#define VI(name_, id_, rest_)                                                                      \
    "vrrp_instance " name_ " { interface eth0\n virtual_router_id " id_ "\n" rest_ "}\n"
#define VS(port_, rest_)                                                                           \
    "virtual_server 10.0.0.1 " port_ " { lb_algo rr\n lb_kind NAT\n protocol TCP\n" rest_ "}\n"
#define RS(host_, rest_) "real_server 10.0.1." host_ " 80 { " rest_ "}\n"

static void write_value(const struct diff_value *value, struct text_buffer *out)
{
    text_appendf(out, " %s%s%s:", value->list ? value->list : "", value->list ? "." : "",
                 value->keyword);
    text_appendf(out, "%s>%s", value->before ? value->before : "(none)",
                 value->after ? value->after : "(none)");
    text_append(out, value->secret ? "!" : "");
}

/* One line for each object. */
static void write_diff(const struct diff *diff, struct text_buffer *out)
{
    static const char signs[] = {[DIFF_ADDED] = '+', [DIFF_CHANGED] = '~', [DIFF_REMOVED] = '-'};
    const struct diff_object *object;
    const struct diff_value *value;

    text_append(out, "");
    STAILQ_FOREACH(object, diff_objects(diff), next) {
        text_appendf(out, "%c%s %s", signs[object->change], object->keyword, object->name);
        text_appendf(out, "%s%s%s%s", object->parent ? " in " : "",
                     object->parent ? object->parent : "", object->outer ? " in " : "",
                     object->outer ? object->outer : "");
        STAILQ_FOREACH(value, &object->values, next) {
            write_value(value, out);
        }
        text_append(out, "\n");
    }
}

static void test_what_differs_is_told_and_nothing_else(void **state)
{
    static const struct {
        const char *before;
        const char *after;
        const char *expected;
    } rows[] = {
        {"", "", ""},
        {VI("A", "1", ""), "# moved\n" VI("A", "1", ""), ""},
        {"global_defs { router_id a }", "global_defs { router_id b }",
         "~global_defs  router_id:a>b\n"},
        {"global_defs { lvs_flush }", "", "~global_defs  lvs_flush:>(none)\n"},
        {VI("A", "1", "priority 100\n"), VI("A", "1", "priority 150\nadvert_int 2\n"),
         "~vrrp_instance A priority:100>150 advert_int:1>2\n"},
        {VI("A", "1", "virtual_ipaddress {\n10.0.0.1/24\n10.0.0.2/24\n}\n"),
         VI("A", "1", "virtual_ipaddress {\n10.0.0.2/24 no_track\n10.0.0.3/24\n}\n"),
         "~vrrp_instance A virtual_ipaddress.10.0.0.2/24 dev eth0:>no_track "
         "virtual_ipaddress.10.0.0.3/24 dev eth0:(none)> "
         "virtual_ipaddress.10.0.0.1/24 dev eth0:>(none)\n"},
        {VI("A", "1", "authentication { auth_type PASS\nauth_pass a }\n"),
         VI("A", "1", "authentication { auth_type PASS\nauth_pass b }\n"),
         "~vrrp_instance A authentication.auth_pass:a>b!\n"},
        {VI("A", "1", "") VI("B", "2", ""),
         VI("B", "2", "") VI("C", "3", "virtual_ipaddress { 10.0.0.1 }"),
         "+vrrp_instance C virtual_ipaddress.10.0.0.1/32 dev eth0:(none)>\n"
         "-vrrp_instance A\n"},
        {VS("80", RS("1", "weight 1\n") RS("2", "")), VS("80", RS("1", "weight 3\n") RS("3", "")),
         "~real_server 10.0.1.1:80 in 10.0.0.1:80/tcp weight:1>3\n"
         "+real_server 10.0.1.3:80 in 10.0.0.1:80/tcp\n"
         "-real_server 10.0.1.2:80 in 10.0.0.1:80/tcp\n"},
        {VS("80", RS("1", "TCP_CHECK { retry 1\n}")), VS("80", RS("1", "TCP_CHECK { retry 2\n}")),
         "~TCP_CHECK 1 in 10.0.1.1:80 in 10.0.0.1:80/tcp retry:1>2\n"},
        {VS("80", "delay_loop 5\n" RS("1", "TCP_CHECK { }")),
         VS("80", "delay_loop 6\n" RS("1", "TCP_CHECK { }")),
         "~TCP_CHECK 1 in 10.0.1.1:80 in 10.0.0.1:80/tcp warmup:5>6 delay_loop:5>6\n"},
        {VS("80", RS("1", "")), VS("81", RS("1", "")),
         "+virtual_server 10.0.0.1:81/tcp\n"
         "+real_server 10.0.1.1:80 in 10.0.0.1:81/tcp\n"
         "-virtual_server 10.0.0.1:80/tcp\n"
         "-real_server 10.0.1.1:80 in 10.0.0.1:80/tcp\n"},
        {"vrrp_script a { script /x\n}", "vrrp_script a { script /y\n}",
         "~vrrp_script a script:\"/x\">\"/y\"\n"},
        {VI("A", "1", "") VI("B", "2", "") "vrrp_sync_group G { group { A } }",
         VI("A", "1", "") VI("B", "2", "") "vrrp_sync_group G { group { A B } }",
         "~vrrp_sync_group G group.B:(none)>\n"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct unit_load before = unit_load(rows[i].before);
        struct unit_load after = unit_load(rows[i].after);
        struct text_buffer text = {0};
        struct diff *diff;

        assert_fact(before.conf && after.conf, "row %zu: %s%s", i, before.shown.data,
                    after.shown.data);
        diff = diff_new(before.conf, after.conf);
        write_diff(diff, &text);
        assert_fact(strcmp(text.data, rows[i].expected) == 0, "row %zu gives\n%sshould give\n%s", i,
                    text.data, rows[i].expected);
        diff_free(diff);
        text_release(&text);
        unit_unload(&before);
        unit_unload(&after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_differs_is_told_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
