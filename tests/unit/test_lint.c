/* SPDX-License-Identifier: Apache-2.0
 *
 * Lints: what each tells, what it keeps to itself, and how it is silenced. The machine of these
 * tests has eth0 with 192.0.2.2/24 and 2001:db8::2/64, lo, and eth1 without an address; its
 * programs are good unless their name says otherwise.
 */
#include "unit_parser.h"

#include "parser/lint.h"

static const struct parser_subnet subnets[] = {
    {"lo", {{AF_INET, {127, 0, 0, 1}}, 8}},
    {"eth0", {{AF_UNSPEC, {0}}, 0}},
    {"eth0", {{AF_INET, {192, 0, 2, 2}}, 24}},
    {"eth0", {{AF_INET, {198, 51, 100, 9}}, 32}},
    {"eth0", {{AF_INET6, {0x20, 0x01, 0x0d, 0xb8, [15] = 2}}, 64}},
    {"eth1", {{AF_UNSPEC, {0}}, 0}},
};

static const struct parser_machine machine = {subnets, UNIT_COUNT(subnets)};

/* The calls that a load makes are counted in `argument`. */
static enum parser_program inspect(void *argument, const char *program, const char *user,
                                   const char *group, char *reason, size_t size)
{
    static const struct {
        const char *part;
        enum parser_program verdict;
    } rows[] = {
        {"missing", PARSER_PROGRAM_MISSING},
        {"locked", PARSER_PROGRAM_NOT_EXECUTABLE},
        {"open", PARSER_PROGRAM_WRITABLE},
    };

    ++*(unsigned *)argument;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        if (strstr(program, rows[i].part)) {
            (void)snprintf(reason, size, "%s of %s:%s", program, user ? user : "nobody",
                           group ? group : "");
            return rows[i].verdict;
        }
    }
    return PARSER_PROGRAM_GOOD;
}

/* Of a load with everything that lints may ask for. @param text  NULL: an empty file */
static struct unit_load load_lints(const char *text, uint64_t silence, unsigned *inspected)
{
    struct unit_file file = {text ? text : "", text ? strlen(text) : 0};
    struct parser_options options = {.config_id = "lb1",
                                     .world = {.read = unit_read, .argument = &file},
                                     .silence = silence,
                                     .machine = &machine,
                                     .inspect = inspect,
                                     .inspect_argument = inspected};
    struct unit_load load = {0};

    load.conf = parser_load(UNIT_FILE, &options, &load.list);
    text_append(&load.shown, "");
    diag_write_all(load.list, &load.shown);
    return load;
}

/* ---- What each tells ------------------------------------------------------------------------- */

#define INSTANCE(name, id, rest)                                                                   \
    "vrrp_instance " name " {\n interface eth0\n virtual_router_id " id "\n " rest "\n"            \
    " virtual_ipaddress {\n  192.0.2." id "\n }\n}\n"
#define SERVICE(head, rest)                                                                        \
    "virtual_server " head " {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n " rest "\n}\n"

/* A configuration that makes a lint speak, and one that is nearly the same and does not. */
static const struct case_row {
    enum lint lint;
    unsigned line; /* of the first warning */
    unsigned column;
    const char *bad;
    const char *message; /* whole, without the name */
    const char *near;    /* NULL: another row of the lint has one */
} cases[] = {
    {LINT_MAIL_UNSENT, 1, 15, "global_defs { smtp_server 192.0.2.25 }\n",
     "no mail is sent: smtp_server is given without notification_email; add notification_email { "
     "ADDRESS }, or remove it",
     "global_defs { smtp_server 192.0.2.25\n notification_email { a@b } }\n"},
    {LINT_MAIL_UNSENT, 1, 15, "global_defs { notification_email { a@b } }\n",
     "no mail is sent: notification_email is given without smtp_server; add smtp_server HOST, or "
     "remove it",
     NULL},
    {LINT_NEVER_TAKES_OVER, 5, 2,
     "vrrp_script s { script /bin/true }\n" INSTANCE(
         "A", "7", "nopreempt\n priority 100\n track_script { s weight -20 }"),
     "with nopreempt A never takes over because of priorities, so no tracker's weight here or on "
     "another director moves the addresses to it; track without a weight on all directors, or "
     "remove nopreempt",
     "vrrp_script s { script /bin/true }\n" INSTANCE(
         "A", "7", "nopreempt\n priority 100\n track_script { s weight 0 }")},
    {LINT_NEVER_TAKES_OVER, 7, 2,
     "vrrp_script s { script /bin/true }\nvrrp_script t { script /bin/true }\n" INSTANCE(
         "A", "7", "track_script { s weight 0\n t weight 0 reverse }"),
     "A is always in FAULT, so it never takes over: A needs t to fail, and A needs s to succeed; remove it here, or give it a weight",
     NULL},
    {LINT_NEVER_TAKES_OVER, 13, 20,
     "vrrp_sync_group G { group { A B } }\n" INSTANCE("A", "7", "track_interface { eth1 }")
         INSTANCE("B", "8", "track_interface { eth1 weight 0 reverse }"),
     "the vrrp_sync_group G is always in FAULT, so it never takes over: B needs eth1 to be down, "
     "and A needs eth1 to be up; remove it here, or give it a weight",
     INSTANCE("A", "7", "track_interface { eth1 }")
         INSTANCE("B", "8", "track_interface { eth1 weight 0 reverse }")},
    {LINT_NEVER_YIELDS, 5, 30,
     "vrrp_script s { script /bin/true }\n" INSTANCE("A", "7",
                                                     "priority 255 track_script { s weight -20 }"),
     "A has priority 255, the owner of the addresses, whose priority never changes: the weight -20 of s does nothing; use priority 1..254, or no weight",
     NULL},
    {LINT_NEVER_YIELDS, 4, 20,
     INSTANCE("A", "7", "track_interface { eth1 weight 100 eth2 weight 100 } priority 154"),
     "with the weights of its trackers A comes to 354, which counts as 254, and so does 254 "
     "without eth1: its weight 100 alone does nothing; make priority at most 54",
     INSTANCE("A", "7", "track_interface { eth1 weight 100 eth2 weight 100 } priority 153")},
    {LINT_NEVER_YIELDS, 4, 20, INSTANCE("A", "7", "track_interface { eth1 weight -5 } priority 1"),
     "A has priority 1 already, the lowest there is: the weight -5 of eth1 does nothing; use a "
     "higher priority, or no weight",
     INSTANCE("A", "7", "track_interface { eth1 weight -5 } priority 2")},
    {LINT_NEVER_YIELDS, 4, 2, INSTANCE("A", "7", "state MASTER"),
     "state MASTER without priority means priority 255, the owner of the addresses, who never "
     "yields; add: priority 1..254",
     INSTANCE("A", "7", "state MASTER priority 254")},
    {LINT_NOPREEMPT_MASTER, 4, 28, INSTANCE("A", "7", "state MASTER priority 150 nopreempt"),
     "nopreempt has no effect with state MASTER; use state BACKUP and a priority below 255, or "
     "remove nopreempt",
     INSTANCE("A", "7", "state BACKUP priority 150 nopreempt")},
    {LINT_VIP_NOT_LOCAL, 5, 3,
     "vrrp_instance A {\n interface eth0\n virtual_router_id 7\n virtual_ipaddress {\n"
     "  198.51.100.9\n }\n}\n",
     "198.51.100.9 is in no subnet of this machine, so nobody on eth0 asks for it and only a "
     "router with a route to here sends to it; correct it, or type its prefix length "
     "(198.51.100.9/LENGTH) to make its subnet local",
     "vrrp_instance A {\n interface eth0\n virtual_router_id 7\n virtual_ipaddress {\n"
     "  198.51.100.9/24\n 198.51.100.10\n 192.0.2.255\n 203.0.113.1 dev lo\n 203.0.113.2 dev "
     "eth7\n }\n}\n"},
    {LINT_GROUP_ADVERT_INTERVAL, 3, 4,
     "vrrp_sync_group G { group {\n A\n   B\n} }\n" INSTANCE("A", "7", "advert_int 1")
         INSTANCE("B", "8", "advert_int 2"),
     "B sends adverts every 2 s, and A of the same group every 1 s: they notice a lost master at "
     "different times, so the group G waits for the slower one; use one advert_int for all "
     "members",
     "vrrp_sync_group G { group {\n A\n B\n} }\n" INSTANCE("A", "7", "advert_int 2")
         INSTANCE("B", "8", "advert_int 2")},
    {LINT_SERVICE_ADDRESS_UNHELD, 9, 1,
     INSTANCE("A", "7", "priority 100") SERVICE("192.0.2.8 80", "real_server 10.0.0.1 80 { }"),
     "no vrrp_instance holds 192.0.2.8, so packets for 192.0.2.8:80/tcp do not come here; add it "
     "to a virtual_ipaddress",
     INSTANCE("A", "7", "priority 100") SERVICE("192.0.2.7 80", "real_server 10.0.0.1 80 { }")
         SERVICE("198.51.100.9 80", "real_server 10.0.0.1 80 { }")},
    {LINT_ANNOUNCED_SCHEDULER, 1, 1,
     SERVICE("192.0.2.8 80", "announce_when up real_server 10.0.0.1 80 { }"),
     "with lb_algo rr each director would choose another server, and connections break when the "
     "router sends them to another director; use lb_algo mh with mh-port",
     "global_defs { lvs_sync_daemon eth0 }\n" SERVICE(
         "192.0.2.8 80", "announce_when up real_server 10.0.0.1 80 { }")},
    {LINT_CHECK_TIMEOUT_EXCEEDS_INTERVAL, 7, 4,
     SERVICE("192.0.2.8 80",
             "delay_loop 3\n real_server 10.0.0.1 80 {\n   TCP_CHECK { "
             "connect_timeout 4 }\n}\nreal_server 10.0.0.2 80 {\n TCP_CHECK { }\n}"),
     "this check waits up to 4 s for an answer, and its turns are 3 s apart: a server that does "
     "not answer is asked less often; make connect_timeout shorter than delay_loop, or delay_loop "
     "longer (1 more check like it in this virtual_server)",
     SERVICE("192.0.2.8 80", "delay_loop 3\n real_server 10.0.0.1 80 {\n   TCP_CHECK { "
                             "connect_timeout 3 }\n}")},
    {LINT_CHECK_TIMEOUT_EXCEEDS_INTERVAL, 1, 1,
     "vrrp_script s { script /bin/true interval 2 timeout 3 }\n",
     "s may run for 3 s, and its turns are 2 s apart: turns are skipped while it runs, and what it "
     "finds is known later; make timeout no longer than interval, or interval longer",
     "vrrp_script s { script /bin/true interval 2 timeout 2 }\n"},
    {LINT_DR_OTHER_PORT, 5, 16,
     SERVICE("192.0.2.8 80", "lvs_method DR real_server 10.0.0.1 81 { }"),
     "the port 81 of this real_server is not used: with DR packets keep the service's port 80; type that, or use NAT",
     SERVICE("192.0.2.8 80", "lvs_method DR real_server 10.0.0.1 80 { }")},
    {LINT_SERVER_IS_VIP, 5, 2, SERVICE("192.0.2.8 80", "real_server 192.0.2.8 81 { }"),
     "192.0.2.8 is the virtual server's own address: whichever director holds it would get the "
     "connections itself, and checks ask that director; type the server's own address",
     SERVICE("192.0.2.8 80", "real_server 192.0.2.9 81 { }")},
    {LINT_SERVER_IS_VIP, 13, 2,
     INSTANCE("A", "7", "priority 100")
         SERVICE("192.0.2.7 80", "sorry_server 192.0.2.7 81 real_server 10.0.0.1 80 { }"),
     "192.0.2.7 is the virtual server's own address: whichever director holds it would get the connections itself, and checks ask that director; type the server's own address",
     INSTANCE("A", "7", "priority 100")
         SERVICE("192.0.2.7 80", "sorry_server 10.0.0.2 81 real_server 10.0.0.1 80 { }")},
    {LINT_QUORUM_UNREACHABLE, 5, 2,
     SERVICE("192.0.2.8 80", "quorum 3 real_server 10.0.0.1 80 { weight 2 }"),
     "quorum 3 is above the weight of all real servers, 2; it becomes 2, as in keepalived: lower "
     "it, or give the servers more weight",
     SERVICE("192.0.2.8 80", "quorum 2 real_server 10.0.0.1 80 { weight 2 }")},
    {LINT_BFD_NO_HOPS, 1, 1, "bfd_instance b { neighbor_ip 192.0.2.9\n multihop }\n",
     "b is multihop, but with max_hops 0 every packet that passed a router is dropped; add max_hops "
     "HOPS, or -1 for any",
     "bfd_instance b { neighbor_ip 192.0.2.9\n multihop\n max_hops 1 }\n"},
    {LINT_SCRIPT_MISSING, 2, 8, "vrrp_script s {\nscript /x/missing\n}\n",
     "/x/missing of nobody: (it is not run)", "vrrp_script s {\nscript /x/good\n}\n"},
    {LINT_SCRIPT_NOT_EXECUTABLE, 4, 16,
     INSTANCE("A", "7", "notify_master \"/x/locked yes\" web www"),
     "/x/locked of web:www (it is not run)", INSTANCE("A", "7", "notify_master /x/good web www")},
    {LINT_SCRIPT_WRITABLE, 6, 14,
     "global_defs { script_user www }\n" SERVICE(
         "192.0.2.8 80", "quorum_down /x/open real_server 10.0.0.1 80 {\n }"),
     "/x/open of www:",
     "global_defs { script_user www }\n" SERVICE(
         "192.0.2.8 80", "quorum_down /x/good real_server 10.0.0.1 80 {\n }")},
    {LINT_UNKNOWN_LINT, 1, 21, "# holdfast: silence vip-not-locul\n",
     "there is no lint \"vip-not-locul\"; did you mean \"vip-not-local\"?",
     "# holdfast: silence vip-not-local\n"},
};

static const struct diag *find_lint(const struct unit_load *load, enum lint lint)
{
    const struct diag *diag;

    for (size_t i = 0; (diag = diag_at(load->list, i)); i++) {
        if (diag->lint && strcmp(diag->lint, lint_row(lint)->name) == 0) {
            return diag;
        }
    }
    return NULL;
}

static void test_each_lint_tells_what_happens_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        const struct case_row *row = &cases[i];
        unsigned inspected = 0;
        struct unit_load load = load_lints(row->bad, 0, &inspected);
        const struct diag *diag = find_lint(&load, row->lint);
        char tail[80];

        assert_fact(load.conf != NULL, "row %zu is not loaded:\n%s", i, load.shown.data);
        if (!diag) {
            fail_msg("row %zu: %s says nothing:\n%s", i, lint_row(row->lint)->name,
                     load.shown.data);
            return;
        }
        assert_fact(diag->severity == DIAG_WARNING, "row %zu is no warning", i);
        assert_fact(diag->position.line == row->line && diag->position.column == row->column,
                    "row %zu is at %u:%u:\n%s", i, diag->position.line, diag->position.column,
                    load.shown.data);
        (void)snprintf(tail, sizeof(tail), " [%s]", lint_row(row->lint)->name);
        assert_fact(strlen(diag->message) > strlen(tail) &&
                        strcmp(diag->message + strlen(diag->message) - strlen(tail), tail) == 0,
                    "row %zu does not end with its name: %s", i, diag->message);
        assert_fact(strncmp(diag->message, row->message, strlen(row->message)) == 0 &&
                        strlen(diag->message) == strlen(row->message) + strlen(tail),
                    "row %zu says:\n%s", i, diag->message);
        unit_unload(&load);
    }
}

static void test_a_near_miss_is_told_by_nobody(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        unsigned inspected = 0;
        struct unit_load load = load_lints(cases[i].near, 0, &inspected);

        assert_fact(load.conf && !load.shown.length, "row %zu:\n%s\nshows:\n%s", i, cases[i].near,
                    load.shown.data);
        unit_unload(&load);
    }
}

static void test_every_lint_has_a_name_a_help_and_cases(void **state)
{
    (void)state;
    for (enum lint lint = 0; lint < LINTS; lint++) {
        const struct lint_row *row = lint_row(lint);
        bool bad = false;
        bool near = false;

        assert_non_null(row->name);
        assert_fact(row->help && row->help[strlen(row->help) - 1] == '.', "%s has no help",
                    row->name);
        assert_fact(lint_find(row->name, strlen(row->name)) == lint, "%s is found as another",
                    row->name);
        for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
            bad |= cases[i].lint == lint;
            near |= cases[i].lint == lint && cases[i].near;
        }
        assert_fact(bad && near, "%s has no case", row->name);
    }
}

/* ---- Silence --------------------------------------------------------------------------------- */

static void expect_silent(const char *text, enum lint lint, uint64_t silence, const char *how)
{
    unsigned inspected = 0;
    struct unit_load load = load_lints(text, silence, &inspected);

    assert_fact(load.conf && !find_lint(&load, lint), "%s is not silenced %s:\n%s\n%s",
                lint_row(lint)->name, how, text, load.shown.data);
    for (size_t i = 0; diag_at(load.list, i); i++) { /* its notes went with it */
        assert_fact(i || diag_at(load.list, i)->severity != DIAG_NOTE, "a note is left:\n%s",
                    load.shown.data);
    }
    assert_fact(diag_count(load.list, DIAG_WARNING) == 0 || diag_at(load.list, 0),
                "%s: warnings are counted and not shown", lint_row(lint)->name);
    unit_unload(&load);
}

static void test_each_lint_is_silenced_by_the_caller(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        expect_silent(cases[i].bad, cases[i].lint, LINT_BIT(cases[i].lint), "by the caller");
    }
}

static void test_each_lint_is_silenced_by_a_comment_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct text_buffer text = {0};

        text_appendf(&text, "%s\n  # holdfast: silence %s", cases[i].bad,
                     lint_row(cases[i].lint)->name);
        expect_silent(text.data, cases[i].lint, 0, "at the end of the file");
        text_release(&text);
    }
}

/* Puts a comment behind a line. */
static void write_on_line(struct text_buffer *out, const char *text, unsigned line,
                          const char *comment)
{
    for (unsigned number = 1; *text; number++) {
        size_t length = strcspn(text, "\n");

        text_append_n(out, text, length);
        text_append(out, number == line ? comment : "");
        text += length + (text[length] == '\n');
        text_append(out, "\n");
    }
}

/* Whether the lint speaks of the line, with a comment behind line `comment`. */
static bool speaks_of(const struct case_row *row, unsigned commented)
{
    struct text_buffer text = {0};
    struct unit_load load;
    const struct diag *diag;
    unsigned inspected = 0;
    bool found = false;
    char comment[80];

    (void)snprintf(comment, sizeof(comment), " # holdfast: silence %s", lint_row(row->lint)->name);
    write_on_line(&text, row->bad, commented, comment);
    load = load_lints(text.data, 0, &inspected);
    assert_non_null(load.conf);
    for (size_t i = 0; (diag = diag_at(load.list, i)); i++) {
        found |= diag->lint && strcmp(diag->lint, lint_row(row->lint)->name) == 0 &&
                 diag->position.line == row->line;
    }
    unit_unload(&load);
    text_release(&text);
    return found;
}

static void test_each_lint_is_silenced_on_its_line_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        if (cases[i].lint == LINT_UNKNOWN_LINT) {
            continue; /* the comment that would silence it is a part of the one that it is about */
        }
        assert_fact(!speaks_of(&cases[i], cases[i].line), "row %zu is not silenced", i);
        assert_fact(cases[i].line == 1 || speaks_of(&cases[i], cases[i].line - 1),
                    "row %zu is silenced by the line before", i);
        assert_fact(speaks_of(&cases[i], cases[i].line + 1), "row %zu is silenced by the next", i);
    }
}

static void test_what_is_silenced_makes_no_room_scarce(void **state)
{
    struct text_buffer text = {0};
    struct unit_load load;
    unsigned inspected = 0;

    (void)state;
    for (unsigned i = 0; i < 2 * DIAG_KEPT; i++) {
        text_appendf(&text,
                     "virtual_server 10.0.%u.%u 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n"
                     " real_server 10.9.9.9 81 { }\n}\n",
                     i / 250, i % 250 + 1);
    }
    text_append(&text, "virtual_server 10.9.0.1 80 { protocol TCP lb_algo rr lb_kind NAT quorum 4\n"
                       "real_server 10.9.0.2 80 { }\n}\n");
    load = load_lints(text.data, 0, &inspected);
    assert_int_equal(diag_count(load.list, DIAG_WARNING), 2 * DIAG_KEPT + 1);
    assert_fact(find_lint(&load, LINT_QUORUM_UNREACHABLE) != NULL, "one lint drowns another");
    assert_fact(strstr(load.shown.data, "\n... and 200 more warnings\n") != NULL, "%s",
                load.shown.data);
    unit_unload(&load);
    text_append(&text, "! holdfast: silence dr-other-port, vip-not-local\n");
    load = load_lints(text.data, 0, &inspected);
    assert_int_equal(diag_count(load.list, DIAG_WARNING), 1);
    assert_fact(!strstr(load.shown.data, "more warning"), "%s", load.shown.data);
    unit_unload(&load);
    text_release(&text);
}

/* ---- What is not asked for ------------------------------------------------------------------- */

static void test_lints_that_need_the_machine_do_not_run_without_it(void **state)
{
    static const enum lint lints[] = {LINT_VIP_NOT_LOCAL, LINT_SCRIPT_MISSING,
                                      LINT_SCRIPT_NOT_EXECUTABLE, LINT_SCRIPT_WRITABLE};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        for (size_t k = 0; k < UNIT_COUNT(lints); k++) {
            if (cases[i].lint == lints[k]) {
                struct unit_load load = unit_load_clean(cases[i].bad);

                unit_unload(&load);
            }
        }
    }
}

static void test_a_program_is_asked_about_once_and_told_once_where_it_may_be(void **state)
{
    static const char text[] = "vrrp_script s { script /x/missing } # holdfast: silence "
                               "script-missing\n"
                               "vrrp_script t { script \"/x/missing -a\" }\n"
                               "vrrp_script u { script /x/missing }\n"
                               "vrrp_script v { script /x/missing user web }\n"
                               "vrrp_script w { script /x/good }\n";
    unsigned inspected = 0;
    struct unit_load load = load_lints(text, 0, &inspected);
    const struct diag *diag = find_lint(&load, LINT_SCRIPT_MISSING);

    (void)state;
    assert_int_equal(inspected, 3);
    assert_non_null(diag);
    assert_int_equal(diag->position.line, 2);
    assert_int_equal(diag_count(load.list, DIAG_WARNING), 2); /* and as the user web */
    unit_unload(&load);
}

static void test_a_file_with_errors_is_not_linted(void **state)
{
    unsigned inspected = 0;
    struct unit_load load =
        load_lints("vrrp_script s { script /x/missing }\nnonsense\n", 0, &inspected);

    (void)state;
    assert_null(load.conf);
    assert_int_equal(inspected, 0);
    assert_int_equal(diag_count(load.list, DIAG_WARNING), 0);
    unit_unload(&load);
}

/* ---- Names on a command line ----------------------------------------------------------------- */

static void test_a_list_of_names_is_a_set(void **state)
{
    static const struct {
        const char *text;
        uint64_t set;
        const char *wrong; /* NULL: nothing is */
        size_t length;
    } rows[] = {
        {"never-yields", LINT_BIT(LINT_NEVER_YIELDS), NULL, 0},
        {"vip-not-local,never-yields", LINT_BIT(LINT_VIP_NOT_LOCAL) | LINT_BIT(LINT_NEVER_YIELDS),
         NULL, 0},
        {"", 0, "", 0},
        {"vip-not-local,", LINT_BIT(LINT_VIP_NOT_LOCAL), "", 0},
        {"vip,never-yields", 0, "vip,never-yields", 3},
        {"never-yields vip-not-local", 0, "never-yields vip-not-local", 26},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const char *wrong = "";
        size_t length = 0;
        uint64_t set = 0;
        bool good = lint_parse_list(rows[i].text, &set, &wrong, &length);

        assert_fact(good == !rows[i].wrong, "\"%s\"", rows[i].text);
        assert_fact(set == rows[i].set, "\"%s\": %llx", rows[i].text, (unsigned long long)set);
        assert_fact(good || (rows[i].wrong && strcmp(wrong, rows[i].wrong) == 0 &&
                             length == rows[i].length),
                    "\"%s\": %s", rows[i].text, wrong);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_lint_tells_what_happens_where),
        cmocka_unit_test(test_a_near_miss_is_told_by_nobody),
        cmocka_unit_test(test_every_lint_has_a_name_a_help_and_cases),
        cmocka_unit_test(test_each_lint_is_silenced_by_the_caller),
        cmocka_unit_test(test_each_lint_is_silenced_by_a_comment_wherever_it_stands),
        cmocka_unit_test(test_each_lint_is_silenced_on_its_line_alone),
        cmocka_unit_test(test_what_is_silenced_makes_no_room_scarce),
        cmocka_unit_test(test_lints_that_need_the_machine_do_not_run_without_it),
        cmocka_unit_test(test_a_program_is_asked_about_once_and_told_once_where_it_may_be),
        cmocka_unit_test(test_a_file_with_errors_is_not_linted),
        cmocka_unit_test(test_a_list_of_names_is_a_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
