/* SPDX-License-Identifier: Apache-2.0
 *
 * Lints: what a configuration that can be used will probably do wrong, seen on the whole of it. Each
 * has a name, by which it can be silenced: its warnings end with it, as in `... [vip-not-local]`.
 *
 * A lint tells what is certain from this one file and, where the load was told of them, from this
 * machine's addresses and programs; of the other directors nothing is known. What each holds to be
 * certain:
 *
 * never-takes-over
 *   - nopreempt with trackers that have a weight: only the end or the FAULT of a master moves the
 *     addresses here, never a priority.
 *   - An instance, or a sync group, that is in FAULT whatever happens: it needs one and the same
 *     thing (an interface; a program with its arguments and user) both good and bad, by trackers
 *     without a weight.
 * never-yields
 *   - The weight of a tracker that changes nothing when that tracker alone goes to its worse side
 *     and all others are at their better one: priority 255 has no weights, no weight lifts above
 *     254 or lowers below 1. A reverse tracker's better side is the one with the higher priority.
 *   - A weighted script of a member of a sync group without sync_group_tracking_weight: it is not
 *     tracked at all. (An interface there counts as one without a weight, so it does yield.)
 *   - `state MASTER` without priority, which means 255.
 * vip-not-local
 *   - An address given as a single host (/32, /128) on an interface that this machine has, in no
 *     subnet of any of its interfaces and of no other line of the file. Other prefixes make a subnet
 *     of their own; without the interface this is not the machine that the file is for. Single host
 *     addresses of the machine count for nothing: the virtual address itself may be one of them.
 * service-address-unheld
 *   - The address of a virtual_server, where the file has instances with addresses, none of which
 *     is this one, nor does announce_when say when it is here, and this machine has it neither.
 * announced-scheduler
 *   - A virtual server of TCP or SCTP with announce_when whose scheduler may choose otherwise on another
 *     director, which can be told nothing of the connections: neither mh nor sh, and no lvs_sync_daemon.
 * check-timeout-exceeds-interval
 *   - A check or a script may take longer than its turns are apart; a turn that comes while the last
 *     one is still at it is skipped. Told once for a virtual_server, with the number of checks.
 * server-is-vip
 *   - A real or sorry server at the service's own address, or at one that an instance holds.
 * bfd-no-hops
 *   - multihop with max_hops 0 and ttl 255, the most that can be sent: what passed a router is dropped.
 * script-missing, script-not-executable, script-writable
 *   - As base/program.h judges. Told once for each program and user. What this process may not look
 *     at is taken for good.
 */
#ifndef HOLDFAST_PARSER_LINT_H
#define HOLDFAST_PARSER_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build;
struct lint_view;

enum lint {
    LINT_NEVER_TAKES_OVER,
    LINT_NEVER_YIELDS,
    LINT_NOPREEMPT_MASTER,
    LINT_VIP_NOT_LOCAL,
    LINT_GROUP_ADVERT_INTERVAL,
    LINT_SERVICE_ADDRESS_UNHELD,
    LINT_ANNOUNCED_SCHEDULER,
    LINT_CHECK_TIMEOUT_EXCEEDS_INTERVAL,
    LINT_DR_OTHER_PORT,
    LINT_SERVER_IS_VIP,
    LINT_QUORUM_UNREACHABLE,
    LINT_BFD_NO_HOPS,
    LINT_SCRIPT_MISSING,
    LINT_SCRIPT_NOT_EXECUTABLE,
    LINT_SCRIPT_WRITABLE,
    LINT_MAIL_UNSENT,
    LINT_UNKNOWN_LINT,
    LINTS,
};

struct lint_row {
    const char *name;
    const char *help; /* one line */
    /* Looks at the whole; NULL: it is told where the text is read or a value is corrected. */
    void (*run)(struct lint_view *view, enum lint lint);
};

enum { LINT_NAME_SHOWN = 64 }; /* bytes of a word that should be a name, in a message */

/** A set of lints: one bit each. */
#define LINT_BIT(lint) (UINT64_C(1) << (lint))

/** The row of a lint; `lint` is below LINTS. Its name lives as long as the process. */
const struct lint_row *lint_row(enum lint lint);

/** The name that is nearest to a word, for "did you mean"; NULL where none is near. */
const char *lint_nearest(const char *word);

/** The lint with a name of `length` bytes; LINTS where there is none. */
enum lint lint_find(const char *name, size_t length);

/**
 * Reads "NAME,NAME".
 * @param set    the lints named are added to it
 * @param wrong  set where false is returned: the first word that is no lint's name
 * @param length  its bytes
 * @return whether all are names
 */
bool lint_parse_list(const char *text, uint64_t *set, const char **wrong, size_t *length);

/** Runs the lints over a configuration that is whole and without errors, but for silenced ones. */
void lint_run(struct build *build);

#endif
