/* SPDX-License-Identifier: Apache-2.0
 *
 * When lines for the FIFOs are written.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "vrrp/notify.h"

static struct {
    struct loop *loop;
    struct log *log;
    struct notify_table *table;
    struct loop_timer *urgent;
    unsigned turns; /* that the addresses still take */
    struct text_buffer told;
} mock;

static void tell(void *argument, const char *line)
{
    assert_ptr_equal(argument, &mock);
    text_appendf(&mock.told, "%s;", line);
}

static void mail(void *argument, const char *kind, const char *name, const struct notify_news *news)
{
    (void)argument;
    (void)kind;
    (void)name;
    (void)news;
}

static void told(void *argument)
{
    (void)argument;
}

/* As many addresses are set: in slices, turn by turn. */
static void set_addresses(void *argument, int64_t now, int64_t late)
{
    (void)argument;
    (void)late;
    text_append(&mock.told, "addresses;");
    if (--mock.turns) {
        loop_timer_set(mock.urgent, now);
    }
}

static int set_up(void **state)
{
    (void)state;
    memset(&mock, 0, sizeof(mock));
    mock.loop = loop_new();
    mock.log = log_new(&(struct log_options){.console = true, .lowest = LOG_LEVEL_ERROR});
    mock.table = notify_table_new(mock.loop, mock.log, NULL, tell, mail, told, &mock);
    mock.urgent = loop_timer_new(mock.loop, LOOP_PRIORITY_NETWORK, set_addresses, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    notify_table_free(mock.table);
    loop_timer_free(mock.urgent);
    text_release(&mock.told);
    log_free(mock.log);
    loop_free(mock.loop);
    return 0;
}

static void stop(void *argument, int64_t now, int64_t late)
{
    (void)argument;
    (void)now;
    (void)late;
    loop_stop(mock.loop);
}

static void run_until_idle(void)
{
    struct loop_timer *timer = loop_timer_new(mock.loop, LOOP_PRIORITY_CONTROL, stop, NULL);

    loop_timer_set(timer, clock_now());
    assert_int_equal(loop_run(mock.loop), 0);
    loop_timer_free(timer);
}

static struct notify *given_instance(void)
{
    struct notify *notify = notify_new(mock.table, "INSTANCE");

    notify_configure(notify, "A", &(struct conf_notify){.mail = false});
    return notify;
}

static void tell_of(struct notify *notify, enum notify_state state)
{
    notify_send(notify, &(struct notify_news){.state = state, .priority = 100});
}

static void test_a_line_comes_when_the_addresses_are_there(void **state)
{
    struct notify *notify = given_instance();

    (void)state;
    mock.turns = 3;
    tell_of(notify, NOTIFY_MASTER);
    loop_timer_set(mock.urgent, clock_now()); /* the state machine asks for them afterwards */
    run_until_idle();
    assert_string_equal(mock.told.data, "addresses;addresses;addresses;INSTANCE \"A\" MASTER 100;");
    notify_release(notify);
}

static void test_lines_keep_their_order(void **state)
{
    struct notify *notify = given_instance();

    (void)state;
    tell_of(notify, NOTIFY_BACKUP);
    tell_of(notify, NOTIFY_MASTER);
    notify_send_lower(notify, 100);
    notify_send_priority(notify, NOTIFY_MASTER, 90);
    run_until_idle();
    tell_of(notify, NOTIFY_FAULT);
    run_until_idle();
    assert_string_equal(mock.told.data,
                        "INSTANCE \"A\" BACKUP 100;INSTANCE \"A\" MASTER 100;"
                        "INSTANCE \"A\" MASTER_RX_LOWER_PRI 100;INSTANCE \"A\" MASTER_PRIORITY 90;"
                        "INSTANCE \"A\" FAULT 100;");
    notify_release(notify);
}

static void test_the_last_lines_are_written_without_a_turn_of_the_loop(void **state)
{
    struct notify *notify = given_instance();

    (void)state;
    tell_of(notify, NOTIFY_STOP);
    assert_null(mock.told.data);
    notify_table_flush(mock.table);
    assert_string_equal(mock.told.data, "INSTANCE \"A\" STOP 100;");
    run_until_idle();
    assert_string_equal(mock.told.data, "INSTANCE \"A\" STOP 100;");
    notify_release(notify);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_comes_when_the_addresses_are_there),
        TEST(test_lines_keep_their_order),
        TEST(test_the_last_lines_are_written_without_a_turn_of_the_loop),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
