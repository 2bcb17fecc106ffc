/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nested=yes: a program may make user namespaces for its own sandbox, and is root in them.  It must not undo the box's
 * mounts from there. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static void write_text(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd >= 0 && write(fd, text, strlen(text)) < 0)
                perror(path);
        if (fd >= 0)
                close(fd);
}

/* The control: root of the namespace that owns the mounts makes the same attempts, without a namespace of its own. */
static bool is_owner;

void nested_as_owner(void)
{
        is_owner = true;
}

/* Root in a new user, mount and pid namespace; the caller goes on as that namespace's child.  false: refused. */
static bool become_nested_root(void)
{
        char map[64];
        unsigned uid = getuid(), gid = getgid();

        if (is_owner)
                return true;
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0)
                return false;
        write_text("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", uid);
        write_text("/proc/self/uid_map", map);
        snprintf(map, sizeof map, "0 %u 1", gid);
        write_text("/proc/self/gid_map", map);
        return true;
}

/* The guard must not break browsers and bwrap. */
static Verdict try_nesting_works(char *detail)
{
        if (!become_nested_root())
                return verdict(OPEN, detail, "unshare: %s", strerrorname_np(errno));
        if (getuid() != 0)
                return verdict(OPEN, detail, "the maps can't be written");
        if (mount("none", "/tmp", "tmpfs", 0, NULL) < 0)
                return verdict(OPEN, detail, "mount of a tmpfs: %s", strerrorname_np(errno));
        return verdict(WORKS, detail, "root in a namespace of its own");
}

static Verdict try_unmount(char *detail)
{
        static const char *const points[] = { "/usr", "/etc", "/proc", "/dev", "/tmp", "/run", "/" };

        if (!become_nested_root())
                return verdict(ABSENT, detail, "no nesting");
        for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
                if (umount2(points[i], MNT_DETACH) == 0)
                        return verdict(OPEN, detail, "umount %s", points[i]);
        }
        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

static Verdict try_remount(char *detail)
{
        if (!become_nested_root())
                return verdict(ABSENT, detail, "no nesting");
        if (mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL) == 0)
                return verdict(OPEN, detail, "/usr is writable now");
        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

static Verdict try_setattr(char *detail)
{
        struct {
                uint64_t set, clear, propagation, userns;
        } attributes = { .clear = 1 /* MOUNT_ATTR_RDONLY */ };

        if (!become_nested_root())
                return verdict(ABSENT, detail, "no nesting");
        if (syscall(SYS_mount_setattr, AT_FDCWD, "/usr", 0, &attributes, sizeof attributes) == 0)
                return verdict(OPEN, detail, "/usr is writable now");
        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

/* A new /proc of a new pid namespace: the kernel wants a fully visible one, and it shows no process of outside. */
static Verdict try_new_proc(char *detail)
{
        char path[64];
        int status = 0;
        pid_t pid;

        if (!become_nested_root())
                return verdict(ABSENT, detail, "no nesting");
        snprintf(path, sizeof path, "/proc/%s", bait("host-pid"));
        if ((pid = fork()) == 0) {
                if (mount("proc", "/proc", "proc", 0, NULL) < 0)
                        _exit(errno == EPERM ? 1 : 2);
                _exit(access(path, F_OK) == 0 ? 3 : access("/proc/1", F_OK) == 0 ? 0 : 4);
        }
        waitpid(pid, &status, 0);
        if (WEXITSTATUS(status) == 0)
                return verdict(REFUSED, detail, "a proc with the nested processes only");
        if (WEXITSTATUS(status) == 1)
                return verdict(REFUSED, detail, "EPERM");
        return verdict(OPEN, detail, "step %d", WEXITSTATUS(status));
}

/* Chroot out of the box: the classic, with the root's own directory kept open. */
static Verdict try_chroot_out(char *detail)
{
        int here = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (!become_nested_root())
                return verdict(ABSENT, detail, "no nesting");
        if (mkdir("/tmp/jail", 0700) < 0 || chroot("/tmp/jail") < 0 || fchdir(here) < 0)
                return by_result(-1, detail);
        for (int i = 0; i < 64; i++) {
                if (chdir("..") < 0)
                        break;
        }
        if (chroot(".") == 0 && access(bait("host-file"), F_OK) == 0)
                return verdict(OPEN, detail, "the host's file is there");
        return verdict(REFUSED, detail, "the box's root is as far as it goes");
}

static Verdict try_join_init(char *detail)
{
        static const char *const kinds[] = { "user", "mnt", "pid", "net" };
        char path[64];

        if (!become_nested_root())
                return verdict(ABSENT, detail, "no nesting");
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                snprintf(path, sizeof path, "/proc/1/ns/%s", kinds[i]);
                int fd = open(path, O_RDONLY | O_CLOEXEC);

                if (fd >= 0 && setns(fd, 0) == 0)
                        return verdict(OPEN, detail, "joined %s", path);
        }
        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

/* Unmounting last: the owner's attempts share one mount namespace. */
const Attempt nested_attempts[] = {
        { "nesting-works", "nested-namespace", try_nesting_works },
        { "nested-remount-writable", "nested-namespace", try_remount },
        { "nested-mount-setattr", "mount-setattr", try_setattr },
        { "nested-new-proc", "nested-namespace", try_new_proc },
        { "nested-chroot-out", "CVE-2016-10123", try_chroot_out },
        { "nested-join-init", "nested-namespace", try_join_init },
        { "nested-unmount", "nested-namespace", try_unmount },
        { 0 },
};
