/* SPDX-License-Identifier: Apache-2.0
 *
 * Which processes are meant by a vrrp_track_process.
 */
#include "vrrp/proc_match.h"

#include <string.h>

enum { PROC_NAME_LENGTH = 15 }; /* TASK_COMM_LEN without the NUL: proc(5), /proc/PID/comm */

/* The next word of a command line, or NULL at its end; a last word without its NUL is none. */
static const char *proc_next_word(const struct proc_facts *facts, size_t *at)
{
    const char *word = facts->command + *at;
    const char *end = *at < facts->size ? memchr(word, '\0', facts->size - *at) : NULL;

    if (!end) {
        return NULL;
    }
    *at = (size_t)(end - facts->command) + 1;
    return word;
}

/* The kernel cuts a name off; a longer one that is asked for must be that of the program too. */
static bool proc_name_matches(const char *wanted, const struct proc_facts *facts)
{
    size_t at = 0;
    const char *program = proc_next_word(facts, &at);
    const char *base;

    if (strncmp(wanted, facts->name, PROC_NAME_LENGTH) != 0) {
        return false;
    }
    if (strlen(wanted) <= PROC_NAME_LENGTH || !program) {
        return strlen(wanted) <= PROC_NAME_LENGTH;
    }
    base = strrchr(program, '/');
    return strcmp(base ? base + 1 : program, wanted) == 0;
}

static bool proc_parameters_match(const struct conf_track_process *conf,
                                  const struct proc_facts *facts, size_t at)
{
    const char *const *wanted = conf->argv + 1;
    const char *word = proc_next_word(facts, &at);

    for (; *wanted; wanted++, word = proc_next_word(facts, &at)) {
        bool may_go_on = conf->match == CONF_PARAM_INITIAL && !wanted[1];

        if (!word || (may_go_on ? strncmp(word, *wanted, strlen(*wanted)) != 0
                                : strcmp(word, *wanted) != 0)) {
            return false;
        }
    }
    return conf->match != CONF_PARAM_EXACT || !word;
}

bool proc_matches(const struct conf_track_process *conf, const struct proc_facts *facts)
{
    size_t at = 0;
    const char *program = proc_next_word(facts, &at);

    if (conf->match == CONF_PARAM_ANY && !conf->full_command) {
        return proc_name_matches(conf->argv[0], facts);
    }
    return program && strcmp(program, conf->argv[0]) == 0 &&
           (conf->match == CONF_PARAM_ANY || proc_parameters_match(conf, facts, at));
}

bool proc_is_quorate(const struct conf_track_process *conf, unsigned count)
{
    return count >= conf->quorum && count <= conf->quorum_max;
}
