/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether all is well.
 */
#include "unit.h"

#include "base/text.h"
#include "control/wellness.h"

static const struct {
    const char *status;
    enum wellness_level level;
    const char *why;
} troubles[] = {
    {"{}", WELLNESS_UNKNOWN, "nothing is known"},
    {"{\"daemon\":{}}", WELLNESS_OK, "all well"},
    {"{\"daemon\":{},\"instances\":[{\"state\":\"BACKUP\"},{\"state\":\"INIT\"}]}", WELLNESS_OK,
     "all well"},
    {"{\"instances\":[{\"state\":\"FAULT\"},{\"state\":\"FAULT\"}]}", WELLNESS_CRITICAL,
     "2 instances in FAULT"},
    {"{\"instances\":[{\"state\":\"MASTER\",\"addresses\":[{\"present\":false}],"
     "\"routes\":[{\"present\":false}],\"rules\":[{\"present\":true}]}]}",
     WELLNESS_CRITICAL, "1 address missing, 1 route missing"},
    {"{\"instances\":[{\"state\":\"BACKUP\",\"addresses\":[{\"present\":false}]}],"
     "\"daemon\":{}}",
     WELLNESS_OK, "all well"},
    {"{\"instances\":[{\"complaint\":{\"ms_ago\":59999}},{\"complaint\":{\"ms_ago\":60000}}]}",
     WELLNESS_WARNING, "1 instance disagrees with another router"},
    {"{\"instances\":[{\"dual_master\":true,\"complaint\":{\"ms_ago\":5}}]}", WELLNESS_CRITICAL,
     "1 instance beside a second master"},
    {"{\"static\":[{\"addresses\":[{\"present\":false}],\"routes\":[{\"present\":true}],"
     "\"rules\":[{\"present\":false}]}]}",
     WELLNESS_WARNING, "2 static entries missing"},
    {"{\"bfd\":{\"sessions\":[{\"status\":\"down\"},{\"status\":\"up\"}]}}", WELLNESS_WARNING,
     "1 BFD session down"},
    {"{\"services\":[{\"quorum_met\":true,\"servers\":[{\"state\":\"down\"},{\"state\":\"up\"}]}]}",
     WELLNESS_WARNING, "1 server down"},
    {"{\"daemon\":{},\"services\":[{\"quorum_met\":true,\"servers\":[{\"state\":\"down\","
     "\"admin\":\"maint\"}]}]}",
     WELLNESS_OK, "all well"},
    {"{\"services\":[{\"quorum_met\":false,\"servers\":[{\"state\":\"down\"}]}]}",
     WELLNESS_CRITICAL, "1 service without quorum, 1 server down"},
    {"{\"services\":[{\"fail_open\":true}]}", WELLNESS_WARNING, "1 service fails open"},
    {"{\"services\":[{\"servers\":[{\"ipvs_error\":\"no room\"}]}]}", WELLNESS_WARNING,
     "1 IPVS entry refused by the kernel"},
    {"{\"services\":[{\"ipvs_error\":\"no room\"}]}", WELLNESS_CRITICAL,
     "1 IPVS entry refused by the kernel"},
    {"{\"services\":[{\"servers\":[{\"checks\":[{\"last_result\":{\"class\":\"local\"}}]}]}]}",
     WELLNESS_WARNING, "1 server cannot be checked"},
    {"{\"ipvs\":{\"available\":false},\"services\":[{}]}", WELLNESS_CRITICAL, "no IPVS"},
    {"{\"ipvs\":{\"available\":false},\"daemon\":{},\"services\":[]}", WELLNESS_OK, "all well"},
    {"{\"ipvs\":{\"missing\":[{}]}}", WELLNESS_WARNING, "a setting of the kernel is missing"},
    {"{\"ipvs\":{\"sync_daemon\":{\"reason\":\"no interface\"}}}", WELLNESS_WARNING,
     "connections are not synchronised"},
    {"{\"privileges\":{\"helper\":{\"alive\":false},\"lacking\":[{}]}}", WELLNESS_WARNING,
     "no script can be run, a setting waits for a restart"},
    {"{\"reload\":{\"last\":{\"result\":\"failed\"}},\"instances\":[{\"state\":\"FAULT\"}]}",
     WELLNESS_CRITICAL, "1 instance in FAULT, the last reload was refused"},
    {"{\"bfd\":{\"sessions\":[{\"status\":\"down\"}]},\"services\":[{\"quorum_met\":false}]}",
     WELLNESS_CRITICAL, "1 service without quorum, 1 BFD session down"},
};

static void test_each_trouble_has_its_level_and_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(troubles); i++) {
        json_t *status = json_loads(troubles[i].status, 0, NULL);
        struct wellness wellness = wellness_judge(status);
        struct text_buffer text = {0};

        assert_fact(status != NULL, "row %zu is no JSON", i);
        wellness_write(&wellness, &text);
        assert_fact(strcmp(text.data, troubles[i].why) == 0, "%s: %s", troubles[i].status,
                    text.data);
        assert_fact(wellness.level == troubles[i].level, "%s: %s", troubles[i].status,
                    wellness_word(wellness.level));
        text_release(&text);
        wellness_release(&wellness);
        json_decref(status);
    }
}

static void test_json_has_level_code_and_troubles(void **state)
{
    json_t *status = json_loads("{\"instances\":[{\"state\":\"FAULT\"}],"
                                "\"bfd\":{\"sessions\":[{\"status\":\"down\"}]}}",
                                0, NULL);
    struct wellness wellness = wellness_judge(status);
    json_t *json = wellness_json(&wellness);
    json_t *expected = json_loads(
        "{\"version\":1,\"level\":\"critical\",\"code\":2,\"troubles\":[{\"level\":\"critical\","
        "\"text\":\"1 instance in FAULT\"},{\"level\":\"warning\",\"text\":\"1 BFD session down\"}]}",
        0, NULL);

    (void)state;
    assert_true(json_equal(json, expected));
    json_decref(expected);
    json_decref(json);
    wellness_release(&wellness);
    json_decref(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_trouble_has_its_level_and_its_words),
        cmocka_unit_test(test_json_has_level_code_and_troubles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
