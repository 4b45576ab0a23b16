/* SPDX-License-Identifier: Apache-2.0
 *
 * Linux capabilities.
 */
#include "base/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAPABILITY_WORDS = _LINUX_CAPABILITY_U32S_3 }; /* a set is two words of 32 bits */

_Static_assert((int)CAPABILITY_WORDS == 2, "a set is 64 bits");

struct capability_sets {
    struct __user_cap_data_struct words[CAPABILITY_WORDS];
};

static int capability_read(struct capability_sets *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    return syscall(SYS_capget, &header, sets->words) == 0 ? 0 : -errno;
}

static int capability_write(uint64_t effective, uint64_t permitted)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct capability_sets sets = {0};

    for (int i = 0; i < CAPABILITY_WORDS; i++) {
        sets.words[i].effective = (uint32_t)(effective >> (32 * i));
        sets.words[i].permitted = (uint32_t)(permitted >> (32 * i));
    }
    return syscall(SYS_capset, &header, sets.words) == 0 ? 0 : -errno;
}

uint64_t capability_permitted(void)
{
    struct capability_sets sets;

    if (capability_read(&sets) != 0) {
        return 0;
    }
    return (uint64_t)sets.words[1].permitted << 32 | sets.words[0].permitted;
}

int capability_keep(uint64_t set)
{
    uint64_t kept = set & capability_permitted();

    /* The ambient set falls with the inheritable one, which capset(2) empties: capabilities(7). */
    return capability_write(kept, kept);
}

int capability_set_effective(uint64_t set)
{
    uint64_t permitted = capability_permitted();

    return capability_write(set & permitted, permitted);
}

int capability_bound(uint64_t set)
{
    for (int number = 0; number < CAPABILITY_COUNT; number++) {
        /* PR_CAPBSET_READ is 1 for what is in it, and fails behind the last that the kernel has. */
        if (!(set & CAPABILITY_SET(number)) && prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1 &&
            prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) {
            return -errno;
        }
    }
    return 0;
}

int capability_refuse_new(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

/* In the order of their numbers: linux/capability.h. */
static const char *const capability_names[] = {"CAP_CHOWN",
                                               "CAP_DAC_OVERRIDE",
                                               "CAP_DAC_READ_SEARCH",
                                               "CAP_FOWNER",
                                               "CAP_FSETID",
                                               "CAP_KILL",
                                               "CAP_SETGID",
                                               "CAP_SETUID",
                                               "CAP_SETPCAP",
                                               "CAP_LINUX_IMMUTABLE",
                                               "CAP_NET_BIND_SERVICE",
                                               "CAP_NET_BROADCAST",
                                               "CAP_NET_ADMIN",
                                               "CAP_NET_RAW",
                                               "CAP_IPC_LOCK",
                                               "CAP_IPC_OWNER",
                                               "CAP_SYS_MODULE",
                                               "CAP_SYS_RAWIO",
                                               "CAP_SYS_CHROOT",
                                               "CAP_SYS_PTRACE",
                                               "CAP_SYS_PACCT",
                                               "CAP_SYS_ADMIN",
                                               "CAP_SYS_BOOT",
                                               "CAP_SYS_NICE",
                                               "CAP_SYS_RESOURCE",
                                               "CAP_SYS_TIME",
                                               "CAP_SYS_TTY_CONFIG",
                                               "CAP_MKNOD",
                                               "CAP_LEASE",
                                               "CAP_AUDIT_WRITE",
                                               "CAP_AUDIT_CONTROL",
                                               "CAP_SETFCAP",
                                               "CAP_MAC_OVERRIDE",
                                               "CAP_MAC_ADMIN",
                                               "CAP_SYSLOG",
                                               "CAP_WAKE_ALARM",
                                               "CAP_BLOCK_SUSPEND",
                                               "CAP_AUDIT_READ",
                                               "CAP_PERFMON",
                                               "CAP_BPF",
                                               "CAP_CHECKPOINT_RESTORE"};

const char *capability_name(int number)
{
    return number >= 0 && (size_t)number < sizeof(capability_names) / sizeof(capability_names[0])
               ? capability_names[number]
               : "unknown";
}
