/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel's calls that libc lacks or words differently, each with -errno for a failure.  No policy here. */

/* openat2(2) with O_CLOEXEC added. */
int kernel_openat2(int dir, const char *path, int flags, uint64_t resolve);
/* A detached copy of the mounts at path (of dir itself where path is ""), always recursive: the kernel refuses to part
 * locked children from their parent. */
int kernel_clone_tree(int dir, const char *path);
/* Sets attributes (never clears one) and, with private, stops mount events from outside; recursive where asked. */
int kernel_set_mount(int fd, uint64_t set, bool private, bool recursive);
/* Moves the mount of from_fd onto what to_fd is. */
int kernel_move_mount(int from_fd, int to_fd);

/* A file system's option; value NULL: a flag. */
typedef struct KernelOption {
        const char *key, *value;
} KernelOption;

/* A new file system of that type, as a detached mount with these attributes.  options ends with a NULL key. */
int kernel_new_mount(const char *type, const KernelOption *options, uint64_t attributes);

/* fork(2) with namespaces: returns as fork does, or -errno.  ret_pidfd may be NULL.  cgroup: of a control group that
 * the child is born in; -1: the caller's. */
pid_t kernel_fork(uint64_t namespaces, int cgroup, int *ret_pidfd);

/* vfork(2) with a stack of its own: run(argument) happens in a child that shares the caller's memory; the caller waits
 * until the child has executed a program, or ended with what run returned.  The pid, or -errno. */
pid_t kernel_vfork(int (*run)(void *argument), void *argument);

int64_t kernel_now_ms(void); /* CLOCK_MONOTONIC */

/* Does a Unix socket of whatever type at that path take a connection (or a datagram) now? */
bool kernel_can_connect(const char *path);
