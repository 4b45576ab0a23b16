/* SPDX-License-Identifier: Apache-2.0
 *
 * Which virtual interfaces of an instance are asked for, set up, and let go; what the hooks are told
 * is written down here.
 */
#include "unit.h"

#include "base/text.h"
#include "vrrp/virtual.h"

struct world {
    struct text_buffer said;
    const char *broken; /* the name of one that cannot be had */
    char problems[256];
};

static int world_obtain(void *argument, const char *owner, const struct conf_vmac *vmac,
                        char problem[VRRP_PROBLEM_SIZE])
{
    struct world *world = argument;

    text_appendf(&world->said, "%s obtains %s; ", owner, vmac->name);
    if (world->broken && strcmp(world->broken, vmac->name) == 0) {
        (void)snprintf(problem, VRRP_PROBLEM_SIZE, "%s is broken", vmac->name);
        return 0;
    }
    return (int)strlen(vmac->name);
}

static void world_raise(void *argument, const char *owner, const char *name, bool up)
{
    struct world *world = argument;

    text_appendf(&world->said, "%s sets %s %s; ", owner, name, up ? "up" : "down");
}

static void world_release(void *argument, const char *owner, const char *name)
{
    struct world *world = argument;

    text_appendf(&world->said, "%s releases %s; ", owner, name);
}

static void world_promote(void *argument, const char *interface, bool on)
{
    struct world *world = argument;

    text_appendf(&world->said, "%s promotes %s; ", interface, on ? "on" : "off");
}

static void world_problem(void *argument, const char *text)
{
    struct world *world = argument;

    (void)text_copy(world->problems, sizeof(world->problems), text);
}

static struct vrrp_hooks world_hooks(struct world *world)
{
    return (struct vrrp_hooks){.argument = world,
                               .obtain_virtual = world_obtain,
                               .raise_virtual = world_raise,
                               .release_virtual = world_release,
                               .promote = world_promote};
}

/* What was said since the last time. */
static void assert_said(struct world *world, const char *expected)
{
    assert_string_equal(world->said.data ? world->said.data : "", expected);
    text_release(&world->said);
}

static void test_what_is_configured_is_obtained_and_the_rest_let_go(void **state)
{
    struct world world = {.broken = NULL};
    const struct vrrp_hooks hooks = world_hooks(&world);
    struct conf_vmac own = {.name = "vrrp.51"};
    struct conf_vmac other = {.name = "extra.51"};
    struct conf_instance both = {.name = "A", .interface = "eth0", .vmac = &own};
    struct conf_instance renamed = {.name = "B", .interface = "eth0", .vmac = &own};
    struct conf_instance none = {.name = "B", .interface = "eth0"};
    struct virtual *virtual = virtual_new(&hooks);

    (void)state;
    STAILQ_INIT(&both.vmacs);
    STAILQ_INIT(&renamed.vmacs);
    STAILQ_INIT(&none.vmacs);
    STAILQ_INSERT_TAIL(&both.vmacs, &own, next);
    STAILQ_INSERT_TAIL(&both.vmacs, &other, next);
    virtual_observe(virtual, &both, false, world_problem, &world);
    assert_said(&world, "A obtains vrrp.51; A obtains extra.51; A sets vrrp.51 down; "
                        "A sets extra.51 down; ");
    assert_int_equal(virtual_index(virtual), strlen("vrrp.51"));
    virtual_set_up(virtual, true);
    assert_said(&world, "A sets vrrp.51 up; A sets extra.51 up; ");
    assert_true(virtual_is_up(virtual));

    STAILQ_INSERT_TAIL(&renamed.vmacs, &own, next); /* which ends the list of the first one */
    virtual_observe(virtual, &renamed, true, world_problem, &world);
    assert_said(&world, "B obtains vrrp.51; A releases extra.51; B sets vrrp.51 up; ");
    virtual_observe(virtual, &none, true, world_problem, &world);
    assert_said(&world, "B releases vrrp.51; ");
    assert_int_equal(virtual_index(virtual), 0);
    virtual_free(virtual);
    assert_said(&world, "");
}

static void test_one_that_cannot_be_had_is_a_problem(void **state)
{
    struct world world = {.broken = "vrrp.51"};
    const struct vrrp_hooks hooks = world_hooks(&world);
    struct conf_vmac own = {.name = "vrrp.51"};
    struct conf_instance conf = {.name = "A", .interface = "eth0", .vmac = &own};
    struct virtual *virtual = virtual_new(&hooks);

    (void)state;
    STAILQ_INIT(&conf.vmacs);
    STAILQ_INSERT_TAIL(&conf.vmacs, &own, next);
    virtual_observe(virtual, &conf, false, world_problem, &world);
    assert_string_equal(world.problems, "vrrp.51 is broken");
    assert_int_equal(virtual_index(virtual), 0);
    virtual_free(virtual);
    assert_said(&world, "A obtains vrrp.51; A sets vrrp.51 down; A releases vrrp.51; ");
}

static void test_promote_secondaries_follows_the_interface(void **state)
{
    struct world world = {.broken = NULL};
    const struct vrrp_hooks hooks = world_hooks(&world);
    struct conf_instance conf = {.name = "A", .interface = "eth0", .promote_secondaries = true};
    struct virtual *virtual = virtual_new(&hooks);

    (void)state;
    STAILQ_INIT(&conf.vmacs);
    virtual_observe(virtual, &conf, false, world_problem, &world);
    virtual_observe(virtual, &conf, false, world_problem, &world);
    assert_said(&world, "eth0 promotes on; ");
    conf.interface = "eth1";
    virtual_observe(virtual, &conf, false, world_problem, &world);
    assert_said(&world, "eth0 promotes off; eth1 promotes on; ");
    virtual_free(virtual);
    assert_said(&world, "eth1 promotes off; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_configured_is_obtained_and_the_rest_let_go),
        cmocka_unit_test(test_one_that_cannot_be_had_is_a_problem),
        cmocka_unit_test(test_promote_secondaries_follows_the_interface),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
