/* SPDX-License-Identifier: Apache-2.0
 *
 * What lints ask of this machine: its own addresses, and files with all kinds of flaws.
 */
#include "unit.h"

#include "inspect.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_the_loopback_interface_is_there_with_its_name(void **state)
{
    struct parser_machine machine;
    bool found = false;

    (void)state;
    assert_int_equal(inspect_machine(&machine), 0);
    for (size_t i = 0; i < machine.count; i++) {
        const struct parser_subnet *subnet = &machine.subnets[i];

        assert_true(*subnet->interface);
        assert_true(subnet->prefix.length <= inet_family_bits(subnet->prefix.addr.family));
        found |= strcmp(subnet->interface, "lo") == 0;
        if (subnet->prefix.addr.family == AF_INET && subnet->prefix.addr.bytes[0] == 127) {
            assert_int_equal(subnet->prefix.length, 8);
        }
    }
    assert_true(found);
    inspect_machine_free(&machine);
    assert_int_equal(machine.count, 0);
    inspect_machine_free(&machine);
}

/* A folder with one script, both root's unless a row says otherwise. */
static const struct {
    const char *name;
    mode_t script; /* 0: there is none */
    mode_t directory;
    uid_t owner;
    gid_t group;
    const char *user;
    enum parser_program verdict;
    const char *cure; /* in the reason; NULL: there is none */
    bool folder;      /* whose cure it is; else the script's */
} programs[] = {
    {"as it should be", 0755, 0755, 0, 0, NULL, PARSER_PROGRAM_GOOD, NULL, false},
    {"missing", 0, 0755, 0, 0, NULL, PARSER_PROGRAM_MISSING, "there is no program ", false},
    {"without an x", 0644, 0755, 0, 0, "root", PARSER_PROGRAM_NOT_EXECUTABLE, "chmod a+x ", false},
    {"not for its user", 0744, 0755, 0, 0, "nobody", PARSER_PROGRAM_NOT_EXECUTABLE, "chmod a+x ",
     false},
    {"writable by all", 0757, 0755, 0, 0, "root", PARSER_PROGRAM_WRITABLE, "chmod o-w ", false},
    {"writable by all, for another user", 0757, 0755, 0, 0, "nobody", PARSER_PROGRAM_WRITABLE,
     "chmod o-w ", false},
    {"in a folder that is writable by all", 0755, 0757, 0, 0, "nobody", PARSER_PROGRAM_WRITABLE,
     "chmod o-w ", true},
    {"in a sticky folder", 0755, 01777, 0, 0, "root", PARSER_PROGRAM_GOOD, NULL, false},
    {"writable by root's group", 0775, 0755, 0, 0, "root", PARSER_PROGRAM_GOOD, NULL, false},
    {"writable by another group", 0775, 0755, 0, 12, "root", PARSER_PROGRAM_WRITABLE, "chmod g-w ",
     false},
    {"of its own user", 0755, 0755, 65534, 0, "nobody", PARSER_PROGRAM_GOOD, NULL, false},
    {"of another user", 0755, 0755, 65534, 0, "root", PARSER_PROGRAM_WRITABLE, "chown root ",
     false},
    {"of a user that does not exist", 0757, 0755, 0, 0, "no-such-user", PARSER_PROGRAM_GOOD, NULL,
     false},
};

static void test_programs_are_judged_with_the_component_and_the_cure(void **state)
{
    char folder[] = "/tmp/holdfast-inspect-XXXXXX";
    char path[64];

    (void)state;
    if (geteuid() != 0) {
        skip(); /* only root can give files away */
    }
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/script", folder);
    for (size_t i = 0; i < UNIT_COUNT(programs); i++) {
        char reason[512] = "";
        char cure[128] = "";
        enum parser_program verdict;

        if (programs[i].script) {
            int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

            assert_true(fd >= 0);
            (void)close(fd);
            assert_int_equal(chown(path, programs[i].owner, programs[i].group), 0);
            assert_int_equal(chmod(path, programs[i].script), 0);
        }
        assert_int_equal(chmod(folder, programs[i].directory), 0);
        verdict = inspect_program(NULL, path, programs[i].user, NULL, reason, sizeof(reason));
        assert_fact(verdict == programs[i].verdict, "%s: %d, %s", programs[i].name, (int)verdict,
                    reason);
        if (programs[i].cure) {
            (void)snprintf(cure, sizeof(cure), "%s%s", programs[i].cure,
                           programs[i].folder ? folder : path);
        }
        assert_fact(strstr(reason, cure) != NULL, "%s: \"%s\" has no \"%s\"", programs[i].name,
                    reason, cure);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void test_a_bare_name_is_looked_for_in_path(void **state)
{
    char reason[512];

    (void)state;
    assert_int_equal(inspect_program(NULL, "true", "root", NULL, reason, sizeof(reason)),
                     PARSER_PROGRAM_GOOD);
    assert_int_equal(
        inspect_program(NULL, "no-such-program-here", "root", NULL, reason, sizeof(reason)),
        PARSER_PROGRAM_MISSING);
}

static void write_list(const char *folder, const char *name, const char *text)
{
    char path[PATH_MAX];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* What is said with these lists; NULL: there is no such file. */
static bool lacks(const char *dep, const char *builtin, const char *module)
{
    char folder[] = "/tmp/test_inspect.XXXXXX";
    const char *const names[] = {"modules.dep", "modules.builtin"};
    const char *const texts[] = {dep, builtin};
    char path[PATH_MAX];
    struct inspect_kernel *kernel;
    bool answer;

    assert_non_null(mkdtemp(folder));
    for (unsigned i = 0; i < 2; i++) {
        if (texts[i]) {
            write_list(folder, names[i], texts[i]);
        }
    }
    kernel = inspect_kernel_new(folder);
    answer = inspect_lacks_module(kernel, module);
    assert_int_equal(inspect_lacks_module(kernel, module), answer); /* read once */
    inspect_kernel_free(kernel);
    for (unsigned i = 0; i < 2; i++) {
        if (texts[i]) {
            (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
            assert_int_equal(unlink(path), 0);
        }
    }
    assert_int_equal(rmdir(folder), 0);
    return answer;
}

static void test_a_module_is_lacking_only_where_the_kernels_list_is_there_without_it(void **state)
{
    static const char dep[] = "kernel/net/ip_vs_no_rr.ko.xz: kernel/net/ip_vs.ko.xz\n"
                              "kernel/net/ip_vs.ko.xz: kernel/lib/ip_vs_other.ko.xz\n"
                              "updates/ip_vs_dkms.ko:\nkernel/ip_vs_path.ko/ext4.ko:";
    static const char built[] = "kernel/net/ip_vs.ko\nkernel/net/ip_vs_built.ko\n";
    static const struct {
        const char *dep;
        const char *builtin;
        const char *module;
        bool lacking;
    } rows[] = {
        {NULL, NULL, "ip_vs_none", false},                      /* a container */
        {"", "", "ip_vs_none", false},                          /* depmod has not run */
        {"kernel/fs/ext4.ko.xz:\n", NULL, "ip_vs_none", false}, /* no IPVS: another matter */
        {dep, NULL, "ip_vs_none", true},
        {dep, NULL, "ip_vs_no_rr", false},
        {dep, NULL, "ip_vs_no_r", true},
        {dep, NULL, "ip_vs_other", true}, /* what another one needs */
        {dep, NULL, "ip_vs_path", true},
        {dep, NULL, "ip_vs_dkms", false},
        {dep, NULL, "ip_vs_built", true},
        {dep, built, "ip_vs_built", false},
        {NULL, built, "ip_vs_built", false},
        {NULL, built, "ip_vs_none", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (lacks(rows[i].dep, rows[i].builtin, rows[i].module) != rows[i].lacking) {
            fail_msg("row %zu: %s", i, rows[i].module);
        }
    }
    inspect_kernel_free(NULL);
}

static void test_a_release_says_its_version(void **state)
{
    (void)state;
    assert_int_equal(inspect_version_of("6.1.0-56-amd64"), parser_kernel_version(6, 1));
    assert_int_equal(inspect_version_of("4.18.0-553.el8_10"), parser_kernel_version(4, 18));
    assert_int_equal(inspect_version_of("5.10"), parser_kernel_version(5, 10));
    assert_true(parser_kernel_version(4, 19) < parser_kernel_version(5, 2));
    assert_true(parser_kernel_version(5, 2) < parser_kernel_version(5, 10));
    assert_int_equal(inspect_version_of("next"), 0);
    assert_int_not_equal(inspect_kernel_version(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_loopback_interface_is_there_with_its_name),
        cmocka_unit_test(test_programs_are_judged_with_the_component_and_the_cure),
        cmocka_unit_test(test_a_bare_name_is_looked_for_in_path),
        cmocka_unit_test(test_a_module_is_lacking_only_where_the_kernels_list_is_there_without_it),
        cmocka_unit_test(test_a_release_says_its_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
