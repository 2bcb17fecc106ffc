/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/notify.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/message.h"
#include "notify/calls.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

enum { MAX_CODE = 2 * NOTIFY_MAX_CALLS + 8 };

/* Those calls wait; all others, and those of another architecture, which the box's filter refuses, do not. */
static size_t write_filter(struct sock_filter code[MAX_CODE])
{
        size_t n = 0;

        code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        for (size_t i = 0; i < notify_n_calls; i++) {
                code[n++] =
                        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)notify_calls[i].number, 0, 1);
                code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
        }
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        return n;
}

int notify_begin(const PlanProgram *program, Fault *fault)
{
        struct sock_filter code[MAX_CODE];
        struct sock_fprog load = { .len = (unsigned short)write_filter(code), .filter = code };
        CLEANUP(message_freep) Message *message = message_new("listener");
        /* Linux 5.19: a signal, such as a runtime's own, does not make the call begin anew. */
        int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &load);
        int r = message == NULL ? -ENOMEM : 0;

        if (listener < 0)
                return fault_set(fault, -errno, "learn", NULL);
        if (r == 0) {
                message_add(message, "home", program->home);
                message_add_number(message, "ask", program->learn_ask ? 1 : 0);
                r = message_send((int)program->learn_fd, message, &listener, 1);
        }
        (void)fd_close(listener);
        (void)fd_close((int)program->learn_fd);
        return r < 0 ? fault_set(fault, r, "learn", NULL) : 0;
}
