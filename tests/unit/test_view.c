/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel's connections are looked for by, from the services that people name.
 */
#include "unit.h"

#include "base/text.h"
#include "control/view.h"

/* A service, a mark with a server that drains, a group of an address and a mark. */
static const char view_status[] =
    "{'services':[{'name':'10.0.0.1:80/tcp','protocol':'tcp','address':'10.0.0.1','port':80,"
    "'servers':[{'name':'s1','address':'10.0.1.1','port':8080}],"
    "'sorry_server':{'name':'s9','address':'10.0.1.9','port':80},'unconfigured':[]},"
    "{'name':'fwmark 7','fwmark':7,'protocol':null,'address':null,'port':null,"
    "'servers':[],'sorry_server':null,"
    "'unconfigured':[{'name':'s2','address':'10.0.1.2','port':0}]},"
    "{'name':'web/tcp','group':'web','protocol':'tcp','address':null,'port':null,"
    "'members':[{'service':'10.0.0.2:80/tcp','protocol':'tcp','address':'10.0.0.2','port':80},"
    "{'service':'fwmark 9','fwmark':9,'protocol':null,'address':null,'port':null}],"
    "'servers':[{'name':'s3','address':'10.0.1.3','port':80}],'sorry_server':null,"
    "'unconfigured':[]},"
    "{'name':'fwmark 8','fwmark':8,'protocol':null,'address':null,'port':null,'servers':[],"
    "'sorry_server':null,'unconfigured':[]}],"
    "'ipvs':{'available':true,'leaving':[],'foreign':[{'name':'10.0.0.3:53/udp','protocol':'udp',"
    "'address':'10.0.0.3','port':53,'servers':[]}]}}";

static json_t *view_of_quoted(const char *text)
{
    json_t *json;
    char *copy = strdup(text);

    for (char *at = copy; (at = strchr(at, '\'')); at++) {
        *at = '"';
    }
    json = json_loads(copy, 0, NULL);
    assert_non_null(json);
    free(copy);
    return json;
}

static void test_connections_are_looked_for_by_what_their_services_have(void **state)
{
    static const struct {
        const char *word; /* NULL: all */
        const char *matches;
    } cases[] = {
        {"10.0.0.1:80", "[{'protocol':'tcp','address':'10.0.0.1','port':80}]"},
        {"10.0.0.1:80/10.0.1.1", "[{'protocol':'tcp','address':'10.0.0.1','port':80,"
                                 "'server':'10.0.1.1','server_port':8080}]"},
        {"10.0.0.1:80/10.0.1.9", "[{'protocol':'tcp','address':'10.0.0.1','port':80,"
                                 "'server':'10.0.1.9','server_port':80}]"},
        {"fwmark 7", "[{'server':'10.0.1.2','server_port':0}]"},
        {"fwmark 8", "[]"},
        {"web/tcp", "[{'protocol':'tcp','address':'10.0.0.2','port':80},"
                    "{'server':'10.0.1.3','server_port':80}]"},
        {"web/tcp/10.0.1.3", "[{'protocol':'tcp','address':'10.0.0.2','port':80,"
                             "'server':'10.0.1.3','server_port':80},"
                             "{'server':'10.0.1.3','server_port':80}]"},
        {"10.0.0.3:53", "[{'protocol':'udp','address':'10.0.0.3','port':53}]"},
    };
    json_t *status = view_of_quoted(view_status);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct text_buffer problem = {0};
        json_t *view = view_services(status, cases[i].word, &problem);
        json_t *expected = view_of_quoted(cases[i].matches);
        json_t *matches;
        char *text;

        assert_fact(view != NULL, "%s: %s", cases[i].word, problem.data);
        matches = view_connections(view);
        for (size_t k = 0; k < json_array_size(matches); k++) { /* null is as good as nothing */
            json_t *match = json_array_get(matches, k);
            void *next;
            const char *name;
            json_t *value;

            json_object_foreach_safe(match, next, name, value)
            {
                if (json_is_null(value)) {
                    json_object_del(match, name);
                }
            }
        }
        text = json_dumps(matches, JSON_COMPACT);
        assert_fact(json_equal(matches, expected), "%s: %s", cases[i].word, text);
        free(text);
        json_decref(matches);
        json_decref(expected);
        json_decref(view);
    }
    json_decref(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_are_looked_for_by_what_their_services_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
