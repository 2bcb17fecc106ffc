/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

/* A descriptor of the very process that connected; before Linux 6.5 of the process that has its number now. */
static int open_peer(int socket, pid_t pid)
{
        int pidfd = -1;
        socklen_t n = sizeof pidfd;

        if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &n) == 0)
                return pidfd;
        return (int)syscall(SYS_pidfd_open, pid, 0);
}

static gboolean same_namespace(int proc_fd, const char *which)
{
        g_autofree char *theirs_path = g_strconcat("ns/", which, NULL),
                        *ours_path = g_strconcat("/proc/self/ns/", which, NULL);
        struct stat theirs, ours;

        return fstatat(proc_fd, theirs_path, &theirs, 0) == 0 && stat(ours_path, &ours) == 0 &&
               theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

pid_t bus_peer_check(int socket, GError **error)
{
        CLEANUP(fd_closep) int pidfd = -1, proc_fd = -1;
        struct ucred who = { 0 };
        socklen_t n = sizeof who;
        gboolean same = FALSE;

        if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && who.uid == geteuid() && who.pid > 0)
                pidfd = open_peer(socket, who.pid);
        if (pidfd >= 0) {
                g_autofree char *path = g_strdup_printf("/proc/%d", (int)who.pid);

                proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                same = proc_fd >= 0 && same_namespace(proc_fd, "user") && same_namespace(proc_fd, "mnt");
        }
        /* Alive after we looked: so what we looked at was this process and not the next of its number. */
        if (same && syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0)
                return who.pid;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED, "%s",
                    _("only a process of the same user, outside any box, may speak here"));
        return -1;
}
