/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum { ANSWER_SECONDS = 5 };

int start_manager_connect(const char *path)
{
        const struct timeval wait = { .tv_sec = ANSWER_SECONDS };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = -1;

        if (strlen(path) >= sizeof address.sun_path)
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) < 0 ||
            connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return -errno;
        return fd_steal(&fd);
}

/* In the child. */
static _Noreturn void become_manager(const char *program, int report)
{
        char *const argv[] = { (char *)program, NULL };
        sigset_t none;
        int null = open("/dev/null", O_RDWR | O_CLOEXEC), saved;
        pid_t pid;

        (void)setsid();
        pid = fork();
        if (pid != 0)
                _exit(pid < 0 ? 1 : 0);
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        for (int fd = 0; fd < 3 && null >= 0; fd++)
                (void)dup2(null, fd);
        if (chdir("/") < 0 || dup2(report, 3) < 0 || close_range(4, ~0U, 0) < 0 || fd_set_cloexec(3, true) < 0)
                _exit(1);
        (void)execv(program, argv);
        saved = errno;
        (void)fd_write_all(3, &saved, sizeof saved);
        _exit(1);
}

int start_manager_spawn(const char *program)
{
        CLEANUP(fd_closep) int ours = -1, theirs = -1;
        int ends[2] = { -1, -1 }, failure = 0, status = 0;
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        ours = ends[0];
        theirs = ends[1];
        pid = fork();
        if (pid == 0)
                become_manager(program, theirs);
        theirs = fd_close(theirs);
        if (pid < 0)
                return -errno;
        if (waitpid(pid, &status, 0) == pid && status != 0)
                return -EAGAIN;
        /* Nothing comes when it was executed. */
        return read(ours, &failure, sizeof failure) == sizeof failure ? -failure : 0;
}
