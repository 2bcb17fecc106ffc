/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-keeper.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

void fake_keeper_start(FakeKeeper *ret_keeper, int (*body)(int socket, void *data), void *data)
{
        int pair[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        front_signals_open(&ret_keeper->signals);
        ret_keeper->pid = fork();
        if (ret_keeper->pid == 0) {
                front_signals_close(&ret_keeper->signals);
                close(pair[0]);
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                setsid(); /* like the real one: no signal of the caller's terminal reaches it */
                _exit(body(pair[1], data));
        }
        close(pair[1]);
        ret_keeper->socket = pair[0];
        ret_keeper->pidfd = (int)syscall(SYS_pidfd_open, ret_keeper->pid, 0);
        g_assert_cmpint(ret_keeper->pidfd, >=, 0);
}

void fake_keeper_say(int socket, const char *verb, const int *fds, gsize n_fds, const char *key, ...)
{
        CLEANUP(message_freep) Message *message = message_new(verb);
        va_list args;

        va_start(args, key);
        for (; key != NULL; key = va_arg(args, const char *))
                /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start() is above */
                message_add(message, key, va_arg(args, const char *));
        va_end(args);
        if (message_send(socket, message, fds, n_fds) < 0)
                _exit(99);
}

Message *fake_keeper_hear(int socket)
{
        Message *message = NULL;

        return message_receive(socket, &message, NULL, NULL, NULL) == 1 ? message : NULL;
}

FrontConfig fake_keeper_config(FakeKeeper *keeper)
{
        return (FrontConfig){
                .signals = &keeper->signals,
                .id = "0123abcd",
                .app = "org.example.App",
                .keeper_pid = keeper->pid,
                .keeper_pidfd = keeper->pidfd,
                .keeper_socket = keeper->socket,
                .instances_fd = -1,
                .logs_fd = -1,
                .audit_fd = -1,
                .log_fd = -1,
                .log_pipe = -1,
                .budget = { .memory = 64 << 20, .seconds = 9 },
                .cgroup_fd = -1,
                .flatpak_fd = -1,
        };
}
