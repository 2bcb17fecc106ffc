/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call for each class that a filter may refuse, with arguments that change nothing.  The probe makes them, judge.c
 * asks the filter about the same ones. */
#pragma once

#include <sys/syscall.h>

/* name, number, six arguments */
#define ORACLE_CALLS(ROW)                                                                                              \
        ROW("getppid", SYS_getppid, 0, 0, 0, 0, 0, 0)                                                                  \
        ROW("mount", SYS_mount, -1, -1, -1, 0, 0, 0)                                                                   \
        ROW("umount2", SYS_umount2, -1, 0x10, 0, 0, 0, 0)                                                              \
        ROW("pivot_root", SYS_pivot_root, -1, -1, 0, 0, 0, 0)                                                          \
        ROW("chroot", SYS_chroot, -1, 0, 0, 0, 0, 0)                                                                   \
        ROW("setns", SYS_setns, -1, 0, 0, 0, 0, 0)                                                                     \
        ROW("unshare-user", SYS_unshare, 0x10000000, 0, 0, 0, 0, 0)                                                    \
        ROW("unshare-files", SYS_unshare, 0x400, 0, 0, 0, 0, 0)                                                        \
        ROW("clone3", SYS_clone3, -1, 88, 0, 0, 0, 0)                                                                  \
        ROW("open_tree", SYS_open_tree, -1, -1, 0, 0, 0, 0)                                                            \
        ROW("fsopen", SYS_fsopen, -1, 0, 0, 0, 0, 0)                                                                   \
        ROW("mount_setattr", SYS_mount_setattr, -1, -1, 0, -1, 32, 0)                                                  \
        ROW("tiocsti", SYS_ioctl, -1, 0x5412, 0, 0, 0, 0)                                                              \
        ROW("tcgets", SYS_ioctl, -1, 0x5401, 0, 0, 0, 0)                                                               \
        ROW("add_key", SYS_add_key, -1, -1, 0, 0, 0, 0)                                                                \
        ROW("keyctl", SYS_keyctl, 0x7fff, 0, 0, 0, 0, 0)                                                               \
        ROW("request_key", SYS_request_key, -1, -1, 0, 0, 0, 0)                                                        \
        ROW("socket-unix", SYS_socket, 1, 1, 0, 0, 0, 0)                                                               \
        ROW("socket-inet", SYS_socket, 2, 1, 0, 0, 0, 0)                                                               \
        ROW("socket-inet6", SYS_socket, 10, 1, 0, 0, 0, 0)                                                             \
        ROW("socket-route", SYS_socket, 16, 3, 0, 0, 0, 0)                                                             \
        ROW("socket-audit", SYS_socket, 16, 3, 9, 0, 0, 0)                                                             \
        ROW("socket-vsock", SYS_socket, 40, 1, 0, 0, 0, 0)                                                             \
        ROW("io_uring_setup", SYS_io_uring_setup, 1, -1, 0, 0, 0, 0)                                                   \
        ROW("open_by_handle_at", SYS_open_by_handle_at, -1, -1, 0, 0, 0, 0)                                            \
        ROW("name_to_handle_at", SYS_name_to_handle_at, -1, -1, -1, -1, 0, 0)                                          \
        ROW("personality", SYS_personality, 0x0200000, 0, 0, 0, 0, 0)                                                  \
        ROW("personality-query", SYS_personality, 0xffffffff, 0, 0, 0, 0, 0)                                           \
        ROW("ptrace", SYS_ptrace, 3, -1, 0, 0, 0, 0)                                                                   \
        ROW("process_vm_readv", SYS_process_vm_readv, -1, 0, 0, 0, 0, 0)                                               \
        ROW("process_vm_writev", SYS_process_vm_writev, -1, 0, 0, 0, 0, 0)                                             \
        ROW("pidfd_getfd", SYS_pidfd_getfd, -1, -1, 0, 0, 0, 0)                                                        \
        ROW("kcmp", SYS_kcmp, -1, -1, 0, 0, 0, 0)                                                                      \
        ROW("bpf", SYS_bpf, -1, -1, 32, 0, 0, 0)                                                                       \
        ROW("perf_event_open", SYS_perf_event_open, -1, 0, -1, -1, 0, 0)                                               \
        ROW("userfaultfd", SYS_userfaultfd, 1, 0, 0, 0, 0, 0)                                                          \
        ROW("vmsplice", SYS_vmsplice, -1, -1, 1, 0, 0, 0)                                                              \
        ROW("move_pages", SYS_move_pages, 0, 1, -1, 0, 0, 0)                                                           \
        ROW("get_mempolicy", SYS_get_mempolicy, -1, 0, 0, 0, 0, 0)                                                     \
        ROW("acct", SYS_acct, -1, 0, 0, 0, 0, 0)                                                                       \
        ROW("sethostname", SYS_sethostname, -1, 65, 0, 0, 0, 0)                                                        \
        ROW("not-a-call", 600, 0, 0, 0, 0, 0, 0)
