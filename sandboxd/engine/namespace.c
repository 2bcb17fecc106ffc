/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/kernel.h"
#include "plan/plan.h"

uint64_t namespace_clone_flags(uint32_t unshare)
{
        static const struct {
                uint32_t plan;
                uint64_t flag;
        } map[] = {
                { PLAN_NS_MOUNT, CLONE_NEWNS },  { PLAN_NS_PID, CLONE_NEWPID }, { PLAN_NS_NET, CLONE_NEWNET },
                { PLAN_NS_IPC, CLONE_NEWIPC },   { PLAN_NS_UTS, CLONE_NEWUTS }, { PLAN_NS_CGROUP, CLONE_NEWCGROUP },
                { PLAN_NS_TIME, CLONE_NEWTIME },
        };
        uint64_t flags = 0;

        for (size_t i = 0; i < sizeof map / sizeof *map; i++)
                if ((unshare & map[i].plan) != 0)
                        flags |= map[i].flag;
        return flags;
}

static int write_proc(int proc, const char *path, const char *text)
{
        CLEANUP(fd_closep) int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);

        return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

int namespace_write_maps(int proc, uid_t inside, uid_t outside, gid_t inside_group, gid_t outside_group, Fault *fault)
{
        char text[64];
        int r;

        (void)snprintf(text, sizeof text, "%u %u 1\n", inside, outside);
        r = write_proc(proc, "self/uid_map", text);
        if (r < 0)
                return fault_set(fault, r, "uid map", NULL);
        /* In a namespace whose parent denies setgroups it is denied already, and the file says so by EPERM. */
        r = write_proc(proc, "self/setgroups", "deny\n");
        if (r < 0 && r != -EPERM && r != -ENOENT)
                return fault_set(fault, r, "setgroups", NULL);
        (void)snprintf(text, sizeof text, "%u %u 1\n", inside_group, outside_group);
        r = write_proc(proc, "self/gid_map", text);
        return r < 0 ? fault_set(fault, r, "gid map", NULL) : 0;
}

int namespace_limit(int proc, NamespaceRoom room, Fault *fault)
{
        static const struct {
                const char *path, *most[_NAMESPACE_ROOM_MAX]; /* NULL: as it is */
        } kinds[] = {
                { "sys/user/max_user_namespaces", { "0\n", "128\n", "1024\n" } },
                { "sys/user/max_pid_namespaces", { NULL, "128\n", "1024\n" } },
                { "sys/user/max_net_namespaces", { NULL, "128\n", "1024\n" } },
                { "sys/user/max_ipc_namespaces", { NULL, "128\n", "1024\n" } },
                { "sys/user/max_mnt_namespaces", { NULL, "0\n", "1024\n" } },
                { "sys/user/max_uts_namespaces", { NULL, "0\n", "1024\n" } },
                { "sys/user/max_cgroup_namespaces", { NULL, "0\n", "1024\n" } },
                { "sys/user/max_time_namespaces", { NULL, "0\n", "1024\n" } },
        };

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                const char *most = kinds[i].most[room];
                int r = most == NULL ? 0 : write_proc(proc, kinds[i].path, most);

                /* A kind that this kernel was built without. */
                if (r < 0 && (r != -ENOENT || room == NAMESPACE_ROOM_NONE))
                        return fault_set(fault, r, "namespace limit", kinds[i].path);
        }
        return 0;
}

/* Half of what the caller's user may have, in the namespace that holds all boxes of the instance. */
static int halve(int proc, const char *whole, const char *here, Fault *fault)
{
        CLEANUP(fd_closep) int fd = openat(proc, whole, O_RDONLY | O_CLOEXEC);
        char text[32] = "";
        long long most;
        int r;

        /* A kernel without inotify. */
        if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
                return 0;
        most = strtoll(text, NULL, 10);
        (void)snprintf(text, sizeof text, "%lld\n", most / 2);
        r = most < 2 ? 0 : write_proc(proc, here, text);
        return r < 0 ? fault_set(fault, r, "inotify limit", here) : 0;
}

int namespace_limit_inotify(int proc, Fault *fault)
{
        int r = halve(proc, "sys/fs/inotify/max_user_instances", "sys/user/max_inotify_instances", fault);

        return r < 0 ? r : halve(proc, "sys/fs/inotify/max_user_watches", "sys/user/max_inotify_watches", fault);
}

int namespace_loopback_up(Fault *fault)
{
        CLEANUP(fd_closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq lo = { .ifr_name = "lo" };

        lo.ifr_flags = IFF_UP | IFF_RUNNING;
        if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
                return fault_set(fault, -errno, "loopback", NULL);
        return 0;
}

int namespace_attach_root(int tree, Fault *fault)
{
        CLEANUP(fd_closep) int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r = top < 0 ? -errno : kernel_move_mount(tree, top);

        return r < 0 ? fault_set(fault, r, "attach root", NULL) : 0;
}

int namespace_pivot(int tree, Fault *fault)
{
        /* Both names are the new root; the old one ends up on top of it and is taken away at once (pivot_root(2)). */
        if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
                return fault_set(fault, -errno, "pivot root", NULL);
        if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
                return fault_set(fault, -errno, "leave old root", NULL);
        return 0;
}
