/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual addresses before a kernel of our own, whose notifications come as late as a test wants:
 * several of them in one look are what a busy machine makes of a change that was taken back.
 */
#include "unit.h"

#include "base/log.h"
#include "base/loop.h"
#include "net/address.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

enum { FIRST = 5, SECOND = 9, ANSWERS = 16 };

#define DEVICE "eth1"
#define OWNER  "VI_1"

/* ---- A kernel ---------------------------------------------------------------------------------- */

/* All that can be on an interface is one address; `on` is the index of who has it. */
static struct {
    int there; /* the index of the only interface that there is; 0: none */
    int on;    /* 0: nobody */
    struct nlmsgerr_message {
        struct nlmsghdr head;
        struct nlmsgerr body;
    } answers[ANSWERS];
    size_t count;
} kernel;

static int fake_socket[2];

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
    (void)bus;
    (void)flags;
    return (struct mnl_socket *)(void *)fake_socket;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned groups, pid_t pid)
{
    (void)nl;
    (void)groups;
    (void)pid;
    return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
    (void)nl;
    return fake_socket[0];
}

int mnl_socket_close(struct mnl_socket *nl)
{
    (void)nl;
    return 0;
}

static int kernel_do(const struct nlmsghdr *message)
{
    const struct ifaddrmsg *address = mnl_nlmsg_get_payload(message);
    bool add = message->nlmsg_type == RTM_NEWADDR;
    int index = (int)address->ifa_index;

    if (index != kernel.there) {
        return -ENODEV;
    }
    if (add == (kernel.on == index)) {
        return add ? -EEXIST : -EADDRNOTAVAIL;
    }
    kernel.on = add ? index : 0;
    return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t siz)
{
    const struct nlmsghdr *message = req;
    int left = (int)siz;

    (void)nl;
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        int error = kernel_do(message);

        if (error || message->nlmsg_flags & NLM_F_ACK) {
            assert_true(kernel.count < ANSWERS);
            kernel.answers[kernel.count++] =
                (struct nlmsgerr_message){.head = {.nlmsg_len = sizeof(struct nlmsgerr_message),
                                                   .nlmsg_type = NLMSG_ERROR,
                                                   .nlmsg_seq = message->nlmsg_seq},
                                          .body = {.error = error}};
        }
    }
    return (ssize_t)siz;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t siz)
{
    size_t all = kernel.count * sizeof(kernel.answers[0]);

    (void)nl;
    if (!all) {
        errno = EAGAIN;
        return -1;
    }
    assert_true(all <= siz);
    memcpy(buf, kernel.answers, all);
    kernel.count = 0;
    return (ssize_t)all;
}

/* ---- What is known of it ----------------------------------------------------------------------- */

static struct link known = {.info = {.name = DEVICE}}; /* index 0: nothing is */
static struct rtnetlink_address known_address;

const struct link *link_find(const struct link_table *table, const char *name)
{
    (void)table;
    return known.info.index && strcmp(name, known.info.name) == 0 ? &known : NULL;
}

const struct rtnetlink_address *link_find_address(const struct link *link,
                                                  const struct inet_prefix *prefix)
{
    (void)prefix;
    return link->address_count ? link->addresses : NULL;
}

const struct link *link_next(const struct link_table *table, const struct link *link)
{
    (void)table;
    return link || !known.info.index ? NULL : &known;
}

/* ---- A director -------------------------------------------------------------------------------- */

struct director {
    struct loop *loop;
    struct log *log;
    struct address_table *table;
    struct conf_address address;
    struct conf_address_list list;
    unsigned told; /* how often the neighbours should hear of it again */
};

static void on_restored(void *argument, const char *owner)
{
    struct director *director = argument;

    assert_string_equal(owner, OWNER);
    director->told++;
}

static void on_trouble(void *argument, const char *owner, const char *text)
{
    (void)argument;
    fail_msg("%s: %s", owner, text);
}

static int set_up(void **state)
{
    struct director *director = test_calloc(1, sizeof(*director));
    const struct address_hooks hooks = {
        .argument = director, .restored = on_restored, .trouble = on_trouble};
    int error;

    assert_int_equal(pipe(fake_socket), 0);
    memset(&kernel, 0, sizeof(kernel));
    kernel.there = FIRST;
    known.info.index = FIRST;
    known.address_count = 0;
    director->loop = loop_new();
    director->log = log_new(&(struct log_options){.lowest = LOG_LEVEL_ERROR});
    director->table = address_open(director->loop, director->log, NULL, &hooks, &error);
    assert_non_null(director->table);
    director->address.device = DEVICE;
    assert_true(inet_parse_prefix("192.0.2.18/24", &director->address.prefix));
    STAILQ_INIT(&director->list);
    STAILQ_INSERT_TAIL(&director->list, &director->address, next);
    *state = director;
    return 0;
}

static int tear_down(void **state)
{
    struct director *director = *state;

    address_close(director->table);
    log_free(director->log);
    loop_free(director->loop);
    test_free(director);
    (void)close(fake_socket[0]);
    (void)close(fake_socket[1]);
    return 0;
}

static void hold(struct director *director, bool holds)
{
    if (holds) {
        address_claim(director->table, OWNER, &director->list);
    } else {
        address_release(director->table, OWNER);
    }
    address_commit(director->table);
    assert_int_equal(kernel.on, holds ? kernel.there : 0);
}

static void tell(struct director *director, enum link_event_kind kind)
{
    bool of_address = kind == LINK_ADDRESS_NEW || kind == LINK_ADDRESS_GONE;
    const struct link_event event = {
        .kind = kind, .link = &known, .address = of_address ? &known_address : NULL};

    known_address.prefix = director->address.prefix;
    known_address.index = known.info.index;
    known.addresses = &known_address;
    known.address_count = kind == LINK_ADDRESS_NEW ? 1 : of_address ? 0 : known.address_count;
    address_on_link_event(director->table, &event);
}

/* A takeover that is taken back before the loop has read what the kernel says of the address. */
static void test_one_that_came_and_went_between_two_looks_comes_again(void **state)
{
    struct director *director = *state;

    for (int i = 0; i < 3; i++) {
        hold(director, true);
        hold(director, false);
        tell(director, LINK_ADDRESS_NEW);
        tell(director, LINK_ADDRESS_GONE);
    }
    hold(director, true);
    hold(director, false);
    hold(director, true);
    tell(director, LINK_ADDRESS_NEW);
    tell(director, LINK_ADDRESS_GONE);
    tell(director, LINK_ADDRESS_NEW);
    assert_int_equal(kernel.on, FIRST);
    assert_int_equal(address_counters(director->table)->restored, 0);
    hold(director, false);
}

static void test_one_that_somebody_else_removes_is_put_back(void **state)
{
    struct director *director = *state;

    hold(director, true);
    tell(director, LINK_ADDRESS_NEW);
    kernel.on = 0;
    tell(director, LINK_ADDRESS_GONE);
    assert_int_equal(kernel.on, FIRST);
    assert_int_equal(address_counters(director->table)->restored, 1);
    assert_int_equal(director->told, 1);
}

/* Deleted and made anew between two looks: its owner has not noticed, the neighbours must. */
static void test_one_is_put_on_the_next_interface_of_the_name_and_told_of(void **state)
{
    struct director *director = *state;

    hold(director, true);
    tell(director, LINK_ADDRESS_NEW);
    kernel.there = SECOND;
    kernel.on = 0;
    tell(director, LINK_ADDRESS_GONE);
    tell(director, LINK_GONE);
    known.info.index = SECOND;
    tell(director, LINK_NEW);
    assert_int_equal(kernel.on, SECOND);
    assert_int_equal(address_counters(director->table)->restored, 0);
    assert_int_equal(director->told, 1);
}

/* The owner has noticed: it announces by itself what it claims anew. */
static void test_one_that_is_claimed_anew_is_not_told_of_twice(void **state)
{
    struct director *director = *state;

    hold(director, true);
    tell(director, LINK_ADDRESS_NEW);
    kernel.there = 0;
    kernel.on = 0;
    tell(director, LINK_ADDRESS_GONE);
    tell(director, LINK_GONE);
    known.info.index = 0;
    hold(director, false);
    kernel.there = SECOND;
    known.info.index = SECOND;
    tell(director, LINK_NEW);
    hold(director, true);
    assert_int_equal(director->told, 0);
}

/* The interface that goes by this name is still there, by another one. */
static void test_one_does_not_stay_on_an_interface_that_is_renamed(void **state)
{
    struct director *director = *state;

    hold(director, true);
    tell(director, LINK_ADDRESS_NEW);
    tell(director, LINK_GONE);
    assert_int_equal(kernel.on, 0);
}

/* Renamed there and back between two looks: that we took it off is no word of somebody else's deed. */
static void test_one_is_back_on_an_interface_that_has_its_name_again(void **state)
{
    struct director *director = *state;

    hold(director, true);
    tell(director, LINK_ADDRESS_NEW);
    tell(director, LINK_GONE);
    assert_int_equal(kernel.on, 0);
    tell(director, LINK_NEW);
    tell(director, LINK_ADDRESS_NEW); /* as it was before all that */
    tell(director, LINK_ADDRESS_GONE);
    tell(director, LINK_ADDRESS_NEW);
    assert_int_equal(kernel.on, FIRST);
    assert_int_equal(address_counters(director->table)->restored, 0);
    kernel.on = 0;
    tell(director, LINK_ADDRESS_GONE);
    assert_int_equal(kernel.on, FIRST);
    assert_int_equal(address_counters(director->table)->restored, 1);
}

/* The same, where its removal was told of while it had the other name. */
static void test_one_that_is_removed_behind_a_renaming_is_put_back(void **state)
{
    struct director *director = *state;

    hold(director, true);
    tell(director, LINK_ADDRESS_NEW);
    tell(director, LINK_GONE);
    known.address_count = 0;
    tell(director, LINK_NEW);
    tell(director, LINK_ADDRESS_NEW);
    kernel.on = 0;
    tell(director, LINK_ADDRESS_GONE);
    assert_int_equal(kernel.on, FIRST);
    assert_int_equal(address_counters(director->table)->restored, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_that_came_and_went_between_two_looks_comes_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_somebody_else_removes_is_put_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_one_is_put_on_the_next_interface_of_the_name_and_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_is_claimed_anew_is_not_told_of_twice, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_one_does_not_stay_on_an_interface_that_is_renamed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_is_back_on_an_interface_that_has_its_name_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_is_removed_behind_a_renaming_is_put_back,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
