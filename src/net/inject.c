/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames into an interface as if it had received them, by a BPF program that is only tried.
 */
#include "net/inject.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* bpf_clone_redirect(frame, index, BPF_F_INGRESS); the frame is in r1 already: linux/bpf.h. */
enum { INJECT_PROGRAM_SIZE = 4 };

static void inject_write_program(struct bpf_insn program[INJECT_PROGRAM_SIZE], int index)
{
    program[0] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = index};
    program[1] =
        (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = BPF_F_INGRESS};
    program[2] = (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_clone_redirect};
    program[3] = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
}

int inject_open(int index)
{
    struct bpf_insn program[INJECT_PROGRAM_SIZE];
    union bpf_attr attributes;
    long fd;

    inject_write_program(program, index);
    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
    attributes.insns = (uintptr_t)program;
    attributes.insn_cnt = INJECT_PROGRAM_SIZE;
    attributes.license = (uintptr_t) "Apache-2.0";
    fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
    return fd >= 0 ? (int)fd : -errno;
}

int inject_frame(int fd, const uint8_t *frame, size_t size)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.test.prog_fd = (uint32_t)fd;
    attributes.test.data_in = (uintptr_t)frame;
    attributes.test.data_size_in = (uint32_t)size;
    attributes.test.repeat = 1;
    if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof(attributes)) < 0) {
        return -errno;
    }
    return attributes.test.retval == 0 ? 0 : -ENETDOWN; /* what bpf_clone_redirect() returned */
}
